"""What a training is to be, and what it has come to: plain values that pages, drivers and child processes share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from conv import architectures, building, datasets
from conv.blueprint import Linear, summary
from conv.blueprint_text import parse
from conv.datasets import Dataset
from conv.errors import ConvError
from conv.network import Sequential
from conv.optimizers import SGD, Adam

Array = np.ndarray

MOST_WEIGHTS = 1_000_000  # a run keeps about four of each, and there may be many runs
MOST_EPOCHS = 1000
MOST_IN_A_BATCH = 1024
LARGEST_SIDE = 64  # rows and columns of drawn images
CHANGEABLE = "learning_rate", "momentum", "weight_decay", "batch_size"
GOALS = "epochs", "target_error", "patience"  # which may change while it runs as well
OWN = "own"  # the name of a data set that is given with the run


@dataclass(frozen=True)
class Spec:
    """A training, ready to be begun; JSON has all of it.

    Parameters
    ----------
    data : str
        One of `conv.datasets.NAMES`, or ``"own"`` for a data set that is given along with this.
    folder, train, test, size
        As for `conv.datasets.load`; ``size`` is one number.
    network : str
        One of `conv.architectures.NAMES`, whose last layer then gets as many outputs as there are classes, or a network
        as `conv.blueprint_text.parse` reads it.
    seed : int
        Of the initial weights and of all chance in the training.
    optimizer : str
        ``"SGD"`` or ``"Adam"``, which has no momentum.
    learning_rate, momentum, weight_decay, batch_size
        At the beginning.
    learning_rates : tuple of (int, float)
        After how many epochs another learning rate is taken, and which; see `conv.recipes`.
    shift, rotation : float
        Of `conv.datasets.augment`; none if both are 0.
    epochs, target_error, patience
        As for `conv.training.Trainer.run`.
    """

    data: str = "digits"
    folder: str | None = None
    train: int | None = None
    test: int | None = None
    size: int | None = None
    network: str = "digits_cnn"
    seed: int = 0
    optimizer: str = "SGD"
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 0.0
    batch_size: int = 32
    learning_rates: tuple[tuple[int, float], ...] = ()
    shift: float = 0.0
    rotation: float = 0.0
    epochs: int = 20
    target_error: float | None = None
    patience: int | None = None

    def __post_init__(self) -> None:
        """Take JSON's lists as the pairs that they were."""
        object.__setattr__(self, "learning_rates", tuple((epoch, rate) for epoch, rate in self.learning_rates))

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    def with_settings(self, settings: Mapping[str, Any]) -> Spec:
        """Take those settings that may change while it runs."""
        return replace(self, **{name: settings[name] for name in CHANGEABLE if name in settings})


@dataclass(frozen=True)
class Status:
    """How a run is: ``empty``, ``waiting``, ``running``, ``paused``, ``finished`` or ``failed``.

    ``place`` is that in the queue, 0 for one that does not wait; the sentence is for the person, and may be empty.
    """

    state: str
    place: int = 0
    sentence: str = ""


