"""What the quiz sends to its front ends: nothing of the answer before it may be told."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any

from conv.configuration import Configuration
from conv.geometry import effective_kernel_size
from conv.quiz.answers import spell
from conv.quiz.question import Picture, Question
from ui.animation import thumbnail
from ui.quiz_flow import Attempt
from ui.quiz_words import label, like, spoken, verdict
from ui.window import plain_window

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
    content = base64.b64encode(thumbnail(window, theme=theme)).decode("ascii")
    return f"data:image/png;base64,{content}", seen(window.configuration)


def seen(c: Configuration) -> str:
    """Say what there is to see of a configuration, and no more: sizes, not the stride that makes them.

    >>> seen(Configuration(input_size=(6, 6), padding=(1, 1), dilation=(2, 2)))
    'input 6 × 6, with its padding 8 × 8, kernel 3 × 3, with its holes 5 × 5, output 4 × 4'
    """
    padded = tuple(size + sum(ends) for size, ends in zip(c.input_size, c.pads, strict=True))
    spread = effective_kernel_size(c.kernel_size, c.dilation)
    sizes = {"input": c.input_size, "with its padding": padded, "kernel": c.kernel_size, "with its holes": spread}
    if c.operation == "transposed" or padded == c.input_size:
        del sizes["with its padding"]
    if spread == c.kernel_size:
        del sizes["with its holes"]
    return ", ".join(f"{name} {spell(size)}" for name, size in (sizes | {"output": c.output_size}).items())
