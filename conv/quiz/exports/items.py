"""What every question bank is told of a question, before it is written in one bank's own way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from conv.quiz import KINDS
from conv.quiz.answers import TOLERANCE, same
from conv.quiz.diagnosis import judge
from conv.quiz.links import label_of
from conv.quiz.question import Question, Value

UNNAMED = "That is not right, and none of the usual mistakes leads there."
"""What is told to any answer that is not expected."""


class Answer(NamedTuple):
    """An answer and what is told to those who give it.

    Attributes
    ----------
    value : Value
    right : bool
        Whether it gets full marks; any other gets none.
    feedback : str
        Markdown.
    """

    value: Value
    right: bool
    feedback: str

    @property
    def tolerance(self) -> float:
        """How far from the number one may be: numbers with decimals are told by the two that are shown."""
        return TOLERANCE if isinstance(self.value, float) else 0


class Item(NamedTuple):
    """A question as every bank asks it; texts are Markdown.

    Attributes
    ----------
    name : str
        What the lecturer sees in the bank.
    idnumber : str
        The same for the same question, of each another: ``output_size-2-17``.
    tags : tuple of str
        Kind, level, and the misconceptions that are told by name.
    question : Question
    typed : tuple of Answer
        Where a number is to be typed: the right one first, then the wrong ones that have a name. Otherwise empty.
    choices : tuple of Answer
        What can be chosen instead.
    solution : str
        The worked solution, and where courses or libraries differ.
    """

    name: str
    idnumber: str
    tags: tuple[str, ...]
    question: Question
    typed: tuple[Answer, ...]
    choices: tuple[Answer, ...]
    solution: str


def distinct(questions: Iterable[Question]) -> list[Question]:
    """Leave out what has been asked before: the same words and pictures are the same question, whatever the seed.

    Parameters
    ----------
    questions : iterable of Question

    Returns
    -------
    list of Question
        In their order. A bank that held one twice could ask it twice.
    """
    first: dict[tuple, Question] = {}
    for question in questions:
        first.setdefault(_what_is_seen(question), question)
    return list(first.values())


def _what_is_seen(question: Question) -> tuple:
    pictures = (
        (picture.title, None if picture.values is None else picture.values.tolist(), sorted(picture.settings.items()))
        for picture in question.pictures
    )
    return question.text, str(list(pictures))


def item(question: Question, address: str = "") -> Item:
    """Gather what a question bank is told.

    Parameters
    ----------
    question : Question
    address : str
        Where the program is to be found, ``https://conv.example.org/``; the solution then leads to the page that
        shows it.

    Returns
    -------
    Item
    """
    codes = {code for diagnosis in question.diagnoses for code in diagnosis.code.split("+")}
    return Item(
        name=f"{KINDS[question.kind].title}, level {question.level}, no. {question.seed}",
        idnumber=f"{question.kind}-{question.level}-{question.seed}",
        tags=(question.kind, f"level {question.level}", *sorted(codes, key=lambda code: int(code[1:]))),
        question=question,
        typed=tuple(_answer(question, value) for value in _typed(question)),
        choices=tuple(_answer(question, value) for value in question.choices),
        solution="\n\n".join(part for part in (question.solution, question.note, _show_me(question, address)) if part),
    )


def _typed(question: Question) -> list[Value]:
    """The right number, then the wrong ones with a name; one for all that count as the same."""
    if not question.typed or not isinstance(question.answer, int | float):
        return []
    values: list[Value] = [question.answer]
    for _, value, _ in question.diagnoses:
        if isinstance(value, int | float) and not any(same(value, other) for other in values):
            values.append(round(value, 2))
    return values


def _answer(question: Question, value: Value) -> Answer:
    verdict = judge(question, value)
    return Answer(value, verdict.right, verdict.text)


def _show_me(question: Question, address: str) -> str:
    if not address or not question.link:
        return ""
    return f"[{label_of(question)}]({address.rstrip('/')}/{question.link})"
