"""What a person does on the backward pass's page, in a real browser."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from conv import conv2d_backward
from tests.browser.axe import axe, too_small
from tests.browser.conftest import settle
from tests.browser.grids import cell, grid, numbers, press, slider

PAGES = [
    "/gradients?step=4",
    "/gradients?of=input&ph=1&pw=1&sh=2&sw=2&h=7&w=7&dh=2&dw=2&check=1",
    "/gradients?of=input&view=gather&sh=2&sw=2&hide=values",
    "/gradients?op=max&h=4&w=4&kh=2&kw=2&sh=2&sw=2&pattern=checkerboard&check=1",
    "/gradients?of=forward&op=flipped",
]


def status(page: Page):
    return page.locator(".gradients").get_by_role("status")


def values(page: Page, name: str, shape: tuple[int, int]) -> np.ndarray:
    return np.reshape(numbers(page, name), shape)


def given(page: Page) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Input, kernel and output gradient of the page as it opens."""
    return values(page, "Input", (5, 5)), values(page, "Kernel", (3, 3)), values(page, "Output gradient", (3, 3))


def test_the_weights_gradient_grows_position_by_position(open_page):
    page = open_page("/gradients")
    x, weight, g = given(page)
    total = np.zeros((3, 3))
    for step, (row, col) in enumerate(np.ndindex(3, 3)):
        if step:
            page.get_by_role("button", name="Next").click()
        term = g[row, col] * x[row : row + 3, col : col + 3]
        total += term
        expect(status(page)).to_have_text(
            f"Position ({row + 1}, {col + 1}): g = {g[row, col]:g}. Weight gradient (1, 1) += {g[row, col]:g} × "
            f"{x[row, col]:g} = {term[0, 0] + 0:g}, now {total[0, 0] + 0:g}. Bias gradient += {g[row, col]:g}, "
            f"now {g.ravel()[: step + 1].sum():g}."
        )
        assert np.array_equal(values(page, "Weight gradient", (3, 3)), total)
        assert values(page, "Bias gradient", (1, 1)) == g.ravel()[: step + 1].sum()
        assert len(values(page, "Products", (-1,))) == step + 1
        selected = grid(page, "Input").locator("[aria-selected=true]")
        expect(selected).to_have_count(9)
        expect(selected.first).to_have_attribute("aria-label", re.compile(f"^row {row + 1}, column {col + 1}, "))
        expect(cell(page, "Output gradient", row + 1, col + 1)).to_have_attribute("aria-selected", "true")
    _, grad_weight, grad_bias = conv2d_backward(g[None], x[None], weight[None, None])
    assert np.array_equal(total, grad_weight[0, 0])
    assert values(page, "Bias gradient", (1, 1)) == grad_bias


def test_a_chosen_weight_shows_all_its_products(open_page):
    page = open_page("/gradients?step=9")
    x, _, g = given(page)
    told = page.locator("figcaption", has_text="g × x of weight")
    expect(told).to_have_text("g × x of weight (1, 1)")
    choices = [
        (1, 2, lambda: cell(page, "Kernel", 2, 3).click()),
        (2, 0, lambda: cell(page, "Weight gradient", 3, 1).press("Enter")),
    ]
    for row, col, choose in choices:
        choose()
        expect(told).to_have_text(f"g × x of weight ({row + 1}, {col + 1})")
        products = g * x[row : row + 3, col : col + 3]
        assert np.array_equal(values(page, "Products", (3, 3)), products)
        total = f"row {row + 1}, column {col + 1}, value {products.sum() + 0:g}"
        expect(cell(page, "Weight gradient", row + 1, col + 1)).to_have_attribute("aria-label", total)
        expect(status(page)).to_contain_text(f"Weight gradient ({row + 1}, {col + 1}) +=")


