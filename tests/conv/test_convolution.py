"""Convolution and its transpose: against loops, against slopes, and against what they promise."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conv import (
    ConvError,
    conv2d,
    conv2d_backward,
    conv2d_naive,
    conv_transpose2d,
    conv_transpose2d_backward,
    convolution,
    pad2d,
)
from conv.geometry import pads

MODES = ("zeros", "reflect", "replicate", "circular")
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
numeric_padding = st.one_of(
    st.integers(0, 2),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.tuples(st.tuples(st.integers(0, 2), st.integers(0, 2)), st.tuples(st.integers(0, 2), st.integers(0, 2))),
)
paddings = numeric_padding | st.sampled_from(["valid", "same", "full"])
few = settings(deadline=None, max_examples=60)


@st.composite
def convolutions(draw, modes=MODES):
    """An image, a weight, a bias and everything else, such that the window fits."""
    groups = draw(st.integers(1, 3))
    kernel, dilation = draw(pairs), draw(pairs)
    size = [d * (k - 1) + 1 + draw(st.integers(0, 4)) for k, d in zip(kernel, dilation, strict=True)]
    channels, filters = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    batch = draw(st.sampled_from([(), (1,), (2,)]))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    x = rng.normal(size=(*batch, channels, *size))
    weight, bias = rng.normal(size=(filters, channels // groups, *kernel)), rng.normal(size=filters)
    mode = draw(st.sampled_from(modes))
    padding = draw(paddings if mode == "zeros" else st.sampled_from(["valid", "same", 0, ((0, 1), (1, 0))]))
    assume(mode == "zeros" or padding in ("valid", 0) or min(size) > 3)
    options = {"stride": draw(pairs), "padding": padding, "dilation": dilation, "groups": groups}
    return x, weight, bias, options | {"padding_mode": mode}


def test_the_first_window_written_out():
    x = [[[0, 1, 2], [3, 4, 5], [6, 7, 8]]]
    weight = [[[[1, 2], [3, 4]]]]
    expected = [
        [0 * 1 + 1 * 2 + 3 * 3 + 4 * 4, 1 * 1 + 2 * 2 + 4 * 3 + 5 * 4],
        [3 * 1 + 4 * 2 + 6 * 3 + 7 * 4, 4 * 1 + 5 * 2 + 7 * 3 + 8 * 4],
    ]
    for function in (conv2d, conv2d_naive):
        assert function(x, weight).tolist() == [expected]
        assert function(x, weight, [10]).tolist() == [(np.array(expected) + 10).tolist()]


def test_groups_see_their_own_channels():
    x = np.array([1, 10, 100, 1000]).reshape(4, 1, 1)
    weight = np.array([[1, 2], [3, 4], [5, 6], [7, 8]]).reshape(4, 2, 1, 1)
    expected = [1 * 1 + 2 * 10, 3 * 1 + 4 * 10, 5 * 100 + 6 * 1000, 7 * 100 + 8 * 1000]
    assert conv2d(x, weight, groups=2).ravel().tolist() == expected
    assert conv2d_naive(x, weight, groups=2).ravel().tolist() == expected


@few
@given(convolutions())
def test_fast_and_naive_agree(case):
    x, weight, bias, options = case
    np.testing.assert_allclose(
        conv2d(x, weight, bias, **options), conv2d_naive(x, weight, bias, **options), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("padding", [0, "same", "full", ((9, 0), (0, 11)), ((0, 80), (70, 0))])
@pytest.mark.parametrize(
    ("kernel", "dilation", "stride"),
    [((3, 3), (1, 1), (1, 1)), ((7, 2), (1, 1), (1, 1)), ((3, 3), (1, 5), (1, 1)), ((5, 5), (1, 1), (1, 2)),
     ((3, 3), (2, 2), (2, 1))],
)
def test_a_big_image_is_a_plain_sum_of_shifted_images(kernel, dilation, stride, padding, rng):
    x, weight = rng.normal(size=(2, 3, 70, 191)), rng.normal(size=(6, 1, *kernel))
    out = conv2d(x, weight, stride=stride, dilation=dilation, padding=padding, groups=3)
    (top, _), (left, _) = pads(padding, (70, 191), kernel, stride=stride, dilation=dilation)
    padded = np.pad(x[1, 2], 200)[200 - top :, 200 - left :]
    expected = np.zeros(out.shape[2:])
    for i, j in np.ndindex(kernel):
        tap = padded[i * dilation[0] :: stride[0], j * dilation[1] :: stride[1]]
        expected += weight[5, 0, i, j] * tap[: out.shape[2], : out.shape[3]]
    np.testing.assert_allclose(out[1, 5], expected, rtol=1e-12, atol=1e-12)


def test_an_image_of_two_rows_may_be_wide():
    x = np.arange(2.0 * 5000).reshape(1, 2, 5000)
    assert conv2d(x, np.array([[[[1, 10]]]]))[0, 1, 7] == 5007 * 1 + 5008 * 10


@few
@given(convolutions(modes=("zeros",)), st.floats(-3, 3))
def test_linear_in_the_image_and_in_the_weight(case, factor):
    x, weight, _, options = case
    x2, weight2 = x[..., ::-1] ** 2, weight[..., ::-1] - 1
    out = conv2d(x, weight, **options)
    np.testing.assert_allclose(
        conv2d(x + factor * x2, weight, **options), out + factor * conv2d(x2, weight, **options), atol=1e-9
    )
    np.testing.assert_allclose(
        conv2d(x, weight + factor * weight2, **options), out + factor * conv2d(x, weight2, **options), atol=1e-9
    )


@few
@given(convolutions(modes=("zeros",)), st.integers(0, 2), st.integers(0, 2))
def test_a_translated_image_has_a_translated_output(case, down, right):
    x, weight, bias, options = case
    options |= {"padding": 0}
    (rows, cols), out = options["stride"], conv2d(x, weight, bias, **options)
    moved = conv2d(pad2d(x, ((down * rows, 0), (right * cols, 0))), weight, bias, **options)
    np.testing.assert_allclose(moved[..., down:, right:], out, atol=1e-12)


@few
@given(convolutions(modes=("zeros",)), st.integers(0, 99))
def test_the_transposed_convolution_is_the_adjoint(case, seed):
    x, weight, _, options = case
    options.pop("padding_mode")
    steps = {"stride": options["stride"], "dilation": options["dilation"]}
    options |= {"padding": pads(options["padding"], x.shape[-2:], weight.shape[2:], **steps)}
    out = conv2d(x, weight, **options)
    y = np.random.default_rng(seed).normal(size=out.shape)
    smallest = conv_transpose2d(y, weight, **options) if _leaves_something(y, weight, options) else None
    assume(smallest is not None)
    extra = tuple(x.shape[axis] - smallest.shape[axis] for axis in (-2, -1))
    assume(all(0 <= e < max(s, d) for e, s, d in zip(extra, options["stride"], options["dilation"], strict=True)))
    back = conv_transpose2d(y, weight, output_padding=extra, **options)
    assert back.shape == x.shape
    assert np.sum(out * y) == pytest.approx(np.sum(x * back), abs=1e-9)


def _leaves_something(y, weight, options):
    sizes = (
        (y.shape[axis - 2] - 1) * options["stride"][axis]
        + options["dilation"][axis] * (weight.shape[axis + 2] - 1) + 1 - sum(options["padding"][axis])
        for axis in (0, 1)
    )
    return min(sizes) >= 1


@settings(deadline=None, max_examples=25)
@given(convolutions(), st.integers(0, 99))
def test_gradients_are_slopes(case, seed):
    x, weight, bias, options = case
    grad = np.random.default_rng(seed).normal(size=conv2d(x, weight, **options).shape)
    grad_x, grad_weight, grad_bias = conv2d_backward(grad, x, weight, **options)
    # the output is linear in each operand, so one difference along a direction tells its slope exactly
    for gradient, moved in (
        (grad_x, lambda change: conv2d(change, weight, **options)),
        (grad_weight, lambda change: conv2d(x, change, **options)),
        (grad_bias, lambda change: conv2d(0 * x, weight, change, **options)),
    ):
        for direction in np.random.default_rng(seed + 1).normal(size=(3, *gradient.shape)):
            assert np.sum(gradient * direction) == pytest.approx(np.sum(grad * moved(direction)), abs=1e-9)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("padding", [1, (2, 0), ((0, 1), (2, 1)), "same", "valid", "full"])
def test_gradients_are_finite_differences(mode, padding, rng, numerical_gradient):
    x, weight, bias = rng.normal(size=(2, 4, 4)), rng.normal(size=(4, 1, 3, 2)), rng.normal(size=4)
    options = {"stride": (1, 2), "padding": padding, "groups": 2, "padding_mode": mode}
    grad = rng.normal(size=conv2d(x, weight, bias, **options).shape)
    slopes = (
        numerical_gradient(lambda x: conv2d(x, weight, bias, **options), x, grad),
        numerical_gradient(lambda weight: conv2d(x, weight, bias, **options), weight, grad),
        numerical_gradient(lambda bias: conv2d(x, weight, bias, **options), bias, grad),
    )
    for ours, slope in zip(conv2d_backward(grad, x, weight, **options), slopes, strict=True):
        np.testing.assert_allclose(ours, slope, atol=1e-7)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": 2, "padding": 1, "output_padding": 1},
        {"stride": (1, 3), "padding": ((1, 0), (0, 2)), "output_padding": (0, 2)},
        {"dilation": (2, 1), "output_padding": (1, 0), "padding": (0, 1)},
        {"stride": 2, "padding": "same"},
        {"padding": "full", "stride": (1, 2), "dilation": 1},
        {"groups": 2, "stride": 2},
    ],
)
def test_transposed_gradients_are_finite_differences(options, rng, numerical_gradient):
    groups = options.get("groups", 1)
    x, weight, bias = rng.normal(size=(4, 3, 4)), rng.normal(size=(4, 2, 2, 3)), rng.normal(size=2 * groups)
    grad = rng.normal(size=conv_transpose2d(x, weight, bias, **options).shape)
    slopes = (
        numerical_gradient(lambda x: conv_transpose2d(x, weight, bias, **options), x, grad),
        numerical_gradient(lambda weight: conv_transpose2d(x, weight, bias, **options), weight, grad),
        numerical_gradient(lambda bias: conv_transpose2d(x, weight, bias, **options), bias, grad),
    )
    for ours, slope in zip(conv_transpose2d_backward(grad, x, weight, **options), slopes, strict=True):
        np.testing.assert_allclose(ours, slope, atol=1e-7)


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), ((2, 1), 1), (1, (3, 2)), ((2, 1), (4, 1)), ((3, 2), (2, 1))])
def test_work_in_many_blocks_is_the_same_work(stride, dilation, monkeypatch, rng):
    x, weight = rng.normal(size=(5, 4, 13, 8)), rng.normal(size=(6, 2, 3, 3))
    options = {"groups": 2, "padding": 1, "stride": stride, "dilation": dilation}
    out = conv2d(x, weight, **options)
    grads = conv2d_backward(out, x, weight, **options)
    np.testing.assert_allclose(out, conv2d_naive(x, weight, **options), rtol=1e-12, atol=1e-12)
    for workspace in (1, 6000, 12000, 40000):
        monkeypatch.setattr(convolution, "WORKSPACE", workspace)
        np.testing.assert_allclose(conv2d(x, weight, **options), out, rtol=1e-12, atol=1e-12)
        for again, once in zip(conv2d_backward(out, x, weight, **options), grads, strict=True):
            np.testing.assert_allclose(again, once, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("x", "weight", "result"),
    [
        ("uint8", "uint8", "int64"),
        ("bool", "bool", "int64"),
        ("int32", "uint32", "int64"),
        ("uint64", "uint8", "uint64"),
        ("uint8", "float32", "float32"),
        ("int64", "float32", "float64"),
        ("float16", "float16", "float16"),
        ("float16", "float32", "float32"),
        ("float32", "float32", "float32"),
        ("longdouble", "float32", "longdouble"),
    ],
)
def test_dtypes(x, weight, result):
    x, weight = np.ones((1, 3, 3), x), np.ones((1, 1, 2, 2), weight)
    for out in (
        conv2d(x, weight),
        conv2d_naive(x, weight),
        conv_transpose2d(x, weight),
        *conv2d_backward(np.ones((1, 2, 2), bool), x, weight),
        *conv_transpose2d_backward(np.ones((1, 4, 4), bool), x, weight),
    ):
        assert out.dtype == result
    assert conv2d(x, weight).tolist() == [[[1 + 1 + 1 + 1] * 2] * 2]


def test_a_bias_takes_part_in_the_dtype():
    assert conv2d(np.ones((1, 2, 2), int), np.ones((1, 1, 1, 1), int), [0.5]).tolist() == [[[1.5, 1.5], [1.5, 1.5]]]


def test_integers_are_exact_and_do_not_wrap_early():
    big = 2**53 + 1
    assert conv2d(np.array([[[big, 1]]]), np.array([[[[1, 1]]]])).tolist() == [[[big + 1]]]
    assert conv2d(np.full((1, 8, 8), 255, "uint8"), np.full((1, 1, 8, 8), 255, "uint8")).item() == 64 * 255 * 255


def test_half_precision_adds_in_single():
    x, weight = np.ones((1, 64, 64), "float16"), np.ones((1, 1, 64, 64), "float16")
    assert conv2d(x, weight).item() == 64 * 64  # float16 alone would stop at 2048
    assert np.isinf(conv2d(x * 64, weight)).all()  # 262144 is beyond it


def test_accuracy_of_single_precision_stays_at_rounding(rng):
    x, weight = rng.normal(size=(1, 100, 100)), rng.normal(size=(1, 1, 7, 7))
    exact = conv2d(x.astype("float32").astype(float), weight.astype("float32").astype(float), padding=3)
    error = conv2d(x.astype("float32"), weight.astype("float32"), padding=3) - exact
    scale = conv2d(np.abs(x), np.abs(weight), padding=3)
    assert np.abs(error / scale).max() < 4 * np.finfo("float32").eps


@pytest.mark.parametrize("size", [8, 80])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_pixel_that_is_no_number_reaches_only_its_windows(size, bad):
    x = np.zeros((3, size, size), "float32")
    x[1, 4, 5] = bad
    out = conv2d(x, np.ones((3, 1, 3, 3), "float32"), padding=1, groups=3)
    touched = np.zeros(out.shape, bool)
    touched[1, 3:6, 4:7] = True
    np.testing.assert_array_equal(~np.isfinite(out), touched)
    np.testing.assert_array_equal(out[touched], np.full(9, bad, "float32"))


@pytest.mark.parametrize("size", [4, 70])
def test_an_infinite_weight_meets_the_zeros_of_the_padding(size):
    weight = np.zeros((1, 1, 1, 3))
    weight[..., 0] = np.inf
    out = conv2d(np.ones((1, size, size)), weight, padding=(0, 1))[0, 0]
    assert np.isnan(out[0])  # inf * 0
    assert np.isposinf(out[1:]).all()


@pytest.mark.parametrize("size", [4, 70])
def test_overflow_is_infinite_and_silent(size):
    x = np.full((1, size, size), 3e38, "float32")
    assert np.isposinf(conv2d(x, np.ones((1, 1, 1, 2), "float32"))).all()
    assert (conv2d(x, np.ones((1, 1, 1, 1), "float32")) == x).all()


def test_empty_batches_and_channels():
    weight = np.ones((6, 1, 3, 3))
    x = np.zeros((0, 3, 5, 5))
    out = conv2d(x, weight, groups=3)
    assert out.shape == conv2d_naive(x, weight, groups=3).shape == (0, 6, 3, 3)
    grad_x, grad_weight, grad_bias = conv2d_backward(out, x, weight, groups=3)
    assert grad_x.shape == x.shape
    assert not grad_weight.any()
    assert grad_bias.tolist() == [0] * 6
    # no channels in: nothing but the bias
    assert conv2d(np.zeros((0, 3, 3)), np.zeros((2, 0, 2, 2)), [1, 2]).tolist() == [[[1, 1]] * 2, [[2, 2]] * 2]
    assert conv2d_naive(np.zeros((0, 3, 3)), np.zeros((2, 0, 2, 2)), [1, 2])[1].tolist() == [[2, 2]] * 2
    # no filters
    assert conv2d(np.zeros((1, 80, 80)), np.zeros((0, 1, 3, 3))).shape == (0, 78, 78)
    assert conv2d(np.zeros((1, 2, 3, 3)), np.zeros((0, 2, 2, 2))).shape == (1, 0, 2, 2)
    for grad in conv2d_backward(np.zeros((1, 0, 2, 2)), np.zeros((1, 2, 3, 3)), np.zeros((0, 2, 2, 2))):
        assert not grad.any()
    back = conv_transpose2d(out, weight, groups=3)
    assert back.shape == x.shape
    assert [g.shape for g in conv_transpose2d_backward(back, out, weight, groups=3)] == [out.shape, weight.shape, (3,)]
    assert conv2d(np.zeros((0, 1, 80, 80)), np.ones((1, 1, 3, 3))).shape == (0, 1, 78, 78)


@pytest.mark.parametrize("size", [9, 80])
def test_any_layout_of_memory_and_no_input_written_to(size, rng):
    wide = rng.normal(size=(size, 2 * size, 4)).transpose(2, 0, 1)[:, ::-1, ::2]
    weight = rng.normal(size=(4, 3, 3, 1)).transpose(0, 3, 1, 2)[:, :, ::-1]
    assert not wide.flags.c_contiguous
    straight, kernel = wide.copy(), weight.copy()
    wide.flags.writeable = weight.flags.writeable = False
    out = conv2d(wide, weight, padding=1, groups=4)
    np.testing.assert_array_equal(out, conv2d(straight, kernel, padding=1, groups=4))
    grad = out[:, ::-1]
    for ours, expected in zip(
        conv2d_backward(grad, wide, weight, padding=1, groups=4),
        conv2d_backward(grad.copy(), straight, kernel, padding=1, groups=4),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, expected)
    np.testing.assert_array_equal(wide, straight)
    np.testing.assert_array_equal(weight, kernel)


def test_no_result_shares_memory_with_an_input():
    x, weight, bias = np.ones((1, 2, 2)), np.ones((1, 1, 1, 1)), np.ones(1)
    results = (
        conv2d(x, weight, bias), *conv2d_backward(x, x, weight),
        conv_transpose2d(x, weight, bias), *conv_transpose2d_backward(x, x, weight),
    )
    for result, given_array in itertools.product(results, (x, weight, bias)):
        assert not np.shares_memory(result, given_array)


def test_transposed_convolution_written_out():
    out = conv_transpose2d([[[1, 2]]], [[[[10, 20, 30]]]], [5], stride=2, output_padding=(0, 1))
    assert out.tolist() == [[[1 * 10 + 5, 1 * 20 + 5, 1 * 30 + 2 * 10 + 5, 2 * 20 + 5, 2 * 30 + 5, 5]]]


def test_transposed_same_multiplies_the_size_by_the_stride():
    x, weight = np.ones((1, 3, 5)), np.ones((1, 1, 3, 4))
    assert conv_transpose2d(x, weight, stride=(2, 3), padding="same").shape == (1, 3 * 2, 5 * 3)


IMAGE, WEIGHT = np.zeros((1, 4, 5, 5)), np.zeros((6, 2, 3, 3))


@pytest.mark.parametrize(
    ("x", "weight", "bias", "options", "message"),
    [
        (IMAGE, WEIGHT, None, {}, r"The input must have groups x weight\.shape\[1\] channels\. "
         r"Received: x=\(1, 4, 5, 5\), weight=\(6, 2, 3, 3\), groups=1\."),
        (IMAGE, WEIGHT[:5], None, {"groups": 2}, r"Groups must divide the filters\. Received: groups=2, filters=5\."),
        (IMAGE, WEIGHT, None, {"groups": 0}, r"Groups must be an integer, at least 1\. Received: groups=0\."),
        (IMAGE, WEIGHT, None, {"groups": 1.5}, r"Groups must be an integer, at least 1\. Received: groups=1\.5\."),
        (IMAGE, WEIGHT, None, {"groups": (1, 2)}, r"Groups must be an integer.* Received: groups=\(1, 2\)\."),
        (IMAGE, WEIGHT, [1, 2], {"groups": 2}, r"A bias must hold one number for each output channel\. "
         r"Received: bias=\(2,\), channels=6\."),
        (IMAGE, WEIGHT, np.zeros(6, complex), {"groups": 2}, r"An array must hold real numbers\. "
         r"Received: bias='complex128'\."),
        (IMAGE, WEIGHT[0], None, {}, r"A weight must have four axes\. Received: weight=\(2, 3, 3\)\."),
        (IMAGE, WEIGHT.astype(str), None, {}, r"An array must hold real numbers\. Received: weight='<U32'\."),
        (IMAGE, WEIGHT[..., :0], None, {"groups": 2}, r"Kernel size must be at least 1\. "
         r"Received: kernel_size=\(3, 0\)\."),
        (IMAGE[0, 0], WEIGHT, None, {}, r"An image must be .* Received: x=\(5, 5\)\."),
        (IMAGE[..., :0], WEIGHT, None, {}, r"An image must be .* Received: x=\(1, 4, 5, 0\)\."),
        (IMAGE, WEIGHT, None, {"groups": 2, "stride": 0}, r"Stride must be at least 1\. Received: stride=0\."),
        (IMAGE, WEIGHT, None, {"groups": 2, "dilation": (1, 0)}, r"Dilation must be at least 1\. "
         r"Received: dilation=\(1, 0\)\."),
        (IMAGE, WEIGHT, None, {"groups": 2, "padding": -1}, r"Padding must be at least 0\. Received: padding=-1\."),
        (IMAGE, WEIGHT, None, {"groups": 2, "padding": "sane"}, r"Padding must be.* Received: padding='sane'\."),
        (IMAGE[..., :2, :2], WEIGHT, None, {"groups": 2}, r"Kernel is larger than the padded input\. "
         r"Received: input=\(2, 2\), kernel=\(3, 3\), padding=0\."),
        (IMAGE, WEIGHT, None, {"groups": 2, "padding": 5, "padding_mode": "reflect"},
         r"Reflect padding must be less than the input\. Received: padding=\(\(5, 5\), \(5, 5\)\), input=\(5, 5\)\."),
        (IMAGE, WEIGHT, None, {"groups": 2, "padding": 6, "padding_mode": "circular"},
         r"Circular padding must be at most the input\. Received: padding=\(\(6, 6\), \(6, 6\)\), input=\(5, 5\)\."),
        (IMAGE, WEIGHT, None, {"groups": 2, "padding_mode": "mirror"}, r"Padding mode must be one of .* "
         r"Received: mode='mirror'\."),
    ],
)
def test_what_is_refused(x, weight, bias, options, message):
    for function in (conv2d, conv2d_naive):
        with pytest.raises(ConvError, match=f"^{message}$"):
            function(x, weight, bias, **options)


@pytest.mark.parametrize(
    ("weight", "bias", "options", "message"),
    [
        (WEIGHT, None, {}, r"The input must have weight\.shape\[0\] channels\. "
         r"Received: x=\(1, 4, 5, 5\), weight=\(6, 2, 3, 3\)\."),
        (WEIGHT[:4], None, {"groups": 3}, r"Groups must divide the channels\. Received: groups=3, channels=4\."),
        (WEIGHT[:4], [1, 2], {"groups": 2}, r"A bias must hold one number for each output channel\. "
         r"Received: bias=\(2,\), channels=4\."),
        (WEIGHT[:4], None, {"output_padding": 1}, r"Output padding must be less than the stride or the dilation\. "
         r"Received: output_padding=1, stride=.*, dilation=.*\."),
        (WEIGHT[:4], None, {"output_padding": -1}, r"Output padding must be at least 0\. "
         r"Received: output_padding=-1\."),
        (WEIGHT[:4], None, {"padding": 4}, r"Padding takes away the whole output\. "
         r"Received: input=\(5, 5\), kernel=\(3, 3\), padding=4\."),
    ],
)
def test_what_a_transposed_convolution_refuses(weight, bias, options, message):
    with pytest.raises(ConvError, match=f"^{message}$"):
        conv_transpose2d(IMAGE, weight, bias, **options)


def test_a_gradient_of_another_shape_is_refused():
    rule = r"^The gradient must have the shape of the output\. "
    message = rule + r"Received: grad_output=\(3, 3\), output=\(1, 6, 3, 3\)\.$"
    with pytest.raises(ConvError, match=message):
        conv2d_backward(np.zeros((3, 3)), IMAGE, WEIGHT, groups=2)
    message = rule + r"Received: grad_output=\(2, 5, 5\), output=\(2, 7, 7\)\.$"
    with pytest.raises(ConvError, match=message):
        conv_transpose2d_backward(np.zeros((2, 5, 5)), IMAGE[0], WEIGHT[:4])
