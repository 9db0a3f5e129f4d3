"""The settings of the quiz's page, and what practice and a set quiz both do."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from conv.errors import ConvError
from conv.quiz import KINDS, LARGEST_SEED, LEVELS
from conv.quiz.question import Question
from ui.quiz_flow import Attempt
from ui.settings import Page, choice, flag, several, text, whole

UNCHOSEN = -1  # a seed that the practice queue is to choose
MOST_QUESTIONS = 50
MOST_ATTEMPTS = 100  # kept in a session, so that going back to a question finds it as it was left
LONGEST_NAME = 60  # characters
GROUPS = {
    "Sizes": ("size", "axis", "floor", "dilation", "pooling", "named_padding", "transposed"),
    "Backwards": ("which_padding", "which_stride", "which_kernel", "unread"),
    "Costs": ("parameters", "work", "dense"),
    "Values": ("cell", "pooled", "gradient"),
    "Networks": ("receptive", "network_shape", "network_parameters"),
    "Comparing": ("which_picture", "frameworks"),
}
"""All kinds of question, in folds of a few."""

TITLE = "Convolution quiz"  # of what is printed and exported
MODES = {"practice": "Practice", "set": "A quiz for a class"}

SETTINGS = (
    choice("mode", "practice", MODES),
    several("kinds", list(KINDS), "kinds of question with ~ between, such as size~axis"),  # none: all
    choice("kind", "", ["", *KINDS], "a kind of question, such as size"),
    whole("level", 0, 0, max(LEVELS)),  # 0: as the queue finds
    whole("seed", UNCHOSEN, UNCHOSEN, LARGEST_SEED),  # of the question in practice, of all of them in a set quiz
    several("levels", [str(level) for level in LEVELS]),  # none: all, or in practice as one gets on
    flag("choices"),
    whole("length", 10, 1, MOST_QUESTIONS),
    whole("n", 1, 1, MOST_QUESTIONS + 1),  # which question of a set quiz; one more than there are is its end
    flag("own"),
    text("student", LONGEST_NAME),
    flag("given"),
)


@dataclass(frozen=True)
class Sitting:
    """What the page shows now.

    Attributes
    ----------
    attempt : Attempt, optional
        None before a set quiz has begun and after its end.
    heading : str
        Above the question, as Markdown.
    next_steps : list of (str, str)
        What can be done once the question is done: the command's name and its label.
    storage : dict
        For the browser: under which key, what, and whether it shall first tell what it has.
    message : dict
        What the front end is told otherwise than about an attempt.
    """

    attempt: Attempt | None
    heading: str
    next_steps: list[tuple[str, str]]
    storage: dict[str, Any]
    message: dict[str, Any] = field(default_factory=dict)


def kinds(page: Page) -> tuple[str, ...]:
    """Give the kinds that are asked: all where none is chosen."""
    return page["kinds"] or tuple(KINDS)


def levels(page: Page) -> tuple[int, ...]:
    """Give the levels that are asked: all where none is chosen."""
    return tuple(map(int, page["levels"])) or LEVELS


def attempt_at(page: Page, question: Question) -> Attempt:
    """Give what was made of a question in this session; it begins where nothing was."""
    attempts = page.recall("attempts", {})
    new = Attempt(question, choosing=page["choices"] or not question.typed)
    attempt = attempts.setdefault(new.name, new)
    tries = page.recall("tries")  # that the browser had kept
    if not attempt.begun and isinstance(tries, dict) and attempt.name in tries:
        with suppress(ConvError):
            attempt.replay(tries.pop(attempt.name))
    while len(attempts) > MOST_ATTEMPTS:
        del attempts[next(iter(attempts))]
    page.remember("attempts", attempts)
    return attempt


def storage(page: Page, key: str, content: str) -> dict[str, Any]:
    """Say what the browser shall keep; what it has kept is heard first."""
    wanted = key not in page.recall("heard", ())
    return {"key": key, "text": None if wanted else content, "wanted": wanted}


def has_told(page: Page, key: str) -> None:
    """Note that the browser has told what it kept under a key."""
    page.remember("heard", {*page.recall("heard", ()), key})
