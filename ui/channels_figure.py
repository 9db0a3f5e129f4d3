"""One step of many maps as a matplotlib figure: inputs above their kernels and products, outputs at the right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from conv import trace
from conv.channels import ChannelTrace
from ui.channels import Layer
from ui.channels_view import limits, titles
from ui.drawing import THEMES, Label, Layout, paint_boards, paint_frames, paint_sentence, wrapped
from ui.figures import TEXT_SIZE, WIDTH, FigureCanvas
from ui.scene import Board, spoken

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 4  # input maps beside one another, before the next row of them
SMALLEST_CELL, LARGEST_CELL = 7, 36
NARROWEST = 118  # pixels that a map's caption takes
HEAD = 20  # height of a caption
GAP = 18
Frame = tuple[str, NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class Step:
    """What one step looks like: boards by name, what is framed on them, and its sentence."""

    boards: dict[str, Board]
    frames: list[Frame]
    told: str

    def framed(self, step: int) -> list[Frame]:
        """Boards on which something is framed, and its rows and columns."""
        return self.frames

    def sentence(self, step: int) -> str:
        """The arithmetic."""
        return self.told


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
    canvas, colours = FigureCanvas(layout.width, layout.height), THEMES[theme]
    paint_boards(canvas, shown, layout, colours)
    paint_frames(canvas, shown, layout, colours, step)
    paint_sentence(canvas, shown, layout, colours, step)
    return canvas.finish()


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


def scene(layer: Layer, t: ChannelTrace, step: int, order: str) -> Step:
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
    return Step(boards, frames, sentence(t, out, row, col))


def _plain(values: NDArray, limit: float) -> Board:
    return Board("", "", values, np.zeros(values.shape, np.uint8), np.zeros(values.shape, bool), limit)


def arrange(shown: Step, maps: int, outs: int, captions: list[list[str]]) -> Layout:
    """Put the maps in rows, each above its kernel and products, and the outputs in columns beside them."""
    across = min(maps, ACROSS)
    lines = math.ceil(maps / across)
    (height, width), (out_height, out_width) = (shown.boards[name].values.shape for name in ("input 0", "output 0"))
    kernel = next(board.values.shape for name, board in shown.boards.items() if name.startswith("kernel"))

    def extents(cell: int) -> tuple[int, int, int, int, int]:
        map_width = max(width * cell, 2 * kernel[1] * cell + GAP, NARROWEST)
        map_height = 2 * HEAD + (height + kernel[0]) * cell
        output = max(out_width * cell, NARROWEST), HEAD + out_height * cell
        down = max(1, min(outs, (lines * (map_height + GAP)) // (output[1] + GAP)))
        return map_width, map_height, *output, down

    def whole(cell: int) -> int:
        map_width, _, output_width, _, down = extents(cell)
        return across * (map_width + GAP) + math.ceil(outs / down) * (output_width + GAP) + GAP

    cell = next((size for size in range(LARGEST_CELL, SMALLEST_CELL, -1) if whole(size) <= WIDTH), SMALLEST_CELL)
    map_width, map_height, output_width, output_height, down = extents(cell)
    corners, labels = {}, []
    for channel, parts in enumerate(captions):
        left, top = GAP + channel % across * (map_width + GAP), GAP + channel // across * (map_height + GAP)
        labels.append(_caption(left, top, ", ".join(filter(None, parts))))
        corners[f"input {channel}"] = left, top + HEAD
        below = top + HEAD + height * cell
        if f"kernel {channel}" in shown.boards:
            labels += [_caption(left, below, "kernel"), _caption(left + kernel[1] * cell + GAP, below, "products")]
            corners[f"kernel {channel}"] = left, below + HEAD
            corners[f"products {channel}"] = left + kernel[1] * cell + GAP, below + HEAD
        else:
            labels.append(_caption(left, below, "not read"))
    begin = GAP + across * (map_width + GAP) + GAP // 2
    for out in range(outs):
        left, top = begin + out // down * (output_width + GAP), GAP + out % down * (output_height + GAP)
        labels.append(_caption(left, top, f"Output channel {out + 1}"))
        corners[f"output {out}"] = left, top + HEAD
    full = max(whole(cell), WIDTH)
    bottom = GAP + max(lines * (map_height + GAP), down * (output_height + GAP))
    tall = bottom + round(1.5 * TEXT_SIZE * len(wrapped(shown.told, TEXT_SIZE, full - 2 * GAP))) + GAP
    return Layout(
        full, tall, TEXT_SIZE, corners, dict.fromkeys(corners, cell), tuple(labels), (GAP, bottom, full - 2 * GAP)
    )


def _caption(left: float, top: float, text: str) -> Label:
    return Label(left, top + HEAD * 0.7, text, 12)
