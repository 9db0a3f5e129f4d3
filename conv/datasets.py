"""Images with labels, to train with and to test on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels in two parts.

    Parameters
    ----------
    train_images, test_images : ndarray of float32, (N, C, H, W)
        0 to 1.
    train_labels, test_labels : ndarray of int, (N,)
        Each the position of a class in ``class_names``.
    class_names : tuple of str
    """

    train_images: NDArray[np.float32]
    train_labels: NDArray[np.integer]
    test_images: NDArray[np.float32]
    test_labels: NDArray[np.integer]
    class_names: tuple[str, ...]
