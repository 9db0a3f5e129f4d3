"""Pooling: the maximum, the mean, the sum or the norm of every window, and the gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator
from numbers import Real
from typing import NamedTuple

import numpy as np

from conv.arrays import as_gradient, as_images, quiet, ranked_as, real_dtype, result_dtype, working_dtype
from conv.errors import ConvError
from conv.geometry import Padding, Pads, Pair, Size, as_pair, effective_kernel_size, output_size, pads

Tap = tuple[slice, slice]  # along one axis: (outputs, inputs) of one element of the window


class _Windows(NamedTuple):
    """Where the windows lie."""

    size: Pair
    sides: Pads
    kernel: Pair
    stride: Pair
    row_taps: list[Tap]
    col_taps: list[Tap]

    def taps(self) -> Iterator[tuple[tuple, tuple]]:
        """For each element of the window, row by row: the outputs it belongs to, and its pixel in each."""
        for out_rows, in_rows in self.row_taps:
            for out_cols, in_cols in self.col_taps:
                yield (..., out_rows, out_cols), (..., in_rows, in_cols)


@quiet
def max_pool2d(
    x, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0, dilation: Size = 1,
    ceil_mode: bool = False, return_indices: bool = False,
):
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, dilation, ceil_mode)
    if return_indices:
        return tuple(ranked_as(result, x) for result in _first_maxima(images, windows))
    out = np.full((*images.shape[:2], *windows.size), _lowest(images.dtype))
    for outputs, pixels in windows.taps():
        np.maximum(out[outputs], images[pixels], out=out[outputs])
    return ranked_as(out, x)


@quiet
def max_pool2d_backward(
    grad_output, x, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0, dilation: Size = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, dilation, ceil_mode)
    grads = as_gradient(grad_output, x, (*images.shape[:2], *windows.size))
    dtype = result_dtype(images, grads)
    return ranked_as(_to_first_maxima(grads, images, windows, working_dtype(dtype)).astype(dtype), x)


@quiet
def sum_pool2d(
    x, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0, ceil_mode: bool = False
) -> np.ndarray:
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    dtype = result_dtype(images)
    return ranked_as(_sums(images.astype(working_dtype(dtype), copy=False), windows).astype(dtype), x)


@quiet
def sum_pool2d_backward(
    grad_output, x, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0, ceil_mode: bool = False
) -> np.ndarray:
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    grads = as_gradient(grad_output, x, (*images.shape[:2], *windows.size))
    dtype = result_dtype(images, grads)
    spread = _spread(grads.astype(working_dtype(dtype), copy=False), images.shape, windows)
    return ranked_as(spread.astype(dtype), x)


@quiet
def avg_pool2d(
    x, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> np.ndarray:
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    dtype = real_dtype(images)
    divisors = _divisors(images, windows, count_include_pad, divisor_override)
    sums = _sums(images.astype(working_dtype(dtype), copy=False), windows)
    return ranked_as((sums / divisors.astype(sums.dtype)).astype(dtype), x)


@quiet
def avg_pool2d_backward(
    grad_output, x, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> np.ndarray:
    images = as_images(x, "x")
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    grads = as_gradient(grad_output, x, (*images.shape[:2], *windows.size))
    dtype = real_dtype(images, grads)
    divisors = _divisors(images, windows, count_include_pad, divisor_override)
    shares = grads.astype(working_dtype(dtype), copy=False) / divisors.astype(working_dtype(dtype))
    return ranked_as(_spread(shares, images.shape, windows).astype(dtype), x)


@quiet
def lp_pool2d(
    x, norm_type: float, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0,
    ceil_mode: bool = False,
) -> np.ndarray:
    images = as_images(x, "x")
    p = _norm_type(norm_type)
    windows = _windows(images, kernel_size, stride, padding, 1, ceil_mode)
    dtype = real_dtype(images)
    largest, norms = _scaled_norms(np.abs(images.astype(working_dtype(dtype), copy=False)), p, windows)
    return ranked_as((largest * norms).astype(dtype), x)


@quiet
def lp_pool2d_backward(
    grad_output, x, norm_type: float, kernel_size: Size, *, stride: Size | None = None, padding: Padding = 0,
    ceil_mode: bool = False,
) -> np.ndarray:
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


def _windows(images: np.ndarray, kernel_size, stride, padding, dilation, ceil_mode) -> _Windows:
    n = images.shape[2:]
    kernel, dilation = as_pair(kernel_size, "kernel_size"), as_pair(dilation, "dilation")
    stride = kernel if stride is None else as_pair(stride, "stride")
    extent = effective_kernel_size(kernel, dilation)
    sides = pads(padding, n, kernel, stride=stride, dilation=dilation)
    symmetric = all(before == after for before, after in sides)
    if symmetric and any(sides[axis][0] > extent[axis] // 2 for axis in (0, 1)):
        raise ConvError.broken("Padding must be at most half of the kernel.", padding=padding, kernel=extent)
    size = output_size(n, kernel, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
    axes = [_taps(n[a], kernel[a], stride[a], dilation[a], sides[a][0], size[a]) for a in (0, 1)]
    if any(_covered(taps, size[a]) < size[a] for a, taps in enumerate(axes)):
        raise ConvError.broken("A window must not lie wholly in padding.", input=n, kernel=kernel, padding=padding)
    return _Windows(size, sides, kernel, stride, *axes)


def _taps(n: int, kernel: int, stride: int, dilation: int, before: int, size: int) -> list[Tap]:
    """Along one axis, for each element of the window: which outputs have a pixel there, and which pixels."""
    taps = []
    for element in range(kernel):
        shift = element * dilation - before  # output o meets pixel o * stride + shift
        first, last = max(0, -(shift // stride)), min(size - 1, (n - 1 - shift) // stride)
        if first <= last:
            pixels = slice(first * stride + shift, last * stride + shift + 1, stride)
            taps.append((slice(first, last + 1), pixels))
    return taps


def _covered(taps: list[Tap], size: int) -> int:
    return len({output for outputs, _ in taps for output in range(size)[outputs]})


def _lowest(dtype: np.dtype):
    if dtype.kind == "f":
        return dtype.type(-np.inf)
    return dtype.type(False) if dtype.kind == "b" else np.iinfo(dtype).min


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
    where = where.reshape(planes, -1) + pixels * np.arange(planes)[:, None]
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
