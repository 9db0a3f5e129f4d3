"""What the front end of lectures asks for, and what it then gets."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit

from tests.held_lecture import HELD
from ui import lecture, lectures
from ui.lecture_pictures import PICTURES
from ui.lecture_words import markdown
from ui.settings import Page

EVERY_PAGE = "".join(f'[[scene.step]]\npicture = "{name}"\n' for name in PICTURES)


@pytest.fixture
def page() -> Page:
    """The page of lectures in a session of its own."""
    streamlit.session_state.clear()
    page = Page("lecture", lecture.SETTINGS)
    lecture.keep(page, (HELD + EVERY_PAGE).encode())
    return page


def asks(page: Page, **more: Any) -> dict:
    told = lecture.settle(page)
    asked = {"answers": [], "notes": False, "report": None, "serial": 1, "id": lecture.identity(page, told)} | more
    streamlit.session_state["lecture"] = {"ask": asked}
    lecture.hear(page, told)
    return lecture.data(page, told)


def test_an_answer_and_notes_come_when_they_are_asked_for(page: Page) -> None:
    assert (asks(page)["answers"], asks(page)["notes"]) == ({}, None)
    shown = asks(page, answers=[0, 7], notes=True)
    assert shown["notes"] == [markdown("NOTED"), ()]
    assert shown["answers"].keys() == {"0"}
    assert shown["answers"]["0"]["right"] == 2


def test_another_lecture_has_answers_of_its_own(page: Page) -> None:
    first = lecture.identity(page, lecture.settle(page))
    assert asks(page, answers=[0])["answers"]
    lecture.keep(page, HELD.replace("three", "four").encode())
    assert asks(page, answers=[0], id=first)["answers"] == {}


@pytest.mark.parametrize("nonsense", [{"answers": None}, {"answers": ["x"]}, {"serial": None}, {"report": {"key": 1}}])
def test_nonsense_leaves_all_as_it_was(page: Page, nonsense: dict) -> None:
    asks(page, answers=[0])
    assert asks(page, **nonsense)["answers"].keys() == {"0"}


def test_what_is_done_in_a_picture_draws_it_anew(page: Page) -> None:
    edits = {"key": "0/0", "name": "edits", "value": {"input": [[0, 0, 7]], "kernel": [], "serial": 1}}
    drawn = asks(page, report=edits, serial=5)["drawn"]
    assert (drawn["key"], drawn["serial"], drawn["data"]["input"]["values"][0]) == ("0/0", 5, 7)
    for unheard in ({"key": "0/0", "name": "share"}, {"key": "0/9", "name": "edits"}):
        assert asks(page, report={"value": 1} | unheard, serial=6)["drawn"] == drawn


def test_every_page_has_a_picture_or_a_link(page: Page) -> None:
    scene = lectures.read((HELD + EVERY_PAGE).encode()).scenes[1]
    pictures = lecture._pictures(page, scene, 1)
    for picture, about in zip(pictures.values(), PICTURES.values(), strict=True):
        assert picture["front"] == (about.front[0] if about.front else "")
        assert picture["data"] if about.front else picture["code"]


def test_pictures_leave_out_what_answers_the_questions_of_lectures(page: Page) -> None:
    held = {"connections": ("40,000,000", "neighbours"), "receptive_field": ("Three 3×3",), "channels": ("Parameters",)}
    for name, told in held.items():
        shown = str(PICTURES[name].data(lecture.placed(name, lectures.Link(name, {}))))
        assert [words for words in told if words in shown] == []
    counting = lecture.placed("counts", lectures.Link("connections", {"view": "counts"}))
    assert "40,000,000" in str(PICTURES["connections"].data(counting))


def test_a_wrong_file_is_refused_line_by_line(page: Page) -> None:
    with pytest.raises(lectures.LectureError, match=r"(?m)^- Line 1: .*\n- Line 2, scene 1: "):
        lecture.keep(page, b"titel = 'A'\n[[scene]]")
    assert lecture.settle(page).title == "Held back"
