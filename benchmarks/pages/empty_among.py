"""The empty page in an app with as many pages as this one: Streamlit draws their bar anew with each change."""

import re
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
TITLES = re.findall(r'title="(.+?)"', (HERE.parents[1] / "app.py").read_text(encoding="utf-8"))

pages = [st.Page(str, title=title, url_path=f"page_{number}") for number, title in enumerate(TITLES[1:])]
st.set_page_config(layout="wide")
st.navigation([st.Page(HERE / "empty.py", title=TITLES[0], default=True), *pages], position="top").run()
