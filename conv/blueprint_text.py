"""Networks as text, one layer a line, and as JSON.

A network as text, whose lines begin with what the layer is::

    input 1x28x28           # channels, rows and columns; or features: input 784
    C1: conv 6 5x5 padding 2   # 6 maps; a name before the colon is optional
    relu
    max 2                   # stride left out: the kernel's size
    flatten
    dense 10

What follows the positional numbers comes in any order: ``stride 2``, ``padding 1``, ``padding same``, ``dilation 2``,
``groups 2``, ``nobias`` and ``ceil``. Sizes are ``3``, ``3x5`` (rows by columns) or, of paddings, ``0,1x0,1`` (top,
bottom by left, right). A residual block is ``residual``, its main branch, ``shortcut`` and that branch if it has
layers, and ``end``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from conv.blueprint import (
    RBF,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    LocalResponseNorm,
    LPPool2d,
    MaxPool2d,
    ReLU,
    Residual,
    ScaledTanh,
    Shape,
    Sigmoid,
    Softmax,
    Subsampling,
    Tanh,
)
from conv.errors import ConvError
from conv.geometry import pads

MOST_CHARACTERS = 20_000
MOST_LAYERS = 200
MOST: dict[str, int] = {
    "channels": 8192, "rows": 1024, "cols": 1024, "features": 1_000_000, "out_channels": 8192, "groups": 8192,
    "kernel_size": 64, "stride": 64, "padding": 32, "dilation": 16, "output_size": 64, "out_features": 100_000,
    "size": 64, "table": 8192,
}
"""The greatest numbers that text may ask for, so that none takes long to follow."""

PAIR = "whole numbers, such as 3 or 3x5"
WHAT = {
    "kernel_size": PAIR, "stride": PAIR, "dilation": PAIR, "output_size": PAIR,
    "padding": "same, valid, or whole numbers, such as 1, 1x2 or 0,1x0,1", "table": "whole numbers, such as 0+1,1+2",
}
"""How an argument is said to be written where it is no single whole number."""

LONGEST_QUOTED = 40  # characters of what was received

LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,19}")


class Kind(NamedTuple):
    """How a layer is written: its word, the numbers after it, then options and flags in any order."""

    layer: type[Layer]
    given: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    flags: Mapping[str, tuple[str, bool]] = {}


NO_BIAS = {"nobias": ("bias", False)}
CEIL = {"ceil": ("ceil_mode", True)}
KINDS: dict[str, Kind] = {
    "conv": Kind(
        Conv2d, ("out_channels", "kernel_size"), ("stride", "padding", "dilation", "groups", "table"), NO_BIAS
    ),
    "max": Kind(MaxPool2d, ("kernel_size",), ("stride", "padding", "dilation"), CEIL),
    "avg": Kind(AvgPool2d, ("kernel_size",), ("stride", "padding"), CEIL),
    "lp": Kind(LPPool2d, ("norm_type", "kernel_size"), ("stride",), CEIL),
    "subsample": Kind(Subsampling, ("kernel_size",), ("stride",), CEIL),
    "adaptive": Kind(AdaptiveAvgPool2d, ("output_size",)),
    "flatten": Kind(Flatten),
    "dense": Kind(Linear, ("out_features",), (), NO_BIAS),
    "rbf": Kind(RBF, ("out_features",)),
    "relu": Kind(ReLU),
    "tanh": Kind(Tanh),
    "scaledtanh": Kind(ScaledTanh),
    "sigmoid": Kind(Sigmoid),
    "softmax": Kind(Softmax),
    "dropout": Kind(Dropout, ("p",)),
    "batchnorm": Kind(BatchNorm2d),
    "lrn": Kind(LocalResponseNorm, ("size",)),
}
"""The layers by the word that stands for them."""

WORDS = {kind.layer: word for word, kind in KINDS.items()}


# ---- reading ---------------------------------------------------------------------------------


def parse(text: str) -> tuple[Shape, tuple[Layer, ...]]:
    """Read a network, as lines or, if it begins with a bracket or a brace, as JSON.

    JSON is a list of objects, the first ``{"kind": "input", "shape": [1, 28, 28]}`` and the others with the words of
    `KINDS` as ``kind`` and their layers' arguments by name: ``{"kind": "conv", "out_channels": 6, "kernel_size": 5}``.
    A residual block has lists of such objects as ``main`` and ``shortcut``.

    Returns
    -------
    input_shape, layers
        As for `conv.blueprint.summary`, which is not asked here: the shapes may not fit.

    Raises
    ------
    ConvError
        Each with the line, or the place in JSON's list, counted from 1:
        ``Line 3: Layer must be one of input, residual, shortcut, end, conv, max, …. Received: word='covn'.``
        ``Line 3: After conv come out_channels, kernel_size. Received: words=['6'].``
        ``Line 3: Conv takes stride, padding, dilation, groups, table, nobias. Received: word='strid'.``
        ``Line 3: Stride must be at most 64. Received: stride=900.``
        ``Line 1: The input must come first, once, such as input 3x224x224. Received: word='conv'.``
        ``Item 2: Conv has no such argument. Received: argument='strid', value=2.``
        ``Line 2, column 5: This is not JSON: Expecting value. Received: text='{"kind": conv},'.``
        ``JSON must be a list of the input and the layers. Received: text='{"kind": "relu"}'.``
        ``The text must have at most 20000 characters. Received: characters=30000.``
        and what the layers themselves refuse.

    Examples
    --------
    >>> shape, layers = parse("input 1x28x28\\nconv 6 5x5 padding 2\\nmax 2  # halves the map")
    >>> shape, [type(layer).__name__ for layer in layers], layers[0].padding
    ((1, 28, 28), ['Conv2d', 'MaxPool2d'], (2, 2))
    """
    if len(text) > MOST_CHARACTERS:
        rule = f"The text must have at most {MOST_CHARACTERS} characters."
        raise _broken(rule, characters=len(text))
    return _parse_json(text) if text.lstrip().startswith(("[", "{")) else _parse_lines(text)


def _parse_lines(text: str) -> tuple[Shape, tuple[Layer, ...]]:
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#")[0].split()
        if words:
            with _at(f"Line {number}"):
                reader.read(words)
    return reader.network()


class _Reader:
    """The network as far as it has been read."""

    def __init__(self) -> None:
        self.shape: Shape | None = None
        self.layers: list[Layer] = []
        self.branches: list[list[Layer]] = []  # of the residual block that is open
        self.block_label = ""
        self.count = 0

    def read(self, words: list[str]) -> None:
        """Take one line."""
        label = words.pop(0)[:-1] if words[0].endswith(":") else ""
        word, *rest = [word.lower() for word in words] or [""]
        if (word == "input") != (self.shape is None):
            rule = "The input must come first, once, such as input 3x224x224."
            raise _broken(rule, word=word)
        if word == "input":
            self.shape = _shape(rest)
        elif word in ("residual", "shortcut", "end"):
            self.bracket(word, label, rest)
        else:
            target = self.branches[-1] if self.branches else self.layers
            target.append(_layer_of(word, label, rest))
            self.count = _one_more(self.count)

    def bracket(self, word: str, label: str, rest: list[str]) -> None:
        """Open or close a residual block, or begin its shortcut."""
        depth = {"residual": (0,), "shortcut": (1,), "end": (1, 2)}[word]
        if rest or len(self.branches) not in depth:
            rule = "A block is residual, its layers, shortcut and its layers if any, end, and holds no other block."
            raise _broken(rule, word=" ".join([word, *rest]))
        if word == "end":
            self.layers.append(Residual(*map(tuple, self.branches), label=_label(self.block_label)))
            self.branches = []
            self.count = _one_more(self.count)
            return
        self.branches.append([])
        if word == "residual":
            self.block_label = label

    def network(self) -> tuple[Shape, tuple[Layer, ...]]:
        """Give what was read."""
        if self.shape is None:
            raise _broken("The input must come first, once, such as input 3x224x224.", word="")
        if self.branches:
            raise _broken("A residual block must end with a line end.", branches=len(self.branches))
        return self.shape, tuple(self.layers)


def _parse_json(text: str) -> tuple[Shape, tuple[Layer, ...]]:
    try:
        items = json.loads(text)
    except json.JSONDecodeError as error:
        with _at(f"Line {error.lineno}, column {error.colno}"):
            rule = f"This is not JSON: {error.msg}."
            raise _broken(rule, text=text.split("\n")[error.lineno - 1].strip()) from error
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in brackets in brackets
        raise ConvError("This JSON is not a network.") from None
    if not isinstance(items, list):
        raise _broken("JSON must be a list of the input and the layers.", text=text.strip())
    return _network_of(items)


def _network_of(items: list[Any]) -> tuple[Shape, tuple[Layer, ...]]:
    """Read JSON's list: the input and the layers."""
    first = items[0] if items else None
    with _at("Item 1"):
        if not isinstance(first, dict) or first.get("kind") != "input" or not isinstance(first.get("shape"), list):
            rule = 'The input must come first, such as {"kind": "input", "shape": [3, 224, 224]}.'
            raise _broken(rule, item=first)
        shape = _held_shape(first["shape"], first["shape"])
    layers, count = [], 0
    for place, item in enumerate(items[1:], start=2):
        with _at(f"Item {place}"):
            layers.append(_layer_from(item))
            inner = layers[-1].branches.values()
            for _ in range(1 + sum(map(len, inner))):
                count = _one_more(count)
    return shape, tuple(layers)


