"""The page of lectures without a browser: what opens, what it says of errors, and what it holds back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.held_lecture import HELD
from tests.pages.conftest import open_page, sent
from ui import lectures

opened = partial(open_page, "lecture")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of lectures beside the shipped ones."""
    monkeypatch.setenv(lectures.FOLDER, str(tmp_path))
    (tmp_path / "held.toml").write_text(HELD, encoding="utf-8")
    (tmp_path / "broken.toml").write_text(HELD.replace("words", "wrods"), encoding="utf-8")
    return tmp_path


def everything(app: AppTest) -> str:
    """All that travels to the browser."""
    return " ".join(str(element.proto) for element in app.get("bidi_component")) + app.title[0].value


def test_the_first_lecture_opens_by_itself() -> None:
    app = opened()
    assert app.title[0].value == lectures.load("demo").title
    assert app.query_params == {"lecture": "demo"}
    assert [scene["title"] for scene in sent(app)["lecture"]["scenes"]][0] == "One window, nine products, one sum"
    names = [element.proto.component_name for element in app.get("bidi_component")]
    assert names.count("delivery") == 1 + len(lectures.load("demo").scenes)


def test_nothing_of_an_answer_travels_before_it_is_asked_for(folder: Path) -> None:
    app = opened(lecture="held", scene="1", step="2")
    scene = sent(app)["lecture"]["scenes"][0]
    assert (scene["stops"], len(scene["steps"])) == (4, 2)
    assert sent(app)["lecture"]["answers"] == {}
    assert "HINT" in everything(app)
    for secret in ("ANSWERED", "AFTERWARDS", "NOTED", '"right"'):
        assert secret not in everything(app)


def test_a_link_to_the_answers_step_brings_it(folder: Path) -> None:
    answer = sent(opened(lecture="held", scene="1", step="3"))["lecture"]["answers"]["0"]
    assert answer["right"] == 2
    assert [step["words"][0][1][1] for step in answer["steps"]] == ["ANSWERED", "AFTERWARDS"]
    assert answer["pictures"]["0/2"]["data"]["input"]["rows"] == 5


def test_errors_are_said_and_the_first_lecture_is_shown(folder: Path) -> None:
    app = opened(lecture="broken")
    assert 'Line 5, scene 1: Unknown key "wrods". Did you mean "words"?' in app.warning[0].value
    assert app.title[0].value == lectures.load("demo").title
    assert "There is no lecture of this name" in opened(lecture="nothing").warning[0].value
    assert "upload it again" in opened(lecture="uploaded").warning[0].value


def test_a_scene_or_a_step_that_is_not_there_is_told() -> None:
    app = opened(lecture="demo", scene="99", step="7")
    assert app.warning[0].value == (
        "- The lecture has 8 scenes. Received: scene=99. The last one is shown.\n"
        "- Scene 8 has 1 step. Received: step=7. The last one is shown."
    )
    assert (sent(app)["lecture"]["scene"], sent(app)["lecture"]["step"]) == (8, 1)
    assert "scene must be a whole number. Received: scene='abc'" in opened(scene="abc").warning[0].value


def test_what_pages_would_change_is_said_and_stays_said(folder: Path) -> None:
    large = HELD.replace("pooling?h=5&w=5", "connections?h=3&w=3&kh=5&kw=5")
    (folder / "large.toml").write_text(large, encoding="utf-8")
    app = opened(lecture="large")
    for _ in range(2):
        assert app.warning[0].value.startswith("- Scene 1: ")
        app.run()


@pytest.mark.parametrize("name", [path.stem for path in lectures.SHIPPED.glob("*.toml")])
def test_every_picture_of_a_shipped_lecture_opens_as_it_is_written(name: str) -> None:
    app = opened(lecture=name)
    assert [note.value for note in app.warning] == []
    assert app.title[0].value == lectures.load(name).title
