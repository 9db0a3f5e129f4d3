r"""Questions in GIFT, a plain text that many learning platforms read: https://docs.moodle.org/en/GIFT_format.

Every mark that means something to GIFT is written with a backslash before it, the backslash itself first of all.
"""

from __future__ import annotations

from collections.abc import Iterable

from conv.quiz.answers import spell
from conv.quiz.exports.items import UNNAMED, Answer, Item, distinct, item
from conv.quiz.exports.markup import html
from conv.quiz.exports.pictures import pictures_html
from conv.quiz.question import Question

MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\#=~{}:"} | {"\n": "\\n", "\r": None})


def gift(questions: Iterable[Question], category: str, *, address: str = "") -> str:
    """Write questions in GIFT, their texts in HTML.

    Parameters
    ----------
    questions : iterable of Question
        The same question twice is written once.
    category : str
        Where the bank puts them, ``/`` between the levels.
    address : str
        Where the program is to be found; the solutions then lead to it.

    Returns
    -------
    str
        A blank line between questions, none within.
    """
    place = " ".join(category.split()).strip("/")
    parts = [f"$CATEGORY: $course$/{place}", *(_question(item(question, address)) for question in distinct(questions))]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    r"""Put a backslash before every mark of GIFT.

    >>> print(escaped(r"<b>k = \frac{1}{2}</b>"))
    <b>k \= \\frac\{1\}\{2\}</b>
    """
    return text.translate(MARKS)


def _question(told: Item) -> str:
    asked = escaped(html(told.question.text) + pictures_html(told.question.pictures))
    lines = [
        f"// [id:{told.idnumber}] " + " ".join(f"[tag:{tag}]" for tag in told.tags),
        f"::{escaped(told.name)}::[html]{asked}{{" + ("#" if told.typed else ""),
    ]
    if told.typed:
        lines += [*map(_typed, told.typed), f"\t~#{escaped(html(UNNAMED))}"]
    else:
        lines += map(_chosen, told.choices)
    return "\n".join([*lines, f"\t####{escaped(html(told.solution))}", "}"])


def _typed(answer: Answer) -> str:
    return f"\t=%{100 if answer.right else 0}%{answer.value!r}:{answer.tolerance}#{escaped(html(answer.feedback))}"


def _chosen(answer: Answer) -> str:
    return f"\t{'=' if answer.right else '~'}{escaped(html(spell(answer.value)))}#{escaped(html(answer.feedback))}"