def test_the_input_by_scattering_and_by_a_full_convolution(open_page):
    page = open_page("/gradients?of=input")
    x, weight, g = given(page)
    expected = conv2d_backward(g[None], x[None], weight[None, None])[0][0]
    first = values(page, "Input gradient", (5, 5))
    assert np.array_equal(first[:3, :3], g[0, 0] * weight) and not first[3:].any()
    expect(status(page)).to_have_text(
        f"Position (1, 1): g = {g[0, 0]:g}, times the kernel, is added under the window. Input gradient (2, 2) += "
        f"{g[0, 0]:g} × {weight[1, 1]:g} = {g[0, 0] * weight[1, 1]:g}, now {g[0, 0] * weight[1, 1]:g}."
    )
    expect(grid(page, "Input gradient").locator("[aria-selected=true]")).to_have_count(9)
    page.get_by_role("button", name="Last").click()
    assert np.array_equal(values(page, "Input gradient", (5, 5)), expected)
    page.get_by_role("combobox", name="Shown as").select_option("gather")
    expect(grid(page, "Output gradient").get_by_role("gridcell")).to_have_count(7 * 7)
    assert np.array_equal(values(page, "Flipped kernel", (3, 3)), weight[::-1, ::-1])
    page.get_by_role("button", name="Last").click()
    assert np.array_equal(values(page, "Input gradient", (5, 5)), expected)
    page.get_by_role("button", name="First").click()
    expect(cell(page, "Input gradient", 1, 2)).to_have_attribute("aria-label", "row 1, column 2")
    product = f"{g[0, 0]:g}×{weight[0, 0]:g} = {expected[0, 0]:g}"
    expect(status(page)).to_have_text(f"Input gradient (1, 1) = {product}")


def test_a_followed_input_is_told_while_the_window_reaches_it(open_page):
    page = open_page("/gradients?of=input&step=5")
    _, weight, g = given(page)
    cell(page, "Input gradient", 2, 3).click()
    expect(status(page)).to_contain_text(f"Input gradient (2, 3) += {g[1, 1]:g} × {weight[0, 1]:g} = ")
    page.get_by_role("button", name="Next").click()
    expect(status(page)).to_contain_text(f"Input gradient (2, 3) += {g[1, 2]:g} × {weight[0, 0]:g} = ")
    page.get_by_role("button", name="Last").click()
    expect(status(page)).to_contain_text("Input gradient (4, 4) += ")


def test_padding_is_cut_away_and_a_stride_leaves_holes(open_page):
    page = open_page("/gradients?of=input&ph=1&pw=1")
    cut = grid(page, "Input gradient").get_by_role("gridcell", name=re.compile("^cut away with the padding"))
    expect(cut).to_have_count(7 * 7 - 5 * 5)
    page = open_page("/gradients?of=input&view=gather&sh=2&sw=2")
    zeros = grid(page, "Output gradient").get_by_role("gridcell", name="inserted zero, value 0")
    expect(zeros).to_have_count(3 * 3 - 2 * 2)


def test_max_pooling_routes_to_the_winner(open_page):
    page = open_page("/gradients?op=max&h=4&w=4&kh=2&kw=2&sh=2&sw=2&pattern=ramp&grad=ones")
    expect(status(page)).to_have_text(
        "Position (1, 1): g = 1 goes to the largest of the window, (2, 2). Input gradient (2, 2) += 1, now 1."
    )
    page.get_by_role("button", name="Last").click()
    winners = np.zeros((4, 4))
    winners[1::2, 1::2] = 1
    assert np.array_equal(values(page, "Input gradient", (4, 4)), winners)
    page.get_by_role("combobox", name="Operation").select_option("avg")
    expect(status(page)).to_have_text(
        "Position (2, 2): g = 1 is shared by 4 cells. Input gradient (3, 3) += 1 / 4 = 0.25, now 0.25."
    )
    page.get_by_role("combobox", name="Operation").select_option("sum")
    copied = "g = 1 is copied to every cell of the window. Input gradient (3, 3) += 1, now 1."
    expect(status(page)).to_contain_text(copied)


