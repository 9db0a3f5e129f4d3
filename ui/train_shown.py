"""Puts runs into the words and curves that the page of training draws."""

from __future__ import annotations

import math

import numpy as np

from conv.curves import smoothed, thinned
from ui.components import Data, packed
from ui.runs import History, Run, of_session, tab
from ui.settings import Page
from ui.train import NETWORKS, TABS, Plan, wanted
from ui.train_inside import LETTERS, PANELS, number, percent, seen, speed
from ui.train_runs import BOTH, LOADED, begun, ended, late, moving, steps

POINTS = 250  # of a curve
ROWS = 12  # of the table of epochs
MOST_CHANGES = 12  # that are marked
GOAL = 0.97  # of the test images
GUESSED, NO_BETTER = 3, 0.95  # tests in a row, and how much of the error by guessing
SOON = 100  # steps, before which nothing need have been learnt
STATES = {
    "empty": "Not begun", "waiting": "Waiting", "running": "Training", "paused": "Paused", "finished": "Finished",
    "failed": "Not begun",
}


def frame(page: Page, asked: Plan, *, pace: int) -> Data:
    """Describe all that is to be seen now; ``pace`` is after how many milliseconds to ask again, while it moves."""
    here = {name: of_session(name) for name in wanted(page)}
    chosen = page["tab"]
    return {
        "arrival": page.arrivals,
        "answered": page.recall("answered", 0),
        # A front end hears nothing of an answer that is as the last one was, and would not ask again.
        "tick": (page.event("train", "say") or {}).get("tick", 0),
        "browser": tab(),
        "pace": pace if moving(page) else 0,
        "state": _state(here),
        "ended": all(map(ended, here.values())),
        "problem": asked.problem,
        "status": status(page, here, asked),
        "late": waits(asked) or hopeless(here),
        "facts": facts(here),
        "curves": curves(page, here),
        "table": table(here),
        "tabs": [[name, title] for name, title in TABS.items()],
        "tab": chosen,
        "networks": [[name, f"{LETTERS[name]}: {NETWORKS[net]}"] for name, net in wanted(page).items()],
        "of": seen(page),
        "panel": PANELS[chosen](page, asked),
    }


# ---- in words ------------------------------------------------------------------------------


def _state(here: dict[str, Run]) -> str:
    """Give the state of the run that has most to do."""
    states = [run.status.state for run in here.values()]
    order = ("running", "waiting", "paused", "finished", "failed", "empty")
    return min(states, key=order.index)


def waits(asked: Plan) -> str:
    """Say which changes a run that has been begun does not have, or cannot have."""
    found = late(asked)
    if asked.problem and any(begun(of_session(name)) for name in BOTH):
        return asked.problem
    return f"Changed: {', '.join(found)}. Press Rewind to begin anew with what is chosen now." if found else ""


def status(page: Page, here: dict[str, Run], asked: Plan) -> str:
    """Say how the runs are."""
    if all(run.status.state == "empty" for run in here.values()):
        return asked.problem or "Nothing has been trained yet: press Train."
    parts, loaded = [_progress(run) for run in here.values()], here["a"].origin
    if loaded:
        parts[0] = loaded if loaded == LOADED else f"{parts[0]} {loaded}"
    if len(parts) > 1:
        parts = [f"{LETTERS[name]}: {part}" for name, part in zip(here, parts, strict=True)]
    return "\n".join(parts)


def _progress(run: Run) -> str:
    now, history = run.status, run.history
    if not len(history.step):
        return now.sentence or f"{STATES[now.state]}, at the initial weights."
    said = f"Epoch {math.ceil(history.epoch[-1])}, step {int(history.step[-1])}: loss {number(history.loss[-1])}"
    if len(history.test_error):
        said += f", test error {percent(history.test_error[-1])}"
    if ended(run):
        return f"{said}. {len(history.test_epoch)} epochs are done, as many as there can be: Rewind begins anew."
    return f"{said}. {now.sentence}".strip()


def hopeless(here: dict[str, Run]) -> str:
    """Say of which run the test images are read no better than if one guessed, several times in a row."""
    found = []
    for name, run in here.items():
        last = run.history.test_error[-GUESSED:]
        if len(last) < GUESSED or steps(run) < SOON:
            continue
        if last.min() >= NO_BETTER * (1 - 1 / len(run.dataset.class_names)):
            found.append(LETTERS[name])
    if not found:
        return ""
    which = f"{' and '.join(found)}: the" if len(here) > 1 else "The"
    return f"{which} test images are read no better than by guessing. Is the learning rate too large, or far too small?"


