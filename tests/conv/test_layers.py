"""Every layer's forward and backward pass: by sums, by finite differences, and as PyTorch's modules."""

import itertools

import numpy as np
import pytest

from conv import blueprint
from conv.errors import ConvError
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


def in_float64(layer):
    """The same layer, with numbers that finite differences can be taken of."""
    layer.parameters = {name: values.astype(float) for name, values in layer.parameters.items()}
    layer.buffers = {name: values.astype(float) for name, values in layer.buffers.items()}
    return layer


def evaluating(layer):
    layer.training = False
    return layer


IMAGES, FEATURES = (2, 2, 5, 4), (3, 4)
LAYERS = [
    (Conv2d(2, 3, 3), IMAGES),
    (Conv2d(2, 4, (3, 2), stride=(2, 1), padding=1, dilation=(1, 2), groups=2, bias=False), IMAGES),
    (Conv2d(2, 3, 3, padding=1, padding_mode="reflect"), IMAGES),
    (Conv2d(2, 1, 2, padding="same"), IMAGES),
    (ConvTranspose2d(2, 3, 3), IMAGES),
    (ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False, dilation=2), IMAGES),
    (MaxPool2d(2), IMAGES),
    (MaxPool2d(3, 1, 1, dilation=2), IMAGES),
    (MaxPool2d((2, 3), ceil_mode=True), IMAGES),
    (AvgPool2d(2), IMAGES),
    (AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), IMAGES),
    (AvgPool2d(2, divisor_override=3), IMAGES),
    (LPPool2d(2, 2), IMAGES),
    (LPPool2d(3, (2, 3), 1, ceil_mode=True), IMAGES),
    (Linear(4, 3), FEATURES),
    (Linear(4, 3, bias=False), FEATURES),
    (Flatten(), IMAGES),
    (ReLU(), IMAGES),
    (Tanh(), FEATURES),
    (Sigmoid(), IMAGES),
    (evaluating(Dropout()), IMAGES),
    (BatchNorm2d(2), IMAGES),
    (evaluating(BatchNorm2d(2)), IMAGES),
]


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_gradients_are_those_of_finite_differences(layer, shape, rng, numerical_gradient):
    layer = in_float64(layer)
    x = rng.permutation(np.linspace(-2, 2, np.prod(shape))).reshape(shape)  # no two alike: maxima have one winner
    for values in layer.parameters.values():
        values[...] = rng.normal(size=values.shape)
    grad_output = rng.normal(size=layer.forward(x).shape)

    def forward_with(name):
        def forward(values):
            before, layer.parameters[name] = layer.parameters[name], values
            try:
                return layer.forward(x)
            finally:
                layer.parameters[name] = before
        return forward

    expected = {name: numerical_gradient(forward_with(name), values, grad_output)
                for name, values in layer.parameters.items()}
    expected_x = numerical_gradient(layer.forward, x, grad_output)
    layer.forward(x)
    grad_x = layer.backward(grad_output)
    np.testing.assert_allclose(grad_x, expected_x, rtol=1e-6, atol=1e-7)
    assert grad_x.shape == x.shape
    assert layer.gradients.keys() == layer.parameters.keys()
    for name, gradient in layer.gradients.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-6, atol=1e-7)
        assert gradient.shape == layer.parameters[name].shape


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_the_blueprint_says_the_output_shape_and_counts_the_parameters(layer, shape, rng):
    output = layer.forward(rng.normal(size=shape))
    row = blueprint.summary([layer.blueprint], shape[1:]).rows[0]
    assert row.output_shape == output.shape[1:]
    assert row.parameters == sum(values.size for values in layer.parameters.values())


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_single_precision_stays_single_and_inputs_stay_as_they_are(layer, shape, rng):
    layer.parameters = {name: values.astype(np.float32) for name, values in layer.parameters.items()}
    layer.buffers = {name: values.astype(np.float32) for name, values in layer.buffers.items()}
    x = rng.normal(size=shape).astype(np.float32)
    before = x.copy()
    output = layer.forward(x)
    grad_output = np.ones_like(output)
    assert output.dtype == layer.backward(grad_output).dtype == np.float32
    assert {gradient.dtype for gradient in layer.gradients.values()} <= {np.dtype(np.float32)}
    assert {buffer.dtype for buffer in layer.buffers.values()} <= {np.dtype(np.float32)}
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(grad_output, np.ones_like(output))


