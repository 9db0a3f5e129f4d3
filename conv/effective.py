"""Effective receptive fields: how much each input in a unit's field really counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conv.convolution import conv_transpose2d
from conv.errors import ConvError
from conv.geometry import Pair, Size
from conv.receptive_field import Step, chain, kind_of, region, steps

Floats = NDArray[np.float64]
MOST = 0.95  # of the effect: what a Gaussian holds within about two standard deviations


@dataclass(frozen=True)
class EffectiveField:
    """How much each input that a unit sees counts, and the Gaussian that this falls off as."""

    rows: range
    cols: range
    values: Floats  # (len(rows), len(cols)), the largest is 1
    size: Pair  # of the theoretical field, unclipped
    middle: tuple[float, float]  # mean row and mean column, weighted by the values
    width: tuple[float, float]  # standard deviations of the same
    expected_width: tuple[float, float]  # of an unclipped field, by `gaussian_width`

    @property
    def core(self) -> Pair:
        """The fewest neighbouring rows, and columns, that hold 95 % of the values' sum: of a Gaussian 3.9 widths."""
        return _shortest_run(self.values.sum(axis=1)), _shortest_run(self.values.sum(axis=0))


def effective_field(
    layers: Iterable[Any], *, unit: Size, layer: int = -1, input_size: Size, rng: np.random.Generator | None = None,
    draws: int = 20,
) -> EffectiveField:
    r"""Send a gradient of 1 from one unit down to the input, through weights that are random or all equal.

    With equal weights a value is the gradient itself: the share of all ways through the windows that start at the
    input. With random weights it is the gradient's mean square over draws, whose expectation is the same share. So
    both fall off as a Gaussian towards the border of the field, for few ways start there.

    The stack is linear, without biases and activations. A max pooling passes each gradient to one input of its
    window at random with random weights, as its winner depends on the image, and shares it out with equal ones.

    Parameters
    ----------
    layers, unit, layer, input_size
        As for `conv.receptive_field.region`.
    rng : numpy.random.Generator, optional
        Draws weights from a standard normal distribution; without it all weights are equal, and ``draws`` is not used.
    draws : int
        How many times the weights are drawn, at least 1.

    Returns
    -------
    EffectiveField
        Of the inputs in the clipped region.

    Raises
    ------
    ConvError
        As `conv.receptive_field.region`, and:
        ``The unit must see an input, not padding alone. Received: unit=(0, 0).``
        ``Draws must be at least 1. Received: draws=0.``

    Examples
    --------
    >>> from conv.receptive_field import Layer
    >>> two = [Layer(kernel_size=3), Layer(kernel_size=3)]
    >>> found = effective_field(two, unit=(1, 1), input_size=7)
    >>> (found.values[2] * 9).round(6).tolist()
    [3.0, 6.0, 9.0, 6.0, 3.0]
    >>> found.width == found.expected_width
    True

    References
    ----------
    Luo, Li, Urtasun & Zemel, "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks",
    2016, section 2.
    """
    layers = list(layers)
    seen = region(layers, unit=unit, layer=layer, input_size=input_size)
    if not seen.rows or not seen.cols:
        raise ConvError.broken("The unit must see an input, not padding alone.", unit=unit)
    if draws < 1:
        raise ConvError.broken("Draws must be at least 1.", draws=draws)
    stack = steps(layers, input_size)
    stack = stack[: layer % len(stack) + 1]
    place = (unit, unit) if isinstance(unit, int) else (unit[0], unit[1])
    kinds = [kind_of(each) for each in layers[: len(stack)]]
    grads, corner = _gradient(stack, kinds, place, rng, draws)
    top, left = seen.rows.start - corner[0], seen.cols.start - corner[1]
    grads = grads[:, top : top + len(seen.rows), left : left + len(seen.cols)]
    values = np.square(grads).mean(axis=0) if rng else grads[0]
    values = values.astype(np.float64) / values.max()
    rows, cols = (_moments(values.sum(axis=1 - axis), (seen.rows, seen.cols)[axis].start) for axis in (0, 1))
    size = chain(layers[: len(stack)], input_size)[-1].size
    return EffectiveField(
        rows=seen.rows, cols=seen.cols, values=values, size=(int(size[0]), int(size[1])), middle=(rows[0], cols[0]),
        width=(rows[1], cols[1]), expected_width=gaussian_width(layers[: len(stack)], input_size),
    )


