"""Image kernels over a photograph."""

import streamlit as st

st.title("Image kernels")
