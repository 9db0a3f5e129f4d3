"""The fast path gives what the simple pairs of forward and backward give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conv.errors import ConvError
from conv.fast import Convolution, FastNetwork, Rectifier, Transposed
from conv.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    Linear,
    LPPool2d,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Tanh,
)


def run_both(layers, x, rng):
    """Outputs and gradients by the layers' own passes, and then by the fast ones, twice."""
    y = x
    for layer in layers:
        y = layer.forward(y)
    grad = grad_output = rng.normal(size=y.shape).astype(y.dtype)
    for layer in reversed(layers):
        grad = layer.backward(grad)
    expected = [y] + [values for layer in layers for values in layer.gradients.values()]
    fast = FastNetwork(layers)
    for layer in layers:
        layer.gradients = {name: np.full_like(values, np.nan) for name, values in layer.parameters.items()}
    for _ in range(2):  # the second time in the first one's memory
        found = [fast.forward(x).copy()]
        fast.backward(grad_output)
    return fast, expected, found + [values for layer in layers for values in layer.gradients.values()]


def assert_same(layers, shape, rng, dtype=np.float32):
    x = rng.normal(size=shape).astype(dtype)
    before = x.copy()
    fast, expected, found = run_both(layers, x, rng)
    for theirs, ours in zip(expected, found, strict=True):
        assert theirs.shape == ours.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5 * max(1, np.abs(theirs).max()))
    np.testing.assert_array_equal(x, before)
    return fast


def kinds(fast):
    return [type(step).__name__ for step in fast.steps]


def test_lenet(rng):
    layers = [
        Conv2d(1, 6, 5, padding=2), ReLU(), MaxPool2d(2), Conv2d(6, 16, 5), ReLU(), MaxPool2d(2),
        Flatten(), Linear(400, 120), ReLU(), Linear(120, 10),
    ]
    assert kinds(assert_same(layers, (3, 1, 28, 28), rng)) == [
        "Convolution", "Rectifier", "Convolution", "Rectifier", "Flattening", "Dense", "Rectifier", "Dense",
    ]


@pytest.mark.parametrize("between", [(), (Tanh(),), (ReLU(), Sigmoid()), (Sigmoid(), ReLU())], ids=str)
def test_increasing_functions_wait_until_after_the_pooling(between, rng):
    layers = [Conv2d(2, 3, 3), *between, MaxPool2d(2), Conv2d(3, 2, 2), Flatten(), Linear(2 * 3 * 2, 2)]
    fast = assert_same(layers, (2, 2, 10, 9), rng)
    assert fast.steps[0].pool == (2, 2)


@pytest.mark.parametrize(
    "pool", [MaxPool2d(3, 2), MaxPool2d(2, padding=1), MaxPool2d(2, ceil_mode=True), MaxPool2d(4), AvgPool2d(2),
             MaxPool2d(2, dilation=2)], ids=lambda pool: str(pool.settings),
)
def test_other_poolings_run_as_they_are(pool, rng):
    fast = assert_same([Conv2d(1, 2, 2, padding=1), Tanh(), pool, ReLU()], (2, 1, 10, 9), rng)
    assert fast.steps[0].pool == (1, 1)
    assert kinds(fast) == ["Convolution", "Tanh", "Transposed", "ReLU"]


@pytest.mark.parametrize(
    "layer",
    [Conv2d(2, 4, 3, groups=2), Conv2d(2, 3, 3, dilation=2), Conv2d(2, 3, 3, padding=1, padding_mode="circular"),
     ConvTranspose2d(2, 3, 2, 2), LPPool2d(2, 2), BatchNorm2d(2)], ids=str,
)
def test_layers_without_a_twin_run_as_they_are(layer, rng):
    fast = assert_same([Conv2d(1, 2, 3), layer, MaxPool2d(2), Flatten()], (3, 1, 10, 9), rng)
    assert isinstance(fast.steps[1], Transposed)


def test_in_place_only_where_nobody_needs_what_was_there(rng):
    fast = assert_same([ReLU(), Conv2d(1, 1, 1), Tanh(), ReLU(), Flatten(), Linear(9, 3), ReLU()], (2, 1, 3, 3), rng)
    assert [isinstance(step, Rectifier) for step in fast.steps] == [False, False, False, False, False, False, True]


