"""Pooling: the maximum, the mean, the sum or the norm of every window, and the gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from conv.arrays import as_gradient, as_images, quiet, ranked_as, real_dtype, result_dtype, working_dtype
from conv.errors import ConvError
from conv.geometry import Padding, Pads, Pair, Size, as_pair, effective_kernel_size, output_size, pads
from conv.padding import taps


class _Windows(NamedTuple):
    """Where the windows lie."""

    size: Pair
    sides: Pads
    kernel: Pair
    stride: Pair
    row_taps: list[tuple[slice, slice]]
    col_taps: list[tuple[slice, slice]]

    def taps(self) -> Iterator[tuple[tuple, tuple]]:
        """For each element of the window, row by row: the outputs it belongs to, and its pixel in each."""
        for out_rows, in_rows in self.row_taps:
            for out_cols, in_cols in self.col_taps:
                yield (..., out_rows, out_cols), (..., in_rows, in_cols)


@quiet
def max_pool2d(
    x: ArrayLike, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0, dilation: Size = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:
    r"""Take the largest pixel of every window.

    .. math:: y_{r,c} = \max_{i,j} x_{r s + i d - p, \, c s + j d - p}

    Padding never wins. NaN does. Of equal pixels the first one, row by row, is the maximum.

    Parameters
    ----------
    x : array_like, (C, H, W) or (N, C, H, W)
    kernel_size : int or (rows, cols)
        k >= 1.
    stride : int or (rows, cols), optional
        s >= 1; the kernel's size when not given.
    padding : int, (rows, cols), ((top, bottom), (left, right)), "valid" or "same"
        At most half of the effective kernel where both sides are alike; no window lies wholly in it.
    dilation : int or (rows, cols)
        d >= 1.
    ceil_mode : bool
        Round the output's size up; see `conv.output_size`.
    return_indices : bool
        Also say where each maximum is.

    Returns
    -------
    values : ndarray, (C, H_out, W_out) or (N, C, H_out, W_out)
        Of the dtype of ``x``.
    indices : ndarray of int64, of the same shape
        With ``return_indices``: ``row * W + col`` in the image without padding.

    Raises
    ------
    ConvError
        ``Padding must be at most half of the kernel. Received: padding=2, kernel=(3, 3).``
        ``A window must not lie wholly in padding. Received: input=(1, 1), kernel=(2, 2), padding=((2, 0), (0, 0)).``
        ``Kernel is larger than the padded input. Received: input=(2, 2), kernel=(3, 3), padding=0.``
        and those of `conv.geometry.as_pair`.

    Examples
    --------
    >>> max_pool2d([[[1, 5, 2, 0], [3, 4, 7, 6]]], 2, return_indices=True)
    (array([[[5, 7]]]), array([[[1, 6]]]))

    References
    ----------
    PyTorch, ``torch.nn.functional.max_pool2d``.
    """
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, dilation, ceil_mode)
    if return_indices:
        return tuple(ranked_as(result, x) for result in _first_maxima(images, windows))
    out = np.full((*images.shape[:2], *windows.size), _lowest(images.dtype), images.dtype)
    for outputs, pixels in windows.taps():
        np.maximum(out[outputs], images[pixels], out=out[outputs])
    return ranked_as(out, x)


@quiet
def max_pool2d_backward(
    grad_output: ArrayLike, x: ArrayLike, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0,
    dilation: Size = 1, ceil_mode: bool = False,
) -> np.ndarray:
    """Gradient of `max_pool2d`: each output hands its gradient to the (first) maximum of its window.

    Parameters
    ----------
    grad_output : array_like, of the shape of the output
    x, kernel_size, ...
        As given to `max_pool2d`.

    Returns
    -------
    ndarray, of the shape of ``x``

    Raises
    ------
    ConvError
        ``The gradient must have the shape of the output. Received: grad_output=(1, 2, 2), output=(1, 3, 3).``
        and those of `max_pool2d`.

    Examples
    --------
    >>> max_pool2d_backward([[[10, 20]]], [[[1, 5, 2, 7], [3, 5, 7, 6]]], 2)
    array([[[ 0, 10,  0, 20],
            [ 0,  0,  0,  0]]])
    """
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, dilation, ceil_mode)
    grads = as_gradient(grad_output, x, (*images.shape[:2], *windows.size))
    dtype = result_dtype(images, grads)
    return ranked_as(_to_first_maxima(grads, images, windows, working_dtype(dtype)).astype(dtype), x)


@quiet
def sum_pool2d(
    x: ArrayLike, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0, ceil_mode: bool = False
) -> np.ndarray:
    r"""Add up the pixels of every window.

    .. math:: y_{r,c} = \sum_{i,j} x_{r s + i - p, \, c s + j - p}

    Parameters
    ----------
    x : array_like, (C, H, W) or (N, C, H, W)
    kernel_size : int or (rows, cols)
        k >= 1.
    stride : int or (rows, cols), optional
        s >= 1; the kernel's size when not given.
    padding : int, (rows, cols), ((top, bottom), (left, right)), "valid" or "same"
        At most half of the kernel where both sides are alike; no window lies wholly in it.
    ceil_mode : bool
        Round the output's size up; see `conv.output_size`.

    Returns
    -------
    ndarray, (C, H_out, W_out) or (N, C, H_out, W_out)
        Of the dtype of ``x``; booleans and integers become at least int64.

    Raises
    ------
    ConvError
        ``Padding must be at most half of the kernel. Received: padding=2, kernel=(3, 3).``
        ``A window must not lie wholly in padding. Received: input=(1, 1), kernel=(2, 2), padding=((2, 0), (0, 0)).``
        ``Kernel is larger than the padded input. Received: input=(2, 2), kernel=(3, 3), padding=0.``
        and those of `conv.geometry.as_pair`.

    Examples
    --------
    >>> sum_pool2d([[[1, 2, 3], [4, 5, 6]]], 2, stride=1)  # 1 + 2 + 4 + 5, 2 + 3 + 5 + 6
    array([[[12, 16]]])
    """
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    dtype = result_dtype(images)
    return ranked_as(_sums(images.astype(working_dtype(dtype), copy=False), windows).astype(dtype), x)


@quiet
def sum_pool2d_backward(
    grad_output: ArrayLike, x: ArrayLike, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Gradient of `sum_pool2d`: each pixel gets the sum of the gradients of the windows it lies in.

    Parameters
    ----------
    grad_output : array_like, of the shape of the output
    x, kernel_size, ...
        As given to `sum_pool2d`.

    Returns
    -------
    ndarray, of the shape of ``x``

    Raises
    ------
    ConvError
        ``The gradient must have the shape of the output. Received: grad_output=(1, 2, 2), output=(1, 3, 3).``
        and those of `sum_pool2d`.

    Examples
    --------
    >>> sum_pool2d_backward([[[1, 10]]], [[[1, 2, 3], [4, 5, 6]]], 2, stride=1)
    array([[[ 1, 11, 10],
            [ 1, 11, 10]]])
    """
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    grads = as_gradient(grad_output, x, (*images.shape[:2], *windows.size))
    dtype = result_dtype(images, grads)
    spread = _spread(grads.astype(working_dtype(dtype), copy=False), images.shape, windows)
    return ranked_as(spread.astype(dtype), x)


