"""Training: which data, which network and which hyper-parameters; what a change does to the run, and what waits."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from conv import architectures
from conv.architectures import Layers
from conv.blueprint import Conv2d, Flatten, Linear, ReLU, Shape, summary
from conv.blueprint_text import MOST_CHARACTERS, parse, write
from conv.datasets import NAMES, SOURCES, Dataset, cache_folder, check_folder
from conv.datasets.loading import CLOTHES, DIGITS_TRAIN, DRAWN, DRAWN_SIZE, DRAWN_TRAIN, TEN_DIGITS
from conv.datasets.shapes import LEAST_SIDE
from conv.errors import ConvError
from ui import controls
from ui.controls import Item, action, fold, lines, select, slider, start_from
from ui.run_spec import MOST_EPOCHS, Spec
from ui.settings import Page, Setting, Values, choice, flag, held, line, real, text, whole

OWN = "own"
DATA = {name: named.title for name, named in NAMES.items()} | {OWN: "Your own pictures"}
LARGEST_DRAWN = 32
LONGEST_FOLDER = 300
IMAGES = (50, 100, 300, 1000, 3000, 10_000, 30_000)  # and all there are, which is 0
MNIST_TRAIN = 60_000

STRIDED: Layers = (
    Conv2d(8, 3, stride=2, padding=1), ReLU(), Conv2d(16, 3, stride=2, padding=1), ReLU(), Flatten(), Linear(10),
)
NETWORKS = {
    "digits_cnn": "Small CNN",
    "strided": "Small CNN, no pooling",  # but strides, and so the same shapes
    "equal": "Dense, equal parameters",  # to the small CNN's
    "dense": "Dense, 100 hidden units",
    "lenet5": "LeNet-5",
    OWN: "Your own",
}
NOTHING = "none"  # to compare with

OPTIMIZERS = {"SGD": "SGD with momentum", "Adam": "Adam"}
USUAL_RATE = {"SGD": 0.02, "Adam": 0.002}
RATES: dict[float, str] = {
    rate: f"{rate:g}" for exponent in (-4, -3, -2, -1)
    for rate in (10.0**exponent, 2 * 10.0**exponent, 5 * 10.0**exponent)
} | {1.0: "1"}
MOMENTA: dict[float, str] = {value: f"{value:g}" for value in (0.0, 0.5, 0.9, 0.95, 0.99)}
DECAYS: dict[float, str] = {0.0: "0", 1e-5: "0.00001", 1e-4: "0.0001", 5e-4: "0.0005", 1e-3: "0.001", 1e-2: "0.01"}
BATCHES: dict[float, str] = {float(2**power): str(2**power) for power in range(10)}
EPOCHS: dict[float, str] = {float(n): str(n) for n in (1, 2, 5, 10, 20, 50, 100, 200, 300, 500, MOST_EPOCHS)}
SHIFTS: dict[float, str] = {value: f"{value:g}" for value in (0.0, 0.5, 1.0, 2.0, 3.0)}
ANGLES: dict[float, str] = {float(value): f"{value}°" for value in (0, 5, 10, 15, 20, 30, 45)}
TARGETS: dict[float, str] = {0.0: "none"} | {value: f"{value:g} %" for value in (0.5, 1.0, 2.0, 3.0, 5.0, 10.0)}
PATIENCES: dict[float, str] = {0.0: "none"} | {float(value): f"{value} epochs" for value in (3, 5, 10, 20, 50)}

TABS = {
    "kernels": "Kernels", "maps": "Feature maps", "mistakes": "Mistakes", "activations": "Activations",
    "draw": "Draw", "compare": "Compare",
}

SETTINGS = (
    choice("data", "digits", DATA),
    whole("size", DRAWN_SIZE, LEAST_SIDE, LARGEST_DRAWN),
    line("folder", LONGEST_FOLDER),
    whole("images", 0, 0, MNIST_TRAIN),
    choice("net", "digits_cnn", NETWORKS, "one of the networks under Network in the sidebar"),
    text("layers", MOST_CHARACTERS),
    choice("against", NOTHING, [NOTHING, *NETWORKS]),
    whole("seed", 1, 0, 999),
    choice("opt", "SGD", OPTIMIZERS),
    real("rate", USUAL_RATE["SGD"], 0.0, 10.0),
    real("momentum", 0.9, 0.0, 0.999),
    real("decay", 5e-4, 0.0, 1.0),
    whole("batch", 32, 1, 512),
    whole("epochs", 100, 1, MOST_EPOCHS),
    real("shift", 0.5, 0.0, 8.0),
    real("rotation", 10.0, 0.0, 90.0),
    real("target", 0.0, 0.0, 100.0),
    whole("patience", 0, 0, MOST_EPOCHS),
    choice("tab", "kernels", TABS),
    choice("of", "a", ["a", "b"]),  # which of two is looked into
    whole("example", 1, 1, 100_000),
    flag("log"),
    real("smooth", 0.6, 0.0, 0.99),
    choice("curve", "accuracy", ["accuracy", "error"]),
)


class Preset(NamedTuple):
    """A training to begin with."""

    title: str
    settings: Values
    text: str


PRESETS = {
    "digits": Preset("Digits in seconds", {}, "Press Train: how soon are 97 % of the test digits read rightly?"),
    "dense": Preset(
        "Dense against CNN at equal parameters", {"against": "equal", "tab": "compare", "curve": "error"},
        "Same number of parameters, same data, same seed: press Train, then measure what a shift of the digits does.",
    ),
    "pooling": Preset(
        "With and without pooling", {"against": "strided", "tab": "compare", "curve": "error"},
        "The same parameters, but strides in place of poolings: press Train, then shift the test digits.",
    ),
    "overfitting": Preset(
        "Too few pictures",
        {"images": 100, "shift": 0.0, "rotation": 0.0, "decay": 0.0, "curve": "error"},
        "A hundred pictures are soon learnt by heart: watch the two errors part. Then add shifts and rotations.",
    ),
    "diverging": Preset(
        "A rate too large", {"rate": 1.0, "momentum": 0.9, "decay": 0.0, "tab": "activations"},
        "Watch the loss leap. Can the rate be lowered soon enough to save the run?",
    ),
    "shapes": Preset(
        "Lines, corners and textures", {"data": "shapes", "shift": 0.0, "rotation": 0.0, "epochs": 20},
        "Twelve kinds of drawings: which kernels become detectors of lines, and of which lines?",
    ),
    "lenet": Preset(
        "LeNet-5 on MNIST",
        {"data": "mnist", "net": "lenet5", "epochs": 5, "batch": 64, "shift": 0.0, "rotation": 0.0},
        "The lecture's network on its data: fetch MNIST or name its folder, then train.",
    ),
}


# ---- data ----------------------------------------------------------------------------------


def known_shape(page: Page) -> tuple[Shape, int] | None:
    """Give an image's shape and the number of classes, before anything is loaded; None for own pictures not yet there.
    """
    name = page["data"]
    if name == OWN:
        own: Dataset | None = page.recall("own pictures")
        return (own.image_shape, len(own.class_names)) if own else None
    if name in DRAWN:
        return (1, page["size"], page["size"]), len(DRAWN[name])
    return ((1, 8, 8) if name == "digits" else (1, 28, 28)), len(CLOTHES if name == "fashion_mnist" else TEN_DIGITS)


def missing(page: Page) -> bool:
    """Whether the data have to be downloaded first, as no other folder is named."""
    name = page["data"]
    if name not in SOURCES or page["folder"]:
        return False
    files = [cache_folder(name) / file.name for file in SOURCES[name].files]
    return not all(file.is_file() or file.with_suffix("").is_file() for file in files)


def folder_of(page: Page) -> str | None:
    """Give the folder that is named, if any counts; ``~`` is the home of who runs the app."""
    return os.path.expanduser(page["folder"]) if page["folder"] and page["data"] in SOURCES else None


def folder_problem(page: Page) -> str:
    """Say what is wrong with the folder that is named."""
    folder = folder_of(page)
    try:
        if folder:
            check_folder(page["data"], folder)
    except ConvError as error:
        return str(error)
    return ""


def available(page: Page) -> int:
    """How many pictures there are to train with, so far as that is known before they are read."""
    if page["data"] in DRAWN:
        return DRAWN_TRAIN
    return DIGITS_TRAIN if page["data"] == "digits" else MNIST_TRAIN


# ---- networks ------------------------------------------------------------------------------


def layers_of(name: str, shape: Shape, classes: int, own: str = "") -> Layers:
    """Give a network's layers for images of a shape; the last one has an output for each class.

    Raises
    ------
    ConvError
        Those of `conv.blueprint_text.parse` for one's own.
    """
    if name == OWN:
        return ending_in(parse(own)[1], classes)
    if name == "strided":
        return ending_in(STRIDED, classes)
    if name == "equal":
        wanted = summary(layers_of("digits_cnn", shape, classes), shape).parameters
        return Flatten(), Linear(hidden_units(shape, classes, wanted)), ReLU(), Linear(classes)
    return ending_in(architectures.blueprint(name).layers, classes)


def ending_in(layers: Layers, classes: int) -> Layers:
    """Let the last layer, if it is a dense one, have as many outputs as there are classes."""
    *before, last = layers
    return (*before, replace(last, out_features=classes)) if isinstance(last, Linear) else layers


def hidden_units(shape: Shape, classes: int, parameters: int) -> int:
    """Give the hidden units of a dense network that come nearest to a number of parameters, at least 1.

    With n inputs and k classes, h units have h (n + 1) + k (h + 1) parameters.

    >>> hidden_units((1, 8, 8), 10, 1898)  # 25*65 + 10*26 = 1885
    25
    """
    inputs = shape[0] * shape[1] * shape[2]
    return max(1, round((parameters - classes) / (inputs + 1 + classes)))


# ---- what is to be trained -----------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What the settings ask for.

    Attributes
    ----------
    specs : dict of str to Spec
        ``"a"``, and ``"b"`` where two are compared; empty while there is something in the way.
    parameters : dict of str to int
        Of their networks.
    problem : str
        What is in the way, as a sentence.
    """

    specs: dict[str, Spec]
    parameters: dict[str, int]
    problem: str = ""


