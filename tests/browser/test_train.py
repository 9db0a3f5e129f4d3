"""What a person does on the page of training, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import axe, too_small
from tests.browser.conftest import settle

TABS = ("Kernels", "Feature maps", "Mistakes", "Activations", "Draw", "Compare")
QUICK = "/train?images=100&epochs=3"
LONG = "/train?epochs=1000"


def part(page: Page, name: str):
    return page.locator(f".train [data-part={name}]")


def button(page: Page, name: str):
    return page.locator(".train").get_by_role("button", name=name, exact=True)


def train_all(page: Page) -> None:
    button(page, "Train").click()
    expect(part(page, "now")).to_contain_text("are done", timeout=60_000)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    expect(part(page, "panel").locator(":scope > *").first).to_be_visible()


def told_step(page: Page) -> int:
    return int(re.search(r"step (\d+)", part(page, "now").inner_text())[1])


def test_one_click_reads_97_of_100_digits(open_page):
    page = open_page("/train")
    button(page, "Train").click()
    expect(part(page, "now")).to_contain_text(re.compile(r"test error [0-2]\.\d %"), timeout=60_000)
    train_end = part(page, "now")
    expect(train_end).to_contain_text("100 epochs are done.", timeout=60_000)
    expect(page.locator(".train").get_by_role("status")).to_contain_text("100 epochs are done.")
    expect(button(page, "Train")).to_be_enabled()
    expect(part(page, "keys")).to_contain_text(re.compile(r"97 % test accuracy: first after epoch \d+, [\d.]+ s of tr"))
    assert part(page, "loss").locator(".curve").count() == 2


def test_pause_keeps_it_and_train_goes_on(open_page):
    page = open_page(LONG)
    button(page, "Train").click()
    expect(part(page, "now")).to_contain_text("Epoch 2")
    expect(button(page, "One step")).to_be_disabled()
    button(page, "Pause").click()
    expect(button(page, "Train")).to_be_visible()
    expect(page.locator(".train[data-moves=false]")).to_be_visible()
    paused = told_step(page)
    page.wait_for_timeout(700)
    assert told_step(page) == paused
    button(page, "One step").click()
    expect(part(page, "now")).to_contain_text(f"step {paused + 1}")
    button(page, "One epoch").click()
    expect(part(page, "now")).to_contain_text(re.compile(f"step {-(-(paused + 1) // 45) * 45}:"))
    button(page, "Stop").click()
    expect(part(page, "now")).to_contain_text("Stopped: Train goes on from here")
    assert part(page, "loss").locator(".curve").count() == 2
    button(page, "Rewind").click()
    expect(part(page, "now")).to_have_text("Paused, at the initial weights.")


def test_a_rate_that_changes_while_it_trains(open_page):
    page = open_page(LONG)
    button(page, "Train").click()
    expect(part(page, "now")).to_contain_text("Epoch")
    page.get_by_role("slider", name="Learning rate").focus()
    page.keyboard.press("ArrowLeft")
    expect(part(page, "keys")).to_contain_text("learning rate 0.01")
    expect(button(page, "Pause")).to_be_visible()
    page.get_by_role("combobox", name="Network").select_option("dense")
    expect(part(page, "late")).to_have_text("Changed: network. Press Rewind to begin anew with what is chosen now.")
    button(page, "Rewind").click()
    expect(part(page, "late")).to_be_empty()
    expect(page.get_by_role("option", name="Hidden unit 1", exact=True)).to_be_visible()


def test_a_reload_and_a_walk_to_another_page_find_the_run_where_it_was(open_page):
    page = open_page(QUICK)
    train_all(page)
    said = part(page, "now").inner_text()
    page.reload()
    settle(page)
    expect(part(page, "now")).to_have_text(said)
    page.get_by_role("link", name="Pooling").click()
    expect(page.get_by_role("heading", name="Pooling", level=1)).to_be_visible()
    page.get_by_role("link", name="Train", exact=True).click()
    expect(part(page, "now")).to_have_text(said)


def test_kernels_by_keyboard_in_numbers(open_page):
    page = open_page("/train")
    button(page, "One step").click()
    expect(page.get_by_role("grid", name="Gradient of Kernel 1")).to_be_visible()
    page.get_by_role("option", name="Kernel 1", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("option", name="Kernel 2", exact=True)).to_be_focused()
    expect(page.get_by_role("grid", name="Weights of Kernel 2").get_by_role("gridcell")).to_have_count(9)
    page.keyboard.press("End")
    expect(page.get_by_role("grid", name="Gradient of Kernel 8")).to_be_visible()


def test_tabs_by_keyboard(open_page):
    page = open_page(QUICK)
    train_all(page)
    page.get_by_role("tab", name="Kernels").focus()
    for name in TABS[1:]:
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=name)).to_be_focused()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
    expect(page).to_have_url(re.compile("tab=compare"))


def test_a_mistake_leads_to_its_feature_maps(open_page):
    page = open_page(QUICK + "&tab=mistakes")
    train_all(page)
    first = part(page, "panel").get_by_role("button").first
    example = re.search(r"Example (\d+)", first.get_attribute("aria-label"))[1]
    first.click()
    expect(page.get_by_role("spinbutton", name="Example")).to_have_value(example)
    expect(part(page, "panel").locator(".verdict")).to_contain_text("✗ taken for")
    button(page, "Next").click()
    expect(page.get_by_role("spinbutton", name="Example")).to_have_value(str(int(example) + 1))


def probabilities(page: Page) -> list[str]:
    return part(page, "panel").locator(".bars b").all_inner_texts()


def test_drawing_by_mouse_is_read_at_once(open_page):
    page = open_page("/train?tab=draw")
    train_all(page)
    pad = page.locator("canvas.pad")
    box = pad.bounding_box()

    def at(row: float, col: float) -> tuple[float, float]:
        return box["x"] + col * box["width"], box["y"] + row * box["height"]

    page.mouse.move(*at(0.1, 0.5))
    page.mouse.down()
    page.mouse.move(*at(0.9, 0.5), steps=12)
    page.mouse.up()
    expect(part(page, "panel").locator(".verdict")).to_contain_text("Taken for 1")
    before = probabilities(page)
    page.get_by_role("button", name="Clear").click()
    expect(part(page, "panel").locator(".verdict")).to_contain_text("Draw here")
    assert probabilities(page) != before


def test_drawing_by_keyboard(open_page):
    page = open_page(QUICK + "&tab=draw")
    train_all(page)
    pad = page.get_by_role("application", name="Drawing pad")
    pad.focus()
    before = probabilities(page)
    page.keyboard.press("Space")
    expect(pad).to_have_attribute("aria-label", re.compile(r"row 5, column 5, ink 100 %"))
    page.keyboard.press("ArrowUp")
    expect(pad).to_have_attribute("aria-label", re.compile(r"row 4, column 5, ink 0 %"))
    expect(part(page, "panel").locator(".verdict")).to_contain_text("Taken for")
    assert probabilities(page) != before
    page.keyboard.press("Delete")
    expect(part(page, "panel").locator(".verdict")).to_contain_text("Draw here")


def test_two_networks_and_their_errors_on_shifted_digits(open_page):
    page = open_page(QUICK)
    page.get_by_role("combobox", name="Compare with").select_option("equal")
    expect(part(page, "panel").get_by_role("columnheader", name="B: Dense, equal parameters")).to_be_visible()
    train_all(page)
    expect(part(page, "now")).to_have_text(re.compile(r"A: .* are done\.\sB: .* are done\."), timeout=60_000)
    assert part(page, "loss").locator(".curve").count() == 4
    open_tab(page, "Kernels")
    page.get_by_role("combobox", name="Look into").select_option("B: Dense, equal parameters")
    expect(page.get_by_role("option", name="Hidden unit 1", exact=True)).to_be_visible()
    part(page, "loss").hover()
    told = part(page, "loss").locator(".reading")
    lines = r"Epoch 1.*: A training \d.*, A test \d", r"B training \d.*, B test \d"
    expect(told).to_have_text([re.compile(line) for line in lines])
    chart = page.get_by_role("slider", name="Loss over epochs")
    page.get_by_role("combobox", name="Smoothing").focus()
    page.keyboard.press("Tab")
    expect(chart).to_be_focused()
    expect(told.first).to_contain_text("Epoch 3: A training")
    page.keyboard.press("ArrowLeft")
    expect(told.first).to_contain_text("Epoch 2.96: A training")
    expect(chart).to_have_attribute("aria-valuetext", ", ".join(told.all_text_contents()))
    page.keyboard.press("Tab")
    expect(told).to_have_count(0)
    open_tab(page, "Compare")
    page.get_by_role("button", name="Measure errors on shifted digits").click()
    shifted = part(page, "panel").locator(".shifts tbody tr")
    expect(shifted).to_have_count(4)
    expect(shifted.nth(3)).to_contain_text(re.compile(r"3 pixels.*%.*%"))


def test_log_scale_and_error_are_in_the_link(open_page):
    page = open_page(QUICK)
    train_all(page)
    page.get_by_role("checkbox", name="Log scale").check()
    page.get_by_role("combobox", name="Second chart").select_option("error")
    expect(page).to_have_url(re.compile("log=1.*curve=error"))
    assert part(page, "loss").locator(".curve").count() == 2


def test_what_is_taken_away(open_page):
    page = open_page(QUICK)
    train_all(page)
    page.get_by_role("button", name="Share and export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile("images=100&epochs=3"))).to_be_visible()
    dialog.get_by_role("tab", name="Data").click()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download the whole run (NPZ)").click()
    assert download.value.suggested_filename == "run.npz"


def test_a_saved_run_comes_back_and_a_foreign_file_does_not(open_page, tmp_path):
    page = open_page(QUICK)
    train_all(page)
    said = part(page, "now").inner_text()
    page.get_by_role("button", name="Share and export").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Data").click()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Download the whole run (NPZ)").click()
    download.value.save_as(tmp_path / "run.npz")
    dialog.get_by_role("button", name="Close").click()
    button(page, "Rewind").click()
    expect(part(page, "now")).to_have_text("Paused, at the initial weights.")
    page.get_by_role("button", name="Load a saved run or weights").click()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "x.npz", "mimeType": "application/zip", "buffer": b"no such thing"})
    expect(page.get_by_text("The file must be a whole .npz file of numbers and text.")).to_be_visible()
    chooser.set_input_files(tmp_path / "run.npz")
    progress = re.match(r"Epoch 3, step \d+: loss [\d.]+", said)[0]
    expect(part(page, "now")).to_contain_text(progress)
    expect(part(page, "now")).to_contain_text("The run is back where it was saved.")


def test_a_folder_is_one_line_that_enter_takes(open_page):
    page = open_page("/train?data=mnist")
    folder = page.get_by_role("textbox", name="Folder with its four IDX files")
    folder.fill(" /nowhere at all ")
    folder.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="MNIST is not in the folder")).to_be_visible()
    expect(page).to_have_url(re.compile("folder=%2Fnowhere(\\+|%20)at(\\+|%20)all$"))


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(open_page, width):
    page = open_page(f"{QUICK}&against=strided", width=width, height=740)
    button(page, "One epoch").click()
    expect(part(page, "now")).to_contain_text("Epoch 1")
    for tab in TABS:
        open_tab(page, tab)
        assert axe(page) == [], tab
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
        assert too_small(page, ".train button:visible") == [], tab


def test_run_curves_and_kernels_fit_one_screen(open_page):
    page = open_page("/train", width=1366, height=768)
    button(page, "One epoch").click()
    grid = page.get_by_role("grid", name="Gradient of Kernel 1")
    expect(grid).to_be_visible()
    for shown in (button(page, "Train"), part(page, "loss"), part(page, "shares"), part(page, "keys"), grid):
        box = shown.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] < 768
