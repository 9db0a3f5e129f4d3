"""The front door: what this is, a card for each idea of the lecture, and pictures to start from."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from ui import components
from ui.animation import thumbnail
from ui.ideas import IDEAS, Idea
from ui.presets import FEATURED, PRESETS
from ui.settings import Page, page_link
from ui.window import SETTINGS, plain_window

PICTURES = Path(__file__).parent.parent / "assets" / "images" / "pages"

Page("home", ())  # so that coming back to another page is told from going back on it
theme = st.context.theme.type or "light"


def cards(names: list[str], columns: int, show: Callable[[str], None]) -> None:
    """Lay cards out in rows."""
    for first in range(0, len(names), columns):
        row = st.columns(columns, gap="medium")
        for column, name in zip(row, names[first : first + columns], strict=False):
            with column.container(border=True, height="stretch"):
                show(name)


def idea(name: str) -> None:
    """A page: its picture, taken from the running app, its name and what to ask there."""
    about: Idea = IDEAS[name]
    components.picture(PICTURES / f"{name}_{theme}.png", about.picture, width="stretch")
    st.page_link(f"pages/{name}.py", label=f"**{about.title}**")
    st.markdown(about.question)


def preset(name: str) -> None:
    """A setting of the stepper: its picture, its name and what it shows."""
    about = PRESETS[name]
    components.picture(picture(name, theme), f"{about.title}: {about.text}", width="stretch")
    page_link("pages/explore.py", f"**{about.title}**", SETTINGS, about.settings)
    st.markdown(about.text)


@st.cache_data(max_entries=2 * len(FEATURED), show_spinner=False)
def picture(name: str, theme: str) -> bytes:
    """A preset as a small picture; the same for everyone."""
    settings = PRESETS[name].settings
    return thumbnail(plain_window(**settings), theme=theme, view=settings.get("view", "gather"))


st.title("Convolution Visualiser")
st.markdown(
    "Convolutional networks, one idea a page, to demonstrate with and to play with. Change a setting and the "
    "picture, the arithmetic and the formulas follow at once. Every number is computed as PyTorch would, and every "
    "setting is a link that you can share."
)
cards(list(IDEAS), 4, idea)
st.header("Start from a picture")
cards(list(FEATURED), 3, preset)
