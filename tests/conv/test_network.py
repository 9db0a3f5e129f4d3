"""Networks: against PyTorch's losses, gradients and steps; what can be asked of them; weights in files."""

import copy
import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from conv import building, saving
from conv.architectures import NAMES, blueprint, build
from conv.blueprint import AdaptiveAvgPool2d, summary
from conv.blueprint import Conv2d as Conv2dPlan
from conv.blueprint import Flatten as FlattenPlan
from conv.blueprint import Linear as LinearPlan
from conv.errors import ConvError
from conv.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Tanh,
)
from conv.losses import softmax, softmax_cross_entropy
from conv.network import Sequential
from conv.optimizers import SGD

TRUTHS = Path(__file__).parents[1] / "truths"
CASES = json.loads((TRUTHS / "networks.json").read_text())["cases"]
ARRAYS = dict(np.load(TRUTHS / "networks.npz"))
FUNCTIONS = {"relu": ReLU, "tanh": Tanh, "sigmoid": Sigmoid}
POOLINGS = {"avg": AvgPool2d, "max": MaxPool2d}


def network_of(case):
    """The case's network in float64, and its other arrays by name."""
    arrays = {key.split("/")[1]: values for key, values in ARRAYS.items() if key.startswith(case["id"] + "/")}
    function, pool = FUNCTIONS[case["params"]["activation"]], POOLINGS[case["params"]["pool"]]
    (f1, c1, k, _), (f2, _, _, _), (classes, features) = (arrays[name].shape for name in ("w1", "w2", "w3"))
    network = Sequential([
        Conv2d(c1, f1, k, padding=case["params"]["conv1_padding"]), function(), pool(2),
        Conv2d(f1, f2, 3, padding=1), function(), Flatten(), Linear(features, classes),
    ])
    for number, layer in enumerate((network.layers[0], network.layers[3], network.layers[6]), start=1):
        layer.parameters = {"weight": arrays[f"w{number}"].copy(), "bias": arrays[f"b{number}"].copy()}
    return network, arrays


