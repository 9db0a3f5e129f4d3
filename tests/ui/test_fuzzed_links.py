"""Ten thousand links that somebody mangled: every page settles on something it can draw, and says what it changed.

Without a server: a page's settings are read and settled, and now and then what its front ends would be sent is made,
as a run of the page does it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from ui import (
    architectures,
    architectures_view,
    channels,
    channels_controls,
    channels_view,
    connections,
    docs,
    gradients,
    gradients_view,
    image_kernels,
    image_kernels_shown,
    inside,
    inside_shown,
    lecture,
    pooling,
    quiz,
    quiz_settings,
    receptive_field,
    receptive_field_shown,
    runs,
    settings,
    sweep,
    train,
    window,
    window_controls,
    window_page,
)
from ui.settings import Page, Setting


class Case(NamedTuple):
    """A page: its settings, how it settles, what its front ends are sent, and of how many links one is drawn."""

    declared: Sequence[Setting]
    settle: Callable[[Page], Any]
    sent: Callable[[Page, Any], Any]
    drawn: int


def stepper(page: Page, shown: window.Window) -> Any:
    hide = window_page.hidden(page)
    return sweep.data(shown, page.values, step=page.step, arrival=page.arrivals, hide=hide)


def plain(view: Callable) -> Callable[[Page, Any], Any]:
    """What most pages send: of what is shown, at the link's step."""
    return lambda page, shown: view(shown, page.values, step=page.step, arrival=page.arrivals)


CASES = {
    "explore": Case(window.SETTINGS, window.settle, lambda p, s: (stepper(p, s), window_controls.items(p, s)), 20),
    "pooling": Case(
        pooling.SETTINGS, window.settle,
        lambda p, s: (stepper(p, s), window_controls.items(p, s, pooling.PRESETS, pooling.POOLINGS)), 20,
    ),
    "connections": Case(
        connections.SETTINGS, connections.settle,
        lambda p, s: (
            connections.data(s, p.values, step=p.step, arrival=p.arrivals, answered=0), connections.items(p, s)
        ), 20,
    ),
    "channels": Case(
        channels.SETTINGS, channels.settle,
        lambda p, s: (plain(channels_view.data)(p, s), channels_controls.items(p, s)), 20,
    ),
    "receptive_field": Case(
        receptive_field.SETTINGS, receptive_field.settle,
        lambda p, s: (receptive_field_shown.data(p, s), receptive_field.items(p, s)), 40,
    ),
    "gradients": Case(
        gradients.SETTINGS, gradients.settle,
        lambda p, s: (plain(gradients_view.data)(p, s), gradients.items(p, s)), 20,
    ),
    "image_kernels": Case(
        image_kernels.SETTINGS, image_kernels.settle,
        lambda p, s: (
            image_kernels_shown.main_message(s, arrival=1, at=p.place, answered=0), image_kernels.items(p, s)
        ), 80,
    ),
    "architectures": Case(
        architectures.SETTINGS, architectures.settle,
        lambda p, s: (plain(architectures_view.data)(p, s), architectures.items(p, s)), 40,
    ),
    "inside": Case(
        inside.SETTINGS, inside.settle, lambda p, s: (inside_shown.data(p, s), inside.items(p, s)), 80
    ),
    "train": Case(train.SETTINGS, train.settle, lambda p, s: train.items(p, s, fetching=False), 20),
    "quiz": Case(
        quiz_settings.SETTINGS, quiz.settle, lambda p, s: (quiz.data(p, s, "light"), quiz.items(p)), 20
    ),
    "lecture": Case(lecture.SETTINGS, lecture.settle, lambda p, s: lecture.items(p), 20),
    "docs": Case(docs.SETTINGS, lambda p: p["doc"], lambda p, s: docs.contents(s), 20),
}
LINKS = 10_000
FEW = {"lecture": 60, "docs": 200, "image_kernels": 250}  # dear ones, and one with next to no settings

HOSTILE = (
    "", "0", "-1", "1e308", "-1e308", "1e-320", "nan", "inf", "-inf", "00007", "7.5", "٣", "½", "1_000", "0x10", "None",
    "true", "[]", "{}", "~", "~~~", "_", "a_b~c_d", "1_1_1~" * 300, "conv_3_1~" * 100, "999999999999999999999999",
    "x" * 5000, "\x00", "\ud800".encode("utf-8", "replace").decode(), "../../etc/passwd", "%s%n", "' OR 1=1", "日本語",
    "<script>alert(1)</script>", "[a](https://example.com)", "`**`", "🙂" * 50, "\n\r\t", "=1+1", "1;2;3", "1,2,3",
)  # fmt: skip


def mangled(setting: Setting, chance: random.Random, words: Sequence[str]) -> str:
    """A value for a setting: something hostile, a number, another setting's word, or its own with letters changed."""
    way = chance.randrange(5)
    if way == 0:
        return chance.choice(HOSTILE)
    if way == 1:
        return str(chance.choice([chance.randrange(-3, 40), chance.uniform(-1e3, 1e3), 10 ** chance.randrange(20)]))
    if way == 2:
        return chance.choice(words)
    written = list(setting.write(setting.default) or chance.choice(words))
    for _ in range(chance.randrange(3)):
        written.insert(chance.randrange(len(written) + 1), chance.choice("_~-.0123456789abcdefg "))
    return "".join(written)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """One person's session, with a link that can be set."""
    link: dict[str, str] = {}
    params = SimpleNamespace(link=link, to_dict=lambda: dict(link))
    stub = SimpleNamespace(session_state={}, query_params=params, context=SimpleNamespace(url="http://localhost/x"))
    monkeypatch.setattr(settings, "st", stub)
    nothing_trained = runs.Run()
    monkeypatch.setattr(runs, "of_session", lambda name: nothing_trained)
    return stub


@pytest.mark.parametrize("name", CASES)
def test_mangled_links_open_something(name: str, session: SimpleNamespace) -> None:
    case, chance = CASES[name], random.Random(name)
    words = [setting.write(setting.default) for each in CASES.values() for setting in each.declared] + list(HOSTILE)
    many = -(-(LINKS - sum(FEW.values())) // (len(CASES) - len(FEW)))
    for number in range(FEW.get(name, many)):
        chosen = chance.sample(case.declared, min(len(case.declared), chance.randrange(1, 5)))
        link = {setting.name: mangled(setting, chance, words) for setting in chosen}
        link |= {chance.choice(["step", "scene", "unknown"]): chance.choice(HOSTILE)} if number % 3 == 0 else {}
        session.session_state.clear()
        session.query_params.link.clear()
        session.query_params.link.update(link)
        try:
            page = Page(name, case.declared)
            shown = case.settle(page)
            settled = page.link()
            if number % case.drawn == 0:
                json.dumps(case.sent(page, shown), allow_nan=False, default=bytes.hex)
        except Exception as error:
            raise AssertionError(f"/{name} fails at {link!r}") from error
        # What it settled on is a link of its own, which changes no more.
        session.session_state.clear()
        session.query_params.link.clear()
        session.query_params.link.update(settled)
        again = Page(name, case.declared)
        case.settle(again)
        assert again.link() == settled, link
