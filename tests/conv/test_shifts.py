"""Shifts: what must move along does, and what does not is explained by the border."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conv.configuration import POOLS, Configuration, nearest_valid
from conv.errors import ConvError
from conv.shifts import Comparison, compare, compare_dense, shift
from conv.trace import sweep

SHIFTS = [(row, col) for row in range(-3, 4) for col in range(-3, 4)]
LINE = Configuration(input_size=(1, 5), kernel_size=(1, 2))


def pairs(least: int, most: int) -> st.SearchStrategy:
    return st.tuples(st.integers(least, most), st.integers(least, most))


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    """A valid convolution or pooling."""
    asked = Configuration(
        draw(st.sampled_from(["conv", *POOLS])), input_size=draw(pairs(1, 9)), kernel_size=draw(pairs(1, 4)),
        stride=draw(pairs(1, 3)), padding=draw(pairs(0, 3) | st.sampled_from(["valid", "same", "full"])),
        dilation=draw(pairs(1, 2)), padding_mode=draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"])),
        ceil_mode=draw(st.booleans()), norm_type=draw(st.sampled_from([1.0, 1.5, 2.0, np.inf])),
        flip=draw(st.booleans()), count_include_pad=draw(st.booleans()),
    )
    return nearest_valid(asked)[0]


def numbers(c: Configuration, seed: int, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    if whole:
        return rng.integers(-9, 10, c.input_size).astype(float), rng.integers(-3, 4, c.kernel_size).astype(float)
    return rng.normal(size=c.input_size), rng.normal(size=c.kernel_size)


def compared(c: Configuration, x: np.ndarray, weight: np.ndarray, **options) -> Comparison:
    return compare(c, x, SHIFTS, weight if c.operation == "conv" else (), 0.5, **options)


# ---- the shift itself ----------------------------------------------------------------------


def test_what_leaves_is_lost_and_zeros_come_in() -> None:
    x = np.arange(1.0, 7).reshape(2, 3)
    assert shift(x, 1, 0).tolist() == [[0, 0, 0], [1, 2, 3]]
    assert shift(x, -1, -1).tolist() == [[5, 6, 0], [0, 0, 0]]
    assert shift(x, 0, 2, fill=9).tolist() == [[9, 9, 1], [9, 9, 4]]


def test_what_leaves_may_come_in_at_the_other_side() -> None:
    assert shift([[1, 2, 3], [4, 5, 6]], 1, -1, wrap=True).tolist() == [[5, 6, 4], [2, 3, 1]]


@pytest.mark.parametrize("by", [(2, 0), (0, 3), (-7, 7), (99, -99)])
def test_a_shift_beyond_the_image_leaves_nothing(by: tuple[int, int]) -> None:
    assert shift(np.ones((2, 3)), *by).tolist() == np.zeros((2, 3)).tolist()


@given(pairs(-6, 6), st.integers(0, 99))
def test_a_shift_is_a_window_into_an_image_with_room_around_it(by: tuple[int, int], seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(2, 4, 5))
    room = np.pad(x, ((0, 0), (6, 6), (6, 6)))
    rows, cols = 6 - by[0], 6 - by[1]
    assert np.array_equal(shift(x, *by), room[:, rows : rows + 4, cols : cols + 5])
    assert np.array_equal(shift(shift(x, *by, wrap=True), -by[0], -by[1], wrap=True), x)


def test_the_input_is_left_as_it_was() -> None:
    x = np.ones((2, 2))
    shift(x, 0, 0)[:] = 5
    assert x.tolist() == [[1, 1], [1, 1]]


def test_a_line_has_no_rows() -> None:
    with pytest.raises(ConvError, match=r"A shift needs an image of rows and columns\. Received: shape=\(3,\)\."):
        shift([1, 2, 3], 0, 1)


# ---- convolution and pooling ---------------------------------------------------------------


@given(configurations(), st.integers(0, 999), st.booleans(), st.booleans())
def test_away_from_the_border_everything_moves_along(c: Configuration, seed: int, whole: bool, wrap: bool) -> None:
    found = compared(c, *numbers(c, seed, whole), wrap=wrap)
    is_whole = (np.array(SHIFTS) % c.stride == 0).all(1)
    assert np.array_equal(~np.isnan(found.along[:, 0]), is_whole)
    assert found.followed[is_whole][~found.border[is_whole]].all()
    assert not found.followed[~is_whole].any() and np.isnan(found.moved[~is_whole]).all()
    if whole and c.operation in ("conv", "sum", "max"):  # integers leave nothing to rounding
        same = found.after[is_whole] == found.moved[is_whole]
        assert np.array_equal(found.followed[is_whole], same)


@given(configurations(), st.integers(0, 999))
def test_the_outputs_are_those_of_the_operations(c: Configuration, seed: int) -> None:
    x, weight = numbers(c, seed, whole=False)
    found = compared(c, x, weight)
    bias = 0.5 if c.operation == "conv" else 0.0
    assert np.allclose(found.before, sweep(c, x, weight, bias).output)
    for (row, col), after in list(zip(SHIFTS, found.after, strict=True))[::9]:
        assert np.allclose(after, sweep(c, shift(x, row, col), weight, bias).output)


@given(configurations(), st.integers(0, 999))
def test_no_shift_changes_nothing(c: Configuration, seed: int) -> None:
    found = compared(c, *numbers(c, seed, whole=False))
    still = SHIFTS.index((0, 0))
    assert found.followed[still].all() and found.stayed[still].all()
    assert np.array_equal(found.moved[still], found.before)


@given(st.integers(3, 8), st.integers(1, 3), st.integers(0, 999))
def test_on_a_ring_there_is_no_border(n: int, k: int, seed: int) -> None:
    c = Configuration(input_size=(n, n), kernel_size=(k, k), padding="same", padding_mode="circular")
    found = compared(c, *numbers(c, seed, whole=False), wrap=True)
    assert found.followed.all()


def test_a_line_by_hand() -> None:
    found = compare(LINE, [[1, 2, 3, 4, 5]], [(0, 1), (0, -2)], [[1, 10]])
    assert found.before.tolist() == [[1 + 20, 2 + 30, 3 + 40, 4 + 50]]
    assert found.after.tolist() == [[[0 + 10, 1 + 20, 2 + 30, 3 + 40]], [[3 + 40, 4 + 50, 5 + 0, 0 + 0]]]
    assert found.followed.tolist() == [[[False, True, True, True]], [[True, True, False, False]]]
    assert found.border.tolist() == [[[True, False, False, False]], [[False, False, True, True]]]
    assert not found.stayed.any()
    assert np.isnan(found.moved[0, 0, 0]) and found.moved[0, 0, 1:].tolist() == [21, 32, 43]


def test_padding_does_not_move() -> None:
    c = Configuration(input_size=(1, 3), kernel_size=(1, 3), padding=(0, 1))
    found = compare(c, [[5, 1, 0]], [(0, 1)], [[1, 1, 1]])
    assert found.before.tolist() == [[5 + 1, 5 + 1 + 0, 1 + 0]]
    assert found.after.tolist() == [[[0 + 5, 0 + 5 + 1, 5 + 1]]]
    assert found.moved[0, 0, 1:].tolist() == [6, 6]
    assert found.followed.tolist() == [[[False, True, True]]]  # a zero came in where there was a zero of padding
    assert found.border.all()


def test_a_shift_that_is_no_multiple_of_the_stride_has_nothing_to_move_along_to() -> None:
    c = Configuration("max", (2, 8), (2, 2), stride=(2, 2))
    found = compare(c, np.zeros((2, 8)), [(0, 1), (0, 2), (1, 2)])
    assert np.isnan(found.along).tolist() == [[True, True], [False, False], [True, True]]
    assert found.along[1].tolist() == [0, 1]


def test_a_maximum_that_stays_in_its_block_is_not_missed() -> None:
    x = np.zeros((4, 4))
    x[0, 0] = x[2, 3] = 7  # the one has room to the right in its block, the other is at its block's end
    found = compare(Configuration("max", (4, 4), (2, 2), stride=(2, 2)), x, [(0, 1)])
    assert found.before.tolist() == [[7, 0], [0, 7]]
    assert found.after.tolist() == [[[7, 0], [0, 0]]]
    assert found.stayed.tolist() == [[[True, True], [True, False]]]


def test_rounding_is_no_difference() -> None:
    c = Configuration(input_size=(1, 4), kernel_size=(1, 1))
    found = compare(c, [[1, 1 + 1e-15, 1 + 1e-6, 1]], [(0, 1)], [[1]])
    assert found.stayed.tolist() == [[[False, True, False, False]]]


def test_a_flipped_kernel_is_flipped() -> None:
    c = Configuration(input_size=(1, 3), kernel_size=(1, 2), flip=True)
    assert compare(c, [[1, 2, 3]], [], [[1, 10]]).before.tolist() == [[10 + 2, 20 + 3]]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ConvError, match=r"Shifts are compared for convolution and pooling\. Received: operation='tran"):
        compare(Configuration("transposed"), np.zeros((7, 7)), [], np.zeros((3, 3)))
    rule = r"The numbers must have the sizes of the configuration\. Received: "
    with pytest.raises(ConvError, match=rule + r"x=\(3, 3\), input_size=\(7, 7\)\."):
        compare(Configuration(), np.zeros((3, 3)), [], np.zeros((3, 3)))
    with pytest.raises(ConvError, match=rule + r"weight=\(2, 2\), kernel_size=\(3, 3\)\."):
        compare(Configuration(), np.zeros((7, 7)), [], np.zeros((2, 2)))


# ---- a dense layer -------------------------------------------------------------------------


@given(pairs(1, 5), st.integers(1, 6), st.integers(0, 999))
def test_a_dense_layer_is_a_matrix(size: tuple[int, int], units: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, matrix, bias = rng.normal(size=size), rng.normal(size=(units, size[0] * size[1])), rng.normal(size=units)
    found = compare_dense(matrix, x, SHIFTS, bias)
    assert np.allclose(found.before, [matrix @ x.ravel() + bias])
    for (row, col), after in zip(SHIFTS, found.after, strict=True):
        assert np.allclose(after, [matrix @ shift(x, row, col).ravel() + bias])
    assert found.stayed[SHIFTS.index((0, 0))].all()
    assert found.border.all() and not found.followed.any() and np.isnan(found.along).all()


def test_a_dense_layers_scramble() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(1, 10, (7, 7))
    found = compare_dense(rng.normal(size=(10, 49)), x, [(0, 1)])
    assert not found.stayed.any()


def test_a_dense_layer_needs_a_weight_for_each_pixel() -> None:
    rule = r"A dense layer needs a weight for each pixel\. Received: matrix=\(10, 4\), input=\(3, 3\)\."
    with pytest.raises(ConvError, match=rule):
        compare_dense(np.zeros((10, 4)), np.zeros((3, 3)), [])


@given(configurations())
def test_without_a_shift_there_is_nothing_after(c: Configuration) -> None:
    assume(c.operation != "conv")
    found = compare(c, np.zeros(c.input_size), [])
    assert found.after.shape == (0, *c.output_size) and found.border.shape == found.after.shape
