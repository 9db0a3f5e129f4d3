"""The named networks against what others counted, and the numbers that are said of them."""

import json
from pathlib import Path

import pytest

from conv.architectures import (
    IMAGENET_2012,
    LENET5_TABLE,
    MNIST_1998,
    NAMES,
    RESULTS,
    blueprint,
)
from conv.blueprint import Conv2d, MaxPool2d, summary, with_ceil_mode
from conv.errors import ConvError

TRUTHS = json.loads((Path(__file__).parents[1] / "truths" / "architectures.json").read_text())["architectures"]
PER_LAYER = {
    "alexnet": "alexnet_torchvision", "vgg11": "vgg11", "vgg16": "vgg16", "vgg19": "vgg19", "resnet18": "resnet18",
    "resnet50": "resnet50",
}


def counted(name, input_shape=None):
    network = blueprint(name)
    return summary(network.layers, input_shape or network.input_shape)


def learning(name):
    """The rows that learn or count, without their activations."""
    return [row for row in counted(name).rows if row.parameters or row.counts.hidden_units]


@pytest.mark.parametrize(("name", "truth"), PER_LAYER.items())
def test_every_layer_is_as_others_counted(name, truth):
    expected = TRUTHS[truth]["layers"]
    kinds = {layer["type"] for layer in expected}
    rows = [row for row in counted(name).rows if row.kind in kinds]
    for row, layer in zip(rows, expected, strict=True):
        assert row.kind == layer["type"]
        assert row.output_shape == tuple(layer["out"])
        assert row.parameters == layer.get("params", 0)
        assert row.counts.multiply_adds == layer.get("macs", 0)
        if "kernel" in layer:
            for ours, theirs in (("kernel_size", "kernel"), ("stride", "stride"), ("padding", "pad")):
                value = layer[theirs]
                assert getattr(row.layer, ours) == (tuple(value) if isinstance(value, list) else (value, value))
        assert getattr(row.layer, "groups", 1) == layer.get("groups", 1)


@pytest.mark.parametrize(("name", "truth"), PER_LAYER.items())
def test_the_sums_are_as_others_counted(name, truth):
    assert counted(name).parameters == TRUTHS[truth]["params"]
    assert counted(name).multiply_adds == TRUTHS[truth]["macs"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("dense", 100 * (784 + 1) + 10 * (100 + 1)),
        ("digits_cnn", 8 * (9 + 1) + 16 * (8 * 9 + 1) + 10 * (16 * 2 * 2 + 1)),
        ("vgg13", 133_047_848),
        ("resnet34", 21_797_672),
        ("mobilenet_v1", 4_231_976),
        ("mobilenet_block", 512 * 9 + 512 * 512 + 4 * 512),
        ("alexnet_2012", TRUTHS["alexnet_2012_paper"]["params_two_tower_with_groups"]),
    ],
)
def test_parameters_of_the_others(name, parameters):
    assert counted(name).parameters == parameters


# LeNet-5


def test_lenet_as_published_layer_by_layer():
    truth = TRUTHS["lenet5_1998"]
    rows = [row for row in counted("lenet5_1998").rows if row.layer.label]
    assert [
        {"name": row.layer.label, "out": list(row.output_shape), "params": row.parameters,
         "connections": row.connections_with_biases}
        for row in rows
    ] == truth["layers"]
    fields = {row.layer.label: [row.field.size[0], row.field.jump[0]] for row in rows[:5]}
    assert fields == truth["receptive_fields"]
    assert list(map(list, LENET5_TABLE)) == truth["c3_table"]
    assert counted("lenet5_1998").parameters == truth["params"] == 60_000
    assert counted("lenet5_1998").connections_with_biases == truth["connections"] == 340_908


def test_lenet_as_taught_today():
    truth = TRUTHS["lenet5_modern"]
    assert [row.parameters for row in learning("lenet5") if row.parameters] == truth["layer_params"]
    assert counted("lenet5").parameters == truth["params"] == 60_000 + 900 - 44 + 850
    assert counted("lenet5", (1, 28, 28)).rows[0].output_shape == (6, 28, 28)


# AlexNet


def test_the_captions_neurons():
    truth = TRUTHS["alexnet_2012_paper"]
    neurons = [row.counts.hidden_units for row in learning("alexnet_2012") if row.kind in ("Conv2d", "Linear")]
    assert neurons == truth["recomputed_neurons"]
    assert neurons[1:] == truth["caption_neurons"][2:]
    assert neurons[0] == 55 * 55 * 96 == 290_400
    assert truth["caption_neurons"][:2] == [3 * 224 * 224, 55 * 48 * 96]
    facts = " ".join(blueprint("alexnet_2012").facts)
    for number in (neurons[0], sum(neurons), sum(truth["caption_neurons"][1:]), 150_528, 253_440):
        assert f"{number:,}" in facts


@pytest.mark.parametrize(("size", "first", "last"), [(227, 55, 6), (224, 54, 5)])
def test_what_224_and_227_make_of_alexnet(size, first, last):
    rows = counted("alexnet_2012", (3, size, size)).rows
    assert rows[0].output_shape == (96, first, first)
    pooled = [row for row in rows if row.kind == "MaxPool2d"]
    assert pooled[-1].output_shape == (256, last, last)
    dense = next(row for row in rows if row.kind == "Linear")
    assert dense.parameters == 4096 * (256 * last * last + 1)


