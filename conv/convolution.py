"""Convolution as deep learning means it (cross-correlation), its transpose, and the gradients of both.

One pair of helpers does the work: `_correlate` collects what lies under the kernel, `_transpose`
hands back what the kernel spreads, and each is the other run backwards. So the gradient of a
convolution's input is a transposed convolution, and the other way round.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike

from conv.arrays import as_gradient, as_images, as_real, promoted, quiet, ranked_as
from conv.errors import ConvError
from conv.geometry import Padding, Pads, Pair, Size, as_pair, output_size, pads, transposed_output_size, transposed_pads
from conv.padding import PaddingMode, pad2d, pad2d_backward, taps

WORKSPACE = 1 << 20  # bytes of columns laid out at a time: they stay in the processor's cache


class _Steps(NamedTuple):
    """How the kernel moves."""

    kernel: Pair
    stride: Pair
    dilation: Pair
    groups: int


@quiet
def conv2d(
    x: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, *, stride: Size = 1, padding: Padding = 0,
    dilation: Size = 1, groups: int = 1, padding_mode: PaddingMode = "zeros",
) -> np.ndarray:
    r"""Slide every filter over the image and add up the products.

    .. math::

        y_{n,f,r,c} = b_f + \sum_{k,i,j} w_{f,k,i,j} \, \hat x_{n, k, r s + i d, c s + j d}

    with :math:`\hat x` the padded image, its channels counted from the first of the filter's
    group. Nothing flips the kernel: strictly this is cross-correlation. `conv2d_naive` says the
    same in loops.

    Parameters
    ----------
    x : array_like, (C_in, H, W) or (N, C_in, H, W)
    weight : array_like, (C_out, C_in/groups, KH, KW)
    bias : array_like, (C_out,), optional
    stride, dilation : int or (rows, cols)
        s, d >= 1.
    padding : int, (rows, cols), ((top, bottom), (left, right)), "valid", "same" or "full"
        p >= 0; see `conv.geometry.pads`.
    groups : int
        Divides C_in and C_out; each group of filters sees its own channels only.
    padding_mode : "zeros", "reflect", "replicate" or "circular"
        What the padding holds; see `pad2d`.

    Returns
    -------
    ndarray, (C_out, H_out, W_out) or (N, C_out, H_out, W_out)
        ``H_out = floor((H + top + bottom - d(KH - 1) - 1) / s) + 1``. Of the dtype NumPy promotes
        the operands to; booleans and integers are computed and returned in at least int64.

    Raises
    ------
    ConvError
        ``The input must have groups x weight.shape[1] channels. Received: x=(1, 3, 5, 5),
        weight=(2, 2, 3, 3), groups=1.``
        ``Groups must divide the filters. Received: groups=2, filters=5.``
        ``Groups must be an integer, at least 1. Received: groups=0.``
        ``A weight must have four axes. Received: weight=(3, 3).``
        ``A bias must hold one number for each output channel. Received: bias=(3,), channels=2.``
        ``Kernel is larger than the padded input. Received: input=(2, 2), kernel=(3, 3), padding=0.``
        and those of `pad2d` and `conv.geometry.as_pair`.

    Examples
    --------
    >>> conv2d([[[0, 1, 2], [3, 4, 5], [6, 7, 8]]], [[[[0, 1], [2, 3]]]])  # first: 0*0 + 1*1 + 3*2 + 4*3
    array([[[19, 25],
            [37, 43]]])

    References
    ----------
    PyTorch, ``torch.nn.functional.conv2d``. Dumoulin & Visin, *A guide to convolution arithmetic
    for deep learning*, 2016.
    """
    images, kernels = as_images(x, "x"), _as_kernels(weight)
    steps, sides, size = _plan(images, kernels, stride, padding, dilation, groups)
    dtype, (images, kernels, offsets) = promoted(images, kernels, _as_bias(bias, len(kernels)))
    if padding_mode != "zeros":
        images, sides = pad2d(images, sides, padding_mode), ((0, 0), (0, 0))
    out = _correlate(images, kernels, sides, size, steps)
    if bias is not None:
        out += offsets[:, None, None]
    return ranked_as(out.astype(dtype, copy=False), x)


@quiet
def conv2d_naive(
    x: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, *, stride: Size = 1, padding: Padding = 0,
    dilation: Size = 1, groups: int = 1, padding_mode: PaddingMode = "zeros",
) -> np.ndarray:
    """Say what `conv2d` is, in nested loops: the same arguments, the same result, slowly.

    Examples
    --------
    >>> conv2d_naive([[[0, 1, 2], [3, 4, 5], [6, 7, 8]]], [[[[0, 1], [2, 3]]]])
    array([[[19, 25],
            [37, 43]]])
    """
    images, kernels = as_images(x, "x"), _as_kernels(weight)
    steps, sides, size = _plan(images, kernels, stride, padding, dilation, groups)
    dtype, (images, kernels, offsets) = promoted(images, kernels, _as_bias(bias, len(kernels)))
    padded = pad2d(images, sides, padding_mode)
    filters, channels, kernel_rows, kernel_cols = kernels.shape
    out = np.empty((len(images), filters, *size), images.dtype)
    for n, f, row, col in np.ndindex(out.shape):
        first = f // (filters // groups) * channels  # the first channel of the filter's group
        top, left = row * steps.stride[0], col * steps.stride[1]
        total = offsets[f]
        for channel, i, j in np.ndindex(channels, kernel_rows, kernel_cols):
            pixel = padded[n, first + channel, top + i * steps.dilation[0], left + j * steps.dilation[1]]
            total = total + kernels[f, channel, i, j] * pixel
        out[n, f, row, col] = total
    return ranked_as(out.astype(dtype, copy=False), x)


@quiet
def conv2d_backward(
    grad_output: ArrayLike, x: ArrayLike, weight: ArrayLike, *, stride: Size = 1, padding: Padding = 0,
    dilation: Size = 1, groups: int = 1, padding_mode: PaddingMode = "zeros",
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Gradients of `conv2d`, given the gradient g of its output.

    .. math::

        \frac{\partial L}{\partial b_f} = \sum_{n,r,c} g_{n,f,r,c} \qquad
        \frac{\partial L}{\partial w_{f,k,i,j}} =
        \sum_{n,r,c} g_{n,f,r,c} \, \hat x_{n, k, r s + i d, c s + j d}

    and the gradient of x is g, transposed-convolved with w; what falls on the padding goes back
    to the pixels the padding was copied from.

    Parameters
    ----------
    grad_output : array_like, of the shape of the output
    x, weight, stride, padding, dilation, groups, padding_mode
        As given to `conv2d`.

    Returns
    -------
    grad_x, grad_weight, grad_bias : ndarray
        Of the shapes of ``x`` and ``weight``, and (C_out,). Of the dtype NumPy promotes the
        three arrays to.

    Raises
    ------
    ConvError
        ``The gradient must have the shape of the output. Received: grad_output=(1, 2, 2), output=(1, 3, 3).``
        and those of `conv2d`.

    Examples
    --------
    >>> grad_x, grad_weight, grad_bias = conv2d_backward([[[1.0, 10.0]]], [[[1.0, 2.0, 3.0]]], [[[[4.0, 5.0]]]])
    >>> grad_x, grad_weight, grad_bias  # 4*1, 5*1 + 4*10, 5*10; 1*1 + 2*10, 2*1 + 3*10; 1 + 10
    (array([[[ 4., 45., 50.]]]), array([[[[21., 32.]]]]), array([11.]))

    References
    ----------
    PyTorch, ``torch.nn.grad.conv2d_input`` and ``conv2d_weight``. Dumoulin & Visin, 2016, chapter 4.
    """
    images, kernels = as_images(x, "x"), _as_kernels(weight)
    steps, sides, size = _plan(images, kernels, stride, padding, dilation, groups)
    grads = as_gradient(grad_output, x, (len(images), len(kernels), *size))
    dtype, (images, kernels, grads) = promoted(images, kernels, grads)
    padded = pad2d(images, sides, padding_mode)
    grad_x = pad2d_backward(_transpose(grads, kernels, padded.shape[2:], steps), sides, padding_mode)
    grad_weight = _weight_gradient(grads, padded, steps)
    grad_bias = grads.sum(axis=(0, 2, 3))
    return ranked_as(grad_x.astype(dtype), x), grad_weight.astype(dtype), grad_bias.astype(dtype)


