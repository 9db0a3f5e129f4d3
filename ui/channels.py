"""Many maps in and out: the settings of the page, their repair, and the layer they make."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from conv import channels
from conv.configuration import Configuration, nearest_valid
from conv.kernels import kernel
from conv.patterns import pattern, resample
from ui import window
from ui.pictures import unpack_picture
from ui.presets import Preset
from ui.settings import Page, Values, choice, flag, real, text, whole

MOST_MAPS = 8
MOST_PRODUCTS = 2**16  # all of them travel to the page, to be stepped through there
CAPS = {"input_size": (1, 16), "kernel_size": (1, 5), "stride": (1, 4), "padding": (0, 3), "dilation": (1, 3)}
PAIRS = {field: window.PAIRS[field] for field in CAPS}  # named in the link as the stepper's

PATTERNS = {
    "pixel_digit": "Pixel digits 1, 2, 3, …",
    "handwritten_digit": "Handwritten digits 1, 2, 3, …",
    "shapes": "Edges, a line, a checkerboard, …",
    "ramp": "0, 1, 2, … on through all maps",
    "constant": "Ones, twos, threes, …",
    "random": "Random integers",
    "signed_random": "Random, with signs",
    "astronaut": "RGB picture: an astronaut",
    "chelsea": "RGB picture: a cat",
    "own": "RGB picture of your own",
}
SHAPES = ("edge", "horizontal_edge", "diagonal", "checkerboard", "impulse", "pixel_digit", "constant", "ramp")
KERNELS = {
    "random": "Random integers",
    "edges": "Edges, sharpen, blur: one an output map",
    "mix": "Mean and differences of the input maps",
    "mean": "Mean of everything in the window",
    "ones": "Ones",
}
BANK = (
    "sobel_vertical", "sobel_horizontal", "edge_detection_3", "sharpen", "box_blur", "edge_detection_1", "emboss",
    "gaussian_3",
)
ORDERS = {"maps": "Map by map", "places": "Place by place"}
BIASES = tuple(f"b{out + 1}" for out in range(MOST_MAPS))
COLOURS = (("R", "red"), ("G", "green"), ("B", "blue"))

# Colour pictures, and the square of each that is still a picture at 16 by 16: left, top, right, bottom.
PICTURES = {"astronaut": (60, 0, 380, 320), "chelsea": (75, 0, 375, 300)}
PICTURE_FILES = Path(__file__).parents[1] / "assets" / "images" / "pictures"
OWN = "own"
PICTURE_SIDE = 16
IN_COLOUR = (*PICTURES, OWN)

SETTINGS = (
    whole("fin", 3, 1, MOST_MAPS),
    whole("fout", 2, 1, MOST_MAPS),
    whole("groups", 1, 1, MOST_MAPS),
    *(
        whole(name, {"input_size": 7, "kernel_size": 3}.get(field, CAPS[field][0]), *CAPS[field])
        for field, names in PAIRS.items()
        for name in names
    ),
    flag("apart"),
    choice("pattern", "pixel_digit", PATTERNS),
    choice("kernel", "random", KERNELS),
    whole("seed", 1, 0, 999_999),
    *(real(name, default, -1000.0, 1000.0) for name, default in zip(BIASES, (1.0, -1.0), strict=False)),
    *(real(name, 0.0, -1000.0, 1000.0) for name in BIASES[2:]),
    text("picture", 1100),
    choice("order", "maps", ORDERS),
)


def _settings(maps: tuple[int, int, int], *, n: int = 7, k: int = 3, p: int = 0, **more: Any) -> dict[str, Any]:
    """Spell out a preset: input maps, output maps and groups; the sizes alike on both axes."""
    sizes = {"h": n, "w": n, "kh": k, "kw": k, "ph": p, "pw": p}
    return dict(zip(("fin", "fout", "groups"), maps, strict=True)) | sizes | more


PLAIN = dict.fromkeys(BIASES, 0.0)

PRESETS = {
    "lecture": Preset("Three maps in, two out", "The lecture's example: F_in = 3, F_out = 2.", {}),
    "one_two": Preset("One map in, two out", "Two kernels look at the same map.", _settings((1, 2, 1))),
    "three_one": Preset("Three maps in, one out", "Three sums make one output.", _settings((3, 1, 1))),
    "pointwise": Preset(
        "1×1 convolution", "No neighbours: each place mixes its own maps.", _settings((3, 2, 1), k=1, pattern="random")
    ),
    "groups": Preset("Two groups", "Each half of the outputs reads half of the inputs.", _settings((4, 4, 2))),
    "depthwise": Preset("Depthwise: a kernel a map", "As many groups as maps: nothing is mixed.", _settings((3, 3, 3))),
    "separable_1": Preset(
        "Depthwise separable, first half", "Each map is filtered by itself.", _settings((3, 3, 3), p=1) | PLAIN
    ),
    "separable_2": Preset(
        "Depthwise separable, second half", "A 1×1 convolution mixes what came out.",
        _settings((3, 4, 1), k=1, pattern="signed_random") | PLAIN,
    ),
    "edges": Preset(
        "Edges of a colour picture", "Red, green and blue are the three input maps.",
        _settings((3, 3, 1), n=16, p=1, pattern="astronaut", kernel="edges") | PLAIN,
    ),
    "colours": Preset(
        "Mixing red, green and blue", "Grey, red minus green, and blue against the others.",
        _settings((3, 3, 1), n=16, k=1, pattern="astronaut", kernel="mix") | PLAIN,
    ),
    "eight": Preset("Eight maps in, eight out", "64 kernels.", _settings((8, 8, 1), pattern="random")),
}


@dataclass(frozen=True)
class Layer:
    """A convolution of many maps: what is alike for all of them, and the numbers."""

    configuration: Configuration
    groups: int
    x: NDArray[np.float64]  # (F_in, H, W)
    weight: NDArray[np.float64]  # (F_out, F_in / groups, KH, KW)
    bias: NDArray[np.float64]  # (F_out,)
    in_colour: bool

    def trace(self) -> channels.ChannelTrace:
        """All windows, products and sums."""
        c = self.configuration
        return channels.convolution(
            self.x, self.weight, self.bias, stride=c.stride, padding=c.padding, dilation=c.dilation, groups=self.groups
        )


def settle(page: Page) -> Layer:
    """Repair the page's settings where they are not valid, note what changed, and make the layer."""
    if page["pattern"] in IN_COLOUR and page["fin"] != len(COLOURS):
        page.notes.append(f"A colour picture has three maps: the {_maps(page['fin'])} in became 3.")
        page.update(fin=len(COLOURS))
    groups = nearest_groups(page["groups"], page["fin"], page["fout"])
    if groups != page["groups"]:
        page.notes.append(
            f"Groups must divide the {_maps(page['fin'])} in and the {_maps(page['fout'])} out: "
            f"{page['groups']} became {groups}."
        )
        page.update(groups=groups)
    c, changes = nearest_valid(configuration(page.values))
    page.notes += changes
    c = _small_enough(page, c)
    for field, names in PAIRS.items():
        page.update(**dict(zip(names, getattr(c, field), strict=True)))
    if any(page[rows] != page[cols] for rows, cols in PAIRS.values()):
        page.update(apart=True)
    return layer(c, page.values, page.notes)