@dataclass(frozen=True, eq=False)
class History:
    """What was measured so far: float arrays with a number for each step, and for each test.

    ``epoch`` is that of the step with its fraction; ``accuracy`` is of the epoch so far; ``seconds_left`` is NaN where
    nothing is known; ``seconds`` is how long it had trained by then. ``changes`` are (step, name, value) for settings
    that were changed.
    """

    step: Array
    epoch: Array
    loss: Array
    accuracy: Array
    samples_per_second: Array
    seconds_left: Array
    seconds: Array
    test_epoch: Array
    test_loss: Array
    test_error: Array
    changes: tuple[tuple[int, str, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class Evaluated:
    """How the test images were taken, after some step.

    ``confusion`` is (classes, classes), rows being the true ones. ``wrong`` are the places of the test images most
    surely mistaken, ``predicted`` what they were taken for, and ``probability`` how surely.
    """

    step: int
    confusion: Array
    wrong: Array
    predicted: Array
    probability: Array


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The network after some step; ``number`` grows with each new one.

    ``weights`` are those of `Sequential.state_dict`; ``gradients_first`` those of the first layer that learns, in the
    last batch. ``counts`` (layers, bins) and ``edges`` (layers, bins + 1) are histograms of what each layer gives for
    the first test images.
    """

    number: int
    step: int
    weights: dict[str, Array]
    gradients_first: dict[str, Array]
    counts: Array
    edges: Array
    evaluation: Evaluated | None = None


# ---- from a spec to what it names ---------------------------------------------------------------


def read_spec(values: Mapping[str, Any]) -> Spec:
    """Read a spec that comes from a file, of which nothing may be believed; a folder in it is not taken.

    Raises
    ------
    ConvError
        ``The settings of the training cannot be read. Received: problem='…'.``
    """
    try:
        found = {name: values[name] for name in Spec().plain if name != "folder"}
        for name, value in found.items():
            _check_kind(name, value)
    except (KeyError, TypeError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise ConvError.broken("The settings of the training cannot be read.", problem=problem) from error
    return Spec(**found)


def _check_kind(name: str, value: Any) -> None:
    """Refuse a value of another kind than the setting's."""
    if name == "learning_rates":
        for epoch, rate in value:
            _check_kind("epochs", epoch)
            _check_kind("learning_rate", rate)
        return
    kinds: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "float": (int, float)}
    kind, *optional = Spec.__annotations__[name].split(" | ")
    if not (isinstance(value, kinds[kind]) or (optional and value is None)) or isinstance(value, bool):
        raise ValueError(f"{name}={value!r}")


@lru_cache(maxsize=4)
def named_dataset(data: str, folder: str | None, train: int | None, test: int | None, size: int | None) -> Dataset:
    """Load a data set once for all who train with it."""
    if size is not None and size > LARGEST_SIDE:
        raise ConvError.broken(f"Drawn images must have at most {LARGEST_SIDE} rows and columns.", size=size)
    return datasets.load(data, folder, train=train, test=test, size=size)


def dataset_of(spec: Spec) -> Dataset:
    """Load the data set that a spec names; see `conv.datasets.load` for what is refused."""
    return named_dataset(spec.data, spec.folder, spec.train, spec.test, spec.size)


def network_of(spec: Spec, dataset: Dataset) -> Sequential:
    """Build a spec's network with its initial weights.

    Raises
    ------
    ConvError
        ``The network's input must be one of the data set's images. Received: input=(1, 28, 28), images=(1, 8, 8).``
        ``A network to be trained here may have at most 1000000 weights. Received: weights=138357544.``
        and those of `conv.building.build`, `conv.architectures.blueprint` and `conv.blueprint_text.parse`.
    """
    shape = dataset.image_shape
    if spec.network in architectures.NAMES:
        *layers, last = architectures.blueprint(spec.network).layers
        if isinstance(last, Linear):
            last = replace(last, out_features=len(dataset.class_names))
        layers.append(last)
    else:
        given, parsed = parse(spec.network)
        if given != shape:
            rule = "The network's input must be one of the data set's images."
            raise ConvError.broken(rule, input=given, images=shape)
        layers = list(parsed)
    weights = summary(layers, shape).parameters
    if weights > MOST_WEIGHTS:
        rule = f"A network to be trained here may have at most {MOST_WEIGHTS} weights."
        raise ConvError.broken(rule, weights=weights)
    return building.build(layers, shape, np.random.default_rng(spec.seed))


def optimizer_of(spec: Spec) -> SGD | Adam:
    """Make a spec's optimizer.

    Raises
    ------
    ConvError
        ``Optimizer must be SGD or Adam. Received: optimizer='Adagrad'.`` and those of `conv.optimizers`.
    """
    if spec.optimizer == "SGD":
        return SGD(spec.learning_rate, spec.momentum, spec.weight_decay)
    if spec.optimizer == "Adam":
        return Adam(spec.learning_rate, weight_decay=spec.weight_decay)
    raise ConvError.broken("Optimizer must be SGD or Adam.", optimizer=spec.optimizer)


def augment_of(spec: Spec) -> Any:
    """Give what a spec does to each batch, or None."""
    if spec.shift == spec.rotation == 0:
        return None
    return partial(datasets.augment, shift=spec.shift, rotation=spec.rotation)


def check_lengths(spec: Spec) -> None:
    """Refuse what would take more time or room than a page can lend.

    Raises
    ------
    ConvError
        ``Epochs must be from 1 to 1000. Received: epochs=0.``
        ``Batch size must be from 1 to 1024. Received: batch_size=5000.``
    """
    for name, most in (("epochs", MOST_EPOCHS), ("batch_size", MOST_IN_A_BATCH)):
        if not 1 <= getattr(spec, name) <= most:
            rule = f"{name.replace('_', ' ').capitalize()} must be from 1 to {most}."
            raise ConvError.broken(rule, **{name: getattr(spec, name)})
