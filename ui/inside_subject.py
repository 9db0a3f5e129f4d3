"""What is looked into: a trained network with the pictures it is tested on, and what is found in it once for all."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path

import numpy as np

from conv.architectures import build
from conv.blueprint import Summary
from conv.datasets import load
from conv.inspection import (
    Ascent,
    Edge,
    Patch,
    deconvnet,
    edge,
    gradient_ascent,
    guided_backprop,
    seen_by,
    strongest_patches,
)
from conv.layers import Array, Conv2d, ConvTranspose2d, Dropout, Flatten, Linear, Pool
from conv.network import Sequential
from conv.receptive_field import Region

WEIGHTS = Path(__file__).parent.parent / "conv" / "data" / "digits_cnn.npz"
PATCHES = 9
STEPS = 80  # of an ascent
FRAMES = (0, 5, 10, 20, 40, 80)  # of them, those that are shown
MOST_PICTURES = 500  # of a test set, that are searched
MOST_WORK = 1_000_000_000  # multiply-adds that one search may take, about


@dataclass(frozen=True)
class Stage:
    """A layer that reads with a window or sees all, together with what is done to each of its outputs alone.

    ``layer`` is the last of these in the network, counted from 0; ``number`` counts the stages of a kind from 1.
    """

    kind: str  # "conv", "pool", "dense" or "scores"
    number: int
    layer: int
    shape: tuple[int, ...]  # of its output: (maps, rows, cols) or (units,)

    @property
    def maps(self) -> int:
        """Maps, or units of a dense layer."""
        return self.shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of a map."""
        rows, cols = self.shape[1:] or (1, 1)
        return rows, cols

    @property
    def name(self) -> str:
        """As the page calls it."""
        kinds = {"conv": "Convolution", "pool": "Pooling", "dense": "Dense"}
        return f"{kinds[self.kind]} {self.number}" if self.kind in kinds else "Class scores"

    @property
    def noun(self) -> str:
        """What one of its outputs is."""
        return {"scores": "class", "dense": "unit"}.get(self.kind, "map")


@dataclass(eq=False)
class Subject:
    """A network and its test set.

    What is found in the network alone is kept here, and only here: a network that someone trained goes with them.

    Attributes
    ----------
    key : str
        Another one for another network, and for the same one once it has learnt more.
    about : str
        What it is and how good.
    images, labels : ndarray
        Pictures that it was not trained with, (N, C, H, W) and (N,).
    """

    key: str
    about: str
    network: Sequential
    images: Array
    labels: Array
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        self.seen = lru_cache(maxsize=4096)(self._seen)
        self.patches = lru_cache(maxsize=32)(self._patches)
        self.projections = lru_cache(maxsize=128)(self._projections)
        self.ideal = lru_cache(maxsize=128)(self._ideal)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        channels, rows, cols = self.images.shape[1:]
        return channels, rows, cols

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The network's stages, from the picture up."""
        return tuple(stages(self.network, [row.output_shape for row in self.summary.rows]))

    @cached_property
    def summary(self) -> Summary:
        """The network layer by layer."""
        return self.network.summary(self.image_shape)

    @cached_property
    def cost(self) -> int:
        """Multiply-adds for one picture."""
        return self.summary.multiply_adds

    def pictures_of(self, label: int) -> list[int]:
        """Give the places of a class in the test set."""
        return np.flatnonzero(self.labels == label).tolist()

    def afford(self, most: int, least: int, each: float = 1) -> int:
        """How many passes through the network may be spent, each as dear as so many plain ones."""
        return max(least, min(most, int(MOST_WORK / max(self.cost * each, 1))))

    @property
    def searched(self) -> int:
        """How many pictures of the test set are searched for patches."""
        return min(len(self.images), self.afford(MOST_PICTURES, 32))

    @property
    def steps(self) -> int:
        """How many steps an ascent takes."""
        return self.afford(STEPS, 10, each=3)

    def _seen(self, stage: Stage, channel: int, unit: tuple[int, int]) -> Region:
        """The part of the picture that a unit sees."""
        return seen_by(self.network, self.image_shape[1:], layer=stage.layer, channel=channel, unit=unit)

    def _patches(self, stage: Stage) -> list[list[Patch]]:
        """The parts of test pictures that excite each map of a stage the most."""
        return strongest_patches(self.network, self.images[: self.searched], layer=stage.layer, count=PATCHES)

    def _projections(self, stage: Stage, channel: int) -> tuple[Array, Array]:
        """What deconvnet and guided backprop send down from the units of a map's strongest patches, (n, H, W) each."""
        found = self.patches(stage)[channel]
        images = self.images[[patch.image for patch in found]]
        units = [patch.unit for patch in found] if len(stage.shape) == 3 else None
        down, guided = (
            method(self.network, images, channel=channel, layer=stage.layer, units=units)
            for method in (deconvnet, guided_backprop)
        )
        return flat(down), flat(guided)

    def _ideal(self, stage: Stage, channel: int) -> list[Ascent]:
        """Some steps on the way to what a map's middle unit likes best, the last one last."""
        ascents = gradient_ascent(
            self.network, self.image_shape, channel=channel, layer=stage.layer, rng=np.random.default_rng(0)
        )
        wanted = {*(step for step in FRAMES if step < self.steps), self.steps}
        return [ascent for ascent in itertools.islice(ascents, self.steps + 1) if ascent.step in wanted]

    @cached_property
    def kernels(self) -> Array:
        """The first layer's kernels, (maps, KH, KW), if it is a convolution of one channel; else none."""
        first = self.network.layers[0]
        if not isinstance(first, Conv2d) or first.parameters["weight"].shape[1] > 1:
            return np.empty((0, 1, 1))
        return first.parameters["weight"][:, 0]

    @cached_property
    def edges(self) -> list[Edge]:
        """How far each of these finds edges."""
        return [edge(kernel) for kernel in self.kernels]