def _layer_from(item: object) -> Layer:
    """Read one object of JSON."""
    if not isinstance(item, dict):
        raise _broken("A layer must be an object with a kind.", item=item)
    arguments = dict(item)
    word, label = arguments.pop("kind", None), arguments.pop("label", "")
    if word == "residual":
        branches = [arguments.pop(name, []) for name in ("main", "shortcut")]
        if arguments or not all(isinstance(branch, list) for branch in branches):
            raise _broken("A residual block has main and shortcut, each a list.", item=item)
        main, shortcut = (tuple(_layer_from(inner) for inner in branch) for branch in branches)
        return Residual(main, shortcut, label=_label(label))
    kind = _kind(word)
    for name, value in arguments.items():
        if name not in _names(kind):
            raise _broken(f"{str(word).capitalize()} has no such argument.", argument=name, value=value)
    missing = [name for name in kind.given if name not in arguments]
    if missing:
        raise _broken(f"{str(word).capitalize()} needs {', '.join(kind.given)}.", missing=missing[0])
    return _made(kind, label, arguments)


def _names(kind: Kind) -> list[str]:
    """Arguments that are written, in their order."""
    return [*kind.given, *kind.options, *(name for name, _ in kind.flags.values())]


def _layer_of(word: str, label: str, rest: list[str]) -> Layer:
    """Read a layer from the words after its own."""
    kind = _kind(word)
    given, more = rest[: len(kind.given)], rest[len(kind.given) :]
    if len(given) < len(kind.given):
        raise _broken(f"After {word} come {', '.join(kind.given)}.", words=given)
    arguments = {name: _value(name, text) for name, text in zip(kind.given, given, strict=True)}
    words = iter(more)
    for option in words:
        name, value = kind.flags.get(option, (option, None))
        if value is None and name not in kind.options:
            takes = ", ".join([*kind.options, *kind.flags]) or "nothing more"
            raise _broken(f"{word.capitalize()} takes {takes}.", word=option)
        if name in arguments:
            raise _broken("An option must be given once.", word=option)
        arguments[name] = _value(name, next(words, "")) if value is None else value
    return _made(kind, label, arguments)


