"""Padding: what lies beyond the border, and to whom its gradient goes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conv import ConvError, pad2d, pad2d_backward
from conv.padding import taps

ROW = np.array([[[1, 2, 3, 4]]])
NUMPYS_NAMES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
sides = st.tuples(st.tuples(st.integers(0, 2), st.integers(0, 2)), st.tuples(st.integers(0, 2), st.integers(0, 2)))
modes = st.sampled_from(list(NUMPYS_NAMES))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("zeros", [0, 0, 1, 2, 3, 4, 0, 0, 0]),
        ("reflect", [3, 2, 1, 2, 3, 4, 3, 2, 1]),
        ("replicate", [1, 1, 1, 2, 3, 4, 4, 4, 4]),
        ("circular", [3, 4, 1, 2, 3, 4, 1, 2, 3]),
    ],
)
def test_each_mode_on_one_row(mode, expected):
    assert pad2d(ROW, ((0, 0), (2, 3)), mode).tolist() == [[expected]]


@settings(deadline=None, max_examples=60)
@given(sides, modes, st.tuples(st.integers(3, 5), st.integers(3, 5)), st.sampled_from([(), (2,), (0,)]))
def test_padding_is_numpys(padding, mode, size, batch):
    x = np.arange(np.prod((*batch, 2, *size)), dtype="int16").reshape(*batch, 2, *size)
    expected = np.pad(x, [(0, 0)] * (x.ndim - 2) + list(padding), mode=NUMPYS_NAMES[mode])
    padded = pad2d(x, padding, mode)
    np.testing.assert_array_equal(padded, expected)
    assert padded.dtype == x.dtype


@settings(deadline=None, max_examples=40)
@given(sides, modes, st.integers(0, 99))
def test_backward_is_the_adjoint(padding, mode, seed):
    x = np.random.default_rng(seed).normal(size=(2, 1, 3, 4))
    padded = pad2d(x, padding, mode)
    grad = np.random.default_rng(seed + 1).normal(size=padded.shape)
    assert np.sum(padded * grad) == pytest.approx(np.sum(x * pad2d_backward(grad, padding, mode)))


@pytest.mark.parametrize("mode", NUMPYS_NAMES)
def test_backward_is_the_slope(mode, rng, numerical_gradient):
    x, padding = rng.normal(size=(1, 3, 4)), ((2, 1), (0, 2))
    grad = rng.normal(size=(1, 6, 6))
    slope = numerical_gradient(lambda x: pad2d(x, padding, mode), x, grad)
    np.testing.assert_allclose(pad2d_backward(grad, padding, mode), slope, atol=1e-8)


def test_the_gradient_of_a_copy_goes_to_what_was_copied():
    grad = [[[1, 10, 100, 1000]]]  # of a padded pair of pixels
    sides = ((0, 0), (1, 1))
    assert pad2d_backward(grad, sides, "zeros").tolist() == [[[10, 100]]]
    assert pad2d_backward(grad, sides, "reflect").tolist() == [[[10 + 1000, 100 + 1]]]
    assert pad2d_backward(grad, sides, "replicate").tolist() == [[[1 + 10, 100 + 1000]]]
    assert pad2d_backward(grad, sides, "circular").tolist() == [[[10 + 1000, 100 + 1]]]


def test_value_fills_the_border():
    assert pad2d(ROW, (0, 1), value=-7).tolist() == [[[-7, 1, 2, 3, 4, -7]]]
    assert pad2d(ROW.astype("float32"), (0, 1), value=-np.inf)[0, 0, 0] == -np.inf


def test_the_result_is_a_copy_and_the_input_is_left_alone():
    x = np.arange(6.0).reshape(1, 2, 3)
    x.flags.writeable = False
    for mode in NUMPYS_NAMES:
        assert not np.shares_memory(pad2d(x, 0, mode), x)
        assert not np.shares_memory(pad2d_backward(x, 0, mode), x)
    np.testing.assert_array_equal(pad2d(x[:, ::-1, ::-2], 1)[0, 1:3, 1:3], [[5, 3], [2, 0]])


def test_half_precision_folds_without_losing_digits():
    grad = np.full((1, 1, 5000), 1, "float16")
    folded = pad2d_backward(grad, ((0, 0), (4998, 0)), "replicate")
    assert folded.tolist() == [[[5000, 1]]]  # 1 + 4998, of which float16 has 11 bits; alone it would stop at 2048
    assert folded.dtype == np.float16


def test_taps_leave_the_padding_out():
    x = np.arange(5)
    padded = np.pad(x, 2)
    for stride in (1, 2, 3):
        outputs = (len(padded) - 1 - 2 * 2) // stride + 1
        for tap, (out, pixels) in enumerate(taps(5, 3, stride, 2, 2, outputs)):
            found = np.zeros(outputs, int)
            found[out] = x[pixels]
            assert found.tolist() == padded[tap * 2 :: stride][:outputs].tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ROW, 1, "mirror"), r"Padding mode must be one of 'zeros', 'reflect', 'replicate', 'circular'\. "
         r"Received: mode='mirror'\."),
        ((ROW, (0, 4), "reflect"), r"Reflect padding must be less than the input\. "
         r"Received: padding=\(0, 4\), input=\(1, 4\)\."),
        ((ROW, (2, 0), "circular"), r"Circular padding must be at most the input\. "
         r"Received: padding=\(2, 0\), input=\(1, 4\)\."),
        ((ROW, "same"), r"Padding without a kernel must be numbers\. Received: padding='same'\."),
        ((ROW, -1), r"Padding must be at least 0\. Received: padding=-1\."),
        ((ROW, (0, 1), "reflect", 1.0), r"Only mode 'zeros' takes a value\. Received: mode='reflect', value=1\.0\."),
        ((ROW, 1, "zeros", 0.5), r"The value must fit the dtype of the input\. Received: value=0\.5, x='int64'\."),
        ((ROW, 1, "zeros", np.inf), r"The value must fit the dtype of the input\. Received: value=inf, x='int64'\."),
        ((ROW[0], 1), r"An image must be \(C, H, W\) or \(N, C, H, W\), with at least one row and one column\. "
         r"Received: x=\(1, 4\)\."),
        ((np.zeros((1, 0, 4)), 1), r"An image must be .* Received: x=\(1, 0, 4\)\."),
        ((ROW * 1j, 1), r"An array must hold real numbers\. Received: x='complex128'\."),
        (([[["a"]]], 1), r"An array must hold real numbers\. Received: x='<U1'\."),
        ((None, 1), r"An array must hold real numbers\. Received: x='object'\."),
        (([[[1, 2], [3]]], 1), r"An array must hold real numbers\. Received: x='rows of different lengths'\."),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ConvError, match=f"^{message}$"):
        pad2d(*arguments)


def test_a_gradient_smaller_than_its_padding_is_refused():
    with pytest.raises(
        ConvError, match=r"^The gradient is smaller than its padding\. Received: grad_output=\(1, 2, 2\), padding=1\.$"
    ):
        pad2d_backward(np.zeros((1, 2, 2)), 1)
