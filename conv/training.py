"""Training that can be stopped, stepped, saved and taken up again without changing a bit.

Nothing here starts a thread or prints: `Trainer.run` is a generator of reports that someone else drives, and may
drop at any report, for all that matters is in the trainer.
"""

from __future__ import annotations

import copy
import json
import math
import operator
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from conv import saving
from conv.arrays import quiet
from conv.blueprint import whole
from conv.datasets import Dataset
from conv.errors import ConvError
from conv.layers import Array, Dropout
from conv.losses import softmax_cross_entropy
from conv.network import HEADER, Sequential
from conv.optimizers import SGD, Adam

Augment = Callable[[Array, np.random.Generator], Array]
OPTIMIZERS: dict[str, type[SGD] | type[Adam]] = {"SGD": SGD, "Adam": Adam}
FORMAT = "convolution visualiser, training run, 1"
PACE = 3.0  # seconds over which the pace is averaged
HOPELESS = 1000.0  # a loss that no training comes back from
RESULT = "epoch", "step", "loss", "accuracy", "test_loss", "test_error"  # what is kept of an epoch
LONGEST_HISTORY = 1 << 26  # bytes of losses and changes that a file may hold


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How good a network is: ``error_rate, loss, confusion = trainer.evaluate()``, and the scores besides.

    Parameters
    ----------
    error_rate : float
        0 to 1.
    loss : float
        Mean cross-entropy.
    confusion : ndarray of int, (classes, classes)
        How many images of the row's class were taken for the column's.
    scores : ndarray, (images, classes)
        What the network gave.
    """

    error_rate: float
    loss: float
    confusion: Array
    scores: Array

    def __iter__(self) -> Iterator[Any]:
        """Give the three numbers that are told."""
        return iter((self.error_rate, self.loss, self.confusion))


class Report(NamedTuple):
    """What there is to say after a step.

    Parameters
    ----------
    epoch, step : int
        Finished epochs, and steps, since the beginning.
    loss : float
        Of the step's batch, before the step.
    mean_loss, accuracy : float
        Of the batches of this epoch so far, each as it was met.
    samples_per_second : float
        The recent pace.
    seconds_left : float or None
        Until the end of the run, at that pace.
    test_loss, test_error : float or None
        After the last step of an epoch.
    stopped : str
        Why the run ends here, as a sentence; empty if it goes on.
    """

    epoch: int
    step: int
    loss: float
    mean_loss: float
    accuracy: float
    samples_per_second: float
    seconds_left: float | None = None
    test_loss: float | None = None
    test_error: float | None = None
    stopped: str = ""


class Trainer:
    """Trains a network on a dataset, batch by batch.

    Each epoch takes the training images in a new random order; its last batch may be smaller. All randomness, that of
    the order, of augmentation and of `Dropout`, comes from one generator, whose state is saved with the run.

    Parameters
    ----------
    network : conv.network.Sequential
        Trained in place; its weights now are those that `rewind` goes back to.
    dataset : conv.datasets.Dataset
    optimizer : conv.optimizers.SGD or Adam
        Copied, so that trainers share nothing.
    batch_size : int
    seed : int
    augment : callable, optional
        ``augment(images, rng) -> images``, for each training batch; see `conv.datasets.augment`. It is not saved.

    Attributes
    ----------
    epoch, steps : int
        Finished epochs, and steps.
    history : list of dict
        The settings at the beginning, then each change, with the epoch and step it was made at.
    results : list of dict
        For each finished epoch what `RESULT` names.
    losses : list of float
        Of every step's batch.

    Raises
    ------
    ConvError
        ``There must be images to train and to test with, and a label for each. Received: train=(0, 1, 8, 8), …``
        ``The network must have one output for each class. Received: outputs=(10,), classes=3.``
        ``Batch size must be at least 1. Received: batch_size=0.`` ``Seed must be at least 0. Received: seed=-1.``

    Examples
    --------
    >>> from conv.layers import Flatten, Linear
    >>> images, labels = np.float32([[[[0, 1]]], [[[1, 0]]]]), np.array([0, 1])
    >>> network = Sequential([Flatten(), Linear(2, 2)])
    >>> trainer = Trainer(network, Dataset(images, labels, images, labels, ("right", "left")), optimizer=SGD(1.0))
    >>> [round(report.test_error, 1) for report in trainer.run(3)]
    [0.0, 0.0, 0.0]
    """

    epoch: int
    steps: int
    position: int  # images of this epoch that are done
    order: Array  # of the training images, in this epoch
    _sums: list[float]  # images, right ones and summed loss of this epoch
    _samples: float
    _seconds: float

    def __init__(
        self, network: Sequential, dataset: Dataset, *, optimizer: SGD | Adam, batch_size: int = 32, seed: int = 0,
        augment: Augment | None = None,
    ) -> None:
        _check_fit(network, dataset)
        self.network, self.dataset, self.augment = network, dataset, augment
        self.optimizer: SGD | Adam = copy.deepcopy(optimizer)
        self.batch_size, self.seed = whole(batch_size=batch_size), operator.index(seed)
        if self.seed < 0:
            raise ConvError.broken("Seed must be at least 0.", seed=seed)
        self.rng = np.random.default_rng(seed)
        for layer in network.layers:
            if isinstance(layer, Dropout):
                layer.rng = self.rng
        self._initial = network.state_dict()
        self._begin()

    # Running

    def run(self, epochs: int, *, target_error: float | None = None, patience: int | None = None) -> Iterator[Report]:
        """Train, and report after each step.

        Ends where ``epochs`` more epochs have been finished, at their end. In the midst of an epoch the rest of it
        counts as one: ``trainer.run(total - trainer.epoch)`` takes a run up again wherever it was left.

        Parameters
        ----------
        epochs : int
        target_error : float, optional
            End after an epoch with at most this test error, 0 to 1.
        patience : int, optional
            End after so many epochs without a smaller test error than before.

        Yields
        ------
        Report
            The last one says in ``stopped`` why it is the last.

        Raises
        ------
        ConvError
            ``Epochs must be at least 1. Received: epochs=0.`` Likewise patience.
            ``Target error must be from 0 to 1. Received: target_error=3.``
        """
        if target_error is not None and not 0 <= target_error <= 1:
            raise ConvError.broken("Target error must be from 0 to 1.", target_error=target_error)
        return self._run(whole(epochs=epochs), target_error, None if patience is None else whole(patience=patience))

    def _run(self, epochs: int, target_error: float | None, patience: int | None) -> Iterator[Report]:
        last = self.epoch + epochs
        stopped = ""
        while not stopped:
            report = self.step()
            stopped = report.stopped
            if report.test_error is not None:
                stopped = stopped or self._reason_to_stop(report.test_error, target_error, patience)
                if not stopped and self.epoch == last:
                    stopped = f"{last} {'epoch is' if last == 1 else 'epochs are'} done."
            left = (last - self.epoch) * len(self.dataset.train_labels) - self.position
            yield report._replace(seconds_left=left / report.samples_per_second, stopped=stopped)

    def _reason_to_stop(self, error: float, target_error: float | None, patience: int | None) -> str:
        if target_error is not None and error <= target_error:
            return f"The test error is {error:.2%}, and {target_error:.2%} was asked for."
        errors = [result["test_error"] for result in self.results]
        if patience is not None and len(errors) - 1 - errors.index(min(errors)) >= patience:
            return f"The test error has not fallen below {min(errors):.2%} for {patience} epochs."
        return ""

    @quiet
    def step(self) -> Report:
        """Train with one batch; after the last one of an epoch, evaluate."""
        started, data = time.perf_counter(), self.dataset
        if self.position == 0:
            self.order, self._sums = self.rng.permutation(len(data.train_labels)), [0, 0, 0.0]
        chosen = self.order[self.position : self.position + self.batch_size]
        images, labels = data.train_images[chosen], data.train_labels[chosen]
        if self.augment is not None:
            images = self.augment(images, self.rng)
        self.network.train()
        loss, scores = self.network.learn(images, labels)
        self.steps += 1
        stopped = "" if self._update(loss) else self._recover()
        self.losses.append(loss)
        self.position = (self.position + len(chosen)) % len(self.order)
        if not stopped:
            right = int(np.count_nonzero(scores.argmax(axis=1) == labels))
            self._sums = [a + b for a, b in zip(self._sums, (len(chosen), right, loss * len(chosen)), strict=True)]
        test: dict[str, float] = {}
        if self.position == 0:
            self.epoch += 1
            tested = self.evaluate()
            test = {"test_loss": tested.loss, "test_error": tested.error_rate}
        self._keep_pace(len(chosen), time.perf_counter() - started)
        return self._report(loss, test, stopped)

    def _keep_pace(self, samples: int, seconds: float) -> None:
        """Let what is long ago fade, so that the pace neither jumps nor lags."""
        kept = math.exp(-seconds / PACE)
        self._samples, self._seconds = kept * self._samples + samples, kept * self._seconds + seconds

    def _report(self, loss: float, test: dict[str, float], stopped: str) -> Report:
        seen, right, total = self._sums
        report = Report(
            self.epoch, self.steps, loss, total / max(seen, 1), right / max(seen, 1), self._samples / self._seconds,
            **test, stopped=stopped,
        )
        if test:
            means = {"loss": report.mean_loss, "accuracy": report.accuracy}
            self.results.append({"epoch": self.epoch, "step": self.steps, **means, **test})
        return report

    def _update(self, loss: float) -> bool:
        """Let the weights go a step, and say whether all is still finite."""
        if not loss <= HOPELESS:  # nor is a NaN
            return False
        if not all(np.isfinite(values).all() for values in self.network.buffers.values()):
            return False
        vector, gradient = self._keep_good(), self.network.gradient
        self.optimizer.step(vector, gradient)
        return math.isfinite(np.dot(vector, vector))  # so is every number, unless it is beyond any use

    def _recover(self) -> str:
        """Take back the weights that last gave a loss of any use, and forget the optimizer's momentum."""
        vector, buffers = self._good
        self.network.vector[...] = vector
        for name, values in self.network.buffers.items():
            values[...] = buffers[name]
        self.optimizer.reset()
        return (
            f"Training diverged at step {self.steps}: the loss is above {HOPELESS:,.0f}, or a weight is no longer a "
            "finite number. The last good weights are back; a smaller learning rate may help."
        )

    @quiet
    def evaluate(self, part: str = "test") -> Evaluation:
        """Count the errors on the test images, or with ``"train"`` on the training images.

        Raises
        ------
        ConvError
            ``Part must be 'test' or 'train'. Received: part='valid'.``
        """
        if part not in ("test", "train"):
            raise ConvError.broken("Part must be 'test' or 'train'.", part=part)
        images, labels = getattr(self.dataset, f"{part}_images"), getattr(self.dataset, f"{part}_labels")
        scores, classes = self.network.scores(images), len(self.dataset.class_names)
        loss, _ = softmax_cross_entropy(scores, labels)
        guesses = scores.argmax(axis=1)
        pairs = labels.astype(np.intp) * classes + guesses
        confusion = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
        return Evaluation(float(np.mean(guesses != labels)), loss, confusion, scores)

    def change(self, **settings: Any) -> None:
        """Change ``batch_size`` or settings of the optimizer from the next step on; kept in `history`.

        Raises
        ------
        ConvError
            ``Batch size must be at least 1. Received: batch_size=0.`` and those of `conv.optimizers.Optimizer.change`.
        """
        batch_size = whole(batch_size=settings.get("batch_size", self.batch_size))
        self.optimizer.change(**{name: value for name, value in settings.items() if name != "batch_size"})
        self.batch_size = batch_size
        self._note({name: self.settings[name] for name in settings})

    @property
    def settings(self) -> dict[str, Any]:
        """The batch size and the optimizer's settings, as they are now."""
        return {"batch_size": self.batch_size, **self.optimizer.settings}

    def _note(self, settings: dict[str, Any]) -> None:
        """Keep settings in the history, in the form that JSON gives back."""
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
        self.history.append({"epoch": self.epoch, "step": self.steps, **plain})

    def rewind(self) -> None:
        """Go back to the initial weights and the first step, with the settings as they are now."""
        self.network.load_state_dict(self._initial)
        self.optimizer.reset()
        self._begin()

    def _begin(self) -> None:
        self.rng.bit_generator.state = np.random.default_rng(self.seed).bit_generator.state
        self.epoch = self.steps = self.position = 0
        self.order = np.arange(0)
        self._sums = [0, 0, 0.0]
        self._samples, self._seconds = 0.0, 0.0
        self.history: list[dict[str, Any]] = []
        self._note({"optimizer": type(self.optimizer).__name__, **self.settings})
        self.results: list[dict[str, float]] = []
        self.losses: list[float] = []
        self._keep_good()

    def _keep_good(self) -> Array:
        """Remember the weights as ones to come back to, and give them."""
        vector = self.network.vector
        self._good = vector.copy(), {name: values.copy() for name, values in self.network.buffers.items()}
        return vector

    # Saving

    def state_dict(self) -> dict[str, Array]:
        """Copy the whole run as named arrays: weights, initial weights, the optimizer's memory, the order, progress."""
        progress = {
            "format": FORMAT, "seed": self.seed, "batch_size": self.batch_size, "epoch": self.epoch,
            "steps": self.steps, "position": self.position, "sums": self._sums, "rng": self.rng.bit_generator.state,
            "optimizer": type(self.optimizer).__name__, "settings": self.optimizer.settings,
            "optimizer_steps": self.optimizer.steps, "history": self.history, "results": self.results,
        }
        arrays = {f"network/{name}": values for name, values in self.network.state_dict().items()}
        arrays |= {f"initial/{name}": values.copy() for name, values in self._initial.items()}
        arrays |= {f"optimizer/{name}": values.copy() for name, values in self.optimizer.memory.items()}
        return arrays | {
            "progress": np.array(json.dumps(progress)), "order": self.order.copy(), "losses": np.array(self.losses)
        }

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Take up the run where `state_dict` was made, all or nothing: the same network, dataset and augmentation.

        Raises
        ------
        ConvError
            ``The state must be that of a training run with the same layers and training images.
            Received: problem='…'.``
        """
        try:
            taken = self._read(state)
        except (ConvError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            rule = "The state must be that of a training run with the same layers and training images."
            raise ConvError.broken(rule, problem=f"{type(error).__name__}: {error}") from error
        self.rng.bit_generator.state = taken.pop("rng")
        self.network.load_state_dict(taken.pop("network"))
        for name, value in taken.items():
            setattr(self, name, value)
        self._keep_good()

    def _read(self, state: Mapping[str, Array]) -> dict[str, Any]:
        """Give each attribute's value in a state, or raise whatever is wrong with it."""
        progress = json.loads(str(state["progress"]))
        if progress["format"] != FORMAT:
            raise ValueError(f"format {progress['format']!r}")
        rng = np.random.default_rng()
        rng.bit_generator.state = progress["rng"]
        network, initial = _part(state, "network"), _part(state, "initial")
        for weights in (network, initial):
            self.network.check_state_dict(weights)
        counts = {name: whole(**{name: progress[name] + 1}) - 1 for name in ("seed", "epoch", "steps", "position")}
        order, size = state["order"].astype(np.int64, casting="safe"), len(self.dataset.train_labels)
        if order.size and not np.array_equal(np.sort(order), np.arange(size)):
            raise ValueError(f"an order of {order.size} images, where there are {size}")
        if counts["position"] and counts["position"] >= order.size:
            raise ValueError(f"position {counts['position']} of {order.size} images")
        seen, right, total = progress["sums"]
        return counts | {
            "rng": rng.bit_generator.state, "network": network, "_initial": initial, "order": order,
            "optimizer": _optimizer(progress, _part(state, "optimizer"), self.network.vector),
            "batch_size": whole(batch_size=progress["batch_size"]),
            "_sums": [whole(seen=seen + 1) - 1, whole(right=right + 1) - 1, float(total)],
            "losses": state["losses"].astype(float).tolist(),
            "history": [dict(entry) | _places(entry) for entry in progress["history"]],
            "results": [_result(entry) for entry in progress["results"]],
        }

    def save(self, path: saving.File) -> None:
        """Write the whole run as ``.npz``."""
        saving.write(path, self.state_dict())

    def load(self, path: saving.File) -> None:
        """Read a run that a trainer of the same network and dataset saved.

        Raises
        ------
        ConvError
            Those of `conv.saving.read` and `load_state_dict`.
        """
        # As many bytes again, for each weight: the initial ones, and the optimizer's memory.
        most = sum(8 * values.nbytes + 4 * HEADER for values in self._initial.values())
        self.load_state_dict(saving.read(path, most + 8 * len(self.dataset.train_labels) + LONGEST_HISTORY))


