"""What a page offers to take away is made when somebody asks for it, apart from its script and session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit

from tests.pages.conftest import open_page
from ui.quiz_share import PLATFORMS
from ui.run_spec import Spec
from ui.runs import Run
from ui.settings import Page

FIGURE = {"png", "svg", "pdf"}

Offered = dict[str, Callable[[], bytes]]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Offered:
    """Have every page's dialog open, and keep what makes the files, by their names."""
    found: Offered = {}
    event = Page.event

    def button(label: str, content: bytes | Callable[[], bytes], name: str, *_: Any, **__: Any) -> None:
        if callable(content):
            found[name] = content

    def reported(page: Page, component: str, name: str) -> Any:
        return {"step": 2} if name == "share" else event(page, component, name)

    monkeypatch.setattr("streamlit.download_button", button)
    monkeypatch.setattr(Page, "event", reported)
    return found


def made(offered: Offered) -> set[str]:
    """Make all that is offered; the endings of the files."""
    streamlit.session_state.clear()  # that of no page, in which another test may have left settings
    assert all(make() for make in offered.values())
    return {name.rpartition(".")[2] for name in offered}


@pytest.mark.parametrize(("page", "link", "data"), [
    ("explore", {}, {"npz", "csv"}),
    ("pooling", {}, {"npz", "csv"}),
    ("channels", {}, {"npz"}),
    ("connections", {}, {"npz", "csv"}),
    ("connections", {"view": "counts"}, {"csv"}),
    ("gradients", {}, {"npz", "csv"}),
    ("image_kernels", {}, {"npz"}),
    ("receptive_field", {}, {"csv"}),
    ("architectures", {}, {"md", "csv", "txt", "json"}),
    ("inside", {}, {"npz"}),
])
def test_a_pages_files(offered: Offered, page: str, link: dict[str, str], data: set[str]) -> None:
    open_page(page, **link)
    assert made(offered) == FIGURE | data


@pytest.mark.parametrize("names", ["a", "ab"])
def test_the_files_of_trainings(offered: Offered, monkeypatch: pytest.MonkeyPatch, names: str) -> None:
    monkeypatch.setattr("ui.runs.IN_CHILDREN", False)
    run = Run()
    run.start(Spec(train=32))
    run.step()
    while not run.answered:
        run.work(0.1)
    monkeypatch.setattr("ui.train_share.runs", lambda page: dict.fromkeys(names, run))
    app = open_page("train", against="strided", curve="error", log="1", smooth="0.9")
    app.session_state["train/memo/share"] = True
    app.run()
    assert made(offered) == FIGURE | {"csv", "npz"}


def test_the_progress_in_a_quiz(offered: Offered) -> None:
    open_page("quiz")
    assert {"quiz-progress.json", "quiz-progress.csv", "quiz-progress.pdf"} < offered.keys()
    made(offered)


def test_a_set_quiz_on_paper_and_for_learning_platforms(offered: Offered) -> None:
    app = open_page("quiz", mode="set", kinds="size", length="2")
    for platform in PLATFORMS:
        app.button_group(key="share/platform").set_value(platform).run()
    assert {"quiz.pdf", "quiz-key.pdf", "quiz-moodle.xml", "quiz-gift.txt", "quiz-canvas.txt"} < offered.keys()
    made(offered)


def test_the_summary_of_a_set_quiz(offered: Offered) -> None:
    open_page("quiz", mode="set", given="1", kinds="size", length="2", n="3")
    assert {"quiz-summary.pdf", "quiz-summary.csv"} < offered.keys()
    made(offered)
