"""The receptive field: what a unit of a stack of layers sees of the input."""

import streamlit as st

st.title("What a unit sees")
