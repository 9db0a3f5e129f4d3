"""What a wrong answer tells of how it came about."""

from __future__ import annotations

from typing import NamedTuple

from conv.quiz.answers import read, refused, same, spell
from conv.quiz.question import Diagnosis, Question, Value

MAY_BE_NONE = ("pixels",)  # of padding


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


def answer_to(question: Question, text: str) -> Value:
    """Read what was typed to a question; a size or a count that there cannot be is asked for again.

    A mistake that has a name is told by it, though its size be a fraction.

    Raises
    ------
    ConvError
        ``Type a whole number: thousands have a comma or a space between, not a point. Received: 1.936.``
        ``Type a number from 1 on. Received: -5.``
        and those of `conv.quiz.answers.read`.

    Examples
    --------
    >>> from conv.quiz import generate
    >>> answer_to(generate("axis", seed=3), "7 pixels")
    7
    """
    value = read(text, like=question.answer)
    if question.unit == "value" or any(same(diagnosis.value, value) for diagnosis in question.diagnoses):
        return value
    if isinstance(value, float):
        rule = "Type a whole number: thousands have a comma or a space between, not a point."
        raise refused(rule, text)
    least = 0 if question.unit in MAY_BE_NONE else 1
    if isinstance(value, int | tuple) and min(value if isinstance(value, tuple) else (value,)) < least:
        raise refused(f"Type {'sizes' if isinstance(value, tuple) else 'a number'} from {least} on.", text)
    return value


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
