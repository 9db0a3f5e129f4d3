"""Networks to take apart: which one is shown, with which input and which rounding, and one's own as text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from conv.architectures import NAMES, Architecture, Layers, blueprint
from conv.blueprint import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    Pool,
    ReLU,
    Residual,
    Shape,
    Summary,
    Tanh,
    summary,
    with_ceil_mode,
)
from conv.blueprint_text import MOST, MOST_CHARACTERS, parse, write
from conv.errors import ConvError
from ui.architectures_words import spell
from ui.controls import Item, action, lines, menu, number, select, toggle
from ui.settings import Page, Setting, choice, flag, text, whole

OWN = "own"
TITLES = {name: blueprint(name).title for name in NAMES} | {OWN: "Your own"}
COSTS = {
    "parameters": "Parameters",
    "multiply_adds": "Multiply-adds",
    "connections": "Connections",
    "connections_with_biases": "Connections, biases counted",
    "activation_bytes": "Memory of the activations",
}
"""What the bars may show."""

SIDES = {"c": "channels", "h": "rows", "w": "cols"}  # of the input, in the link and in the core
SIDE_LABELS = {"c": "Input channels", "h": "Input height", "w": "Input width"}
FAMOUS_SIDES = (224, 227)  # what AlexNet's paper says, and what its sizes need
AS_IT_IS = dict.fromkeys(SIDES, 0)  # the input that the network itself names
LARGEST_FILE = 100_000  # bytes


def _side(name: str, most: int) -> Setting:
    """A size of the input; 0 where it is the network's own."""
    size = whole(name, 0, 0, most)

    def read(text: str) -> int:
        found = size.read(text)
        if float(text) < 0:
            raise ValueError(f"from 1 to {most}; left out, it is the network's own")
        return found

    return Setting(name, 0, read)


SETTINGS = (
    choice("net", "lenet5_1998", TITLES, "one of the networks under Start from in the sidebar"),
    *(_side(name, MOST[side]) for name, side in SIDES.items()),
    flag("ceil"),
    choice("top", "parameters", COSTS),
    choice("bottom", "multiply_adds", COSTS),
    text("layers", MOST_CHARACTERS),
)

START = write(blueprint("lenet5").input_shape, blueprint("lenet5").layers)  # of one's own, until there is more


counted = lru_cache(maxsize=256)(summary)  # most changes of a setting leave a network to be counted as it was


@dataclass(frozen=True)
class Shown:
    """The network that is drawn: always a valid one.

    Attributes
    ----------
    network : Architecture
        As it stands in the paper or in one's text.
    layers, now
        What is drawn, with the rounding and the input that were asked for.
    before : Summary
        The network with its own rounding and input.
    text_error : str
        What is wrong with one's text; the last valid one is drawn.
    """

    network: Architecture
    layers: Layers
    before: Summary
    now: Summary
    text_error: str = ""


def settle(page: Page) -> Shown:
    """Find the network to draw; what cannot be drawn as it was asked for is mended and noted."""
    arrived = page.recall("settled") != page.arrivals
    page.remember("settled", page.arrivals)
    network, text_error = _own(page, arrived) if page["net"] == OWN else (blueprint(page["net"]), "")
    before = counted(network.layers, network.input_shape)
    asked = _asked(page, network.input_shape)
    layers, now, note = _drawable(network, with_ceil_mode(network.layers) if page["ceil"] else network.layers, asked)
    if note:
        page.notes.append(note)
        page.update(ceil=page["ceil"] and layers != network.layers)
    page.update(**_spelled(now.input_shape, network.input_shape))
    return Shown(network, layers, before, now, text_error)


def _own(page: Page, arrived: bool) -> tuple[Architecture, str]:
    """Read one's own network; if it does not read, the last that did, and why."""
    if arrived and not page["layers"]:
        page.update(layers=START)
    wrong = str(page.recall("refused", ""))
    for written in (page["layers"], page.recall("drawn", START)):
        try:
            input_shape, layers = parse(written)
            counted(layers, input_shape)
        except ConvError as error:
            wrong = wrong or str(error)
            continue
        page.remember("drawn", written)
        break
    return Architecture(OWN, "Your own network", input_shape, layers, "", "", ""), wrong