def test_features_without_maps(rng):
    assert_same([Flatten(), Linear(6, 4, bias=False), Tanh(), Linear(4, 2)], (5, 6), rng)


def test_double_precision(rng):
    layers = [Conv2d(1, 2, 3), MaxPool2d(2), Flatten(), Linear(2 * 3 * 3, 2)]
    for layer in layers:
        layer.parameters = {name: values.astype(float) for name, values in layer.parameters.items()}
    _, expected, found = run_both(layers, rng.normal(size=(2, 1, 8, 8)), rng)
    for theirs, ours in zip(expected, found, strict=True):
        assert ours.dtype == float
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_a_tie_goes_to_the_first_maximum():
    layer = Conv2d(1, 1, 1, bias=False)
    layer.parameters["weight"][...] = 1
    tied = np.float32([[[[1, 5, 5, 5], [0, 5, 5, 5]]]])  # the first maxima are at (0, 1) and (0, 2)
    fast = FastNetwork([Conv2d(1, 1, 1, bias=False), layer, MaxPool2d(2)])
    fast.steps[0].layer.parameters["weight"][...] = 1
    fast.forward(tied)
    grad = fast.steps[1].backward(np.float32([[[[10], [100]]]]))  # (H, C, W, N)
    np.testing.assert_array_equal(grad[:, 0, :, 0], [[0, 10, 100, 0], [0, 0, 0, 0]])


def test_batches_of_many_shapes_keep_few_workspaces(rng):
    layers = [Conv2d(1, 2, 3), MaxPool2d(2), Flatten()]
    fast = FastNetwork(layers)
    for samples in (1, 2, 3, 4, 5, 6, 1):
        x = rng.normal(size=(samples, 1, 6, 6)).astype(np.float32)
        expected = layers[2].forward(layers[1].forward(layers[0].forward(x)))
        np.testing.assert_allclose(fast.forward(x), expected, rtol=1e-5, atol=1e-6)
    assert len(fast.steps[0].workspaces) == 4


def test_no_gradient_is_taken_that_only_layers_without_weights_would_get(rng):
    fast = FastNetwork([ReLU(), Conv2d(1, 2, 3), Flatten(), Linear(2 * 4 * 4, 2)])
    scores = fast.forward(rng.normal(size=(2, 1, 6, 6)).astype(np.float32))
    fast.backward(np.ones_like(scores))
    assert fast.steps[1].backward(np.ones((4, 2, 4, 2), np.float32)) is None


@settings(max_examples=60)
@given(
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.one_of(
        st.sampled_from(["valid", "same", "full"]), st.integers(0, 2),
        st.tuples(st.tuples(st.integers(0, 2), st.integers(0, 2)), st.tuples(st.integers(0, 2), st.integers(0, 2))),
    ),
    pool=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    size=st.tuples(st.integers(12, 16), st.integers(12, 16)), seed=st.integers(0, 99),
)
def test_any_convolution_and_pooling(kernel, stride, padding, pool, size, seed):
    rng = np.random.default_rng(seed)
    first = Conv2d(2, 3, 3, padding=1, rng=rng)  # so that the second has a gradient to give
    layers = [first, Conv2d(3, 2, kernel, stride, padding, bias=bool(seed % 2), rng=rng), MaxPool2d(pool)]
    assert_same(layers, (2, 2, *size), rng)


def test_what_does_not_fit_is_refused_as_by_the_layers(rng):
    images = np.zeros((2, 3, 5, 5), np.float32)
    for layers in ([Conv2d(1, 2, 3)], [Conv2d(3, 2, 6)], [Flatten(), Linear(5, 2)], [Conv2d(3, 2, 5), MaxPool2d(2)]):
        errors = []
        for run in (FastNetwork(layers).forward, lambda x, layers=layers: [x := layer.forward(x) for layer in layers]):
            with pytest.raises(ConvError) as caught:
                run(images)
            errors.append(str(caught.value))
        assert errors[0] == errors[1]


def test_dropout_in_evaluation_passes_everything(rng):
    dropout = Dropout(0.5)
    dropout.training = False
    assert_same([Conv2d(1, 2, 3), dropout, Flatten()], (2, 1, 6, 6), rng)
    assert isinstance(FastNetwork([Conv2d(1, 2, 3)]).steps[0], Convolution)
