"""The lecture's counts, and those of networks that others counted."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conv.configuration import Configuration
from conv.counts import (
    Counts,
    dense_counts,
    layer_counts,
    locally_connected_counts,
    of,
    pooling_counts,
    transposed_counts,
)
from conv.errors import ConvError
from conv.geometry import window_positions


def test_the_lectures_single_kernel():
    counts = layer_counts(7, 3)
    assert counts.parameters == 3 * 3 + 1
    assert counts.input_units == 7 * 7
    assert counts.hidden_units == 5 * 5
    assert counts.connections == 5 * 5 * 3 * 3


def test_the_lectures_several_output_maps():
    counts = layer_counts(7, 3, out_maps=2)
    assert counts.parameters == 2 * (3 * 3 + 1)
    assert counts.hidden_units == 2 * (5 * 5)
    assert counts.connections == 2 * (5 * 5 * 3 * 3)


def test_the_lectures_several_input_maps():
    counts = layer_counts(7, 3, in_maps=3)
    assert counts.parameters == 3 * 3 * 3 + 1
    assert counts.input_units == 3 * 7 * 7
    assert counts.hidden_units == 5 * 5
    assert counts.connections == 3 * 5 * 5 * 3 * 3


def test_the_lectures_several_of_both():
    counts = layer_counts(7, 3, in_maps=3, out_maps=2)
    assert counts.parameters == 3 * 2 * 3 * 3 + 2
    assert counts.input_units == 3 * 7 * 7
    assert counts.hidden_units == 2 * 5 * 5


def test_the_lectures_fully_connected_network():
    counts = dense_counts(200 * 200, 1000, bias=False)
    assert counts == Counts(40_000_000, 0, 40_000, 1000, 40_000_000, 40_000_000)
    assert counts.parameters == 40_000_000
    assert dense_counts(200 * 200, 1000).parameters == 40_000_000 + 1000


@pytest.mark.parametrize(
    ("size", "maps", "kernel", "settings", "parameters", "multiply_adds"),
    [
        # AlexNet as torchvision builds it
        (224, (3, 64), 11, {"stride": 4, "padding": 2}, 23_296, 70_276_800),
        (27, (64, 192), 5, {"padding": 2}, 307_392, 223_948_800),
        (13, (192, 384), 3, {"padding": 1}, 663_936, 112_140_288),
        # LeNet-5's first layer: 6 * (5 * 5 + 1) parameters, 122,304 connections with the biases' 28 * 28 * 6
        (32, (1, 6), 5, {}, 156, 122_304 - 28 * 28 * 6),
    ],
)
def test_layers_that_others_counted(size, maps, kernel, settings, parameters, multiply_adds):
    counts = layer_counts(size, kernel, in_maps=maps[0], out_maps=maps[1], **settings)
    assert counts.parameters == parameters
    assert counts.multiply_adds == multiply_adds


def test_groups_thin_the_kernels():
    assert layer_counts(7, 3, in_maps=4, out_maps=8, groups=2).parameters == 8 * (2 * 3 * 3) + 8
    depthwise = layer_counts((7, 5), (3, 1), in_maps=4, out_maps=4, groups=4, bias=False)
    assert depthwise == Counts(4 * 3, 0, 4 * 7 * 5, 4 * 5 * 5, 4 * 5 * 5 * 3, 4 * 5 * 5 * 3)


def test_a_transposed_convolution_starts_from_its_inputs():
    counts = transposed_counts((3, 4), 2, in_maps=2, out_maps=5, stride=2, output_padding=1)
    assert counts.parameters == 2 * 5 * 2 * 2 + 5
    assert counts.input_units == 2 * 3 * 4
    assert counts.hidden_units == 5 * (2 * 2 + 2 + 1) * (3 * 2 + 2 + 1)
    assert counts.connections == counts.multiply_adds == 3 * 4 * 2 * 5 * 2 * 2


def test_sharing_saves_the_weights_but_not_the_connections():
    shared = layer_counts(7, 3, in_maps=3, out_maps=2)
    local = locally_connected_counts(7, 3, in_maps=3, out_maps=2)
    assert local.parameters == 2 * 5 * 5 * (3 * 3 * 3 + 1)
    assert local.connections == shared.connections == local.weights
    assert locally_connected_counts(7, 3, bias=False).biases == 0


def test_pooling_learns_nothing():
    counts = pooling_counts((6, 8), 2, maps=3)
    assert counts.parameters == counts.multiply_adds == 0
    assert counts.hidden_units == 3 * (3 * 4)
    assert counts.connections == 3 * (3 * 4) * (2 * 2)
    assert pooling_counts(7, 2, ceil_mode=True).hidden_units == 4 * 4
    assert pooling_counts(7, 3, stride=1).hidden_units == 5 * 5


def test_the_layer_that_a_configuration_is():
    window = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
    convolution = of(Configuration("conv", (7, 8), (3, 2), **window))
    assert convolution == Counts(3 * 2, 1, 7 * 8, 4 * 6, 4 * 6 * 3 * 2, 4 * 6 * 3 * 2)
    transposed = of(Configuration("transposed", (3, 4), (3, 2), output_padding=(1, 0), **window))
    assert transposed == Counts(3 * 2, 1, 3 * 4, (2 * 2 - 2 + 3 + 1) * (3 + 3), 3 * 4 * 3 * 2, 3 * 4 * 3 * 2)
    for operation in ("max", "avg", "sum", "lp"):
        pooled = of(Configuration(operation, (7, 7), (2, 2), stride=(2, 2), ceil_mode=True))
        assert pooled == Counts(0, 0, 7 * 7, 4 * 4, 4 * 4 * 2 * 2, 0)
    with pytest.raises(ConvError, match=r"^Kernel is larger than the padded input\."):
        of(Configuration(input_size=(2, 2)))


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3))
def test_connections_are_the_window_cells_padding_and_all(n, k, s, p, d):
    assume(n + 2 * p >= d * (k - 1) + 1)
    rows, cols = window_positions(n, k, stride=s, padding=p, dilation=d)
    counts = layer_counts(n, k, stride=s, padding=p, dilation=d)
    assert counts.connections == rows.size * cols.size
    dense = np.count_nonzero(np.ones((counts.input_units, counts.hidden_units)))
    assert dense_counts(counts.input_units, counts.hidden_units).connections == dense


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: layer_counts(7, 3, in_maps=3, out_maps=4, groups=2),
            r"^Groups must divide the input and the output maps\. Received: groups=2, in_maps=3, out_maps=4\.$",
        ),
        (lambda: layer_counts(7, 3, in_maps=0), r"^In maps must be at least 1\. Received: in_maps=0\.$"),
        (lambda: layer_counts(7, 3, groups=0), r"^Groups must be at least 1\. Received: groups=0\.$"),
        (lambda: pooling_counts(7, 3, maps=0), r"^Maps must be at least 1\. Received: maps=0\.$"),
        (lambda: dense_counts(0, 3), r"^Inputs must be at least 1\. Received: inputs=0\.$"),
        (lambda: layer_counts(2, 3), r"^Kernel is larger than the padded input\."),
        (lambda: transposed_counts(1, 1, padding=1), r"^Padding takes away the whole output\."),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ConvError, match=message):
        call()
