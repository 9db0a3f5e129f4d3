"""Drawn images: lines, corners and textures, as many and as large as one likes.

Each kind is a function of the rows and columns of a batch of images, both (N, H, W) and counted from the middle in
pixels, and of a `numpy.random.Generator`: it gives ink from 0 to 1. What is drawn varies in place, length, thickness
and contrast, but not in what tells the classes apart.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from conv.errors import ConvError
from conv.geometry import Pair, Size, as_pair

Array = NDArray[np.float64]
Draw = Callable[[Array, Array, np.random.Generator], Array]
LEAST_SIDE = 6  # pixels, in which a texture still repeats
TILT = 12.0  # degrees by which a line may lean from its class's direction
NOISE = 0.05  # the standard deviation of what is added to every pixel


def draw(kinds: tuple[str, ...], count: int, size: Size, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw a batch with as many images of each kind as of any other.

    Parameters
    ----------
    kinds : tuple of str
        Of `KINDS`.
    count : int
        Images, at least 1.
    size : int or (rows, cols)
        At least 6.
    rng : numpy.random.Generator

    Returns
    -------
    images : ndarray of float32, shape (count, 1, H, W)
        From 0 to 1, in random order.
    labels : ndarray of int64, shape (count,)
        Places in ``kinds``.

    Raises
    ------
    ConvError
        ``Drawn images must have at least 6 rows and 6 columns. Received: size=(4, 4).``

    Examples
    --------
    >>> images, labels = draw(("horizontal line", "vertical line"), 4, 8, np.random.default_rng(0))
    >>> images.shape, sorted(labels.tolist())
    ((4, 1, 8, 8), [0, 0, 1, 1])
    """
    shape = as_pair(size, "size")
    if min(shape) < LEAST_SIDE:
        rule = f"Drawn images must have at least {LEAST_SIDE} rows and {LEAST_SIDE} columns."
        raise ConvError.broken(rule, size=shape)
    labels = rng.permutation(np.arange(count) % len(kinds))
    images = np.empty((count, 1, *shape), np.float32)
    for label, kind in enumerate(kinds):
        chosen = labels == label
        images[chosen, 0] = _shaded(KINDS[kind], int(chosen.sum()), shape, rng)
    return images, labels


def _shaded(ink: Draw, count: int, shape: Pair, rng: np.random.Generator) -> Array:
    """Draw one kind: ink of some strength on paper of some shade, and noise, (N, H, W)."""
    rows, cols = (
        np.broadcast_to(axis, (count, *shape))
        for axis in np.meshgrid(*(np.arange(side) - (side - 1) / 2 for side in shape), indexing="ij")
    )
    paper, strength = _one_each(rng, count, 0.0, 0.2), _one_each(rng, count, 0.6, 0.8)
    image = paper + strength * ink(rows, cols, rng)
    return np.clip(image + rng.normal(0, NOISE, image.shape), 0, 1)


def _line(degrees: float, rows: Array, cols: Array, rng: np.random.Generator) -> Array:
    """A line through the middle's neighbourhood, anticlockwise from the horizontal."""
    count, side = len(rows), min(rows.shape[1:])
    angle = np.radians(degrees + _one_each(rng, count, -TILT, TILT))
    row, col = (axis - _one_each(rng, count, -side / 6, side / 6) for axis in (rows, cols))
    along, across = col * np.cos(angle) - row * np.sin(angle), col * np.sin(angle) + row * np.cos(angle)
    beyond = np.maximum(np.abs(along) - _one_each(rng, count, side / 4, side / 2), 0)
    return _stroke(np.hypot(beyond, across), rng)


def _corner(down: int, right: int, rows: Array, cols: Array, rng: np.random.Generator) -> Array:
    """Two arms at a right angle: one goes up (-1) or down (1), the other left (-1) or right (1)."""
    count, side = len(rows), min(rows.shape[1:])
    reach = side / 4  # so that the corner's own middle is about the image's
    row = (rows + down * reach - _one_each(rng, count, -side / 8, side / 8)) * down
    col = (cols + right * reach - _one_each(rng, count, -side / 8, side / 8)) * right
    # To a point of an arm: what is before its beginning, beyond its end, and beside it.
    length = _one_each(rng, count, 0.4 * side, 0.6 * side)
    arms = [np.hypot(along - np.clip(along, 0, length), beside) for along, beside in ((row, col), (col, row))]
    return _stroke(np.minimum(*arms), rng)


def _stroke(distance: Array, rng: np.random.Generator) -> Array:
    """Ink up to half the thickness from a curve, with a soft edge one pixel wide."""
    side = min(distance.shape[1:])
    half = _one_each(rng, len(distance), 0.5, max(0.8, side / 16))
    return np.clip(half + 0.5 - distance, 0, 1)


def _texture(pattern: Callable[[Array, Array], Array], rows: Array, cols: Array, rng: np.random.Generator) -> Array:
    """A pattern of waves, at any place and about four pixels long."""
    count = len(rows)
    wave = 2 * np.pi / _one_each(rng, count, 3.5, 5)
    phases = [_one_each(rng, count, 0, 2 * np.pi) for _ in range(2)]
    return np.clip(0.5 + pattern(wave * rows + phases[0], wave * cols + phases[1]), 0, 1)


def _one_each(rng: np.random.Generator, count: int, least: float, most: float) -> Array:
    """One number an image, (N, 1, 1)."""
    return rng.uniform(least, most, (count, 1, 1))


LINES: dict[str, Draw] = {
    "horizontal line": partial(_line, 0),
    "vertical line": partial(_line, 90),
    "rising line": partial(_line, 45),
    "falling line": partial(_line, -45),
}
CORNERS: dict[str, Draw] = {
    "top left corner": partial(_corner, 1, 1),
    "top right corner": partial(_corner, 1, -1),
    "bottom left corner": partial(_corner, -1, 1),
    "bottom right corner": partial(_corner, -1, -1),
}
TEXTURES: dict[str, Draw] = {
    "horizontal stripes": partial(_texture, lambda row, col: np.sin(row)),
    "vertical stripes": partial(_texture, lambda row, col: np.sin(col)),
    "checkerboard": partial(_texture, lambda row, col: np.sin(row) * np.sin(col)),
    "dots": partial(_texture, lambda row, col: np.sin(row) + np.sin(col) - 1),
}
KINDS = MappingProxyType(LINES | CORNERS | TEXTURES)
"""How each kind is drawn."""
