"""Dense or convolutional: which inputs a hidden unit sees, through which weights, and what that costs."""

from __future__ import annotations

import colorsys
import math
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conv.configuration import Configuration, nearest_valid, slider_ranges
from conv.counts import Counts, dense_counts, layer_counts, locally_connected_counts
from conv.geometry import Pair
from conv.kernels import KERNELS, kernel
from conv.matrix import Entries, Kind, entries
from conv.patterns import PATTERNS, pattern
from conv.shifts import compare, compare_dense
from ui import controls, shifts
from ui.components import Data, grid, packed
from ui.controls import Item
from ui.presets import Preset
from ui.settings import Page, Values, choice, flag, whole
from ui.window import SETTINGS as STEPPER_SETTINGS

KINDS = {"dense": "Dense", "local": "Locally connected", "conv": "Convolutional"}
CORE_KINDS: dict[str, Kind] = {"dense": "dense", "local": "local", "conv": "convolutional"}
VIEWS = ("connections", "matrix", "counts")
LOOK = ("kind", "view", "units", "unrolled")  # settings that the front end changes

# Names in the link, a pair of an axis each, the label of both, and that of the columns alone.
PAIRS = {
    "input_size": ("h", "w", "Input height and width", "Input length"),
    "kernel_size": ("kh", "kw", "Kernel height and width", "Kernel length"),
    "stride": ("sh", "sw", "Stride", "Stride"),
    "padding": ("ph", "pw", "Padding on each side", "Padding on each side"),
    "dilation": ("dh", "dw", "Dilation", "Dilation"),
}
MOST = {"h": 8, "w": 12, "kh": 5, "kw": 5, "sh": 4, "sw": 4, "ph": 4, "pw": 4, "dh": 3, "dw": 3}
SIZES = (7, 7, 3, 3, 1, 1, 0, 0, 1, 1)
LARGEST_SQUARE = 8

PATTERN_NAMES = ("pixel_digit", "ramp", "edge", "diagonal", "checkerboard", "impulse", "constant", "random")
KERNEL_NAMES = ("ramp", "ones", "box_blur", "gaussian", "edge_detection_1", "sobel_vertical", "identity", "random")

HIDDEN_UNITS = (1, 10, 25, 100, 500, 1000, 2000, 4096)
MAPS = (1, 2, 6, 16, 32, 64, 96, 128, 256)
DECADES = 12  # the log scale ends at a trillion, which no setting reaches: so bars can be compared across settings

SETTINGS = (
    choice("kind", "conv", KINDS),
    choice("view", "connections", VIEWS),
    choice("units", "one", ["one", "all"]),
    flag("unrolled"),
    *(whole(name, size, 0 if name in ("ph", "pw") else 1, MOST[name])
      for name, size in zip(MOST, SIZES, strict=True)),
    choice("pattern", "pixel_digit", PATTERN_NAMES),
    choice("kernel", "ramp", KERNEL_NAMES),
    whole("seed", 1, 0, 999_999),
    whole("n", 200, 12, 227),
    whole("hidden", 1000, 1, 4096),
    flag("match"),
    whole("nk", 3, 1, 11),
    whole("ns", 1, 1, 4),
    whole("maps", 1, 1, 256),
)

PRESETS = {
    "lecture": Preset("7×7 input, 3×3 kernel", "The lecture's example.", {}),
    "unrolled": Preset(
        "Dense: unrolled to 49", "Every unit sees every input.", {"kind": "dense", "unrolled": True, "units": "all"}
    ),
    "sharing": Preset("All connections of a convolution", "Parallel lines share a weight.", {"units": "all"}),
    "matrix": Preset("The convolution as a matrix", "Doubly blocked Toeplitz.", {"view": "matrix"}),
    "signal": Preset(
        "A signal of 9, kernel of 3", "One Toeplitz block.", {"h": 1, "w": 9, "kh": 1, "pattern": "ramp"}
    ),
    "stride": Preset("Stride 2", "Nine units; the diagonals are two steps apart.", {"sh": 2, "sw": 2}),
    "padding": Preset("Padding 1", "Units at the border have fewer connections.", {"ph": 1, "pw": 1}),
    "dilation": Preset("Dilation 2", "Windows with holes.", {"dh": 2, "dw": 2}),
    "lecture_counts": Preset("200×200 and 1000 units", "The lecture's 40,000,000.", {"view": "counts"}),
    "mnist_counts": Preset(
        "28×28, six 5×5 maps, as many dense units", "A small net's first layer.",
        {"view": "counts", "n": 28, "nk": 5, "maps": 6, "match": True},
    ),
    "alexnet_counts": Preset(
        "227×227, 96 maps of 11×11 at stride 4", "AlexNet's first layer, of one colour.",
        {"view": "counts", "n": 227, "nk": 11, "ns": 4, "maps": 96, "hidden": 4096},
    ),
}

