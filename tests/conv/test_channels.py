"""The trace of many maps: what is shown is what is computed, map by map and channel by channel."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conv import ConvError, channels, conv2d, trace
from conv.geometry import output_size

TRUTHS = Path(__file__).parents[1] / "truths"
CASES = [
    case for case in json.loads((TRUTHS / "operators.json").read_text("utf-8"))["cases"]
    if case["op"] == "conv2d" and "pad" not in case["params"]
]
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def layers(draw):
    """Maps, kernels, biases and the rest, such that the window fits."""
    groups, per, filters = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    kernel, dilation = draw(pairs), draw(pairs)
    size = [d * (k - 1) + 1 + draw(st.integers(0, 4)) for k, d in zip(kernel, dilation, strict=True)]
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    x = rng.integers(-5, 6, (groups * per, *size)).astype(float)
    weight = rng.integers(-3, 4, (groups * filters, per, *kernel)).astype(float)
    bias = rng.integers(-3, 4, groups * filters).astype(float)
    padding = draw(st.sampled_from([0, 1, (2, 0), ((0, 1), (2, 0)), "valid", "same", "full"]))
    return x, weight, bias, {"stride": draw(pairs), "padding": padding, "dilation": dilation, "groups": groups}


@settings(deadline=None, max_examples=150)
@given(layers())
def test_the_sums_and_the_bias_make_the_output(layer):
    x, weight, bias, options = layer
    t = channels.convolution(x, weight, bias, **options)
    expected = conv2d(x, weight, bias, **options)
    assert np.array_equal(t.output, expected)  # whole numbers: exact
    assert np.array_equal(t.sums.sum(-1) + bias[:, None, None], expected)
    assert np.array_equal(t.terms.sum((-2, -1)), np.moveaxis(t.sums, -1, 1))
    steps = {name: value for name, value in options.items() if name != "groups"}
    assert t.output.shape[1:] == output_size(x.shape[1:], weight.shape[2:], **steps)


@settings(deadline=None, max_examples=60)
@given(layers())
def test_each_channel_is_a_convolution_of_one_map(layer):
    x, weight, _, options = layer
    t = channels.convolution(x, weight, **options)
    steps = {name: value for name, value in options.items() if name != "groups"}
    for out, row in enumerate(t.sources):
        for i, source in enumerate(row):
            alone = trace.convolution(x[source], weight[out, i], **steps)
            assert np.array_equal(t.terms[out, i], alone.terms)
            assert np.array_equal(t.sums[out, ..., i], alone.output)
            assert np.array_equal(t.grid[source], alone.grid)
            assert np.array_equal(t.kinds, alone.kinds)
            assert np.array_equal(t.window_rows, alone.window_rows)
            assert np.array_equal(t.window_cols, alone.window_cols)


@settings(deadline=None, max_examples=60)
@given(layers())
def test_an_output_map_hears_its_own_group_only(layer):
    x, weight, _, options = layer
    t = channels.convolution(x, weight, **options)
    per, filters = weight.shape[1], len(weight) // options["groups"]
    for out, row in enumerate(t.sources):
        assert row.tolist() == [out // filters * per + i for i in range(per)]
        others = x.copy()
        others[np.setdiff1d(np.arange(len(x)), row)] = 100
        assert np.array_equal(channels.convolution(others, weight, **options).output[out], t.output[out])


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_what_pytorch_computed(case):
    with np.load(TRUTHS / "operators.npz") as arrays:
        x, weight, expected = (arrays[f"{case['id']}/{name}"] for name in ("x", "w", "y"))
        bias = arrays[f"{case['id']}/b"] if "b" in case["tensors"] else None
    images, outputs = (x, expected) if x.ndim == 4 else (x[None], expected[None])
    options = {name: tuple(value) if isinstance(value, list) else value for name, value in case["params"].items()}
    for image, output in zip(images, outputs, strict=True):
        t = channels.convolution(image, weight, bias, **options)
        assert t.output == pytest.approx(output, rel=1e-9, abs=1e-9)
        assert t.sums.sum(-1) + t.bias[:, None, None] == pytest.approx(output, rel=1e-9, abs=1e-9)


def test_some_truths_have_groups():
    assert len([case for case in CASES if case["params"].get("groups", 1) > 1]) >= 10


def test_one_output_written_out():
    x = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    weight = [[[[1, 0]], [[0, 2]]], [[[-1, 1]], [[1, 1]]]]
    t = channels.convolution(x, weight, [0.5, -1])
    assert t.terms[0, :, 1, 0].tolist() == [[[3 * 1, 4 * 0]], [[7 * 0, 8 * 2]]]
    assert t.sums[0, 1, 0].tolist() == [3 * 1 + 4 * 0, 7 * 0 + 8 * 2]
    assert t.output[:, 1, 0].tolist() == [3 + 16 + 0.5, (-3 + 4) + (7 + 8) - 1]


def test_a_1x1_convolution_mixes_the_maps_at_each_place():
    x = np.arange(12.0).reshape(3, 2, 2)
    mixing = np.array([[1.0, 2, 3], [0, -1, 1]])
    t = channels.convolution(x, mixing[:, :, None, None])
    assert np.array_equal(t.output, np.tensordot(mixing, x, axes=1))


def test_depthwise_then_pointwise_is_one_convolution():
    rng = np.random.default_rng(3)
    x, depth, point = (rng.integers(-3, 4, shape).astype(float) for shape in ((3, 6, 6), (3, 1, 3, 3), (4, 3, 1, 1)))
    halves = channels.convolution(channels.convolution(x, depth, groups=3).output, point)
    assert np.array_equal(halves.output, conv2d(x, point * depth[:, 0]))


def test_padding_is_marked_and_borrowed_from_the_own_map():
    maps, sides = [[[1, 2]], [[3, 4]]], ((0, 0), (1, 0))
    t = channels.convolution(maps, np.ones((1, 2, 1, 1)), padding=sides, padding_mode="replicate")
    assert t.grid.tolist() == [[[1, 1, 2]], [[3, 3, 4]]]
    assert t.kinds.tolist() == [[trace.PADDING, trace.INPUT, trace.INPUT]]
    assert (t.input_rows.tolist(), t.input_cols.tolist()) == ([0], [-1, 0, 1])


def test_without_a_bias_zeros_are_added():
    assert channels.convolution([[[2]]], [[[[3]]], [[[4]]]]).bias.tolist() == [0, 0]


def test_the_arguments_are_left_as_they_were():
    x, weight, bias = np.ones((1, 2, 2)), np.ones((1, 1, 1, 1)), np.ones(1)
    t = channels.convolution(x, weight, bias)
    for array in (t.grid, t.weight, t.bias):
        array[:] = 9
    assert (x == 1).all() and (weight == 1).all() and (bias == 1).all()


@pytest.mark.parametrize(
    ("x", "weight", "options", "text"),
    [
        ([[1]], [[[[1]]]], {}, r"Input must have 3 dimensions, \(maps, rows, cols\), and at least one map\. "
                               r"Received: shape=\(1, 1\)\."),
        (np.ones((0, 2, 2)), [[[[1]]]], {}, r"at least one map\. Received: shape=\(0, 2, 2\)\."),
        (np.ones((1, 2, 2)), np.ones((0, 1, 1, 1)), {}, r"^There must be at least one kernel\. "
                                                        r"Received: weight=\(0, 1, 1, 1\)\.$"),
        (np.ones((3, 2, 2)), np.ones((1, 2, 1, 1)), {}, r"^The input must have groups x weight\.shape\[1\] channels\."),
        (np.ones((2, 2, 2)), np.ones((3, 1, 1, 1)), {"groups": 2}, r"^Groups must divide the filters\."),
        (np.ones((1, 2, 2)), np.ones((1, 1, 3, 3)), {}, "^Kernel is larger than the padded input"),
        (np.ones((1, 2, 2)), np.ones((1, 1)), {}, r"^A weight must have four axes\. Received: weight=\(1, 1\)\.$"),
    ],
)
def test_refusals(x, weight, options, text):
    with pytest.raises(ConvError, match=text):
        channels.convolution(x, weight, **options)