@pytest.mark.parametrize(
    ("layer", "bound"),
    [
        (Conv2d(4, 50, 3), 1 / np.sqrt(4 * 3 * 3)),
        (Conv2d(4, 50, 3, groups=2), 1 / np.sqrt(4 / 2 * 3 * 3)),
        (ConvTranspose2d(4, 50, 3), 1 / np.sqrt(50 * 3 * 3)),
        (Linear(16, 50), 1 / np.sqrt(16)),
    ],
    ids=str,
)
def test_initial_weights_fill_pytorchs_range(layer, bound):
    for values in layer.parameters.values():
        assert values.dtype == np.float32
        assert 0.9 * bound < np.abs(values).max() <= bound * (1 + 1e-6)
        assert abs(values.mean()) < 0.25 * bound


def test_initial_weights_follow_from_the_generator():
    def weight(rng=None):
        return Conv2d(1, 2, 3, rng=rng).parameters["weight"]

    np.testing.assert_array_equal(weight(), weight())
    np.testing.assert_array_equal(weight(), weight(np.random.default_rng(0)))
    assert not np.array_equal(weight(), weight(np.random.default_rng(1)))


def test_a_convolution_by_hand():
    layer = Conv2d(1, 1, (1, 2))
    layer.parameters["weight"][...], layer.parameters["bias"][...] = [[[[4, 5]]]], [6]
    x = np.array([[[[1.0, 2.0, 3.0]]]])
    np.testing.assert_array_equal(layer.forward(x), [[[[1 * 4 + 2 * 5 + 6, 2 * 4 + 3 * 5 + 6]]]])
    np.testing.assert_array_equal(layer.backward(np.array([[[[1.0, 10.0]]]])), [[[[1 * 4, 1 * 5 + 10 * 4, 10 * 5]]]])
    np.testing.assert_array_equal(layer.gradients["weight"], [[[[1 * 1 + 10 * 2, 1 * 2 + 10 * 3]]]])
    np.testing.assert_array_equal(layer.gradients["bias"], [1 + 10])


def test_a_dense_layer_by_hand():
    layer = Linear(2, 1)
    layer.parameters["weight"][...], layer.parameters["bias"][...] = [[3, 4]], [5]
    x = np.array([[1.0, 10.0], [100.0, 1000.0]])
    np.testing.assert_array_equal(layer.forward(x), [[1 * 3 + 10 * 4 + 5], [100 * 3 + 1000 * 4 + 5]])
    np.testing.assert_array_equal(layer.backward(np.array([[1.0], [2.0]])), [[1 * 3, 1 * 4], [2 * 3, 2 * 4]])
    np.testing.assert_array_equal(layer.gradients["weight"], [[1 * 1 + 2 * 100, 1 * 10 + 2 * 1000]])
    np.testing.assert_array_equal(layer.gradients["bias"], [1 + 2])


def test_functions_by_hand():
    x = np.array([-1.0, 0.0, 2.0])
    for layer, y, slope in (
        (ReLU(), [0, 0, 2], [0, 0, 1]),
        (Tanh(), np.tanh(x), 1 - np.tanh(x) ** 2),
        (Sigmoid(), 1 / (1 + np.exp(-x)), np.exp(-x) / (1 + np.exp(-x)) ** 2),
    ):
        np.testing.assert_allclose(layer.forward(x), y, rtol=1e-15)
        np.testing.assert_allclose(layer.backward(np.array([10.0, 10.0, 10.0])), 10 * np.array(slope), rtol=1e-14)


def test_a_sigmoid_neither_overflows_nor_loses_small_numbers():
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(Sigmoid().forward(np.array([-700.0, -40.0, 40.0, 700.0])),
                                   [np.exp(-700.0), np.exp(-40.0), 1, 1], rtol=1e-14)


def test_dropout_zeros_a_share_and_keeps_the_mean(rng):
    layer, x = Dropout(0.25, rng=rng), np.ones((100, 1000))
    y = layer.forward(x)
    assert set(np.unique(y)) == {0, 1 / 0.75}
    assert abs((y == 0).mean() - 0.25) < 0.01
    np.testing.assert_array_equal(layer.backward(x), y)  # what passed, passes back
    layer.training = False
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)


