"""The stepper: set input, kernel, padding, stride and dilation, and slide the window."""

import streamlit as st

from ui import components, controls, formulas, sweep
from ui.settings import Page, clean_edits
from ui.window import SETTINGS, settle

page = Page("explore", SETTINGS)


def take_edits() -> None:
    """Keep the values that were typed into the grids."""
    edits = page.event("stepper", "edits")
    page.update(x=clean_edits(edits["input"]), k=clean_edits(edits["kernel"]))


def reveal_size() -> None:
    """Remember for which configuration the size has been revealed."""
    page.remember("revealed", page.link())


window = settle(page)
page.publish()
c = window.configuration
hide = page["hide"]
if hide == "size" and page.recall("revealed") == page.link():
    hide = "nothing"

st.title("Slide a window")
with st.container():
    for note in page.notes:
        st.warning(note)
stepper = components.stepper(
    sweep.data(window, page.values, step=page.step, arrival=page.arrivals, hide=hide),
    key="stepper", on_edits_change=take_edits, on_share_change=lambda: None, on_reveal_size_change=reveal_size,
)
with st.sidebar:
    controls.show(page, window)

sizes, counts = st.columns(2, gap="large")
with sizes:
    st.subheader("How large is the output?")
    st.markdown(formulas.output_size(c, show_result=hide != "size"))
    if hide != "size":
        st.markdown(formulas.remainders(c))
with counts:
    st.subheader("What does it cost?")
    if hide == "size":
        st.markdown("Counted once the size is revealed.")
    else:
        st.markdown(formulas.counts_table(c))
if c.operation != "transposed" and hide != "size":
    differ = formulas.frameworks_differ(c)
    with st.expander("Frameworks differ here" if differ else "How other frameworks would answer", expanded=differ):
        st.markdown(formulas.conventions_table(c))
with st.expander("The operation as an equation"):
    st.latex(formulas.operation(c))
