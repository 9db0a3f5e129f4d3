"""Questions that compare: pictures of configurations, and what libraries and courses make of the same numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from conv.geometry import conventions
from conv.quiz.answers import spell
from conv.quiz.dice import Dice
from conv.quiz.draft import Draft, Kind
from conv.quiz.inverse import sets_near
from conv.quiz.links import explore, link
from conv.quiz.question import Diagnosis, Picture
from conv.quiz.sizes import hints_for, settings_in_words
from conv.quiz.slips import Axis, of_one_axis

LETTERS = "ABCD"

# ---- which picture ---------------------------------------------------------------------------

Settings = dict[str, Any]


def which_picture(dice: Dice, level: int) -> Draft | None:
    """Draw a configuration, two mistakes about it, and both together: no setting is in more pictures than another."""
    n, k = dice.between(5, 7), dice.between(2, 3)
    s, p = dice.between(1, 2), dice.between(0, 1)
    d = dice.between(1, 2) if level > 1 else 1
    kw = dice.between(2, 4) if level == 3 else k
    right = _settings((n, n), (k, kw), s, p, d)
    one, other = sorted(dice.shuffled(_mistakes(right))[:2], key=lambda mistake: int(mistake.code[1:]))
    if one.changes.keys() & other.changes.keys() or (s, p, d) == (1, 0, 1):
        return None
    both = Mistake(f"{one.code}+{other.code}", f"{one.text} {other.text}", one.changes | other.changes)
    order = dice.shuffled([Mistake("", "", {}), one, other, both])
    pictures = tuple(Picture(letter, None, right | each.changes) for letter, each in zip(LETTERS, order, strict=True))
    if not all(_fits(picture.settings) for picture in pictures):
        return None
    lettered = list(zip(LETTERS, order, strict=True))
    answer = next(letter for letter, each in lettered if not each.code)
    found = tuple(Diagnosis(each.code, letter, each.text) for letter, each in lettered if each.code)
    rule = settings_in_words(Axis(n, k, s, p, d))
    text = rf"Which picture shows a kernel of ${k} \times {kw}$ on an input of ${n} \times {n}$, with {rule}?"
    solution = f"Picture {answer}: the kernel has {k} rows and {kw} columns, with {rule}"
    hints = ("Find the padding around the input first, then the kernel's cells, then how far it moves.",)
    return Draft(
        text, answer, found, hints, solution, link("explore", right), "picture", pictures, choices=tuple(LETTERS)
    )


class Mistake(NamedTuple):
    """What a picture has in place of what is asked for."""

    code: str
    text: str
    changes: Settings


def _settings(n: tuple[int, int], k: tuple[int, int], s: int, p: int, d: int) -> Settings:
    pairs = (("h", "w", *n), ("kh", "kw", *k), ("sh", "sw", s, s), ("ph", "pw", p, p), ("dh", "dw", d, d))
    found: Settings = {"op": "conv"}
    for rows, cols, height, width in pairs:
        found |= {rows: height, cols: width}
    return found


def _fits(settings: Mapping[str, Any]) -> bool:
    """Say whether the window has a second place along each axis: a stride that it never takes is not to be seen."""
    for axis in ("h", "w"):
        n, k, s, p, d = (settings[f"{name}{axis}"] if name else settings[axis] for name in ("", "k", "s", "p", "d"))
        if settings["op"] == "transposed":
            if (n - 1) * s + d * (k - 1) < 2 * p:
                return False
        elif not (d * (k - 1) < n and d * (k - 1) + s < n + 2 * p):
            return False
    return True


def _mistakes(right: Settings) -> list[Mistake]:
    """List what the configuration is taken for, and why."""
    s, p, d = right["sh"], right["ph"], right["dh"]
    smaller = {"op": "transposed", "h": right["h"] - 3, "w": right["w"] - 3}
    found = [
        Mistake("M11", "Its dilation is not the one that is asked for.", {"dh": 3 - d, "dw": 3 - d}),
        Mistake("M15", "It does not move by the stride that is asked for.", {"sh": 3 - s, "sw": 3 - s}),
        Mistake("M12", "It shows a transposed convolution.", smaller),
    ]
    if p:
        found.append(Mistake("M2", "It has twice the padding: P is added on each side.", {"ph": 2 * p, "pw": 2 * p}))
    else:
        found.append(Mistake("M2", "It has a padding that is not asked for.", {"ph": 1, "pw": 1}))
    if right["kh"] != right["kw"]:
        swapped = {"kh": right["kw"], "kw": right["kh"]}
        found.append(Mistake("M13", "Its kernel has rows and columns swapped.", swapped))
    return found


# ---- frameworks ------------------------------------------------------------------------------


def frameworks(dice: Dice, level: int) -> Draft | None:
    """Draw a layer of Keras or PyTorch, then a pooling of Caffe or PyTorch, then what CS231n allows."""
    k = dice.between(2, 5)
    if level == 3:
        return _exact_strides(Axis(dice.between(7, 16), k, 1, dice.between(0, k // 2)))
    axis = Axis(dice.between(7, 20), k, dice.between(2, 3))
    if not axis.fits or not axis.rest:
        return None
    n, k, s = axis[:3]
    down, up, same, valid, _ = (convention.answer for convention in conventions(n, k, stride=s))
    if level == 2:
        return _pooling(axis._replace(ceil=dice.below(2) == 0), _known(down), _known(up))
    padding = dice.pick(("same", "valid"))
    right, other = map(_known, (same, valid) if padding == "same" else (valid, same))
    text = (
        f'`Conv2D(1, {k}, strides={s}, padding="{padding}")` of Keras reads an image that is {n} pixels wide. How wide '
        "is the feature map?"
    )
    meant = {
        "same": "You left the padding out, which is \"valid\".",
        "valid": "You padded as \"same\" does; \"valid\" never pads.",
    }[padding]
    found = [Diagnosis("M9", other, meant)]
    if padding == "same":
        found.append(Diagnosis("M9", n, "Same padding keeps the size at stride 1 alone."))
        if n % s:
            found.append(Diagnosis("M3", n // s, f"You rounded down: ⌊{n}/{s}⌋ = {n // s}."))
        solution, hints = rf"$\lceil {n}/{s} \rceil = {right}$", ("With same padding, the stride alone decides.",)
    else:
        found += [each for each in of_one_axis(axis) if each.value != right]
        solution = rf"$\lfloor ({n} - {k})/{s} \rfloor + 1 = {right}$"
        hints = ("Valid means that every window lies within the image.",)
    page = explore(axis, axis, pad=padding)
    note = "PyTorch refuses `padding='same'` with a stride." if padding == "same" else ""
    near = (n - k + 1, n // s + 2)
    return Draft(text, right, tuple(found), hints, solution, page, "columns", note=note, near=near)


def _known(answer: object) -> int:
    """Give a convention's answer, which it does not refuse here."""
    assert isinstance(answer, int)
    return answer


