"""Links to the pages that show a question's configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from conv.quiz.question import Question
from conv.quiz.slips import Axis

Cells = Iterable[Iterable[float]]


def explore(rows: Axis, cols: Axis, op: str = "conv", *, page: str = "explore", **more: Any) -> str:
    """Link to a page with a stepper: two axes, the operation, and any other of its settings."""
    given: dict[str, object] = {} if op == "conv" else {"op": op}
    names = (("h", "w"), ("kh", "kw"), ("sh", "sw"), ("ph", "pw"), ("dh", "dw"))
    for pair, *values in zip(names, rows[:5], cols[:5], strict=True):
        given |= dict(zip(pair, values, strict=True))
    if rows.ceil:
        given["ceil"] = 1
    return link(page, given | more)


def label_of(question: Question) -> str:
    """Say what the link of a question shows: of a dense layer on maps, the convolution that makes them."""
    below = question.kind == "dense" and not question.link.startswith("connections")
    return "Show me the convolution" if below else "Show me"


def link(page: str, settings: dict[str, object]) -> str:
    """Spell a page with its settings.

    >>> link("explore", {"h": 7, "w": 7})
    'explore?h=7&w=7'
    """
    return f"{page}?{urlencode(settings, safe='~')}"


def cells(values: Cells) -> str:
    """Spell a grid's numbers as the edits of its cells.

    >>> cells([[1, -2], [0, 0.5]])
    '1_1_1~1_2_-2~2_1_0~2_2_0.5'
    """
    return "~".join(
        f"{row}_{col}_{value:g}" for row, line in enumerate(values, 1) for col, value in enumerate(line, 1)
    )
