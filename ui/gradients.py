"""The backward pass's page: its settings and presets, their repair, and its controls."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from conv import gradients, trace
from conv.configuration import POOLS
from ui import window, window_controls
from ui.controls import Item, number, select, toggle
from ui.presets import GUIDE, Preset, both
from ui.settings import Page, Values, choice, clean_edits, edits, flag, real
from ui.window import OPERATIONS, Window

DIFFERENTIATED = {name: title for name, title in OPERATIONS.items() if name != "transposed"}
SHOWN = {
    "forward": "Forward pass",
    "weights": "Weight and bias gradients",
    "input": "Input gradient",
}
VIEWS = {"scatter": "Scatter and add", "gather": "Stretch, then convolve"}
HIDING = {"nothing": "Nothing", "values": "Gradients"}

SETTINGS = (
    *(
        choice("hide", "nothing", HIDING) if setting.name == "hide" else setting
        for setting in window.settings(list(DIFFERENTIATED), **both(n=5) | GUIDE | {"view": "scatter"})
    ),
    choice("of", "weights", SHOWN),
    choice("grad", "random", gradients.OUTPUT_GRADIENTS),
    real("target", 1.0, -1000.0, 1000.0),
    edits("g"),
    flag("check"),
)

PRESETS = {
    "lecture": Preset("3×3 kernel on 5×5", "Nine positions share each weight: nine products make its gradient.", {}),
    "input": Preset(
        "The same, back to the input", "Each position adds its g times the kernel under the window.", {"of": "input"}
    ),
    "full": Preset(
        "A full convolution", "The gradient of the input: g, padded, under the flipped kernel.",
        {"of": "input", "view": "gather"},
    ),
    "stride": Preset(
        "Stride 2: holes in the gradient", "Going back, g is stretched by a zero between neighbours.",
        both(s=2) | {"of": "input", "view": "gather", "seed": 5},
    ),
    "padding": Preset(
        "Padding 1: a border is cut away", "What falls on the padding is nobody's gradient.",
        both(p=1) | {"of": "input"},
    ),
    "pointwise": Preset("1×1 kernel", "One weight, shared by 25 positions.", both(k=1)),
    "one": Preset(
        "One output alone", "Its gradient with respect to the weights is its window.", {"grad": "one"}
    ),
    "max": Preset(
        "Max pooling", "The whole gradient goes to the winner.",
        both(n=6, k=2, s=2) | {"op": "max", "pattern": "random"},
    ),
    "average": Preset(
        "Average pooling", "The gradient is shared out evenly.",
        both(n=6, k=2, s=2) | {"op": "avg", "pattern": "random"},
    ),
    "tie": Preset(
        "A tie in max pooling", "Two maxima, and no slope: the check says so.",
        both(n=4, k=2, s=2) | {"op": "max", "pattern": "checkerboard", "grad": "ones", "check": True},
    ),
    "flipped": Preset(
        "The kernel flipped", "True convolution goes back as a correlation: the kernel as it is.",
        {"op": "flipped", "of": "input", "view": "gather"},
    ),
}


@dataclass(frozen=True)
class Backward:
    """A valid configuration with its numbers, the gradient of its output, and what of it is shown."""

    window: Window
    grad_output: NDArray[np.float64]  # (H_out, W_out)
    view: str  # "forward", "weights", "scatter" or "gather"
    squared: bool  # whether that gradient is an error, of which the loss is half the sum of squares

    def trace(self) -> gradients.GradientTrace:
        """The backward pass."""
        w = self.window
        return gradients.trace(w.configuration, w.x, w.weight, self.grad_output, w.bias)

    def full_convolution(self) -> trace.Trace:
        """The gradient of the input as a convolution."""
        return gradients.full_convolution(self.window.configuration, self.window.weight, self.grad_output)

    def check(self) -> dict[str, gradients.Difference]:
        """Finite differences beside the gradients."""
        w = self.window
        return gradients.check(w.configuration, w.x, w.weight, self.grad_output, w.bias, squared=self.squared)


def settle(page: Page) -> Backward:
    """Repair the page's settings where they are not valid, note what changed, and make the arrays."""
    return backward(window.settle(page), page.values)


