"""Puts a filtered picture into the words and bytes that the page's front end shows."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conv.filtering import Display, Filter, Pool, decimals
from conv.kernels import KERNELS, factor
from ui.components import Data, plain
from ui.image_kernels import ABOUT, FIXED, OWN, Shown, row_title
from ui.scene import spoken

# Arrays travel as these, little-endian; JavaScript has an array of the same kind for each.
WIRE = {"uint8": "u1", "int16": "<i2", "float32": "<f4", "float64": "<f8"}
CHANNELS = ("Red", "Green", "Blue")
POOLED = {
    "max": "The largest of every block, without a parameter: what was found, no longer exactly where.",
    "avg": "The mean of every block, without a parameter: a smaller, smoother picture.",
}


# ---- messages ------------------------------------------------------------------------------


def main_message(shown: Shown, **more: Any) -> bytes:
    """Pack what is seen at once: the result as grey levels, and everything said about it."""
    levels = shown.display.levels(shown.result)
    return parcel(_header(shown) | more | {"values": _values_name(shown)}, {"levels": levels})


def picture_message(shown: Shown) -> bytes:
    """Pack the picture itself, which the browser keeps until there is another."""
    return parcel({"slot": "picture", "name": shown.name}, {"picture": shown.picture})


def values_message(shown: Shown) -> bytes:
    """Pack the exact values that the loupe tells; what the last step reads only if it is not the picture."""
    arrays = {"result": exact(shown.result)}
    if len(shown.steps) > 1:
        arrays["source"] = exact(shown.source)
    return parcel({"slot": "values", "name": _values_name(shown)}, arrays)


def parcel(header: Data, arrays: dict[str, NDArray]) -> bytes:
    """Put a header and arrays into one message.

    The header's length in four bytes, the header as JSON, then the arrays in its order, each as
    ``[name, dtype, shape]`` in its ``arrays``. The front end's ``unparcel`` undoes it.
    """
    described = [[name, array.dtype.name, list(array.shape)] for name, array in arrays.items()]
    head = json.dumps(header | {"arrays": described}).encode()
    parts = [np.ascontiguousarray(array, dtype=WIRE[array.dtype.name]).tobytes() for array in arrays.values()]
    return b"".join([struct.pack("<I", len(head)), head, *parts])


def exact(values: NDArray) -> NDArray:
    """Halve what travels where the values are whole and small.

    >>> exact(np.array([-612.0, 580.0], np.float32)).dtype, exact(np.array([0.5], np.float32)).dtype
    (dtype('int16'), dtype('float32'))
    """
    if np.abs(values).max() > np.iinfo(np.int16).max:
        return values
    whole = values.astype(np.int16)
    return whole if (whole == values).all() else values


def _values_name(shown: Shown) -> str:
    """Name the values by what makes them."""
    steps = [repr(vars(step)) for step in shown.steps]
    weights = [step.weights.tobytes() for step in shown.steps if isinstance(step, Filter)]
    made = hashlib.blake2b(repr((steps, weights, shown.border)).encode(), digest_size=8)
    return f"{shown.name} {made.hexdigest()}"


# ---- what is said --------------------------------------------------------------------------


def _header(shown: Shown) -> Data:
    """Everything but the pixels."""
    step = shown.steps[-1]
    colours = len(shown.picture) > 1
    thin = thin_kernels(shown)
    return {
        "picture": shown.name,
        "size": list(shown.picture.shape[1:]),
        "factor": shown.factor,
        "channels": list(CHANNELS) if colours else [],
        "before": f"Before: {shown.title}, {_by(shown.picture)}",
        "after": f"After: {row_title(shown.rows[-1]).split(' (')[0]}, {_by(shown.result)}",
        "credit": shown.credit,
        "chain": [row_title(row) for row in shown.rows],
        "step": {
            "index": len(shown.steps) - 1,
            "kind": "filter" if isinstance(step, Filter) else step.kind,
            "rows": step.size[0],
            "cols": step.size[1],
            "before": list(step.before),
            "stride": step.stride,
            "border": shown.border,
            "weights": plain(step.weights * shown.divisor) if isinstance(step, Filter) else None,
            "divisor": shown.divisor,
            "bias": step.bias if isinstance(step, Filter) else 0.0,
            "reads_picture": len(shown.steps) == 1,
        },
        "thin": None if thin is None else [plain(part) for part in thin],
        "decimals": decimals(shown.steps),
        "about": about(shown),
        "cost": cost(shown),
        "range": range_in_words(shown),
        "level": level_in_words(shown.display),
    }


def _by(picture: NDArray) -> str:
    return f"{picture.shape[2]}×{picture.shape[1]}"


def about(shown: Shown) -> list[str]:
    """Title, description and source of the step that is shown."""
    kind, *numbers = shown.rows[-1]
    title = row_title(shown.rows[-1])
    if kind in POOLED:
        return [title, POOLED[kind], ""]
    if kind == OWN and shown.undivided:
        return [title, "The weights add up to 0, so nothing is divided: an even area becomes 0.", ""]
    if kind == OWN:
        return [title, _even_area(float(shown.steps[-1].weights.sum())), ""]
    named = KERNELS[FIXED.get(kind) or ABOUT[kind]]
    return [title, named.description, named.source]


def _even_area(total: float) -> str:
    """Say what the sum of the weights means.

    >>> _even_area(0.0)
    'The weights add up to 0: an even area becomes 0.'
    """
    if abs(total) < 1e-9:
        return "The weights add up to 0: an even area becomes 0."
    if abs(total - 1) < 1e-9:
        return "The weights add up to 1: an even area stays as it is."
    return f"The weights add up to {_brief(total)}: an even area becomes {_brief(total)} times as bright."


def cost(shown: Shown) -> str:
    """Say what a pixel of the result costs, and whether two thin kernels would do."""
    step = shown.steps[-1]
    if isinstance(step, Pool):
        return f"{step.side**2} pixels make one: the picture has {step.side**2} times fewer."
    rows, cols = step.size
    products = f"{rows} × {cols} = {rows * cols} products a pixel" if rows * cols > 1 else "One product a pixel"
    if min(rows, cols) == 1:
        return f"{products}."
    thin = thin_kernels(shown)
    if thin is None:
        return f"{products}. The kernel is not a column times a row: it can't be split into two thin ones."
    return f"{products}; as a column ∗ a row, one after the other, only {rows} + {cols} = {rows + cols}."


def thin_kernels(shown: Shown) -> tuple[NDArray, NDArray] | None:
    """Split the last step's kernel into a column and a row, the row with 1 for its smallest weight."""
    step = shown.steps[-1]
    thin = factor(step.weights * shown.divisor) if isinstance(step, Filter) and min(step.size) > 1 else None
    if thin is None:
        return None
    unit = np.abs(thin[1][thin[1] != 0]).min()
    return thin[0] * unit, thin[1] / unit


