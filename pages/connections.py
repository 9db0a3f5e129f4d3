"""Dense or convolutional: connections drawn, shared weights seen, the matrix behind them."""

import streamlit as st

st.title("Dense or convolutional")
