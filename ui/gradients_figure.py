"""One step of a backward pass as a matplotlib figure: its grids in columns, and the arithmetic below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from conv import trace
from conv.gradients import GradientTrace
from ui.drawing import Label, Layout, wrapped
from ui.figures import TEXT_SIZE, WIDTH, painted
from ui.gradients import Backward
from ui.gradients_view import captions, columns, limits, signs
from ui.scene import CUT, LONGEST_SENTENCE, Board, Frame, Still, spoken

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SMALLEST_CELL, LARGEST_CELL = 4, 52
HEIGHT = 460  # pixels that the grids may take, as the following
GAP, SIGN, HEAD = 18, 52, 22


def gradients_figure(shown: Backward, step: int, *, hide: str = "nothing", theme: str = "light") -> Figure:
    """Draw one step of a pass.

    Parameters
    ----------
    shown : ui.gradients.Backward
    step : int
        Counted from 1; the nearest there is.
    hide : "nothing" or "values"
        Whether what the steps make becomes question marks.
    theme : "light" or "dark"
    """
    scene = set_up(shown, step, hide)
    layout = arrange(scene, columns(shown, scene.boards), signs(shown))
    return painted(scene, layout, step, theme)


def set_up(shown: Backward, step: int, hide: str) -> Still:
    """The boards of a step, counted from 1."""
    t = shown.trace()
    full = shown.full_convolution() if shown.view == "gather" else None
    steps = t.grad_output.size if full is None else full.output.size
    at = min(max(step, 1), steps) - 1
    row, col = divmod(at, len((full or t).window_cols))
    make = {"forward": _forward, "weights": _weights, "scatter": _scatter}
    found, frames, told = _gather(full, row, col) if full else make[shown.view](shown, t, row, col)
    ends, titles = limits(shown, t, full), captions(shown, t, full)
    titles["products"] = "Products of weight (1, 1)"
    secret = {"forward": ["output"], "weights": ["weights", "bias", "products"]}.get(shown.view, ["inputs"])
    given = _given(shown, t, full) | found
    boards = {}
    for name in (name for column in columns(shown, given) for name in column):
        values, kinds = given[name]
        idle = _idle(shown, t) if name == "input" else np.zeros(values.shape, bool)
        if hide == "values" and name in secret:
            values = np.full(values.shape, np.nan)
        boards[name] = Board(titles[name], "", values, kinds, idle, ends[name])
    if hide == "values":
        told = told.split(" = ")[0].split(" += ")[0] + " = ?"
    return Still(boards, frames, told)


Painted = dict[str, tuple[NDArray, NDArray]]  # a board's numbers, and what its cells are


def _given(shown: Backward, t: GradientTrace, full: trace.Trace | None) -> Painted:
    """Boards that stay as they are."""
    weight = shown.window.weight
    found = {"input": (t.forward.grid, t.forward.kinds), "output": _plain(t.forward.output)}
    found["gradient"] = (full.grid, full.kinds) if full else _plain(t.grad_output)
    if t.grad_weight is not None:
        found["kernel"] = _plain(weight)
    if full or (shown.view == "forward" and shown.window.configuration.flip):
        found["applied"] = _plain(weight[::-1, ::-1])
    if full and shown.window.configuration.flip:
        del found["applied"]
    return found


def _forward(shown: Backward, t: GradientTrace, row: int, col: int) -> tuple[Painted, list[Frame], str]:
    output = _reached(t.forward.output, row, col)
    told = f"Output ({row + 1}, {col + 1}) = {spoken(output[row, col])}"
    return {"output": _plain(output)}, [_window(t, row, col), _cell("output", row, col)], told


def _weights(shown: Backward, t: GradientTrace, row: int, col: int) -> tuple[Painted, list[Frame], str]:
    totals, g = t.weight_totals[row, col], spoken(t.grad_output[row, col])
    x = spoken(t.forward.grid[t.window_rows[row, 0], t.window_cols[col, 0]])
    term, bias = spoken(t.weight_terms[row, col, 0, 0]), t.bias_totals[row, col]
    found = {
        "weights": _plain(totals), "bias": _plain(np.array([[bias]])),
        "products": _plain(_reached(t.weight_terms[:, :, 0, 0], row, col)),
    }
    told = (
        f"Position ({row + 1}, {col + 1}): g = {g}. Weight gradient (1, 1) += {g} × {x} = {term}, "
        f"now {spoken(totals[0, 0])}. Bias gradient += {g}, now {spoken(bias)}."
    )
    return found, [_window(t, row, col), _cell("gradient", row, col)], told


def _scatter(shown: Backward, t: GradientTrace, row: int, col: int) -> tuple[Painted, list[Frame], str]:
    canvas = np.zeros(t.canvas.shape)
    for earlier in np.ndindex(t.grad_output.shape):
        if earlier <= (row, col):
            canvas[np.ix_(t.target_rows[earlier[0]], t.target_cols[earlier[1]])] = t.input_totals[earlier]
    on_grid = t.canvas.shape == t.forward.grid.shape
    kinds = t.forward.kinds if on_grid else np.zeros(t.canvas.shape, np.uint8)
    kinds = np.where(kinds == trace.PADDING, CUT, kinds)
    target = "inputs", np.sort(t.target_rows[row]), np.sort(t.target_cols[col])
    told = (
        f"Position ({row + 1}, {col + 1}): g = {spoken(t.grad_output[row, col])} is added to the gradient of what is "
        "under its window, times the slope of the output."
    )
    return {"inputs": (canvas, kinds)}, [_window(t, row, col), _cell("gradient", row, col), target], told


def _gather(full: trace.Trace, row: int, col: int) -> tuple[Painted, list[Frame], str]:
    values = _reached(full.output, row, col)
    window = np.ix_(full.window_rows[row], full.window_cols[col])
    there = full.kinds[window] == trace.INPUT
    terms = [
        f"{spoken(g)}×{spoken(w)}" for g, w in zip(full.grid[window][there], full.weight[there], strict=True)
    ]
    if len(terms) > LONGEST_SENTENCE:
        terms = [*terms[:3], "…", terms[-1]]
    told = f"Input gradient ({row + 1}, {col + 1}) = {' + '.join(terms) or '0'} = {spoken(values[row, col])}"
    frames = [("gradient", full.window_rows[row], full.window_cols[col]), _cell("inputs", row, col)]
    return {"inputs": _plain(values)}, frames, told


def _window(t: GradientTrace, row: int, col: int) -> Frame:
    return "input", np.sort(t.window_rows[row]), np.sort(t.window_cols[col])


def _cell(name: str, row: int, col: int) -> Frame:
    return name, np.array([row]), np.array([col])


def _plain(values: NDArray) -> tuple[NDArray, NDArray]:
    return values, np.zeros(values.shape, np.uint8)


def _reached(values: NDArray, row: int, col: int) -> NDArray:
    """Values up to a step; NaN beyond."""
    steps = np.arange(values.size).reshape(values.shape)
    return np.where(steps <= row * values.shape[1] + col, values, np.nan)


def _idle(shown: Backward, t: GradientTrace) -> NDArray[np.bool_]:
    rows, cols = shown.window.configuration.uncovered
    skipped = np.isin(t.forward.input_rows, rows)[:, None] | np.isin(t.forward.input_cols, cols)
    return skipped & (t.forward.kinds == trace.INPUT)


def arrange(scene: Still, columns: list[list[str]], between: list[list[str]]) -> Layout:
    """Put the boards into columns, in the largest cells that fit, signs between them and the sentence below."""
    for cell in range(LARGEST_CELL, SMALLEST_CELL - 1, -1):
        sizes = [_extent(scene, column, cell) for column in columns]
        width = sum(size[0] for size in sizes) + SIGN * (len(columns) - 1) + 2 * GAP
        height = max(size[1] for size in sizes)
        if width <= WIDTH and height <= HEIGHT:
            break
    corners, labels = {}, []
    left = GAP + max(0, WIDTH - width) // 2
    for column, (wide, _) in zip(columns, sizes, strict=True):
        top = GAP
        for name in column:
            labels.append(Label(left, top + HEAD * 0.7, scene.boards[name].title, 13, bold=True))
            corners[name] = left, top + HEAD
            top += HEAD + scene.boards[name].values.shape[0] * cell + GAP
        left += wide + SIGN
    labels += _signs(between, columns, corners, scene, cell)
    lines = len(wrapped(scene.told, TEXT_SIZE, WIDTH - 2 * GAP))
    bottom = 2 * GAP + height
    whole = bottom + round(1.5 * TEXT_SIZE * lines) + GAP
    cells = dict.fromkeys(corners, cell)
    return Layout(max(width, WIDTH), whole, TEXT_SIZE, corners, cells, tuple(labels), (GAP, bottom, WIDTH - 2 * GAP))


def _signs(
    between: list[list[str]], columns: list[list[str]], corners: dict[str, tuple[int, int]], scene: Still, cell: int
) -> list[Label]:
    """What stands in front of each column but the first: beside its upper board, and beside those below."""
    found = []
    for texts, column in zip(between, columns[1:], strict=True):
        for level, text in enumerate(texts):
            name = column[min(level, len(column) - 1)]
            left, top = corners[name]
            middle = top + scene.boards[name].values.shape[0] * cell / 2
            found.append(Label(left - SIGN / 2, middle + 6, text, 12 if len(text) > 2 else 18, centred=True))
    return found


def _extent(scene: Still, column: list[str], cell: int) -> tuple[int, int]:
    """Width and height of a column with its captions."""
    boards = [scene.boards[name] for name in column]
    wide = max(max(board.values.shape[1] * cell, round(Label(0, 0, board.title, 13, bold=True).width))
               for board in boards)
    return wide, sum(HEAD + board.values.shape[0] * cell + GAP for board in boards) - GAP
