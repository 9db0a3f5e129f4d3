r"""What a shift of the input does to an output: it moves along, stays as it is, or is another.

A convolution is equivariant: :math:`f(T_{ts}\, x) = T_t f(x)` for a shift of the input by t strides, wherever the
window sees the same pixels before and after. At the border it does not: pixels leave, others come in, and padding
does not move. A pooling is that too, and besides partly invariant: some of :math:`f(T x) = f(x)` stays in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv import convolution, geometry, pooling
from conv.arrays import quiet
from conv.configuration import POOLS, Configuration
from conv.errors import ConvError
from conv.geometry import Pair

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROUNDING = 1e-9  # of the numbers that are added up: sums of the same terms may differ by the order of addition


@dataclass(frozen=True)
class Comparison:
    """The outputs of one input, shifted in several ways, beside that of the input as it was.

    Attributes
    ----------
    shifts : (S, 2)
        Rows down and columns to the right, negative up and to the left.
    before : (H_out, W_out)
        Output of the input as it was.
    after : (S, H_out, W_out)
        Outputs of the shifted inputs.
    along : (S, 2)
        By how many rows and columns the output should move along: the shift over the stride. NaN
        where that is not a whole number, and for a dense layer, whose outputs have no places.
    moved : (S, H_out, W_out)
        The output before, moved along; NaN where nothing has come from, or ``along`` is NaN.
    followed : (S, H_out, W_out) of bool
        Where ``after`` is ``moved``: the output moved along with the input.
    stayed : (S, H_out, W_out) of bool
        Where ``after`` is ``before``: the output is the same in its place.
    border : (S, H_out, W_out) of bool
        Where a window, before or after, reads padding, what left or what came in. Everywhere else
        ``followed`` holds if ``along`` is whole. All of a dense layer's windows do.
    """

    shifts: NDArray[np.intp]
    before: Floats
    after: Floats
    along: Floats
    moved: Floats
    followed: Mask
    stayed: Mask
    border: Mask


def shift(x: ArrayLike, rows: int, cols: int, *, fill: float = 0.0, wrap: bool = False) -> Floats:
    """Move an image by whole pixels.

    Parameters
    ----------
    x : array_like, (..., H, W)
    rows, cols : int
        Down and to the right; negative up and to the left.
    fill : float
        What comes in at the other side; what leaves is lost.
    wrap : bool
        What leaves comes in at the other side, and ``fill`` does not count.

    Returns
    -------
    ndarray of float64, (..., H, W)

    Raises
    ------
    ConvError
        ``A shift needs an image of rows and columns. Received: shape=(3,).``

    Examples
    --------
    >>> shift([[1, 2, 3]], 0, 1)
    array([[0., 1., 2.]])
    >>> shift([[1, 2, 3]], 0, 1, wrap=True)
    array([[3., 1., 2.]])
    """
    image = np.asarray(x, dtype=float)
    if image.ndim < 2:
        raise ConvError.broken("A shift needs an image of rows and columns.", shape=image.shape)
    if wrap:
        return np.roll(image, (rows, cols), (-2, -1))
    shifted = np.full_like(image, fill)
    (to_rows, from_rows), (to_cols, from_cols) = (
        _overlap(size, by) for size, by in zip(image.shape[-2:], (rows, cols), strict=True)
    )
    shifted[..., to_rows, to_cols] = image[..., from_rows, from_cols]
    return shifted


@quiet
def compare(
    configuration: Configuration, x: ArrayLike, shifts: Sequence[Pair], weight: ArrayLike = (), bias: float = 0.0, *,
    wrap: bool = False,
) -> Comparison:
    """Shift the input of a convolution or a pooling, and compare what comes out.

    Parameters
    ----------
    configuration : Configuration
        A valid one, not transposed, of the size of ``x``.
    x : (H, W)
    shifts : sequence of S pairs (rows, cols)
        Down and to the right.
    weight : (KH, KW), bias : float
        Of a convolution.
    wrap : bool
        What leaves the input, and the output that moves along, comes in at the other side.

    Returns
    -------
    Comparison
        Two outputs are equal if no more than rounding tells them apart.

    Raises
    ------
    ConvError
        ``Shifts are compared for convolution and pooling. Received: operation='transposed'.``
        ``The numbers must have the sizes of the configuration. Received: x=(3, 3), input_size=(7, 7).``
        and what the operations refuse.

    Examples
    --------
    >>> ramp = np.arange(8.0).reshape(2, 4)
    >>> one = Configuration(input_size=(2, 4), kernel_size=(2, 2))
    >>> c = compare(one, ramp, [(0, 1)], [[0, 0], [0, 1]])
    >>> c.before.tolist(), c.after[0].tolist(), c.followed[0].tolist(), c.border[0].tolist()
    ([[5.0, 6.0, 7.0]], [[4.0, 5.0, 6.0]], [[False, True, True]], [[True, False, False]])

    References
    ----------
    Goodfellow, Bengio & Courville, *Deep Learning*, 2016, section 9.2 (equivariance) and 9.3 (invariance).
    """
    c, image = configuration, np.asarray(x, dtype=float)
    if c.operation != "conv" and c.operation not in POOLS:
        raise ConvError.broken("Shifts are compared for convolution and pooling.", operation=c.operation)
    kernel = np.asarray(weight, dtype=float) if c.operation == "conv" else np.ones(c.kernel_size)
    sizes = {"x": (image, "input_size"), "weight": (kernel, "kernel_size")}
    for name, (array, field) in sizes.items():
        if array.shape != getattr(c, field):
            rule = "The numbers must have the sizes of the configuration."
            raise ConvError.broken(rule, **{name: array.shape, field: getattr(c, field)})
    images = np.stack([image, *(shift(image, *by, wrap=wrap) for by in shifts)])  # (S + 1, H, W)
    before, *_ = outputs = _outputs(c, images, kernel, bias)  # (S + 1, H_out, W_out)
    by = np.asarray(shifts, dtype=np.intp).reshape(-1, 2)  # (S, 2)
    along = np.where((by % c.stride == 0).all(1, keepdims=True), by / c.stride, np.nan)
    moved = np.full(outputs[1:].shape, np.nan)
    for index in np.flatnonzero(~np.isnan(along[:, 0])):
        moved[index] = shift(before, *along[index].astype(int).tolist(), fill=np.nan, wrap=wrap)
    scale = np.abs(image).max() * np.abs(kernel).sum() + abs(bias)
    return _judged(by, outputs, along, moved, _border(c, by), scale)


@quiet
def compare_dense(
    matrix: ArrayLike, x: ArrayLike, shifts: Sequence[Pair], bias: ArrayLike = 0.0, *, wrap: bool = False
) -> Comparison:
    r"""Shift the input of a dense layer, :math:`y = W x + b`, and compare what comes out.

    Parameters
    ----------
    matrix : (units, H W)
        One row of weights a unit, for the pixels row by row.
    x : (H, W)
    shifts : sequence of S pairs (rows, cols)
        Down and to the right.
    bias : (units,) or float
    wrap : bool
        What leaves comes in at the other side.

    Returns
    -------
    Comparison
        Its outputs are (1, units); nothing moves along.

    Raises
    ------
    ConvError
        ``A dense layer needs a weight for each pixel. Received: matrix=(10, 4), input=(3, 3).``

    Examples
    --------
    >>> c = compare_dense([[1, 10], [1, 1]], [[1, 2]], [(0, 1)], wrap=True)
    >>> c.before.tolist(), c.after[0].tolist(), c.stayed[0].tolist()
    ([[21.0, 3.0]], [[12.0, 3.0]], [[False, True]])
    """
    weights, image = np.asarray(matrix, dtype=float), np.asarray(x, dtype=float)
    if weights.ndim != 2 or weights.shape[1] != image.size:
        rule = "A dense layer needs a weight for each pixel."
        raise ConvError.broken(rule, matrix=weights.shape, input=image.shape)
    images = np.stack([image, *(shift(image, *by, wrap=wrap) for by in shifts)])
    outputs = (images.reshape(len(images), -1) @ weights.T + bias)[:, None]  # (S + 1, 1, units)
    by = np.asarray(shifts, dtype=np.intp).reshape(-1, 2)
    nowhere = np.full(outputs[1:].shape, np.nan)
    scale = np.abs(image).max() * np.abs(weights).sum(1).max() + np.abs(bias).max()
    return _judged(by, outputs, np.full(by.shape, np.nan), nowhere, np.ones(nowhere.shape, bool), scale)


def _outputs(c: Configuration, images: Floats, kernel: Floats, bias: float) -> Floats:
    """Output of each of several images (N, H, W), as (N, H_out, W_out)."""
    x = images[:, None]
    pooled: dict[str, Any] = {"stride": c.stride, "padding": c.padding, "ceil_mode": c.ceil_mode}
    match c.operation:
        case "conv":
            weight = kernel[::-1, ::-1] if c.flip else kernel
            y = convolution.conv2d(
                x, weight[None, None], np.array([bias]), stride=c.stride, padding=c.padding, dilation=c.dilation,
                padding_mode=c.padding_mode,
            )
        case "max":
            y = pooling.max_pool2d(x, c.kernel_size, dilation=c.dilation, **pooled)
        case "avg":
            y = pooling.avg_pool2d(x, c.kernel_size, count_include_pad=c.count_include_pad, **pooled)
        case "sum":
            y = pooling.sum_pool2d(x, c.kernel_size, **pooled)
        case _:
            y = pooling.lp_pool2d(x, c.norm_type, c.kernel_size, **pooled)
    return y[:, 0]


def _border(c: Configuration, by: NDArray[np.intp]) -> Mask:
    """Which windows read a pixel that is not an input's both before and after the shift, (S, H_out, W_out)."""
    windows = geometry.window_positions(
        c.input_size, c.kernel_size, stride=c.stride, padding=c.padding, dilation=c.dilation, ceil_mode=c.ceil_mode
    )
    rows, cols = (
        ((after < 0) | (after >= size) | (after - moves < 0) | (after - moves >= size)).any(-1)  # (S, H_out or W_out)
        for after, size, moves in zip(windows, c.input_size, by.T[:, :, None, None], strict=True)
    )
    return rows[:, :, None] | cols[:, None, :]


def _judged(
    by: NDArray[np.intp], outputs: Floats, along: Floats, moved: Floats, border: Mask, scale: float
) -> Comparison:
    """Say which outputs, up to rounding, moved along and which stayed."""
    before, after = outputs[0], outputs[1:]
    magnitudes = np.abs(outputs[np.isfinite(outputs)])
    tolerance = ROUNDING * max(scale if np.isfinite(scale) else 0.0, magnitudes.max(initial=0.0))
    followed, stayed = ((after == other) | (np.abs(after - other) <= tolerance) for other in (moved, before))
    return Comparison(by, before, after, along, moved, followed, stayed, border)


def _overlap(size: int, by: int) -> tuple[slice, slice]:
    """Where on an axis a shift puts what it keeps, and where that was."""
    kept = max(size - abs(by), 0)
    return slice(max(by, 0), max(by, 0) + kept), slice(max(-by, 0), max(-by, 0) + kept)
