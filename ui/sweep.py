"""Puts one sweep of the window into the words and numbers that the stepper's front end draws."""

from __future__ import annotations

import numpy as np

from conv import trace
from ui.components import Data, grid, packed, plain
from ui.scene import LEGEND, scene
from ui.settings import Values
from ui.window import Window


def data(window: Window, values: Values, *, step: int, arrival: int, hide: str) -> Data:
    """Everything the front end shows of one setting, which it hides by itself.

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
    shown = scene(window, view=values["view"], limit=values["limit"] if values["scale"] == "fixed" else None)
    boards, t = shown.boards, shown.trace
    uncovered_rows, uncovered_cols = map(list, c.uncovered)  # copies of what is kept
    return _output(t) | {
        "scatter": shown.scatters,
        "input": grid(t.grid) | _places(t) | {
            "kinds": boards["input"].kinds.ravel().tolist(),
            "uncovered_rows": uncovered_rows,
            "uncovered_cols": uncovered_cols,
        },
        "kernel": grid(boards["kernel"].values) if "kernel" in boards else None,
        "applied": grid(boards["applied"].values) if "applied" in boards else None,
        "weights": [] if t.weight is None else plain(t.weight),
        "window_size": [t.window_rows.shape[1], t.window_cols.shape[1]],
        "window_rows": t.window_rows.tolist(),
        "window_cols": t.window_cols.tolist(),
        "terms": packed(t.terms),
        "totals": packed(t.totals),
        "captions": {name: ", ".join(filter(None, (board.title, board.note))) for name, board in boards.items()},
        "signs": {"times": shown.sign, "equals": "→" if shown.scatters else "="},
        "legend": [[mark, LEGEND[mark][0]] for mark in shown.marks],
        "limits": {name: board.limit for name, board in boards.items()},
        "operation": c.operation,
        "norm": c.norm_type if np.isfinite(c.norm_type) else "∞",
        "bias": window.bias,
        "edits": {"input": [list(cell) for cell in values["x"]], "kernel": [list(cell) for cell in values["k"]]},
        "step": step,
        "arrival": arrival,
        "hide": hide,
    }


def _output(t: trace.Trace | trace.ScatterTrace) -> Data:
    """What comes out, not the same for a window that gathers and for one that scatters."""
    if isinstance(t, trace.ScatterTrace):
        crop = [list(sides) for sides in t.crop]
        return {"output": grid(t.canvas) | {"crop": crop}, "divisors": None, "winners": None}
    return {
        "output": grid(t.output) | {"crop": [[0, 0], [0, 0]]},
        "divisors": None if t.divisors is None else plain(t.divisors),
        "winners": None if t.winners is None else t.winners.reshape(-1, 2).tolist(),  # (H_out W_out, 2)
    }


def _places(t: trace.Trace | trace.ScatterTrace) -> Data:
    """Which input row and column each row and column of the first grid shows."""
    if isinstance(t, trace.ScatterTrace):
        rows, cols = map(np.arange, t.grid.shape)
    else:
        rows, cols = t.input_rows, t.input_cols
    return {"input_rows": rows.tolist(), "input_cols": cols.tolist()}
