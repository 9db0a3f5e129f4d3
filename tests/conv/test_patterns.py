"""The input patterns, the bundled digits, and the resizing."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conv.errors import ConvError
from conv.kernels import KERNELS
from conv.patterns import GLYPHS, HANDWRITTEN, PATTERNS, digits, pattern, resample

TRUTHS = json.loads((Path(__file__).parent.parent / "truths" / "convolution_arithmetic.json").read_text("utf-8"))
sizes = st.tuples(st.integers(1, 32), st.integers(1, 32))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([*PATTERNS]), sizes, st.integers(0, 9))
def test_every_pattern_comes_at_every_size(name, size, digit):
    values = pattern(name, size, np.random.default_rng(0), digit=digit)
    assert values.shape == size
    assert values.dtype == np.float64
    assert np.isfinite(values).all()
    values[0, 0] += 1  # a new, writable array each time


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ramp", [[0, 1, 2], [3, 4, 5]]),
        ("edge", [[0, 0, 1], [0, 0, 1]]),
        ("horizontal_edge", [[0, 0, 0], [1, 1, 1]]),
        ("checkerboard", [[1, 0, 1], [0, 1, 0]]),
        ("diagonal", [[1, 0, 0], [0, 1, 0]]),
        ("impulse", [[0, 1, 0], [0, 0, 0]]),
        ("constant", [[1, 1, 1], [1, 1, 1]]),
    ],
)
def test_what_the_patterns_are(name, expected):
    np.testing.assert_array_equal(pattern(name, (2, 3)), expected)


def test_random_patterns_keep_their_range_and_their_seed():
    for name, least, most in (("random", 0, 9), ("signed_random", -5, 5)):
        drawn = pattern(name, 32, np.random.default_rng(7))
        assert set(drawn.ravel()) == set(range(least, most + 1))
        np.testing.assert_array_equal(drawn, pattern(name, 32, np.random.default_rng(7)))


def test_the_guides_figure_is_the_guides():
    figure = TRUTHS["numeric_figures"]["numerical_no_padding_no_strides"]
    values, weights = pattern("guide_figure", 5), KERNELS["guide_figure"].array
    np.testing.assert_array_equal(values, figure["input_as_drawn"])
    np.testing.assert_array_equal(weights, figure["kernel"])
    windows = np.lib.stride_tricks.sliding_window_view(values, (3, 3))
    np.testing.assert_array_equal((windows * weights).sum(axis=(2, 3)), figure["output_printed"])
    bordered = TRUTHS["numeric_figures"]["numerical_padding_strides"]["input_as_drawn"]
    np.testing.assert_array_equal(pattern("guide_figure", 7), bordered)


def test_pixel_digits_are_drawn_whole_centred_and_enlarged():
    seven = "\n".join("".join(".#"[int(v)] for v in row) for row in pattern("pixel_digit", 7, digit=7))
    assert seven == ".#####.\n.....#.\n....#..\n...#...\n...#...\n...#...\n...#..."
    assert GLYPHS.shape == (10, 7, 5)
    assert len({glyph.tobytes() for glyph in GLYPHS}) == 10
    np.testing.assert_array_equal(pattern("pixel_digit", (14, 10), digit=4), np.kron(GLYPHS[4], np.ones((2, 2))))
    large = pattern("pixel_digit", 32, digit=4)
    assert large.sum() == GLYPHS[4].sum() * 4**2  # 32 // 7 = 4
    assert set(large.ravel()) == {0, 1}


@pytest.mark.parametrize("size", [(5, 5), (5, 4), (6, 7), (7, 5)])
def test_pixel_digits_differ_on_small_grids(size):
    drawn = {pattern("pixel_digit", size, digit=digit).tobytes() for digit in range(10)}
    assert len(drawn) == 10


def test_the_bundled_set():
    images, labels = digits()
    assert images.shape == (1797, 8, 8)
    assert images.dtype == labels.dtype == np.uint8
    assert (images.min(), images.max()) == (0, 16)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert images[0, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert labels[list(HANDWRITTEN)].tolist() == list(range(10))
    assert digits()[0] is images
    with pytest.raises(ValueError, match="read-only"):
        images[0, 0, 0] = 1


def test_handwritten_digits_are_shades_of_two_decimals():
    images, _ = digits()
    np.testing.assert_array_equal(pattern("handwritten_digit", 8, digit=5), (images[HANDWRITTEN[5]] / 16).round(2))
    shades = pattern("handwritten_digit", (7, 20), digit=5)
    assert shades.min() >= 0
    assert shades.max() <= 1
    np.testing.assert_array_equal(shades, shades.round(2))


def test_resample_averages_areas_and_interpolates():
    image = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
    np.testing.assert_allclose(resample(image, 1), [[np.mean(image)]])
    # each new cell covers one old cell and a half
    corner = (1 + 2 / 2 + 4 / 2 + 5 / 4) / 1.5**2
    assert resample(image, 2)[0, 0] == pytest.approx(corner)
    np.testing.assert_allclose(resample([[0, 1]], (1, 5)), [[0, 0.1, 0.5, 0.9, 1]])  # at (i + 1/2) 2/5 - 1/2
    np.testing.assert_array_equal(resample(image, (3, 3)), image)
    with pytest.raises(ConvError, match=r"^Size must be at least 1\. Received: size=0\.$"):
        resample(image, 0)


@settings(max_examples=60, deadline=None)
@given(sizes, sizes)
def test_resample_keeps_constants_the_range_and_mirror_images(old, new):
    np.testing.assert_allclose(resample(np.full(old, 3.0), new), np.full(new, 3.0))
    image = np.random.default_rng(0).random((2, *old))
    small = resample(image, new)
    assert small.shape == (2, *new)
    assert image.min() - 1e-12 <= small.min() <= small.max() <= image.max() + 1e-12
    np.testing.assert_allclose(resample(image[:, ::-1, ::-1], new), small[:, ::-1, ::-1], atol=1e-12)
    np.testing.assert_allclose(small[1], resample(image[1], new))


def test_refusals():
    with pytest.raises(
        ConvError, match=r"^Pattern must be one of ramp, .*, guide_figure\. Received: name='stripes'\.$"
    ):
        pattern("stripes", 3)
    with pytest.raises(ConvError, match=r"^Digit must be from 0 to 9\. Received: digit=10\.$"):
        pattern("ramp", 3, digit=10)
    with pytest.raises(ConvError, match=r"^A random pattern needs a random generator\. Received: rng=None\.$"):
        pattern("random", 3)
