"""The way from a page to the questions of the quiz that are about what it shows."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui.settings import Page, Values


def _of_the_stepper(values: Values) -> tuple[str, ...]:
    """Choose by what is set: the most particular first."""
    found = []
    if values["dh"] > 1 or values["dw"] > 1:
        found.append("dilation")
    if values["sh"] > 1 or values["sw"] > 1:
        found.append("floor")
    if values["ph"] or values["pw"]:
        found.append("axis")
    return (*found, "size")


TAUGHT: dict[str, tuple[str, ...] | Callable[[Values], tuple[str, ...]]] = {
    "explore": _of_the_stepper,
}
"""The kinds of question that a page teaches, the one that fits best first; where it depends, by the page's settings."""


def quiz_me(page: Page) -> None:
    """Show the link to questions about what a page shows."""
    taught = TAUGHT[page.name]
    kinds = taught(page.values) if callable(taught) else taught
    st.page_link("pages/quiz.py", label="Quiz me on this", query_params={"kinds": "~".join(kinds), "kind": kinds[0]})
