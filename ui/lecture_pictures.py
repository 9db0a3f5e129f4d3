"""The pages' pictures as a scene of a lecture shows them: which front end, and what it draws of a link's settings."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ui import (
    architectures,
    architectures_view,
    channels,
    channels_view,
    connections,
    gradients,
    gradients_view,
    image_kernels,
    image_kernels_shown,
    inside,
    inside_shown,
    pooling,
    receptive_field,
    receptive_field_shown,
    sweep,
    train,
    window,
)
from ui.components import Data
from ui.quiz_settings import SETTINGS as QUIZ
from ui.settings import Page, Setting, Values


@dataclass(frozen=True)
class Picture:
    """What a page shows.

    Attributes
    ----------
    settings : sequence of Setting
        What the page declares.
    front : tuple of str
        Its front end, then what that shares; empty where a scene can only show a link to the page.
    data : callable
        Settles a page's settings, which may note what changed, and gives what the front end draws: a message, or
        ``bytes`` and what is delivered beside them in ``slots``, in base 64.
    hears : mapping
        What the front end reports by the name of its event, and what takes it.
    repaired : callable
        What sizes become where they are not valid, by their names.
    """

    settings: Sequence[Setting]
    front: tuple[str, ...] = ()
    data: Callable[[Page], Data] = lambda page: {}
    hears: Mapping[str, Callable[[Page], None]] = field(default_factory=dict)
    repaired: Callable[[Values], Values] = lambda values: {}


def _window(page: Page) -> Data:
    shown = window.settle(page)
    drawn = sweep.data(shown, page.values, step=page.step, arrival=page.arrivals, hide=page["hide"])
    return drawn | {"answered": page.recall("edits answered", 0)}


def _connections(page: Page) -> Data:
    """Leave out the line below the picture, and the counts until they are looked at: they tell what scenes ask."""
    found = connections.data(
        connections.settle(page), page.values, step=page.step, arrival=page.arrivals,
        answered=page.recall("look answered", 0),
    )
    uncounted = {"rows": [], "decades": connections.DECADES, "lecture": ""}
    return found | {"note": "", "counts": found["counts"] if page["view"] == "counts" else uncounted}


def _channels(page: Page) -> Data:
    """Leave out what the layer costs: scenes ask for it."""
    found = channels_view.data(channels.settle(page), page.values, step=page.step, arrival=page.arrivals)
    return found | {"counts": []}


def _receptive_field(page: Page) -> Data:
    """Leave out the table and the answers below it."""
    return receptive_field_shown.data(page, receptive_field.settle(page)) | {"table": [], "notes": []}


def _architectures(page: Page) -> Data:
    return architectures_view.data(architectures.settle(page), page.values, step=page.step, arrival=page.arrivals)


def _image_kernels(page: Page) -> Data:
    """Pack what the page sends in three messages."""
    shown = image_kernels.settle(page)
    main = image_kernels_shown.main_message(
        shown, arrival=page.arrivals, at=page.place, answered=page.recall("edits answered", 0)
    )
    slots = image_kernels_shown.picture_message(shown), image_kernels_shown.values_message(shown)
    main_text, *slot_texts = (b64encode(message).decode() for message in (main, *slots))
    return {"bytes": main_text, "slots": slot_texts}


def _inside(page: Page) -> Data:
    return inside_shown.data(page, inside.settle(page))


def _gradients(page: Page) -> Data:
    shown = gradients_view.data(gradients.settle(page), page.values, step=page.step, arrival=page.arrivals)
    return shown | {"answered": page.recall("edits answered", 0)}


_STEPPER = {
    "front": ("stepper", "grid", "player"), "data": _window, "repaired": window.repaired,
    "hears": {"edits": window.take_edits},
}

# By the names of the pages. A page that trains has no place in a scene, nor one that asks questions of its own.
PICTURES = {
    "explore": Picture(window.SETTINGS, **_STEPPER),
    "connections": Picture(
        connections.SETTINGS, ("connections", "grid", "player"), _connections, {"look": connections.take_look}
    ),
    "channels": Picture(channels.SETTINGS, ("channels", "grid", "player"), _channels),
    "receptive_field": Picture(
        receptive_field.SETTINGS, ("receptive_field", "grid"), _receptive_field, {"look": receptive_field.take_look}
    ),
    "pooling": Picture(pooling.SETTINGS, **_STEPPER),
    "image_kernels": Picture(
        image_kernels.SETTINGS, ("image_kernels", "grid"), _image_kernels, {"edits": image_kernels.take_edits}
    ),
    "architectures": Picture(architectures.SETTINGS, ("architectures",), _architectures),
    "train": Picture(train.SETTINGS),
    "quiz": Picture(QUIZ),
    "inside": Picture(inside.SETTINGS, ("inside", "grid", "pad"), _inside, {"look": inside.take_look}),
    "gradients": Picture(
        gradients.SETTINGS, ("gradients", "grid", "player"), _gradients, {"edits": gradients.take_edits}
    ),
}
