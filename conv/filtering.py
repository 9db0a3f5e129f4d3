"""Image kernels over whole pictures: chains of kernels and poolings, and how values become grey levels.

A picture is (C, H, W) with values 0 (black) to 255 (white); every channel is filtered alike. What
comes out may be negative or beyond 255, and a `Display` says which value is drawn black and which white.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv.convolution import conv2d
from conv.errors import ConvError
from conv.geometry import Pair
from conv.kernels import factor
from conv.padding import PaddingMode
from conv.pooling import avg_pool2d, max_pool2d

Showing = Literal["clip", "normalise", "signed", "absolute"]

LUMA = (0.299, 0.587, 0.114)  # red, green, blue: ITU-R BT.601, as Pillow and OpenCV have it
THIN_PAYS = 49  # weights: a smaller kernel is as fast in one pass, whatever is saved in products
LARGEST_SIDE = 11  # of a kernel of one's own
LARGEST_WEIGHT = 1e6
LARGEST_FLOAT32 = 2.0**24  # up to it float32 has every whole number; beyond it a chain is computed in 64 bits


# ---- steps ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Filter:
    r"""One kernel over every channel; the size stays as it is.

    .. math:: y_{r,c} = b + \sum_{i,j} w_{i,j} \, \hat x_{r + i - t, \, c + j - l}

    with :math:`t = \lfloor (k_h - 1) / 2 \rfloor` and l likewise, and beyond the border of x what
    the chain's ``border`` says.
    """

    weights: NDArray[np.float64]  # (KH, KW)
    bias: float = 0.0
    stride: int = field(default=1, init=False)

    @property
    def size(self) -> Pair:
        """Rows and columns of the window."""
        rows, cols = self.weights.shape
        return rows, cols

    @property
    def before(self) -> Pair:
        """How many rows above and columns left of its output the window begins."""
        rows, cols = self.size
        return (rows - 1) // 2, (cols - 1) // 2

    def apply(self, x: NDArray, border: PaddingMode) -> NDArray:
        """Filter a picture (C, H, W), in two thin passes where the kernel factors and is large enough to gain."""
        thin = factor(self.weights) if self.weights.size >= THIN_PAYS else None
        passes = [self.weights] if thin is None else [thin[0][:, None], thin[1][None, :]]
        for weights in passes:
            kernel = weights[None, None].astype(x.dtype)  # (1, 1, KH, KW)
            x = conv2d(x[:, None], kernel, padding="same", padding_mode=border)[:, 0]  # channels as a batch
        return x + x.dtype.type(self.bias) if self.bias else x


@dataclass(frozen=True)
class Pool:
    """The maximum or the mean of every k by k block; rows and columns left over at the end are dropped."""

    kind: Literal["max", "avg"]
    side: int
    before: Pair = field(default=(0, 0), init=False)

    @property
    def size(self) -> Pair:
        """Rows and columns of the window."""
        return self.side, self.side

    @property
    def stride(self) -> int:
        """Windows lie side by side."""
        return self.side

    def apply(self, x: NDArray, border: PaddingMode) -> NDArray:
        """Pool a picture (C, H, W); no window reaches the border."""
        return max_pool2d(x, self.side) if self.kind == "max" else avg_pool2d(x, self.side)


Step = Filter | Pool


def run(picture: ArrayLike, steps: Sequence[Step], border: PaddingMode = "replicate") -> list[NDArray]:
    """Run a picture through a chain of kernels and poolings.

    Parameters
    ----------
    picture : array_like, shape (C, H, W)
    steps : sequence of Filter and Pool
    border : "replicate", "zeros", "reflect" or "circular"
        What lies beyond the border; see `conv.pad2d`. With zeros the border is a black edge, which
        an edge detector finds.

    Returns
    -------
    list of ndarray of float32
        The picture, then what each step makes of it; float64 where `bound` exceeds 2^24, up to which float32 has
        every whole number.

    Raises
    ------
    ConvError
        ``Kernel is larger than the padded input. Received: …`` where a pooling finds too few pixels,
        and those of `conv.conv2d` and `conv.pad2d`.

    Examples
    --------
    >>> picture, edges, pooled = run([[[0, 0, 9, 9]]], [Filter(np.array([[-1, 0, 1]])), Filter(np.array([[2.0]]))])
    >>> edges, pooled
    (array([[[0., 9., 9., 0.]]], dtype=float32), array([[[ 0., 18., 18.,  0.]]], dtype=float32))
    """
    results = [np.asarray(picture, dtype=precision(steps))]
    for step in steps:
        results.append(step.apply(results[-1], border))
    return results


def bound(steps: Sequence[Step], largest: float = 255.0) -> float:
    r"""Tell a magnitude that no value of a chain exceeds: :math:`m \to m \sum |w| + |b|` at each kernel.

    >>> bound([Filter(np.array([[-1, 2, -1]]), bias=3)])  # 255 * (1 + 2 + 1) + 3
    1023.0
    """
    most = largest
    for step in steps:
        if isinstance(step, Filter):
            largest = largest * float(np.abs(step.weights).sum()) + abs(step.bias)
            most = max(most, largest)
    return most


def precision(steps: Sequence[Step]) -> type[np.floating]:
    """Choose what a chain is computed in, so that whole numbers stay exact.

    >>> precision([Filter(np.array([[1.0]]))]), precision([Filter(np.array([[1e6]]))])  # 255e6 > 2^24
    (<class 'numpy.float32'>, <class 'numpy.float64'>)
    """
    return np.float32 if bound(steps) <= LARGEST_FLOAT32 else np.float64


def decimals(steps: Sequence[Step]) -> int:
    """Tell how many decimals of a chain's results are sure, at most 6.

    >>> decimals([Filter(np.array([[0.25, 0.5, 0.25]]))])
    4
    """
    error = np.finfo(precision(steps)).eps * bound(steps) / 2  # half a unit in the last place
    return int(np.clip(np.floor(-np.log10(error)), 0, 6))


# ---- colour and display --------------------------------------------------------------------


def grey(picture: ArrayLike) -> NDArray[np.uint8]:
    r"""Turn a colour picture grey: :math:`0.299\,R + 0.587\,G + 0.114\,B`, rounded.

    Parameters
    ----------
    picture : array_like of 0 to 255, shape (3, H, W) or (1, H, W)

    Returns
    -------
    ndarray of uint8, shape (1, H, W)

    Examples
    --------
    >>> grey([[[255, 100]], [[0, 100]], [[0, 100]]])  # 0.299 * 255 = 76.2
    array([[[ 76, 100]]], dtype=uint8)

    References
    ----------
    ITU-R Recommendation BT.601.
    """
    channels = np.asarray(picture)
    if len(channels) == 1:
        return channels.astype(np.uint8)
    red, green, blue = (share * channel.astype(np.float32) for share, channel in zip(LUMA, channels, strict=True))
    return np.rint(red + green + blue).astype(np.uint8)[None]


@dataclass(frozen=True)
class Display:
    r"""How values become grey levels: with v, or its magnitude, between ``black`` and ``white``,

    .. math:: \mathrm{level} = 255 \, \frac{v - \mathrm{black}}{\mathrm{white} - \mathrm{black}}

    rounded, and kept between 0 and 255.
    """

    showing: Showing
    least: float  # of all values
    most: float
    black: float
    white: float

    @property
    def stretched(self) -> bool:
        """Whether the values themselves say what is black and white."""
        return (self.black, self.white) != (0.0, 255.0)

    def levels(self, values: ArrayLike) -> NDArray[np.uint8]:
        """Turn values into grey levels of the same shape.

        >>> Display("normalise", -612.0, 580.0, -612.0, 580.0).levels([-612, 0, 580])  # 0: 612 * 255 / 1192 = 130.9
        array([  0, 131, 255], dtype=uint8)
        """
        found = np.array(values, dtype=np.result_type(np.asarray(values).dtype, np.float32))
        if self.showing == "absolute":
            np.abs(found, out=found)
        if self.stretched and self.black == -self.white:
            found *= 127.5
            found /= self.white
            found += 127.5  # added last: 0 becomes the same grey whatever the magnitude
        elif self.stretched:
            found -= self.black
            found *= 255
            found /= self.white - self.black
        np.clip(found, 0, 255, out=found)
        return np.rint(found, out=found).astype(np.uint8)


def display(values: ArrayLike, showing: Showing) -> Display:
    """Choose which value is black and which is white.

    Parameters
    ----------
    values : array_like
        All channels at once, so that their colours keep their balance.
    showing : "clip", "normalise", "signed" or "absolute"
        ``"clip"``: 0 is black and 255 white, what lies beyond is cut off. ``"normalise"``: the least
        value is black, the largest white. ``"signed"``: 0 is mid grey, and the largest magnitude is
        white with a plus and black with a minus. ``"absolute"``: the sign is dropped, then as ``"clip"``.

    Returns
    -------
    Display
        Of values that are all the same nothing can be stretched: they are clipped.

    Raises
    ------
    ConvError
        ``Values must be shown clip, normalise, signed or absolute. Received: showing='invert'.``

    Examples
    --------
    >>> display([-100.0, 20.0], "signed")
    Display(showing='signed', least=-100.0, most=20.0, black=-100.0, white=100.0)

    References
    ----------
    OpenCV: ``convertScaleAbs`` for ``"absolute"``, ``normalize`` with ``NORM_MINMAX`` for ``"normalise"``.
    """
    if showing not in ("clip", "normalise", "signed", "absolute"):
        raise ConvError.broken("Values must be shown clip, normalise, signed or absolute.", showing=showing)
    array = np.asarray(values)
    least, most = float(array.min()), float(array.max())
    magnitude = max(abs(least), abs(most))
    if showing in ("clip", "absolute") or (showing == "normalise" and least == most) or magnitude == 0:
        ends = 0.0, 255.0
    elif showing == "normalise":
        ends = least, most
    else:
        ends = -magnitude, magnitude
    return Display(showing, least, most, *ends)


# ---- a kernel of one's own -----------------------------------------------------------------


def read_matrix(text: str) -> NDArray[np.float64]:
    """Read a matrix as people write or paste it: a row a line, numbers and fractions with anything usual between.

    Parameters
    ----------
    text : str
        Spaces, commas and tabs part numbers, new lines and semicolons part rows, brackets are ignored.

    Returns
    -------
    ndarray of float64, shape (KH, KW)
        From 1 by 1 to 11 by 11.

    Raises
    ------
    ConvError
        ``A matrix needs numbers, with spaces, commas or tabs between them and one row a line. Received: text='a b'.``
        ``All rows must be equally long. Received: lengths=[3, 2].``
        ``A kernel must have at most 11 rows and 11 columns. Received: rows=12, cols=3.``
        ``Weights must be from -1,000,000 to 1,000,000. Received: text='1e9'.``

    Examples
    --------
    >>> read_matrix("0 -1 0; 1/2, 4, 1e-1")
    array([[ 0. , -1. ,  0. ],
           [ 0.5,  4. ,  0.1]])
    >>> read_matrix("[[1, 2], [3, 4]]")
    array([[1., 2.],
           [3., 4.]])
    """
    parted = re.sub(r"\]\s*,?\s*\[", "\n", text.replace("−", "-"))
    lines = [re.split(r"[\s,]+", line.strip(" \t\r,")) for line in re.split(r"[\n;]", re.sub(r"[\[\]()]", " ", parted))]
    rows = [[_number(word) for word in line] for line in lines if line != [""]]
    lengths = [len(row) for row in rows]
    if not rows:
        raise _no_matrix(text)
    if len(set(lengths)) > 1:
        raise ConvError.broken("All rows must be equally long.", lengths=lengths)
    if max(len(rows), lengths[0]) > LARGEST_SIDE:
        rule = f"A kernel must have at most {LARGEST_SIDE} rows and {LARGEST_SIDE} columns."
        raise ConvError.broken(rule, rows=len(rows), cols=lengths[0])
    return np.array(rows)


def _number(word: str) -> float:
    """Read a number or a fraction."""
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?(/(\d+\.?\d*|\.\d+))?", word, re.ASCII | re.IGNORECASE):
        raise _no_matrix(word)
    numerator, _, denominator = word.partition("/")
    number = float(numerator) / (float(denominator or 1) or np.nan)
    if not abs(number) <= LARGEST_WEIGHT:
        rule = f"Weights must be from -{LARGEST_WEIGHT:,.0f} to {LARGEST_WEIGHT:,.0f}."
        raise ConvError.broken(rule, text=word[:40])
    return number


def _no_matrix(text: str) -> ConvError:
    rule = "A matrix needs numbers, with spaces, commas or tabs between them and one row a line."
    return ConvError.broken(rule, text=text.strip()[:40])
