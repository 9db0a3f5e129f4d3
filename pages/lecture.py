"""Lectures, scene by scene: on the page, or all over the screen for the lecture theatre."""

from functools import partial

import streamlit as st

from ui import components, lecture
from ui.settings import Page

page = Page("lecture", lecture.SETTINGS)
told = lecture.settle(page)


@st.fragment(run_every=components.A_DAY)
def live() -> None:
    """Show the lecture; what it asks for draws this alone anew."""
    components.front_end(
        "lecture", "words", "scene_pictures", data=lecture.data(page, told),
        on_ask_change=lambda: lecture.hear(page, told),
    )


st.title(told.title)
st.markdown(told.about)
page.tell()
live()
with st.sidebar:
    components.controls(lecture.items(page), page.answered, on_changes_change=page.hears(partial(lecture.take, page)))
    page.upload("own file", lecture.UPLOAD, ["TOML"], partial(lecture.keep, page))
changed = lecture.deliver(page, told)
if changed:
    st.warning("\n".join(f"- {note}" for note in changed))
page.publish()
