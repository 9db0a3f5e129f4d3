"""What the pages share: settings, front ends, figures, and training beside the page. Imports conv, never pages."""

import gc
import sys

# Until some run has called st.navigation, Streamlit takes a folder named pages/ for an app of its
# older kind: a link that opens a page on a fresh server would run that page alone, without app.py.
# A process that only trains starts sooner without Streamlit, and has no pages.
if "streamlit" in sys.modules:
    import numpy  # noqa: F401 - with Streamlit, most of what stays for as long as the server runs
    import streamlit as st
    from streamlit.runtime.pages_manager import PagesManager

    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()

    # Everybody waits while Python looks through all objects for garbage. What has been imported by now is none and is
    # looked at no more, and a run of a page's script makes some thousand objects: it need not look during every one.
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
