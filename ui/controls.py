"""Controls of a page, one function a kind.

They are described here and drawn by one light front end: a dozen of Streamlit's own widgets take
longer to draw anew than the grids do (benchmarks/stepping.py). Each is about a setting of the page by
its name, and shows where that stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ui.settings import Page, RowKind

Item = dict[str, Any]


def slider(page: Page, name: str, label: str, bounds: tuple[int, int]) -> Item:
    """Whole numbers between two ends; ``h+w`` are two settings that are kept equal."""
    least, most = bounds
    value = page[name.split("+")[0]]
    return {"kind": "slider", "name": name, "label": label, "value": value, "least": least, "most": most}


def stops(page: Page, name: str, label: str, titles: Mapping[float, str]) -> Item:
    """A slider over a few numbers, each shown by its title; the nearest to the setting is shown."""
    values = list(titles)
    at = values.index(page[name]) if page[name] in values else _nearest(values, page[name])
    found = [[f"{value:g}", title] for value, title in titles.items()]
    return {"kind": "stops", "name": name, "label": label, "value": found[at][0], "stops": found}


def number(page: Page, name: str, label: str, least: float, most: float, step: float) -> Item:
    """Any number between two ends; the arrow keys go in steps."""
    bounds = {"least": least, "most": most, "step": step}
    return {"kind": "number", "name": name, "label": label, "value": page[name], **bounds}


def select(page: Page, name: str, label: str, titles: Mapping[str, str]) -> Item:
    """One of several words."""
    value = page[name] if isinstance(page[name], str) else f"{page[name]:g}"
    return {"kind": "select", "name": name, "label": label, "value": value, "options": list(titles.items())}


def toggle(page: Page, name: str, label: str) -> Item:
    """Yes or no."""
    return {"kind": "toggle", "name": name, "label": label, "value": page[name]}


def lines(page: Page, name: str, label: str, *, rows: int, error: str = "") -> Item:
    """Several lines of text, and what is wrong with them."""
    return {"kind": "lines", "name": name, "label": label, "value": page[name], "rows": rows, "error": error}


def line(page: Page, name: str, label: str, *, error: str = "") -> Item:
    """One line of text, and what is wrong with it."""
    return {"kind": "line", "name": name, "label": label, "value": page[name], "error": error}


def stack(page: Page, name: str, label: str, kinds: Mapping[str, RowKind], *, noun: str, most: int) -> Item:
    """Rows that are added, moved and removed: each of a kind, with that kind's numbers; ``noun`` is one of them."""
    described = [
        {"name": key, "title": kind.title, "fields": [vars(field) for field in kind.fields]}
        for key, kind in kinds.items()
    ]
    value = page.declared[name].write(page[name])
    return {
        "kind": "stack", "name": name, "label": label, "value": value, "kinds": described, "noun": noun, "most": most
    }


def menu(name: str, label: str, titles: Mapping[str, str]) -> Item:
    """A list to pick an action from: picking sends the menu's name and the word, and nothing stays picked."""
    return {"kind": "menu", "name": name, "label": label, "options": list(titles.items())}


def start_from(presets: Mapping[str, Any]) -> Item:
    """A menu of presets, each with a ``title``, as `ui.presets.Preset` has."""
    return menu("preset", "Start from", {name: preset.title for name, preset in presets.items()})


def action(name: str, label: str) -> Item:
    """A button: pressing it sends its name."""
    return {"kind": "action", "name": name, "label": label}


def fold(name: str, label: str, items: Sequence[Item]) -> Item:
    """What is seldom wanted, folded away."""
    return {"kind": "fold", "name": name, "label": label, "items": list(items)}


def _nearest(values: Sequence[float], wanted: float) -> int:
    return min(range(len(values)), key=lambda i: abs(values[i] - wanted))
