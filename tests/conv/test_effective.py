"""Effective receptive fields against the gradients of the operators, the number of paths, and the theory."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conv import avg_pool2d_backward, conv2d_backward
from conv.effective import effective_field, gaussian_width
from conv.errors import ConvError
from conv.receptive_field import Layer, paths, region

CONV = Layer(kernel_size=3)


def test_equal_weights_give_the_gradient_of_the_operators():
    layers = [Layer(kernel_size=(3, 2), padding=1), Layer("avg", 2, 2), Layer(kernel_size=3, dilation=2, padding=2)]
    grad = np.zeros((1, 5, 5))
    grad[0, 1, 4] = 1
    third = conv2d_backward(grad, np.zeros((1, 5, 5)), np.ones((1, 1, 3, 3)), padding=2, dilation=2)[0]
    second = avg_pool2d_backward(third, np.zeros((1, 10, 11)), 2)
    first = conv2d_backward(second, np.zeros((1, 10, 10)), np.ones((1, 1, 3, 2)), padding=1)[0]
    found = effective_field(layers, unit=(1, 4), input_size=10)
    whole = np.zeros((10, 10))
    whole[np.ix_(found.rows, found.cols)] = found.values
    assert np.allclose(whole, first[0] / first.max())


@given(
    st.lists(st.tuples(st.sampled_from(["conv", "max", "avg"]), st.integers(1, 4), st.integers(1, 2),
                       st.integers(0, 1), st.integers(1, 2)), min_size=1, max_size=4),
)
def test_equal_weights_give_the_share_of_paths(rows):
    layers = [Layer(*row) for row in rows]
    seen = region(layers, unit=0, input_size=100)
    assume(bool(seen.rows))
    ways = paths(layers, 100, unit=0)
    product = np.outer(*ways)
    found = effective_field(layers, unit=0, input_size=100)
    assert (found.rows, found.cols) == (seen.rows, seen.cols)
    assert np.allclose(found.values, product[np.ix_(seen.rows, seen.cols)] / product.max(), atol=1e-5)


@pytest.mark.parametrize("layers", [
    [CONV] * 6,
    [CONV, Layer("max", 2, 2), CONV, Layer("max", 3, 2), CONV],
    [Layer(kernel_size=3, dilation=1), Layer(kernel_size=3, dilation=2), Layer(kernel_size=3, dilation=4)],
    [CONV, Layer("avg", 2, 2), CONV],
], ids=["convolutions", "max poolings", "dilation", "average pooling"])
def test_random_weights_give_the_same_on_average(layers, rng):
    """The mean square of the gradient is the share of paths, within what the draws leave open."""
    equal = effective_field(layers, unit=0, input_size=60)
    drawn = effective_field(layers, unit=0, input_size=60, rng=rng, draws=4000)
    shares = [found.values / found.values.sum() for found in (equal, drawn)]
    assert np.abs(shares[0] - shares[1]).max() < 0.15 * shares[0].max()
    assert drawn.width == pytest.approx(equal.width, rel=0.05)
    assert drawn.middle == pytest.approx(equal.middle, abs=0.1 * equal.width[0])


@pytest.mark.parametrize(("layers", "variance"), [
    ([CONV], (3**2 - 1) / 12),
    ([CONV] * 6, 6 * (3**2 - 1) / 12),
    ([Layer("max", 2, 2), CONV], ((2**2 - 1) + 2**2 * (3**2 - 1)) / 12),
    ([Layer(kernel_size=3, dilation=2, stride=3), Layer(kernel_size=2)], (2**2 * (3**2 - 1) + 3**2 * (2**2 - 1)) / 12),
])
def test_the_width_is_the_root_of_summed_variances(layers, variance):
    expected = (math.sqrt(variance),) * 2
    assert gaussian_width(layers, 40) == pytest.approx(expected)
    assert effective_field(layers, unit=3, input_size=40).width == pytest.approx(expected, rel=1e-5)


def test_it_is_an_ever_smaller_share_of_the_field():
    """As 1 / sqrt(n): four times the layers, half the share."""
    shares = [4 * gaussian_width([CONV] * n, 200)[0] / (2 * n + 1) for n in (5, 20, 80)]
    assert shares[1] / shares[0] == pytest.approx(1 / 2, rel=0.1)
    assert shares[2] / shares[1] == pytest.approx(1 / 2, rel=0.03)
    found = effective_field([CONV] * 20, unit=0, input_size=60)
    assert found.core[0] == pytest.approx(2 * 1.96 * math.sqrt(20 * 8 / 12), abs=1)


def test_deep_stacks_fall_off_as_a_gaussian():
    found = effective_field([CONV] * 20, unit=0, input_size=60)
    profile = found.values[20] / found.values[20].max()
    places = np.arange(41) - 20
    assert np.abs(profile - np.exp(-(places**2) / (2 * 20 * 8 / 12))).max() < 0.01


def test_the_border_cuts_it():
    layers = [Layer(kernel_size=3, padding=1)] * 4
    corner = effective_field(layers, unit=(0, 4), input_size=9)
    assert (corner.rows, corner.cols) == (range(5), range(9))
    assert corner.width[0] < corner.expected_width[0]
    assert corner.size == (9, 9)


def test_a_dense_layer_counts_every_unit_alike():
    found = effective_field([Layer("dense")], unit=0, input_size=(3, 4))
    assert np.array_equal(found.values, np.ones((3, 4)))
    assert found.middle == (1, 1.5)
    assert found.core == (3, 4)


def test_a_layer_may_be_chosen_and_others_leave_it():
    relu = SimpleNamespace(kind="relu")
    found = effective_field([CONV, relu, CONV, CONV], unit=0, layer=1, input_size=9, rng=np.random.default_rng(1))
    assert found.size == (3, 3)


def test_the_same_draws_give_the_same_field():
    first, second = (
        effective_field([CONV, Layer("max", 2, 2), CONV], unit=0, input_size=12, rng=np.random.default_rng(5))
        for _ in range(2)
    )
    assert np.array_equal(first.values, second.values)


def test_what_is_refused():
    with pytest.raises(ConvError, match=r"The unit must see an input, not padding alone\. Received: unit=0\."):
        effective_field([Layer(padding=2)], unit=0, input_size=3)
    with pytest.raises(ConvError, match=r"Draws must be at least 1\. Received: draws=0\."):
        effective_field([CONV], unit=0, input_size=3, rng=np.random.default_rng(0), draws=0)
