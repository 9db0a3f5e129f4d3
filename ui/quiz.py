"""The quiz's page: practice or a set quiz, what its front end says, and its controls."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from typing import Any

from conv.quiz import KINDS, LEVELS
from ui import controls, quiz_practice, quiz_set
from ui.controls import Item
from ui.quiz_settings import GROUPS, MODES, MOST_QUESTIONS, Sitting, kinds
from ui.quiz_shown import NOTHING, asking
from ui.settings import Page

HIGHEST_SEED = 999_999  # that is chosen by hand
ROOMS = {"practice": quiz_practice, "set": quiz_set}
LEVEL_TITLES = {"": "As you get on", **{str(level): f"Level {level}" for level in LEVELS}}


def settle(page: Page) -> Sitting:
    """Find the question to ask, in practice or of a set quiz."""
    sitting = ROOMS[page["mode"]].settle(page)
    if page.recall("stored problem"):
        page.notes.append(page.recall("stored problem"))
    return sitting


def data(page: Page, sitting: Sitting, theme: str) -> dict[str, Any]:
    """Describe what the page shows, for its front end."""
    shown = asking(sitting.attempt, sitting.next_steps, theme) if sitting.attempt else NOTHING | sitting.message
    return shown | {"answered": page.recall("answered", 0), "storage": sitting.storage, "begun": has_begun(page)}


def has_begun(page: Page) -> bool:
    """Say whether there is anything to be forgotten."""
    if page["mode"] == "practice":
        return quiz_practice.queue(page).turn > 0
    return any(attempt.begun for attempt in quiz_set.sat(page))


def hear(page: Page) -> None:
    """Do what the front end's message asks for; what has been done before is passed over."""
    message: Mapping[str, Any] = page.event("quiz", "say") or {}
    done = page.recall("answered", 0)
    for serial, name, value in message.get("commands", []):
        if serial > done:
            done = serial
            page.remember("answered", done)
            obey(page, name, value)


def obey(page: Page, name: str, value: Any) -> None:
    """Do one thing: an answer or a wish about the question that is shown, or something else."""
    page.remember("stored problem", "")
    if name != "stored":
        page.has_acted()
    room = ROOMS[page["mode"]]
    attempt = room.settle(page).attempt
    if attempt is None or name not in ("answer", "reveal"):
        room.obey(page, name, value)
    elif isinstance(value, dict) and value.get("turn") == attempt.turn:
        if name == "answer":
            attempt.answer(str(value.get("text", "")))
        else:
            attempt.give_up()
        if attempt.done and page["mode"] == "practice":
            quiz_practice.count(page, attempt)


# ---- controls --------------------------------------------------------------------------------


def items(page: Page) -> list[Item]:
    """Describe the page's controls."""
    chosen = kinds(page)
    mode = controls.select(page, "mode", "Mode", MODES)
    which = controls.fold("which", f"Kinds of questions: {len(chosen)} of {len(KINDS)}", [
        controls.action("all", "All kinds"), *(_group(title, chosen) for title in GROUPS),
    ])
    choices = controls.toggle(page, "choices", "Always with answers to choose from")
    if page["mode"] == "practice":
        level = {
            "kind": "select", "name": "level of practice", "label": "Level",
            "value": page["levels"][0] if page["levels"] else "", "options": list(LEVEL_TITLES.items()),
        }
        return [mode, level, choices, which]
    levels = [
        {"kind": "toggle", "name": f"levels/{level}", "label": f"Level {level}",
         "value": not page["levels"] or str(level) in page["levels"]}
        for level in LEVELS
    ]
    return [
        mode, controls.slider(page, "length", "Questions", (1, MOST_QUESTIONS)), *levels, which, choices,
        controls.toggle(page, "own", "Each person's own numbers, by name"),
        {"kind": "number", "name": "seed", "label": "Seed", "value": max(page["seed"], 0), "least": 0,
         "most": HIGHEST_SEED, "step": 1},
        controls.action("other", "Other numbers"),
    ]


def _group(title: str, chosen: Collection[str]) -> Item:
    """A fold of the kinds of a group, which says how many of them are chosen."""
    toggles = [
        {"kind": "toggle", "name": f"kinds/{kind}", "label": KINDS[kind].title, "value": kind in chosen}
        for kind in GROUPS[title]
    ]
    number = sum(toggle["value"] for toggle in toggles)
    only = controls.action(f"only/{title}", "Only these")
    return controls.fold(title, f"{title}: {number} of {len(toggles)}", [only, *toggles])


def take(page: Page) -> None:
    """Take changes from the controls, and ask anew where they are about what is asked."""
    for name, text in page.take("controls"):
        list_name, _, word = name.partition("/")
        if word and list_name in ("kinds", "levels"):
            _toggle(page, list_name, word, text == "1")
        elif name == "all":
            page.update(kinds=())
        elif list_name == "only" and word in GROUPS:
            page.update(kinds=GROUPS[word])
        elif name == "level of practice":
            page.update(levels=(text,) if text in LEVEL_TITLES and text else ())
        elif name == "other":
            page.update(seed=random.SystemRandom().randrange(HIGHEST_SEED))
        if name == "mode":
            page.update(kind="", level=0, seed=-1 if page["mode"] == "practice" else 0, levels=(), n=1)
        elif page["mode"] == "practice":
            if page["kind"] not in kinds(page):
                quiz_practice.draw(page)
            elif name == "level of practice":
                quiz_practice.draw(page, page["kind"])
        elif name != "choices":
            page.update(n=1)


def _toggle(page: Page, name: str, word: str, on: bool) -> None:
    """Take a word in or out; all of them, and none, are the default: all."""
    options = [str(option) for option in (KINDS if name == "kinds" else LEVELS)]
    chosen = set(page[name] or options)
    chosen = chosen | {word} if on else chosen - {word}
    found = tuple(option for option in options if option in chosen)
    page.update(**{name: () if len(found) == len(options) else found})
