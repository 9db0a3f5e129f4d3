"""Looking inside a network: each method held to what it is by definition, on networks small enough to check by hand."""

from itertools import islice

import numpy as np
import pytest

from conv import inspection
from conv.datasets import load
from conv.errors import ConvError
from conv.inspection import (
    deconvnet,
    edge,
    feature_maps,
    gradient_ascent,
    guided_backprop,
    occlusion,
    saliency,
    seen_by,
    strongest_patches,
)
from conv.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Tanh,
)
from conv.network import Sequential
from conv.optimizers import Adam
from conv.training import Trainer

METHODS = [saliency, guided_backprop, deconvnet]


def a_network(rng):
    """Two blocks and a dense layer for (2, 9, 8): everything that maps go through."""
    return Sequential([
        Conv2d(2, 3, 3, padding=1, rng=rng), BatchNorm2d(3), ReLU(), MaxPool2d(2), Dropout(0.5),
        Conv2d(3, 4, (2, 3), dilation=(2, 1), rng=rng), Tanh(), Flatten(), ReLU(), Linear(4 * 2 * 2, 5, rng=rng),
    ])


def in_doubles(network):
    for layer in network.layers:
        layer.parameters = {name: values.astype(float) for name, values in layer.parameters.items()}
    return network


@pytest.fixture
def images(rng):
    return rng.standard_normal((7, 2, 9, 8))


# Feature maps


def test_feature_maps_are_the_layers_outputs(rng, images):
    network = a_network(rng)
    maps = feature_maps(network, images)
    network.eval()
    x = images
    for layer, found in zip(network.layers, maps, strict=True):
        x = layer.forward(x)
        np.testing.assert_array_equal(found, x)
    one = feature_maps(network, images[0])
    assert [found.shape for found in one] == [found.shape[1:] for found in maps]
    np.testing.assert_allclose(one[-1], maps[-1][0])


def test_images_of_integers_are_read_as_floats():
    network = Sequential([Conv2d(1, 1, 1)])
    assert feature_maps(network, np.ones((1, 2, 2), np.uint8))[0].dtype == np.float32


def test_the_network_stays_as_it_was(rng, images):
    network = a_network(rng)
    network.forward(images)  # in training: Dropout and BatchNorm2d move
    network.backward(np.ones((7, 5)))
    vector, gradients = network.vector, {name: each.copy() for name, each in network.gradients.items()}
    before, state = vector.copy(), network.state_dict()
    feature_maps(network, images)
    strongest_patches(network, images, layer=5)
    occlusion(network, images[0], channel=0)
    for method in METHODS:
        method(network, images, channel=0)
    list(islice(gradient_ascent(network, (2, 9, 8), channel=0), 3))
    assert network.vector is vector  # still the one vector that the layers' arrays are views of
    np.testing.assert_array_equal(vector, before)
    for name, values in (network.parameters | network.buffers).items():
        np.testing.assert_array_equal(values, state[name])
    for name, values in network.gradients.items():
        np.testing.assert_array_equal(values, gradients[name])
    assert all(layer.training for layer in network.layers)
    np.testing.assert_array_equal(network.layers[0]._kept, images)


# Strongest patches


