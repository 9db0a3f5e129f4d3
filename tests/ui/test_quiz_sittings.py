"""Practice and set quizzes without a browser: what is asked next, what is counted, and what the browser keeps."""

from __future__ import annotations

import csv
import json
import re
from functools import partial
from io import StringIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import streamlit

from conv.errors import ConvError
from conv.quiz import KINDS, LEVELS, generate
from conv.quiz.answers import spell
from conv.quiz.queue import Queue
from tests.ui.conftest import fresh_page
from ui import quiz, quiz_page, quiz_practice, quiz_set, quiz_share
from ui.quiz_settings import SETTINGS
from ui.quiz_summary import paper, practice_csv, quiz_csv, quiz_markdown
from ui.quiz_words import outcome
from ui.settings import Page

page_with = partial(fresh_page, "quiz", SETTINGS)


def say(page: Page, name: str, value: Any = "") -> None:
    """Do what the front end's message does."""
    serial = page.recall("answered", 0) + 1
    streamlit.session_state["quiz"] = {"say": {"commands": [[serial, name, value]]}}
    quiz.hear(page)


def answer(page: Page, text: str | None = None) -> None:
    """Answer the question that is shown: rightly, unless a text is given."""
    attempt = quiz.settle(page).attempt
    say(page, "answer", {"turn": attempt.turn, "text": text or spell(attempt.question.answer)})


# ---- practice --------------------------------------------------------------------------------


def test_practice_goes_on_to_what_the_queue_finds() -> None:
    page = page_with(kinds=("size", "floor"))
    assert quiz.settle(page).attempt.question == generate("size", seed=0)
    answer(page, "2x2")
    assert quiz_practice.queue(page).turn == 0  # the second try is still to come
    answer(page, "9x9")
    now = quiz_practice.queue(page)
    assert (now.turn, now.slips, now.progress["size"].wrong) == (1, {"M1": 1}, 1)
    say(page, "next")
    assert quiz.settle(page).attempt.question.kind == "floor"
    assert [kind["title"] for kind in quiz_practice.progress(page)["kinds"]] == [KINDS["size"].title]


def test_new_numbers_are_of_the_same_kind() -> None:
    page = page_with(kind="dilation", seed=7, level=1)
    answer(page)
    say(page, "numbers")
    question = quiz.settle(page).attempt.question
    assert question.kind == "dilation" and question.seed != 7


def test_the_queues_questions_come_back_by_their_link() -> None:
    page = page_with(kinds=("work",))
    page.remember("queue", Queue(("work",), seed=1))
    quiz.settle(page)
    link, question = page.link(), quiz.settle(page).attempt.question
    again = page_with(**{one.name: one.read(link[one.name]) for one in SETTINGS if one.name in link})
    assert quiz.settle(again).attempt.question == question


def test_three_in_a_row_raise_the_level() -> None:
    page = page_with(kinds=("work",))
    for _ in range(3):
        answer(page)
        say(page, "next")
    assert quiz.settle(page).attempt.question.level == 2
    assert quiz_practice.progress(page)["kinds"][0]["mastered"] == 1


def test_a_message_that_comes_twice_counts_once() -> None:
    page = page_with()
    attempt = quiz.settle(page).attempt
    wrong = {"turn": attempt.turn, "text": "2x2"}
    streamlit.session_state["quiz"] = {"say": {"commands": [[1, "answer", wrong], [2, "answer", wrong]]}}
    quiz.hear(page)
    quiz.hear(page)
    assert len(attempt.answers) == 1


def test_a_kind_that_is_not_practised_can_be_asked_for() -> None:
    page = page_with(kinds=("size",), kind="floor")
    assert quiz.settle(page).attempt.question.kind == "floor"
    answer(page)
    say(page, "next")
    assert quiz.settle(page).attempt.question.kind == "size"


def test_going_back_to_a_question_finds_it_as_it_was_left() -> None:
    page = page_with(kind="size", seed=5, level=2)
    answer(page)
    say(page, "next")
    page.start_from({"kind": "size", "seed": 5, "level": 2})
    assert quiz.settle(page).attempt.done
    assert quiz_practice.queue(page).turn == 1


def test_the_browser_is_heard_before_it_is_told() -> None:
    page = page_with()
    kept = Queue(tuple(KINDS), seed=3)
    kept.answered(kept.next(), right=False)
    storage = quiz.settle(page).storage
    assert storage == {"key": quiz_practice.KEY, "text": None, "wanted": True}
    say(page, "stored", {"key": storage["key"], "text": kept.to_json()})
    sitting = quiz.settle(page)
    assert not sitting.storage["wanted"] and Queue.from_json(sitting.storage["text"]) == kept
    assert sitting.attempt.question.kind == kept.next().kind != "size"  # nobody had asked for the first one


def test_a_question_that_a_link_asks_for_stays_when_the_browser_is_heard() -> None:
    page = page_with(kind="size", seed=0, level=1)
    kept = Queue(tuple(KINDS), seed=3)
    kept.answered(kept.next(), right=False)
    quiz.settle(page)
    say(page, "stored", {"key": quiz_practice.KEY, "text": kept.to_json()})
    assert quiz.settle(page).attempt.question == generate("size", seed=0)


