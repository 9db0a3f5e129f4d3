"""Puts one sweep of the window into the words and numbers that the stepper's front end draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from conv import geometry, trace
from conv.configuration import Configuration
from ui.components import Data, packed, plain
from ui.settings import Values
from ui.window import Window

WORDS = {"max": "max", "avg": "mean", "sum": "sum", "lp": "Lₚ"}


def data(window: Window, values: Values, *, step: int, arrival: int, hide: str) -> Data:
    """Everything the front end shows of one setting.

    Parameters
    ----------
    window : Window
    values : dict
        The page's settings; ``view``, ``scale``, ``limit`` and the edits are read here.
    step : int
        Where to stand when ``arrival`` is new, counted from 1.
    arrival : int
        Counts the links taken.
    hide : "nothing", "values" or "size"
    """
    c = window.configuration
    if c.operation == "transposed" and values["view"] == "scatter":
        shown = _scattering(window)
    else:
        shown = _gathering(window)
    return shown | {
        "operation": c.operation,
        "norm": c.norm_type if np.isfinite(c.norm_type) else "∞",
        "bias": window.bias,
        "limits": _limits(window, shown.pop("magnitudes"), values),
        "edits": {"input": [list(cell) for cell in values["x"]], "kernel": [list(cell) for cell in values["k"]]},
        "step": step,
        "arrival": arrival,
        "hide": hide,
    }


def _gathering(window: Window) -> Data:
    c = window.configuration
    t = trace.sweep(c, window.x, window.weight, window.bias)
    idle_rows, idle_cols = _uncovered(c)
    flips = t.weight is not None and (c.flip or c.operation == "transposed")
    h, w = t.output.shape
    around = "stretched" if c.operation == "transposed" else "padded"
    return {
        "scatter": False,
        "input": _grid(t.grid) | {
            "kinds": t.kinds.ravel().tolist(),
            "input_rows": t.input_rows.tolist(),
            "input_cols": t.input_cols.tolist(),
            "uncovered_rows": idle_rows,
            "uncovered_cols": idle_cols,
        },
        "kernel": None if t.weight is None else _grid(window.weight),
        "applied": _grid(t.weight) if flips else None,
        "weights": [] if t.weight is None else plain(t.weight),
        "output": _grid(t.output) | {"crop": [[0, 0], [0, 0]]},
        "window_size": [t.window_rows.shape[1], t.window_cols.shape[1]],
        "window_rows": t.window_rows.tolist(),
        "window_cols": t.window_cols.tolist(),
        "terms": packed(t.terms),
        "totals": packed(t.totals),
        "divisors": None if t.divisors is None else plain(t.divisors),
        "winners": None if t.winners is None else t.winners.reshape(h * w, 2).tolist(),
        "captions": {
            "input": _size("Input", c.input_size, t.grid.shape, around),
            "kernel": _size("Kernel", c.kernel_size),
            "applied": "Flipped kernel",
            "output": _size("Output", t.output.shape),
        },
        "signs": {"times": "∗" if t.weight is not None else WORDS[c.operation], "equals": "="},
        "legend": _legend(t.kinds, bool(idle_rows or idle_cols)),
        "magnitudes": {"input": t.grid, "output": t.output},
    }


def _scattering(window: Window) -> Data:
    c = window.configuration
    t = trace.scattering(
        window.x, window.weight, window.bias, stride=c.stride, padding=c.padding,
        output_padding=c.output_padding, dilation=c.dilation,
    )
    rows, cols = c.input_size
    cut = any(map(any, t.crop))
    return {
        "scatter": True,
        "input": _grid(t.grid) | {
            "kinds": [trace.INPUT] * t.grid.size,
            "input_rows": list(range(rows)),
            "input_cols": list(range(cols)),
            "uncovered_rows": [],
            "uncovered_cols": [],
        },
        "kernel": _grid(t.weight),
        "applied": None,
        "weights": plain(t.weight),
        "output": _grid(t.canvas) | {"crop": [list(side) for side in t.crop]},
        "window_size": list(t.weight.shape),
        "window_rows": t.window_rows.tolist(),
        "window_cols": t.window_cols.tolist(),
        "terms": packed(t.terms),
        "totals": packed(t.totals),
        "divisors": None,
        "winners": None,
        "captions": {
            "input": _size("Input", c.input_size),
            "kernel": _size("Kernel", c.kernel_size),
            "applied": "",
            "output": _size("Output", t.output.shape, t.canvas.shape, "before cutting"),
        },
        "signs": {"times": "×", "equals": "→"},
        "legend": [["cut", "cut away by the padding"]] if cut else [],
        "magnitudes": {"input": t.grid, "output": t.canvas},
    }


def _grid(values: NDArray) -> Data:
    return {"rows": values.shape[0], "cols": values.shape[1], "values": plain(values)}


def _uncovered(c: Configuration) -> tuple[list[int], list[int]]:
    if c.operation == "transposed":
        return [], []
    return geometry.uncovered(
        c.input_size, c.kernel_size, stride=c.stride, padding=c.padding, dilation=c.dilation, ceil_mode=c.ceil_mode
    )


def _size(name: str, size: Any, whole: Any = None, word: str = "") -> str:
    """Name a grid with its size, and that of the larger grid drawn around it."""
    label = f"{name} {size[0]} × {size[1]}"
    if whole is not None and tuple(whole) != tuple(size):
        label += f", {word} {whole[0]} × {whole[1]}"
    return label


def _legend(kinds: NDArray, idle: bool) -> list[list[str]]:
    """What the cells mean that are not plain inputs."""
    words = {
        trace.PADDING: ["padding", "padding"],
        trace.STRETCH: ["stretch", "zero between inputs"],
    }
    legend = [word for kind, word in words.items() if (kinds == kind).any()]
    return legend + [["uncovered", "read by no window"]] if idle else legend


def _limits(window: Window, magnitudes: dict[str, NDArray], values: Values) -> dict[str, float]:
    """Where each grid's colours end: at its own largest magnitude, or at one fixed value."""
    grids = magnitudes | {"kernel": window.weight}
    if values["scale"] == "fixed":
        return dict.fromkeys(grids, values["limit"])
    return {name: _largest(grid) for name, grid in grids.items()}


def _largest(grid: NDArray) -> float:
    finite = np.abs(grid[np.isfinite(grid)])
    return float(finite.max(initial=0.0))
