"""A network's blocks and bars as a figure for slides and papers. Nothing here knows of Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ui.architectures import COSTS, Shown
from ui.architectures_view import Column, Place, arcs, bars, caption, columns, places, size_text, width
from ui.architectures_words import spell
from ui.drawing import RGB, THEMES, Label, Theme, font, mix, wrapped
from ui.figures import POINTS, FigureCanvas, fraction

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ORANGE = (230, 159, 0)  # Okabe and Ito's
MARGIN, TEXT, LINE = 24, 13, 17  # pixels
LEAST_STRETCH, MOST_STRETCH = 1.15, 2.2  # of the layout's units
USUAL_WIDTH = 912  # pixels, that a small network is stretched to
BLOCKS, BAR = 190, 56  # heights of the tallest block and the tallest bar
SLANT = 0.6  # of the edges that go back
LIFT = 0.3  # how far a shortcut's layers are above the main branch, as a share of the tallest block
SCALE = "Rows and columns to scale; maps (thickness) and dense units (height) on a logarithmic scale."


def figure(shown: Shown, bar_names: Sequence[str], theme: str = "light") -> Figure:
    """Draw a network as blocks to scale, and below them bars of what each layer costs.

    Parameters
    ----------
    shown : ui.architectures.Shown
    bar_names : sequence of str
        Of `ui.architectures.COSTS`.
    theme : "light" or "dark"
    """
    found = columns(shown.now.rows)
    laid = _stretched(places(shown.now.input_shape, found))
    captions = [["input", "", str(shown.now.input_shape[0])], *map(caption, found)]
    shapes = [shown.now.input_shape, *(column.shape for column in found)]
    sizes = [_fitting(size_text(shape), place) for shape, place in zip(shapes, laid, strict=True)]
    upright = any(_length(lines[0]) > place.width for lines, place in zip(captions, laid, strict=True))
    across = round(max(width(laid) + MARGIN, 480))
    top = MARGIN + 2 * LINE + (44 if arcs(found) else 16)
    names = top + BLOCKS + (max(_length(lines[0]) for lines in captions) + 8 if upright else LINE)
    below, strip = names + 3 * LINE + 10, BAR + 4 * LINE
    scale = wrapped(SCALE, TEXT - 2, across - 2 * MARGIN)
    canvas = FigureCanvas(across, round(below + strip * len(bar_names) + LINE * len(scale) + MARGIN))
    colours = THEMES[theme]
    canvas.figure.set_facecolor(fraction(colours.paper))
    middles = [top + BLOCKS / 2 - (LIFT * BLOCKS if branch == "shortcut" else 0) for branch in _branches(found)]
    _title(canvas, shown, colours)
    _arcs(canvas, laid, found, middles, colours)
    for place, kind, middle, lines, size in zip(laid, _kinds(found), middles, captions, sizes, strict=True):
        _block(canvas, place, kind, middle, colours)
        if kind != "sum":
            _caption(canvas, place, [*lines, size], names, upright, colours)
    for number, name in enumerate(bar_names):
        _bars(canvas, laid[1:], found, name, below + number * strip, colours)
    for number, line in enumerate(scale, start=1):
        canvas.write(Label(MARGIN, below + strip * len(bar_names) + number * LINE, line, TEXT - 2), colours.strong)
    return canvas.finish()


def _stretched(found: Sequence[Place]) -> list[Place]:
    """Stretch the layout to the usual width, as far as that does not distort it."""
    by = min(max(USUAL_WIDTH / width(found), LEAST_STRETCH), MOST_STRETCH)
    thick = min(by, 1.5)
    return [
        Place(MARGIN + place.left * by, place.width * by, place.high, place.thick * thick, place.deep * thick)
        for place in found
    ]


def _length(text: str) -> float:
    return font(TEXT).getlength(text)


def _fitting(texts: Sequence[str], place: Place) -> str:
    """Choose the longer of two texts if it fits below a block."""
    return texts[0] if _length(texts[0]) < place.width else texts[1]


def _kinds(found: Sequence[Column]) -> list[str]:
    return ["input", *(column.kind for column in found)]


def _branches(found: Sequence[Column]) -> list[str]:
    return ["", *(column.main.branch for column in found)]


def _title(canvas: FigureCanvas, shown: Shown, colours: Theme) -> None:
    canvas.write(Label(MARGIN, MARGIN + TEXT, shown.network.title, TEXT + 4, bold=True), colours.ink)
    text = f"Input {spell(shown.now.input_shape)}, output {spell(shown.now.output_shape)}"
    canvas.write(Label(MARGIN, MARGIN + TEXT + LINE + 3, text, TEXT), colours.ink)


def fill_of(kind: str, colours: Theme) -> RGB:
    """Colour of a kind of layer, as on the page."""
    if kind in ("conv", "block"):
        return mix(colours.paper, colours.positive[1], 0.75)
    return {"dense": ORANGE, "input": colours.paper}.get(kind, mix(colours.paper, colours.ink, 0.2))


def _block(canvas: FigureCanvas, place: Place, kind: str, middle: float, colours: Theme) -> None:
    """Draw a block in slanted perspective, or the plus of a sum."""
    from matplotlib.patches import Circle, Polygon

    centre = place.left + place.width / 2
    if kind == "sum":
        paper, ink = fraction(colours.paper), fraction(colours.ink)
        canvas.axes.add_patch(Circle((centre, middle), 8, facecolor=paper, edgecolor=ink))
        canvas.write(Label(centre, middle + 5, "+", TEXT + 2, bold=True, centred=True), colours.ink)
        return
    high, up = max(place.high * BLOCKS, 3), place.deep * SLANT
    left, top = centre - (place.thick + place.deep) / 2, middle - high / 2
    right, bottom = left + place.thick, top + high
    colour, back = fill_of(kind, colours), place.deep
    lid = [(left, top), (left + back, top - up), (right + back, top - up), (right, top)]
    side = [(right, top), (right + back, top - up), (right + back, bottom - up), (right, bottom)]
    front = [(left, top), (right, top), (right, bottom), (left, bottom)]
    shades = mix(colour, (255, 255, 255), 0.25), mix(colour, (0, 0, 0), 0.2), colour
    for corners, shade in list(zip((lid, side, front), shades, strict=True))[0 if back else 2 :]:
        canvas.axes.add_patch(
            Polygon(corners, facecolor=fraction(shade), edgecolor=fraction(colours.strong), linewidth=0.7, zorder=2)
        )


def _arcs(
    canvas: FigureCanvas, laid: Sequence[Place], found: Sequence[Column], middles: Sequence[float], colours: Theme
) -> None:
    """Draw each shortcut over what it skips."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    kinds = _kinds(found)
    for ends in arcs(found):
        heights = [10 if kinds[i] == "sum" else laid[i].high * BLOCKS / 2 + laid[i].deep * SLANT + 2 for i in ends]
        (x1, y1), (x2, y2) = (
            (laid[i].left + laid[i].width / 2, middles[i] - high) for i, high in zip(ends, heights, strict=True)
        )
        over = min(y1, y2) - min(40, (x2 - x1) / 2)
        path = Path([(x1, y1), (x1, over), (x2, over), (x2, y2)], [Path.MOVETO, *[Path.CURVE4] * 3])
        head = Path([(x2 - 4, y2 - 7), (x2, y2), (x2 + 4, y2 - 7)])
        for drawn in (path, head):
            ink = fraction(colours.strong)
            canvas.axes.add_patch(PathPatch(drawn, fill=False, edgecolor=ink, linewidth=1, zorder=1))


