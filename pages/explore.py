"""The stepper: set input, kernel, padding, stride and dilation, and slide the window."""

import streamlit as st

from ui import components, formulas, window_controls, window_page
from ui.quiz_me import quiz_me
from ui.settings import Page
from ui.window import SETTINGS, settle
from ui.window_share import share_window


@components.alone
def show() -> None:
    """Show what the settings say, each time that one is changed."""
    page = Page("explore", SETTINGS)
    window = settle(page)
    c = window.configuration
    hide = window_page.hidden(page)

    window_page.notes(page)
    window_page.stepper(page, window)

    components.let_paint()
    quiz_me(page)
    with st.sidebar:
        components.controls(
            window_controls.items(page, window), page.answered,
            on_changes_change=page.hears(lambda: window_controls.take(page)),
        )
    sizes, counts = st.columns(2, gap="large")
    with sizes:
        st.header("How large is the output?")
        st.markdown(formulas.output_size(c, show_result=hide != "size"))
        if hide != "size":
            st.markdown(formulas.remainders(c))
    with counts:
        st.header("What does it cost?")
        if hide == "size":
            st.markdown("Counted once the size is revealed.")
        else:
            st.markdown(formulas.counts_table(c))
    if c.operation != "transposed" and hide != "size":
        differ = formulas.rounding_matters(c)
        with st.expander("Frameworks differ here" if differ else "How other frameworks would answer", expanded=differ):
            st.markdown(formulas.conventions_table(c))
    with st.expander("The operation as an equation"):
        st.latex(formulas.operation(c))
        st.caption("x is the padded input; rows i, k and columns j, l are counted from 0.")

    page.publish()
    shared = page.event("stepper", "share")
    if shared:
        share_window(window, page.values, shared["step"], page.url(), hide=hide)


st.title("Slide a window")
show()