def settle(page: Page) -> Plan:
    """Make a plan of the settings, repairing what can be repaired."""
    arrived = page.recall("settled") != page.arrivals
    page.remember("settled", page.arrivals)
    if arrived and page["data"] == OWN and page.recall("own pictures") is None:
        page.notes.append("No link can carry pictures: choose the zip file in the sidebar.")
    if OWN in (page["net"], page["against"]) and not page["layers"]:
        page.update(layers=first_own(page))
    there_are = available(page)
    if page["images"] > there_are:
        page.notes.append(f"There are {there_are:,} training pictures, not {page['images']:,}: all of them are taken.")
    if page["images"] >= there_are:
        page.update(images=0)
    return plan(page)


def first_own(page: Page) -> str:
    """Start one's own network from what the page of architectures holds, or else from the small CNN."""
    lent = str(held("architectures").get("layers", ""))
    if lent:
        return lent
    shape, classes = known_shape(page) or ((1, 28, 28), 10)
    return write(shape, layers_of("digits_cnn", shape, classes))


def plan(page: Page) -> Plan:
    """Make a plan of the settings as they are."""
    known = known_shape(page)
    if known is None:
        return Plan({}, {}, "Choose a zip file with a folder of pictures for each class, in the sidebar.")
    if missing(page):
        rule = "is not on this app's computer yet: press Download in the sidebar, or name the folder of its four files."
        return Plan({}, {}, f"{DATA[page['data']]} {rule}")
    if problem := folder_problem(page):
        return Plan({}, {}, problem)
    shape, classes = known
    specs, parameters = {}, {}
    for run, name in wanted(page).items():
        try:
            layers = layers_of(name, shape, classes, page["layers"])
            parameters[run] = summary(layers, shape).parameters
            specs[run] = replace(base(page), network=write(shape, layers))
        except ConvError as error:
            return Plan({}, {}, f"{NETWORKS[name]} cannot read these pictures. {error}")
    return Plan(specs, parameters)


