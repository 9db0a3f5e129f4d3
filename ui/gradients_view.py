"""Puts a backward pass into the words and numbers that its front end draws."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from conv.configuration import Configuration
from conv.gradients import Difference, GradientTrace
from conv.trace import OUTSIDE, PADDING, STRETCH, Trace
from ui.components import Data, grid, packed, plain
from ui.gradients import Backward
from ui.scene import LEGEND, WORDS, largest, size_text, spoken
from ui.settings import Values

STEP = 1e-5  # of the finite differences, as conv.gradients.check takes it


def data(shown: Backward, values: Values, *, step: int, arrival: int) -> Data:
    """Everything the front end shows of one setting, which it hides by itself.

    Parameters
    ----------
    shown : ui.gradients.Backward
    values : dict
        The page's settings; ``scale``, ``limit``, ``hide`` and the edits are read here.
    step : int
        Where to stand when ``arrival`` is new, counted from 1.
    arrival : int
        Counts the links taken.
    """
    t, c = shown.trace(), shown.window.configuration
    full = shown.full_convolution() if shown.view == "gather" else None
    grids = boards(shown, t, full)
    sweep = {"forward": _forward, "weights": _weights, "scatter": _scatter}
    moves = _gather(full) if full else sweep[shown.view](t)
    fixed = values["limit"] if values["scale"] == "fixed" else None
    return moves | {
        "view": shown.view,
        "columns": columns(shown, grids),
        "grids": grids,
        "limits": {name: fixed or limit for name, limit in limits(shown, t, full).items()},
        "captions": captions(shown, t, full),
        "signs": signs(shown),
        "legend": [[mark, text] for mark, text in legend(shown, grids)],
        "operation": c.operation,
        "norm": c.norm_type if np.isfinite(c.norm_type) else "∞",
        "bias": shown.window.bias,
        "edits": {grid: [list(cell) for cell in values[name]]
                  for grid, name in (("input", "x"), ("kernel", "k"), ("gradient", "g"))},
        "step": step,
        "arrival": arrival,
        "hide": values["hide"],
    }


# ---- grids ---------------------------------------------------------------------------------


def boards(shown: Backward, t: GradientTrace, full: Trace | None) -> Data:
    """The grids of a view: their numbers as they stand before any step, and what their cells are."""
    c, weight = shown.window.configuration, shown.window.weight
    grids = {"input": _read(t.forward, c), "output": grid(t.forward.output), "gradient": grid(t.grad_output)}
    if t.grad_weight is not None:
        grids["kernel"] = grid(weight)
    if shown.view == "weights":
        grids["weights"], grids["bias"] = grid(t.grad_weight), grid(np.array([[t.grad_bias]]))
        grids["products"] = grid(t.weight_terms[:, :, 0, 0])
    elif shown.view == "scatter":
        grids["inputs"] = _written(t)
    elif full:
        grids["gradient"] = _places(full)
        grids["inputs"] = grid(full.output)
    if (shown.view == "forward" and c.flip) or (full and not c.flip):
        grids["applied"] = grid(weight[::-1, ::-1])
    return grids


def _read(forward: Trace, c: Configuration) -> Data:
    rows, cols = map(list, c.uncovered)  # copies of what is kept
    return _places(forward) | {"uncovered_rows": rows, "uncovered_cols": cols}


def _written(t: GradientTrace) -> Data:
    """The canvas of the input's gradient, on the padded grid or on the input alone."""
    if t.canvas.shape == t.forward.grid.shape:
        return _places(t.forward) | {"values": plain(t.canvas), "cut": True}
    return grid(t.canvas)


def _places(t: Trace) -> Data:
    """A grid that shows another one, padded or stretched."""
    places = {"kinds": t.kinds.ravel().tolist(), "input_rows": t.input_rows.tolist()}
    return grid(t.grid) | places | {"input_cols": t.input_cols.tolist()}


# ---- what the steps are --------------------------------------------------------------------


def _forward(t: GradientTrace) -> Data:
    return _window(t) | {
        "wide": len(t.window_cols), "steps": t.grad_output.size, "terms": packed(_in_kernel_order(t)),
        "divisors": None if t.forward.divisors is None else plain(t.forward.divisors),
    }


