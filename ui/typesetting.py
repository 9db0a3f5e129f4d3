"""Sets the questions' Markdown on paper: breaks lines, and draws words, code and formulas with matplotlib.

Lengths are in points, and rows count downwards from the top of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from conv.quiz.exports.markup import Block, Span, blocks, spans
from ui.figures import FONTS, SETTINGS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.font_manager import FontProperties

ASCENT, DESCENT = 1.0, 0.42  # of a line of words, in sizes of the type: a fraction takes more
BETWEEN = 0.5  # paragraphs, in sizes of the type
INDENT = 14  # of a list
SMALLEST = 0.5  # of the size, to which a formula shrinks that is wider than the line
COLUMN_GAP = 14

# What LaTeX's commands look like where the whole formula cannot be set.
SIGNS = {
    "times": "×", "cdot": "·", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "le": "≤", "leq": "≤",
    "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "to": "→", "sum": "∑", "partial": "∂", "infty": "∞", "left": "",
    "right": "", "text": "", "mathrm": "", "operatorname": "", "ast": "∗", "star": "⋆", "approx": "≈", "dots": "…",
    "ldots": "…", "cdots": "⋯", "quad": " ", "qquad": " ",
}


class Piece(NamedTuple):
    """What is drawn in one go: a word, or a formula between dollar signs."""

    text: str
    style: str
    size: float
    bold: bool = False


class Placed(NamedTuple):
    """A piece and how far from the line's left end it begins."""

    x: float
    piece: Piece


class Line(NamedTuple):
    """A line: how far it reaches above and below its baseline."""

    ascent: float
    descent: float
    placed: tuple[Placed, ...]


# ---- measuring -----------------------------------------------------------------------------


@lru_cache
def font(style: str, size: float, bold: bool) -> FontProperties:
    """The typeface of a style."""
    from matplotlib.font_manager import FontProperties

    return FontProperties(
        family="DejaVu Sans Mono" if style == "code" else "DejaVu Sans", size=size,
        weight="bold" if bold or style == "strong" else "normal", style="oblique" if style == "stressed" else "normal",
    )


@lru_cache(maxsize=20_000)
def extent(piece: Piece) -> tuple[float, float, float]:
    """Width of a piece, and how far it reaches above and below the baseline."""
    from matplotlib.textpath import text_to_path

    def measure(text: str) -> tuple[float, float, float]:
        with FONTS:
            return text_to_path.get_text_width_height_descent(text, typeface, ismath=piece.style == "math")

    typeface = font(piece.style, piece.size, piece.bold)
    if piece.style == "math":
        width, height, depth = measure(piece.text)
        return width, height - depth, depth
    # Between two strokes, so that the room beside the letters counts too.
    width, height, depth = measure(f"|{piece.text}|")
    return width - measure("||")[0], height - depth, depth


@lru_cache(maxsize=20_000)
def formula(latex: str, size: float = 10) -> Span:
    r"""A formula as matplotlib can set it, or else in plain words.

    >>> formula(r"3 \times 3").text, formula(r"\begin{cases} a \times b \end{cases}").text
    ('$3 \\times 3$', 'begin cases a × b end cases')
    """
    known = re.sub(r"\\text(?=\{)", r"\\mathrm", " ".join(latex.split()).replace(r"\tfrac", r"\frac"))
    # Spaces count in \text{…} but not in \mathrm{…}.
    known = re.sub(r"\\mathrm\{[^{}]*\}", lambda match: match[0].replace(" ", r"\ "), known)
    try:
        extent(Piece(f"${known}$", "math", size))
    except ValueError:
        return Span(in_words(latex), "words")
    return Span(f"${known}$", "math")


def in_words(latex: str) -> str:
    r"""Write LaTeX without LaTeX.

    >>> in_words(r"\left\lfloor \frac{7 - 3}{2} \right\rfloor + 1")
    '⌊ (7 - 3)/(2) ⌋ + 1'
    """
    text = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"(\1)/(\2)", latex)
    text = re.sub(r"\\([A-Za-z]+)", lambda match: SIGNS.get(match[1], match[1]), text)
    text = re.sub(r"\\[,;:! ]", " ", text)
    return " ".join(re.sub(r"[{}]", " ", text.replace("\\", "")).split())


# ---- breaking lines ------------------------------------------------------------------------


def set_text(text: str, width: float, size: float, *, bold: bool = False) -> list[Line]:
    """Set Markdown as lines.

    Parameters
    ----------
    text : str
    width : float
        Of the column, in points.
    size : float
        Of the type.
    bold : bool
        Whether all of it is.

    Returns
    -------
    list of Line
    """
    lines: list[Line] = []
    for block in blocks(text):
        added = _set_block(block, width, size, bold)
        if lines and added:
            added[0] = added[0]._replace(ascent=added[0].ascent + BETWEEN * size)
        lines += added
    return lines


def height(lines: Iterable[Line]) -> float:
    """How high lines stand together."""
    return sum(line.ascent + line.descent for line in lines)


def _set_block(block: Block, width: float, size: float, bold: bool) -> list[Line]:
    if block.kind == "code":
        return [_line([Placed(0, Piece(line, "code", size, bold))], size) for (line,) in block.rows]
    if block.kind == "table":
        return _set_table(block.rows, size, bold)
    if block.kind == "paragraph":
        return [line for (text,) in block.rows for line in _set_line(text, width, size, bold)]
    lines = []
    for number, (text,) in enumerate(block.rows, start=1):
        mark = Piece("•" if block.kind == "bullets" else f"{number}.", "words", size, bold)
        first, *rest = _set_line(text, width - INDENT, size, bold) or [_line([], size)]
        lines += [_moved(first, INDENT, Placed(0, mark)), *(_moved(line, INDENT) for line in rest)]
    return lines


