"""The least that Streamlit can do: a slider changes a text."""

import streamlit as st

number = st.slider("Number", 1, 32, 7)
st.text(f"Number {number}")
