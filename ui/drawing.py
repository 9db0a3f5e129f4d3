"""How a scene looks: colours, layout, and the strokes, for whatever canvas they go on.

Lengths are pixels from the top left; a box is ``(left, top, right, bottom)``, the last two outside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import ImageFont

from conv import trace
from ui.scene import CUT, Board, Cell, Scene, Still, brief

RGB = tuple[int, int, int]
Box = tuple[float, float, float, float]
Picture = Scene | Still
Segment = tuple[float, float, float, float]  # from (x, y) to (x, y)

SMALLEST_CELL, LARGEST_CELL = 2, 64
SMALLEST_TEXT = 8  # a number that would be smaller is left out
DASHED, DOTTED = [(0.1, 0.4), (0.6, 0.9)], [(0.2, 0.3), (0.45, 0.55), (0.7, 0.8)]  # shares of a side
DASHES = {trace.PADDING: DASHED, CUT: DASHED, trace.STRETCH: DOTTED, trace.OUTSIDE: DOTTED}
HIDDEN_SIDE = 4  # cells of an ordinary grid that the side of the output takes whose size is not told


# ---- colours, those of the page ------------------------------------------------------------


@dataclass(frozen=True)
class Theme:
    """Paper and ink of a theme, and the colours from zero to the largest magnitude."""

    paper: RGB
    raised: RGB
    ink: RGB
    zero: RGB
    positive: tuple[RGB, RGB]
    negative: tuple[RGB, RGB]

    @property
    def line(self) -> RGB:
        """Lines between cells."""
        return mix(self.paper, self.ink, 0.22)

    @property
    def strong(self) -> RGB:
        """Lines that mean something."""
        return mix(self.paper, self.ink, 0.6)

    def shade(self, value: float, limit: float) -> RGB:
        """Colour of a value: blue for positive, orange for negative numbers; an infinity has none."""
        share = min(abs(value) / limit, 1.0) if limit > 0 and np.isfinite(value) else 0.0
        middle, end = self.negative if value < 0 else self.positive
        return mix(self.zero, middle, share * 2) if share < 0.5 else mix(middle, end, share * 2 - 1)


THEMES = {
    "light": Theme(
        paper=(255, 255, 255), raised=(238, 242, 246), ink=(26, 26, 26), zero=(246, 246, 244),
        positive=((146, 197, 222), (33, 102, 172)), negative=((253, 190, 112), (179, 88, 6)),
    ),
    "dark": Theme(
        paper=(15, 20, 25), raised=(27, 35, 44), ink=(232, 237, 242), zero=(38, 43, 51),
        positive=((42, 99, 152), (124, 196, 255)), negative=((140, 82, 20), (255, 179, 90)),
    ),
}


def mix(start: RGB, end: RGB, share: float) -> RGB:
    """Go a share of the way from one colour to another."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue


def luminance(colour: RGB) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [channel / 255 for channel in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(maxsize=1024)
def text_on(colour: RGB) -> RGB:
    """The better of black and white."""
    light = luminance(colour)
    return (255, 255, 255) if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else (0, 0, 0)


# ---- text ----------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans from where matplotlib keeps it; matplotlib itself would take half a second to import."""
    package = find_spec("matplotlib")
    assert package is not None and package.origin is not None
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / name), size)


@dataclass(frozen=True)
class Label:
    """A line of text on its baseline; ``x`` is its middle if it is centred, else its left end."""

    x: float
    baseline: float
    text: str
    size: int
    bold: bool = False
    centred: bool = False

    @property
    def width(self) -> float:
        """Its length."""
        return font(self.size, self.bold).getlength(self.text)


