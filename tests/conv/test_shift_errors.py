"""Errors on shifted images, counted by hand and with loops."""

from __future__ import annotations

import numpy as np
import pytest

from conv.errors import ConvError
from conv.layers import AvgPool2d, Conv2d, Flatten, Linear
from conv.network import Sequential
from conv.shift_errors import WAYS, shift_errors


def moved(image: np.ndarray, rows: int, cols: int) -> np.ndarray:
    result = np.zeros_like(image)
    height, width = image.shape[1:]
    for row in range(height):
        for col in range(width):
            if 0 <= row - rows < height and 0 <= col - cols < width:
                result[:, row, col] = image[:, row - rows, col - cols]
    return result


def test_each_way_by_each_number_of_pixels() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((20, 1, 6, 5), dtype=np.float32)
    labels = rng.integers(0, 3, 20)
    network = Sequential([Flatten(), Linear(30, 3, rng=rng)])
    found = shift_errors(network, images, labels, 2)
    assert found.shape == (2 + 1, 4)
    for by in range(3):
        for way, (row, col) in enumerate(WAYS.values()):
            guesses = network.predict(np.stack([moved(image, row * by, col * by) for image in images]))
            assert found[by, way] == np.mean(guesses != labels)


def test_a_mean_over_all_places_does_not_see_shifts() -> None:
    rng = np.random.default_rng(1)
    images = np.zeros((8, 1, 9, 9), np.float32)
    images[:, :, 3:6, 3:6] = rng.random((8, 1, 3, 3))
    network = Sequential([Conv2d(1, 4, 3, padding=1, rng=rng), AvgPool2d(9), Flatten(), Linear(4, 2, rng=rng)])
    found = shift_errors(network, images, network.predict(images), 2)
    assert (found == 0).all()


def test_refusal() -> None:
    network = Sequential([Flatten(), Linear(4, 2)])
    with pytest.raises(ConvError, match=r"Most must be at least 1\. Received: most=0\."):
        shift_errors(network, np.zeros((1, 1, 2, 2), np.float32), [0], 0)
