"""Convolution as deep learning means it (cross-correlation), its transpose, and the gradients of both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from conv.arrays import as_gradient, as_images, as_real, quiet, ranked_as, result_dtype, working_dtype
from conv.errors import ConvError
from conv.geometry import Padding, Pads, Pair, Size, as_pair, effective_kernel_size, output_size, pads
from conv.padding import PaddingMode, pad2d, pad2d_backward

WORKSPACE = 1 << 20  # bytes of columns at a time: they stay in the processor's cache
BAND = 8  # rows of output that one band matrix makes


class _Steps(NamedTuple):
    """How the kernel moves."""

    kernel: Pair
    stride: Pair
    dilation: Pair
    groups: int


@quiet
def conv2d(
    x, weight, bias=None, *, stride: Size = 1, padding: Padding = 0, dilation: Size = 1, groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> np.ndarray:
    images, kernels, steps, sides, size, dtype = _prepare(x, weight, bias, stride, padding, dilation, groups)
    if padding_mode != "zeros" or not _suit_bands(kernels, steps, size):
        images, sides = pad2d(images, sides, padding_mode), ((0, 0), (0, 0))
    if _suit_bands(kernels, steps, size):
        out = _correlate_by_bands(images, kernels, sides, size, steps)
    else:
        out = _correlate(images, kernels, size, steps)
    if bias is not None:
        out += as_real(bias, "bias").astype(out.dtype)[:, None, None]
    return ranked_as(out.astype(dtype, copy=False), x)


@quiet
def conv2d_naive(
    x, weight, bias=None, *, stride: Size = 1, padding: Padding = 0, dilation: Size = 1, groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> np.ndarray:
    images, kernels, steps, sides, size, dtype = _prepare(x, weight, bias, stride, padding, dilation, groups)
    padded = pad2d(images, sides, padding_mode)
    filters, channels, kernel_rows, kernel_cols = kernels.shape
    out = np.zeros((len(images), filters, *size), images.dtype)
    for n, f, row, col in np.ndindex(out.shape):
        first = f // (filters // groups) * channels  # the first input channel of this filter's group
        total = out.dtype.type(0 if bias is None else as_real(bias, "bias")[f])
        for c, i, j in np.ndindex(channels, kernel_rows, kernel_cols):
            pixel = padded[
                n, first + c, row * steps.stride[0] + i * steps.dilation[0], col * steps.stride[1] + j * steps.dilation[1]
            ]
            total += kernels[f, c, i, j] * pixel
        out[n, f, row, col] = total
    return ranked_as(out.astype(dtype, copy=False), x)


@quiet
def conv2d_backward(
    grad_output, x, weight, *, stride: Size = 1, padding: Padding = 0, dilation: Size = 1, groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    images, kernels, steps, sides, size, _ = _prepare(x, weight, None, stride, padding, dilation, groups)
    grads = as_gradient(grad_output, x, (len(images), len(kernels), *size))
    dtype = result_dtype(as_real(x, "x"), as_real(weight, "weight"), grads)
    images, kernels, grads = (array.astype(working_dtype(dtype), copy=False) for array in (images, kernels, grads))
    padded = pad2d(images, sides, padding_mode)
    grad_x = pad2d_backward(_transpose(grads, kernels, padded.shape[2:], steps), sides, padding_mode)
    grad_weight = _weight_gradient(grads, padded, steps)
    return (
        ranked_as(grad_x.astype(dtype, copy=False), x),
        grad_weight.astype(dtype, copy=False),
        grads.sum(axis=(0, 2, 3)).astype(dtype, copy=False),
    )


@quiet
def conv_transpose2d(
    x, weight, bias=None, *, stride: Size = 1, padding: Padding = 0, output_padding: Size = 0, groups: int = 1,
    dilation: Size = 1,
) -> np.ndarray:
    images, kernels, steps, sides, size, dtype = _prepare_transpose(
        x, weight, bias, stride, padding, output_padding, groups, dilation
    )
    out = _transpose(images, kernels, _uncropped(size, sides), steps)
    out = _crop(out, sides, size)
    if bias is not None:
        out = out + as_real(bias, "bias").astype(out.dtype)[:, None, None]
    return ranked_as(out.astype(dtype), x)


@quiet
def conv_transpose2d_backward(
    grad_output, x, weight, *, stride: Size = 1, padding: Padding = 0, output_padding: Size = 0, groups: int = 1,
    dilation: Size = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    images, kernels, steps, sides, size, _ = _prepare_transpose(
        x, weight, None, stride, padding, output_padding, groups, dilation
    )
    grads = as_gradient(grad_output, x, (len(images), kernels.shape[1] * groups, *size))
    dtype = result_dtype(as_real(x, "x"), as_real(weight, "weight"), grads)
    images, kernels, grads = (array.astype(working_dtype(dtype), copy=False) for array in (images, kernels, grads))
    padded = pad2d(grads, sides)
    grad_x = _correlate(padded, kernels, images.shape[2:], steps)
    grad_weight = _weight_gradient(images, padded, steps)
    return (
        ranked_as(grad_x.astype(dtype, copy=False), x),
        grad_weight.astype(dtype, copy=False),
        grads.sum(axis=(0, 2, 3)).astype(dtype, copy=False),
    )


def _prepare(x, weight, bias, stride, padding, dilation, groups):
    images, kernels, steps, dtype = _operands(x, weight, bias, stride, dilation, groups)
    channels, filters = images.shape[1], len(kernels)
    if channels != kernels.shape[1] * groups or filters % groups:
        raise ConvError.broken(
            "The input must have groups x weight.shape[1] channels, and the groups divide the filters.",
            x=images.shape, weight=kernels.shape, groups=groups,
        )
    _check_bias(bias, filters)
    size = output_size(images.shape[2:], steps.kernel, stride=stride, padding=padding, dilation=dilation)
    sides = pads(padding, images.shape[2:], steps.kernel, stride=stride, dilation=dilation)
    return images, kernels, steps, sides, size, dtype


def _prepare_transpose(x, weight, bias, stride, padding, output_padding, groups, dilation):
    images, kernels, steps, dtype = _operands(x, weight, bias, stride, dilation, groups)
    if images.shape[1] != len(kernels) or len(kernels) % groups:
        raise ConvError.broken(
            "The input must have weight.shape[0] channels, and the groups divide them.",
            x=images.shape, weight=kernels.shape, groups=groups,
        )
    _check_bias(bias, kernels.shape[1] * groups)
    n, s, d = images.shape[2:], steps.stride, steps.dilation
    extra = as_pair(output_padding, "output_padding", least=0)
    if any(extra[axis] >= max(s[axis], d[axis]) for axis in (0, 1)):
        raise ConvError.broken(
            "Output padding must be less than the stride or the dilation.",
            output_padding=output_padding, stride=stride, dilation=dilation,
        )
    sides = pads(padding, (n[0] * s[0], n[1] * s[1]), steps.kernel, stride=s, dilation=d)
    extent = effective_kernel_size(steps.kernel, d)
    size = tuple((n[axis] - 1) * s[axis] + extent[axis] + extra[axis] - sum(sides[axis]) for axis in (0, 1))
    if min(size) < 1:
        raise ConvError.broken("Padding takes away the whole output.", input=n, kernel=extent, padding=padding)
    return images, kernels, steps, sides, size, dtype


def _operands(x, weight, bias, stride, dilation, groups):
    images, kernels = as_images(x, "x"), as_real(weight, "weight")
    if kernels.ndim != 4:
        raise ConvError.broken("A weight must have four axes.", weight=kernels.shape)
    if as_pair(groups, "groups") and isinstance(groups, tuple):
        raise ConvError.broken("Groups must be an integer.", groups=groups)
    steps = _Steps(
        as_pair(kernels.shape[2:], "kernel_size"), as_pair(stride, "stride"), as_pair(dilation, "dilation"), groups
    )
    dtype = result_dtype(images, kernels, *([] if bias is None else [as_real(bias, "bias")]))
    working = working_dtype(dtype)
    return images.astype(working, copy=False), kernels.astype(working, copy=False), steps, dtype


def _check_bias(bias, filters: int) -> None:
    if bias is not None and as_real(bias, "bias").shape != (filters,):
        raise ConvError.broken(
            "A bias must hold one number for each output channel.", bias=np.shape(bias), channels=filters
        )


def _uncropped(size: Pair, sides: Pads) -> Pair:
    return size[0] + sum(sides[0]), size[1] + sum(sides[1])


def _crop(padded: np.ndarray, sides: Pads, size: Pair) -> np.ndarray:
    (top, _), (left, _) = sides
    return padded[:, :, top : top + size[0], left : left + size[1]]


def _suit_bands(kernels: np.ndarray, steps: _Steps, size: Pair) -> bool:
    return False


def _correlate_by_bands(images, kernels, sides, size, steps):
    raise NotImplementedError


def _blocks(samples: int, rows: int, row_bytes: int) -> Iterator[tuple[slice, slice]]:
    """Cut a batch of outputs into blocks, of whole samples or of rows of one, whose columns fit the workspace."""
    fitting = max(1, WORKSPACE // max(1, row_bytes))
    some_samples, some_rows = max(1, fitting // rows), min(fitting, rows)
    for sample in range(0, samples, some_samples):
        for row in range(0, rows, some_rows):
            yield slice(sample, sample + some_samples), slice(row, min(row + some_rows, rows))


def _column_blocks(images: np.ndarray, size: Pair, steps: _Steps) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Lay the window of every output out as a column: ``(N, groups, C/groups KH KW, rows W_out)``, block by block."""
    (kernel_rows, kernel_cols), stride, dilation, groups = steps
    samples, channels = images.shape[:2]
    taps = channels * kernel_rows * kernel_cols
    for some, rows in _blocks(samples, size[0], taps * size[1] * images.itemsize):
        part = images[some]
        height = rows.stop - rows.start
        columns = np.empty((len(part), channels, kernel_rows, kernel_cols, height, size[1]), images.dtype)
        for i, j in np.ndindex(kernel_rows, kernel_cols):
            columns[:, :, i, j] = part[:, :, *_tap(i, j, rows, size[1], stride, dilation)]
        yield some, rows, columns.reshape(len(part), groups, taps // groups, height * size[1])


def _tap(i: int, j: int, rows: slice, cols: int, stride: Pair, dilation: Pair) -> tuple[slice, slice]:
    """The padded pixels that one tap of the kernel meets while it makes some rows of the output."""
    top, left = rows.start * stride[0] + i * dilation[0], j * dilation[1]
    height = rows.stop - rows.start
    return (
        slice(top, top + (height - 1) * stride[0] + 1, stride[0]),
        slice(left, left + (cols - 1) * stride[1] + 1, stride[1]),
    )


def _correlate(images: np.ndarray, kernels: np.ndarray, size: Pair, steps: _Steps) -> np.ndarray:
    """Multiply the filters, one a row, with the columns."""
    groups, filters = steps.groups, len(kernels)
    matrix = kernels.reshape(groups, filters // groups, -1)
    out = np.empty((len(images), groups, filters // groups, size[0] * size[1]), images.dtype)
    for some, rows, columns in _column_blocks(images, size, steps):
        np.matmul(matrix, columns, out=out[some, :, :, rows.start * size[1] : rows.stop * size[1]])
    return out.reshape(len(images), filters, *size)  # (N, C_out, H_out, W_out)


def _weight_gradient(grads: np.ndarray, images: np.ndarray, steps: _Steps) -> np.ndarray:
    """Correlate the images with the gradient: the columns again, multiplied from the other side."""
    samples, filters, *size = grads.shape
    groups = steps.groups
    flat = grads.reshape(samples, groups, filters // groups, -1)
    total = np.zeros((groups, filters // groups, images.shape[1] // groups * np.prod(steps.kernel)), grads.dtype)
    for some, rows, columns in _column_blocks(images, tuple(size), steps):
        part = flat[some, :, :, rows.start * size[1] : rows.stop * size[1]]
        total += np.matmul(part, columns.swapaxes(2, 3)).sum(axis=0)
    return total.reshape(filters, -1, *steps.kernel)  # (C_out, C_in / groups, KH, KW)


def _transpose(grads: np.ndarray, kernels: np.ndarray, size: Pair, steps: _Steps) -> np.ndarray:
    """Lay the kernel, times each pixel, over an image of the given size and add: `_correlate` run backwards."""
    (kernel_rows, kernel_cols), stride, dilation, groups = steps
    samples, filters, rows_in, cols_in = grads.shape
    channels = kernels.shape[1] * groups
    matrix = kernels.reshape(groups, filters // groups, -1).swapaxes(1, 2)
    flat = grads.reshape(samples, groups, filters // groups, -1)
    out = np.zeros((samples, channels, *size), grads.dtype)
    for some, rows in _blocks(samples, rows_in, channels * kernel_rows * kernel_cols * cols_in * grads.itemsize):
        columns = np.matmul(matrix, flat[some, :, :, rows.start * cols_in : rows.stop * cols_in])
        columns = columns.reshape(-1, channels, kernel_rows, kernel_cols, rows.stop - rows.start, cols_in)
        for i, j in np.ndindex(kernel_rows, kernel_cols):
            out[some, :, *_tap(i, j, rows, cols_in, stride, dilation)] += columns[:, :, i, j]
    return out