def stages(network: Sequential, shapes: Sequence[tuple[int, ...]]) -> list[Stage]:
    """Divide a network into stages; ``shapes`` are the layers' outputs, each without the batch.

    >>> [(stage.name, stage.layer, stage.shape) for stage in bundled().stages][:2]
    [('Convolution 1', 1, (8, 8, 8)), ('Pooling 1', 2, (8, 4, 4))]
    """
    found: list[Stage] = []
    counts = {"conv": 0, "pool": 0, "dense": 0}
    for index, (layer, shape) in enumerate(zip(network.layers, shapes, strict=True)):
        kind = kind_of(layer)
        if kind:
            counts[kind] += 1
            found.append(Stage(kind, counts[kind], index, shape))
        elif found and not isinstance(layer, Flatten | Dropout) and shape == found[-1].shape:
            found[-1] = replace(found[-1], layer=index)
    if found and found[-1].kind == "dense":
        found.pop()
    return [*found, Stage("scores", 1, len(network.layers) - 1, shapes[-1])]


def kind_of(layer: object) -> str:
    """What a layer begins: a stage of a kind, or nothing."""
    if isinstance(layer, Conv2d | ConvTranspose2d):
        return "conv"
    if isinstance(layer, Pool):
        return "pool"
    return "dense" if isinstance(layer, Linear) else ""


def flat(images: Array) -> Array:
    """One value a pixel, (N, C, H, W) -> (N, H, W): of several channels the one furthest from 0."""
    largest = np.abs(images).argmax(axis=1, keepdims=True)
    return np.take_along_axis(images, largest, axis=1)[:, 0]


def grey(images: Array) -> Array:
    """What is shown of pictures, (N, C, H, W) -> (N, H, W): the mean of the channels."""
    return images.mean(axis=1)


@cache
def bundled() -> Subject:
    """The small network that comes with the program; it is the same for everyone."""
    network, digits = build("digits_cnn"), load("digits")
    network.load(WEIGHTS)
    wrong = int((network.predict(digits.test_images) != digits.test_labels).sum())
    about = (
        f"A small network for 8×8 digits, trained on {len(digits.train_images):,} of them. "
        f"Of {len(digits.test_images)} by other writers it mistakes {wrong}."
    )
    return Subject("bundled", about, network, digits.test_images, digits.test_labels, digits.class_names)


def squares(subject: Subject, size: int) -> int:
    """How far apart the covering squares are, so that there are no more than can be afforded."""
    rows, cols = (length - size + 1 for length in subject.image_shape[1:])
    most = subject.afford(200, 25, each=len(subject.class_names) + 1)
    return max(1, math.ceil(math.sqrt(rows * cols / most)))
