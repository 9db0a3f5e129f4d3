"""Questions about the size of an output."""

from __future__ import annotations

from collections.abc import Sequence

from conv.geometry import Word, output_size, pads, transposed_output_size
from conv.quiz.dice import Dice
from conv.quiz.draft import Draft, Kind
from conv.quiz.links import explore
from conv.quiz.question import Diagnosis
from conv.quiz.slips import Axis, of_both_axes, of_one_axis, of_same, of_transposed

HINT_START = "How many steps can the window take from its first place? The first place counts too."
HINT_PADDING = "Padding is added on both sides."
HINT_DILATION = "How many pixels does the dilated kernel extend over, from its first weight to its last?"
ROUNDING = (
    "Where the division is not exact, libraries and courses part: PyTorch and Keras round a convolution down, "
    "CS231n calls such a configuration invalid."
)
GAPS = "A dilation of 1 means no gaps in PyTorch and Keras; where gaps are counted, as in some texts, it is 0."


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


def where(*axes: Axis) -> str:
    """Name whose answer is asked for where not all would give the same."""
    return " in PyTorch" if any(axis.rest or axis.d > 1 for axis in axes) else ""


def where_others_differ(*axes: Axis) -> str:
    """Say what others would answer."""
    rounding = [ROUNDING] if any(axis.rest for axis in axes) else []
    return " ".join([*rounding, *([GAPS] if any(axis.d > 1 for axis in axes) else [])])


def settings_in_words(axis: Axis, *more: str) -> str:
    """Name what is not as plain as can be, and any more: ``padding $P = 1$ and stride $S = 2$``."""
    parts = [
        f"{name} ${letter} = {value}$"
        for name, letter, value, plain in (
            ("padding", "P", axis.p, 0), ("stride", "S", axis.s, 1), ("dilation", "D", axis.d, 1)
        )
        if value != plain
    ]
    return listed([*parts, *more])


def listed(parts: Sequence[str]) -> str:
    """Join parts of a sentence: ``one, two and three``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def hints_for(axis: Axis) -> tuple[str, ...]:
    """Point at what goes wrong most easily."""
    dilated = (HINT_DILATION,) if axis.d > 1 else ()
    padded = (HINT_PADDING,) if axis.p else ()
    return (*dilated, *padded, HINT_START)


def one_axis(axis: Axis) -> Draft | None:
    """Ask for the size along one axis."""
    if not axis.fits or (size := right_size(axis)) < 2:
        return None
    rule = settings_in_words(axis)
    text = (
        f"An input is $N = {axis.n}$ pixels wide, the kernel $K = {axis.k}${f', with {rule}' if rule else ''}. "
        f"How wide is the feature map{where(axis)}?"
    )
    return Draft(
        text, size, of_one_axis(axis), hints_for(axis), f"${worked(axis, size)}$", explore(axis, axis), "columns",
        note=where_others_differ(axis), near=(axis.n, axis.n - axis.k, axis.k),
    )


def both_axes(rows: Axis, cols: Axis) -> Draft | None:
    """Ask for height and width."""
    if not (rows.fits and cols.fits) or min(size := (right_size(rows), right_size(cols))) < 2:
        return None
    rule = settings_in_words(rows)
    text = (
        rf"If $X \in \mathbb{{R}}^{{{rows.n} \times {cols.n}}}$ and $W \in \mathbb{{R}}^{{{rows.k} \times {cols.k}}}$"
        f"{f', with {rule}' if rule else ''}, what will be the feature map's size{where(rows, cols)}?"
    )
    solution = f"${worked(rows, size[0])}$"
    if rows != cols:
        solution = f"Rows: {solution}; columns: ${worked(cols, size[1])}$"
    solution += rf". The feature map is ${size[0]} \times {size[1]}$"
    near = ((rows.n, cols.n), (rows.k, cols.k), (rows.n - rows.k, cols.n - cols.k))
    return Draft(
        text, size, of_both_axes(rows, cols), hints_for(rows), solution, explore(rows, cols), "rows × columns",
        note=where_others_differ(rows, cols), near=near,
    )


def lectures_map() -> Draft:
    """The lecture's question: (a) 3×3 (b) 5×5 (c) 7×7."""
    draft = both_axes(Axis(7, 5), Axis(7, 5))
    assert draft
    return draft._replace(choices=((3, 3), (5, 5), (7, 7)))


