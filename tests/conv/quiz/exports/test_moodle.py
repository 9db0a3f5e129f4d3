"""What Moodle's XML importer makes of the questions, by the rules of its documentation.

https://docs.moodle.org/en/Moodle_XML_format, and for grading https://docs.moodle.org/en/Numerical_question_type.
"""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from conv.quiz.exports.items import UNNAMED
from conv.quiz.exports.moodle import moodle_xml
from conv.quiz.question import Question

from .bank import Choice, Held, check, grade, words
from .conftest import HARD, asked

# The marks that Moodle knows, in percent; it refuses a file with any other.
GRADES = {100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111,
          10, 5, 0}


def text_of(element: ElementTree.Element, path: str) -> str:
    """The text that the importer finds, without white space around it."""
    found = element.findall(f"{path}/text")
    assert len(found) == 1, path
    return (found[0].text or "").strip()


def read_moodle(file: bytes) -> tuple[str, list[Held]]:
    """Import a file: its category and its questions."""
    quiz = ElementTree.fromstring(file)
    assert file.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert quiz.tag == "quiz"
    category, *questions = quiz.findall("question")
    assert category.get("type") == "category"
    return text_of(category, "category"), [read_question(question) for question in questions]


def read_question(question: ElementTree.Element) -> Held:
    kind = question.get("type")
    assert kind in ("numerical", "multichoice")
    for tag in ("questiontext", "generalfeedback"):
        assert question.find(tag).get("format") == "html"
    answers = tuple(read_answer(answer) for answer in question.findall("answer"))
    fractions = [answer.fraction for answer in answers]
    assert fractions.count(1) == 1
    assert max(fractions) == 1
    if kind == "numerical":
        assert [answer.text for answer in answers].index("*") == len(answers) - 1
        assert all(float(answer.text) is not None for answer in answers[:-1])
        assert question.findtext("showunits") == "3"
    else:
        assert len(answers) >= 2
        assert question.findtext("single") == question.findtext("shuffleanswers") == "true"
        assert question.findtext("answernumbering") == "abc"
        for when in ("correct", "partiallycorrect", "incorrect"):
            text_of(question, f"{when}feedback")
    assert question.findtext("penalty") == "0.3333333"
    assert len(question.findall("hint")) >= 1
    assert all(words(hint.find("text").text or "") for hint in question.findall("hint"))
    tags = tuple((tag.findtext("text") or "") for tag in question.findall("tags/tag"))
    return Held(
        kind == "numerical", text_of(question, "name"), question.findtext("idnumber") or "", tags,
        text_of(question, "questiontext"), text_of(question, "generalfeedback"), answers,
    )


def read_answer(answer: ElementTree.Element) -> Choice:
    percent = float(answer.get("fraction"))
    assert abs(percent) in GRADES
    tolerance = float(answer.findtext("tolerance") or 0)
    return Choice(text_of(answer, "."), percent / 100, text_of(answer, "feedback"), tolerance)


def test_questions_that_are_hard_to_write(hard: Question) -> None:
    (held,) = read_moodle(moodle_xml([hard], "Quiz"))[1]
    if hard is not HARD["special characters"]:
        check(held, hard)
    assert held.tags[:2] == ("size", "level 1")
    assert set(held.tags[2:]) == {code for diagnosis in hard.diagnoses for code in diagnosis.code.split("+")}


def test_special_characters_arrive() -> None:
    (held,) = read_moodle(moodle_xml([HARD["special characters"]], " a <b> & c\x00 ]]> "))[1]
    expected = r"A # b = c ~ {d} : e \n f \ g ]]> <h> & i < {j} [k] ::l:: ####m // n %50% -> \(\frac{o}{p} < \nu\) q*r"
    assert words(held.text) == words(held.general).removeprefix(r"It is \(1 + 1\). ") == expected
    assert words(grade(held, "4")[1]) == expected
    assert words(grade(held, "6")[1]) == "Two lines here a b 1 2"


def test_a_category_of_any_characters() -> None:
    assert read_moodle(moodle_xml([asked(1)], " /a <b> & c\x00 ]]> "))[0] == "$course$/a <b> & c ]]>"


def test_what_is_near_enough_to_a_number_with_decimals() -> None:
    (held,) = read_moodle(moodle_xml([HARD["a number with decimals"]], "Quiz"))[1]
    for response, marks in (("0.33", 1), ("0.3333", 1), ("0.338", 1), ("0.34", 0), ("0.3", 0), ("-0.33", 0)):
        assert grade(held, response)[0] == marks, response
    assert words(grade(held, "-0.33")[1]) == "The sign."
    assert words(grade(held, "0.2")[1]) == UNNAMED


def test_both_mistakes_are_named_where_either_may_have_led_there() -> None:
    (held,) = read_moodle(moodle_xml([HARD["two mistakes lead to one number"]], "Quiz"))[1]
    assert [answer.text for answer in held.answers] == ["-12", "-13", "0", "*"]
    assert words(grade(held, "-13")[1]) == "−13 may come from one of these: The one. The other."


def test_pictures_are_tables() -> None:
    (held,) = read_moodle(moodle_xml([HARD["pictures"]], "Quiz"))[1]
    tables = ElementTree.fromstring(f"<all>{held.text}</all>").findall("table")
    assert [table.findtext("caption") for table in tables] == ["Input", "Kernel <3>"]
    assert [[cell.text for cell in row] for row in tables[0].iter("tr")] == [["1", "−2"], ["0", "3"]]
    assert [cell.text for cell in tables[1].iter("td")] == ["0.5", "1.25"]


def test_the_same_question_is_asked_once() -> None:
    twice = [asked(1, seed=1), asked(1, seed=2), asked(1, seed=3, text="How much?")]
    assert [held.idnumber for held in read_moodle(moodle_xml(twice, "Quiz"))[1]] == ["size-1-1", "size-1-3"]


@pytest.mark.parametrize("address", ["https://conv.example.org", "https://conv.example.org/"])
def test_the_solution_leads_to_the_page(address: str) -> None:
    question = asked(1, link="explore?h=7&w=7")
    (held,) = read_moodle(moodle_xml([question], "Quiz", address=address))[1]
    link = ElementTree.fromstring(f"<all>{held.general}</all>").find(".//a")
    assert link.get("href") == "https://conv.example.org/explore?h=7&w=7"
    (held,) = read_moodle(moodle_xml([question], "Quiz"))[1]
    assert "<a" not in held.general
