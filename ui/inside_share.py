"""What the page of a network's inside gives away: a figure, and the numbers as arrays."""

from __future__ import annotations

import json
from functools import partial
from io import BytesIO

import numpy as np

from conv.inspection import deconvnet, guided_backprop, saliency
from conv.layers import Array
from ui.inside import Shown
from ui.inside_figure import figure
from ui.inside_shown import covered
from ui.share import NPZ, File, TakeAway


def take_away(shown: Shown, url: str) -> TakeAway:
    """Say what the page offers."""
    name = f"inside-{shown.stage.name.lower().replace(' ', '-')}-{shown.map + 1}"
    return TakeAway(
        name=name, link=url, figure=partial(figure, shown),
        files=[File("Download the maps (npz)", f"{name}.npz", partial(arrays_npz, shown), NPZ)],
    )


def arrays_npz(shown: Shown) -> bytes:
    """Pack the arrays for NumPy.

    Returns
    -------
    bytes
        For ``np.load(file, allow_pickle=False)``, with

        ``input`` (C, H, W)
            The picture.
        ``1_convolution_1`` (maps, H_out, W_out), …, ``5_class_scores`` (classes,)
            Each layer's output, after its activation, for all of its maps.
        what the method found for the chosen map
            See `found_by_method`.
        ``about`` ()
            Which map, method and network, as JSON.
    """
    arrays: dict[str, Array] = {"input": shown.image}
    for place, (stage, values) in enumerate(zip(shown.subject.stages, shown.maps, strict=True), start=1):
        arrays[f"{place}_{stage.name.lower().replace(' ', '_')}"] = values
    arrays |= found_by_method(shown)
    about = {
        "layer": shown.place + 1, "map": shown.map + 1, "method": shown.method, "network": shown.subject.about,
        "picture": shown.title, "classes": list(shown.subject.class_names),
    }
    file = BytesIO()
    np.savez_compressed(file, **arrays, about=np.array(json.dumps(about)))
    return file.getvalue()


def found_by_method(shown: Shown) -> dict[str, Array]:
    """Give what the chosen method found, as arrays.

    ``patches``: the test pictures, their places in the test set and the units' values, and what deconvnet and guided
    backprop send down. ``signals``: gradient, guided_backprop and deconvnet, (C, H, W). ``occlusion``: what is left of
    the probability and of the map's sum for each place. ``ideal``: the ideal input, (C, H, W).
    """
    subject, stage = shown.subject, shown.stage
    if shown.method == "patches":
        found = subject.patches(stage)[shown.map]
        places = np.array([patch.image for patch in found])
        down, guided = subject.projections(stage, shown.map)
        values = np.array([patch.value for patch in found])
        return {
            "pictures": subject.images[places], "places": places, "patch_values": values, "deconvnet": down,
            "guided_backprop": guided,
        }
    if shown.method == "signals":
        methods = {"gradient": saliency, "guided_backprop": guided_backprop, "deconvnet": deconvnet}
        return {
            name: method(subject.network, shown.image, channel=shown.map, layer=stage.layer)
            for name, method in methods.items()
        }
    if shown.method == "occlusion":
        by_class, by_map, taken = covered(shown)
        return {"probability_covered": by_class.covered, "map_covered": by_map.covered, "taken_for": taken}
    return {"ideal": subject.ideal(stage, shown.map)[-1].image}
