"""Questions about whole networks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from conv.blueprint import Conv2d, Flatten, Layer, Linear, MaxPool2d, Shape
from conv.blueprint_text import write
from conv.quiz.answers import spell
from conv.quiz.counting import grouped, number_of
from conv.quiz.dice import Dice
from conv.quiz.draft import Draft, Kind
from conv.quiz.links import link
from conv.quiz.question import Diagnosis
from conv.quiz.slips import Axis, Reading

T = TypeVar("T")
UNSAID = "Where nothing is said, the stride is 1, and there is no padding."


def shapes_through(layers: Sequence[Layer], shape: Shape) -> list[Shape]:
    """Ask the core for the shape after each layer, the input's first."""
    found = [shape]
    for layer in layers:
        found.append(layer.output_shape(found[-1]))
    return found


def described(layers: Sequence[Layer], shape: Shape) -> str:
    """List the layers that an input goes through, one a line."""
    lines = "\n".join(f"{place}. {_words(layer)}" for place, layer in enumerate(layers, 1))
    return f"An input of {spell(shape)} (maps × rows × columns) goes through:\n\n{lines}\n\n{UNSAID} "


def page_of(layers: Sequence[Layer], shape: Shape) -> str:
    """Link to the network as one's own."""
    return link("architectures", {"net": "own", "layers": write(shape, tuple(layers))})


def _words(layer: Layer) -> str:
    if isinstance(layer, Linear):
        return f"dense layer of {layer.out_features} units"
    if isinstance(layer, Flatten):
        return "all of it as one row"
    axis = _axis(layer, 0)
    more = [f"stride {axis.s}"] * (axis.s != 1) + [f"padding {axis.p}"] * (axis.p > 0)
    name = f"convolution to {number_of(layer.out_channels, 'map')}," if isinstance(layer, Conv2d) else "max pooling"
    return f"{name} {axis.k}×{axis.k}{''.join(f', {each}' for each in more)}"


def _axis(layer: Layer, n: int) -> Axis:
    """Give a layer's numbers along the rows."""
    assert isinstance(layer, Conv2d | MaxPool2d)
    k, s, p = (value[0] for value in (layer.kernel_size, layer.stride, layer.padding))  # type: ignore[index]
    return Axis(n, k, s, p)  # type: ignore[arg-type]


# ---- the shape after a network ---------------------------------------------------------------


