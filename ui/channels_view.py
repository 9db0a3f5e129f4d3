"""What the channels' page shows of a layer: the numbers that its front end steps through, and the counts."""

from __future__ import annotations

from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from conv import counts
from conv.channels import ChannelTrace
from ui.channels import COLOURS, PAIRS, Layer
from ui.components import Data, packed, plain
from ui.scene import largest
from ui.settings import Values, link_of
from ui.window import SETTINGS as STEPPERS_SETTINGS


def data(layer: Layer, values: Values, *, step: int, arrival: int) -> Data:
    """Everything the front end shows of one layer.

    Parameters
    ----------
    layer : ui.channels.Layer
    values : dict
        The page's settings; ``order`` is read here.
    step : int
        Where to stand when ``arrival`` is new, counted from 1.
    arrival : int
        Counts the links taken.
    """
    t, c = layer.trace(), layer.configuration
    uncovered_rows, uncovered_cols = map(list, c.uncovered)  # copies of what is kept
    return {
        "groups": layer.groups,
        "sources": t.sources.tolist(),
        "titles": titles(layer),
        "input": {
            "rows": t.grid.shape[1], "cols": t.grid.shape[2], "values": [plain(grid) for grid in t.grid],
            "kinds": t.kinds.ravel().tolist(), "input_rows": t.input_rows.tolist(), "input_cols": t.input_cols.tolist(),
            "uncovered_rows": uncovered_rows, "uncovered_cols": uncovered_cols,
        },
        "kernel": {
            "rows": c.kernel_size[0], "cols": c.kernel_size[1],
            "values": [[plain(kernel) for kernel in kernels] for kernels in t.weight],
        },
        "output": {"rows": t.output.shape[1], "cols": t.output.shape[2]},
        "window_rows": t.window_rows.tolist(),
        "window_cols": t.window_cols.tolist(),
        "terms": packed(t.terms),
        "sums": packed(t.sums),
        "bias": t.bias.tolist(),
        "outputs": packed(t.output),
        "limits": limits(t),
        "in_colour": layer.in_colour,
        "counts": cost(layer),
        "stepper": stepper_links(layer),
        "order": values["order"],
        "step": step,
        "arrival": arrival,
    }


def titles(layer: Layer) -> list[list[str]]:
    """What stands above each input map: its number, then its colour and its group."""
    per = len(layer.x) // layer.groups
    found = []
    for channel in range(len(layer.x)):
        colour = ": ".join(COLOURS[channel]) if layer.in_colour else ""
        group = f"group {channel // per + 1}" if layer.groups > 1 else ""
        found.append([f"Input channel {channel + 1}", ", ".join(filter(None, (colour, group)))])
    return found


def limits(t: ChannelTrace) -> dict[str, float]:
    """The magnitude with the strongest colour, one for all maps of a kind, so that they can be compared."""
    sums = [t.sums, t.output, t.bias]
    return {
        "input": largest(t.grid),
        "kernel": largest(t.weight),
        "products": largest(t.terms),
        "output": largest(t.output),
        "sums": max(map(largest, sums)),
    }


def cost(layer: Layer) -> list[list[str]]:
    """What the lecture counts: name, formula, numbers put in, result, and the same of a dense layer."""
    c, (maps_in, maps_out), groups = layer.configuration, (len(layer.x), len(layer.bias)), layer.groups
    (h, w), (kh, kw), (oh, ow) = c.input_size, c.kernel_size, c.output_size
    ours = counts.layer_counts(
        c.input_size, c.kernel_size, in_maps=maps_in, out_maps=maps_out, groups=groups, stride=c.stride,
        padding=c.padding, dilation=c.dilation,
    )
    dense = counts.dense_counts(ours.input_units, ours.hidden_units)
    reads = ("F_in", str(maps_in)) if groups == 1 else ("(F_in / groups)", f"({maps_in} / {groups})")
    weights, put_in = (f"{maps} × F_out × {kh} × {kw}" for maps in (reads[0], reads[1]))
    put_in = put_in.replace("F_out", str(maps_out))
    return [
        _count("Input units", f"F_in × {h} × {w}", f"{maps_in} × {h} × {w}", ours.input_units, dense.input_units),
        _count("Hidden units", f"F_out × {oh} × {ow}", f"{maps_out} × {oh} × {ow}", ours.hidden_units,
               dense.hidden_units),
        _count("Parameters", f"{weights} + F_out", f"{put_in} + {maps_out}", ours.parameters, dense.parameters),
        _count("Connections", f"{weights} × {oh} × {ow}", f"{put_in} × {oh} × {ow}", ours.connections,
               dense.connections),
    ]


def _count(name: str, formula: str, put_in: str, result: int, dense: int) -> list[str]:
    return [name, formula, put_in, f"{result:,}", f"{dense:,}"]


def equation(layer: Layer) -> str:
    """The layer as an equation, with what its sum goes over."""
    over = rf"c = 1 \dots {len(layer.x)}" if layer.groups == 1 else r"c \,\in\, \text{group of } o"
    return (
        rf"h^{{o}}_{{ij}} = \sum_{{{over}}} \;\sum_{{k,l}} w^{{oc}}_{{kl}}\; x^{{c}}_{{i s + k d,\; j s + l d}} "
        rf"+ b^{{o}}, \qquad o = 1 \dots {len(layer.bias)}"
    )


# ---- one map on the stepper ----------------------------------------------------------------


def stepper_links(layer: Layer) -> Data:
    """Parts of links that open one input map with one of its kernels on the stepper.

    The page joins what all maps share, ``x`` of an input map and ``k`` of a kernel.
    """
    c = layer.configuration
    shared = {name: size for field, names in PAIRS.items() for name, size in zip(names, getattr(c, field), strict=True)}
    shared["apart"] = any(rows != cols for rows, cols in (getattr(c, field) for field in PAIRS))
    return {
        "all": _spelled(shared | {"pattern": "constant", "kernel": "ones"}),
        "x": [_spelled({"x": _edits(grid)}) for grid in layer.x],
        "k": [[_spelled({"k": _edits(kernel)}) for kernel in kernels] for kernels in layer.weight],
    }


def _spelled(values: Values) -> str:
    return urlencode(link_of([setting for setting in STEPPERS_SETTINGS if setting.name in values], values), safe="~")


def _edits(values: NDArray) -> tuple[tuple[int, int, float], ...]:
    """What differs from a grid of ones."""
    return tuple((row, col, float(values[row, col])) for row, col in np.argwhere(values != 1).tolist())
