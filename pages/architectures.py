"""Architectures, layer by layer: shapes, parameters, compute."""

from collections.abc import Iterator
from functools import partial

import streamlit as st

from ui import components
from ui.architectures import OWN, SETTINGS, items, read_file, settle, take
from ui.architectures_share import take_away
from ui.architectures_view import data
from ui.quiz_me import quiz_me
from ui.settings import Page
from ui.share import share_dialog


@components.alone
def show() -> Iterator[None]:
    """Show what the settings say, each time that one is changed."""
    page = Page("architectures", SETTINGS)
    shown = settle(page)

    page.tell()
    components.front_end(
        "architectures", data=data(shown, page.values, step=page.step, arrival=page.arrivals),
        on_share_change=page.hears(lambda: None),
    )

    yield  # the picture is sent
    quiz_me(page)
    with st.sidebar:
        components.controls(
            items(page, shown), page.answered, on_changes_change=page.hears(partial(take, page)),
        )
        if page["net"] == OWN:
            page.upload("layers", "A file with a network", ["TXT", "JSON"], read_file)

    page.publish()
    shared = page.event("architectures", "share")
    if shared:
        share_dialog(take_away(shown, page.values, shared["step"], page.url()))


st.title("Architectures")
st.markdown("Where do the parameters sit, and where the compute? Walk along the layers with →, then compare VGG-16.")
show()
