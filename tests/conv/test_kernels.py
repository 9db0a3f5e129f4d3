"""The named kernels against their printed matrices, and the kernels of any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conv.errors import ConvError
from conv.kernels import KERNELS, centred, delta, factor, flip, gabor, gaussian, kernel, ramp, random

sizes = st.tuples(st.integers(1, 11), st.integers(1, 11))

PRINTED = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "edge_detection_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
    "edge_detection_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "edge_detection_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "box_blur": [[1 / 9] * 3] * 3,
    "gaussian_3": [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]],
    "gaussian_5": [
        [v / 256 for v in row]
        for row in ([1, 4, 6, 4, 1], [4, 16, 24, 16, 4], [6, 24, 36, 24, 6], [4, 16, 24, 16, 4], [1, 4, 6, 4, 1])
    ],
    "unsharp_5": [
        [v / -256 for v in row]
        for row in ([1, 4, 6, 4, 1], [4, 16, 24, 16, 4], [6, 24, -476, 24, 6], [4, 16, 24, 16, 4], [1, 4, 6, 4, 1])
    ],
    "sobel_vertical": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_horizontal": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "prewitt_vertical": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "prewitt_horizontal": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "scharr_vertical": [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]],
    "scharr_horizontal": [[-3, -10, -3], [0, 0, 0], [3, 10, 3]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "gradient_horizontal": [[-1, 0, 1]],
    "gradient_vertical": [[-1], [0], [1]],
    "guide_figure": [[0, 1, 2], [2, 2, 0], [0, 1, 2]],
}


@pytest.mark.parametrize("name", PRINTED)
def test_a_named_kernel_is_the_printed_matrix(name):
    np.testing.assert_allclose(kernel(name), PRINTED[name], rtol=0, atol=1e-15)


def test_the_lectures_table_comes_first():
    lecture = [k.title for k in KERNELS.values() if k.category == "lecture"]
    assert [name.split(" (")[0] for name in lecture] == [
        "Identity", "Edge detection 1", "Edge detection 2", "Edge detection 3", "Sharpen",
    ]
    assert list(KERNELS)[:5] == [k.name for k in KERNELS.values() if k.category == "lecture"]


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_tells_of_itself_and_is_protected(name):
    named = KERNELS[name]
    assert named.name == name
    assert named.title
    assert named.description.endswith(".")
    assert named.array.dtype == np.float64
    assert not np.signbit(named.array[named.array == 0]).any(), "a negative zero would be shown as -0"
    with pytest.raises(ValueError, match="read-only"):
        named.array[0, 0] = 5
    copy = kernel(name, rng=np.random.default_rng(0))
    copy[0, 0] += 1  # a new array each time
    np.testing.assert_array_equal(kernel(name, rng=np.random.default_rng(0)), named.array)


@pytest.mark.parametrize(
    ("name", "total"),
    [(n, 1) for n in ("identity", "sharpen", "box_blur", "gaussian_3", "gaussian_5", "motion_blur", "unsharp_5",
                      "emboss", "gaussian")]
    + [(n, 0) for n in KERNELS if "edge_detection" in n or KERNELS[n].category == "edges"],
)
def test_sums_keep_brightness_or_remove_it(name, total):
    assert kernel(name).sum() == pytest.approx(total, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*KERNELS]), sizes)
def test_every_kernel_comes_at_every_size(name, size):
    weights = kernel(name, size, np.random.default_rng(1))
    assert weights.shape == size
    assert np.isfinite(weights).all()
    if name in ("box_blur", "gaussian", "motion_blur"):
        assert weights.sum() == pytest.approx(1)


def test_a_fixed_kernel_is_set_in_zeros_or_cropped():
    np.testing.assert_array_equal(kernel("sobel_vertical", (5, 5))[1:4, 1:4], PRINTED["sobel_vertical"])
    assert np.abs(kernel("sobel_vertical", 5)).sum() == 1 + 1 + 2 + 2 + 1 + 1
    np.testing.assert_array_equal(kernel("sobel_vertical", (1, 3)), [[-2, 0, 2]])


@given(st.integers(1, 11), st.integers(1, 11))
def test_the_middle_of_an_even_side_is_the_cell_before_it(k, n):
    line = np.zeros((1, k))
    line[0, (k - 1) // 2] = 1
    np.testing.assert_array_equal(centred(line, (1, n)), delta(1, n))
    assert delta(1, n)[0, (n - 1) // 2] == 1


def test_kernels_of_any_size():
    np.testing.assert_array_equal(ramp(2, 2), [[1, 2], [3, 4]])
    drawn = random(11, 11, np.random.default_rng(3))
    assert set(drawn.ravel()) == {-3, -2, -1, 0, 1, 2, 3}
    np.testing.assert_array_equal(drawn, random(11, 11, np.random.default_rng(3)))
    np.testing.assert_array_equal(kernel("motion_blur", (2, 4)), [[1 / 4, 1 / 4, 0, 0], [0, 0, 1 / 4, 1 / 4]])


def test_gaussian_is_the_sampled_bell():
    side = np.exp(-1 / (2 * 0.5**2))
    bell = np.array([side, 1, side]) / (1 + 2 * side)
    np.testing.assert_allclose(gaussian(3, 3, sigma=0.5), np.outer(bell, bell), rtol=1e-14)
    even = gaussian(2, 4)
    np.testing.assert_allclose(even, even[::-1, ::-1])
    with pytest.raises(ConvError, match=r"^Sigma must be greater than 0\. Received: sigma=0\.$"):
        gaussian(3, 3, sigma=0)


def test_gabor_turns_with_theta_and_shifts_with_phase():
    np.testing.assert_allclose(gabor(7, 7, theta=np.pi / 2), gabor(7, 7).T, atol=1e-14)
    assert gabor(7, 7)[3, 3] == 1
    odd = gabor(7, 7, phase=np.pi / 2)
    np.testing.assert_allclose(odd[:, ::-1], -odd, atol=1e-14)
    along, across = gabor(5, 5, wavelength=4, sigma=2)[2, 4], gabor(5, 5, wavelength=4, sigma=2)[4, 2]
    assert along == pytest.approx(np.exp(-(2**2) / (2 * 2**2)) * np.cos(2 * np.pi * 2 / 4))
    assert across == pytest.approx(np.exp(-((0.5 * 2) ** 2) / (2 * 2**2)))
    with pytest.raises(
        ConvError, match=r"^Wavelength and sigma must be greater than 0\. Received: wavelength=0, sigma=None\.$"
    ):
        gabor(3, 3, wavelength=0)


@pytest.mark.parametrize("name", KERNELS)
def test_factor_splits_exactly_the_kernels_of_rank_one(name):
    weights = KERNELS[name].array
    parts = factor(weights)
    if np.linalg.matrix_rank(weights) == 1:
        np.testing.assert_allclose(np.outer(*parts), weights, rtol=0, atol=1e-14)
    else:
        assert parts is None


def test_factor_reads_as_the_composition():
    column, row = factor(PRINTED["scharr_horizontal"])
    np.testing.assert_array_equal(np.outer(column, row), PRINTED["scharr_horizontal"])
    np.testing.assert_array_equal(column, [-10, 0, 10])
    assert factor(np.zeros((2, 2))) is None
    assert factor(1e-9 * np.eye(2)) is None


def test_flip_turns_the_last_two_axes():
    weights = np.arange(24).reshape(2, 3, 2, 2)
    np.testing.assert_array_equal(flip(weights)[1, 2], [[23, 22], [21, 20]])
    np.testing.assert_array_equal(flip(flip(weights)), weights)


def test_refusals():
    with pytest.raises(ConvError, match=r"^Kernel must be one of identity, .*, random\. Received: name='blur'\.$"):
        kernel("blur")
    with pytest.raises(ConvError, match=r"^A random kernel needs a random generator\. Received: rng=None\.$"):
        kernel("random", 3)
    with pytest.raises(ConvError, match=r"^Size must be at least 1\. Received: size=0\.$"):
        kernel("identity", 0)
