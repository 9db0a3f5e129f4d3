"""Convolution Visualiser: the pages and nothing else."""

from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).parent / "assets"
NAME = "Convolution Visualiser"

page = st.navigation(
    [
        st.Page("pages/home.py", title="Home", default=True),
        st.Page("pages/explore.py", title="Explore"),
        st.Page("pages/connections.py", title="Connections"),
        st.Page("pages/channels.py", title="Channels"),
        st.Page("pages/receptive_field.py", title="Receptive field"),
        st.Page("pages/pooling.py", title="Pooling"),
        st.Page("pages/image_kernels.py", title="Image kernels"),
        st.Page("pages/architectures.py", title="Architectures"),
        st.Page("pages/train.py", title="Train"),
        st.Page("pages/inside.py", title="Inside"),
        st.Page("pages/gradients.py", title="Gradients"),
        st.Page("pages/quiz.py", title="Quiz"),
        st.Page("pages/lecture.py", title="Lecture"),
        st.Page("pages/docs.py", title="Help"),
    ],
    position="top",
)
title = NAME if page.title == "Home" else f"{page.title} · {NAME}"  # tells tabs, bookmarks and steps back apart
st.set_page_config(page_title=title, page_icon=ASSETS / "images" / "icon.png", layout="wide")
st.html(ASSETS / "app.css")
page.run()
