"""Questions for Canvas, as the plain text from which text2qti makes QTI 1.2: https://github.com/gpoore/text2qti.

The text is Markdown that people can read and change before they turn it into the file that Canvas imports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import ascii_lowercase

from conv.quiz.answers import same, spell
from conv.quiz.exports.items import UNNAMED, Item, distinct, item
from conv.quiz.exports.markup import Block, Span, blocks, spans
from conv.quiz.exports.pictures import pictures_html
from conv.quiz.question import Question

LEAST = 1e-4  # text2qti takes no typed answer nearer to 0
MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]!$"} | {"<": "&lt;", "&": "&amp;"})


def canvas_text(questions: Iterable[Question], title: str, *, address: str = "") -> str:
    """Write questions as text2qti reads them.

    A typed number has no feedback of its own for each wrong answer there: what all of them tell stands in the one
    feedback for wrong answers. A number too near to 0 to be typed there is chosen instead.

    Parameters
    ----------
    questions : iterable of Question
        The same question twice is written once.
    title : str
        Of the quiz.
    address : str
        Where the program is to be found; the solutions then lead to it.

    Returns
    -------
    str
    """
    head = f"Quiz title: {' '.join(title.split()) or 'Quiz'}\nshuffle answers: true\n"
    told = [item(question, address) for question in distinct(questions)]
    return "\n".join([head, *(_question(number, one) for number, one in enumerate(told, start=1))])


def _question(number: int, told: Item) -> str:
    pictures = pictures_html(told.question.pictures)
    text = "\n\n".join(part for part in (markdown(told.question.text), pictures) if part)
    lines = [f"Title: {told.name}", _entry(f"{number}.  ", text), _entry("... ", markdown(told.solution))]
    answer = told.question.answer
    tolerance = told.typed[0].tolerance if told.typed else 0
    if told.typed and isinstance(answer, int | float) and abs(answer) - tolerance >= LEAST:
        lines += [_entry("-   ", _all_mistakes(told)),
                  f"=   {answer}" + (f" +- {tolerance}" if tolerance else "")]
    else:
        for letter, choice in zip(ascii_lowercase, told.choices, strict=False):
            mark = f"*{letter}) " if choice.right else f"{letter})  "
            lines += [mark + markdown(spell(choice.value)), _entry("... ", markdown(choice.feedback))]
    return "\n".join(lines) + "\n"


def _all_mistakes(told: Item) -> str:
    """What each wrong answer would be told, in one list."""
    lines = []
    for answer in told.typed[1:]:
        texts = [diagnosis.text for diagnosis in told.question.diagnoses if same(diagnosis.value, answer.value)]
        lines.append(f"- **{spell(answer.value)}**: " + " Or: ".join(map(markdown, texts)).replace("\n", "\n    "))
    return "If you answered\n\n" + "\n".join(lines) if lines else UNNAMED


def _entry(mark: str, text: str) -> str:
    """A part of a question: what follows its first line stands below its text."""
    return mark + text.replace("\n", "\n" + " " * len(mark)).replace("\n" + " " * len(mark) + "\n", "\n\n")


# ---- Markdown as text2qti reads it ---------------------------------------------------------


def markdown(text: str) -> str:
    r"""Write the questions' Markdown so that Python-Markdown, which text2qti uses, takes it for the same.

    >>> print(markdown("So $3 < 5$, but a*b < [c]."))
    So $3 < 5$, but a\*b &lt; \[c\].
    """
    return "\n\n".join(_block(block) for block in blocks(text))


def _block(block: Block) -> str:
    if block.kind == "code":
        return "\n".join(["```", *(line for (line,) in block.rows), "```"])
    rows = [["".join(map(_span, spans(cell))) for cell in row] for row in block.rows]
    if block.kind == "table":
        head, *body = [" | ".join(cell.replace("|", r"\|") for cell in row) for row in rows]
        return "\n".join([f"| {head} |", "|" + " --- |" * len(rows[0]), *(f"| {row} |" for row in body)])
    if block.kind == "paragraph":
        return re.sub(r"^([#>:=-])", r"\\\1", "<br>".join(line for (line,) in rows))
    return "\n".join(f"{'-' if block.kind == 'bullets' else f'{number}.'} {line}"
                     for number, (line,) in enumerate(rows, start=1))


def _span(span: Span) -> str:
    if span.style in ("words", "code", "math"):
        return {"words": span.text.translate(MARKS), "code": f"`{span.text}`", "math": f"${span.text}$"}[span.style]
    inside = "".join(map(_span, spans(span.text)))
    return {"strong": f"**{inside}**", "stressed": f"*{inside}*", "link": f"[{inside}]({span.address})"}[span.style]
