"""What axe-core finds wrong with a page for people who use it by keyboard, screen reader or with poor sight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

GRAVE = ("serious", "critical")


SMALLEST_TARGET = 24  # pixels (WCAG 2.2, 2.5.8)

PAPER = "getComputedStyle(document.querySelector('[data-testid=stApp]') ?? document.body).backgroundColor"
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def axe(page: Page) -> list[str]:
    """Serious and critical violations on the page as it stands, in either theme, one readable text each."""
    with whole_page_in_view(page):
        found = violations(page)
        with the_other_theme(page):  # which differs in colours alone
            found += violations(page, runOnly=["color-contrast"])
    return list(dict.fromkeys(found))


def violations(page: Page, **options: object) -> list[str]:
    """What axe-core finds in the theme that the page is in."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    run = "options => axe.run(options).then((found) => found.violations)"
    found = page.evaluate(run, {"resultTypes": ["violations"], **options})
    return [describe(rule, node) for rule in found for node in rule["nodes"] if node["impact"] in GRAVE]


@contextmanager
def the_other_theme(page: Page) -> Iterator[None]:
    """Turn a light system dark or a dark one light, and wait until the app has followed."""
    was_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    paper = page.evaluate(PAPER)
    page.emulate_media(color_scheme="light" if was_dark else "dark")
    if page.get_by_test_id("stApp").count():
        page.wait_for_function(f"paper => {PAPER} !== paper", arg=paper)
        page.evaluate(TWO_FRAMES)
    yield
    page.emulate_media(color_scheme="dark" if was_dark else "light")


def too_small(page: Page, selector: str) -> list[str]:
    """What of the visible targets is too small to hit."""
    return page.locator(selector).evaluate_all(
        """(targets, least) => targets.filter((target) => {
          const { width, height } = target.getBoundingClientRect();
          return Math.min(width, height) < least;
        }).map((target) => target.outerHTML.slice(0, 200))""",
        SMALLEST_TARGET,
    )


@contextmanager
def whole_page_in_view(page: Page) -> Iterator[None]:
    """Make the window as high as the page: axe leaves out the contrast of what is scrolled out of sight."""
    window = page.viewport_size
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": window["width"], "height": max(height, window["height"])})
    yield
    page.set_viewport_size(window)


def describe(rule: dict, node: dict) -> str:
    """One violation: the rule, where, and why."""
    # Inside a shadow root a target is a list of selectors, from the host inwards.
    where = ", ".join(target if isinstance(target, str) else " >>> ".join(target) for target in node["target"])
    reasons = [check["message"] for check in node["any"] + node["all"] + node["none"]]
    lines = [f"{rule['id']} ({node['impact']}): {rule['help']}", f"at {where}: {node['html']}", *reasons]
    return "\n    ".join(lines)
