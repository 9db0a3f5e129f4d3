"""What the page of training gives away: curves as a figure and as numbers, weights, and the whole run."""

from __future__ import annotations

import csv
import math
from functools import partial
from io import StringIO

from ui.run_spec import History
from ui.settings import Page
from ui.share import CSV, NPZ, File, TakeAway
from ui.train import NETWORKS, wanted
from ui.train_figure import figure
from ui.train_runs import begun, runs, weights_file

HEAD = ("step", "epoch", "loss", "accuracy", "test_loss", "test_error")


def take_away(page: Page) -> TakeAway:
    """Gather what the dialog offers: of a run, only once there is one."""
    here = {name: run for name, run in runs(page).items() if begun(run)}
    letters = {name: f"_{name}" if len(here) > 1 else "" for name in here}
    names = wanted(page)
    files = []
    for name, run in here.items():
        end, which = letters[name], f" {name.upper()}" if len(here) > 1 else ""
        files += [
            File(f"Download history{which} (CSV)", f"history{end}.csv", partial(spreadsheet, run.history), CSV),
            File(f"Download weights{which} (NPZ)", f"weights{end}.npz", partial(weights_file, run.network), NPZ),
        ]
        if run.checkpoint:
            whole = partial(bytes, run.checkpoint)
            files.append(File(f"Download the whole run{which} (NPZ)", f"run{end}.npz", whole, NPZ))
    histories = {f"{name.upper()}, {NETWORKS[names[name]]}": run.history for name, run in here.items()}
    drawn = any(len(history.step) for history in histories.values())
    # What draws it runs apart from the session: the settings are read now.
    draw = partial(figure, histories, curve=page["curve"], log=page["log"], weight=page["smooth"])
    return TakeAway(
        name="train", link=page.url(), files=files, figure=(lambda theme: draw(theme=theme)) if drawn else None,
    )


def spreadsheet(history: History) -> bytes:
    """Write what was measured at each step as CSV; the tests' numbers stand at the last step of their epoch."""
    tests = {
        round(epoch): (loss, error)
        for epoch, loss, error in zip(history.test_epoch, history.test_loss, history.test_error, strict=True)
    }
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEAD)
    rows = zip(history.step, history.epoch, history.loss, history.accuracy, strict=True)
    for step, epoch, loss, accuracy in rows:
        test = tests.get(int(epoch), ()) if epoch == math.floor(epoch) else ()
        numbers = (epoch, loss, accuracy, *test)
        writer.writerow([int(step), *(f"{number:.6g}" for number in numbers), *[""] * (2 - len(test))])
    return file.getvalue().encode()