def range_in_words(shown: Shown) -> str:
    """Say from where to where the values go, and what becomes black and white."""
    look, values = shown.display, shown.result
    least, most = _brief(look.least), _brief(look.most)
    says = f"The values go from {least} to {most}. "
    if look.stretched and look.showing == "normalise":
        zero = f", 0 is grey level {look.levels([0.0])[0]}" if look.least < 0 < look.most else ""
        return f"{says}Normalised: {least} becomes black, {most} white{zero}."
    if look.stretched:
        ends = f"{_brief(look.black)} is black, {_brief(look.white)} white"
        return f"{says}Signed: 0 is mid grey, level {look.levels([0.0])[0]}; {ends}."
    if look.showing in ("normalise", "signed"):
        return f"Every value is {least}: there is nothing to stretch, so 0 is black and 255 white."
    if look.showing == "absolute":
        over = _share(np.abs(values) > 255)
        white = f"; beyond 255 ({over}) all is white" if look.least < -255 or look.most > 255 else ""
        return f"{says}Absolute: signs are dropped, -50 and 50 look alike{white}."
    if look.least >= 0 and look.most <= 255:
        return f"{says}All are between 0, black, and 255, white: nothing is clipped."
    under, over = _share(values < 0), _share(values > 255)
    ends = [f"below 0 ({under} of the pixels) all is black"] if look.least < 0 else []
    ends += [f"above 255 ({over}{'' if ends else ' of the pixels'}) all is white"] if look.most > 255 else []
    return f"{says}Clipped: {', '.join(ends)}."


def level_in_words(look: Display) -> Data:
    """Say how one value becomes a grey level, as sentences with ``{value}`` and ``{level}`` to be put in."""
    if look.stretched:
        sign = "+" if look.black < 0 else "-"
        start = f"({{value}} {sign} {_brief(abs(look.black))})" if look.black else "{value}"
        inside = f"{start} × 255 / {_brief(look.white - look.black)} is grey level {{level}}."
        return {"least": None, "most": None, "inside": inside}
    sign = "|{value}|" if look.showing == "absolute" else "{value}"
    inside = f"{sign} is shown as grey level {{level}}."
    return {
        "least": -255 if look.showing == "absolute" else 0,
        "most": 255,
        "inside": inside,
        "below": f"{sign} is above 255: white, level {{level}}." if look.showing == "absolute"
        else f"{sign} is below 0: black, level {{level}}.",
        "above": f"{sign} is above 255: white, level {{level}}.",
    }


def _share(where: NDArray) -> str:
    """Tell a share in per cent; what is there is never 0 %."""
    percent = 100 * float(where.mean())
    return f"{percent:.0f} %" if percent >= 1 or percent == 0 else "less than 1 %"


def _brief(value: float) -> str:
    """Five significant digits; whole numbers whole, as far as there is one for each float.

    >>> _brief(-1344006.0), _brief(0.123456)
    ('-1344006', '0.12346')
    """
    size = abs(value)
    if float(value).is_integer() and size <= 2**53:
        return str(int(value))
    return spoken(round(value, 4 - math.floor(math.log10(size))))
