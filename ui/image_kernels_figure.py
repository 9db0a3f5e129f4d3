"""A filtered photograph as a matplotlib figure: before, the kernel, after. Nothing here knows of Streamlit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from conv.filtering import Filter
from ui.drawing import THEMES, Label, Theme, wrapped
from ui.figures import PER_INCH, FigureCanvas
from ui.image_kernels import Shown, row_title
from ui.image_kernels_shown import range_in_words
from ui.scene import brief

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, MARGIN, MIDDLE = 960, 16, 190  # pixels of the layout: all, around, between the pictures
SIDE = (WIDTH - 2 * MARGIN - MIDDLE) / 2  # of a picture
TEXT_SIZE, TOP = 14, 46
THINNEST = 32  # pixels, of a picture
CELL = 40  # pixels, the largest of the kernel
SMALLEST_TEXT = 7
PICTURE_DPI = 200  # as many pixels of a picture as PNG files show


def filter_figure(shown: Shown, theme: str = "light") -> Figure:
    """Draw the picture before and after, the last step's kernel between them, and the values' range below.

    Parameters
    ----------
    shown : ui.image_kernels.Shown
    theme : "light" or "dark"

    Returns
    -------
    matplotlib.figure.Figure
        9.6 inches wide.
    """
    rows, cols = shown.picture.shape[1:]
    wide, tall = _fitted(rows, cols)
    says = wrapped(f"{range_in_words(shown)} {shown.credit}.", TEXT_SIZE, WIDTH - 2 * MARGIN)
    bottom = max(TOP + tall, TOP + 200)
    canvas = FigureCanvas(WIDTH, round(bottom + 22 * len(says) + 2 * MARGIN))
    colours = THEMES[theme]
    canvas.figure.set_facecolor([channel / 255 for channel in colours.paper])
    right = WIDTH - MARGIN - SIDE
    covered = wide * shown.result.shape[2] * shown.factor / cols, tall * shown.result.shape[1] * shown.factor / rows
    _paint_picture(canvas, shown.picture, (MARGIN, TOP, wide, tall))
    _paint_picture(canvas, shown.display.levels(shown.result), (right, TOP, *covered))
    canvas.write(Label(MARGIN, TOP - 14, f"Before: {shown.title}", TEXT_SIZE, bold=True), colours.ink)
    canvas.write(Label(right, TOP - 14, f"After: {len(shown.steps)} step{'s' * (len(shown.steps) > 1)}", TEXT_SIZE,
                       bold=True), colours.ink)
    _paint_chain(canvas, shown, colours)
    for i, line in enumerate(says):
        canvas.write(Label(MARGIN, bottom + MARGIN + 14 + 22 * i, line, TEXT_SIZE), colours.ink)
    return canvas.finish()


def _fitted(rows: int, cols: int) -> tuple[float, float]:
    """Give a picture's width and height in the layout; a thin one is stretched, so that it can be seen.

    >>> _fitted(1, 2), _fitted(1000, 1)
    ((369.0, 184.5), (32, 738.0))
    """
    scale = min(SIDE / cols, 2 * SIDE / rows)
    return max(cols * scale, THINNEST), max(rows * scale, THINNEST)


def _paint_picture(canvas: FigureCanvas, levels: NDArray[np.uint8], box: tuple[float, float, float, float]) -> None:
    """Draw (1, H, W) or (3, H, W) into a box of left, top, width and height."""
    left, top, width, height = box
    image = np.broadcast_to(levels, (3, *levels.shape[1:])).transpose(1, 2, 0)  # (H, W, 3)
    enlarged = width / PER_INCH * PICTURE_DPI > image.shape[1]
    canvas.axes.imshow(
        image, extent=(left, left + width, top + height, top), aspect="auto", zorder=1,
        interpolation="nearest" if enlarged else "antialiased",
    )


def _paint_chain(canvas: FigureCanvas, shown: Shown, colours: Theme) -> None:
    """Write the steps between the pictures, and draw the last one's kernel below them."""
    middle, y = WIDTH / 2, TOP + 6.0
    for n, row in enumerate(shown.rows, start=1):
        for line in wrapped(f"{n}. {row_title(row)}", TEXT_SIZE, MIDDLE - 40):
            y += 20
            canvas.write(Label(middle, y, line, TEXT_SIZE, bold=n == len(shown.rows), centred=True), colours.ink)
    step = shown.steps[-1]
    if not isinstance(step, Filter):
        return
    weights = step.weights * shown.divisor
    rows, cols = weights.shape
    size = min(CELL, (MIDDLE - 30) / max(rows, cols))
    left, top, limit = middle - cols * size / 2, y + 16, float(np.abs(weights).max())
    for (i, j), weight in np.ndenumerate(weights):
        box = left + j * size, top + i * size, left + (j + 1) * size - 1, top + (i + 1) * size - 1
        shade = colours.shade(weight, limit)
        canvas.fill(box, shade)
        text = brief(weight)
        text_size = int(min(0.42 * size, 0.94 * size / (0.62 * max(len(text), 2))))
        if text_size >= SMALLEST_TEXT:
            ink = (255, 255, 255) if sum(shade) < 330 else (0, 0, 0)
            label = Label(left + (j + 0.5) * size, box[3] - size / 2 + text_size * 0.36, text, text_size, centred=True)
            canvas.write(label, ink)
    notes = [f"÷ {brief(shown.divisor)}"] if shown.divisor != 1 else []
    notes += [f"+ {brief(step.bias)}"] if step.bias else []
    for n, note in enumerate(notes):
        canvas.write(Label(middle, top + rows * size + 20 * (n + 1), note, TEXT_SIZE, centred=True), colours.ink)