def facts(here: dict[str, Run]) -> list[list[str]]:
    """Give the numbers beside the transport: of two runs both, but for the time until the last one ends."""
    done = {name: len(run.history.test_epoch) for name, run in here.items()}
    goal = max(here["a"].spec.epochs, *done.values(), 0)
    left = [run.history.seconds_left[-1] for run in here.values() if run.status.state == "running" and steps(run)]
    return [
        ["Epochs", f"{_of_each(done)} of {goal}" if any(map(begun, here.values())) else "–"],
        ["Pictures/s", _of_each({name: speed(run) for name, run in here.items()})],
        ["Left", duration(max(left, default=math.nan))],
    ]


def _of_each(told: dict[str, int | str]) -> str:
    """Join what is told of each run, with its letter where there are two."""
    return " · ".join(f"{LETTERS[name]} {what}" if len(told) > 1 else str(what) for name, what in told.items())


def duration(seconds: float) -> str:
    """Spell a time.

    >>> duration(4.2), duration(75), duration(8000), duration(float("nan"))
    ('4 s', '1 min 15 s', '2 h 13 min', '–')
    """
    if not math.isfinite(seconds):
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


# ---- curves --------------------------------------------------------------------------------


def curves(page: Page, here: dict[str, Run]) -> Data:
    """Give the curves of every run, and how they are to be drawn."""
    names = wanted(page)
    return {
        "log": page["log"], "smooth": page["smooth"], "curve": page["curve"],
        "runs": [
            {"letter": LETTERS[name] if len(here) > 1 else "", "title": NETWORKS[names[name]]}
            | _lines(run.history, page["smooth"], page["curve"])
            for name, run in here.items()
        ],
        "changes": _changes(here["a"].history)[-MOST_CHANGES:],
        "goal": 100 * GOAL if page["curve"] == "accuracy" else 100 * (1 - GOAL),
        "reached": f"{GOAL:.0%} test accuracy: ".replace("%", " %") + "; ".join(
            f"{LETTERS[name]} {_reached(run.history)}" if len(here) > 1 else _reached(run.history)
            for name, run in here.items()
        ),
    }


def _changes(history: History) -> list[list]:
    """Give what was changed in the midst, as (epoch, words); of changes at one step the last counts."""
    found = {(step, name): value for step, name, value in history.changes if isinstance(value, int | float)}
    return [
        [_epoch_at(history, step), f"{name.replace('_', ' ')} {value:g}"] for (step, name), value in found.items()
    ]


def _reached(history: History) -> str:
    """Say when the goal was first reached."""
    good = np.flatnonzero(history.test_error <= 1 - GOAL + 1e-9)
    if not len(good):
        return "not reached yet"
    epoch = history.test_epoch[good[0]]
    at = np.searchsorted(history.epoch, epoch)
    seconds = f", {history.seconds[at]:.1f} s of training" if at < len(history.seconds) else ""
    return f"first after epoch {epoch:.0f}{seconds}"


def _lines(history: History, weight: float, curve: str) -> dict[str, str]:
    """Pack a run's curves: shares in percent."""
    share = 100 * (history.accuracy if curve == "accuracy" else 1 - history.accuracy)
    test = 100 * (1 - history.test_error if curve == "accuracy" else history.test_error)
    return {
        "epoch": packed(thinned(history.epoch, POINTS)),
        "loss": packed(smoothed(thinned(history.loss, POINTS), weight)),
        "share": packed(smoothed(thinned(share, POINTS), weight)),
        "test_epoch": packed(thinned(history.test_epoch, POINTS)),
        "test_loss": packed(thinned(history.test_loss, POINTS)),
        "test_share": packed(thinned(test, POINTS)),
    }


def _epoch_at(history: History, step: int) -> float:
    return float(history.epoch[min(step, len(history.epoch)) - 1]) if step and len(history.epoch) else 0.0


def table(here: dict[str, Run]) -> Data:
    """Give the last epochs of every run as a table."""
    head = ["Epoch", "Test loss", "Test error"]
    if len(here) > 1:
        head = ["Epoch", *(f"{what}, {LETTERS[name]}" for name in here for what in head[1:])]
    ended = [_by_epoch(run.history) for run in here.values()]
    epochs = sorted(set().union(*ended), reverse=True)[:ROWS]
    rows = [[str(epoch), *(cell for run in ended for cell in run.get(epoch, ["", ""]))] for epoch in epochs]
    return {"head": head, "rows": rows}


def _by_epoch(history: History) -> dict[int, list[str]]:
    rows = zip(history.test_epoch[-ROWS:], history.test_loss[-ROWS:], history.test_error[-ROWS:], strict=True)
    return {int(epoch): [number(loss), percent(error)] for epoch, loss, error in rows}