@pytest.mark.parametrize("link", [{"kind": "gradient"}, {"kind": "gradient", "level": 3}, {"level": 2}])
def test_a_links_kind_and_level_win_however_late_the_browser_is_heard(link: dict[str, Any]) -> None:
    page = page_with(kinds=("cell", "gradient", "transposed"), **link)
    kept = Queue(("cell", "gradient", "transposed"), seed=3)
    kept.answered(kept.of("cell"), right=True)
    kept.answered(kept.of("gradient"), right=True)
    for _ in range(2):
        question = quiz.settle(page).attempt.question
        assert {name: getattr(question, name) for name in link} == link
        say(page, "stored", {"key": quiz_practice.KEY, "text": kept.to_json()})
    say(page, "numbers")
    assert page["level"] == link.get("level", 1)


def test_a_try_outlasts_a_reload() -> None:
    which = {"kind": "size", "seed": 5, "level": 2}

    def reloaded(page: Page) -> Page:
        content = quiz_practice.kept(page)
        again = page_with(**which)
        quiz.settle(again)
        say(again, "stored", {"key": quiz_practice.KEY, "text": content})
        return again

    page = page_with(**which)
    answer(page, "9x9")
    page = reloaded(page)
    answer(page)
    assert outcome(quiz.settle(page).attempt) == "right at the second try"
    page = reloaded(page)
    assert quiz.settle(page).attempt.done and quiz_practice.queue(page).turn == 1
    page.update(choices=True)  # another way to ask the same
    assert quiz.settle(page).heading.endswith("answered before, so it does not count again")


@pytest.mark.parametrize("tries", [None, 3, ["x"], {"size 1 0": [1]}, {"size 1 0": [["a"] * 9, 0]}])
def test_tries_that_are_none_are_passed_over(tries: Any) -> None:
    page = page_with()
    say(page, "stored", {"key": quiz_practice.KEY, "text": json.dumps(Queue().to_plain() | {"tries": tries})})
    assert not quiz.settle(page).attempt.begun


@pytest.mark.parametrize("text", ["nonsense", "{}", "[1]", '{"format": "convolution quiz practice"}', "x" * 600_000])
def test_what_cannot_be_read_is_said_and_replaced(text: str) -> None:
    page = page_with()
    quiz.settle(page)
    say(page, "stored", {"key": quiz_practice.KEY, "text": text})
    sitting = quiz.settle(page)
    assert page.notes == [quiz_practice.UNREADABLE]
    assert Queue.from_json(sitting.storage["text"]).turn == 0


def test_a_file_goes_on_and_a_foreign_one_is_refused() -> None:
    page = page_with(kinds=("size",))
    answer(page)
    content = quiz_practice.queue(page).to_json().encode()
    other = page_with()
    assert quiz_share._bring_back(other, content) == 1
    now = quiz_practice.queue(page)
    now.slips["M2"] = 3
    assert '\r\nCounting the padding once,3,"Padding P is added on both sides' in practice_csv(now).decode("utf-8-sig")
    assert "Feature map size,1,1,0,1,1" in practice_csv(quiz_practice.queue(other)).decode("utf-8-sig")
    with pytest.raises(ConvError, match="This is no practice file"):
        quiz_share._bring_back(other, b"\xff\xfe picture")


def test_starting_over_forgets() -> None:
    page = page_with()
    answer(page)
    assert quiz.has_begun(page)
    say(page, "over")
    assert not quiz.has_begun(page) and not quiz.settle(page).attempt.done


# ---- controls --------------------------------------------------------------------------------


def change(page: Page, name: str, text: str) -> None:
    streamlit.session_state["controls"] = {"changes": {"serial": page.answered + 1, "changes": [[name, text]]}}
    quiz.take(page)


def test_kinds_are_chosen_one_by_one() -> None:
    page = page_with()
    quiz.settle(page)
    change(page, "kinds/size", "0")
    assert "size" not in page["kinds"] and len(page["kinds"]) == len(KINDS) - 1
    assert quiz.settle(page).attempt.question.kind == "axis"
    change(page, "kinds/size", "1")
    assert page["kinds"] == ()  # all, which the link need not say
    change(page, "only/Networks", "1")
    assert page["kinds"] == ("receptive", "network_shape", "network_parameters")
    assert quiz.settle(page).attempt.question.kind == "receptive"
    change(page, "all", "1")
    fold = quiz.items(page)[-1]
    assert fold["label"] == f"Kinds of questions: {len(KINDS)} of {len(KINDS)}"


def test_practice_can_stay_at_a_level() -> None:
    page = page_with(kinds=("work", "dense"))
    quiz.settle(page)
    change(page, "level of practice", "3")
    assert quiz.settle(page).attempt.question.level == 3
    answer(page)
    say(page, "next")
    assert quiz.settle(page).attempt.question.level == 3
    change(page, "level of practice", "")
    assert quiz.settle(page).attempt.question.level == 1


