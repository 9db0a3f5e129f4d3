"""The trainings of each person: begun, paused, found again, and driven by the page itself where no process can be."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from conv.datasets import Dataset
from conv.errors import ConvError
from conv.network import Sequential
from ui.run_spec import OWN, Array, Evaluated, History, Snapshot, Spec, Status, dataset_of, network_of
from ui.run_worker import ROW, TEST, Worker, pack, packed_dataset, spec_of, trainer_of, unpack

__all__ = ["Evaluated", "History", "Run", "Snapshot", "Spec", "Status", "of_session"]


class Run:
    """One training of one person, as the page sees it.

    What is asked is sent to a worker; what comes back is kept here, so that a page can always draw, and the run can go
    on from its last checkpoint whatever became of the worker.
    """

    def __init__(self) -> None:
        self.spec = Spec()
        self.checkpoint = b""
        self._dataset: Dataset | None = None  # one that has no name
        self._network: Sequential | None = None
        self._worker = Worker()
        self._state, self._sentence = "empty", ""
        self._serial = 0  # of the last command
        self._pictures = 0
        self._clear()

    def _clear(self) -> None:
        """Forget what was measured."""
        self._rows, self._tests = np.empty((0, ROW)), np.empty((0, TEST))
        self._changes: tuple[tuple[int, str, Any], ...] = ()
        self._snapshot: Snapshot | None = None

    # ---- what a person asks ---------------------------------------------------------------------

    def start(self, spec: Spec, dataset: Dataset | None = None) -> None:
        """Build a training instead of the one there is, paused before its first step; refusals are in `status`.

        A ``dataset`` that has no name comes along with it, and ``spec.data`` is ``"own"``.
        """
        self.spec, self._dataset, self.checkpoint = spec, dataset, b""
        self._clear()
        try:
            self._network = trainer_of(spec, self.dataset).network
        except (ConvError, OSError) as error:
            self._network, self._state, self._sentence = None, "failed", str(error)
            return
        self._begin()

    def _begin(self) -> None:
        """Give a worker the training, from its checkpoint if there is one."""
        parts = {} if self._dataset is None else packed_dataset(self._dataset)
        classes = [] if self._dataset is None else list(self._dataset.class_names)
        if self.checkpoint:
            parts["checkpoint"] = np.frombuffer(self.checkpoint, np.uint8)
        self._tell("paused", pack(parts) if parts else b"", do="start", spec=self.spec.plain, classes=classes)

    def train(self) -> None:
        """Train to the end, or for as many epochs again."""
        self._tell("running", do="train")

    def epoch(self) -> None:
        """Train to the end of the epoch."""
        self._tell("running", do="epoch")

    def step(self) -> None:
        """Train with one batch."""
        self._tell("paused", do="step")

    def pause(self) -> None:
        """Stay where it is."""
        self._tell("paused", do="pause")

    def rewind(self) -> None:
        """Go back to the initial weights, with the settings as they are now."""
        self._tell("paused", do="rewind")

    def change(self, **settings: Any) -> None:
        """Change ``learning_rate``, ``momentum``, ``weight_decay`` or ``batch_size`` from the next step on."""
        self._tell(self._state, do="change", settings=settings)

    def stop(self) -> None:
        """End it and forget it."""
        self._worker = Worker()
        self._dataset, self._network, self.checkpoint = None, None, b""
        self._state, self._sentence = "empty", ""
        self._clear()

    def restore(self, checkpoint: bytes) -> None:
        """Take up a training that was saved, paused where it was.

        Raises
        ------
        ConvError
            Those of `ui.run_worker.spec_of`, of building what its spec names, and of `Trainer.load_state_dict`; then
            all is as it was.
        """
        spec = replace(spec_of(checkpoint), folder=self.spec.folder)
        own = self._dataset if spec.data == OWN else None
        trainer_of(spec, dataset_of(spec) if own is None else own).load_state_dict(unpack(checkpoint))
        self.spec, self._dataset, self._network, self.checkpoint = spec, own, None, checkpoint
        self._clear()
        self._begin()

    def work(self, seconds: float) -> None:
        """Train in this process for so long, if it is running and no other process does."""
        end = time.monotonic() + seconds
        while self._worker.running and time.monotonic() < end:
            self._worker.turn()
        self._hear(*self._worker.message())

    # ---- what the page draws --------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """How it is."""
        return Status(self._state, 0, self._sentence)

    @property
    def history(self) -> History:
        """What was measured so far."""
        return History(*self._rows.T, *self._tests.T, self._changes)

    @property
    def snapshot(self) -> Snapshot | None:
        """The network as it was last seen, or None before it was."""
        return self._snapshot

    @property
    def dataset(self) -> Dataset:
        """What it trains with; see `conv.datasets.load` for what is refused."""
        return dataset_of(self.spec) if self._dataset is None else self._dataset

    @property
    def network(self) -> Sequential:
        """The network as it was last seen; its layers may be looked at, and used, but are this run's own."""
        if self._network is None:
            self._network = network_of(self.spec, self.dataset)
        if self._snapshot is not None:
            self._network.load_state_dict(self._snapshot.weights)
        return self._network

    # ---- speaking with the worker ---------------------------------------------------------------

    def _tell(self, state: str, payload: bytes = b"", **command: Any) -> None:
        """Send a command, after which the run is taken to be in a state until the worker says otherwise."""
        self._serial += 1
        self._state, self._sentence = state, ""
        self._worker.do({"serial": self._serial, "do": "watch"})
        self._worker.do({"serial": self._serial, **command}, payload)
        self._hear(*self._worker.message())

    def _hear(self, header: dict[str, Any], arrays: dict[str, Array]) -> None:
        """Take what a worker tells."""
        if header["answered"] == self._serial:  # else it had not heard of the last command when it said this
            self._state, self._sentence = header["state"], header["sentence"]
        if "rows" not in arrays:
            return
        self._rows = np.concatenate([self._rows[: header["rows_before"]], arrays["rows"]])
        self._tests = np.concatenate([self._tests[: header["tests_before"]], arrays["tests"]])
        self._changes = tuple((step, name, value) for step, name, value in header["changes"])
        self.spec = self.spec.with_settings(header["settings"])
        if "counts" in arrays:
            self._pictures += 1
            self._snapshot = _snapshot(self._pictures, header["step"], arrays)
        if "checkpoint" in arrays:
            self.checkpoint = arrays["checkpoint"].tobytes()


def _snapshot(number: int, step: int, arrays: dict[str, Array]) -> Snapshot:
    """Read a picture out of what a worker told."""
    weights, gradients = (
        {name.removeprefix(part): values for name, values in arrays.items() if name.startswith(part)}
        for part in ("weights/", "gradients/")
    )
    evaluation = None
    if "confusion" in arrays:
        evaluation = Evaluated(
            int(arrays["evaluated"]), arrays["confusion"], arrays["wrong"], arrays["predicted"], arrays["probability"]
        )
    return Snapshot(number, step, weights, gradients, arrays["counts"], arrays["edges"], evaluation)


@st.cache_resource(scope="session", show_spinner=False)
def _runs() -> dict[str, Run]:
    return {}


def of_session(name: str = "a") -> Run:
    """Give the session's own run of a name."""
    return _runs().setdefault(name, Run())
