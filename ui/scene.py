"""What a still or moving picture of a sweep shows: its grids and, step by step, what changes.

The numbers come from `conv.trace`; here they get their words, as the stepper's front end says them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from conv import trace

if TYPE_CHECKING:
    from ui.window import Window

Cell = tuple[int, int, float | None]  # row, col and value; None for one that is hidden
Frame = tuple[str, NDArray[np.intp], NDArray[np.intp]]  # a board on which something is framed, and its rows and columns

CUT = 4  # beside conv.trace's kinds of cells: an output that the padding cuts away
WORDS = {"max": "max", "avg": "mean", "sum": "sum", "lp": "Lₚ"}
# What a cell may be beside a plain one: its name beside a swatch, and a sentence where there are no swatches.
LEGEND = {
    "padding": ("padding", "Dashed: padding."),
    "stretch": ("zero between inputs", "Dotted: zero between inputs."),
    "outside": ("beyond the edge", "Dotted: beyond the edge, not counted."),
    "uncovered": ("read by no window", "Hatched: read by no window."),
    "cut": ("cut away by the padding", "Dashed: cut away by the padding."),
}
LONGEST_SENTENCE = 9  # terms; a longer sum is told by its ends


@dataclass(frozen=True)
class Board:
    """One grid as it stands before the first step.

    Attributes
    ----------
    title, note : str
        The two lines above it.
    values, kinds : (rows, cols)
        NaN where there is no number yet; kinds as in `conv.trace`, and ``CUT``.
    idle : (rows, cols) of bool
        Cells that no window reads.
    limit : float
        The magnitude with the strongest colour.
    """

    title: str
    note: str
    values: NDArray[np.float64]
    kinds: NDArray[np.uint8]
    idle: NDArray[np.bool_]
    limit: float


@dataclass(frozen=True)
class Still:
    """What one step looks like: boards by name, what is framed on them, and its sentence."""

    boards: dict[str, Board]
    frames: list[Frame]
    told: str

    def framed(self, step: int) -> list[Frame]:
        """The same whatever the step, as there is one."""
        return self.frames

    def sentence(self, step: int) -> str:
        """The arithmetic."""
        return self.told


@dataclass(frozen=True)
class Scene:
    """The boards of one sweep, from left to right, and what happens on them."""

    window: Window
    trace: trace.Trace | trace.ScatterTrace
    boards: dict[str, Board]  # "input", "kernel", "applied" (the flipped kernel) and "output"
    marks: list[str]  # names in `LEGEND`
    hide: str

    @property
    def legend(self) -> str:
        """What the cells mean that are not plain."""
        return " ".join(LEGEND[mark][1] for mark in self.marks)

    @property
    def scatters(self) -> bool:
        """Whether the window lies on the output."""
        return isinstance(self.trace, trace.ScatterTrace)

    @property
    def steps(self) -> int:
        """Number of steps; one when the size of the output is to be guessed, which they would tell."""
        return 1 if self.hide == "size" else len(self.trace.window_rows) * len(self.trace.window_cols)

    @property
    def sign(self) -> str:
        """What stands right of the input."""
        if self.trace.weight is None:
            return WORDS[self.window.configuration.operation]
        return "×" if self.scatters else "∗"

    def place(self, step: int) -> tuple[int, int]:
        """Row and column that a step, counted from 1, is about."""
        row, col = divmod(step - 1, len(self.trace.window_cols))
        return row, col

    def reach(self, step: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows and columns under the window."""
        row, col = self.place(step)
        return self.trace.window_rows[row], self.trace.window_cols[col]

    def framed(self, step: int) -> list[Frame]:
        """The window, and the cell it belongs to."""
        row, col = self.place(step)
        window, cell = ("output", "input") if self.scatters else ("input", "output")
        frames = [(window, *self.reach(step)), (cell, np.array([row]), np.array([col]))]
        return [frame for frame in frames if self.hide != "size" or frame[0] == "input"]

    def changes(self, step: int) -> list[Cell]:
        """Cells of the output that a step writes."""
        row, col = self.place(step)
        if self.hide == "size":
            return [(0, 0, None)]
        if isinstance(self.trace, trace.Trace):
            return [(row, col, self._shown(self.trace.output[row, col]))]
        rows, cols = self.reach(step)
        return [
            (int(r), int(c), self._shown(self.trace.totals[row, col, i, j]))
            for i, r in enumerate(rows)
            for j, c in enumerate(cols)
        ]

    def written(self, step: int) -> Iterable[Cell]:
        """Cells of the output that have been written up to a step, each as it stands then."""
        cells = {cell[:2]: cell for earlier in range(1, step + 1) for cell in self.changes(earlier)}
        return cells.values()

    def sentence(self, step: int) -> str:
        """Tell the arithmetic of a step."""
        if self.hide == "size":
            return "How large is the output?"
        row, col = self.place(step)
        if isinstance(self.trace, trace.Trace):
            result = "?" if self.hide == "values" else spoken(self.trace.output[row, col])
            return f"Output ({row + 1}, {col + 1}) = {self._sum(self.trace, step)} = {result}"
        cells = self.trace.weight.size
        return (
            f"Input ({row + 1}, {col + 1}) = {spoken(self.trace.grid[row, col])}, times the kernel, "
            f"is added to {cells} {'cell' if cells == 1 else 'cells'} of the output."
        )

    def _sum(self, t: trace.Trace, step: int) -> str:
        """The right-hand side of a step's equation."""
        operation, norm = self.window.configuration.operation, spoken(self.window.configuration.norm_type)
        window = np.ix_(*self.reach(step))
        x = [spoken(value) for value in t.grid[window][t.kinds[window] != trace.OUTSIDE]]
        if t.weight is not None:
            terms = [f"{value}×{spoken(weight)}" for value, weight in zip(x, t.weight.ravel(), strict=True)]
            return " + ".join(_shortened(terms)) + (f" + bias {spoken(t.bias)}" if t.bias else "")
        if operation == "max":
            return f"max({', '.join(_shortened(x))})"
        if operation == "lp" and t.winners is not None:
            return f"max({', '.join(_shortened([f'|{value}|' for value in x]))})"
        if operation == "lp":
            return f"({' + '.join(_shortened([f'|{value}|^{norm}' for value in x]))})^(1/{norm})"
        total = " + ".join(_shortened(x))
        return f"({total}) / {spoken(t.divisors[self.place(step)])}" if t.divisors is not None else total

    def _shown(self, value: float) -> float | None:
        return None if self.hide == "values" else float(value)