def _kind(word: object) -> Kind:
    if not isinstance(word, str) or word not in KINDS:
        words = ", ".join(["input", "residual", "shortcut", "end", *KINDS])
        raise _broken(f"Layer must be one of {words}.", word=word)
    return KINDS[word]


def _made(kind: Kind, label: object, arguments: dict[str, Any]) -> Layer:
    """Make a layer of arguments that are held to the limits."""
    for name, value in arguments.items():
        _hold(name, value)
    return kind.layer(**arguments, label=_label(label))


def _label(label: object) -> str:
    if not isinstance(label, str) or (label and not LABEL.fullmatch(label)):
        rule = "A name must begin with a letter and have at most 20 letters, digits, dots, dashes and underscores."
        raise _broken(rule, label=label)
    return label


def _one_more(count: int) -> int:
    if count == MOST_LAYERS:
        raise _broken(f"A network must have at most {MOST_LAYERS} layers.", layers=count + 1)
    return count + 1


def _shape(words: list[str]) -> Shape:
    """Read the input's shape."""
    sizes = [_number(text) for text in words[0].split("x")] if len(words) == 1 else []
    return _held_shape(sizes, " ".join(words))


def _held_shape(sizes: Sequence[object], received: object) -> Shape:
    names = {3: ("channels", "rows", "cols"), 1: ("features",)}.get(len(sizes), ())
    if not names or not all(_is_whole(size) and size >= 1 for size in sizes):  # type: ignore[operator]
        rule = "Input must be channels, rows and columns, such as 3x224x224, or features, all at least 1."
        raise _broken(rule, input=received)
    for name, size in zip(names, sizes, strict=True):
        _hold(name, size)
    return tuple(int(size) for size in sizes)  # type: ignore[call-overload]