def _asked(page: Page, own: Shape) -> Shape:
    """Give the input asked for: what is left out is as the network has it."""
    if len(own) == 1:
        return own
    return tuple(page[name] or size for name, size in zip(SIDES, own, strict=True))


def _spelled(asked: Shape, own: Shape) -> dict[str, int]:
    """Spell an input as settings: 0 where it is the network's own."""
    if len(own) == 1:
        return AS_IT_IS
    return {name: 0 if size == usual else size for name, size, usual in zip(SIDES, asked, own, strict=True)}


def _drawable(network: Architecture, layers: Layers, asked: Shape) -> tuple[Layers, Summary, str]:
    """Count for the input asked for, or for the nearest that goes through, and say why."""
    try:
        return layers, counted(layers, asked), ""
    except ConvError as error:
        wrong = str(error)
    own = network.input_shape
    for shape in (_grown(layers, asked), _grown(layers, (own[0], *asked[1:])), own):
        try:
            return layers, counted(layers, shape), f"{wrong} Drawn for an input of {spell(shape)}."
        except ConvError:
            continue
    return network.layers, counted(network.layers, own), f"{wrong} Drawn for an input of {spell(own)}, rounded down."


def _grown(layers: Layers, shape: Shape) -> Shape:
    """Let rows and columns grow until they go through, each by itself; as far as there is, if they never do."""
    return (shape[0], *(_grown_side(layers, shape, axis) for axis in range(1, len(shape))))


def _grown_side(layers: Layers, shape: Shape, axis: int) -> int:
    """Find the least size of one axis, at least what it is, that goes through while the other is as large as can be."""
    most = MOST["rows"]

    def goes_through(size: int) -> bool:
        try:
            counted(layers, (shape[0], *(size if i == axis else most for i in range(1, len(shape)))))
        except ConvError:
            return False
        return True

    sizes = range(shape[axis], most)
    return shape[axis] + bisect_left(sizes, True, key=goes_through)


# ---- controls ------------------------------------------------------------------------------


def items(page: Page, shown: Shown) -> list[Item]:
    """Describe the controls."""
    own = page["net"] == OWN
    text_of_own = [
        lines(page, "layers", "Layers, one a line (or JSON)", rows=14, error=shown.text_error),
        menu("add", "Add a layer", {name: title for name, (title, _) in additions(shown.now.output_shape).items()}),
    ]
    has_earlier = page.recall("earlier", page["layers"]) != page["layers"]
    rounds = any(isinstance(layer, Pool) for layer in _flat(shown.network.layers))
    return [
        select(page, "net", "Start from", TITLES),
        *(text_of_own if own else [action("edit", "Edit a copy of this network")]),
        *([action("back", "Bring my earlier text back")] if own and has_earlier else []),
        *_input(page, shown),
        *([toggle(page, "ceil", "Round poolings up (ceil_mode)")] if rounds else []),
        select(page, "top", "Upper bars", COSTS),
        select(page, "bottom", "Lower bars", COSTS),
    ]


def _input(page: Page, shown: Shown) -> list[Item]:
    """Give the input's sizes, and one press for the two that AlexNet's paper is known for."""
    own = shown.network.input_shape
    if len(own) == 1:
        return []
    found = [
        number(page, name, SIDE_LABELS[name], 1, MOST[SIDES[name]], 1) | {"value": size}
        for name, size in zip(SIDES, shown.now.input_shape, strict=True)
    ]
    if shown.now.input_shape != own:
        return [*found, action("reset", f"Back to {spell(own)}")]
    if own[1:] in {(side, side) for side in FAMOUS_SIDES}:
        side = _other_side(own)
        return [*found, action("flip", f"Try {side} × {side}")]
    return found


def _other_side(shape: Shape) -> int:
    return FAMOUS_SIDES[0] if shape[1] == FAMOUS_SIDES[1] else FAMOUS_SIDES[1]


