"""The app without a browser, opened at one of its pages, and what is on the page."""

from __future__ import annotations

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "app.py"


def open_page(page: str, /, **link: str) -> AppTest:
    """Open a page by its link."""
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.query_params.update(link)
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def sent(app: AppTest) -> dict[str, dict]:
    """What each front end has been sent, but for bytes."""
    parts = [element.proto for element in app.get("bidi_component")]
    return {part.component_name: json.loads(part.json) for part in parts if part.json}


def controls(app: AppTest) -> dict[str, dict]:
    """Every control by its name, those in folds too."""
    items = sent(app)["controls"]["items"]
    return {one["name"]: one for item in items for one in item.get("items", [item])}


def notes(app: AppTest) -> list[str]:
    """What the page says about its link, a sentence each."""
    return [line.removeprefix("- ") for note in app.warning for line in note.value.splitlines()]
