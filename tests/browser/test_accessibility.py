"""axe-core finds nothing serious on any page, in either theme, at a desk or on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import axe, too_small
from tests.browser.conftest import settle

PAGES = [
    "/",
    "/explore",
    "/explore?ph=1&pw=1&dh=2&dw=2&sh=2&sw=2&h=9&w=9&hide=values",
    "/explore?hide=size",
    "/explore?op=transposed&view=scatter&h=3&w=3&sh=2&sw=2&ph=1&pw=1",
    "/explore?op=avg&ceil=1&kh=2&kw=2&sh=2&sw=2&pattern=own",
    "/explore?h=99&kernel=nonsense&h=8&w=8&sh=2&sw=2",
]


@pytest.mark.parametrize("path", PAGES)
def test_page(open_page, path):
    page = open_page(path)
    assert axe(page) == []


def test_dialog(open_page):
    page = open_page("/explore")
    page.get_by_role("button", name="Share and export").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    settle(page)
    assert axe(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_phone(open_page, path):
    page = open_page(path, width=360, height=740)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [360, 1366])
def test_targets_are_large_enough_to_hit(open_page, width):
    page = open_page("/explore?ph=1&pw=1", width=width, height=768)
    assert too_small(page, ".stepper button:visible") == []


def test_the_lectures_example_fits_one_screen(open_page):
    page = open_page("/explore", width=1366, height=768)
    box = page.get_by_role("status").filter(has_text="Output").bounding_box()
    assert box["y"] + box["height"] < 768


def test_a_laptop_shows_the_names_of_all_pages(open_page):
    page = open_page("/explore", width=1366, height=768)
    links = page.get_by_test_id("stTopNav").get_by_role("link")
    expect(links.last).to_have_text("Help")
    box = links.last.bounding_box()
    assert box["x"] + box["width"] < 1366


def test_the_title_names_the_page(open_page):
    page = open_page("/explore?h=5")
    expect(page).to_have_title("Explore · Convolution Visualiser")
    page.get_by_test_id("stTopNav").get_by_role("link", name="Pooling").click()
    expect(page).to_have_title("Pooling · Convolution Visualiser")
    page.go_back()
    expect(page).to_have_title("Explore · Convolution Visualiser")


@pytest.mark.parametrize("path", ["/explore", "/pooling", "/gradients"])
def test_headings_are_smaller_than_the_title(open_page, path):
    page = open_page(path)
    sizes = [
        float(heading.evaluate("(found) => getComputedStyle(found).fontSize").removesuffix("px"))
        for heading in page.get_by_test_id("stMain").locator("h1, h2").all()
    ]
    assert len(sizes) > 1 and sizes[0] > max(sizes[1:])
