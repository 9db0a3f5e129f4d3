"""Scenes drawn with Pillow: a moving picture of a sweep, and small still ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from ui.drawing import (
    RGB,
    THEMES,
    Box,
    Label,
    Layout,
    Segment,
    Theme,
    arrange,
    font,
    mix,
    paint_boards,
    paint_cells,
    paint_frames,
    paint_sentence,
    text_on,
)
from ui.scene import Scene, scene

if TYPE_CHECKING:
    from ui.window import Window

MOST_FRAMES = 400
MOST_PIXELS = 200_000_000  # of all frames, were they square: Pillow holds them, a byte each, until the file is written
LAST_FRAME = 2000  # milliseconds
SHADES = 40  # of each sign in the shared palette

THUMBNAIL = (480, 270)
BARE = {"applied": "Kernel"}  # a name that tells no operation


def sweep_gif(
    window: Window, *, view: str = "gather", theme: str = "light", steps_per_second: float = 2.0, width: int = 640,
    hide: str = "nothing", limit: float | None = None, progress: Callable[[int, int], None] | None = None,
) -> bytes:
    """Draw a whole sweep as a GIF that repeats for ever.

    Parameters
    ----------
    window, view, theme, hide, limit
        As for `ui.figures.stepper_figure`. With the size hidden there is one frame, since their
        number would tell it.
    steps_per_second : float
        0.5 ... 50.
    width : int
        Pixels; more if the grids are too large for it.
    progress : callable, optional
        Told after each frame how many are done, and of how many.

    Returns
    -------
    bytes
        One frame a step, `frame_steps` says which; the last one stays two seconds.
    """
    shown = scene(window, view=view, hide=hide, limit=limit)
    steps = frame_steps(shown.steps, width)
    frames = _frames(shown, steps, THEMES[theme], width, progress)
    durations = [round(1000 / steps_per_second)] * (len(steps) - 1) + [LAST_FRAME]
    file = BytesIO()
    next(frames).save(
        file, "GIF", save_all=True, append_images=frames, duration=durations, loop=0, disposal=1, optimize=True
    )
    return file.getvalue()


def frame_steps(steps: int, width: int) -> list[int]:
    """Choose the steps that get a frame: all, or as many as there may be, evenly, with the first and the last.

    >>> frame_steps(3, 640), len(frame_steps(1024, 640)), len(frame_steps(1024, 1280)), frame_steps(1024, 640)[-1]
    ([1, 2, 3], 400, 122, 1024)
    """
    most = min(steps, MOST_FRAMES, MOST_PIXELS // width**2)
    return np.linspace(1, steps, most).round().astype(int).tolist()


def thumbnail(
    window: Window, *, theme: str = "light", view: str = "gather", step: int | None = None, sizes: bool = True
) -> bytes:
    """Draw a configuration small, as PNG of 480 by 270 pixels: without a step, in the middle of its sweep.

    Without ``sizes`` the grids bear their names alone, so that one has to look at them.
    """
    shown = scene(window, view=view)
    if not sizes:
        names = {name: replace(board, title=BARE.get(name, name.capitalize())) for name, board in shown.boards.items()}
        shown = replace(shown, boards=names)
    if step is None:
        rows, cols = len(shown.trace.window_rows), len(shown.trace.window_cols)
        step = rows // 2 * cols + cols // 2 + 1
    layout = arrange(shown, [], width=THUMBNAIL[0], height=THUMBNAIL[1], text_size=15, told=False)
    canvas, colours = ImageCanvas(layout), THEMES[theme]
    paint_boards(canvas, shown, layout, colours, shown.written(step))
    paint_frames(canvas, shown, layout, colours, step)
    file = BytesIO()
    canvas.image.save(file, "PNG")
    return file.getvalue()


class ImageCanvas:
    """Draws on a Pillow image."""

    def __init__(self, layout: Layout) -> None:
        self.image = Image.new("RGB", (layout.width, layout.height))
        self.draw = ImageDraw.Draw(self.image)

    def fill(self, box: Box, colour: RGB) -> None:
        """Fill a box."""
        left, top, right, bottom = box
        self.draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)

    def lines(self, segments: list[Segment], colour: RGB, width: float) -> None:
        """Draw straight lines."""
        for segment in segments:
            self.draw.line(segment, fill=colour, width=max(1, round(width)))

    def write(self, label: Label, colour: RGB) -> None:
        """Write a line of text."""
        anchor = "ms" if label.centred else "ls"
        letters = font(label.size, label.bold)
        self.draw.text((label.x, label.baseline), label.text, fill=colour, font=letters, anchor=anchor)


def _frames(
    shown: Scene, steps: list[int], theme: Theme, width: int, progress: Callable[[int, int], None] | None
) -> Iterator[Image.Image]:
    """Draw what stays once; then, for each frame, the new cells, and over a copy the frame of the window."""
    layout = arrange(shown, steps, width=width, text_size=max(11, width // 60))
    canvas, palette = ImageCanvas(layout), _palette(theme)
    paint_boards(canvas, shown, layout, theme)
    drawn = 0
    for done, step in enumerate(steps, start=1):
        for earlier in range(drawn + 1, step + 1):
            paint_cells(canvas, shown, layout, theme, shown.changes(earlier))
        drawn = step
        frame = ImageCanvas(layout)
        frame.image.paste(canvas.image)
        paint_frames(frame, shown, layout, theme, step)
        paint_sentence(frame, shown, layout, theme, step)
        yield frame.image.quantize(palette=palette, dither=Image.Dither.NONE)
        if progress is not None:
            progress(done, len(steps))


def _palette(theme: Theme) -> Image.Image:
    """Colours of all frames: values of both signs, each with half of the text's colour for its edges, and greys."""
    values = [theme.shade(step / SHADES, 1.0) for step in range(-SHADES, SHADES + 1)]
    edges = [mix(colour, text_on(colour), 0.5) for colour in values]
    greys = [mix(theme.paper, theme.ink, step / 24) for step in range(25)]
    colours = [*values, *edges, *greys, theme.raised, theme.line, theme.strong, (0, 0, 0), (255, 255, 255)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for colour in colours for channel in colour])
    return palette
