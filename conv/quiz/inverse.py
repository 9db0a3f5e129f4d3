"""Questions that go backwards: from an output to what made it, and to what it left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from conv.geometry import output_size, uncovered
from conv.quiz.answers import spell
from conv.quiz.dice import Dice
from conv.quiz.draft import Draft, Kind
from conv.quiz.links import explore
from conv.quiz.question import Diagnosis, Value
from conv.quiz.sizes import listed, right_size, settings_in_words, where, where_others_differ, worked
from conv.quiz.slips import Axis, Reading, slips

LARGEST_STRIDE = 8
HINT_STEPS = "How many steps does the window take to make so many outputs, and how far may it go?"


def misread(
    axes: Sequence[Axis], size: int, letter: str, value: Callable[[Axis], int], as_set: bool
) -> tuple[Diagnosis, ...]:
    """Find, for each wrong reading of the formula, which of the axes it gives the wanted size."""
    found = []
    for code, phrase, changes in slips(tuple(axes)):
        reading = Reading(**changes)
        fitting = [axis for axis in axes if reading.of(axis)[0] == size]
        if not fitting or (len(fitting) > 1 and not as_set):
            continue
        formulas = "; ".join(f"{letter} = {value(axis)}: {reading.of(axis)[1]}" for axis in fitting)
        answer: Value = frozenset(map(value, fitting)) if as_set else value(fitting[0])
        found.append(Diagnosis(code, answer, f"You {phrase}. {formulas}."))
    return tuple(found)


def sets_near(right: Collection[int], least: int, most: int) -> tuple[Value, ...]:
    """Give sets that are not quite the right one: shifted by one, and with one more or one less."""
    first, last = min(right, default=least), max(right, default=least)
    found = [
        {number - 1 for number in right}, {number + 1 for number in right}, {*right, last + 1}, {*right, first - 1},
        {*right} - {first}, {*right} - {last}, {last}, {first},
    ]
    return tuple(frozenset(each) for each in found if each and least <= min(each) and max(each) <= most)


# ---- which padding ---------------------------------------------------------------------------


def lectures_seven() -> Draft:
    """The lecture's question: what can we do to get a feature map of 7×7?"""
    draft = _padding(Axis(7, 3, p=1))
    assert draft
    return draft