def assert_gradients(network, arrays):
    for number, layer in enumerate((network.layers[0], network.layers[3], network.layers[6]), start=1):
        for name, letter in (("weight", "w"), ("bias", "b")):
            np.testing.assert_allclose(layer.gradients[name], arrays[f"g{letter}{number}"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_outputs_and_gradients_are_pytorchs(case):
    network, arrays = network_of(case)
    scores = network.forward(arrays["x"])
    loss, grad_scores = softmax_cross_entropy(scores, arrays["targets"])
    np.testing.assert_allclose(scores, arrays["logits"], rtol=1e-9)
    np.testing.assert_allclose(loss, arrays["y"], rtol=1e-12)
    np.testing.assert_allclose(network.backward(grad_scores), arrays["gx"], rtol=1e-9, atol=1e-12)
    assert_gradients(network, arrays)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_five_steps_are_pytorchs(case):
    network, arrays = network_of(case)
    sgd = SGD(case["params"]["sgd_lr"])
    for step, expected in enumerate(arrays["sgd_losses"]):
        loss, scores = network.learn(arrays["x"], arrays["targets"])
        if step == 0:
            np.testing.assert_allclose(scores, arrays["logits"], rtol=1e-9)
            assert_gradients(network, arrays)
        np.testing.assert_allclose(loss, expected, rtol=1e-9)
        sgd.step(network.vector, network.gradient)
    for number, layer in enumerate((network.layers[0], network.layers[3], network.layers[6]), start=1):
        for name, letter in (("weight", "w"), ("bias", "b")):
            np.testing.assert_allclose(layer.parameters[name], arrays[f"sgd5_{letter}{number}"], rtol=1e-9, atol=1e-12)


# What can be asked of a network


@pytest.fixture
def network():
    return Sequential([
        Conv2d(1, 2, 3, rng=np.random.default_rng(1)), BatchNorm2d(2), ReLU(), Dropout(0.5), MaxPool2d(2), Flatten(),
        Linear(2 * 3 * 3, 4),
    ])


@pytest.fixture
def images(rng):
    return rng.random((70, 1, 8, 8)).astype(np.float32)


def test_scores_are_those_of_evaluation_in_batches(network, images):
    found = network.scores(images)
    assert all(layer.training for layer in network.layers)
    network.eval()
    np.testing.assert_allclose(found, network.forward(images), rtol=1e-5, atol=1e-6)
    assert not any(layer.training for layer in network.layers)
    np.testing.assert_array_equal(network.probabilities(images), softmax(found))
    np.testing.assert_array_equal(network.predict(images), found.argmax(axis=1))


def test_activations_are_every_layers_output(network, images):
    outputs = network.activations(images[:3])
    assert [output.shape[1:] for output in outputs] == [row.output_shape for row in network.summary((1, 8, 8)).rows]
    np.testing.assert_array_equal(outputs[2], np.maximum(outputs[1], 0))
    np.testing.assert_array_equal(outputs[3], outputs[2])  # no dropout in evaluation
    np.testing.assert_allclose(outputs[-1], network.scores(images[:3]), rtol=1e-5, atol=1e-6)


def test_modes_come_back_even_after_an_error(network):
    network.layers[1].training = False
    with pytest.raises(ConvError):
        network.scores(np.zeros((1, 3, 8, 8)))
    assert [layer.training for layer in network.layers] == [True, False, True, True, True, True, True]


def test_parameters_and_gradients_are_views_of_one_vector(network, images):
    network.learn(images, np.zeros(len(images), int))
    vector, gradient = network.vector, network.gradient
    assert vector.size == gradient.size == network.summary((1, 8, 8)).parameters
    vector[...], gradient[...] = 3, 4
    assert all((values == 3).all() for values in network.parameters.values())
    assert all((values == 4).all() for values in network.gradients.values())
    assert list(network.parameters) == ["0.weight", "0.bias", "1.weight", "1.bias", "6.weight", "6.bias"]
    assert list(network.buffers) == ["1.running_mean", "1.running_var"]


def test_arrays_put_in_place_of_others_are_taken_up(network, images):
    vector = network.vector
    network.layers[0].parameters["weight"] = np.ones((2, 1, 3, 3))
    assert network.vector is not vector
    assert network.vector.dtype == network.gradient.dtype == np.float64
    np.testing.assert_array_equal(network.vector[: 2 * 3 * 3], 1)
    assert network.learn(images, np.zeros(len(images), int))[1].dtype == np.float64


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))])
def test_copies_learn_by_themselves(network, images, copied):
    network.learn(images, np.zeros(len(images), int))  # so that there are workspaces
    other, before = copied(network), network.vector.copy()
    network.layers[3].rng, other.layers[3].rng = np.random.default_rng(0), np.random.default_rng(0)
    losses = [which.learn(images, np.zeros(len(images), int))[0] for which in (network, other)]
    assert losses[0] == losses[1]
    np.testing.assert_array_equal(network.gradient, other.gradient)
    other.vector[...] = 0
    np.testing.assert_array_equal(network.vector, before)


@pytest.mark.parametrize("layers", [[], ["Linear"], [ReLU()] * 2])
def test_what_a_network_refuses(layers):
    with pytest.raises(ConvError, match="^A network must hold layers, each of them once. Received: layers=.*"):
        Sequential(layers)


# Weights in files


def test_weights_come_back(network, images, tmp_path):
    network.learn(images, np.zeros(len(images), int))  # moves the running statistics
    path = tmp_path / "weights.npz"
    network.save(path)
    other = Sequential([
        Conv2d(1, 2, 3), BatchNorm2d(2), ReLU(), Dropout(0.5), MaxPool2d(2), Flatten(), Linear(2 * 3 * 3, 4),
    ])
    other.load(path)
    np.testing.assert_array_equal(other.scores(images), network.scores(images))
    assert [file.name for file in tmp_path.iterdir()] == ["weights.npz"]
    with np.load(path, allow_pickle=False) as file:
        assert set(file.files) == {*network.parameters, *network.buffers}


