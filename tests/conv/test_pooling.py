"""Pooling: against windows cut out one by one, against slopes, and against each other."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import conv
from conv import ConvError, avg_pool2d, lp_pool2d, max_pool2d, sum_pool2d
from conv.geometry import pads

X = np.array([[[1, 5, 2, 0], [3, 4, 7, 6], [8, 1, 0, 2]]])
POOLS = {
    "max": (conv.max_pool2d, conv.max_pool2d_backward, ()),
    "sum": (conv.sum_pool2d, conv.sum_pool2d_backward, ()),
    "avg": (conv.avg_pool2d, conv.avg_pool2d_backward, ()),
    "lp half": (conv.lp_pool2d, conv.lp_pool2d_backward, (0.5,)),
    "lp 1": (conv.lp_pool2d, conv.lp_pool2d_backward, (1,)),
    "lp 1.5": (conv.lp_pool2d, conv.lp_pool2d_backward, (1.5,)),
    "lp 2": (conv.lp_pool2d, conv.lp_pool2d_backward, (2,)),
    "lp 7": (conv.lp_pool2d, conv.lp_pool2d_backward, (7,)),
    "lp inf": (conv.lp_pool2d, conv.lp_pool2d_backward, (math.inf,)),
}
few = settings(deadline=None, max_examples=60)
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
sides = st.tuples(st.integers(0, 1), st.integers(0, 1))


@st.composite
def windows(draw):
    """An image without two equal sizes, a kernel that fits it, and everything else."""
    kernel = draw(pairs)
    padding = draw(st.sampled_from([0, "valid", "same", tuple(k // 2 for k in kernel)]) | st.tuples(sides, sides))
    if not isinstance(padding, (str, int)) and isinstance(padding[0], tuple):
        assume(all(max(side) < k for side, k in zip(padding, kernel, strict=True)))  # no window wholly in padding
        assume(all(side[0] != side[1] or side[0] <= k // 2 for side, k in zip(padding, kernel, strict=True)))
    size = [k + draw(st.integers(0, 4)) for k in kernel]
    batch = draw(st.sampled_from([(), (2,)]))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    count = math.prod((*batch, 2, *size))
    x = (rng.permutation(count) + 1) * rng.choice([-1, 1], count) / count
    options = {"stride": draw(st.none() | pairs), "padding": padding, "ceil_mode": draw(st.booleans())}
    return x.reshape(*batch, 2, *size), kernel, options


def cut_out(x, kernel, options, dilation=(1, 1)):
    """The pixels of each window, and the counts of its pixels with and without padding."""
    (rows, cols), stride = x.shape[-2:], options["stride"] or kernel
    (top, bottom), (left, right) = pads(options["padding"], (rows, cols), kernel, stride=stride, dilation=dilation)
    out = conv.output_size((rows, cols), kernel, **options | {"stride": stride, "dilation": dilation})
    for row, col in np.ndindex(*out):
        under_rows = [row * stride[0] - top + i * dilation[0] for i in range(kernel[0])]
        under_cols = [col * stride[1] - left + j * dilation[1] for j in range(kernel[1])]
        padded = sum(i < rows + bottom for i in under_rows) * sum(j < cols + right for j in under_cols)
        inside = np.ix_([i for i in under_rows if 0 <= i < rows], [j for j in under_cols if 0 <= j < cols])
        pixels = x[(..., *inside)]
        yield (..., row, col), pixels.reshape(*pixels.shape[:-2], -1), padded


@few
@given(windows(), st.sampled_from([0.5, 1, 1.5, 2, 3, 20]))
def test_every_pool_is_what_it_says_of_each_window(case, p):
    x, kernel, options = case
    largest, total = max_pool2d(x, kernel, **options), sum_pool2d(x, kernel, **options)
    norm = lp_pool2d(x, p, kernel, **options)
    mean = avg_pool2d(x, kernel, **options)
    mean_inside = avg_pool2d(x, kernel, **options, count_include_pad=False)
    for at, pixels, area in cut_out(x, kernel, options):
        np.testing.assert_array_equal(largest[at], pixels.max(-1))
        np.testing.assert_allclose(total[at], pixels.sum(-1), atol=1e-12)
        np.testing.assert_allclose(mean[at], pixels.sum(-1) / area, atol=1e-12)
        np.testing.assert_allclose(mean_inside[at], pixels.mean(-1), atol=1e-12)
        np.testing.assert_allclose(norm[at], (np.abs(pixels) ** p).sum(-1) ** (1 / p), rtol=1e-12)


@few
@given(windows(), pairs)
def test_dilated_maxima_and_where_they_are(case, dilation):
    x, kernel, options = case
    x = np.tile(x, (3, 3))
    options |= {"padding": 0}
    values, indices = max_pool2d(x, kernel, dilation=dilation, **options, return_indices=True)
    np.testing.assert_array_equal(values, max_pool2d(x, kernel, dilation=dilation, **options))
    for at, pixels, _ in cut_out(x, kernel, options, dilation):
        np.testing.assert_array_equal(values[at], pixels.max(-1))
    flat = x.reshape(*x.shape[:-2], -1)
    found = np.take_along_axis(flat, indices.reshape(*x.shape[:-2], -1), axis=-1)
    np.testing.assert_array_equal(found.reshape(values.shape), values)


@few
@given(windows())
def test_pools_are_each_other(case):
    x, kernel, options = case
    np.testing.assert_allclose(
        lp_pool2d(x, 1, kernel, **options), sum_pool2d(np.abs(x), kernel, **options), rtol=1e-12
    )
    np.testing.assert_array_equal(lp_pool2d(x, math.inf, kernel, **options), max_pool2d(np.abs(x), kernel, **options))
    area = sum_pool2d(np.ones_like(x), kernel, **options)  # of the image under each window
    total = sum_pool2d(x, kernel, **options)
    np.testing.assert_allclose(avg_pool2d(x, kernel, **options, count_include_pad=False), total / area, rtol=1e-12)
    np.testing.assert_array_equal(avg_pool2d(x, kernel, **options, divisor_override=-3), total / -3)


@pytest.mark.parametrize("pool", POOLS)
@settings(deadline=None, max_examples=12)
@given(case=windows())
def test_gradients_are_slopes(pool, case):
    x, kernel, options = case
    forward, backward, p = POOLS[pool]
    grad = np.cos(np.arange(forward(x, *p, kernel, **options).size)).reshape(forward(x, *p, kernel, **options).shape)
    gradient = backward(grad, x, *p, kernel, **options)
    assert gradient.shape == x.shape
    step = 1e-4 / x.size  # smaller than what lies between any two sizes: no maximum changes
    for direction in np.random.default_rng(3).choice([-1, 1], (3, *x.shape)):
        ahead, behind = (forward(x + sign * step * direction, *p, kernel, **options) for sign in (1, -1))
        slope = np.sum(grad * (ahead - behind)) / (2 * step)
        assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("options", [{"count_include_pad": False}, {"divisor_override": 5}, {"ceil_mode": True}])
def test_gradients_of_the_mean_in_all_its_forms(options, rng, numerical_gradient):
    x, steps = rng.normal(size=(2, 5, 4)), {"stride": 2, "padding": (1, 0)}
    grad = rng.normal(size=avg_pool2d(x, (3, 2), **steps, **options).shape)
    slope = numerical_gradient(lambda x: avg_pool2d(x, (3, 2), **steps, **options), x, grad)
    np.testing.assert_allclose(conv.avg_pool2d_backward(grad, x, (3, 2), **steps, **options), slope, atol=1e-8)


def test_gradient_of_a_dilated_maximum(rng, numerical_gradient):
    x, options = rng.normal(size=(2, 6, 5)), {"stride": 1, "padding": 1, "dilation": (2, 1)}
    grad = rng.normal(size=max_pool2d(x, 2, **options).shape)
    slope = numerical_gradient(lambda x: max_pool2d(x, 2, **options), x, grad)
    np.testing.assert_allclose(conv.max_pool2d_backward(grad, x, 2, **options), slope, atol=1e-8)


def test_written_out():
    assert max_pool2d(X, 2).tolist() == [[[5, 7]]]
    assert max_pool2d(X, 2, ceil_mode=True).tolist() == [[[5, 7], [8, 2]]]
    assert sum_pool2d(X, 2).tolist() == [[[1 + 5 + 3 + 4, 2 + 0 + 7 + 6]]]
    assert avg_pool2d(X, 2, ceil_mode=True).tolist() == [
        [[(1 + 5 + 3 + 4) / 4, (2 + 0 + 7 + 6) / 4], [(8 + 1) / 2, (0 + 2) / 2]]
    ]
    cubes = 1**3 + 5**3 + 2**3 + 0**3 + 3**3 + 4**3 + 7**3 + 6**3 + 8**3 + 1**3 + 0**3 + 2**3
    np.testing.assert_allclose(lp_pool2d(X, 3, (3, 4)), [[[cubes ** (1 / 3)]]])


def test_of_equal_maxima_the_first_has_the_gradient():
    x = np.zeros((1, 3, 3))
    _, indices = max_pool2d(x, 2, stride=1, return_indices=True)
    assert indices.tolist() == [[[0, 1], [3, 4]]]
    gradient = conv.max_pool2d_backward([[[1, 10], [100, 1000]]], x, 2, stride=1)
    assert gradient.tolist() == [[[1, 10, 0], [100, 1000, 0], [0, 0, 0]]]
    gradient = conv.lp_pool2d_backward([[[3.0]]], [[[-2, 2], [1, 2]]], math.inf, 2)
    assert gradient.tolist() == [[[-3, 0], [0, 0]]]


def test_overlapping_windows_add_their_gradients():
    gradient = conv.max_pool2d_backward([[[1, 10, 100]]], [[[1, 9, 2, 3]]], (1, 2), stride=1)
    assert gradient.tolist() == [[[0, 1 + 10, 0, 100]]]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16", "float32", "longdouble"])
def test_padding_is_never_the_maximum(dtype):
    lowest = {"b": False, "u": 0, "i": np.iinfo("int64").min, "f": -np.inf}[np.dtype(dtype).kind]
    lowest = np.iinfo(dtype).min if dtype == "int8" else lowest
    x = np.full((1, 2, 2), lowest, dtype)
    values, indices = max_pool2d(x, 3, padding=1, stride=2, return_indices=True)
    assert values.tolist() == max_pool2d(x, 3, padding=1, stride=2).tolist() == [[[lowest]]]
    assert values.dtype == dtype
    assert indices.tolist() == [[[0]]]


@pytest.mark.parametrize("backward", [False, True])
def test_nan_is_the_maximum_of_its_windows_alone(backward):
    x = np.arange(16.0).reshape(1, 4, 4)
    x[0, 0, 0] = np.nan
    if backward:
        assert conv.max_pool2d_backward([[[1, 2], [3, 4]]], x, 2)[0, 0].tolist() == [1, 0, 0, 0]
        assert conv.max_pool2d_backward([[[1, 2], [3, 4]]], x, 2)[0, 1].tolist() == [0, 0, 0, 2]
    else:
        for pool, _, p in POOLS.values():
            np.testing.assert_array_equal(np.isnan(pool(x, *p, 2)), [[[True, False], [False, False]]])


def test_of_many_nans_the_last_is_pytorchs_index():
    values, indices = max_pool2d([[[np.nan, 9, np.nan, 1]]], (1, 4), return_indices=True)
    assert np.isnan(values).all()
    assert indices.tolist() == [[[2]]]


def test_infinity():
    x = [[[np.inf, 1, -np.inf, np.inf]]]
    assert max_pool2d(x, (1, 2)).tolist() == [[[np.inf, np.inf]]]
    for p in (0.5, 1, 3, math.inf):
        assert lp_pool2d(x, p, (1, 2)).tolist() == [[[np.inf, np.inf]]]
    np.testing.assert_array_equal(sum_pool2d(x, (1, 2)), [[[np.inf, np.nan]]])


@pytest.mark.parametrize("p", [0.5, 1, 2, 50, 1e3, 1e6, math.inf])
@pytest.mark.parametrize("size", [1e-300, 1e-3, 1e300])
def test_norms_neither_overflow_nor_vanish(p, size):
    x = size * np.array([[[3.0, -4.0]]])
    expected = size * (4 if math.isinf(p) else 4 * ((3 / 4) ** p + 1) ** (1 / p))
    np.testing.assert_allclose(lp_pool2d(x, p, (1, 2)), [[[expected]]], rtol=1e-12)
    gradient = conv.lp_pool2d_backward([[[1.0]]], x, p, (1, 2))
    slopes = [0, -1] if math.isinf(p) else [(3 * size / expected) ** (p - 1), -((4 * size / expected) ** (p - 1))]
    np.testing.assert_allclose(gradient, [[slopes]], rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, 300, math.inf])
@pytest.mark.filterwarnings("error")
def test_a_window_of_zeros_has_no_norm_and_no_gradient(p):
    x = np.zeros((1, 2, 2))
    assert lp_pool2d(x, p, 2).tolist() == [[[0]]]
    assert conv.lp_pool2d_backward([[[1.0]]], x, p, 2).tolist() == [[[0, 0], [0, 0]]]
    assert conv.lp_pool2d_backward([[[1.0]]], [[[0, 5], [0, 0]]], p, 2).tolist() == [[[0, 1], [0, 0]]]


def test_clipped_windows_have_the_plain_norm():
    out = lp_pool2d([[[3, 4, 12]]], 2, (1, 2), ceil_mode=True)
    assert out.tolist() == [[[math.sqrt(3 * 3 + 4 * 4), 12]]]


def test_what_ceil_mode_adds_is_not_counted_in_the_mean():
    x = np.arange(1.0, 6).reshape(1, 1, 5)
    out = avg_pool2d(x, (1, 3), stride=(1, 3), padding=(0, 1), ceil_mode=True)
    assert out.tolist() == [[[(0 + 1 + 2) / 3, (3 + 4 + 5) / 3]]]  # a third would start in the padding
    out = avg_pool2d(x, (1, 4), stride=(1, 3), padding=(0, 1), ceil_mode=True)
    assert out.tolist() == [[[(0 + 1 + 2 + 3) / 4, (3 + 4 + 5 + 0) / 4]]]
    out = avg_pool2d(x, (1, 4), stride=(1, 4), padding=(0, 1), ceil_mode=True)
    assert out.tolist() == [[[(0 + 1 + 2 + 3) / 4, (4 + 5 + 0) / 3]]]


def test_dtypes():
    for dtype in ("bool", "uint8", "int32"):
        x = np.ones((1, 2, 2), dtype)
        grad = np.ones((1, 1, 1), "int8")
        assert max_pool2d(x, 2).dtype == dtype
        assert sum_pool2d(x, 2).dtype == np.int64
        assert avg_pool2d(x, 2).dtype == lp_pool2d(x, 2, 2).dtype == np.float64
        assert conv.max_pool2d_backward(grad, x, 2).dtype == conv.sum_pool2d_backward(grad, x, 2).dtype == np.int64
        assert conv.avg_pool2d_backward(grad, x, 2).dtype == conv.lp_pool2d_backward(grad, x, 2, 2).dtype == np.float64
    assert sum_pool2d(np.full((1, 16, 16), 255, "uint8"), 16).item() == 16 * 16 * 255
    for dtype in ("float16", "float32", "float64", "longdouble"):
        x = np.ones((1, 2, 2), dtype)
        for forward, backward, p in POOLS.values():
            assert forward(x, *p, 2).dtype == backward(np.ones((1, 1, 1), "float16"), x, *p, 2).dtype == dtype


def test_half_precision_adds_in_single():
    x = np.ones((1, 64, 64), "float16")
    assert sum_pool2d(x, 64).item() == lp_pool2d(x, 1, 64).item() == 64 * 64  # float16 alone would stop at 2048
    assert avg_pool2d(x * 100, 64).item() == 100


@pytest.mark.parametrize("pool", POOLS)
def test_empty_batches_and_channels(pool):
    forward, backward, p = POOLS[pool]
    for shape in ((0, 3, 4, 4), (2, 0, 4, 4), (0, 4, 4)):
        x = np.zeros(shape)
        assert forward(x, *p, 2).shape == (*shape[:-2], 2, 2)
        assert backward(forward(x, *p, 2), x, *p, 2).shape == shape
    assert max_pool2d(np.zeros((0, 3, 4, 4)), 2, return_indices=True)[1].shape == (0, 3, 2, 2)


@pytest.mark.parametrize("pool", POOLS)
def test_any_layout_of_memory_and_no_input_written_to(pool, rng):
    forward, backward, p = POOLS[pool]
    x = rng.normal(size=(9, 12, 2)).transpose(2, 0, 1)[:, ::-1, ::2]
    straight = x.copy()
    x.flags.writeable = False
    out = forward(x, *p, 3, padding=1)
    np.testing.assert_array_equal(out, forward(straight, *p, 3, padding=1))
    gradient = backward(out[:, ::-1], x, *p, 3, padding=1)
    np.testing.assert_array_equal(gradient, backward(out[:, ::-1].copy(), straight, *p, 3, padding=1))
    np.testing.assert_array_equal(x, straight)
    for result in (forward(x, *p, 1), backward(x, x, *p, 1)):
        assert not np.shares_memory(result, x)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((X, 3), {"padding": 2}, r"Padding must be at most half of the kernel\. "
         r"Received: padding=2, kernel=\(3, 3\)\."),
        ((X, (3, 1)), {"padding": ((0, 0), (1, 1))}, r"Padding must be at most half of the kernel\. "
         r"Received: padding=\(\(0, 0\), \(1, 1\)\), kernel=\(3, 1\)\."),
        ((X, 3), {"padding": "full"}, r"Padding must be at most half of the kernel\. "
         r"Received: padding='full', kernel=\(3, 3\)\."),
        ((X, 2), {"padding": ((2, 0), (0, 0))}, r"A window must not lie wholly in padding\. "
         r"Received: input=\(3, 4\), kernel=\(2, 2\), padding=\(\(2, 0\), \(0, 0\)\)\."),
        ((X, 2), {"padding": -1}, r"Padding must be at least 0\. Received: padding=-1\."),
        ((X, 0), {}, r"Kernel size must be at least 1\. Received: kernel_size=0\."),
        ((X, 2), {"stride": 0}, r"Stride must be at least 1\. Received: stride=0\."),
        ((X, 5), {}, r"Kernel is larger than the padded input\. "
         r"Received: input=\(3, 4\), kernel=\(5, 5\), padding=0\."),
        ((X[0], 2), {}, r"An image must be .* Received: x=\(3, 4\)\."),
        ((X[:, :0], 1), {}, r"An image must be .* Received: x=\(1, 0, 4\)\."),
        ((X * 1j, 2), {}, r"An array must hold real numbers\. Received: x='complex128'\."),
        ((X.astype(object), 2), {}, r"An array must hold real numbers\. Received: x='object'\."),
    ],
)
def test_what_every_pool_refuses(pool, arguments, options, message):
    forward, _, p = POOLS[pool]
    x, kernel = arguments
    with pytest.raises(ConvError, match=f"^{message}$"):
        forward(x, *p, kernel, **options)


@pytest.mark.parametrize("pool", POOLS)
def test_a_gradient_of_another_shape_is_refused(pool):
    _, backward, p = POOLS[pool]
    message = r"^The gradient must have the shape of the output\. Received: grad_output=\(2, 2\), output=\(1, 1, 2\)\.$"
    with pytest.raises(ConvError, match=message):
        backward(np.zeros((2, 2)), X, *p, 2)


def test_a_dilated_window_around_a_small_image_is_refused():
    with pytest.raises(ConvError, match=r"^A window must not lie wholly in padding\. Received: input=\(1, 1\), "):
        max_pool2d([[[1]]], 2, padding=2, dilation=3)  # its taps are at -2 and 1


@pytest.mark.parametrize("p", [0, -1, -math.inf, math.nan, "2", 2j, None])
def test_norms_that_are_none(p):
    message = r"^The norm type must be a number above 0\. Received: norm_type="
    with pytest.raises(ConvError, match=message):
        lp_pool2d(X, p, 2)
    with pytest.raises(ConvError, match=message):
        conv.lp_pool2d_backward(np.zeros((1, 1, 2)), X, p, 2)


@pytest.mark.parametrize("divisor", [0, 1.5, True, "2"])
def test_divisors_that_are_none(divisor):
    with pytest.raises(ConvError, match=r"^The divisor must be an integer other than 0\. Received: divisor_override="):
        avg_pool2d(X, 2, divisor_override=divisor)
