"""Pooling on the stepper: its windows, the norms from sum to maximum, and what survives a shift."""

from collections.abc import Iterator

import streamlit as st

from ui import components, pooling, window_controls, window_page
from ui.quiz_me import quiz_me
from ui.settings import Page
from ui.window import settle
from ui.window_share import share_window


@components.alone
def show() -> Iterator[None]:
    """Show what the settings say, each time that one is changed."""
    page = Page("pooling", pooling.SETTINGS)
    window = settle(page)
    hide = window_page.hidden(page)

    window_page.notes(page)
    windows, curve = st.columns([3, 1])
    with windows:
        window_page.stepper(page, window)

    yield  # the picture is sent
    quiz_me(page)
    with st.sidebar:
        components.controls(
            window_controls.items(page, window, pooling.PRESETS, pooling.POOLINGS), page.answered,
            on_changes_change=page.hears(lambda: window_controls.take(page, pooling.PRESETS)),
        )
    if hide == "nothing":
        with curve:
            components.front_end("norms", "grid", data=pooling.norms_data(window))
    shifted, facts = st.columns([3, 2], gap="large")
    with shifted:
        if hide == "nothing":
            components.front_end("shift", "grid", data=pooling.shift_data(page, window))
        else:
            st.markdown("What survives a shift is shown once nothing is hidden.")
    told = pooling.facts(window.configuration, show_size=hide != "size")
    facts.markdown(f"## What pooling does\n\n{told}")

    page.publish()
    shared = page.event("stepper", "share")
    if shared:
        share_window(window, page.values, shared["step"], page.url(shared), hide=hide)


st.title("Pooling")
st.markdown("Choose Lₚ pooling and move p from 1 to ∞: the sum of a window turns into its maximum.")
show()
