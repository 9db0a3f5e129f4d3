"""Networks as lists of layers without weights: what each costs is known before any number is stored.

Layers are named, and take their arguments, as PyTorch's do, except that input channels and features
are left out: they follow from the shape of the input.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from conv.configuration import Configuration, check
from conv.counts import Counts, dense_counts, layer_counts, pooling_counts, transposed_counts
from conv.errors import ConvError
from conv.geometry import Padding, Size, as_pair, pads, transposed_output_size
from conv.receptive_field import INPUT, Field, Node, graph

Shape = tuple[int, ...]  # (channels, rows, cols), or (features,)
FLOAT32_BYTES = 4


@dataclass(frozen=True)
class Layer:
    """One layer without weights; on its own, one that leaves the shape and costs nothing.

    Parameters
    ----------
    label : str
        A name of its own, such as ``"C3"``.
    """

    label: str = field(default="", kw_only=True)

    is_view: ClassVar[bool] = False  # the output is the input's memory under another shape
    needs_maps: ClassVar[bool] = False

    def output_shape(self, shape: Shape) -> Shape:
        """Give the shape of the output for an input of ``shape``."""
        return shape

    def counts(self, shape: Shape) -> Counts:
        """Count parameters, units, connections and multiply-adds for an input of ``shape``."""
        return Counts(0, 0, math.prod(shape), 0, 0, 0)

    @property
    def branches(self) -> dict[str, tuple[Layer, ...]]:
        """Layers inside this one, by the name of their branch."""
        return {}

    def _settle(self, **values: object) -> None:
        """Keep arguments in the one form that the rest of the program reads."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


class ReLU(Layer):
    """max(0, x)."""


class Tanh(Layer):
    """The hyperbolic tangent."""


class Sigmoid(Layer):
    """1 / (1 + exp(-x))."""


class Softmax(Layer):
    """exp(x), divided by its sum over the features."""


class ScaledTanh(Layer):
    """1.7159 tanh(2 x / 3), which LeNet-5 squashes with: it takes 1 to 1 and -1 to -1."""


@dataclass(frozen=True)
class Dropout(Layer):
    """Zeros each unit with probability p while training, ``0 <= p < 1``.

    Raises
    ------
    ConvError
        ``The probability must be at least 0 and less than 1. Received: p=1.``
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        """Hold p to its range."""
        if not 0 <= self.p < 1:
            raise ConvError.broken("The probability must be at least 0 and less than 1.", p=self.p)


@dataclass(frozen=True)
class LocalResponseNorm(Layer):
    """Divides by the activity of ``size`` neighbouring maps, as AlexNet does; nothing is learnt."""

    size: int = 5
    needs_maps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Hold the size to whole numbers."""
        self._settle(size=whole(size=self.size))


class BatchNorm2d(Layer):
    """Normalises each map; learns a scale and a shift a map. Running statistics are not counted."""

    needs_maps: ClassVar[bool] = True

    def counts(self, shape: Shape) -> Counts:
        """Count a scale and a shift a map."""
        return Counts(shape[0], shape[0], math.prod(shape), 0, 0, 0)


class Flatten(Layer):
    """Lays maps out as one row of features."""

    is_view: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        """Give one axis."""
        return (math.prod(shape),)


