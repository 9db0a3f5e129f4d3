"""Questions about receptive fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from conv import receptive_field
from conv.quiz.dice import Dice
from conv.quiz.draft import Draft, Kind
from conv.quiz.links import link
from conv.quiz.question import Diagnosis
from conv.quiz.sizes import GAPS

LARGEST_FIELD = 60
HINT = "What does a unit see of the layer below, and how far apart do those units look on the input?"


class Row(NamedTuple):
    """A layer of a stack, as the receptive field's page spells it."""

    kind: str
    k: int
    s: int = 1
    d: int = 1

    @property
    def words(self) -> str:
        """Describe the layer."""
        name = {"conv": "convolution", "max": "max pooling", "avg": "average pooling"}[self.kind]
        more = [f"stride {self.s}"] * (self.s > 1) + [f"dilation {self.d}"] * (self.d > 1)
        return f"{name} {self.k}×{self.k}{''.join(f', {each}' for each in more)}"

    @property
    def spelled(self) -> str:
        """Write the layer for the link."""
        return "_".join(map(str, (self.kind, self.k, self.s, 0, *([self.d] if self.kind != "avg" else []))))


def lectures_two() -> Draft:
    """The lecture's question: 3, 5, 6 or 7?"""
    text = (
        r"Assume that $X \in \mathbb{R}^{7 \times 7}$, $W^1 \in \mathbb{R}^{3 \times 3}$ and "
        r"$W^2 \in \mathbb{R}^{3 \times 3}$. How wide is the receptive field of a hidden unit in the second "
        "convolutional layer?"
    )
    draft = _of_stack((Row("conv", 3), Row("conv", 3)))
    assert draft
    return draft._replace(text=text, choices=(3, 5, 6, 7))


def lectures_dense() -> Draft:
    """The lecture's question about a network of one fully connected layer."""
    return _of_dense(7)


def receptive(dice: Dice, level: int) -> Draft | None:
    """Draw a few convolutions, then some with poolings between, then up to five layers with strides or dilated."""
    if level == 1:
        if not dice.below(8):
            return _of_dense(dice.between(4, 32))
        return _of_stack([Row("conv", dice.pick((2, 3, 3, 5, 7))) for _ in range(dice.between(2, 3))])
    rows = [_convolution(dice, level) for _ in range(dice.between(2, 3))]
    for place in range(len(rows) - 1, 0, -1):
        if dice.below(3) or (level == 2 and place == 1):
            rows.insert(place, Row(dice.pick(("max", "avg")), dice.between(2, 3), 2))
    if level == 3 and not any(row.kind == "conv" and (row.s > 1 or row.d > 1) for row in rows):
        return None
    return _of_stack(rows[: level + 2])


def _convolution(dice: Dice, level: int) -> Row:
    k = dice.pick((2, 3, 3, 5))
    if level == 2:
        return Row("conv", k)
    d = dice.pick((1, 1, 2, 3)) if k <= 3 else 1
    return Row("conv", k, dice.pick((1, 1, 2)) if d == 1 else 1, d)


def _of_stack(rows: Sequence[Row]) -> Draft | None:
    fields = receptive_field.chain(
        [receptive_field.Layer(row.kind, row.k, row.s, dilation=row.d) for row in rows]
    )
    right = int(fields[-1].size[0])
    if right > LARGEST_FIELD:
        return None
    layers = "\n".join(f"{place}. {row.words}" for place, row in enumerate(rows, 1))
    dilated = any(row.d > 1 for row in rows)
    text = (
        f"Layers follow on one another{', as in PyTorch' if dilated else ''}:\n\n{layers}\n\n"
        "How wide is the receptive field of a unit in the last one?"
    )
    sizes, jumps = [1], [1]
    for field in fields:
        sizes.append(int(field.size[0]))
        jumps.append(field.jump[0])
    solution = "; ".join(
        rf"layer {place}: ${sizes[place - 1]} + ({_extent(row)} - 1) \cdot {jumps[place - 1]} = {sizes[place]}$"
        for place, row in enumerate(rows, 1)
    )
    side = max(right, 7)
    page = link("receptive_field", {"h": side, "w": side, "layers": "~".join(row.spelled for row in rows)})
    near = (right + 1, right - 1, right + rows[-1].k, right - rows[0].k + 1)
    return Draft(
        text, right, _wrong_fields(rows), (HINT, "Begin with 1, and follow the layers from the input up."),
        f"Starting from 1, {solution}", page, "pixels", note=GAPS if dilated else "", near=near,
    )


