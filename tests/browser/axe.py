"""What axe-core finds wrong with a page for people who use it by keyboard, screen reader or with poor sight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")


def axe(page: Page) -> list[str]:
    """Serious and critical violations on the page as it stands, one readable text each."""
    with whole_page_in_view(page):
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [describe(rule, node) for rule in found for node in rule["nodes"] if node["impact"] in GRAVE]


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
