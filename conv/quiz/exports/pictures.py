"""What is shown beside a question, as tables of HTML: they need no files, and a screen reader reads them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from conv.quiz.answers import spell
from conv.quiz.question import Picture

TABLE = 'style="border-collapse: collapse; margin: 0.5em 0"'
CELL = 'style="border: 1px solid #767676; padding: 0.2em 0.6em; text-align: center"'


def pictures_html(pictures: Iterable[Picture]) -> str:
    """Write pictures as tables with a caption, on one line."""
    return "".join(_table(picture) for picture in pictures)


def _table(picture: Picture) -> str:
    values = [] if picture.values is None else picture.values.tolist()
    rows = ("".join(f"<td {CELL}>{spell(value)}</td>" for value in row) for row in values)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table {TABLE}><caption>{escape(picture.title)}</caption><tbody>{body}</tbody></table>"
