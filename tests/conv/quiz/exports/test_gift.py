"""What a reader of GIFT makes of the questions, by the rules of https://docs.moodle.org/en/GIFT_format."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conv.quiz.exports.gift import escaped, gift
from conv.quiz.question import Question

from .bank import Choice, Held, check, grade, words
from .conftest import HARD, asked

# What is meant literally is set aside as characters that nobody writes, so that the marks alone remain.
ASIDE = {character: chr(0xE000 + number) for number, character in enumerate("\\:#={}~")} | {"n": chr(0xE100)}
BACK = str.maketrans({aside: character for character, aside in ASIDE.items()} | {ASIDE["n"]: "\n"})


def marked(text: str) -> str:
    """Set aside every character after a backslash: it is meant literally, and ``n`` is a new line."""
    return re.sub(r"\\(.?)", lambda escape: ASIDE[escape[1]], text)


def literally(text: str) -> str:
    """The characters, none of which may be a mark any more."""
    assert not re.search(r"[\\:#={}~]", text), text
    return text.translate(BACK).strip()


def read_gift(file: str) -> tuple[str, list[Held]]:
    """Import a file: its category and its questions."""
    first, *questions = re.split(r"\n\s*\n", file.strip())
    assert first.startswith("$CATEGORY: ")
    return first.removeprefix("$CATEGORY: ").strip(), [read_question(question) for question in questions]


def read_question(text: str) -> Held:
    lines = text.split("\n")
    comment = " ".join(line for line in lines if line.startswith("//"))
    asked = marked("\n".join(line for line in lines if not line.startswith("//")).strip())
    nothing, name, rest = asked.split("::", 2)
    question, after = rest.split("{", 1)
    answers, end = after.split("}", 1)
    assert nothing == end == ""
    answers, general = answers.rsplit("####", 1)
    html = literally(question)
    assert html.startswith("[html]")
    numerical = answers.lstrip().startswith("#")
    held = read_numerical(answers) if numerical else read_multichoice(answers)
    (idnumber,) = re.findall(r"\[id:([^\]]+)\]", comment)
    tags = tuple(re.findall(r"\[tag:([^\]<>`]+)\]", comment))
    text = html.removeprefix("[html]")
    return Held(numerical, literally(name), idnumber, tags, text, literally(general), tuple(held))


def read_numerical(answers: str) -> list[Choice]:
    known, other = answers.strip().removeprefix("#").split("~")
    nothing, *each = known.split("=")
    assert nothing.strip() == ""
    found = []
    for answer in each:
        number, feedback = answer.split("#")
        percent, value, tolerance = re.fullmatch(r"%(\d+)%(.+):(.+)", number).groups()
        found.append(Choice(literally(value), int(percent) / 100, literally(feedback), float(tolerance)))
    before, feedback = other.split("#")
    assert before == ""
    return [*found, Choice("*", 0, literally(feedback))]


def read_multichoice(answers: str) -> list[Choice]:
    assert "~" in answers  # or it would be a short answer
    found = []
    for mark, answer in re.findall(r"([~=])([^~=]*)", answers):
        choice, feedback = answer.split("#")
        found.append(Choice(literally(choice), float(mark == "="), literally(feedback)))
    assert [choice.fraction for choice in found].count(1) == 1
    return found


def test_the_reader_knows_the_documentations_own_examples() -> None:
    text = "// [id:a] [tag:b]\n::Q\\:1:: [html]What is 2 \\{ 2?{\n=four#yes\n~3#no \\~\n####all\\nof it}"
    assert read_question(text) == Held(
        False, "Q:1", "a", ("b",), "What is 2 { 2?", "all\nof it", (Choice("four", 1, "yes"), Choice("3", 0, "no ~")),
    )


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=["Co"])))
def test_any_text_comes_back(text: str) -> None:
    assert literally(marked(escaped(text))) == text.strip()
    assert "\n" not in escaped(text)


def test_questions_that_are_hard_to_write(hard: Question) -> None:
    (held,) = read_gift(gift([hard], "Quiz"))[1]
    if hard is not HARD["special characters"]:
        check(held, hard)
    assert held.tags[:2] == ("size", "level 1")


def test_special_characters_arrive() -> None:
    (held,) = read_gift(gift([HARD["special characters"]], "Quiz"))[1]
    expected = r"A # b = c ~ {d} : e \n f \ g ]]> <h> & i < {j} [k] ::l:: ####m // n %50% -> \(\frac{o}{p} < \nu\) q*r"
    assert words(held.text) == words(held.general).removeprefix(r"It is \(1 + 1\). ") == expected
    assert words(grade(held, "4")[1]) == expected


@pytest.mark.parametrize(("name", "category"), [("a\n\nb", "a b"), (" /Networks/ ", "Networks"), ("::{a}", "::{a}")])
def test_a_category_keeps_to_its_line(name: str, category: str) -> None:
    assert read_gift(gift([asked(1), asked(2)], name))[0] == f"$course$/{category}"


def test_pictures_are_tables() -> None:
    (held,) = read_gift(gift([HARD["pictures"]], "Quiz"))[1]
    cells = ElementTree.fromstring(f"<all>{held.text}</all>").iter("td")
    assert [cell.text for cell in cells] == ["1", "−2", "0", "3", "0.5", "1.25"]
