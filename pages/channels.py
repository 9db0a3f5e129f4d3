"""Many maps in and out: products a channel, their sum, and the maps that come of it."""

from collections.abc import Iterator
from functools import partial

import streamlit as st

from ui import channels_controls, channels_view, components
from ui.channels import OWN, PICTURE_SIDE, SETTINGS, settle
from ui.channels_share import take_away
from ui.pictures import FORMATS, pack_picture, read_picture
from ui.quiz_me import quiz_me
from ui.settings import Page
from ui.share import share_dialog


@components.alone
def show() -> Iterator[None]:
    """Show what the settings say, each time that one is changed."""
    page = Page("channels", SETTINGS)
    layer = settle(page)
    read_colours = partial(read_picture, side=PICTURE_SIDE, colour=True)

    with st.container():  # always there: an element that comes and goes would mount the front end anew
        page.tell()
        if page["pattern"] == OWN:
            page.upload(
                "picture", "Your picture", [*FORMATS, "JPG"], lambda content: pack_picture(read_colours(content))
            )
    components.front_end(
        "channels", "grid", "player",
        data=channels_view.data(layer, page.values, step=page.step, arrival=page.arrivals),
        on_share_change=page.hears(lambda: None),
    )

    yield  # the picture is sent
    quiz_me(page)
    with st.sidebar:
        components.controls(
            channels_controls.items(page, layer), page.answered,
            on_changes_change=page.hears(lambda: channels_controls.take(page)),
        )
    with st.expander("The layer as an equation"):
        st.markdown(
            f"$${channels_view.equation(layer)}$$\n\n"
            "x is the padded input; maps o and c are counted from 1, rows i, k and columns j, l from 0."
        )

    page.publish()
    shared = page.event("channels", "share")
    if shared:
        share_dialog(take_away(layer, page.values, shared["step"], page.url()))


st.title("Many maps in and out")
st.markdown(
    "Start from two groups: which input maps can output map 3 no longer see, and how many parameters does it save?"
)
show()
