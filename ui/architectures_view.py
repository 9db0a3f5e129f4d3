"""A network as a picture: which layers get a block, how large, and everything that the front end says of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any

from conv.architectures import RESULTS, Benchmark
from conv.blueprint import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    LocalResponseNorm,
    Pool,
    ReLU,
    Residual,
    Row,
    ScaledTanh,
    Shape,
    Sigmoid,
    Softmax,
    Summary,
    Tanh,
    changes,
)
from conv.receptive_field import INPUT
from ui.architectures import COSTS, Shown
from ui.architectures_words import (
    Fact,
    brief,
    brief_memory,
    connection_sum,
    described,
    field_text,
    memory,
    pair,
    parameter_sum,
    percent,
    seen,
    size_sum,
    spell,
    stepper_link,
    units,
)
from ui.components import Data
from ui.settings import Values

FOLDED = (ReLU, Tanh, Sigmoid, ScaledTanh, Softmax, Dropout, BatchNorm2d, LocalResponseNorm, Flatten)
MOST_COLUMNS = 34  # with more, a residual block is one column

NAMES = {
    "Conv2d": "conv", "MaxPool2d": "max", "AvgPool2d": "average", "LPPool2d": "Lp", "Subsampling": "sum",
    "AdaptiveAvgPool2d": "average", "Linear": "dense", "RBF": "RBF", "Residual": "+", "BatchNorm2d": "norm",
    "LocalResponseNorm": "norm",
}
WIDTHS = {"sum": 36, "pool": 42}  # of a column, in a picture that is not stretched; others are 46 wide
COLUMN_WIDTH = 46
MOST_THICK, MOST_DEEP = 24, 12  # of a block
TABLE_HEAD = (
    "Layer", "Name", "What it is", "Output", "Parameters", "Connections", "Biases counted", "Multiply-adds",
    "Activations", "Receptive field",
)


@dataclass(frozen=True)
class Column:
    """What has one block in the picture: a layer, and what is folded into it.

    Attributes
    ----------
    rows : tuple of Row
        The layer and what follows it without a block of its own; for a folded residual block, all of it.
    main : Row
        The one that the column is named after.
    """

    rows: tuple[Row, ...]
    main: Row
    folds_block: bool = False

    @property
    def kind(self) -> str:
        """How it is drawn: ``conv``, ``pool``, ``dense``, ``sum``, ``block`` or ``other``."""
        layer = self.main.layer
        if isinstance(layer, Residual):
            return "block" if self.folds_block else "sum"
        if isinstance(layer, Conv2d):
            return "conv"
        if isinstance(layer, Pool | AdaptiveAvgPool2d):
            return "pool"
        return "dense" if len(self.main.output_shape) == 1 else "other"

    @property
    def shape(self) -> Shape:
        """Of the output; what flattens it afterwards changes no unit."""
        return self.main.output_shape

    @property
    def folded(self) -> list[Row]:
        """The rows after the one it is named after."""
        return [row for row in self.rows if row is not self.main and row.branch == self.main.branch]

    def cost(self, name: str) -> int:
        """Add up one of `COSTS`."""
        return sum(cost(row, name) for row in self.rows)


def cost(row: Row, name: str) -> int:
    """Give one of `COSTS` of a row."""
    return row.counts.multiply_adds if name == "multiply_adds" else getattr(row, name)


def columns(rows: Sequence[Row]) -> list[Column]:
    """Fold activations, dropout, normalisation and flattening into the layer before them in their branch.

    With more than `MOST_COLUMNS`, residual blocks are folded too.
    """
    apart = _folded([[row] for row in rows])
    if len(apart) <= MOST_COLUMNS:
        return apart
    return _folded([list(block) for _, block in groupby(rows, lambda row: row.name.split(".")[0])])


def _folded(groups: Sequence[list[Row]]) -> list[Column]:
    found: list[Column] = []
    for group in groups:
        last = found[-1] if found else None
        main = group[-1]  # of a residual block the sum
        if last and isinstance(main.layer, FOLDED) and _branch(main) == _branch(last.main):
            found[-1] = Column((*last.rows, main), last.main, last.folds_block)
        else:
            found.append(Column(tuple(group), main, len(group) > 1))
    return found


def _branch(row: Row) -> str:
    return row.name.rpartition(".")[0]


# ---- layout --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a column stands, and its block: ``left``, ``width``, ``thick`` and ``deep`` are units, ``high`` a share."""

    left: float
    width: float
    high: float
    thick: float
    deep: float


