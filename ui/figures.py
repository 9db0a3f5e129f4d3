"""Scenes as matplotlib figures, and figures as files. Nothing here knows of Streamlit."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Literal

from ui.drawing import (
    RGB,
    THEMES,
    Box,
    Label,
    Layout,
    Picture,
    Segment,
    arrange,
    paint_boards,
    paint_frames,
    paint_sentence,
)
from ui.scene import Cell, scene

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ui.window import Window

WIDTH = 960  # pixels of the layout, a hundred an inch
TEXT_SIZE = 14
PER_INCH = 100
POINTS = 72 / PER_INCH  # in a pixel
PNG_DPI = 200

# Text stays text in SVG and TrueType in PDF, and the same figure gives the same bytes.
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "convolution", "pdf.fonttype": 42, "font.family": "DejaVu Sans"}
# matplotlib's fonts serve one thread at a time: two at once spoil each other's letters, or end the whole process.
FONTS = Lock()
NO_DATE = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def stepper_figure(
    window: Window, step: int, *, view: str = "gather", theme: str = "light", hide: str = "nothing",
    limit: float | None = None,
) -> Figure:
    """Draw one step: input, kernel and output side by side, and the arithmetic below.

    Parameters
    ----------
    window : ui.window.Window
    step : int
        Counted from 1; the nearest there is.
    view : "gather" or "scatter"
        How a transposed convolution is shown.
    theme : "light" or "dark"
    hide : "nothing", "values" or "size"
        What of the output becomes a question mark.
    limit : float, optional
        The magnitude with the strongest colour; without it, the largest of each grid.

    Returns
    -------
    matplotlib.figure.Figure
        At most 9.6 inches wide unless the grids are very large.
    """
    shown = scene(window, view=view, hide=hide, limit=limit)
    step = min(max(step, 1), shown.steps)
    layout = arrange(shown, [step], width=WIDTH, text_size=TEXT_SIZE)
    return painted(shown, layout, step, theme, shown.written(step))


def painted(shown: Picture, layout: Layout, step: int, theme: str, written: Iterable[Cell] = ()) -> Figure:
    """Paint boards with what has been written on them, what is framed at a step, and its sentence."""
    canvas, colours = FigureCanvas(layout.width, layout.height), THEMES[theme]
    paint_boards(canvas, shown, layout, colours, written)
    paint_frames(canvas, shown, layout, colours, step)
    paint_sentence(canvas, shown, layout, colours, step)
    return canvas.finish()


def figure_bytes(figure: Figure, kind: Literal["png", "svg", "pdf"]) -> bytes:
    """Write a figure as a file: PNG at 200 dots an inch, SVG or PDF with text as text.

    The same figure gives the same bytes.
    """
    import matplotlib

    matplotlib.rcParams.update(SETTINGS)  # for good: to change them for a moment would reach into other sessions
    file = BytesIO()
    with FONTS:
        figure.savefig(file, format=kind, dpi=PNG_DPI if kind == "png" else PER_INCH, metadata=NO_DATE[kind])
    return file.getvalue()


class FigureCanvas:
    """Gathers strokes, so that boxes and lines become few artists instead of thousands."""

    def __init__(self, width: int, height: int) -> None:
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(width / PER_INCH, height / PER_INCH), dpi=PER_INCH)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, width), ylim=(height, 0))
        self.axes.set_axis_off()
        self.boxes: list[tuple[Box, RGB]] = []
        self.strokes: dict[tuple[RGB, float], list[Segment]] = {}

    def fill(self, box: Box, colour: RGB) -> None:
        """Fill a box."""
        self.boxes.append((box, colour))

    def lines(self, segments: list[Segment], colour: RGB, width: float) -> None:
        """Draw straight lines."""
        self.strokes.setdefault((colour, width), []).extend(segments)

    def write(self, label: Label, colour: RGB) -> None:
        """Write a line of text."""
        self.axes.text(
            label.x, label.baseline, label.text, fontsize=label.size * POINTS, color=fraction(colour),
            fontweight="bold" if label.bold else "normal", fontfamily="DejaVu Sans",
            ha="center" if label.centred else "left", va="baseline", parse_math=False, zorder=4,
        )

    def finish(self) -> Figure:
        """Turn the gathered strokes into artists."""
        from matplotlib.collections import PolyCollection
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        corners = [[(x1, y1), (x2, y1), (x2, y2), (x1, y2)] for (x1, y1, x2, y2), _ in self.boxes]
        fills = [fraction(colour) for _, colour in self.boxes]
        self.axes.add_collection(PolyCollection(corners, facecolors=fills, edgecolors="none", zorder=2), autolim=False)
        for (colour, width), segments in self.strokes.items():
            points = [point for x1, y1, x2, y2 in segments for point in ((x1, y1), (x2, y2))]
            path = Path(points, [Path.MOVETO, Path.LINETO] * len(segments))
            stroke = PathPatch(path, fill=False, edgecolor=fraction(colour), linewidth=width * POINTS, zorder=3)
            stroke.set_capstyle("butt")
            self.axes.add_patch(stroke)
        return self.figure


def fraction(colour: RGB) -> tuple[float, float, float]:
    """A colour as matplotlib has it, from 0 to 1."""
    red, green, blue = (channel / 255 for channel in colour)
    return red, green, blue