def layer(c: Configuration, values: Values, notes: list[str]) -> Layer:
    """Make the numbers of valid settings."""
    bias = np.array([values[name] for name in BIASES[: values["fout"]]])
    x = maps(values, c.input_size, notes)
    return Layer(c, values["groups"], x, kernels(values, c.kernel_size), bias, values["pattern"] in IN_COLOUR)


def configuration(values: Values) -> Configuration:
    """Read what is alike for all maps as the core's configuration."""
    pairs: dict[str, Any] = {field: tuple(values[name] for name in names) for field, names in PAIRS.items()}
    return Configuration(**pairs)


def nearest_groups(asked: int, maps_in: int, maps_out: int) -> int:
    """The largest number of groups, at most what was asked, that divides both.

    >>> nearest_groups(4, 6, 8), nearest_groups(8, 8, 8)
    (2, 8)
    """
    return max(groups for groups in divisors(maps_in, maps_out) if groups <= max(asked, 1))


def divisors(maps_in: int, maps_out: int) -> list[int]:
    """Numbers of groups that there can be.

    >>> divisors(6, 4)
    [1, 2]
    """
    return [groups for groups in range(1, MOST_MAPS + 1) if math.gcd(maps_in, maps_out) % groups == 0]


def products(c: Configuration, maps_in: int, maps_out: int, groups: int) -> int:
    """Number of products of all steps together."""
    return math.prod(c.output_size) * math.prod(c.kernel_size) * maps_out * maps_in // groups