@pytest.mark.parametrize("layer", range(-1, 9))
@pytest.mark.parametrize("batch", [3, 256])
def test_the_strongest_patches_by_looking_at_every_unit(rng, monkeypatch, layer, batch):
    monkeypatch.setattr(inspection, "BATCH", batch)
    network, images = a_network(rng), rng.standard_normal((7, 2, 9, 8)).astype(np.float32)
    maps = feature_maps(network, images)[layer]
    found = strongest_patches(network, images, layer=layer, count=4)
    assert len(found) == maps.shape[1]
    for channel, patches in enumerate(found):
        best = maps[:, channel].reshape(7, -1).max(axis=1)
        np.testing.assert_allclose([patch.value for patch in patches], np.sort(best)[::-1][:4], rtol=1e-4, atol=1e-6)
        assert len({patch.image for patch in patches}) == 4
        for patch in patches:
            value = maps[patch.image, channel]
            value = value[patch.unit] if value.ndim else value
            assert value == pytest.approx(patch.value, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("layer", range(10))
def test_nothing_outside_a_patch_counts(rng, layer):
    network, images = a_network(rng), rng.standard_normal((7, 2, 9, 8)).astype(np.float32)
    for channel, (patch,) in enumerate(strongest_patches(network, images, layer=layer, count=1)):
        other = rng.standard_normal((2, 9, 8)).astype(np.float32)
        other[:, *patch.window] = images[patch.image][:, *patch.window]
        maps = feature_maps(network, other)[layer][channel]
        assert (maps[patch.unit] if maps.ndim else maps) == pytest.approx(patch.value, rel=1e-4, abs=1e-6)


def test_a_flattened_unit_sees_what_it_saw_as_a_map():
    network = Sequential([Conv2d(1, 2, 3), Flatten(), Linear(2 * 4 * 5, 3)])
    as_feature = seen_by(network, (6, 7), layer=1, channel=1 * 4 * 5 + 2 * 5 + 3)  # map 1, row 2, column 3
    assert as_feature == seen_by(network, (6, 7), layer=0, unit=(2, 3))
    assert (as_feature.rows, as_feature.cols) == (range(2, 5), range(3, 6))
    assert seen_by(network, (6, 7), layer=-1, channel=2).cols == range(7)


def test_equal_pictures_come_in_their_order():
    network = Sequential([MaxPool2d(1)])
    images = np.zeros((5, 1, 2, 2), np.float32)
    images[3, 0, 1] = 1
    patches = strongest_patches(network, images, layer=0, count=9)[0]
    assert [patch.image for patch in patches] == [3, 0, 1, 2, 4]  # all there are
    assert [patch.unit for patch in patches] == [(1, 0), (0, 0), (0, 0), (0, 0), (0, 0)]


# Signals sent down


@pytest.mark.parametrize("layer", [0, 3, 5, 6, 8, -1])
def test_saliency_is_the_gradient(rng, numerical_gradient, layer):
    network, image = in_doubles(a_network(rng)), rng.standard_normal((1, 2, 9, 8))
    channel = 2
    unit = [(1, 1)] if layer in (0, 3, 5, 6) else None

    def output(x):
        maps = feature_maps(network, x)[layer][:, channel]
        return maps[:, 1, 1] if unit else maps

    expected = numerical_gradient(output, image, np.ones(1))
    np.testing.assert_allclose(
        saliency(network, image, channel=channel, layer=layer, units=unit), expected, atol=1e-7
    )


def matrix_of(network, shape):
    """A linear network as one matrix, column by column: the outputs of pictures with a single one."""
    pictures = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    return feature_maps(network, pictures)[-1].reshape(len(pictures), -1).T


@pytest.mark.parametrize(
    "layers",
    [
        lambda rng: [Conv2d(2, 3, 3, bias=False, rng=rng)],
        lambda rng: [Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 1), dilation=(1, 2), groups=2, bias=False,
                            rng=rng)],
        lambda rng: [Conv2d(2, 3, 3, padding=1, padding_mode="reflect", bias=False, rng=rng), AvgPool2d(2)],
        lambda rng: [Conv2d(2, 3, 3, bias=False, rng=rng), Conv2d(3, 2, 2, stride=2, bias=False, rng=rng),
                     Flatten(), Linear(2 * 2 * 2, 6, bias=False, rng=rng)],
    ],
    ids=["convolution", "every argument", "reflected, with a pooling", "deep"],
)
def test_deconvnet_on_a_linear_network_is_the_transposed_operator(rng, layers):
    network, image = in_doubles(Sequential(layers(rng))), rng.standard_normal((2, 6, 7))
    matrix = matrix_of(network, image.shape)
    outputs = matrix @ image.ravel()
    maps = feature_maps(network, image)[-1]
    np.testing.assert_allclose(maps.ravel(), outputs)
    for index in list(np.ndindex(maps.shape))[::5]:
        alone = np.zeros(maps.shape)
        alone[index] = maps[index]
        unit = [index[1:]] if len(index) == 3 else None
        found = deconvnet(network, image, channel=index[0], units=unit)
        np.testing.assert_allclose(found.ravel(), matrix.T @ alone.ravel(), atol=1e-12)
        gradient = saliency(network, image, channel=index[0], units=unit)
        np.testing.assert_allclose(found, gradient * maps[index], atol=1e-12)
        np.testing.assert_allclose(guided_backprop(network, image, channel=index[0], units=unit), gradient)