@quiet
def conv_transpose2d(
    x: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, *, stride: Size = 1, padding: Padding = 0,
    output_padding: Size = 0, groups: int = 1, dilation: Size = 1,
) -> np.ndarray:
    r"""Lay every filter, times each pixel, over the output and add up: `conv2d` run backwards.

    .. math::

        y_{n,f,u,v} = b_f + \sum_{k,r,c,i,j} w_{k,f,i,j} \, x_{n,k,r,c}
        \quad \text{over} \quad r s + i d - p = u, \; c s + j d - p = v

    Parameters
    ----------
    x : array_like, (C_in, H, W) or (N, C_in, H, W)
    weight : array_like, (C_in, C_out/groups, KH, KW)
    bias : array_like, (C_out,), optional
    stride, dilation : int or (rows, cols)
        s, d >= 1.
    padding : int, (rows, cols), ((top, bottom), (left, right)), "valid", "same" or "full"
        Taken away from the output: p is the padding of the convolution this one undoes.
        ``"same"`` gives ``H_out = H s`` (when the kernel reaches as far as the stride).
    output_padding : int or (rows, cols)
        Added at the bottom and right, less than s or less than d: it tells apart the inputs of
        a strided convolution that give outputs of one size.
    groups : int
        Divides C_in.

    Returns
    -------
    ndarray, (C_out, H_out, W_out) or (N, C_out, H_out, W_out)
        ``H_out = (H - 1) s + d(KH - 1) + 1 + output_padding - top - bottom``. Its dtype is as that
        of `conv2d`.

    Raises
    ------
    ConvError
        ``The input must have weight.shape[0] channels. Received: x=(1, 3, 5, 5), weight=(2, 2, 3, 3).``
        ``Groups must divide the channels. Received: groups=2, channels=3.``
        ``Output padding must be less than the stride or the dilation. Received: output_padding=1,
        stride=(1, 1), dilation=(1, 1).``
        ``Padding takes away the whole output. Received: input=(1, 1), kernel=(1, 1), padding=1.``
        and those of `conv2d`.

    Examples
    --------
    >>> conv_transpose2d([[[1, 2]]], [[[[1, 1, 1]]]], stride=2)  # the middle: 1*1 + 2*1
    array([[[1, 1, 3, 2, 2]]])

    References
    ----------
    PyTorch, ``torch.nn.functional.conv_transpose2d``. Dumoulin & Visin, 2016, chapter 4.
    """
    images, kernels = as_images(x, "x"), _as_kernels(weight)
    steps, sides, size = _plan_transpose(images, kernels, stride, padding, output_padding, groups, dilation)
    dtype, (images, kernels, offsets) = promoted(images, kernels, _as_bias(bias, kernels.shape[1] * groups))
    (top, bottom), (left, right) = sides
    whole = _transpose(images, kernels, (size[0] + top + bottom, size[1] + left + right), steps)
    out = whole[:, :, top : top + size[0], left : left + size[1]]
    return ranked_as((out + offsets[:, None, None]).astype(dtype, copy=False), x)


