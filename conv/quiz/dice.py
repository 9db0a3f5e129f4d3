"""Draws that come out alike on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Dice:
    """Draws whole numbers from a name: the same name, the same draws.

    They are taken from the raw stream of PCG64, which NumPy promises never to change; what its generators make
    of a stream may change with a version.

    >>> Dice("a").between(1, 6) == Dice("a").between(1, 6)
    True
    """

    def __init__(self, name: str) -> None:
        digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
        self._stream = np.random.PCG64(int.from_bytes(digest, "big"))

    def below(self, end: int) -> int:
        """Draw from 0 to ``end - 1``."""
        return int(self._stream.random_raw()) % end  # of 2**64 numbers: no end here is large enough to lean to one side

    def between(self, least: int, most: int) -> int:
        """Draw from ``least`` to ``most``, both included."""
        return least + self.below(most - least + 1)

    def pick(self, options: Sequence[T]) -> T:
        """Draw one of several."""
        return options[self.below(len(options))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Put several in an order, each as likely as any other."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def grid(self, rows: int, cols: int, least: int, most: int) -> list[list[int]]:
        """Draw rows of numbers from ``least`` to ``most``."""
        return [[self.between(least, most) for _ in range(cols)] for _ in range(rows)]
