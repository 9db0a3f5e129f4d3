"""A network's inside as a figure for slides and papers. Nothing here knows of Streamlit."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

from conv.layers import Array
from ui.components import Data
from ui.drawing import THEMES, Box, Label, Theme, text_on, wrapped
from ui.figures import FigureCanvas
from ui.inside import METHODS, Shown
from ui.inside_shown import MOST_MAPS, PANELS, bars, path, says, size
from ui.inside_subject import grey
from ui.scene import brief

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, MARGIN, GAP = 960, 24, 22  # pixels
TEXT, SMALL, LINE = 14, 11, 18
PICTURE, PATCH, BOARD = 148, 66, 176  # sides of the input, of a patch, and of what has numbers
TILES, LEAST_TILE, MOST_TILE = 4, 12, 32  # maps below one another; the side of one
BARS, NAMES = 130, 140
SMALLEST_NUMBER = 6  # pixels high


def figure(shown: Shown, theme: str = "light") -> Figure:
    """Draw the picture, every layer's maps, and what the method finds for the chosen one.

    Parameters
    ----------
    shown : ui.inside.Shown
    theme : "light" or "dark"
    """
    colours = THEMES[theme]
    panel = PANELS[shown.method](shown)
    sentence = wrapped(says(shown, shown.place, shown.map), TEXT, 0.88 * (WIDTH - 2 * MARGIN))  # it is bold
    way = MARGIN + 2 * LINE
    below = way + max(PICTURE, 10 + 15 * len(shown.subject.class_names)) + 2 * LINE
    height = below + LINE * (len(sentence) + 2) + _panel_height(panel) + MARGIN
    canvas = FigureCanvas(WIDTH, round(height))
    canvas.fill((0, 0, WIDTH, height), colours.paper)
    _way(canvas, shown, way, colours)
    for number, line in enumerate(sentence):
        canvas.write(Label(MARGIN, below + LINE * number, line, TEXT, bold=True), colours.ink)
    top = below + LINE * len(sentence)
    lead = f"{METHODS[shown.method]}. {panel['lead']}"
    canvas.write(Label(MARGIN, top + 4, lead, SMALL), colours.strong)
    if panel.get("rows"):
        _patches(canvas, panel, top + LINE, colours)
    elif panel.get("grids"):
        _boards(canvas, panel, top + LINE, colours)
    return canvas.finish()


def _panel_height(panel: Data) -> int:
    if panel.get("rows"):
        return LINE + len(panel["rows"]) * (PATCH + 8)
    return 2 * LINE + BOARD if panel.get("grids") else 0


# ---- the way from pixels to classes ----------------------------------------------------------


def _way(canvas: FigureCanvas, shown: Shown, top: float, theme: Theme) -> None:
    """Draw the picture and, from left to right, every layer's maps."""
    stages = shown.subject.stages
    drawn = [values[:MOST_MAPS].reshape(-1, *stage.size) for stage, values in zip(stages, shown.maps, strict=True)]
    across = [-(-len(maps) // TILES) for maps in drawn[:-1]]
    room = WIDTH - 2 * MARGIN - PICTURE - BARS - GAP * len(stages)
    tile = int(np.clip(room / max(sum(across), 1) - 4, LEAST_TILE, MOST_TILE))
    _heading(canvas, MARGIN, top, "Pixel", shown.title, theme)
    paint(canvas, grey(shown.image[None])[0], MARGIN, top, PICTURE, 1.0, theme)
    left = MARGIN + PICTURE + GAP
    for place, (stage, name, maps) in enumerate(zip(stages[:-1], path(stages), drawn, strict=False)):
        canvas.write(Label(left - GAP / 2, top + PICTURE / 2, "→", TEXT, centred=True), theme.ink)
        _heading(canvas, left, top, name, size(stage), theme)
        for channel, values in enumerate(maps):
            col, row = divmod(channel, TILES)
            at = left + col * (tile + 4), top + row * (tile + 4)
            paint(canvas, values, *at, tile, float(np.abs(maps).max()), theme)
            if (place, channel) == (shown.place, shown.map):
                _frame(canvas, (at[0] - 2, at[1] - 2, at[0] + tile + 1, at[1] + tile + 1), theme, width=2.5)
        left += max(across[place] * (tile + 4), 98) + GAP
    canvas.write(Label(left - GAP / 2, top + PICTURE / 2, "→", TEXT, centred=True), theme.ink)
    _bars(canvas, shown, left, top, theme)


def _heading(canvas: FigureCanvas, left: float, top: float, name: str, note: str, theme: Theme) -> None:
    canvas.write(Label(left, top - 20, name, TEXT, bold=True), theme.ink)
    canvas.write(Label(left, top - 6, note, SMALL - 1), theme.strong)


def _bars(canvas: FigureCanvas, shown: Shown, left: float, top: float, theme: Theme) -> None:
    """Draw each class's probability."""
    found = bars(shown)
    _heading(canvas, left, top, "Class", "probability", theme)
    for number, name in enumerate(shown.subject.class_names):
        y = top + 15 * number
        chosen = (number, shown.place) == (shown.map, len(shown.subject.stages) - 1)
        canvas.write(Label(left, y + 11, name[:9], SMALL, bold=chosen or number == shown.label), theme.ink)
        canvas.fill((left + 62, y + 2, left + 62 + 34, y + 12), theme.line)
        canvas.fill((left + 62, y + 2, left + 62 + 34 * found["shares"][number], y + 12), theme.positive[1])
        canvas.write(Label(left + 100, y + 11, found["probabilities"][number], SMALL), theme.ink)


# ---- what the method finds -------------------------------------------------------------------


def _patches(canvas: FigureCanvas, panel: Data, top: float, theme: Theme) -> None:
    """Draw the strongest patches, and below them what is sent down from each."""
    rows, cols = panel["size"]
    for col, (name, value) in enumerate(panel["heads"]):
        canvas.write(Label(MARGIN + NAMES + col * (PATCH + 8), top + 12, f"{name}: {value}"[:12], SMALL), theme.ink)
    for row, strip in enumerate(panel["rows"]):
        y = top + LINE + row * (PATCH + 8)
        canvas.write(Label(MARGIN, y + PATCH / 2, strip["name"], TEXT, bold=True), theme.ink)
        canvas.write(Label(MARGIN, y + PATCH / 2 + 15, strip["source"], SMALL - 1), theme.strong)
        pictures = _unpacked(strip["values"]).reshape(-1, rows, cols)
        for col, (values, limit, seen) in enumerate(zip(pictures, strip["limits"], panel["frames"], strict=True)):
            x = MARGIN + NAMES + col * (PATCH + 8)
            cell = paint(canvas, values, x, y, PATCH, limit, theme)
            first_row, first_col, end_row, end_col = (edge * cell for edge in seen)
            _frame(canvas, (x + first_col, y + first_row, x + end_col, y + end_row), theme)


def _frame(canvas: FigureCanvas, box: Box, theme: Theme, width: float = 1.5) -> None:
    left, top, right, bottom = box
    level = [(left, y, right, y) for y in (top, bottom)]
    canvas.lines([*level, *((x, top, x, bottom) for x in (left, right))], theme.ink, width)


def _dashed(canvas: FigureCanvas, left: float, top: float, side: float, theme: Theme) -> None:
    """Draw a square of dashes, three a side."""
    dashes = [(start * side, (start + 0.22) * side) for start in (0, 0.39, 0.78)]
    level = [(left + a, y, left + b, y) for y in (top, top + side) for a, b in dashes]
    canvas.lines([*level, *((x, top + a, x, top + b) for x in (left, left + side) for a, b in dashes)], theme.ink, 2)


def _boards(canvas: FigureCanvas, panel: Data, top: float, theme: Theme) -> None:
    """Draw what has numbers, and a film of an ascent beside it."""
    for index, grid in enumerate(panel["grids"]):
        x = MARGIN + index * 310
        canvas.write(Label(x, top + 10, grid["name"], TEXT, bold=True), theme.ink)
        canvas.write(Label(x, top + 24, grid["note"], SMALL - 2), theme.strong)
        values = _unpacked(grid["values"]).reshape(grid["rows"], grid["cols"])
        cell = paint(canvas, values, x, top + 32, BOARD, grid["limit"], theme, numbers=True)
        for place in panel.get("changed", ()):
            row, col = divmod(place, grid["cols"])
            _dashed(canvas, x + col * cell + 1.5, top + 32 + row * cell + 1.5, cell - 3, theme)
    film = panel.get("film")
    if not film:
        return
    pictures = _unpacked(film["values"]).reshape(-1, *film["size"])
    for col, (values, head) in enumerate(zip(pictures, film["heads"], strict=True)):
        x = MARGIN + 310 + col * 100
        canvas.write(Label(x, top + 24, f"{head[0]}: {head[1]}", SMALL), theme.ink)
        paint(canvas, values, x, top + 32, 92, 1.0, theme)


def paint(
    canvas: FigureCanvas, values: Array, left: float, top: float, side: float, limit: float, theme: Theme,
    *, numbers: bool = False,
) -> float:
    """Draw a map within a square, and give the side of its cells."""
    rows, cols = values.shape
    cell = side / max(rows, cols)
    canvas.fill((left - 1, top - 1, left + cols * cell + 1, top + rows * cell + 1), theme.line)
    for (row, col), value in np.ndenumerate(values):
        colour = theme.shade(float(value), limit)
        x, y = left + col * cell, top + row * cell
        canvas.fill((x, y, x + cell, y + cell), colour)
        text = brief(float(f"{value:.2g}"))
        high = min(cell * 0.42, cell * 0.94 / (0.6 * max(len(text), 2)))
        if numbers and high >= SMALLEST_NUMBER:
            label = Label(x + cell / 2, y + cell / 2 + high * 0.365, text, round(high), centred=True)
            canvas.write(label, text_on(colour))
    return cell


def _unpacked(text: str) -> Array:
    return np.frombuffer(base64.b64decode(text), "<f8")
