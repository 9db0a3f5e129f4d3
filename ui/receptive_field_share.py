"""The receptive field taken away: as a figure of the tower and its table, as a spreadsheet, and as code."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Any

from conv.receptive_field import INPUT_FIELD, cone, region
from ui.drawing import RGB, THEMES, Box, Label, Segment, Theme, mix
from ui.receptive_field import Shown
from ui.receptive_field_shown import Table, layer_name, spans, table
from ui.settings import Page
from ui.share import CSV, File, TakeAway

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ui.figures import FigureCanvas

WIDTH, MARGIN = 960, 16  # pixels
LEFT, RIGHT = 150, 170  # of the tower, where names and numbers stand
LINE, ROW, TEXT, SMALL = 30, 38, 14, 11
MOST_UNITS = 40  # on a line; more are a bar
COLUMNS = (0, 150, 250, 430, 545, 775)  # of the table, from its left
SHOWN = (0, 5, 6, 7, 8, 9)  # which of the table's columns


def take_away(page: Page, shown: Shown) -> TakeAway:
    """Say what the page offers."""
    return TakeAway(
        name="receptive-field", link=page.url(), figure=partial(figure, shown, 1 if page["axis"] == "cols" else 0),
        files=[File("Download the table (CSV)", "receptive-field.csv", partial(table_csv, table(shown)), CSV)],
        languages={"pytorch": "PyTorch"}, source=lambda _: pytorch(shown),
    )


def table_csv(written: Table) -> bytes:
    """Write the table for a spreadsheet, each working in a column of its own."""
    file = StringIO()
    writer = csv.writer(file)
    for number, row in enumerate((written.head, *written.rows)):
        cells: list[str] = []
        for column, cell in enumerate(row):
            cells.append(cell.value)
            if written.head[column].working:
                cells.append(f"{cell.value} by {cell.working}" if number == 0 else cell.working)
        writer.writerow(cells)
    return file.getvalue().encode("utf-8-sig")


# ---- code ------------------------------------------------------------------------------------


def pytorch(shown: Shown) -> str:
    """Write the stack as PyTorch, with what a unit of each layer sees."""
    lines = []
    for row, step, field in zip(shown.rows, shown.steps, shown.fields, strict=True):
        if row[0] == "dense" and "    nn.Flatten()," not in lines:
            lines.append("    nn.Flatten(),")
        seen, size = (f"{pair[0]}×{pair[1]}" for pair in (field.size, step.output_size))
        lines.append(f"    {_torch_layer(row, step.input_size)},  # sees {seen} of the input, output {size}")
    return "\n".join(["from torch import nn", "", "stack = nn.Sequential(", *lines, ")", ""])


def _torch_layer(row: tuple[Any, ...], size: tuple[int, int]) -> str:
    if row[0] == "dense":
        return f"nn.Linear({size[0] * size[1]}, 1)"
    kind, kernel, stride, padding, *dilation = row
    options = {"padding": (padding, 0), "dilation": (dilation[0] if dilation else 1, 1)}
    given = "".join(f", {name}={value}" for name, (value, default) in options.items() if value != default)
    if kind == "conv":
        return f"nn.Conv2d(1, 1, {kernel}, stride={stride}{given})"
    return f"nn.{'MaxPool2d' if kind == 'max' else 'AvgPool2d'}({kernel}, stride={stride}{given})"


# ---- the figure ------------------------------------------------------------------------------


def figure(shown: Shown, axis: int, theme: str) -> Figure:
    """Draw the tower along an axis, 0 for rows and 1 for columns, and the table below."""
    from ui.figures import FigureCanvas

    written = table(shown)
    tower = len(shown.rows) + 1
    height = 2 * MARGIN + tower * LINE + 56 + (len(written.rows) + 1) * ROW
    canvas = FigureCanvas(WIDTH, height)
    colours = THEMES[theme]
    canvas.fill((0, 0, WIDTH, height), colours.paper)
    _Tower(shown, axis, colours).draw(canvas)
    canvas.write(Label(MARGIN, MARGIN + tower * LINE + 26, _sentence(shown), TEXT), colours.ink)
    _draw_table(canvas, written, MARGIN + tower * LINE + 48, colours)
    return canvas.finish()


def _sentence(shown: Shown) -> str:
    seen = region(shown.layers, unit=shown.unit, layer=shown.layer, input_size=shown.input_size)
    who = f"Unit ({shown.unit[0] + 1}, {shown.unit[1] + 1}) of layer {shown.layer + 1}"
    if not seen.rows or not seen.cols:
        return f"{who} sees padding alone."
    return f"{who} sees rows {spans(seen.rows)} and columns {spans(seen.cols)} of the input."


class _Tower:
    """One line of units a layer, each over the middle of what it sees; the input is at the bottom."""

    def __init__(self, shown: Shown, axis: int, theme: Theme) -> None:
        self.shown, self.axis, self.theme = shown, axis, theme
        self.fields = [INPUT_FIELD, *shown.fields]
        self.sizes = [shown.input_size[axis], *(step.output_size[axis] for step in shown.steps)]
        self.seen = cone(shown.steps[: shown.layer + 1], axis, shown.unit[axis])
        ends = [self._ends(line) for line in range(len(self.sizes))]
        self.low = min(first for first, _ in ends)
        self.scale = (WIDTH - LEFT - RIGHT) / (max(last for _, last in ends) - self.low)

    def draw(self, canvas: FigureCanvas) -> None:
        """Draw every line, and the edges below each unit that is seen."""
        for line, size in enumerate(self.sizes):
            before, after = self._padding(line)
            pitch = self.fields[line].jump[self.axis] * self.scale
            if size + before + after <= MOST_UNITS and pitch >= 6:
                self._units(canvas, line, range(-before, size + after))
            else:
                self._bar(canvas, line, size)
            self._label(canvas, line)
        for line in range(self.shown.layer + 1, 0, -1):
            canvas.lines(list(self._edges(line)), mix(self.theme.paper, self.theme.positive[1], 0.7), 1)

    def _ends(self, line: int) -> tuple[float, float]:
        """Where over the input a line begins and ends: its padding, and the fields of its first and last unit."""
        field, size, axis = self.fields[line], self.sizes[line], self.axis
        before, after = self._padding(line)
        jump, middle, first = field.jump[axis], (field.start[axis] or 0) + 0.5, -(field.padding[axis] or 0)
        return (
            min(first, middle - (before + 0.5) * jump),
            max(first + (size - 1) * jump + field.size[axis], middle + (size + after - 0.5) * jump),
        )

    def _x(self, line: int, unit: float) -> float:
        start = self.fields[line].start[self.axis] or 0
        return LEFT + (start + unit * self.fields[line].jump[self.axis] + 0.5 - self.low) * self.scale

    def _y(self, line: int) -> float:
        return MARGIN + (len(self.sizes) - line - 0.5) * LINE

    def _padding(self, line: int) -> tuple[int, int]:
        return self.shown.steps[line].padding[self.axis] if line < len(self.shown.steps) else (0, 0)

    def _half(self, line: int) -> float:
        return min(self.fields[line].jump[self.axis] * self.scale * 0.42, LINE * 0.3)

    def _units(self, canvas: FigureCanvas, line: int, units: range) -> None:
        half, y = self._half(line), self._y(line)
        for unit in units:
            x = self._x(line, unit)
            box = (x - half, y - half, x + half, y + half)
            if not 0 <= unit < self.sizes[line]:
                canvas.lines(_dashed(box), self.theme.strong, 1)
                continue
            canvas.fill(box, self._colour(line, unit))
            canvas.lines(_outline(box), self.theme.strong, 1)

    def _bar(self, canvas: FigureCanvas, line: int, size: int) -> None:
        pitch, y = self.fields[line].jump[self.axis] * self.scale, self._y(line)

        def box(first: int, last: int) -> Box:
            return self._x(line, first) - pitch / 2, y - 7, self._x(line, last) + max(pitch / 2, 1), y + 7

        canvas.fill(box(0, size - 1), self.theme.raised)
        canvas.lines(_outline(box(0, size - 1)), self.theme.strong, 1)
        units = self.seen[line].tolist() if line <= self.shown.layer + 1 else []
        if units:
            canvas.fill(box(units[0], units[-1]), self._colour(line, units[0]))

    def _colour(self, line: int, unit: int) -> RGB:
        if line > self.shown.layer + 1 or unit not in self.seen[line]:
            return self.theme.raised
        return self.theme.ink if line == self.shown.layer + 1 else self.theme.positive[1]

    def _edges(self, line: int) -> Iterator[Segment]:
        """Lines from each unit that is seen to its window, or to its ends where they would be too many."""
        step = self.shown.steps[line - 1]
        windows = step.windows[self.axis]
        units = self.seen[line].tolist()
        if len(units) * windows.shape[1] > 200:
            ends = self.seen[line - 1].tolist()
            pairs = [(units[0], ends[0]), (units[-1], ends[-1])] if units and ends else []
        else:
            pairs = [(unit, below) for unit in units for below in windows[unit].tolist()]
            pairs = [pair for pair in pairs if 0 <= pair[1] < step.input_size[self.axis]]
        for unit, below in pairs:
            top, bottom = self._y(line) + self._half(line), self._y(line - 1) - self._half(line - 1)
            yield self._x(line, unit), top, self._x(line - 1, below), bottom

    def _label(self, canvas: FigureCanvas, line: int) -> None:
        name = "Input" if line == 0 else f"{line}  {layer_name(self.shown.rows[line - 1])}"
        canvas.write(Label(MARGIN, self._y(line) + 5, name, TEXT), self.theme.ink)
        if line <= self.shown.layer + 1:
            told = spans(self.seen[line].tolist(), most=3) or "padding alone"
            canvas.write(Label(WIDTH - RIGHT + 16, self._y(line) + 5, told, TEXT), self.theme.ink)


def _draw_table(canvas: FigureCanvas, written: Table, top: float, theme: Theme) -> None:
    rows = [written.head, *written.rows]
    for number, row in enumerate(rows):
        y = top + number * ROW
        for column, left in zip(SHOWN, COLUMNS, strict=True):
            cell = row[column]
            canvas.write(Label(MARGIN + left, y + 14, cell.value, TEXT, bold=number == 0), theme.ink)
            if cell.working:
                canvas.write(Label(MARGIN + left, y + 29, cell.working, SMALL), theme.ink)
        canvas.lines([(MARGIN, y + 34, WIDTH - MARGIN, y + 34)], theme.strong if number == 0 else theme.line, 1)


def _outline(box: Box) -> list[Segment]:
    x1, y1, x2, y2 = box
    return [(x1, y1, x2, y1), (x2, y1, x2, y2), (x2, y2, x1, y2), (x1, y2, x1, y1)]


def _dashed(box: Box, shares: Sequence[tuple[float, float]] = ((0.0, 0.3), (0.6, 0.9))) -> list[Segment]:
    return [
        (x1 + (x2 - x1) * a, y1 + (y2 - y1) * a, x1 + (x2 - x1) * b, y1 + (y2 - y1) * b)
        for x1, y1, x2, y2 in _outline(box) for a, b in shares
    ]
