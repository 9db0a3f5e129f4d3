"""The app in a real browser: one server and one Chromium for the session, a fresh context for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.watch import watch
from tools.drive import Server, chromium, serve

SETTLE_MILLISECONDS = 30_000
LOG_LINES = 40

expect.set_options(timeout=15_000)  # milliseconds: a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running app for all tests of the session."""
    with serve(tmp_path_factory.mktemp("server") / "log.txt") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine."""
    with chromium() as driven:
        yield driven


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page of a fresh context. The test fails if it asks another host for anything or the console shows an error."""
    context = browser.new_context(locale="en-GB")
    troubles: list[str] = []
    watch(context.new_page(), server.url, troubles)
    yield context.pages[0]
    context.close()
    assert not troubles, "\n".join(troubles)


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test in the browser fail twice before it counts: it shares two cores with three others.

    Whatever had to run again is named at the end, for such a test is to be mended all the same.
    """
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Show what the server printed beside a test that failed."""
    report = yield
    server = getattr(item, "funcargs", {}).get("server")
    if report.failed and server is not None:
        last_lines = server.log.read_text().splitlines()[-LOG_LINES:]
        report.sections.append(("The app's server printed", "\n".join(last_lines)))
    return report
