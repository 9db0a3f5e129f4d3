"""The trainings of each person: begun, paused, waiting for their turn, left, and found again."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import streamlit as st

from conv.datasets import Dataset
from conv.errors import ConvError
from conv.network import Sequential
from ui import settings
from ui.run_drivers import Child, Driver, Inline
from ui.run_queue import AT_ONCE, LOCK, Queue
from ui.run_spec import GOALS, OWN, Array, Evaluated, History, Snapshot, Spec, Status, dataset_of, network_of
from ui.run_worker import ROW, TEST, WATCHED, packed_dataset, rows_of, spec_of, trainer_of, unpack

__all__ = ["Evaluated", "History", "Run", "Snapshot", "Spec", "Status", "adopt", "of_session", "tab"]

LOG = logging.getLogger(__name__)
IN_CHILDREN = sys.platform != "emscripten" and "TRAIN_IN_PAGE" not in os.environ
QUEUE = Queue()
MOST_CHILDREN = AT_ONCE + 8  # with those that are paused
MOST_LEFT, MOST_BYTES_LEFT = 64, 512 * 2**20  # runs of people who are away
KEPT = 3600.0  # seconds
STOPPED = "Stopped: Train goes on from here, Rewind goes back to the initial weights."

_with_child: OrderedDict[Run, None] = OrderedDict()  # who asked for something last stands last
_left: OrderedDict[str, Owner] = OrderedDict()  # of people who are away, by their tab


class Run:
    """One training of one person, as the page sees it.

    What is asked is sent to a worker; what comes back is kept here, so that a page can always draw, and the run can go
    on from its last checkpoint whatever became of the worker.
    """

    def __init__(self) -> None:
        self.spec = Spec()
        self.cut_off = False  # it was training when its page went away
        self.origin = ""  # what is to be said of the file that it was taken up from, until it goes on
        self._dataset: Dataset | None = None  # one that has no name
        self._network: Sequential | None = None
        self._driver: Driver | None = None
        self._state, self._sentence = "empty", ""
        self._sentence_kept = ""  # until something is asked of it
        self._goal = "train"
        self._training = 0  # counts the trainings that a worker was given
        self._deferred: list[dict[str, Any]] = []  # what was asked while a worker was going
        self._serial = self._answered = 0  # the last command asked, and the last done
        self._looked = 0.0
        self._pictures = 0
        self._clear()

    def _clear(self) -> None:
        """Forget what was measured, and where it came from."""
        self.origin = ""
        self._rows, self._tests = np.empty((0, ROW)), np.empty((0, TEST))
        self._changes: tuple[tuple[int, str, Any], ...] = ()
        self._snapshot: Snapshot | None = None
        self._checkpoint, self._saved_step = b"", 0

    # ---- what a person asks ---------------------------------------------------------------------

    def start(self, spec: Spec, dataset: Dataset | None = None) -> None:
        """Build a training instead of the one there is, paused before its first step; refusals are in `status`.

        A ``dataset`` that has no name comes along with it, and ``spec.data`` is ``"own"``.
        """
        try:
            network = trainer_of(spec, dataset_of(spec) if dataset is None else dataset).network
        except (ConvError, OSError) as error:
            self.forget()
            self.spec, self._dataset = spec, dataset
            self._fail(str(error))
            return
        self._replace(spec, dataset, network, b"")

    def _replace(self, spec: Spec, dataset: Dataset | None, network: Sequential, checkpoint: bytes) -> None:
        """Become another training, paused."""
        with LOCK:
            QUEUE.leave(self)
            self._clear()
            self.spec, self._dataset, self._network, self._checkpoint = spec, dataset, network, checkpoint
            self._serial += 1
            self._state, self._sentence, self._sentence_kept, self.cut_off = "paused", "", "", False
            self._begin(self._serial)

    def train(self) -> None:
        """Train to the end, or for as many epochs again; now, or when others have made room."""
        self._enter("train")

    def epoch(self) -> None:
        """Train to the end of the epoch."""
        self._enter("epoch")

    def step(self) -> None:
        """Train with one batch."""
        QUEUE.leave(self)
        self._tell("paused", do="step")

    def pause(self) -> None:
        """Stay where it is."""
        QUEUE.leave(self)
        self._tell("paused", do="pause")

    def rewind(self) -> None:
        """Go back to the initial weights, with the settings as they are now."""
        QUEUE.leave(self)
        self._tell("paused", do="rewind")

    def change(self, **values: Any) -> None:
        """Change what is in `CHANGEABLE` from the next step on, or what is in `GOALS`."""
        self.spec = replace(self.spec, **{name: value for name, value in values.items() if name in GOALS})
        self._tell(self._state, do="change", settings=values)

    def stop(self) -> None:
        """End it where it is; what it has come to is kept, and can be gone on from."""
        self.release(STOPPED)
        self.cut_off = False
        if self._state == "paused":
            self._sentence_kept = STOPPED

    def forget(self) -> None:
        """End it, and keep nothing."""
        with LOCK:
            QUEUE.leave(self)
            driver, self._driver = self._driver, None
            _with_child.pop(self, None)
            self._dataset, self._network = None, None
            self._state, self._sentence = "empty", ""
            self._clear()
        if driver is not None:
            driver.close()

    def restore(self, checkpoint: bytes) -> None:
        """Take up a training that was saved, paused where it was.

        Raises
        ------
        ConvError
            Those of `ui.run_worker.spec_of` and `rows_of`, of building what its spec names, and of
            `Trainer.load_state_dict`; then all is as it was.
        """
        spec = replace(spec_of(checkpoint), folder=self.spec.folder)
        own = self._dataset if spec.data == OWN else None
        trainer = trainer_of(spec, dataset_of(spec) if own is None else own)
        state = unpack(checkpoint)
        rows_of(state)
        trainer.load_state_dict(state)
        self._replace(spec, own, trainer.network, checkpoint)

    def work(self, seconds: float) -> None:
        """Train in this process for so long, if it is running and no other process does."""
        if self._driver is not None:
            self._driver.work(seconds)

    # ---- what the page draws --------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """How it is."""
        self._look()
        with LOCK:
            if self._state == "waiting":
                QUEUE.look()
            place = QUEUE.place(self)
            if self._state != "waiting":
                return Status(self._state, 0, self._sentence or self._sentence_kept)
        return Status("waiting", place, (
            f"{len(QUEUE.working)} trainings are at work, as many as this server takes at once. "
            f"This one is number {place} in the queue and goes on by itself."
        ))

    @property
    def history(self) -> History:
        """What was measured so far."""
        self._look()
        with LOCK:
            return History(*self._rows.T, *self._tests.T, self._changes)

    @property
    def snapshot(self) -> Snapshot | None:
        """The network as it was last seen, or None before it was."""
        self._look()
        return self._snapshot

    @property
    def checkpoint(self) -> bytes:
        """The whole run as the content of an ``.npz`` file, as it was last saved; empty before it was."""
        return self._checkpoint

    @property
    def answered(self) -> bool:
        """Whether all that was asked of it has been done, or begun."""
        return self._answered == self._serial or self._driver is None

    @property
    def process_id(self) -> int | None:
        """The child's, or None where there is none."""
        return None if self._driver is None else self._driver.process_id

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

    # ---- going away and coming back -------------------------------------------------------------

    def rest(self) -> None:
        """Leave nothing running, because its page is left."""
        self.release("It was paused when its page was left.")
        self.cut_off = False

    def release(self, sentence: str = "It was paused when its page was closed.") -> None:
        """Leave nothing running, because its page is gone: the worker tells what it has come to, and goes."""
        with LOCK:
            self.cut_off = self._state in ("running", "waiting")
            QUEUE.leave(self)
            if self.cut_off:
                self._state, self._sentence, self._sentence_kept = "paused", "", sentence
            if self._driver is not None and not self._driver.closing:
                self._driver.close()
            self._network = None

    @property
    def size(self) -> int:
        """Bytes that keeping it takes, about."""
        own = 0 if self._dataset is None else self._dataset.train_images.nbytes + self._dataset.test_images.nbytes
        return own + 2 * len(self._checkpoint) + self._rows.nbytes

    # ---- its turn -------------------------------------------------------------------------------

    def _enter(self, goal: str) -> None:
        if self._state == "empty":
            return
        with LOCK:
            self.cut_off, self._goal = False, goal
            if not IN_CHILDREN:
                self.granted()
                return
            if self._state != "running":
                self._state, self._sentence = "waiting", ""
            QUEUE.enter(self)

    def granted(self) -> None:
        """Begin, or go on."""
        self._tell("running", do=self._goal)

    def held(self) -> None:
        """Make room for others, and wait."""
        self._tell("waiting", do="pause")

    def close_idle(self) -> bool:
        """Let the worker go if it does nothing; another will go on from where it was."""
        if self._driver is None or self._driver.closing or self in QUEUE.working:
            return False
        self._driver.close()
        return True

    # ---- speaking with the worker ---------------------------------------------------------------

    def _look(self) -> None:
        """Let the worker know, now and then, that someone looks."""
        now = time.monotonic()
        with LOCK:
            if self._driver is not None and now - self._looked > WATCHED / 3:
                self._looked = now
                self._driver.send({"do": "watch"}, {})

    def _tell(self, state: str, **command: Any) -> None:
        """Send a command, after which the run is taken to be in a state until the worker says otherwise."""
        with LOCK:
            if self._state == "empty":
                return
            self._serial += 1
            self._state, self._sentence, self._sentence_kept = state, "", ""
            if self._driver is not None and self._driver.closing:
                self._deferred.append({"serial": self._serial, **command})
                return
            if self._driver is None:
                self._begin()
            self._send({"serial": self._serial, **command}, {})

    def _begin(self, serial: int = 0) -> None:
        """Give a worker the training, from its checkpoint if there is one."""
        with LOCK:
            if self._driver is None or self._driver.closing:
                self._driver = (Child if IN_CHILDREN else Inline)(self._hear, self._gone)
            self._training += 1
            self._deferred.clear()
            command = {"do": "start", "serial": serial, "training": self._training, "spec": self.spec.plain}
            parts = {}
            if self._dataset is not None:
                parts = packed_dataset(self._dataset)
                command["classes"] = list(self._dataset.class_names)
            if self._checkpoint:
                parts["checkpoint"] = np.frombuffer(self._checkpoint, np.uint8)
            self._send(command, parts)

    def _send(self, command: dict[str, Any], arrays: dict[str, Array]) -> None:
        assert self._driver is not None
        self._looked = time.monotonic()
        self._driver.send({"do": "watch"}, {})
        self._driver.send(command, arrays)
        _with_child[self] = None
        _with_child.move_to_end(self)
        _close_idle()

    def _hear(self, driver: Driver, header: dict[str, Any], arrays: dict[str, Array]) -> None:
        """Take what a worker tells."""
        with LOCK:
            if driver is not self._driver or header["training"] != self._training:
                return  # it is of a training that is no more
            if "rows" in arrays:
                self._keep(header, arrays)
            state, self._answered = header["state"], header["answered"]
            if header["answered"] != self._serial or (self._state == "waiting" and state == "paused"):
                return  # it had not heard of the last command when it said this; it does not know that it waits
            self._state, self._sentence = state, header["sentence"]
            if state != "running":
                QUEUE.leave(self)

    def _keep(self, header: dict[str, Any], arrays: dict[str, Array]) -> None:
        """Keep what was measured, the picture and the checkpoint."""
        self._rows = np.concatenate([self._rows[: header["rows_before"]], arrays["rows"]])
        self._tests = np.concatenate([self._tests[: header["tests_before"]], arrays["tests"]])
        self._changes = tuple((step, name, value) for step, name, value in header["changes"])
        self.spec = self.spec.with_settings(header["settings"])
        if "counts" in arrays:
            self._pictures += 1
            self._snapshot = _snapshot(self._pictures, header["step"], arrays)
        if "checkpoint" in arrays:
            self._checkpoint, self._saved_step = arrays["checkpoint"].tobytes(), header["step"]

    def _gone(self, driver: Driver, sentence: str) -> None:
        """Note that a worker has gone, and do with another what was asked meanwhile."""
        with LOCK:
            if driver is not self._driver:
                return
            self._driver = None
            _with_child.pop(self, None)
            deferred = list(self._deferred)
            if sentence:
                kept = f" The training is kept as it was after step {self._saved_step}, and goes on from there."
                self._fail(sentence + (kept if self._checkpoint else ""))
            elif deferred:
                self._begin()
                for command in deferred:
                    self._send(command, {})

    def _fail(self, sentence: str) -> None:
        LOG.warning("A training failed: %s", sentence.partition(" Received:")[0])  # what was received stays theirs
        self._state, self._sentence = "failed", sentence
        QUEUE.leave(self)


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


