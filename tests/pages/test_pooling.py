"""The pooling page without a browser: what opens, what it says, and what it sends to its front ends."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from conv import avg_pool2d, max_pool2d
from conv.patterns import pattern
from tests.pages.conftest import controls, open_page, sent
from ui.pooling import PRESETS

opened = partial(open_page, "pooling")
RANDOM = pattern("random", 8, np.random.default_rng((1, 0)))  # seed 1, of the input


def said(app: AppTest) -> str:
    return "\n".join(element.value for kind in (app.markdown, app.warning, app.header) for element in kind)


def test_it_opens_with_a_maximum_of_two_by_two() -> None:
    app = opened()
    data = sent(app)
    assert data.keys() == {"stepper", "controls", "norms", "shift"}
    assert data["stepper"]["input"]["values"] == RANDOM.ravel().tolist()
    assert data["stepper"]["output"]["values"] == max_pool2d(RANDOM[None], 2).ravel().tolist()
    assert data["shift"]["columns"][1]["before"] == data["stepper"]["output"]["values"]
    assert app.title[0].value == "Pooling" and app.query_params == {}
    assert "Here 8×8 = 64 numbers become 4×4 = 16." in said(app)


def test_a_link_opens_as_on_the_steppers_page() -> None:
    data = sent(opened(op="avg", h="7", w="7", kh="3", kw="3", ceil="1", step="3", down="-2", right="0"))
    expected = avg_pool2d(pattern("random", 7, np.random.default_rng((1, 0)))[None], 3, stride=2, ceil_mode=True)
    assert np.allclose(data["stepper"]["output"]["values"], expected.ravel())
    assert data["stepper"]["step"] == 3 and data["shift"]["by"] == [-2, 0]


def test_only_poolings_are_offered() -> None:
    items = controls(opened())
    assert [word for word, _ in items["op"]["options"]] == ["max", "avg", "sum", "lp"]
    assert [word for word, _ in items["preset"]["options"]] == list(PRESETS)
    assert not {"p", "kernel", "bias", "view"} & items.keys()


def test_p_goes_from_one_to_infinity_on_a_slider() -> None:
    app = opened(op="lp", p="3")
    p, norms = controls(app)["p"], sent(app)["norms"]
    assert p["kind"] == "stops" and p["value"] == "3"
    stops = ["1", "1.25", "1.5", "2", "3", "4", "6", "10", "20", "inf"]
    assert [stop for stop, _ in p["stops"]] == stops
    assert norms["stops"] == [*stops[:-1], "∞"] and norms["here"] == 4


@pytest.mark.parametrize(
    ("link", "noted"),
    [
        ({"op": "conv"}, "The link's op must be one of max, avg, sum, lp."),
        ({"kh": "99"}, "Kernel height 99 is not within 1 to 11: set to 11."),
        ({"ph": "5"}, "Vertical padding 5 is more than half the kernel: set to 1."),
        ({"p": "x"}, "The link's p must be a number."),
    ],
)
def test_a_mangled_link_opens_and_says_what_was_mended(link: dict[str, str], noted: str) -> None:
    notes = [note.value for note in opened(**link).warning]
    assert any(noted in note for note in notes)


@pytest.mark.parametrize("hide", ["values", "size"])
def test_what_is_hidden_is_nowhere_else_on_the_page(hide: str) -> None:
    app = opened(hide=hide, h="17", w="17")
    assert sent(app).keys() == {"stepper", "controls"}
    assert "What survives a shift is shown once nothing is hidden." in said(app)
    if hide == "size":
        assert "8" not in re.findall(r"\d+", said(app))  # 17 // 2


def test_a_revealed_size_is_told() -> None:
    app = opened(hide="size")
    app.session_state["pooling/memo/revealed"] = dict(app.query_params)
    app.run()
    assert "shift" in sent(app) and "numbers become" in said(app)


def test_a_picture_of_ones_own_is_asked_for_where_it_is_shown() -> None:
    assert [uploader.label for uploader in opened(pattern="own").file_uploader] == ["Your picture"]
