"""What the quiz sends to its front ends: nothing of the answer before it may be told."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any

from conv.quiz.answers import spell
from conv.quiz.question import Picture
from ui.animation import thumbnail
from ui.quiz_flow import Attempt
from ui.quiz_words import label, like, spoken, verdict
from ui.window import plain_window

NOTHING: dict[str, Any] = {
    "question": "", "turn": "", "stage": "none", "asked": "", "label": "", "empty": "", "check": "Check",
    "reveal": False, "choices": None, "typed": "", "problem": "", "pictures": [], "verdict": None, "next": [],
}


def asking(attempt: Attempt, next_steps: list[tuple[str, str]], theme: str) -> dict[str, Any]:
    """Describe a question as far as it may be known, and what has been said of the answers."""
    question = attempt.question
    return NOTHING | {
        "question": attempt.name, "turn": attempt.turn, "stage": "done" if attempt.done else "ask",
        "asked": spoken(question.text), "label": label(attempt), "empty": like(question), "reveal": True,
        "choices": [spoken(spell(choice)) for choice in question.choices] if attempt.choosing else None,
        "typed": attempt.typed, "problem": attempt.problem,
        "pictures": [picture(one, theme) for one in question.pictures],
        "verdict": verdict(attempt), "next": [list(step) for step in next_steps] if attempt.done else [],
    }


def picture(shown: Picture, theme: str) -> dict[str, Any]:
    """Describe a picture: a grid of numbers, or a setting of the stepper drawn small."""
    if shown.values is None:
        drawn, alt = setting(tuple(shown.settings.items()), theme)
        return {"title": shown.title, "image": drawn, "alt": f"{shown.title}: {alt}"}
    rows, cols = shown.values.shape
    values = [int(value) if value == int(value) else float(value) for value in shown.values.ravel().tolist()]
    return {"title": shown.title, "rows": rows, "cols": cols, "values": values}


@lru_cache(maxsize=128)
def setting(settings: tuple[tuple[str, Any], ...], theme: str) -> tuple[str, str]:
    """Draw a setting of the stepper, and say what there is to see."""
    window = plain_window(**dict(settings))
    content = base64.b64encode(thumbnail(window, theme=theme)).decode("ascii")
    c = window.configuration
    sizes = {"input": c.input_size, "window": c.kernel_size, "output": c.output_size}
    alt = ", ".join(f"{name} {rows} by {cols}" for name, (rows, cols) in sizes.items())
    return f"data:image/png;base64,{content}", alt
