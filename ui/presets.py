"""Configurations worth starting from."""

from __future__ import annotations

from typing import Any, NamedTuple


class Preset(NamedTuple):
    """A named place to start, and what to look for there."""

    title: str
    text: str
    settings: dict[str, Any]


def both(**sizes: int) -> dict[str, int]:
    """Spell out both axes of settings that are alike: s=2 gives sh=2 and sw=2."""
    names = {"n": ("h", "w"), "k": ("kh", "kw"), "s": ("sh", "sw"), "p": ("ph", "pw"), "d": ("dh", "dw")}
    return {name: size for key, size in sizes.items() for name in names[key]}


GUIDE = {"pattern": "guide_figure", "kernel": "guide_figure"}

PRESETS = {
    "lecture": Preset("7×7 input, 3×3 kernel", "The lecture's first example. How large is the feature map?", {}),
    "keep": Preset(
        "Padding that keeps 7×7", "One ring of zeros, and the feature map is as large as the input.", both(p=1)
    ),
    "five": Preset(
        "5×5 kernel", "What is left of 7×7?", both(k=5) | {"kernel": "ones"}
    ),
    "stride": Preset("Stride 2", "Every second position only.", both(s=2)),
    "guide": Preset(
        "The guide's figure", "3×3 over 5×5, numbers as printed by Dumoulin & Visin.", both(n=5) | GUIDE
    ),
    "guide_strided": Preset(
        "The guide, padded and strided", "Padding 1, stride 2: 3×3 outputs.", both(n=5, p=1, s=2) | GUIDE
    ),
    "full": Preset(
        "Full padding", "Every partial overlap counts, and the output outgrows the input.",
        both(n=5) | {"pad": "full"} | GUIDE,
    ),
    "dilated": Preset(
        "Dilation 2", "The same nine weights over a 5×5 field: mind the holes.", both(d=2) | {"pattern": "ramp"}
    ),
    "sparse": Preset(
        "Stride larger than the kernel", "Some pixels are never read.",
        both(n=8, k=2, s=3) | {"pattern": "ramp", "kernel": "ones"},
    ),
    "leftover": Preset(
        "Last row unused", "8 − 3 is not a multiple of 2: the floor forgets the last row.",
        both(n=8, s=2) | {"pattern": "ramp", "kernel": "ones"},
    ),
    "even": Preset(
        "Even kernel with same padding", "The odd pixel of padding goes to the bottom and right.",
        both(n=6, k=4) | {"pad": "same", "kernel": "box_blur", "pattern": "impulse"},
    ),
    "max": Preset(
        "2×2 max pooling", "The largest of each block, at stride 2.",
        both(n=8, k=2, s=2) | {"op": "max", "pattern": "random"},
    ),
    "flip": Preset(
        "The kernel flipped", "Mathematics' convolution: an impulse brings the kernel back as it is.",
        {"op": "flipped", "pattern": "impulse", "kernel": "ramp"},
    ),
    "transposed": Preset(
        "Transposed, stride 2", "Spread 3×3 to 7×7: each input adds a kernel's worth.",
        both(n=3, s=2) | {"op": "transposed", "pattern": "ramp", "kernel": "ones", "view": "scatter"},
    ),
    "digit": Preset(
        "A handwritten digit", "Sobel's kernel finds the edges of a real digit.",
        both(n=16) | {"pattern": "handwritten_digit", "kernel": "sobel_horizontal", "pad": "same"},
    ),
}
FEATURED = ("lecture", "keep", "stride", "dilated", "sparse", "max", "flip", "transposed", "digit")
