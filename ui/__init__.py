"""What the pages share: settings, front ends, figures. Imports conv, never pages."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

# Until some run has called st.navigation, Streamlit takes a folder named pages/ for an app of its
# older kind: a link that opens a page on a fresh server would run that page alone, without app.py.
if PagesManager.uses_pages_directory:
    PagesManager.uses_pages_directory = False
    st.rerun()