def gaussian_width(layers: Iterable[Any], input_size: Size) -> tuple[float, float]:
    r"""Standard deviation of an unclipped effective field, rows and columns.

    .. math:: \sigma^2 = \sum_l \frac{(j_{l-1} d_l)^2 (k_l^2 - 1)}{12}

    the sum of the variances of each window's inputs. n layers alike, of stride 1, have a field of n(k - 1) + 1 but a
    width that grows as the square root of n: the effective field is an ever smaller share, as 1 / sqrt(n).

    Raises
    ------
    ConvError
        As `conv.receptive_field.chain`.

    Examples
    --------
    >>> from conv.receptive_field import Layer
    >>> gaussian_width([Layer(kernel_size=3)] * 6, 13)  # sqrt(6 * (3**2 - 1) / 12)
    (2.0, 2.0)
    """
    stack = steps(layers, input_size)
    twelvefold = [0, 0]
    jump = [1, 1]
    for step in stack:
        for axis in (0, 1):
            twelvefold[axis] += (jump[axis] * step.dilation[axis]) ** 2 * (step.kernel_size[axis] ** 2 - 1)
            jump[axis] *= step.stride[axis]
    return math.sqrt(twelvefold[0] / 12), math.sqrt(twelvefold[1] / 12)


def _gradient(
    stack: Sequence[Step], kinds: Sequence[str], place: Pair, rng: np.random.Generator | None, draws: int
) -> tuple[NDArray[np.float32], Pair]:
    """Send a gradient down, for the part of each map that it reaches; tell where at the input that part begins."""
    grads = np.ones((draws if rng else 1, 1, 1), np.float32)
    corner = place
    for step, kind in zip(reversed(stack), reversed(kinds), strict=True):
        corner = (
            corner[0] * step.stride[0] - step.before[0],
            corner[1] * step.stride[1] - step.before[1],
        )
        if rng and "max" in kind:
            grads = _to_random_winners(grads, step, corner, rng)
        else:
            has_weights = "conv" in kind or kind in ("dense", "linear")
            grads = _through_weights(grads, step, rng if has_weights else None)
        grads, corner = _without_padding(grads, step.input_size, corner)
    return grads, corner


def _through_weights(
    grads: NDArray[np.float32], step: Step, rng: np.random.Generator | None
) -> NDArray[np.float32]:
    """The gradient of a convolution is a transposed convolution: each draw is a group with a kernel of its own."""
    shape = len(grads), 1, *step.kernel_size
    scale = 1 / math.prod(step.kernel_size)
    if rng:
        weight = rng.standard_normal(shape, np.float32) * np.float32(math.sqrt(scale))
    else:
        weight = np.full(shape, scale, np.float32)
    return conv_transpose2d(grads[None], weight, stride=step.stride, dilation=step.dilation, groups=len(grads))[0]


def _to_random_winners(
    grads: NDArray[np.float32], step: Step, corner: Pair, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Pass each gradient to one input of its window, each of those that are no padding as likely."""
    size = [(grads.shape[1 + axis] - 1) * step.stride[axis] + step.extent[axis] for axis in (0, 1)]
    places = []
    for axis in (0, 1):
        starts = np.arange(grads.shape[1 + axis]) * step.stride[axis]
        taps = starts[:, None] + np.arange(step.kernel_size[axis]) * step.dilation[axis]  # (windows, taps)
        inside = (taps + corner[axis] >= 0) & (taps + corner[axis] < step.input_size[axis])
        first, count = inside.argmax(axis=1), inside.sum(axis=1)  # a window's real inputs are neighbours
        across = (slice(None), None) if axis == 0 else (None, slice(None))
        tap = first[across] + (rng.random(grads.shape) * count[across]).astype(int)
        places.append(starts[across] + tap * step.dilation[axis])
    draw = np.arange(len(grads))[:, None, None]
    flat = (draw * size[0] + places[0]) * size[1] + places[1]
    passed = np.bincount(flat.ravel(), grads.ravel(), len(grads) * size[0] * size[1])
    return passed.reshape(len(grads), *size).astype(np.float32)  # (draws, rows, cols)


def _without_padding(
    grads: NDArray[np.float32], size: Pair, corner: Pair
) -> tuple[NDArray[np.float32], Pair]:
    """Cut off what lies beyond the map."""
    top, left = max(0, -corner[0]), max(0, -corner[1])
    kept = grads[:, top : max(top, size[0] - corner[0]), left : max(left, size[1] - corner[1])]
    return kept, (corner[0] + top, corner[1] + left)


def _moments(weights: Floats, start: int) -> tuple[float, float]:
    """Mean and standard deviation of places, the first at ``start``."""
    places = np.arange(start, start + len(weights))
    mean = np.average(places, weights=weights)
    return float(mean), math.sqrt(np.average((places - mean) ** 2, weights=weights))


def _shortest_run(weights: Floats) -> int:
    """Length of the shortest run that holds `MOST` of the sum."""
    sums = np.concatenate([[0], np.cumsum(weights)])
    wanted = MOST * sums[-1] * (1 - 1e-9)  # no run is too short for the rounding of a sum
    ends = np.searchsorted(sums, sums[:-1] + wanted)
    lengths = ends - np.arange(len(weights))
    return int(lengths[ends < len(sums)].min())
