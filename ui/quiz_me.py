"""The way from a page to the questions of the quiz that are about what it shows."""

from __future__ import annotations

from collections.abc import Callable

from ui.quiz_settings import SETTINGS
from ui.settings import Page, Values, page_link

POOLING = ("pooling", "pooled", "unread", "frameworks")


def _of_the_stepper(values: Values) -> tuple[str, ...]:
    """Choose by what is set: the most particular first."""
    if values["op"] == "transposed":
        return "transposed", "size"
    if values["op"] not in ("conv", "flipped"):
        return POOLING
    strided = max(values["sh"], values["sw"]) > 1
    particular = {
        "named_padding": values["pad"] in ("same", "full"),
        "dilation": max(values["dh"], values["dw"]) > 1,
        "floor": strided,
        "unread": strided,
        "which_stride": strided,
        "axis": values["pad"] == "number" and max(values["ph"], values["pw"]) > 0,
    }
    found = [kind for kind, fits in particular.items() if fits]
    always = ("size", "cell", "axis", "which_padding", "which_kernel", "which_picture", "frameworks")
    return tuple(dict.fromkeys((*found, *always)))


TAUGHT: dict[str, tuple[str, ...] | Callable[[Values], tuple[str, ...]]] = {
    "explore": _of_the_stepper,
    "connections": ("work", "dense", "parameters"),
    "channels": ("parameters", "work", "network_shape"),
    "receptive_field": ("receptive", "network_shape"),
    "pooling": POOLING,
    "image_kernels": ("cell", "size", "named_padding"),
    "architectures": ("network_parameters", "network_shape", "parameters", "dense", "receptive"),
    "train": ("network_shape", "network_parameters", "gradient"),
    "inside": ("receptive", "network_shape", "transposed"),
    "gradients": ("gradient", "cell", "transposed"),
}
"""The kinds of question that a page teaches, the one that fits best first; on the stepper it depends on what is set."""


def quiz_me(page: Page) -> None:
    """Show the link to questions about what a page shows."""
    taught = TAUGHT[page.name]
    kinds = taught(page.values) if callable(taught) else taught
    page_link("pages/quiz.py", "Quiz me on this", SETTINGS, {"kinds": kinds, "kind": kinds[0]})
