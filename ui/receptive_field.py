"""The receptive field's page: its settings, their repair, and its controls."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conv.receptive_field import Field as Seen
from conv.receptive_field import Layer, Step, chain, steps
from ui import controls
from ui.controls import Item
from ui.presets import Preset
from ui.settings import Field, Page, RowKind, Rows, choice, flag, stack, whole

LARGEST_INPUT = 256
MOST_ADDED, MOST = 12, 24  # layers that can be added by hand; a link or a preset may bring more
VIEWS = {"tower": "Tower", "maps": "Maps", "coverage": "Coverage", "effective": "Effective field"}
AXES = {"cols": "Columns", "rows": "Rows"}
WEIGHTS = {"random": "Random, averaged over draws", "equal": "All equal"}
COUNTED = {"units": "Units that see it", "ways": "Ways up to these units"}
UNIT = ("layer", "row", "col")  # settings that say which one is looked at

_STRIDE, _PADDING = Field("Stride", 1, 1, 8), Field("Padding", 0, 0, 8)
_DILATION = Field("Dilation", 1, 1, 16)
KINDS = {
    "conv": RowKind("Convolution", (Field("Kernel", 3, 1, 15), _STRIDE, _PADDING, _DILATION)),
    "max": RowKind("Max pooling", (Field("Kernel", 2, 1, 15), Field("Stride", 2, 1, 8), _PADDING, _DILATION)),
    "avg": RowKind("Average pooling", (Field("Kernel", 2, 1, 15), Field("Stride", 2, 1, 8), _PADDING)),
    "dense": RowKind("Dense"),
}

CONV, SAME, POOL, DENSE = ("conv", 3, 1, 0, 1), ("conv", 3, 1, 1, 1), ("max", 2, 2, 0, 1), ("dense",)

SETTINGS = (
    whole("h", 7, 1, LARGEST_INPUT),
    whole("w", 7, 1, LARGEST_INPUT),
    flag("apart"),
    stack("layers", (CONV, CONV), KINDS, most=MOST),
    whole("layer", 0, 0, MOST),  # counted from 1; 0 is the last
    whole("row", 0, 0, 10**6),  # counted from 1; 0 is the middle
    whole("col", 0, 0, 10**6),
    choice("view", "tower", VIEWS),
    choice("axis", "cols", AXES),
    choice("counted", "units", COUNTED),
    choice("weights", "random", WEIGHTS),
    whole("seed", 1, 0, 999_999),
)


def _square(size: int, *layers: tuple[Any, ...], **more: Any) -> dict[str, Any]:
    return {"h": size, "w": size, "layers": tuple(layers)} | more


VGG_16 = (SAME, SAME, POOL, SAME, SAME, POOL, *(SAME, SAME, SAME, POOL) * 3)
ALEXNET = (
    ("conv", 11, 4, 0, 1), ("max", 3, 2, 0, 1), ("conv", 5, 1, 2, 1), ("max", 3, 2, 0, 1), SAME, SAME, SAME,
    ("max", 3, 2, 0, 1),
)
LENET_5 = (("conv", 5, 1, 0, 1), POOL, ("conv", 5, 1, 0, 1), POOL, DENSE, DENSE, DENSE)

PRESETS = {
    "lecture": Preset("Two 3×3 layers on 7×7 (lecture)", "The lecture's question: 3, 5, 6 or 7?", {}),
    "three": Preset("Three 3×3 layers", "As far as one 7×7 layer sees.", _square(9, CONV, CONV, CONV)),
    "grow": Preset(
        "Convolution and pooling: 3, 4, 8, 10, 18", "Pooling makes the field grow, and grow faster.",
        _square(30, CONV, POOL, CONV, POOL, CONV),
    ),
    "dense": Preset("One dense layer", "Its receptive field is everything.", _square(7, DENSE)),
    "lenet5": Preset("LeNet-5", "Until the dense layers, a unit sees 16 of 32.", _square(32, *LENET_5, layer=4)),
    "alexnet": Preset("AlexNet, without its dense layers", "195 of 227.", _square(227, *ALEXNET)),
    "vgg16": Preset("VGG-16, without its dense layers", "Eighteen layers: 212 of 224.", _square(224, *VGG_16)),
    "dilated": Preset(
        "Dilation 1, 2, 4, 8", "Four layers see 31 inputs, and miss none between.",
        _square(38, *(("conv", 3, 1, 0, dilation) for dilation in (1, 2, 4, 8))),
    ),
    "gridding": Preset(
        "Dilation 2, 2, 2", "Every second input only: the holes of the kernels fall on one another.",
        _square(17, *(("conv", 3, 1, 0, 2),) * 3),
    ),
    "padded": Preset(
        "Padding in every layer", "At the border, much of the field is padding.",
        _square(9, SAME, SAME, SAME, row=1, col=1, view="maps"),
    ),
    "holes": Preset(
        "Stride larger than the kernel", "Some inputs are never seen.",
        _square(18, ("conv", 2, 3, 0, 1), CONV, view="coverage"),
    ),
    "deep": Preset(
        "Twelve 3×3 layers: the effective field", "25 inputs wide, but the border hardly counts.",
        _square(31, *(CONV,) * 12, view="effective"),
    ),
}


@dataclass(frozen=True)
class Shown:
    """What the page shows: a stack that fits its input, and one unit of it, counted from 0."""

    rows: Rows
    input_size: tuple[int, int]
    layer: int
    unit: tuple[int, int]

    @cached_property
    def layers(self) -> list[Layer]:
        """The stack for the core."""
        return [layer_of(row) for row in self.rows]

    @cached_property
    def steps(self) -> list[Step]:
        """The stack with every size."""
        return steps(self.layers, self.input_size)

    @cached_property
    def fields(self) -> list[Seen]:
        """The receptive field after each layer."""
        return chain(self.layers, self.input_size)


def layer_of(row: tuple[Any, ...]) -> Layer:
    """Read a row of the stack as a layer."""
    return Layer(*row)


def settle(page: Page) -> Shown:
    """Repair the page's settings where they are not valid, note what changed, and find the unit."""
    changes: list[str] = []
    if not page["apart"] and page["h"] != page["w"]:
        page.update(apart=True)
    size = page["h"], page["w"]
    rows = fitting(page["layers"], size, changes)
    page.notes += changes
    page.update(layers=rows)
    layer, unit = _unit(page, steps(map(layer_of, rows), size))
    return Shown(rows, size, layer, unit)


