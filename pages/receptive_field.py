"""The receptive field: what a unit of a stack of layers sees of the input."""

from collections.abc import Iterator

import streamlit as st

from ui import components
from ui.quiz_me import quiz_me
from ui.receptive_field import SETTINGS, items, settle, take, take_look
from ui.receptive_field_share import take_away
from ui.receptive_field_shown import data
from ui.settings import Page
from ui.share import share_dialog


@components.alone
def show() -> Iterator[None]:
    """Show what the settings say, each time that one is changed."""
    page = Page("receptive_field", SETTINGS)
    shown = settle(page)

    page.tell()
    components.front_end(
        "receptive_field", "grid", data=data(page, shown),
        on_look_change=page.hears(lambda: take_look(page)),
        on_share_change=page.hears(lambda: take_look(page, "share")),
    )

    yield  # the picture is sent
    quiz_me(page)
    with st.sidebar:
        components.controls(items(page, shown), page.answered, on_changes_change=page.hears(lambda: take(page)))

    page.publish()
    if page.event("receptive_field", "share"):
        share_dialog(take_away(page, shown))


st.title("What a unit sees")
st.markdown("Click a unit in any layer: which inputs does it see? Then put a pooling between the layers, and compare.")
show()
