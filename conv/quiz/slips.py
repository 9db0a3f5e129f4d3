"""Wrong rules for the size of an output, and what they answer: nothing here is right."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

from conv.quiz.answers import IMPOSSIBLE, spell
from conv.quiz.question import Diagnosis

UNITS = ("rows", "columns")


class Axis(NamedTuple):
    """One axis of a sliding window: input, kernel, stride, padding on each side, dilation, rounding up."""

    n: int
    k: int
    s: int = 1
    p: int = 0
    d: int = 1
    ceil: bool = False

    @property
    def rest(self) -> int:
        """What the division leaves over."""
        return (self.n + 2 * self.p - self.d * (self.k - 1) - 1) % self.s

    @property
    def fits(self) -> bool:
        """Whether the kernel has room on the input itself, and no window lies in the padding alone."""
        return self.d * (self.k - 1) < self.n and self.p <= self.d * (self.k - 1)


class Reading(NamedTuple):
    """How somebody reads the formula: ⌊(N + sides·P − extent)/S⌋ + start; sides are 2, 1 or, with a wrong sign, −2."""

    sides: int = 2
    extent: str = "right"
    turned: bool = False  # rounded the other way
    start: int = 1

    def of(self, axis: Axis) -> tuple[int, str]:
        """Give the size that this reading makes of an axis, below 1 if none, and the formula with its numbers."""
        n, k, s, p, d, ceil = axis
        extent, written = _extents(k, d)[self.extent]
        room = n + self.sides * p - extent
        up = ceil != self.turned
        value = (-(-room // s) if up else room // s) + self.start
        padding = f" + {'2·' if self.sides == 2 else ''}{p}" if p else ""
        start = " + 1" if self.start else ""
        if s == 1:
            return value, f"{n}{padding} − {written}{start} = {value}"
        left, right = "⌈⌉" if up else "⌊⌋"
        return value if room >= 0 else 0, f"{left}({n}{padding} − {written})/{s}{right}{start} = {value}"

    def of_transposed(self, axis: Axis, extra: int) -> tuple[int, str]:
        """As `of`, for a transposed convolution with an output padding: (N − 1)S − sides·P + D(K − 1) + extra + 1."""
        n, k, s, p, d, _ = axis
        step = {"right": d, "ignored": 1, "gaps": d + 1}[self.extent]
        value = (n - 1) * s - self.sides * p + step * (k - 1) + extra + self.start
        times = {"right": f"{d}·" if d > 1 else "", "ignored": "", "gaps": f"({d} + 1)·"}[self.extent]
        kernel = f"{times}({k} − 1)"
        padding = {2: f" − 2·{p}", 1: f" − {p}", -2: f" + 2·{p}"}[self.sides] if p else ""
        more = "".join(f" + {number}" for number in (extra, self.start) if number)
        return value, f"({n} − 1)·{s}{padding} + {kernel}{more} = {value}"


class Slip(NamedTuple):
    """One wrong way to read the formula, and what is said of it."""

    code: str
    phrase: str
    changes: dict[str, Any]


def _extents(k: int, d: int) -> dict[str, tuple[int, str]]:
    """How far a dilated kernel reaches, rightly and in two wrong ways, and how that is written."""
    if d == 1:
        return {"right": (k, f"{k}"), "none": (1, "1")}
    return {
        "right": (d * (k - 1) + 1, f"{d}·({k} − 1) − 1"),
        "ignored": (k, f"{k}"),
        "gaps": ((d + 1) * (k - 1) + 1, f"({d} + 1)·({k} − 1) − 1"),
        "none": (1, "1"),
    }


def slips(axes: tuple[Axis, ...]) -> list[Slip]:
    """List the wrong readings that make a difference to some axis."""
    found = [Slip("M1", "forgot the + 1", {"start": 0})]
    if any(axis.p for axis in axes):
        found.append(Slip("M2", "counted the padding once", {"sides": 1}))
    if any(axis.rest for axis in axes):
        found.append(Slip("M3", f"rounded {'down' if axes[0].ceil else 'up'}", {"turned": True}))
    if any(axis.d > 1 for axis in axes):
        found.append(Slip("M11", "left the dilation out", {"extent": "ignored"}))
        found.append(Slip("M11", "took the dilation for the number of gaps", {"extent": "gaps"}))
    return found


def too_many(axes: tuple[Axis, ...]) -> Iterator[tuple[str, str, list[tuple[int, str]]]]:
    """Give mistakes that find more places than there are: code, phrase, and for each axis the size and how it comes."""
    everywhere = "let the window start at every pixel, also where it hangs over the end"
    yield "M16", everywhere, [Reading(extent="none").of(axis) for axis in axes]
    if any(axis.s > 1 for axis in axes):
        yield "M15", "moved the window by one pixel, not by the stride", [
            Reading().of(axis._replace(s=1)) for axis in axes
        ]
    elif all(axis.d == 1 for axis in axes):
        yield "M16", "let the window hang over both ends", [_hanging_over(axis) for axis in axes]


def _hanging_over(axis: Axis) -> tuple[int, str]:
    n, k, _, p, *_ = axis
    value = n + 2 * p + k - 1
    return value, f"{n}{f' + 2·{p}' if p else ''} + {k} − 1 = {value}"


def of_one_axis(axis: Axis) -> tuple[Diagnosis, ...]:
    """Give what each mistake, and each two together, make of one axis."""
    found = [
        Diagnosis(code, value, f"You {phrase}: {formula}.")
        for code, phrase, reading in _readings((axis,))
        for value, formula in [reading.of(axis)]
        if value > 0
    ]
    right = Reading().of(axis)[0]
    for code, phrase, [(value, formula)] in too_many((axis,)):
        if value != right:
            found.append(Diagnosis(code, value, f"You {phrase}: {formula}."))
    if axis.rest and not axis.ceil:
        exact = (axis.n + 2 * axis.p - _extents(axis.k, axis.d)["right"][0]) / axis.s + 1
        found.append(Diagnosis("M3", exact, f"The window stands at whole positions only: {spell(exact)} is none."))
        found.append(
            Diagnosis("M3", IMPOSSIBLE, "It is possible: the last, incomplete step of the window is not taken.")
        )
    return tuple(found)


def of_both_axes(rows: Axis, cols: Axis) -> tuple[Diagnosis, ...]:
    """Give what each mistake, and each two together, make of rows and columns; swapping them is one more."""
    found = []
    right = Reading()
    size = right.of(rows)[0], right.of(cols)[0]
    if size[0] != size[1]:
        found.append(Diagnosis("M13", size[::-1], "You swapped height and width: rows come first, then columns."))
    both = [(code, phrase, [reading.of(rows), reading.of(cols)]) for code, phrase, reading in _readings((rows, cols))]
    for code, phrase, [(height, down), (width, across)] in (*both, *too_many((rows, cols))):
        if min(height, width) < 1 or (height, width) == size:
            continue
        worked = down if rows == cols else f"rows {down}, columns {across}"
        found.append(Diagnosis(code, (height, width), f"You {phrase}: {worked}."))
        if "+" not in code and height != width:
            text = f"You {phrase}, and swapped height and width: {worked}."
            joined = "+".join(sorted((code, "M13"), key=lambda each: int(each[1:])))
            found.append(Diagnosis(joined, (width, height), text))
    return tuple(found)


def _readings(axes: tuple[Axis, ...]) -> Iterator[tuple[str, str, Reading]]:
    """Give code, phrase and reading of each mistake, then of each two that go together."""
    single = slips(axes)
    for slip in single:
        yield slip.code, slip.phrase, Reading(**slip.changes)
    for one, other in combinations(single, 2):
        if one.code != other.code:
            both = Reading(**one.changes, **other.changes)
            yield f"{one.code}+{other.code}", f"{one.phrase} and {other.phrase}", both


def of_transposed(axis: Axis, extra: int) -> tuple[Diagnosis, ...]:
    """Give what each mistake makes of one axis of a transposed convolution, ``extra`` being its output padding."""
    found = [
        Diagnosis(code, value, f"You {phrase}: {formula}.")
        for code, phrase, reading in _readings((axis._replace(s=1),))  # a stride that multiplies leaves no rest
        for value, formula in [reading.of_transposed(axis, extra)]
    ]
    forward, formula = Reading().of(axis)
    found.append(Diagnosis("M12", forward, f"You used the formula of the forward convolution: {formula}."))
    scaled = axis.n * axis.s
    text = f"You multiplied by the stride, whatever the kernel: {axis.n}·{axis.s} = {scaled}."
    found.append(Diagnosis("M12", scaled, text))
    longer, formula = Reading().of_transposed(axis._replace(n=axis.n + 1), extra)
    text = f"You took a step after the last pixel, too: {formula.replace(f'({axis.n + 1} − 1)', f'{axis.n}', 1)}."
    found.append(Diagnosis("M12", longer, text))
    if axis.p:
        added, formula = Reading(sides=-2).of_transposed(axis, extra)
        text = f"You added the padding, which a transposed convolution takes away: {formula}."
        found.append(Diagnosis("M12", added, text))
    return tuple(diagnosis for diagnosis in found if isinstance(diagnosis.value, int) and diagnosis.value > 0)


def of_same(axis: Axis) -> tuple[Diagnosis, ...]:
    """Give what each mistake makes of one axis with a stride and same padding."""
    n, k, s = axis[:3]
    half = (k - 1) // 2
    found = [
        Diagnosis("M9", n, "Same padding keeps the size at stride 1 alone."),
        Diagnosis("M1", (n - 1) // s, f"You forgot the + 1: ⌊({n} − 1)/{s}⌋ = {(n - 1) // s}."),
    ]
    symmetric, formula = Reading().of(Axis(n, k, s, half))
    if k % 2 == 0 and symmetric != -(-n // s):
        found.append(Diagnosis("M9", symmetric, f"You padded by {half} on both sides: {formula}."))
    if n % s:
        found.append(Diagnosis("M3", n // s, f"You rounded down: ⌊{n}/{s}⌋ = {n // s}."))
    return tuple(found)