def scene(window: Window, *, view: str = "gather", hide: str = "nothing", limit: float | None = None) -> Scene:
    """Set up the boards of a sweep.

    Parameters
    ----------
    window : ui.window.Window
    view : "gather" or "scatter"
        How a transposed convolution is shown.
    hide : "nothing", "values" or "size"
        What of the output is left out.
    limit : float, optional
        The magnitude with the strongest colour; without it, the largest of each grid.
    """
    if view == "scatter" and window.configuration.operation == "transposed":
        return _scattering(window, hide, limit)
    c = window.configuration
    t = trace.sweep(c, window.x, window.weight, window.bias)
    idle = _idle(window, t)
    word = "stretched to" if c.operation == "transposed" else "padded to"
    there = t.kinds != trace.OUTSIDE
    padded = int(there.any(1).sum()), int(there.any(0).sum())
    boards = {"input": Board(*_titles("Input", c.input_size, padded, word), t.grid, t.kinds, idle, 0.0)}
    if t.weight is not None:
        boards["kernel"] = _plain(f"Kernel {size_text(c.kernel_size)}", window.weight)
        if c.flip or c.operation == "transposed":
            boards["applied"] = _plain("Flipped kernel", t.weight)
    boards["output"] = _plain(f"Output {size_text(t.output.shape)}", np.full(t.output.shape, np.nan))
    marks = {
        "padding": (t.kinds == trace.PADDING).any(),
        "stretch": (t.kinds == trace.STRETCH).any(),
        "outside": not there.all(),
        "uncovered": idle.any(),
    }
    return _finished(window, t, boards, marks, hide, limit, t.output)


