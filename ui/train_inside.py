"""Puts what is inside a network into the plain values that the page of training draws, a panel at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from conv.datasets import Dataset
from conv.layers import Conv2d, ConvTranspose2d, Layer, Linear
from conv.network import Sequential
from conv.shift_errors import shift_errors
from ui.components import Data, packed
from ui.run_spec import dataset_of
from ui.runs import Run, Snapshot, of_session
from ui.scene import largest
from ui.settings import Page
from ui.train import NETWORKS, OWN, Plan, known_shape, wanted
from ui.train_runs import begun, network_now, steps

Array = NDArray
MOST_KERNELS, MOST_MAPS, MOST_UNITS, MOST_MISTAKES = 32, 16, 128, 12
LARGEST_KERNEL = 11  # rows and columns whose numbers are sent along
TESTED = 1000  # images that are shifted at most
LETTERS = {"a": "A", "b": "B"}
KINDS = {
    "Conv2d": "convolution", "ConvTranspose2d": "transposed convolution", "MaxPool2d": "max pooling",
    "AvgPool2d": "average pooling", "LPPool2d": "Lp pooling", "Linear": "dense", "BatchNorm2d": "batch normalisation",
    "Tanh": "tanh", "Sigmoid": "sigmoid", "Flatten": "flatten", "Dropout": "dropout",
}


def number(value: float) -> str:
    """Spell a loss: three significant digits.

    >>> number(0.21234), number(12.3456), number(float("inf"))
    ('0.212', '12.3', '∞')
    """
    if math.isnan(value):
        return "not a number"
    return f"{value:.3g}" if math.isfinite(value) else "∞"


def percent(share: float) -> str:
    """Spell a share.

    >>> percent(0.0314), percent(1)
    ('3.1 %', '100.0 %')
    """
    return f"{100 * share:.1f} %"


def seen(page: Page) -> str:
    """Give which of the runs is looked into."""
    return page["of"] if page["of"] in wanted(page) else "a"


# ---- kernels -------------------------------------------------------------------------------


def kernels(page: Page, asked: Plan) -> Data:
    """Give the first layer's kernels, and their gradients in the last batch."""
    network = network_now(page, seen(page), asked)
    place, layer = next(
        ((i, layer) for i, layer in enumerate(network.layers if network else []) if "weight" in layer.parameters),
        (0, None),
    )
    known = known_shape(page)
    if layer is None or known is None:
        note = "There is no network yet." if asked.problem else "This network has no layer that learns."
        return {"note": note, "names": [], "rows": 0, "cols": 0}
    images = _dataset(page, asked)
    shape = images.image_shape if images else known[0]
    weight = _as_images(layer, layer.parameters["weight"], shape)
    run = of_session(seen(page))
    snapshot = run.snapshot if begun(run) else None
    gradient = snapshot.gradients_first.get(f"{place}.weight") if snapshot else None
    gradient = None if gradient is None else _as_images(layer, gradient, shape)
    kinds = "kernel" if isinstance(layer, Conv2d | ConvTranspose2d) else "hidden unit"
    shown = weight[:MOST_KERNELS]
    return {
        "note": _kernel_note(kinds, len(weight), place),
        "names": _kernel_names(kinds, layer, len(shown)),
        "rows": shown.shape[1], "cols": shown.shape[2],
        "step": snapshot.step if snapshot else 0,
        "weights": shaded(shown), "weight_limit": largest(shown),
        "gradients": shaded(gradient[:MOST_KERNELS]) if gradient is not None else "",
        "gradient_limit": largest(gradient[:MOST_KERNELS]) if gradient is not None else 0.0,
        "numbers": packed(shown) if _is_small(shown) else "",
        "gradient_numbers": packed(gradient[:MOST_KERNELS]) if gradient is not None and _is_small(shown) else "",
    }


def _kernel_note(kind: str, count: int, place: int) -> str:
    which = f"the first {MOST_KERNELS} of {count}" if count > MOST_KERNELS else str(count)
    return f"Layer {place + 1}, {which} {kind}s"


def _kernel_names(kind: str, layer: Layer, count: int) -> list[str]:
    """Name each kernel; those of several input channels by the channel too."""
    shape = layer.parameters["weight"].shape
    channels = shape[1] if len(shape) == 4 else 1
    if channels == 1:
        return [f"{kind.capitalize()} {i + 1}" for i in range(count)]
    return [f"{kind.capitalize()} {i // channels + 1}, channel {i % channels + 1}" for i in range(count)]


