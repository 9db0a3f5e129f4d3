"""What a person does on the stepper's page, in a real browser."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from conv import conv2d
from conv.kernels import kernel
from conv.patterns import pattern
from tests.browser.conftest import settle
from tests.browser.grids import cell, grid, numbers, press

RAMP = "/explore?pattern=ramp&kernel=ramp"


def status(page: Page):
    return page.locator(".stepper").get_by_role("status")


def test_the_lectures_example_step_by_step(open_page):
    page = open_page(RAMP)
    x, weight = pattern("ramp", 7), kernel("ramp", 3)
    expected = conv2d(x[None], weight[None, None])[0]
    expect(cell(page, "Input", 2, 3)).to_have_attribute("aria-label", "row 2, column 3, value 9")
    terms = " + ".join(f"{x[r, c]:g}×{weight[r, c]:g}" for r in range(3) for c in range(3))
    expect(status(page)).to_have_text(f"Output (1, 1) = {terms} = {expected[0, 0]:g}")
    selected = grid(page, "Input").locator("[aria-selected=true]")
    expect(selected).to_have_count(9)
    expect(cell(page, "Output", 1, 1)).to_have_attribute("aria-selected", "true")
    expect(cell(page, "Output", 1, 2)).to_have_attribute("aria-label", "row 1, column 2")
    page.get_by_role("button", name="Next").click()
    expect(cell(page, "Output", 1, 2)).to_have_attribute("aria-label", f"row 1, column 2, value {expected[0, 1]:g}")
    expect(selected.first).to_have_attribute("aria-label", "row 1, column 2, value 1")
    page.get_by_role("button", name="Last").click()
    assert numbers(page, "Output") == expected.ravel().tolist()


def test_keys_step_from_anywhere(open_page):
    page = open_page(RAMP)
    slider = page.get_by_role("slider", name="Step", exact=True)
    button = page.get_by_role("button", name="Next")
    for focus in (cell(page, "Input", 1, 1), cell(page, "Kernel", 1, 1), button, slider):
        focus.focus()
        press(page, "Home")
        expect(slider).to_have_value("1")
        press(page, "ArrowRight", "ArrowRight", "ArrowLeft")
        expect(slider).to_have_value("2")
        press(page, "ArrowDown")
        expect(slider).to_have_value("7")
        press(page, "ArrowUp")
        expect(slider).to_have_value("2")
        press(page, "End", "ArrowRight")
        expect(slider).to_have_value("25")
    cell(page, "Output", 5, 5).focus()
    press(page, "Home", "ArrowRight")
    expect(cell(page, "Output", 1, 2)).to_be_focused()


def test_nothing_moves_until_it_is_played(open_page):
    page = open_page(RAMP)
    slider = page.get_by_role("slider", name="Step", exact=True)
    page.wait_for_timeout(600)
    expect(slider).to_have_value("1")
    page.get_by_role("slider", name="Speed").focus()
    press(page, "End", " ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(slider).to_have_value("25", timeout=5000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    press(page, " ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    press(page, " ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_the_speed_slider_is_read(open_page):
    page = open_page(RAMP + "&h=20&w=20")
    slider, speed = page.get_by_role("slider", name="Step", exact=True), page.get_by_role("slider", name="Speed")
    reached = []
    for key in ("Home", "End"):
        speed.focus()
        press(page, key)
        page.get_by_role("button", name="First").click()
        page.get_by_role("button", name="Play").click()
        page.wait_for_timeout(1500)
        page.get_by_role("button", name="Pause").click()
        reached.append(int(slider.input_value()))
    assert reached[1] > 4 * reached[0]


def test_hovering_shows_what_belongs_together(open_page):
    page = open_page(RAMP)
    readout = page.locator("[data-part=readout]")
    cell(page, "Input", 3, 3).hover()
    expect(grid(page, "Output").locator(".lit")).to_have_count(9)
    expect(readout).to_have_text("Input (row 3, column 3) is read by 9 outputs.")
    cell(page, "Input", 1, 1).hover()
    expect(grid(page, "Output").locator(".lit")).to_have_count(1)
    cell(page, "Kernel", 1, 1).hover()
    expect(grid(page, "Input").locator(".lit")).to_have_count(25)
    cell(page, "Output", 2, 2).hover()
    expect(grid(page, "Input").locator(".lit")).to_have_count(9)
    cell(page, "Input", 1, 1).click()
    page.mouse.move(0, 0)
    expect(grid(page, "Output").locator(".lit")).to_have_count(1)
    cell(page, "Output", 5, 5).click()
    expect(page.get_by_role("slider", name="Step", exact=True)).to_have_value("25")


def test_values_are_edited_in_place_kept_and_undone(open_page):
    page = open_page(RAMP)
    cell(page, "Input", 1, 1).focus()
    press(page, "Enter")
    page.keyboard.type("1/4")
    press(page, "Enter")
    expect(cell(page, "Input", 1, 1)).to_have_attribute("aria-label", "row 1, column 1, value 0.25")
    expect(page).to_have_url(re.compile("x=1_1_0.25"))
    cell(page, "Kernel", 2, 2).dblclick()
    page.keyboard.type("-3")
    press(page, "ArrowRight", "Escape")
    expect(cell(page, "Kernel", 2, 2)).to_have_attribute("aria-label", "row 2, column 2, value -3")
    page.get_by_role("slider", name="Stride").focus()
    press(page, "ArrowRight")
    expect(grid(page, "Output").get_by_role("gridcell")).to_have_count(9)
    expect(cell(page, "Input", 1, 1)).to_have_attribute("aria-label", "row 1, column 1, value 0.25")
    expect(cell(page, "Kernel", 2, 2)).to_have_attribute("aria-label", "row 2, column 2, value -3")
    page.get_by_role("button", name="Undo edit").click()
    expect(cell(page, "Kernel", 2, 2)).to_have_attribute("aria-label", "row 2, column 2, value 5")
    page.get_by_role("button", name="Undo all edits").click()
    expect(cell(page, "Input", 1, 1)).to_have_attribute("aria-label", "row 1, column 1, value 0")


def test_what_is_being_typed_outlasts_a_size_that_comes_meanwhile(open_page):
    page = open_page(RAMP)
    cells = grid(page, "Input").get_by_role("gridcell")
    cell(page, "Input", 2, 2).dblclick()
    page.keyboard.type("4")
    before = cells.count()
    page.get_by_role("slider", name="Input height and width").evaluate(
        "slider => { slider.stepUp(); slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(cells).not_to_have_count(before)
    press(page, "Enter")
    expect(cell(page, "Input", 2, 2)).to_have_attribute("aria-label", "row 2, column 2, value 4")


def test_quick_changes_of_different_kinds_are_all_kept(open_page):
    page = open_page(RAMP)
    stride = page.get_by_role("slider", name="Stride")
    for value, (key, outputs) in enumerate([("ArrowRight", 9), ("ArrowLeft", 25)] * 5, start=1):
        cell(page, "Input", 1, 1).focus()
        press(page, *str(value), "Enter")
        stride.focus()
        press(page, key)
        expect(grid(page, "Output").get_by_role("gridcell")).to_have_count(outputs)
        expect(cell(page, "Input", 1, 1)).to_have_attribute("aria-label", f"row 1, column 1, value {value}")
        expect(stride).to_have_value("2" if outputs == 9 else "1")


def test_typing_fast_along_a_row_loses_nothing(open_page):
    page = open_page(RAMP)
    cell(page, "Input", 1, 1).focus()
    press(page, "Enter")
    for value in range(2, 9):
        press(page, str(value), "ArrowRight")
    press(page, "Escape")
    page.wait_for_timeout(500)
    assert numbers(page, "Input")[:7] == [2, 3, 4, 5, 6, 7, 8]


def test_what_a_link_says_is_not_markdown(open_page):
    page = open_page("/explore?h=![](http://127.0.0.1:9/x.png)&op=[a](http://127.0.0.1:9)")
    expect(page.get_by_test_id("stAlert").get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_test_id("stAlert").get_by_role("link")).to_have_count(0)


def test_coming_back_from_another_page_finds_everything_as_it_was(open_page):
    page = open_page("/explore?h=9&w=9")
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="Convolution Visualiser")).to_be_visible()
    settle(page)
    page.get_by_test_id("stTopNav").get_by_role("link", name="Explore", exact=True).click()
    expect(grid(page, "Output").get_by_role("gridcell")).to_have_count(49)
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="Convolution Visualiser")).to_be_visible()
    settle(page)
    page.get_by_role("link", name="7×7 input, 3×3 kernel").click()
    expect(grid(page, "Output").get_by_role("gridcell")).to_have_count(25)


@pytest.mark.parametrize("nonsense", ["abc", "1/0", "1e99", "--2"])
def test_nonsense_in_a_cell_gets_a_sentence_and_stays(open_page, nonsense):
    page = open_page(RAMP)
    cell(page, "Input", 1, 1).focus()
    press(page, "Enter")
    page.keyboard.type(nonsense)
    press(page, "Enter")
    box = grid(page, "Input").get_by_role("textbox")
    expect(box).to_have_value(nonsense)
    expect(page.locator(".stepper").get_by_role("alert")).to_contain_text(f"Received: {nonsense}.")
    box.fill("2")
    box.press("Enter")
    expect(cell(page, "Input", 1, 1)).to_have_attribute("aria-label", "row 1, column 1, value 2")


def test_there_is_one_editor_and_what_it_refused_gives_way(open_page):
    page = open_page(RAMP)
    box = page.locator(".stepper").get_by_role("gridcell").get_by_role("textbox")
    told = page.locator(".stepper").get_by_role("alert")
    cell(page, "Input", 1, 1).dblclick()
    page.keyboard.type("abc")
    press(page, "Enter")
    box.dblclick()  # selects the word
    expect(box).to_have_value("abc")
    page.keyboard.type("5")
    press(page, "Enter")
    expect(cell(page, "Input", 1, 1)).to_have_attribute("aria-label", "row 1, column 1, value 5")
    expect(box).to_have_count(0)
    cell(page, "Input", 2, 2).dblclick()
    page.keyboard.type("abc")
    page.get_by_role("heading", name="Slide a window").click()
    expect(told).to_contain_text("Received: abc.")
    cell(page, "Kernel", 2, 2).dblclick()
    expect(box).to_have_value("5")
    expect(told).to_be_empty()
    page.keyboard.type("1e308")
    press(page, "Enter")
    expect(told).to_contain_text("Received: 1e308.")
    box.fill("5")  # as it was: nothing is sent
    press(page, "Enter")
    expect(told).to_be_empty()


def test_on_a_phone_the_products_use_the_width(open_page):
    for path, text in [(RAMP, "0"), ("/explore?op=max&h=6&w=6&kh=6&kw=6", "largest")]:
        page = open_page(path, width=360)
        product = page.locator(".product", has_text=re.compile(f"^{text}$")).first
        size, room = product.evaluate(
            "part => [parseFloat(getComputedStyle(part).fontSize), part.parentElement.clientWidth - part.offsetWidth]"
        )
        assert size >= 12 and room >= 0


def test_hidden_values_are_not_in_the_page(open_page):
    page = open_page("/explore?pattern=ramp&kernel=ramp&hide=values&h=5&w=5")
    secret = str(int(conv2d(pattern("ramp", 5)[None], kernel("ramp", 3)[None, None])[0, 0, 0]))  # a 3-digit number
    assert len(secret) == 3
    html = "[...document.querySelectorAll('*')].map(e => e.outerHTML + (e.shadowRoot?.innerHTML ?? '')).join()"
    told = re.compile(rf"(?<![0-9a-z]){secret}(?![0-9a-z])")  # and not three of the digits of some element's hash
    assert not told.search(page.evaluate(html))
    expect(status(page)).to_have_text(re.compile(r"= \?$"))
    guess = page.get_by_label("Your prediction")
    guess.fill("1")
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".stepper").get_by_role("alert")).to_contain_text("not it yet")
    guess.fill(secret)
    page.get_by_role("button", name="Check").click()
    expect(status(page)).to_have_text(re.compile(rf"= {secret}$"))
    assert told.search(page.evaluate(html))
    page.get_by_role("button", name="Last").click()
    page.get_by_role("button", name="Reveal all").click()
    assert len(numbers(page, "Output")) == 9


def test_a_hidden_size_is_predicted_then_revealed(open_page):
    page = open_page("/explore?hide=size&h=10&w=10&sh=2&sw=2")
    expect(grid(page, "Output")).to_have_count(0)
    unread = page.locator(".stepper").get_by_text("read by no window")  # it would tell the size
    expect(unread).to_have_count(0)
    expect(page.locator(".stepper .uncovered")).to_have_count(0)
    expect(page.get_by_role("slider", name="Step", exact=True)).to_have_count(0)
    page.get_by_label("Rows", exact=True).fill("a")
    page.get_by_label("Columns", exact=True).fill("4")
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".stepper").get_by_role("alert")).to_contain_text("whole numbers, such as 5. Received: a.")
    page.get_by_label("Rows", exact=True).fill("5")
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".stepper").get_by_role("alert")).to_contain_text("The rows are not right yet")
    page.get_by_label("Rows", exact=True).fill("4")
    page.get_by_role("button", name="Check").click()
    expect(grid(page, "Output").get_by_role("gridcell")).to_have_count(16)
    expect(unread).to_be_visible()
    assert page.locator(".stepper .uncovered").count() > 0


def test_the_link_brings_everything_back(open_page, page, server):
    open_page("/explore?h=9&w=8&pattern=checkerboard&kernel=sharpen&pad=same&x=2_2_7&step=12&scale=fixed")
    expect(page.get_by_role("slider", name="Step", exact=True)).to_have_value("12")
    expect(cell(page, "Input", 2, 2)).to_have_attribute("aria-label", "row 2, column 2, value 7")
    cell(page, "Output", 1, 1).focus()
    press(page, "Home", "ArrowRight", "ArrowRight")
    expect(page).to_have_url(re.compile("step=3"))
    link = page.url
    page.reload()
    settle(page)
    expect(page.get_by_role("slider", name="Step", exact=True)).to_have_value("3")
    expect(grid(page, "Output").get_by_role("gridcell")).to_have_count(72)
    assert page.url == link
    second = page.context.new_page()
    second.goto(link)
    settle(second)
    expect(second.get_by_role("slider", name="Step", exact=True)).to_have_value("3")
    expect(grid(second, "Output").get_by_role("gridcell")).to_have_count(72)


def test_back_and_forward_walk_through_the_settings(open_page):
    page = open_page(RAMP)
    stride = page.get_by_role("slider", name="Stride")
    cells = grid(page, "Output").get_by_role("gridcell")
    expect(cells).to_have_count(25)
    stride.focus()
    press(page, "ArrowRight")
    expect(cells).to_have_count(9)
    expect(page).to_have_url(re.compile("sh=2"))
    page.go_back()
    expect(cells).to_have_count(25)
    expect(stride).to_have_value("1")
    page.go_forward()
    expect(cells).to_have_count(9)


@pytest.mark.parametrize(
    ("link", "outputs", "said"),
    [
        ("h=99&w=99", 30 * 30, "Input height 99 is not within 1 to 32: set to 32."),
        ("h=4&w=4&kh=9&kw=9", 1, "Kernel height 9 does not fit an input of 4 rows without padding: set to 4."),
        ("h=abc", 25, "The link's h must be a whole number. Received: h='abc'."),
        ("op=median", 25, "The link's op must be one of conv"),
        ("x=1_2", 25, "The link's x must be cells such as"),
        ("h=1e400&step=-3", 25, "The link's h must be a whole number."),
    ],
)
def test_a_mangled_link_opens_the_nearest_configuration_and_says_so(open_page, link, outputs, said):
    page = open_page(f"/explore?{link}")
    expect(grid(page, "Output").get_by_role("gridcell")).to_have_count(outputs)
    expect(page.get_by_text(said)).to_be_visible()


def test_max_pooling_marks_the_largest(open_page):
    page = open_page("/explore?op=max&h=4&w=4&kh=2&kw=2&sh=2&sw=2&pattern=ramp")
    expect(grid(page, "Kernel")).to_have_count(0)
    expect(status(page)).to_have_text("Output (1, 1) = max(0, 1, 4, 5) = 5")
    expect(page.locator(".winner")).to_have_text(re.compile("5.*largest"))


def test_padding_cells_are_named(open_page):
    page = open_page(RAMP + "&ph=1&pw=1&bias=0.5")
    padding = grid(page, "Input").get_by_role("gridcell", name="padding, value 0", exact=True)
    expect(padding).to_have_count(9 * 9 - 7 * 7)
    expect(status(page)).to_have_text(re.compile(r"^Output \(1, 1\) = 0×1 \+ .* \+ bias 0\.5 = \d+\.5$"))


def test_transposed_convolution_scatters(open_page):
    page = open_page("/explore?op=transposed&view=scatter&h=2&w=2&kh=3&kw=3&sh=2&sw=2&pattern=ramp&kernel=ramp")
    expect(grid(page, "Output").locator("[aria-selected=true]")).to_have_count(9)
    page.get_by_role("button", name="Last").click()
    from conv import conv_transpose2d

    expected = conv_transpose2d(pattern("ramp", 2)[None], kernel("ramp", 3)[None, None], stride=2)[0]
    assert np.array_equal(numbers(page, "Output"), expected.ravel())


def test_uncovered_pixels_are_marked(open_page):
    page = open_page("/explore?h=8&w=8&kh=2&kw=2&sh=3&sw=3")
    expect(grid(page, "Input").locator(".uncovered")).to_have_count(8 * 8 - 6 * 6)
    expect(page.get_by_text("read by no window", exact=True)).to_be_visible()


def test_a_slider_that_is_dragged_fast_ends_where_it_was_let_go(open_page):
    page = open_page(RAMP)
    slider = page.get_by_role("slider", name="Input height and width")
    slider.evaluate("""async (field) => {
      for (let i = 0; i < 40; i += 1) {
        field.value = 4 + ((i * 5) % 9);
        field.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      field.value = 6;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    expect(grid(page, "Input").get_by_role("gridcell")).to_have_count(36)
    expect(page).to_have_url(re.compile("h=6&w=6"))
    slider.press("ArrowRight")
    expect(grid(page, "Input").get_by_role("gridcell")).to_have_count(49)


# A server that has been started anew, or has forgotten a session, does not know the one that a socket asks for.
FORGETFUL = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(address, protocols) { super(address, protocols.slice(0, 2)); window.sockets.push(this); }
};
"""


def lose_the_server(page: Page) -> None:
    page.evaluate("window.sockets.at(-1).close()")
    page.wait_for_function("window.sockets.length > 1 && window.sockets.at(-1).readyState === WebSocket.OPEN")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED")


def test_a_server_that_has_forgotten_the_session_hears_the_next_change(open_page, page):
    page.add_init_script(FORGETFUL)
    open_page("/explore?h=5&w=5")
    lose_the_server(page)
    page.get_by_role("slider", name="Input height and width").press("ArrowRight")
    expect(grid(page, "Input").get_by_role("gridcell")).to_have_count(36)
    expect(page).to_have_url(re.compile("h=6&w=6"))
    open_page("/train")
    lose_the_server(page)
    page.get_by_role("button", name="One step").click()
    expect(page.locator(".train").get_by_text("Epoch 1, step 1:").first).to_be_visible()