def _weights(t: GradientTrace) -> Data:
    return _window(t) | {
        "wide": len(t.window_cols), "steps": t.grad_output.size, "terms": packed(t.weight_terms),
        "totals": packed(t.weight_totals), "bias_totals": packed(t.bias_totals),
    }


def _scatter(t: GradientTrace) -> Data:
    winners = t.forward.winners
    return _window(t) | {
        "wide": len(t.window_cols), "steps": t.grad_output.size, "terms": packed(t.input_terms),
        "totals": packed(t.input_totals), "slopes": None if t.forward.weight is not None else packed(t.slopes),
        "target_rows": t.target_rows.tolist(), "target_cols": t.target_cols.tolist(),
        "divisors": None if t.forward.divisors is None else plain(t.forward.divisors),
        "winners": None if winners is None else winners.reshape(-1, 2).tolist(),  # (H_out W_out, 2)
    }


def _gather(full: Trace) -> Data:
    return {
        "wide": len(full.window_cols), "steps": full.output.size, "terms": packed(full.terms),
        "weights": plain(full.weight), "window_rows": full.window_rows.tolist(),
        "window_cols": full.window_cols.tolist(),
    }


def _window(t: GradientTrace) -> Data:
    return {"window_rows": t.window_rows.tolist(), "window_cols": t.window_cols.tolist()}


def _in_kernel_order(t: GradientTrace) -> NDArray:
    """The forward pass's products, or a pooling's cells, each at the place of its weight."""
    windows = t.forward.grid[t.window_rows[:, None, :, None], t.window_cols[None, :, None, :]]
    return windows if t.forward.weight is None else windows * t.slopes


# ---- how it is said ------------------------------------------------------------------------


def captions(shown: Backward, t: GradientTrace, full: Trace | None) -> dict[str, str]:
    """What stands above each grid."""
    c = shown.window.configuration
    there = t.forward.kinds != OUTSIDE
    padded = int(there.any(1).sum()), int(there.any(0).sum())
    size = size_text(c.input_size)
    bordered = shown.view == "scatter" and t.canvas.shape == t.forward.grid.shape and padded != c.input_size
    found = {
        "input": f"Input {size}" + (f", padded to {size_text(padded)}" if padded != c.input_size else ""),
        "output": f"Output {size_text(c.output_size)}",
        "gradient": f"Output gradient {size_text(c.output_size)}",
        "kernel": f"Kernel {size_text(c.kernel_size)}",
        "applied": "Flipped kernel",
        "weights": f"Weight gradient {size_text(c.kernel_size)}",
        "bias": "Bias gradient",
        "products": "Products",  # the front end says of which weight
        "inputs": f"Input gradient {size_text(padded)} with padding" if bordered else f"Input gradient {size}",
    }
    if full and full.grid.shape != c.output_size:
        stretched = "stretched, padded" if (full.kinds == STRETCH).any() else "padded"
        found["gradient"] += f", {stretched} to {size_text(full.grid.shape)}"
    return found


COLUMNS = {
    "forward": [["input"], ["kernel", "applied"], ["output"]],
    "weights": [["input", "products"], ["kernel", "weights"], ["output", "gradient", "bias"]],
    "scatter": [["input"], ["kernel", "inputs"], ["output", "gradient"]],
    "pooled": [["input"], ["output", "gradient"], ["inputs"]],
    "gather": [["gradient"], ["kernel", "applied"], ["inputs"]],
}


def columns(shown: Backward, there: Collection[str]) -> list[list[str]]:
    """Which of the grids that are there stand below one another, from left to right."""
    pooled = shown.view == "scatter" and shown.window.configuration.operation in WORDS
    found = [[name for name in names if name in there] for names in COLUMNS["pooled" if pooled else shown.view]]
    return [names for names in found if names]


def signs(shown: Backward) -> list[list[str]]:
    """What stands between the columns: beside the upper grids, and beside those below."""
    c = shown.window.configuration
    pooling = c.operation in WORDS
    forward = [[f"{WORDS[c.operation]} ="]] if pooling else [["∗"], ["="]]
    return {
        "forward": forward,
        "weights": [["∗"], ["=", "←"]],
        "scatter": [*forward, ["", "→"]] if pooling else [["∗"], ["=", "←"]],
        "gather": [["∗"], ["="]],
    }[shown.view]


