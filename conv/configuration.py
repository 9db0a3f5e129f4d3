"""One setting of the stepper: its rules, the ranges of its sliders, and the repair of nonsense."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from conv.errors import ConvError
from conv.geometry import (
    Pair,
    as_pair,
    effective_kernel_size,
    output_size,
    pads,
    remainder,
    transposed_output_size,
    transposed_pads,
    uncovered,
    window_positions,
)
from conv.padding import MODES

Range = tuple[int, int]  # least, most: both inclusive

OPERATIONS = ("conv", "transposed", "max", "avg", "sum", "lp")
POOLS = ("max", "avg", "sum", "lp")
PADDING_WORDS = ("valid", "same", "full")

CAPS: dict[str, Range] = {
    "input_size": (1, 32),
    "kernel_size": (1, 11),
    "stride": (1, 8),
    "padding": (0, 10),
    "dilation": (1, 5),
    "output_padding": (0, 7),  # below max(stride, dilation), so never beyond 8 - 1
}
"""How far each slider goes, before the rules say less."""


@dataclass(frozen=True)
class Configuration:
    """One operation and every number it needs; sizes are ``(rows, cols)`` pairs.

    Nothing is refused here, so that a mangled link can be held and repaired: see `check` and
    `nearest_valid`.

    Examples
    --------
    >>> Configuration(padding="same").output_size
    (7, 7)
    """

    operation: Literal["conv", "transposed", "max", "avg", "sum", "lp"] = "conv"
    input_size: Pair = (7, 7)
    kernel_size: Pair = (3, 3)
    stride: Pair = (1, 1)
    padding: Pair | Literal["valid", "same", "full"] = (0, 0)
    dilation: Pair = (1, 1)
    output_padding: Pair = (0, 0)  # transposed only
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"  # conv only
    ceil_mode: bool = False  # pools only
    norm_type: float = 2.0  # lp only
    flip: bool = False  # conv only: turn the kernel by 180 degrees, the convolution of mathematics
    count_include_pad: bool = True  # avg only

    @cached_property
    def output_size(self) -> Pair:
        """Rows and columns of the output; raises ConvError where `check` does."""
        if self.operation == "transposed":
            return transposed_output_size(
                self.input_size, self.kernel_size, stride=self.stride, padding=self.padding,
                output_padding=self.output_padding, dilation=self.dilation,
            )
        return output_size(
            self.input_size, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )

    @cached_property
    def pads(self) -> tuple[Pair, Pair]:
        """The padding as ``((top, bottom), (left, right))``; what it takes away, of a transposed convolution."""
        resolve = transposed_pads if self.operation == "transposed" else pads
        return resolve(self.padding, self.input_size, self.kernel_size, stride=self.stride, dilation=self.dilation)

    @cached_property
    def remainder(self) -> Pair:
        """Rows and columns that the last window leaves over; a transposed convolution leaves none."""
        if self.operation == "transposed":
            return 0, 0
        return remainder(
            self.input_size, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )

    @cached_property
    def uncovered(self) -> tuple[list[int], list[int]]:
        """Input rows and columns, counted from 0, that no window reads; a transposed convolution reads all."""
        if self.operation == "transposed":
            return [], []
        return uncovered(
            self.input_size, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )


def check(configuration: Configuration) -> Pair:
    """Hold a configuration against every rule; give the size of its output.

    Raises
    ------
    ConvError
        What `output_size` and `transposed_output_size` refuse, and:
        ``Operation must be one of conv, transposed, max, avg, sum, lp. Received: operation='min'.``
        ``Padding mode must be one of zeros, reflect, replicate, circular. Received: padding_mode='wrap'.``
        ``Padding mode is for convolution only. Received: operation='max', padding_mode='reflect'.``
        ``Ceil mode is for pooling only. Received: operation='conv', ceil_mode=True.``
        ``Dilation is not for this pooling. Received: operation='avg', dilation=(2, 2).``
        ``Output padding is for transposed convolution only. Received: operation='conv', output_padding=(1, 1).``
        ``The norm type must be a number above 0. Received: norm_type=0.``
        ``Reflect padding must be less than the input. Received: padding=(3, 3), input=(3, 3).``
        ``Circular padding must be at most the input. Received: padding=(4, 4), input=(3, 3).``
        ``Padding must be at most half of the kernel. Received: padding=(2, 2), kernel=(3, 3).``
        ``A window must not lie wholly in padding. Received: input=(1, 1), kernel=(2, 2), padding=(1, 1).``

    Examples
    --------
    >>> check(Configuration("max", (6, 6), (2, 2), stride=(2, 2)))
    (3, 3)
    """
    c = configuration
    pooling = c.operation in POOLS
    if c.operation not in OPERATIONS:
        raise ConvError.broken(f"Operation must be one of {', '.join(OPERATIONS)}.", operation=c.operation)
    if c.padding_mode not in MODES:
        raise ConvError.broken(f"Padding mode must be one of {', '.join(MODES)}.", padding_mode=c.padding_mode)
    if c.padding_mode != "zeros" and c.operation != "conv":
        rule = "Padding mode is for convolution only."
        raise ConvError.broken(rule, operation=c.operation, padding_mode=c.padding_mode)
    if c.ceil_mode and not pooling:
        raise ConvError.broken("Ceil mode is for pooling only.", operation=c.operation, ceil_mode=c.ceil_mode)
    if as_pair(c.dilation, "dilation") != (1, 1) and c.operation in ("avg", "sum", "lp"):
        raise ConvError.broken("Dilation is not for this pooling.", operation=c.operation, dilation=c.dilation)
    if as_pair(c.output_padding, "output_padding", least=0) != (0, 0) and c.operation != "transposed":
        rule = "Output padding is for transposed convolution only."
        raise ConvError.broken(rule, operation=c.operation, output_padding=c.output_padding)
    if c.operation == "lp" and not c.norm_type > 0:
        raise ConvError.broken("The norm type must be a number above 0.", norm_type=c.norm_type)
    size = c.output_size
    if any(_padding_beyond(c, axis) for axis in (0, 1)):
        if pooling:
            extent = effective_kernel_size(c.kernel_size, c.dilation)
            raise ConvError.broken("Padding must be at most half of the kernel.", padding=c.padding, kernel=extent)
        bound = "less than" if c.padding_mode == "reflect" else "at most"
        rule = f"{c.padding_mode.capitalize()} padding must be {bound} the input."
        raise ConvError.broken(rule, padding=c.padding, input=c.input_size)
    if pooling and any(_reads_nothing(c, axis) for axis in (0, 1)):
        rule = "A window must not lie wholly in padding."
        raise ConvError.broken(rule, input=c.input_size, kernel=c.kernel_size, padding=c.padding)
    return size


def is_valid(configuration: Configuration) -> bool:
    """Say whether `check` accepts the configuration.

    >>> is_valid(Configuration(input_size=(2, 2), kernel_size=(3, 3)))
    False
    """
    try:
        check(configuration)
    except ConvError:
        return False
    return True


def slider_ranges(configuration: Configuration, *, largest_output: int = 64) -> dict[str, tuple[Range, Range]]:
    """Give each slider its inclusive (least, most), every other setting staying as it is.

    From the current value the range goes down and up within `CAPS` as far as each step is valid
    and, for a transposed convolution, its output no longer than ``largest_output``. So a slider
    cannot reach an invalid state.

    Every valid value within the caps is inside the range, with two exceptions, where the valid
    values may have gaps and the range ends at the first: under ``padding="same"`` with reflect or
    circular the padding depends on ``(n - 1) mod s``, which rises and falls; and a dilated max
    pooling may, at some strides and sizes, have a window whose cells all lie in the padding.

    Parameters
    ----------
    configuration : Configuration
        A valid one.
    largest_output : int
        Limit on the rows and columns of a transposed convolution's output.

    Returns
    -------
    dict
        Field name of `CAPS` -> (range of rows, range of cols). ``padding`` is missing while it is
        a word.

    Raises
    ------
    ConvError
        As in `check`.

    Examples
    --------
    >>> ranges = slider_ranges(Configuration(input_size=(5, 7), kernel_size=(3, 3), padding=(1, 0)))
    >>> ranges["kernel_size"], ranges["input_size"]
    (((1, 7), (1, 7)), ((1, 32), (3, 32)))
    """
    check(configuration)
    ranges = {}
    for field, (least, most) in CAPS.items():
        if isinstance(getattr(configuration, field), str):
            continue
        both = []
        for axis in (0, 1):
            low = high = getattr(configuration, field)[axis]
            while low > least and _allowed(_with(configuration, field, axis, low - 1), largest_output):
                low -= 1
            while high < most and _allowed(_with(configuration, field, axis, high + 1), largest_output):
                high += 1
            both.append((low, high))
        ranges[field] = (both[0], both[1])
    return ranges


def nearest_valid(configuration: Configuration, *, largest_output: int = 64) -> tuple[Configuration, list[str]]:
    """Repair a configuration, and say in plain sentences what was changed.

    In this order: words nobody knows become the default, numbers are brought within `CAPS`,
    settings the operation does not have are dropped; then an axis at a time the padding shrinks
    to what its mode allows, and the dilation and then the kernel until the window fits the
    padded input. A transposed convolution shrinks its stride first.

    Parameters
    ----------
    configuration : Configuration
        Any integers and words whatever.
    largest_output : int
        As in `slider_ranges`; at least 32.

    Returns
    -------
    configuration : Configuration
        A valid one, within `CAPS`; the same one if it was.
    changes : list of str
        Empty if nothing was changed.

    Examples
    --------
    >>> repaired, changes = nearest_valid(Configuration(input_size=(5, 11), kernel_size=(9, 9)))
    >>> repaired.kernel_size, changes
    ((5, 9), ['Kernel height 9 does not fit an input of 5 rows without padding: set to 5.'])
    """
    changes: list[str] = []
    c = _known_words(configuration, changes)
    c = _within_caps(c, changes)
    c = _without_foreign(c, changes)
    for axis in (0, 1):
        c = _repair_transposed(c, axis, largest_output, changes) if c.operation == "transposed" else (
            _repair_window(c, axis, changes)
        )
    return c, changes


def _with(c: Configuration, field: str, axis: int, value: int) -> Configuration:
    """Replace one axis of one pair."""
    pair = getattr(c, field)
    return replace(c, **{field: (value, pair[1]) if axis == 0 else (pair[0], value)})  # type: ignore[arg-type]


def _allowed(c: Configuration, largest_output: int) -> bool:
    """Valid, and a transposed output within the limit."""
    return is_valid(c) and (c.operation != "transposed" or max(c.output_size) <= largest_output)


def _most_padding(c: Configuration, axis: int) -> float:
    """Largest padding of one side that the pooling or the padding mode allows."""
    if c.operation in POOLS:
        return effective_kernel_size(c.kernel_size, c.dilation)[axis] // 2
    return {"reflect": c.input_size[axis] - 1, "circular": c.input_size[axis]}.get(c.padding_mode, math.inf)


def _padding_beyond(c: Configuration, axis: int) -> bool:
    return c.operation != "transposed" and max(c.pads[axis]) > _most_padding(c, axis)


def _reads_nothing(c: Configuration, axis: int) -> bool:
    """Say whether the cells of some window all lie in the padding, as the holes of dilation allow."""
    if c.dilation[axis] == 1:
        return False  # no holes, and the padding is at most half of the window
    positions = window_positions(
        c.input_size, c.kernel_size, stride=c.stride, padding=c.padding, dilation=c.dilation, ceil_mode=c.ceil_mode
    )[axis]
    inside = (positions >= 0) & (positions < c.input_size[axis])
    return not inside.any(axis=1).all()


def _known_words(c: Configuration, changes: list[str]) -> Configuration:
    """Put the default for each word nobody knows, and for a norm that is none."""
    if c.operation not in OPERATIONS:
        changes.append(f"There is no operation {c.operation!r}: set to conv.")
        c = replace(c, operation="conv")
    if isinstance(c.padding, str) and c.padding not in PADDING_WORDS:
        changes.append(f"There is no padding {c.padding!r}: set to 0.")
        c = replace(c, padding=(0, 0))
    if c.padding_mode not in MODES:
        changes.append(f"There is no padding mode {c.padding_mode!r}: set to zeros.")
        c = replace(c, padding_mode="zeros")
    if not c.norm_type > 0:  # also true of nan
        changes.append(f"Norm type {c.norm_type} is not greater than 0: set to 2.")
        c = replace(c, norm_type=2.0)
    return c


# How a sentence names a number of each axis.
NAMES = {
    "input_size": ("Input height", "Input width"),
    "kernel_size": ("Kernel height", "Kernel width"),
    "stride": ("Vertical stride", "Horizontal stride"),
    "padding": ("Vertical padding", "Horizontal padding"),
    "dilation": ("Vertical dilation", "Horizontal dilation"),
    "output_padding": ("Vertical output padding", "Horizontal output padding"),
}


def _within_caps(c: Configuration, changes: list[str]) -> Configuration:
    """Bring each number within `CAPS`."""
    for field, (least, most) in CAPS.items():
        if isinstance(getattr(c, field), str):
            continue
        for axis in (0, 1):
            value = getattr(c, field)[axis]
            nearest = min(max(value, least), most)
            if nearest != value:
                changes.append(f"{NAMES[field][axis]} {value} is not within {least} to {most}: set to {nearest}.")
                c = _with(c, field, axis, nearest)
    return c


def _without_foreign(c: Configuration, changes: list[str]) -> Configuration:
    """Drop the settings that the operation does not have."""
    if c.operation != "conv" and c.padding_mode != "zeros":
        changes.append(f"Padding mode {c.padding_mode} is for convolution only: set to zeros.")
        c = replace(c, padding_mode="zeros")
    if c.operation not in POOLS and c.ceil_mode:
        changes.append("Rounding the size up is for pooling only: switched off.")
        c = replace(c, ceil_mode=False)
    if c.operation in ("avg", "sum", "lp") and c.dilation != (1, 1):
        changes.append("This pooling has no dilation: set to 1.")
        c = replace(c, dilation=(1, 1))
    if c.operation != "transposed" and c.output_padding != (0, 0):
        changes.append("Output padding is for transposed convolution only: set to 0.")
        c = replace(c, output_padding=(0, 0))
    if c.operation == "transposed" and c.padding == "full" and min(_transposed_length(c, a) for a in (0, 1)) < 1:
        changes.append("Full padding leaves nothing of the output: set to 0.")
        c = replace(c, padding=(0, 0))
    if c.operation in POOLS and c.padding == "full" and any(_padding_beyond(c, axis) for axis in (0, 1)):
        changes.append("Full padding is more than half the kernel, the most that pooling allows: set to same.")
        c = replace(c, padding="same")
    return c


def _repair_window(c: Configuration, axis: int, changes: list[str]) -> Configuration:
    """Make one axis of a convolution or pooling valid."""
    if c.padding_mode in ("reflect", "circular"):  # before the fit, which it may undo
        reason = f"is more than {c.padding_mode} padding can take from the input"
        c = _shrink(c, "padding", axis, lambda candidate: not _padding_beyond(candidate, axis), reason, changes)
    for field in ("dilation", "kernel_size"):
        c = _shrink(c, field, axis, lambda candidate: _fits(candidate, axis), _why_not(c, axis), changes)
    if c.operation in POOLS:  # after the fit, which changes the kernel
        c = _pooling_padding(c, axis, changes)
    return c


def _fits(c: Configuration, axis: int) -> bool:
    """Say whether the window fits the padded input, once a pooling has the padding it may have."""
    return is_valid(_alone(_pooling_padding(c, axis, []), axis))


def _alone(c: Configuration, axis: int) -> Configuration:
    """The same along one axis, and a single cell along the other, which may yet be invalid."""
    for field, neutral in (("input_size", 1), ("kernel_size", 1), ("padding", 0)):
        if not isinstance(getattr(c, field), str):
            c = _with(c, field, 1 - axis, neutral)
    return c


def _why_not(c: Configuration, axis: int) -> str:
    """Say why a window does not fit."""
    if _padding_beyond(c, axis) and c.operation == "conv":
        return f"needs more padding than {c.padding_mode} can take from the input"
    n, added, unit = c.input_size[axis], sum(c.pads[axis]), ("row", "column")[axis]
    if effective_kernel_size(c.kernel_size, c.dilation)[axis] <= n + added:
        return "leaves a window wholly in the padding"
    padding = f"with padding {c.pads[axis][0]}" if added else "without padding"
    return f"does not fit an input of {n} {unit if n == 1 else unit + 's'} {padding}"


def _pooling_padding(c: Configuration, axis: int, changes: list[str]) -> Configuration:
    """Lower the padding of a pooling, in numbers, to half of the kernel."""
    if c.operation not in POOLS:
        return c
    reason = "is more than half the kernel"
    return _shrink(c, "padding", axis, lambda candidate: not _padding_beyond(candidate, axis), reason, changes)


def _transposed_length(c: Configuration, axis: int) -> int:
    """Rows or columns of a transposed convolution's output, once its output padding is one it may have."""
    extra = min(c.output_padding[axis], _most_output_padding(c, axis))
    extent = effective_kernel_size(c.kernel_size, c.dilation)[axis]
    return (c.input_size[axis] - 1) * c.stride[axis] + extent + extra - sum(c.pads[axis])