@dataclass(frozen=True)
class Conv2d(Layer):
    """A convolution.

    Parameters
    ----------
    out_channels : int
        Output maps.
    kernel_size, stride, dilation : int or (rows, cols)
        At least 1.
    padding : int, (rows, cols), ((top, bottom), (left, right)), "valid", "same" or "full"
    groups : int
        Divides the input and the output maps; as many as input maps make it depthwise.
    bias : bool
        One a map.
    table : sequence of sequences of int, optional
        For each output map the input maps that it sees, counted from 0, as in LeNet-5's C3.

    Raises
    ------
    ConvError
        ``Out channels must be at least 1. Received: out_channels=0.`` and the like; those of `conv.geometry.pads`.
        ``The table must name one or more input maps, once each, for each output map.
        Received: out_channels=2, table=((0, 1),).``
        ``A table stands in place of groups. Received: groups=2.``

    Examples
    --------
    >>> Conv2d(6, 5).output_shape((1, 32, 32)), Conv2d(6, 5).counts((1, 32, 32)).parameters  # 6 * (5*5 + 1)
    ((6, 28, 28), 156)
    """

    out_channels: int
    kernel_size: Size
    stride: Size = 1
    padding: Padding = 0
    dilation: Size = 1
    groups: int = 1
    bias: bool = True
    table: Sequence[Sequence[int]] | None = None
    needs_maps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Hold the arguments to their ranges."""
        self._settle(
            out_channels=whole(out_channels=self.out_channels), groups=whole(groups=self.groups),
            **_window_arguments(self.kernel_size, self.stride, self.padding, self.dilation),
        )
        if self.table is not None:
            table = tuple(tuple(operator.index(channel) for channel in row) for row in self.table)
            if len(table) != self.out_channels or any(not row or len(set(row)) < len(row) for row in table):
                rule = "The table must name one or more input maps, once each, for each output map."
                raise ConvError.broken(rule, out_channels=self.out_channels, table=table)
            if self.groups != 1:
                raise ConvError.broken("A table stands in place of groups.", groups=self.groups)
            self._settle(table=table)

    def output_shape(self, shape: Shape) -> Shape:
        """Give the output maps and their size."""
        return (self.out_channels, *check(_configuration("conv", shape, self)))

    def counts(self, shape: Shape) -> Counts:
        """Count as `conv.counts.layer_counts` does; a table thins the weights."""
        full = layer_counts(
            shape[1:], self.kernel_size, in_maps=shape[0], out_maps=self.out_channels, groups=self.groups,
            bias=self.bias, stride=self.stride, padding=self.padding, dilation=self.dilation,
        )
        if self.table is None:
            return full
        if not all(0 <= channel < shape[0] for row in self.table for channel in row):
            rule = "The table must name input maps, counted from 0."
            raise ConvError.broken(rule, in_maps=shape[0], table=self.table)
        kernels, all_kernels = sum(map(len, self.table)), shape[0] * self.out_channels
        weights, connections = (number * kernels // all_kernels for number in (full.weights, full.connections))
        return replace(full, weights=weights, connections=connections, multiply_adds=connections)


@dataclass(frozen=True)
class ConvTranspose2d(Layer):
    """A transposed convolution; its arguments are those of `Conv2d` and ``output_padding``.

    >>> layer = ConvTranspose2d(6, 2, stride=2)
    >>> layer.output_shape((16, 7, 7)), layer.counts((16, 7, 7)).parameters  # 16*6 * 2*2 + 6
    ((6, 14, 14), 390)
    """

    out_channels: int
    kernel_size: Size
    stride: Size = 1
    padding: Padding = 0
    output_padding: Size = 0
    groups: int = 1
    bias: bool = True
    dilation: Size = 1
    needs_maps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Hold the arguments to their ranges."""
        self._settle(
            out_channels=whole(out_channels=self.out_channels), groups=whole(groups=self.groups),
            output_padding=as_pair(self.output_padding, "output_padding", least=0),
            **_window_arguments(self.kernel_size, self.stride, self.padding, self.dilation),
        )

    def output_shape(self, shape: Shape) -> Shape:
        """Give the output maps and their size."""
        size = transposed_output_size(
            shape[1:], self.kernel_size, stride=self.stride, padding=self.padding,
            output_padding=self.output_padding, dilation=self.dilation,
        )
        return (self.out_channels, *as_pair(size, "output"))

    def counts(self, shape: Shape) -> Counts:
        """Count as `conv.counts.transposed_counts` does."""
        return transposed_counts(
            shape[1:], self.kernel_size, in_maps=shape[0], out_maps=self.out_channels, groups=self.groups,
            bias=self.bias, stride=self.stride, padding=self.padding, output_padding=self.output_padding,
            dilation=self.dilation,
        )