def _as_images(layer: Layer, weight: Array, shape: Sequence[int]) -> Array:
    """Lay weights out as images: kernels as they are, a dense layer's as large as its input, (n, rows, cols)."""
    if isinstance(layer, Linear):
        if weight.shape[1] == math.prod(shape):
            return weight.reshape(-1, *shape[-2:])  # (units * channels, H, W)
        return weight[:, None, :]  # (units, 1, inputs)
    return weight.reshape(-1, *weight.shape[2:])  # (C_out * C_in, KH, KW)


def _is_small(shown: Array) -> bool:
    return max(shown.shape[1:]) <= LARGEST_KERNEL


def shaded(values: Array) -> str:
    """Pack values as colours: a byte each, 128 for zero, up to 127 away from it for the largest magnitude."""
    most = largest(values) or 1.0
    levels = np.nan_to_num(values / most, nan=0.0, posinf=1.0, neginf=-1.0) * 127 + 128
    return packed(np.clip(np.rint(levels), 1, 255), "u1")


def grey(image: Array) -> str:
    """Pack a picture from 0 to 1 as bytes, (H, W) or the channels' mean of (C, H, W)."""
    flat = image.mean(axis=0) if image.ndim == 3 else image
    return packed(np.rint(np.clip(flat, 0, 1) * 255), "u1")


# ---- feature maps --------------------------------------------------------------------------


def maps(page: Page, asked: Plan) -> Data:
    """Give what the network makes of an example of the test images."""
    data, network = _dataset(page, asked), network_now(page, seen(page), asked)
    if data is None or network is None:
        return {"problem": "There are no pictures yet."}
    index = min(page["example"], len(data.test_labels)) - 1
    image = data.test_images[index]
    return looked_at(network, image, data) | {
        "example": index + 1, "count": len(data.test_labels), "truth": data.class_names[int(data.test_labels[index])],
    }


def looked_at(network: Sequential, image: Array, data: Dataset) -> Data:
    """Give every layer's output for one image, and what the network takes it for."""
    outputs = network.activations(image[None])
    names = [type(layer).__name__ for layer in network.layers]
    layers = [
        _layer(place, name, output[0]) for place, (name, output) in enumerate(zip(names, outputs, strict=True), 1)
        if name not in ("Flatten", "Dropout")
    ]
    probabilities = network.probabilities(image[None])[0].astype(float)
    best = int(np.nan_to_num(probabilities, nan=-1.0).argmax())
    return {
        "image": grey(image), "rows": image.shape[1], "cols": image.shape[2], "layers": layers,
        "classes": list(data.class_names), "best": best,
        "probabilities": [float(value) if math.isfinite(value) else 0.0 for value in probabilities],
        "percents": [percent(value) if math.isfinite(value) else "–" for value in probabilities],
    }


def _layer(place: int, name: str, output: Array) -> Data:
    """Describe a layer's output: maps, or units as one row."""
    as_maps = output if output.ndim == 3 else output[None, None, :MOST_UNITS]
    kind = KINDS.get(name, name)
    size = "{} maps of {}×{}".format(*output.shape) if output.ndim == 3 else f"{output.size} units"
    return {
        "title": f"{place} {kind}: {size}", "rows": as_maps.shape[1], "cols": as_maps.shape[2],
        "count": min(len(as_maps), MOST_MAPS), "values": shaded(as_maps[:MOST_MAPS]),
        "range": f"{number(float(output.min()))} to {number(float(output.max()))}",
    }


# ---- mistakes ------------------------------------------------------------------------------


def mistakes(page: Page, asked: Plan) -> Data:
    """Give the confusion matrix, and the test images most surely taken for something else."""
    run = of_session(seen(page))
    snapshot = run.snapshot if begun(run) else None
    if snapshot is None or snapshot.evaluation is None:
        return {"problem": "The test images are looked at after every epoch: none is done yet."}
    found, data = snapshot.evaluation, run.dataset
    worst = list(zip(found.wrong, found.predicted, found.probability, strict=True))[:MOST_MISTAKES]
    rows, cols = data.image_shape[1:]
    return {
        "classes": list(data.class_names), "confusion": found.confusion.tolist(), "step": found.step,
        "rows": rows, "cols": cols,
        "worst": [
            {
                "example": int(index) + 1, "image": grey(data.test_images[index]),
                "truth": data.class_names[int(data.test_labels[index])], "taken": data.class_names[int(guess)],
                "sure": percent(probability),
            }
            for index, guess, probability in worst
        ],
    }


# ---- activations ---------------------------------------------------------------------------


