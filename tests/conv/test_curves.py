"""Curves made short and smooth, against the sums that they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conv.curves import smoothed, thinned
from conv.errors import ConvError

VALUES = st.lists(st.floats(-100, 100), max_size=50)


def test_thinned_takes_means_of_stretches() -> None:
    assert thinned([1, 3, 5, 7, 8], 3).tolist() == [(1 + 3) / 2, (5 + 7) / 2, 8]
    assert thinned(range(7), 3).tolist() == [(0 + 1 + 2) / 3, (3 + 4 + 5) / 3, 6]
    assert thinned([2, 4], 5).tolist() == [2, 4] and thinned([], 5).tolist() == []


@given(VALUES, st.integers(1, 60))
def test_thinned_is_short_enough_and_keeps_the_range(values: list[float], most: int) -> None:
    short = thinned(values, most)
    assert len(short) == (math.ceil(len(values) / math.ceil(len(values) / most)) if values else 0) <= most
    assert all(min(values) - 1e-9 <= mean <= max(values) + 1e-9 for mean in short)


def test_thinned_gives_a_copy() -> None:
    values = np.array([1.0, 2.0])
    thinned(values, 5)[0] = 9
    assert values.tolist() == [1, 2]


def test_smoothed_is_a_running_mean() -> None:
    w = 0.9
    wanted = [4, (w * 4 + 1) / (w + 1), (w * w * 4 + w * 1 + 7) / (w * w + w + 1)]
    np.testing.assert_allclose(smoothed([4, 1, 7], w), wanted)


@given(VALUES)
def test_smoothed_without_weight_is_the_curve(values: list[float]) -> None:
    np.testing.assert_allclose(smoothed(values, 0), values)


@given(st.floats(-100, 100), st.integers(1, 40), st.floats(0, 0.99))
def test_a_level_curve_stays(level: float, count: int, weight: float) -> None:
    np.testing.assert_allclose(smoothed([level] * count, weight), level, atol=1e-9)


def test_what_is_not_finite_does_not_count() -> None:
    result = smoothed([2, math.nan, 4], 0.5)
    assert math.isnan(result[1]) and result[2] == (0.5 * 2 + 4) / 1.5


def test_refusals() -> None:
    with pytest.raises(ConvError, match=r"At least one point must be left\. Received: most=0\."):
        thinned([1], 0)
    with pytest.raises(ConvError, match=r"Weight must be from 0 to less than 1\. Received: weight=1\."):
        smoothed([1], 1)
