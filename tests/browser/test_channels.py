"""What a person does on the channels' page, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from conv import conv2d
from tests.browser.axe import axe, too_small
from tests.browser.conftest import settle
from tests.browser.grids import cell, grid, numbers, press, slider

ASTRONAUT = Path(__file__).parents[2] / "assets" / "images" / "pictures" / "astronaut.png"
GROUPS = "/channels?fin=4&fout=4&groups=2"


def status(page: Page):
    return page.locator(".channels").get_by_role("status")


def the_layer(page: Page, maps_in: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """Input maps of 7 by 7 and the 3 by 3 kernels of an output map, as the page shows them."""
    maps = range(1, maps_in + 1)
    x = [np.reshape(numbers(page, f"Input channel {channel}"), (7, 7)) for channel in maps]
    weight = [np.reshape(numbers(page, f"Kernel, output {out}, input channel {channel}"), (3, 3)) for channel in maps]
    return np.array(x), np.array(weight)


def test_the_lectures_example_step_by_step(open_page):
    page = open_page("/channels")
    x, weight = the_layer(page, 3, 1)
    sums = [(x[i, :3, 1:4] * weight[i]).sum() for i in range(3)]
    page.get_by_role("button", name="Next").click()
    told = " + ".join(f"{total:g} (input channel {i + 1})" for i, total in enumerate(sums))
    expect(status(page)).to_have_text(f"Output channel 1 (1, 2) = {told} + 1 (bias) = {sum(sums) + 1:g}")
    expect(cell(page, "Output channel 1", 1, 2)).to_have_attribute(
        "aria-label", f"row 1, column 2, value {sum(sums) + 1:g}"
    )
    expect(cell(page, "Output channel 1", 1, 3)).to_have_attribute("aria-label", "row 1, column 3")
    for channel in (1, 2, 3):
        selected = grid(page, f"Input channel {channel}").locator("[aria-selected=true]")
        expect(selected).to_have_count(9)
        expect(selected.first).to_have_attribute("aria-label", re.compile("^row 1, column 2, "))
    expect(grid(page, "Output channel 1").locator("[aria-selected=true]")).to_have_count(1)
    expect(cell(page, "Output channel 1", 1, 2)).to_have_attribute("aria-selected", "true")
    expect(grid(page, "Output channel 2").locator("[aria-selected=true]")).to_have_count(0)


def test_all_steps_make_the_layers_output(open_page):
    page = open_page("/channels?pattern=random&b1=0.5&b2=2")
    x, first = the_layer(page, 3, 1)
    page.get_by_role("button", name="Last").click()
    _, second = the_layer(page, 3, 2)
    expected = conv2d(x, np.array([first, second]), np.array([0.5, 2.0]))
    for out in (0, 1):
        assert numbers(page, f"Output channel {out + 1}") == pytest.approx(expected[out].ravel())
    expect(slider(page)).to_have_value("50")


def test_keys_step_from_anywhere(open_page):
    page = open_page("/channels")
    kernel = cell(page, "Kernel, output 1, input channel 2", 1, 1)
    for focus in (cell(page, "Input channel 1", 1, 1), kernel, page.get_by_role("button", name="Next"), slider(page)):
        focus.focus()
        press(page, "Home")
        expect(slider(page)).to_have_value("1")
        press(page, "ArrowRight", "ArrowRight", "ArrowLeft")
        expect(slider(page)).to_have_value("2")
        press(page, "ArrowDown")
        expect(slider(page)).to_have_value("7")
        press(page, "ArrowUp")
        expect(slider(page)).to_have_value("2")
        press(page, "End", "ArrowRight")
        expect(slider(page)).to_have_value("50")
        press(page, "Home")
    cell(page, "Output channel 1", 1, 1).focus()
    press(page, "End")
    expect(cell(page, "Output channel 2", 5, 5)).to_be_focused()


def test_nothing_moves_until_it_is_played(open_page):
    page = open_page("/channels?step=40")
    page.wait_for_timeout(600)
    expect(slider(page)).to_have_value("40")
    page.get_by_role("slider", name="Speed").focus()
    press(page, "End", " ")
    expect(slider(page)).to_have_value("50", timeout=5000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_an_output_maps_cell_or_caption_leads_there(open_page):
    page = open_page("/channels")
    cell(page, "Output channel 1", 2, 3).click()
    expect(slider(page)).to_have_value(str(5 + 3))
    page.get_by_role("button", name="Output channel 2").click()
    expect(slider(page)).to_have_value(str(25 + 5 + 3))
    expect(status(page)).to_have_text(re.compile(r"^Output channel 2 \(2, 3\) = .* \+ -1 \(bias\) = "))
    expect(grid(page, "Kernel, output 2, input channel 3")).to_be_visible()
    expect(page).to_have_url(re.compile("step=33"))
    page.reload()
    settle(page)
    expect(slider(page)).to_have_value("33")


def test_place_by_place_fills_all_maps_together(open_page):
    page = open_page("/channels?order=places")
    page.get_by_role("button", name="Next").click()
    expect(status(page)).to_have_text(re.compile(r"^Output channel 2 \(1, 1\)"))
    page.get_by_role("button", name="Next").click()
    assert (len(numbers(page, "Output channel 1")), len(numbers(page, "Output channel 2"))) == (2, 1)
    press(page, "ArrowDown")
    expect(status(page)).to_have_text(re.compile(r"^Output channel 1 \(2, 2\)"))


def test_a_group_reads_its_own_maps_and_the_others_say_so(open_page):
    page = open_page(GROUPS)
    expect(page.get_by_text("Not read by output channel 1")).to_have_count(2)
    expect(grid(page, "Input channel 3").locator("[aria-selected=true]")).to_have_count(0)
    expect(status(page)).not_to_contain_text("input channel 3")
    page.get_by_role("button", name="Output channel 3").click()
    expect(grid(page, "Input channel 3").locator("[aria-selected=true]")).to_have_count(9)
    expect(grid(page, "Input channel 1").locator("[aria-selected=true]")).to_have_count(0)
    told = r"^Output channel 3 \(1, 1\) = \S+ \(input channel 3\) \+ \S+ \(input channel 4\) \+ 0 \(bias\) = "
    expect(status(page)).to_have_text(re.compile(told))
    expect(grid(page, "Kernel, output 3, input channel 1")).to_have_count(0)


def test_hovering_shows_what_belongs_together(open_page):
    page = open_page(GROUPS)
    readout = page.locator("[data-part=readout]")
    cell(page, "Input channel 1", 3, 3).hover()
    for out, lit in ((1, 9), (2, 9), (3, 0), (4, 0)):
        expect(grid(page, f"Output channel {out}").locator(".lit")).to_have_count(lit)
    expect(readout).to_contain_text("is read by 9 outputs in each of output channels 1 and 2.")
    cell(page, "Output channel 4", 2, 2).hover()
    for channel, lit in ((1, 0), (2, 0), (3, 9), (4, 9)):
        expect(grid(page, f"Input channel {channel}").locator(".lit")).to_have_count(lit)
    cell(page, "Kernel, output 1, input channel 2", 1, 1).hover()
    expect(grid(page, "Input channel 2").locator(".lit")).to_have_count(25)
    expect(grid(page, "Input channel 1").locator(".lit")).to_have_count(0)
    expect(readout).to_contain_text("is used 25 times")


def test_the_products_of_a_channel_are_told_and_opened_on_the_stepper(open_page):
    page = open_page("/channels?pattern=random&b1=0")
    x, weight = the_layer(page, 3, 1)
    terms = page.locator("[data-part=terms]")
    cell(page, "Kernel, output 1, input channel 3", 2, 2).click()
    page.mouse.move(0, 0)
    products = " + ".join(f"{a:g}×{b:g}" for a, b in zip(x[2, :3, :3].ravel(), weight[2].ravel(), strict=True))
    total = (x[2, :3, :3] * weight[2]).sum()
    expect(terms).to_have_text(f"Input channel 3: {products} = {total:g}")
    page.get_by_role("link", name="Open it on the stepper").click()
    settle(page)
    expect(page.locator(".stepper").get_by_role("status")).to_have_text(f"Output (1, 1) = {products} = {total:g}")
    assert numbers(page, "Input") == x[2].ravel().tolist()


def test_maps_are_added_with_the_slider_and_the_place_is_kept(open_page):
    page = open_page("/channels?step=30")
    page.get_by_role("slider", name="Input maps, F_in").focus()
    press(page, "ArrowRight")
    expect(grid(page, "Input channel 4")).to_be_visible()
    expect(status(page)).to_contain_text("(input channel 4)")
    expect(slider(page)).to_have_value("30")
    expect(page).to_have_url(re.compile("fin=4"))
    expect(page.locator("[data-part=counts]")).to_contain_text("= 4 × 2 × 3 × 3 + 2 = 74")


def test_the_counts_are_the_lectures(open_page):
    page = open_page("/channels")
    counts = page.locator("[data-part=counts]")
    sums = ("3 × 7 × 7 = 147", "2 × 5 × 5 = 50", "3 × 2 × 3 × 3 + 2 = 56", "3 × 2 × 3 × 3 × 5 × 5 = 1,350")
    for text in sums:
        expect(counts).to_contain_text(text)


def test_a_picture_is_three_named_maps(open_page):
    page = open_page("/channels")
    page.get_by_label("Input values").select_option("astronaut")
    expect(page.get_by_text("R: red")).to_be_visible()
    expect(page.get_by_text("B: blue")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("red, green and blue of one picture"))).to_be_visible()
    assert len(numbers(page, "Input channel 2")) == 16 * 16


def test_a_picture_of_ones_own_travels_in_the_link(open_page):
    page = open_page("/channels?pattern=own&h=8&w=8")
    page.locator("input[type=file]").set_input_files(ASTRONAUT)
    expect(page).to_have_url(re.compile("picture="))
    before = numbers(page, "Input channel 1")
    page.reload()
    settle(page)
    shown = page.get_by_role("grid", name="Input channel 1", exact=True)
    cells = shown.get_by_role("gridcell", name=re.compile("value"))
    expect(cells).to_have_count(64)
    assert numbers(page, "Input channel 1") == before


def test_padding_is_named(open_page):
    page = open_page("/channels?ph=1&pw=1")
    first = grid(page, "Input channel 2").get_by_role("gridcell").first
    expect(first).to_have_attribute("aria-label", "padding, value 0")
    expect(first).to_have_attribute("aria-selected", "true")


def test_the_dialog_offers_link_figure_data_and_code(open_page):
    page = open_page("/channels?step=12")
    page.get_by_role("button", name="Share and export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("step=12")
    dialog.get_by_role("tab", name="Code").click()
    expect(dialog).to_contain_text("F.conv2d(x[None], weight, bias)")
    dialog.get_by_role("tab", name="Figure").click()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download SVG").click()
    assert "Output channel 1 (3, 2)" in Path(download.value.path()).read_text()


@pytest.mark.parametrize("path", ["/channels", GROUPS + "&ph=1&pw=1", "/channels?pattern=astronaut&h=12&w=12&groups=7"])
def test_nothing_grave_is_found(open_page, path):
    page = open_page(path)
    page.get_by_role("button", name="Last").click()
    assert axe(page) == []


@pytest.mark.parametrize(
    "path", ["/channels", "/channels?fin=8&fout=8", "/channels?pattern=astronaut&h=16&w=16&kh=1&kw=1"]
)
def test_phone(open_page, path):
    page = open_page(path, width=360, height=740)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".stage").evaluate("stage => stage.scrollWidth <= stage.clientWidth")
    assert too_small(page, ".channels button:visible") == []


@pytest.mark.parametrize("path", ["/channels", GROUPS, "/channels?fin=8&fout=8", "/channels?pattern=chelsea&h=16&w=16"])
def test_it_fits_one_screen(open_page, path):
    page = open_page(path, width=1366, height=768)
    box = status(page).bounding_box()
    assert box["y"] + box["height"] < 768
    assert page.locator(".stage").evaluate("stage => stage.scrollWidth <= stage.clientWidth")
    if path == "/channels":
        assert cell(page, "Input channel 1", 1, 1).bounding_box()["width"] >= 24
