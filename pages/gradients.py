"""Backpropagation through a convolution: forward, then back to the weights, the bias and the input."""

from collections.abc import Iterator

import streamlit as st

from ui import components, gradients, gradients_view, window_page
from ui.gradients_derivation import derivation
from ui.gradients_share import take_away
from ui.quiz_me import quiz_me
from ui.settings import Page
from ui.share import share_dialog


@components.alone
def show() -> Iterator[None]:
    """Show what the settings say, each time that one is changed."""
    page = Page("gradients", gradients.SETTINGS)
    shown = gradients.settle(page)

    window_page.notes(page)
    with st.container(key="beside"):  # one beside the other where there is room for both
        picture, derived = st.container(), st.container(key="derivation")
    with picture:
        components.front_end(
            "gradients", "grid", "player",
            data=gradients_view.data(shown, page.values, step=page.step, arrival=page.arrivals)
            | {"answered": page.recall("edits answered", 0)},
            on_edits_change=page.hears(lambda: gradients.take_edits(page)),
            on_follow_change=page.hears(lambda: gradients.follow(page)),
            on_share_change=page.hears(lambda: None),
        )
    with derived:
        st.header("Derivation with these numbers")

    yield  # the picture is sent
    with picture:
        quiz_me(page)
    with st.sidebar:
        components.controls(
            gradients.items(page, shown), page.answered, on_changes_change=page.hears(lambda: gradients.take(page))
        )
    with derived:
        st.markdown(derivation(shown, gradients.followed(page, shown), show_result=page["hide"] == "nothing"))
    if gradients.checks(page, shown):
        with picture:
            components.front_end("gradient_check", "grid", data=gradients_view.check_data(shown))

    page.publish()
    shared = page.event("gradients", "share")
    if shared:
        share_dialog(take_away(shown, page.values, shared["step"], page.url()))


st.title("Backpropagation through a convolution")
st.markdown("Choose a weight by a click: how many products make up its gradient? Then set the stride to 2.")
show()