def wrapped(text: str, size: int, width: float) -> list[str]:
    """Break a text between words into lines no longer than ``width``."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font(size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


# ---- layout --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """Where everything is."""

    width: int
    height: int
    text_size: int
    corners: dict[str, tuple[int, int]]  # left and top of each board's first cell
    cells: dict[str, int]  # side of a cell of each board, with the line beside it
    labels: tuple[Label, ...]
    sentence: tuple[int, int, int]  # left, top and width of what is told below the boards

    def box(self, board: str, row: int, col: int) -> Box:
        """Where a cell is."""
        (left, top), cell = self.corners[board], self.cells[board]
        return left + col * cell, top + row * cell, left + (col + 1) * cell - 1, top + (row + 1) * cell - 1


def arrange(
    scene: Scene, steps: Sequence[int], *, width: int, height: int | None = None, text_size: int, told: bool = True
) -> Layout:
    """Put the boards side by side in the largest cells that fit, and what is told of each step below.

    Parameters
    ----------
    scene : Scene
    steps : sequence of int
        Those that will be drawn; the longest sentence has to fit.
    width, height : int
        Pixels; without a height, what is needed, and at most about three quarters of the width. A
        sweep that does not fit even in the smallest cells makes the picture larger.
    text_size : int
        Of the captions, in pixels.
    told : bool
        Whether there are notes, a legend and a sentence.
    """
    margin = text_size
    places = (["input"], ["kernel", "applied"], ["output"])
    columns = [[name for name in names if name in scene.boards] for names in places if names[0] in scene.boards]
    inner = width - 2 * margin
    lines = [scene.legend] if told and scene.legend else []
    lines += max((wrapped(scene.sentence(step), text_size, inner) for step in steps), key=len) if told else []
    below = round(len(lines) * text_size * 1.5) + (margin if lines else 0)
    tall = (height or round(width * 0.75)) - 2 * margin - below
    stage = _Stage(scene, columns, text_size, told)
    cell = next((c for c in range(LARGEST_CELL, SMALLEST_CELL, -1) if stage.fits(c, inner, tall)), SMALLEST_CELL)
    stage_width, stage_height = stage.size(cell)
    width = max(width, stage_width + 2 * margin)
    height = max(height or 0, stage_height + 2 * margin + below)
    top = (height - stage_height - below) // 2
    corners, cells, labels = stage.place(cell, (width - stage_width) // 2, top)
    text_top = top + stage_height + margin
    if told and scene.legend:
        labels.append(Label(margin, text_top + text_size, scene.legend, round(text_size * 0.85)))
        text_top += round(text_size * 1.5)
    return Layout(width, height, text_size, corners, cells, tuple(labels), (margin, text_top, width - 2 * margin))


class _Stage:
    """The boards in their columns, before it is known how large a cell is."""

    def __init__(self, scene: Scene, columns: list[list[str]], text_size: int, told: bool) -> None:
        self.scene = scene
        self.columns = columns
        self.text_size = text_size
        self.captions = {
            name: [Label(0, 0, board.title, text_size, bold=True)]
            + ([Label(0, 0, board.note, round(text_size * 0.85))] if told and board.note else [])
            for name, board in scene.boards.items()
        }
        signs = [scene.sign] if len(columns) == 3 else []
        self.signs = [*signs, "→" if scene.scatters else "=" if signs else f"{scene.sign} ="]
        self.gaps = [round(Label(0, 0, sign, self.sign_size).width) + text_size for sign in self.signs]

    @property
    def sign_size(self) -> int:
        return round(self.text_size * 1.4)

    def fits(self, cell: int, width: float, height: float) -> bool:
        size = self.size(cell)
        return size[0] <= width and size[1] <= height

    def size(self, cell: int) -> tuple[int, int]:
        width = sum(self.column_width(column, cell) for column in self.columns) + sum(self.gaps)
        return width, max(self.column_height(column, cell) for column in self.columns)

    def column_width(self, column: list[str], cell: int) -> int:
        captions = [round(label.width) for name in column for label in self.captions[name]]
        return max(captions + [self.extent(name, cell)[0] for name in column])

    def column_height(self, column: list[str], cell: int) -> int:
        boards = sum(self.caption_height(name) + self.extent(name, cell)[1] for name in column)
        return boards + self.text_size * (len(column) - 1)

    def caption_height(self, name: str) -> int:
        return round(self.text_size * 1.35) * len(self.captions[name])

    def cell(self, name: str, cell: int) -> int:
        return cell * HIDDEN_SIDE if name == "output" and self.scene.hide == "size" else cell

    def extent(self, name: str, cell: int) -> tuple[int, int]:
        rows, cols = self.scene.boards[name].values.shape
        return cols * self.cell(name, cell), rows * self.cell(name, cell)

    def place(self, cell: int, left: int, top: int) -> tuple[dict, dict, list[Label]]:
        """Corners and cell sizes of the boards, and the labels around them."""
        corners, cells, labels = {}, {}, []
        height = self.size(cell)[1]
        for i, column in enumerate(self.columns):
            width = self.column_width(column, cell)
            y = top + (height - self.column_height(column, cell)) // 2
            for name in column:
                x = left + (width - self.extent(name, cell)[0]) // 2
                for label in self.captions[name]:
                    y += round(self.text_size * 1.35)
                    baseline = y - round(self.text_size * 0.45)
                    labels.append(Label(left + width / 2, baseline, label.text, label.size, label.bold, centred=True))
                corners[name], cells[name] = (x, y), self.cell(name, cell)
                y += self.extent(name, cell)[1] + self.text_size
            left += width
            if i < len(self.signs):
                middle = top + height / 2 + self.sign_size * 0.35
                labels.append(Label(left + self.gaps[i] / 2, middle, self.signs[i], self.sign_size, centred=True))
                left += self.gaps[i]
        return corners, cells, labels


# ---- strokes -------------------------------------------------------------------------------


class Canvas(Protocol):
    """What is drawn on."""

    def fill(self, box: Box, colour: RGB) -> None:
        """Fill a box."""

    def lines(self, segments: list[Segment], colour: RGB, width: float) -> None:
        """Draw straight lines."""

    def write(self, label: Label, colour: RGB) -> None:
        """Write a line of text."""


def paint_boards(canvas: Canvas, scene: Picture, layout: Layout, theme: Theme, written: Iterable[Cell] = ()) -> None:
    """Draw everything, with the cells of the output that have been written."""
    known = {cell[:2]: cell for cell in written}
    canvas.fill((0, 0, layout.width, layout.height), theme.paper)
    for label in layout.labels:
        canvas.write(label, theme.ink)
    for name, board in scene.boards.items():
        (left, top), side = layout.corners[name], layout.cells[name]
        rows, cols = board.values.shape
        canvas.fill((left - 1, top - 1, left + cols * side, top + rows * side), theme.line)
        for row, col in np.ndindex(rows, cols):
            cell: Cell = (row, col, float(board.values[row, col]))
            if name == "output":
                cell = known.get((row, col), cell)
            _paint_cell(canvas, layout.box(name, row, col), board, cell, theme)


def paint_cells(canvas: Canvas, scene: Scene, layout: Layout, theme: Theme, cells: Iterable[Cell]) -> None:
    """Draw cells of the output over what stood there."""
    for cell in cells:
        _paint_cell(canvas, layout.box("output", *cell[:2]), scene.boards["output"], cell, theme)


def paint_frames(canvas: Canvas, scene: Picture, layout: Layout, theme: Theme, step: int) -> None:
    """Frame the window of a step and the cell it belongs to; in a dilated window, each cell it reads."""
    for name, rows, cols in scene.framed(step):
        first, last = layout.box(name, rows[0], cols[0]), layout.box(name, rows[-1], cols[-1])
        cell = layout.cells[name]
        around = first[0] - 1, first[1] - 1, last[2] + 1, last[3] + 1
        if (np.diff(rows) > 1).any() or (np.diff(cols) > 1).any():
            canvas.lines(_dashes(around, max(3, cell / 4)), theme.ink, max(1, cell // 16))
            for row in rows:
                for col in cols:
                    _outline(canvas, layout.box(name, row, col), max(1, cell // 12), theme, outwards=False)
        else:
            _outline(canvas, around, max(1, min(3, cell // 6)), theme, outwards=True)


def paint_sentence(canvas: Canvas, scene: Picture, layout: Layout, theme: Theme, step: int) -> None:
    """Tell a step below the boards."""
    left, top, width = layout.sentence
    for i, line in enumerate(wrapped(scene.sentence(step), layout.text_size, width)):
        canvas.write(Label(left, top + layout.text_size * (1 + 1.5 * i), line, layout.text_size), theme.ink)


def _paint_cell(canvas: Canvas, box: Box, board: Board, cell: Cell, theme: Theme) -> None:
    row, col, value = cell
    kind, side = board.kinds[row, col], box[2] - box[0]
    known = value is not None and not np.isnan(value)
    colour = theme.shade(value, board.limit) if known else theme.raised
    if kind == trace.OUTSIDE:
        colour = theme.paper
    elif kind != trace.INPUT:
        colour = mix(colour, theme.paper, 0.25)
    canvas.fill(box, colour)
    if kind in DASHES:
        dashes, ink = (DASHES[kind], theme.strong) if side > 12 else ([(0.3, 0.7)], mix(colour, theme.ink, 0.35))
        canvas.lines(_sides(box, dashes), ink, 1)
    if board.idle[row, col]:
        canvas.lines(_hatching(box), mix(colour, theme.ink, 0.5), max(1, side / 28))
    if value is None:
        _write_in(canvas, box, "?", theme.ink)
    elif known:
        _write_in(canvas, box, brief(value), text_on(colour))


def _write_in(canvas: Canvas, box: Box, text: str, colour: RGB) -> None:
    """Write into a cell; a number that does not fit leaves its sign."""
    side = box[2] - box[0]
    size = int(min(side * 0.42, side * 0.94 / (0.6 * max(len(text), 2))))
    if size < SMALLEST_TEXT:
        text, size = ("-" if text.startswith("-") else "?" if text == "?" else ""), int(side * 0.8)
    if text and size >= SMALLEST_TEXT - 1:
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        canvas.write(Label(x, y + size * 0.365, text, size, centred=True), colour)


def _outline(canvas: Canvas, box: Box, width: int, theme: Theme, *, outwards: bool) -> None:
    """Draw a rim of ink with one of paper inside it, and one outside: it stands out from every colour."""
    left, top, right, bottom = box
    if outwards:
        _rim(canvas, (left - 2, top - 2, right + 2, bottom + 2), width + 3, theme.paper)
        _rim(canvas, (left - 1, top - 1, right + 1, bottom + 1), width + 1, theme.ink)
    else:
        _rim(canvas, box, width + 1, theme.paper)
        _rim(canvas, box, width, theme.ink)


def _rim(canvas: Canvas, box: Box, width: float, colour: RGB) -> None:
    left, top, right, bottom = box
    width = min(width, right - left, bottom - top)
    canvas.fill((left, top, right, top + width), colour)
    canvas.fill((left, bottom - width, right, bottom), colour)
    canvas.fill((left, top, left + width, bottom), colour)
    canvas.fill((right - width, top, right, bottom), colour)


def _sides(box: Box, dashes: Sequence[tuple[float, float]]) -> list[Segment]:
    """The same dashes, as shares of the length, along the inside of all four sides."""
    left, top, right, bottom = box[0] + 0.5, box[1] + 0.5, box[2] - 0.5, box[3] - 0.5
    width, height = right - left, bottom - top
    return [
        segment
        for start, end in dashes
        for segment in (
            (left + start * width, top, left + end * width, top),
            (left + start * width, bottom, left + end * width, bottom),
            (left, top + start * height, left, top + end * height),
            (right, top + start * height, right, top + end * height),
        )
    ]


def _dashes(box: Box, length: float) -> list[Segment]:
    """A dashed line around a box."""
    number = max(1, round((box[2] - box[0] + box[3] - box[1]) / 2 / (2 * length)))
    return _sides(box, [((i + 0.25) / number, (i + 0.75) / number) for i in range(number)])


def _hatching(box: Box) -> list[Segment]:
    """Lines at 45 degrees through a cell."""
    left, top, side = box[0], box[1], box[2] - box[0]
    distance = max(4, side / 4)
    places = [distance * (i + 0.5) for i in range(int(2 * side / distance))]
    return [
        (left + max(0, c - side), top + min(c, side), left + min(c, side), top + max(0, c - side)) for c in places
    ]
