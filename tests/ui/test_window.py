"""The window: whatever the settings say, what slides is valid, and what was typed is kept."""

from __future__ import annotations

import numpy as np
import pytest
import streamlit
from hypothesis import given

from conv.configuration import check
from conv.kernels import kernel
from conv.patterns import pattern, resample
from tests.ui.conftest import DEFAULTS, any_values, page_with
from ui.pictures import PICTURE_SIDE, pack_picture
from ui.settings import Values
from ui.window import Window, configuration, plain_window, settle, take_edits

DAMAGED = "The link's picture is damaged. The example picture is shown."


def same(one: Window, other: Window) -> bool:
    return (one.configuration, one.bias) == (other.configuration, other.bias) and (
        np.array_equal(one.x, other.x) and np.array_equal(one.weight, other.weight)
    )


@given(any_values)
def test_any_settings_settle_to_a_valid_window(values: Values) -> None:
    page = page_with(**values)
    window = settle(page)
    assert min(check(window.configuration)) >= 1
    assert window.x.shape == window.configuration.input_size
    assert window.weight.shape == window.configuration.kernel_size
    assert np.isfinite(window.x).all() and np.isfinite(window.weight).all()
    assert configuration(page.values) == window.configuration
    assert all(note.endswith(".") for note in page.notes)


@given(any_values)
def test_what_has_settled_stays_also_through_its_link(values: Values) -> None:
    page = page_with(**values | {"picture": ""})
    settle(page)
    link = page.link()
    again = page_with(**{name: page.declared[name].read(spelled) for name, spelled in link.items()})
    settle(again)
    assert again.notes == []
    assert again.link() == link


def test_the_defaults_are_the_lectures_first_example() -> None:
    page = page_with()
    window = settle(page)
    assert (window.configuration.input_size, window.configuration.kernel_size) == ((7, 7), (3, 3))
    assert check(window.configuration) == (7 - 3 + 1, 7 - 3 + 1)
    assert page.notes == [] and page.values == DEFAULTS


@pytest.mark.parametrize(
    ("values", "note", "settled"),
    [
        ({"h": 99}, "Input height 99 is not within 1 to 32: set to 32.", {"h": 32, "w": 7}),
        ({"kh": 9, "kw": 9, "h": 12, "w": 8},
         "Kernel width 9 does not fit an input of 8 columns without padding: set to 8.", {"kh": 9, "kw": 8}),
        ({"op": "max", "mode": "reflect"}, "Padding mode reflect is for convolution only: set to zeros.",
         {"mode": "zeros"}),
        ({"ceil": True}, "Rounding the size up is for pooling only: switched off.", {"ceil": False}),
        ({"pattern": "own", "picture": "abc"}, DAMAGED, {"picture": "abc"}),
    ],
)
def test_a_repair_is_noted_and_kept(values: Values, note: str, settled: Values) -> None:
    page = page_with(**values)
    settle(page)
    assert page.notes == [note]
    assert settled.items() <= page.values.items()


def test_axes_that_differ_are_shown_apart() -> None:
    page = page_with(h=5)
    settle(page)
    assert page["apart"]


def test_only_layers_with_weights_have_a_bias() -> None:
    assert settle(page_with(bias=2.5, op="transposed")).bias == 2.5
    assert settle(page_with(bias=2.5, op="max")).bias == 0


def test_a_seed_draws_the_same_numbers_again() -> None:
    first = settle(page_with(pattern="random", kernel="random", seed=4))
    assert same(first, settle(page_with(pattern="random", kernel="random", seed=4)))
    assert not same(first, settle(page_with(pattern="random", kernel="random", seed=5)))


# ---- edits ---------------------------------------------------------------------------------


def test_edits_inside_the_grid_are_applied_and_those_outside_wait() -> None:
    page = page_with(x=((0, 1, 5.0), (6, 6, -3.0)), k=((2, 2, 9.0), (3, 0, 1.0)), h=4, w=4)
    window = settle(page)
    expected, weight = pattern("pixel_digit", 4, digit=3), kernel("edge_detection_1", 3)
    expected[0, 1], weight[2, 2] = 5, 9
    assert np.array_equal(window.x, expected) and np.array_equal(window.weight, weight)
    page.update(h=7, w=7)
    grown = settle(page)
    assert (grown.x[0, 1], grown.x[6, 6], grown.weight[2, 2]) == (5, -3, 9)


def test_an_edit_leaves_the_named_kernel_as_it_is() -> None:
    settle(page_with(k=((0, 0, 9.0),)))
    assert settle(page_with()).weight[0, 0] == -1 * -1


def test_typed_values_are_taken() -> None:
    page = page_with()
    streamlit.session_state["stepper"] = {"edits": {"input": [[0, 1, 5]], "kernel": [[2, 2, 0.5]]}}
    take_edits(page)
    assert (page["x"], page["k"]) == (((0, 1, 5.0),), ((2, 2, 0.5),))


@pytest.mark.parametrize(
    "typed",
    [
        None, [], "x", {}, {"input": []}, {"input": None, "kernel": []}, {"input": [1], "kernel": []},
        {"input": [[0, 0]], "kernel": []}, {"input": [[0, 0, None]], "kernel": []},
        {"input": [[0, 0, "x"]], "kernel": []}, {"input": [[-1, 0, 1]], "kernel": []},
        {"input": [[0, 0, 10**400]], "kernel": []}, {"input": [[float("inf"), 0, 1]], "kernel": []},
        {"input": [], "kernel": [[0, 0, float("nan")]]},
    ],
)
def test_nonsense_instead_of_typed_values_leaves_all_as_it_was(typed) -> None:
    page = page_with(x=((0, 1, 5.0),))
    streamlit.session_state["stepper"] = {"edits": typed}
    take_edits(page)
    assert (page["x"], page["k"]) == (((0, 1, 5.0),), ())


# ---- pictures ------------------------------------------------------------------------------


def test_a_picture_of_ones_own_survives_its_link() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (PICTURE_SIDE, PICTURE_SIDE), dtype=np.uint8)
    page = page_with(pattern="own", picture=pack_picture(grey), h=PICTURE_SIDE, w=PICTURE_SIDE)
    assert np.array_equal(settle(page).x, (grey / 255).round(2))
    page.update(h=4, w=8)
    assert np.array_equal(settle(page).x, resample(grey / 255, (4, 8)).round(2))
    assert page.notes == []


@pytest.mark.parametrize("packed", ["a", "abc", "!!!!", "é", "A" * 1365, "A" * 1367, "\0"])
def test_a_damaged_picture_gives_the_example_and_a_note(packed: str) -> None:
    page = page_with(pattern="own", picture=packed)
    assert np.array_equal(settle(page).x, pattern("handwritten_digit", 7, digit=3))
    assert page.notes == [DAMAGED]


def test_no_picture_yet_gives_the_example_without_a_note() -> None:
    page = page_with(pattern="own")
    assert np.array_equal(settle(page).x, pattern("handwritten_digit", 7, digit=3))
    assert page.notes == []


# ---- without a page ------------------------------------------------------------------------


@given(any_values)
def test_a_plain_window_is_the_pages(values: Values) -> None:
    page = page_with(**values)
    window = settle(page)
    assert same(plain_window(**page.values), window)