def places(input_shape: Shape, shown: Sequence[Column]) -> list[Place]:
    """Lay out the input and the columns from left to right.

    A block is as high as its maps have rows and as deep as they have columns, to scale; it is as thick as
    there are maps, on a logarithmic scale, on which the height of dense layers is too.
    """
    shapes = [input_shape, *(column.shape for column in shown)]
    kinds = ["input", *(column.kind for column in shown)]
    side = max((size for shape in shapes for size in shape[1:]), default=1)
    most = max(shape[0] for shape in shapes)
    widths = [WIDTHS.get(kind, COLUMN_WIDTH) for kind in kinds]
    lefts = [0, *accumulate(widths)]
    return [
        Place(left, width, *_block(shape, side, most))
        for left, width, shape in zip(lefts, widths, shapes, strict=False)
    ]


def _block(shape: Shape, side: int, most: int) -> tuple[float, float, float]:
    """Give height, thickness and depth."""
    count = math.log2(2 * shape[0]) / math.log2(2 * most)
    if len(shape) == 1:
        return count, 6, 0
    return shape[1] / side, count * MOST_THICK, shape[2] / side * MOST_DEEP


def width(found: Sequence[Place]) -> float:
    """Give the picture's width before it is stretched."""
    return found[-1].left + found[-1].width


def arcs(shown: Sequence[Column]) -> list[tuple[int, int]]:
    """Find the shortcuts: from which column to which, counted from 1, and 0 is the input.

    One that has layers of its own goes to the first of them, and from the last to the sum.
    """
    at = {row.name: number for number, column in enumerate(shown, start=1) for row in column.rows} | {INPUT: 0}
    reads = {row.name: row.reads for column in shown for row in column.rows}
    found = []
    for column in shown:
        if column.kind == "sum":
            name = column.main.name
            first = f"{name}.shortcut.1"
            found += [(at[reads[first][0]], at[first])] if first in at else []
            found.append((at[column.main.reads[1]], at[name]))
    return found


# ---- what is said of a column --------------------------------------------------------------


def caption(column: Column) -> list[str]:
    """Name it in three short lines: its name, its window, its maps or units."""
    layer, shape = column.main.layer, column.shape
    name = layer.label or NAMES.get(column.main.kind, column.main.kind)
    if column.kind == "block":
        name = layer.label or "block"
    elif column.main.branch == "shortcut":
        name = layer.label or "shortcut"
    elif isinstance(layer, Conv2d) and 1 < layer.groups == column.main.input_shape[0]:
        name = layer.label or "depthwise"
    return [name, _window(layer), f"{shape[0]}"]


def size_text(shape: Shape) -> list[str]:
    """Write a map's size, and shorter where it is square: ``28×28`` and ``28²``; nothing for units."""
    if len(shape) == 1:
        return ["", ""]
    written = "×".join(map(str, shape[1:]))
    return [written, f"{shape[1]}²" if shape[1] == shape[2] else written]


def _window(layer: Layer) -> str:
    if not isinstance(layer, Conv2d | Pool):
        return ""
    stride: Any = layer.stride
    rows, cols = pair(layer.kernel_size)
    by = "" if pair(stride) == (1, 1) else f"/{pair(stride)[0]}"
    return f"{rows}×{cols}{by}"


def place_name(row: Row) -> str:
    """Say where a layer is: ``Layer 5, C3``, ``Layer 7, main branch 4``."""
    block, *inner = row.name.split(".")
    found = [f"Layer {block}"]
    if inner:
        branch = "main branch" if inner[0] == "main" else "shortcut"
        found.append(f"{branch} {inner[1]}")
    return ", ".join([*found, row.layer.label] if row.layer.label else found)


def spoken(column: Column, changed: bool) -> str:
    """Name a column for those who do not see it: ``Layer 5, C3, Conv2d, 16 maps of 10 × 10, 1,516 parameters``."""
    kind = "residual block" if column.kind == "block" else "sum" if column.kind == "sum" else column.main.kind
    learning = [row.kind for row in column.folded if row.parameters]
    parts = [
        place_name(column.main), " with ".join([kind, *learning]), units(column.shape),
        f"{column.cost('parameters'):,} parameters",
    ]
    return ", ".join([*parts, "changed"] if changed else parts)


