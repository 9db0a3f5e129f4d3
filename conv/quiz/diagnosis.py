"""What a wrong answer tells of how it came about."""

from __future__ import annotations

from typing import NamedTuple

from conv.quiz.answers import same, spell
from conv.quiz.question import Diagnosis, Question, Value


class Verdict(NamedTuple):
    """What is said of an answer.

    Attributes
    ----------
    right : bool
    diagnoses : tuple of Diagnosis
        The mistakes that give exactly this answer; none, or several where it may have been any of them.
    text : str
        To be shown, as Markdown. It does not tell the right answer, so that there can be a second try.
    """

    right: bool
    diagnoses: tuple[Diagnosis, ...]
    text: str


def judge(question: Question, value: Value) -> Verdict:
    """Hold an answer against the right one and the known mistakes.

    Examples
    --------
    >>> from conv.quiz import generate
    >>> question = generate("size", seed=0)  # 7×7 under 5×5
    >>> judge(question, (3, 3)).text
    'Right: 3 × 3.'
    >>> judge(question, (2, 2)).text
    'You forgot the + 1: 7 − 5 = 2.'
    """
    if same(value, question.answer):
        return Verdict(True, (), f"Right: {spell(question.answer)}.")
    found = tuple(diagnosis for diagnosis in question.diagnoses if same(diagnosis.value, value))
    if len(found) == 1:
        return Verdict(False, found, found[0].text)
    if found:
        lines = "\n".join(f"- {diagnosis.text}" for diagnosis in found)
        return Verdict(False, found, f"{_capital(spell(value))} may come from one of these:\n\n{lines}")
    said = _of_sets(value, question.answer) or f"{_capital(spell(value))} is none of the usual mistakes."
    return Verdict(False, (), f"{said} {question.hints[0]}")


def _of_sets(value: Value, answer: Value) -> str:
    """Say how a wrong set overlaps with the right one; nothing where it says nothing."""
    if not isinstance(value, frozenset) or not isinstance(answer, frozenset):
        return ""
    if value and value < answer:
        return f"{spell(value)}: right so far, but not all."
    if answer and value > answer:
        return f"{spell(value)}: not all of them belong there."
    return ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