@quiet
def avg_pool2d(
    x: ArrayLike, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> np.ndarray:
    r"""Take the mean of every window.

    .. math:: y_{r,c} = \frac{1}{A} \sum_{i,j} x_{r s + i - p, \, c s + j - p}

    Parameters
    ----------
    x : array_like, (C, H, W) or (N, C, H, W)
    kernel_size : int or (rows, cols)
        k >= 1.
    stride : int or (rows, cols), optional
        s >= 1; the kernel's size when not given.
    padding : int, (rows, cols), ((top, bottom), (left, right)), "valid" or "same"
        At most half of the kernel where both sides are alike; no window lies wholly in it.
    ceil_mode : bool
        Round the output's size up; see `conv.output_size`.
    count_include_pad : bool
        Whether the area A counts pixels of the padding. What ``ceil_mode`` adds beyond the
        padding is never counted.
    divisor_override : int, optional
        Divide by this, whatever the area is. Not 0.

    Returns
    -------
    ndarray, (C, H_out, W_out) or (N, C, H_out, W_out)
        Of the dtype of ``x``; booleans and integers become float64.

    Raises
    ------
    ConvError
        ``Padding must be at most half of the kernel. Received: padding=2, kernel=(3, 3).``
        ``A window must not lie wholly in padding. Received: input=(1, 1), kernel=(2, 2), padding=((2, 0), (0, 0)).``
        ``Kernel is larger than the padded input. Received: input=(2, 2), kernel=(3, 3), padding=0.``
        ``The divisor must be an integer other than 0. Received: divisor_override=0.``
        and those of `conv.geometry.as_pair`.

    Examples
    --------
    >>> avg_pool2d([[[1, 2, 3], [4, 5, 6]]], 2, stride=1)  # (1 + 2 + 4 + 5) / 4, (2 + 3 + 5 + 6) / 4
    array([[[3., 4.]]])

    References
    ----------
    PyTorch, ``torch.nn.functional.avg_pool2d``.
    """
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    dtype = real_dtype(images)
    divisors = _divisors(images, windows, count_include_pad, divisor_override)
    sums = _sums(images.astype(working_dtype(dtype), copy=False), windows)
    return ranked_as((sums / divisors.astype(sums.dtype)).astype(dtype), x)


@quiet
def avg_pool2d_backward(
    grad_output: ArrayLike, x: ArrayLike, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
) -> np.ndarray:
    """Gradient of `avg_pool2d`: each window shares its gradient out evenly.

    Parameters
    ----------
    grad_output : array_like, of the shape of the output
    x, kernel_size, ...
        As given to `avg_pool2d`.

    Returns
    -------
    ndarray, of the shape of ``x``

    Raises
    ------
    ConvError
        ``The gradient must have the shape of the output. Received: grad_output=(1, 2, 2), output=(1, 3, 3).``
        and those of `avg_pool2d`.

    Examples
    --------
    >>> avg_pool2d_backward([[[4, 8]]], [[[1, 2, 3], [4, 5, 6]]], 2, stride=1)  # the middle: 4/4 + 8/4
    array([[[1., 3., 2.],
            [1., 3., 2.]]])
    """
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    grads = as_gradient(grad_output, x, (*images.shape[:2], *windows.size))
    dtype = real_dtype(images, grads)
    divisors = _divisors(images, windows, count_include_pad, divisor_override)
    shares = grads.astype(working_dtype(dtype), copy=False) / divisors.astype(working_dtype(dtype))
    return ranked_as(_spread(shares, images.shape, windows).astype(dtype), x)


@quiet
def lp_pool2d(
    x: ArrayLike, norm_type: float, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0,
    ceil_mode: bool = False,
) -> np.ndarray:
    r"""Take the p-norm of every window.

    .. math:: y_{r,c} = \Bigl( \sum_{i,j} |x_{r s + i - p, \, c s + j - p}|^p \Bigr)^{1/p}

    p = 1 sums the absolute values, p = inf takes the largest. A window that ``ceil_mode`` or
    padding leaves partly empty has the norm of the pixels it does cover: PyTorch takes no
    absolute value, and scales the sum of a clipped window up to the whole kernel's area.

    Parameters
    ----------
    x : array_like, (C, H, W) or (N, C, H, W)
    norm_type : float
        p > 0, or inf.
    kernel_size : int or (rows, cols)
        k >= 1.
    stride : int or (rows, cols), optional
        s >= 1; the kernel's size when not given.
    padding : int, (rows, cols), ((top, bottom), (left, right)), "valid" or "same"
        At most half of the kernel where both sides are alike; no window lies wholly in it.
    ceil_mode : bool
        Round the output's size up; see `conv.output_size`.

    Returns
    -------
    ndarray, (C, H_out, W_out) or (N, C, H_out, W_out)
        Of the dtype of ``x``; booleans and integers become float64.

    Raises
    ------
    ConvError
        ``Padding must be at most half of the kernel. Received: padding=2, kernel=(3, 3).``
        ``A window must not lie wholly in padding. Received: input=(1, 1), kernel=(2, 2), padding=((2, 0), (0, 0)).``
        ``Kernel is larger than the padded input. Received: input=(2, 2), kernel=(3, 3), padding=0.``
        ``The norm type must be a number above 0. Received: norm_type=0.``
        and those of `conv.geometry.as_pair`.

    Examples
    --------
    >>> lp_pool2d([[[3, -4, 0, -2]]], 2, (1, 2))  # sqrt(9 + 16), sqrt(0 + 4)
    array([[[5., 2.]]])

    References
    ----------
    PyTorch, ``torch.nn.functional.lp_pool2d``, but for the two differences above.
    """
    images = as_images(x, "x")
    p = _norm_type(norm_type)
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    dtype = real_dtype(images)
    largest, norms = _scaled_norms(np.abs(images.astype(working_dtype(dtype), copy=False)), p, windows)
    return ranked_as((largest * norms).astype(dtype), x)


@quiet
def lp_pool2d_backward(
    grad_output: ArrayLike, x: ArrayLike, norm_type: float, kernel_size: Size, *, stride: Size | None = None,
    padding: Padding = 0, ceil_mode: bool = False,
) -> np.ndarray:
    r"""Gradient of `lp_pool2d`.

    .. math:: \frac{\partial y}{\partial x} = \operatorname{sign}(x) \Bigl( \frac{|x|}{y} \Bigr)^{p - 1}

    A pixel that is 0 gets none. With p = inf all goes to the (first) largest.

    Parameters
    ----------
    grad_output : array_like, of the shape of the output
    x: ArrayLike, norm_type, kernel_size, ...
        As given to `lp_pool2d`.

    Returns
    -------
    ndarray, of the shape of ``x``

    Raises
    ------
    ConvError
        ``The gradient must have the shape of the output. Received: grad_output=(1, 2, 2), output=(1, 3, 3).``
        and those of `lp_pool2d`.

    Examples
    --------
    >>> lp_pool2d_backward([[[10, 1]]], [[[3, -4, 0, -2]]], 2, (1, 2))  # 10 * 3/5, -10 * 4/5; 0, -2/2
    array([[[ 6., -8.,  0., -1.]]])
    """
    images = as_images(x, "x")
    p = _norm_type(norm_type)
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    grads = as_gradient(grad_output, x, (*images.shape[:2], *windows.size))
    dtype = real_dtype(images, grads)
    images, grads = images.astype(working_dtype(dtype), copy=False), grads.astype(working_dtype(dtype), copy=False)
    sizes = np.abs(images)
    if math.isinf(p):
        grad_sizes = _to_first_maxima(grads, sizes, windows, grads.dtype)
    else:
        largest, norms = _scaled_norms(sizes, p, windows)
        grad_sizes = np.zeros_like(images)
        for outputs, pixels in windows.taps():
            share = sizes[pixels] / largest[outputs] / norms[outputs]
            grad_sizes[pixels] += np.where(sizes[pixels] == 0, 0, grads[outputs] * share ** (p - 1))
    return ranked_as((grad_sizes * np.sign(images)).astype(dtype), x)


def _windows(
    images: np.ndarray, kernel_size: Size, stride: Size | None, padding: Padding, dilation: Size, ceil_mode: bool
) -> _Windows:
    n = images.shape[2:]
    kernel, dilation = as_pair(kernel_size, "kernel_size"), as_pair(dilation, "dilation")
    stride = kernel if stride is None else as_pair(stride, "stride")
    extent = effective_kernel_size(kernel, dilation)
    sides = pads(padding, n, kernel, stride=stride, dilation=dilation)
    symmetric = all(before == after for before, after in sides)
    if symmetric and any(sides[axis][0] > extent[axis] // 2 for axis in (0, 1)):
        raise ConvError.broken("Padding must be at most half of the kernel.", padding=padding, kernel=extent)
    size = output_size(n, kernel, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
    axes = [taps(n[a], kernel[a], stride[a], dilation[a], sides[a][0], size[a]) for a in (0, 1)]
    if any(_covered(axis, size[a]) < size[a] for a, axis in enumerate(axes)):
        raise ConvError.broken("A window must not lie wholly in padding.", input=n, kernel=kernel, padding=padding)
    return _Windows(size, sides, kernel, stride, *axes)


def _covered(axis: list[tuple[slice, slice]], size: int) -> int:
    return len({output for outputs, _ in axis for output in range(size)[outputs]})


def _lowest(dtype: np.dtype) -> float:
    if dtype.kind in "iu":
        return int(np.iinfo(dtype).min)
    return False if dtype.kind == "b" else -math.inf


def _first_maxima(images: np.ndarray, windows: _Windows) -> tuple[np.ndarray, np.ndarray]:
    """The maximum of each window and the flat position of the first one."""
    shape = (*images.shape[:2], *windows.size)
    best, where = np.zeros(shape, images.dtype), np.full(shape, -1)
    positions = np.arange(images.shape[2] * images.shape[3]).reshape(images.shape[2:])
    for outputs, pixels in windows.taps():
        value = images[pixels]
        wins = (value > best[outputs]) | (where[outputs] < 0) | (value != value)  # NaN wins
        best[outputs] = np.where(wins, value, best[outputs])
        where[outputs] = np.where(wins, positions[pixels], where[outputs])
    return best, where


def _to_first_maxima(grads: np.ndarray, images: np.ndarray, windows: _Windows, dtype: np.dtype) -> np.ndarray:
    _, where = _first_maxima(images, windows)
    planes, pixels = images.shape[0] * images.shape[1], images.shape[2] * images.shape[3]
    spread = np.zeros((planes, pixels), dtype)
    outputs = math.prod(windows.size)
    where = where.reshape(planes, outputs) + pixels * np.arange(planes)[:, None]
    np.add.at(spread.reshape(-1), where.reshape(-1), grads.reshape(-1).astype(dtype))
    return spread.reshape(images.shape)


def _sums(images: np.ndarray, windows: _Windows) -> np.ndarray:
    out = np.zeros((*images.shape[:2], *windows.size), images.dtype)
    for outputs, pixels in windows.taps():
        out[outputs] += images[pixels]
    return out


def _spread(grads: np.ndarray, shape: tuple[int, ...], windows: _Windows) -> np.ndarray:
    """Give every pixel of a window the gradient of its output: `_sums` run backwards."""
    spread = np.zeros(shape, grads.dtype)
    for outputs, pixels in windows.taps():
        spread[pixels] += grads[outputs]
    return spread


def _divisors(images: np.ndarray, windows: _Windows, count_include_pad: bool, override: int | None) -> np.ndarray:
    if override is not None:
        if override == 0 or isinstance(override, bool) or not isinstance(override, int | np.integer):
            raise ConvError.broken("The divisor must be an integer other than 0.", divisor_override=override)
        return np.array(override)
    counts = []
    for axis in (0, 1):
        n, (before, after) = images.shape[2 + axis], windows.sides[axis]
        start = np.arange(windows.size[axis]) * windows.stride[axis] - before
        stop = np.minimum(start + windows.kernel[axis], n + after)  # what ceil_mode adds beyond is no padding
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, n)
        counts.append(stop - start)
    return counts[0][:, None] * counts[1]  # (H_out, W_out)


def _norm_type(norm_type: float) -> float:
    if not isinstance(norm_type, Real) or not norm_type > 0:
        raise ConvError.broken("The norm type must be a number above 0.", norm_type=norm_type)
    return float(norm_type)


def _scaled_norms(sizes: np.ndarray, p: float, windows: _Windows) -> tuple[np.ndarray, np.ndarray]:
    """The largest size m in each window and the norm of sizes / m, so that no power overflows."""
    largest = np.zeros((*sizes.shape[:2], *windows.size), sizes.dtype)
    for outputs, pixels in windows.taps():
        np.maximum(largest[outputs], sizes[pixels], out=largest[outputs])
    if math.isinf(p):
        return largest, np.ones_like(largest)
    largest[(largest == 0) | ~np.isfinite(largest)] = 1  # nothing to scale by
    norms = np.zeros_like(largest)
    for outputs, pixels in windows.taps():
        norms[outputs] += (sizes[pixels] / largest[outputs]) ** p
    return largest, norms ** (1 / p)
