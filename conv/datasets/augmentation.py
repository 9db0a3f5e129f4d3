"""New images out of old ones: a little to the side, a little turned."""

from __future__ import annotations

import math

import numpy as np

from conv.arrays import as_real
from conv.errors import ConvError


def augment(
    images: np.ndarray, rng: np.random.Generator, *, shift: float = 1.0, rotation: float = 10.0, fill: float = 0.0
) -> np.ndarray:
    r"""Shift and turn each image at random: what it shows stays, and the network learns that it does.

    Each output pixel is looked up where it came from, between four pixels, by bilinear interpolation: with the middle
    of the image as origin, an angle :math:`\alpha` and a shift t,

    .. math:: \text{source} = R(-\alpha)\, (\text{target} - t)

    Parameters
    ----------
    images : ndarray, shape (N, C, H, W)
    rng : numpy.random.Generator
        Draws three numbers an image: its angle, and its shifts down and to the right.
    shift : float
        The most rows and columns, at least 0; drawn uniformly from -shift to shift.
    rotation : float
        The most degrees, 0 to 180; drawn uniformly from -rotation to rotation, positive is anticlockwise.
    fill : float
        What comes in from outside the image.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        New, of the images' dtype if they are floats, else float32.

    Raises
    ------
    ConvError
        ``Images must have the shape (N, C, H, W). Received: images=(8, 8).``
        ``Shift must be at least 0 and rotation from 0 to 180 degrees. Received: shift=-1, rotation=10.``

    Examples
    --------
    >>> image = np.zeros((1, 1, 1, 4), np.float32)
    >>> image[..., 1] = 1
    >>> augment(image, np.random.default_rng(0), shift=0, rotation=0)
    array([[[[0., 1., 0., 0.]]]], dtype=float32)

    References
    ----------
    Simard, Steinkraus & Platt, *Best Practices for Convolutional Neural Networks*, 2003.
    """
    x = as_real(images, "images")
    if x.ndim != 4:
        raise ConvError.broken("Images must have the shape (N, C, H, W).", images=x.shape)
    if not (0 <= shift < math.inf and 0 <= rotation <= 180):
        rule = "Shift must be at least 0 and rotation from 0 to 180 degrees."
        raise ConvError.broken(rule, shift=shift, rotation=rotation)
    if x.dtype.kind != "f":
        x = x.astype(np.float32)
    drawn = rng.uniform(-1, 1, (3, len(x), 1, 1)).astype(x.dtype)
    rows, cols = _sources(x.shape[2:], np.radians(drawn[0] * rotation), drawn[1] * shift, drawn[2] * shift)
    return _bilinear(x, rows, cols, fill)


def _sources(
    size: tuple[int, ...], angle: np.ndarray, down: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns that each target pixel comes from, (N, H, W) each."""
    middle_row, middle_col = (size[0] - 1) / 2, (size[1] - 1) / 2
    row = np.arange(size[0], dtype=angle.dtype)[:, None] - middle_row - down  # (N, H, 1)
    col = np.arange(size[1], dtype=angle.dtype) - middle_col - right  # (N, 1, W)
    sine, cosine = np.sin(angle), np.cos(angle)
    return cosine * row + sine * col + middle_row, cosine * col - sine * row + middle_col


def _bilinear(x: np.ndarray, rows: np.ndarray, cols: np.ndarray, fill: float) -> np.ndarray:
    """Look images up between their pixels, with a border of two pixels of ``fill`` that what is outside falls into."""
    count, channels, height, width = x.shape
    padded = np.full((count, height + 4, width + 4, channels), fill, x.dtype)
    padded[:, 2:-2, 2:-2] = x.transpose(0, 2, 3, 1)
    flat = padded.reshape(-1, channels)
    rows, cols = np.clip(rows + 2, 0, height + 2), np.clip(cols + 2, 0, width + 2)
    top, left = np.floor(rows), np.floor(cols)
    below, right = (rows - top)[..., None], (cols - left)[..., None]  # (N, H, W, 1)
    start = np.arange(count)[:, None, None] * (height + 4) * (width + 4)
    index = start + top.astype(np.intp) * (width + 4) + left.astype(np.intp)  # (N, H, W), of the pixel above and left
    over = flat[index] * (1 - right) + flat[index + 1] * right
    under = flat[index + width + 4] * (1 - right) + flat[index + width + 5] * right
    return np.ascontiguousarray((over * (1 - below) + under * below).transpose(0, 3, 1, 2))  # (N, C, H, W)