def limits(shown: Backward, t: GradientTrace, full: Trace | None) -> dict[str, float]:
    """The magnitude with the strongest colour, of each grid."""
    found = {
        "input": t.forward.grid, "output": t.forward.output, "gradient": t.grad_output, "kernel": shown.window.weight,
        "applied": shown.window.weight,
    }
    if shown.view == "weights":
        found |= {"weights": t.weight_totals, "bias": t.bias_totals, "products": t.weight_terms}
    if shown.view in ("scatter", "gather"):
        found["inputs"] = t.input_totals if full is None else full.output
    return {name: largest(values) for name, values in found.items()}


def legend(shown: Backward, grids: Mapping[str, Data]) -> list[tuple[str, str]]:
    """What the cells mean that are not plain."""
    read = grids["gradient" if shown.view == "gather" else "input"]
    kinds = set(read["kinds"])
    found = [("padding", PADDING), ("stretch", STRETCH), ("outside", OUTSIDE)]
    marks = [(mark, LEGEND[mark][0]) for mark, kind in found if kind in kinds]
    if shown.view == "gather":
        marks = [(mark, text.replace("inputs", "gradients")) for mark, text in marks]
    elif shown.view == "scatter" and grids["inputs"].get("cut"):
        marks = [(mark, text.replace("padding", "padding; its gradient is cut away")) for mark, text in marks]
    if shown.view != "gather" and (read["uncovered_rows"] or read["uncovered_cols"]):
        marks.append(("uncovered", LEGEND["uncovered"][0]))
    return marks


# ---- the check -----------------------------------------------------------------------------

CHECKED = {"weight": "Weight gradient", "bias": "Bias gradient", "input": "Input gradient"}


def check_data(shown: Backward) -> Data:
    """Everything that the check's front end shows: each gradient three times, and what the comparison says."""
    differences = shown.check()
    names = ["weight", "bias"] if shown.view == "weights" else ["input"]
    return {
        "checks": [_compared(CHECKED[name], differences[name]) for name in names],
        "intro": (
            f"Each number v is moved up and down by ε = {STEP:.5f} · max(1, |v|). What "
            f"{'L = ½ Σ (y − t)²' if shown.squared else 'L = Σ g·y'} changes by, divided by 2ε, should be the gradient."
        ),
        "verdict": verdict([differences[name] for name in names], shown.window.configuration),
    }


def _compared(title: str, found: Difference) -> Data:
    columns = {
        "By the rule": found.analytic, "Finite difference": found.finite, "Difference": found.finite - found.analytic
    }
    return {
        "title": title,
        "kinks": np.flatnonzero(found.kinks).tolist(),
        "grids": [[name, grid(values)] for name, values in columns.items()],
        "limit": largest(found.analytic),
    }


def verdict(found: list[Difference], c: Configuration) -> str:
    """What the comparison says."""
    smooth = [np.abs(one.finite - one.analytic)[~one.kinks] for one in found]
    kinks = sum(int(one.kinks.sum()) for one in found)
    numbers = sum(one.size for one in smooth)
    agree = all(bool(one.agrees[~one.kinks].all()) for one in found)
    worst = max((float(one.max(initial=0.0)) for one in smooth), default=0.0)
    said = []
    if numbers:
        said.append(f"{_count(numbers, 'gradient')} compared: " + (
            "they agree" if agree else "they do not agree"
        ) + f". The largest difference is {spoken(float(f'{worst:.2g}'))}.")
    if kinks:
        rule = {
            "max": "Two maxima are equal: moved up, either wins, moved down, the other does. Backpropagation gives all "
            "to the first.",
            "lp": "A magnitude has a corner at 0, and a maximum one at a tie. Backpropagation takes one side, or 0.",
        }.get(c.operation, "The loss has a corner there.")
        said.append(
            f"{_count(kinks, 'cell')} marked ≠ {'has' if kinks == 1 else 'have'} no slope: up and down, the loss "
            f"changes at different rates, and the finite difference is their mean. {rule}"
        )
    return " ".join(said)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