def map_size(dice: Dice, level: int) -> Draft | None:
    """Draw an input and a kernel of one map."""
    if level == 1:
        n, k = dice.between(4, 16), dice.between(2, 5)
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
    k = dice.between(2, 7 if level == 2 else 5)
    p = dice.between(1, k // 2) if level > 1 else 0
    axis = Axis(dice.between(6, 24), k, dice.between(2, 4), p, dice.between(2, 3) if level == 3 else 1)
    return one_axis(axis) if axis.rest else None


def dilation(dice: Dice, level: int) -> Draft | None:
    """Draw one axis with a dilated kernel."""
    p = dice.between(1, 3) if level > 1 else 0
    axis = Axis(dice.between(7, 20), dice.between(2, 4), dice.between(2, 3) if level == 3 else 1, p, dice.between(2, 4))
    return None if axis.rest else one_axis(axis)


def pooling(dice: Dice, level: int) -> Draft | None:
    """Draw windows side by side, then overlapping ones, then rounding up."""
    k = dice.between(2, 4)
    s = k if level == 1 else dice.between(2, 3)
    axis = Axis(dice.between(6, 28), k, s, dice.between(0, k // 2) if level > 1 else 0, 1, level == 3)
    op, name = dice.pick((("max", "max pooling"), ("avg", "average pooling")))
    if (level > 1) != bool(axis.rest) or (level == 2 and s >= k) or not axis.fits or (size := right_size(axis)) < 2:
        return None
    rounding = " with `ceil_mode=True`" if axis.ceil else ""
    text = (
        f"An input is $N = {axis.n}$ pixels wide, the windows of {name} $K = {k}$, with "
        f"{settings_in_words(axis)}. How wide is the output{where(axis)}{rounding}?"
    )
    note = "PyTorch rounds poolings down unless `ceil_mode=True`; Caffe rounds them up." if axis.rest else ""
    return Draft(
        text, size, of_one_axis(axis), hints_for(axis), f"${worked(axis, size)}$", explore(axis, axis, op),
        "columns", note=note, near=(axis.n // s + 1, axis.n - k + 1, axis.n // 2),
    )


def named_padding(dice: Dice, level: int) -> Draft | None:
    """Draw a padding that has a name: at stride 1, with a stride, and where the odd column goes."""
    if level == 1:
        return _named(dice.between(5, 14), dice.pick((3, 5, 7)), dice.pick(("same", "full")))
    if level == 2:
        return _strided_same(Axis(dice.between(5, 20), dice.between(2, 5), dice.between(2, 4)))
    return _odd_column(Axis(dice.between(5, 16), dice.between(2, 6), dice.between(1, 3)))


def _named(n: int, k: int, word: Word) -> Draft:
    size = output_size(n, k, padding=word)
    axis = Axis(n, k, 1, pads(word, n, k)[1][0])
    meaning = {
        "same": f"Same padding adds $P = (K - 1)/2 = {axis.p}$ on each side: ",
        "full": f"Full padding adds $P = K - 1 = {axis.p}$ on each side: ",
    }[word]
    hint = {
        "same": "Same padding adds as much as it takes for the kernel to stand on every pixel.",
        "full": "With full padding, even an overlap of a single pixel counts.",
    }[word]
    text = f'An input is $N = {n}$ pixels wide, the kernel $K = {k}$, with "{word}" padding. How wide is the output?'
    return Draft(
        text, size, of_one_axis(axis), (hint, HINT_START), f"{meaning}${worked(axis, size)}$",
        explore(axis._replace(p=0), axis._replace(p=0), pad=word), "columns", near=(n - k + 1, n, n + k - 1),
    )


def _strided_same(axis: Axis) -> Draft:
    n, k, s = axis[:3]
    size = output_size(n, k, stride=s, padding="same")
    text = (
        f'An input is $N = {n}$ pixels wide, the kernel $K = {k}$, the stride $S = {s}$, and the padding is "same" as '
        "in TensorFlow and Keras. How wide is the feature map?"
    )
    return Draft(
        text, size, of_same(axis), ("With same padding, the kernel's size does not matter: the stride alone does.",),
        rf"$\lceil N / S \rceil = \lceil {n}/{s} \rceil = {size}$", explore(axis, axis, pad="same"), "columns",
        note="PyTorch refuses `padding='same'` with a stride.", near=(n // s + 2, (n - k) // s + 1),
    )


def _odd_column(axis: Axis) -> Draft | None:
    n, k, s = axis[:3]
    left, right = pads("same", n, k, stride=s)[1]
    if left == right:
        return None
    stride = f", the stride $S = {s}$" if s > 1 else ""
    text = (
        f'An input is $N = {n}$ pixels wide, the kernel $K = {k}${stride}, and the padding is "same" as in TensorFlow '
        "and Keras. How many columns of zeros are added on the right?"
    )
    total = left + right
    found = [
        Diagnosis("M9", left, "An odd column is added, and not on the left: the two sides are not alike."),
        Diagnosis("M9", total, "That is how many are added on both sides together."),
    ]
    if s > 1 and k - 1 not in (total, right):
        found.append(Diagnosis("M9", k - 1, "You left the stride out: fewer windows need less padding."))
    size = output_size(n, k, stride=s, padding="same")
    solution = (
        rf"$\lceil {n}/{s} \rceil = {size}$ windows reach over $({size} - 1) \cdot {s} + {k} = {n + total}$ pixels, "
        f"{total} more than there are. Half of them, rounded up, go to the right: ${right}$"
    )
    hints = ("How many pixels do all the windows together reach over?", "An odd column goes to the right.")
    link = explore(axis, axis, pad="same")
    note = "ONNX knows it the other way round, too: SAME_LOWER puts an odd column on the left."
    return Draft(text, right, tuple(found), hints, solution, link, "columns", note=note, near=(right + 1, right + 2, k))


def transposed(dice: Dice, level: int) -> Draft | None:
    """Draw a transposed convolution: plain, with padding, with output padding and dilation."""
    k, s = dice.between(2, 5), dice.between(1 if level == 1 else 2, 3)
    p, d = dice.between(1, 2) if level > 1 else 0, dice.between(1, 2) if level == 3 else 1
    axis = Axis(dice.between(2, 9), k, s, p, d)
    extra = dice.between(1, s - 1) if level == 3 else 0
    n = axis.n
    if p > d * (k - 1) or (n - 1) * s + d * (k - 1) + extra < 2 * p + 1:
        return None
    size = transposed_output_size(n, k, stride=s, padding=p, output_padding=extra, dilation=d)
    rule = settings_in_words(axis, *([f"output padding ${extra}$"] if extra else []))
    text = (
        f"The input of a transposed convolution is $N = {n}$ pixels wide, the kernel $K = {k}$"
        f"{f', with {rule}' if rule else ''}. How wide is the output{where(axis._replace(s=1))}?"
    )
    less, more = f" - 2 \\cdot {p}" if p else "", f" + {extra}" if extra else ""
    times = rf"{d} \cdot " if d > 1 else ""
    solution = rf"$({n} - 1) \cdot {s}{less} + {times}({k} - 1){more} + 1 = {size}$"
    hints = (
        "Each pixel lays a whole kernel over the output, a stride from its neighbour's. Where does the last one end?",
        *(("The padding is cut away, on both sides.",) if p else ()),
    )
    link = explore(axis, axis, "transposed", oh=extra, ow=extra)
    near = (n * s + k, n * s + 1)
    return Draft(
        text, size, of_transposed(axis, extra), hints, solution, link, "columns", note=GAPS if d > 1 else "", near=near
    )


KINDS = {
    "size": Kind(
        "Feature map size", "Height and width of the feature map that a kernel makes.", map_size,
        lecture=(lectures_map,),
    ),
    "axis": Kind("Padding and stride", "The output's size along one axis, with padding and stride.", axis_size),
    "floor": Kind("When the division is not exact", "What a stride makes of a size that it does not divide.", floor),
    "dilation": Kind("Dilation", "The output's size under a kernel with holes.", dilation),
    "pooling": Kind("Pooling", "The size that a pooling leaves, rounded down or up.", pooling),
    "named_padding": Kind("Same and full", "What the paddings add that have a name.", named_padding),
    "transposed": Kind("Transposed convolution", "The size that a transposed convolution makes.", transposed),
}
