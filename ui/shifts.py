"""Puts the comparison of shifted inputs into the words and numbers that the shift's front end draws.

All shifts of up to three pixels are sent at once, so that shifting never waits for Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from conv.configuration import Configuration
from conv.geometry import Pair
from conv.shifts import Comparison, compare
from ui.components import Data, packed, plain

FARTHEST = 3  # pixels
MOST_NUMBERS = 10_000  # of one grid, over all shifts: a large input is not shifted as far
LEGEND = {
    "none": [("entered", "came in")],
    "along": [("same", "moved along"), ("other", "did not"), ("edge", "at the border")],
    "place": [("same", "the same in its place"), ("other", "another number")],
}


@dataclass(frozen=True)
class Column:
    """One operation: a grid of its outputs before the shift, and one after it.

    Attributes
    ----------
    title : str
        Above the grids: "Convolution".
    noun : str
        What its outputs are called after their number: "pooled outputs".
    comparison : conv.shifts.Comparison
        Of the shifts that `shifts` lists.
    judged : "along", "place" or "none"
        What the marks say: whether an output moved along with the input, whether it stayed as it
        was in its place, or nothing.
    size : (rows, cols), optional
        Of the grid, for outputs that have no places of their own.
    """

    title: str
    noun: str
    comparison: Comparison
    judged: Literal["along", "place", "none"]
    size: Pair | None = None


def reach(size: Pair) -> int:
    """Give the number of pixels by which an input is shifted at most.

    >>> reach((8, 8)), reach((32, 32))
    (3, 1)
    """
    return max(far for far in range(1, FARTHEST + 1) if far == 1 or (2 * far + 1) ** 2 * np.prod(size) <= MOST_NUMBERS)


def shifts(size: Pair) -> list[Pair]:
    """List the shifts of an input of a size, row by row from the farthest up and left.

    >>> shifts((32, 32))[:4]
    [(-1, -1), (-1, 0), (-1, 1), (0, -1)]
    """
    far = range(-reach(size), reach(size) + 1)
    return [(row, col) for row in far for col in far]


def data(
    x: NDArray, columns: Sequence[Column], *, heading: str, text: str, by: Pair = (0, 1), arrival: int = 0
) -> Data:
    """Everything the front end shows.

    Parameters
    ----------
    x : (H, W)
        The input; its own column is the first.
    columns : sequence of Column
        With the comparisons of ``shifts(x.shape)``.
    heading, text : str
        Above it all.
    by : (rows, cols)
        The shift to begin with when ``arrival`` is new.
    arrival : int
        Counts the links taken.
    """
    same = compare(Configuration("max", x.shape, (1, 1)), x, shifts(x.shape))
    shown = [Column("Input", "pixels", same, "none"), *columns]
    kinds, far = {column.judged for column in shown}, reach(x.shape)
    return {
        "heading": heading,
        "text": text,
        "reach": far,
        "by": [min(max(-far, pixels), far) for pixels in by],
        "arrival": arrival,
        "ways": [way(*by) for by in shifts(x.shape)],
        "legend": [list(entry) for judged in LEGEND if judged in kinds for entry in LEGEND[judged]],
        "columns": [_column(column) for column in shown],
    }


def sentence(column: Column, index: int) -> str:
    """Tell what one shift did to the outputs of a column."""
    found, noun = column.comparison, column.noun
    total, stayed, followed = found.before.size, int(found.stayed[index].sum()), int(found.followed[index].sum())
    if not found.shifts[index].any():
        return "Not shifted: nothing has moved."
    if column.judged != "along":
        verb = {0: "stayed as it was", total: "stayed as they were"}.get(stayed, "did not change at all")
        if column.judged == "none" or np.isnan(found.along[index]).any():
            return f"{_count(stayed, total, noun)} {verb}."
        both = int((found.stayed[index] & found.followed[index]).sum())
        among = f", {both} of which look the same either way" if both else ""
        return f"{_count(stayed, total, noun)} {verb}; {followed} moved along with the input{among}."
    if np.isnan(found.along[index]).any():
        return "The shift is not a multiple of the stride: there is no place to move along to."
    missing = f"; {total - followed} at the border did not" if followed < total else ""
    return f"{_count(followed, total, noun)} moved along with the input{missing}."


def _count(number: int, total: int, noun: str) -> str:
    """Say how many of how many.

    >>> _count(0, 10, "outputs"), _count(10, 10, "outputs"), _count(3, 10, "outputs")
    ('None of the 10 outputs', 'All 10 outputs', '3 of 10 outputs')
    """
    if number == 0:
        return f"None of the {total} {noun}"
    return f"All {total} {noun}" if number == total else f"{number} of {total} {noun}"


def way(rows: int, cols: int) -> str:
    """Name a shift.

    >>> way(-1, 2), way(0, 0)
    ('Shifted 1 up and 2 to the right.', 'Not shifted.')
    """
    ways = [f"{abs(rows)} {'down' if rows > 0 else 'up'}"] if rows else []
    ways += [f"{abs(cols)} to the {'right' if cols > 0 else 'left'}"] if cols else []
    return f"Shifted {' and '.join(ways)}." if ways else "Not shifted."


def _column(column: Column) -> Data:
    """Numbers and marks of one column."""
    found = column.comparison
    rows, cols = column.size or found.before.shape
    marks = found.followed + 2 * found.stayed + 4 * found.border
    return {
        "title": column.title,
        "rows": rows,
        "cols": cols,
        "before": plain(found.before),
        "after": packed(found.after),
        "marks": packed(marks, "u1"),
        "along": [None if np.isnan(by).any() else by.astype(int).tolist() for by in found.along],
        "sentences": [sentence(column, index) for index in range(len(found.shifts))],
        "judged": column.judged,
        "limit": float(np.abs(found.before).max()),
    }