def test_weights_go_through_open_files(network):
    file = io.BytesIO()
    network.save(file)
    file.seek(0)
    before = network.vector.copy()
    network.vector[...] = 0
    network.load(file)
    np.testing.assert_array_equal(network.vector, before)


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def zipped(name, content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


WHOLE = "The file must be a whole .npz file of numbers and text. Received: bytes="


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", WHOLE),
        (b"Not a file of ours", WHOLE),
        (npz(a=np.zeros(100))[:300], WHOLE),
        (npz(a=np.zeros(3))[:-100], WHOLE),
        (npz(a=np.array([{}])), WHOLE),  # would need pickle
        (zipped("a.npy", b"\x93NUMPY\x01\x00"), WHOLE),
        (zipped("a.txt", b"text"), WHOLE),
        (zipped("a.npy", bytes(10**6)), "The file holds more than what was saved here. "
         "Received: bytes=1000000, most="),
        (npz(a=np.zeros(3)), "The weights must be those of the same layers. Received: missing=['0.bias', '0.weight'], "
         "unknown=['a']."),
        (npz(**{"0.weight": np.zeros((2, 3)), "0.bias": np.zeros(3)}), "Weights must be floats, in the shape of the "
         "layer's. Received: name='0.weight', saved=(2, 3), dtype='float64', layer=(3, 2)."),
        (npz(**{"0.weight": np.full((3, 2), np.nan), "0.bias": np.zeros(3)}), "Weights must be finite numbers. "
         "Received: name='0.weight', not_finite=6, of=6."),
        (npz(**{"0.weight": np.zeros((3, 2)), "0.bias": np.zeros(3, int)}), "Weights must be floats, in the shape of "
         "the layer's. Received: name='0.bias', saved=(3,), dtype='int64', layer=(3,)."),
    ],
)
def test_other_files_are_refused_and_change_nothing(content, error):
    network = Sequential([Linear(2, 3)])
    before = network.vector.copy()
    with pytest.raises(ConvError) as caught:
        network.load(io.BytesIO(content))
    assert str(caught.value).startswith(error)
    np.testing.assert_array_equal(network.vector, before)


def test_a_flipped_bit_is_noticed():
    content = bytearray(npz(a=np.zeros(100)))
    content[400] ^= 1
    with pytest.raises(ConvError, match="^The file must be a whole .npz file"):
        saving.read(io.BytesIO(bytes(content)), 10_000)


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        Sequential([Linear(2, 3)]).load(tmp_path / "nothing.npz")


# From blueprints

SMALL = ("dense", "digits_cnn", "lenet5", "mobilenet_block")
LARGE = ("alexnet", "vgg11", "vgg13", "vgg16", "vgg19", "mobilenet_v1")


@pytest.mark.parametrize("name", SMALL)
def test_named_networks_have_their_parameters_and_shapes(name):
    plan = blueprint(name)
    network, counted = build(name, np.random.default_rng(0)), summary(plan.layers, plan.input_shape)
    assert network.vector.size == counted.parameters
    assert network.summary(plan.input_shape).output_shape == counted.output_shape
    images = np.zeros((2, *plan.input_shape), np.float32)
    assert network.forward(images).shape == (2, *counted.output_shape)


def test_initial_weights_follow_from_the_generator():
    vectors = [build("digits_cnn", np.random.default_rng(seed)).vector for seed in (0, 0, 1)]
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert not np.array_equal(vectors[0], vectors[2])
    np.testing.assert_array_equal(vectors[0], build("digits_cnn").vector)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {*SMALL, *LARGE}))
def test_named_networks_that_cannot_be_trained_say_so(name):
    with pytest.raises(ConvError, match=r"^This kind of layer cannot be trained here. Received: layer='\w+', place="):
        build(name)


def test_an_adaptive_pooling_with_equal_windows_is_a_plain_one():
    network = building.build([AdaptiveAvgPool2d(2), FlattenPlan(), LinearPlan(1)], (3, 8, 4))
    assert network.layers[0].settings["kernel_size"] == (8 / 2, 4 / 2)
    with pytest.raises(ConvError, match="layer='AdaptiveAvgPool2d', place='1'"):
        building.build([AdaptiveAvgPool2d(3)], (3, 8, 4))


def test_a_convolution_with_a_table_cannot_be_trained():
    with pytest.raises(ConvError, match="layer='Conv2d', place='1'"):
        building.build([Conv2dPlan(2, 3, table=((0,), (0, 1)))], (2, 8, 8))
