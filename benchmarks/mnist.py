"""How well the networks of the lecture read MNIST, trained on all 60,000 digits.

    python -m benchmarks.mnist --data FOLDER [--seed 0] [--epochs N]

FOLDER holds the four IDX files, plain or gzipped. Each network is trained once; the test error is that of the last
epoch, not the best of all.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when NumPy is imported

import argparse  # noqa: E402
import time  # noqa: E402
from functools import partial  # noqa: E402
from typing import NamedTuple  # noqa: E402

import numpy as np  # noqa: E402

from conv.architectures import build  # noqa: E402
from conv.datasets import Dataset, augment, load  # noqa: E402
from conv.optimizers import SGD  # noqa: E402
from conv.training import Trainer  # noqa: E402

BATCH = 64
DECAYS = (0.6, 0.85)  # shares of the epochs after which the learning rate falls …
FALL = 0.2  # … to this share of itself


class Case(NamedTuple):
    """A network and how it is trained: the learning rate, the epochs, and how far digits are moved and turned."""

    title: str
    network: str
    rate: float
    weight_decay: float
    epochs: int
    aim: str
    shift: float = 0.0
    rotation: float = 0.0


CASES = (
    Case("dense, 784-100-10, sigmoid", "dense", 0.3, 3e-5, 30, "2.00"),
    Case("LeNet-5", "lenet5", 0.03, 5e-4, 20, "0.95"),
    Case("LeNet-5, moved 2 pixels, turned 10 degrees", "lenet5", 0.03, 2e-4, 60, "0.60", 2.0, 10.0),
)


def main() -> None:
    """Train, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="the folder with MNIST's four files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="instead of each network's own")
    chosen = parser.parse_args()
    dataset = load("mnist", chosen.data)
    print(f"seed {chosen.seed}, {len(dataset.train_labels):,} digits to train on, {len(dataset.test_labels):,} to test")
    print(f"{'network':44}{'epochs':>8}{'seconds':>9}{'test error':>12}   aim")
    for case in CASES:
        epochs = chosen.epochs or case.epochs
        error, seconds = trained(case, dataset, epochs, chosen.seed)
        print(f"{case.title:44}{epochs:8}{seconds:9.0f}{error:12.2%}   <= {case.aim} %", flush=True)


def trained(case: Case, dataset: Dataset, epochs: int, seed: int) -> tuple[float, float]:
    """Train a network to the end; its test error, and the seconds that took."""
    moved = partial(augment, shift=case.shift, rotation=case.rotation) if case.shift else None
    trainer = Trainer(
        build(case.network, np.random.default_rng(seed)), dataset,
        optimizer=SGD(case.rate, momentum=0.9, weight_decay=case.weight_decay), batch_size=BATCH, seed=seed,
        augment=moved,
    )
    start = time.perf_counter()
    for end, rate in stages(case.rate, epochs):
        trainer.change(learning_rate=rate)
        for report in trainer.run(end - trainer.epoch):
            if report.stopped and trainer.epoch < end:
                raise SystemExit(f"{case.title}: {report.stopped}")
    return trainer.evaluate().error_rate, time.perf_counter() - start


def stages(rate: float, epochs: int) -> list[tuple[int, float]]:
    """The epochs at which the learning rate falls, and the rate until then."""
    ends = [round(share * epochs) for share in DECAYS] + [epochs]
    return [(end, rate * FALL**number) for number, end in enumerate(ends)]


if __name__ == "__main__":
    main()