def _part(state: Mapping[str, Array], part: str) -> dict[str, Array]:
    """What is named ``part/…``, by the rest of the name."""
    return {name.removeprefix(f"{part}/"): values for name, values in state.items() if name.startswith(f"{part}/")}


def _places(entry: Mapping[str, Any]) -> dict[str, int]:
    """Give an entry's epoch and step, which must be whole numbers from 0."""
    return {name: whole(**{name: entry[name] + 1}) - 1 for name in ("epoch", "step")}


def _result(entry: Mapping[str, Any]) -> dict[str, float]:
    """Read what is kept of an epoch; a loss may be beyond all numbers, a share must be from 0 to 1."""
    result = {name: float(entry[name]) for name in RESULT} | _places(entry)
    for name in ("accuracy", "test_error"):
        if not 0 <= result[name] <= 1:
            raise ValueError(f"{name} {result[name]}")
    return result


def _optimizer(progress: Mapping[str, Any], memory: dict[str, Array], vector: Array) -> SGD | Adam:
    """Make the optimizer that a run was saved with."""
    optimizer = OPTIMIZERS[progress["optimizer"]](**progress["settings"])
    if memory and set(memory) != set(optimizer.memory_names):
        raise ValueError(f"an optimizer that remembers {sorted(memory)}")
    for name, values in memory.items():
        if values.shape != vector.shape or values.dtype != vector.dtype:
            raise ValueError(f"{name} of the shape {values.shape}")
    optimizer.steps = whole(steps=progress["optimizer_steps"] + 1) - 1
    optimizer.memory = {name: values.copy() for name, values in memory.items()}
    return optimizer


def _check_fit(network: Sequential, dataset: Dataset) -> None:
    """Refuse datasets that the network cannot learn."""
    sizes = {part: np.shape(getattr(dataset, f"{part}_images")) for part in ("train", "test")}
    labels = {part: np.shape(getattr(dataset, f"{part}_labels")) for part in ("train", "test")}
    if any(sizes[part][:1] != labels[part] or 0 in sizes[part] or not sizes[part] for part in sizes):
        rule = "There must be images to train and to test with, and a label for each."
        raise ConvError.broken(rule, **sizes, train_labels=labels["train"], test_labels=labels["test"])
    outputs = network.summary(sizes["train"][1:]).output_shape
    if outputs != (len(dataset.class_names),):
        rule = "The network must have one output for each class."
        raise ConvError.broken(rule, outputs=outputs, classes=len(dataset.class_names))
