"""The pooling page: its settings and presets, the norms of each window, and what a shift leaves."""

from __future__ import annotations

import numpy as np

from conv.configuration import POOLS, Configuration
from conv.norms import window_norms
from conv.shifts import compare
from ui import shifts
from ui.components import Data, packed
from ui.presets import Preset, both
from ui.settings import Page
from ui.window import OPERATIONS, Window, settings
from ui.window_controls import norms

POOLINGS = {operation: OPERATIONS[operation] for operation in POOLS}
SETTINGS = settings(POOLS, **both(n=8, k=2, s=2), pattern="random")

PRESETS = {
    "max": Preset("2×2 max pooling", "The largest of each block, at stride 2.", {}),
    "overlapping": Preset(
        "Overlapping windows (AlexNet)", "3×3 windows at stride 2: neighbours share a row or a column.",
        both(n=9, k=3),
    ),
    "average": Preset("Average pooling", "The mean of each block.", {"op": "avg"}),
    "sum": Preset("Sum pooling", "The average times the number of cells.", {"op": "sum"}),
    "lp": Preset(
        "Lₚ, from sum to maximum", "p = 1 adds up the magnitudes, p = ∞ keeps the largest.", {"op": "lp", "p": 1.0}
    ),
    "digit": Preset(
        "A digit, shifted by a pixel", "How many of the maxima do not notice?", {"pattern": "pixel_digit"}
    ),
    "global": Preset(
        "Global average pooling", "One window over the whole map leaves one number of it.",
        both(k=8, s=8) | {"op": "avg"},
    ),
    "ceil": Preset(
        "ceil_mode", "7 rows are no multiple of 2: rounded up, the last window hangs over.", both(n=7) | {"ceil": True}
    ),
    "padding": Preset(
        "Padding never wins", "3×3 at stride 2 with padding 1: a maximum of negative numbers stays negative.",
        both(k=3, p=1) | {"pattern": "signed_random"},
    ),
}


def norms_data(window: Window) -> Data:
    """Everything that the chart of the norms draws, for each window.

    The stops of p go from 1, the sum of the magnitudes, to infinity, the largest of them.
    """
    c = window.configuration
    stops = list(norms(c.norm_type) if c.operation == "lp" else norms(1))
    curves, means = window_norms(c, window.x, stops)  # (H_out, W_out, stops), (H_out, W_out)
    return {
        "stops": ["∞" if p == np.inf else f"{p:g}" for p in stops],
        "norms": packed(curves),
        "means": packed(means),
        "cols": means.shape[1],
        "here": stops.index(c.norm_type) if c.operation == "lp" else None,
    }


def shift_data(page: Page, window: Window) -> Data:
    """Everything that the shift's front end draws of this pooling."""
    c = window.configuration
    pooled = compare(c, window.x, shifts.shifts(c.input_size))
    return shifts.data(
        window.x, [shifts.Column(OPERATIONS[c.operation], "pooled outputs", pooled, "place")],
        heading="What survives a shift?", by=page.shift, arrival=page.arrivals,
        text="Move the input by a pixel: where a window still finds its number, the output does not notice.",
    )


def facts(c: Configuration, *, show_size: bool) -> str:
    """What the lecture says of pooling, with this configuration's numbers."""
    (height, width), (rows, cols) = c.input_size, c.output_size
    reduction = f" Here {height}×{width} = {height * width} numbers become {rows}×{cols} = {rows * cols}."
    stride = "×".join(map(str, dict.fromkeys(c.stride)))
    return "\n".join([
        "- **Nothing to learn.** A window slides as in a convolution, with a local receptive field, but there are no "
        "weights: 0 parameters.",
        f"- **Less to carry on.** It saves time and memory in all that follows.{reduction if show_size else ''}",
        "- **What, rather than where.** The precise location of a feature is given up: information is reduced.",
        "- **Map by map.** Each feature map is pooled separately, so there are as many maps as before.",
        f"- **Strides are typically above 1.** Here {stride}.",
    ])
