"""Many maps in and out: products a channel, their sum, and the maps that come of it."""

import streamlit as st

st.title("Many maps in and out")