# Nine colours for the weights of a 3 by 3 kernel, at least 3:1 on paper; letters and dashes say the same.
SHARED_COLOURS = {
    "light": ("#1f5fa8", "#c65500", "#0b7d4f", "#c0428a", "#8a6d00", "#138aab", "#5b3fb0", "#8a2a1c", "#4d4d4d"),
    "dark": ("#6fb1f5", "#ff9a4d", "#4fcf9a", "#f58cc5", "#e3c94a", "#5fd6ee", "#b39dff", "#d9806f", "#c4c9cf"),
}
GOLDEN_TURN = (math.sqrt(5) - 1) / 2  # of the colour circle: neighbours never look alike
# As many as there are weights cannot be told apart; 97 is prime, so that they line up with no row or column.
OWN_COLOURS = {
    theme: tuple(
        "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(i * GOLDEN_TURN % 1, light, 0.6))
        for i in range(97)
    )
    for theme, light in (("light", 0.4), ("dark", 0.68))
}


@dataclass(frozen=True)
class Layer:
    """One layer on one small picture: where it is connected, and its numbers."""

    configuration: Configuration
    kind: str  # a name of `KINDS`
    x: NDArray[np.float64]  # (H, W)
    weights: NDArray[np.float64]  # (weight_count,)

    @cached_property
    def entries(self) -> Entries:
        """Its connections."""
        c = self.configuration
        return entries(
            c.input_size, c.kernel_size, kind=CORE_KINDS[self.kind], stride=c.stride, padding=c.padding,
            dilation=c.dilation,
        )

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """What turns the unrolled input into the unrolled outputs, (H_out W_out, H W)."""
        return self.entries.fill(self.weights)

    @cached_property
    def output(self) -> NDArray[np.float64]:
        """The hidden units, (H_out, W_out)."""
        return (self.matrix @ self.x.ravel()).reshape(self.configuration.output_size)

    @property
    def unit_weights(self) -> Pair:
        """Rows and columns of the weights that one unit has: its kernel, or the whole input."""
        return self.configuration.input_size if self.kind == "dense" else self.configuration.kernel_size

    @property
    def colours(self) -> dict[str, tuple[str, ...]]:
        """Of the weights, by theme; from the first again when they run out."""
        return SHARED_COLOURS if self.kind == "conv" else OWN_COLOURS


def settle(page: Page) -> Layer:
    """Repair the page's sizes where they are not valid, note what changed, and make the arrays."""
    pairs: dict[str, Any] = {field: (page[rows], page[cols]) for field, (rows, cols, *_) in PAIRS.items()}
    valid, changes = nearest_valid(Configuration(**pairs))
    page.notes += changes
    for field, (rows, cols, *_) in PAIRS.items():
        page.update(**dict(zip((rows, cols), getattr(valid, field), strict=True)))
    return make_layer(valid, page.values)


def make_layer(c: Configuration, values: Values) -> Layer:
    """Make the numbers of a layer; weights that are not shared are random, and whole so that sums stay exact."""
    x_rng, weights_rng = (np.random.default_rng((values["seed"], part)) for part in (0, 1))
    x = pattern(values["pattern"], c.input_size, x_rng)
    if values["kind"] == "conv":
        return Layer(c, "conv", x, kernel(values["kernel"], c.kernel_size, weights_rng).ravel())
    empty = Layer(c, values["kind"], x, np.empty(0))
    return Layer(c, values["kind"], x, weights_rng.integers(-9, 10, empty.entries.weight_count).astype(float))


def take(page: Page) -> None:
    """Take what a person has changed in the sidebar."""
    for name, text in page.take("controls"):
        if name == "preset" and str(text) in PRESETS:
            page.start_from(PRESETS[text].settings)


def take_look(page: Page) -> None:
    """Take what a person has chosen in the front end."""
    sent = page.event("connections", "look")
    with suppress(ValueError, TypeError, KeyError):  # not from our own front end: leave all as it was
        page.update(**{name: page.declared[name].read(str(sent[name])) for name in LOOK})
        page.remember("look answered", int(sent["serial"]))