def backward(settled: Window, values: Values) -> Backward:
    """Give a window the gradient of its output."""
    c = settled.configuration
    output = trace.sweep(c, settled.x, settled.weight, settled.bias).output
    rng = np.random.default_rng((values["seed"], 2))  # no other grid is drawn from it
    g = gradients.output_gradient(values["grad"], output, rng, target=values["target"])
    edited = window.edited(g, values["g"])
    squared = values["grad"] == "error" and np.array_equal(edited, g)  # one that was edited is no error any more
    return Backward(settled, edited, view_of(settled, values), squared)


def view_of(settled: Window, values: Values) -> str:
    """What is shown: a pooling has no weights, and not every convolution goes back as one."""
    if values["of"] == "forward" or (values["of"] == "weights" and settled.configuration.operation not in POOLS):
        return values["of"]
    return values["view"] if goes_back_as_convolution(settled) else "scatter"


def goes_back_as_convolution(settled: Window) -> bool:
    """Whether `conv.gradients.full_convolution` has a view of it."""
    c = settled.configuration
    return c.operation == "conv" and (c.padding_mode == "zeros" or not any(map(any, c.pads)))


def checks(page: Page, shown: Backward) -> bool:
    """Whether finite differences are shown: of a gradient, and not while it is hidden."""
    return page["check"] and shown.view != "forward" and page["hide"] == "nothing"


def take_edits(page: Page) -> None:
    """Keep the values that a person has typed into the grids."""
    typed = page.event("gradients", "edits")
    with suppress(ValueError, TypeError, KeyError, OverflowError):  # not from our own front end: leave all as it was
        found = {name: clean_edits(typed[grid]) for name, grid in (("x", "input"), ("k", "kernel"), ("g", "gradient"))}
        page.update(**found)
        page.remember("edits answered", int(typed["serial"]))


def follow(page: Page) -> None:
    """Keep which weight, or which cell of the input, a person has chosen to follow."""
    with suppress(ValueError, TypeError):  # not from our own front end
        row, col = page.event("gradients", "follow")
        page.remember("followed", (page.arrivals, page["of"], int(row), int(col)))


def followed(page: Page, shown: Backward) -> tuple[int, int] | None:
    """Row and column of what is followed, from 0; None where nothing has been chosen since the link was taken."""
    *chosen, row, col = page.recall("followed", (None, None, 0, 0))
    if chosen != [page.arrivals, page["of"]]:
        return None
    rows, cols = (shown.window.weight if shown.view == "weights" else shown.window.x).shape
    return min(max(row, 0), rows - 1), min(max(col, 0), cols - 1)


# ---- controls ------------------------------------------------------------------------------


def items(page: Page, shown: Backward) -> list[Item]:
    """Describe the controls: the steppers', what of the passes is shown, and the output's gradient."""
    preset, *others, more = window_controls.items(page, shown.window, PRESETS, DIFFERENTIATED, HIDING)
    return [preset, *_shown(page, shown), *others, *_gradient(page, others), more]


def take(page: Page) -> None:
    """Take what a person has changed."""
    window_controls.take(page, PRESETS)


def _shown(page: Page, shown: Backward) -> list[Item]:
    pooling = shown.window.configuration.operation in POOLS
    offered: Mapping[str, str] = {name: SHOWN[name] for name in SHOWN if not (pooling and name == "weights")}
    of = shown.view if shown.view in SHOWN else "input"
    found = [select(page, "of", "Show", offered) | {"value": of}]
    if of == "input" and goes_back_as_convolution(shown.window):
        found.append(select(page, "view", "Shown as", VIEWS))
    if of != "forward" and page["hide"] == "nothing":
        found.append(toggle(page, "check", "Check it by finite differences"))
    return found


def _gradient(page: Page, others: list[Item]) -> list[Item]:
    found = [select(page, "grad", "Output gradient g = ∂L/∂y", gradients.OUTPUT_GRADIENTS)]
    if page["grad"] == "error":
        found.append(number(page, "target", "Target t", -1000, 1000, 0.5))
    if page["grad"] == "random" and all(item["name"] != "seed" for item in others):
        found.append(number(page, "seed", "Seed", 0, 999_999, 1))
    return found
