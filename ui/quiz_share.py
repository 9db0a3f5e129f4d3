"""The quiz's dialog: its link, what somebody has answered, and the quiz on paper and for learning platforms."""

from __future__ import annotations

import csv
from functools import partial
from io import StringIO

import streamlit as st

from conv.quiz import KINDS
from ui import quiz_practice
from ui.quiz_settings import Sitting
from ui.settings import Page
from ui.share import CSV, JSON, File, files_tab, link_tab


@st.dialog("Share and export", width="large")
def share_quiz(page: Page, sitting: Sitting) -> None:
    """Open the dialog."""
    if page["mode"] == "practice":
        link, progress = st.tabs(["Link", "Progress"])
        with link:
            link_tab(page.url())
        with progress:
            _progress(page)
    else:
        (link,) = st.tabs(["Link"])
        with link:
            link_tab(page.url(given=True, n=1, student=""))


def _progress(page: Page) -> None:
    """Offer the progress as files, and take it back from one."""
    st.markdown("This browser keeps your progress. A file of it goes on in another.")
    now = quiz_practice.queue(page)
    files_tab([
        File("Download progress (JSON)", "quiz-progress.json", lambda: now.to_json().encode(), JSON),
        File("Download for a spreadsheet (CSV)", "quiz-progress.csv", partial(progress_csv, page), CSV),
    ])
    page.upload("progress", "Go on from a file", ["JSON"], lambda content: _bring_back(page, content))


def _bring_back(page: Page, content: bytes) -> str:
    quiz_practice.bring_back(page, content.decode("utf-8", "replace"))
    return ""


def progress_csv(page: Page) -> bytes:
    """Write how far somebody is with each kind as a table."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(["kind", "level", "in a row", "levels mastered", "right", "asked"])
    for kind, how in quiz_practice.queue(page).progress.items():
        writer.writerow([KINDS[kind].title, how.level, how.streak, how.mastered, how.right, how.right + how.wrong])
    return file.getvalue().encode("utf-8-sig")