# ---- controls ------------------------------------------------------------------------------


def items(page: Page, layer: Layer) -> list[Item]:
    """Describe the controls of what is in view, with ends that keep it valid."""
    shown = _counting(page) if page["view"] == "counts" else _drawing(page, layer)
    return [controls.start_from(PRESETS), *shown]


def _drawing(page: Page, layer: Layer) -> list[Item]:
    patterns = {name: PATTERNS[name].title for name in PATTERN_NAMES}
    found = [*_sizes(page, layer.configuration), controls.select(page, "pattern", "Input values", patterns)]
    if layer.kind == "conv":
        kernels = {name: KERNELS[name].title for name in KERNEL_NAMES}
        found.append(controls.select(page, "kernel", "Kernel values", kernels))
    if layer.kind != "conv" or "random" in (page["pattern"], page["kernel"]):
        found.append(controls.number(page, "seed", "Seed of what is random", 0, 999_999, 1))
    return found


def _sizes(page: Page, c: Configuration) -> list[Item]:
    """One slider for both axes, one for the length of a signal, or one each where a link set them apart."""
    ranges = slider_ranges(c)
    signal = c.input_size[0] == c.kernel_size[0] == 1 and c.padding[0] == 0
    apart = any(page[rows] != page[cols] for rows, cols, *_ in PAIRS.values())
    found = []
    for field, (rows, cols, both, length) in PAIRS.items():
        ends = [(low, min(high, MOST[name])) for name, (low, high) in zip((rows, cols), ranges[field], strict=True)]
        if signal:
            found.append(controls.slider(page, cols, length, ends[1]))
        elif apart:
            names = ("rows", "columns") if field.endswith("size") else ("vertical", "horizontal")
            title = field.removesuffix("_size").capitalize()
            found += [
                controls.slider(page, axis, f"{title}, {word}", end)
                for axis, word, end in zip((rows, cols), names, ends, strict=True)
            ]
        else:
            square = max(low for low, _ in ends), min(LARGEST_SQUARE, *(high for _, high in ends))
            found.append(controls.slider(page, f"{rows}+{cols}", both, square))
    return found


def _counting(page: Page) -> list[Item]:
    hidden = {float(units): f"{units:,}" for units in HIDDEN_UNITS}
    dense = [] if page["match"] else [controls.stops(page, "hidden", "Hidden units of the dense layer", hidden)]
    return [
        controls.slider(page, "n", "Picture height and width", (12, 227)),
        *dense,
        controls.toggle(page, "match", "As many dense units as the maps have"),
        controls.slider(page, "nk", "Kernel height and width", (1, 11)),
        controls.slider(page, "ns", "Stride", (1, 4)),
        controls.stops(page, "maps", "Feature maps", {float(maps): str(maps) for maps in MAPS}),
    ]


# ---- what lies beside the picture ----------------------------------------------------------


def shift_columns(layer: Layer, values: Values) -> list[shifts.Column]:
    """Compare what a shift of the input does to a convolution, a pooling and a dense layer."""
    c, x, by = layer.configuration, layer.x, shifts.shifts(layer.x.shape)
    conv, dense = (make_layer(c, {**values, "kind": kind}) for kind in ("conv", "dense"))
    block = min(2, x.shape[0]), min(2, x.shape[1])
    pool = Configuration("max", c.input_size, block, stride=block)
    return [
        shifts.Column("Convolution", "outputs", compare(c, x, by, conv.weights.reshape(c.kernel_size)), "along"),
        shifts.Column(f"Max pooling {times(block)}", "pooled outputs", compare(pool, x, by), "place"),
        shifts.Column(
            "Dense layer", "outputs of the dense layer", compare_dense(dense.matrix, x, by), "place", c.output_size
        ),
    ]


def stepper_values(page: Page) -> Values:
    """The settings with which the stepper's page slides the same kernel over the same input."""
    names = {setting.name for setting in STEPPER_SETTINGS} - {"view", "step"}
    return {name: value for name, value in page.values.items() if name in names}


# ---- what the front end draws --------------------------------------------------------------


