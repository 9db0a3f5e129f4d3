"""The least that a page of this app can be: one setting, changed by the same front end as on every page."""

import streamlit as st

from ui import components, controls
from ui.settings import Page, whole

page = Page("bare", [whole("h", 7)])
st.text(f"Number {page['h']}")
components.controls(
    [controls.slider(page, "h", "Number", (1, 12))],
    page.answered,
    on_changes_change=page.hears(lambda: list(page.take("controls"))),
)
page.publish()
