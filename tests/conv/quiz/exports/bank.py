"""A question bank in small: what an importer keeps of a question, and what it says to an answer."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree

from conv.quiz.answers import same, spell
from conv.quiz.diagnosis import judge
from conv.quiz.exports.markup import html, line_html
from conv.quiz.question import Question


class Choice(NamedTuple):
    """An answer that the bank knows."""

    text: str
    fraction: float
    feedback: str
    tolerance: float = 0


class Held(NamedTuple):
    """A question that the bank holds; its texts are HTML."""

    numerical: bool
    name: str
    idnumber: str
    tags: tuple[str, ...]
    text: str
    general: str
    answers: tuple[Choice, ...]


def grade(held: Held, response: str) -> tuple[float, str]:
    """What the bank gives and says to a response: the first answer that matches counts."""
    for answer in held.answers:
        matches = answer.text in ("*", response)
        if matches or held.numerical and abs(float(answer.text) - float(response)) <= answer.tolerance:
            return answer.fraction, answer.feedback
    raise AssertionError(f"nothing is said to {response}")


def words(written: str) -> str:
    """Read what stands in HTML, which has to be well-formed; runs of white space are one space."""
    apart = re.sub(r"(</?(?:p|li|td|caption|th|pre)\b|<br)", r" \1", written)
    return " ".join("".join(ElementTree.fromstring(f"<all>{apart}</all>").itertext()).split())


def plain(markdown: str) -> str:
    """The words of Markdown."""
    return words(html(markdown))


def check(held: Held, question: Question) -> None:
    """The right answer gets full marks, each mistake hears its name, and any other answer that it is wrong."""
    assert held.idnumber == f"{question.kind}-{question.level}-{question.seed}"
    assert 0 < len(held.name) <= 255
    assert words(held.text).startswith(plain(question.text))
    assert plain(question.solution) in words(held.general)
    numbers = question.typed and isinstance(question.answer, int | float)
    assert held.numerical == numbers
    named = [diagnosis.value for diagnosis in question.diagnoses]
    if numbers:
        numeric = [value for value in (question.answer, *named) if not isinstance(value, str)]
        told = [(value, written) for value in numeric for written in {repr(value), f"{value:.2f}", f"{value:.3f}"}]
        assert grade(held, "123456.789")[0] == 0
        assert words(grade(held, "123456.789")[1])
    else:
        told = [(value, f"<p>{spell(value)}</p>") for value in question.choices]
        assert len(held.answers) == len(question.choices) == len({answer.text for answer in held.answers})
    assert len(told) >= 2
    for value, response in told:
        fraction, feedback = grade(held, response)
        assert fraction == (1 if same(value, question.answer) else 0)
        assert feedback == html(judge(question, value).text)
        for diagnosis in question.diagnoses:
            if same(diagnosis.value, value):
                assert line_html(diagnosis.text) in feedback
