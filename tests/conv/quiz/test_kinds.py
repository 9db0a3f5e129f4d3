"""Every kind of question, a thousand variants and more each: one answer is right, and nothing gives it away."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

import pytest

from conv.configuration import Configuration, is_valid
from conv.errors import ConvError
from conv.quiz import KINDS, LEVELS, generate
from conv.quiz.answers import read, same, spell
from conv.quiz.diagnosis import judge
from conv.quiz.misconceptions import MISCONCEPTIONS
from conv.quiz.question import Question, Value
from tests.conv.quiz.by_counting import BY_COUNTING

VARIANTS = 350  # of each level
PAGES = {"explore", "channels", "connections", "receptive_field", "architectures", "gradients"}


@lru_cache(maxsize=1)
def variants(kind: str) -> tuple[Question, ...]:
    return tuple(generate(kind, seed, level) for level in LEVELS for seed in range(VARIANTS))


@pytest.mark.parametrize("kind", KINDS)
def test_every_variant_holds(kind: str) -> None:
    questions = variants(kind)
    for question in questions:
        assert same(BY_COUNTING[kind](question), question.answer), question
        check_words(question)
        check_choices(question)
        check_diagnoses(question)
    assert sum(bool(question.diagnoses) for question in questions) > 0.9 * len(questions)
    check_that_nothing_gives_it_away(questions)
    assert questions[7] == generate(kind, 7, 1) and repr(questions[7]) == repr(generate(kind, 7, 1))


def check_words(question: Question) -> None:
    texts = (question.text, question.solution, question.note, *question.hints, *(d.text for d in question.diagnoses))
    assert question.text and question.solution and question.hints and question.unit
    assert question.solution.endswith(".") and not question.solution.endswith("..")
    for text in texts:
        assert text.count("$") % 2 == 0, text
        assert text.count("{") == text.count("}"), text
        assert not re.search(r"None|nan|array|\+ -|−−|  ", text), text
    assert not any(tells(hint, question) for hint in question.hints), question
    assert question.link.split("?")[0] in PAGES or not question.link
    if not isinstance(question.answer, frozenset):
        assert spell(question.answer).replace("−", "-") in question.solution.replace("{,}", ",").replace(
            r" \times ", " × "
        ).replace("−", "-"), question


def check_choices(question: Question) -> None:
    answer, choices = question.answer, question.choices
    assert 3 <= len(choices) <= 5
    assert sum(same(choice, answer) for choice in choices) == 1
    assert len(set(map(spell, choices))) == len(choices)
    for choice in choices:
        assert read(spell(choice), answer) == choice
        if isinstance(answer, tuple):
            assert isinstance(choice, tuple) and len(choice) == len(answer) and min(choice) > 0
        elif isinstance(answer, int | float):
            assert isinstance(choice, int | float) and (choice >= 0 or question.unit == "value")
        else:
            assert type(choice) is type(answer)


def check_diagnoses(question: Question) -> None:
    for diagnosis in question.diagnoses:
        codes = diagnosis.code.split("+")
        assert set(codes) <= set(MISCONCEPTIONS) and codes == sorted(codes, key=list(MISCONCEPTIONS).index)
        assert diagnosis.text[0].isupper() and diagnosis.text.endswith(".")
        verdict = judge(question, diagnosis.value)
        assert not verdict.right and diagnosis in verdict.diagnoses
        assert not tells(verdict.text, question), (question, verdict.text)
    verdict = judge(question, question.answer)
    assert verdict.right and not verdict.diagnoses


def tells(text: str, question: Question) -> bool:
    """Whether words name the answer that the question itself does not name."""
    answer = spell(question.answer)
    if isinstance(question.answer, tuple):
        return answer.replace(" ", "") in text.replace(" ", "")
    if isinstance(question.answer, str):
        return bool(re.search(rf"\b{answer}\b", text))
    if not answer[-1].isdigit() or "," in answer:
        return f" {answer} " in f" {text.rstrip('.')} " and answer != "none"
    given = {"1", "2", *re.findall(r"\d+", question.text)}
    return answer not in given and answer in re.findall(r"(?<![\d,.])−?\d+(?:\.\d+)?(?![\d,]\d)", text)


def check_that_nothing_gives_it_away(questions: tuple[Question, ...]) -> None:
    """Neither the place of the answer, nor its size, nor what it shares with the other choices."""
    four = [question for question in questions if len(question.choices) == 4]
    places = Counter(question.choices.index(question.answer) for question in four)
    expected = len(four) / 4
    assert sum((places[place] - expected) ** 2 / expected for place in range(4)) < 20  # chance: 1 in 5,000
    ordered = [question for question in four if isinstance(question.answer, int | float | tuple)]
    ranks = Counter(sorted(question.choices, key=_order).index(question.answer) for question in ordered)
    assert not ordered or max(ranks.values()) < 0.5 * len(ordered), ranks
    assert not ordered or questions[0].kind != "size" or min(ranks.values()) > 0.15 * len(ordered), ranks
    idle = [_unused_mistakes(question) for question in four if question.kind != "unread"]
    assert sum(idle) <= 0.65 * len(idle) and max(idle, default=0) <= 2  # so many places for what is no mistake
    composed = [question for question in four if isinstance(question.answer, tuple | frozenset | str)]
    assert sum(map(_guessed_by_majority, composed)) <= 0.45 * len(composed)


def _unused_mistakes(question: Question) -> int:
    """How many choices are no mistakes though there are mistakes that they could be."""
    answer = question.answer
    like = (int, float) if question.unit == "value" else type(answer)
    named = {each.value for each in question.diagnoses if isinstance(each.value, like)}
    possible = {value for value in named if not isinstance(value, tuple) or min(value) > 0}
    if isinstance(answer, int) and question.unit != "value":
        possible = {value for value in possible if value > 0}
    others = {*question.choices} - {answer}
    return min(len(others - named), len(possible - others))


def _order(value: Value) -> float:
    if isinstance(value, tuple):
        size = 1.0
        for number in value:
            size *= number
        return size + value[0] / 1000
    return value  # type: ignore[return-value]


def _guessed_by_majority(question: Question) -> float:
    """The chance of somebody who takes the choice that is made of what stands most often in all of them."""
    def parts(choice: Value) -> set:
        if isinstance(choice, str):
            return set(next(each for each in question.pictures if each.title == choice).settings.items())
        return set(enumerate(choice)) if isinstance(choice, tuple) else set(choice)  # type: ignore[arg-type]

    often = Counter(part for choice in question.choices for part in parts(choice))
    common = {part for part, times in often.items() if times >= 2}
    distance = [len(common ^ parts(choice)) for choice in question.choices]
    nearest = [choice for choice, far in zip(question.choices, distance, strict=True) if far == min(distance)]
    return (question.answer in nearest) / len(nearest)


def test_pictures_to_choose_among_can_be_drawn():
    fields = {"input_size": "hw", "kernel_size": ("kh", "kw"), "stride": ("sh", "sw"), "padding": ("ph", "pw")}
    for question in variants("which_picture"):
        drawn = set()
        for picture in question.pictures:
            pairs = {field: tuple(picture.settings[name] for name in names) for field, names in fields.items()}
            dilation = picture.settings["dh"], picture.settings["dw"]
            assert is_valid(Configuration(picture.settings["op"], dilation=dilation, **pairs)), picture
            drawn.add(tuple(picture.settings.items()))
        assert len(drawn) == len(question.pictures) == 4
        assert not question.typed


def test_the_lectures_own_questions():
    size = generate("size", 0)
    assert size.text.startswith(r"If $X \in \mathbb{R}^{7 \times 7}$ and $W \in \mathbb{R}^{5 \times 5}$")
    assert size.choices == ((3, 3), (5, 5), (7, 7)) and size.answer == (3, 3)
    field = generate("receptive", 0)
    assert field.choices == (3, 5, 6, 7) and field.answer == 5
    assert judge(field, 6).text == "You added up the kernels, whose neighbours overlap: 3 + 3 = 6."
    assert generate("receptive", 1).answer == (7, 7) and "fully connected" in generate("receptive", 1).text
    seven = generate("which_padding", 0)
    assert seven.answer == 1 and r"$7 \times 7$" in seven.text
    assert generate("dense", 0).answer == 200 * 200 * 1000


def test_levels_differ():
    for kind in KINDS:
        asked = {repr((question.text, question.pictures)) for question in (generate(kind, 5, each) for each in LEVELS)}
        assert len(asked) == len(LEVELS), kind


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sizes", 0, 1), r"There is no such kind of question\. Received: kind='sizes'\."),
        (("size", 0, 4), r"Level must be one of 1, 2, 3\. Received: level=4\."),
        (("size", -1, 1), r"Seed must be a whole number from 0 to 9007199254740992\. Received: seed=-1\."),
        (("size", 0.5, 1), r"Seed must be a whole number .* Received: seed=0\.5\."),
        (("size", True, 1), r"Seed must be a whole number .* Received: seed=True\."),
    ],
)
def test_what_cannot_be_asked(arguments, message):
    with pytest.raises(ConvError, match=message):
        generate(*arguments)


def test_every_kind_says_what_it_is():
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)
    assert all(kind.about.endswith(".") and kind.title for kind in KINDS.values())
    assert set(BY_COUNTING) == set(KINDS)
