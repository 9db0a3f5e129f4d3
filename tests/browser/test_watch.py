"""The watchers of the browser tests see what they are there for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import axe
from tests.browser.watch import watch

ELSEWHERE = "127.0.0.1:9"  # nothing answers there


@pytest.fixture
def bare_page(browser: Browser, server) -> Iterator[Page]:
    """A page of the server's with nothing on it, which no fixture watches."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url + "/_stcore/health")
    yield page
    context.close()


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        (f"fetch('http://{ELSEWHERE}/x').catch(() => 0)", f"Request to another host: http://{ELSEWHERE}/x"),
        (f"{{ new WebSocket('ws://{ELSEWHERE}/x') }}", f"Request to another host: ws://{ELSEWHERE}/x"),
        ("console.error('went wrong')", "Error in the console: went wrong ()"),
        ("fetch('/media/nothing.png')", "Error in the console: Failed to load resource"),
        ("{ setTimeout(() => { throw new Error('thrown') }, 0) }", "Uncaught in the page: thrown"),
    ],
)
def test_trouble_is_noted(bare_page: Page, server, script: str, trouble: str) -> None:
    troubles: list[str] = []
    watch(bare_page, server.url, troubles)
    bare_page.evaluate(script)
    bare_page.wait_for_timeout(200)
    assert any(noted.startswith(trouble) for noted in troubles), troubles


def test_what_is_allowed_is_not_noted(bare_page: Page, server) -> None:
    troubles: list[str] = []
    watch(bare_page, server.url, troubles)
    bare_page.evaluate("fetch('/_stcore/health')")
    bare_page.evaluate("fetch('data:text/plain,x')")
    bare_page.evaluate("console.warn('only a warning')")
    bare_page.wait_for_timeout(200)
    assert troubles == []


def test_axe_sees_faint_text_below_the_fold_and_leaves_the_window_as_it_was(bare_page: Page) -> None:
    bare_page.set_content(
        "<html lang='en'><title>Faint</title><main data-testid='stMain' style='height: 100vh; overflow: auto'>"
        "<h1>Faint</h1><div style='height: 2000px'></div><p style='color: #aaa; background: #fff'>faint</p></main>"
    )
    window = bare_page.viewport_size
    assert [text.splitlines()[0] for text in axe(bare_page)] == [
        "color-contrast (serious): Elements must meet minimum color contrast ratio thresholds"
    ]
    assert bare_page.viewport_size == window
    bare_page.locator("p").evaluate("p => { p.style.color = '#555' }")
    assert axe(bare_page) == []