def _flat(layers: Iterable[Layer]) -> Iterable[Layer]:
    for layer in layers:
        yield layer
        for branch in layer.branches.values():
            yield from branch


def take(page: Page) -> None:
    """Take what a person has changed, with what follows from it."""
    page.remember("refused", "")
    for name, value in page.take("controls"):
        if name == "net":
            page.update(**AS_IT_IS)
            if value == OWN and not page["layers"]:
                page.update(layers=START)
        elif name == "layers" and page["layers"] != value:
            page.remember("refused", f"The text must have at most {MOST_CHARACTERS} characters.")
        elif name == "edit" and page["net"] != OWN:
            network = blueprint(page["net"])
            copy = write(network.input_shape, network.layers)
            _replace(page, copy)
            page.remember("copy", copy)
        elif name == "back" and page.recall("earlier"):
            _replace(page, page.recall("earlier"))
            page.update(**AS_IT_IS)
        elif name == "reset":
            page.update(**AS_IT_IS)
        elif name == "flip" and page["net"] != OWN:
            side = _other_side(blueprint(page["net"]).input_shape)
            page.update(h=side, w=side)
        elif name == "add":
            _add(page, str(value))


def _replace(page: Page, written: str) -> None:
    """Put a text in place of one's own, which stays at hand unless it is a copy that nobody has changed."""
    if page["layers"] not in ("", written, page.recall("copy", START)):
        page.remember("earlier", page["layers"])
    page.update(net=OWN, layers=written)


def _add(page: Page, wanted: str) -> None:
    """Append a layer to one's text."""
    shape, layers = parse(page.recall("drawn", START))
    title_and_layers = additions(counted(layers, shape).output_shape).get(wanted)
    if title_and_layers:
        written = write(shape, layers) if page["layers"].lstrip().startswith("[") else page["layers"]  # JSON is closed
        added = write((1,), title_and_layers[1]).partition("\n")[2]  # without the line of the input
        page.update(layers=f"{written.rstrip()}\n{added}")


def additions(shape: Shape) -> dict[str, tuple[str, Layers]]:
    """Give the layers that can follow an output of this shape, with numbers to start from."""
    anywhere: dict[str, tuple[str, Layers]] = {
        "relu": ("ReLU", (ReLU(),)),
        "tanh": ("Tanh", (Tanh(),)),
        "dropout": ("Dropout", (Dropout(),)),
    }
    if len(shape) == 1:
        return {"dense": ("Dense layer", (Linear(10),)), **anywhere}
    maps = shape[0]
    block = Residual((
        Conv2d(maps, 3, padding=1, bias=False), BatchNorm2d(), ReLU(),
        Conv2d(maps, 3, padding=1, bias=False), BatchNorm2d(),
    ))
    return {
        "conv": ("Convolution", (Conv2d(max(16, maps), 3, padding=1),)),
        "max": ("Max pooling", (MaxPool2d(2),)),
        "avg": ("Average pooling", (AvgPool2d(2),)),
        "residual": ("Residual block", (block, ReLU())),
        "batchnorm": ("Batch normalisation", (BatchNorm2d(),)),
        **anywhere,
        "dense": ("Dense layer", (Flatten(), Linear(10))),
    }


def read_file(content: bytes) -> str:
    """Read a file with a network, as lines or JSON; JSON becomes lines.

    Raises
    ------
    ConvError
        ``The file must have at most 100000 bytes. Received: bytes=200000.``
        ``The file must be text in UTF-8. Received: …`` and what `conv.blueprint_text.parse` refuses.
    """
    if len(content) > LARGEST_FILE:
        rule = f"The file must have at most {LARGEST_FILE} bytes."
        raise ConvError.broken(rule, bytes=len(content))
    try:
        written = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ConvError("The file must be text in UTF-8.") from None
    input_shape, layers = parse(written)
    counted(layers, input_shape)
    return write(input_shape, layers) if written.lstrip().startswith("[") else written
