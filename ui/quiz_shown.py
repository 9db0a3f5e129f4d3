"""What the quiz sends to its front ends: nothing of the answer before it may be told."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from conv.quiz.answers import spell
from conv.quiz.question import Picture, Question
from conv.trace import STRETCH, sweep
from ui.animation import thumbnail
from ui.quiz_flow import Attempt
from ui.quiz_words import label, like, spoken, verdict
from ui.window import Window, plain_window

NOTHING: dict[str, Any] = {
    "question": "", "turn": "", "stage": "none", "asked": "", "label": "", "empty": "", "check": "Check",
    "reveal": False, "choices": None, "typed": "", "problem": "", "pictures": [], "verdict": None, "next": [],
    "solved": None,
}


def asking(attempt: Attempt, next_steps: list[tuple[str, str]], theme: str) -> dict[str, Any]:
    """Describe a question as far as it may be known, and what has been said of the answers."""
    question = attempt.question
    pictures = [picture(one, theme) for one in question.pictures]
    illustrated = attempt.choosing and [shown["title"] for shown in pictures] == list(question.choices)
    return NOTHING | {
        "question": attempt.name, "turn": attempt.turn, "stage": "done" if attempt.done else "ask",
        "asked": spoken(question.text), "label": label(attempt), "empty": like(question), "reveal": True,
        "choices": choices(question, pictures if illustrated else []) if attempt.choosing else None,
        "typed": attempt.typed, "problem": attempt.problem,
        "pictures": [] if illustrated else pictures,
        "solved": question.choices.index(question.answer) if attempt.done and attempt.choosing else None,
        "verdict": verdict(attempt), "next": [list(step) for step in next_steps] if attempt.done else [],
    }


def choices(question: Question, pictures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Describe what can be chosen: words, or pictures by their titles."""
    if pictures:
        return [{"text": shown["title"], "image": shown["image"], "alt": shown["alt"]} for shown in pictures]
    return [{"text": spoken(spell(choice))} for choice in question.choices]


def picture(shown: Picture, theme: str) -> dict[str, Any]:
    """Describe a picture: a grid of numbers, or a setting of the stepper drawn small."""
    if shown.values is None:
        drawn, alt = setting(tuple(shown.settings.items()), theme)
        return {"title": shown.title, "image": drawn, "alt": alt}
    rows, cols = shown.values.shape
    values = [int(value) if value == int(value) else float(value) for value in shown.values.ravel().tolist()]
    return {"title": shown.title, "rows": rows, "cols": cols, "values": values}


@lru_cache(maxsize=128)
def setting(settings: tuple[tuple[str, Any], ...], theme: str) -> tuple[str, str]:
    """Draw a setting of the stepper, and say what there is to see."""
    window = plain_window(**dict(settings))
    content = base64.b64encode(thumbnail(window, theme=theme, sizes=False)).decode("ascii")
    return f"data:image/png;base64,{content}", seen(window)


def seen(window: Window) -> str:
    """Say what there is to see: the grids and where the window stands, not the settings that make it stand there.

    >>> print(seen(plain_window(h=6, w=6, kh=3, kw=3, ph=1, pw=1, dh=2, dw=2)))
    Input: 6 rows, 6 columns; with zeros around it 8 rows, 8 columns. Kernel: 3 rows, 3 columns.
    Counted with all zeros, the first window reads rows 1, 3, 5 and columns 1, 3, 5, the second columns 2, 4, 6.
    Output: 4 rows, 4 columns.
    """
    c = window.configuration
    t = sweep(c, window.x, window.weight, window.bias)
    between = "between its numbers and " if (t.kinds == STRETCH).any() else ""
    zeros = f"; with zeros {between}around it {_grid(t.grid.shape)}" if t.grid.shape != c.input_size else ""
    first, *later = map(_places, t.window_cols)
    second = f", the second columns {later[0]}" if later else ""
    counted = "Counted with all zeros, the" if zeros else "The"
    return (
        f"Input: {_grid(c.input_size)}{zeros}. Kernel: {_grid(c.kernel_size)}.\n"
        f"{counted} first window reads rows {_places(t.window_rows[0])} and columns {first}{second}.\n"
        f"Output: {_grid(t.output.shape)}."
    )


def _places(places: Iterable[int]) -> str:
    """Count from 1 the places that a window reads."""
    return ", ".join(str(place + 1) for place in places)


def _grid(size: tuple[int, ...]) -> str:
    return f"{size[0]} rows, {size[1]} columns"
