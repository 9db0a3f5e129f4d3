"""What a person changes is told until it is answered: nothing is lost, and nothing counts twice."""

import pytest
from playwright.sync_api import Browser

from tools.drive import ROOT

BASE = (ROOT / "assets" / "components" / "base.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def blank(browser: Browser):
    page = browser.new_page()
    page.clock.install(time=0)
    page.add_script_tag(content=BASE)
    page.clock.pause_at(1)
    yield page
    page.close()


@pytest.fixture
def sent_after(blank):
    """Do something with a new report, and tell the numbers of the messages it has sent some milliseconds later."""
    blank.evaluate("window.sent = []; window.report = new Report((serial) => sent.push(serial))")

    def do(code: str, milliseconds: int) -> list[int]:
        blank.evaluate(f"sent.length = 0; {code}")
        blank.clock.run_for(milliseconds)
        return blank.evaluate("sent")

    yield do
    blank.evaluate("report.leave()")


def test_it_is_sent_at_once_and_ever_more_patiently_until_it_is_answered(sent_after):
    assert sent_after("report.tell()", 0) == [1]
    assert sent_after("", 7000) == [1, 1, 1]  # after 1, 1 + 2 and 1 + 2 + 4 seconds
    assert sent_after("report.hear(1)", 60_000) == []


def test_only_the_answer_to_the_last_change_is_the_last_word(sent_after):
    assert sent_after("report.tell(); report.tell()", 0) == [1, 2]
    assert sent_after("sent.push(report.hear(1))", 1000) == [False, 2]
    assert sent_after("sent.push(report.hear(2))", 60_000) == [True]


def test_a_rest_begins_anew_unless_what_changes_is_to_be_seen_at_once(sent_after):
    assert sent_after("report.tell(100)", 60) == []
    assert sent_after("report.tell(100)", 60) == []
    assert sent_after("", 60) == [2]
    assert sent_after("report.tell(100, false)", 60) == []
    assert sent_after("report.tell(100, false)", 60) == [4]


def test_what_arrives_makes_void_what_waits_and_the_next_change_has_a_number_of_its_own(sent_after):
    assert sent_after("report.tell(); sent.push(report.hear(0, true))", 60_000) == [1, True]
    assert sent_after("report.tell(); sent.push(report.hear(1))", 0) == [2, False]


def test_it_counts_on_from_what_was_answered_before_and_a_server_that_forgot_changes_nothing(sent_after):
    assert sent_after("report.hear(5, true); report.tell(); report.hear(6)", 0) == [6]
    assert sent_after("sent.push(report.hear(0))", 60_000) == [True]
    assert sent_after("report.tell()", 0) == [7]