def test_batch_norm_normalises_by_the_batch_and_remembers():
    layer = in_float64(BatchNorm2d(1, eps=1e-12, momentum=0.1))
    layer.parameters["weight"][...], layer.parameters["bias"][...] = 2, 10
    x = np.array([[[[1.0, 3.0]]], [[[5.0, 7.0]]]])  # mean 4, variance (9 + 1 + 1 + 9) / 4 = 5
    np.testing.assert_allclose(layer.forward(x).ravel(), 10 + 2 * np.array([-3, -1, 1, 3]) / np.sqrt(5))
    np.testing.assert_allclose(layer.buffers["running_mean"], [0.9 * 0 + 0.1 * 4])
    np.testing.assert_allclose(layer.buffers["running_var"], [0.9 * 1 + 0.1 * (9 + 1 + 1 + 9) / 3])
    layer.training = False
    np.testing.assert_allclose(layer.forward(x).ravel(), 10 + 2 * (x.ravel() - 0.4) / np.sqrt(0.9 + 0.1 * 20 / 3))
    np.testing.assert_allclose(layer.buffers["running_mean"], [0.4])


@pytest.mark.parametrize("layer", [make() for make in (ReLU, Flatten, lambda: MaxPool2d(2), lambda: Linear(2, 1))],
                         ids=str)
def test_backward_needs_forward(layer):
    with pytest.raises(ConvError, match=r"A backward pass needs a forward pass before it. Received: layer='\w+'."):
        layer.backward(np.zeros((1, 1)))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Conv2d(0, 1, 1), "In channels must be at least 1. Received: in_channels=0."),
        (lambda: Conv2d(1, 0, 1), "Out channels must be at least 1. Received: out_channels=0."),
        (lambda: Conv2d(1, 1, 0), "Kernel size must be at least 1. Received: kernel_size=0."),
        (lambda: Conv2d(1, 1, 1, stride=0), "Stride must be at least 1. Received: stride=0."),
        (lambda: Conv2d(1.5, 1, 1), "In channels must be a whole number. Received: in_channels=1.5."),
        (lambda: Conv2d(3, 4, 1, groups=2), "Groups must divide in_channels and out_channels. "
         "Received: in_channels=3, out_channels=4, groups=2."),
        (lambda: ConvTranspose2d(4, 3, 1, groups=2), "Groups must divide in_channels and out_channels. "
         "Received: in_channels=4, out_channels=3, groups=2."),
        (lambda: Conv2d(1, 1, 1, padding_mode="mirror"), "Padding mode must be one of zeros, reflect, replicate, "
         "circular. Received: padding_mode='mirror'."),
        (lambda: Linear(0, 1), "In features must be at least 1. Received: in_features=0."),
        (lambda: Linear(1, 0), "Out features must be at least 1. Received: out_features=0."),
        (lambda: MaxPool2d(2, 0), "Stride must be at least 1. Received: stride=0."),
        (lambda: LPPool2d(0, 2), "The norm type must be a number above 0. Received: norm_type=0."),
        (lambda: Dropout(1), "The probability must be at least 0 and less than 1. Received: p=1."),
        (lambda: BatchNorm2d(0), "Num features must be at least 1. Received: num_features=0."),
        (lambda: BatchNorm2d(1, eps=0), "Epsilon must be above 0 and momentum from 0 to 1. "
         "Received: eps=0, momentum=0.1."),
        (lambda: BatchNorm2d(3).forward(np.zeros((1, 3, 1, 1))), "A map needs more than one number to normalise by in "
         r"training. Received: x=(1, 3, 1, 1)."),
        (lambda: BatchNorm2d(8).forward(np.zeros((2, 3, 4, 4))), "The input must be (N, num_features, H, W). "
         "Received: x=(2, 3, 4, 4), num_features=8."),
        (lambda: Linear(4, 1).forward(np.zeros((2, 5))), "The input must be (N, in_features). "
         "Received: x=(2, 5), in_features=4."),
        (lambda: Conv2d(2, 1, 1).forward(np.zeros((1, 3, 4, 4))), "The input must have groups x weight.shape[1] "
         "channels. Received: x=(1, 3, 4, 4), weight=(1, 2, 1, 1), groups=1."),
    ],
)
def test_what_is_refused(make, error):
    with pytest.raises(ConvError) as caught:
        make()
    assert str(caught.value) == error


def test_layers_share_no_initial_arrays():
    layers = [Conv2d(1, 1, 1), Conv2d(1, 1, 1), Linear(1, 1), Linear(1, 1), BatchNorm2d(1), BatchNorm2d(1)]
    arrays = [array for layer in layers for array in (*layer.parameters.values(), *layer.buffers.values())]
    assert not any(np.shares_memory(a, b) for a, b in itertools.combinations(arrays, 2))
