"""A network as a program: the same layers in PyTorch or Keras."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from conv.blueprint import (
    RBF,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    LocalResponseNorm,
    LPPool2d,
    MaxPool2d,
    ReLU,
    Residual,
    Row,
    ScaledTanh,
    Shape,
    Sigmoid,
    Softmax,
    Subsampling,
    Summary,
    Tanh,
    summary,
)
from conv.errors import ConvError
from conv.geometry import Pads, effective_kernel_size, pads

Lines = list[str]


def source(
    layers: Sequence[Layer], input_shape: Sequence[int], *, framework: str = "pytorch", title: str = "Network"
) -> str:
    """Write a program that builds a network and prints its output's shape and the number of its parameters.

    Where the framework has no such layer the program builds it of what there is, and says so.

    Parameters
    ----------
    layers, input_shape
        As for `conv.blueprint.summary`.
    framework : str
        One of `FRAMEWORKS`: ``"pytorch"``, or ``"keras"`` (version 3, channels last).
    title : str
        For the first line, a comment.

    Returns
    -------
    str
        Python source, which leaves the network in ``model``.

    Raises
    ------
    ConvError
        What `conv.blueprint.summary` refuses, and:
        ``Framework must be one of pytorch, keras. Received: framework='jax'.``
        ``Layer 2 (MaxPool2d): Keras has no dilated pooling. Received: dilation=(2, 2).``
        ``Layer 2 (AdaptiveAvgPool2d): Keras has no adaptive pooling whose output does not divide its input.
        Received: input=(7, 7), output=(6, 6).``
        ``Layer 2 (Conv2d): Keras takes no stride and dilation together. Received: stride=(2, 2), dilation=(2, 2).``
        ``Layer 2 (AvgPool2d): PyTorch has no average pooling that pads its sides differently and rounds up.
        Received: padding=((0, 1), (0, 1)).``

    Examples
    --------
    >>> print(source([Conv2d(6, 5, label="C1"), ReLU(), Flatten(), Linear(10)], (1, 28, 28)), end="")
    # Network: input 1x28x28, 34,726 parameters
    import torch
    from torch import nn
    <BLANKLINE>
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5),  # C1: (6, 24, 24)
        nn.ReLU(),
        nn.Flatten(),  # (3456,)
        nn.Linear(3456, 10),  # (10,)
    )
    <BLANKLINE>
    x = torch.zeros(1, 1, 28, 28)
    print(tuple(model.eval()(x).shape))  # (1, 10)
    print(sum(weights.numel() for weights in model.parameters()))  # 34726
    """
    if framework not in FRAMEWORKS:
        raise ConvError.broken(f"Framework must be one of {', '.join(FRAMEWORKS)}.", framework=framework)
    counted = summary(layers, input_shape)
    size = "x".join(map(str, counted.input_shape))
    heading = f"# {' '.join(title.split())}: input {size}, {counted.parameters:,} parameters"
    return "\n".join([heading, *FRAMEWORKS[framework](counted)]) + "\n"


# ---- PyTorch ---------------------------------------------------------------------------------

TORCH_CLASSES = {
    "Residual": '''class Residual(nn.Module):
    """The sum of two branches; an empty shortcut is the input itself."""

    def __init__(self, main, shortcut):
        super().__init__()
        self.main, self.shortcut = main, shortcut

    def forward(self, x):
        return self.main(x) + self.shortcut(x)
''',
    "TableConv2d": '''class TableConv2d(nn.Module):
    """A convolution of which each output map sees only the input maps that its row of the table names."""

    def __init__(self, table, kernel_size, **settings):
        super().__init__()
        self.table = table
        self.maps = nn.ModuleList(nn.Conv2d(len(row), 1, kernel_size, **settings) for row in table)

    def forward(self, x):
        return torch.cat([conv(x[:, list(row)]) for row, conv in zip(self.table, self.maps)], dim=1)
''',
    "ScaledTanh": '''class ScaledTanh(nn.Module):
    def forward(self, x):
        return 1.7159 * torch.tanh(2 / 3 * x)
''',
    "LPPool2d": '''class LPPool2d(nn.Module):
    """The Lp norm of each window: nn.LPPool2d takes no absolute value of its own."""

    def __init__(self, norm_type, kernel_size, stride, ceil_mode=False):
        super().__init__()
        self.norm_type, self.window = norm_type, (kernel_size, stride, 0)
        self.ceil_mode = ceil_mode

    def forward(self, x):
        if self.norm_type == float("inf"):
            return F.max_pool2d(x.abs(), *self.window, ceil_mode=self.ceil_mode)
        powers = x.abs() ** self.norm_type
        return F.avg_pool2d(powers, *self.window, self.ceil_mode, divisor_override=1) ** (1 / self.norm_type)
''',
    "RBF": '''class RBF(nn.Module):
    """Squared distances to fixed codes of -1 and 1; LeNet-5's codes are drawings of the characters, 7x12 pixels."""

    def __init__(self, in_features, out_features):
        super().__init__()
        self.register_buffer("codes", torch.randint(0, 2, (out_features, in_features)) * 2.0 - 1)

    def forward(self, x):
        return ((x[:, None] - self.codes) ** 2).sum(dim=-1)  # (N, out_features)