@quiet
def conv_transpose2d_backward(
    grad_output: ArrayLike, x: ArrayLike, weight: ArrayLike, *, stride: Size = 1, padding: Padding = 0,
    output_padding: Size = 0, groups: int = 1, dilation: Size = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of `conv_transpose2d`, given the gradient g of its output.

    The gradient of x is the convolution of g with the same weight; the gradient of the weight is
    that of `conv2d_backward` with x and g in each other's place.

    Parameters
    ----------
    grad_output : array_like, of the shape of the output
    x, weight, stride, padding, output_padding, groups, dilation
        As given to `conv_transpose2d`.

    Returns
    -------
    grad_x, grad_weight, grad_bias : ndarray
        Of the shapes of ``x`` and ``weight``, and (C_out,). Of the dtype NumPy promotes the
        three arrays to.

    Raises
    ------
    ConvError
        ``The gradient must have the shape of the output. Received: grad_output=(1, 2, 2), output=(1, 3, 3).``
        and those of `conv_transpose2d`.

    Examples
    --------
    >>> grad_x, grad_weight, grad_bias = conv_transpose2d_backward([[[1, 2, 3]]], [[[10, 20]]], [[[[4, 5]]]])
    >>> grad_x, grad_weight, grad_bias  # 1*4 + 2*5, 2*4 + 3*5; 1*10 + 2*20, 2*10 + 3*20; 1 + 2 + 3
    (array([[[14, 23]]]), array([[[[50, 80]]]]), array([6]))

    References
    ----------
    Dumoulin & Visin, 2016, chapter 4.
    """
    images, kernels = as_images(x, "x"), _as_kernels(weight)
    steps, sides, size = _plan_transpose(images, kernels, stride, padding, output_padding, groups, dilation)
    grads = as_gradient(grad_output, x, (len(images), kernels.shape[1] * groups, *size))
    dtype, (images, kernels, grads) = promoted(images, kernels, grads)
    grad_x = _correlate(grads, kernels, sides, images.shape[2:], steps)
    grad_weight = _weight_gradient(images, pad2d(grads, sides), steps)
    grad_bias = grads.sum(axis=(0, 2, 3))
    return ranked_as(grad_x.astype(dtype), x), grad_weight.astype(dtype), grad_bias.astype(dtype)


def _as_kernels(weight: ArrayLike) -> np.ndarray:
    kernels = as_real(weight, "weight")
    if kernels.ndim != 4:
        raise ConvError.broken("A weight must have four axes.", weight=kernels.shape)
    return kernels


def _as_bias(bias: ArrayLike | None, channels: int) -> np.ndarray:
    """Read the bias; without one, zeros of a dtype that promotes nothing."""
    if bias is None:
        return np.zeros(channels, np.bool_)
    offsets = as_real(bias, "bias")
    if offsets.shape != (channels,):
        raise ConvError.broken(
            "A bias must hold one number for each output channel.", bias=offsets.shape, channels=channels
        )
    return offsets


def _plan(
    images: np.ndarray, kernels: np.ndarray, stride: Size, padding: Padding, dilation: Size, groups: int
) -> tuple[_Steps, Pads, Pair]:
    """Check the sizes of a convolution; resolve its steps, its padding and the size of its output."""
    steps = _steps(kernels, stride, dilation, groups)
    if images.shape[1] != kernels.shape[1] * groups:
        raise ConvError.broken(
            "The input must have groups x weight.shape[1] channels.",
            x=images.shape, weight=kernels.shape, groups=groups,
        )
    if len(kernels) % groups:
        raise ConvError.broken("Groups must divide the filters.", groups=groups, filters=len(kernels))
    size = output_size(images.shape[2:], steps.kernel, stride=stride, padding=padding, dilation=dilation)
    sides = pads(padding, images.shape[2:], steps.kernel, stride=stride, dilation=dilation)
    return steps, sides, size


def _plan_transpose(
    images: np.ndarray, kernels: np.ndarray, stride: Size, padding: Padding, output_padding: Size, groups: int,
    dilation: Size,
) -> tuple[_Steps, Pads, Pair]:
    """As `_plan`, for a transposed convolution."""
    steps = _steps(kernels, stride, dilation, groups)
    if images.shape[1] != len(kernels):
        raise ConvError.broken(
            "The input must have weight.shape[0] channels.", x=images.shape, weight=kernels.shape
        )
    if len(kernels) % groups:
        raise ConvError.broken("Groups must divide the channels.", groups=groups, channels=len(kernels))
    n, stride, dilation = images.shape[2:], steps.stride, steps.dilation
    size = transposed_output_size(
        n, steps.kernel, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation
    )
    sides = transposed_pads(padding, n, steps.kernel, stride=stride, dilation=dilation)
    return steps, sides, size


def _steps(kernels: np.ndarray, stride: Size, dilation: Size, groups: int) -> _Steps:
    if not isinstance(groups, int | np.integer) or groups < 1:
        raise ConvError.broken("Groups must be an integer, at least 1.", groups=groups)
    kernel = as_pair(kernels.shape[2:], "kernel_size")
    return _Steps(kernel, as_pair(stride, "stride"), as_pair(dilation, "dilation"), int(groups))


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
    window = channels * kernel_rows * kernel_cols
    for some, rows in _blocks(samples, size[0], window * size[1] * images.itemsize):
        part = images[some]
        height = rows.stop - rows.start
        columns = np.empty((len(part), channels, kernel_rows, kernel_cols, height, size[1]), images.dtype)
        for i, j in np.ndindex(kernel_rows, kernel_cols):
            columns[:, :, i, j] = part[:, :, *_tap(i, j, rows, size[1], stride, dilation)]
        yield some, rows, columns.reshape(len(part), groups, window // groups, height * size[1])


def _tap(i: int, j: int, rows: slice, cols: int, stride: Pair, dilation: Pair) -> tuple[slice, slice]:
    """The padded pixels that one tap of the kernel meets while it makes some rows of the output."""
    top, left = rows.start * stride[0] + i * dilation[0], j * dilation[1]
    height = rows.stop - rows.start
    return (
        slice(top, top + (height - 1) * stride[0] + 1, stride[0]),
        slice(left, left + (cols - 1) * stride[1] + 1, stride[1]),
    )


def _window_blocks(
    images: np.ndarray, sides: Pads, size: Pair, steps: _Steps
) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Lay out what lies under rows of outputs, ``(groups, rows, KH C/groups KW, N W_out)``, block by block.

    Each pixel is copied only KW times: the lines of the image follow each other as ``(C/groups KW, N W_out)``,
    so that KH of them are one piece, which overlaps the next. The lines under a kernel are d apart, so
    every d-th line is laid out, for all the rows of outputs, `period` apart, whose kernels begin on one of them.
    """
    (kernel_rows, kernel_cols), stride, dilation, groups = steps
    samples, channels = len(images), images.shape[1] // groups
    common = math.gcd(stride[0], dilation[0])
    period, step = dilation[0] // common, stride[0] // common  # from row to row, in rows and in lines laid out
    sources = images.reshape(samples, groups, channels, *images.shape[2:]).transpose(1, 3, 2, 0, 4)
    col_taps = taps(images.shape[3], kernel_cols, stride[1], dilation[1], sides[1][0], size[1])
    row_bytes = groups * channels * kernel_cols * size[1] * images.itemsize
    for first in range(min(period, size[0])):
        alike = range(first, size[0], period)
        for some, part in _blocks(samples, len(alike), step * row_bytes):
            rows, batch = alike[part], len(images[some])
            lines = (len(rows) - 1) * step + kernel_rows
            [(inside, seen)] = taps(images.shape[2], 1, dilation[0], 1, sides[0][0] - rows.start * stride[0], lines)
            laid = np.zeros((groups, lines, channels, kernel_cols, batch, size[1]), images.dtype)
            for tap, (cols_out, cols) in enumerate(col_taps):
                laid[:, inside, :, tap, :, cols_out] = sources[:, seen, :, some, cols]
            group, line, _, pixel, _, item = laid.strides
            shape = (groups, len(rows), kernel_rows * channels * kernel_cols, batch * size[1])
            windows = as_strided(laid, shape, (group, step * line, pixel, item), writeable=False)
            yield some, slice(rows.start, rows.stop, period), windows


def _correlate(images: np.ndarray, kernels: np.ndarray, sides: Pads, size: Pair, steps: _Steps) -> np.ndarray:
    """Multiply the filters, one a row of a matrix, with what lies under each row of outputs."""
    samples, groups, filters = len(images), steps.groups, len(kernels) // steps.groups
    matrix = kernels.swapaxes(1, 2).reshape(groups, 1, filters, math.prod(kernels.shape[1:]))
    out = np.empty((samples, groups, filters, *size), images.dtype)
    for some, rows, windows in _window_blocks(images, sides, size, steps):
        target = out[some, :, :, rows].transpose(1, 3, 2, 0, 4)  # (groups, rows, C_out/groups, N, W_out)
        target[...] = np.matmul(matrix, windows).reshape(target.shape)
    return out.reshape(samples, len(kernels), *size)  # (N, C_out, H_out, W_out)


def _weight_gradient(grads: np.ndarray, images: np.ndarray, steps: _Steps) -> np.ndarray:
    """Correlate the images with the gradient: the columns again, multiplied from the other side."""
    samples, filters, rows_out, cols_out = grads.shape
    groups, channels = steps.groups, images.shape[1] // steps.groups
    flat = grads.reshape(samples, groups, filters // groups, rows_out * cols_out)
    total = np.zeros((groups, filters // groups, channels * math.prod(steps.kernel)), grads.dtype)
    for some, rows, columns in _column_blocks(images, (rows_out, cols_out), steps):
        part = flat[some, :, :, rows.start * cols_out : rows.stop * cols_out]
        total += np.matmul(part, columns.swapaxes(2, 3)).sum(axis=0)
    return total.reshape(filters, channels, *steps.kernel)  # (C_out, C_in / groups, KH, KW)


def _transpose(grads: np.ndarray, kernels: np.ndarray, size: Pair, steps: _Steps) -> np.ndarray:
    """Lay the kernel, times each pixel, over an image of the given size and add: `_correlate` run backwards."""
    (kernel_rows, kernel_cols), stride, dilation, groups = steps
    samples, filters, rows_in, cols_in = grads.shape
    channels = kernels.shape[1] * groups
    matrix = kernels.reshape(groups, filters // groups, math.prod(kernels.shape[1:])).swapaxes(1, 2)
    flat = grads.reshape(samples, groups, filters // groups, rows_in * cols_in)
    out = np.zeros((samples, channels, *size), grads.dtype)
    for some, rows in _blocks(samples, rows_in, channels * kernel_rows * kernel_cols * cols_in * grads.itemsize):
        columns = np.matmul(matrix, flat[some, :, :, rows.start * cols_in : rows.stop * cols_in])
        columns = columns.reshape(len(columns), channels, kernel_rows, kernel_cols, rows.stop - rows.start, cols_in)
        for i, j in np.ndindex(kernel_rows, kernel_cols):
            out[some, :, *_tap(i, j, rows, cols_in, stride, dilation)] += columns[:, :, i, j]
    return out