def wanted(page: Page) -> dict[str, str]:
    """Give the networks to train: ``a``, and ``b`` to compare it with."""
    return {"a": page["net"]} | ({} if page["against"] == NOTHING else {"b": page["against"]})


def base(page: Page) -> Spec:
    """Give what both runs have in common."""
    name = page["data"]
    return Spec(
        data=name, folder=folder_of(page), train=page["images"] or None,
        size=page["size"] if name in DRAWN else None, seed=page["seed"], optimizer=page["opt"],
        learning_rate=page["rate"], momentum=page["momentum"], weight_decay=page["decay"], batch_size=page["batch"],
        shift=page["shift"], rotation=page["rotation"], epochs=page["epochs"],
        target_error=page["target"] / 100 if page["target"] else None, patience=page["patience"] or None,
    )


def settings_of(spec: Spec) -> Values:
    """Give the page's settings that make a spec, as far as a link can carry it."""
    shape, layers = parse(spec.network) if spec.network not in architectures.NAMES else (None, ())
    named = next((name for name in NETWORKS if name != OWN and shape and _is(name, shape, layers)), OWN)
    named = spec.network if spec.network in NETWORKS else named
    values: Values = {
        "data": spec.data, "size": spec.size or DRAWN_SIZE, "images": spec.train or 0, "net": named, "against": NOTHING,
        "seed": spec.seed, "opt": spec.optimizer, "rate": spec.learning_rate, "momentum": spec.momentum,
        "decay": spec.weight_decay, "batch": spec.batch_size, "epochs": spec.epochs, "shift": spec.shift,
        "rotation": spec.rotation, "target": 100 * (spec.target_error or 0.0), "patience": spec.patience or 0,
    }
    return values | ({"layers": spec.network} if named == OWN else {})


def _is(name: str, shape: Shape, layers: Layers) -> bool:
    """Whether these are the layers of a network by its name."""
    last = layers[-1]
    return isinstance(last, Linear) and layers == layers_of(name, shape, last.out_features)


