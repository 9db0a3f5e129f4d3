"""What there is to read: the documents under docs/, with their pictures and links."""

import streamlit as st

from ui import components, docs
from ui.settings import Page

page = Page("docs", docs.SETTINGS)
page.tell()
with st.container(key="document"):
    for part in docs.parts(page["doc"]):
        if part.kind == "code":
            st.code(part.content, language=None, wrap_lines=True)
        elif part.kind == "picture":
            components.picture(part.content, part.alt, width="stretch")
        else:
            st.markdown(part.content)
with st.sidebar:
    st.markdown(docs.contents(page["doc"]))
components.front_end("docs", data={"doc": page["doc"]}, on_open_change=page.hears(lambda: docs.take(page)))
page.publish()