def _value(name: str, text: str) -> Any:
    """Read one argument; what cannot be read is left as it is, for `_hold` or the layer to refuse."""
    if name in ("p", "norm_type"):
        try:
            return float(text)
        except ValueError:
            return text
    if name == "table":
        return [[_number(channel) for channel in row.split("+")] for row in text.split(",")]
    parts = [[_number(side) for side in part.split(",")] for part in text.split("x")]
    if len(parts) == 1 and len(parts[0]) == 1:
        return parts[0][0]
    return parts if any(len(part) > 1 for part in parts) else [part[0] for part in parts]


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch("-?[0-9]{1,4000}", text) else text  # Python reads no more digits than 4300


def _hold(name: str, value: object) -> None:
    """Refuse what is no argument of this name, or more than `MOST`."""
    label = name.replace("_", " ").capitalize()
    if name in ("bias", "ceil_mode"):
        if not isinstance(value, bool):
            raise _broken(f"{label} must be true or false.", **{name: value})
    elif name in ("p", "norm_type"):
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _broken(f"{label} must be a number.", **{name: value})
    elif name != "padding" or value not in ("same", "valid"):
        numbers = list(_leaves(value))
        readable = name != "table" or (isinstance(value, list) and all(isinstance(row, list) for row in value))
        if not numbers or not readable or not all(map(_is_whole, numbers)):
            raise _broken(f"{label} must be {WHAT.get(name, 'a whole number')}.", **{name: value})
        if max(numbers) > MOST[name]:
            raise _broken(f"{label} must be at most {MOST[name]}.", **{name: value})


def _leaves(value: object) -> Iterator[Any]:
    """Give what is in a list, and in lists in it; no argument is nested deeper."""
    for item in value if isinstance(value, list) else [value]:
        yield from item if isinstance(item, list) else [item]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _broken(rule: str, **received: object) -> ConvError:
    """Build the two-part message, with what was received shortened to what can be read."""
    return ConvError.broken(rule, **{name: _shortened(value) for name, value in received.items()})