# ---- controls ------------------------------------------------------------------------------


def items(page: Page, shown: Plan, *, fetching: bool) -> list[Item]:
    """Describe the controls: few in sight, the rest folded away."""
    optimizer = page["opt"]
    return [
        start_from(PRESETS),
        select(page, "data", "Data", DATA),
        *_data(page, fetching=fetching),
        select(page, "net", "Network", NETWORKS),
        select(page, "against", "Compare with", {NOTHING: "nothing"} | NETWORKS),
        *_own(page, shown),
        stops(page, "rate", "Learning rate", RATES),
        fold("hyper", "Hyper-parameters", [
            select(page, "opt", "Optimizer", OPTIMIZERS),
            *([stops(page, "momentum", "Momentum", MOMENTA)] if optimizer == "SGD" else []),
            stops(page, "decay", "Weight decay", DECAYS),
            stops(page, "batch", "Batch size", BATCHES),
            stops(page, "epochs", "Epochs", EPOCHS),
            slider(page, "seed", "Seed", (0, 20)),
        ]),
        fold("augmentation", "Augmentation", [
            stops(page, "shift", "Shift by up to, pixels", SHIFTS),
            stops(page, "rotation", "Turn by up to", ANGLES),
            *_images(page),
        ]),
        fold("stopping", "When to stop", [
            stops(page, "target", "At a test error of", TARGETS),
            stops(page, "patience", "Without a better one for", PATIENCES),
        ]),
        action("load", "Load a saved run or weights"),
    ]


def _data(page: Page, *, fetching: bool) -> list[Item]:
    name = page["data"]
    if name in DRAWN:
        return [slider(page, "size", "Rows and columns", (LEAST_SIDE, LARGEST_DRAWN))]
    if name not in SOURCES:
        return []
    megabytes = SOURCES[name].size / 1e6
    return [
        controls.line(
            page, "folder", "Folder with its four IDX files, on this app's computer", error=folder_problem(page)
        ),
        action("stop_fetching", "Stop the download") if fetching
        else action("fetch", f"Download {SOURCES[name].title} ({megabytes:.0f} MB)"),
    ]


def _images(page: Page) -> list[Item]:
    """How many of the training pictures to take; of one's own, all."""
    there_are = available(page)
    fewer: dict[float, str] = {float(count): f"{count:,}" for count in IMAGES if count < there_are}
    if page["data"] == OWN:
        return []
    if page["images"]:
        fewer = dict(sorted((fewer | {float(page["images"]): f"{page['images']:,}"}).items()))
    return [controls.stops(page, "images", "Training pictures", fewer | {0.0: f"all {there_are:,}"})]


def stops(page: Page, name: str, label: str, titles: Mapping[float, str]) -> Item:
    """A slider over a few numbers, and where a link or a run has put it besides."""
    unit = re.sub(r"^[\d.,]+", "", list(titles.values())[-1])
    here = {page[name]: f"{page[name]:g}{unit}"}
    return controls.stops(page, name, label, dict(sorted((here | dict(titles)).items())))


def _own(page: Page, shown: Plan) -> list[Item]:
    if OWN not in (page["net"], page["against"]):
        return []
    lent = held("architectures").get("layers")
    return [
        lines(page, "layers", "Layers, one a line", rows=9, error=shown.problem if page["data"] != OWN else ""),
        *([action("lend", "Take the one from Architectures")] if lent and lent != page["layers"] else []),
    ]


def take(page: Page) -> None:
    """Take what a person has changed."""
    before = page["opt"]
    for name, value in page.take("controls"):
        if name == "preset" and value in PRESETS:
            page.start_from(PRESETS[value].settings)
        elif name == "opt" and value in OPTIMIZERS and value != before:
            if page["rate"] == USUAL_RATE[before]:
                page.update(rate=USUAL_RATE[value])
            before = value
        elif name == "against" and value != NOTHING:
            page.update(tab="compare")
        elif name == "lend":
            page.update(layers=str(held("architectures").get("layers", "")))
        elif name in ("fetch", "stop_fetching"):
            page.remember("fetching", page["data"] if name == "fetch" else "")
        elif name == "load":
            page.remember("loading", not page.recall("loading", False))


def sentence(page: Page) -> str:
    """Say what to try: what the preset asks, or the page's own question."""
    here: Mapping[str, Any] = page.values
    for preset in PRESETS.values():
        if preset.settings and all(here[name] == value for name, value in preset.settings.items() if name != "tab"):
            return preset.text
    return PRESETS["digits"].text if here["data"] == "digits" else "Press Train: which kernels come out, and why these?"


def declared(name: str) -> Setting:
    """Give one of the page's settings."""
    return next(setting for setting in SETTINGS if setting.name == name)
