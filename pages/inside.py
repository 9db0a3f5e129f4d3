"""Looking inside a trained network: from pixels to edges, parts and classes."""

from collections.abc import Iterator

import streamlit as st

from ui import components
from ui.inside import SETTINGS, items, settle, take, take_look
from ui.inside_share import take_away
from ui.inside_shown import data
from ui.quiz_me import quiz_me
from ui.settings import Page
from ui.share import share_dialog


@components.alone
def show() -> Iterator[None]:
    """Show what the settings say, each time that one is changed."""
    page = Page("inside", SETTINGS)
    shown = settle(page)

    page.tell()
    components.front_end(
        "inside", "grid", "pad", data=data(page, shown),
        on_look_change=page.hears(lambda: take_look(page)),
        on_share_change=page.hears(lambda: take_look(page, "share")),
    )

    yield  # the picture is sent
    quiz_me(page)
    with st.sidebar:
        components.controls(items(page, shown), page.answered, on_changes_change=page.hears(lambda: take(page)))

    page.publish()
    if page.event("inside", "share"):
        share_dialog(take_away(shown, page.url()))


st.title("Look inside")
st.markdown("Walk over the maps with the arrow keys: which map answers to a slanted stroke, and which only to twos?")
show()
