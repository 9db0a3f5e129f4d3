"""Does what a person asks of a training, a step at a time, and tells how it goes.

The same worker trains in a child process and, where there are none, in the page's own. It has no threads, asks for
nothing and keeps nothing from one training to the next.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np

from conv import saving
from conv.datasets import Dataset
from conv.errors import ConvError
from conv.losses import softmax
from conv.training import Evaluation, Report, Trainer
from ui.run_spec import (
    GOALS,
    Array,
    Spec,
    augment_of,
    check_lengths,
    dataset_of,
    network_of,
    optimizer_of,
    read_spec,
)

Message = tuple[dict[str, Any], dict[str, Array]]

PICTURES_A_SECOND = 6.0
WATCHED = 3.0  # seconds for which pictures are made after someone has looked
SHARE = 0.06  # of the time that pictures may take, and checkpoints a tenth of it
CHECKPOINT_EVERY = 5.0  # seconds
PROBES = 32  # test images whose activations are counted
BINS = 24
MOST_WRONG = 60
COMMANDS = "start", "train", "epoch", "step", "pause", "rewind", "change", "watch"
TOO_LARGE = "There is not enough memory for this training: a smaller batch or a smaller network needs less."
ROW = 7  # step, epoch, loss, accuracy, samples per second, seconds left, seconds trained
LONGEST_SENTENCE = 300
TEST = 3  # epoch, loss, error


class LookedAt(Trainer):
    """A trainer that remembers its last evaluation, so that showing it costs no second one."""

    evaluated: tuple[int, Evaluation] | None = None

    def evaluate(self, part: str = "test") -> Evaluation:
        """Evaluate, and remember it with the step."""
        found = super().evaluate(part)
        self.evaluated = self.steps, found
        return found


class Worker:
    """One training and what is to be told of it.

    `do` takes a command, `turn` trains one step if it is to, and `message` tells what is new. A message is a header
    that JSON can hold, and arrays: ``rows`` and ``tests`` that have come since the last one, a picture if one is due,
    and a checkpoint likewise.
    """

    def __init__(self) -> None:
        self.state, self.sentence = "empty", ""
        self.training = self.answered = 0  # which training it is, and the number of the last command done
        self._trainer: LookedAt | None = None
        self._goal = ""
        self._forget()
        self._watched = self._picture_due = self._checkpoint_due = 0.0
        self._pictured: int | None = None

    # ---- commands -------------------------------------------------------------------------------

    def do(self, command: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        """Do what a person asked; what cannot be done becomes a sentence."""
        self.answered = command.get("serial", self.answered)
        name = command["do"]
        if name not in COMMANDS:
            raise ValueError(f"no such command: {name}")
        if self._trainer is None and name not in ("start", "watch"):
            return
        try:
            getattr(self, f"_{name}")(command, arrays)
        except (ConvError, OSError) as error:
            self.sentence = str(error)
            if name == "start":
                self.state, self._trainer = "failed", None
        except MemoryError:
            self.state, self.sentence = "failed", TOO_LARGE

    def _start(self, command: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        """Begin a training, or go on from a checkpoint in ``arrays``, where a data set that has no name is as well."""
        self.training, self.spec = command["training"], Spec(**command["spec"])
        own = command.get("classes")
        dataset = unpacked_dataset(arrays, own) if own else dataset_of(self.spec)
        self._trainer, self._rates = trainer_of(self.spec, dataset), dict(self.spec.learning_rates)
        self._forget()
        self.state, self.sentence = "paused", ""
        if "checkpoint" in arrays:
            self._take_up(arrays["checkpoint"].tobytes())

    def _train(self, command: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        self._go("end")

    def _epoch(self, command: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        self._go("epoch")

    def _step(self, command: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        self._go("step")
        self.turn()

    def _pause(self, command: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        if self.state == "running":
            self.state = "paused"

    def _rewind(self, command: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        if self._rates:
            self.trainer.optimizer.change(learning_rate=self.spec.learning_rate)
        self.trainer.rewind()
        self.trainer.evaluated = None
        self._forget()
        self.state, self.sentence = "paused", ""

    def _change(self, command: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        settings = dict(command["settings"])
        goals = {name: settings.pop(name) for name in GOALS if name in settings}
        self.trainer.change(**settings)
        self.sentence = ""
        if goals:
            self._aim(replace(self.spec, **goals))

    def _aim(self, spec: Spec) -> None:
        """Have another end in view, which may have been passed already."""
        self.spec, done = spec, self.trainer.epoch
        self._reports = reports_of(self.trainer, spec) if self.running else None
        if self.state == "finished" and done < spec.epochs:
            self.state = "paused"
        elif self.running and done >= spec.epochs:
            self.state, self.sentence = "finished", f"{done} {'epoch is' if done == 1 else 'epochs are'} done."

    def _watch(self, command: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        self._watched = time.monotonic() + WATCHED

    # ---- training -------------------------------------------------------------------------------

    @property
    def trainer(self) -> LookedAt:
        """The trainer of a training that has been begun."""
        assert self._trainer is not None
        return self._trainer

    @property
    def running(self) -> bool:
        """Whether `turn` has something to do."""
        return self.state == "running"

    def _forget(self) -> None:
        """Be about to tell everything anew."""
        self._rows: list[tuple[float, ...]] = []
        self._told_rows = self._told_tests = 0
        self._pictured = None
        self._reports: Iterator[Report] | None = None

    def _go(self, goal: str) -> None:
        """Train until an end: ``"end"``, ``"epoch"`` or ``"step"``."""
        if self._reports is None:
            self._reports = reports_of(self.trainer, self.spec)
        self._goal, self.state, self.sentence = goal, "running", ""

    def turn(self) -> None:
        """Train one step, if it is running."""
        if not self.running or self._reports is None:
            return
        trainer = self.trainer
        rate = self._rates.get(trainer.epoch)
        if rate is not None and trainer.position == 0 and rate != trainer.optimizer.learning_rate:
            trainer.change(learning_rate=rate)
        started = time.perf_counter()
        try:
            report = next(self._reports)
        except MemoryError:
            self.state, self.sentence, self._reports = "failed", TOO_LARGE, None
            return
        left = float("nan") if report.seconds_left is None else report.seconds_left
        epoch = trainer.epoch + trainer.position / len(trainer.dataset.train_labels)
        trained = (self._rows[-1][-1] if self._rows else 0.0) + time.perf_counter() - started
        self._rows.append((report.step, epoch, report.loss, report.accuracy, report.samples_per_second, left, trained))
        if report.stopped:
            self.state, self.sentence, self._reports = "finished", report.stopped, None
        elif self._goal == "step" or (self._goal == "epoch" and report.test_error is not None):
            self.state = "paused"

    # ---- telling --------------------------------------------------------------------------------

    @property
    def due(self) -> bool:
        """Whether someone is to be told something by now."""
        now = time.monotonic()
        return not self.running or self._picture_due <= now < self._watched or now >= self._checkpoint_due

    def message(self, *, last: bool = False) -> Message:
        """Tell what is new: with a picture if someone looks or nothing moves, with a checkpoint if one is due."""
        header: dict[str, Any] = {
            "state": self.state, "sentence": self.sentence, "training": self.training, "answered": self.answered
        }
        if self._trainer is None:
            return header, {}
        trainer = self.trainer
        rows = np.array(self._rows[self._told_rows :], float).reshape(-1, ROW)
        tests = [(test["epoch"], test["test_loss"], test["test_error"]) for test in trainer.results[self._told_tests :]]
        header |= {
            "rows_before": self._told_rows, "tests_before": self._told_tests, "step": trainer.steps,
            "settings": trainer.settings, "changes": self._changes(),
        }
        self._told_rows, self._told_tests = len(self._rows), len(trainer.results)
        arrays = {"rows": rows, "tests": np.array(tests, float).reshape(-1, TEST)}
        now = time.monotonic()
        if self.state == "failed":
            return header, arrays
        if self._pictured != trainer.steps and (not self.running or self._picture_due <= now < self._watched):
            arrays |= self._picture()
        if last or not self.running or now >= self._checkpoint_due:
            arrays["checkpoint"] = np.frombuffer(self._checkpoint(), np.uint8)
        return header, arrays

    def _changes(self) -> list[tuple[int, str, Any]]:
        changes = self.trainer.history[1:]
        return [
            (change["step"], name, value) for change in changes for name, value in change.items()
            if name not in ("epoch", "step")
        ]

    def _picture(self) -> dict[str, Array]:
        """What the page draws; the next one is later, the longer this one took."""
        started, trainer = time.monotonic(), self.trainer
        network = trainer.network
        arrays = {f"weights/{name}": values for name, values in network.state_dict().items()}
        first = next((place for place, layer in enumerate(network.layers) if layer.parameters), None)
        if first is not None and trainer.steps:
            gradients = network.layers[first].gradients
            arrays |= {f"gradients/{first}.{name}": values.copy() for name, values in gradients.items()}
        arrays["counts"], arrays["edges"] = _histograms(network.activations(trainer.dataset.test_images[:PROBES]))
        if trainer.evaluated is not None:
            arrays |= _mistakes(*trainer.evaluated, trainer.dataset.test_labels)
        self._pictured = trainer.steps
        now = time.monotonic()
        self._picture_due = now + max(1 / PICTURES_A_SECOND, (now - started) / SHARE)
        return arrays

    # ---- checkpoints ----------------------------------------------------------------------------

    def _checkpoint(self) -> bytes:
        """Save the whole run, with its spec and what was told of it."""
        started = time.monotonic()
        extra = {
            "spec": np.array(json.dumps(self.spec.plain)), "rows": np.array(self._rows, float).reshape(-1, ROW),
            "stopped": np.array(self.sentence if self.state == "finished" else ""),
        }
        content = pack(self.trainer.state_dict() | extra)
        now = time.monotonic()
        self._checkpoint_due = now + max(CHECKPOINT_EVERY, 10 * (now - started) / SHARE)
        return content

    def _take_up(self, content: bytes) -> None:
        """Go on from a checkpoint of this very training, paused; all or nothing."""
        state = unpack(content)
        rows = rows_of(state)
        self.trainer.load_state_dict(state)
        self._forget()
        if len(rows) == self.trainer.steps:
            self._rows = [tuple(row) for row in rows.tolist()]
        if self.trainer.results:
            self.trainer.evaluate()
        self.sentence = str(state.get("stopped", ""))[:LONGEST_SENTENCE]
        self.state = "finished" if self.sentence else "paused"


def trainer_of(spec: Spec, dataset: Dataset) -> LookedAt:
    """Make what a spec describes; refused, now and not only later, is what `ui.run_spec` and `Trainer` refuse."""
    check_lengths(spec)
    trainer = LookedAt(
        network_of(spec, dataset), dataset, optimizer=optimizer_of(spec), batch_size=spec.batch_size, seed=spec.seed,
        augment=augment_of(spec),
    )
    if trainer.augment is not None:
        trainer.augment(dataset.train_images[:1], np.random.default_rng(0))
    reports_of(trainer, spec)
    for _, rate in spec.learning_rates:
        optimizer_of(replace(spec, learning_rate=rate))
    return trainer


def reports_of(trainer: Trainer, spec: Spec) -> Iterator[Report]:
    """Train to the last epoch of a spec; where that is done, for one more."""
    left = max(1, spec.epochs - trainer.epoch)
    return trainer.run(left, target_error=spec.target_error, patience=spec.patience)


# ---- files and numbers --------------------------------------------------------------------------


def pack(arrays: Mapping[str, Array]) -> bytes:
    """Write named arrays as the content of an ``.npz`` file; nothing, if there are none."""
    if not arrays:
        return b""
    file = BytesIO()
    saving.write(file, arrays)
    return file.getvalue()


def unpack(content: bytes) -> dict[str, Array]:
    """Read what `pack` wrote, which takes no more room than its file; nothing in it is executed."""
    return saving.read(BytesIO(content), len(content)) if content else {}


def spec_of(checkpoint: bytes) -> Spec:
    """Read the spec that a checkpoint was made with.

    Raises
    ------
    ConvError
        ``The file must be a training that was saved here. Received: problem='…'.``
    """
    rule = "The file must be a training that was saved here."
    try:
        return read_spec(json.loads(str(unpack(checkpoint)["spec"])))
    except KeyError as error:
        raise ConvError.broken(rule, problem="it has no settings") from error
    except (TypeError, ValueError, RecursionError) as error:  # ConvError is a ValueError
        raise ConvError.broken(rule, problem=str(error)) from error


def rows_of(checkpoint: Mapping[str, Array]) -> Array:
    """Read what was measured at each step, (steps, ROW): none, where a checkpoint does not tell.

    Raises
    ------
    ConvError
        ``The file must be a training that was saved here. Received: problem='its curves are damaged'.``
    """
    rows = checkpoint.get("rows", np.empty((0, ROW)))
    sound = rows.ndim == 2 and rows.shape[1] == ROW and rows.dtype.kind == "f"
    if sound and len(rows):
        sound = np.array_equal(rows[:, 0], np.arange(1, len(rows) + 1)) and bool((np.diff(rows[:, 1]) >= 0).all())
        sound = sound and np.isfinite(rows[:, [1, 3, 4, 6]]).all()  # a loss may be beyond all numbers
    if not sound:
        raise ConvError.broken("The file must be a training that was saved here.", problem="its curves are damaged")
    return rows


def packed_dataset(dataset: Dataset) -> dict[str, Array]:
    """Give a data set as named arrays, all but the names of its classes."""
    return {name: getattr(dataset, name) for name in ("train_images", "train_labels", "test_images", "test_labels")}


def unpacked_dataset(arrays: Mapping[str, Array], classes: list[str]) -> Dataset:
    """Make a data set of what `packed_dataset` gave."""
    names = "train_images", "train_labels", "test_images", "test_labels"
    return Dataset(*(arrays[name] for name in names), tuple(classes))


def _histograms(activations: list[Array]) -> tuple[Array, Array]:
    """Count each layer's numbers, (layers, BINS), between edges, (layers, BINS + 1)."""
    counts, edges = zip(*map(_histogram, activations), strict=True)
    return np.array(counts), np.array(edges)


def _histogram(values: Array) -> tuple[Array, Array]:
    """Count finite numbers between their least and greatest; `numpy.histogram` takes four times as long."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if high - low <= 1e-6 * max(abs(low), abs(high), 1e-24):  # all alike, up to rounding
        low, high = low - 0.5, low + 0.5
    places = ((finite - low) * (BINS / (high - low))).astype(np.intp)
    return np.bincount(np.minimum(places, BINS - 1), minlength=BINS), np.linspace(low, high, BINS + 1)


def _mistakes(step: int, found: Evaluation, labels: Array) -> dict[str, Array]:
    """Give the confusion, and which images were most surely taken for something else."""
    probabilities = softmax(found.scores)
    guesses, sureness = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(guesses != labels)
    wrong = wrong[np.argsort(-sureness[wrong], kind="stable")][:MOST_WRONG]
    return {
        "evaluated": np.array(step), "confusion": found.confusion, "wrong": wrong, "predicted": guesses[wrong],
        "probability": sureness[wrong].astype(float),
    }
