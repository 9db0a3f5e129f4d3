"""A picture of one's own goes in; link, figure, animation, data and code come out."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from conv import conv2d
from tests.browser.conftest import settle


def png(grey: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(grey.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})


def corner(page: Page) -> str:
    return page.get_by_role("grid", name="Input").get_by_role("gridcell").first.get_attribute("aria-label")


def test_a_picture_of_ones_own_is_reduced_to_the_grid_and_travels_in_the_link(open_page):
    page = open_page("/explore?pattern=own&h=4&w=4")
    halves = np.zeros((64, 64))
    halves[:, :32] = 255  # white on the left, black on the right
    upload(page, "halves.png", png(halves))
    expect(page).to_have_url(re.compile("picture="))
    cells = page.get_by_role("grid", name="Input").get_by_role("gridcell")
    expect(cells.nth(0)).to_have_attribute("aria-label", "row 1, column 1, value 1")
    expect(cells.nth(3)).to_have_attribute("aria-label", "row 1, column 4, value 0")
    page.goto(page.url)
    settle(page)
    expect(cells.nth(0)).to_have_attribute("aria-label", "row 1, column 1, value 1")
    expect(cells.nth(15)).to_have_attribute("aria-label", "row 4, column 4, value 0")


@pytest.mark.parametrize("content", [b"", b"not a picture", png(np.zeros((9, 9)))[:40]])
def test_a_broken_picture_gets_a_sentence_and_changes_nothing(open_page, content):
    page = open_page("/explore?pattern=own&h=4&w=4")
    before = corner(page)
    upload(page, "broken.png", content)
    expect(page.get_by_test_id("stAlert")).to_be_visible()
    assert corner(page) == before


@pytest.fixture
def dialog(open_page):
    page = open_page("/explore?pattern=ramp&kernel=ramp&h=5&w=5&bias=0.5")
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile("step=2"))
    page.get_by_role("button", name="Share and export").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    return page.get_by_role("dialog")


def fetch(dialog, tab: str, button: str) -> bytes:
    dialog.get_by_role("tab", name=tab).click()
    with dialog.page.expect_download() as download:
        dialog.get_by_role("button", name=button).click()
    return download.value.path().read_bytes()


def test_the_link_is_the_page_at_this_step(dialog):
    expect(dialog.get_by_text(re.compile(r"/explore\?.*h=5.*step=2"))).to_be_visible()
    expect(dialog.get_by_role("img", name=re.compile("QR"))).to_be_visible()


def test_the_figures_are_what_they_say(dialog):
    assert fetch(dialog, "Figure", "PNG").startswith(b"\x89PNG")
    assert b"<svg" in fetch(dialog, "Figure", "SVG")[:2000]
    assert fetch(dialog, "Figure", "PDF").startswith(b"%PDF")


def test_the_animation_has_a_frame_a_step(dialog):
    dialog.get_by_role("tab", name="Animation").click()
    dialog.get_by_role("button", name="Make the GIF").click()
    with dialog.page.expect_download() as download:
        dialog.get_by_role("button", name="Download").click(timeout=60_000)
    assert Image.open(download.value.path()).n_frames == 3 * 3


def test_the_data_are_the_pages(dialog):
    arrays = np.load(io.BytesIO(fetch(dialog, "Data", "npz")), allow_pickle=False)
    expected = conv2d(arrays["x"][None], arrays["weight"][None, None], [0.5])[0]
    assert np.array_equal(arrays["output"], expected)


@pytest.mark.parametrize("path", ["/explore", "/quiz"])
def test_the_focus_is_back_on_the_button_when_the_dialog_is_closed(open_page, path):
    page = open_page(path)
    button = page.get_by_role("button", name="Share and export")
    button.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_the_dialog_hears_escape_after_a_download(open_page):
    page = open_page("/quiz")
    page.get_by_role("button", name="Share and export").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Progress").click()
    button = dialog.get_by_role("button", name="Download for paper (PDF)")
    with page.expect_download():
        button.press("Enter")
    expect(button).to_be_focused()  # Streamlit disables it while the file is made
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
