"""What is said of a layer: its shape, its costs with the numbers put in, and where to watch its window."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

from conv.blueprint import AdaptiveAvgPool2d, Conv2d, Linear, LPPool2d, Pool, Residual, Row, Shape, Subsampling
from conv.configuration import Configuration, nearest_valid
from conv.counts import Counts
from conv.geometry import effective_kernel_size, pads
from ui.settings import link_of
from ui.window import PAIRS, SETTINGS

Fact = list[str]  # what it is, its value, and a remark

UNITS = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
THOUSANDS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
CAPPED = {"input_size": "input", "kernel_size": "kernel", "stride": "stride", "padding": "padding",
          "dilation": "dilation"}


# ---- numbers and shapes --------------------------------------------------------------------


def spell(shape: tuple[int, ...]) -> str:
    """Write a shape: ``16 × 10 × 10``."""
    return " × ".join(f"{size:,}" for size in shape)


def units(shape: Shape) -> str:
    """Write a shape in words: ``16 maps of 10 × 10``, ``120 units``."""
    if len(shape) == 1:
        return f"{shape[0]:,} {'unit' if shape[0] == 1 else 'units'}"
    return f"{shape[0]:,} {'map' if shape[0] == 1 else 'maps'} of {spell(shape[1:])}"


def memory(count: int) -> str:
    """Write so many bytes: ``12.5 KiB``."""
    for size, unit in UNITS:
        if count >= size:
            return f"{_three_digits(count / size)} {unit}"
    return f"{count} bytes"


def brief_memory(count: int) -> str:
    """Write so many bytes in short: ``12.5K``, ``960B``."""
    return memory(count).replace(" bytes", "B").replace("iB", "").replace(" ", "")


def brief(count: int) -> str:
    """Write a number in three digits: ``2.42k``, ``103M``."""
    for size, unit in THOUSANDS:
        if count >= 0.9995 * size:
            return f"{_three_digits(count / size)}{unit}"
    return str(count)


def percent(share: float) -> str:
    """Write a share in at most four characters, nothing for none."""
    if share == 0:
        return ""
    return "<1 %" if share <= 0.005 else f"{share:.0%}".replace("%", " %")


def _three_digits(number: float) -> str:
    """Write a number from 1 to 1023: ``2.42``, ``15.5``, ``103``."""
    return f"{number:.{2 if number < 9.995 else 1 if number < 99.95 else 0}f}"


# ---- one layer -----------------------------------------------------------------------------


def described(row: Row) -> str:
    """Say what a layer is, with its arguments: ``Conv2d, 3 × 3, stride 2, padding 1``."""
    layer, parts = row.layer, [row.kind]
    if isinstance(layer, Conv2d | Pool):
        parts.append(spell(pair(layer.kernel_size)))
        parts += _options(layer)
    elif isinstance(layer, AdaptiveAvgPool2d):
        parts.append(f"to {spell(pair(layer.output_size))}")
    elif isinstance(layer, Residual):
        parts = ["Sum of both branches"]
    if isinstance(layer, Linear | Conv2d) and not layer.bias and row.kind != "RBF":
        parts.append("no bias")
    return ", ".join(parts)


def _options(layer: Conv2d | Pool) -> list[str]:
    """Arguments of a window that are not what they would be if left out."""
    found, stride = [], pair(layer.stride)
    if stride != (1, 1):
        found.append(f"stride {_once(stride)}")
    if layer.padding not in ((0, 0), "valid"):
        found.append(f"padding {_padding(layer.padding)}")
    if pair(layer.dilation) != (1, 1):
        found.append(f"dilation {_once(pair(layer.dilation))}")
    if isinstance(layer, Conv2d) and layer.groups > 1:
        found.append(f"{layer.groups} groups")
    if isinstance(layer, Conv2d) and layer.table:
        found.append("by a table")
    if isinstance(layer, LPPool2d):
        found.append(f"p = {layer.norm_type:g}")
    if isinstance(layer, Pool) and layer.ceil_mode:
        found.append("rounded up")
    return found


def _padding(padding: Any) -> str:
    if isinstance(padding, str):
        return padding
    (top, bottom), (left, right) = pads(padding, 1, 1)
    if (top, left) == (bottom, right):
        return _once((top, left))
    return f"{top}, {bottom} by {left}, {right}"


def pair(size: Any) -> tuple[int, int]:
    """Give rows and columns, as layers keep them."""
    return size if isinstance(size, tuple) else (size, size)


def _once(sizes: tuple[int, int]) -> str:
    return str(sizes[0]) if sizes[0] == sizes[1] else f"{sizes[0]} × {sizes[1]}"


# ---- costs with the numbers put in ---------------------------------------------------------


def size_sum(row: Row) -> str:
    """Derive the size that a window leaves, rows and columns once if they are alike."""
    if not isinstance(row.layer, Conv2d | Pool):
        return ""
    lines = [_axis_sum(row, axis) for axis in (0, 1)]
    return lines[0] if lines[0] == lines[1] else f"rows {lines[0]}, columns {lines[1]}"


def _axis_sum(row: Row, axis: int) -> str:
    layer: Any = row.layer
    sizes = row.input_shape[1:]
    stride, extent = pair(layer.stride)[axis], effective_kernel_size(layer.kernel_size, layer.dilation)[axis]
    before, after = pads(
        layer.padding, (sizes[0], sizes[1]), layer.kernel_size, stride=layer.stride, dilation=layer.dilation
    )[axis]
    left, right = "⌈⌉" if getattr(layer, "ceil_mode", False) else "⌊⌋"
    padded = f" + {before} + {after}" if before or after else ""
    room, result = sizes[axis] + before + after - extent, row.output_shape[1 + axis]
    steps = -(-room // stride) if left == "⌈" else room // stride
    text = f"{left}({sizes[axis]}{padded} - {extent}) / {stride}{right} + 1 = {steps + 1}"
    return text if steps + 1 == result else f"{text}, but the last would start in the padding: {result}"


def parameter_sum(row: Row) -> str:
    """Write a layer's parameters with the numbers put in: ``6 × 5 × 5 × 16 + 16 = 2,416``."""
    layer, counts, count = row.layer, row.counts, f"{row.parameters:,}"
    if row.parameters == 0:
        return "0"
    if isinstance(layer, Conv2d | Linear):
        bias = f" + {counts.biases:,}" if counts.biases else ""
        return f"{_weights(row)}{bias} = {count}"
    if isinstance(layer, Subsampling):
        return f"{counts.weights} coefficients + {counts.biases} biases = {count}"
    return f"{counts.weights:,} scales + {counts.biases:,} shifts = {count}"


