"""What the pages with a stepper do alike: notes and a picture above it, and the stepper itself."""

from __future__ import annotations

import streamlit as st

from ui import components, sweep
from ui.pictures import FORMATS, pack_picture, read_picture
from ui.settings import Page
from ui.window import OWN, Window, take_edits


def hidden(page: Page) -> str:
    """What is hidden now: what the settings say, but for a size that has been revealed."""
    revealed = page["hide"] == "size" and page.recall("revealed") == page.link()
    return "nothing" if revealed else page["hide"]


def notes(page: Page) -> None:
    """Show what was changed in the link, and ask for a picture where one is wanted."""
    with st.container():  # always there: an element that comes and goes would mount the stepper anew
        page.tell()
        if page["pattern"] == OWN:
            page.upload(
                "picture", "Your picture", [*FORMATS, "JPG"], lambda content: pack_picture(read_picture(content))
            )


def stepper(page: Page, window: Window) -> None:
    """Show the stepper, and hear what it reports."""
    shown = sweep.data(window, page.values, step=page.step, arrival=page.arrivals, hide=hidden(page))
    components.stepper(
        shown | {"answered": page.recall("edits answered", 0)},
        on_edits_change=page.hears(lambda: take_edits(page)),
        on_reveal_size_change=page.hears(lambda: page.remember("revealed", page.link())),
        on_share_change=page.hears(lambda: None),
    )