def which_padding(dice: Dice, level: int) -> Draft | None:
    """Draw a padding that keeps the size, then one that makes another, then under a dilated kernel."""
    if level == 1:
        k = dice.pick((3, 5, 7, 9))
        return _padding(Axis(dice.between(5, 20), k, p=(k - 1) // 2))
    k, d = dice.between(3, 6), 1 if level == 2 else dice.between(2, 3)
    return _padding(Axis(dice.between(6, 20), k, p=dice.between(1, 4), d=d))


def _padding(axis: Axis) -> Draft | None:
    if not axis.fits:
        return None
    n, k, _, p, d, _ = axis
    size = right_size(axis)
    rule = settings_in_words(axis._replace(p=0))
    text = (
        rf"If $X \in \mathbb{{R}}^{{{n} \times {n}}}$ and $W \in \mathbb{{R}}^{{{k} \times {k}}}$"
        f"{f', with {rule}' if rule else ''}, which padding $P$ on each side makes a feature map of "
        rf"${size} \times {size}${where(axis)}?"
    )
    axes = [axis._replace(p=padding) for padding in range(3 * p + 4)]
    found = misread(axes, size, "P", lambda each: each.p, False)
    found = tuple(diagnosis for diagnosis in found if diagnosis.code != "M2")
    both = Diagnosis("M2", 2 * p, "That is how much is added on both sides together.")
    extent = f"{k}" if d == 1 else f"({d}({k} - 1) + 1)"
    solution = (
        rf"Without padding, ${n} - {extent} + 1 = {size - 2 * p}$. {2 * p} more are wanted, half of them on each side: "
        f"$P = {p}$"
    )
    hints = ("How large is the feature map without any padding?", "Each side's padding makes it larger by P.")
    return Draft(
        text, p, (*found, both), hints, solution, explore(axis, axis), "pixels", note=where_others_differ(axis),
        near=(p + 1, p + 2, k),
    )


# ---- which stride, which kernel --------------------------------------------------------------


def which_stride(dice: Dice, level: int) -> Draft | None:
    """Draw an output's size that one stride makes, or that several do."""
    axis = Axis(dice.between(8, 20), dice.between(2, 5), 1, dice.between(1, 2) if level == 3 else 0)
    s = dice.between(2, 4) if level == 1 else dice.between(2, 6)
    size = right_size(axis._replace(s=s))
    axes = [axis._replace(s=stride) for stride in range(1, LARGEST_STRIDE + 1)]
    made = [each for each in axes if each.fits and right_size(each) == size]
    right = [each.s for each in made]
    if size < 2 or not axis.fits or (level == 1) != (len(right) == 1):
        return None
    found = misread(axes, size, "S", lambda each: each.s, level > 1)
    if not found:
        return None
    rule = settings_in_words(axis)
    asked = "Which stride makes" if level == 1 else f"Which strides from 1 to {LARGEST_STRIDE} make"
    text = (
        f"An input is $N = {axis.n}$ pixels wide, the kernel $K = {axis.k}${f', with {rule}' if rule else ''}. "
        f"{asked} an output that is {size} pixels wide{where(*made)}?{' Name all of them.' if level > 1 else ''}"
    )
    exact = [each.s for each in axes if each.s in right and not each.rest]
    if level > 1 and exact and exact != right:
        left_out = "You left out strides that do not divide what there is: the last, incomplete step is not taken."
        found = (*found, Diagnosis("M3", frozenset(exact), left_out))
    solution = "; ".join(f"$S = {stride}$: ${worked(axis._replace(s=stride), size)}$" for stride in right)
    link, note = explore(made[0], made[0]), where_others_differ(*made)
    if level == 1:
        near: tuple[Value, ...] = (size, right[0] + 1, right[0] + 2)
        return Draft(text, right[0], found, (HINT_STEPS,), solution, link, "pixels", note=note, near=near)
    near = sets_near(right, 1, LARGEST_STRIDE)
    return Draft(
        text, frozenset(right), found, (HINT_STEPS, "Where the division is not exact, it is rounded down."), solution,
        link, "strides", note=note, near=near,
    )


def which_kernel(dice: Dice, level: int) -> Draft | None:
    """Draw an output's size that one kernel makes; with padding, with a stride that leaves several."""
    n, s = dice.between(6, 20), dice.between(2, 3) if level == 3 else 1
    axis = Axis(n, dice.between(2, 7), s, dice.between(1, 2) if level > 1 else 0)
    if not axis.fits or axis.k + axis.s > n or (size := right_size(axis)) < 2:
        return None
    most = min(n, 11)
    axes = [axis._replace(k=k) for k in range(1, most + 1)]
    made = [each for each in axes if output_size(n, each.k, stride=s, padding=axis.p) == size]
    right = [each.k for each in made]
    if level == 3 and (right[0] == 1 or right[-1] == most):
        return None
    found = misread(axes, size, "K", lambda each: each.k, level == 3)
    rule = settings_in_words(axis)
    asked = f"Which kernels from 1 to {most} make" if level == 3 else "Which kernel makes"
    text = (
        f"An input is $N = {n}$ pixels wide{f', with {rule}' if rule else ''}. {asked} an output that is {size} pixels "
        f"wide{where(*made)}?{' Name all their sizes.' if level == 3 else ' Give its size K.'}"
    )
    solution = "; ".join(f"$K = {k}$: ${worked(axis._replace(k=k), size)}$" for k in right)
    hint = "The larger the kernel, the fewer places it has."
    link, note = explore(made[0], made[0]), where_others_differ(*made)
    if level < 3:
        return Draft(text, right[0], found, (hint,), solution, link, "pixels", near=(n - size, right[0] + 1, size))
    exact = [each.k for each in axes if each.k in right and not each.rest]
    left_out = "You left out kernels with which the division is not exact: the last, incomplete step is not taken."
    found = (*found, Diagnosis("M3", frozenset(exact), left_out))
    near = sets_near(right, 1, most)
    return Draft(text, frozenset(right), found, (hint,), solution, link, "sizes", note=note, near=near)


# ---- what is never read ----------------------------------------------------------------------


def unread(dice: Dice, level: int) -> Draft | None:
    """Draw a window that leaves columns out: at the end, then between windows, then with padding."""
    k = dice.between(2, 4)
    s = dice.between(2, k) if level == 1 else dice.between(k + 1, k + 2)
    axis = Axis(dice.between(6, 18), k, s, dice.between(1, k - 1) if level == 3 else 0)
    if not axis.fits or right_size(axis) < 2:
        return None
    right = _columns(axis)
    if (not right and dice.below(8)) or len(right) > 6:
        return None
    text = (
        f"In PyTorch, a kernel $K = {k}$ slides over an input of $N = {axis.n}$ columns, with "
        f"{settings_in_words(axis)}. Which columns of the input are read by no window? They count from 1."
    )
    windows = [(place * s - axis.p + 1, place * s - axis.p + k) for place in range(right_size(axis))]
    reached = listed([f"{spell(first)} to {last}" for first, last in windows])
    solution = f"The windows reach over columns {reached}. Read by none of them: {spell(right)}."
    hints = ("Write down the first and the last column of each window.",)
    near = (*sets_near(right, 1, axis.n), frozenset({axis.n}), frozenset(), frozenset({axis.n - 1, axis.n}))
    found = _wrong_columns(axis, right, windows[-1][1])
    # Counted rightly and wrongly, with the rest and without: no column stands in more of the choices than another.
    crossed = [each.value for each in found if each.code in ("M15", "M3", "M3+M15")][:3]
    gaps = windows[0][1] < windows[1][0] - 1 and windows[-1][1] < axis.n
    choices = tuple(dice.shuffled([right, *crossed])) if gaps else ()
    return Draft(text, right, found, hints, solution, explore(axis, axis), "column numbers", choices=choices, near=near)


def _wrong_columns(axis: Axis, right: frozenset[int], last_read: int) -> tuple[Diagnosis, ...]:
    found = []
    from_0 = "You counted the columns from 0."
    rest = frozenset(column for column in right if column > last_read)
    if right:
        found.append(Diagnosis("M15", _one_less(right), from_0))
    if rest:
        text = "The last window does not hang over the end: what is left over is not read."
        found.append(Diagnosis("M3", right - rest, text))
        found.append(Diagnosis("M3+M15", _one_less(right - rest), f"{from_0} {text}"))
    if rest != right:
        text = "There are gaps between the windows, too: they are farther apart than they are wide."
        found.append(Diagnosis("M15", rest, text))
    if axis.p:
        plain = axis._replace(p=0)
        found.append(Diagnosis("M2", _columns(plain, ((0, 0), (axis.p, 0))), "You padded the left side alone."))
        found.append(Diagnosis("M2", _columns(plain), "You left the padding out: it shifts the first window."))
    return tuple(found)


def _one_less(columns: frozenset[int]) -> frozenset[int]:
    return frozenset(column - 1 for column in columns)


def _columns(axis: Axis, padding: tuple[tuple[int, int], tuple[int, int]] | None = None) -> frozenset[int]:
    """Ask the core which columns are never read; they count from 1."""
    n, k, s, p = axis[:4]
    return frozenset(column + 1 for column in uncovered(n, k, stride=s, padding=padding or p)[1])


KINDS = {
    "which_padding": Kind(
        "Which padding?", "What to add so that the feature map has the size one wants.", which_padding,
        lecture=(lectures_seven,),
    ),
    "which_stride": Kind("Which stride?", "The strides that make an output of a given size.", which_stride),
    "which_kernel": Kind("Which kernel?", "The kernels that make an output of a given size.", which_kernel),
    "unread": Kind("What is never read", "The columns that no window looks at.", unread),
}
