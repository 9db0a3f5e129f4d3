"""The quiz's page without a browser: what opens, what a link brings, and that nothing gives the answer away."""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from conv.quiz import KINDS, generate
from conv.quiz.answers import spell
from conv.quiz.papers import paper
from tests.pages.conftest import open_page, sent
from ui.ideas import IDEAS
from ui.quiz_me import TAUGHT
from ui.quiz_settings import SETTINGS

opened = partial(open_page, "quiz")
READ = {setting.name: setting.read for setting in SETTINGS}


def everything(app: AppTest) -> str:
    """All that is sent to the browser, as text."""
    parts = [element.proto.json for element in app.get("bidi_component")]
    return "\n".join([*parts, *(text.value for text in app.markdown), *(text.value for text in app.header)])


def test_it_opens_with_the_lectures_question() -> None:
    app = opened()
    assert app.title[0].value == "Check yourself"
    assert app.header[0].value == "**Feature map size** · level 1"
    assert app.markdown[1].value == generate("size", seed=0).text
    assert app.query_params == {"kind": "size", "level": "1", "seed": "0"}
    assert sent(app)["quiz_progress"]["kinds"] == []


@pytest.mark.parametrize("kind", ["which_picture", "cell", "dense"])
def test_a_link_opens_exactly_its_question_and_gives_nothing_away(kind: str) -> None:
    question = generate(kind, seed=4242, level=3)
    app = opened(kind=kind, seed="4242", level="3")
    data = sent(app)["quiz"]
    assert question.text in [text.value for text in app.markdown]
    assert data["stage"] == "ask" and (data["choices"] is None) == question.typed
    assert len(data["pictures"]) == (len(question.pictures) if question.typed else 0)
    assert question.solution not in everything(app) and question.link not in everything(app)
    if question.typed and len(spell(question.answer)) > 3:
        assert spell(question.answer) not in everything(app)


def test_nonsense_in_the_link_opens_the_nearest_question_with_a_note() -> None:
    app = opened(kind="sizes", level="9", seed="-5", kinds="a~b", mode="exam")
    notes = app.warning[0].value
    for name in ("kind", "kinds", "mode"):
        assert f"The link's {name} must be" in notes
    assert "The link's kind must be a kind of question, such as size. Received: kind='sizes'." in notes
    assert "The link's level='9' was set to 3." in notes
    assert sent(app)["quiz"]["stage"] == "ask" and app.query_params["level"] == "3"
    assert app.run().warning[0].value == notes  # a run that nobody asked for


def test_good_kinds_of_a_link_are_kept_beside_unknown_ones() -> None:
    app = opened(kinds="bogus~size", n="1000")
    assert "The link's kinds names 'bogus', unknown here: the rest is used." in app.warning[0].value
    assert app.query_params == {"kinds": "size", "kind": "size", "level": "1", "seed": "0"}


def test_a_links_level_counts_without_a_seed() -> None:
    assert opened(kind="gradient", level="3").header[0].value == "**Gradient of a shared weight** · level 3"


def test_a_set_quiz_asks_one_question_at_a_time_however_long_it_is() -> None:
    questions = paper(["size", "parameters"], [1, 2, 3], 50, 7)
    short, long = (opened(mode="set", kinds="size~parameters", seed="7", length=length) for length in ("3", "50"))
    assert long.header[0].value.startswith("Question 1 of 50")
    texts = {question.text for question in questions}
    assert [text.value for text in long.markdown if text.value in texts] == [questions[0].text]
    assert len(everything(long)) < len(everything(short)) + 2000  # the tries' places alone grow
    third = opened(mode="set", kinds="size~parameters", seed="7", length="50", n="3")
    assert questions[2].text in [text.value for text in third.markdown]


def test_own_numbers_need_a_name_and_are_the_papers() -> None:
    link = {"mode": "set", "own": "1", "kinds": "work", "length": "4", "seed": "3"}
    assert sent(opened(**link))["quiz"]["stage"] == "name"
    app = opened(**link, student="Ada")
    assert paper(["work"], [1, 2, 3], 4, 3, "Ada")[0].text in [text.value for text in app.markdown]


def test_a_link_for_a_class_has_nothing_to_change() -> None:
    names = [element.proto.component_name for element in opened(mode="set", given="1").get("bidi_component")]
    assert names == ["quiz"]


@pytest.mark.parametrize("page", [name for name in IDEAS if name in TAUGHT])
def test_every_page_leads_to_questions_about_it(page: str) -> None:
    links = [one for one in open_page(page).get("page_link") if one.proto.label == "Quiz me on this"]
    query = dict(parse_qsl(links[0].proto.query_string))
    assert links[0].proto.page == "quiz" and READ["kinds"](query["kinds"]) and query["kind"] in KINDS


def test_the_stepper_leads_to_what_is_set() -> None:
    def kind(**link: str) -> str:
        links = open_page("explore", **link).get("page_link")
        return dict(parse_qsl(links[0].proto.query_string))["kind"]

    assert kind(op="transposed") == "transposed"
    assert kind(op="max", kh="2", kw="2") == "pooling"
    assert kind(dh="2", dw="2") == "dilation"
    assert kind(h="8", w="8", sh="2", sw="2") == "floor"
    assert kind() == "size"
