"""Receptive fields: which inputs a unit sees, through any chain or graph of layers.

A layer is anything with ``kernel_size``, ``stride``, ``padding`` and ``dilation``: `Layer` below, a
layer of `conv.layers` or `conv.blueprint`, or PyTorch's own. A layer without a kernel, such as ReLU
or Flatten, leaves each unit the field it has; a dense layer and a global pooling read the whole map below.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from conv.errors import ConvError
from conv.geometry import Padding, Pads, Pair, Size, as_pair, effective_kernel_size, output_size, pads, window_positions

INPUT = "input"  # what a graph's first nodes read
Maybe = tuple[int | None, int | None]  # (rows, cols), None where the unknown size of an input decides


@dataclass(frozen=True)
class Layer:
    """A layer of a stack made by hand.

    Parameters
    ----------
    kind : "conv", "max", "avg" or "dense"
        The arithmetic is the same for all but ``"dense"``, which reads the whole map below.
    kernel_size, stride, dilation : int or (rows, cols)
        At least 1.
    padding : int, (rows, cols), ((top, bottom), (left, right)), "valid", "same" or "full"
    """

    kind: str = "conv"
    kernel_size: Size = 1
    stride: Size = 1
    padding: Padding = 0
    dilation: Size = 1


@dataclass(frozen=True)
class Field:
    """What every unit of a layer sees of the input, ``(rows, cols)`` each.

    Unit ``u`` sees ``size`` inputs from ``u * jump - padding`` on, and their middle is ``start + u * jump``.
    """

    size: tuple[float, float]  # infinite where a dense layer reads a map of unknown size
    jump: Pair  # inputs between the fields of neighbouring units: the effective stride
    padding: Maybe  # inputs by which the first field begins before the input: the effective padding

    @property
    def start(self) -> tuple[float | None, float | None]:
        """Middle of the first unit's field, the first input being at 0: ``(size - 1) / 2 - padding``."""
        rows, cols = (
            (size - 1) / 2 - before if before is not None and math.isfinite(size) else None
            for size, before in zip(self.size, self.padding, strict=True)
        )
        return rows, cols


INPUT_FIELD = Field(size=(1, 1), jump=(1, 1), padding=(0, 0))


class _Resolved(Protocol):
    """What the recurrence needs of a layer."""

    @property
    def extent(self) -> tuple[float, float]: ...
    @property
    def stride(self) -> Pair: ...
    @property
    def before(self) -> Maybe: ...


