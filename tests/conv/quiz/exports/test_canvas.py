"""What text2qti, run for real, makes of the text for Canvas; and what Canvas would grade and say by that file."""

from __future__ import annotations

import re
import zipfile
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree

import pytest

from conv.quiz.answers import same, spell
from conv.quiz.exports.canvas import canvas_text
from conv.quiz.question import Diagnosis, Question
from ui.canvas import qti_zip

from .bank import plain
from .conftest import HARD, asked

QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"


class Words(HTMLParser):
    """The words of Canvas's HTML, with formulas as LaTeX between brackets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        formula = dict(attributes).get("data-equation-content")
        if formula:
            self.found.append(rf"\({formula}\)")
        elif tag in ("p", "li", "td", "th", "table", "br"):
            self.found.append(" ")


def words(html: str) -> str:
    """Read what stands in HTML, with plain quotation marks and dashes."""
    straight = str.maketrans("’‘“”", "''\"\"")
    return " ".join("".join(Words(html).found).translate(straight).replace("…", "...").split())


def expected(markdown: str) -> str:
    return plain(markdown).replace("…", "...")


class Imported:
    """A question as Canvas imports it."""

    def __init__(self, item: ElementTree.Element) -> None:
        fields = {field.findtext(f"{QTI}fieldlabel"): field.findtext(f"{QTI}fieldentry")
                  for field in item.iter(f"{QTI}qtimetadatafield")}
        self.kind = fields["question_type"]
        self.name = item.get("title")
        self.text = item.findtext(f"{QTI}presentation/{QTI}material/{QTI}mattext")
        self.idents = {words(label.findtext(f"{QTI}material/{QTI}mattext")): label.get("ident")
                       for label in item.iter(f"{QTI}response_label") if label.find(f"{QTI}material") is not None}
        self.conditions = list(item.iter(f"{QTI}respcondition"))
        self.said = {said.get("ident"): words(said.find(f".//{QTI}mattext").text)
                     for said in item.iter(f"{QTI}itemfeedback")}

    def respond(self, response: str) -> tuple[float, list[str]]:
        """Marks and feedback for a response, by the conditions in their order."""
        score, said = 0.0, []
        given = self.idents.get(response, response)
        for condition in self.conditions:
            if not all(self.holds(test, given) for test in condition.find(f"{QTI}conditionvar")):
                continue
            score += sum(float(mark.text) for mark in condition.iter(f"{QTI}setvar"))
            said += [self.said[shown.get("linkrefid")] for shown in condition.iter(f"{QTI}displayfeedback")]
            if condition.get("continue") == "No":
                break
        return score, said

    def holds(self, test: ElementTree.Element, given: str) -> bool:
        tag = test.tag.removeprefix(QTI)
        if tag == "other":
            return True
        if tag in ("or", "and"):
            return (any if tag == "or" else all)(self.holds(part, given) for part in test)
        if self.kind == "multiple_choice_question":
            return test.text == given
        return {"varequal": float(given) == float(test.text), "vargte": float(given) >= float(test.text),
                "varlte": float(given) <= float(test.text), "vargt": float(given) > float(test.text)}[tag]


def imported(questions: list[Question], title: str = "Quiz") -> list[Imported]:
    """Write the text, let text2qti make the file, and read that."""
    file = zipfile.ZipFile(BytesIO(qti_zip(canvas_text(questions, title))))
    (assessment,) = [name for name in file.namelist() if re.search(r"text2qti_assessment_\w+\.xml$", name)]
    root = ElementTree.fromstring(file.read(assessment))
    assert root.find(f"{QTI}assessment").get("title") == title
    return [Imported(item) for item in root.iter(f"{QTI}item")]


def check(held: Imported, question: Question) -> None:
    """The right answer gets full marks, and every mistake is named."""
    assert words(held.text).startswith(expected(question.text))
    assert expected(question.solution) in held.said["general_fb"]
    if held.kind == "numerical_question":
        assert question.typed
        assert held.respond(repr(question.answer))[0] == 100
        for diagnosis in question.diagnoses:
            if not isinstance(diagnosis.value, str):
                score, said = held.respond(repr(diagnosis.value))
                assert score == 0
                assert expected(diagnosis.text) in said[-1]
                assert f"{spell(diagnosis.value)}: " in said[-1]
        return
    assert held.kind == "multiple_choice_question"
    assert held.idents.keys() == {spell(value) for value in question.choices}
    for value in question.choices:
        score, said = held.respond(spell(value))
        assert score == (100 if value == question.answer else 0)
        for diagnosis in question.diagnoses:
            if same(diagnosis.value, value):
                assert expected(diagnosis.text) in said[-1]


def test_questions_that_are_hard_to_write(hard: Question) -> None:
    (held,) = imported([hard])
    if hard is not HARD["special characters"]:
        check(held, hard)


def test_special_characters_arrive() -> None:
    (held,) = imported([HARD["special characters"]], "A <b> & 'c'")
    text = r"A # b = c ~ {d} : e \n f \ g ]]> <h> & i < {j} [k] ::l:: ####m // n %50% -> \(\frac{o}{p} < \nu\) q*r"
    assert words(held.text) == held.said["general_fb"].removeprefix(r"It is \(1 + 1\). ") == text
    score, (_, mistakes) = held.respond("4")
    assert score == 0
    assert mistakes == f"If you answered 4: {text} 6: Two lines here a b 1 2"


@pytest.mark.parametrize(
    "text", ["1. Not a list", "- 3 + 4", "# no head", "> none", "![a](b.png) none", "<!-- shown -->", "END_GROUP",
             "```{.python .run}\nprint(1)\n```", r"\num{1.5}", "Title: mine", "a  \nb", "=== c"],
)
def test_nothing_in_a_text_is_an_order(text: str) -> None:
    (held,) = imported([asked(5, text=text, diagnoses=[Diagnosis("M1", 4, text)])])
    assert words(held.text)


def test_a_number_too_near_to_nothing_is_chosen() -> None:
    assert imported([HARD["nothing"]])[0].kind == "multiple_choice_question"
    assert imported([asked(0.004, choices=(0.004, 1.0, 2.0))])[0].kind == "multiple_choice_question"
    assert imported([asked(0.006, choices=(0.006, 1.0, 2.0))])[0].kind == "numerical_question"


def test_what_is_near_enough_to_a_number_with_decimals() -> None:
    (held,) = imported([HARD["a number with decimals"]])
    assert [held.respond(response)[0] for response in ("0.33", "0.338", "0.34", "0.3")] == [100, 100, 0, 0]


def test_a_quiz_needs_a_title() -> None:
    assert canvas_text([asked(1)], " \n ").startswith("Quiz title: Quiz\n")
    assert canvas_text([asked(1)], "Two\nlines").startswith("Quiz title: Two lines\n")