def _pooling(axis: Axis, down: int, up: int) -> Draft | None:
    n, k, s = axis[:3]
    if down == up:
        return None
    library, right = ("Caffe", up) if axis.ceil else ("PyTorch", down)
    text = (
        f"A max pooling of {library} with windows of {k}×{k} and stride {s}, all else left as it is, reads a map that "
        f"is {n} pixels wide. How wide is its output?"
    )
    left, end = ("⌈", "⌉") if axis.ceil else ("⌊", "⌋")
    direction = "up" if axis.ceil else "down"
    solution = f"{library} rounds poolings {direction}: {left}({n} − {k})/{s}{end} + 1 = {right}"
    found = tuple(each for each in of_one_axis(axis) if each.value != right)
    return Draft(
        text, right, found, (f"Which way does {library} round?", *hints_for(axis)), solution,
        explore(axis, axis, "max"), "columns", note="PyTorch rounds poolings down, Caffe up.",
        near=(n // s + 1, n - k + 1, n // s + 2),
    )


def _exact_strides(axis: Axis) -> Draft | None:
    n, k, _, p = axis[:4]
    if not axis.fits or n - k < 3:
        return None
    strides = range(1, 7)
    right = frozenset(s for s in strides if conventions(n, k, stride=s, padding=p)[-1].answer is not None)
    padding = f" and padding {p}" if p else ""
    text = (
        f"An image is {n} pixels wide, the kernel {k}{padding}. Which strides from 1 to {strides[-1]} does the course "
        "CS231n call valid?"
    )
    room = n + 2 * p - k
    found = [
        Diagnosis("M3", frozenset(strides), "Libraries take them all and round; CS231n asks for an exact division."),
        Diagnosis("M1", _dividing(room + 1, strides), "The steps of the window must be whole, and the + 1 is no step."),
    ]
    if p:
        found.append(Diagnosis("M2", _dividing(room - p, strides), f"You counted the padding once: {n} + {p} − {k}."))
    added = rf" + 2 \cdot {p}" if p else ""
    solution = f"The window may move by ${n}{added} - {k} = {room}$ in all. Steps that go into it: {spell(right)}"
    hints = ("How far may the window move in all? A valid stride goes into it a whole number of times.",)
    chosen = axis._replace(s=max(right))
    note = "PyTorch, Keras and Caffe take the other strides, too, and round."
    return Draft(
        text, right, tuple(found), hints, solution, explore(chosen, chosen), "strides", note=note,
        near=sets_near(right, 1, strides[-1]),
    )


def _dividing(room: int, strides: Iterable[int]) -> frozenset[int]:
    return frozenset(s for s in strides if room % s == 0)


KINDS = {
    "which_picture": Kind(
        "Which picture?", "The picture that shows a configuration.", which_picture, typed=False
    ),
    "frameworks": Kind("Libraries and courses", "What each of them makes of the same numbers.", frameworks),
}
