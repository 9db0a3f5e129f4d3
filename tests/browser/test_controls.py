"""Every kind of control, worked as a person does, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import axe
from tests.browser.conftest import settle
from tools.drive import Server, serve


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page with every control instead of the app."""
    with serve(tmp_path_factory.mktemp("controls") / "log.txt", "tests/browser/pages/every_control.py") as running:
        yield running


def holds(page: Page, text: str) -> None:
    expect(page.get_by_test_id("stText")).to_contain_text(text)


def test_a_slider_over_stops_says_its_title(open_page):
    page = open_page()
    slider = page.get_by_role("slider", name="Norm")
    expect(slider).to_have_attribute("aria-valuetext", "2")
    slider.press("ArrowRight")
    holds(page, "p=inf")
    expect(slider).to_have_attribute("aria-valuetext", "∞")
    slider.press("Home")
    holds(page, "p=1.0")


def test_lines_are_sent_when_typing_rests_and_what_is_wrong_is_said(open_page):
    page = open_page()
    box = page.get_by_role("textbox", name="Note")
    box.press_sequentially("a bad\nthing")
    holds(page, r"note='a bad\nthing'")
    expect(page.get_by_role("alert").filter(has_text="Write nothing bad.")).to_be_visible()
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill("")
    holds(page, "note=''")
    expect(box).to_have_attribute("aria-invalid", "false")
    expect(box).to_be_focused()


def test_a_stack_grows_is_changed_moved_and_shrinks(open_page):
    page = open_page()
    page.get_by_role("button", name="Add a layer").click()
    holds(page, "rows=(('conv', 3, 1), ('conv', 3, 1))")
    page.get_by_role("combobox", name="Kind of layer 2").select_option("Max pooling")
    holds(page, "rows=(('conv', 3, 1), ('max', 3, 1))")  # numbers of the same name stay
    page.get_by_role("spinbutton", name="Kernel of layer 2").fill("2")
    holds(page, "rows=(('conv', 3, 1), ('max', 3, 1))")  # not while it is being typed
    page.keyboard.press("Enter")
    holds(page, "rows=(('conv', 3, 1), ('max', 2, 1))")
    page.get_by_role("button", name="Move up layer 2").click()
    holds(page, "rows=(('max', 2, 1), ('conv', 3, 1))")
    expect(page.get_by_role("button", name="Move down layer 1")).to_be_enabled()
    page.get_by_role("button", name="Remove layer 1").click()
    holds(page, "rows=(('conv', 3, 1),)")
    expect(page).not_to_have_url(re.compile("rows="))  # the default again
    page.get_by_role("button", name="Remove layer 1").click()
    holds(page, "rows=()")


def test_a_stack_has_an_end_and_keeps_its_numbers_in_range(open_page):
    page = open_page("/?rows=conv_3_1~relu~max_2_2")
    expect(page.get_by_role("button", name="Add a layer")).to_be_disabled()
    kernel = page.get_by_role("spinbutton", name="Kernel of layer 1")
    for typed, kept in (("99", 11), ("-3", 1), ("4.6", 5), ("", 5)):
        kernel.fill(typed)
        kernel.press("Tab")
        expect(kernel).to_have_value(str(kept))
        holds(page, f"rows=(('conv', {kept}, 1), ('relu',), ('max', 2, 2))")
        said = {"99": "Kernel of layer 1: the most is 11.", "-3": "Kernel of layer 1: the least is 1."}.get(typed)
        expect(page.get_by_text("Kernel of layer 1: the")).to_have_text([said] if said else [])


def test_a_number_that_cannot_be_becomes_the_nearest_that_can(open_page):
    page = open_page()
    bias = page.get_by_role("spinbutton", name="Bias")
    for typed, kept in (("99", "9"), ("-1e3", "-9"), ("2.5", "2.5"), ("", "2.5")):
        bias.fill(typed)
        bias.press("Tab")
        expect(bias).to_have_value(kept)
        holds(page, f"bias={float(kept)}")
        said = {"99": "The most is 9.", "-1e3": "The least is -9."}.get(typed, "")
        expect(bias).to_have_accessible_description(said)
        expect(bias).to_have_accessible_name("Bias")
    bias.fill("")
    bias.press_sequentially("1")
    holds(page, "bias=1.0")
    bias.press_sequentially("e5")  # the answer to its first digit leaves the rest
    page.get_by_role("slider", name="How many").evaluate("""slider => {
        slider.value = 4;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    holds(page, "n=4 ")
    expect(bias).to_have_value("1e5")
    bias.press("Tab")
    holds(page, "bias=9.0")
    expect(page.get_by_text("The most is 9.")).to_be_visible()


def test_the_arrows_of_a_stacks_number_count_at_once(open_page):
    page = open_page()
    page.get_by_role("spinbutton", name="Kernel of layer 1").press("ArrowUp")
    holds(page, "rows=(('conv', 4, 1),)")


def test_a_key_on_a_closed_menu_picks_nothing(open_page):
    page = open_page()
    menu = page.get_by_role("combobox", name="Start from")
    menu.focus()
    for key in ("Home", "End", "PageDown", "f"):
        page.keyboard.press(key)
    holds(page, "n=3 ")
    menu.select_option("Five")
    holds(page, "n=5 ")
    expect(menu).to_have_value("")  # nothing stays picked


def test_a_button_sends_each_press(open_page):
    page = open_page()
    button = page.get_by_role("button", name="Press me")
    button.click()
    holds(page, "pressed=1")
    button.press("Enter")
    holds(page, "pressed=2")


def test_nothing_serious_for_axe(open_page):
    page = open_page("/?rows=conv_3_1~relu~max_2_2&note=bad")
    settle(page)
    assert axe(page) == []
