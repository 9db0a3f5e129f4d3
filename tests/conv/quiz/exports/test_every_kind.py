"""A thousand variants of every kind come through every export."""

from __future__ import annotations

import re

import pytest

from conv.quiz import KINDS, LEVELS, generate
from conv.quiz.exports.canvas import canvas_text
from conv.quiz.exports.gift import gift
from conv.quiz.exports.items import distinct
from conv.quiz.exports.markup import spans
from conv.quiz.exports.moodle import moodle_xml
from conv.quiz.exports.pictures import grid
from ui.typesetting import formula

from . import test_canvas
from .bank import check
from .test_gift import read_gift
from .test_moodle import read_moodle

VARIANTS = 1000
COMMAND = re.compile(r"\\[A-Za-z]+|[{}^_]")

# How a line of a text for text2qti begins: with one of its marks, or below the text of one.
LINE = re.compile(
    r"Quiz title: |shuffle answers: true$|Title: |\d+\.  \S|\.\.\. \S|-   \S|=   -?\d|\*?[a-d]\)  ?\S|    |$"
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_variants(kind: str) -> None:
    questions = distinct(generate(kind, seed, LEVELS[seed % len(LEVELS)]) for seed in range(VARIANTS))
    category, held = read_moodle(moodle_xml(questions, "Networks/Quiz"))
    assert category == "$course$/Networks/Quiz"
    assert len({one.idnumber for one in held}) == len({one.name for one in held}) == len(held)
    for one, question in zip(held, questions, strict=True):
        check(one, question)
    assert read_gift(gift(questions, "Networks/Quiz")) == (category, held)

    text = canvas_text(questions, "Quiz")
    assert [line for line in text.split("\n") if not LINE.match(line)] == []
    assert len(re.findall(r"^Title: .*$", text, re.MULTILINE)) == len(questions)
    for question in questions:
        looks = {grid(picture)._replace(title=grid(picture).title[1:]) for picture in question.pictures}
        assert len(looks) == len(question.pictures), question.seed

    texts = (text for one in questions for text in (one.text, one.solution, one.note, *(d.text for d in one.diagnoses)))
    formulas = {span.text for text in set(texts) for span in spans(text) if span.style == "math"}
    longest = {frozenset(COMMAND.findall(latex)): latex for latex in sorted(formulas, key=len)}  # of its commands
    assert [latex for latex in longest.values() if formula(latex).style != "math"] == []  # all can be set on paper

    few = questions[:12]  # text2qti takes its time
    for one, question in zip(test_canvas.imported(few), few, strict=True):
        test_canvas.check(one, question)