class Pool(Layer):
    """What poolings share: the maps stay, each is pooled by itself, and nothing is learnt.

    A stride left out is the kernel's size.

    Raises
    ------
    ConvError
        ``Stride must be at least 1. Received: stride=0.`` and the like.
    """

    kernel_size: Size
    stride: Size | None
    padding: Padding = 0
    dilation: Size = 1
    ceil_mode: bool
    operation: ClassVar[Literal["max", "avg", "lp"]]
    needs_maps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Hold the arguments to their ranges."""
        stride = self.kernel_size if self.stride is None else self.stride
        self._settle(**_window_arguments(self.kernel_size, stride, self.padding, self.dilation))

    def output_shape(self, shape: Shape) -> Shape:
        """Give as many maps, pooled."""
        configuration = _configuration(self.operation, shape, self)
        return (shape[0], *check(replace(configuration, ceil_mode=self.ceil_mode)))

    def counts(self, shape: Shape) -> Counts:
        """Count units and connections alone."""
        return pooling_counts(
            shape[1:], self.kernel_size, maps=shape[0], stride=self.stride, padding=self.padding,
            dilation=self.dilation, ceil_mode=self.ceil_mode,
        )


@dataclass(frozen=True)
class MaxPool2d(Pool):
    """The greatest of each window.

    >>> MaxPool2d(3, 2).output_shape((96, 55, 55)), MaxPool2d(3, 2, ceil_mode=True).output_shape((96, 54, 54))
    ((96, 27, 27), (96, 27, 27))
    """

    kernel_size: Size
    stride: Size | None = None
    padding: Padding = 0
    dilation: Size = 1
    ceil_mode: bool = False
    operation: ClassVar[Literal["max", "avg", "lp"]] = "max"


@dataclass(frozen=True)
class AvgPool2d(Pool):
    """The mean of each window."""

    kernel_size: Size
    stride: Size | None = None
    padding: Padding = 0
    ceil_mode: bool = False
    operation: ClassVar[Literal["max", "avg", "lp"]] = "avg"


@dataclass(frozen=True)
class LPPool2d(Pool):
    """The Lp norm of each window, ``norm_type > 0``.

    Raises
    ------
    ConvError
        ``The norm type must be a number above 0. Received: norm_type=0.``
    """

    norm_type: float
    kernel_size: Size
    stride: Size | None = None
    ceil_mode: bool = False
    operation: ClassVar[Literal["max", "avg", "lp"]] = "lp"

    def __post_init__(self) -> None:
        """Hold the arguments to their ranges."""
        super().__post_init__()
        if not self.norm_type > 0:
            raise ConvError.broken("The norm type must be a number above 0.", norm_type=self.norm_type)


@dataclass(frozen=True)
class Subsampling(Pool):
    """LeNet-5's pooling: the sum of each window, times a coefficient, plus a bias, both learnt, one a map.

    >>> Subsampling(2).counts((6, 28, 28)).parameters  # 6 * 2
    12
    """

    kernel_size: Size = 2
    stride: Size | None = None
    ceil_mode: bool = False
    operation: ClassVar[Literal["max", "avg", "lp"]] = "avg"

    def counts(self, shape: Shape) -> Counts:
        """Count a coefficient and a bias a map."""
        return replace(super().counts(shape), weights=shape[0], biases=shape[0])


@dataclass(frozen=True)
class AdaptiveAvgPool2d(Layer):
    """The means of windows that share out the map among ``output_size`` units.

    >>> AdaptiveAvgPool2d(1).output_shape((512, 7, 7))
    (512, 1, 1)
    """

    output_size: Size
    needs_maps: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Hold the size to whole numbers."""
        self._settle(output_size=as_pair(self.output_size, "output_size"))

    def output_shape(self, shape: Shape) -> Shape:
        """Give as many maps, of the size asked for."""
        return (shape[0], *as_pair(self.output_size, "output_size"))

    def counts(self, shape: Shape) -> Counts:
        """Count units and connections; window i of o begins at floor(i n / o) and ends at ceil((i + 1) n / o)."""
        rows, cols = (
            sum(-(-(i + 1) * n // o) - i * n // o for i in range(o))
            for n, o in zip(shape[1:], self.output_shape(shape)[1:], strict=True)
        )
        return Counts(0, 0, math.prod(shape), math.prod(self.output_shape(shape)), shape[0] * rows * cols, 0)


@dataclass(frozen=True)
class Linear(Layer):
    """A fully connected layer.

    >>> Linear(84).counts((120,)).parameters  # 84 * (120 + 1)
    10164
    """

    out_features: int
    bias: bool = True

    def __post_init__(self) -> None:
        """Hold the number of units to whole numbers."""
        self._settle(out_features=whole(out_features=self.out_features))

    def output_shape(self, shape: Shape) -> Shape:
        """Give one axis.

        Raises
        ------
        ConvError
            ``Maps must be flattened first. Received: input=(16, 5, 5).``
        """
        if len(shape) != 1:
            raise ConvError.broken("Maps must be flattened first.", input=shape)
        return (self.out_features,)

    def counts(self, shape: Shape) -> Counts:
        """Count as `conv.counts.dense_counts` does."""
        return dense_counts(shape[0], self.out_features, bias=self.bias)


@dataclass(frozen=True)
class RBF(Linear):
    """LeNet-5's output: each unit's squared distance to a code that is drawn, not learnt."""

    bias: bool = field(default=False, init=False, repr=False)

    def counts(self, shape: Shape) -> Counts:
        """Count connections alone."""
        return replace(super().counts(shape), weights=0, multiply_adds=0)


@dataclass(frozen=True)
class Residual(Layer):
    """The sum of a main branch and a shortcut; an empty shortcut is the input itself.

    Raises
    ------
    ConvError
        ``A residual block must not hold another. Received: layer=Residual(...).``
    """

    main: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] = ()

    def __post_init__(self) -> None:
        """Keep the branches as tuples of plain layers."""
        self._settle(main=tuple(self.main), shortcut=tuple(self.shortcut))
        for layer in self.main + self.shortcut:
            if layer.branches:
                raise ConvError.broken("A residual block must not hold another.", layer=layer)

    @property
    def branches(self) -> dict[str, tuple[Layer, ...]]:
        """Give both."""
        return {"main": self.main, "shortcut": self.shortcut}

    def output_shape(self, shape: Shape) -> Shape:
        """Give the shape that both branches must have.

        Raises
        ------
        ConvError
            ``Both branches must have one shape. Received: main=(128, 28, 28), shortcut=(64, 56, 56).``
        """
        main, shortcut = (_through(layers, shape) for layers in self.branches.values())
        if main != shortcut:
            raise ConvError.broken("Both branches must have one shape.", main=main, shortcut=shortcut)
        return main


@dataclass(frozen=True)
class Row:
    """What one layer costs, at its place in a network.

    Parameters
    ----------
    name : str
        The place, counted from 1: ``"4"``, and inside a residual block ``"5.main.1"`` or ``"5.shortcut.1"``.
        The row ``"5"`` after them is the sum.
    layer : Layer
    reads : tuple of str
        The names of the rows whose outputs it takes, or ``"input"``; two for a sum.
    input_shape, output_shape : tuple of int
        (channels, rows, cols) or (features,).
    counts : Counts
    field : conv.receptive_field.Field or None
        What a unit sees of the input; None where that is not of one size, as above an adaptive pooling whose
        windows are not, or where the input has no rows and columns.
    """

    name: str
    layer: Layer
    reads: tuple[str, ...]
    input_shape: Shape
    output_shape: Shape
    counts: Counts
    field: Field | None = None

    @property
    def kind(self) -> str:
        """The layer's class, ``"Conv2d"``."""
        return type(self.layer).__name__

    @property
    def branch(self) -> str:
        """``"main"`` or ``"shortcut"`` inside a residual block, else nothing."""
        return self.name.split(".")[1] if "." in self.name else ""

    @property
    def parameters(self) -> int:
        """Everything that is learnt."""
        return self.counts.parameters

    @property
    def connections(self) -> int:
        """As the lecture counts: one weight at one place."""
        return self.counts.connections

    @property
    def connections_with_biases(self) -> int:
        """As LeCun and others (1998) count: each unit is connected to its bias too."""
        return self.counts.connections + (self.counts.hidden_units if self.counts.biases else 0)

    @property
    def activation_bytes(self) -> int:
        """Memory of the output for one image, in float32; a view needs none of its own."""
        return 0 if self.layer.is_view else FLOAT32_BYTES * math.prod(self.output_shape)


@dataclass(frozen=True)
class Summary:
    """The rows of a network, in the order they are computed, and their sums."""

    input_shape: Shape
    rows: tuple[Row, ...]

    @property
    def output_shape(self) -> Shape:
        """The last shape."""
        return self.rows[-1].output_shape if self.rows else self.input_shape

    @property
    def parameters(self) -> int:
        """Everything that is learnt."""
        return sum(row.parameters for row in self.rows)

    @property
    def connections(self) -> int:
        """As the lecture counts."""
        return sum(row.connections for row in self.rows)

    @property
    def connections_with_biases(self) -> int:
        """As LeCun and others (1998) count."""
        return sum(row.connections_with_biases for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """Those of convolutions and linear layers, for one image; no other kind is counted."""
        return sum(row.counts.multiply_adds for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Memory of every output for one image, in float32, as training keeps it; the input not counted."""
        return sum(row.activation_bytes for row in self.rows)


def summary(layers: Iterable[Layer], input_shape: Sequence[int]) -> Summary:
    """Follow a shape through the layers and count what each costs.

    Parameters
    ----------
    layers : iterable of Layer
    input_shape : (channels, rows, cols) or (features,)
        Of one image.

    Raises
    ------
    ConvError
        ``Input must have a shape of (channels, rows, cols) or (features,), all at least 1. Received: input=(28, 28).``
        What a layer refuses, with its place:
        ``Layer 4 (Conv2d): Kernel is larger than the padded input.
        Received: input=(2, 2), kernel=(3, 3), padding=(0, 0).``
        ``Layer 2 (MaxPool2d): Input must be maps: (channels, rows, cols). Received: input=(400,).``

    Examples
    --------
    >>> lenet = [Conv2d(6, 5, padding=2), ReLU(), AvgPool2d(2), Flatten(), Linear(10)]
    >>> for row in summary(lenet, (1, 28, 28)).rows:
    ...     print(row.name, row.kind, row.output_shape, row.parameters)
    1 Conv2d (6, 28, 28) 156
    2 ReLU (6, 28, 28) 0
    3 AvgPool2d (6, 14, 14) 0
    4 Flatten (1176,) 0
    5 Linear (10,) 11770
    """
    shape = tuple(input_shape)
    if len(shape) not in (1, 3) or not all(isinstance(size, int) and size >= 1 for size in shape):
        rule = "Input must have a shape of (channels, rows, cols) or (features,), all at least 1."
        raise ConvError.broken(rule, input=shape)
    rows = list(_rows(layers, shape))
    fields = _fields(rows, shape)
    return Summary(shape, tuple(replace(row, field=fields.get(row.name)) for row in rows))


def changes(before: Summary, after: Summary) -> list[tuple[Row, Row]]:
    """Pair the rows that differ between two summaries of like layers: another input, another rounding.

    Raises
    ------
    ConvError
        ``Only summaries of as many layers can be compared. Received: before=3, after=4.``

    Examples
    --------
    >>> layers = [Conv2d(96, 11, stride=4), MaxPool2d(3, 2), Flatten(), Linear(10)]
    >>> for old, new in changes(summary(layers, (3, 227, 227)), summary(layers, (3, 224, 224))):
    ...     print(old.name, old.kind, old.output_shape, new.output_shape)
    1 Conv2d (96, 55, 55) (96, 54, 54)
    2 MaxPool2d (96, 27, 27) (96, 26, 26)
    3 Flatten (69984,) (64896,)
    4 Linear (10,) (10,)
    """
    if len(before.rows) != len(after.rows):
        rule = "Only summaries of as many layers can be compared."
        raise ConvError.broken(rule, before=len(before.rows), after=len(after.rows))
    return [
        (old, new) for old, new in zip(before.rows, after.rows, strict=True)
        if (old.output_shape, old.counts) != (new.output_shape, new.counts)
    ]


def with_ceil_mode(layers: Iterable[Layer], ceil_mode: bool = True) -> tuple[Layer, ...]:
    """Round the size of every pooling up, as Caffe does, or down.

    >>> with_ceil_mode([MaxPool2d(3, 2)])[0].output_shape((96, 54, 54))
    (96, 27, 27)
    """
    return tuple(_rounded(layer, ceil_mode) for layer in layers)


def _rounded(layer: Layer, ceil_mode: bool) -> Layer:
    if isinstance(layer, Pool):
        pool: Any = layer  # every kind of pool has the field
        return replace(pool, ceil_mode=ceil_mode)
    if isinstance(layer, Residual):
        return replace(
            layer, main=with_ceil_mode(layer.main, ceil_mode), shortcut=with_ceil_mode(layer.shortcut, ceil_mode)
        )
    return layer


def _rows(layers: Iterable[Layer], shape: Shape, source: str = INPUT, place: str = "") -> Iterator[Row]:
    """Give a row a layer, the rows of its branches first; ``source`` is the row that the first layer reads."""
    for number, layer in enumerate(layers, start=1):
        name, reads = f"{place}{number}", [source]
        if layer.branches:
            reads = []
            for branch, inner in layer.branches.items():
                rows = list(_rows(inner, shape, source, f"{name}.{branch}."))
                yield from rows
                reads.append(rows[-1].name if rows else source)
        try:
            row = Row(name, layer, tuple(reads), shape, _next_shape(layer, shape), layer.counts(shape))
        except ConvError as error:
            raise ConvError(f"Layer {name} ({type(layer).__name__}): {error}") from error
        yield row
        shape, source = row.output_shape, name


def _fields(rows: Sequence[Row], shape: Shape) -> dict[str, Field]:
    """Follow the receptive field as far as it is the same for every unit."""
    if len(shape) != 3:
        return {}
    nodes = [Node(row.name, row.reads, None if row.layer.branches else row.layer) for row in rows]

    def follow(count: int) -> dict[str, Field] | None:
        try:
            return graph(nodes[:count], shape[1:])
        except ConvError:
            return None

    found = follow(len(nodes))
    if found is None:
        works = bisect_left(range(1, len(nodes)), True, key=lambda count: follow(count) is None)
        found = follow(works)
    return found or {}


def _next_shape(layer: Layer, shape: Shape) -> Shape:
    if layer.needs_maps and len(shape) != 3:
        raise ConvError.broken("Input must be maps: (channels, rows, cols).", input=shape)
    return layer.output_shape(shape)


def _through(layers: Iterable[Layer], shape: Shape) -> Shape:
    for layer in layers:
        shape = layer.output_shape(shape)
    return shape


def whole(**number: int) -> int:
    """Read one whole number of at least 1 by its name.

    >>> whole(out_channels=0)
    Traceback (most recent call last):
    conv.errors.ConvError: Out channels must be at least 1. Received: out_channels=0.
    """
    (name, value), = number.items()
    label = name.replace("_", " ").capitalize()
    try:
        whole = operator.index(value)
    except TypeError:
        raise ConvError.broken(f"{label} must be a whole number.", **number) from None
    if whole < 1:
        raise ConvError.broken(f"{label} must be at least 1.", **number)
    return whole


def _window_arguments(kernel_size: Size, stride: Size, padding: Padding, dilation: Size) -> dict[str, object]:
    """Read a window's arguments as pairs; words of padding stay words, which need the input's size."""
    sides = pads(padding, 1, 1)
    if not isinstance(padding, str):
        symmetric = all(before == after for before, after in sides)
        padding = (sides[0][0], sides[1][0]) if symmetric else sides
    return {
        "kernel_size": as_pair(kernel_size, "kernel_size"), "stride": as_pair(stride, "stride"),
        "padding": padding, "dilation": as_pair(dilation, "dilation"),
    }


def _configuration(operation: Any, shape: Shape, layer: Conv2d | Pool) -> Configuration:
    """Write a layer's window as the configuration whose rules it follows."""
    window: Any = {name: getattr(layer, name) for name in ("kernel_size", "stride", "padding", "dilation")}
    return Configuration(operation, (shape[1], shape[2]), **window)