def test_what_rounding_up_makes_of_alexnet():
    layers = with_ceil_mode(blueprint("alexnet_2012").layers)
    sizes = [row.output_shape[1] for row in summary(layers, (3, 224, 224)).rows if row.kind == "MaxPool2d"]
    assert sizes == [27, 13, 6]  # the paper's sizes, from an input of 224


# The numbers that the facts name


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_has_the_networks_numbers(name):
    network = blueprint(name)
    facts = " ".join(network.facts)
    if "parameters" in facts and name not in ("dense", "mobilenet_block"):
        assert f"{counted(name).parameters:,} parameters" in facts
    assert network.title
    assert network.description.endswith(".")
    assert network.source
    assert network.link.startswith(("https://", "http://")) or name == "digits_cnn"


def test_the_shares_that_the_facts_name():
    first = learning("dense")[0].parameters
    assert first == 78_500
    assert round(100 * first / counted("dense").parameters, 1) == 98.7
    for name, parameters, multiply_adds in (("alexnet", 58_631_144, 0.08), ("vgg16", 123_642_856, 0.008)):
        dense = [row for row in counted(name).rows if row.kind == "Linear"]
        assert sum(row.parameters for row in dense) == parameters
        share = sum(row.counts.multiply_adds for row in dense) / counted(name).multiply_adds
        assert share == pytest.approx(multiply_adds, abs=0.005)
    fc6 = next(row for row in counted("vgg16").rows if row.layer.label == "fc6")
    assert (fc6.parameters, round(fc6.parameters / counted("vgg16").parameters, 2)) == (102_764_544, 0.74)
    assert round(counted("vgg16").parameters / counted("resnet18").parameters) == 12


def test_a_separable_block_against_a_plain_convolution():
    block = counted("mobilenet_block")
    plain = summary([Conv2d(512, 3, padding=1, bias=False)], (512, 14, 14))
    assert block.output_shape == plain.output_shape
    assert block.multiply_adds == 3 * 3 * 512 * 14 * 14 + 512 * 512 * 14 * 14 == 52_283_392
    assert plain.multiply_adds == 462_422_016
    assert block.multiply_adds / plain.multiply_adds == pytest.approx(1 / 512 + 1 / 9)
    assert round(counted("mobilenet_v1").multiply_adds / 1e6) == 569


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50"])
def test_the_branches_of_a_resnet_are_aligned(name):
    rows = counted(name).rows
    assert all(row.field for row in rows)
    assert max(row.field.jump[0] for row in rows) == 32
    sums = [row for row in rows if row.kind == "Residual"]
    assert len(sums) == {"resnet18": 8, "resnet34": 16, "resnet50": 16}[name]
    strided = [row for row in rows if row.kind in ("Conv2d", "MaxPool2d") and row.layer.stride == (2, 2)]
    assert len(strided) == 2 + 3 * 2  # the stem, then each later stage's main branch and shortcut


def test_a_network_of_maps_takes_another_input_where_it_pools_all():
    assert counted("resnet18", (3, 64, 96)).output_shape == (1000,)
    assert counted("mobilenet_v1", (3, 128, 128)).parameters == counted("mobilenet_v1").parameters
    with pytest.raises(ConvError, match=r"^Layer \d+ \((MaxPool2d|Conv2d)\): Kernel is larger"):
        counted("alexnet_2012", (3, 32, 32))


def test_an_unknown_name_is_refused():
    with pytest.raises(ConvError, match=r"^Architecture must be one of dense, digits_cnn, .*Received: name='lenet'\.$"):
        blueprint("lenet")


# Results


def test_the_results_that_the_lecture_quotes():
    assert [(r.error, r.top5_error) for r in IMAGENET_2012.results] == [(47.1, 28.2), (45.7, 25.7), (37.5, 17.0)]
    errors = {result.method: result.error for result in MNIST_1998.results}
    assert errors["Linear"] == 12.0
    assert errors["LeNet-5"] == 0.95
    assert errors["LeNet-5, distortions"] == 0.8
    assert min(errors, key=errors.get) == "Boosted LeNet-4, distortions"
    assert len(errors) == len(MNIST_1998.results) == 27
    assert all(result.top5_error is None for result in MNIST_1998.results)


@pytest.mark.parametrize("benchmark", RESULTS, ids=lambda benchmark: benchmark.name)
def test_results_have_their_sources(benchmark):
    assert benchmark.link.startswith("https://")
    assert benchmark.source
    assert benchmark.note.endswith(".")
    assert all(0 < result.error < 100 for result in benchmark.results)


def test_pools_of_alexnet_overlap():
    for name in ("alexnet", "alexnet_2012"):
        pools = [layer for layer in blueprint(name).layers if isinstance(layer, MaxPool2d)]
        assert [(pool.kernel_size, pool.stride) for pool in pools] == [((3, 3), (2, 2))] * 3


@pytest.mark.parametrize(("name", "size"), [("alexnet", 195), ("alexnet_2012", 195), ("vgg16", 212)])
def test_the_last_poolings_see_what_others_found(name, size):
    """Araujo, Norris and Sim, 2019: 195 for AlexNet and 212 for VGG-16, 32 inputs apart."""
    field = [row.field for row in counted(name).rows if row.kind == "MaxPool2d"][-1]
    assert (field.size, field.jump) == ((size, size), (32, 32))
