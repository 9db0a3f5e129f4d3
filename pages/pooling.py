"""Pooling on the stepper, and what survives a shift."""

import streamlit as st

st.title("Pooling")