def _close_idle() -> None:
    """Where there are too many children, let those go that nobody has asked for anything for longest."""
    for run in list(_with_child):
        if len(_with_child) <= MOST_CHILDREN:
            return
        if run.close_idle():
            _with_child.pop(run, None)


# ---- whose runs they are ------------------------------------------------------------------------


@dataclass
class Owner:
    """A browser tab with its runs; when it goes, they are kept for a while in case it comes back."""

    tab: str
    runs: dict[str, Run] = field(default_factory=dict)
    left: float = 0.0  # when it went

    def rest(self) -> None:
        """Pause all."""
        for run in self.runs.values():
            run.rest()

    @property
    def size(self) -> int:
        """Bytes of all its runs."""
        return sum(run.size for run in self.runs.values())


def _leave(owner: Owner) -> None:
    """End what runs for a tab that is gone, and keep what it had come to."""
    for run in owner.runs.values():
        run.release()
    with LOCK:
        if any(run.status.state != "empty" for run in owner.runs.values()):
            owner.left = time.monotonic()
            _left[owner.tab] = owner
        _forget_oldest()


def _forget_oldest() -> None:
    """Keep no more of those who are away than there is room for, and none for too long."""
    oldest = time.monotonic() - KEPT
    while _left and (
        len(_left) > MOST_LEFT or next(iter(_left.values())).left < oldest
        or sum(owner.size for owner in _left.values()) > MOST_BYTES_LEFT
    ):
        _left.popitem(last=False)