def _unit(page: Page, sized: list[Step]) -> tuple[int, tuple[int, int]]:
    """Find the unit that is looked at: the nearest to the one asked for; without one, the last layer's middle."""
    arrived = page.recall("arrival") != page.arrivals
    page.remember("arrival", page.arrivals)
    wish = _wish(page, arrived)
    asked = wish["layer"] or len(sized)
    layer = min(asked, len(sized))
    rows, cols = sized[layer - 1].output_size
    place = wish["row"] or (rows + 1) // 2, wish["col"] or (cols + 1) // 2
    unit = min(place[0], rows), min(place[1], cols)
    if arrived and (asked, *place) != (layer, *unit):
        nearest = f"({unit[0]}, {unit[1]}) of layer {layer}"
        page.notes.append(f"Layer {asked} has no unit ({place[0]}, {place[1]}) here: the nearest is {nearest}.")
    found = {name: at if wish[name] else 0 for name, at in zip(UNIT, (layer, *unit), strict=True)}
    page.update(**found)
    page.remember("wish", (wish, found))
    return layer - 1, (unit[0] - 1, unit[1] - 1)


def _wish(page: Page, arrived: bool) -> dict[str, int]:
    """Give the unit asked for: the one before the nearest was taken for it, until somebody asks for another."""
    now = {name: page[name] for name in UNIT}
    wish, found = page.recall("wish", (now, now))
    return now if arrived or now != found else wish


