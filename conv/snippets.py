"""A configuration as source text: the same numbers from PyTorch, Keras or this package's NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv.configuration import POOLS, Configuration, check
from conv.errors import ConvError
from conv.geometry import Pads, Pair, effective_kernel_size, output_size
from conv.padding import pad2d

Array = NDArray[np.float64]
Lines = list[str]


class Framework(NamedTuple):
    """How a framework writes its imports and arrays."""

    title: str
    imports: Lines
    opening: str
    input_closing: str  # gives the input the axes that the framework wants
    input_axes: str
    weight_closing: str
    weight_axes: str
    bias: str
    flipped: str
    plane: str  # picks the one map from the output
    operation: Callable[[Configuration, bool], Lines]


def snippet(
    configuration: Configuration, x: ArrayLike, weight: ArrayLike | None = None, bias: float = 0.0, *,
    framework: str = "numpy",
) -> str:
    """Write a program that computes and prints one configuration's output.

    Where the framework cannot do it in one call, a comment says so and the program goes another
    way; the numbers are the same.

    Parameters
    ----------
    configuration : Configuration
        A valid one.
    x : array_like, shape (H, W)
        The input, finite.
    weight : array_like, shape (KH, KW), optional
        The kernel as entered, before any flip; poolings have none.
    bias : float
        For convolutions.
    framework : str
        One of `FRAMEWORKS`: ``"numpy"`` (this package), ``"pytorch"``, ``"keras"``.

    Returns
    -------
    str
        Python source, which leaves the output in ``y``.

    Raises
    ------
    ConvError
        What `conv.configuration.check` refuses, and:
        ``Framework must be one of numpy, pytorch, keras. Received: framework='jax'.``
        ``Input must have the configuration's size. Received: x=(3, 3), input=(7, 7).``
        ``Kernel must have the configuration's size. Received: weight=(2, 2), kernel=(3, 3).``
        ``Numbers must be finite. Received: bias=inf.``

    Examples
    --------
    >>> c = Configuration("conv", input_size=(2, 3), kernel_size=(1, 2), stride=(1, 1))
    >>> print(snippet(c, [[0, 1, 2], [3, 4, 5]], [[1, -1]], framework="pytorch"), end="")
    # Convolution: 2x3 input, 1x2 kernel, 2x2 output
    import torch
    import torch.nn.functional as F
    <BLANKLINE>
    x = torch.tensor([
        [0, 1, 2],
        [3, 4, 5],
    ], dtype=torch.float64)[None, None]  # (N, C, H, W) = (1, 1, 2, 3)
    weight = torch.tensor([
        [ 1, -1],
    ], dtype=torch.float64)[None, None]  # (C_out, C_in, KH, KW) = (1, 1, 1, 2)
    <BLANKLINE>
    y = F.conv2d(x, weight)
    print(y[0, 0])  # (2, 2)
    """
    c = configuration
    out = check(c)
    if framework not in FRAMEWORKS:
        raise ConvError.broken(f"Framework must be one of {', '.join(FRAMEWORKS)}.", framework=framework)
    f = FRAMEWORKS[framework]
    image = _plane(x, "Input", "x", "input", c.input_size)
    body = _definition("x", _decimals(image), "", f.opening, f.input_closing, f.input_axes.format(*c.input_size))
    if c.operation not in POOLS:
        kernel = _plane(weight, "Kernel", "weight", "kernel", c.kernel_size)
        body += _definition(
            "weight", *_fractions(kernel), f.opening, f.weight_closing, f.weight_axes.format(*c.kernel_size)
        )
        if not math.isfinite(bias):
            raise ConvError.broken("Numbers must be finite.", bias=bias)
        if bias:
            body.append(f.bias.format(_number(bias)))
    if c.operation == "conv" and c.flip:
        body += ["", "# The convolution of mathematics: the kernel turned by 180 degrees.", f"weight = {f.flipped}"]
    body += ["", *f.operation(c, bool(bias)), f"print({f.plane})  # {out}"]
    imports = ["import numpy as np"] * any("np." in line for line in body) + f.imports
    sizes = f"{_by(c.input_size)} input, {_by(c.kernel_size)} kernel, {_by(out)} output"
    return "\n".join([f"# {_title(c)}: {sizes}", *imports, "", *body]) + "\n"


# NumPy: this package


def _numpy(c: Configuration, bias: bool) -> Lines:
    name = {"conv": "conv2d", "transposed": "conv_transpose2d"}.get(c.operation, f"{c.operation}_pool2d")
    padding = repr(c.padding) if isinstance(c.padding, str) else c.padding
    arguments = [] if c.padding == "valid" else _keywords(padding=padding)
    arguments += _keywords(
        dilation=c.dilation, output_padding=c.output_padding, padding_mode=c.padding_mode, ceil_mode=c.ceil_mode
    )
    if c.operation in POOLS:
        window = _pool_arguments(c, "norm_type" if c.operation == "lp" else None)
        if c.operation == "avg":
            arguments += _keywords(count_include_pad=c.count_include_pad)
        return [_call(f"conv.{name}", "x", *window, *arguments)]
    return [_call(f"conv.{name}", *_operands(bias), *_keywords(stride=c.stride), *arguments)]


# PyTorch


def _pytorch(c: Configuration, bias: bool) -> Lines:
    if c.operation == "conv":
        return _pytorch_conv(c, bias)
    if c.operation == "transposed":
        return _pytorch_transposed(c, bias)
    return _pytorch_pool(c)


def _pytorch_conv(c: Configuration, bias: bool) -> Lines:
    steps = _keywords(stride=c.stride, dilation=c.dilation)
    plain = [_call("F.conv2d", *_operands(bias), *steps)]
    if _nothing(c.pads):
        return plain
    if c.padding_mode != "zeros":
        note = "# F.conv2d pads with zeros only; torch.nn.Conv2d takes this padding_mode for padding in numbers."
        return [note, _torch_pad(c.pads, f', mode="{c.padding_mode}"'), *plain]
    if c.padding == "same" and c.stride == (1, 1):
        return [_call("F.conv2d", *_operands(bias), *steps, 'padding="same"')]
    if _symmetric(c.pads):
        notes = {
            "full": ["# PyTorch has no word for full padding, d (k - 1) on every side."],
            "same": ['# PyTorch\'s "same" takes no stride; this is the padding it would be, alike on both sides.'],
        }
        padded = _call("F.conv2d", *_operands(bias), *steps, *_keywords(padding=_before(c.pads)))
        return [*notes.get(str(c.padding), []), padded]
    note = '# PyTorch\'s "same" takes no stride; the odd row or column goes to the bottom or right.'
    return [note, _torch_pad(c.pads), *plain]


def _pytorch_transposed(c: Configuration, bias: bool) -> Lines:
    steps = _keywords(stride=c.stride, dilation=c.dilation, output_padding=c.output_padding)
    if _symmetric(c.pads):
        padding = _keywords(padding=_before(c.pads))
        return [_call("F.conv_transpose2d", *_operands(bias), *steps, *padding)]
    return [
        "# PyTorch crops both sides alike: crop by hand, the odd row or column at the bottom or right.",
        _call("F.conv_transpose2d", *_operands(bias), *steps),
        f"y = y[:, :, {_crop(c)}]",
    ]


def _pytorch_pool(c: Configuration) -> Lines:
    ceil = _keywords(ceil_mode=c.ceil_mode)
    window = _pool_arguments(c)
    lines = ["x = x.abs()  # PyTorch takes no absolute value of its own"] if c.operation == "lp" else []
    by_hand = not _pytorch_pads_pooling(c)
    padding = [] if by_hand else _keywords(padding=_before(c.pads))
    counted_apart = c.operation == "avg" and not c.count_include_pad and by_hand
    if by_hand:
        lines.append("# PyTorch pads a pooling alike on both sides, at most by half the undilated kernel: pad by hand.")
        if counted_apart:
            lines.append(f"inside = {_torch_padded('torch.ones_like(x)', c.pads)}")
        lines.append(_torch_pad(c.pads, ', value=float("-inf")' if c.operation == "max" else ""))
    mean = f"F.avg_pool2d({{}}, {', '.join([*window, *padding, *ceil])}"
    if c.operation == "max" or (c.operation == "lp" and math.isinf(c.norm_type)):
        lines.append(_call("F.max_pool2d", "x", *window, *padding, *_keywords(dilation=c.dilation), *ceil))
        return [*lines, *_pytorch_drop(c)] if by_hand else lines
    if c.operation == "sum":
        return [*lines, f"y = {mean.format('x')}, divisor_override=1)  # PyTorch has no sum pooling"]
    if c.operation == "lp":
        return [*lines, *_pytorch_lp(c, mean)]
    if counted_apart:
        return [*lines, f"y = {mean.format('x')}) / {mean.format('inside')})  # divided by the cells inside the input"]
    return [*lines, f"y = {mean.format('x')}{''.join(f', {a}' for a in _counted(c))})"]


def _pytorch_pads_pooling(c: Configuration) -> bool:
    """Say whether a pooling of PyTorch takes this padding, which it compares with the undilated kernel."""
    return _symmetric(c.pads) and all(c.pads[axis][0] <= c.kernel_size[axis] // 2 for axis in (0, 1))


def _pytorch_drop(c: Configuration) -> Lines:
    """Drop the windows that start in a padding made by hand, which ``ceil_mode`` takes for input."""
    padded = (c.input_size[0] + sum(c.pads[0]), c.input_size[1] + sum(c.pads[1]))
    size = output_size(padded, c.kernel_size, stride=c.stride, dilation=c.dilation, ceil_mode=c.ceil_mode)
    if size == c.output_size:
        return []
    rows, cols = c.output_size
    return [f"y = y[:, :, :{rows}, :{cols}]  # without the windows that start in the padding"]


def _pytorch_lp(c: Configuration, mean: str) -> Lines:
    p = _number(c.norm_type)
    if c.ceil_mode:
        note = "# F.lp_pool2d scales up a window that hangs over the end: take the sum of the powers."
        return [note, f"y = {mean.format(f'x ** {p}')}, divisor_override=1) ** (1 / {p})"]
    lines = []
    if _symmetric(c.pads) and not _nothing(c.pads):
        lines = ["# F.lp_pool2d takes no padding.", _torch_pad(c.pads)]
    return [*lines, _call("F.lp_pool2d", "x", *_pool_arguments(c, "norm_type"))]


def _torch_padded(name: str, sides: Pads, more: str = "") -> str:
    (top, bottom), (left, right) = sides
    return f"F.pad({name}, ({left}, {right}, {top}, {bottom}){more})  # left, right, top, bottom"


def _torch_pad(sides: Pads, more: str = "") -> str:
    return f"x = {_torch_padded('x', sides, more)}"


# Keras: keras.ops, with channels last


def _keras(c: Configuration, bias: bool) -> Lines:
    if c.operation == "conv":
        return _keras_conv(c, bias)
    if c.operation == "transposed":
        return _keras_transposed(c, bias)
    return _keras_pool(c)


def _keras_conv(c: Configuration, bias: bool) -> Lines:
    lines: Lines = []
    padding = "valid"
    if c.padding_mode != "zeros" and not _nothing(c.pads):
        lines.append(f"# {c.padding_mode.capitalize()} padding: take the rows and columns where they come from.")
        for axis in (0, 1):
            lines.append(f"x = ops.take(x, {_sources(c, axis)}, axis={axis + 1})")
    elif c.padding == "same":
        padding = "same"
    elif not _nothing(c.pads):
        lines += ["# Keras takes no numbers for padding: pad by hand.", _keras_pad(c.pads)]
    holes = c.dilation
    if holes != (1, 1) and c.stride != (1, 1):
        lines += ["# Keras takes no stride and dilation together: write the holes into the kernel.", *_keras_holes(c)]
        holes = (1, 1)
    arguments = [*_keywords(strides=c.stride, dilation_rate=holes), f'padding="{padding}"']
    return [*lines, _call("ops.conv", "x", "weight", *arguments) + " + bias" * bias]


def _keras_transposed(c: Configuration, bias: bool) -> Lines:
    lines = ["weight = ops.swapaxes(weight, 2, 3)  # (KH, KW, C_out, C_in)"]
    if c.dilation != (1, 1):
        lines += ["# Not every backend takes dilation here: write the holes into the kernel.", *_keras_holes(c)]
    lines.append(_call("ops.conv_transpose", "x", "weight", *_stride(c, "strides"), 'padding="valid"'))
    if c.output_padding != (0, 0):
        lines += ["# Output padding: rows and columns at the end that only the bias reaches.",
                  _keras_pad(((0, c.output_padding[0]), (0, c.output_padding[1])), name="y")]
    if c.pads != ((0, 0), (0, 0)) or any(k < s for k, s in zip(_extent(c), c.stride, strict=True)):
        lines += [f"y = y[:, {_crop(c)}, :]  # padding crops the output"]
    return [*lines, "y = y + bias"] if bias else lines


def _keras_pool(c: Configuration) -> Lines:
    sides = _with_overhang(c)
    holes = _kernel_holes(c)
    lines = ["x = ops.abs(x)"] if c.operation == "lp" else []
    greatest = c.operation == "max" or (c.operation == "lp" and math.isinf(c.norm_type))
    uneven = c.operation == "avg" and (sides != c.pads or (not c.count_include_pad and not _nothing(sides)))
    if uneven:
        lines += ["# Keras has no ceil_mode and no count_include_pad: divide by the mean of the cells that count.",
                  *_keras_counted(c, sides)]
    if not _nothing(sides):
        lines += ["# Keras takes no numbers for padding, and no ceil_mode: pad by hand."] * (not uneven)
        lines.append(_keras_pad(sides, more=', constant_values=float("-inf")' if greatest else ""))
    if holes:
        return [*lines, *_keras_dilated_max(c)]
    window = f"{_short(c.kernel_size)}, strides={_short(c.stride)})"
    if greatest:
        return [*lines, f"y = ops.max_pool(x, {window}"]
    mean, cells = f"ops.average_pool({{}}, {window}", c.kernel_size[0] * c.kernel_size[1]
    if c.operation == "sum":
        return [*lines, f"y = {mean.format('x')} * {cells}  # Keras has no sum pooling"]
    if c.operation == "lp":
        p = _number(c.norm_type)
        note = f"# Keras has no Lp pooling: the mean of the powers, times the window's {cells} cells, and the root."
        return [*lines, note, f"y = ({mean.format(f'x ** {p}')} * {cells}) ** (1 / {p})"]
    return [*lines, f"y = {mean.format('x')}" + f" / {mean.format('counted')}" * uneven]


def _keras_counted(c: Configuration, sides: Pads) -> Lines:
    """Write ones where a cell counts for the mean, and zeros elsewhere."""
    (rows, cols), counts = c.input_size, ((0, 0), (0, 0))
    if c.count_include_pad:  # the padding counts, what hangs over its end does not
        rows, cols, counts = rows + sum(c.pads[0]), cols + sum(c.pads[1]), c.pads
    rest = tuple((a[0] - b[0], a[1] - b[1]) for a, b in zip(sides, counts, strict=True))
    lines = [f'counted = ops.ones((1, {rows}, {cols}, 1), dtype="float64")']
    return [*lines, _keras_pad((rest[0], rest[1]), name="counted")]


def _keras_dilated_max(c: Configuration) -> Lines:
    (rows, cols), s, d = c.output_size, c.stride, c.dilation
    return [
        "# Keras has no dilated pooling: the greatest of the shifted images, one for each cell of the window.",
        "shifted = [",
        f"    x[:, i : i + {(rows - 1) * s[0] + 1} : {s[0]}, j : j + {(cols - 1) * s[1] + 1} : {s[1]}, :]",
        f"    for i in range(0, {_extent(c)[0]}, {d[0]})",
        f"    for j in range(0, {_extent(c)[1]}, {d[1]})",
        "]",
        "y = ops.max(ops.stack(shifted), axis=0)",
    ]


def _keras_holes(c: Configuration) -> Lines:
    """Dilate the kernel by hand; its last axes are single maps."""
    rows, cols = _extent(c)
    return [
        f"holes = np.zeros(({rows}, {cols}, 1, 1))",
        f"holes[::{c.dilation[0]}, ::{c.dilation[1]}] = ops.convert_to_numpy(weight)",
        'weight = ops.convert_to_tensor(holes, dtype="float64")',
    ]


def _keras_pad(sides: Pads, *, name: str = "x", more: str = "") -> str:
    (top, bottom), (left, right) = sides
    return f"{name} = ops.pad({name}, [[0, 0], [{top}, {bottom}], [{left}, {right}], [0, 0]]{more})"


# What they share


def _operands(bias: bool) -> Lines:
    return ["x", "weight", "bias"] if bias else ["x", "weight"]


def _pool_arguments(c: Configuration, norm: str | None = None) -> Lines:
    window = [f"norm_type={_norm(c)}"] if norm else []
    return [*window, f"kernel_size={_short(c.kernel_size)}", f"stride={_short(c.stride)}"]


def _norm(c: Configuration) -> str:
    return 'float("inf")' if math.isinf(c.norm_type) else _number(c.norm_type)


def _counted(c: Configuration) -> Lines:
    return [] if c.count_include_pad or _nothing(c.pads) else ["count_include_pad=False"]


def _stride(c: Configuration, name: str) -> Lines:
    return [f"{name}={_short(c.stride)}"]


def _call(function: str, *arguments: str) -> str:
    return f"y = {function}({', '.join(arguments)})"


# What an argument is when nobody names it.
NEUTRAL: dict[str, object] = {
    "stride": (1, 1), "strides": (1, 1), "dilation": (1, 1), "dilation_rate": (1, 1), "padding": (0, 0),
    "output_padding": (0, 0), "padding_mode": "zeros", "ceil_mode": False, "count_include_pad": True,
}


def _keywords(**arguments: object) -> Lines:
    """Write the arguments that are not neutral, a pair of equals as one number."""
    written = []
    for name, value in arguments.items():
        if value != NEUTRAL[name]:
            text = _short(value) if isinstance(value, tuple) else f'"{value}"' if name == "padding_mode" else str(value)
            written.append(f"{name}={text}")
    return written


def _short(pair: Iterable[int]) -> str:
    rows, cols = pair
    return str(rows) if rows == cols else f"({rows}, {cols})"


def _symmetric(sides: Pads) -> bool:
    return all(before == after for before, after in sides)


def _nothing(sides: Pads) -> bool:
    return sides == ((0, 0), (0, 0))


def _before(sides: Pads) -> Pair:
    return sides[0][0], sides[1][0]


def _extent(c: Configuration) -> Pair:
    return effective_kernel_size(c.kernel_size, c.dilation)


def _kernel_holes(c: Configuration) -> bool:
    return _extent(c) != c.kernel_size


def _crop(c: Configuration) -> str:
    """Slice the rows and columns that padding leaves of a transposed convolution."""
    return ", ".join(f"{side[0]}:{side[0] + size}" for side, size in zip(c.pads, c.output_size, strict=True))


def _with_overhang(c: Configuration) -> Pads:
    """Give the padding that also holds what hangs over the end with ``ceil_mode``."""
    over = []
    for axis in (0, 1):
        reached = (c.output_size[axis] - 1) * c.stride[axis] + _extent(c)[axis]
        before, after = c.pads[axis]
        over.append((before, after + max(0, reached - c.input_size[axis] - before - after)))
    return over[0], over[1]


def _sources(c: Configuration, axis: int) -> list[int]:
    """Rows or columns of the input that the padded input shows."""
    index = np.arange(c.input_size[axis])[None, None]  # (1, 1, n)
    return pad2d(index, ((0, 0), c.pads[axis]), c.padding_mode)[0, 0].tolist()


def _title(c: Configuration) -> str:
    if c.operation == "lp":
        return f"L{_number(c.norm_type)} pooling"
    return {
        "conv": "True convolution" if c.flip else "Convolution", "transposed": "Transposed convolution",
        "max": "Max pooling", "avg": "Average pooling", "sum": "Sum pooling",
    }[c.operation]


def _by(size: Pair) -> str:
    return f"{size[0]}x{size[1]}"


def _plane(values: ArrayLike | None, label: str, name: str, size_name: str, size: Pair) -> Array:
    """Read a matrix of the right size, all finite."""
    plane = np.asarray(values, dtype=float)
    if plane.shape != size:
        rule = f"{label} must have the configuration's size."
        raise ConvError.broken(rule, **{name: values if values is None else plane.shape, size_name: size})
    if not np.isfinite(plane).all():
        raise ConvError.broken("Numbers must be finite.", **{name: plane.tolist()})
    return plane


def _definition(name: str, cells: list[Lines], divisor: str, opening: str, closing: str, axes: str) -> Lines:
    """Write an array row by row."""
    width = max(len(cell) for row in cells for cell in row)
    rows = [f"    [{', '.join(cell.rjust(width) for cell in row)}]," for row in cells]
    return [f"{name} = {opening}([", *rows, f"]{closing}{divisor}  # {axes}"]


def _decimals(values: Array) -> list[Lines]:
    return [[_number(value) for value in row] for row in values]


def _fractions(values: Array) -> tuple[list[Lines], str]:
    """Write ninths and the like, whose decimals are long, as whole numbers and what divides them all."""
    cells = _decimals(values)
    if max(len(cell) for row in cells for cell in row) > len("-0.25"):
        for divisor in range(2, 1025):
            whole = np.round(values * divisor)
            if (whole / divisor == values).all():
                return _decimals(whole), f" / {divisor}"
    return cells, ""


def _number(value: float) -> str:
    """Write a number as short as it can be read back."""
    short = f"{value + 0.0:.6g}"  # + 0.0: no negative zero
    return short if float(short) == value else repr(float(value))


FRAMEWORKS: dict[str, Framework] = {
    "numpy": Framework(
        "NumPy (this package)", ["", "import conv"], "np.array",
        ", dtype=float)[None]", "(C, H, W) = (1, {}, {})",
        ", dtype=float)[None, None]", "(C_out, C_in, KH, KW) = (1, 1, {}, {})",
        "bias = np.array([{}])", "weight[..., ::-1, ::-1]", "y[0]", _numpy,
    ),
    "pytorch": Framework(
        "PyTorch", ["import torch", "import torch.nn.functional as F"], "torch.tensor",
        ", dtype=torch.float64)[None, None]", "(N, C, H, W) = (1, 1, {}, {})",
        ", dtype=torch.float64)[None, None]", "(C_out, C_in, KH, KW) = (1, 1, {}, {})",
        "bias = torch.tensor([{}], dtype=torch.float64)", "weight.flip((2, 3))", "y[0, 0]", _pytorch,
    ),
    "keras": Framework(
        "Keras", ["from keras import ops"], "ops.convert_to_tensor",
        ', dtype="float64")[None, :, :, None]', "(N, H, W, C) = (1, {}, {}, 1)",
        ', dtype="float64")[:, :, None, None]', "(KH, KW, C_in, C_out) = ({}, {}, 1, 1)",
        'bias = ops.convert_to_tensor([{}], dtype="float64")', "ops.flip(weight, axis=(0, 1))", "y[0, :, :, 0]", _keras,
    ),
}
"""The frameworks by the name that `snippet` takes."""
