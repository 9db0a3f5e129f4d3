"""Training, live: curves, kernels and mistakes as they come; a pad to draw on; two networks compared."""

import streamlit as st

from ui import components
from ui.quiz_me import quiz_me
from ui.settings import Page
from ui.share import share_dialog
from ui.train import OWN, SETTINGS, items, plan, sentence, settle, take
from ui.train_runs import follow, receive
from ui.train_share import take_away
from ui.train_shown import frame
from ui.train_work import fetch, hear, left_out, own_pictures, work

page = Page("train", SETTINGS)
asked = settle(page)
follow(asked)


@st.fragment(run_every=components.A_DAY)
def live() -> None:
    """Show how it goes: while a run moves, this alone is drawn again and again."""
    pace = work(page)
    components.front_end(
        "train", "grid", "curves", "pad", data=frame(page, plan(page), pace=pace), on_say_change=lambda: hear(page)
    )
    page.publish()
    if page.recall("redraw"):
        page.remember("redraw", False)
        st.rerun()
    if page.recall("share asked"):
        page.remember("share asked", False)
        page.remember("share", True)
        st.rerun()  # all of the page: a dialog belongs to it


st.title("Train")
st.markdown(sentence(page))
page.tell()
live()
quiz_me(page)
with st.sidebar:
    components.controls(
        items(page, asked, fetching=bool(page.recall("fetching"))), page.answered,
        on_changes_change=page.hears(lambda: take(page)),
    )
    # What comes and goes stands below the controls, which so stay where they are.
    if page["data"] == OWN:
        page.upload("pictures file", "A zip file with a folder for each class", ["ZIP"], own_pictures(page))
        if left_out(page):
            st.warning(left_out(page))
    if page.recall("loading"):
        page.upload("run file", "A saved run, or weights for the chosen network", ["NPZ"], receive(page))
    if page.recall("fetch problem"):
        st.error(page.recall("fetch problem"))
if page.recall("share"):
    page.remember("share", False)
    share_dialog(take_away(page))
fetch(page)