def _scattering(window: Window, hide: str, limit: float | None) -> Scene:
    c = window.configuration
    t = trace.scattering(
        window.x, window.weight, window.bias, stride=c.stride, padding=c.padding,
        output_padding=c.output_padding, dilation=c.dilation,
    )
    (top, bottom), (left, right) = t.crop
    kinds = np.full(t.canvas.shape, CUT, np.uint8)
    kinds[top : kinds.shape[0] - bottom, left : kinds.shape[1] - right] = trace.INPUT
    start = np.full(t.canvas.shape, t.bias if hide == "nothing" else np.nan)
    titles = _titles("Output", t.output.shape, t.canvas.shape, "before cutting")
    boards = {
        "input": _plain(f"Input {size_text(c.input_size)}", t.grid),
        "kernel": _plain(f"Kernel {size_text(c.kernel_size)}", t.weight),
        "output": Board(*titles, start, kinds, np.zeros(kinds.shape, bool), 0.0),
    }
    return _finished(window, t, boards, {"cut": (kinds == CUT).any()}, hide, limit, t.canvas)


def _finished(
    window: Window, t: trace.Trace | trace.ScatterTrace, boards: dict[str, Board], marks: dict[str, bool],
    hide: str, limit: float | None, output: NDArray,
) -> Scene:
    """Give each board where its colours end, and take away what is hidden."""
    magnitudes = {name: board.values for name, board in boards.items()} | {"output": output}
    boards = {
        name: Board(b.title, b.note, b.values, b.kinds, b.idle, largest(magnitudes[name]) if limit is None else limit)
        for name, b in boards.items()
    }
    if hide == "size":
        boards["output"] = _plain("Output ? × ?", np.full((1, 1), np.nan))
    return Scene(window, t, boards, [mark for mark, there in marks.items() if there], hide)


def _plain(title: str, values: NDArray) -> Board:
    """A grid without anything special in it."""
    return Board(title, "", values, np.zeros(values.shape, np.uint8), np.zeros(values.shape, bool), largest(values))


def _idle(window: Window, t: trace.Trace) -> NDArray[np.bool_]:
    """Cells of the grid that show an input which no window reads."""
    rows, cols = window.configuration.uncovered
    skipped = np.isin(t.input_rows, rows)[:, None] | np.isin(t.input_cols, cols)[None, :]
    return skipped & (t.kinds == trace.INPUT)


def _titles(name: str, size: tuple[int, ...], whole: tuple[int, ...], word: str) -> tuple[str, str]:
    """Name a grid with its size, and below it that of the larger grid drawn around it."""
    return f"{name} {size_text(size)}", f"{word} {size_text(whole)}" if tuple(whole) != tuple(size) else ""


def size_text(size: tuple[int, ...]) -> str:
    """Rows and columns."""
    return f"{size[0]} × {size[1]}"


def largest(values: NDArray) -> float:
    """The largest finite magnitude, which has the strongest colour."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _shortened(terms: list[str]) -> list[str]:
    return terms if len(terms) <= LONGEST_SENTENCE else [*terms[:3], "…", terms[-1]]


# ---- numbers in words, digit for digit as the front end writes them ------------------------


def spoken(value: float) -> str:
    """Six significant digits, no trailing zeros.

    >>> spoken(0.5), spoken(-2.0), spoken(1 / 3), spoken(-np.inf)
    ('0.5', '-2', '0.333333', '-∞')
    """
    if not np.isfinite(value):
        return "" if np.isnan(value) else "∞" if value > 0 else "-∞"
    return _digits(_rounded(value, 6))


def brief(value: float) -> str:
    """As many digits as a small cell can show; a whole number keeps all of its own.

    >>> brief(0.125), brief(-1 / 3), brief(1234.56), brief(12345), brief(250000.5), brief(0.0001)
    ('.125', '-.333', '1235', '12345', '3e5', '1e-4')
    """
    size = abs(value)
    if not np.isfinite(value) or (size < 1e6 and float(value).is_integer()):
        return spoken(value)
    if size >= 1e5 or 0 < size < 0.001:
        mantissa, exponent = f"{_rounded(value, 1):.0e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return _digits(_rounded(value, 4 if size >= 100 else 3)).replace("0.", ".", 1 if size < 1 else 0)


def _rounded(value: float, digits: int) -> float:
    """Round to significant digits, halves away from zero; there is no minus zero."""
    return float(Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(float(value))) + 0.0


def _digits(number: float) -> str:
    if number and abs(number) < 1e-6:
        return repr(number).replace("e-0", "e-")
    return np.format_float_positional(number, trim="-")
