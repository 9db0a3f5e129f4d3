"""A step drawn the usual way: the script runs again and pyplot draws the three grids anew."""

import matplotlib.pyplot as plt
import streamlit as st

from conv import trace
from conv.patterns import pattern

step = st.slider("Step", 1, 100, 1)
t = trace.convolution(pattern("ramp", 12), [[1, 0, -1], [0, 0, 0], [-1, 0, 1]])
row, col = divmod(step - 1, t.output.shape[1])
figure, axes = plt.subplots(1, 3, figsize=(12, 4))
for axis, grid in zip(axes, (t.grid, t.weight, t.output), strict=True):
    axis.imshow(grid, cmap="RdBu")
    for (i, j), value in zip(((i, j) for i in range(len(grid)) for j in range(len(grid))), grid.flat, strict=True):
        axis.text(j, i, f"{value:g}", ha="center", va="center", fontsize=7)
axes[0].add_patch(plt.Rectangle((col - 0.5, row - 0.5), 3, 3, fill=False, linewidth=3))
st.pyplot(figure)
plt.close(figure)
st.text(f"Step {step}")
