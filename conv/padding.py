"""What lies beyond the border: zeros, or the image reflected, replicated or repeated."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from conv.arrays import as_images, as_real, quiet, ranked_as, working_dtype
from conv.errors import ConvError
from conv.geometry import Padding, Pads, pads

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
MODES = ("zeros", "reflect", "replicate", "circular")


@quiet
def pad2d(x: ArrayLike, padding: Padding, mode: PaddingMode = "zeros", value: float = 0.0) -> np.ndarray:
    """Surround an image with a border.

    ========== =================== ===========================
    mode       beyond ``a b c d``  allowed padding
    ========== =================== ===========================
    zeros      ``0 0|a b c d|0 0`` any
    reflect    ``c b|a b c d|c b`` less than the image's size
    replicate  ``a a|a b c d|d d`` any
    circular   ``c d|a b c d|a b`` at most the image's size
    ========== =================== ===========================

    Parameters
    ----------
    x : array_like, (C, H, W) or (N, C, H, W)
    padding : int, (rows, cols) or ((top, bottom), (left, right))
        Numbers of pixels, at least 0.
    mode : "zeros", "reflect", "replicate" or "circular"
    value : float
        What ``"zeros"`` writes, when it is not 0. The other modes take none.

    Returns
    -------
    ndarray, (C, H + top + bottom, W + left + right) or with N before it
        Of the dtype of ``x``; always a copy.

    Raises
    ------
    ConvError
        ``Padding mode must be one of 'zeros', 'reflect', 'replicate', 'circular'. Received: mode='mirror'.``
        ``Reflect padding must be less than the input. Received: padding=3, input=(3, 3).``
        ``Circular padding must be at most the input. Received: padding=4, input=(3, 3).``
        ``Padding without a kernel must be numbers. Received: padding='same'.``
        ``Only mode 'zeros' takes a value. Received: mode='reflect', value=1.0.``
        ``The value must fit the dtype of the input. Received: value=0.5, x='int64'.``

    Examples
    --------
    >>> pad2d([[[1, 2, 3]]], ((0, 0), (2, 1)), "reflect")
    array([[[3, 2, 1, 2, 3, 2]]])

    References
    ----------
    PyTorch, ``torch.nn.functional.pad``.
    """
    images = as_images(x, "x")
    sides = _numeric_pads(padding)
    rows, cols = images.shape[2:]
    _check(sides, mode, padding, (rows, cols))
    if mode != "zeros":
        if value != 0:
            raise ConvError.broken("Only mode 'zeros' takes a value.", mode=mode, value=value)
        padded = images.take(_sources(rows, *sides[0], mode), axis=2).take(_sources(cols, *sides[1], mode), axis=3)
        return ranked_as(padded, x)
    (top, bottom), (left, right) = sides
    shape = (*images.shape[:2], rows + top + bottom, cols + left + right)
    padded = np.full(shape, _as_dtype(value, images.dtype))
    padded[:, :, top : top + rows, left : left + cols] = images
    return ranked_as(padded, x)


@quiet
def pad2d_backward(grad_output: ArrayLike, padding: Padding, mode: PaddingMode = "zeros") -> np.ndarray:
    """Gradient of `pad2d`: every border pixel gives its gradient back to the pixel it was copied from.

    Parameters
    ----------
    grad_output : array_like, (C, H + top + bottom, W + left + right) or with N before it
    padding, mode
        As given to `pad2d`.

    Returns
    -------
    ndarray, (C, H, W) or (N, C, H, W)

    Raises
    ------
    ConvError
        ``The gradient is smaller than its padding. Received: grad_output=(1, 2, 2), padding=1.``
        and those of `pad2d`.

    Examples
    --------
    >>> pad2d_backward([[[1, 2, 4, 8]]], ((0, 0), (1, 0)), "reflect")  # the first 1 was copied from the 4
    array([[[2, 5, 8]]])
    """
    grads = as_images(grad_output, "grad_output")
    sides = _numeric_pads(padding)
    size = (grads.shape[2] - sum(sides[0]), grads.shape[3] - sum(sides[1]))
    if min(size) < 1:
        raise ConvError.broken(
            "The gradient is smaller than its padding.", grad_output=np.shape(grad_output), padding=padding
        )
    _check(sides, mode, padding, size)
    folded = grads.astype(working_dtype(grads.dtype))
    for axis in (2, 3):
        folded = _fold(folded, axis, *sides[axis - 2], mode)
    return ranked_as(folded.astype(grads.dtype), grad_output)


def taps(size: int, kernel: int, stride: int, dilation: int, before: int, outputs: int) -> list[tuple[slice, slice]]:
    """Along one axis, for each tap of the kernel: which outputs find a pixel under it, and which pixels.

    What falls on the ``before`` lines of padding, or beyond the ``size`` of the image, is left out.

    Examples
    --------
    >>> taps(4, 3, stride=1, dilation=1, before=1, outputs=4)
    [(slice(1, 4, None), slice(0, 3, 1)), (slice(0, 4, None), slice(0, 4, 1)), (slice(0, 3, None), slice(1, 4, 1))]
    """
    met = []
    for tap in range(kernel):
        shift = tap * dilation - before  # output o meets pixel o * stride + shift
        first, last = max(0, -(shift // stride)), min(outputs - 1, (size - 1 - shift) // stride)
        if first <= last:
            met.append((slice(first, last + 1), slice(first * stride + shift, last * stride + shift + 1, stride)))
        else:
            met.append((slice(0), slice(0)))
    return met


def _fold(grads: np.ndarray, axis: int, before: int, after: int, mode: str) -> np.ndarray:
    lines = np.moveaxis(grads, axis, 0)
    size = len(lines) - before - after
    folded = lines[before : before + size].copy()
    if mode != "zeros":
        source = _sources(size, before, after, mode)
        for line in (*range(before), *range(before + size, len(lines))):
            folded[source[line]] += lines[line]
    return np.moveaxis(folded, 0, axis)


def _sources(size: int, before: int, after: int, mode: str) -> np.ndarray:
    """The line of the image that each line of the padded image is copied from."""
    line = np.arange(-before, size + after)
    if mode == "reflect":
        return size - 1 - np.abs(size - 1 - np.abs(line))
    if mode == "replicate":
        return np.clip(line, 0, size - 1)
    return line % size


def _numeric_pads(padding: Padding) -> Pads:
    if isinstance(padding, str) and padding != "valid":
        raise ConvError.broken("Padding without a kernel must be numbers.", padding=padding)
    return pads(padding, 1, 1)


def _check(sides: Pads, mode: str, padding: Padding, size: tuple[int, int]) -> None:
    if mode not in MODES:
        raise ConvError.broken(f"Padding mode must be one of {str(MODES)[1:-1]}.", mode=mode)
    excess = max(max(sides[axis]) - size[axis] for axis in (0, 1))
    if mode == "reflect" and excess >= 0:
        raise ConvError.broken("Reflect padding must be less than the input.", padding=padding, input=size)
    if mode == "circular" and excess > 0:
        raise ConvError.broken("Circular padding must be at most the input.", padding=padding, input=size)


def _as_dtype(value: float, dtype: np.dtype) -> np.ndarray:
    number = as_real(value, "value")
    if number.ndim or (dtype.kind != "f" and number.astype(dtype) != number):
        raise ConvError.broken("The value must fit the dtype of the input.", value=value, x=str(dtype))
    return number.astype(dtype)
