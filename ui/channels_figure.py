"""One step of many maps as a matplotlib figure: inputs above their kernels and products, outputs at the right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from conv import trace
from conv.channels import ChannelTrace
from ui.channels import Layer
from ui.channels_view import limits, titles
from ui.drawing import Label, Layout, wrapped
from ui.figures import TEXT_SIZE, WIDTH, painted
from ui.scene import Board, Frame, Still, spoken

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SMALLEST_CELL, LARGEST_CELL = 7, 36
HEIGHT = 560  # pixels that the maps may take, as the following
OUTPUT, KERNEL = 112, 56  # width of the captions above an output, above a kernel and its products
HEAD = 20  # height of a caption
GAP = 18


def layer_figure(layer: Layer, step: int, *, order: str = "maps", theme: str = "light") -> Figure:
    """Draw one step of a layer.

    Parameters
    ----------
    layer : ui.channels.Layer
    step : int
        Counted from 1; the nearest there is.
    order : "maps" or "places"
        Whether the steps finish a map, or a place, before the next.
    theme : "light" or "dark"
    """
    t = layer.trace()
    shown = scene(layer, t, min(max(step, 1), t.output.size), order)
    layout = arrange(shown, len(layer.x), len(layer.bias), titles(layer))
    return painted(shown, layout, step, theme)


def place_of(step: int, shape: tuple[int, ...], order: str) -> tuple[int, int, int]:
    """Output map, row and column of a step, counted from 1.

    >>> place_of(6, (2, 2, 2), "maps"), place_of(6, (2, 2, 2), "places")
    ((1, 0, 1), (1, 1, 0))
    """
    maps, rows, cols = shape
    if order == "places":
        index, out = divmod(step - 1, maps)
    else:
        out, index = divmod(step - 1, rows * cols)
    return out, index // cols, index % cols


def sentence(t: ChannelTrace, out: int, row: int, col: int) -> str:
    """Tell the arithmetic of an output, as the page does."""
    sums = zip(t.sums[out, row, col], t.sources[out], strict=True)
    terms = [f"{spoken(total)} (input channel {channel + 1})" for total, channel in sums]
    terms.append(f"{spoken(t.bias[out])} (bias)")
    return f"Output channel {out + 1} ({row + 1}, {col + 1}) = {' + '.join(terms)} = {spoken(t.output[out, row, col])}"


def scene(layer: Layer, t: ChannelTrace, step: int, order: str) -> Still:
    """Set up the boards of a step."""
    out, row, col = place_of(step, t.output.shape, order)
    ends, kinds = limits(t), t.kinds
    reached = [place_of(earlier, t.output.shape, order) for earlier in range(1, step + 1)]
    outputs = np.full(t.output.shape, np.nan)
    outputs[tuple(zip(*reached, strict=True))] = t.output[tuple(zip(*reached, strict=True))]
    rows, cols = layer.configuration.uncovered
    idle = (np.isin(t.input_rows, rows)[:, None] | np.isin(t.input_cols, cols)) & (kinds == trace.INPUT)
    window = t.window_rows[row], t.window_cols[col]
    boards: dict[str, Board] = {}
    frames: list[Frame] = [(f"output {out}", np.array([row]), np.array([col]))]
    members = t.sources[out].tolist()
    for channel, grid in enumerate(t.grid):
        read = channel in members
        unread = idle if read else kinds == trace.INPUT  # hatched
        boards[f"input {channel}"] = Board("", "", grid, kinds, unread, ends["input"] if read else np.inf)
        if read:
            i = members.index(channel)
            boards[f"kernel {channel}"] = _plain(t.weight[out, i], ends["kernel"])
            boards[f"products {channel}"] = _plain(t.terms[out, i, row, col], ends["products"])
            frames.append((f"input {channel}", *window))
    boards |= {f"output {other}": _plain(values, ends["output"]) for other, values in enumerate(outputs)}
    return Still(boards, frames, sentence(t, out, row, col))


def _plain(values: NDArray, limit: float) -> Board:
    return Board("", "", values, np.zeros(values.shape, np.uint8), np.zeros(values.shape, bool), limit)


def arrange(shown: Still, maps: int, outs: int, captions: list[list[str]]) -> Layout:
    """Put the maps in rows, each above its kernel and products, and the outputs in columns beside them."""
    titles_above = [", ".join(filter(None, parts)) for parts in captions]
    places = _places(shown, maps, outs, titles_above)
    corners, labels = {}, []
    for channel, title in enumerate(titles_above):
        left, top = GAP + channel % places.across * places.map[0], GAP + channel // places.across * places.map[1]
        below, beside = top + HEAD + places.below, left + places.kernel
        labels.append(_caption(left, top, title))
        corners[f"input {channel}"] = left, top + HEAD
        if f"kernel {channel}" in shown.boards:
            labels += [_caption(left, below, "kernel"), _caption(beside, below, "products")]
            corners[f"kernel {channel}"], corners[f"products {channel}"] = (left, below + HEAD), (beside, below + HEAD)
        else:
            labels.append(_caption(left, below, "not read"))
    begin = 2 * GAP + places.across * places.map[0]
    for out in range(outs):
        left, top = begin + out // places.down * places.output[0], GAP + out % places.down * places.output[1]
        labels.append(_caption(left, top, f"Output channel {out + 1}"))
        corners[f"output {out}"] = left, top + HEAD
    lines = len(wrapped(shown.told, TEXT_SIZE, WIDTH - 2 * GAP))
    width, bottom = max(places.size[0], WIDTH), GAP + places.size[1]
    height = bottom + round(1.5 * TEXT_SIZE * lines) + GAP
    cells = dict.fromkeys(corners, places.cell)
    return Layout(width, height, TEXT_SIZE, corners, cells, tuple(labels), (GAP, bottom, WIDTH - 2 * GAP))


@dataclass(frozen=True)
class Places:
    """How the maps are laid out: pitches of maps and outputs, with the gaps behind them."""

    cell: int
    across: int  # input maps beside one another
    down: int  # output maps above one another
    map: tuple[int, int]
    below: int  # from the top of an input map to what stands below it
    kernel: int  # from the left of a kernel to its products
    output: tuple[int, int]
    size: tuple[int, int]


def _places(shown: Still, maps: int, outs: int, titles_above: list[str]) -> Places:
    """Find the largest cells with which everything fits."""
    (height, width), (out_height, out_width) = (shown.boards[name].values.shape for name in ("input 0", "output 0"))
    rows, cols = next(board.values.shape for name, board in shown.boards.items() if name.startswith("kernel"))
    widest = round(max(_caption(0, 0, title).width for title in titles_above))
    found = None
    for cell in range(LARGEST_CELL, SMALLEST_CELL - 1, -1):
        kernel = max(cols * cell, KERNEL) + GAP
        map_width = max(width * cell, kernel + max(cols * cell, KERNEL), widest)
        pitch = map_width + GAP, 2 * HEAD + (height + rows) * cell + GAP
        output = max(out_width * cell, OUTPUT) + GAP, HEAD + out_height * cell + GAP
        for across, down in product(_even(maps), _even(outs)):
            size = (
                across * pitch[0] + math.ceil(outs / down) * output[0] + 2 * GAP,
                max(math.ceil(maps / across) * pitch[1], down * output[1]),
            )
            found = Places(cell, across, down, pitch, height * cell, kernel, output, size)
            if size[0] <= WIDTH and size[1] <= HEIGHT:
                return found
    assert found is not None
    return found


def _even(number: int) -> list[int]:
    """How many may stand beside one another in rows that are as full as can be, all in one row first.

    >>> _even(5)
    [5, 3, 2, 1]
    """
    return sorted({math.ceil(number / rows) for rows in range(1, number + 1)}, reverse=True)


def _caption(left: float, top: float, text: str) -> Label:
    return Label(left, top + HEAD * 0.7, text, 12)
