"""Input patterns for the grids: small arrays whose numbers can be followed by eye."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv.errors import ConvError
from conv.geometry import Size, as_pair
from conv.kernels import centred

Array = NDArray[np.float64]


class Pattern(NamedTuple):
    """What a menu says of a pattern."""

    title: str
    description: str


PATTERNS: dict[str, Pattern] = {
    "ramp": Pattern("0, 1, 2, …", "Counts row by row: every cell is different."),
    "random": Pattern("Random integers", "Integers from 0 to 9."),
    "signed_random": Pattern("Random, with signs", "Integers from -5 to 5."),
    "edge": Pattern("Vertical edge", "Dark on the left, bright on the right."),
    "horizontal_edge": Pattern("Horizontal edge", "Dark above, bright below."),
    "checkerboard": Pattern("Checkerboard", "Ones and zeros in turn."),
    "diagonal": Pattern("Diagonal", "A line from the top left."),
    "impulse": Pattern("Impulse", "A single one: the output shows the kernel, turned round."),
    "constant": Pattern("Constant", "Ones everywhere: the output shows the border."),
    "pixel_digit": Pattern("Pixel digit", "A digit drawn in ones and zeros."),
    "handwritten_digit": Pattern("Handwritten digit", "A real digit of the UCI set, in shades from 0 to 1."),
    "guide_figure": Pattern("The guide's figure", "The 5×5 input of Dumoulin & Visin's worked figures."),
}
"""The patterns by name, in the order of a menu."""

GUIDE_FIGURE = ((3, 3, 2, 1, 0), (0, 0, 1, 3, 1), (3, 1, 2, 2, 3), (2, 0, 0, 2, 2), (2, 0, 0, 0, 1))

# Seven rows of five pixels to a digit.
FONT = """
.###. ..#.. .###. ##### ...#. ##### .###. ##### .###. .###.
#...# .##.. #...# ....# ..##. #.... #.... ....# #...# #...#
#...# ..#.. ....# ...#. .#.#. ####. #.... ...#. #...# #...#
#...# ..#.. ...#. ..##. #..#. ....# ####. ..#.. .###. .####
#...# ..#.. ..#.. ....# ##### ....# #...# ..#.. #...# ....#
#...# ..#.. .#... #...# ...#. #...# #...# ..#.. #...# ....#
.###. .###. ##### .###. ...#. .###. .###. ..#.. .###. .###.
"""
_ROWS = np.array([[[mark == "#" for mark in word] for word in line.split()] for line in FONT.split("\n") if line])
GLYPHS = _ROWS.transpose(1, 0, 2).astype(float)  # (10, 7, 5)

# One clear example of each digit in the set.
HANDWRITTEN = (30, 42, 50, 60, 64, 32, 66, 44, 53, 69)


def pattern(name: str, size: Size, rng: np.random.Generator | None = None, *, digit: int = 3) -> Array:
    """Give a named input pattern at a size.

    Parameters
    ----------
    name : str
        One of `PATTERNS`.
    size : int or (rows, cols)
        (H, W), each at least 1.
    rng : numpy.random.Generator, optional
        Only ``"random"`` and ``"signed_random"`` need it.
    digit : int
        0 to 9, for ``"pixel_digit"`` and ``"handwritten_digit"``.

    Returns
    -------
    ndarray of float64, shape (H, W)

    Raises
    ------
    ConvError
        ``Pattern must be one of ramp, …, guide_figure. Received: name='stripes'.``
        ``Digit must be from 0 to 9. Received: digit=10.``
        ``A random pattern needs a random generator. Received: rng=None.``

    Examples
    --------
    >>> pattern("ramp", (2, 3))
    array([[0., 1., 2.],
           [3., 4., 5.]])
    >>> pattern("checkerboard", (2, 3))
    array([[1., 0., 1.],
           [0., 1., 0.]])
    """
    if name not in PATTERNS:
        raise ConvError.broken(f"Pattern must be one of {', '.join(PATTERNS)}.", name=name)
    if digit not in range(10):
        raise ConvError.broken("Digit must be from 0 to 9.", digit=digit)
    height, width = shape = as_pair(size, "size")
    row, col = np.indices(shape)
    match name:
        case "ramp":
            return np.arange(float(height * width)).reshape(shape)
        case "random":
            return _integers(0, 9, shape, rng)
        case "signed_random":
            return _integers(-5, 5, shape, rng)
        case "edge":
            return (col >= width / 2).astype(float)
        case "horizontal_edge":
            return (row >= height / 2).astype(float)
        case "checkerboard":
            return ((row + col + 1) % 2).astype(float)
        case "diagonal":
            return (row == col).astype(float)
        case "impulse":
            return centred([[1]], shape)
        case "constant":
            return np.ones(shape)
        case "pixel_digit":
            return _pixel_digit(digit, shape)
        case "handwritten_digit":
            return resample(digits()[0][HANDWRITTEN[digit]] / 16, shape).round(2)
        case _:
            return centred(GUIDE_FIGURE, shape)


@cache
def digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Load the bundled handwritten digits.

    Returns
    -------
    images : ndarray of uint8, shape (1797, 8, 8)
        0 for paper to 16 for ink; read-only.
    labels : ndarray of uint8, shape (1797,)
        0 to 9; read-only.

    References
    ----------
    Alpaydin & Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository,
    1998, CC BY 4.0; see data/README.md.
    """
    with np.load(Path(__file__).parent / "data" / "digits.npz", allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    images.setflags(write=False)
    labels.setflags(write=False)
    return images, labels


def resample(image: ArrayLike, size: Size) -> Array:
    r"""Resize images: each axis by the mean over areas when it shrinks, linearly when it grows.

    The axes are independent, :math:`y = R\, x\, C^T`, and each row of R and C has the sum 1, so
    that a constant stays constant.

    Parameters
    ----------
    image : array_like, shape (..., H, W)
    size : int or (rows, cols)
        The new (H', W').

    Returns
    -------
    ndarray of float64, shape (..., H', W')

    Raises
    ------
    ConvError
        ``Size must be at least 1. Received: size=0.``

    Examples
    --------
    >>> resample([[0, 2, 4, 6]], (1, 2))  # (0 + 2) / 2, (4 + 6) / 2
    array([[1., 5.]])
    >>> resample([[0, 4]], (1, 4))
    array([[0., 1., 3., 4.]])
    """
    x = np.asarray(image, dtype=float)
    height, width = as_pair(size, "size")
    return _weights(x.shape[-2], height) @ x @ _weights(x.shape[-1], width).T  # (..., H', W')


def _weights(n: int, m: int) -> Array:
    """How much of each of n old cells goes into each of m new ones, (m, n)."""
    old = np.arange(n)
    if m < n:  # the overlap of the old cell with the new one, as a part of the new one
        edges = np.arange(m + 1) * n / m
        overlap = np.minimum(edges[1:, None], old + 1) - np.maximum(edges[:-1, None], old)
        return np.maximum(overlap, 0) * m / n
    centres = np.clip((np.arange(m) + 0.5) * n / m - 0.5, 0, n - 1)  # of the new cells, counted in old ones
    return np.maximum(1 - np.abs(centres[:, None] - old), 0)


def _integers(least: int, most: int, shape: tuple[int, int], rng: np.random.Generator | None) -> Array:
    if rng is None:
        raise ConvError.broken("A random pattern needs a random generator.", rng=rng)
    return rng.integers(least, most + 1, shape).astype(float)


def _pixel_digit(digit: int, shape: tuple[int, int]) -> Array:
    """Draw a digit as large as whole pixels allow, in the middle; on a grid too small for it, shrink it."""
    glyph = GLYPHS[digit]
    scale = min(shape[0] // glyph.shape[0], shape[1] // glyph.shape[1])
    if scale >= 1:
        return centred(np.kron(glyph, np.ones((scale, scale))), shape)
    return (resample(glyph, shape) >= 0.4).astype(float)
