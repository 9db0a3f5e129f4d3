"""Train the small network that comes with the program, and write its weights to conv/data/digits_cnn.npz.

Run from the project's folder: ``python -m tools.train_bundled``. It takes less than a minute, and the same machine
always gives the same weights; on another one the last digits may differ.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from conv import saving
from conv.architectures import build
from conv.datasets import augment, load
from conv.optimizers import Adam
from conv.training import Trainer

TARGET = Path(__file__).resolve().parent.parent / "conv" / "data" / "digits_cnn.npz"
# A seed of the first few whose kernels find edges and whose maps nearly all answer to something.
SEED = 2
EPOCHS, LAST_EPOCHS = 60, 20
RATE, LAST_RATE = 0.005, 0.001


def train() -> Trainer:
    """Train on the digits of the first writers, moved and turned a little so that no pixel is learnt by heart."""
    trainer = Trainer(
        build("digits_cnn", np.random.default_rng(SEED)), load("digits"), optimizer=Adam(RATE, weight_decay=1e-4),
        batch_size=32, seed=SEED, augment=partial(augment, shift=0.5, rotation=10),
    )
    for _ in trainer.run(EPOCHS):
        pass
    trainer.change(learning_rate=LAST_RATE)
    for _ in trainer.run(LAST_EPOCHS):
        pass
    return trainer


def main() -> None:
    """Train, tell how good it is, and save it."""
    trainer = train()
    found = trainer.evaluate()
    wrong = found.confusion.sum() - found.confusion.trace()
    print(f"{wrong} of {found.confusion.sum()} test digits are mistaken: {found.error_rate:.1%}.")
    saving.write(TARGET, trainer.network.state_dict())


if __name__ == "__main__":
    main()
