"""Reading in the app: a link from document to document stays in the tab, and reading goes on where it leads."""

from playwright.sync_api import expect

from tests.browser.axe import axe


def test_from_document_to_document(open_page):
    page = open_page("/docs")
    main = page.get_by_test_id("stMain")
    main.get_by_role("link", name="the API").click()
    expect(main.get_by_role("heading", level=1)).to_have_text("The API")
    expect(main.get_by_role("heading", level=1)).to_be_focused()
    assert page.url.endswith("/docs?doc=api%2Findex")
    main.get_by_role("link", name="conv", exact=True).nth(1).press("Enter")
    main.get_by_role("link", name="conv_transpose2d", exact=True).first.click()
    expect(main.get_by_role("heading", name="conv_transpose2d", exact=True)).to_be_focused()
    assert len(page.context.pages) == 1
    assert axe(page) == []
    page.go_back()
    expect(main.get_by_role("heading", level=1)).to_have_text("conv")


def test_a_phone_reads_too(open_page):
    page = open_page("/docs?doc=lecturers", width=360, height=740, theme="dark")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_popup() as other:  # a page of the app opens beside what is read
        page.get_by_role("link", name="/quiz?mode=set").click()
    assert other.value.url.endswith("/quiz?mode=set")