def _shortened(value: object) -> object:
    written = value if isinstance(value, str) else repr(value)
    return value if len(written) <= LONGEST_QUOTED else f"{written[:LONGEST_QUOTED]}…"


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Say where an error is."""
    try:
        yield
    except ConvError as error:
        raise ConvError(f"{place}: {error}") from error


# ---- writing ---------------------------------------------------------------------------------


def write(input_shape: Shape, layers: Iterable[Layer]) -> str:
    """Write a network as lines, which `parse` reads back.

    Padding "valid" and "full" are written in numbers.

    Examples
    --------
    >>> block = Residual([Conv2d(8, 3, padding=1, bias=False), BatchNorm2d()])
    >>> print(write((8, 14, 14), [block, MaxPool2d(3, 2, ceil_mode=True)]), end="")
    input 8x14x14
    residual
      conv 8 3x3 padding 1 nobias
      batchnorm
    end
    max 3 stride 2 ceil
    """
    lines = ["input " + "x".join(map(str, input_shape))]
    for layer in layers:
        if isinstance(layer, Residual):
            lines += [_labelled(layer, "residual"), *("  " + line(inner) for inner in layer.main)]
            if layer.shortcut:
                lines += ["shortcut", *("  " + line(inner) for inner in layer.shortcut)]
            lines.append("end")
        else:
            lines.append(line(layer))
    return "\n".join(lines) + "\n"


def line(layer: Layer) -> str:
    """Write one layer as a line.

    >>> line(Conv2d(6, 5, padding=2, label="C1"))
    'C1: conv 6 5x5 padding 2'
    """
    word = WORDS[type(layer)]
    kind, changed = KINDS[word], _changed(layer)
    parts = [word]
    for place, name in enumerate(kind.given):
        parts.append(_text(name, getattr(layer, name), short=place == 0))
    parts += [f"{name} {_text(name, changed[name])}" for name in kind.options if name in changed]
    parts += [flag for flag, (name, _) in kind.flags.items() if name in changed]
    return _labelled(layer, " ".join(parts))


def to_json(input_shape: Shape, layers: Iterable[Layer]) -> str:
    """Write a network as JSON, one layer a line, which `parse` reads back.

    >>> print(to_json((1, 28, 28), [Conv2d(6, 5), ReLU()]), end="")
    [
    {"kind": "input", "shape": [1, 28, 28]},
    {"kind": "conv", "out_channels": 6, "kernel_size": [5, 5]},
    {"kind": "relu"}
    ]
    """
    items = [{"kind": "input", "shape": list(input_shape)}, *map(_item, layers)]
    return "[\n" + ",\n".join(map(json.dumps, items)) + "\n]\n"


def _item(layer: Layer) -> dict[str, object]:
    """Write a layer as an object of JSON."""
    label = {"label": layer.label} if layer.label else {}
    if isinstance(layer, Residual):
        branches = {name: [_item(inner) for inner in branch] for name, branch in layer.branches.items() if branch}
        return {"kind": "residual", **label, **branches}
    word = WORDS[type(layer)]
    given = {name: getattr(layer, name) for name in KINDS[word].given}
    return {"kind": word, **label, **given, **_changed(layer)}


def _changed(layer: Layer) -> dict[str, Any]:
    """Options and flags that are not what they would be if left out."""
    kind = KINDS[WORDS[type(layer)]]
    plain = kind.layer(**{name: getattr(layer, name) for name in kind.given})
    values = {name: getattr(layer, name) for name in _names(kind)}
    if values.get("padding") in ("valid", "full"):  # words that no size of an input changes
        sides = pads(values["padding"], 1, values["kernel_size"], dilation=values.get("dilation", 1))
        values["padding"] = sides[0][0], sides[1][0]
    return {name: value for name, value in values.items() if value != getattr(plain, name)}


def _labelled(layer: Layer, text: str) -> str:
    return f"{layer.label}: {text}" if layer.label else text


def _text(name: str, value: Any, *, short: bool = True) -> str:
    """Write one argument: ``3x5``, and ``3`` for a pair of equals unless ``short`` is off, ``0,1x0,1``, ``0+1,1+2``."""
    if not isinstance(value, tuple):
        return str(value)
    if name == "table":
        return ",".join("+".join(map(str, row)) for row in value)
    if isinstance(value[0], tuple):
        return "x".join(f"{before},{after}" for before, after in value)
    return str(value[0]) if short and value[0] == value[1] else f"{value[0]}x{value[1]}"