def _caption(
    canvas: FigureCanvas, place: Place, lines: Sequence[str], bottom: float, upright: bool, colours: Theme
) -> None:
    """Write name, window, maps and size below a block."""
    centre = place.left + place.width / 2
    name, *others = lines
    if upright:
        canvas.axes.text(
            centre, bottom - 4, name, rotation=90, fontsize=TEXT * POINTS, color=fraction(colours.ink), ha="center",
            va="bottom", parse_math=False,
        )
    else:
        canvas.write(Label(centre, bottom - 4, name, TEXT, centred=True), colours.ink)
    for number, text in enumerate(others, start=1):
        canvas.write(Label(centre, bottom + number * LINE, text, TEXT, bold=number == 2, centred=True), colours.ink)


def _bars(
    canvas: FigureCanvas, laid: Sequence[Place], found: Sequence[Column], name: str, top: float, colours: Theme
) -> None:
    """Draw one strip of bars, with shares above and numbers below."""
    strip = bars(name, found)
    canvas.write(Label(MARGIN, top + LINE, f"{COSTS[name]}: {strip['total']}", TEXT, bold=True), colours.ink)
    base = top + 2.4 * LINE + BAR
    canvas.lines([(MARGIN, base, laid[-1].left + laid[-1].width if laid else MARGIN, base)], colours.line, 1)
    most = max(strip["shares"], default=0) or 1
    for place, column, share, percent, count in zip(
        laid, found, strip["shares"], strip["percents"], strip["counts"], strict=True
    ):
        if not percent:
            continue
        centre, high = place.left + place.width / 2, max(share / most * BAR, 1.5)
        half = place.width * 0.3
        canvas.fill((centre - half, base - high, centre + half, base), fill_of(column.kind, colours))
        canvas.write(Label(centre, base - high - 4, percent, TEXT - 1, bold=True, centred=True), colours.ink)
        canvas.write(Label(centre, base + LINE - 3, count, TEXT - 1, centred=True), colours.ink)