def facts(column: Column, totals: dict[str, int], so_far: dict[str, int], input_shape: Shape) -> list[Fact]:
    """Say what a layer takes, gives and costs, with the numbers put in."""
    row = column.main
    shares = {name: _share_text(column.cost(name), so_far[name], totals[name]) for name in COSTS}
    kept = [inner for inner in column.rows if inner.activation_bytes]
    with_biases = column.cost("connections_with_biases")
    counted = f"{with_biases:,} with biases" if with_biases != column.cost("connections") else ""
    sums = {"parameters": parameter_sum(row), "connections": connection_sum(row)}
    for name in sums:
        if column.cost(name) != cost(row, name):  # others in the column add to it
            own = "" if column.kind == "block" or not cost(row, name) else f"{sums[name]}; "
            sums[name] = f"{own}{column.cost(name):,} {'in all' if own else ''}".strip()
    uncounted = "only convolutions and dense layers are counted" if cost(row, "connections") else ""
    bytes_sum = f"{spell(row.output_shape)} × 4 bytes"
    if column.kind == "block":
        bytes_sum = f"{len(kept)} outputs"
    elif len(kept) > 1:
        bytes_sum = f"{len(kept)} × {bytes_sum}"
    return [
        ["Shape", f"{spell(row.input_shape)} → {spell(row.output_shape)}", size_sum(row)],
        ["Parameters", sums["parameters"], shares["parameters"]],
        ["Connections", sums["connections"], "; ".join(filter(None, (shares["connections"], counted)))],
        ["Multiply-adds", f"{column.cost('multiply_adds'):,}", shares["multiply_adds"] or uncounted],
        ["Activations", f"{bytes_sum} = {memory(column.cost('activation_bytes'))}", shares["activation_bytes"]],
        seen(row, input_shape),
    ]


def _share_text(count: int, so_far: int, total: int) -> str:
    if not count:
        return ""
    return f"{percent(count / total)} of all, {percent(so_far / total)} up to here"


def heading(column: Column) -> str:
    """Name a layer above its facts."""
    then = [f"{row.kind} ({parameter_sum(row)})" if row.parameters else row.kind for row in column.folded]
    what = "residual block" if column.kind == "block" else described(column.main)
    return f"{place_name(column.main)}: {what}" + (f"; then {', '.join(then)}" if then else "")


def inside(column: Column) -> list[str]:
    """List what a folded residual block is made of."""
    if column.kind != "block":
        return []
    return [
        f"{place_name(row).partition(', ')[2]}: {described(row)}, {units(row.output_shape)}"
        + (f", {row.parameters:,} parameters" if row.parameters else "")
        for row in column.rows if row.branch
    ]


def table_of(column: Column) -> list[list[int]]:
    """Give which input maps each output map sees, counted from 1, where a table says it."""
    layer = column.main.layer
    rows = layer.table or () if isinstance(layer, Conv2d) else ()
    return [[channel + 1 for channel in row] for row in rows]


# ---- everything the front end draws ---------------------------------------------------------


def data(shown: Shown, values: Values, *, step: int, arrival: int) -> Data:
    """Everything the front end shows of one network.

    ``step`` is the column to choose, counted from 1, when ``arrival`` is new.
    """
    found = columns(shown.now.rows)
    changed = {new.name: old for old, new in changes(shown.before, shown.now)}
    laid = places(shown.now.input_shape, found)
    shown_bars = values["top"], values["bottom"]
    return {
        "totals": totals_text(shown.now),
        "input": {"caption": ["input", "", f"{shown.now.input_shape[0]}"], "size": size_text(shown.now.input_shape)},
        "places": [list(vars(place).values()) for place in laid],
        "width": width(laid),
        "arcs": [list(arc) for arc in arcs(found)],
        "columns": _columns(found, shown.now, changed),
        "bars": [bars(name, found) | {"was": _was(name, shown)} for name in shown_bars],
        "changes": changes_text(shown, changed),
        "description": shown.network.description,
        "source": [shown.network.source, shown.network.link],
        "facts": list(shown.network.facts),
        "head": list(TABLE_HEAD),
        "rows": table(shown.now),
        "results": results(),
        "was": {name: [spell(old.output_shape), f"{old.parameters:,}"] for name, old in changed.items()},
        "foot": total_row(shown.now),
        "step": step,
        "arrival": arrival,
        "network": shown.network.name,
    }


def _columns(found: Sequence[Column], now: Summary, changed: dict[str, Row]) -> list[Data]:
    totals = {name: sum(column.cost(name) for column in found) for name in COSTS}
    so_far = dict.fromkeys(COSTS, 0)
    described_columns = []
    for column in found:
        so_far = {name: so_far[name] + column.cost(name) for name in COSTS}
        differs = any(row.name in changed for row in column.rows)
        link = stepper_link(column.main)
        described_columns.append({
            "rows": [row.name for row in column.rows],
            "kind": column.kind,
            "branch": column.main.branch,
            "caption": caption(column),
            "size": size_text(column.shape),
            "spoken": spoken(column, differs),
            "changed": differs,
            "heading": heading(column),
            "facts": facts(column, totals, so_far, now.input_shape),
            "inside": inside(column),
            "link": link[0] if link else "",
            "capped": link[1] if link else "",
            "table": table_of(column),
            "maps": column.main.input_shape[0],
        })
    return described_columns


