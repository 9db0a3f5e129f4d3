"""The quiz in words: what stands beside the field, what is said of an answer, and Markdown read aloud."""

from __future__ import annotations

import re
from typing import Any

from conv.quiz.answers import spell
from conv.quiz.question import Question
from ui.quiz_flow import Attempt

_LATEX = {
    r"\times": "×", r"\cdot": "·", r"\in": "∈", r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈", r"\rceil": "⌉",
    r"\infty": "∞", r"\le": "≤", r"\ge": "≥", r"\sum": "Σ", r"\ldots": "…", r"\dots": "…", r"\partial": "∂",
    r"\to": "→", r"\mathbb{R}": "ℝ",
}
_COMMAND = re.compile(r"\\(?:mathbb\{R\}|[a-zA-Z]+|[,;! ])")
_FRACTION = re.compile(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}")
_EXPONENT = re.compile(r"\^\{([^{}]{2,})\}")
_LIKE = {2: "rows × columns, such as 5×7", 3: "maps × rows × columns, such as 6×5×7"}


def spoken(markdown: str) -> str:
    """Read Markdown with LaTeX as plain text.

    >>> spoken(r"If $X \\in \\mathbb{R}^{7 \\times 7}$ and **stride** $S = 2$, how wide?")
    'If X ∈ ℝ^(7 × 7) and stride S = 2, how wide?'
    """
    text = _EXPONENT.sub(r"^(\1)", _FRACTION.sub(r"(\1)/(\2)", markdown))
    text = _COMMAND.sub(lambda found: _LATEX.get(found[0], ""), text)
    return re.sub(r"\s+", " ", re.sub(r"[${}]|\*\*|`", "", text)).strip()


def label(attempt: Attempt) -> str:
    """Say what is to be typed or chosen."""
    question = attempt.question
    if attempt.choosing:
        return "Choose one, or press its letter"
    unit = f": {question.unit}" if question.unit else ""
    return f"Your answer{unit}"


def like(question: Question) -> str:
    """Say how an answer may look, for a field that was left empty."""
    answer = question.answer
    if isinstance(answer, tuple):
        return f"Type {_LIKE.get(len(answer), 'all sizes')} first."
    if isinstance(answer, frozenset):
        return "Type whole numbers first, with commas between."
    return "Type a letter first." if isinstance(answer, str) else "Type a number first."


def verdict(attempt: Attempt) -> dict[str, Any] | None:
    """Say what came of the last answer: whether it is right, what went wrong, and a hint or the solution's result."""
    if attempt.right:
        return {"tone": "right", "title": attempt.verdicts[-1].text, "lines": []}
    told = f"The answer is {spell(attempt.question.answer)}."
    lines = _named_mistakes(attempt)
    if attempt.gave_up:
        return {"tone": "told", "title": told, "lines": lines}
    if not attempt.verdicts:
        return None
    if attempt.done:
        return {"tone": "wrong", "title": f"{_named(attempt)} is not right either. {told}", "lines": lines}
    hint = f"Hint: {spoken(attempt.question.hints[0])}"
    return {"tone": "wrong", "title": f"{_named(attempt)} is not right. One more try.", "lines": [*lines, hint]}


def _named_mistakes(attempt: Attempt) -> list[str]:
    """Say what went wrong in the last answer; once all is told, only where that has a name."""
    if not attempt.verdicts or (attempt.done and not attempt.verdicts[-1].diagnoses):
        return []
    said = attempt.verdicts[-1].text.removesuffix(attempt.question.hints[0])  # the hint stands apart
    return [spoken(line.removeprefix("- ")) for line in said.splitlines() if line.strip()]


def _named(attempt: Attempt) -> str:
    """Name the last answer as it stands on the page: a choice with its letter."""
    value = attempt.answers[-1]
    if not attempt.choosing:
        return spell(value)
    letter = "abcdefghi"[attempt.question.choices.index(value)]
    spelled = spell(value)
    return f"({letter}) {spelled}" if len(spelled) <= 24 and spelled.lower() != letter else f"({letter})"


def pips(run: int, of: int = 3) -> str:
    """Draw how many in a row were right.

    >>> pips(2)
    '●●○'
    """
    return "●" * min(run, of) + "○" * (of - min(run, of))


def spelled_answers(attempt: Attempt) -> str:
    """Write the answers that were given, the first one first."""
    return ", then ".join(spell(value) for value in attempt.answers) or "–"


def outcome(attempt: Attempt) -> str:
    """Say in a few words what came of a question."""
    if not attempt.done:
        return "not answered"
    if attempt.right:
        return "right" if attempt.right_at_once else "right at the second try"
    return "solution shown" if attempt.gave_up else "not right"
