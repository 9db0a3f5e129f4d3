"""Practice: one question after another, as the queue finds."""

from __future__ import annotations

import secrets
from typing import Any

from conv.errors import ConvError
from conv.quiz import KINDS, generate
from conv.quiz.misconceptions import MISCONCEPTIONS
from conv.quiz.queue import IN_A_ROW, Ask, Progress, Queue
from ui.quiz_flow import Attempt
from ui.quiz_settings import UNCHOSEN, Sitting, attempt_at, has_told, kinds, storage
from ui.quiz_words import pips
from ui.settings import Page

KEY = "convolution-visualiser/practice"
NEXT = [("next", "Next question"), ("numbers", "New numbers")]
SEEDS = 2**32
UNREADABLE = "What this browser had kept of your progress could not be read: it starts anew."


def settle(page: Page) -> Sitting:
    """Find the question to ask: the link's, or the queue's where it names none."""
    if not page["kind"] or page["seed"] == UNCHOSEN:
        draw(page, page["kind"])
        page.remember("drawn", True)  # by a queue that may not be what the browser has kept
    page.update(level=max(page["level"], 1))
    attempt = attempt_at(page, generate(page["kind"], page["seed"], page["level"]))
    return Sitting(attempt, heading(page, attempt), NEXT, storage(page, KEY, queue(page).to_json()))


def draw(page: Page, kind: str = "") -> None:
    """Ask what the queue finds next, or another question of a kind."""
    now = queue(page)
    ask = now.of(kind or now.next().kind)
    if page["levels"]:
        ask = now.of(ask.kind, level=int(page["levels"][0]))
    page.update(kind=ask.kind, level=ask.level, seed=ask.seed)
    page.remember("drawn", False)


def queue(page: Page) -> Queue:
    """Give this session's queue, which practises the kinds that are chosen."""
    kept = page.recall("queue")
    if kept is None:
        kept = Queue(seed=secrets.randbelow(SEEDS))
        page.remember("queue", kept)
    if kept.kinds != kinds(page):
        kept.choose(kinds(page))
    return kept


def obey(page: Page, name: str, value: Any) -> None:
    """Do what somebody asked for beside answering."""
    if name == "next":
        draw(page)
    elif name == "numbers":
        draw(page, page["kind"])
    elif name == "over":
        page.remember("queue", None)
        page.remember("attempts", {})
        draw(page)
    elif name == "stored" and isinstance(value, dict) and value.get("key") == KEY:
        take_stored(page, str(value.get("text", "")))


def count(page: Page, attempt: Attempt) -> None:
    """Tell the queue of a question that is done: right is what was right at once."""
    question = attempt.question
    queue(page).answered(Ask(question.kind, question.level, question.seed), attempt.right_at_once, attempt.codes)


def take_stored(page: Page, content: str) -> None:
    """Go on where the browser left off, unless something has been answered since."""
    has_told(page, KEY)
    if not content or queue(page).turn:
        return
    try:
        bring_back(page, content)
    except ConvError:
        page.remember("stored problem", UNREADABLE)


def bring_back(page: Page, content: str) -> None:
    """Take progress that was kept; ConvError where it is none. A question that was not asked for makes way."""
    page.remember("queue", Queue.from_json(content))
    has_told(page, KEY)
    if page.recall("drawn"):
        draw(page)


# ---- how far ---------------------------------------------------------------------------------


def heading(page: Page, attempt: Attempt) -> str:
    """Say what kind of question it is, and how far one is with it."""
    question = attempt.question
    now = queue(page).progress.get(question.kind, Progress())
    told = f"**{KINDS[question.kind].title}** · level {question.level}"
    begun = now.right + now.wrong and question.level == now.level
    return f"{told} · {now.streak} of {IN_A_ROW} in a row" if begun else told


def progress(page: Page) -> dict[str, Any]:
    """Describe how far somebody is with each kind, and which mistakes showed how often."""
    now = queue(page)
    asked = [(kind, now.progress[kind]) for kind in KINDS if kind in now.progress]
    return {
        "kinds": [
            {
                "title": KINDS[kind].title, "level": how.level, "pips": pips(how.streak, IN_A_ROW),
                "streak": how.streak, "mastered": how.mastered, "right": how.right, "asked": how.right + how.wrong,
            }
            for kind, how in asked if how.right + how.wrong
        ],
        "untried": sum(not how.right + how.wrong for _, how in asked),
        "slips": [
            {"title": MISCONCEPTIONS[code].title, "text": MISCONCEPTIONS[code].text, "times": times}
            for code, times in sorted(now.slips.items(), key=lambda slip: -slip[1])
        ],
    }
