"""What mounts the front ends, shows pictures, and draws a page's part: first its picture, then the rest."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest

from ui import components

SECONDS = 30


@pytest.fixture(autouse=True)
def outside_of_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in WebAssembly: Streamlit runs a fragment in a session alone."""
    monkeypatch.setattr(components, "IN_BROWSER", True)


def test_the_rest_comes_after_the_picture() -> None:
    told = []

    @components.alone
    def show() -> Iterator[None]:
        told.append("picture")
        yield
        told.append("rest")

    show()
    assert told == ["picture", "rest"]


def test_a_part_may_be_all_picture() -> None:
    told = []
    components.alone(lambda: told.append("picture"))()
    assert told == ["picture"]


def test_a_picture_waits_for_the_one_before_but_not_for_its_rest() -> None:
    told, begun, drawn, end = [], Event(), Event(), Event()

    @components.alone
    def first() -> Iterator[None]:
        begun.set()
        assert drawn.wait(SECONDS)
        told.append("first picture")
        yield
        assert end.wait(SECONDS)
        told.append("first rest")

    @components.alone
    def second() -> Iterator[None]:
        told.append("second picture")
        yield
        end.set()

    threads = [Thread(target=first), Thread(target=second)]
    threads[0].start()
    assert begun.wait(SECONDS)
    threads[1].start()
    drawn.set()
    for thread in threads:
        thread.join(SECONDS)
    assert told == ["first picture", "second picture", "first rest"]


def test_nobody_waits_long_for_a_picture_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "PATIENCE", 0.01)
    told = []

    @components.alone
    def long() -> None:
        other = Thread(target=components.alone(lambda: told.append("short")))
        other.start()
        other.join(SECONDS)
        told.append("long")

    long()
    components.alone(lambda: told.append("next"))()
    assert told == ["short", "long", "next"]


def test_an_error_ends_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "PATIENCE", SECONDS)

    @components.alone
    def broken() -> None:
        raise ValueError("broken")

    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            broken()


@pytest.mark.parametrize(("in_browser", "words"), [(False, {"alt": "a digit"}), (True, {})])
def test_a_picture_has_its_words_wherever_streamlit_takes_them(
    in_browser: bool, words: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(components, "IN_BROWSER", in_browser)
    monkeypatch.setattr(components.st, "image", lambda image, **options: shown.append(options))
    components.picture(b"", "a digit", width="stretch")
    assert shown == [{"width": "stretch"} | words]
