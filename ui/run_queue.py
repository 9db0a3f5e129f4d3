"""Who may train now: so many runs at once, and the others in the order in which they came, each for a while."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Protocol

LOCK = threading.RLock()
"""Held by whoever changes a run or the queue; nothing is waited for meanwhile."""

AT_ONCE = min(4 * max(2, os.cpu_count() or 2), 32)  # niced: eight on two cores leave the pages as quick as they were
TURN = 15.0  # seconds that a run may train while others wait


class Waiter(Protocol):
    """What waits in a `Queue`."""

    def granted(self) -> None:
        """Begin, or go on."""

    def held(self) -> None:
        """Pause until `granted` is called again."""


class Queue:
    """Lets some work and others wait.

    Whoever waits longest comes next. While somebody waits, whoever has worked for a turn makes room and waits in turn,
    behind all the others: so nobody waits for ever, and a short run soon ends.

    Parameters
    ----------
    at_once : int
        How many may work.
    turn : float
        Seconds.
    clock : callable
        Gives the time.
    """

    def __init__(self, at_once: int = AT_ONCE, turn: float = TURN, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_once, self._turn, self._clock = at_once, turn, clock
        self.working: dict[Waiter, float] = {}  # since when
        self.waiting: list[Waiter] = []

    def enter(self, waiter: Waiter) -> None:
        """Ask to work; one that works or waits already goes on doing so."""
        with LOCK:
            if waiter in self.working:
                waiter.granted()
            elif waiter not in self.waiting:
                self.waiting.append(waiter)
            self.look()

    def leave(self, waiter: Waiter) -> None:
        """Neither work nor wait any more."""
        with LOCK:
            self.working.pop(waiter, None)
            if waiter in self.waiting:
                self.waiting.remove(waiter)
            self.look()

    def place(self, waiter: Waiter) -> int:
        """Give the place of one that waits, from 1, or 0."""
        with LOCK:
            return self.waiting.index(waiter) + 1 if waiter in self.waiting else 0

    def look(self) -> None:
        """Let those begin who may by now; whoever waits has this called from time to time."""
        with LOCK:
            for _ in range(len(self.waiting)):  # those who are held meanwhile come later
                if not self.waiting or not (len(self.working) < self.at_once or self._make_room()):
                    return
                next_one = self.waiting.pop(0)
                self.working[next_one] = self._clock()
                next_one.granted()

    def _make_room(self) -> bool:
        """Hold the one that has worked longest, if its turn is over."""
        longest = min(self.working, key=self.working.__getitem__)
        if self._clock() - self.working[longest] < self._turn:
            return False
        del self.working[longest]
        self.waiting.append(longest)
        longest.held()
        return True