def _extent(row: Row) -> str:
    return f"{row.k}" if row.d == 1 else f"({row.d} \\cdot ({row.k} - 1) + 1)"


def _wrong_fields(rows: Sequence[Row]) -> tuple[Diagnosis, ...]:
    """Grow the field by wrong rules."""
    pooled, strided = any(row.kind != "conv" for row in rows), any(row.s > 1 for row in rows)
    convolutions = [row for row in rows if row.kind == "conv"]
    found = [
        _wrong("M8", "added up the kernels, whose neighbours overlap", rows, lambda row: row.k, start=0, jumps="none"),
        Diagnosis("M8", rows[-1].k, "That is how much a unit sees of the layer just below, not of the input."),
    ]
    if strided:
        found.append(_wrong("M8", "left out how far apart the units look", rows, _reach, jumps="none"))
        found.append(_wrong("M8", "counted each layer's own stride for itself", rows, _reach, jumps="own"))
    if pooled:
        found.append(_wrong("M8", "let the poolings not grow the field", rows, _reach_of_convolutions))
        found.append(_wrong("M8", "left the poolings out", convolutions, _reach))
    if any(row.d > 1 for row in rows):
        found.append(_wrong("M11", "left the dilation out", rows, lambda row: row.k - 1))
        gaps = "took the dilation for the number of gaps"
        found.append(_wrong("M11", gaps, rows, lambda row: (row.d + (row.d > 1)) * (row.k - 1)))
        if strided:
            both = "left out the dilation, and how far apart the units look"
            found.append(_wrong("M8+M11", both, rows, lambda row: row.k - 1, jumps="none"))
    right = _grown(rows, _reach)[0]
    return tuple(diagnosis for diagnosis in found if diagnosis.value != right)


def _reach(row: Row) -> int:
    return row.d * (row.k - 1)


def _reach_of_convolutions(row: Row) -> int:
    return _reach(row) if row.kind == "conv" else 0


def _grown(
    rows: Sequence[Row], reach: Callable[[Row], int], start: int = 1, jumps: str = "right"
) -> tuple[int, str]:
    """Add up what the layers add by a rule, and write the sum."""
    size, jump, terms = start, 1, [str(start)] if start else []
    for row in rows:
        factor = {"right": jump, "none": 1, "own": jump * row.s}[jumps]
        if added := reach(row) * factor:
            size += added
            terms.append(f"{reach(row)}·{factor}" if factor > 1 else f"{added}")
        jump *= row.s
    return size, " + ".join(terms)


def _wrong(
    code: str, said: str, rows: Sequence[Row], reach: Callable[[Row], int], start: int = 1, jumps: str = "right"
) -> Diagnosis:
    size, terms = _grown(rows, reach, start, jumps)
    return Diagnosis(code, size, f"You {said}: {terms} = {size}.")


def _of_dense(n: int) -> Draft:
    """Ask what a unit sees that is connected to everything."""
    size = receptive_field.chain([receptive_field.Layer("dense")], n)[-1].size
    text = (
        rf"A network of one fully connected layer reads $X \in \mathbb{{R}}^{{{n} \times {n}}}$. What is the receptive "
        "field of a hidden unit?"
    )
    found = (Diagnosis("M6", (1, 1), "A hidden unit is connected to more than one input."),)
    hints = ("Which inputs is the unit connected to?",)
    solution = f"Fully connected means that every unit sees every input: ${n} \\times {n}$"
    page = link("receptive_field", {"h": n, "w": n, "layers": "dense"})
    near = ((3, 3), (n - 1, n - 1), (n + 2, n + 2), (2 * n, 2 * n))
    return Draft(text, (int(size[0]), int(size[1])), found, hints, solution, page, "rows × columns", near=near)


KINDS = {
    "receptive": Kind(
        "Receptive field", "What a unit sees of the input, through several layers.", receptive,
        lecture=(lectures_two, lectures_dense),
    ),
}
