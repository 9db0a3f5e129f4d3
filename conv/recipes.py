"""Settings that work: how to train which network on what, and how good it then is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from conv.architectures import build
from conv.datasets import Dataset, augment, load
from conv.optimizers import SGD, Adam
from conv.training import Report, Trainer


@dataclass(frozen=True)
class Recipe:
    """How to train a network.

    Parameters
    ----------
    architecture, dataset : str
        Names that `conv.architectures.build` and `conv.datasets.load` take.
    optimizer : conv.optimizers.SGD or Adam
    batch_size, epochs : int
    shift, rotation : float
        How far images are moved and turned; see `conv.datasets.augment`.
    learning_rates : tuple of (int, float)
        From which epoch on another learning rate is taken, and which.
    result : str
        What it reaches.
    """

    architecture: str
    dataset: str
    optimizer: SGD | Adam
    batch_size: int
    epochs: int
    shift: float
    rotation: float
    learning_rates: tuple[tuple[int, float], ...]
    result: str

    def trainer(self, seed: int = 0, dataset: Dataset | None = None) -> Trainer:
        """Make a trainer; the seed draws the initial weights and all that is random later."""
        return Trainer(
            build(self.architecture, np.random.default_rng(seed)), load(self.dataset) if dataset is None else dataset,
            optimizer=self.optimizer, batch_size=self.batch_size, seed=seed,
            augment=partial(augment, shift=self.shift, rotation=self.rotation),
        )

    def run(self, trainer: Trainer) -> Iterator[Report]:
        """Train to the end, from wherever the trainer is, changing the learning rate where it is to be changed."""
        rates = dict(self.learning_rates)
        while trainer.epoch < self.epochs:
            rate = rates.get(trainer.epoch, trainer.optimizer.learning_rate)
            if trainer.position == 0 and rate != trainer.optimizer.learning_rate:
                trainer.change(learning_rate=rate)
            report = trainer.step()
            yield report
            if report.stopped:
                return


RECIPES = {
    "digits_cnn": Recipe(
        "digits_cnn", "digits", Adam(0.01, weight_decay=1e-4), batch_size=32, epochs=150, shift=0.5, rotation=10,
        learning_rates=((105, 0.002), (135, 0.0004)),
        result="97.6 % of the digits of other writers, on average of 20 seeds (95.8 to 98.4 %), in about two seconds.",
    ),
}
"""Recipes by the name of the architecture."""
