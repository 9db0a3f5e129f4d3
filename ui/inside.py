"""Looking inside a network: the page's settings, their repair, and its controls."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from conv.inspection import feature_maps
from conv.layers import Array
from conv.losses import softmax
from ui import controls, runs
from ui.controls import Item
from ui.inside_subject import Stage, Subject, bundled
from ui.presets import Preset
from ui.settings import Page, choice, text, whole

BUNDLED, OWN = "bundled", "own"
NETWORKS = {BUNDLED: "The small network that comes along", OWN: "The network you are training"}
METHODS = {
    "patches": "Strongest patches", "signals": "What moves it", "occlusion": "Occlusion", "ideal": "Ideal input",
}
FILLS = {"paper": "Paper (0)", "grey": "Grey (0.5)", "ink": "Ink (1)"}
FILL_VALUES = {"paper": 0.0, "grey": 0.5, "ink": 1.0}
INKS = "0123456789abcdefg"  # the levels of a drawn pixel, as many as the digits have
LONGEST_DRAWING = 64 * 64

SETTINGS = (
    choice("net", BUNDLED, NETWORKS, "bundled, the network that comes along, or own, the one you are training"),
    whole("class", 2, 0, 999),
    whole("n", 1, 1, 10**6),  # of the class's pictures in the test set, counted from 1
    text("ink", LONGEST_DRAWING),  # a drawing instead
    whole("layer", 3, 1, 99),  # counted from 1
    whole("map", 12, 1, 10**6),
    choice("method", "patches", METHODS),
    whole("size", 3, 1, 64),
    choice("fill", "paper", FILLS),
)

PRESETS = {
    "twos": Preset("A map that answers to twos", "All its strongest patches are the foot of a 2.", {}),
    "edge": Preset("An edge: ink above, paper below", "Three by three pixels, one direction.", {"layer": 1, "map": 1}),
    "moves": Preset(
        "What makes this a 4?", "Three ways down from the class to the pixels.",
        {"class": 4, "n": 2, "layer": 5, "map": 5, "method": "signals"},
    ),
    "decisive": Preset(
        "Which strokes are decisive?", "Cover them, and the 9 becomes something else.",
        {"class": 9, "n": 3, "layer": 5, "map": 10, "method": "occlusion"},
    ),
    "mistaken": Preset(
        "A 3 that is taken for a 5", "Which of its strokes speak for a 5?",
        {"class": 3, "n": 29, "layer": 5, "map": 6, "method": "signals"},
    ),
    "ideal": Preset("The ideal 9", "What the network would like to see.", {"layer": 5, "map": 10, "method": "ideal"}),
    "dead": Preset("A map that never answers", "Training has switched it off for good.", {"layer": 3, "map": 7}),
}


MISSING = {
    "class": "The test pictures have no class", "n": "This class has no test picture",
    "layer": "This network has no layer", "map": "This layer has no map",
    "size": "This picture has no room for a square of size",
}


@dataclass(frozen=True, eq=False)
class Shown:
    """What the page shows: a picture in a network, one map of one stage, and how it is asked."""

    subject: Subject
    image: Array  # (C, H, W), from 0 to 1
    label: int | None  # None for a drawing
    picture: tuple[int, int]  # class and number, from 1, of the test picture that it is or was drawn on
    title: str
    place: int  # of the stage
    map: int
    method: str
    size: int
    fill: str

    @property
    def stage(self) -> Stage:
        """The stage that is looked at."""
        return self.subject.stages[self.place]

    @cached_property
    def maps(self) -> list[Array]:
        """Each stage's output for the picture."""
        found = feature_maps(self.subject.network, self.image)
        return [found[stage.layer] for stage in self.subject.stages]

    @cached_property
    def probabilities(self) -> Array:
        """Each class's."""
        return softmax(self.maps[-1][None])[0]

    @property
    def predicted(self) -> int:
        """The most probable class."""
        return int(self.probabilities.argmax())

    @property
    def watched(self) -> int:
        """The class that the decisive parts are asked for: the true one, of a drawing the most probable."""
        return self.predicted if self.label is None else self.label


# ---- settling ------------------------------------------------------------------------------------


def settle(page: Page) -> Shown:
    """Repair the page's settings where they are not valid, note what changed, and find what they name."""
    subject = subject_of(page)
    before = {name: page[name] for name in ("class", "n", "layer", "map", "size")}
    label = min(page["class"], len(subject.class_names) - 1)
    pictures = subject.pictures_of(label)
    while not pictures:  # a test set may lack a class
        label = (label + 1) % len(subject.class_names)
        pictures = subject.pictures_of(label)
    number = min(page["n"], len(pictures))
    place = min(page["layer"], len(subject.stages))
    channel = min(page["map"], subject.stages[place - 1].maps)
    size = min(page["size"], *subject.image_shape[1:])
    now = {"class": label, "n": number, "layer": place, "map": channel, "size": size}
    if page.recall("arrival") != page.arrivals:
        page.notes += [
            f"{MISSING[name]} {before[name]}: the nearest, {now[name]}, is shown."
            for name in now if before[name] != now[name]
        ]
    page.remember("arrival", page.arrivals)
    page.update(**now)
    image = subject.images[pictures[number - 1]]
    title = f"Class {subject.class_names[label]}: test picture {number} of {len(pictures)}"
    shown = Shown(
        subject, image, label, (label, number), title, place - 1, channel - 1, page["method"], size,
        page["fill"],
    )
    return drawn_on(shown, page)