@dataclass(frozen=True)
class Step:
    """A layer at its place in a stack: every size known."""

    kernel_size: Pair
    stride: Pair
    padding: Pads
    dilation: Pair
    ceil_mode: bool
    input_size: Pair
    output_size: Pair

    @property
    def extent(self) -> Pair:
        """The effective kernel size, ``d(k - 1) + 1``."""
        return effective_kernel_size(self.kernel_size, self.dilation)

    @property
    def before(self) -> Pair:
        """Padding at the top and at the left."""
        return self.padding[0][0], self.padding[1][0]

    @property
    def windows(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows and columns of the map below that each unit reads; see `conv.geometry.window_positions`."""
        return window_positions(
            self.input_size, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )


@dataclass(frozen=True)
class _Sizeless:
    """A layer whose input has no known size."""

    extent: tuple[float, float]
    stride: Pair
    before: Maybe


@dataclass(frozen=True)
class Node:
    """One layer of a graph: its name, the names of what it reads, and the layer.

    Without a layer it adds or joins its inputs, or passes on the only one.
    """

    name: str
    inputs: Sequence[str]
    layer: Any = None


@dataclass(frozen=True)
class Region:
    """The inputs that one unit sees: from the first to the last, as ranges of rows and columns.

    ``rows`` and ``cols`` hold inputs alone; the unclipped ones go on over the padding, and so may start below 0.
    """

    rows: range
    cols: range
    unclipped_rows: range
    unclipped_cols: range


# ---- chains ----------------------------------------------------------------------------------


def chain(layers: Iterable[Any], input_size: Size | None = None) -> list[Field]:
    r"""Follow the receptive field through a stack.

    .. math::
        r_l = r_{l-1} + (k_l - 1)\, j_{l-1}, \qquad
        j_l = j_{l-1}\, s_l, \qquad
        P_l = P_{l-1} + p_l\, j_{l-1}

    from :math:`r_0 = j_0 = 1` and :math:`P_0 = 0`, with the effective kernel :math:`d(k - 1) + 1` for k. So a
    pooling makes the field grow as a convolution does, and a stride all later growth.

    Parameters
    ----------
    layers : iterable
        From the input on; anything with ``kernel_size``, ``stride``, ``padding`` and ``dilation``.
    input_size : int or (rows, cols), optional
        What ``"same"`` with a stride, a dense layer and a global pooling need. Without it such a padding is None,
        and a dense layer's field infinite.

    Returns
    -------
    list of Field
        One a layer: ``size``, ``jump``, ``start`` and ``padding``, each a ``(rows, cols)`` pair. A dense layer is a
        convolution with a kernel as large as the map below.

    Raises
    ------
    ConvError
        As `conv.geometry.output_size` with an ``input_size``, and:
        ``A transposed convolution has no receptive field that is the same for every unit. Received: kernel_size=3.``
        ``A block of several branches is a graph, not a layer. Received: layer='Residual'.``
        ``An adaptive pooling has windows of one size only where its output divides its input.
        Received: input=(13, 13), output=(6, 6).``
        ``An adaptive pooling needs the input's size. Received: output=(6, 6).``

    Examples
    --------
    >>> two = [Layer(kernel_size=3), Layer(kernel_size=3)]
    >>> [field.size for field in chain(two)]
    [(3, 3), (5, 5)]
    >>> conv, pool = Layer(kernel_size=3), Layer("max", 2, stride=2)
    >>> [field.size[0] for field in chain([conv, pool, conv, pool, conv])]  # pooling grows it too
    [3, 4, 8, 10, 18]
    >>> chain([Layer("dense")], input_size=7)[0].size
    (7, 7)

    References
    ----------
    Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill, 2019. Their
    formulas give ``padding`` and the region's ends. Dang Ha, *A guide to receptive field arithmetic*, 2017, whose
    start is 0.5 more: it puts the first input's middle at 0.5.
    """
    if input_size is not None:
        return _follow(steps(layers, input_size))
    return _follow(_sizeless(layer) for layer in layers)


def steps(layers: Iterable[Any], input_size: Size) -> list[Step]:
    """Resolve a stack for an input: every padding in numbers, every map with its size.

    Raises
    ------
    ConvError
        As `chain`.

    Examples
    --------
    >>> [step.output_size for step in steps([Layer(kernel_size=3), Layer("max", 2, stride=2), Layer("dense")], 8)]
    [(6, 6), (3, 3), (1, 1)]
    """
    size, found = as_pair(input_size, "input"), []
    for layer in layers:
        found.append(_step(layer, size))
        size = found[-1].output_size
    return found


def region(layers: Iterable[Any], *, unit: Size, layer: int = -1, input_size: Size) -> Region:
    """Find the inputs that a unit sees.

    Parameters
    ----------
    layers : iterable
        As for `chain`.
    unit : int or (row, col)
        Counted from 0.
    layer : int
        The unit's layer, counted from 0, or from the last with -1.
    input_size : int or (rows, cols)

    Returns
    -------
    Region
        Clipped to what is really read: a padding between layers sees nothing, not even where it lies over the input.
        Between the first and the last there may be inputs that are not read; see `coverage`.

    Raises
    ------
    ConvError
        As `chain`, and:
        ``There is no such layer. Received: layer=3, layers=2.``
        ``The unit must lie within its layer's output. Received: unit=(5, 0), output=(5, 5).``

    Examples
    --------
    >>> two = [Layer(kernel_size=3, padding=1), Layer(kernel_size=3, padding=1)]
    >>> seen = region(two, unit=(0, 3), input_size=7)
    >>> seen.rows, seen.unclipped_rows, seen.cols
    (range(0, 3), range(-2, 3), range(1, 6))
    """
    stack = _up_to(steps(layers, input_size), layer)
    place = _within(unit, stack[-1].output_size)
    field = _follow(stack)[-1]
    whole, clipped = [], []
    for axis in (0, 1):
        first = place[axis] * field.jump[axis] - (field.padding[axis] or 0)
        whole.append(range(first, first + int(field.size[axis])))
        units = cone(stack, axis, place[axis])[0].tolist()
        clipped.append(range(units[0], units[-1] + 1) if units else range(0))
    return Region(clipped[0], clipped[1], whole[0], whole[1])


def cone(stack: Sequence[Step], axis: int, unit: int) -> list[NDArray[np.intp]]:
    """Follow what a unit of the last layer sees down through every map, along one axis.

    Parameters
    ----------
    stack : sequence of Step
        At least one, as `steps` makes it.
    axis : 0 or 1
        Rows or columns.
    unit : int
        Its row or column.

    Returns
    -------
    list of ndarray of int
        The units seen of each map in ascending order, the input first, the unit itself last.

    Examples
    --------
    >>> stack = steps([Layer(kernel_size=3, padding=1), Layer(kernel_size=2, dilation=2)], 7)
    >>> [units.tolist() for units in cone(stack, axis=0, unit=0)]
    [[0, 1, 2, 3], [0, 2], [0]]
    """
    found = [np.array([unit])]
    for step in reversed(stack):
        units = np.unique(step.windows[axis][found[0]])
        found.insert(0, units[(units >= 0) & (units < step.input_size[axis])])
    return found


def coverage(layers: Iterable[Any], input_size: Size) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Count the units of the last layer that see each input row and each input column.

    The axes are independent: input ``(row, col)`` is seen by ``row_counts[row] * col_counts[col]`` units.

    Returns
    -------
    row_counts, col_counts : ndarray of int, shapes (H,) and (W,)
        Zero where no unit looks: strides larger than their kernels leave holes, and rounding down a rest at the end.

    Raises
    ------
    ConvError
        As `chain`.

    Examples
    --------
    >>> rows, _ = coverage([Layer(kernel_size=1, stride=2), Layer(kernel_size=2)], 6)
    >>> rows.tolist()
    [1, 0, 2, 0, 1, 0]
    """
    stack = steps(layers, input_size)
    size = as_pair(input_size, "input")
    rows, cols = (_seen(stack, axis, size[axis]).sum(axis=0) for axis in (0, 1))
    return rows, cols


def paths(
    layers: Iterable[Any], input_size: Size, *, unit: Size | None = None, layer: int = -1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count the ways from each input row and column up through the windows to a unit.

    They are many in the middle of a field and few at its border: this is why the effective field is smaller.

    Parameters
    ----------
    layers, input_size
        As for `chain`.
    unit : int or (row, col), optional
        Where the ways end; all units of the layer together if left out.
    layer : int
        As for `region`.

    Returns
    -------
    row_paths, col_paths : ndarray of float, shapes (H,) and (W,)
        Whole numbers, exact up to 2**53; ``row_paths[row] * col_paths[col]`` ways lead from an input.

    Raises
    ------
    ConvError
        As `region`.

    Examples
    --------
    >>> rows, _ = paths([Layer(kernel_size=3), Layer(kernel_size=3)], 7, unit=(1, 1))
    >>> rows.tolist()
    [0.0, 1.0, 2.0, 3.0, 2.0, 1.0, 0.0]
    """
    stack = _up_to(steps(layers, input_size), layer)
    place = None if unit is None else _within(unit, stack[-1].output_size)
    found = []
    for axis in (0, 1):
        ways = np.ones(stack[-1].output_size[axis])
        if place is not None:
            ways[np.arange(ways.size) != place[axis]] = 0
        for step in reversed(stack):
            windows, size = step.windows[axis], step.input_size[axis]
            inside = (windows >= 0) & (windows < size)
            repeated = np.broadcast_to(ways[:, None], windows.shape)[inside]
            ways = np.bincount(windows[inside], repeated, size).astype(np.float64, copy=False)
        found.append(ways)
    return found[0], found[1]


# ---- graphs ----------------------------------------------------------------------------------


def graph(nodes: Iterable[Node], input_size: Size | None = None) -> dict[str, Field]:
    """Follow the receptive field through a network with branches.

    Where branches meet, the field is the largest of theirs. That is one field for every unit only if the branches are
    aligned: they must have the same jump and the same middle. Where a padding depends on an input size that is not
    known, the middles cannot be compared, and the result's padding is None.

    Parameters
    ----------
    nodes : iterable of Node
        Each after those it reads; ``"input"`` is the input.
    input_size : int or (rows, cols), optional
        As for `chain`.

    Returns
    -------
    dict of str to Field
        By the nodes' names.

    Raises
    ------
    ConvError
        As `chain`, and:
        ``Branches that meet must have the same jump. Received: node='sum', jump=[(2, 2), (1, 1)].``
        ``Branches that meet must see around the same middle. Received: node='sum', start=[(0.0, 0.0), (1.0, 1.0)].``
        ``Branches that meet must have the same size. Received: node='sum', sizes=[(4, 4), (2, 2)].``
        ``A node must come after those it reads. Received: node='sum', inputs=('conv',).``

    Examples
    --------
    >>> block = [
    ...     Node("conv1", ["input"], Layer(kernel_size=3, padding=1)),
    ...     Node("conv2", ["conv1"], Layer(kernel_size=3, padding=1)),
    ...     Node("sum", ["conv2", "input"]),
    ... ]
    >>> graph(block)["sum"]
    Field(size=(5, 5), jump=(1, 1), padding=(2, 2))

    References
    ----------
    Araujo, Norris & Sim, 2019, "Arbitrary computation graphs".
    """
    fields = {INPUT: INPUT_FIELD}
    sizes = {INPUT: None if input_size is None else as_pair(input_size, "input")}
    for node in nodes:
        names = tuple(node.inputs)
        if not names or not set(names) <= set(fields):
            raise ConvError.broken("A node must come after those it reads.", node=node.name, inputs=names)
        field, size = _meet(node.name, [fields[name] for name in names]), _same_size(node.name, names, sizes)
        if node.layer is not None:
            layer = _sizeless(node.layer) if size is None else _step(node.layer, size)
            field = _grow(field, layer)
            size = layer.output_size if isinstance(layer, Step) else None
        fields[node.name], sizes[node.name] = field, size
    del fields[INPUT]
    return fields


def _meet(name: str, branches: Sequence[Field]) -> Field:
    """Join the fields of branches that are aligned."""
    if len({branch.jump for branch in branches}) > 1:
        rule = "Branches that meet must have the same jump."
        raise ConvError.broken(rule, node=name, jump=[branch.jump for branch in branches])
    starts = [branch.start for branch in branches]
    if any(len({start[axis] for start in starts} - {None}) > 1 for axis in (0, 1)):
        raise ConvError.broken("Branches that meet must see around the same middle.", node=name, start=starts)
    size = [max(branch.size[axis] for branch in branches) for axis in (0, 1)]
    # The largest field begins first, for all have the same middle.
    befores = [[branch.padding[axis] for branch in branches] for axis in (0, 1)]
    padding = [None if None in before else max(before) for before in befores]  # type: ignore[type-var]
    return Field((size[0], size[1]), branches[0].jump, (padding[0], padding[1]))


def _same_size(name: str, inputs: Sequence[str], sizes: Mapping[str, Pair | None]) -> Pair | None:
    found = [sizes[each] for each in inputs]
    if len(set(found)) > 1:
        raise ConvError.broken("Branches that meet must have the same size.", node=name, sizes=found)
    return found[0]


# ---- one layer -------------------------------------------------------------------------------


def _follow(layers: Iterable[_Resolved]) -> list[Field]:
    fields = [INPUT_FIELD]
    for layer in layers:
        fields.append(_grow(fields[-1], layer))
    return fields[1:]


def _grow(field: Field, layer: _Resolved) -> Field:
    """Apply the recurrence once."""
    size, padding = [], []
    for axis in (0, 1):
        size.append(field.size[axis] + (layer.extent[axis] - 1) * field.jump[axis])
        known, added = field.padding[axis], layer.before[axis]
        padding.append(None if known is None or added is None else known + added * field.jump[axis])
    jump = field.jump[0] * layer.stride[0], field.jump[1] * layer.stride[1]
    return Field((size[0], size[1]), jump, (padding[0], padding[1]))


def _step(layer: Any, input_size: Pair) -> Step:
    """Read a layer above a map of known size."""
    layer = _described(layer)
    outputs = _fixed_output(layer)
    if outputs is not None:
        if any(n % o for n, o in zip(input_size, outputs, strict=True)):
            rule = "An adaptive pooling has windows of one size only where its output divides its input."
            raise ConvError.broken(rule, input=input_size, output=outputs)
        kernel = input_size[0] // outputs[0], input_size[1] // outputs[1]
        stride = kernel if outputs != (1, 1) else outputs  # one unit has no neighbour to step to
        return Step(kernel, stride, ((0, 0), (0, 0)), (1, 1), False, input_size, outputs)
    kernel, stride, dilation, padding = _arguments(layer)
    ceil_mode = bool(getattr(layer, "ceil_mode", False))
    sides = pads(padding, input_size, kernel, stride=stride, dilation=dilation)
    size = as_pair(
        output_size(input_size, kernel, stride=stride, padding=sides, dilation=dilation, ceil_mode=ceil_mode), "output"
    )
    return Step(kernel, stride, sides, dilation, ceil_mode, input_size, size)


def _sizeless(layer: Any) -> _Sizeless:
    """Read a layer above a map of unknown size."""
    layer = _described(layer)
    outputs = _fixed_output(layer)
    if outputs is not None:
        if outputs != (1, 1):
            raise ConvError.broken("An adaptive pooling needs the input's size.", output=outputs)
        return _Sizeless((math.inf, math.inf), (1, 1), (0, 0))
    kernel, stride, dilation, padding = _arguments(layer)
    extent = effective_kernel_size(kernel, dilation)
    before = [_before(padding, kernel, stride, dilation, axis) for axis in (0, 1)]
    return _Sizeless(extent, stride, (before[0], before[1]))


def _described(layer: Any) -> Any:
    """Give what tells a layer's arguments: its blueprint, if it is one of `conv.layers`."""
    return getattr(layer, "blueprint", layer)


def _before(padding: Padding, kernel: Pair, stride: Pair, dilation: Pair, axis: int) -> int | None:
    """Padding at the top or left, None where sizes of the input differ in it."""
    # "same" depends on the size's rest by the stride alone: one size of each is enough to ask.
    found = {
        pads(padding, size, kernel, stride=stride, dilation=dilation)[axis][0]
        for size in range(1, stride[axis] + 1)
    }
    return found.pop() if len(found) == 1 else None


def _arguments(layer: Any) -> tuple[Pair, Pair, Pair, Padding]:
    """Give kernel, stride, dilation and padding; what has no kernel reads the one unit below it."""
    kernel_size = getattr(layer, "kernel_size", None)
    if kernel_size is None:
        if getattr(layer, "branches", None):
            rule = "A block of several branches is a graph, not a layer."
            raise ConvError.broken(rule, layer=type(layer).__name__)
        return (1, 1), (1, 1), (1, 1), 0
    if "transpose" in kind_of(layer):
        rule = "A transposed convolution has no receptive field that is the same for every unit."
        raise ConvError.broken(rule, kernel_size=kernel_size)
    stride = getattr(layer, "stride", None)
    return (
        as_pair(kernel_size, "kernel_size"),
        as_pair(kernel_size if stride is None else stride, "stride"),  # as PyTorch's poolings
        as_pair(getattr(layer, "dilation", 1), "dilation"),
        getattr(layer, "padding", 0),
    )


def kind_of(layer: Any) -> str:
    """Say what a layer is, by its ``kind`` or the name of its class."""
    return str(getattr(layer, "kind", type(layer).__name__)).lower()


def _fixed_output(layer: Any) -> Pair | None:
    """Size of what a layer gives whatever it reads: a unit, of a dense layer, or an adaptive pooling's output."""
    if kind_of(layer) == "dense" or hasattr(layer, "out_features"):
        return 1, 1
    outputs = getattr(layer, "output_size", None)
    return None if outputs is None or callable(outputs) else as_pair(outputs, "output_size")


def _up_to(stack: Sequence[Step], layer: int) -> Sequence[Step]:
    if not -len(stack) <= layer < len(stack):
        raise ConvError.broken("There is no such layer.", layer=layer, layers=len(stack))
    return stack[: layer % len(stack) + 1]


def _within(unit: Size, size: Pair) -> Pair:
    place = as_pair(unit, "unit", least=0)
    if place[0] >= size[0] or place[1] >= size[1]:
        raise ConvError.broken("The unit must lie within its layer's output.", unit=place, output=size)
    return place


def _seen(stack: Sequence[Step], axis: int, size: int) -> NDArray[np.bool_]:
    """Tell for each unit of the last layer and each input whether the one sees the other, along one axis."""
    sees = np.eye(size, dtype=bool)
    for step in stack:
        windows, units = step.windows[axis], step.input_size[axis]
        padding = np.zeros((1, size), bool)
        outside = (windows < 0) | (windows >= units)
        taps = np.concatenate([sees, padding])[np.where(outside, units, windows)]  # (units, taps, size)
        sees = np.logical_or.reduce(taps, axis=1)
    return sees
