"""Named image kernels, and kernels of any size.

All are written for cross-correlation, the "convolution" of deep learning: `flip` one for the
convolution of mathematics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv.errors import ConvError
from conv.geometry import Size, as_pair

Array = NDArray[np.float64]
Maker = Callable[[int, int, np.random.Generator | None], Array]


# Kernels of any size


def ones(kh: int, kw: int) -> Array:
    """All ones: the sum of the window.

    >>> ones(1, 3)
    array([[1., 1., 1.]])
    """
    return np.ones((kh, kw))


def box(kh: int, kw: int) -> Array:
    r"""Mean of the window, :math:`w = 1 / (k_h k_w)`.

    >>> box(1, 4)
    array([[0.25, 0.25, 0.25, 0.25]])
    """
    return np.full((kh, kw), 1 / (kh * kw))


def delta(kh: int, kw: int) -> Array:
    """A one in the middle; of an even side, before the middle, where "same" padding keeps it.

    >>> delta(1, 4)
    array([[0., 1., 0., 0.]])
    """
    return centred([[1]], (kh, kw))


def ramp(kh: int, kw: int) -> Array:
    """Give 1, 2, 3, … row by row, so that every weight can be told from the others.

    >>> ramp(2, 3)
    array([[1., 2., 3.],
           [4., 5., 6.]])
    """
    return np.arange(1.0, kh * kw + 1).reshape(kh, kw)


def random(kh: int, kw: int, rng: np.random.Generator) -> Array:
    """Draw integers from -3 to 3, small enough to multiply in the head.

    >>> random(1, 4, np.random.default_rng(0))
    array([[ 2.,  1.,  0., -2.]])
    """
    return rng.integers(-3, 4, (kh, kw)).astype(float)


def gaussian(kh: int, kw: int, sigma: float | None = None) -> Array:
    r"""Gaussian blur, the outer product of two sampled bells, each of sum 1.

    .. math:: g_i \propto \exp(-(i - (k - 1) / 2)^2 / 2\sigma^2)

    Parameters
    ----------
    kh, kw : int
        Rows and columns.
    sigma : float, optional
        Width of the bell in pixels, above 0; left out, ``0.3 ((k - 1) / 2 - 1) + 0.8`` for each axis.

    Raises
    ------
    ConvError
        ``Sigma must be greater than 0. Received: sigma=0.``

    Examples
    --------
    >>> gaussian(1, 3, sigma=1).round(2)
    array([[0.27, 0.45, 0.27]])

    References
    ----------
    The sigma of a size is OpenCV's rule, ``0.3 ((k - 1) / 2 - 1) + 0.8``. The bell is sampled for every k, where
    OpenCV's ``getGaussianKernel`` has tables of its own for small odd sizes.
    """
    if sigma is not None and not sigma > 0:
        raise ConvError.broken("Sigma must be greater than 0.", sigma=sigma)
    bells = []
    for k in (kh, kw):
        width = 0.3 * ((k - 1) / 2 - 1) + 0.8 if sigma is None else sigma
        bell = np.exp(-((np.arange(k) - (k - 1) / 2) ** 2) / (2 * width**2))
        bells.append(bell / bell.sum())
    return np.outer(*bells)


def gabor(
    kh: int, kw: int, *, wavelength: float = 4.0, theta: float = 0.0, sigma: float | None = None, phase: float = 0.0,
    aspect: float = 0.5,
) -> Array:
    r"""Gabor filter: a wave under a bell, the shape of a simple cell's receptive field.

    .. math:: \exp(-(u^2 + \gamma^2 v^2) / 2\sigma^2) \cos(2\pi u / \lambda + \phi)

    with u along the wave and v across it, in pixels from the middle.

    Parameters
    ----------
    kh, kw : int
        Rows and columns.
    wavelength : float
        Pixels a wave, above 0.
    theta : float
        Direction of the wave in radians: 0 answers to vertical stripes, pi / 2 to horizontal ones.
    sigma : float, optional
        Width of the bell in pixels, above 0; left out, 0.56 wavelengths, one octave of bandwidth.
    phase : float
        In radians: 0 for a line, pi / 2 for an edge.
    aspect : float
        Below 1 the bell is longer across the wave.

    Raises
    ------
    ConvError
        ``Wavelength and sigma must be greater than 0. Received: wavelength=0, sigma=None.``

    Examples
    --------
    >>> gabor(1, 5).round(2)
    array([[-0.67,  0.  ,  1.  ,  0.  , -0.67]])

    References
    ----------
    Daugman, *Uncertainty relation for resolution in space, spatial frequency, and orientation*, 1985.
    """
    if not wavelength > 0 or (sigma is not None and not sigma > 0):
        raise ConvError.broken("Wavelength and sigma must be greater than 0.", wavelength=wavelength, sigma=sigma)
    width = 0.56 * wavelength if sigma is None else sigma
    row = (np.arange(kh) - (kh - 1) / 2)[:, None]
    col = np.arange(kw) - (kw - 1) / 2
    along = col * np.cos(theta) + row * np.sin(theta)
    across = row * np.cos(theta) - col * np.sin(theta)
    bell = np.exp(-(along**2 + (aspect * across) ** 2) / (2 * width**2))
    return bell * np.cos(2 * np.pi * along / wavelength + phase)


# What is done with kernels


def centred(array: ArrayLike, size: Size) -> Array:
    """Put an array in the middle of a grid: a larger grid has zeros around it, a smaller one crops it.

    The middle of an even side is the cell before it, ``(k - 1) // 2``.

    >>> centred([[1, 2, 3]], (1, 5))
    array([[0., 1., 2., 3., 0.]])
    >>> centred([[1, 2, 3]], (1, 1))
    array([[2.]])
    """
    source = np.asarray(array, dtype=float)
    target = np.zeros(as_pair(size, "size"))
    windows = []
    for k, n in zip(source.shape, target.shape, strict=True):
        first = (n - 1) // 2 - (k - 1) // 2  # where the source's first row falls in the target
        inside = slice(max(first, 0), min(first + k, n))
        windows.append((inside, slice(inside.start - first, inside.stop - first)))
    (rows, source_rows), (cols, source_cols) = windows
    target[rows, cols] = source[source_rows, source_cols]
    return target


def flip(kernel: ArrayLike) -> np.ndarray:
    """Turn the last two axes by 180 degrees: correlation with the one is convolution with the other.

    >>> flip([[1, 2], [3, 4]])
    array([[4, 3],
           [2, 1]])
    """
    return np.asarray(kernel)[..., ::-1, ::-1]


def factor(kernel: ArrayLike) -> tuple[Array, Array] | None:
    r"""Split a separable kernel into a column and a row, :math:`w = c\, r^T`.

    Two thin convolutions then do the work of one: ``kh + kw`` products a cell for ``kh * kw``.

    Parameters
    ----------
    kernel : array_like, shape (kh, kw)

    Returns
    -------
    (column, row) or None
        Shapes (kh,) and (kw,); the row is 1 or -1 where the kernel is strongest. None when the
        rank is not 1.

    Examples
    --------
    >>> factor(KERNELS["sobel_vertical"].array)
    (array([1., 2., 1.]), array([-1.,  0.,  1.]))
    >>> factor(KERNELS["edge_detection_2"].array) is None
    True
    """
    w = np.asarray(kernel, dtype=float)
    pivot_row, pivot_col = np.unravel_index(np.abs(w).argmax(), w.shape)
    pivot = abs(w[pivot_row, pivot_col])
    if pivot == 0:
        return None
    column, row = w[:, pivot_col], w[pivot_row] / w[pivot_row, pivot_col]
    if not np.allclose(np.outer(column, row), w, rtol=0, atol=1e-12 * pivot):
        return None
    if column.sum() + row.sum() < 0:  # a smoothing vector reads better without signs
        column, row = -column, -row
    return column + 0.0, row + 0.0  # + 0.0: no negative zeros


# Named kernels


@dataclass(frozen=True, eq=False)
class ImageKernel:
    """A kernel with a name, and how to make it at other sizes where that has a meaning."""

    name: str
    title: str
    category: str
    array: Array  # read-only
    description: str
    source: str
    make: Maker | None = None  # None: the array is the kernel, at its one size


LECTURE = "Wikipedia, Kernel (image processing)"
SCIKIT_IMAGE = "scikit-image, filters/edges.py"
GUIDE = "Dumoulin & Visin, A guide to convolution arithmetic for deep learning, 2016"

EDGE = (-1, 0, 1)
SMOOTH = (1, 1, 1)
BINOMIAL_3 = (1, 2, 1)
BINOMIAL_5 = (1, 4, 6, 4, 1)
SCHARR_SMOOTH = (3, 10, 3)

BLUR_5: Array = np.outer(BINOMIAL_5, BINOMIAL_5) / 256


def _edges(name: str, title: str, smooth: Sequence[int], source: str) -> tuple[ImageKernel, ImageKernel]:
    """Compose the two directions of an operator from a smoothing vector and `EDGE`."""
    means = "Difference of the neighbours {}, averaged {} with weights " + " ".join(map(str, smooth)) + "."
    return (
        ImageKernel(
            f"{name}_vertical", f"{title}, vertical edges", "edges", np.outer(smooth, EDGE).astype(float),
            means.format("to the right and left", "down the column"), source,
        ),
        ImageKernel(
            f"{name}_horizontal", f"{title}, horizontal edges", "edges", np.outer(EDGE, smooth).astype(float),
            means.format("below and above", "along the row"), source,
        ),
    )


def _any_size(name: str, title: str, array: Array, description: str, source: str, make: Maker) -> ImageKernel:
    return ImageKernel(name, title, "any size", array, description, source, make)


_ALL = (
    ImageKernel(
        "identity", "Identity", "lecture", delta(3, 3), "Each cell stays as it is.", LECTURE,
        lambda kh, kw, rng: delta(kh, kw),
    ),
    ImageKernel(
        "edge_detection_1", "Edge detection 1", "lecture", np.outer(EDGE, EDGE).astype(float),
        "Answers where brightness changes along both diagonals: corners.", LECTURE,
    ),
    ImageKernel(
        "edge_detection_2", "Edge detection 2 (Laplacian, 4 neighbours)", "lecture",
        np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "The four neighbours less four times the cell: zero on any even slope.", LECTURE,
    ),
    ImageKernel(
        "edge_detection_3", "Edge detection 3 (Laplacian, 8 neighbours)", "lecture", 9 * delta(3, 3) - ones(3, 3),
        "Eight times the cell less its eight neighbours: every edge and speck.", LECTURE,
    ),
    ImageKernel(
        "sharpen", "Sharpen", "lecture", np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        "The cell plus its difference from the four neighbours.", LECTURE,
    ),
    ImageKernel(
        "box_blur", "Box blur", "blur", box(3, 3), "The mean of the window.", LECTURE, lambda kh, kw, rng: box(kh, kw)
    ),
    ImageKernel(
        "gaussian_3", "Gaussian blur 3×3", "blur", np.outer(BINOMIAL_3, BINOMIAL_3) / 16,
        "A mean that trusts the middle: 1 2 1 down times 1 2 1 across, over 16.", LECTURE,
    ),
    ImageKernel(
        "gaussian_5", "Gaussian blur 5×5", "blur", BLUR_5,
        "A wider bell: 1 4 6 4 1 down times 1 4 6 4 1 across, over 256.", LECTURE,
    ),
    ImageKernel(
        "motion_blur", "Motion blur", "blur", centred(np.eye(5), 5) / 5,
        "The mean along a diagonal, as if the camera had moved.",
        "Vandevenne, Lode's Computer Graphics Tutorial, Image Filtering", lambda kh, kw, rng: _motion(kh, kw),
    ),
    ImageKernel(
        "unsharp_5", "Unsharp masking 5×5", "sharpen", 2 * delta(5, 5) - BLUR_5,
        "Twice the cell less its Gaussian blur.", LECTURE,
    ),
    ImageKernel(
        "emboss", "Emboss", "relief", np.array([[-2.0, -1, 0], [-1, 1, 1], [0, 1, 2]]),
        "Light from the top left: edges become slopes.", "GIMP, Convolution Matrix",
    ),
    ImageKernel(
        "gradient_horizontal", "Gradient to the right", "edges", np.array([EDGE], dtype=float),
        "The right neighbour less the left: vertical edges.", SCIKIT_IMAGE,
    ),
    ImageKernel(
        "gradient_vertical", "Gradient downwards", "edges", np.array([EDGE], dtype=float).T,
        "The neighbour below less the one above: horizontal edges.", SCIKIT_IMAGE,
    ),
    *_edges("sobel", "Sobel", BINOMIAL_3, SCIKIT_IMAGE),
    *_edges("prewitt", "Prewitt", SMOOTH, SCIKIT_IMAGE),
    *_edges("scharr", "Scharr", SCHARR_SMOOTH, SCIKIT_IMAGE),
    ImageKernel(
        "guide_figure", "The guide's figure", "teaching", np.array([[0.0, 1, 2], [2, 2, 0], [0, 1, 2]]),
        "The kernel of the guide's worked figures.", GUIDE,
    ),
    _any_size("ones", "Ones", ones(3, 3), "The sum of the window.", "", lambda kh, kw, rng: ones(kh, kw)),
    _any_size("ramp", "1, 2, 3, …", ramp(3, 3), "Every weight different, to follow it through the arithmetic.", "",
              lambda kh, kw, rng: ramp(kh, kw)),
    _any_size("gaussian", "Gaussian blur", gaussian(3, 3), "A bell that widens with the kernel.",
              "A sampled bell, OpenCV's rule σ = 0.3 ((k - 1) / 2 - 1) + 0.8",
              lambda kh, kw, rng: gaussian(kh, kw)),
    _any_size("gabor", "Gabor, vertical stripes", gabor(7, 7), "A wave under a bell, as in the visual cortex.",
              "Daugman, 1985", lambda kh, kw, rng: gabor(kh, kw)),
    _any_size("random", "Random integers", random(3, 3, np.random.default_rng(0)),
              "Integers from -3 to 3, other ones with every draw.", "", lambda kh, kw, rng: _drawn(kh, kw, rng)),
)

for _kernel in _ALL:
    _kernel.array.setflags(write=False)

KERNELS: dict[str, ImageKernel] = {k.name: k for k in _ALL}
"""The kernels by name, in the order of a menu; the lecture's table comes first."""


