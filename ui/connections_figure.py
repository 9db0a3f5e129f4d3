"""The connections of a layer, its matrix, and what it costs, as matplotlib figures. Nothing here knows of Streamlit.

Lengths are pixels from the top left, a hundred an inch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from conv.geometry import Pair
from ui.connections import DECADES, Layer, counted, times
from ui.drawing import RGB, THEMES, Theme, text_on
from ui.figures import PER_INCH, POINTS, fraction
from ui.scene import brief
from ui.settings import Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Place = Callable[[int, float, float], tuple[float, float]]  # of a cell: its index, and shares of its side
Words = Sequence[str]

WIDTH = 960
MARGIN = 24
TEXT = 15
CELL = 40
SLOPE = 0.22  # of planes side by side, so that the lines of a row do not lie on one another
DASHES: tuple[str | tuple, ...] = ("-", (0, (5, 2)), (0, (1, 2)), (0, (6, 2, 1, 2)), (0, (3, 2)))  # by the kernel's row
SMALLEST_LETTER = 11  # pixels of a cell of the matrix


def connections_figure(layer: Layer, values: Values, unit: int, theme: str) -> Figure:
    """Draw what the page shows: connections, matrix or counts.

    Parameters
    ----------
    layer : ui.connections.Layer
    values : dict
        The page's settings.
    unit : int
        The hidden unit that is marked, from 0; the nearest there is.
    theme : "light" or "dark"
    """
    if values["view"] == "counts":
        return _counts(values, THEMES[theme])
    if values["view"] == "matrix":
        return _matrix(layer, theme)
    unit = min(max(unit, 0), layer.output.size - 1)
    return _lines(layer, values, unit, theme)


# ---- connections ---------------------------------------------------------------------------


def _lines(layer: Layer, values: Values, unit: int, theme: str) -> Figure:
    flat = values["unrolled"] or len(layer.x) == 1
    cell = max(12, min(CELL, (WIDTH - 2 * MARGIN) // max(layer.x.size, layer.output.size))) if flat else CELL
    shapes = [(1, grid.size) if flat else grid.shape for grid in (layer.x, layer.output)]
    top = MARGIN + 2 * TEXT
    if flat:
        lefts = [(WIDTH - cols * cell) / 2 for _, cols in shapes]
        tops = [top, top + cell + 260]
        below = tops[1] + cell + 3 * TEXT
        panel, width = ((WIDTH - layer.unit_weights[1] * CELL) / 2, below + TEXT), WIDTH
    else:
        lefts = [MARGIN, MARGIN + shapes[0][1] * cell + 190]
        tops = [top, top + max(0, shapes[0][0] - shapes[1][0]) * cell / 2]
        panel = (lefts[1] + shapes[1][1] * cell + 50, tops[1] + 30)
        width = max(WIDTH, round(panel[0] + max(layer.unit_weights[1] * CELL, 230) + MARGIN))
        below = max(y + (rows + SLOPE * cols) * cell for y, (rows, cols) in zip(tops, shapes, strict=True))
    height = round(max(below, panel[1] + layer.unit_weights[0] * CELL) + MARGIN)
    axes = _axes(width, height, THEMES[theme])
    slope = 0 if flat else SLOPE
    names = f"Input {times(layer.x.shape)}", f"Hidden units {times(layer.output.shape)}"
    places = []
    for grid, name, shape, left, y in zip((layer.x, layer.output), names, shapes, lefts, tops, strict=True):
        places.append(_plane(axes, grid, shape, (left, y), cell, slope, THEMES[theme]))
        under = flat and grid is layer.output  # where no line passes
        _write(axes, left, y + (cell + 1.4 * TEXT if under else -0.7 * TEXT), name, THEMES[theme].ink, bold=True)
    sides = ((0.5, 1.0), (0.5, 0.0)) if flat else ((1.0, 0.5), (0.0, 0.5))
    if values["units"] == "all":
        _connect(axes, layer, places, sides, theme, width=1.0, strength=0.55)
    _connect(axes, layer, places, sides, theme, width=2.5, strength=1.0, unit=unit)
    corners = [places[1](unit, *corner) for corner in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
    axes.plot(*zip(*corners, strict=True), color=fraction(THEMES[theme].ink), linewidth=2.5, zorder=4)
    _weights(axes, layer, unit, panel, theme)
    return axes.figure  # type: ignore[return-value]


def _plane(
    axes: Axes, grid: NDArray, shape: Pair, corner: tuple[float, float], cell: float, slope: float, theme: Theme
) -> Place:
    """Draw a grid of numbers, perhaps unrolled; its right side lies lower by the slope."""
    rows, cols = shape

    def place(index: int, right: float, down: float) -> tuple[float, float]:
        x = (index % cols + right) * cell
        return corner[0] + x, corner[1] + (index // cols + down) * cell + slope * x

    limit = float(np.abs(grid).max(initial=0.0))
    shades = [theme.shade(value, limit) for value in grid.flat]
    _cells(axes, place, shades, [brief(value) for value in grid.flat], cell, theme)
    return place


def _connect(
    axes: Axes, layer: Layer, places: Sequence[Place], sides: Sequence[tuple[float, float]], theme: str, *,
    width: float, strength: float, unit: int | None = None,
) -> None:
    """Draw the connections of one unit, or of all, in the colours and dashes of their weights."""
    from matplotlib.collections import LineCollection

    found = layer.entries
    chosen = slice(None) if unit is None else found.outputs == unit
    numbers = (found.outputs[chosen].tolist(), found.inputs[chosen].tolist(), found.weights[chosen].tolist())
    segments, colours, dashes = [], [], []
    for output, source, weight in zip(*numbers, strict=True):
        segments.append([places[0](source, *sides[0]), places[1](output, *sides[1])])
        colours.append(_colour(layer, weight, theme))
        dashes.append(DASHES[weight // layer.unit_weights[1]] if layer.kind == "conv" else "-")
    axes.add_collection(
        LineCollection(segments, colors=colours, linestyles=dashes, linewidths=width, alpha=strength, zorder=3),
        autolim=False,
    )
    if unit is not None and layer.kind == "conv":
        for source, weight in zip(*numbers[1:], strict=True):
            x, y = places[0](source, 0.2, 0.2)
            patch = {"boxstyle": "square,pad=0.15", "facecolor": _colour(layer, weight, theme), "edgecolor": "none"}
            ink = fraction(text_on(_rgb(_colour(layer, weight, theme))))
            axes.text(
                x, y, _letter(weight), fontsize=TEXT * 0.6, color=ink, ha="center", va="center", bbox=patch, zorder=4
            )


def _weights(axes: Axes, layer: Layer, unit: int, corner: tuple[float, float], theme: str) -> None:
    """Draw the weights of a unit, which are those of all units if they are shared."""
    rows, cols = layer.unit_weights
    first = 0 if layer.kind == "conv" else unit * rows * cols
    indices = range(first, first + rows * cols)

    def place(index: int, right: float, down: float) -> tuple[float, float]:
        return corner[0] + (index % cols + right) * CELL, corner[1] + (index // cols + down) * CELL

    row, col = divmod(unit, layer.configuration.output_size[1])
    title = f"Weights of unit ({row + 1}, {col + 1}) alone" if layer.kind != "conv" else "Kernel of all units"
    _write(axes, corner[0], corner[1] - TEXT * 0.7, title, THEMES[theme].ink, bold=True)
    words = [
        f"{_letter(weight)} = {brief(layer.weights[weight])}" if layer.kind == "conv" else brief(layer.weights[weight])
        for weight in indices
    ]
    _cells(axes, place, [_rgb(_colour(layer, weight, theme)) for weight in indices], words, CELL, THEMES[theme])


# ---- matrix --------------------------------------------------------------------------------


def _matrix(layer: Layer, theme: str) -> Figure:
    """Draw the matrix: coloured entries with the letters of shared weights, and lines around the blocks."""
    from matplotlib.collections import LineCollection

    found, colours = layer.entries, THEMES[theme]
    units, inputs = found.shape
    left, top = MARGIN + 3 * TEXT, MARGIN + 3.5 * TEXT
    cell = max(4, min(CELL, int((WIDTH - left - MARGIN) / inputs)))
    height = round(top + units * cell + MARGIN)
    axes = _axes(max(WIDTH, round(left + inputs * cell + MARGIN)), height, colours)
    _write(axes, MARGIN, MARGIN + TEXT, f"Matrix {units} × {inputs}, {len(found.outputs):,} connections through "
           f"{found.weight_count:,} weights", colours.ink, bold=True)

    def place(entry: int, right: float, down: float) -> tuple[float, float]:
        return left + (found.inputs[entry] + right) * cell, top + (found.outputs[entry] + down) * cell

    shades = [_rgb(_colour(layer, weight, theme)) for weight in found.weights.tolist()]
    lettered = layer.kind == "conv" and cell >= SMALLEST_LETTER
    _cells(axes, place, shades, [_letter(w) if lettered else "" for w in found.weights.tolist()], cell, colours)
    for name, rows, cols in (("x", *layer.x.shape), ("h", *layer.output.shape)):
        for row in range(rows):
            where = (left + row * cols * cell, top - 5) if name == "x" else (MARGIN, top + row * cols * cell + TEXT)
            _write(axes, *where, f"{name}({row + 1}, 1)", colours.ink, size=TEXT * 0.8)
    right, bottom = left + inputs * cell, top + units * cell
    across = [[(left, y), (right, y)] for y in np.arange(top, bottom + 1, layer.output.shape[1] * cell)]
    down = [[(x, top), (x, bottom)] for x in np.arange(left, right + 1, layer.x.shape[1] * cell)]
    lines = LineCollection([*across, *down], colors=[fraction(colours.strong)], linewidths=0.8, zorder=3)
    axes.add_collection(lines, autolim=False)
    return axes.figure  # type: ignore[return-value]


# ---- counts --------------------------------------------------------------------------------


def _counts(values: Values, theme: Theme) -> Figure:
    """Draw parameters, units and connections of the three kinds of layer as bars on a log scale."""
    found = counted(values)
    pitch, bars, longest, hows = 28, 220, 400, 760
    axes = _axes(WIDTH + 160, 2 * MARGIN + (len(found["rows"]) + 6) * pitch, theme)
    y, last = MARGIN + pitch, ""
    ink = fraction(theme.ink)
    for decade in range(0, DECADES + 1, 3):
        x = bars + longest * decade / DECADES
        axes.plot([x, x], [y, y + (len(found["rows"]) + 3) * pitch], color=fraction(theme.line), linewidth=0.8)
        _write(axes, x + 4, y, f"{10**decade:,}" if decade < 6 else f"$10^{{{decade}}}$", theme.ink, size=TEXT * 0.8)
    for quantity, kind, count, share, how in found["rows"]:
        if quantity != last:
            y += pitch
            _write(axes, MARGIN, y, quantity, theme.ink, bold=True)
            last = quantity
        y += pitch
        hatch = {"Locally connected": "////"}.get(kind)
        face = fraction(theme.positive[1] if kind == "Convolutional" else theme.strong)
        axes.barh(
            y - 5, max(share * longest, 2), left=bars, height=16, facecolor="none" if hatch else face,
            edgecolor=face, hatch=hatch, zorder=2,
        )
        _write(axes, MARGIN + 12, y, kind, theme.ink)
        axes.text(
            bars + share * longest + 8, y, count, fontsize=TEXT * POINTS, fontweight="bold", color=ink, zorder=3,
            bbox={"facecolor": fraction(theme.paper), "edgecolor": "none", "pad": 1},
        )
        _write(axes, hows, y, how, theme.ink, size=TEXT * 0.8)
    _write(axes, MARGIN, y + 1.5 * pitch, found["lecture"], theme.ink, size=TEXT * 0.9)
    return axes.figure  # type: ignore[return-value]


# ---- strokes -------------------------------------------------------------------------------


def _axes(width: int, height: int, theme: Theme) -> Axes:
    """Paper of a theme, measured in pixels from the top left."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / PER_INCH, height / PER_INCH), dpi=PER_INCH, facecolor=fraction(theme.paper))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return axes


