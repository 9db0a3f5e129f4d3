"""The norms of windows: those of the poolings, at every p."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conv import avg_pool2d, lp_pool2d, max_pool2d, sum_pool2d
from conv.configuration import POOLS, Configuration, nearest_valid
from conv.errors import ConvError
from conv.norms import window_norms

PAIR = st.tuples(st.integers(1, 3), st.integers(1, 3))
EXPONENTS = (1, 1.5, 2, 6, np.inf)


@st.composite
def poolings(draw: st.DrawFn) -> tuple[Configuration, np.ndarray]:
    asked = Configuration(
        draw(st.sampled_from(POOLS)), input_size=draw(st.tuples(st.integers(1, 8), st.integers(1, 8))),
        kernel_size=draw(PAIR), stride=draw(PAIR), padding=draw(PAIR | st.sampled_from([(0, 0), "same"])),
        dilation=draw(PAIR), ceil_mode=draw(st.booleans()), count_include_pad=draw(st.booleans()),
    )
    c = nearest_valid(asked)[0]
    return c, np.random.default_rng(draw(st.integers(0, 99))).normal(size=c.input_size)


@given(poolings())
def test_they_fall_from_the_sum_to_the_largest_and_stay_above_the_mean(pooling) -> None:
    c, x = pooling
    norms, means = window_norms(c, x, EXPONENTS)
    assert norms.shape == (*c.output_size, len(EXPONENTS)) and means.shape == c.output_size
    assert (np.diff(norms) <= 1e-12).all() and (means <= norms[..., -1] + 1e-12).all()
    if c.operation == "max":
        largest = max_pool2d(np.abs(x)[None], c.kernel_size, stride=c.stride, padding=c.padding, dilation=c.dilation,
                             ceil_mode=c.ceil_mode)
        assert np.allclose(norms[..., -1], largest[0])


@given(poolings())
def test_they_are_those_of_the_poolings(pooling) -> None:
    c, x = pooling
    where = {"stride": c.stride, "padding": c.padding, "ceil_mode": c.ceil_mode}
    norms, means = window_norms(c, x, EXPONENTS)
    if c.dilation == (1, 1):
        for index, p in enumerate(EXPONENTS):
            assert np.allclose(norms[..., index], lp_pool2d(x[None], p, c.kernel_size, **where)[0])
        magnitudes = np.abs(x)[None]
        assert np.allclose(norms[..., 0], sum_pool2d(magnitudes, c.kernel_size, **where)[0])
        mean = avg_pool2d(magnitudes, c.kernel_size, count_include_pad=c.count_include_pad, **where)[0]
        assert np.allclose(means, mean)


def test_a_dilated_window_by_hand() -> None:
    c = Configuration("max", (3, 3), (2, 2), dilation=(2, 2))
    norms, means = window_norms(c, [[3, 9, -4], [9, 9, 9], [0, 9, 0]], [1, 2, np.inf])
    assert norms.tolist() == [[[3 + 4, (9 + 16) ** 0.5, 4]]] and means.tolist() == [[(3 + 4 + 0 + 0) / 4]]


def test_padding_counts_in_the_mean_or_does_not() -> None:
    c = Configuration("avg", (1, 2), (1, 3), padding=(0, 1))
    assert window_norms(c, [[2, 4]], [1])[1].tolist() == [[(0 + 2 + 4) / 3, (2 + 4 + 0) / 3]]
    alone = Configuration("avg", (1, 2), (1, 3), padding=(0, 1), count_include_pad=False)
    assert window_norms(alone, [[2, 4]], [1])[1].tolist() == [[(2 + 4) / 2, (2 + 4) / 2]]


def test_a_convolution_has_none() -> None:
    with pytest.raises(ConvError, match=r"Norms are those of a pooling's windows\. Received: operation='conv'\."):
        window_norms(Configuration(), np.zeros((7, 7)), [1])
    with pytest.raises(ConvError, match=r"The norm type must be a number above 0\. Received: norm_type=0\."):
        window_norms(Configuration("max"), np.zeros((7, 7)), [0])
