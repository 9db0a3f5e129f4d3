"""Training images moved and turned a little, so that a network does not learn where exactly a thing was.

Each function takes a batch and a generator, and draws for every image anew. With ``functools.partial`` it is what
`conv.training.Trainer` calls: ``augment=partial(shift, most=2)``.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from conv.geometry import as_pair
from conv.padding import pad2d

Array = np.ndarray


def shift(images: Array, rng: np.random.Generator, *, most: int = 1) -> Array:
    """Move each image by up to ``most`` whole pixels up or down and left or right; zeros come in.

    Parameters
    ----------
    images : ndarray, (N, C, H, W)
    rng : numpy.random.Generator
    most : int
        At least 0.

    Raises
    ------
    ConvError
        ``Most must be at least 0. Received: most=-1.``

    Examples
    --------
    >>> shift(np.ones((1, 1, 2, 2)), np.random.default_rng(0), most=1)  # up by one
    array([[[[1., 1.],
             [0., 0.]]]])
    """
    most, _ = as_pair(most, "most", least=0)
    windows = sliding_window_view(pad2d(images, most), images.shape[2:], axis=(2, 3))  # (N, C, rows, cols, H, W)
    rows, cols = rng.integers(0, 2 * most + 1, (2, len(images)))
    return windows[np.arange(len(images)), :, rows, cols]  # (N, C, H, W)


def rotate(images: Array, rng: np.random.Generator, *, most: float = 10.0) -> Array:
    r"""Turn each image about its middle by up to ``most`` degrees either way; zeros come in.

    The value at a pixel is read where the turn takes it from,
    :math:`(r \cos a - c \sin a, \; r \sin a + c \cos a)` counted from the middle, linearly between pixels.

    Parameters
    ----------
    images : ndarray, (N, C, H, W)
    rng : numpy.random.Generator
    most : float
        Degrees.

    Examples
    --------
    >>> rotate(np.ones((1, 1, 1, 1)), np.random.default_rng(0), most=90)
    array([[[[1.]]]])
    """
    height, width = images.shape[2:]
    angle = np.radians(rng.uniform(-most, most, (len(images), 1, 1)))
    row, col = np.indices((height, width)) - np.array([height - 1, width - 1])[:, None, None] / 2
    rows = row * np.cos(angle) - col * np.sin(angle) + (height + 1) / 2  # counted with a border of one pixel
    cols = row * np.sin(angle) + col * np.cos(angle) + (width + 1) / 2
    rows, cols = np.clip(rows, 0, height + 0.999), np.clip(cols, 0, width + 0.999)
    top, left = rows.astype(int), cols.astype(int)
    down, right = (rows - top)[:, None], (cols - left)[:, None]  # (N, 1, H, W)
    padded = pad2d(images, 1).transpose(0, 2, 3, 1)  # (N, H + 2, W + 2, C)
    which = np.arange(len(images))[:, None, None]

    def pixels(below: int, beside: int) -> Array:
        return padded[which, top + below, left + beside].transpose(0, 3, 1, 2)  # (N, C, H, W)

    upper = pixels(0, 0) * (1 - right) + pixels(0, 1) * right
    lower = pixels(1, 0) * (1 - right) + pixels(1, 1) * right
    return (upper * (1 - down) + lower * down).astype(images.dtype)