''',
}


def _pytorch(counted: Summary) -> Lines:
    body = ["model = nn.Sequential(", *_torch_sequence(counted, ""), ")"]
    used = [text for name, text in TORCH_CLASSES.items() if any(f" {name}(" in line for line in body)]
    classes = [line for text in used for line in ["", "", *text.splitlines()]]
    functional = ["import torch.nn.functional as F"] * any("F." in line for line in classes)
    shape = (1, *counted.input_shape)
    return [
        "import torch", *functional, "from torch import nn", *classes, *[""] * (2 if classes else 1),
        *_tables(counted), *body, "",
        f"x = torch.zeros{shape}",
        f"print(tuple(model.eval()(x).shape))  # {(1, *counted.output_shape)}",
        f"print(sum(weights.numel() for weights in model.parameters()))  # {counted.parameters}",
    ]


def _torch_sequence(counted: Summary, place: str, indent: str = "    ") -> Lines:
    """Write the layers of one branch, or of the whole network, one a line."""
    lines = []
    for row in _branch(counted, place):
        if isinstance(row.layer, Residual):
            branches = [_torch_sequence(counted, f"{row.name}.{name}.", indent + "    ") for name in row.layer.branches]
            main, shortcut = branches
            lines += [f"{indent}Residual(nn.Sequential(", *main]
            lines += [f"{indent}), nn.Sequential(", *shortcut] if shortcut else []
            end = f"{indent}))," if shortcut else f"{indent}), nn.Sequential()),"
            lines.append(end + _comment(row, row.output_shape))
        else:
            *before, last = _written(TORCH, row)
            lines += [f"{indent}{text}," for text in before]
            lines.append(f"{indent}{last},{_comment(row, row.output_shape)}")
    return lines


def _torch_conv(layer: Any, row: Row) -> Lines:
    sides = _sides(layer, row)
    same = layer.padding == "same" and layer.stride == (1, 1)
    symmetric = same or _symmetric(sides)
    before = [] if symmetric else [_torch_pad(sides)]
    padding = '"same"' if same else _first(sides) if symmetric else (0, 0)
    settings = _named(
        stride=layer.stride, padding=padding, dilation=layer.dilation, groups=layer.groups, bias=layer.bias
    )
    if layer.table is not None:
        return [*before, _call("TableConv2d", _table_name(row), layer.kernel_size, *settings)]
    return [*before, _call("nn.Conv2d", row.input_shape[0], layer.out_channels, layer.kernel_size, *settings)]


def _torch_max(layer: Any, row: Row) -> Lines:
    sides, stride = _sides(layer, row), _pool_stride(layer, "stride")
    if _torch_pads(layer, sides):
        settings = _named(padding=_first(sides), dilation=layer.dilation, ceil_mode=layer.ceil_mode)
        return [_call("nn.MaxPool2d", layer.kernel_size, *stride, *settings)]
    pad = _torch_pad(_exact_sides(layer, row), "nn.ConstantPad2d", 'float("-inf")')
    return [pad, _call("nn.MaxPool2d", layer.kernel_size, *stride, *_named(dilation=layer.dilation))]


def _torch_avg(layer: Any, row: Row) -> Lines:
    sides, stride = _sides(layer, row), _pool_stride(layer, "stride")
    if _torch_pads(layer, sides):
        settings = _named(padding=_first(sides), ceil_mode=layer.ceil_mode)
        return [_call("nn.AvgPool2d", layer.kernel_size, *stride, *settings)]
    if _overhangs(layer, row):
        rule = "PyTorch has no average pooling that pads its sides differently and rounds up."
        raise ConvError.broken(rule, padding=sides)
    return [_torch_pad(sides), _call("nn.AvgPool2d", layer.kernel_size, *stride)]


def _torch_lp(layer: Any, row: Row) -> Lines:
    norm = _number(layer.norm_type)
    return [_call("LPPool2d", norm, layer.kernel_size, layer.stride, *_named(ceil_mode=layer.ceil_mode))]


def _torch_subsampling(layer: Any, row: Row) -> Lines:
    """Write the sum of each window, then a coefficient and a bias a map as a convolution by itself."""
    maps = row.input_shape[0]
    settings = [*_pool_stride(layer, "stride"), *_named(ceil_mode=layer.ceil_mode), "divisor_override=1"]
    return [_call("nn.AvgPool2d", layer.kernel_size, *settings), _call("nn.Conv2d", maps, maps, 1, f"groups={maps}")]


def _torch_pads(layer: Any, sides: Pads) -> bool:
    """Say whether a pooling of PyTorch takes this padding: alike on both sides, at most half the undilated kernel."""
    return _symmetric(sides) and all(2 * side[0] <= k for side, k in zip(sides, layer.kernel_size, strict=True))


def _torch_pad(sides: Pads, name: str = "nn.ZeroPad2d", *value: str) -> str:
    (top, bottom), (left, right) = sides
    return _call(name, str((left, right, top, bottom)), *value)


TORCH: dict[type[Layer], Callable[[Any, Row], Lines]] = {
    Conv2d: _torch_conv,
    MaxPool2d: _torch_max,
    AvgPool2d: _torch_avg,
    LPPool2d: _torch_lp,
    Subsampling: _torch_subsampling,
    AdaptiveAvgPool2d: lambda layer, row: [_call("nn.AdaptiveAvgPool2d", layer.output_size)],
    Linear: lambda layer, row: [_call("nn.Linear", *row.input_shape, layer.out_features, *_named(bias=layer.bias))],
    RBF: lambda layer, row: [_call("RBF", *row.input_shape, layer.out_features)],
    Flatten: lambda layer, row: ["nn.Flatten()"],
    ReLU: lambda layer, row: ["nn.ReLU()"],
    Tanh: lambda layer, row: ["nn.Tanh()"],
    Sigmoid: lambda layer, row: ["nn.Sigmoid()"],
    ScaledTanh: lambda layer, row: ["ScaledTanh()"],
    Softmax: lambda layer, row: ["nn.Softmax(dim=1)"],
    Dropout: lambda layer, row: [_call("nn.Dropout", layer.p)],
    BatchNorm2d: lambda layer, row: [_call("nn.BatchNorm2d", row.input_shape[0])],
    # AlexNet's k = 2 and alpha = 0.0001; PyTorch divides alpha by the size.
    LocalResponseNorm: lambda layer, row: [f"nn.LocalResponseNorm({layer.size}, alpha={1e-4 * layer.size:g}, k=2)"],
}


# ---- Keras -----------------------------------------------------------------------------------


def _keras(counted: Summary) -> Lines:
    body = _keras_sequence(counted, "", "x")
    shape = _channels_last(counted.input_shape)
    parameters = "sum(math.prod(weights.shape) for weights in model.trainable_weights)"
    numpy = ["import numpy as np"] * any("np." in line for line in body)
    layers = ["from keras import layers, ops" if any("ops." in line for line in body) else "from keras import layers"]
    return [
        "import math", "", "import keras", *numpy, *layers, "", *_tables(counted),
        f"inputs = keras.Input({shape})  # channels last",
        "x = inputs", *body, "model = keras.Model(inputs, x)", "",
        f"print(model.output_shape)  # {(None, *_channels_last(counted.output_shape))}",
        f"print({parameters})  # {counted.parameters}",
    ]


def _keras_sequence(counted: Summary, place: str, x: str) -> Lines:
    """Write the layers of one branch, or of the whole network, as statements about the variable ``x``."""
    lines = []
    for row in _branch(counted, place):
        if isinstance(row.layer, Residual):
            lines += ["shortcut = x", *_keras_sequence(counted, f"{row.name}.main.", "x")]
            lines += _keras_sequence(counted, f"{row.name}.shortcut.", "shortcut")
            statements = ["x = layers.Add()([x, shortcut])"]
        else:
            statements = [text.replace("$", x) for text in _written(KERAS, row)]
        statements[-1] += _comment(row, _channels_last(row.output_shape))
        lines += statements
    return lines


def _keras_conv(layer: Any, row: Row) -> Lines:
    if max(layer.stride) > 1 and max(layer.dilation) > 1:
        rule = "Keras takes no stride and dilation together."
        raise ConvError.broken(rule, stride=layer.stride, dilation=layer.dilation)
    sides, before = _sides(layer, row), []
    same = sides != NO_PADDING and sides == pads(
        "same", row.input_shape[1:], layer.kernel_size, stride=layer.stride, dilation=layer.dilation
    )
    if sides != NO_PADDING and not same:
        before = [f"$ = {_call('layers.ZeroPadding2D', _keras_sides(sides))}($)"]
    settings = [*_named(strides=layer.stride), *['padding="same"'] * same]
    settings += _named(dilation_rate=layer.dilation, use_bias=layer.bias)
    if layer.table is not None:
        one = _call("layers.Conv2D", 1, layer.kernel_size, *settings)
        maps = f"maps = [{one}(ops.take($, row, axis=-1)) for row in {_table_name(row)}]"
        return [*before, maps, "$ = layers.Concatenate()(maps)"]
    if layer.groups == layer.out_channels == row.input_shape[0] > 1 and layer.stride[0] == layer.stride[1]:
        return [*before, f"$ = {_call('layers.DepthwiseConv2D', layer.kernel_size, *settings)}($)"]
    settings += _named(groups=layer.groups)
    return [*before, f"$ = {_call('layers.Conv2D', layer.out_channels, layer.kernel_size, *settings)}($)"]


def _keras_max(layer: Any, row: Row) -> Lines:
    if max(layer.dilation) > 1:
        raise ConvError.broken("Keras has no dilated pooling.", dilation=layer.dilation)
    pool = _call("layers.MaxPooling2D", layer.kernel_size, *_pool_stride(layer, "strides"))
    return [*_keras_pad(_exact_sides(layer, row), ', constant_values=float("-inf")'), f"$ = {pool}($)"]


def _keras_avg(layer: Any, row: Row) -> Lines:
    sides, exact = _sides(layer, row), _exact_sides(layer, row)
    stride = _pool_stride(layer, "strides")
    mean = f"{_call('layers.AveragePooling2D', layer.kernel_size, *stride)}($)"
    if not _overhangs(layer, row):
        return [*_keras_pad(exact), f"$ = {mean}"]
    # Cells of the padding count for the mean, and those beyond it do not.
    sizes = [n + sum(side) for n, side in zip(row.input_shape[1:], sides, strict=True)]
    over = [(0, sum(new) - sum(old)) for new, old in zip(exact, sides, strict=True)]
    counted = f"ops.pad(ops.ones((1, {sizes[0]}, {sizes[1]}, 1)), {_keras_axes((over[0], over[1]))})"
    share = _call("ops.average_pool", counted, layer.kernel_size, *_named(strides=layer.stride))
    return [
        "# Divided by the share of each window that does not hang over the end.",
        *_keras_pad(exact), f"$ = {mean} / {share}",
    ]


def _keras_lp(layer: Any, row: Row) -> Lines:
    stride, pad = _pool_stride(layer, "strides"), _keras_pad(_exact_sides(layer, row))
    if math.isinf(layer.norm_type):
        return ["$ = ops.abs($)", *pad, f"$ = {_call('layers.MaxPooling2D', layer.kernel_size, *stride)}($)"]
    mean, cells = _call("layers.AveragePooling2D", layer.kernel_size, *stride), math.prod(layer.kernel_size)
    norm = _number(layer.norm_type)
    return [f"$ = ops.abs($) ** {norm}", *pad, f"$ = ({cells} * {mean}($)) ** (1 / {norm})"]


def _keras_subsampling(layer: Any, row: Row) -> Lines:
    """Write the sum of each window, then a coefficient and a bias a map as a depthwise convolution."""
    mean = _call("layers.AveragePooling2D", layer.kernel_size, *_pool_stride(layer, "strides"))
    total = f"$ = {math.prod(layer.kernel_size)} * {mean}($)"
    return [*_keras_pad(_exact_sides(layer, row)), total, "$ = layers.DepthwiseConv2D(1)($)"]


def _keras_adaptive(layer: Any, row: Row) -> Lines:
    size, outputs = row.input_shape[1:], layer.output_size
    if any(n % o for n, o in zip(size, outputs, strict=True)):
        rule = "Keras has no adaptive pooling whose output does not divide its input."
        raise ConvError.broken(rule, input=size, output=outputs)
    if outputs == (1, 1):
        return ["$ = layers.GlobalAveragePooling2D(keepdims=True)($)"]
    kernel = size[0] // outputs[0], size[1] // outputs[1]
    return [f"$ = {_call('layers.AveragePooling2D', kernel)}($)"]


def _keras_norm(layer: Any, row: Row) -> Lines:
    """Write AlexNet's normalisation, which Keras lacks, across ``size`` neighbouring maps."""
    before, after = layer.size // 2, (layer.size - 1) // 2
    maps = row.input_shape[0]
    return [
        f"squares = ops.pad(ops.square($), ((0, 0), (0, 0), (0, 0), ({before}, {after})))",
        f"squares = sum(squares[..., i : i + {maps}] for i in range({layer.size}))",
        "$ = $ / (2 + 1e-4 * squares) ** 0.75",
    ]


def _keras_rbf(layer: Any, row: Row) -> Lines:
    codes = f"(({layer.out_features}, {row.input_shape[0]}))"
    return [
        "# Squared distances to fixed codes of -1 and 1; LeNet-5's codes are drawings of the characters, 7x12 pixels.",
        f"codes = np.where(np.random.default_rng(0).random{codes} < 0.5, -1.0, 1.0).astype(\"float32\")",
        "$ = ops.sum(ops.square($[:, None] - codes), axis=-1)",
    ]


def _keras_pad(sides: Pads, more: str = "") -> Lines:
    return [] if sides == NO_PADDING else [f"$ = ops.pad($, {_keras_axes(sides)}{more})"]


def _keras_axes(sides: Pads) -> str:
    return str(((0, 0), *sides, (0, 0)))


def _keras_sides(sides: Pads) -> str:
    """Write padding as short as Keras takes it."""
    return str(sides) if not _symmetric(sides) else _short(_first(sides))


KERAS: dict[type[Layer], Callable[[Any, Row], Lines]] = {
    Conv2d: _keras_conv,
    MaxPool2d: _keras_max,
    AvgPool2d: _keras_avg,
    LPPool2d: _keras_lp,
    Subsampling: _keras_subsampling,
    AdaptiveAvgPool2d: _keras_adaptive,
    Linear: lambda layer, row: [f"$ = {_call('layers.Dense', layer.out_features, *_named(use_bias=layer.bias))}($)"],
    RBF: _keras_rbf,
    Flatten: lambda layer, row: ["$ = layers.Flatten()($)"],
    ReLU: lambda layer, row: ["$ = layers.ReLU()($)"],
    Tanh: lambda layer, row: ['$ = layers.Activation("tanh")($)'],
    Sigmoid: lambda layer, row: ['$ = layers.Activation("sigmoid")($)'],
    ScaledTanh: lambda layer, row: ["$ = 1.7159 * ops.tanh(2 / 3 * $)"],
    Softmax: lambda layer, row: ["$ = layers.Softmax()($)"],
    Dropout: lambda layer, row: [f"$ = layers.Dropout({layer.p})($)"],
    BatchNorm2d: lambda layer, row: ["$ = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)($)"],
    LocalResponseNorm: _keras_norm,
}


# ---- what they share -------------------------------------------------------------------------

FRAMEWORKS: dict[str, Callable[[Summary], Lines]] = {"pytorch": _pytorch, "keras": _keras}
"""How each framework's program is written, by the name that `source` takes."""

NO_PADDING: Pads = ((0, 0), (0, 0))

# What an argument is when nobody names it.
NEUTRAL: dict[str, object] = {
    "stride": (1, 1), "strides": (1, 1), "padding": (0, 0), "dilation": (1, 1), "dilation_rate": (1, 1), "groups": 1,
    "bias": True, "use_bias": True, "ceil_mode": False,
}


def _written(writers: dict[type[Layer], Callable[[Any, Row], Lines]], row: Row) -> Lines:
    """Write one layer; what the framework cannot do is said with the layer's place."""
    try:
        return writers[type(row.layer)](row.layer, row)
    except ConvError as error:
        raise ConvError(f"Layer {row.name} ({row.kind}): {error}") from error


def _branch(counted: Summary, place: str) -> list[Row]:
    """Give the rows whose names are ``place`` and a number."""
    return [row for row in counted.rows if row.name.startswith(place) and row.name[len(place) :].isdecimal()]


def _comment(row: Row, shape: Shape) -> str:
    """Say the layer's name and, where it changes or is named, the shape of its output."""
    named = f"{row.layer.label}: " if row.layer.label else ""
    return f"  # {named}{shape}" if named or row.output_shape != row.input_shape else ""


def _tables(counted: Summary) -> Lines:
    """Write the tables of connections, each as a constant."""
    lines = []
    for row in counted.rows:
        table = getattr(row.layer, "table", None)
        if table is not None:
            rows = [f"    {list(maps)}," for maps in table]
            lines += [f"{_table_name(row)} = [  # the input maps that each output map sees", *rows, "]"]
    return [*lines, ""] if lines else []


def _table_name(row: Row) -> str:
    return f"TABLE_{row.name.replace('.', '_').upper()}"


def _call(name: str, *arguments: object) -> str:
    """Write a call; a pair of equals as one number."""
    return f"{name}({', '.join(_short(value) for value in arguments)})"


def _named(**arguments: object) -> Lines:
    """Write the arguments that are not neutral."""
    return [f"{name}={_short(value)}" for name, value in arguments.items() if value != NEUTRAL[name]]


def _short(value: object) -> str:
    if isinstance(value, tuple) and len(value) == 2 and value[0] == value[1]:
        return str(value[0])
    return str(value)


def _number(value: float) -> str:
    return 'float("inf")' if math.isinf(value) else f"{value:g}" if float(f"{value:g}") == value else repr(value)


def _pool_stride(layer: Any, name: str) -> Lines:
    """Write a pooling's stride, left out where it is the kernel's size."""
    return [] if layer.stride == layer.kernel_size else [f"{name}={_short(layer.stride)}"]


def _sides(layer: Any, row: Row) -> Pads:
    return pads(
        layer.padding, row.input_shape[1:], layer.kernel_size, stride=layer.stride, dilation=layer.dilation
    )


def _exact_sides(layer: Any, row: Row) -> Pads:
    """Give the padding with which rounding down gives as many windows: it holds what hangs over the end too."""
    if not layer.ceil_mode:
        return _sides(layer, row)
    extent, found = effective_kernel_size(layer.kernel_size, layer.dilation), []
    for axis, (before, _) in enumerate(_sides(layer, row)):
        last = (row.output_shape[axis + 1] - 1) * layer.stride[axis] + extent[axis]
        found.append((before, max(0, last - row.input_shape[axis + 1] - before)))
    return found[0], found[1]


def _overhangs(layer: Any, row: Row) -> bool:
    """Say whether a window hangs over the end of the padding."""
    pairs = zip(_exact_sides(layer, row), _sides(layer, row), strict=True)
    return any(exact[1] > side[1] for exact, side in pairs)


def _symmetric(sides: Pads) -> bool:
    return all(before == after for before, after in sides)


def _first(sides: Pads) -> tuple[int, int]:
    return sides[0][0], sides[1][0]


def _channels_last(shape: Shape) -> Shape:
    return (*shape[1:], shape[0])