# ---- set quizzes -----------------------------------------------------------------------------


def test_a_set_quiz_from_its_first_question_to_its_summary() -> None:
    page = page_with(mode="set", kinds=("size", "work"), length=3, seed=4)
    for number in range(1, 4):
        assert quiz.settle(page).heading.startswith(f"Question {number} of 3")
        if number == 3:
            answer(page, "99999")
        answer(page)
        say(page, "next")
    sitting = quiz.settle(page)
    assert sitting.attempt is None
    assert sitting.message["verdict"]["title"] == "2 of 3 right at once, 1 at the second try."
    say(page, "answer", {"turn": "", "text": "  Ada   L. "})
    assert page["student"] == "Ada L." and "question" not in quiz.settle(page).message
    told = page["student"], "https://example.org/quiz?mode=set", quiz_set.sat(page)
    rows = list(csv.DictReader(StringIO(quiz_csv(*told).decode("utf-8-sig"))))
    assert [row["outcome"] for row in rows] == ["right", "right", "right at the second try"]
    assert {row["name"] for row in rows} == {"Ada L."}
    assert quiz_page.summary_pdf(*told).startswith(b"%PDF")
    long = quiz_markdown("Ada L.", "link" * 100, quiz_set.sat(page) * 20)
    assert len(re.findall(rb"/Type /Page\b", paper("Summary", long))) == 2


def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    page = page_with(mode="set", length=1)
    quiz.settle(page)
    assert b"'=1+1" in quiz_csv("=1+1", "link", quiz_set.sat(page))


def test_own_numbers_are_asked_for_by_name() -> None:
    page = page_with(mode="set", own=True, length=2, seed=1)
    assert quiz.settle(page).message["stage"] == "name"
    say(page, "answer", {"turn": "", "text": "Ada"})
    hers = quiz.settle(page).attempt.question
    page.update(student="Grace")
    assert quiz.settle(page).attempt.question.text != hers.text
    page.update(student="Ada")
    assert quiz.settle(page).attempt.question == hers


def test_a_name_that_is_too_long_is_told_and_stays() -> None:
    page = page_with(mode="set", own=True, length=2)
    say(page, "answer", {"turn": "", "text": "a" * 61})
    message = quiz.settle(page).message
    assert not page["student"] and message["typed"] == "a" * 61
    assert message["problem"] == "Type at most 60 characters. Received: 61 characters."
    say(page, "answer", {"turn": "", "text": "a" * 60})
    assert page["student"] == "a" * 60


def test_a_class_link_carries_all_that_the_quiz_is_made_from() -> None:
    page = page_with(mode="set", student="Ada")
    link = dict(parse_qsl(urlsplit(quiz_share._given(page)).query))
    assert (link["length"], link["seed"], link["levels"], link["given"]) == ("10", "0", "1~2~3", "1")
    assert link["kinds"].split("~") == list(KINDS) and "student" not in link
    read = page_with(**{one.name: one.read(link[one.name]) for one in SETTINGS if one.name in link})
    assert quiz_set.questions(read) == quiz_set.questions(page)


def test_the_browser_keeps_the_tries_of_a_set_quiz() -> None:
    page = page_with(mode="set", kinds=("work",), length=3, seed=4)
    answer(page)
    say(page, "next")
    answer(page, "99999")
    kept = quiz_set.to_json(quiz_set.sat(page))
    again = page_with(mode="set", kinds=("work",), length=3, seed=4)
    key = quiz.settle(again).storage["key"]
    say(again, "stored", {"key": key, "text": kept})
    assert again["n"] == 2 and len(quiz.settle(again).attempt.answers) == 1
    other = page_with(mode="set", kinds=("work",), length=3, seed=5)
    assert quiz.settle(other).storage["key"] != key
    say(other, "stored", {"key": quiz.settle(other).storage["key"], "text": "[[1]]"})
    quiz.settle(other)
    assert other.notes == [quiz_set.UNREADABLE]


def test_a_quiz_that_cannot_be_is_said() -> None:
    page = page_with(mode="set", kinds=("size",), levels=("1",), length=50)
    assert quiz.settle(page).attempt is None and not quiz.has_begun(page)
    assert page.notes[0].startswith("These kinds have too few different questions")


def test_question_banks_and_worksheets() -> None:
    page = page_with(mode="set", kinds=("size", "floor"), levels=("1", "2"), length=4, seed=4)
    which = ("size", "floor"), (1, 2), 4
    assert len(quiz_share.variants(*which, 5)) == 2 * 2 * 5
    assert quiz_share.bank("moodle", *which, 2).startswith(b"<?xml")
    assert b"$CATEGORY" in quiz_share.bank("gift", *which, 2)
    assert b"Quiz title" in quiz_share.bank("canvas", *which, 2)
    assert set(LEVELS) >= {question.level for question in quiz_set.questions(page)}
    assert json.loads(quiz_set.to_json(quiz_set.sat(page))) == [[[], False]] * 4