def _repair_transposed(c: Configuration, axis: int, largest_output: int, changes: list[str]) -> Configuration:
    """Make one axis of a transposed convolution valid and its output no longer than the limit."""
    for field in ("stride", "dilation", "kernel_size", "input_size"):
        c = _shrink(
            c, field, axis, lambda candidate: _transposed_length(candidate, axis) <= largest_output,
            f"makes an output longer than {largest_output}", changes,
        )
    c = _shrink(
        c, "output_padding", axis,
        lambda candidate: candidate.output_padding[axis] <= _most_output_padding(candidate, axis),
        "is not less than the stride or the dilation", changes,
    )
    return _shrink(
        c, "padding", axis, lambda candidate: _transposed_length(candidate, axis) >= 1,
        "takes away the whole output", changes,
    )


def _most_output_padding(c: Configuration, axis: int) -> int:
    return max(c.stride[axis], c.dilation[axis]) - 1


def _shrink(
    c: Configuration, field: str, axis: int, accepts: Callable[[Configuration], bool], reason: str, changes: list[str]
) -> Configuration:
    """Lower one number to the largest that is accepted, or to its least; say so if it changed."""
    if isinstance(getattr(c, field), str) or accepts(c):
        return c
    least, value = CAPS[field][0], getattr(c, field)[axis]
    found = next((v for v in range(value, least, -1) if accepts(_with(c, field, axis, v))), least)
    if found != value:
        changes.append(f"{NAMES[field][axis]} {value} {reason}: set to {found}.")
    return _with(c, field, axis, found)