def test_the_forward_pass_first(open_page):
    page = open_page("/gradients?of=forward")
    x, weight = values(page, "Input", (5, 5)), values(page, "Kernel", (3, 3))
    terms = " + ".join(f"{a:g}×{b:g}" for a, b in zip(x[:3, :3].ravel(), weight.ravel(), strict=True))
    expect(status(page)).to_have_text(f"Output (1, 1) = {terms} = {(x[:3, :3] * weight).sum():g}")
    expect(cell(page, "Output", 1, 2)).to_have_attribute("aria-label", "row 1, column 2")
    page.get_by_role("combobox", name="Show").select_option("weights")
    expect(grid(page, "Weight gradient")).to_be_visible()
    assert len(values(page, "Output", (-1,))) == 9


@pytest.mark.first_visit
def test_steps_need_no_server_and_keys_work_from_anywhere(open_page):
    page = open_page("/gradients")
    page.context.set_offline(True)
    for focus in (cell(page, "Input", 1, 1), cell(page, "Weight gradient", 1, 1), slider(page)):
        focus.focus()
        press(page, "Home")
        expect(slider(page)).to_have_value("1")
        press(page, "ArrowRight", "ArrowDown")
        expect(slider(page)).to_have_value("5")
        press(page, "End", "ArrowRight", "ArrowUp")
        expect(slider(page)).to_have_value("6")
    expect(status(page)).to_contain_text("Position (2, 3)")
    cell(page, "Output gradient", 1, 3).click()
    expect(slider(page)).to_have_value("3")


def test_numbers_are_edited_kept_and_undone(open_page):
    page = open_page("/gradients")
    for name, key in (("Output gradient", "g"), ("Input", "x"), ("Kernel", "k")):
        cell(page, name, 1, 2).dblclick()
        page.keyboard.type("7")
        press(page, "Enter")
        expect(cell(page, name, 1, 2)).to_have_attribute("aria-label", "row 1, column 2, value 7")
        expect(page).to_have_url(re.compile(f"[?&]{key}=1_2_7"))
    x, _, g = given(page)
    page.get_by_role("button", name="Last").click()
    expected = conv2d_backward(g[None], x[None], np.zeros((1, 1, 3, 3)))[1][0, 0]
    assert np.array_equal(values(page, "Weight gradient", (3, 3)), expected)
    page.get_by_role("button", name="Undo edit").click()
    expect(cell(page, "Kernel", 1, 2)).to_have_attribute("aria-label", "row 1, column 2, value 1")
    page.get_by_role("button", name="Undo all edits").click()
    expect(cell(page, "Output gradient", 1, 2)).to_have_attribute("aria-label", "row 1, column 2, value 0")
    cell(page, "Input", 1, 1).dblclick()
    page.keyboard.type("abc")
    press(page, "Enter")
    expect(page.locator(".gradients").get_by_role("alert")).to_contain_text("Received: abc.")


def test_what_is_being_typed_outlasts_the_answer_to_what_was_typed_before(open_page):
    page = open_page("/gradients")
    cell(page, "Input", 1, 1).focus()
    press(page, "Enter", "4", "ArrowRight", "6")
    expect(page).to_have_url(re.compile("x=1_1_4"))
    press(page, "3", "Enter")
    expect(cell(page, "Input", 1, 2)).to_have_attribute("aria-label", "row 1, column 2, value 63")


def test_the_stretched_gradient_is_edited_where_it_stands(open_page):
    page = open_page("/gradients?of=input&view=gather&sh=2&sw=2")
    cell(page, "Output gradient", 2, 2).dblclick()
    page.keyboard.type("9")
    press(page, "Enter")
    expect(page).to_have_url(re.compile("[?&]g=2_2_9"))
    expect(cell(page, "Output gradient", 2, 2)).to_have_attribute("aria-label", "row 2, column 2, value 9")