def test_the_three_rules_in_the_figure_of_springenberg_et_al():
    """Their figure 1: an input, the signal that comes down to its ReLU, and what each method lets through."""
    picture = np.array([[[1.0, -1, 5], [2, -5, -7], [-3, 2, 4]]])
    signal = np.array([[-2.0, 3, -1], [6, -3, 1], [2, -1, 3]])
    network = Sequential([ReLU(), Conv2d(1, 1, 3, bias=False)])
    network.layers[1].parameters["weight"] = signal[None, None]
    np.testing.assert_array_equal(
        saliency(network, picture, channel=0)[0], [[-2, 0, -1], [6, 0, 0], [0, -1, 3]]
    )
    np.testing.assert_array_equal(
        guided_backprop(network, picture, channel=0)[0], [[0, 0, 0], [6, 0, 0], [0, 0, 3]]
    )
    output = 1 * -2 + 5 * -1 + 2 * 6 + 2 * -1 + 4 * 3
    np.testing.assert_array_equal(
        deconvnet(network, picture, channel=0)[0], np.multiply(output, [[0, 3, 0], [6, 0, 1], [2, 0, 3]])
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_maximum_is_sent_back_to_its_place(method):
    network = Sequential([MaxPool2d(2)])
    picture = np.array([[[1.0, 2, 3, 9], [4, 0, 5, 3]]])
    for col, expected in enumerate(([[0, 0, 0, 0], [4, 0, 0, 0]], [[0, 0, 0, 9], [0, 0, 0, 0]])):
        found = method(network, picture, channel=0, units=[(0, col)])[0]
        np.testing.assert_array_equal(found > 0, np.array(expected) > 0)
        if method is deconvnet:
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("layer", [0, 3, 6, 8, -1])
def test_the_strongest_unit_of_each_image_is_the_default(rng, images, method, layer):
    network = a_network(rng)
    maps = feature_maps(network, images)[layer][:, 1]
    units = [np.unravel_index(each.argmax(), each.shape) for each in maps] if maps.ndim == 3 else None
    together = method(network, images, channel=1, layer=layer)
    assert together.shape == images.shape
    np.testing.assert_array_equal(together, method(network, images, channel=1, layer=layer, units=units))
    one = method(network, images[2], channel=1, layer=layer)  # and no image minds the others
    np.testing.assert_allclose(one, together[2], atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_signal_stays_within_what_the_unit_sees(rng, method):
    network, images = a_network(rng), rng.standard_normal((7, 2, 9, 8)).astype(np.float32)
    for channel, patches in enumerate(strongest_patches(network, images, layer=3, count=2)):
        shown = method(
            network, images[[patch.image for patch in patches]], channel=channel, layer=3,
            units=[patch.unit for patch in patches],
        )
        assert np.abs(shown).max() > 0
        for signal, patch in zip(shown, patches, strict=True):
            signal[:, *patch.window] = 0
            assert not signal.any()


# Occlusion


def brightness(rows, cols):
    """A network whose first class is the brightness of one square, and whose second is nothing."""
    network = Sequential([Flatten(), Linear(36, 2, bias=False)])
    weight = np.zeros((2, 6, 6), np.float32)
    weight[0, rows, cols] = 1
    network.layers[1].parameters["weight"][...] = weight.reshape(2, 36)
    return network


def test_covering_the_decisive_patch_lowers_the_score():
    network = brightness(slice(1, 3), slice(2, 5))
    found = occlusion(network, np.ones((1, 6, 6)), channel=0, size=(2, 3))
    assert found.uncovered == pytest.approx(np.exp(6) / (np.exp(6) + 1))  # 2*3 pixels of 1
    assert found.covered.shape == (5, 4)
    assert np.unravel_index(found.covered.argmin(), (5, 4)) == (1, 2)
    assert found.covered.min() == pytest.approx(0.5)
    assert found.covered[4, 0] == pytest.approx(found.uncovered)  # far from it
    against = occlusion(network, np.ones((1, 6, 6)), channel=1, size=(2, 3))
    np.testing.assert_allclose(against.covered, 1 - found.covered, atol=1e-6)


@pytest.mark.parametrize("batch", [2, 256])
@pytest.mark.parametrize(
    ("layer", "options"),
    [(None, {}), (-1, {"size": (2, 4), "stride": (3, 2)}), (3, {"size": 4, "fill": 0.7}), (7, {"stride": 5})],
)
def test_occlusion_by_covering_every_square_by_hand(rng, monkeypatch, batch, layer, options):
    monkeypatch.setattr(inspection, "BATCH", batch)
    network, image = a_network(rng), rng.random((2, 9, 8)).astype(np.float32)
    before = image.copy()
    size, stride = (np.broadcast_to(options.get(name, least), 2) for name, least in (("size", 3), ("stride", 1)))

    def answer(x):
        if layer is None:
            scores = np.exp(feature_maps(network, x)[-1])
            return scores[2] / scores.sum()
        return feature_maps(network, x)[layer][2].sum()

    found = occlusion(network, image, channel=2, layer=layer, **options)
    assert found.rows == range(0, 9 - size[0] + 1, stride[0])
    assert found.cols == range(0, 8 - size[1] + 1, stride[1])
    assert found.uncovered == pytest.approx(answer(image), rel=1e-4)
    for place, row in enumerate(found.rows):
        for other, col in enumerate(found.cols):
            covered = image.copy()
            covered[:, row : row + size[0], col : col + size[1]] = options.get("fill", 0)
            assert found.covered[place, other] == pytest.approx(answer(covered), rel=1e-3, abs=1e-5)
    np.testing.assert_array_equal(image, before)


# Gradient ascent


def test_the_ideal_input_of_a_filter_is_bright_where_it_is_positive(rng):
    network = Sequential([Conv2d(1, 1, 3, rng=rng)])
    weight = np.array([[1.0, -1, 1], [-1, 1, -1], [1, -1, 1]], np.float32)
    network.layers[0].parameters["weight"][...] = weight
    *_, last = islice(gradient_ascent(network, (1, 7, 7), channel=0, unit=(2, 1), blur=0), 80)
    np.testing.assert_allclose(last.image[0, 2:5, 1:4], (weight > 0), atol=0.05)
    outside = last.image[0].copy()
    outside[2:5, 1:4] = 0
    assert outside.max() < 0.4 * 0.99**70  # it began at less than 0.4, and faded


@pytest.mark.parametrize("layer", [0, 2, 5, -1])
def test_the_ascent_ascends(rng, layer):
    network = a_network(rng)
    steps = list(islice(gradient_ascent(network, (2, 9, 8), channel=1, layer=layer, rng=rng), 60))
    assert [each.step for each in steps] == [*range(60)]
    assert steps[-1].value > steps[0].value + 0.1
    for each in (steps[0], steps[-1]):
        assert each.image.shape == (2, 9, 8)
        assert each.image.dtype == np.float32
        assert 0 <= each.image.min() <= each.image.max() <= 1
    assert steps[0].image is not steps[1].image
    maps = feature_maps(network, steps[-1].image)[1 if layer == 2 else layer][1]
    middle = maps[tuple(size // 2 for size in maps.shape)]
    assert steps[-1].value == pytest.approx(float(middle), rel=1e-4)


def test_the_ascent_repeats_with_its_generator(rng):
    network = a_network(rng)
    first, same, other = (
        [*islice(gradient_ascent(network, (2, 9, 8), channel=1, rng=np.random.default_rng(seed)), 5)][-1].image
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_a_unit_that_nothing_reaches_is_tried_from_elsewhere():
    network = Sequential([Conv2d(1, 1, 1), ReLU(), MaxPool2d(1)])
    network.layers[0].parameters["weight"][...] = 1
    network.layers[0].parameters["bias"][...] = -0.38  # off for almost every first picture
    rng = np.random.default_rng(4)
    steps = list(islice(gradient_ascent(network, (1, 1, 1), channel=0, rng=rng), 300))
    assert steps[0].value == steps[1].value == 0
    assert not np.array_equal(steps[0].image, steps[1].image)
    assert steps[-1].value > 0.5


def test_a_trained_network_knows_its_ideal_inputs():
    dataset = load("lines", train=400, test=100, size=12)
    rng = np.random.default_rng(0)
    network = Sequential([Conv2d(1, 8, 5, rng=rng), ReLU(), MaxPool2d(2), Flatten(), Linear(8 * 4 * 4, 4, rng=rng)])
    list(Trainer(network, dataset, optimizer=Adam(0.01), batch_size=20).run(3))
    for channel in range(4):
        *_, last = islice(gradient_ascent(network, (1, 12, 12), channel=channel), 60)
        assert network.predict(last.image[None])[0] == channel
        number = int(np.flatnonzero(dataset.test_labels == channel)[0])
        found = occlusion(network, dataset.test_images[number], channel=channel, size=5)
        assert found.covered.min() < found.uncovered - 0.05


# What is refused


def test_gradients_too_small_to_be_squared_still_lead_upwards():
    network = Sequential([Conv2d(1, 1, 1, bias=False)])
    network.layers[0].parameters["weight"][...] = 1e-30  # squared, nothing is left of it in 32 bits
    first, *_, last = islice(gradient_ascent(network, (1, 3, 3), channel=0, unit=(1, 1)), 40)
    assert last.value > first.value
    assert np.isfinite(last.image).all()


# What a first layer looks for


@pytest.mark.parametrize(("kernel", "angle"), [
    ([[-1, 0, 1]], 0), ([[1, 0, -1]], 180), ([[1], [-1]], 90), ([[-1], [1]], -90), ([[-1, 0], [0, 1]], -45),
    ([[0, 0.5], [-0.5, 0]], 45),
])
def test_a_difference_is_an_edge_and_nothing_else(kernel, angle):
    found = edge(np.array(kernel))
    assert found.share == pytest.approx(1)
    assert found.angle == pytest.approx(angle)


def test_the_share_of_an_edge_is_that_of_the_squares(rng):
    even = np.array([[1.0, 2, 1], [2, 5, 2], [1, 2, 1]])
    across = np.array([[-1.0, 0, 1]] * 3)
    assert edge(even) == (0, 0)
    found = edge(even + across)
    assert found.share == pytest.approx(6 / (6 + 4 * 1 + 4 * 4 + 25))
    assert abs(edge(-even - across).angle) == pytest.approx(180)
    assert edge(7 * (even + across)) == pytest.approx(found)


def test_a_kernel_without_any_direction():
    assert edge(np.zeros((3, 3))) == edge(np.ones((1, 1))) == (0, 0)
    with pytest.raises(ConvError, match=r"^The kernel must be \(KH, KW\)\. Received: kernel=\(1, 3, 3\)\.$"):
        edge(np.ones((1, 3, 3)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"channel": 0, "layer": 10}, r"There is no such layer\. Received: layer=10, layers=10"),
        ({"channel": 0, "layer": -11}, "Received: layer=-11, layers=10"),
        ({"channel": 5}, r"The layer has no such channel\. Received: channel=5, channels=5"),
        ({"channel": 0, "layer": 0, "units": [(0, 8)] * 7}, r"one place in the map for each image\. Received: .*"
         r"maps=\(9, 8\), images=7"),
        ({"channel": 0, "layer": 0, "units": [(-1, 0)] * 7}, "one place in the map for each image"),
        ({"channel": 0, "layer": 0, "units": [(0, 0)]}, r"units=\(\(0, 0\),\), maps=\(9, 8\), images=7"),
    ],
)
def test_units_that_are_not_there(rng, images, method, arguments, sentence):
    with pytest.raises(ConvError, match=sentence):
        method(a_network(rng), images, **arguments)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda network: feature_maps(network, np.ones((3, 3))), r"An image must be \(C, H, W\) or \(N, C, H, W\)"),
        (lambda network: strongest_patches(network, np.ones((1, 2, 9, 8)), layer=10), "There is no such layer"),
        (lambda network: strongest_patches(network, np.ones((1, 2, 9, 8)), layer=0, count=0), "Count must be at least"),
        (lambda network: strongest_patches(network, np.ones((0, 2, 9, 8)), layer=0), r"at least one image\. Received"),
        (lambda network: occlusion(network, np.ones((1, 2, 9, 8)), channel=0), r"The image must be \(C, H, W\)\. Rec"),
        (lambda network: occlusion(network, np.ones((2, 9, 8)), channel=0, size=9), r"size=\(9, 9\), image=\(9, 8\)"),
        (lambda network: occlusion(network, np.ones((2, 9, 8)), channel=5), "The layer has no such channel"),
        (lambda network: occlusion(network, np.ones((2, 9, 8)), channel=0, stride=0), "Stride must be at least 1"),
        (lambda network: next(gradient_ascent(network, (2, 9, 8), channel=0, rate=0)), "Rate must be above 0, decay"),
        (lambda network: next(gradient_ascent(network, (2, 9, 8), channel=0, blur=2)), "Received: rate=0.05, .*blur=2"),
        (lambda network: next(gradient_ascent(network, (2, 9, 8), channel=5)), "The layer has no such channel"),
        (lambda network: next(gradient_ascent(network, (2, 9, 8), channel=0, layer=0, unit=(9, 0))), "Units must be"),
    ],
)
def test_what_is_refused(rng, call, sentence):
    with pytest.raises(ConvError, match=sentence):
        call(a_network(rng))