def _set_table(rows: Sequence[Sequence[str]], size: float, bold: bool) -> list[Line]:
    """Columns as wide as their widest cell; the head is bold."""
    endless = float("inf")
    cells = [[_set_line(cell, endless, size, bold or row == 0) for cell in texts] for row, texts in enumerate(rows)]
    columns = max(map(len, cells))
    starts = [0.0]
    for column in range(columns):
        widest = max((_width(row[column]) for row in cells if column < len(row)), default=0)
        starts.append(starts[-1] + widest + COLUMN_GAP)
    return [
        _line([placed._replace(x=placed.x + start)
               for cell, start in zip(row, starts, strict=False) for line in cell for placed in line.placed], size)
        for row in cells
    ]


def _width(lines: Sequence[Line]) -> float:
    return max((placed.x + extent(placed.piece)[0] for line in lines for placed in line.placed), default=0)


def _set_line(text: str, width: float, size: float, bold: bool) -> list[Line]:
    """Break at spaces; what stands without a space between stays together."""
    lines: list[list[Placed]] = [[]]
    end = 0.0
    for unit in _units(text, width, size, bold):
        wide = sum(extent(piece)[0] for piece in unit)
        gap = _gap(lines[-1][-1].piece, unit[0]) if lines[-1] else 0
        if lines[-1] and end + gap + wide > width:
            lines.append([])
            end, gap = 0.0, 0
        end += gap
        for piece in unit:
            lines[-1].append(Placed(end, piece))
            end += extent(piece)[0]
    return [_line(_joined(placed), size) for placed in lines if placed]


def _gap(before: Piece, after: Piece) -> float:
    """The space between two pieces: that of their own style if they share one, as code's is wider."""
    style = after.style if before.style == after.style != "math" else "words"
    return extent(Piece(" ", style, after.size, after.bold))[0]


def _units(text: str, width: float, size: float, bold: bool) -> list[list[Piece]]:
    """What cannot be broken: words and formulas, with what adheres to them."""
    units: list[list[Piece]] = [[]]
    for span in _flat(spans(text)):
        span = formula(span.text, size) if span.style == "math" else span
        if span.style == "math":
            pieces = _fitting(span.text, width, size)
            units[-1].append(pieces[0])
            units += [[piece] for piece in pieces[1:]]
            continue
        for number, word in enumerate(re.split(r"\s+", span.text)):
            if number:
                units.append([])
            if word:
                units[-1].append(Piece(word, span.style, size, bold))
    return [unit for unit in units if unit]


def _flat(found: Iterable[Span]) -> Iterator[Span]:
    """What stands within strong, stressed or linked words: the innermost style counts."""
    for span in found:
        if span.style in ("words", "code", "math"):
            yield span
        else:
            yield from (inner._replace(style=span.style) if inner.style == "words" else inner
                        for inner in _flat(spans(span.text)))


def _fitting(text: str, width: float, size: float) -> list[Piece]:
    """A formula in one piece if it fits the line; otherwise broken before its equals signs, and shrunk if need be."""
    whole = Piece(text, "math", size)
    if extent(whole)[0] <= width:
        return [whole]
    parts = [formula(part.strip(), size) for part in re.split(r"(?<!^)(?==)", text.strip("$"))]
    texts = [part.text for part in parts] if all(part.style == "math" for part in parts) else [text]
    pieces = (Piece(one, "math", size) for one in texts)
    return [piece._replace(size=size * max(SMALLEST, min(1, width / extent(piece)[0]))) for piece in pieces]


def _joined(placed: list[Placed]) -> list[Placed]:
    """Make one piece of neighbouring words in one style: it is quicker to draw, and can be searched."""
    joined: list[Placed] = []
    for x, piece in placed:
        if joined and piece.style != "math" and piece[1:] == joined[-1].piece[1:]:
            start, before = joined[-1]
            gap = x - start - extent(before)[0]
            if abs(gap - _gap(before, piece)) < 0.05 or abs(gap) < 0.05:
                joined[-1] = Placed(start, piece._replace(text=before.text + (" " if gap > 0.05 else "") + piece.text))
                continue
        joined.append(Placed(x, piece))
    return joined


def _line(placed: list[Placed], size: float) -> Line:
    """A line as high as what stands in it."""
    extents = [extent(one.piece) for one in placed]
    ascent = max([ASCENT * size, *(above + 0.2 * size for _, above, _ in extents)])
    descent = max([DESCENT * size, *(below + 0.2 * size for _, _, below in extents)])
    return Line(ascent, descent, tuple(placed))


def _moved(line: Line, by: float, *before: Placed) -> Line:
    return line._replace(placed=(*before, *(placed._replace(x=placed.x + by) for placed in line.placed)))


# ---- drawing -------------------------------------------------------------------------------


def draw_lines(axes: Axes, lines: Iterable[Line], x: float, y: float, *, colour: str = "black") -> float:
    """Draw lines downwards from ``y``, and return where the next would begin."""
    for line in lines:
        for start, piece in line.placed:
            draw_piece(axes, piece, x + start, y + line.ascent, colour=colour)
        y += line.ascent + line.descent
    return y


def draw_piece(axes: Axes, piece: Piece, x: float, baseline: float, *, colour: str = "black", ha: str = "left") -> None:
    """Draw one piece."""
    axes.text(
        x, baseline, piece.text, fontproperties=font(piece.style, piece.size, piece.bold), color=colour, ha=ha,
        va="baseline", parse_math=piece.style == "math",
    )


def new_page(width: float, height: float) -> Axes:
    """A white page whose coordinates are points from its upper left corner."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(SETTINGS)
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes
