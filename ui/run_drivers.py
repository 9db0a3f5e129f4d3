"""What drives a worker: a child process, or the page that asks for it. Both are spoken to in the same way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ui.run_child import read_frame, write_frame
from ui.run_spec import Array
from ui.run_worker import Worker, pack, unpack

ROOT = Path(__file__).parent.parent
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)  # one for each run: many runs share the cores

Command = dict[str, Any]
Arrays = dict[str, Array]
Hear = Callable[["Driver", Command, Arrays], None]
Ended = Callable[["Driver", str], None]


class Inline:
    """A worker in this process, which trains while someone calls `work`."""

    closing = False
    process_id = None

    def __init__(self, hear: Hear, ended: Ended) -> None:
        self._worker, self._hear, self._ended = Worker(), hear, ended

    def send(self, command: Command, arrays: Arrays) -> None:
        """Have a command done."""
        self._worker.do(command, arrays)
        if command["do"] != "watch":
            self._hear(self, *self._worker.message())

    def work(self, seconds: float) -> None:
        """Train for so long, if it is to."""
        end = time.monotonic() + seconds
        while self._worker.running and time.monotonic() < end:
            self._worker.turn()
        self._hear(self, *self._worker.message())

    def close(self) -> None:
        """Have it told what it has come to, and be gone."""
        self._worker.do({"do": "pause"}, {})
        self._hear(self, *self._worker.message(last=True))
        self._ended(self, "")


class Child:
    """A child process that trains, and the two threads that speak and listen to it.

    No call waits for the child. It ends when it is closed or this process ends, however that comes about, and is
    always waited for, so that no dead one is left.
    """

    def __init__(self, hear: Hear, ended: Ended) -> None:
        self.closing = False
        self._process: subprocess.Popen[bytes] | None = None
        self._hear, self._ended = hear, ended
        self._said: SimpleQueue[tuple[Command, Arrays] | None] = SimpleQueue()
        threading.Thread(target=self._speak, daemon=True, name="run speaks").start()

    @property
    def process_id(self) -> int | None:
        """The child's, once it has one."""
        return None if self._process is None else self._process.pid

    def send(self, command: Command, arrays: Arrays) -> None:
        """Have a command done."""
        self._said.put((command, arrays))

    def work(self, seconds: float) -> None:
        """Do nothing: it works by itself."""

    def close(self) -> None:
        """Have it told what it has come to, and be gone."""
        self.closing = True
        self._said.put(None)

    def _speak(self) -> None:
        """Start the child, and pass on what it is asked until it is closed or gone."""
        try:
            self._process = child = subprocess.Popen(
                [sys.executable, "-m", "ui.run_child"], cwd=ROOT, env=os.environ | ONE_THREAD, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, process_group=0,  # Ctrl-C is for the server, whose end is the child's
            )
        except OSError as error:
            self._end(f"No process could be started to train: {error.strerror}.")
            return
        threading.Thread(target=self._listen, daemon=True, name="run listens").start()
        assert child.stdin is not None
        try:
            while (said := self._said.get()) is not None:
                command, arrays = said
                write_frame(child.stdin, command, pack(arrays))
            child.stdin.close()
        except BrokenPipeError:  # it is gone, which is noticed elsewhere
            pass

    def _listen(self) -> None:
        """Pass on what the child tells until it is gone."""
        child = self._process
        assert child is not None and child.stdout is not None
        with child.stdout:
            while (frame := read_frame(child.stdout)) is not None:
                header, payload = frame
                self._hear(self, header, unpack(payload))
        child.wait()
        self._said.put(None)  # lets the other thread go
        self._end("The process that trained has ended unexpectedly.")

    def _end(self, sentence: str) -> None:
        self._ended(self, "" if self.closing else sentence)


Driver = Inline | Child
