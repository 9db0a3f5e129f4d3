"""A quiz that is set: the same questions for everyone who opens its link, or each person's own numbers."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

from conv.errors import ConvError
from conv.quiz import KINDS
from conv.quiz.papers import paper
from conv.quiz.question import Question
from ui.quiz_flow import Attempt
from ui.quiz_settings import LONGEST_NAME, Sitting, has_told, kinds, levels, storage
from ui.quiz_summary import sentence
from ui.settings import Page

NAME = {"stage": "name", "label": "Your name or number", "empty": "Type it first."}
NAME_FIRST = NAME | {"question": "name", "check": "Start"}
SIGN = NAME | {"question": "sign", "label": "Your name or number, for the summary", "check": "Write it there"}
LONGEST_STORED = 50_000  # characters
UNREADABLE = "What this browser had kept of this quiz could not be read: it starts anew."


def settle(page: Page) -> Sitting:
    """Find the question to ask, or say that it is over."""
    if page["own"] and not page["student"]:
        return Sitting(None, "", [], storage(page, key(page), ""), NAME_FIRST | refused_name(page))
    attempts = sat(page)
    if not attempts:
        return Sitting(None, "", [], storage(page, key(page), ""))
    page.update(n=min(page["n"], len(attempts) + 1))
    kept = storage(page, key(page), to_json(attempts))
    if page["n"] > len(attempts):
        over = {"verdict": {"tone": "told", "title": sentence(attempts), "lines": []}}
        return Sitting(None, "", [], kept, over if page["student"] else over | SIGN | refused_name(page))
    attempt = attempts[page["n"] - 1]
    question = attempt.question
    heading = f"Question {page['n']} of {len(attempts)} · {KINDS[question.kind].title}, level {question.level}"
    last = page["n"] == len(attempts)
    return Sitting(attempt, heading, [("next", "See the summary" if last else "Next question")], kept)


def refused_name(page: Page) -> dict[str, str]:
    """Say why a name was not taken, which stays to be shortened."""
    written = page.recall("name refused", "")
    told = f"Type at most {LONGEST_NAME} characters. Received: {len(written)} characters."
    return {"typed": written, "problem": told} if written else {}


def obey(page: Page, name: str, value: Any) -> None:
    """Do what somebody asked for beside answering."""
    if name == "next":
        page.update(n=page["n"] + 1)
    elif name == "answer" and isinstance(value, dict):  # to the question for a name
        written = " ".join(str(value.get("text", "")).split())
        too_long = len(written) > LONGEST_NAME
        page.remember("name refused", written if too_long else "")
        page.update(student="" if too_long else written)
    elif name == "over":
        page.update(n=1)
        page.remember("sat", page.recall("sat", {}) | {key(page): begun(page)})
    elif name == "stored" and isinstance(value, dict) and value.get("key") == key(page):
        take_stored(page, str(value.get("text", "")))


def take_stored(page: Page, content: str) -> None:
    """Go on where the browser left off, unless something has been answered since."""
    has_told(page, key(page))
    if not content or any(attempt.begun for attempt in sat(page)):
        return
    attempts = begun(page)
    try:
        if len(content) > LONGEST_STORED:
            raise ConvError.broken(f"Tries take at most {LONGEST_STORED} characters.", characters=len(content))
        for attempt, plain in zip(attempts, json.loads(content), strict=True):
            attempt.replay(plain)
    except (ConvError, TypeError, ValueError):
        page.remember("stored problem", UNREADABLE)
        return
    page.remember("sat", page.recall("sat", {}) | {key(page): attempts})
    if page["n"] == 1:
        open_ones = [place for place, attempt in enumerate(attempts, start=1) if not attempt.done]
        page.update(n=open_ones[0] if open_ones else len(attempts) + 1)


def to_json(attempts: list[Attempt]) -> str:
    """Write all tries."""
    return json.dumps([attempt.to_plain() for attempt in attempts])


# ---- the questions ---------------------------------------------------------------------------


def sat(page: Page) -> list[Attempt]:
    """Give what was made of every question in this session; nothing, and a note, where there can be no such quiz."""
    kept = page.recall("sat", {})
    if key(page) not in kept:
        try:
            kept = {key(page): begun(page)}
        except ConvError as error:
            page.notes[:] = dict.fromkeys([*page.notes, str(error)])
            return []
        page.remember("sat", kept)
    return kept[key(page)]


def begun(page: Page) -> list[Attempt]:
    """Lay the questions out, none of them answered."""
    return [Attempt(one, choosing=page["choices"] or not one.typed) for one in questions(page)]


def questions(page: Page) -> tuple[Question, ...]:
    """Make the questions of the quiz that the page's settings describe."""
    student = page["student"] if page["own"] else ""
    return _paper(kinds(page), levels(page), page["length"], max(page["seed"], 0), student)


@lru_cache(maxsize=64)
def _paper(*which: Any) -> tuple[Question, ...]:
    return tuple(paper(*which))


def url(page: Page, **changes: Any) -> str:
    """Give the quiz's address with all that it is made from, so that a default of later on changes nothing in it."""
    made_from = {"kinds": kinds(page), "levels": tuple(map(str, levels(page))), "seed": max(page["seed"], 0)}
    return page.url(always=("length",), **made_from, n=1, **changes)


def key(page: Page) -> str:
    """Name the quiz in the browser's storage: one a set of settings, and a person where each has their own."""
    whose = page["student"] if page["own"] else ""
    which = [page[name] for name in ("kinds", "levels", "length", "seed", "choices", "own")] + [whose]
    return f"convolution-visualiser/quiz/{hashlib.sha256(json.dumps(which).encode()).hexdigest()[:16]}"
