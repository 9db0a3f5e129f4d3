"""Sizes against the guide to convolution arithmetic, and against windows that really slide."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conv.errors import ConvError
from conv.geometry import (
    as_pair,
    conventions,
    coverage,
    effective_kernel_size,
    output_size,
    pads,
    remainder,
    transposed_output_size,
    transposed_pads,
    uncovered,
    window_positions,
)

TRUTHS = json.loads((Path(__file__).parent.parent / "truths" / "convolution_arithmetic.json").read_text("utf-8"))

inputs = st.integers(1, 20)
kernels = st.integers(1, 6)
strides = st.integers(1, 5)
paddings = st.integers(0, 4)
dilations = st.integers(1, 4)
words = st.sampled_from(["valid", "same", "full"])


def slide(n, k, s, before, after, d, ceil_mode=False):
    """Slide a window cell by cell: the input cells that each window reads, None in the padding."""
    padded = [None] * before + list(range(n)) + [None] * after
    windows = []
    start = 0
    while start + d * (k - 1) < len(padded):
        windows.append([padded[start + j * d] for j in range(k)])
        start += s
    over = start + d * (k - 1) - (len(padded) - 1)  # how far the next window hangs over the end
    if ceil_mode and over < s and start < before + n:
        windows.append([padded[start + j * d] if start + j * d < len(padded) else None for j in range(k)])
    return windows


def test_every_row_of_the_guides_grid():
    assert len(TRUTHS["grid"]) > 1000
    for n, k, s, p, d, o, a, back in TRUTHS["grid"]:
        row = {"stride": s, "padding": p, "dilation": d}
        assert output_size(n, k, **row) == o
        assert remainder(n, k, **row) == a
        assert transposed_output_size(o, k, output_padding=a, **row) == back == n


@pytest.mark.parametrize("example", TRUTHS["worked_examples"], ids=lambda example: example["figure"])
def test_the_guides_worked_examples(example):
    if example["type"] == "transposed":
        direct = example["direct"]
        n, k, row = direct["i"], direct["k"], {"stride": direct["s"], "padding": direct["p"]}
        assert output_size(n, k, **row) == example["i_prime"]
        assert remainder(n, k, **row) == example["a"]
        assert transposed_output_size(example["i_prime"], k, output_padding=example["a"], **row) == example["o_prime"]
    else:
        row = {"stride": example["s"], "padding": example["p"], "dilation": example["d"]}
        assert output_size(example["i"], example["k"], **row) == example["o"]


@given(inputs, kernels, strides, paddings, dilations)
def test_the_guides_relationships(n, k, s, p, d):
    assume(n >= d * (k - 1) + 1)
    assert output_size(n, k, padding=p) == (n - k) + 2 * p + 1  # 2
    assert output_size(n, k, stride=s) == (n - k) // s + 1  # 5, 7
    assert output_size(n, k, stride=s, padding=p) == (n + 2 * p - k) // s + 1  # 6
    dilated = (n + 2 * p - k - (k - 1) * (d - 1)) // s + 1
    assert output_size(n, k, stride=s, padding=p, dilation=d) == dilated  # 15
    assert transposed_output_size(n, k) == n + (k - 1)  # 8
    assert transposed_output_size(n, k, stride=s) == s * (n - 1) + k  # 12
    if n + (k - 1) - 2 * p >= 1:
        assert transposed_output_size(n, k, padding=p) == n + (k - 1) - 2 * p  # 9
    assert transposed_output_size(n + k - 1, k, padding="full") == n  # 11


@given(inputs, kernels, strides, dilations)
def test_words_for_padding(n, k, s, d):
    row = {"stride": s, "dilation": d}
    assert output_size(n, k, padding="same", **row) == -(-n // s)
    (top, bottom), (left, right) = pads("same", n, k, **row)
    assert (top, bottom) == (left, right)
    assert bottom - top in (0, 1)
    reach = d * (k - 1)
    if bottom:  # the last window ends on the last row of the padding: no less would do
        assert (-(-n // s) - 1) * s + reach + 1 == n + top + bottom
    assert pads("full", n, k, **row) == ((reach, reach), (reach, reach))
    assert output_size(n, k, padding="full", dilation=d) == n + reach
    assert pads("valid", n, k, **row) == ((0, 0), (0, 0))
    if s <= reach + 1:
        assert transposed_output_size(n, k, padding="same", **row) == n * s


@given(inputs, kernels, strides, paddings, paddings, dilations, st.booleans())
def test_sizes_and_coverage_are_those_of_a_window_that_slides(n, k, s, before, after, d, ceil_mode):
    windows = slide(n, k, s, before, after, d, ceil_mode)
    row = {"stride": s, "padding": ((before, after), (0, 0)), "dilation": d, "ceil_mode": ceil_mode}
    if not windows:
        with pytest.raises(ConvError, match=r"^Kernel is larger than the padded input\."):
            output_size((n, 32), (k, 1), **row)
        return
    assert output_size((n, 32), (k, 1), **row)[0] == len(windows)
    positions, _ = window_positions((n, 32), (k, 1), **row)
    assert [[row if 0 <= row < n else None for row in window] for window in positions.tolist()] == windows
    rows, cols = coverage((n, 32), (k, 1), **row)
    counts = [sum(window.count(cell) for window in windows) for cell in range(n)]
    assert rows.tolist() == counts
    assert np.issubdtype(rows.dtype, np.integer)
    assert uncovered((n, 32), (k, 1), **row)[0] == [cell for cell in range(n) if counts[cell] == 0]
    assert cols.tolist() == [1 if col % s == 0 else 0 for col in range(32)]


def test_coverage_of_a_cell_is_the_product_of_its_row_and_its_column():
    rows, cols = coverage((4, 5), (2, 3), stride=(1, 2), padding=(1, 0))
    counts = np.zeros((4, 5), dtype=int)
    for top in range(-1, 4 + 1 - 2 + 1):
        for left in range(0, 5 - 3 + 1, 2):
            counts[max(top, 0) : top + 2, left : left + 3] += 1
    np.testing.assert_array_equal(np.outer(rows, cols), counts)


def test_what_is_never_read():
    assert uncovered(8, 3, stride=2) == ([7], [7])  # floor: (8 - 3) mod 2 = 1 left over
    assert uncovered(8, 2, stride=3) == ([2, 5], [2, 5])  # the stride jumps over a row
    assert uncovered(3, 2, dilation=2) == ([1], [1])  # in the hole
    assert uncovered((5, 6), 3, padding="same") == ([], [])
    assert uncovered(8, 3, stride=2, ceil_mode=True) == ([], [])


@given(inputs, kernels, strides, paddings, dilations)
def test_the_remainder_is_the_output_padding_that_leads_back(n, k, s, p, d):
    assume(n + 2 * p >= d * (k - 1) + 1)
    row = {"stride": s, "padding": p, "dilation": d}
    left_over = remainder(n, k, **row)
    assert 0 <= left_over < s
    assert transposed_output_size(output_size(n, k, **row), k, output_padding=left_over, **row) == n


@given(inputs, kernels, strides, dilations, words)
def test_a_transposed_convolution_is_padded_as_the_one_it_undoes(n, k, s, d, word):
    row = {"stride": s, "dilation": d}
    assert transposed_pads(word, n, k, **row) == pads(word, n * s, k, **row)
    assert transposed_pads(((1, 2), (3, 4)), n, k, **row) == ((1, 2), (3, 4))


@given(inputs, kernels, strides, paddings, paddings, dilations, st.booleans())
def test_the_remainder_is_what_lies_behind_the_last_window(n, k, s, before, after, d, ceil_mode):
    windows = slide(n, k, s, before, after, d, ceil_mode)
    assume(windows)
    end = (len(windows) - 1) * s + d * (k - 1) + 1
    row = {"stride": s, "padding": ((before, after), (0, 0)), "dilation": d, "ceil_mode": ceil_mode}
    assert remainder((n, 32), (k, 1), **row)[0] == max(0, before + n + after - end)


def test_nothing_is_left_over_under_a_window_that_hangs_over():
    assert remainder(8, 3, stride=2, ceil_mode=True) == 0
    assert remainder(3, 4, stride=2, ceil_mode=True) == 0  # the only window hangs over
    assert remainder(4, 2, stride=3, padding=1, ceil_mode=True) == (4 + 2 * 1 - 2) % 3  # one at 6 is behind it
    with pytest.raises(ConvError, match=r"^Kernel is larger than the padded input\."):
        remainder(3, 4, stride=2)


def test_scalars_give_scalars_and_pairs_pairs():
    assert output_size(7, 3) == 5
    assert output_size(7, (3, 3)) == (5, 5)
    assert output_size(7, 3, padding=(1, 0)) == (7, 5)
    assert transposed_output_size(2, 3) == 4
    assert transposed_output_size((2, 2), 3) == (4, 4)
    assert transposed_output_size(2, 3, stride=2, output_padding=(1, 0)) == (2 + 3 + 1, 2 + 3)
    assert remainder(8, 3, stride=2) == 1
    assert remainder((8, 9), 3, stride=2) == (1, 0)
    assert [c.answer for c in conventions((10, 9), 3, stride=2)] == [(4, 4), (5, 4), (5, 5), (4, 4), None]


def test_sizes_of_numpy_are_sizes():
    assert output_size(np.int64(7), np.int64(3)) == 5
    assert as_pair([np.int64(2), 3], "stride") == (2, 3)
    assert effective_kernel_size((3, 1), (2, 4)) == (5, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: as_pair("2", "stride"), r"^Stride must be an integer or a pair of integers\. Received: stride='2'\.$"),
        (lambda: as_pair(1.5, "stride"), r"^Stride must be an integer or a pair .* Received: stride=1\.5\.$"),
        (
            lambda: as_pair((1, 2, 3), "kernel_size"),
            r"^Kernel size must be an integer or a pair of integers\. Received: kernel_size=\(1, 2, 3\)\.$",
        ),
        (lambda: output_size(7, 3, stride=0), r"^Stride must be at least 1\. Received: stride=0\.$"),
        (lambda: output_size(7, 3, padding=-1), r"^Padding must be at least 0\. Received: padding=-1\.$"),
        (
            lambda: output_size(7, 3, padding="sane"),
            r"^Padding must be 'valid', 'same', 'full', an integer, \(rows, cols\) or "
            r"\(\(top, bottom\), \(left, right\)\)\. Received: padding='sane'\.$",
        ),
        (
            lambda: output_size(2, 3),
            r"^Kernel is larger than the padded input\. Received: input=\(2, 2\), kernel=\(3, 3\), padding=0\.$",
        ),
        (
            lambda: remainder((9, 4), 3, dilation=2),
            r"^Kernel is larger than the padded input\. "
            r"Received: input=\(9, 4\), kernel=\(3, 3\), padding=0, dilation=\(2, 2\)\.$",
        ),
        (lambda: coverage(2, 3), r"^Kernel is larger than the padded input\."),
        (lambda: conventions(7, 3, stride=0), r"^Stride must be at least 1\. Received: stride=0\.$"),
        (
            lambda: transposed_output_size(3, 3, output_padding=1),
            r"^Output padding must be less than the stride or the dilation\. "
            r"Received: output_padding=1, stride=1, dilation=1\.$",
        ),
        (
            lambda: transposed_output_size(3, 3, stride=(2, 3), output_padding=(1, 3)),
            r"^Output padding must be less than the stride or the dilation\. "
            r"Received: output_padding=\(1, 3\), stride=\(2, 3\), dilation=1\.$",
        ),
        (
            lambda: transposed_output_size(3, 3, output_padding=-1),
            r"^Output padding must be at least 0\. Received: output_padding=-1\.$",
        ),
        (
            lambda: transposed_output_size((1, 2), 2, padding=1),
            r"^Padding takes away the whole output\. Received: input=\(1, 2\), kernel=\(2, 2\), padding=1\.$",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ConvError, match=message):
        call()


def test_output_padding_may_reach_the_dilation():
    assert transposed_output_size(3, 2, dilation=3, output_padding=2) == 2 * 1 + 3 * 1 + 2 + 1


def test_conventions_where_they_part():
    """The case that CS231n calls invalid, PyTorch gives 4 and TensorFlow 5."""
    by_name = {c.name: c for c in conventions(10, 3, stride=2)}
    assert by_name["PyTorch"].answer == (10 - 3) // 2 + 1
    assert by_name["PyTorch ceil_mode, Caffe pooling"].answer == 5
    assert by_name["TensorFlow, Keras SAME"].answer == 10 / 2
    assert by_name["TensorFlow, Keras VALID"].answer == 4
    assert by_name["CS231n"].answer is None
    assert by_name["CS231n"].explanation.startswith("7/2 is not a whole number")


def test_pytorch_pads_to_the_same_size_without_a_stride_only():
    pytorch, ceil, same, _, _ = conventions(10, 3, stride=(1, 2), padding="same")
    assert pytorch.answer is None
    assert pytorch.explanation == "Refuses: padding='same' is not supported for strided convolutions."
    assert ceil.answer == same.answer == (10, 10 / 2)
    assert conventions(10, 3, padding="same")[0].answer == 10
    assert conventions(10, 3, stride=2, padding=1)[0].answer == (10 + 2 - 3) // 2 + 1


def test_conventions_where_the_kernel_does_not_fit():
    by_name = {c.name: c for c in conventions(2, 3)}
    assert by_name["TensorFlow, Keras SAME"].answer == 2
    assert [c.answer for c in by_name.values()].count(None) == 4
    assert by_name["CS231n"].explanation == by_name["PyTorch"].explanation == (
        "The kernel is larger than the padded input."
    )
    assert by_name["TensorFlow, Keras VALID"].explanation.startswith("The kernel is larger than the input")


@given(inputs, kernels, strides, paddings, dilations)
def test_conventions_agree_with_their_definitions(n, k, s, p, d):
    floor, ceil, same, valid, exact = (c.answer for c in conventions(n, k, stride=s, padding=p, dilation=d))
    extent = d * (k - 1) + 1
    assert same == -(-n // s)
    assert valid == (-(-(n - extent + 1) // s) if n >= extent else None)
    assert floor == (len(slide(n, k, s, p, p, d)) or None)
    assert ceil == (len(slide(n, k, s, p, p, d, ceil_mode=True)) or None)
    assert exact == (floor if (n + 2 * p - extent) % s == 0 else None)


def test_rounding_up_lets_the_only_window_hang_over_the_end():
    assert output_size(6, 7, stride=2, ceil_mode=True) == 0 + 1  # the ceiling of -1/2 is 0
    with pytest.raises(ConvError, match=r"^Kernel is larger than the padded input\."):
        output_size(6, 7, stride=1, ceil_mode=True)
    assert uncovered(6, 7, stride=2, ceil_mode=True) == ([], [])