def _cells(axes: Axes, place: Place, shades: Iterable[RGB], words: Words, cell: float, theme: Theme) -> None:
    """Fill cells and write into them what fits."""
    from matplotlib.collections import PolyCollection

    shades = list(shades)
    corners = [[place(i, *corner) for corner in ((0, 0), (1, 0), (1, 1), (0, 1))] for i in range(len(words))]
    faces, line = [fraction(shade) for shade in shades], fraction(theme.line)
    axes.add_collection(
        PolyCollection(corners, facecolors=faces, edgecolors=[line], linewidths=0.5, zorder=2), autolim=False
    )
    for index, (word, shade) in enumerate(zip(words, shades, strict=True)):
        size = min(cell * 0.42, cell * 0.94 / (0.62 * max(len(word), 1.6)))
        if word and size >= 6:
            x, y = place(index, 0.5, 0.5)
            _write(axes, x, y + size * 0.36, word, text_on(shade), size=size, centred=True)


def _write(
    axes: Axes, x: float, y: float, text: str, colour: RGB, *, size: float = TEXT, bold: bool = False,
    centred: bool = False,
) -> None:
    axes.text(
        x, y, text, fontsize=size * POINTS, color=fraction(colour), fontweight="bold" if bold else "normal",
        ha="center" if centred else "left", va="baseline", zorder=5,
    )


def _letter(weight: int) -> str:
    return chr(ord("a") + weight)


def _colour(layer: Layer, weight: int, theme: str) -> str:
    colours = layer.colours[theme]
    return colours[weight % len(colours)]


def _rgb(colour: str) -> RGB:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue

