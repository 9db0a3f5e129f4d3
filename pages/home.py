"""The front door: what this is, and pictures to start from."""

import streamlit as st

st.title("Convolution Visualiser")
st.page_link("pages/explore.py", label="Explore")
