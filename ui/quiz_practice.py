"""Practice: one question after another, as the queue finds."""

from __future__ import annotations

import json
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
MOST_TRIES = 20  # questions whose tries the browser keeps
UNREADABLE = "What this browser had kept of your progress could not be read: it starts anew."


def settle(page: Page) -> Sitting:
    """Find the question to ask: the link's, or the queue's where it names none."""
    if not page["kind"] or page["seed"] == UNCHOSEN:
        asked = page["kind"], page["level"]
        draw(page, *asked)
        page.remember("drawn", asked)  # by a queue that may not be what the browser has kept
    page.update(level=max(page["level"], 1), n=1)
    attempt = attempt_at(page, generate(page["kind"], page["seed"], page["level"]))
    return Sitting(attempt, heading(page, attempt), NEXT, storage(page, KEY, kept(page)))


def draw(page: Page, kind: str = "", level: int = 0) -> None:
    """Ask what the queue finds next, or another question of a kind, of a level."""
    now = queue(page)
    chosen = level or (int(page["levels"][0]) if page["levels"] else None)
    ask = now.of(kind or now.next().kind, chosen)
    page.update(kind=ask.kind, level=ask.level, seed=ask.seed)
    page.remember("drawn", None)


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
        ahead = page["level"] > queue(page).of(page["kind"]).level  # as a link or the person chose
        draw(page, page["kind"], page["level"] if ahead else 0)
    elif name == "over":
        page.remember("queue", None)
        page.remember("attempts", {})
        page.remember("tries", {})
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
        return
    page.remember("tries", json.loads(content).get("tries"))


def kept(page: Page) -> str:
    """Write what the browser shall keep: the queue, and the tries of the last questions."""
    tried = [attempt for attempt in page.recall("attempts", {}).values() if attempt.begun][-MOST_TRIES:]
    tries = {attempt.name: attempt.to_plain() for attempt in tried}
    return json.dumps(queue(page).to_plain() | {"tries": tries})


def bring_back(page: Page, content: str) -> None:
    """Take progress that was kept; ConvError where it is none. A question that was not asked for makes way."""
    page.remember("queue", Queue.from_json(content))
    has_told(page, KEY)
    if page.recall("drawn") is not None:
        draw(page, *page.recall("drawn"))


# ---- how far ---------------------------------------------------------------------------------


def heading(page: Page, attempt: Attempt) -> str:
    """Say what kind of question it is, and how far one is with it."""
    question = attempt.question
    now = queue(page).progress.get(question.kind, Progress())
    told = f"**{KINDS[question.kind].title}** · level {question.level}"
    if not attempt.done and queue(page).has_counted(Ask(question.kind, question.level, question.seed)):
        return f"{told} · answered before, so it does not count again"
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
