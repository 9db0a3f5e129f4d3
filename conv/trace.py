"""What one sweep of the window shows, step by step, as plain arrays.

A trace holds everything that a picture of the sweep needs, so that whatever draws it computes
nothing: where the window stands at each step, what it reads, each product, the sum as it grows
and the result. Steps go through the outputs row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv import convolution as operators
from conv import geometry, pooling
from conv.arrays import quiet
from conv.configuration import Configuration
from conv.errors import ConvError
from conv.geometry import Padding, Pads, Pair, Size, as_pair
from conv.padding import PaddingMode, pad2d

Floats = NDArray[np.float64]

# What a cell of the grid under the window is.
INPUT, PADDING, STRETCH, OUTSIDE = range(4)


@dataclass(frozen=True)
class Trace:
    """A window that gathers: every step reads one window and writes one output.

    Attributes
    ----------
    grid : (H_grid, W_grid)
        What the window slides over: the input with its padding (max pooling pads with minus
        infinity), for a transposed convolution the input stretched by zeros as well.
    kinds : (H_grid, W_grid)
        ``INPUT``, ``PADDING``, ``STRETCH`` (a zero between inputs) or ``OUTSIDE`` (the part of a
        ``ceil_mode`` window that hangs over the edge; its value is NaN).
    input_rows : (H_grid,), input_cols : (W_grid,)
        Which input row or column stands there, -1 where none does.
    weight : (KH, KW) or None
        The kernel as it is laid on the window: flipped where the operation flips it.
    window_rows : (H_out, KH), window_cols : (W_out, KW)
        Grid rows and columns that the window of an output row or column reads.
    terms : (H_out, W_out, KH, KW)
        What each cell contributes: ``x * w``; for pooling ``x``, or ``|x|**p``. NaN if outside.
        A power may be too large for a float, and then it and its sums are infinite; the output,
        whose powers are taken of ratios, is not.
    totals : (H_out, W_out, KH)
        The terms' running sum after each row of the window (pooling: what is to be rooted or
        divided; not meaningful for a maximum).
    divisors : (H_out, W_out) or None
        Average pooling's number of counted cells.
    winners : (H_out, W_out, 2) or None
        Row and column, in the window, of the maximum (the first of equals).
    bias : float
    output : (H_out, W_out)
    """

    grid: Floats
    kinds: NDArray[np.uint8]
    input_rows: NDArray[np.intp]
    input_cols: NDArray[np.intp]
    weight: Floats | None
    window_rows: NDArray[np.intp]
    window_cols: NDArray[np.intp]
    terms: Floats
    totals: Floats
    divisors: Floats | None
    winners: NDArray[np.intp] | None
    bias: float
    output: Floats


@dataclass(frozen=True)
class ScatterTrace:
    """A window that scatters: every step reads one input and adds to a window of outputs.

    Attributes
    ----------
    grid : (H, W)
        The input.
    weight : (KH, KW)
    window_rows : (H, KH), window_cols : (W, KW)
        Rows and columns of the canvas to which an input row or column adds.
    terms : (H, W, KH, KW)
        ``x * w`` for every input and weight.
    totals : (H, W, KH, KW)
        What stands in the canvas's cell once that term is added; the bias is there from the start.
    canvas : (H_canvas, W_canvas)
        The final sums before the padding is cut away.
    crop : ((top, bottom), (left, right))
        How much of the canvas the padding cuts away.
    bias : float
    output : (H_out, W_out)
    """

    grid: Floats
    weight: Floats
    window_rows: NDArray[np.intp]
    window_cols: NDArray[np.intp]
    terms: Floats
    totals: Floats
    canvas: Floats
    crop: Pads
    bias: float
    output: Floats


def sweep(configuration: Configuration, x: ArrayLike, weight: ArrayLike, bias: float = 0.0) -> Trace:
    """Trace whatever operation a configuration names; pooling has no use for weight and bias.

    Examples
    --------
    >>> c = Configuration("sum", input_size=(2, 2), kernel_size=(2, 2))
    >>> sweep(c, [[1, 2], [3, 4]], []).output.tolist()
    [[10.0]]
    """
    c = configuration
    if c.operation == "conv":
        return convolution(
            x, weight, bias, stride=c.stride, padding=c.padding, dilation=c.dilation,
            padding_mode=c.padding_mode, flip=c.flip,
        )
    if c.operation == "transposed":
        return transposed(
            x, weight, bias, stride=c.stride, padding=c.padding, output_padding=c.output_padding, dilation=c.dilation
        )
    return pool(
        c.operation, x, c.kernel_size, norm_type=c.norm_type, stride=c.stride, padding=c.padding,
        dilation=c.dilation, ceil_mode=c.ceil_mode, count_include_pad=c.count_include_pad,
    )


@quiet
def convolution(
    x: ArrayLike, weight: ArrayLike, bias: float = 0.0, *, stride: Size = 1, padding: Padding = 0,
    dilation: Size = 1, padding_mode: PaddingMode = "zeros", flip: bool = False,
) -> Trace:
    """Trace a convolution of one map with one kernel.

    .. math:: h_{ij} = \\sum_{k,l} w_{kl} x_{is + kd,\\, js + ld} + b

    With ``flip`` the kernel is turned by 180 degrees first: the true convolution of mathematics
    and signal processing, where deep learning's is a cross-correlation.

    Parameters
    ----------
    x : (H, W)
    weight : (KH, KW)
    bias, stride, padding, dilation, padding_mode
        As for `conv.conv2d`.

    Returns
    -------
    Trace
        ``output`` has the shape that `conv.output_size` tells.

    Raises
    ------
    ConvError
        ``Input must have 2 dimensions, (rows, cols). Received: shape=(3,).`` and all that
        `conv.conv2d` refuses.

    Examples
    --------
    >>> t = convolution([[0, 1, 2], [3, 4, 5]], [[1, 2], [3, 4]], bias=0.5)
    >>> t.terms[0, 0].tolist(), t.totals[0, 0].tolist(), t.output.tolist()
    ([[0.0, 2.0], [9.0, 16.0]], [2.0, 27.0], [[27.5, 37.5]])
    """
    image, kernel = _plane(x, "Input"), _plane(weight, "Kernel")
    applied = kernel[::-1, ::-1] if flip else kernel
    step: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    output = operators.conv2d(
        image[None], applied[None, None], np.array([bias], float), padding_mode=padding_mode, **step
    )[0]
    s, d = as_pair(stride, "stride"), as_pair(dilation, "dilation")
    sides = geometry.pads(padding, image.shape, kernel.shape, stride=s, dilation=d)
    grid = pad2d(image[None], sides, mode=padding_mode)[0]
    return _gather(grid, *_places(image.shape, sides), applied, output, kernel.shape, s, d, bias)


@quiet
def transposed(
    x: ArrayLike, weight: ArrayLike, bias: float = 0.0, *, stride: Size = 1, padding: Padding = 0,
    output_padding: Size = 0, dilation: Size = 1,
) -> Trace:
    """Trace a transposed convolution as the convolution that it equals.

    The input is stretched by ``s - 1`` zeros between neighbours and padded by ``d(k - 1) - p``
    (``output_padding`` more at the bottom and right); over it the flipped kernel slides at
    stride 1. Where the padding is the larger, that much of the stretched input is cut away.

    Parameters
    ----------
    x : (H, W)
    weight : (KH, KW)
    bias, stride, padding, output_padding, dilation
        As for `conv.conv_transpose2d`.

    Examples
    --------
    >>> t = transposed([[1, 2]], [[1, 10]], stride=2)
    >>> t.grid.tolist(), t.output.tolist()
    ([[0.0, 1.0, 0.0, 2.0, 0.0]], [[1.0, 10.0, 2.0, 20.0]])

    References
    ----------
    Dumoulin & Visin, 2016, relationship 14.
    """
    image, kernel = _plane(x, "Input"), _plane(weight, "Kernel")
    options: dict[str, Any] = {
        "stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation,
    }
    output = operators.conv_transpose2d(image[None], kernel[None, None], np.array([bias], float), **options)[0]
    s, d = as_pair(stride, "stride"), as_pair(dilation, "dilation")
    extra = as_pair(output_padding, "output_padding", least=0)
    sides = geometry.transposed_pads(padding, image.shape, kernel.shape, stride=s, dilation=d)
    reach = [extent - 1 for extent in geometry.effective_kernel_size(kernel.shape, d)]
    rows, cols = (
        _stretched(image.shape[a], s[a], reach[a] - sides[a][0], reach[a] - sides[a][1] + extra[a]) for a in (0, 1)
    )
    inside = (rows >= 0)[:, None] & (cols >= 0)[None, :]
    grid = np.where(inside, image[np.ix_(np.maximum(rows, 0), np.maximum(cols, 0))], 0.0)
    between = (rows > -2)[:, None] & (cols > -2)[None, :]
    kinds = np.where(inside, INPUT, np.where(between, STRETCH, PADDING)).astype(np.uint8)
    return _gather(
        grid, kinds, np.maximum(rows, -1), np.maximum(cols, -1), kernel[::-1, ::-1], output, kernel.shape, (1, 1), d,
        bias,
    )


@quiet
def scattering(
    x: ArrayLike, weight: ArrayLike, bias: float = 0.0, *, stride: Size = 1, padding: Padding = 0,
    output_padding: Size = 0, dilation: Size = 1,
) -> ScatterTrace:
    """Trace a transposed convolution as it is defined: each input spreads over a window of outputs.

    .. math:: h_{is + kd,\\, js + ld} \\mathrel{+}= x_{ij} w_{kl}

    and ``padding`` rows and columns are cut off the canvas afterwards.

    Examples
    --------
    >>> t = scattering([[1, 2]], [[1, 10]])
    >>> t.totals[0, :, 0].tolist(), t.output.tolist()
    ([[1.0, 10.0], [12.0, 20.0]], [[1.0, 12.0, 20.0]])
    """
    image, kernel = _plane(x, "Input"), _plane(weight, "Kernel")
    options: dict[str, Any] = {
        "stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation,
    }
    output = operators.conv_transpose2d(image[None], kernel[None, None], np.array([bias], float), **options)[0]
    s, d = as_pair(stride, "stride"), as_pair(dilation, "dilation")
    crop = geometry.transposed_pads(padding, image.shape, kernel.shape, stride=s, dilation=d)
    canvas = np.full([size + sum(sides) for size, sides in zip(output.shape, crop, strict=True)], float(bias))
    rows, cols = (_windows(image.shape[a], kernel.shape[a], s[a], d[a]) for a in (0, 1))
    terms = image[:, :, None, None] * kernel  # (H, W, KH, KW)
    totals = np.empty_like(terms)
    for row in range(image.shape[0]):
        for col in range(image.shape[1]):
            window = np.ix_(rows[row], cols[col])
            canvas[window] += terms[row, col]
            totals[row, col] = canvas[window]
    return ScatterTrace(image, kernel, rows, cols, terms, totals, canvas, crop, float(bias), output)


@quiet
def pool(
    kind: str, x: ArrayLike, kernel_size: Size, *, norm_type: float = 2.0, stride: Size | None = None,
    padding: Padding = 0, dilation: Size = 1, ceil_mode: bool = False, count_include_pad: bool = True,
) -> Trace:
    """Trace a pooling of one map.

    Parameters
    ----------
    kind : "max", "avg", "sum" or "lp"
    x : (H, W)
    kernel_size, norm_type, stride, padding, dilation, ceil_mode, count_include_pad
        As for `conv.max_pool2d` and its kin; ``dilation`` is max pooling's alone.

    Raises
    ------
    ConvError
        ``Kind must be 'max', 'avg', 'sum' or 'lp'. Received: kind='median'.``

    Examples
    --------
    >>> t = pool("max", [[1, 3], [3, 2]], 2)
    >>> t.output.tolist(), t.winners.tolist()  # the first of equals
    ([[3.0]], [[[0, 1]]])
    >>> pool("lp", [[3, 4]], (1, 2)).totals.tolist()
    [[[25.0]]]
    """
    image = _plane(x, "Input")
    k, d = as_pair(kernel_size, "kernel_size"), as_pair(dilation, "dilation")
    s = k if stride is None else as_pair(stride, "stride")
    options: dict[str, Any] = {"stride": s, "padding": padding, "ceil_mode": ceil_mode}
    if kind == "max":
        output = pooling.max_pool2d(image[None], k, dilation=d, **options)[0]
    elif kind == "avg":
        output = pooling.avg_pool2d(image[None], k, count_include_pad=count_include_pad, **options)[0]
    elif kind == "sum":
        output = pooling.sum_pool2d(image[None], k, **options)[0]
    elif kind == "lp":
        output = pooling.lp_pool2d(image[None], norm_type, k, **options)[0]
    else:
        raise ConvError.broken("Kind must be 'max', 'avg', 'sum' or 'lp'.", kind=kind)
    sides = geometry.pads(padding, image.shape, k, stride=s, dilation=d)
    grid = pad2d(image[None], sides, value=-np.inf if kind == "max" else 0.0)[0]
    kinds, rows, cols = _places(image.shape, sides)
    grid, kinds, rows, cols = _overhang(grid, kinds, rows, cols, output.shape, k, s, d)
    trace = _gather(grid, kinds, rows, cols, None, output, k, s, d, 0.0)
    return _finish_pooling(trace, kind, norm_type, count_include_pad)


def _finish_pooling(trace: Trace, kind: str, norm_type: float, count_include_pad: bool) -> Trace:
    """Add what tells one pooling from another: the winner, the divisor, the powers."""
    fields = vars(trace).copy()
    h, w, kh, kw = trace.terms.shape
    if kind == "max" or (kind == "lp" and np.isinf(norm_type)):
        magnitudes = trace.terms if kind == "max" else np.abs(trace.terms)
        flat = np.where(np.isnan(magnitudes), -np.inf, magnitudes).reshape(h, w, kh * kw).argmax(-1)
        fields["winners"] = np.stack(np.unravel_index(flat, (kh, kw)), axis=-1)
    elif kind == "lp":
        fields["terms"] = np.abs(trace.terms) ** norm_type
    if kind == "avg":
        counted = trace.kinds != OUTSIDE if count_include_pad else trace.kinds == INPUT
        fields["divisors"] = _read(counted, trace.window_rows, trace.window_cols).sum((-2, -1)).astype(float)
    fields["totals"] = np.nansum(fields["terms"], axis=-1).cumsum(-1)
    return Trace(**fields)


def _gather(
    grid: Floats, kinds: NDArray, input_rows: NDArray, input_cols: NDArray, weight: Floats | None, output: Floats,
    kernel_size: Pair, stride: Pair, dilation: Pair, bias: float,
) -> Trace:
    """Slide the window over the grid: one window an output, one term a cell of the window."""
    rows, cols = (_windows(output.shape[a], kernel_size[a], stride[a], dilation[a]) for a in (0, 1))
    windows = _read(grid, rows, cols)  # (H_out, W_out, KH, KW)
    terms = windows if weight is None else windows * weight
    totals = terms.sum(-1).cumsum(-1)  # (H_out, W_out, KH)
    return Trace(
        grid, kinds, input_rows, input_cols, weight, rows, cols, terms, totals, None, None, float(bias), output
    )


def _read(grid: NDArray, rows: NDArray, cols: NDArray) -> NDArray:
    """All windows of a grid, (H_out, W_out, KH, KW)."""
    return grid[rows[:, None, :, None], cols[None, :, None, :]]


def _windows(steps: int, kernel_size: int, stride: int, dilation: int) -> NDArray[np.intp]:
    """Positions that the window reads on one axis, (steps, kernel_size)."""
    return np.arange(steps)[:, None] * stride + np.arange(kernel_size) * dilation


def _places(shape: tuple[int, ...], sides: Pads) -> tuple[NDArray, NDArray, NDArray]:
    """Kinds of a padded grid's cells, and the input row and column that each shows."""
    rows, cols = (
        np.pad(np.arange(size), side, constant_values=-1) for size, side in zip(shape, sides, strict=True)
    )
    kinds = np.where((rows >= 0)[:, None] & (cols >= 0)[None, :], INPUT, PADDING).astype(np.uint8)
    return kinds, rows, cols


