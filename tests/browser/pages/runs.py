"""The least that trains: a page with a run and a page without, in words."""

import streamlit as st

from ui import runs
from ui.run_spec import Spec
from ui.settings import Page


def training() -> None:
    """A run, what may be asked of it, and how it is."""
    Page("training", ())
    word = st.text_input("Adopt")
    if word and word != runs.tab()["asked"]:
        runs.adopt(word)
    run = runs.of_session()
    if run.status.state == "empty":
        run.start(Spec(epochs=1000))
    st.button("Train", on_click=run.train)
    shown()


@st.fragment(run_every=0.2)
def shown() -> None:
    """How the run is by now."""
    run = runs.of_session()
    st.text(f"tab {runs.tab()['id']}")
    st.text(f"state {run.status.state}")
    st.text(f"step {len(run.history.step)}")
    st.text(f"process {run.process_id}")


def other() -> None:
    """Another page."""
    Page("other", ())
    st.text("Another page")


st.navigation([st.Page(training, default=True), st.Page(other)]).run()
