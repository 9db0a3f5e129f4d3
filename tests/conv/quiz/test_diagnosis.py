"""Verdicts: right, one mistake, one of several, none that is known."""

from conv.quiz import generate
from conv.quiz.diagnosis import judge
from conv.quiz.misconceptions import MISCONCEPTIONS
from conv.quiz.question import Diagnosis, Question

QUESTION = Question(
    "axis", "How wide?", 7, (7, 6, 5, 8),
    (
        Diagnosis("M1", 6, "You forgot the + 1: 7 + 2 − 3 = 6."),
        Diagnosis("M2", 6, "You counted the padding once: 7 + 1 − 3 + 1 = 6."),
        Diagnosis("M1+M2", 5, "You forgot the + 1 and counted the padding once: 7 + 1 − 3 = 5."),
        Diagnosis("M3", "impossible", "It is possible."),
    ),
    ("Padding is added on both sides.", "Count the steps."), "$7 + 2 - 3 + 1 = 7$",
)


def test_right():
    verdict = judge(QUESTION, 7)
    assert verdict.right and verdict.diagnoses == () and verdict.text == "Right: 7."
    assert judge(QUESTION, 7.0).right


def test_one_mistake_is_named_with_its_numbers():
    verdict = judge(QUESTION, 5)
    assert not verdict.right
    assert [diagnosis.code for diagnosis in verdict.diagnoses] == ["M1+M2"]
    assert verdict.text == "You forgot the + 1 and counted the padding once: 7 + 1 − 3 = 5."
    assert judge(QUESTION, "impossible").text == "It is possible."


def test_one_of_several_says_what_it_may_have_been():
    verdict = judge(QUESTION, 6)
    assert [diagnosis.code for diagnosis in verdict.diagnoses] == ["M1", "M2"]
    assert verdict.text == (
        "6 may come from one of these:\n\n- You forgot the + 1: 7 + 2 − 3 = 6.\n"
        "- You counted the padding once: 7 + 1 − 3 + 1 = 6."
    )


def test_none_that_is_known_says_what_to_check():
    verdict = judge(QUESTION, 12)
    assert not verdict.right and verdict.diagnoses == ()
    assert verdict.text == "12 is none of the usual mistakes. Padding is added on both sides."


def test_sets_that_are_nearly_right():
    question = Question(
        "unread", "Which?", frozenset({3, 6}), (), (Diagnosis("M15", frozenset({2, 5}), "You counted from 0."),),
        ("Write down the windows.",), "3, 6",
    )
    assert judge(question, frozenset({6, 3})).right
    assert judge(question, frozenset({3})).text == "3: right so far, but not all. Write down the windows."
    assert judge(question, frozenset({3, 5, 6})).text.startswith("3, 5, 6: not all of them belong there.")
    for other in (frozenset(), frozenset({3, 4})):
        assert "is none of the usual mistakes" in judge(question, other).text
    assert judge(question, frozenset()).text.startswith("None is")


def test_mistakes_of_a_real_question():
    question = generate("floor", seed=3)
    codes = {diagnosis.code for diagnosis in question.diagnoses}
    assert codes >= {"M1", "M3"}
    (half,) = (each.value for each in question.diagnoses if isinstance(each.value, float))
    assert "whole positions" in judge(question, half).text
    assert judge(question, question.answer + 100).diagnoses == ()


def test_every_misconception_shows_somewhere():
    shown = {
        code
        for kind in ("size", "floor", "dilation", "parameters", "work", "receptive", "named_padding", "cell", "pooled",
                     "transposed", "network_parameters")
        for seed in range(30)
        for diagnosis in generate(kind, seed, 3 if kind != "parameters" else 2).diagnoses
        for code in diagnosis.code.split("+")
    } | {code for seed in range(30) for each in generate("axis", seed, 2).diagnoses for code in each.code.split("+")}
    assert shown == set(MISCONCEPTIONS)
    assert all(each.title and each.text.endswith(".") for each in MISCONCEPTIONS.values())
