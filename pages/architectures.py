"""Architectures, layer by layer: shapes, parameters, compute."""

import streamlit as st

st.title("Architectures")