def drawn_on(shown: Shown, page: Page) -> Shown:
    """Take the drawing instead of the test picture, if there is one."""
    if not page["ink"]:
        return shown
    image = read_ink(page["ink"], shown.subject.image_shape)
    if image is None:
        rows, cols = shown.subject.image_shape[1:]
        page.notes.append(f"The link's drawing has not {rows}×{cols} levels from 0 to g: the test picture is shown.")
        page.update(ink="")
        page.remember("put away", "")
        return shown
    return replace(shown, image=image, label=None, title="Your drawing")


def read_ink(spelled: str, shape: tuple[int, int, int]) -> Array | None:
    """Read a drawing, a character a pixel; None if it is not one of this shape.

    >>> read_ink("0g8", (1, 1, 3))
    array([[[0. , 1. , 0.5]]], dtype=float32)
    """
    channels, rows, cols = shape
    if channels != 1 or len(spelled) != rows * cols or not set(spelled) <= set(INKS):
        return None
    levels = np.array([INKS.index(letter) for letter in spelled], np.float32)
    return levels.reshape(1, rows, cols) / (len(INKS) - 1)  # (1, H, W)


def subject_of(page: Page) -> Subject:
    """Find the network that is looked into."""
    if page["net"] == OWN:
        found = own(page)
        if found:
            return found
        page.notes.append("There is no network of yours that can be looked into: begin one on the page Train.")
        page.update(net=BUNDLED)
    return bundled()


def own(page: Page) -> Subject | None:
    """Give the network of this session's training as it is now, or None; it is kept for this session alone."""
    run = runs.of_session("a")
    if run.status.state == "empty":
        return None
    mark = run.spec, run.snapshot
    kept = page.recall("own", (None, None))
    if kept[0] != mark:
        kept = mark, _looked_into(run)
        page.remember("own", kept)
    return kept[1]


def _looked_into(run: runs.Run) -> Subject | None:
    """Copy a run's network as it is now; None if its numbers have outgrown what can be drawn."""
    dataset, network = run.dataset, copy.deepcopy(run.network)
    if not np.isfinite(network.vector).all() or not np.isfinite(network.scores(dataset.test_images[:64])).all():
        return None
    step = run.snapshot.step if run.snapshot else 0
    about = f"The network of the page Train, after {step:,} steps; {len(dataset.test_images):,} pictures to test with."
    return Subject(OWN, about, network, dataset.test_images, dataset.test_labels, dataset.class_names)


# ---- controls ------------------------------------------------------------------------------------


def items(page: Page, shown: Shown) -> list[Item]:
    """Describe the controls."""
    subject = shown.subject
    classes = {number: name for number, name in enumerate(subject.class_names) if subject.pictures_of(number)}
    count = len(subject.pictures_of(page["class"]))
    found = [controls.start_from(PRESETS)] if subject is bundled() else []
    if page["net"] == OWN or runs.of_session("a").status.state != "empty":
        found.append(controls.select(page, "net", "Network", NETWORKS))
    found += [
        controls.select(page, "class", "Class of the test picture", {str(n): name for n, name in classes.items()}),
        controls.slider(page, "n", "Picture of this class", (1, count)),
    ]
    if shown.method == "occlusion":
        most = min(subject.image_shape[1:])
        found += [
            controls.slider(page, "size", "Rows and columns covered", (1, most)),
            controls.select(page, "fill", "Covered with", FILLS),
        ]
    if page.recall("put away") and not page["ink"]:
        found.append(controls.action("drawing", "Back to your drawing"))
    return found


def take(page: Page) -> None:
    """Take what a person has changed, with what follows from it."""
    put_away(page)
    for name, word in page.take("controls"):
        if name == "preset" and word in PRESETS:
            page.start_from(PRESETS[word].settings)
        elif name in ("class", "n"):
            page.update(ink="")
        if name == "class":
            page.update(n=1)
        if name == "net":
            page.update(ink="", layer=1, map=1)
        if name == "drawing":
            page.update(ink=page.recall("put away", ""))


def put_away(page: Page) -> None:
    """Keep the drawing: what is taken next may be another picture, and a person may want to come back."""
    if page["ink"]:
        page.remember("put away", page["ink"])


def take_look(page: Page, name: str = "look") -> None:
    """Keep what is looked at, and what was drawn; the front end shows it without waiting for this."""
    look: Mapping[str, Any] = page.event("inside", name)
    with suppress(ValueError, TypeError, KeyError):  # not from our own front end: leave all as it was
        names = ["layer", "map", "method"]
        if look["picture"] == page.recall("picture"):  # else it was chosen or drawn on before another came
            names += ["class", "n", "ink"]
        put_away(page)
        read = {setting: page.declared[setting].read(str(look[setting])) for setting in names}
        page.update(**read)
        page.remember("look answered", int(look["serial"]))
