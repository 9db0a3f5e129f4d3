"""What the receptive field's front end draws and says, in plain numbers and words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conv.effective import EffectiveField, effective_field
from conv.receptive_field import INPUT_FIELD, Layer, chain, coverage, paths, region
from ui.components import Data, packed
from ui.receptive_field import AXES, POOL, VIEWS, Shown, layer_of
from ui.settings import Page, Rows

MOST_CELLS = 32 * 32  # of a coverage whose cells are drawn with their numbers
DRAWN_INPUTS = 60_000  # times draws; a larger field takes fewer draws
MOST_DRAWS, LEAST_DRAWS = 1000, 16
NAMED_KINDS = {"conv": "conv", "max": "max pool", "avg": "avg pool", "dense": "dense"}


def data(page: Page, shown: Shown) -> Data:
    """Everything the front end shows; coverage and effective field only where they are looked at."""
    return _of_stack(shown.rows, shown.input_size) | {
        "unit": {"layer": shown.layer + 1, "row": shown.unit[0] + 1, "col": shown.unit[1] + 1},
        "view": page["view"],
        "axis": page["axis"],
        "views": list(VIEWS.items()),
        "axes_titles": list(AXES.items()),
        "arrival": page.arrivals,
        "answered": page.recall("look answered", 0),
        "coverage": _coverage(shown, page["counted"]) if page["view"] == "coverage" else None,
        "effective": _effective(shown, page["weights"], page["seed"]) if page["view"] == "effective" else None,
    }


@lru_cache(maxsize=32)
def _of_stack(rows: Rows, size: tuple[int, int]) -> Data:
    """What depends on the stack alone: maps, windows, fields and the table."""
    shown = Shown(rows, size, 0, (0, 0))
    alike = size[0] == size[1]
    return {
        "layers": _maps(shown),
        "cols": _axis(shown, 1),
        "rows": None if alike else _axis(shown, 0),  # as the columns
        "table": table(shown).as_data(),
        "notes": notes(),
    }


def layer_name(row: tuple[Any, ...]) -> str:
    """Name a layer by its kernel and kind."""
    kind = NAMED_KINDS[row[0]]
    return kind if row[0] == "dense" else f"{row[1]}×{row[1]} {kind}"


def _maps(shown: Shown) -> list[Data]:
    """Every map from the input up: its name, size, and where its units lie over the input."""
    fields = [INPUT_FIELD, *shown.fields]
    sizes = [shown.input_size, *(step.output_size for step in shown.steps)]
    names = ["Input", *(layer_name(row) for row in shown.rows)]
    return [
        {"name": name, "size": list(size), "start": list(field.start), "jump": list(field.jump)}
        for name, size, field in zip(names, sizes, fields, strict=True)
    ]


def _axis(shown: Shown, axis: int) -> Data:
    """The windows of each layer along one axis, and what a unit of a layer sees of each map below.

    ``below[top][low]`` is ``(first, jump, size)``: unit u of map ``top`` sees ``size`` units of map ``low`` from
    ``first + u * jump`` on, those in the padding too.
    """
    windows = []
    for step in shown.steps:
        places = step.windows[axis]
        starts = places[:, 0]
        # What one layer reads beyond its map, on either side: its padding, and where it was rounded up.
        windows.append({
            "starts": starts.tolist(),
            "offsets": (places[0] - starts[0]).tolist(),
            "padding": list(step.padding[axis]),
        })
    below: list[list[list[int]]] = [[] for _ in range(len(shown.rows) + 1)]
    for low, step in enumerate(shown.steps):
        for top, field in enumerate(chain(shown.layers[low:], step.input_size), start=low + 1):
            below[top].append([-int(field.padding[axis] or 0), field.jump[axis], int(field.size[axis])])
    return {"windows": windows, "below": below}


# ---- the table -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A value, and how it came about."""

    value: str
    working: str = ""