def _weights(row: Row) -> str:
    """Spell the weights of a convolution or a dense layer."""
    layer = row.layer
    if not isinstance(layer, Conv2d):
        return f"{row.input_shape[0]:,} × {row.output_shape[0]:,}"
    if layer.table:
        return f"{sum(map(len, layer.table))} kernels × {spell(pair(layer.kernel_size))}"
    return f"{row.input_shape[0] // layer.groups:,} × {spell(pair(layer.kernel_size))} × {layer.out_channels:,}"


def connection_sum(row: Row) -> str:
    """Write a layer's connections with the numbers put in: so many at each place, at so many places."""
    layer, counts = row.layer, row.counts
    if isinstance(layer, Conv2d):
        return f"{spell(row.output_shape[1:])} × {_weights(row)} = {counts.connections:,}"
    if isinstance(layer, Linear):
        return f"{_weights(row)} = {counts.connections:,}"
    if isinstance(layer, Pool) and _whole_windows(row, counts):
        return f"{spell(row.output_shape)} × {spell(pair(layer.kernel_size))} = {counts.connections:,}"
    return f"{counts.connections:,}"


def _whole_windows(row: Row, counts: Counts) -> bool:
    """Whether no window of a pooling hangs over."""
    layer: Any = row.layer
    return counts.connections == math.prod(row.output_shape) * math.prod(pair(layer.kernel_size))


def field_text(row: Row) -> str:
    """Write what a unit sees of the input: ``14 × 14``; a dash where that is not of one size."""
    return spell(tuple(int(size) for size in row.field.size)) if row.field else "–"


def seen(row: Row, input_shape: Shape) -> Fact:
    """Tell the receptive field, and how far apart those of neighbours are."""
    if row.field is None:
        return ["Receptive field", "not of one size", "Units see regions of the input of different sizes."]
    size, jump = row.field.size, row.field.jump
    remarks = []
    if max(row.output_shape[1:], default=1) > 1:
        remarks.append(f"neighbours are {_once(jump)} apart")
    if max(size) > max(input_shape[1:]):
        remarks.append(f"the input has {spell(input_shape[1:])}")
    return ["Receptive field", f"{field_text(row)} pixels", "; ".join(remarks)]


# ---- the same window on the stepper's page --------------------------------------------------


def stepper_link(row: Row) -> tuple[str, str] | None:
    """Give the link that slides this layer's window over one map, and what had to be made smaller for it.

    None where a layer has no window of its own.
    """
    layer: Any = row.layer
    if not isinstance(layer, Conv2d | Pool):
        return None
    rows, cols = row.input_shape[1:]
    padding, remarks = layer.padding, []
    if not isinstance(padding, str):
        sides = pads(padding, 1, 1)
        padding = (max(sides[0]), max(sides[1]))
        if any(before != after for before, after in sides):
            remarks.append(f"padding {_padding(layer.padding)} → {_once(padding)} on every side")
    operation = _operation(layer)
    if operation != "conv" and padding == "full":
        padding = (0, 0)
    wanted = Configuration(
        operation, (rows, cols), pair(layer.kernel_size), pair(layer.stride), padding, pair(layer.dilation),
        ceil_mode=getattr(layer, "ceil_mode", False), norm_type=getattr(layer, "norm_type", 2.0),
    )
    shown, _ = nearest_valid(wanted)
    for name, title in CAPPED.items():
        asked, got = getattr(wanted, name), getattr(shown, name)
        if asked != got:
            remarks.append(f"{title} {_size_text(asked)} → {_size_text(got)}")
    return f"explore?{urlencode(_settings(shown))}", ", ".join(remarks)


def _size_text(size: Any) -> str:
    return size if isinstance(size, str) else spell(size)


def _operation(layer: Conv2d | Pool) -> Any:
    if isinstance(layer, Conv2d):
        return "conv"
    return "sum" if isinstance(layer, Subsampling) else layer.operation  # subsampling learns what to do with the sum


def _settings(c: Configuration) -> dict[str, str]:
    """Spell a configuration as the stepper's settings, with the random weights that training starts from."""
    values: dict[str, Any] = {"op": c.operation, "ceil": c.ceil_mode, "p": c.norm_type}
    if c.operation == "conv":
        values["kernel"] = "random"
    for name, axes in PAIRS.items():
        size = getattr(c, name)
        if isinstance(size, str):
            values["pad"] = size
        else:
            values |= dict(zip(axes, size, strict=True))
    # A page that is come to without any setting is as it was left: name one, so that the others are defaults too.
    return link_of(SETTINGS, values) or {"h": str(c.input_size[0])}
