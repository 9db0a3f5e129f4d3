"""Dense or convolutional in a real browser: units, weights and entries that mark one another, and the counts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import axe
from tests.browser.conftest import settle

PATHS = [
    "/connections",
    "/connections?kind=dense&units=all&unrolled=1",
    "/connections?view=matrix&ph=1&pw=1",
    "/connections?view=counts",
    "/connections?h=1&w=9&kh=1&kind=local",
]


def front(page):
    return page.locator(".connections")


def grid(page, name):
    return front(page).get_by_role("grid", name=name, exact=True)


def status(page):
    return front(page).locator("[data-part=status]")


def choose(page, name):
    """Press a radio button or a tick box."""
    radio, box = (front(page).get_by_role(role, name=name, exact=True) for role in ("radio", "checkbox"))
    radio.or_(box).click()


def selected(grid):
    return [cell.get_attribute("aria-label") for cell in grid.locator("[aria-selected=true]").all()]


def lines(page, part="marked"):
    return front(page).locator(f"[data-part={part}] path:not(.arc)")


def test_one_unit_of_a_convolution(open_page):
    page = open_page("/connections")
    expect(status(page)).to_contain_text("Output (1, 1) = a·x₁₁ + b·x₁₂")
    assert len(selected(grid(page, "Input"))) == 9
    expect(lines(page)).to_have_count(9)
    colours = {line.get_attribute("stroke") for line in lines(page).all()}
    assert len(colours) == 9


def test_the_arrows_go_from_unit_to_unit_and_the_link_says_where(open_page):
    page = open_page("/connections")
    grid(page, "Output").get_by_role("gridcell").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(status(page)).to_contain_text("Output (2, 2) = a·x₂₂")
    assert selected(grid(page, "Output"))[0].startswith("row 2, column 2")
    page.wait_for_url("**step=7")


def test_a_dense_unit_sees_everything(open_page):
    page = open_page("/connections")
    choose(page, "Dense")
    expect(status(page)).to_contain_text("connected to 49 of 49 inputs, each through a weight of its own.")
    assert len(selected(grid(page, "Input"))) == 49
    expect(front(page).locator("[data-part=note]")).to_contain_text("25 × 49 = 1,225 weights")
    page.wait_for_url("**kind=dense")
    expect(grid(page, "Weights").get_by_role("gridcell")).to_have_count(49)


def test_pointing_at_a_weight_shows_who_shares_it(open_page):
    page = open_page("/connections?units=all")
    expect(lines(page, "base")).to_have_count(9)  # a path for each weight, whatever the number of its lines
    grid(page, "Weights").get_by_role("gridcell").nth(4).hover()
    expect(status(page)).to_have_text("e = w₂₂ = 5 is the weight of 25 connections, in as many units.")
    expect(lines(page)).to_have_count(1)
    assert lines(page).first.get_attribute("d").count("M") == 25


def test_a_weight_that_is_not_shared_has_one_connection(open_page):
    page = open_page("/connections?kind=local")
    grid(page, "Weights").get_by_role("gridcell").nth(4).hover()
    expect(status(page)).to_contain_text("has one connection only, from input (2, 2) to output (1, 1).")


def test_pointing_at_an_input_shows_the_units_that_it_reaches(open_page):
    page = open_page("/connections?units=all")
    grid(page, "Input").get_by_role("gridcell").first.hover()
    expect(status(page)).to_have_text("Input (1, 1) is connected to 1 of 25 units, through a.")


def test_unrolled_the_neighbours_above_and_below_are_far(open_page):
    page = open_page("/connections")
    choose(page, "Unrolled")
    caption = "Input, unrolled into 49: x₁₁ is beside x₁₂, but 7 places away from x₂₁"
    expect(front(page).get_by_text(caption)).to_be_visible()
    tops = {round(cell.bounding_box()["y"]) for cell in grid(page, "Input").get_by_role("gridcell").all()}
    assert len(tops) == 1
    expect(front(page).locator(".arc")).to_have_count(2)
    grid(page, "Input").get_by_role("gridcell").nth(8).hover()
    expect(status(page)).to_contain_text("its neighbours above and below are 7 places away.")
    expect(front(page).locator(".arc")).to_have_count(4)
    page.wait_for_url("**unrolled=1")


def test_an_entry_of_the_matrix_marks_its_input_output_and_weight(open_page):
    page = open_page("/connections?view=matrix", width=1366, height=768)
    box = front(page).locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 8.5 * box["width"] / 49, box["y"] + 6.5 * box["height"] / 25)
    expect(status(page)).to_have_text("Row 7 (output 2, 2), column 9 (input 2, 2) holds a = w₁₁ = 1.")
    assert selected(grid(page, "Input"))[0].startswith("row 2, column 2")
    assert selected(grid(page, "Output"))[0].startswith("row 2, column 2")
    expect(grid(page, "Weights").locator(".lit")).to_have_count(1)


def test_the_matrix_by_keyboard(open_page):
    page = open_page("/connections?view=matrix")
    matrix = grid(page, "Matrix")
    assert (matrix.get_attribute("aria-rowcount"), matrix.get_attribute("aria-colcount")) == ("25", "49")
    grid(page, "Output").get_by_role("gridcell").first.focus()
    for _ in range(2):  # past the kernel, as it comes in the page
        page.keyboard.press("Tab")
    expect(matrix).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(status(page)).to_have_text("Row 1 (output 1, 1), column 4 (input 1, 4) holds 0: not connected.")
    page.keyboard.press("ArrowDown")
    expect(matrix.get_by_role("gridcell")).to_have_attribute("aria-label", "row 2, column 4, value 3")
    page.keyboard.press("Control+End")
    expect(status(page)).to_contain_text("Row 25 (output 5, 5), column 49 (input 7, 7) holds i = w₃₃ = 9.")


def test_the_counts_follow_the_sliders(open_page):
    page = open_page("/connections?view=counts")
    rows = front(page).locator("tbody tr")
    expect(rows.filter(has_text="200×200 × 1,000 + 1,000 biases")).to_contain_text("40,001,000")
    expect(front(page).get_by_text("200×200 × 1,000 = 40,000,000.")).to_be_visible()
    page.get_by_role("slider", name="Picture height and width").fill("227")
    expect(rows.filter(has_text="227×227 × 1,000 + 1,000 biases")).to_contain_text("51,530,000")
    page.wait_for_url("**n=227**")


def test_a_changed_view_survives_a_reload(open_page):
    page = open_page("/connections")
    choose(page, "Matrix")
    choose(page, "Locally connected")
    page.wait_for_url("**kind=local**view=matrix**")
    page.reload()
    settle(page)
    expect(grid(page, "Matrix")).to_be_visible()
    expect(front(page).get_by_role("radio", name="Locally connected")).to_be_checked()


def test_a_slider_changes_the_drawing_but_not_the_view(open_page):
    page = open_page("/connections?view=matrix")
    page.get_by_role("slider", name="Stride").fill("2")
    expect(front(page).get_by_text("Matrix 9 × 49")).to_be_visible()


def test_the_shift_is_below(open_page):
    page = open_page("/connections")
    expect(page.get_by_role("heading", name="Shift the input")).to_be_visible()


def test_where_the_shift_is_stays_in_the_link_that_python_writes(open_page):
    page = open_page("/connections?down=0&right=3&step=4")
    choose(page, "Dense")
    expect(page).to_have_url(re.compile("(?=.*kind=dense)(?=.*down=0)(?=.*right=3)(?=.*step=4)"))
    page.reload()
    settle(page)
    expect(page.locator(".shift").get_by_text("Shifted 3 to the right")).to_be_visible()


def test_a_figure_is_taken_away(open_page):
    page = open_page("/connections?view=matrix")
    front(page).get_by_role("button", name="Share and export").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Figure").click()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download SVG").click()
    assert download.value.suggested_filename == "conv-matrix.svg"


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(open_page, path):
    assert axe(open_page(path)) == []


@pytest.mark.parametrize("path", PATHS)
def test_phone(open_page, path):
    page = open_page(path, width=360, height=740)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", PATHS)
def test_it_fits_one_screen(open_page, path):
    page = open_page(path, width=1366, height=768)
    box = front(page).get_by_role("button", name="Share and export").bounding_box()
    assert box["y"] + box["height"] < 768