def network_shape(dice: Dice, level: int) -> Draft | None:
    """Draw a convolution and a pooling, then two of each, then with padding and strides."""
    n = {1: dice.between(8, 16), 2: dice.between(16, 32), 3: dice.between(16, 32)}[level]
    shape = (dice.pick((1, 3)), n, n if level < 3 else dice.between(16, 32))
    layers: list[Layer] = []
    for _ in range(1 if level == 1 else 2):
        k = dice.pick((3, 5))
        s, p = (dice.between(1, 2), dice.between(0, k // 2)) if level == 3 else (1, 0)
        layers += [Conv2d(dice.pick((4, 6, 8, 12, 16)), k, s, p), MaxPool2d(2 if level < 3 else dice.between(2, 3), 2)]
    if level == 3:
        layers = layers[: dice.between(3, 4)]
    shapes = [shape]
    for layer in layers:
        axis = _axis(layer, min(shapes[-1][1:]))
        if axis.k > axis.n:
            return None
        shapes.append(layer.output_shape(shapes[-1]))  # type: ignore[arg-type]
    right = shapes[-1]
    if min(right[1:]) < 2:
        return None
    text = f"{described(layers, shape)}What shape comes out in PyTorch?"
    solution = " → ".join(map(spell, shapes))
    hints = (
        "Follow the shape from layer to layer, and write each one down.",
        "A convolution decides how many maps there are; a pooling leaves them as they are.",
    )
    maps, sizes = _wrong_maps(layers, shape, right[0]), _wrong_sizes(layers, shape, right[1:])
    if not maps or not sizes:
        return None
    found = [
        *(Diagnosis(code, (right[0], *size), said) for code, size, said in sizes),
        *(Diagnosis("M4", (number, *right[1:]), said) for number, said in maps),
        *(
            Diagnosis(f"M4+{code}" if code in ("M13", "M16") else f"{code}+M4", (number, *size), f"{first} {second}")
            for code, size, first in sizes for number, second in maps
        ),
    ]
    # Right and wrong maps with right and wrong sizes: no number stands in more of the choices than another.
    number, _ = _from_either_side(dice, maps, lambda wrong: wrong[0] > right[0])
    _, size, _ = _from_either_side(dice, sizes, lambda wrong: math.prod(wrong[1]) > math.prod(right[1:]))
    choices = [right, (number, *right[1:]), (right[0], *size), (number, *size)]
    return Draft(
        text, right, tuple(found), hints, solution, page_of(layers, shape), "maps × rows × columns",
        choices=tuple(dice.shuffled(choices)),
    )


def _from_either_side(dice: Dice, wrong: Sequence[T], is_larger: Callable[[T], bool]) -> T:
    """Draw what is wrong, as often too large as too small where there is both."""
    sides = [[each for each in wrong if is_larger(each) is larger] for larger in (True, False)]
    return dice.pick(dice.pick([side for side in sides if side]))


def _wrong_sizes(layers: Sequence[Layer], shape: Shape, right: Shape) -> list[tuple[str, Shape, str]]:
    """Give the rows and columns that mistakes make: code, size and what is said."""
    found: list[tuple[str, Shape, str]] = []
    for code, phrase, reading in (
        ("M1", "forgot the + 1 of the sizes", Reading(start=0)),
        ("M2", "counted the padding once", Reading(sides=1)),
        ("M3", "rounded up", Reading(turned=True)),
        ("M16", "let the windows hang over the end", Reading(extent="none")),
    ):
        size = _misread(layers, shape[1], reading), _misread(layers, shape[2], reading)
        if min(size) > 0 and size != right:
            found.append((code, size, f"You {phrase}, in one layer or more."))
    if right[0] != right[1]:
        found.append(("M13", right[::-1], "You swapped rows and columns."))
    return found


def _wrong_maps(layers: Sequence[Layer], shape: Shape, right: int) -> list[tuple[int, str]]:
    """Give the numbers of maps that mistakes make, and what is said."""
    made = [layer.out_channels for layer in layers if isinstance(layer, Conv2d)]
    wrong = {
        math.prod((shape[0], *made)): "You multiplied the maps: each output map adds up what all input maps give.",
        shape[0]: "You kept the input's maps: each convolution makes as many as it has filters.",
        shape[0] + made[-1]: "You added the input's maps: a convolution makes as many as it has filters.",
        sum(made): "You added up the maps: each convolution makes its own out of those before it.",
    }
    return [(number, said) for number, said in wrong.items() if number != right]


def _misread(layers: Sequence[Layer], n: int, reading: Reading) -> int:
    """Follow one axis through the layers by a wrong rule; below 1 if it comes to nothing."""
    for layer in layers:
        n = reading.of(_axis(layer, n))[0] if n > 0 else 0
    return n


# ---- what a network learns -------------------------------------------------------------------


def network_parameters(dice: Dice, level: int) -> Draft | None:
    """Draw a convolution and a pooling, then two convolutions, then a dense layer on top."""
    n = dice.between(8, 14)
    shape = (dice.pick((1, 2, 3)), n, n)
    layers: list[Layer] = [Conv2d(dice.between(2, 6), dice.between(2, 3)), MaxPool2d(2)]
    if level == 2:
        layers.append(Conv2d(dice.between(2, 6), 2))
    if level == 3:
        layers += [Flatten(), Linear(dice.between(2, 10))]
    shapes = shapes_through(layers, shape)
    if level == 3 and shapes[1][1] % 2:
        return None  # rounding up, as Caffe does, would give the dense layer more to read
    costs = [layer.counts(each) for layer, each in zip(layers, shapes[:-1], strict=True)]
    right = sum(each.parameters for each in costs)
    text = f"{described(layers, shape)}How many parameters are there, biases included?"
    learning = [
        (layer, each, cost) for layer, each, cost in zip(layers, shapes[:-1], costs, strict=True) if cost.parameters
    ]
    terms = " + ".join(_term(layer, each) for layer, each, _ in learning)
    solution = f"${terms} = {grouped(right)}$; the pooling learns nothing"
    weights, biases = sum(each.weights for each in costs), sum(each.biases for each in costs)
    maps, pooled = shapes[2][0], 2 * 2
    nothing = "it has nothing to learn"
    connections = sum(each.connections for each in costs)
    found = [
        Diagnosis("M7", right + maps * pooled, f"You gave the pooling {pooled} weights for each map: {nothing}."),
        Diagnosis("M7", right + maps * pooled + maps, f"You gave the pooling weights and biases: {nothing}."),
        Diagnosis("M7", right + pooled, f"You gave the pooling a kernel of its own: {nothing}."),
        Diagnosis("M5", weights, "You left the biases out."),
        Diagnosis("M5+M7", weights + maps * pooled, "You left the biases out; the pooling has no weights either."),
        Diagnosis("M6", connections, "You counted the connections: a weight is shared by all places."),
    ]
    flat = sum(
        cost.weights // each[0] if isinstance(layer, Conv2d) else cost.weights for layer, each, cost in learning
    )
    if flat != weights:
        text_4 = "You left the input maps out: each kernel is as deep as what it reads."
        found.append(Diagnosis("M4", flat + biases, text_4))
    hints = ("Which layers learn something? Add up weights and biases of each.",)
    near = (right + maps, right - maps, right + biases, right * 2)
    return Draft(
        text, right, tuple(found), hints, solution, page_of(layers, shape), "parameters", near=near,
    )


def _term(layer: Layer, shape: Shape) -> str:
    """Write what a layer learns as a product."""
    if isinstance(layer, Linear):
        return rf"{layer.out_features} \cdot ({shape[0]} + 1)"
    assert isinstance(layer, Conv2d)
    k = _axis(layer, 0).k
    return rf"{layer.out_channels} \cdot ({shape[0]} \cdot {k} \cdot {k} + 1)"


KINDS = {
    "network_shape": Kind("Shape after a network", "How maps, rows and columns change on their way.", network_shape),
    "network_parameters": Kind("Parameters of a network", "What a small network learns.", network_parameters),
}
