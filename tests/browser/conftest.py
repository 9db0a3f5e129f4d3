"""The app in a real browser: one server and one Chromium for the session, a page as good as new for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.watch import watch
from tools.drive import Server, serve

SETTLE_MILLISECONDS = 30_000
LOG_LINES = 40

expect.set_options(timeout=15_000)  # milliseconds: a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running app for all tests of the session."""
    with serve(tmp_path_factory.mktemp("server") / "log.txt") as running:
        yield running


@pytest.fixture(scope="session")
def kept() -> dict[str, tuple[Page, list[str]]]:
    """By server, the last test's page and the list of its troubles: the app, once compiled, loads in half the time."""
    return {}


@pytest.fixture
def page(
    browser: Browser, server: Server, kept: dict[str, tuple[Page, list[str]]], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """An empty page that remembers nothing. The test fails if it asks another host or the console shows an error.

    A test that is marked ``first_visit`` has a context of its own, where nothing was ever loaded, and may leave traces.
    """
    alone = "first_visit" in request.keywords
    page, troubles = (not alone and kept.pop(server.url, None)) or new_page(browser, server)
    yield page
    found = list(troubles)  # without those of leaving the page
    if found or alone or page.is_closed():
        page.context.close()
    else:
        forget(page, server)
        troubles.clear()
        kept[server.url] = page, troubles
    assert not found, "\n".join(found)


def new_page(browser: Browser, server: Server) -> tuple[Page, list[str]]:
    """A page of a fresh context, and the list that its troubles are noted in."""
    page = browser.new_context(locale="en-GB").new_page()
    troubles: list[str] = []
    watch(page, server.url, troubles)
    return page, troubles


def forget(page: Page, server: Server) -> None:
    """Leave the app, and nothing of the visit behind."""
    for other in page.context.pages:
        if other is not page:
            other.close()
    page.goto(server.url + "/_stcore/health")
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.context.clear_cookies()
    page.mouse.move(0, 0)


@pytest.fixture
def open_page(page: Page, server: Server) -> Callable[..., Page]:
    """Open a path of the app, such as ``"/explore?h=5"``, and wait until it is all there."""

    def open_path(path: str = "/", *, width: int = 1280, height: int = 800, theme: str = "light") -> Page:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        page.goto(server.url + path)
        settle(page)
        return page

    return open_path


def settle(page: Page) -> None:
    """Wait until the script has run and everything it sent is drawn; fail if it raised."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=SETTLE_MILLISECONDS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=SETTLE_MILLISECONDS)
    # A picture that is asked for when its page has been left is not there any more.
    page.wait_for_function("[...document.images].every((image) => image.complete)", timeout=SETTLE_MILLISECONDS)
    assert page.get_by_test_id("stException").count() == 0, "The page shows an error; the server's log says which."


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "first_visit: in a context of its own, where nothing of the app was ever loaded")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try a test in the browser that has failed once more: it shares two cores with three others.

    Whatever had to run again is named at the end, for such a test is to be mended all the same.
    """
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Show what the server printed beside a test that failed, and keep its page from the next test."""
    report = yield
    funcargs = getattr(item, "funcargs", {})
    server, page = funcargs.get("server"), funcargs.get("page")
    if report.failed and page is not None:
        page.context.close()
    if report.failed and server is not None:
        last_lines = server.log.read_text().splitlines()[-LOG_LINES:]
        report.sections.append(("The app's server printed", "\n".join(last_lines)))
    return report
