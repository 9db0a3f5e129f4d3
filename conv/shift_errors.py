"""What a shift of the images does to a network's errors: how far it has learnt that place does not matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv.blueprint import whole
from conv.network import Sequential
from conv.shifts import shift

WAYS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
"""Rows and columns of a shift by one pixel."""


def shift_errors(network: Sequential, images: NDArray, labels: ArrayLike, most: int = 3) -> NDArray[np.float64]:
    """Measure the error rate on images that are moved by 0, 1, …, ``most`` pixels in each of four directions.

    What leaves the image is lost, and zeros come in at the other side.

    Parameters
    ----------
    network : conv.network.Sequential
    images : ndarray, (N, C, H, W)
    labels : array_like of int, (N,)
    most : int
        At least 1.

    Returns
    -------
    ndarray, (most + 1, 4)
        Error rates, 0 to 1: a row for each number of pixels, a column for each of `WAYS`. The columns of the first row
        are equal.

    Raises
    ------
    ConvError
        ``Most must be at least 1. Received: most=0.`` and those of the network.

    Examples
    --------
    >>> from conv.layers import Flatten, Linear
    >>> network = Sequential([Flatten(), Linear(2, 2)])
    >>> network.layers[1].parameters["weight"][...] = [[1, 0], [0, 1]]  # the class is where the ink is
    >>> network.layers[1].parameters["bias"][...] = [0.1, 0]
    >>> images = np.float32([[[[1, 0]]], [[[0, 1]]]])
    >>> shift_errors(network, images, [0, 1], 1)  # up and down nothing is left but the bias; aside it is the other
    array([[0. , 0. , 0. , 0. ],
           [0.5, 0.5, 0.5, 1. ]])
    """
    truth = np.asarray(labels)

    def error(rows: int, cols: int) -> float:
        return float(np.mean(network.predict(shift(images, rows, cols)) != truth))

    unmoved = [error(0, 0)] * len(WAYS)
    moved = [[error(row * by, col * by) for row, col in WAYS.values()] for by in range(1, whole(most=most) + 1)]
    return np.array([unmoved, *moved])