def test_predict_then_reveal(open_page):
    page = open_page("/gradients?hide=values&step=3")
    x, _, g = given(page)
    secrets = grid(page, "Weight gradient").locator(".secret")
    expect(secrets).to_have_count(9)
    expect(cell(page, "Weight gradient", 1, 1)).to_have_attribute("aria-label", "row 1, column 1")
    expect(status(page)).to_contain_text("= ?, now ?. Bias gradient += ")
    guess = page.get_by_label("Your prediction: weight gradient (1, 1) so far")
    right = (g[0] * x[0, :3]).sum()
    guess.fill(f"{right + 1:g}")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator(".gradients").get_by_role("alert")).to_contain_text("is not it yet")
    expect(secrets).to_have_count(9)
    guess.fill(f"{right:g}")
    press(page, "Enter")
    expect(page.locator(".gradients").get_by_role("alert")).to_have_text("Right.")
    expect(secrets).to_have_count(0)
    expect(cell(page, "Weight gradient", 1, 1)).to_have_attribute("aria-label", f"row 1, column 1, value {right:g}")
    page.get_by_role("button", name="Next").click()
    expect(secrets).to_have_count(9)
    page.get_by_role("button", name="Reveal", exact=True).click()
    expect(secrets).to_have_count(0)
    page.get_by_role("button", name="Reveal all").click()
    page.get_by_role("button", name="Last").click()
    expect(secrets).to_have_count(0)
    expect(guess).to_be_hidden()


def test_the_winner_is_not_given_away(open_page):
    page = open_page("/gradients?op=max&h=4&w=4&kh=2&kw=2&sh=2&sw=2&pattern=ramp&grad=ones&hide=values")
    expect(status(page)).to_have_text(
        "Position (1, 1): g = 1 goes to the largest of the window. Input gradient (1, 1) += ?, now ?."
    )
    page.get_by_label("Your prediction: input gradient (1, 1) so far").fill("0")
    press(page, "Enter")
    expect(page.locator(".gradients").get_by_role("alert")).to_have_text("Right.")
    expect(status(page)).to_contain_text("the largest of the window, (2, 2). Input gradient (2, 2) += 1, now 1.")


def test_check_it(open_page):
    page = open_page("/gradients?step=9")
    page.get_by_role("checkbox", name="Check it by finite differences").check()
    rule = grid(page, "Weight gradient: By the rule")
    expect(rule).to_be_visible()
    finite = values(page, "Weight gradient: Finite difference", (3, 3))
    assert np.allclose(finite, values(page, "Weight gradient", (3, 3)), atol=1e-5)
    assert abs(values(page, "Weight gradient: Difference", (3, 3))).max() < 1e-6
    expect(page.locator(".check")).to_contain_text("10 gradients compared: they agree.")
    expect(page).to_have_url(re.compile("check=1"))


def test_a_kink_is_marked_by_more_than_colour(open_page):
    page = open_page("/gradients?op=max&h=4&w=4&kh=2&kw=2&sh=2&sw=2&pattern=checkerboard&grad=ones&check=1")
    tied = grid(page, "Input gradient: Difference").get_by_role("gridcell", name=re.compile("no slope, value -?0.5"))
    expect(tied).to_have_count(8)
    assert tied.first.evaluate("cell => getComputedStyle(cell, '::after').content") == '"≠"'
    expect(page.locator(".check")).to_contain_text("8 cells marked ≠ have no slope")


def test_hovering_shows_what_belongs_together(open_page):
    page = open_page("/gradients")
    readout = page.locator(".gradients [data-part=readout]")
    cell(page, "Kernel", 1, 1).hover()
    expect(grid(page, "Input").locator(".lit")).to_have_count(9)
    expect(readout).to_have_text("Weight (1, 1) is shared: it meets 9 cells, one at each position.")
    cell(page, "Input", 1, 2).hover()
    expect(grid(page, "Output gradient").locator(".lit")).to_have_count(2)
    expect(readout).to_have_text("The cell (row 1, column 2) is read at 2 positions: its gradient has 2 terms.")
    cell(page, "Output gradient", 2, 2).hover()
    expect(readout).to_have_text("Position (2, 2) reads 9 cells.")


