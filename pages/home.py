"""The front door: what this is, and pictures to start from."""

import streamlit as st

from ui.animation import thumbnail
from ui.presets import FEATURED, PRESETS
from ui.settings import Page, page_link
from ui.window import SETTINGS, plain_window

COLUMNS = 3

Page("home", ())  # so that coming back to another page is told from going back on it


@st.cache_data(max_entries=2 * len(FEATURED), show_spinner=False)
def picture(name: str, theme: str) -> bytes:
    """A preset as a small picture; the same for everyone."""
    settings = PRESETS[name].settings
    return thumbnail(plain_window(**settings), theme=theme, view=settings.get("view", "gather"))


st.title("Convolution Visualiser")
st.markdown(
    "Slide a kernel over a grid of numbers and see every product, every sum and every output of a convolution. "
    "Change its size, padding, stride or dilation, swap it for a pooling or run it backwards, and the picture, the "
    "arithmetic and the formulas follow at once. Every number is computed as PyTorch would, and every setting is a "
    "link that you can share."
)
st.subheader("Start from a picture")
theme = st.context.theme.type or "light"
for row in range(0, len(FEATURED), COLUMNS):
    columns = st.columns(COLUMNS, gap="medium", border=True)
    for column, name in zip(columns, FEATURED[row : row + COLUMNS], strict=False):
        preset = PRESETS[name]
        with column:
            st.image(picture(name, theme), alt=f"{preset.title}: {preset.text}", width="stretch")
            page_link("pages/explore.py", f"**{preset.title}**", SETTINGS, preset.settings)
            st.markdown(preset.text)
