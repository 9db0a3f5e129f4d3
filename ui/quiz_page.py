"""What stands around the quiz's front end: the question above it, the solution and the progress below."""

from __future__ import annotations

from functools import partial

import streamlit as st

from conv.quiz.links import label_of
from ui import components, quiz_practice, quiz_set
from ui.quiz_flow import Attempt
from ui.quiz_settings import SETTINGS, TITLE, Sitting
from ui.quiz_summary import paper, quiz_csv, quiz_markdown, quiz_table
from ui.settings import Page, page_link, ready_link
from ui.share import CSV, File, files_tab

PRACTICE = "Answer, and see what went wrong where it did. What you miss comes back, and three in a row raise the level."
SET = "As others will see it: the sidebar says what is asked. Share and export has its link, a worksheet and more."
GIVEN = "Two tries each. This browser alone keeps your answers: hand the summary in at the end, if you are asked to."


def intro(page: Page) -> str:
    """Say what to do here."""
    if page["mode"] == "practice":
        return PRACTICE
    return GIVEN if page["given"] else SET


def question(sitting: Sitting) -> None:
    """Show the question's text."""
    with st.container(key="quiz_question"):  # always there, so that nothing below is mounted anew
        if sitting.attempt:
            st.header(sitting.heading, anchor=False)
            st.markdown(sitting.attempt.question.text)


def solution(sitting: Sitting) -> None:
    """Show the solution, once it may be told, and where to see it."""
    with st.container(key="quiz_solution"):
        attempt = sitting.attempt
        if attempt is None or not attempt.done:
            return
        st.header("Solution", anchor=False)
        st.markdown(attempt.question.solution)
        if attempt.question.note:
            st.info(attempt.question.note)
        if attempt.question.link:
            ready_link(attempt.question.link, label_of(attempt.question))


def below(page: Page, sitting: Sitting) -> None:
    """Show how far somebody is: in practice by kind and mistake, at the end of a set quiz by question."""
    if page["mode"] == "practice":
        components.front_end("quiz_progress", data=quiz_practice.progress(page))
        page_link("pages/quiz.py", "For lecturers: set a quiz for a class", SETTINGS, {"mode": "set"})
    elif sitting.attempt is None and (page["student"] or not page["own"]):
        attempts = quiz_set.sat(page)
        if not attempts:
            return
        _summary(page, attempts)


def _summary(page: Page, attempts: list[Attempt]) -> None:
    """Show what came of a set quiz, to be handed in, and lead to practice of what went wrong."""
    st.header("Summary", anchor=False)
    st.markdown(quiz_table(attempts))
    told = page["student"], quiz_set.url(page), attempts
    files_tab([
        File("Download the summary (PDF)", "quiz-summary.pdf", partial(summary_pdf, *told), "application/pdf"),
        File("Download for a spreadsheet (CSV)", "quiz-summary.csv", partial(quiz_csv, *told), CSV),
    ])
    missed = dict.fromkeys(attempt.question.kind for attempt in attempts if not attempt.right_at_once)
    if missed:
        page_link("pages/quiz.py", "Practise what went wrong", SETTINGS, {"kinds": tuple(missed)})


def summary_pdf(student: str, link: str, attempts: list[Attempt]) -> bytes:
    """Print the summary of a set quiz."""
    return paper(TITLE, quiz_markdown(student, link, attempts))
