"""The quiz's flow, words and messages without a page: what is told when, and what is not told before."""

from __future__ import annotations

import json

import pytest

from conv.errors import ConvError
from conv.quiz import KINDS, LEVELS, generate
from conv.quiz.answers import spell
from ui.animation import thumbnail
from ui.quiz_flow import Attempt
from ui.quiz_me import TAUGHT
from ui.quiz_settings import GROUPS
from ui.quiz_shown import asking, seen
from ui.quiz_words import outcome, spoken, verdict
from ui.window import plain_window

NEXT = [("next", "Next question")]


def lecture(**how: bool) -> Attempt:
    """The lecture's question: 7×7 under 5×5."""
    return Attempt(generate("size", seed=0), **how)


def test_right_at_once() -> None:
    attempt = lecture()
    attempt.answer(" 3 by 3 ")
    assert attempt.done and attempt.right_at_once and outcome(attempt) == "right"
    assert verdict(attempt) == {"tone": "right", "title": "Right: 3 × 3.", "lines": []}


def test_a_mistake_is_named_then_there_is_one_more_try_with_a_hint_then_the_solution() -> None:
    attempt = lecture()
    attempt.answer("2x2")
    told = verdict(attempt)
    assert not attempt.done
    assert told["title"] == "2 × 2 is not right. One more try."
    assert told["lines"][0] == "You forgot the + 1: 7 − 5 = 2."
    assert told["lines"][1].startswith("Hint: ")
    attempt.answer("4x4")
    assert attempt.done and not attempt.right and outcome(attempt) == "not right"
    assert verdict(attempt)["title"] == "4 × 4 is not right either. The answer is 3 × 3."
    assert attempt.codes == ["M1"]
    attempt.answer("3x3")  # too late
    assert len(attempt.answers) == 2


def test_what_cannot_be_read_costs_nothing_and_stays() -> None:
    attempt = lecture()
    attempt.answer("three")
    assert (attempt.typed, attempt.answers, attempt.done) == ("three", [], False)
    assert attempt.problem == "Type rows × columns, such as 5 × 7. Received: three."
    attempt.answer("3, 3")
    assert attempt.problem == "" and attempt.right_at_once


@pytest.mark.parametrize(("kind", "seed", "text"), [
    ("dense", 5, "1.936"), ("dense", 5, "-4"), ("dense", 5, "0"), ("size", 3, "0x0"), ("size", 3, "-3x-3"),
    ("axis", 3, "1/2"),
])
def test_what_can_be_no_size_and_no_count_costs_nothing(kind: str, seed: int, text: str) -> None:
    attempt = Attempt(generate(kind, seed))
    attempt.answer(text)
    assert not attempt.answers and attempt.problem.endswith(f" Received: {text}.")


def test_a_fraction_that_is_a_known_mistake_is_named() -> None:
    question = next(one for one in (generate("floor", seed) for seed in range(9)) if len(one.diagnoses) > 3)
    exact = next(one.value for one in question.diagnoses if isinstance(one.value, float))
    attempt = Attempt(question)
    attempt.answer(f"{exact:.2f}")
    assert attempt.codes == ["M3"]
    value = Attempt(generate("cell", 3))
    value.answer("-0.25")
    assert value.answers == [-0.25]


def test_the_solution_can_be_asked_for() -> None:
    attempt = lecture()
    attempt.give_up()
    assert attempt.done and outcome(attempt) == "solution shown"
    assert verdict(attempt)["title"] == "The answer is 3 × 3."


def test_choices_are_answered_by_their_place() -> None:
    attempt = lecture(choosing=True)
    attempt.answer("7")
    assert attempt.problem == "Choose one of the answers." and not attempt.answers
    attempt.answer("2")
    assert verdict(attempt)["title"] == "(c) 7 × 7 is not right. One more try."
    attempt.answer("0")
    assert outcome(attempt) == "right at the second try"
    assert asking(attempt, NEXT, "light")["solved"] == 0


def test_an_ambiguous_answer_is_told_all_that_it_may_have_been() -> None:
    attempt = Attempt(generate("axis", seed=3, level=2))
    attempt.answer("18")
    lines = verdict(attempt)["lines"]
    assert lines[0] == "18 may come from one of these:"
    assert lines[1].startswith("You forgot the + 1") and lines[2].startswith("You counted the padding once")


def test_an_answer_without_a_name_is_said_to_be_one_and_a_part_of_a_set_to_be_a_part() -> None:
    attempt = lecture()
    attempt.answer("9x1")
    assert verdict(attempt)["lines"][0] == "9 × 1 is none of the usual mistakes."
    assert verdict(attempt)["lines"][1].startswith("Hint: ") and len(verdict(attempt)["lines"]) == 2
    attempt.answer("9x1")
    assert verdict(attempt)["lines"] == []
    unread = Attempt(generate("unread", seed=3, level=2))
    unread.answer(str(min(unread.question.answer)))
    assert "right so far, but not all" in verdict(unread)["lines"][0]


def test_tries_go_through_json() -> None:
    attempt, other = lecture(), lecture()
    attempt.answer("2x2")
    attempt.give_up()
    other.replay(json.loads(json.dumps(attempt.to_plain())))
    assert other == attempt
    for nonsense in (None, 3, [1], ["a", "b", "c"], {"a": 1}):
        with pytest.raises(ConvError, match="Tries are texts"):
            lecture().replay(nonsense)


@pytest.mark.parametrize("choosing", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_answer_is_sent_before_it_may_be_told(kind: str, choosing: bool) -> None:
    for level in LEVELS:
        attempt = Attempt(generate(kind, seed=11, level=level), choosing=choosing or not KINDS[kind].typed)
        question = attempt.question
        before = asking(attempt, NEXT, "light")
        sent = json.dumps(before, ensure_ascii=False)
        assert question.solution not in sent and before["solved"] is None and before["next"] == []
        assert all(diagnosis.text not in sent for diagnosis in question.diagnoses)
        assert not question.link or question.link not in sent
        words = json.dumps(before | {"choices": [], "asked": ""}, ensure_ascii=False)
        if not attempt.choosing and len(spell(question.answer)) > 3:
            assert spell(question.answer) not in words
        attempt.give_up()
        after = asking(attempt, NEXT, "light")
        assert spell(question.answer) in after["verdict"]["title"] and after["next"]


@pytest.mark.parametrize("kind", KINDS)
def test_questions_can_be_read_aloud(kind: str) -> None:
    for level in LEVELS:
        question = generate(kind, seed=5, level=level)
        for text in (question.text, *question.hints, *(diagnosis.text for diagnosis in question.diagnoses)):
            assert not set("\\${}") & set(spoken(text)), text


def test_pictures_are_told_as_they_are_seen() -> None:
    """No two of a question's pictures are told alike, and none by the words of the question."""
    for seed in range(30):
        question = generate("which_picture", seed, 1 + seed % 3)
        told = [seen(plain_window(**picture.settings)) for picture in question.pictures]
        assert len(set(told)) == 4
        assert not any(word in text for text in told for word in ("stride", "dilation", "padding", "transposed"))
        assert all("first window reads rows 1" in text for text in told)


def test_the_pictures_captions_tell_no_size() -> None:
    window = plain_window(h=5, w=5, op="transposed")
    assert thumbnail(window, sizes=False) != thumbnail(window)


def test_every_kind_is_in_one_group() -> None:
    assert sorted(kind for group in GROUPS.values() for kind in group) == sorted(KINDS)


def test_every_page_leads_to_kinds_that_there_are() -> None:
    for taught in TAUGHT.values():
        if not callable(taught):
            assert set(taught) <= set(KINDS)