def bars(name: str, found: Sequence[Column]) -> Data:
    """Give one strip of bars: its title, and for each column the share, in words too."""
    counts = [column.cost(name) for column in found]
    total = sum(counts)
    shares = [count / total if total else 0.0 for count in counts]
    written = brief_memory if name == "activation_bytes" else brief
    return {
        "title": COSTS[name],
        "total": _total(name, total),
        "shares": shares,
        "percents": [percent(share) for share in shares],
        "counts": [written(count) if count else "" for count in counts],
    }


def _was(name: str, shown: Shown) -> str:
    """Give a total as it was with the network's own input and rounding, if it is another now."""
    before, now = (sum(cost(row, name) for row in counted.rows) for counted in (shown.before, shown.now))
    return "" if before == now else f"was {_total(name, before)}"


def _total(name: str, count: int) -> str:
    return memory(count) if name == "activation_bytes" else f"{count:,}"


def totals_text(counted: Summary) -> str:
    """Give the sums in one sentence."""
    return (
        f"{counted.parameters:,} parameters, {counted.connections:,} connections "
        f"({counted.connections_with_biases:,} with biases), {counted.multiply_adds:,} multiply-adds, "
        f"{memory(counted.activation_bytes)} of activations for one image in float32. "
        "Multiply-adds are those of convolutions and dense layers alone."
    )


def changes_text(shown: Shown, changed: dict[str, Row]) -> list[str]:
    """Say what another input or another rounding changes, first in sum and then row by row; nothing if nothing."""
    before, now = shown.before, shown.now
    rounded = shown.layers != shown.network.layers
    if before.input_shape == now.input_shape and not rounded:
        return []
    how = ["poolings rounded up"] if rounded else []
    if before.input_shape != now.input_shape:
        how.insert(0, f"an input of {spell(now.input_shape)} in place of {spell(before.input_shape)}")
    verb = "changes" if len(changed) == 1 else "change"
    told = [f"With {' and '.join(how)}, {len(changed) or 'none'} of {len(now.rows)} layers {verb}."]
    told += [
        f"{title}: {cost_of(before):,} → {cost_of(now):,}" for title, cost_of in (
            ("Parameters", lambda counted: counted.parameters), ("Connections", lambda counted: counted.connections),
            ("Multiply-adds", lambda counted: counted.multiply_adds),
        ) if cost_of(before) != cost_of(now)
    ]
    layers = [row for row in now.rows if row.name in changed and not isinstance(row.layer, FOLDED)]
    return told + [_change(changed[row.name], row) for row in layers]  # what is folded follows the layer before it


def _change(old: Row, new: Row) -> str:
    """Say what has changed of one layer."""
    parts = []
    if old.output_shape != new.output_shape:
        parts.append(f"{spell(old.output_shape)} → {spell(new.output_shape)}")
    if old.parameters != new.parameters:
        parts.append(f"parameters {old.parameters:,} → {new.parameters:,}")
    if not parts:
        parts.append(f"connections {old.connections:,} → {new.connections:,}")
    return f"{place_name(new)}, {new.kind}: {', '.join(parts)}"


def table(counted: Summary) -> list[list[str]]:
    """Write every row: what `TABLE_HEAD` names."""
    return [
        [
            row.name, row.layer.label, described(row), spell(row.output_shape), f"{row.parameters:,}",
            f"{row.connections:,}", f"{row.connections_with_biases:,}", f"{row.counts.multiply_adds:,}",
            memory(row.activation_bytes), field_text(row),
        ]
        for row in counted.rows
    ]


def total_row(counted: Summary) -> list[str]:
    """Write the sums as the table's last row."""
    return [
        "", "", "In all", "", f"{counted.parameters:,}", f"{counted.connections:,}",
        f"{counted.connections_with_biases:,}", f"{counted.multiply_adds:,}", memory(counted.activation_bytes), "",
    ]


def results() -> list[Data]:
    """Describe the charts of what the lecture quotes."""
    return [_chart(benchmark) for benchmark in RESULTS]


def _chart(benchmark: Benchmark) -> Data:
    most = max(max(result.error, result.top5_error or 0) for result in benchmark.results)
    return {
        "title": benchmark.title, "source": benchmark.source, "link": benchmark.link, "note": benchmark.note,
        "most": most,
        "rows": [[result.method, result.family, result.error, result.top5_error] for result in benchmark.results],
    }
