"""A page with one control of each kind, and what they have set."""

import streamlit as st

from ui import components, controls
from ui.presets import Preset
from ui.settings import Field, Page, RowKind, choice, flag, real, stack, text, whole

KINDS = {
    "conv": RowKind("Convolution", (Field("Kernel", 3, 1, 11), Field("Stride", 1, 1, 4))),
    "relu": RowKind("ReLU"),
    "max": RowKind("Max pooling", (Field("Kernel", 2, 1, 8), Field("Stride", 2, 1, 4))),
}
PRESETS = {"five": Preset("Five", "", {"n": 5})}
STOPS = {1.0: "1", 2.0: "2", float("inf"): "∞"}

page = Page(
    "every_control",
    [
        whole("n", 3), real("p", 2.0, 1.0, float("inf")), real("bias", 0.0, -9.0, 9.0), choice("word", "a", ["a", "b"]),
        flag("on"), text("note", 200), stack("rows", (("conv", 3, 1),), KINDS, most=3), whole("pressed", 0),
    ],
)


def take() -> None:
    for name, picked in page.take("controls"):
        if name == "press":
            page.update(pressed=page["pressed"] + 1)
        elif name == "preset":
            page.start_from(PRESETS[picked].settings)


with st.sidebar:
    components.controls(
        [
            controls.start_from(PRESETS),
            controls.slider(page, "n", "How many", (1, 5)),
            controls.stops(page, "p", "Norm", STOPS),
            controls.number(page, "bias", "Bias", -9, 9, 0.5),
            controls.select(page, "word", "Word", {"a": "Alpha", "b": "Beta"}),
            controls.toggle(page, "on", "On"),
            controls.lines(page, "note", "Note", rows=3, error="Write nothing bad." if "bad" in page["note"] else ""),
            controls.stack(page, "rows", "Layers", KINDS, noun="layer", most=3),
            controls.action("press", "Press me"),
        ],
        page.answered,
        on_changes_change=page.hears(take),
    )
st.title("Every control")
st.text(" ".join(f"{name}={value!r}" for name, value in page.values.items()))
page.publish()
