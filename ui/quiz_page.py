"""What stands around the quiz's front end: the question above it, the solution and the progress below."""

from __future__ import annotations

from urllib.parse import parse_qsl

import streamlit as st

from conv.quiz import KINDS
from ui import components, quiz_practice, quiz_set
from ui.quiz_flow import Attempt
from ui.quiz_settings import Sitting
from ui.quiz_words import outcome, spelled_answers, spoken
from ui.settings import Page
from ui.share import download

PRACTICE = "Answer, and see what went wrong where it did. What you miss comes back, and three in a row raise the level."
SET = "As others will see it: the sidebar says what is asked. Share and export has its link, a worksheet and more."
GIVEN = "Two tries each. Nothing is sent anywhere: hand the summary in at the end, if you are asked to."


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
            path, _, query = attempt.question.link.partition("?")
            st.page_link(f"pages/{path}.py", label="Show me", query_params=dict(parse_qsl(query)))


def below(page: Page, sitting: Sitting) -> None:
    """Show how far somebody is: in practice by kind and mistake, at the end of a set quiz by question."""
    if page["mode"] == "practice":
        components.front_end("quiz_progress", data=quiz_practice.progress(page))
        st.page_link("pages/quiz.py", label="For lecturers: set a quiz for a class", query_params={"mode": "set"})
    elif sitting.attempt is None and (page["student"] or not page["own"]):
        attempts = quiz_set.sat(page)
        if not attempts:
            return
        st.header("Summary", anchor=False)
        st.markdown(table(attempts))
        summary = quiz_set.summary_csv(page["student"], page.url(n=1), attempts)
        download("Download the summary (CSV)", summary, "quiz.csv", "text/csv")


def table(attempts: list[Attempt]) -> str:
    """Lay out what came of each question, as a Markdown table."""
    lines = ["| | Question | Your answers | |", "|--:|:--|:--|:--|"]
    for number, attempt in enumerate(attempts, start=1):
        kind = KINDS[attempt.question.kind].title
        lines.append(f"| {number} | {kind} | {spoken(spelled_answers(attempt))} | {outcome(attempt)} |")
    return "\n".join(lines)
