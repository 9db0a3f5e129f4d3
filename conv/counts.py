"""What a layer costs: parameters, units, connections and multiply-adds, as the lecture counts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conv.configuration import POOLS, Configuration
from conv.errors import ConvError
from conv.geometry import Padding, Pair, Size, as_pair, output_size, transposed_output_size


@dataclass(frozen=True)
class Counts:
    """The costs of one layer.

    A connection is one weight at one place: what a shared kernel needs once, it uses everywhere.
    Weights that meet the padding count too, since the sizes are multiplied as on paper; a bias is
    a parameter but no connection.
    """

    weights: int
    biases: int
    input_units: int
    hidden_units: int
    connections: int
    multiply_adds: int

    @property
    def parameters(self) -> int:
        """Everything that is learnt: weights and biases."""
        return self.weights + self.biases


def layer_counts(
    input_size: Size, kernel_size: Size, *, in_maps: int = 1, out_maps: int = 1, groups: int = 1, bias: bool = True,
    stride: Size = 1, padding: Padding = 0, dilation: Size = 1,
) -> Counts:
    r"""Count a convolutional layer.

    .. math::
        \text{weights} = F_{out} (F_{in} / g) k_h k_w, \quad
        \text{units} = F_{out} o_h o_w, \quad
        \text{connections} = o_h o_w \cdot \text{weights}

    Parameters
    ----------
    input_size, kernel_size, stride, padding, dilation
        As for `conv.output_size`.
    in_maps, out_maps : int
        Input and output feature maps, at least 1.
    groups : int
        Divides both: each output map sees ``in_maps / groups`` input maps.
    bias : bool
        One for each output map.

    Raises
    ------
    ConvError
        ``Groups must divide the input and the output maps. Received: groups=2, in_maps=3, out_maps=4.``
        ``In maps must be at least 1. Received: in_maps=0.``
        and what `conv.output_size` refuses.

    Examples
    --------
    >>> lecture = layer_counts(7, 3)
    >>> lecture.parameters, lecture.hidden_units, lecture.connections  # 3*3 + 1, 5*5, 5*5 * 3*3
    (10, 25, 225)
    >>> layer_counts(7, 3, in_maps=3, out_maps=2).parameters  # 3*2*3*3 + 2
    56

    References
    ----------
    Bilen, *Machine Learning Practical*, lecture 7, 2018.
    """
    n = _pair(input_size)
    out = output_size(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    weights = _kernel_weights(kernel_size, in_maps, out_maps, groups)
    connections = _area(out) * weights
    return Counts(weights, out_maps * bias, in_maps * _area(n), out_maps * _area(out), connections, connections)


def transposed_counts(
    input_size: Size, kernel_size: Size, *, in_maps: int = 1, out_maps: int = 1, groups: int = 1, bias: bool = True,
    stride: Size = 1, padding: Padding = 0, output_padding: Size = 0, dilation: Size = 1,
) -> Counts:
    r"""Count a transposed convolution: every input, not every output, meets the whole kernel.

    .. math:: \text{connections} = n_h n_w \cdot \text{weights}

    Parameters and errors are those of `layer_counts` and `conv.geometry.transposed_output_size`.
    Connections to what the padding crops from the output count too.

    Examples
    --------
    >>> transposed = transposed_counts(5, 3)
    >>> transposed.parameters, transposed.hidden_units, transposed.connections  # 3*3 + 1, 7*7, 5*5 * 3*3
    (10, 49, 225)
    """
    n = _pair(input_size)
    out = transposed_output_size(
        n, kernel_size, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation
    )
    weights = _kernel_weights(kernel_size, in_maps, out_maps, groups)
    connections = _area(n) * weights
    return Counts(weights, out_maps * bias, in_maps * _area(n), out_maps * _area(out), connections, connections)


def locally_connected_counts(
    input_size: Size, kernel_size: Size, *, in_maps: int = 1, out_maps: int = 1, bias: bool = True, stride: Size = 1,
    padding: Padding = 0, dilation: Size = 1,
) -> Counts:
    """Count a layer with the windows of a convolution but another kernel, and bias, at each place.

    As many connections as a convolution, and as many weights as connections: what sharing saves.
    Parameters and errors are those of `layer_counts`.

    Examples
    --------
    >>> locally_connected_counts(7, 3).parameters  # 5*5 * (3*3 + 1)
    250
    """
    shared = layer_counts(
        input_size, kernel_size, in_maps=in_maps, out_maps=out_maps, bias=bias, stride=stride, padding=padding,
        dilation=dilation,
    )
    return Counts(
        shared.connections, shared.hidden_units * bias, shared.input_units, shared.hidden_units, shared.connections,
        shared.multiply_adds,
    )


def dense_counts(inputs: int, outputs: int, *, bias: bool = True) -> Counts:
    """Count a fully connected layer: every unit is connected to every input.

    Raises
    ------
    ConvError
        ``Inputs must be at least 1. Received: inputs=0.``

    Examples
    --------
    >>> dense_counts(200 * 200, 1000).connections
    40000000
    """
    _at_least_one(inputs=inputs, outputs=outputs)
    connections = inputs * outputs
    return Counts(connections, outputs * bias, inputs, outputs, connections, connections)


def pooling_counts(
    input_size: Size, kernel_size: Size, *, maps: int = 1, stride: Size | None = None, padding: Padding = 0,
    dilation: Size = 1, ceil_mode: bool = False,
) -> Counts:
    """Count a pooling, which has connections but learns nothing and multiplies nothing.

    Parameters
    ----------
    input_size, kernel_size, padding, dilation, ceil_mode
        As for `conv.output_size`.
    maps : int
        Feature maps, each pooled by itself.
    stride : int or (rows, cols), optional
        Left out, the kernel's size.

    Raises
    ------
    ConvError
        ``Maps must be at least 1. Received: maps=0.``
        and what `conv.output_size` refuses.

    Examples
    --------
    >>> pooled = pooling_counts(6, 2)
    >>> pooled.parameters, pooled.hidden_units, pooled.connections  # 0, 3*3, 3*3 * 2*2
    (0, 9, 36)
    """
    _at_least_one(maps=maps)
    n, step = _pair(input_size), kernel_size if stride is None else stride
    out = output_size(n, kernel_size, stride=step, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
    units = maps * _area(out)
    return Counts(0, 0, maps * _area(n), units, units * _area(as_pair(kernel_size, "kernel_size")), 0)


def of(configuration: Configuration) -> Counts:
    """Count the layer that a configuration is, of one map in and one out.

    Raises
    ------
    ConvError
        What `layer_counts`, `transposed_counts` and `pooling_counts` refuse.

    Examples
    --------
    >>> of(Configuration()) == layer_counts(7, 3)
    True
    >>> of(Configuration("max", (6, 6), (2, 2), stride=(2, 2))).connections  # 3*3 * 2*2
    36
    """
    c = configuration
    window: dict[str, Any] = {"stride": c.stride, "padding": c.padding, "dilation": c.dilation}
    if c.operation in POOLS:
        return pooling_counts(c.input_size, c.kernel_size, ceil_mode=c.ceil_mode, **window)
    if c.operation == "transposed":
        return transposed_counts(c.input_size, c.kernel_size, output_padding=c.output_padding, **window)
    return layer_counts(c.input_size, c.kernel_size, **window)


def _pair(input_size: Size) -> Pair:
    return as_pair(input_size, "input")


def _area(size: Pair) -> int:
    return size[0] * size[1]


def _kernel_weights(kernel_size: Size, in_maps: int, out_maps: int, groups: int) -> int:
    _at_least_one(in_maps=in_maps, out_maps=out_maps, groups=groups)
    if in_maps % groups or out_maps % groups:
        rule = "Groups must divide the input and the output maps."
        raise ConvError.broken(rule, groups=groups, in_maps=in_maps, out_maps=out_maps)
    return out_maps * (in_maps // groups) * _area(as_pair(kernel_size, "kernel_size"))


def _at_least_one(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise ConvError.broken(f"{name.replace('_', ' ').capitalize()} must be at least 1.", **{name: number})
