"""How fast a network trains, beside PyTorch: ``python -m benchmarks.training``.

Both train the same network on the same batches, in one process on one thread: forward, backward and update, and for us
all else that `Trainer.step` does. The contenders take turns (ours, theirs, ours, theirs), and a ratio is the median
over the turns of our time by theirs: below 1 we are the faster. Losses and gradients are compared before anything is
timed. PyTorch gives large blocks of memory back to the system and asks for them again, at every step, and runs faster
when told to keep them; so does NumPy, a little: the second column is measured in a process of its own with
``MALLOC_MMAP_MAX_=0`` and ``MALLOC_TRIM_THRESHOLD_`` out of reach (glibc alone reads them).
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # read when NumPy is imported

import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

from conv.architectures import build  # noqa: E402
from conv.datasets import Dataset  # noqa: E402
from conv.optimizers import SGD  # noqa: E402
from conv.training import Trainer  # noqa: E402

torch.set_num_threads(1)

TURNS, SECONDS_A_TURN = 41, 0.05
BATCHES = 200  # an epoch
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40)}
SETTINGS = {"momentum": 0.9, "weight_decay": 1e-3}
NETWORKS = {  # name: (title, batch, aim)
    "lenet5": ("LeNet-5, 28x28, batch 64", (64, 1, 28, 28), 0.50),
    "digits_cnn": ("demo net, 8x8, batch 32", (32, 1, 8, 8), 0.30),
}
MODULES = {
    "Conv2d": lambda p, n: nn.Conv2d(n[0], p.out_channels, p.kernel_size, p.stride, p.padding),
    "MaxPool2d": lambda p, n: nn.MaxPool2d(p.kernel_size, p.stride),
    "Linear": lambda p, n: nn.Linear(n[0], p.out_features),
    "ReLU": lambda p, n: nn.ReLU(),
    "Flatten": lambda p, n: nn.Flatten(),
}


def twin(network, input_shape):
    """The same network in PyTorch, with the same weights."""
    rows = network.summary(input_shape).rows
    module = nn.Sequential(*(MODULES[row.kind](row.layer, row.input_shape) for row in rows))
    with torch.no_grad():
        for theirs, ours in zip(module.parameters(), network.parameters.values(), strict=True):
            theirs.copy_(torch.from_numpy(ours.copy()))
    return module


def contenders(name):
    """One step of ours, and one of theirs, on random images."""
    _, shape, _ = NETWORKS[name]
    rng = np.random.default_rng(0)
    count = BATCHES * shape[0]
    images, labels = rng.random((count, *shape[1:]), dtype="float32"), rng.integers(0, 10, count)
    network = build(name, rng)
    module, loss = twin(network, shape[1:]), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(module.parameters(), 1e-3, **SETTINGS)
    data = Dataset(images, labels, images[:1], labels[:1], tuple("0123456789"))
    trainer = Trainer(network, data, optimizer=SGD(1e-3, **SETTINGS), batch_size=shape[0])
    tensors, batches = (torch.from_numpy(images), torch.from_numpy(labels)), torch.randperm(len(labels))
    place = 0

    def theirs():
        nonlocal place
        chosen = batches[place : place + shape[0]]
        place = (place + shape[0]) % len(batches)
        optimizer.zero_grad()
        error = loss(module(tensors[0][chosen]), tensors[1][chosen])
        error.backward()
        optimizer.step()
        return float(error.detach())

    own_loss, _ = network.learn(images[: shape[0]], labels[: shape[0]])
    their_loss = loss(module(tensors[0][: shape[0]]), tensors[1][: shape[0]])
    their_loss.backward()
    np.testing.assert_allclose(own_loss, their_loss.item(), rtol=1e-5)
    for ours, parameter in zip(network.gradients.values(), module.parameters(), strict=True):
        np.testing.assert_allclose(ours, parameter.grad.numpy(), rtol=1e-3, atol=1e-6)
    return trainer.step, theirs


def seconds(step, count):
    """The processor's time: on one thread it is the clock's, but for what other programs take."""
    start = time.process_time()
    for _ in range(count):
        step()
    return time.process_time() - start


def ratio(name):
    """Our time by theirs, with the smallest and the largest of the turns' middle half."""
    ours, theirs = contenders(name)
    seconds(ours, 10)
    count = max(1, round(SECONDS_A_TURN * 10 / seconds(theirs, 10)))
    turns = [seconds(ours, count) / seconds(theirs, count) for _ in range(TURNS)]
    low, middle, high = statistics.quantiles(turns, n=4)
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def in_own_process(name, environment):
    command = [sys.executable, "-m", "benchmarks.training", name]
    run = subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def main():
    if len(sys.argv) > 1:
        print(ratio(sys.argv[1]))
        return
    print(f"{'our time by PyTorch, one thread each':<40}{'as it comes':>20}{'memory kept':>20}{'aim':>8}")
    for name, (title, _, aim) in NETWORKS.items():
        plain, kept = in_own_process(name, {}), in_own_process(name, KEEP_MEMORY)
        print(f"{title:<40}{plain:>20}{kept:>20}{aim:>8.2f}")


if __name__ == "__main__":
    main()
