"""Shifts and rotations, held to those that can be done by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from conv.datasets import augment
from conv.errors import ConvError


class Drawn:
    """A generator that draws what a test wants: the angle, down and right, each as a part of the most."""

    def __init__(self, angle, down, right):
        self.parts = np.array([angle, down, right], float).reshape(3, 1, 1, 1)

    def uniform(self, least, most, shape):
        assert (least, most) == (-1, 1)
        return np.broadcast_to(self.parts, shape)


@pytest.fixture
def images(rng):
    return rng.random((3, 2, 6, 7))


def test_a_shift_by_whole_pixels(images):
    moved = augment(images, Drawn(0, 1, -1), shift=2, rotation=0, fill=-1)
    expected = np.full_like(images, -1)
    expected[:, :, 2:, :-2] = images[:, :, :-2, 2:]  # two down, two to the left
    np.testing.assert_allclose(moved, expected, atol=1e-12)


def test_a_shift_by_half_a_pixel_is_the_mean_of_two():
    moved = augment(np.array([[[[0.0, 1, 3, 5]]]]), Drawn(0, 0, 0.5), shift=1, rotation=0)
    np.testing.assert_allclose(moved, [[[[0, (0 + 1) / 2, (1 + 3) / 2, (3 + 5) / 2]]]])


def test_the_border_fades_into_the_fill():
    moved = augment(np.ones((1, 1, 1, 3)), Drawn(0, 0, 0.25), shift=1, rotation=0, fill=0.2)
    np.testing.assert_allclose(moved, [[[[0.75 * 1 + 0.25 * 0.2, 1, 1]]]])


@pytest.mark.parametrize("turns", [-2, -1, 0, 1, 2])
def test_quarter_turns_are_exact(rng, turns):
    images = rng.random((2, 3, 5, 5))
    turned = augment(images, Drawn(turns / 2, 0, 0), shift=0, rotation=180)
    np.testing.assert_allclose(turned, np.rot90(images, turns, axes=(2, 3)), atol=1e-12)  # anticlockwise, too


def test_an_image_turns_first_and_moves_then():
    images = np.zeros((1, 1, 5, 5))
    images[0, 0, 2, 3] = 1  # right of the middle; a quarter turn puts it above, and the shift lower by one
    moved = augment(images, Drawn(0.5, 1, 0), shift=1, rotation=180)
    expected = np.zeros((5, 5))
    expected[1 + 1, 2] = 1
    np.testing.assert_allclose(moved[0, 0], expected, atol=1e-12)


def test_a_plane_stays_a_plane_where_nothing_comes_in(rng):
    row, col = np.indices((15, 15)) - 7
    plane = (2 * row + 3 * col)[None, None].astype(float)
    turned = augment(plane, Drawn(1 / 6, 0, 0), shift=0, rotation=180)  # 30 degrees
    sine, cosine = 0.5, np.sqrt(3) / 2
    expected = 2 * (cosine * row + sine * col) + 3 * (cosine * col - sine * row)
    np.testing.assert_allclose(turned[0, 0, 4:-4, 4:-4], expected[4:-4, 4:-4], atol=1e-12)


def test_each_image_is_drawn_anew_within_the_limits():
    images = np.zeros((400, 1, 9, 9))
    images[..., 4, 4] = 1
    moved = augment(images, np.random.default_rng(0), shift=2, rotation=0)
    rows = (moved.sum(axis=3)[:, 0] * np.arange(9)).sum(axis=1) - 4  # where the one is now, (400,)
    cols = (moved.sum(axis=2)[:, 0] * np.arange(9)).sum(axis=1) - 4
    for shifts in (rows, cols):
        assert -2 <= shifts.min() < -1.9 < 1.9 < shifts.max() <= 2
    assert abs(np.corrcoef(rows, cols)[0, 1]) < 0.2


def test_nothing_is_changed_that_was_given(images):
    before = images.copy()
    same = augment(images, np.random.default_rng(0), shift=0, rotation=0)
    np.testing.assert_array_equal(images, before)
    np.testing.assert_allclose(same, before, atol=1e-15)
    assert not np.shares_memory(same, images)
    assert same.flags.c_contiguous


@pytest.mark.parametrize(("dtype", "expected"), [("f4", "f4"), ("f8", "f8"), ("u1", "f4"), ("?", "f4")])
def test_the_dtype(dtype, expected):
    assert augment(np.ones((2, 1, 3, 3), dtype), np.random.default_rng(0)).dtype == expected


def test_a_seed_is_repeated(images):
    first, again, other = (augment(images, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_values_stay_between_those_that_were_there(images):
    moved = augment(images, np.random.default_rng(0), shift=9, rotation=180, fill=0.5)  # some out of sight
    assert images.min() - 1e-12 <= moved.min() <= moved.max() <= images.max() + 1e-12


@pytest.mark.parametrize(
    ("images", "settings", "sentence"),
    [
        (np.ones((8, 8)), {}, r"Images must have the shape \(N, C, H, W\)\. Received: images=\(8, 8\)"),
        (np.ones((1, 1, 2, 2), complex), {}, "An array must hold real numbers"),
        (np.ones((1, 1, 2, 2)), {"shift": -1}, r"Shift must be at least 0 and rotation from 0 to 180 degrees\. "
         "Received: shift=-1, rotation=10"),
        (np.ones((1, 1, 2, 2)), {"shift": np.inf}, "Received: shift=inf"),
        (np.ones((1, 1, 2, 2)), {"rotation": 181}, "Received: shift=1.0, rotation=181"),
        (np.ones((1, 1, 2, 2)), {"rotation": np.nan}, "rotation=nan"),
    ],
)
def test_what_is_refused(images, settings, sentence):
    with pytest.raises(ConvError, match=sentence):
        augment(images, SimpleNamespace(), **settings)