@st.cache_resource(scope="session", on_release=_leave, show_spinner=False)
def _owner(tab: str) -> Owner:
    """Give a tab's runs, those that it left if it was away; Streamlit keeps them while it is connected."""
    with LOCK:
        _forget_oldest()
        return _left.pop(tab, None) or Owner(tab)


def of_session(name: str = "a") -> Run:
    """Give the session's own run of a name.

    After a dropped connection it goes on from where it was. It is paused as soon as another page is opened.
    """
    owner = _owner(settings.tab())
    settings.when_left(owner.rest)
    if name not in owner.runs:
        owner.runs[name] = Run()
    run = owner.runs[name]
    if run.cut_off:
        run.train()
    return run


def tab() -> dict[str, str]:
    """Give what a front end needs so that a reloaded page finds its runs again: see `adopt`."""
    return {"id": settings.tab(), "asked": settings.asked_tab()}


def adopt(kept: str) -> bool:
    """Take over the runs of the tab that this page was before it was loaded again, paused where they were.

    The front end keeps `tab`'s ``id`` in the browser's ``sessionStorage``, which a link does not carry. Where it finds
    another one there that is not ``asked`` yet, it sends that one for this; else it keeps the ``id``. Runs that are
    somebody's, as when a tab was duplicated, stay with them.
    """
    settings.ask_for_tab(kept)
    with LOCK:
        _forget_oldest()
        if kept not in _left:
            return False
    for run in _owner(settings.tab()).runs.values():
        run.forget()
    settings.become_tab(kept)
    for run in _owner(kept).runs.values():
        run.cut_off = False
    return True