def _overhang(
    grid: Floats, kinds: NDArray, rows: NDArray, cols: NDArray, out_shape: Pair, kernel_size: Pair, stride: Pair,
    dilation: Pair,
) -> tuple[Floats, NDArray, NDArray, NDArray]:
    """Extend the grid to where ceil_mode's last window ends."""
    ends = [(out_shape[a] - 1) * stride[a] + dilation[a] * (kernel_size[a] - 1) + 1 for a in (0, 1)]
    more = [(0, max(0, ends[a] - grid.shape[a])) for a in (0, 1)]
    return (
        np.pad(grid, more, constant_values=np.nan),
        np.pad(kinds, more, constant_values=OUTSIDE),
        np.pad(rows, more[0], constant_values=-1),
        np.pad(cols, more[1], constant_values=-1),
    )


def _stretched(size: int, stride: int, before: int, after: int) -> NDArray[np.intp]:
    """Input positions along one stretched axis: -1 for a zero between inputs, -2 for padding."""
    line = np.full((size - 1) * stride + 1, -1)
    line[::stride] = np.arange(size)
    line = np.pad(line, (max(before, 0), max(after, 0)), constant_values=-2)
    return line[max(-before, 0) : len(line) - max(-after, 0)]


def _plane(values: ArrayLike, name: str) -> Floats:
    """One map as float64."""
    plane = np.array(values, dtype=np.float64)
    if plane.ndim != 2:
        raise ConvError.broken(f"{name} must have 2 dimensions, (rows, cols).", shape=plane.shape)
    return plane
