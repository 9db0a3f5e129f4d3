"""The front door: a picture, described in words, and a link for each page and each featured preset."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import open_page
from ui.ideas import IDEAS
from ui.presets import FEATURED, PRESETS
from ui.settings import link_of
from ui.window import SETTINGS

ROOT = Path(__file__).parents[2]
DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


@pytest.fixture(scope="module")
def app() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not app.exception
    return app


def preset_links(app: AppTest) -> list:
    return app.get("page_link")[len(IDEAS) :]


def links(app: AppTest) -> list[dict[str, str]]:
    return [dict(parse_qsl(link.proto.query_string)) for link in preset_links(app)]


def test_the_app_opens_at_the_front_door(app: AppTest) -> None:
    assert [title.value for title in app.title] == ["Convolution Visualiser"]
    assert [header.value for header in app.header] == ["Start from a picture"]


def test_a_picture_with_words_for_each_featured_preset(app: AppTest) -> None:
    pictures = [image for element in app.get("image") for image in element.proto.imgs]
    words = [f"{PRESETS[name].title}: {PRESETS[name].text}" for name in FEATURED]
    assert [image.alt for image in pictures] == [idea.picture for idea in IDEAS.values()] + words
    assert len({image.url for image in pictures}) == len(IDEAS) + len(FEATURED)
    assert {PRESETS[name].text for name in FEATURED} <= {markdown.value for markdown in app.markdown}


def test_a_link_to_each_page_of_the_app(app: AppTest) -> None:
    elements = app.get("page_link")[: len(IDEAS)]
    assert [(link.proto.page, link.proto.label) for link in elements] == [
        (name, f"**{idea.title}**") for name, idea in IDEAS.items()
    ]
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert set(IDEAS) == pages - {"home", "docs"}


def test_a_link_to_each_featured_preset(app: AppTest) -> None:
    elements = preset_links(app)
    assert [link.proto.label for link in elements] == [f"**{PRESETS[name].title}**" for name in FEATURED]
    assert {link.proto.page for link in elements} == {"explore"}


def test_each_link_spells_the_presets_settings(app: AppTest) -> None:
    for name, link in zip(FEATURED, links(app), strict=True):
        read = {setting.name: setting.read(link[setting.name]) for setting in SETTINGS if setting.name in link}
        assert link.keys() == read.keys()
        assert DEFAULTS | read == DEFAULTS | PRESETS[name].settings


def test_no_link_is_empty_as_that_would_mean_as_it_was_left(app: AppTest) -> None:
    assert all(links(app))
    assert link_of(SETTINGS, PRESETS["lecture"].settings) == {}


def test_the_lectures_example_opens_also_after_another_setting() -> None:
    app = open_page("explore", h="9")
    app.query_params.clear()
    lecture = links(app.switch_page("pages/home.py").run())[FEATURED.index("lecture")]
    app.query_params.update(lecture)
    app.switch_page("pages/explore.py").run()
    assert app.session_state["explore/values"] == DEFAULTS
