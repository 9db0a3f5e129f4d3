"""Questions for Moodle, in its XML: https://docs.moodle.org/en/Moodle_XML_format."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from conv.quiz.answers import spell
from conv.quiz.exports.items import UNNAMED, Answer, Item, distinct, item
from conv.quiz.exports.markup import html
from conv.quiz.exports.pictures import pictures_html
from conv.quiz.question import Question

PENALTY = 0.3333333  # of the marks for each further try, as Moodle itself suggests
NO_UNITS = 3  # numbers are asked without a unit beside them
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def moodle_xml(questions: Iterable[Question], category: str, *, address: str = "") -> bytes:
    """Write questions as Moodle XML.

    A number that is typed becomes a numerical question: its answers are tried in their order, so the right one comes
    first and "anything else" last. Every other question becomes multiple choice, shuffled.

    Parameters
    ----------
    questions : iterable of Question
        The same question twice is written once.
    category : str
        Where the bank puts them: below the course, ``/`` between the levels.
    address : str
        Where the program is to be found; the solutions then lead to it.

    Returns
    -------
    bytes
        UTF-8.
    """
    parts = [_category(category), *(_question(item(question, address)) for question in distinct(questions))]
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n' + "".join(parts) + "</quiz>\n").encode()


def _category(category: str) -> str:
    path = NOT_IN_XML.sub("", f"$course$/{category.strip().strip('/')}")
    return f'<question type="category"><category>{_text(path)}</category></question>\n'


def _question(told: Item) -> str:
    parts = [
        f"<name>{_text(told.name)}</name>",
        _html("questiontext", html(told.question.text) + pictures_html(told.question.pictures)),
        _html("generalfeedback", html(told.solution)),
        f"<defaultgrade>1</defaultgrade><penalty>{PENALTY}</penalty><hidden>0</hidden>",
        f"<idnumber>{escape(told.idnumber)}</idnumber>",
    ]
    parts += _numerical(told) if told.typed else _multichoice(told)
    parts += [_html("hint", html(hint)) for hint in told.question.hints]
    parts += ["<tags>" + "".join(f"<tag>{_text(tag)}</tag>" for tag in told.tags) + "</tags>"]
    kind = "numerical" if told.typed else "multichoice"
    return f'<question type="{kind}">\n' + "\n".join(parts) + "\n</question>\n"


def _numerical(told: Item) -> list[str]:
    answers = [
        _answer(answer, _text(repr(answer.value)), f"<tolerance>{answer.tolerance}</tolerance>")
        for answer in told.typed
    ]
    return [*answers, _answer(Answer("*", False, UNNAMED), _text("*"), "<tolerance>0</tolerance>"),
            f"<unitgradingtype>0</unitgradingtype><unitpenalty>0</unitpenalty><showunits>{NO_UNITS}</showunits>"]


def _multichoice(told: Item) -> list[str]:
    return [
        "<single>true</single><shuffleanswers>true</shuffleanswers><answernumbering>abc</answernumbering>",
        *(_html(f"{how}feedback", "") for how in ("correct", "partiallycorrect", "incorrect")),  # answers have theirs
        *(_answer(answer, _cdata(html(spell(answer.value))), "", "html") for answer in told.choices),
    ]


def _answer(answer: Answer, text: str, tolerance: str, style: str = "moodle_auto_format") -> str:
    fraction = 100 if answer.right else 0
    return (f'<answer fraction="{fraction}" format="{style}">{text}'
            f'{_html("feedback", html(answer.feedback))}{tolerance}</answer>')


def _html(tag: str, content: str) -> str:
    return f'<{tag} format="html">{_cdata(content)}</{tag}>'


def _cdata(content: str) -> str:
    """HTML as it is; its words hold no ``>``, so the end mark of CDATA cannot stand in it."""
    return f"<text><![CDATA[{NOT_IN_XML.sub('', content)}]]></text>"


def _text(content: str) -> str:
    return f"<text>{escape(content)}</text>"
