"""Chains of kernels over pictures, grey levels, and kernels that people write."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from conv import ConvError, conv2d_naive
from conv.filtering import Display, Filter, Pool, bound, decimals, display, grey, read_matrix, run
from conv.kernels import KERNELS, factor, gaussian, kernel

WHOLE = st.integers(-5, 5).map(float)
PICTURES = st.tuples(st.integers(1, 3), st.integers(1, 8), st.integers(1, 8)).flatmap(
    lambda shape: arrays(np.uint8, shape)
)
WEIGHTS = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(lambda shape: arrays(float, shape, elements=WHOLE))


# ---- filters and chains --------------------------------------------------------------------


def test_each_channel_is_filtered_by_itself() -> None:
    picture = [[[1, 2, 4]], [[0, 0, 8]]]
    _, right_less_left = run(picture, [Filter(np.array([[-1.0, 0, 1]]))])
    assert right_less_left.tolist() == [[[2 - 1, 4 - 1, 4 - 2]], [[0 - 0, 8 - 0, 8 - 0]]]


def test_what_lies_beyond_the_border() -> None:
    last = [Filter(np.array([[0.0, 0, 1]]))]  # the right neighbour
    borders = {border: run([[[1, 2, 4]]], last, border)[1].tolist() for border in ("replicate", "zeros", "circular")}
    assert borders == {"replicate": [[[2, 4, 4]]], "zeros": [[[2, 4, 0]]], "circular": [[[2, 4, 1]]]}


def test_a_window_of_even_size_begins_where_it_says() -> None:
    step = Filter(np.array([[1.0, 10], [100, 1000]]))
    assert step.before == (0, 0)
    _, out = run([[[1, 2], [3, 4]]], [step], "zeros")
    assert out[0, 0, 0] == 1 * 1 + 2 * 10 + 3 * 100 + 4 * 1000
    assert Filter(np.ones((4, 5))).before == (1, 2)


@settings(max_examples=60, deadline=None)
@given(PICTURES, WEIGHTS, st.sampled_from(["replicate", "zeros"]), WHOLE)
def test_a_filter_is_a_convolution_that_keeps_the_size(picture, weights, border, bias) -> None:
    _, out = run(picture, [Filter(weights, bias)], border)
    expected = [
        conv2d_naive(channel[None].astype(float), weights[None, None], [bias], padding="same", padding_mode=border)[0]
        for channel in picture
    ]
    assert out.shape == picture.shape and out.dtype == np.float32
    np.testing.assert_array_equal(out, expected)  # whole numbers: exact


@pytest.mark.parametrize("name", ["gaussian", "box_blur"])
@pytest.mark.parametrize("border", ["replicate", "zeros", "circular"])
def test_two_thin_passes_do_the_work_of_one(name: str, border: str) -> None:
    weights = kernel(name, (7, 9))
    assert factor(weights) is not None
    picture = np.random.default_rng(0).integers(0, 256, (2, 20, 30))
    _, out = run(picture, [Filter(weights, 5.0)], border)
    for channel, got in zip(picture, out, strict=True):
        expected = conv2d_naive(channel[None].astype(float), weights[None, None], padding="same", padding_mode=border)
        np.testing.assert_allclose(got, expected[0] + 5, rtol=0, atol=1e-3)


def test_pooling_drops_what_is_left_over() -> None:
    picture = [[[1, 2, 9], [3, 8, 9]]]
    assert run(picture, [Pool("max", 2)])[1].tolist() == [[[8]]]
    assert run(picture, [Pool("avg", 2)])[1].tolist() == [[[(1 + 2 + 3 + 8) / 4]]]
    with pytest.raises(ConvError, match=r"Kernel is larger than the padded input\. Received: input=\(2, 3\)"):
        run(picture, [Pool("max", 3)])


def test_a_chain_hands_each_result_on() -> None:
    steps = [Filter(np.array([[-1.0, 0, 1]])), Pool("max", 2), Filter(np.array([[2.0]]), bias=1.0)]
    picture = np.array([[[0, 0, 5, 5], [0, 0, 7, 7]]])
    results = run(picture, steps)
    assert [r.tolist() for r in results] == [
        picture.tolist(), [[[0, 5, 5, 0], [0, 7, 7, 0]]], [[[7, 7]]], [[[2 * 7 + 1, 2 * 7 + 1]]],
    ]


def test_no_chain_overflows() -> None:
    steps = [Filter(np.full((11, 11), 1e6))] * 5
    assert bound(steps) == pytest.approx(255 * (121 * 1e6) ** 5)
    last = run(np.full((1, 4, 4), 255), steps)[-1]
    assert last.dtype == np.float64
    np.testing.assert_allclose(last, bound(steps))


def test_whole_numbers_stay_exact_through_five_steps() -> None:
    weights = KERNELS["edge_detection_3"].array  # of magnitudes that add up to 16
    steps = [Filter(weights)] * 5
    assert bound(steps) == 255 * 16**5 > 2**24
    picture = np.random.default_rng(0).integers(0, 256, (1, 12, 12))
    expected = picture
    for _ in steps:
        expected = conv2d_naive(expected, weights.astype(int)[None, None], padding="same", padding_mode="replicate")
    np.testing.assert_array_equal(run(picture, steps)[-1], expected)
    assert run(picture, steps[:4])[-1].dtype == np.float32  # 255 * 16^4 = 2^24 - 2^16


def test_the_bound_holds_where_pooling_and_bias_take_part() -> None:
    assert bound([]) == 255
    assert bound([Filter(np.array([[0.5]]))]) == 255  # the picture itself
    assert bound([Filter(np.array([[1.0, -3]]), -2), Pool("max", 2), Filter(np.array([[2.0]]))]) == (255 * 4 + 2) * 2


def test_only_sure_decimals_are_told() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (1, 30, 30))
    for name in ("gabor", "gaussian_5", "motion_blur", "sharpen"):
        weights = kernel(name)
        _, out = run(picture, [Filter(weights)])
        exact = conv2d_naive(picture.astype(float), weights[None, None], padding="same", padding_mode="replicate")
        places = decimals([Filter(weights)])
        assert places >= 2, name
        assert np.abs(out - exact).max() < 10.0**-places, name
    assert decimals([Filter(np.array([[1e6]]))] * 2) == 1  # 64 bits: 255e12 * 2^-53 = 0.03
    assert decimals([]) == 4


# ---- colour and grey levels ----------------------------------------------------------------


def test_grey_is_pillows() -> None:
    colours = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    expected = np.asarray(Image.fromarray(colours).convert("L")).astype(int)
    difference = np.abs(grey(colours.transpose(2, 0, 1))[0] - expected)
    assert difference.max() <= 1 and (difference > 0).mean() < 0.01  # Pillow's weights are of 16 bits


def test_what_is_grey_stays() -> None:
    ramp = np.arange(256, dtype=np.uint8)[None]
    assert (grey(np.stack([ramp, ramp, ramp])) == ramp).all()
    assert (grey(ramp[None]) == ramp).all()


def test_clipping_cuts_off_what_lies_beyond() -> None:
    shown = display([-612.0, 0, 12.4, 255, 580], "clip")
    assert (shown.least, shown.most, shown.black, shown.white) == (-612, 580, 0, 255)
    assert not shown.stretched
    assert shown.levels([-612.0, 0, 12.4, 255, 580]).tolist() == [0, 0, 12, 255, 255]


def test_normalising_stretches_from_the_least_to_the_largest() -> None:
    shown = display([-612.0, 0, 580], "normalise")
    assert shown.stretched
    assert shown.levels([-612.0, 0, 580]).tolist() == [0, round(612 * 255 / (612 + 580)), 255]


def test_signed_keeps_zero_in_the_middle() -> None:
    shown = display([-612.0, 0, 580], "signed")
    assert (shown.black, shown.white) == (-612, 612)
    assert shown.levels([-612.0, 0, 580, 612]).tolist() == [0, 128, round((580 + 612) * 255 / 1224), 255]


@given(st.floats(0.0009765625, 1e9, width=32), st.sampled_from([np.float32, np.float64]))
def test_zero_is_always_the_same_grey(magnitude, dtype) -> None:
    assert display([-magnitude, magnitude / 3], "signed").levels(np.zeros(3, dtype)).tolist() == [128] * 3


def test_absolute_drops_the_sign() -> None:
    assert display([-612.0, 580], "absolute").levels([-612.0, -20, 20, 0]).tolist() == [255, 20, 20, 0]


@pytest.mark.parametrize("showing", ["clip", "normalise", "absolute"])
def test_one_value_cannot_be_stretched(showing: str) -> None:
    assert display([[7.0, 7.0]], showing).levels([[7.0]]).tolist() == [[7]]
    assert display([0.0], "signed").levels([0.0]).tolist() == [0]


@settings(max_examples=60, deadline=None)
@given(
    arrays(float, st.integers(1, 20), elements=st.floats(-1e9, 1e9, width=32)),
    st.sampled_from(["clip", "normalise", "signed", "absolute"]),
)
def test_levels_follow_the_values_in_order(values, showing) -> None:
    shown = display(values, showing)
    levels = shown.levels(values)
    assert levels.dtype == np.uint8 and levels.shape == values.shape
    order = np.argsort(np.abs(values) if showing == "absolute" else values)
    assert (np.diff(levels[order].astype(int)) >= 0).all()
    if shown.stretched and showing == "normalise":
        assert levels.min() == 0 and levels.max() == 255


def test_levels_leave_the_values_as_they_were() -> None:
    values = np.array([-3.0, 300.0], np.float32)
    for showing in ("clip", "normalise", "signed", "absolute"):
        display(values, showing).levels(values)
        assert values.tolist() == [-3, 300]


def test_an_unknown_way_of_showing() -> None:
    match = r"Values must be shown clip, normalise, signed or absolute\. Received: showing='invert'\."
    with pytest.raises(ConvError, match=match):
        display([1.0], "invert")


def test_a_display_says_what_the_formula_says() -> None:
    shown = Display("normalise", -10.0, 41.0, -10.0, 41.0)
    assert shown.levels([0.0]).tolist() == [round(255 * (0 + 10) / (41 + 10))]


# ---- matrices that people write -------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "1 0 -1\n2 0 -2\n1 0 -1",
        "1,0,-1\r\n2,0,-2\r\n1,0,-1\r\n",
        "1\t0\t−1\n2\t0\t−2\n1\t0\t−1",
        "[[1, 0, -1], [2, 0, -2], [1, 0, -1]]",
        "array([[ 1.,  0., -1.],\n       [ 2.,  0., -2.],\n       [ 1.,  0., -1.]])".removeprefix("array"),
        "1 0 -1; 2 0 -2; 1 0 -1;",
        "\n 1, 0, -1,\n\n 2, 0, -2,\n 1, 0, -1 \n",
    ],
)
def test_matrices_are_read_as_they_are_pasted(text: str) -> None:
    assert read_matrix(text).tolist() == np.outer([1, 2, 1], [1, 0, -1]).tolist()


def test_fractions_and_powers() -> None:
    assert read_matrix("1/9 -1/4 .5 +2 1e-2 1.5/3").tolist() == [[1 / 9, -1 / 4, 0.5, 2, 0.01, 0.5]]


@pytest.mark.parametrize("weights", [kernel(name) for name in KERNELS if name != "random"] + [gaussian(11, 11)])
def test_every_kernel_can_be_pasted_from_numpy(weights) -> None:
    np.testing.assert_array_equal(read_matrix(str(weights.tolist())), weights)


NO_MATRIX = r"A matrix needs numbers, with spaces, commas or tabs between them and one row a line\. Received: text="


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", NO_MATRIX + r"''\."),
        (" \n;", NO_MATRIX),
        ("1 2\n3 x", NO_MATRIX + r"'x'\."),
        ("nan", NO_MATRIX),
        ("inf 1", NO_MATRIX),

        ("__import__('os')", NO_MATRIX),
        ("١ ٢", NO_MATRIX),
        ("1 2 3\n4 5", r"All rows must be equally long\. Received: lengths=\[3, 2\]\."),
        ("1 2 3\n" * 12, r"A kernel must have at most 11 rows and 11 columns\. Received: rows=12, cols=3\."),
        ("1 " * 12, r"A kernel must have at most 11 rows and 11 columns\. Received: rows=1, cols=12\."),
        ("1e9", r"Weights must be from -1,000,000 to 1,000,000\. Received: text='1e9'\."),
        ("1/0", r"Weights must be from"),
        ("1e999", r"Weights must be from"),
    ],
)
def test_what_is_no_matrix(text: str, match: str) -> None:
    with pytest.raises(ConvError, match=match):
        read_matrix(text)
