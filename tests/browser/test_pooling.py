"""What a person does on the pooling page, in a real browser."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from conv import lp_pool2d, max_pool2d
from conv.patterns import pattern
from conv.shifts import shift
from tests.browser.axe import axe, too_small
from tests.browser.conftest import settle
from tests.browser.grids import grid, numbers

RANDOM = pattern("random", 8, np.random.default_rng((1, 0)))  # seed 1, of the input
PAGES = [
    "/pooling", "/pooling?op=lp&p=3&pattern=signed_random&step=6", "/pooling?hide=size", "/pooling?h=9&w=9&kh=3&kw=3",
]


def status(page: Page, front_end: str):
    return page.locator(f".{front_end}").get_by_role("status")


def chart(page: Page):
    return page.locator(".norms").get_by_role("img")


def test_the_stepper_pools(open_page):
    page = open_page("/pooling")
    x = RANDOM[:2, :2]
    words = ", ".join(f"{value:g}" for value in x.ravel())
    expect(status(page, "stepper")).to_have_text(f"Output (1, 1) = max({words}) = {x.max():g}")
    page.get_by_role("button", name="Last", exact=True).click()
    assert numbers(page, "Output") == max_pool2d(RANDOM[None], 2).ravel().tolist()


def test_p_moves_from_the_sum_to_the_maximum(open_page):
    page = open_page("/pooling?op=lp&p=1")
    slider = page.get_by_role("slider", name="p of the norm")
    first = grid(page, "Output").get_by_role("gridcell").first
    window = RANDOM[None, :2, :2]
    expect(first).to_have_attribute("aria-label", f"row 1, column 1, value {window.sum():g}")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(first).to_have_attribute("aria-label", f"row 1, column 1, value {lp_pool2d(window, 1.25, 2).item():.6g}")
    expect(page.locator(".norms p")).to_contain_text(f"With p = 1.25 it is {lp_pool2d(window, 1.25, 2).item():.6g}.")
    page.keyboard.press("End")
    expect(first).to_have_attribute("aria-label", f"row 1, column 1, value {window.max():g}")
    expect(page).to_have_url(re.compile("p=inf"))


@pytest.mark.first_visit
def test_the_chart_follows_the_steps_without_the_server(open_page):
    page = open_page("/pooling?step=4")
    x = RANDOM[:2, 6:]
    told = f"Norms of the window of output (1, 4). p 1: {x.sum():g}, "
    expect(chart(page)).to_have_attribute("aria-label", re.compile(re.escape(told)))
    page.context.set_offline(True)
    page.get_by_role("button", name="Next", exact=True).click()
    x = RANDOM[2:4, :2]
    told = rf"\(2, 1\)\. p 1: {x.sum():g}, .* p ∞: {x.max():g}\."
    expect(chart(page)).to_have_attribute("aria-label", re.compile(told))


def test_shifting_by_buttons_and_keys(open_page):
    page = open_page("/pooling")
    pooled = [max_pool2d(shift(RANDOM, *by)[None], 2) for by in ((0, 0), (0, 1), (1, 1), (1, 2))]

    def told(index: int) -> str:
        return f"{(pooled[index] == pooled[0]).sum()} of 16 pooled outputs did not change at all."

    expect(status(page, "shift")).to_contain_text("Shifted 1 to the right.")
    expect(status(page, "shift")).to_contain_text(told(1))
    assert numbers(page, "Max pooling before the shift") == pooled[0].ravel().tolist()
    assert numbers(page, "Max pooling after the shift") == pooled[1].ravel().tolist()
    assert numbers(page, "Pixels after the shift") == shift(RANDOM, 0, 1).ravel().tolist()
    page.get_by_role("button", name="Shift down").click()
    expect(status(page, "shift")).to_contain_text("Shifted 1 down and 1 to the right.")
    page.keyboard.press("ArrowRight")
    expect(status(page, "shift")).to_contain_text(told(3))
    assert numbers(page, "Max pooling after the shift") == pooled[3].ravel().tolist()
    expect(page).to_have_url(re.compile("down=1&right=2"))
    page.keyboard.press("Home")
    expect(status(page, "shift")).to_contain_text("Not shifted: nothing has moved.")
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    expect(status(page, "shift")).to_contain_text("Shifted 3 up.")


def test_marks_say_what_changed(open_page):
    page = open_page("/pooling")
    before, after = (max_pool2d(image[None], 2).ravel() for image in (RANDOM, shift(RANDOM, 0, 1)))
    cells = grid(page, "Max pooling after the shift").get_by_role("gridcell")
    labels = cells.evaluate_all("cells => cells.map(c => c.ariaLabel)")
    assert ["as before" in label for label in labels] == (before == after).tolist()
    marks = cells.evaluate_all("cells => cells.map(c => getComputedStyle(c, '::after').content)")
    assert marks == ['"="' if same else '"≠"' for same in before == after]


def test_a_hovered_output_is_told_with_what_it_was(open_page):
    page = open_page("/pooling")
    before, after = (max_pool2d(image[None], 2)[0] for image in (RANDOM, shift(RANDOM, 0, 1)))
    grid(page, "Max pooling after the shift").get_by_role("gridcell").nth(5).hover()
    expect(page.locator(".shift [data-part=readout]")).to_have_text(
        f"Max pooling (2, 2) was {before[1, 1]:g}; after the shift (2, 2) is {after[1, 1]:g}."
    )
    grid(page, "Pixels before the shift").get_by_role("gridcell").nth(7).hover()
    expect(page.locator(".shift [data-part=readout]")).to_have_text(f"Input (1, 8) was {RANDOM[0, 7]:g}: it moved out.")


def test_a_link_brings_step_and_shift_back_after_a_change(open_page):
    page = open_page("/pooling?step=3&down=2&right=0")
    expect(status(page, "shift")).to_contain_text("Shifted 2 down.")
    page.get_by_role("combobox", name="Operation").select_option("avg")
    expect(page.locator(".shift figcaption").filter(has_text="Average pooling")).to_be_visible()
    expect(status(page, "shift")).to_contain_text("Shifted 2 down.")
    expect(page).to_have_url(re.compile("op=avg.*down=2&right=0"))
    page.get_by_role("button", name="Share and export").click()
    expect(page.get_by_role("dialog").get_by_text(re.compile("op=avg.*down=2&right=0.*step=3"))).to_be_visible()


def test_a_preset_starts_anew(open_page):
    page = open_page("/pooling?step=3&down=2&right=0")
    page.get_by_role("combobox", name="Start from").select_option("overlapping")
    expect(grid(page, "Input").get_by_role("gridcell")).to_have_count(81)
    expect(status(page, "shift")).to_contain_text("Shifted 1 to the right.")
    expect(page.get_by_role("slider", name="Step", exact=True)).to_have_value("1")


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(open_page, path):
    assert axe(open_page(path)) == []


@pytest.mark.parametrize("path", PAGES)
def test_on_a_phone(open_page, path):
    page = open_page(path, width=360, height=740)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert too_small(page, ".shift button:visible") == []


def test_the_stepper_and_the_chart_fit_one_screen(open_page):
    page = open_page("/pooling?op=lp", width=1366, height=768)
    settle(page)
    for part in (status(page, "stepper"), page.locator(".norms")):
        box = part.bounding_box()
        assert box["y"] + box["height"] < 768