def kernel(name: str, size: Size | None = None, rng: np.random.Generator | None = None) -> Array:
    """Give a named kernel at a size.

    A kernel that has a meaning at any size is made at that size; another one is centred, cropped
    or with zeros around it.

    Parameters
    ----------
    name : str
        One of `KERNELS`.
    size : int or (rows, cols), optional
        Left out, the kernel's own size.
    rng : numpy.random.Generator, optional
        Only ``"random"`` needs it.

    Returns
    -------
    ndarray of float64, shape (rows, cols)
        A new array.

    Raises
    ------
    ConvError
        ``Kernel must be one of identity, …, random. Received: name='blur'.``
        ``A random kernel needs a random generator. Received: rng=None.``

    Examples
    --------
    >>> kernel("gradient_horizontal", 3)
    array([[ 0.,  0.,  0.],
           [-1.,  0.,  1.],
           [ 0.,  0.,  0.]])
    >>> kernel("box_blur", (1, 2))
    array([[0.5, 0.5]])
    """
    if name not in KERNELS:
        raise ConvError.broken(f"Kernel must be one of {', '.join(KERNELS)}.", name=name)
    named = KERNELS[name]
    kh, kw = as_pair(named.array.shape if size is None else size, "size")
    return centred(named.array, (kh, kw)) if named.make is None else named.make(kh, kw, rng)


def _motion(kh: int, kw: int) -> Array:
    """Mean along the diagonal; the longer side has several cells to each of the shorter."""
    line = np.zeros((kh, kw))
    steps = max(kh, kw)
    line[np.arange(steps) * kh // steps, np.arange(steps) * kw // steps] = 1 / steps
    return line


def _drawn(kh: int, kw: int, rng: np.random.Generator | None) -> Array:
    if rng is None:
        raise ConvError.broken("A random kernel needs a random generator.", rng=rng)
    return random(kh, kw, rng)
