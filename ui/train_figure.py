"""The curves of a training as a figure for slides and papers. Nothing here knows of Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from conv.curves import smoothed, thinned
from ui.drawing import THEMES
from ui.run_spec import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 600
SIZE = (9.6, 3.8)  # inches
COLOURS = {"light": ("#0b5cad", "#c45a00"), "dark": ("#6cb6ff", "#ff9a4d")}  # training, test
STYLES = "-", "--"


def figure(
    histories: Mapping[str, History], *, curve: str = "accuracy", log: bool = False, weight: float = 0.0,
    theme: str = "light",
) -> Figure:
    """Draw loss, and accuracy or error, over epochs: training thin, test thick; the second run dashed.

    Parameters
    ----------
    histories : mapping of str to History
        Of one or two runs, by what they are called.
    curve : "accuracy" or "error"
    log : bool
        Logarithmic axes, but for the accuracy.
    weight : float
        Of `conv.curves.smoothed`, for the training curves.
    theme : "light" or "dark"
    """
    from matplotlib.figure import Figure

    colours = THEMES[theme]
    paper, ink = (tuple(channel / 255 for channel in rgb) for rgb in (colours.paper, colours.ink))
    made = Figure(SIZE, facecolor=paper, layout="constrained")
    left, right = made.subplots(1, 2)
    for axes, name in ((left, "loss"), (right, curve)):
        for (title, history), style in zip(histories.items(), STYLES, strict=False):
            _curves(axes, history, name, weight, style, title if len(histories) > 1 else "", theme)
        _dress(axes, name, log and name != "accuracy", ink, paper)
    return made


def _curves(
    axes: Axes, history: History, name: str, weight: float, style: str, title: str, theme: str
) -> None:
    train, test = _values(history, name)
    for label, xs, ys, colour, width in (
        ("training", thinned(history.epoch, POINTS), smoothed(thinned(train, POINTS), weight), COLOURS[theme][0], 1.0),
        ("test", history.test_epoch, test, COLOURS[theme][1], 2.0),
    ):
        axes.plot(xs, ys, style, color=colour, linewidth=width, label=f"{title} {label}".strip())


def _values(history: History, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Give the training's and the test's curve; shares in percent."""
    if name == "loss":
        return history.loss, history.test_loss
    if name == "accuracy":
        return 100 * history.accuracy, 100 * (1 - history.test_error)
    return 100 * (1 - history.accuracy), 100 * history.test_error


def _dress(axes: Axes, name: str, log: bool, ink: tuple[float, ...], paper: tuple[float, ...]) -> None:
    """Label the axes, in the theme's colours."""
    axes.set_facecolor(paper)
    axes.set_xlabel("Epoch", color=ink)
    axes.set_ylabel({"loss": "Loss", "accuracy": "Accuracy, %", "error": "Error, %"}[name], color=ink)
    axes.tick_params(colors=ink)
    for spine in axes.spines.values():
        spine.set_color(ink)
    if log:
        axes.set_yscale("log", nonpositive="mask")
    elif name == "accuracy":
        axes.set_ylim(0, 100)
    else:
        axes.set_ylim(bottom=0)
    axes.grid(color=ink, alpha=0.15)
    legend = axes.legend(facecolor=paper, edgecolor=ink)
    for text in legend.get_texts():
        text.set_color(ink)
