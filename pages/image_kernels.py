"""Image kernels over a photograph: before and after, and a loupe for the arithmetic of every pixel."""

from collections.abc import Iterator
from functools import partial

import streamlit as st

from ui import components, image_kernels_shown
from ui.image_kernels import OWN, PHOTO, SETTINGS, items, keep_picture, settle, take, take_edits, try_this
from ui.image_kernels_share import take_away
from ui.pictures import FORMATS
from ui.quiz_me import quiz_me
from ui.settings import Page
from ui.share import share_dialog


@components.alone
def show() -> Iterator[None]:
    """Show what the settings say, each time that one is changed."""
    page = Page("image_kernels", SETTINGS)
    shown = settle(page)

    st.markdown(try_this(page))
    page.tell()
    components.front_end(
        "image_kernels", "grid",
        data=image_kernels_shown.main_message(
            shown, arrival=page.arrivals, at=page.place, answered=page.recall("edits answered", 0)
        ),
        on_edits_change=page.hears(lambda: take_edits(page)),
        on_share_change=page.hears(lambda: None),
    )

    yield  # the picture is sent
    quiz_me(page)
    with st.sidebar:
        with st.container():  # always there, so that the controls stay in place
            if page["picture"] == OWN:
                page.upload("own file", "Your picture", [*FORMATS, "JPG"], partial(keep_picture, page))
            elif page["picture"] == PHOTO:
                page.camera("photo file", "Your photograph", partial(keep_picture, page))
        components.controls(items(page, shown), page.answered, on_changes_change=page.hears(lambda: take(page)))
    components.front_end("delivery", data=image_kernels_shown.picture_message(shown), key="picture")
    components.front_end("delivery", data=image_kernels_shown.values_message(shown), key="values")
    page.publish()
    shared = page.event("image_kernels", "share")
    if shared:
        share_dialog(take_away(shown, page.url(shared)))


st.title("Image kernels")
show()