@dataclass(frozen=True)
class Table:
    """A head of titles and formulas, and a row a layer."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_data(self) -> list[list[list[str]]]:
        """Give head and rows as lists of ``[value, working]``."""
        return [[[cell.value, cell.working] for cell in row] for row in (self.head, *self.rows)]


HEAD = (
    Cell("Layer"), Cell("Kernel k"), Cell("Stride s"), Cell("Padding p"), Cell("Dilation d"), Cell("Output"),
    Cell("Field r", "r + (k − 1)·j"), Cell("Jump j", "j·s"), Cell("Start", "start + ((k − 1)/2 − p)·j"),
    Cell("Effective padding P", "P + p·j"),
)


def table(shown: Shown) -> Table:
    """Substitute each layer's numbers into the recurrence; start is counted from 1."""
    before = (Cell("1"), Cell("1"), Cell("1"), Cell("0"))
    rows = [(Cell("Input"), *(Cell("–"),) * 4, Cell("{}×{}".format(*shown.input_size)), *before)]
    fields = [INPUT_FIELD, *shown.fields]
    for number, (row, step) in enumerate(zip(shown.rows, shown.steps, strict=True), start=1):
        old, new = fields[number - 1 : number + 1]
        dilated = f"{row[4]}·({row[1]} − 1) + 1 = {step.extent[0]}" if step.dilation != (1, 1) else ""
        extents, jumps, sides = step.extent, old.jump, step.before
        starts = [(float(a or 0) + 1, float(b or 0) + 1) for a, b in zip(old.start, new.start, strict=True)]
        sums = zip(*(
            (
                f"{old.size[a]} + ({extents[a]} − 1)·{jumps[a]} = {new.size[a]}",
                f"{jumps[a]}·{step.stride[a]} = {new.jump[a]}",
                f"{_g(starts[a][0])} + (({extents[a]} − 1)/2 − {sides[a]})·{jumps[a]} = {_g(starts[a][1])}",
                f"{old.padding[a]} + {sides[a]}·{jumps[a]} = {new.padding[a]}",
            )
            for a in (0, 1)
        ), strict=True)
        values = (new.size, new.jump, tuple(start for _, start in starts), new.padding)
        rows.append((
            Cell(f"{number}  {layer_name(row)}"),
            Cell(_by(step.kernel_size), dilated), Cell(_by(step.stride)), Cell(_by(sides)), Cell(_by(step.dilation)),
            Cell("{}×{}".format(*step.output_size)),
            *(Cell(_by(pair), "; ".join(dict.fromkeys(both))) for pair, both in zip(values, sums, strict=True)),
        ))
    return Table(HEAD, tuple(rows))


def _by(pair: Iterable[float | None]) -> str:
    """Write a pair; once, if it is twice the same."""
    return "×".join(dict.fromkeys(_g(value) for value in pair if value is not None))


