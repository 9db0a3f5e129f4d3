"""The controls of the channels' page, with ends that keep its layer valid and small enough to show."""

from __future__ import annotations

from dataclasses import replace

from conv.configuration import Configuration, is_valid
from ui.channels import (
    BIASES,
    CAPS,
    COLOURS,
    IN_COLOUR,
    KERNELS,
    MOST_MAPS,
    MOST_PRODUCTS,
    ORDERS,
    PAIRS,
    PATTERNS,
    PICTURE_SIDE,
    PRESETS,
    Layer,
    divisors,
    nearest_groups,
    products,
)
from ui.controls import Item, fold, number, select, slider, start_from, toggle
from ui.settings import Page, Values
from ui.window_controls import AXES

Range = tuple[int, int]


def items(page: Page, layer: Layer) -> list[Item]:
    """Describe the controls, with ends that keep the layer valid and small enough to show."""
    c = layer.configuration
    bounds = ranges(c, page.values)
    return [
        start_from(PRESETS),
        slider(page, "fin", "Input maps, F_in", bounds["fin"]),
        slider(page, "fout", "Output maps, F_out", bounds["fout"]),
        select(page, "groups", "Groups", _groups(page["fin"], page["fout"])),
        *(item for field in PAIRS for item in _sizes(page, field, bounds)),
        select(page, "pattern", "Input values", PATTERNS),
        select(page, "kernel", "Kernel values", KERNELS),
        *_seed(page),
        fold("biases", "Biases", [
            number(page, name, f"Bias of output channel {out + 1}", -1000, 1000, 0.5)
            for out, name in enumerate(BIASES[: page["fout"]])
        ]),
        fold("more", "More", [
            select(page, "order", "Steps go", ORDERS),
            toggle(page, "apart", "Height and width apart"),
        ]),
    ]


def take(page: Page) -> None:
    """Take what a person has changed, with what follows from it."""
    for name, text in page.take("controls"):
        if name == "preset" and str(text) in PRESETS:
            page.start_from(PRESETS[text].settings)
        elif name == "pattern" and text in IN_COLOUR:
            page.update(fin=len(COLOURS), h=PICTURE_SIDE, w=PICTURE_SIDE)
        elif name == "apart" and not page["apart"]:
            page.update(**{cols: page[rows] for rows, cols in PAIRS.values()})
        if name in ("fin", "fout", "pattern"):
            page.update(groups=nearest_groups(page["groups"], page["fin"], page["fout"]))


def ranges(c: Configuration, values: Values) -> dict[str, Range]:
    """The ends of each slider, every other setting staying as it is; ``h+w`` where both axes move together."""
    maps = values["fin"], values["fout"], values["groups"]
    found = {name: _map_range(name, c, values) for name in ("fin", "fout")}
    for field, names in PAIRS.items():
        least, most = CAPS[field]
        moved = {name: (axis,) for axis, name in enumerate(names)} if values["apart"] else {"+".join(names): (0, 1)}
        for name, axes in moved.items():
            asked = [(size, _with(c, field, axes, size)) for size in range(least, most + 1)]
            sizes = [size for size, other in asked if is_valid(other) and products(other, *maps) <= MOST_PRODUCTS]
            found[name] = min(sizes), max(sizes)
    return found


def _map_range(name: str, c: Configuration, values: Values) -> Range:
    """How many maps there may be; the groups follow."""
    if name == "fin" and values["pattern"] in IN_COLOUR:
        return len(COLOURS), len(COLOURS)
    most = 1
    for number_of_maps in range(1, MOST_MAPS + 1):
        changed = values | {name: number_of_maps}
        groups = nearest_groups(changed["groups"], changed["fin"], changed["fout"])
        if products(c, changed["fin"], changed["fout"], groups) <= MOST_PRODUCTS:
            most = number_of_maps
    return 1, most


def _with(c: Configuration, field: str, axes: tuple[int, ...], size: int) -> Configuration:
    pair = list(getattr(c, field))
    for axis in axes:
        pair[axis] = size
    return replace(c, **{field: tuple(pair)})


def _sizes(page: Page, field: str, bounds: dict[str, Range]) -> list[Item]:
    """One slider for both axes, or one each where they are apart."""
    names, labels = PAIRS[field], AXES[field]
    if page["apart"]:
        return [slider(page, name, label, bounds[name]) for name, label in zip(names, labels, strict=False)]
    joined = "+".join(names)
    return [slider(page, joined, labels[2], bounds[joined])]


def _groups(maps_in: int, maps_out: int) -> dict[str, str]:
    """Numbers of groups, and what the ends are called."""
    titles = {1: "1: every output reads every input", maps_in: f"{maps_in}: depthwise, an input map each"}
    found = {str(groups): titles.get(groups, str(groups)) for groups in divisors(maps_in, maps_out)}
    return found | {"1": titles[1] if maps_in > 1 else "1"}


def _seed(page: Page) -> list[Item]:
    drawn = page["kernel"] == "random" or page["pattern"] in ("random", "signed_random")
    return [number(page, "seed", "Seed", 0, 999_999, 1)] if drawn else []
