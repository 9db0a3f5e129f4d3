"""What a person sees and does where grids are stepped through."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page


def grid(page: Page, name: str) -> Locator:
    return page.get_by_role("grid", name=name, exact=True)


def cell(page: Page, name: str, row: int, col: int) -> Locator:
    return grid(page, name).get_by_role("gridcell", name=re.compile(rf"^row {row}, column {col}(,|$)"))


def numbers(page: Page, name: str) -> list[float]:
    """Every number of a grid that has one, row by row."""
    labels = grid(page, name).get_by_role("gridcell").evaluate_all("cells => cells.map(c => c.ariaLabel)")
    return [float(label.split("value ")[1]) for label in labels if "value" in label]


def slider(page: Page) -> Locator:
    """The player's, which says the step."""
    return page.get_by_role("slider", name="Step", exact=True)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
