"""Questions about the size of an output."""

from __future__ import annotations

from conv.geometry import output_size
from conv.quiz.dice import Dice
from conv.quiz.draft import Draft, Kind
from conv.quiz.links import explore
from conv.quiz.slips import Axis, of_both_axes, of_one_axis

HINT_START = "How many steps can the window take from its first place? The first place counts too."
HINT_PADDING = "Padding is added on both sides."
HINT_DILATION = "How many pixels does the dilated kernel extend over, from its first weight to its last?"
CS231N = (
    "Where the division is not exact, libraries and courses part: PyTorch and Keras round a convolution down, "
    "CS231n calls such a configuration invalid."
)


def right_size(axis: Axis) -> int:
    """Ask the core for the size along one axis."""
    n, k, s, p, d, ceil = axis
    return output_size(n, k, stride=s, padding=p, dilation=d, ceil_mode=ceil)


def worked(axis: Axis, size: int) -> str:
    """Work through the formula with an axis' numbers, as LaTeX."""
    n, k, s, p, d, ceil = axis
    padding = rf" + 2 \cdot {p}" if p else ""
    extent = f"{k}" if d == 1 else rf"{d}({k} - 1) - 1"
    room = n + 2 * p - d * (k - 1) - 1
    if s == 1:
        return f"{n}{padding} - {extent} + 1 = {size}"
    left, right = (r"\lceil", r"\rceil") if ceil else (r"\lfloor", r"\rfloor")
    step = rf"\left{left} \tfrac{{{n}{padding} - {extent}}}{{{s}}} \right{right} + 1"
    return rf"{step} = \left{left} \tfrac{{{room}}}{{{s}}} \right{right} + 1 = {size}"


def settings_in_words(axis: Axis) -> str:
    """Name what is not as plain as can be: ``padding $P = 1$ and stride $S = 2$``."""
    parts = [
        f"{name} ${letter} = {value}$"
        for name, letter, value, plain in (
            ("padding", "P", axis.p, 0), ("stride", "S", axis.s, 1), ("dilation", "D", axis.d, 1)
        )
        if value != plain
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def hints_for(axis: Axis) -> tuple[str, ...]:
    """Point at what goes wrong most easily."""
    dilated = (HINT_DILATION,) if axis.d > 1 else ()
    padded = (HINT_PADDING,) if axis.p else ()
    return (*dilated, *padded, HINT_START)


def one_axis(axis: Axis, window: str = "kernel", note: str = "") -> Draft | None:
    """Ask for the size along one axis."""
    if not axis.fits or (size := right_size(axis)) < 2:
        return None
    rule = settings_in_words(axis)
    text = (
        f"An input is $N = {axis.n}$ pixels wide, the {window} $K = {axis.k}$"
        f"{f', with {rule}' if rule else ''}. How wide is the feature map?"
    )
    return Draft(
        text, size, of_one_axis(axis), hints_for(axis), f"${worked(axis, size)}$", explore(axis, axis), "columns",
        note=note or (CS231N if axis.rest else ""), near=(axis.n, axis.n - axis.k, axis.k),
    )


def both_axes(rows: Axis, cols: Axis) -> Draft | None:
    """Ask for height and width."""
    if not (rows.fits and cols.fits) or min(size := (right_size(rows), right_size(cols))) < 2:
        return None
    rule = settings_in_words(rows)
    text = (
        rf"If $X \in \mathbb{{R}}^{{{rows.n} \times {cols.n}}}$ and $W \in \mathbb{{R}}^{{{rows.k} \times {cols.k}}}$"
        f"{f', with {rule}' if rule else ''}, what will be the feature map's size?"
    )
    solution = f"${worked(rows, size[0])}$"
    if rows != cols:
        solution = f"Rows: {solution}. Columns: ${worked(cols, size[1])}$."
    near = ((rows.n, cols.n), (rows.k, cols.k), (rows.n - rows.k, cols.n - cols.k))
    return Draft(
        text, size, of_both_axes(rows, cols), hints_for(rows), solution, explore(rows, cols), "rows × columns",
        note=CS231N if rows.rest or cols.rest else "", near=near,
    )


def lectures_map() -> Draft:
    """The lecture's question: (a) 3×3 (b) 5×5 (c) 7×7."""
    draft = both_axes(Axis(7, 5), Axis(7, 5))
    assert draft
    return draft._replace(choices=((3, 3), (5, 5), (7, 7)))


def map_size(dice: Dice, level: int) -> Draft | None:
    """Draw an input and a kernel of one map."""
    if level == 1:
        n, k = dice.between(4, 12), dice.between(2, 5)
        return both_axes(Axis(n, k), Axis(n, k))
    k, s, p = dice.between(2, 5), 1 if level == 2 else dice.between(1, 3), 0 if level == 2 else dice.between(0, 2)
    rows, cols = dice.between(5, 12), dice.between(5, 12)
    if rows == cols or 2 * p >= 2 * k:
        return None
    return both_axes(Axis(rows, k, s, p), Axis(cols, k if level == 2 else dice.between(2, 5), s, p))


def axis_size(dice: Dice, level: int) -> Draft | None:
    """Draw one axis whose division is exact: with padding, then with a stride."""
    k = dice.between(2, 7)
    axis = Axis(dice.between(5, 20), k, dice.between(2, 4) if level == 3 else 1, dice.between(level > 1, k // 2))
    return None if axis.rest or (level == 1 and axis.p) else one_axis(axis)


def floor(dice: Dice, level: int) -> Draft | None:
    """Draw one axis whose division leaves something over."""
    k = dice.between(2, 5)
    p = dice.between(1, k // 2) if level > 1 else 0
    axis = Axis(dice.between(6, 20), k, dice.between(2, 4), p, dice.between(2, 3) if level == 3 else 1)
    return one_axis(axis) if axis.rest else None


def dilation(dice: Dice, level: int) -> Draft | None:
    """Draw one axis with a dilated kernel."""
    p = dice.between(1, 3) if level > 1 else 0
    axis = Axis(dice.between(7, 20), dice.between(2, 4), dice.between(2, 3) if level == 3 else 1, p, dice.between(2, 4))
    return None if axis.rest else one_axis(axis)


KINDS = {
    "size": Kind(
        "Feature map size", "Height and width of the feature map that a kernel makes.", map_size,
        lecture=(lectures_map,),
    ),
    "axis": Kind("Padding and stride", "The output's size along one axis, with padding and stride.", axis_size),
    "floor": Kind("When the division is not exact", "What a stride makes of a size that it does not divide.", floor),
    "dilation": Kind("Dilation", "The output's size under a kernel with holes.", dilation),
}
