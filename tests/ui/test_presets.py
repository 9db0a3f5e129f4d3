"""Presets: each opens as it is written, and shows what its title promises."""

from __future__ import annotations

import numpy as np
import pytest

from conv import geometry, trace
from conv.configuration import Configuration
from conv.kernels import kernel
from tests.ui.conftest import DEFAULTS, page_with
from ui.presets import FEATURED, PRESETS
from ui.settings import link_of
from ui.window import SETTINGS, Window, settle


def opened(name: str) -> Window:
    return settle(page_with(**PRESETS[name].settings))


def output(name: str) -> np.ndarray:
    window = opened(name)
    return trace.sweep(window.configuration, window.x, window.weight, window.bias).output


def uncovered(name: str) -> tuple[list[int], list[int]]:
    c = opened(name).configuration
    return geometry.uncovered(c.input_size, c.kernel_size, stride=c.stride, padding=c.padding, dilation=c.dilation)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_opens_as_it_is_written(name: str) -> None:
    page = page_with(**PRESETS[name].settings)
    settle(page)
    assert page.notes == []
    assert page.values == DEFAULTS | PRESETS[name].settings


@pytest.mark.parametrize("name", PRESETS)
def test_its_link_brings_it_back(name: str) -> None:
    link = link_of(SETTINGS, PRESETS[name].settings)
    read = {setting.name: setting.read(link[setting.name]) for setting in SETTINGS if setting.name in link}
    assert DEFAULTS | read == DEFAULTS | PRESETS[name].settings


def test_titles_and_texts_are_there_and_no_title_twice() -> None:
    titles = [preset.title for preset in PRESETS.values()]
    assert len(set(titles)) == len(titles)
    assert all(preset.title and preset.text.endswith((".", "?")) for preset in PRESETS.values())
    assert set(FEATURED) <= PRESETS.keys() and len(set(FEATURED)) == len(FEATURED)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("lecture", 7 - 3 + 1),
        ("keep", 7),  # "Padding that keeps 7×7"
        ("five", 7 - 5 + 1),
        ("stride", (7 - 3) // 2 + 1),
        ("guide", 5 - 3 + 1),
        ("guide_strided", 3),  # "3×3 outputs"
        ("full", 5 + 3 - 1),  # "the output outgrows the input"
        ("dilated", 7 - 5 + 1),  # "over a 5×5 field"
        ("leftover", (8 - 3) // 2 + 1),
        ("even", 6),  # "same padding"
        ("max", 8 // 2),
        ("transposed", 7),  # "Spread 3×3 to 7×7"
        ("digit", 16),
    ],
)
def test_the_size_that_is_promised(name: str, size: int) -> None:
    assert output(name).shape == (size, size)


@pytest.mark.parametrize(
    ("name", "printed"),
    [  # Dumoulin & Visin, figures 1.1 and 1.2
        ("guide", [[12, 12, 17], [10, 17, 19], [9, 6, 14]]),
        ("guide_strided", [[6, 17, 3], [8, 17, 13], [6, 4, 4]]),
    ],
)
def test_the_guides_numbers_as_printed(name: str, printed: list) -> None:
    assert output(name).tolist() == printed


def test_the_dilated_kernel_covers_five_by_five_with_nine_weights() -> None:
    c = opened("dilated").configuration
    assert geometry.effective_kernel_size(c.kernel_size, c.dilation) == (5, 5)
    assert c.kernel_size == (3, 3)


def test_some_pixels_are_never_read() -> None:
    c = opened("sparse").configuration
    assert c.stride > c.kernel_size
    assert uncovered("sparse") == ([2, 5], [2, 5])  # between the windows of rows 1-2, 4-5 and 7-8


def test_the_floor_forgets_the_last_row() -> None:
    assert (8 - 3) % 2 == 1
    assert uncovered("leftover") == ([8 - 1], [8 - 1])


def test_the_odd_pixel_goes_to_the_bottom_and_right() -> None:
    assert opened("even").configuration.pads == ((1, 2), (1, 2))


def test_the_largest_of_each_block() -> None:
    x = opened("max").x
    expected = [[x[row : row + 2, col : col + 2].max() for col in range(0, 8, 2)] for row in range(0, 8, 2)]
    assert output("max").tolist() == expected
    assert uncovered("max") == ([], [])


def test_an_impulse_brings_the_kernel_back_as_it_is() -> None:
    assert opened("flip").configuration.flip
    expected = np.pad(kernel("ramp", 3), 1)  # the window's centre goes from row 2 to 6 of 7, the impulse is at 4
    assert np.array_equal(output("flip"), expected)


def test_each_input_adds_a_kernels_worth() -> None:
    assert opened("transposed").configuration.operation == "transposed"
    assert output("transposed").sum() == 3 * 3 * sum(range(9))


def test_sobel_finds_horizontal_edges_of_a_real_digit() -> None:
    window = opened("digit")
    assert window.configuration == Configuration(input_size=(16, 16), padding="same")
    assert np.array_equal(window.weight, np.outer((-1, 0, 1), (1, 2, 1)))
    assert 0 <= window.x.min() < window.x.max() <= 1
