"""What a person does on the receptive field's page, in a real browser."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import axe, too_small
from tests.browser.conftest import settle
from tests.browser.grids import press
from ui.receptive_field import PRESETS, SETTINGS
from ui.settings import link_of

PATH = "/receptive_field"
VIEWS = ["", "?view=maps&row=1&col=1&layers=conv_3_1_1_1~conv_3_1_1_1", "?view=coverage&h=12&w=12&layers=conv_2_3",
         "?view=effective", "?view=coverage&h=60&w=60&layers=conv_2_3"]
VGG = urlencode(link_of(SETTINGS, PRESETS["vgg16"].settings))


def status(page: Page):
    return page.locator(".receptive").get_by_role("status")


def stage(page: Page):
    return page.get_by_role("application")


def seen(page: Page) -> int:
    """How many circles of the tower are marked as seen."""
    return page.locator(".receptive circle.seen").count()


def told(row: int, col: int, layer: int, name: str = "3×3 conv") -> str:
    return f"Unit (row {row}, column {col}) of layer {layer}, {name},"


def test_the_lectures_question_is_answered(open_page):
    page = open_page(PATH)
    expect(status(page)).to_have_text(
        f"{told(2, 2, 2)} sees rows 2 to 6 and columns 2 to 6 of the input: a field of 5×5."
    )
    assert seen(page) == 3 + 5
    expect(page.get_by_role("row", name="2 3×3 conv")).to_contain_text("3 + (3 − 1)·1 = 5")


def test_keys_move_the_unit_and_change_its_layer(open_page):
    page = open_page(PATH)
    stage(page).focus()
    press(page, "ArrowRight")
    expect(status(page)).to_contain_text("sees rows 2 to 6 and columns 3 to 7")
    press(page, "ArrowRight")  # the last there is
    expect(status(page)).to_contain_text(told(2, 3, 2))
    press(page, "Home")
    expect(status(page)).to_contain_text("columns 1 to 5")
    press(page, "ArrowDown")
    expect(status(page)).to_contain_text(f"{told(3, 2, 1)} sees rows 3 to 5 and columns 2 to 4")
    press(page, "ArrowDown")
    expect(status(page)).to_contain_text("layer 1")
    press(page, "Alt+ArrowUp")
    expect(status(page)).to_contain_text("layer 2")
    expect(page).to_have_url(re.compile(r"layer=2.*col="))
    page.get_by_role("button", name="Maps").click()
    stage(page).focus()
    press(page, "ArrowDown", "End")
    expect(status(page)).to_contain_text(told(3, 3, 2))
    press(page, "Alt+ArrowDown")
    expect(status(page)).to_contain_text("layer 1")
    press(page, "PageDown")  # belongs to the page, not to the picture
    expect(status(page)).to_contain_text("layer 1")


def test_a_click_on_a_unit_of_any_layer_chooses_it(open_page):
    page = open_page(PATH)
    circles = page.locator(".receptive circle.unit")
    circles.nth(7).click()  # after the input's seven: the first of layer 1
    expect(status(page)).to_contain_text("of layer 1, 3×3 conv, sees")
    expect(status(page)).to_contain_text("columns 1 to 3")
    assert seen(page) == 3
    page.get_by_role("button", name="Maps").click()
    box = page.locator(".receptive rect.map").nth(2).bounding_box()
    page.mouse.click(box["x"] + box["width"] - 5, box["y"] + 5)
    expect(status(page)).to_contain_text(f"{told(1, 3, 2)} sees rows 1 to 5 and columns 3 to 7")
    expect(page).to_have_url(re.compile("row=1&col=3&view=maps"))
    page.reload()
    settle(page)
    expect(status(page)).to_contain_text(told(1, 3, 2))


def test_the_unit_is_chosen_without_the_server(open_page):
    page = open_page(PATH)
    stage(page).focus()
    page.evaluate("window.drawn = []")
    page.evaluate("""() => {
        const host = [...document.querySelectorAll('*')].find((one) => one.shadowRoot?.querySelector('.receptive'));
        const status = (host?.shadowRoot ?? document).querySelector('.receptive [role=status]');
        const stage = (host?.shadowRoot ?? document).querySelector('.receptive [role=application]');
        stage.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
        window.drawn.push(status.textContent);
    }""")
    assert "columns 3 to 7" in page.evaluate("window.drawn[0]")


def test_menu_and_numbers_choose_the_unit_too(open_page):
    page = open_page(PATH)
    page.get_by_role("combobox", name="Layer", exact=True).select_option("1")
    page.get_by_role("spinbutton", name="Row").fill("5")
    page.get_by_role("spinbutton", name="Column").fill("1")
    expect(status(page)).to_contain_text(f"{told(5, 1, 1)} sees rows 5 to 7 and columns 1 to 3")


def test_padding_is_told_and_drawn_apart(open_page):
    page = open_page(f"{PATH}?layers=conv_3_1_1~conv_3_1_1&row=1&col=7")
    expect(status(page)).to_contain_text(
        "sees rows 1 to 3 and columns 5 to 7 of the input: a field of 5×5. "
        "The field goes on over padding: 2 rows above, 2 columns to the right."
    )
    expect(page.locator(".receptive rect.beyond")).to_have_count(2)
    expect(page.locator(".receptive circle.padding")).to_have_count(4)
    page.get_by_role("button", name="Maps").click()
    expect(page.locator(".receptive rect.beyond")).to_have_count(2)


def test_a_pooling_put_between_the_layers_makes_the_field_grow(open_page):
    page = open_page(f"{PATH}?h=16&w=16")
    expect(page.get_by_role("row", name="2 3×3 conv")).to_contain_text("= 5")
    page.get_by_role("button", name="Add a layer").click()
    page.get_by_role("combobox", name="Kind of layer 3").select_option("max")
    expect(page.get_by_role("row", name="3 3×3 max pool")).to_contain_text("5 + (3 − 1)·1 = 7")
    page.get_by_role("button", name="Move up layer 3").click()
    expect(page.get_by_role("row", name="2 3×3 max pool")).to_contain_text("3 + (3 − 1)·1 = 5")
    expect(status(page)).to_contain_text("of layer 3")


def test_what_was_said_of_a_number_goes_with_the_next_one(open_page):
    page = open_page("/receptive_field")
    dilation = page.get_by_label("Dilation of layer 1")
    told = page.get_by_test_id("stAlert").filter(has_text="in place of")
    dilation.fill("1e9")
    dilation.press("Enter")
    expect(told).to_be_visible()
    expect(dilation).to_have_value("3")
    dilation.fill("2.7")  # rounded to what it is
    dilation.press("Enter")
    expect(told).to_have_count(0)


def test_presets(open_page):
    page = open_page(PATH)
    page.get_by_role("combobox", name="Start from").select_option("grow")
    expect(status(page)).to_contain_text("a field of 18×18")
    for value in ("3", "4", "8", "10", "18"):
        expect(page.locator(".receptive tbody td").get_by_text(re.compile(rf"= {value}$")).first).to_be_visible()
    page.get_by_role("combobox", name="Start from").select_option("vgg16")
    expect(status(page)).to_contain_text("sees rows 7 to 218 and columns 7 to 218 of the input: a field of 212×212")
    page.get_by_role("combobox", name="Start from").select_option("gridding")
    expect(status(page)).to_contain_text("sees 7 of the rows 3 to 15")


def test_inputs_that_are_never_seen_are_named_and_marked(open_page):
    page = open_page(PATH)
    page.get_by_role("combobox", name="Start from").select_option("holes")
    expect(status(page)).to_contain_text("Never seen: rows 3, 6, 9, 12, 15, 18")
    grid = page.get_by_role("grid", name="Coverage of the input")
    expect(grid.get_by_role("gridcell", name="row 3, column 1, value 0")).to_have_class("uncovered")
    page.get_by_role("combobox", name="Count, for each input").select_option("ways")
    expect(status(page)).to_contain_text("Ways up to the units")


def test_the_effective_field_follows_the_unit(open_page):
    page = open_page(f"{PATH}?h=12&w=12&layers=conv_3_1_1~conv_3_1_1~conv_3_1_1")
    page.get_by_role("button", name="Effective field").click()
    expect(page.get_by_role("img", name=re.compile("How much each input .* Theoretical field: 7×7"))).to_be_visible()
    numbers = page.locator(".receptive dl")
    expect(numbers).to_contain_text("√(Σ (j·d)²·(k² − 1)/12) = 1.41")
    page.get_by_role("combobox", name="Weights").select_option("equal")
    expect(numbers).to_contain_text("1.41 (equal weights)")
    page.get_by_role("spinbutton", name="Row").fill("1")
    expect(numbers).not_to_contain_text("σ1.41 (equal weights)")
    expect(page.locator(".receptive .stale")).to_have_count(0)
    expect(page).to_have_url(re.compile("row=1"))


def test_share(open_page):
    page = open_page(f"{PATH}?layer=1&row=2&col=4")
    page.get_by_role("button", name="Share and export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("layer=1&row=2&col=4")
    dialog.get_by_role("tab", name="Figure").click()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download SVG").click()
    assert "Unit (2, 4) of layer 1 sees rows 2–4 and columns 4–6" in download.value.path().read_text()


@pytest.mark.parametrize("view", VIEWS)
def test_axe(open_page, view):
    assert axe(open_page(PATH + view)) == []


@pytest.mark.parametrize("view", [*VIEWS, f"?{VGG}", f"?view=maps&{VGG}"])
def test_phone(open_page, view):
    page = open_page(PATH + view, width=360, height=740)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("view", ["", f"?{VGG}", f"?view=maps&{VGG}", "?view=coverage", f"?view=effective&{VGG}"])
def test_the_picture_fits_one_screen(open_page, view):
    page = open_page(PATH + view, width=1366, height=768)
    box = page.locator(".receptive .legend").bounding_box()
    assert box["y"] + box["height"] < 768


def test_targets_are_large_enough_to_hit(open_page):
    page = open_page(PATH, width=360, height=740)
    assert too_small(page, ".receptive button:visible, .receptive select:visible, .receptive summary") == []