def activations(page: Page, asked: Plan) -> Data:
    """Give a histogram of what each layer gives for the first test images."""
    run = of_session(seen(page))
    snapshot: Snapshot | None = run.snapshot if begun(run) else None
    if snapshot is None:
        return {"problem": "There are histograms as soon as the training has begun: press One step."}
    names = [KINDS.get(type(layer).__name__, type(layer).__name__) for layer in run.network.layers]
    return {
        "step": snapshot.step,
        "layers": [
            {
                "title": f"{place} {name}", "counts": counts.tolist(),
                "low": number(edges[0]), "high": number(edges[-1]),
                "zero": float(-edges[0] / (edges[-1] - edges[0])) if edges[0] < 0 < edges[-1] else None,
            }
            for place, (name, counts, edges) in enumerate(zip(names, snapshot.counts, snapshot.edges, strict=True), 1)
            if name != "flatten"
        ],
    }


# ---- drawing -------------------------------------------------------------------------------


def draw(page: Page, asked: Plan) -> Data:
    """Give what the network makes of what a person has drawn."""
    data, network = _dataset(page, asked), network_now(page, seen(page), asked)
    if data is None or network is None:
        return {"problem": "There are no pictures yet."}
    channels, rows, cols = data.image_shape
    drawn = page.recall("drawing", b"")
    ink = np.frombuffer(drawn, np.uint8) if len(drawn) == rows * cols else np.zeros(rows * cols, np.uint8)
    image = np.repeat(ink.reshape(1, rows, cols).astype(np.float32) / 255, channels, axis=0)
    found = looked_at(network, image, data)
    if not ink.any():
        found["best"] = -1  # nothing is taken for anything
    return found | {"empty": not ink.any(), "untrained": not steps(of_session(seen(page)))}


# ---- comparing -----------------------------------------------------------------------------


def compare(page: Page, asked: Plan) -> Data:
    """Give two runs side by side, and what shifts do to them."""
    names = wanted(page)
    here = {name: of_session(name) for name in names}
    rows = [
        ["Parameters", *(f"{asked.parameters[name]:,}" if name in asked.parameters else "–" for name in names)],
        ["Epochs", *(str(len(run.history.test_epoch)) for run in here.values())],
        ["Test error", *(_last(run) for run in here.values())],
        ["Least test error", *(_least(run) for run in here.values())],
        ["Pictures/s", *(speed(run) for run in here.values())],
    ]
    measured = page.recall("shifts", {})
    return {
        "head": [f"{LETTERS[name]}: {NETWORKS[names[name]]}" for name in names], "rows": rows,
        "alone": len(names) == 1, "able": all(begun(run) for run in here.values()),
        "shifts": [
            [f"{by} pixel{'s' * (by != 1)}", *(measured[name][0][by] if name in measured else None for name in names)]
            for by in range(4)
        ] if measured else [],
        "measured": _told_once({LETTERS[name]: measured[name][1] for name in names if name in measured}),
        "letters": [LETTERS[name] for name in names],
    }


def _told_once(told: dict[str, str]) -> str:
    """Join what was told of each; what is alike is told of all."""
    different = set(told.values())
    return different.pop() if len(different) == 1 else "; ".join(f"{letter} {words}" for letter, words in told.items())


def _last(run: Run) -> str:
    return percent(run.history.test_error[-1]) if len(run.history.test_error) else "–"


def _least(run: Run) -> str:
    return percent(run.history.test_error.min()) if len(run.history.test_error) else "–"


def speed(run: Run) -> str:
    """Spell how many pictures it trains with in a second."""
    return f"{run.history.samples_per_second[-1]:,.0f}" if steps(run) else "–"


def measure_shifts(page: Page) -> None:
    """Measure each run's error on test images that are shifted by 0 to 3 pixels."""
    found = {}
    for name in wanted(page):
        run = of_session(name)
        if begun(run):
            data = run.dataset
            errors = shift_errors(run.network, data.test_images[:TESTED], data.test_labels[:TESTED])
            told = f"after step {steps(run)}, on {min(len(data.test_labels), TESTED):,} test images"
            found[name] = [round(100 * float(error), 1) for error in errors.mean(axis=1)], told
    page.remember("shifts", found)


PANELS = {
    "kernels": kernels, "maps": maps, "mistakes": mistakes, "activations": activations, "draw": draw,
    "compare": compare,
}


def _dataset(page: Page, asked: Plan) -> Dataset | None:
    """Give the run's data; before it is begun, those that are asked for."""
    run = of_session(seen(page))
    try:
        if begun(run):
            return run.dataset
        if page["data"] == OWN:
            return page.recall("own pictures")
        return dataset_of(asked.specs[seen(page)]) if asked.specs else None
    except (ValueError, OSError):
        return None