def data(layer: Layer, values: Values, *, step: int, arrival: int, answered: int) -> Data:
    """Everything the front end shows.

    Parameters
    ----------
    layer : Layer
    values : dict
        The page's settings; what is in `LOOK` and what is counted are read here.
    step : int
        The hidden unit to mark when ``arrival`` is new, counted from 1.
    arrival : int
        Counts the links taken.
    answered : int
        The number of the last choice of the front end that was taken.
    """
    found = layer.entries
    places = np.full(found.shape, -1)
    places[found.outputs, found.inputs] = found.weights
    rows, cols = layer.unit_weights
    return {
        "look": {name: values[name] for name in LOOK},
        "input": _grid(layer.x),
        "output": _grid(layer.output),
        "weights": packed(layer.weights),
        "places": packed(places, "<i2"),  # weight of each entry, -1 where there is none
        "unit_weights": {"rows": rows, "cols": cols},
        "colours": {theme: list(colours) for theme, colours in layer.colours.items()},
        "note": note(layer),
        "counts": counted(values),
        "step": step,
        "arrival": arrival,
        "answered": answered,
    }


def _grid(values: NDArray) -> Data:
    return grid(values) | {"limit": float(np.abs(values).max(initial=0.0))}


def note(layer: Layer) -> str:
    """What there is to see of this kind of layer, with its numbers."""
    c, found = layer.configuration, layer.entries
    units, inputs = found.shape
    weights, area = found.weight_count, math.prod(c.kernel_size)
    kernel_size, output_size = times(c.kernel_size), times(c.output_size)
    missing = units * area - len(found.outputs)
    padded = f" {missing} of them would lead into the padding and are not there." if missing else ""
    if layer.kind == "dense":
        return (
            f"Every unit is connected to all {inputs} inputs, through a weight of its own each: {units} × {inputs} = "
            f"{weights:,} weights. Nothing tells this layer that x₁₁ and x₁₂ are neighbours: it sees a list, and "
            f"would learn as well from any other order of it."
        )
    if layer.kind == "local":
        return (
            f"Every unit is connected to its own {kernel_size} window, so that neighbourhood counts, but has a kernel "
            f"of its own: {output_size} units × {kernel_size} = {weights:,} weights, no two of them shared.{padded}"
        )
    return (
        f"Every unit uses the same {kernel_size} = {area} weights, and with a bias there are {area} + 1 = {area + 1} "
        f"parameters. Each weight is used wherever the kernel goes: {output_size} × {kernel_size} = {units * area:,} "
        f"connections.{padded}"
    )


# ---- counts --------------------------------------------------------------------------------


def counted(values: Values) -> Data:
    """Parameters, units and connections of the three kinds of layer on one picture, each with its sum.

    Returns
    -------
    dict
        ``rows``, one for each quantity and kind: quantity, kind, the count, its length on the log scale from 0 to 1,
        and how it comes about; and ``decades`` and ``lecture``, a sentence or empty.
    """
    n, k, maps = values["n"], values["nk"], values["maps"]
    conv = layer_counts(n, k, stride=values["ns"], out_maps=maps)
    local = locally_connected_counts(n, k, stride=values["ns"], out_maps=maps)
    hidden = conv.hidden_units if values["match"] else values["hidden"]
    dense = dense_counts(n * n, hidden)
    side = math.isqrt(conv.hidden_units // maps)
    many = f"{maps} × " if maps > 1 else ""
    units = f"{many}{side}×{side}"
    sums = {
        "parameters": (
            f"{n}×{n} × {hidden:,} + {_biases(hidden)}", f"{units} × ({k}×{k} + 1)", f"{many}({k}×{k} + 1)",
        ),
        "hidden_units": ("as chosen" if not values["match"] else f"as many as {units}", units, units),
        "connections": (f"{n}×{n} × {hidden:,}", f"{units} × {k}×{k}", f"{units} × {k}×{k}"),
    }
    rows = [
        [quantity.replace("_", " ").capitalize(), title, f"{count:,}", math.log10(count) / DECADES, how]
        for quantity, hows in sums.items()
        for title, counts, how in zip(KINDS.values(), (dense, local, conv), hows, strict=True)
        for count in [getattr(counts, quantity)]
    ]
    return {"rows": rows, "decades": DECADES, "lecture": _without_biases(n, hidden, dense)}


def _biases(count: int) -> str:
    return "1 bias" if count == 1 else f"{count:,} biases"


def _without_biases(n: int, hidden: int, dense: Counts) -> str:
    """The lecture's way of counting a dense layer."""
    return (
        f"The lecture counts the dense layer's weights without its biases: {n}×{n} × {hidden:,} = {dense.weights:,}."
    )


def times(size: Pair) -> str:
    """A size as it is said: 3×3."""
    return f"{size[0]}×{size[1]}"
