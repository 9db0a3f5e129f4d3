"""The stepper's controls, in the sidebar: what is common in sight, the rest folded away."""

from __future__ import annotations

import streamlit as st

from conv.configuration import POOLS, Configuration, slider_ranges
from conv.kernels import KERNELS
from conv.patterns import PATTERNS
from ui.pictures import read_picture
from ui.presets import PRESETS
from ui.settings import Page
from ui.window import HIDING, OPERATIONS, OWN, PAIRS, Window, pack_picture

PADDING = {"number": "By number", "valid": "Valid (none)", "same": "Same", "full": "Full"}
PADDING_MODES = {
    "zeros": "Zeros", "reflect": "Reflect", "replicate": "Replicate", "circular": "Circular",
}
AXES = {
    "input_size": ("Input height", "Input width", "Input height and width"),
    "kernel_size": ("Kernel height", "Kernel width", "Kernel height and width"),
    "stride": ("Stride, vertical", "Stride, horizontal", "Stride"),
    "padding": ("Padding, top and bottom", "Padding, left and right", "Padding"),
    "dilation": ("Dilation, vertical", "Dilation, horizontal", "Dilation"),
    "output_padding": ("Output padding, bottom", "Output padding, right", "Output padding"),
}


def show(page: Page, window: Window) -> None:
    """Draw all controls."""
    c = window.configuration
    ranges = slider_ranges(c)
    preset(page)
    page.select("op", "Operation", OPERATIONS)
    if c.operation == "lp":
        page.number(
            "p", "p of the norm", min_value=0.1, max_value=100.0, step=0.5, format="%g",
            help="1 is the sum of magnitudes; the larger p, the nearer to the maximum.",
        )
    for field in ("input_size", "kernel_size", "stride"):
        sizes(page, c, ranges, field)
    padding(page, c, ranges)
    if c.operation not in ("avg", "sum", "lp"):
        sizes(page, c, ranges, "dilation")
    if c.operation == "transposed":
        sizes(page, c, ranges, "output_padding")
        page.segments("view", "Shown as", {"gather": "Convolution", "scatter": "Scattering"})
    input_values(page)
    if c.operation not in POOLS:
        kernel_values(page)
    more(page, c)


def preset(page: Page) -> None:
    """Offer the presets; choosing one starts from it."""

    def start(name: str) -> None:
        if name:
            page.start_from(PRESETS[name].settings)

    titles = {name: preset.title for name, preset in PRESETS.items()}
    page.menu("preset", "Start from", titles, then=start)


def sizes(page: Page, c: Configuration, ranges: dict, field: str) -> None:
    """One slider for both axes, or one each where they are apart."""
    names, labels = PAIRS[field], AXES[field]
    if not page["apart"]:
        low, high = (max(r[0] for r in ranges[field]), min(r[1] for r in ranges[field]))
        page.slider(names, labels[2], (low, high))
        return
    for name, label, bounds in zip(names, labels, ranges[field], strict=False):
        page.slider(name, label, bounds)


def join(page: Page) -> None:
    """Let the widths follow the heights."""
    page.update(**{cols: page[rows] for rows, cols in PAIRS.values()})


def padding(page: Page, c: Configuration, ranges: dict) -> None:
    """How much padding, and of what."""
    if c.operation != "transposed":
        words = PADDING if c.operation not in POOLS else {k: v for k, v in PADDING.items() if k != "full"}
        page.select("pad", "Padding", words)
    if page["pad"] == "number":
        sizes(page, c, ranges, "padding")
    if c.operation == "conv" and any(map(any, c.pads)):
        page.select("mode", "Padded with", PADDING_MODES)


def input_values(page: Page) -> None:
    """What the input shows."""
    titles = {name: pattern.title for name, pattern in PATTERNS.items()} | {OWN: "A picture of your own"}
    page.select("pattern", "Input values", titles)
    if page["pattern"] in ("pixel_digit", "handwritten_digit"):
        page.slider("digit", "Digit", (0, 9))
    if "random" in page["pattern"]:
        page.number("seed", "Seed", min_value=0, max_value=999_999, step=1)
    if page["pattern"] == OWN:
        page.upload("picture", "Your picture", ["png", "jpg", "jpeg", "gif", "webp", "bmp"], _packed)


def kernel_values(page: Page) -> None:
    """What the kernel holds."""

    def fit(name: str) -> None:
        if KERNELS[name].category != "any size":
            height, width = KERNELS[name].array.shape
            page.update(kh=height, kw=width)

    page.select("kernel", "Kernel values", {name: kernel.title for name, kernel in KERNELS.items()}, then=fit)
    if page["kernel"] == "random" and "random" not in page["pattern"]:
        page.number("seed", "Seed", min_value=0, max_value=999_999, step=1)
    page.number("bias", "Bias", min_value=-1000.0, max_value=1000.0, step=0.5, format="%g")


def more(page: Page, c: Configuration) -> None:
    """What is seldom wanted."""
    with st.expander("More"):
        page.toggle("apart", "Height and width apart", then=lambda apart: apart or join(page))
        page.select("hide", "Predict: hide", HIDING, help="Hidden numbers are not in the page until you reveal them.")
        if c.operation in POOLS:
            page.toggle("ceil", "Round the size up (ceil_mode)")
        if c.operation == "avg":
            page.toggle("counted", "Count the padding (count_include_pad)")
        page.select("scale", "Colours", {"own": "Scaled to each grid", "fixed": "On a fixed scale"})
        if page["scale"] == "fixed":
            page.number("limit", "Strongest colour at ±", min_value=0.01, max_value=1e6, step=1.0, format="%g")


def _packed(content: bytes) -> str:
    """Read an uploaded picture as the link spells it."""
    return pack_picture(read_picture(content))
