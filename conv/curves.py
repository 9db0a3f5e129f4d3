"""Curves of a training run that are short enough to draw and smooth enough to read."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv.errors import ConvError

Floats = NDArray[np.float64]


def thinned(values: ArrayLike, most: int) -> Floats:
    """Give the means of at most so many stretches of a curve, equally long but for the last.

    Parameters
    ----------
    values : array_like, (n,)
    most : int
        At least 1.

    Returns
    -------
    ndarray of float64, (ceil(n / ceil(n / most)),)
        All the values as they are, where there are no more than ``most``.

    Raises
    ------
    ConvError
        ``At least one point must be left. Received: most=0.``

    Examples
    --------
    >>> thinned([1, 3, 5, 7, 8], 3)  # (1+3)/2, (5+7)/2, 8
    array([2., 6., 8.])
    """
    if most < 1:
        raise ConvError.broken("At least one point must be left.", most=most)
    curve = np.asarray(values, np.float64)
    if len(curve) <= most:
        return curve.copy()
    starts = np.arange(0, len(curve), math.ceil(len(curve) / most))
    lengths = np.diff(starts, append=len(curve))
    return np.add.reduceat(curve, starts) / lengths


def smoothed(values: ArrayLike, weight: float) -> Floats:
    r"""Give a curve's running mean, in which what is further back counts ever less.

    .. math:: m_t = w\, m_{t-1} + (1 - w)\, x_t, \qquad y_t = m_t / (1 - w^{t+1}), \qquad m_{-1} = 0

    The divisor makes up for a mean that begins at 0, as in Adam. What is not finite stays as it is, and does not count.

    Parameters
    ----------
    values : array_like, (n,)
    weight : float
        w, from 0 (the curve as it is) to less than 1.

    Raises
    ------
    ConvError
        ``Weight must be from 0 to less than 1. Received: weight=1.``

    Examples
    --------
    >>> smoothed([4, 1, 1], 0.5)  # 4, (0.5*4 + 1) / 1.5, (0.25*4 + 0.5*1 + 1) / 1.75
    array([4.        , 2.        , 1.42857143])

    References
    ----------
    TensorBoard, *Scalars*, "Smoothing".
    """
    if not 0 <= weight < 1:
        raise ConvError.broken("Weight must be from 0 to less than 1.", weight=weight)
    curve = np.array(values, np.float64)
    mean = seen = 0.0
    for place, value in enumerate(curve.tolist()):
        if math.isfinite(value):
            mean, seen = weight * mean + (1 - weight) * value, weight * seen + (1 - weight)
            curve[place] = mean / seen
    return curve
