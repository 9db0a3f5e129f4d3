"""What a person does on the page of a network's inside, in a real browser."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import axe, too_small
from tests.browser.conftest import settle
from ui.inside import PRESETS, SETTINGS
from ui.settings import link_of

PATH = "/inside"
VIEWS = ["", "?layer=1&map=1", "?method=signals&layer=1&map=1", "?method=occlusion", "?method=ideal&layer=5&map=3",
         f"?ink={'0' * 64}"]


def status(page: Page):
    return page.locator(".inside").get_by_role("status")


def option(page: Page, name: str):
    return page.locator(".inside").get_by_role("option", name=name, exact=True)


def chosen(page: Page):
    return page.locator(".inside [role=option][aria-selected=true]")


def lead(page: Page):
    return page.locator(".inside .lead")


def done(page: Page) -> None:
    """Wait until what the method found is for the chosen map."""
    expect(page.locator(".inside .panel")).to_have_attribute("aria-busy", "false")


def test_it_opens_with_a_map_its_numbers_and_what_excites_it(open_page):
    page = open_page(PATH)
    expect(status(page)).to_contain_text("Convolution 2, map 12 of 16: 10 at its strongest, row 4, column 2")
    expect(page.get_by_role("grid", name="Convolution 2, map 12")).to_be_visible()
    expect(page.get_by_role("grid", name="Input")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Look at this picture"))).to_have_count(9)
    expect(lead(page)).to_contain_text("The 9 of 382 test pictures that excite this map the most")
    expect(page.locator(".inside .picture .field")).to_be_visible()


def test_arrows_walk_over_maps_and_layers(open_page):
    page = open_page(PATH)
    chosen(page).focus()
    walk = [
        ("ArrowRight", "Convolution 2, map 16"), ("ArrowRight", "Pooling 2, map 4"), ("ArrowUp", "Pooling 2, map 3"),
        ("Home", "Pooling 2, map 1"), ("ArrowUp", "Pooling 2, map 1"), ("End", "Pooling 2, map 16"),
    ]
    for key, name in walk:
        page.keyboard.press(key)
        expect(option(page, name)).to_be_focused()
        expect(option(page, name)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(status(page)).to_contain_text(re.compile(r"^Class \d"))
    assert page.locator(".inside [role=option][tabindex='0']").count() == 1
    expect(page).to_have_url(re.compile("layer=5"))
    done(page)


def test_a_map_is_chosen_without_the_server(open_page):
    page = open_page(PATH)
    said = page.evaluate("""() => {
        const host = [...document.querySelectorAll('*')].find((one) => one.shadowRoot?.querySelector('.inside'));
        const root = (host?.shadowRoot ?? document).querySelector('.inside');
        root.querySelector('[aria-label="Convolution 1, map 2"]').click();
        return root.querySelector('[role=status]').textContent;
    }""")
    assert said.startswith("Convolution 1, map 2 of 8: ")


def test_what_excites_a_map_follows_the_choice(open_page):
    page = open_page(PATH)
    option(page, "Convolution 2, map 7").click()
    expect(lead(page)).to_contain_text("None of 382 test pictures gets more than 0 out of this map: it is dead.")
    expect(page.get_by_role("button", name=re.compile("Look at this picture"))).to_have_count(0)
    expect(page).to_have_url(re.compile(r"map=7"))
    page.reload()
    settle(page)
    expect(status(page)).to_contain_text("Convolution 2, map 7 of 16: silent")


def test_pointing_at_a_map_enlarges_it_and_shows_its_kernel(open_page):
    page = open_page(PATH)
    option(page, "Convolution 1, map 1").hover()
    expect(page.get_by_role("grid", name="Kernel of map 1")).to_be_visible()
    expect(page.locator(".inside .loupe")).to_contain_text("An edge: ink grows upwards (87% of the weights' squares).")
    page.get_by_role("grid", name="Convolution 1, map 1").wait_for()
    page.mouse.move(5, 5)
    expect(page.get_by_role("grid", name="Convolution 2, map 12")).to_be_visible()


def test_a_unit_of_the_enlarged_map_tells_what_it_sees(open_page):
    page = open_page(f"{PATH}?layer=1&map=1")
    page.get_by_role("grid", name="Convolution 1, map 1").get_by_role("gridcell").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(status(page)).to_contain_text("unit (2, 2)")
    expect(status(page)).to_contain_text("It sees rows 1 to 3 and columns 1 to 3 of the picture.")


def test_a_patch_becomes_the_picture(open_page):
    page = open_page(PATH)
    button = page.get_by_role("button", name=re.compile("Look at this picture")).nth(2)
    button.click()
    expect(page).to_have_url(re.compile(r"n=\d+"))
    expect(page.locator(".inside .input")).to_contain_text(re.compile(r"Class 2: test picture \d+ of 37"))
    expect(status(page)).to_contain_text("Convolution 2, map 12 of 16: 10.7 at its strongest")


def test_occlusion_by_keyboard(open_page):
    page = open_page(f"{PATH}?class=9&n=3&layer=5&map=10&method=occlusion")
    grid = page.get_by_role("grid", name="Probability of 9")
    grid.get_by_role("gridcell").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    covered = r"^Covered rows 1 to 3 and columns 4 to 6: probability of 9 1\.000 → 0\.0"
    expect(status(page)).to_contain_text(re.compile(covered))
    expect(page.locator(".inside .picture .covers")).to_be_visible()
    another = grid.get_by_role("gridcell", name=re.compile("taken for another class"))
    expect(another.first).to_have_class(re.compile("changed"))
    page.get_by_role("slider", name="Rows and columns covered").press("ArrowRight")
    expect(lead(page)).to_contain_text("4×4 square")
    expect(grid.get_by_role("gridcell")).to_have_count(5 * 5)


def test_the_methods(open_page):
    page = open_page(PATH)
    page.get_by_role("button", name="What moves it").click()
    for name in ("Gradient", "Guided backprop", "Deconvnet"):
        expect(page.get_by_role("grid", name=name)).to_be_visible()
    page.get_by_role("button", name="Ideal input").click()
    expect(lead(page)).to_contain_text(re.compile(r"80 steps up the gradient of the map's middle unit, from noise"))
    expect(page.get_by_role("grid", name="Ideal input")).to_be_visible()
    expect(page).to_have_url(re.compile("method=ideal"))


def test_a_drawing_goes_through_the_network(open_page):
    page = open_page(PATH)
    page.get_by_role("button", name="Draw on it").click()
    pad = page.get_by_role("img", name=re.compile("Drawing pad"))
    expect(pad).to_be_focused()
    page.keyboard.press("Delete")
    expect(page).to_have_url(re.compile(f"ink={'0' * 64}"))
    box = pad.bounding_box()
    across = box["x"] + box["width"] * 0.5
    page.mouse.move(across, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(across, box["y"] + box["height"] - 8, steps=6)
    page.mouse.up()
    one = re.compile(r"^Class 1: score .*, probability (0\.[5-9]|1\.0)")
    expect(page.get_by_role("option", name=one)).to_be_visible()
    page.wait_for_timeout(500)
    page.reload()
    settle(page)
    expect(page.locator(".inside .input")).to_contain_text("Your drawing")
    page.get_by_role("button", name="Test picture", exact=True).click()
    expect(page).not_to_have_url(re.compile("ink="))
    expect(page.get_by_role("grid", name="Input")).to_be_visible()


def test_another_class_and_a_preset(open_page):
    page = open_page(PATH)
    page.get_by_role("combobox", name="Class of the test picture").select_option("7")
    expect(page.locator(".inside .input")).to_contain_text(re.compile(r"Class 7: test picture 1 of \d+"))
    page.get_by_role("combobox", name="Start from").select_option("mistaken")
    expect(page.locator(".inside .bars")).to_contain_text("✗")
    expect(page.get_by_role("grid", name="Guided backprop")).to_be_visible()


def test_share(open_page):
    page = open_page(f"{PATH}?layer=1&map=2")
    page.get_by_role("button", name="Share and export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("layer=1&map=2")
    dialog.get_by_role("tab", name="Figure").click()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download SVG").click()
    assert "Convolution 1, map 2 of 8" in download.value.path().read_text()
    dialog.get_by_role("tab", name="Data").click()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download the maps (npz)").click()
    assert download.value.suggested_filename == "inside-convolution-1-2.npz"


def test_the_network_of_this_sessions_training(open_page):
    page = open_page("/train")
    page.get_by_role("button", name="One step").click()
    expect(page.locator("[data-part=now]")).to_contain_text("step 1: loss")
    page.get_by_role("link", name="Inside", exact=True).click()
    settle(page)
    page.get_by_role("combobox", name="Network", exact=True).select_option("own")
    expect(page.locator(".inside")).to_contain_text(re.compile(r"The network of the page Train, after \d+ step"))


@pytest.mark.parametrize("view", VIEWS)
def test_axe(open_page, view):
    assert axe(open_page(PATH + view)) == []


@pytest.mark.parametrize("view", VIEWS)
def test_phone(open_page, view):
    page = open_page(PATH + view, width=360, height=740)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", PRESETS)
def test_the_picture_fits_one_screen(open_page, name):
    page = open_page(f"{PATH}?{urlencode(link_of(SETTINGS, PRESETS[name].settings))}", width=1366, height=768)
    parts = page.locator(".inside .columns, .inside .loupe, .inside .found > *")
    assert parts.evaluate_all("parts => Math.max(...parts.map((part) => part.getBoundingClientRect().bottom))") < 768


def test_a_phone_shows_the_whole_way_and_the_chosen_map(open_page):
    page = open_page(PATH, width=360, height=740)
    columns, way = page.locator(".inside .columns"), page.get_by_role("group", name="Go to a layer")
    expect(way.get_by_role("button")).to_have_text(["Edge", "Edge, pooled", "Motif and part", "Part, pooled", "Class"])

    def in_sight(name: str) -> bool:
        """Whether a map is between the ends of what is seen of the columns."""
        inside, box = columns.bounding_box(), option(page, name).bounding_box()
        return inside["x"] <= box["x"] and box["x"] + box["width"] <= inside["x"] + inside["width"]

    assert in_sight("Convolution 2, map 12")
    way.get_by_role("button", name="Edge", exact=True).click()
    assert in_sight("Convolution 1, map 1") and not in_sight("Convolution 2, map 12")
    expect(page.locator(".inside [data-part=hint]")).to_have_text("There is more on the right: scroll sideways.")
    page.set_viewport_size({"width": 1366, "height": 768})
    expect(way).to_be_hidden()
    expect(page.locator(".inside [data-part=hint]")).to_be_hidden()


def test_targets_are_large_enough_to_hit(open_page):
    page = open_page(PATH, width=360, height=740)
    assert too_small(page, ".inside button:visible, .inside [role=option]") == []
