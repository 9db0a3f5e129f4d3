"""The stepper's controls: what is common in sight, the rest folded away."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from conv.configuration import POOLS, Configuration, slider_ranges
from conv.kernels import KERNELS
from conv.patterns import PATTERNS
from ui.controls import Item, fold, number, select, slider, start_from, stops, toggle
from ui.presets import PRESETS, Preset
from ui.settings import Page
from ui.window import HIDING, OPERATIONS, OWN, PAIRS, Window

PADDING = {"number": "By number", "valid": "Valid (none)", "same": "Same", "full": "Full"}
PADDING_MODES = {"zeros": "Zeros", "reflect": "Reflect", "replicate": "Replicate", "circular": "Circular"}
VIEWS = {"gather": "Stretch, then convolve", "scatter": "Scatter and add"}
SCALES = {"own": "Scaled to each grid", "fixed": "On a fixed scale"}
AXES = {
    "input_size": ("Input height", "Input width", "Input height and width"),
    "kernel_size": ("Kernel height", "Kernel width", "Kernel height and width"),
    "stride": ("Stride, vertical", "Stride, horizontal", "Stride"),
    "padding": ("Padding, top and bottom", "Padding, left and right", "Padding on each side"),
    "dilation": ("Dilation, vertical", "Dilation, horizontal", "Dilation"),
    "output_padding": ("Output padding, bottom", "Output padding, right", "Output padding"),
}
NORMS = (1, 1.25, 1.5, 2, 3, 4, 6, 10, 20, math.inf)

# People of one lecture mostly look at the same few configurations.
_ranges_of = lru_cache(maxsize=2048)(slider_ranges)


def items(
    page: Page, window: Window, presets: Mapping[str, Preset] = PRESETS, operations: Mapping[str, str] = OPERATIONS,
    hiding: Mapping[str, str] = HIDING,
) -> list[Item]:
    """Describe the controls that this configuration has, with ends that keep it valid."""
    c = window.configuration
    ranges = _ranges_of(c)
    norm = [stops(page, "p", "p of the norm", norms(page["p"]))] if c.operation == "lp" else []
    dilation = _sizes(page, ranges, "dilation") if c.operation not in ("avg", "sum", "lp") else []
    kernel = _kernel(page) if c.operation not in POOLS else []
    return [
        start_from(presets),
        select(page, "op", "Operation", operations),
        *norm,
        *_sizes(page, ranges, "input_size"),
        *_sizes(page, ranges, "kernel_size"),
        *_sizes(page, ranges, "stride"),
        *_padding(page, c, ranges),
        *dilation,
        *(_transposed(page, ranges) if c.operation == "transposed" else []),
        *_input(page),
        *kernel,
        fold("more", "More", _more(page, c, hiding)),
    ]


def take(page: Page, presets: Mapping[str, Preset] = PRESETS) -> None:
    """Take what a person has changed, with what follows from it."""
    for name, text in page.take("controls"):
        if name == "preset" and str(text) in presets:
            page.start_from(presets[text].settings)
        elif name == "kernel" and page["kernel"] == text and KERNELS[text].make is None:
            height, width = KERNELS[text].array.shape
            page.update(kh=height, kw=width)
        elif name == "apart" and not page["apart"]:
            page.update(**{cols: page[rows] for rows, cols in PAIRS.values()})


def norms(asked: float) -> dict[float, str]:
    """Norms from the sum to the maximum with their titles, and the link's own if it is another.

    >>> list(norms(2.5).items())[3:6]
    [(2, '2'), (2.5, '2.5'), (3, '3')]
    """
    words = {1: "1, the sum", math.inf: "∞, the maximum"}
    return {norm: words.get(norm, f"{norm:g}") for norm in sorted({*NORMS, asked})}


def _sizes(page: Page, ranges: dict, field: str) -> list[Item]:
    """One slider for both axes, or one each where they are apart."""
    names, labels, bounds = PAIRS[field], AXES[field], ranges[field]
    if page["apart"]:
        return [slider(page, *axis) for axis in zip(names, labels, bounds, strict=False)]
    both = max(low for low, _ in bounds), min(high for _, high in bounds)
    return [slider(page, "+".join(names), labels[2], both)]


def _padding(page: Page, c: Configuration, ranges: dict) -> list[Item]:
    """How much padding, and of what."""
    full = c.operation == "conv" or page["pad"] == "full"  # a link may bring it to the others too
    words = PADDING if full else {word: PADDING[word] for word in ("number", "valid", "same")}
    found = [select(page, "pad", "Padding", words)]
    if page["pad"] == "number":
        found += _sizes(page, ranges, "padding")
    if c.operation == "conv" and any(map(any, c.pads)):
        found.append(select(page, "mode", "Padded with", PADDING_MODES))
    return found


def _transposed(page: Page, ranges: dict) -> list[Item]:
    return [*_sizes(page, ranges, "output_padding"), select(page, "view", "Shown as", VIEWS)]


def _input(page: Page) -> list[Item]:
    """What the input shows."""
    titles = {name: pattern.title for name, pattern in PATTERNS.items()} | {OWN: "A picture of your own"}
    found = [select(page, "pattern", "Input values", titles)]
    if page["pattern"] in ("pixel_digit", "handwritten_digit"):
        found.append(slider(page, "digit", "Digit", (0, 9)))
    if page["pattern"] in ("random", "signed_random") or (page["kernel"] == "random" and page["op"] not in POOLS):
        found.append(number(page, "seed", "Seed", 0, 999_999, 1))
    return found


def _kernel(page: Page) -> list[Item]:
    """What the kernel holds."""
    return [
        select(page, "kernel", "Kernel values", {name: kernel.title for name, kernel in KERNELS.items()}),
        number(page, "bias", "Bias", -1000, 1000, 0.5),
    ]


def _more(page: Page, c: Configuration, hiding: Mapping[str, str]) -> list[Item]:
    """What is seldom wanted."""
    found = [
        toggle(page, "apart", "Height and width apart"),
        select(page, "hide", "Predict: hide until revealed", hiding),
    ]
    if c.operation in POOLS:
        found.append(toggle(page, "ceil", "Round the size up (ceil_mode)"))
    if c.operation == "avg":
        found.append(toggle(page, "counted", "Count the padding (count_include_pad)"))
    found.append(select(page, "scale", "Colours", SCALES))
    if page["scale"] == "fixed":
        found.append(number(page, "limit", "Strongest colour at ±", 0.01, 1e6, 1))
    return found
