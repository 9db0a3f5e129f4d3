"""The stepper's page, and a page whose run trains as long as it is looked at."""

import streamlit as st

from ui import runs
from ui.run_spec import Spec
from ui.settings import Page


def training() -> None:
    """Train from the first visit on."""
    Page("training", ())
    run = runs.of_session()
    if run.status.state == "empty":
        run.start(Spec(epochs=1000))
        run.train()
    shown()


@st.fragment(run_every=0.2)
def shown() -> None:
    """How the run is by now: as a page would, all that was told is looked at."""
    run = runs.of_session()
    history, snapshot = run.history, run.snapshot
    pictures = 0 if snapshot is None else snapshot.number
    st.text(f"{run.status.state} steps={len(history.step)} pictures={pictures}")


st.navigation([st.Page("../../pages/explore.py", default=True), st.Page(training)]).run()
