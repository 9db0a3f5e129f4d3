"""Puts runs into the words and curves that the page of training draws."""

from __future__ import annotations

import math

from conv.curves import smoothed, thinned
from ui.components import Data, packed
from ui.runs import History, Run, of_session, tab
from ui.settings import Page
from ui.train import NETWORKS, TABS, Plan, wanted
from ui.train_inside import LETTERS, PANELS, number, percent
from ui.train_runs import BOTH, LOADED, begun, late, moving

POINTS = 250  # of a curve
ROWS = 12  # of the table of epochs
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
        "browser": tab(),
        "pace": pace if moving(page) else 0,
        "state": _state(here),
        "problem": asked.problem,
        "status": status(page, here, asked),
        "late": waits(asked),
        "facts": [list(fact) for fact in facts(here["a"])],
        "curves": curves(page, here),
        "table": table(here),
        "tabs": [[name, title] for name, title in TABS.items()],
        "tab": chosen,
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
    parts, loaded = [_progress(run) for run in here.values()], page.recall("loaded", "")
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
    return f"{said}. {now.sentence}".strip()


def facts(run: Run) -> list[tuple[str, str]]:
    """Give the numbers beside the transport."""
    history = run.history
    if not len(history.step):
        return [("Epochs", f"0 of {run.spec.epochs}" if begun(run) else "–"), ("Pictures/s", "–"), ("Left", "–")]
    left = history.seconds_left[-1] if run.status.state == "running" else math.nan
    return [
        ("Epochs", f"{len(history.test_epoch)} of {max(run.spec.epochs, len(history.test_epoch))}"),
        ("Pictures/s", f"{history.samples_per_second[-1]:,.0f}"),
        ("Left", duration(left)),
    ]


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
        "changes": [
            [_epoch_at(here["a"].history, step), f"{name.replace('_', ' ')} {value:g}"]
            for step, name, value in here["a"].history.changes if isinstance(value, int | float)
        ][-12:],
    }


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