def test_presets_start_anew_and_everything_is_in_the_link(open_page):
    page = open_page("/gradients?step=3")
    page.get_by_role("combobox", name="Start from").select_option("stride")
    expect(grid(page, "Flipped kernel")).to_be_visible()
    expect(slider(page)).to_have_value("1")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Share and export").click()
    link = page.get_by_role("dialog").get_by_text(re.compile("of=input.*step=2"))
    expect(link).to_be_visible()
    page = open_page("/gradients" + "?" + link.inner_text().split("?", 1)[1])
    expect(slider(page)).to_have_value("2")
    expect(grid(page, "Flipped kernel")).to_be_visible()


def test_the_derivation_stands_beside_where_there_is_room_and_follows_the_chosen_weight(open_page):
    page = open_page("/gradients", width=1366, height=768)
    picture, derived = page.locator(".gradients"), page.locator(".st-key-derivation")
    expect(derived).to_contain_text("A weight is part of every output")
    cell(page, "Weight gradient", 2, 3).click()
    expect(derived.locator(".katex-display annotation", has_text=r"\partial w_{2,3}")).to_have_count(1)
    for width, beside in ((1366, True), (1920, True), (1024, False), (360, False)):
        page.set_viewport_size({"width": width, "height": 768})
        end = picture.evaluate("picture => picture.getBoundingClientRect().right")
        assert (derived.bounding_box()["x"] >= end) is beside, width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        wide = "parts => parts.every((part) => part.scrollWidth <= part.clientWidth + 1)"
        assert derived.locator(".katex-display").evaluate_all(wide), width


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(open_page, path):
    assert axe(open_page(path)) == []


@pytest.mark.parametrize("path", PAGES)
def test_on_a_phone(open_page, path):
    page = open_page(path, width=360, height=740)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert too_small(page, ".gradients button:visible") == []


def test_the_largest_grids_can_be_read_at_any_width(open_page):
    page = open_page("/gradients?h=32&w=32&kh=5&kw=5&ph=10&pw=10&check=1&of=input&step=2304", width=1366, height=768)
    stage = page.locator(".gradients .stage")
    readout = page.locator(".gradients [data-part=readout]")
    expect(page.locator("figcaption", has_text="Input gradient 52 × 52 with padding")).to_be_visible()
    expect(readout).to_contain_text("Point at a cell to read its number")
    box = status(page).bounding_box()
    assert box["y"] + box["height"] < 768
    for width in (1366, 1024, 360):
        page.set_viewport_size({"width": width, "height": 768})
        assert stage.evaluate("stage => stage.scrollWidth <= stage.clientWidth"), width
    cell(page, "Input gradient", 16, 16).hover()
    number = r"Input gradient, row 16, column 16, value -?\d+\. The cell \(row 16, column 16\) is read at 25 positions"
    expect(readout).to_have_text(re.compile(number + ": its gradient has 25 terms."))
    compared = cell(page, "Input gradient: Difference", 2, 3)
    compared.focus()
    press(page, "ArrowLeft", "ArrowRight")
    told = page.locator(".check [data-part=readout]")
    expect(told).to_have_text(re.compile(r"Input gradient \(2, 3\): by the rule -?\d+, finite difference -?\d+"))
    expect(page.locator(".check .lit")).to_have_count(3)


@pytest.mark.parametrize("path", ["/gradients", "/gradients?of=input", "/gradients?of=input&view=gather"])
def test_it_fits_one_screen(open_page, path):
    page = open_page(path, width=1366, height=768)
    settle(page)
    box = status(page).bounding_box()
    assert box["y"] + box["height"] < 768
    stage = page.locator(".gradients .stage")
    assert stage.evaluate("stage => stage.scrollWidth <= stage.clientWidth")
