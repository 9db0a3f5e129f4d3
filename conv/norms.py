"""The norms of every window of a pooling, from the sum of its magnitudes to the largest of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv.configuration import POOLS, Configuration
from conv.errors import ConvError
from conv.geometry import window_positions
from conv.pooling import lp_pool2d

Floats = NDArray[np.float64]


def window_norms(configuration: Configuration, x: ArrayLike, exponents: Sequence[float]) -> tuple[Floats, Floats]:
    r"""Take several norms of each window of a pooling, whichever pooling it is, and the mean of its magnitudes.

    .. math:: y_{r,c}(p) = \Bigl( \sum_{i,j} |x_{r s + i d, \, c s + j d}|^p \Bigr)^{1/p}

    They fall as p grows: from the sum at p = 1 to the maximum at p = inf, and never below the mean.

    Parameters
    ----------
    configuration : Configuration
        A valid pooling of the size of ``x``; a dilated one has norms as well.
    x : (H, W)
    exponents : sequence of P floats
        Each p > 0, or inf.

    Returns
    -------
    norms : ndarray, (H_out, W_out, P)
    means : ndarray, (H_out, W_out)
        Over the cells that average pooling counts.

    Raises
    ------
    ConvError
        ``Norms are those of a pooling's windows. Received: operation='conv'.``
        ``The norm type must be a number above 0. Received: norm_type=0.``

    Examples
    --------
    >>> norms, means = window_norms(Configuration("max", (1, 2), (1, 2)), [[3, -4]], [1, 2, np.inf])
    >>> norms.tolist(), means.tolist()
    ([[[7.0, 5.0, 4.0]]], [[3.5]])
    """
    c, image = configuration, np.abs(np.asarray(x, dtype=float))
    if c.operation not in POOLS:
        raise ConvError.broken("Norms are those of a pooling's windows.", operation=c.operation)
    rows, cols = window_positions(
        c.input_size, c.kernel_size, stride=c.stride, padding=c.padding, dilation=c.dilation, ceil_mode=c.ceil_mode
    )
    rows_inside, cols_inside = (_within(at, 0, size) for at, size in zip((rows, cols), c.input_size, strict=True))
    # One window beside the other, so that a pooling by their size takes each as it is; zeros add to no norm.
    values = image[np.ix_(np.where(rows_inside, rows, 0).ravel(), np.where(cols_inside, cols, 0).ravel())]
    values = np.where(rows_inside.ravel()[:, None] & cols_inside.ravel(), values, 0.0)  # (H_out KH, W_out KW)
    norms = np.stack([lp_pool2d(values[None], p, c.kernel_size)[0] for p in exponents], axis=-1)
    padded = c.pads if c.count_include_pad else ((0, 0), (0, 0))
    counted = [
        _within(at, -before, size + after).sum(-1)
        for at, size, (before, after) in zip((rows, cols), c.input_size, padded, strict=True)
    ]
    return norms, lp_pool2d(values[None], 1, c.kernel_size)[0] / (counted[0][:, None] * counted[1])


def _within(places: NDArray[np.intp], start: int, stop: int) -> NDArray[np.bool_]:
    return (places >= start) & (places < stop)