def _small_enough(page: Page, c: Configuration) -> Configuration:
    """Shrink the input until its products are not too many to show."""
    counted = page["fin"], page["fout"], page["groups"]
    asked = c
    while products(c, *counted) > MOST_PRODUCTS:
        rows, cols = c.input_size
        longest = max(rows, cols) - 1
        c = replace(c, input_size=(min(rows, longest), min(cols, longest)))
    if c != asked:
        page.notes.append(
            f"{_maps(counted[0])} of {_size(asked)} in and {counted[1]} out would be {products(asked, *counted):,} "
            f"products, more than can be shown: the size became {_size(c)}."
        )
    return c


def _maps(number: int) -> str:
    return f"{number} map{'' if number == 1 else 's'}"


def _size(c: Configuration) -> str:
    return f"{c.input_size[0]}×{c.input_size[1]}"


# ---- numbers -------------------------------------------------------------------------------


def maps(values: Values, size: tuple[int, int], notes: list[str]) -> NDArray[np.float64]:
    """Make the input maps, (F_in, H, W), each different from the others."""
    name, number = values["pattern"], values["fin"]
    if name in IN_COLOUR:
        picture = own_picture(values["picture"], notes) if name == OWN else bundled_picture(name)
        return resample(picture.transpose(2, 0, 1) / 255, size).round(2)  # (3, H, W)
    if name == "ramp":
        return np.arange(float(number * size[0] * size[1])).reshape(number, *size)
    return np.stack([_map(name, channel, size, values["seed"]) for channel in range(number)])


def _map(name: str, channel: int, size: tuple[int, int], seed: int) -> NDArray[np.float64]:
    if name == "shapes":
        name = SHAPES[channel]
    if name == "constant":
        return np.full(size, channel + 1.0)
    rng = np.random.default_rng((seed, 0, channel))  # one map's numbers stay when there are more of them
    return pattern(name, size, rng, digit=channel + 1)


def kernels(values: Values, size: tuple[int, int]) -> NDArray[np.float64]:
    """Make the kernels, (F_out, F_in / groups, KH, KW)."""
    name, seed, per = values["kernel"], values["seed"], values["fin"] // values["groups"]
    return np.array(
        [[_kernel(name, out, i, per, size, seed) for i in range(per)] for out in range(values["fout"])]
    )


def _kernel(name: str, out: int, i: int, per: int, size: tuple[int, int], seed: int) -> NDArray[np.float64]:
    """The kernel with which an output map reads the i-th of its ``per`` input maps."""
    if name == "edges":
        return kernel(BANK[out], size)
    if name == "mix":
        return kernel("identity", size) * mixing(out, per)[i]
    if name == "mean":
        return np.full(size, 1 / (per * size[0] * size[1]))
    return kernel(name, size, np.random.default_rng((seed, 1, out, i)))


def mixing(out: int, per: int) -> NDArray[np.float64]:
    """Weights of input maps: their mean, the first minus the second, the last minus the rest's mean, then each alone.

    >>> mixing(1, 3).tolist(), mixing(2, 3).tolist(), mixing(3, 3).tolist()
    ([1.0, -1.0, 0.0], [-0.5, -0.5, 1.0], [1.0, 0.0, 0.0])
    """
    alone = np.eye(per)
    if out == 0:
        return np.full(per, 1 / per)
    if out == 1 and per > 1:
        return alone[0] - alone[1]
    if out == 2 and per > 2:
        return alone[-1] - alone[:-1].mean(0)
    return alone[(out - 3) % per]


@cache
def bundled_picture(name: str) -> NDArray[np.uint8]:
    """One of `PICTURES` at 16 by 16, (16, 16, 3)."""
    with Image.open(PICTURE_FILES / f"{name}.png") as image:
        small = image.convert("RGB").crop(PICTURES[name]).resize((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
    pixels = np.array(small)
    pixels.setflags(write=False)
    return pixels


def own_picture(packed: str, notes: list[str]) -> NDArray[np.uint8]:
    """Unpack the link's picture, (16, 16, 3); the astronaut until there is one."""
    pixels = unpack_picture(packed, (PICTURE_SIDE, PICTURE_SIDE, 3), notes)
    return bundled_picture("astronaut") if pixels is None else pixels
