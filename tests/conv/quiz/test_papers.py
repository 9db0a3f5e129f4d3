"""Quizzes: the same for everyone, or with numbers of one's own."""

import pytest

from conv.errors import ConvError
from conv.quiz import KINDS
from conv.quiz.papers import paper

THREE = ("size", "receptive", "parameters")


def asked(**more) -> list[tuple[str, int]]:
    arguments = {"kinds": THREE, "levels": (1, 2), "length": 7, "seed": 3} | more
    return [(each.kind, each.seed) for each in paper(**arguments)]


def test_the_same_seed_is_the_same_quiz():
    assert asked() == asked()
    assert asked() != asked(seed=4)


def test_every_student_has_numbers_of_their_own_again_and_again():
    ada, alan = asked(student="Ada Lovelace"), asked(student="Alan Turing")
    assert ada != alan and ada != asked()
    assert [kind for kind, _ in ada] == [kind for kind, _ in alan] == [kind for kind, _ in asked()]
    assert ada == asked(student="  ADA\tlovelace\u00a0") == asked(student="Ａda Lovelace")
    assert asked(student="s123456") != asked(student="s123457")
    assert asked(student="Zoë") == asked(student="Zoe\u0308")


def test_kinds_and_levels_are_shared_out():
    questions = paper(THREE, (1, 3), 6, 5)
    assert [(each.kind, each.level) for each in questions] == [
        ("size", 1), ("size", 3), ("parameters", 1), ("parameters", 3), ("receptive", 1), ("receptive", 3)
    ]
    short = paper(list(KINDS), (2,), 5, 1)
    assert len({each.kind for each in short}) == 5
    assert {each.kind for each in paper(list(KINDS), (2,), 5, 2)} != {each.kind for each in short}


def test_no_two_questions_are_alike():
    questions = paper(list(KINDS), (1, 2, 3), 100, 11, "Grace")
    assert len({(each.text, repr(each.pictures)) for each in questions}) == len(questions) == 100
    alike = paper(("size",), (1,), 30, 1)
    assert len({each.text for each in alike}) == 30


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kinds": []}, r"A quiz needs at least one kind of question\. Received: kinds=\[\]\."),
        ({"levels": []}, r"A quiz needs at least one level\. Received: levels=\[\]\."),
        ({"length": 0}, r"A quiz has 1 to 100 questions\. Received: length=0\."),
        ({"length": 101}, r"A quiz has 1 to 100 questions\. Received: length=101\."),
        ({"kinds": ["size", "x"]}, r"There is no such kind of question\. Received: kind='x'\."),
        ({"levels": [7]}, r"Level must be one of 1, 2, 3\. Received: level=7\."),
        (
            {"kinds": ["dense"], "levels": [2], "length": 100},
            r"These kinds have too few different questions: choose more of them, or a shorter quiz\. Received: length=",
        ),
    ],
)
def test_quizzes_that_there_are_not(changes, message):
    with pytest.raises(ConvError, match=message):
        asked(**changes)
