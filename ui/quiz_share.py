"""The quiz's dialog: its link, what somebody has answered, and the quiz on paper and for learning platforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from conv.quiz import generate
from conv.quiz.question import Question
from ui import quiz_practice, quiz_set
from ui.progress_sheet import progress_pdf
from ui.quiz_settings import TITLE, kinds, levels
from ui.quiz_summary import practice_csv
from ui.settings import Page
from ui.share import CSV, JSON, TEXT, THIS_COMPUTER, File, choice, download, files_tab, link_tab

PDF, XML, ZIP = "application/pdf", "text/xml", "application/zip"
PLATFORMS = {"moodle": "Moodle", "gift": "GIFT", "canvas": "Canvas"}
MOST_VARIANTS, SEEDS = 200, 2**32


@st.dialog("Share and export", width="large")
def share_quiz(page: Page) -> None:
    """Open the dialog."""
    tabs: dict[str, Callable[[], None]] = {}
    if page["mode"] == "practice":
        tabs = {"Link": lambda: link_tab(page.url()), "Progress": lambda: _progress(page)}
    else:
        tabs = {"Link": lambda: link_tab(_given(page), ", from its first question and without its settings")}
        if not page["given"]:  # the key is not for those who are asked
            tabs |= {"Worksheet": lambda: _worksheet(page), "Question bank": lambda: _bank(page)}
    for tab, fill in zip(st.tabs(list(tabs)), tabs.values(), strict=True):
        with tab:
            fill()


def _given(page: Page) -> str:
    """Give the link for others: from the first question, with nothing to change, and nobody's name."""
    return quiz_set.url(page, given=True, student="")


# ---- practice --------------------------------------------------------------------------------


def _progress(page: Page) -> None:
    """Offer the progress as files, and take it back from one."""
    st.markdown("This browser alone keeps your progress. In another, go on from a file of it.")
    now = quiz_practice.queue(page)
    files_tab([
        File("Download progress (JSON)", "quiz-progress.json", lambda: now.to_json().encode(), JSON),
        File("Download for a spreadsheet (CSV)", "quiz-progress.csv", partial(practice_csv, now), CSV),
        File("Download for paper (PDF)", "quiz-progress.pdf", partial(progress_pdf, now), PDF),
    ])
    page.upload("progress", "Go on from a file", ["JSON"], lambda content: _bring_back(page, content))
    if page.values.pop("progress", None) is not None:
        st.rerun()  # all of the page, which closes the dialog


def _bring_back(page: Page, content: bytes) -> int:
    """Take progress from a file, and say how many answers it tells of."""
    quiz_practice.bring_back(page, content.decode("utf-8", "replace"))
    return quiz_practice.queue(page).turn


# ---- a set quiz ------------------------------------------------------------------------------


def _worksheet(page: Page) -> None:
    """Offer the quiz on paper, and its key apart."""
    if not quiz_set.sat(page):
        st.markdown("Choose more kinds or levels first, or fewer questions.")
        return
    st.markdown("For those without a computer, and for the wall.")
    title = TITLE
    if page["own"] and page["student"]:
        title = f"{TITLE}: {page['student']}"
    elif page["own"]:
        st.markdown("These are the numbers of nobody. For somebody's own, begin the quiz under the name first.")
    made = partial(worksheet_pdf, quiz_set.questions(page), title, _given(page))
    files_tab([
        File("Download the questions (PDF)", "quiz.pdf", partial(made, "questions"), PDF),
        File("Download the key (PDF)", "quiz-key.pdf", partial(made, "key"), PDF),
    ])


def worksheet_pdf(questions: Sequence[Question], title: str, link: str, part: Literal["questions", "key"]) -> bytes:
    """Print the questions or their key."""
    from ui.worksheet import worksheet  # brings matplotlib

    return worksheet(questions, title, link=link, part=part)


def _bank(page: Page) -> None:
    """Offer many variants of the chosen kinds for a learning platform."""
    platform = choice("For", PLATFORMS, "platform")
    each = st.number_input("Variants of each kind at each level", 1, MOST_VARIANTS, 10)
    number = len(kinds(page)) * len(levels(page)) * each
    st.markdown(f"{number:,} questions at most, as none comes twice. Usual mistakes are told what went wrong.")
    # What makes a file runs apart from the session: it is told everything.
    made = partial(bank, platform, kinds(page), levels(page), max(page["seed"], 0), each, _address(page))
    if platform == "moodle":
        download("Download for Moodle (XML)", made, "quiz-moodle.xml", XML)
    elif platform == "gift":
        download("Download GIFT", made, "quiz-gift.txt", TEXT)
    else:
        _canvas(made)


def _canvas(made: Callable[[], bytes]) -> None:
    from ui.canvas import MISSING, can_zip, qti_zip

    if can_zip():
        download("Download for Canvas (QTI)", lambda: qti_zip(made().decode()), "quiz-canvas.zip", ZIP)
    else:
        st.info(MISSING)
    download("Download the text for text2qti", made, "quiz-canvas.txt", TEXT)


def bank(
    platform: str, kinds: Sequence[str], levels: Sequence[int], seed: int, each: int, address: str = ""
) -> bytes:
    """Write so many variants of every kind and level for a platform."""
    from conv.quiz.exports.canvas import canvas_text
    from conv.quiz.exports.gift import gift
    from conv.quiz.exports.moodle import moodle_xml

    made = variants(kinds, levels, seed, each)
    if platform == "moodle":
        return moodle_xml(made, TITLE, address=address)
    write = gift if platform == "gift" else canvas_text
    return write(made, TITLE, address=address).encode()


def variants(kinds: Sequence[str], levels: Sequence[int], seed: int, each: int) -> list[Question]:
    """Make so many variants of every kind and level, the same for the same seed."""
    first = seed * MOST_VARIANTS % SEEDS
    return [
        generate(kind, first + number, level) for kind, level, number in product(kinds, levels, range(each))
    ]


def _address(page: Page) -> str:
    """Give the address of the app, where others can reach it."""
    parts = urlsplit(page.url())
    return "" if parts.hostname in (None, *THIS_COMPUTER) else f"{parts.scheme}://{parts.netloc}"