def _g(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def notes() -> list[list[str]]:
    """Answer the questions that everyone asks, with the numbers of the core."""
    conv, pool = Layer(kernel_size=3), layer_of(POOL)
    with_pools = [conv, pool, conv, pool, conv]
    grown, plain = (
        ", ".join(str(field.size[0]) for field in chain(stack)) for stack in (with_pools, [conv] * 3)
    )
    everything = chain([Layer("dense")], 7)[0].size[0]
    return [
        [
            "Why does pooling make the field grow?",
            "A pooling reads a window as a convolution does, so it adds (k − 1)·j. And its stride multiplies the jump, "
            f"so that every later layer adds more. Three 3×3 convolutions see {plain}; with 2×2 poolings between them, "
            f"the five layers see {grown}.",
        ],
        [
            "Why does a dense layer see everything?",
            "Each of its units is connected to every unit of the map below: it is a convolution whose kernel is that "
            f"whole map. On a 7×7 input r = 1 + (7 − 1)·1 = {everything}. It misses only what no unit below it sees.",
        ],
        [
            "Why is the effective field smaller?",
            "Many ways lead through the windows from the middle of the field up to the unit, and only one from its "
            "corner. So the gradient falls off towards the border as a Gaussian. Of n layers alike, the field grows as "
            "n, but the Gaussian's width as √n: its share of the field shrinks as 1/√n (Luo and others, 2016).",
        ],
    ]


# ---- coverage --------------------------------------------------------------------------------


def _coverage(shown: Shown, counted: str) -> Data:
    """How often each input is seen by the units of the chosen layer, and which never."""
    layers = shown.layers[: shown.layer + 1]
    rows, cols = coverage(layers, shown.input_size)
    unseen = [np.flatnonzero(counts == 0).tolist() for counts in (rows, cols)]
    name = f"layer {shown.layer + 1}, {layer_name(shown.rows[shown.layer])}"
    if counted == "ways":
        rows, cols = paths(layers, shown.input_size)
    values = np.outer(rows, cols).astype(float)
    what = "ways up to the units" if counted == "ways" else "units"
    return {
        "layer": shown.layer + 1,
        "rows": [_number(count) for count in rows.tolist()],
        "cols": [_number(count) for count in cols.tolist()],
        "values": values.ravel().tolist() if values.size <= MOST_CELLS else None,
        "most": float(values.max()),
        "unseen": unseen,
        "sentence": f"{what.capitalize()} of {name} an input: {_range(values)}. {_never(unseen)}",
    }


def _range(values: NDArray[np.float64]) -> str:
    return " to ".join(dict.fromkeys((_number(values.min()), _number(values.max()))))


def _never(unseen: Sequence[Sequence[int]]) -> str:
    parts = [f"{axis} {spans(places)}" for axis, places in zip(("rows", "columns"), unseen, strict=True) if places]
    return f"Never seen: {' and '.join(parts)}." if parts else "Every input is seen."


def spans(places: Sequence[int], most: int = 8) -> str:
    """Write places, counted from 0 here and from 1 there, with neighbours joined: ``"1–3, 7"``."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    words = [f"{first + 1}" if first == last else f"{first + 1}–{last + 1}" for first, last in runs]
    return ", ".join(words) if len(words) <= most else f"{', '.join(words[:most])} and {len(words) - most} more"


# ---- the effective field ---------------------------------------------------------------------


@lru_cache(maxsize=16)
def _measured(
    rows: Rows, size: tuple[int, int], layer: int, unit: tuple[int, int], weights: str, seed: int
) -> EffectiveField:
    """Measure once what is looked at several times."""
    layers = [layer_of(row) for row in rows[: layer + 1]]
    rng = np.random.default_rng(seed) if weights == "random" else None
    return effective_field(layers, unit=unit, input_size=size, rng=rng, draws=_draws(layers, size, unit))


def _draws(layers: Sequence[Layer], size: tuple[int, int], unit: tuple[int, int]) -> int:
    """As many draws as a moment allows."""
    seen = region(layers, unit=unit, input_size=size)
    inputs = max(1, len(seen.rows) * len(seen.cols) * len(layers) // 12)
    return min(max(DRAWN_INPUTS // inputs, LEAST_DRAWS), MOST_DRAWS)


def _effective(shown: Shown, weights: str, seed: int) -> Data:
    """How much each input counts for the unit, the Gaussian beside it, and the numbers."""
    place = {"layer": shown.layer + 1, "row": shown.unit[0] + 1, "col": shown.unit[1] + 1}
    layers = shown.layers[: shown.layer + 1]
    seen = region(layers, unit=shown.unit, input_size=shown.input_size)
    if not seen.rows or not seen.cols:
        return place | {"shape": [0, 0], "numbers": [["This unit sees padding alone", "no input moves it"]]}
    found = _measured(shown.rows, shown.input_size, shown.layer, shown.unit, weights, seed)
    # The gradient itself: of random weights, the root of its mean square.
    shades = np.sqrt(found.values) if weights == "random" else found.values
    return place | {
        "first": [found.rows.start, found.cols.start],
        "shape": list(found.values.shape),
        "shades": packed((shades * 255).round(), "u1"),
        "shaded": "Shade: the gradient's root mean square" if weights == "random" else "Shade: the gradient",
        "whole": [seen.unclipped_rows.start, seen.unclipped_cols.start, *found.size],
        "profiles": [_profile(found, 0, seen.unclipped_rows), _profile(found, 1, seen.unclipped_cols)],
        "numbers": _numbers(found, weights, _draws(layers, shown.input_size, shown.unit)),
    }


def _profile(found: EffectiveField, axis: int, whole: range) -> Data:
    """The sums along one axis, and the Gaussian of the theory around the field's middle, the largest 1 each."""
    sums = found.values.sum(axis=1 - axis)
    middle, width = (whole.start + whole.stop - 1) / 2, found.expected_width[axis]
    gaussian = np.exp(-((np.arange(whole.start, whole.stop) - middle) ** 2) / (2 * width**2)) if width else np.ones(1)
    return {
        "first": (found.rows, found.cols)[axis].start,
        "sums": (sums / sums.max()).round(4).tolist(),
        "whole": whole.start,
        "gaussian": gaussian.round(4).tolist(),
    }


def _numbers(found: EffectiveField, weights: str, draws: int) -> list[list[str]]:
    """Say what was measured, as pairs of a label and a value."""
    parts = [f"{core} of {size}" for core, size in zip(found.core, found.size, strict=True)]
    shares = [
        f"{core / size:.0%}".replace("%", " %") for core, size in zip(found.core, found.size, strict=True)
    ]
    averaged = f"mean square of {draws} draws" if weights == "random" else "equal weights"
    return [
        ["Theoretical field", f"{found.size[0]}×{found.size[1]}"],
        ["Measured width σ", f"{_pair(found.width)} ({averaged})"],
        ["σ of the Gaussian", f"√(Σ (j·d)²·(k² − 1)/12) = {_pair(found.expected_width)}"],
        ["95 % of the effect is within", f"{' × '.join(parts)} inputs ({' × '.join(dict.fromkeys(shares))})"],
    ]


def _pair(values: tuple[float, float]) -> str:
    return " × ".join(dict.fromkeys(f"{value:.3g}" for value in values))


def _number(value: float) -> str:
    """Write a count; a huge one in powers of ten."""
    if value < 1e7:
        return f"{value:.0f}"
    exponent = math.floor(math.log10(value))
    return f"{value / 10**exponent:.1f}·10^{exponent}"
