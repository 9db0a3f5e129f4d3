"""The stepper: set input, kernel, padding, stride and dilation, and slide the window."""

from collections.abc import Iterator

import streamlit as st

from ui import components, formulas, window_controls, window_page
from ui.quiz_me import quiz_me
from ui.settings import Page
from ui.window import SETTINGS, settle
from ui.window_share import share_window


@components.alone
def show() -> Iterator[None]:
    """Show what the settings say, each time that one is changed."""
    page = Page("explore", SETTINGS)
    window = settle(page)
    c = window.configuration
    hide = window_page.hidden(page)
    told = hide != "size"

    window_page.notes(page)
    window_page.stepper(page, window)

    yield  # the picture is sent
    quiz_me(page)
    with st.sidebar:
        components.controls(
            window_controls.items(page, window), page.answered,
            on_changes_change=page.hears(lambda: window_controls.take(page)),
        )
    sizes, counts = st.columns(2, gap="large")
    size, left = formulas.output_size(c, show_result=told), formulas.remainders(c) if told else ""
    sizes.markdown(f"## How large is the output?\n\n{size}\n\n{left}")
    cost = formulas.counts_table(c) if told else "Counted once the size is revealed."
    counts.markdown(f"## What does it cost?\n\n{cost}")
    if c.operation != "transposed" and told:
        differ = formulas.rounding_matters(c)
        with st.expander("Frameworks differ here" if differ else "How other frameworks would answer", expanded=differ):
            st.markdown(formulas.conventions_table(c))
    with st.expander("The operation as an equation"):
        st.markdown(
            f"$${formulas.operation(c)}$$\n\nx is the padded input; rows i, k and columns j, l are counted from 0."
        )

    page.publish()
    shared = page.event("stepper", "share")
    if shared:
        share_window(window, page.values, shared["step"], page.url(), hide=hide)


st.title("Slide a window")
show()
