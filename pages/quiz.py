"""Questions to check oneself with: practice, one after another, or a quiz that a lecturer has set."""

from collections.abc import Iterator

import streamlit as st

from ui import components, quiz, quiz_page
from ui.quiz_settings import SETTINGS
from ui.quiz_share import share_quiz
from ui.settings import Page


@components.alone
def show() -> Iterator[None]:
    """Show what the settings say, each time that one is changed."""
    page = Page("quiz", SETTINGS)
    sitting = quiz.settle(page)

    st.title("Check yourself" if page["mode"] == "practice" else "Quiz")
    st.markdown(quiz_page.intro(page))
    page.tell()
    quiz_page.question(sitting)
    components.front_end(
        "quiz", "grid", data=quiz.data(page, sitting, st.context.theme.type or "light"),
        on_say_change=page.hears(lambda: quiz.hear(page), by_person=False), on_share_change=page.hears(lambda: None),
    )
    quiz_page.solution(sitting)
    quiz_page.below(page, sitting)
    with st.sidebar:
        if not page["given"]:
            components.controls(quiz.items(page), page.answered, on_changes_change=page.hears(lambda: quiz.take(page)))

    yield  # all is sent; files to take away are made out of turn
    page.publish()
    if page.event("quiz", "share"):
        share_quiz(page)


show()
