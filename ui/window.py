"""A window sliding over a grid: the settings that every page with a stepper shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conv.configuration import Configuration, nearest_valid
from conv.kernels import KERNELS, kernel
from conv.padding import MODES
from conv.patterns import PATTERNS, pattern, resample
from ui.pictures import PICTURE_SIDE, unpack_picture
from ui.settings import Edits, Page, Setting, Values, choice, clean_edits, edits, flag, real, text, whole

OPERATIONS = {
    "conv": "Convolution",
    "flipped": "True convolution (kernel flipped)",
    "transposed": "Transposed convolution",
    "max": "Max pooling",
    "avg": "Average pooling",
    "sum": "Sum pooling",
    "lp": "Lₚ pooling",
}
OWN = "own"  # the input pattern that is a picture of one's own
HIDING = {"nothing": "Nothing", "values": "Output values", "size": "Output size"}

# Names in the link, a pair of an axis each, and the configuration's name for both.
PAIRS = {
    "input_size": ("h", "w"),
    "kernel_size": ("kh", "kw"),
    "stride": ("sh", "sw"),
    "padding": ("ph", "pw"),
    "dilation": ("dh", "dw"),
    "output_padding": ("oh", "ow"),
}

SETTINGS = (
    choice("op", "conv", OPERATIONS),
    whole("h", 7),
    whole("w", 7),
    whole("kh", 3),
    whole("kw", 3),
    whole("sh", 1),
    whole("sw", 1),
    choice("pad", "number", ["number", "valid", "same", "full"]),
    whole("ph", 0),
    whole("pw", 0),
    choice("mode", "zeros", MODES),
    whole("dh", 1),
    whole("dw", 1),
    whole("oh", 0),
    whole("ow", 0),
    flag("ceil"),
    flag("counted", True),
    real("p", 2.0, 0.1, math.inf),
    real("bias", 0.0, -1000.0, 1000.0),
    flag("apart"),
    choice("pattern", "pixel_digit", [*PATTERNS, OWN]),
    whole("digit", 3, 0, 9),
    whole("seed", 1, 0, 999_999),
    text("picture", 2000),
    choice("kernel", "edge_detection_1", list(KERNELS)),
    edits("x"),
    edits("k"),
    choice("view", "gather", ["gather", "scatter"]),
    choice("hide", "nothing", HIDING),
    choice("scale", "own", ["own", "fixed"]),
    real("limit", 10.0, 0.01, 1e6),
)


def settings(operations: Sequence[str], **defaults: Any) -> tuple[Setting, ...]:
    """Give `SETTINGS` for a page with some of the operations only, and defaults of its own.

    >>> settings(["max", "avg"], op="avg", h=8)[:2]  # doctest: +ELLIPSIS
    (Setting(name='op', default='avg', ...), Setting(name='h', default=8, ...))
    """
    own = {setting.name: replace(setting, default=defaults.get(setting.name, setting.default)) for setting in SETTINGS}
    named = {name: OPERATIONS[name] for name in operations}
    return tuple((own | {"op": choice("op", defaults.get("op", operations[0]), named)}).values())


@dataclass(frozen=True)
class Window:
    """Everything that is slid: a valid configuration and its numbers."""

    configuration: Configuration
    x: NDArray[np.float64]  # (H, W)
    weight: NDArray[np.float64]  # (KH, KW), as entered
    bias: float


def settle(page: Page) -> Window:
    """Repair the page's settings where they are not valid, note what changed, and make the arrays."""
    values = page.values
    asked = configuration(values)
    valid, changes = nearest_valid(asked)
    page.notes += changes
    page.update(**_sizes_of(valid))
    page.update(
        op="flipped" if valid.flip else valid.operation,
        pad=valid.padding if isinstance(valid.padding, str) else "number",
        mode=valid.padding_mode,
        ceil=valid.ceil_mode,
    )
    if any(values[rows] != values[cols] for rows, cols in PAIRS.values()):
        page.update(apart=True)
    return Window(valid, *arrays(values, page.notes), _bias(values))


def repaired(values: Values) -> Values:
    """Give every size by its name, valid as `settle` would make it."""
    return _sizes_of(nearest_valid(configuration(values))[0])


def _sizes_of(c: Configuration) -> Values:
    found = {names: getattr(c, field) for field, names in PAIRS.items()}
    return {
        name: size for names, pair in found.items() if not isinstance(pair, str)
        for name, size in zip(names, pair, strict=True)
    }


def take_edits(page: Page) -> None:
    """Keep the values that a person has typed into the grids."""
    typed = page.event("stepper", "edits")
    with suppress(ValueError, TypeError, KeyError, OverflowError):  # not from our own front end: leave all as it was
        page.update(x=clean_edits(typed["input"]), k=clean_edits(typed["kernel"]))
        page.remember("edits answered", int(typed["serial"]))


def configuration(values: Values) -> Configuration:
    """Read the settings as the core's configuration."""
    pairs: dict[str, Any] = {field: tuple(values[name] for name in names) for field, names in PAIRS.items()}
    if values["pad"] != "number":
        pairs["padding"] = values["pad"]
    flipped = values["op"] == "flipped"
    return Configuration(
        operation="conv" if flipped else values["op"], flip=flipped, padding_mode=values["mode"],
        ceil_mode=values["ceil"], norm_type=values["p"], count_include_pad=values["counted"], **pairs,
    )


def arrays(values: Values, notes: list[str] | None = None) -> tuple[NDArray, NDArray]:
    """Make input and kernel, with the person's own values in them."""
    rng, kernels_rng = (np.random.default_rng((values["seed"], grid)) for grid in (0, 1))  # neither moves the other
    size = values["h"], values["w"]
    if values["pattern"] == OWN:
        x = _own_picture(values["picture"], size, notes if notes is not None else [])
    else:
        x = pattern(values["pattern"], size, rng, digit=values["digit"])
    weight = kernel(values["kernel"], (values["kh"], values["kw"]), kernels_rng)
    return edited(x, values["x"]), edited(weight, values["k"])


def _own_picture(packed: str, size: tuple[int, int], notes: list[str]) -> NDArray[np.float64]:
    """Unpack the link's picture to the grid's size, from 0 (black) to 1 (white); the digit 3 until there is one."""
    grey = unpack_picture(packed, (PICTURE_SIDE, PICTURE_SIDE), notes)
    if grey is None:
        return pattern("handwritten_digit", size, digit=3)
    return resample(grey / 255, size).round(2)


def edited(values: NDArray[np.float64], cells: Edits) -> NDArray[np.float64]:
    """Put the edits that lie inside the grid into it; the others wait until it grows again."""
    values = values.copy()
    for row, col, value in cells:
        if row < values.shape[0] and col < values.shape[1]:
            values[row, col] = value
    return values


def _bias(values: Values) -> float:
    return values["bias"] if values["op"] in ("conv", "flipped", "transposed") else 0.0


def plain_window(**changes: Any) -> Window:
    """Build a window from settings alone, for pictures of presets."""
    values = {setting.name: setting.default for setting in SETTINGS} | changes
    valid, _ = nearest_valid(configuration(values))
    return Window(valid, *arrays(values), _bias(values))