def fitting(rows: Rows, size: tuple[int, int], changes: list[str]) -> Rows:
    """Make a stack fit its input: dense layers last, kernels no larger than what they slide over."""
    if not rows:
        changes.append("A stack has at least one layer.")
        rows = (("conv", 1, 1, 0, 1),)
    ordered = tuple(sorted(rows, key=lambda row: row[0] == "dense"))
    if ordered != rows:
        changes.append("Dense layers come last: a map is no map after them.")
    found = []
    for number, row in enumerate(ordered, start=1):
        fits = _fit(row, min(size))
        if fits != row:
            changes.append(f"Layer {number} did not fit its {size[0]}×{size[1]} input: {_changed(row, fits)}.")
        found.append(fits)
        size = steps([layer_of(fits)], size)[0].output_size
    return tuple(found)


def _fit(row: tuple[Any, ...], size: int) -> tuple[Any, ...]:
    """Shrink what does not fit: a pooling's padding, then the dilation, then the kernel."""
    if row[0] == "dense":
        return row
    kind, kernel, stride, padding, *dilation = row
    if kind in ("max", "avg"):
        padding = min(padding, kernel // 2)
    room = size + 2 * padding
    if dilation and kernel > 1:
        dilation = [max(1, min(dilation[0], (room - 1) // (kernel - 1)))]
    kernel = min(kernel, room)
    if kind in ("max", "avg"):
        padding = min(padding, kernel // 2)
        kernel = min(kernel, size + 2 * padding)
    return kind, kernel, stride, padding, *dilation


def _changed(row: tuple[Any, ...], fits: tuple[Any, ...]) -> str:
    fields = KINDS[row[0]].fields
    return ", ".join(
        f"{field.label.lower()} {now} in place of {before}"
        for field, before, now in zip(fields, row[1:], fits[1:], strict=True) if now != before
    )


# ---- controls --------------------------------------------------------------------------------


def items(page: Page, shown: Shown) -> list[Item]:
    """Describe the controls."""
    least = least_input(shown.rows)
    bounds = least, LARGEST_INPUT
    if page["apart"]:
        sizes = [controls.slider(page, "h", "Input height", bounds), controls.slider(page, "w", "Input width", bounds)]
    else:
        sizes = [controls.slider(page, "h+w", "Input height and width", bounds)]
    return [
        controls.start_from(PRESETS),
        *sizes,
        *_of_view(page),
        controls.stack(page, "layers", "Layers", KINDS, noun="layer", most=MOST_ADDED),
        controls.fold("more", "More", [controls.toggle(page, "apart", "Height and width apart")]),
    ]


def _of_view(page: Page) -> list[Item]:
    if page["view"] == "coverage":
        return [controls.select(page, "counted", "Count, for each input", COUNTED)]
    if page["view"] == "effective":
        found = [controls.select(page, "weights", "Weights", WEIGHTS)]
        if page["weights"] == "random":
            found.append(controls.number(page, "seed", "Seed", 0, 999_999, 1))
        return found
    return []


def least_input(rows: Rows) -> int:
    """Find the smallest input that a stack fits."""
    size = 1
    for row in reversed(rows):
        if row[0] != "dense":
            kernel, stride, padding, *dilation = row[1:]
            extent = (dilation[0] if dilation else 1) * (kernel - 1) + 1
            size = max(1, (size - 1) * stride + extent - 2 * padding)
    return size


def take(page: Page) -> None:
    """Take what a person has changed, with what follows from it."""
    for name, text in page.take("controls"):
        if name == "preset" and str(text) in PRESETS:
            page.start_from(PRESETS[str(text)].settings)
        elif name == "apart" and not page["apart"]:
            page.update(w=page["h"])


def take_look(page: Page, name: str = "look") -> None:
    """Keep which unit is looked at, and how; the front end shows it without waiting for this."""
    look = page.event("receptive_field", name)
    with suppress(ValueError, TypeError, KeyError):  # not from our own front end: leave all as it was
        read = {name: page.declared[name].read(str(look[name])) for name in (*UNIT, "view", "axis")}
        page.update(**read)
        page.remember("look answered", int(look["serial"]))
