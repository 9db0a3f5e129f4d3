"""The stepper's page without a browser: what opens, what it says, and what it sends to its front ends."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from conv import conv2d, max_pool2d
from conv.kernels import KERNELS, kernel
from conv.patterns import pattern
from tests.pages.conftest import controls, notes, open_page, sent

opened = partial(open_page, "explore")


def values(grid: dict) -> np.ndarray:
    return np.reshape(grid["values"], (grid["rows"], grid["cols"]))


def said(app: AppTest) -> str:
    """Every word on the page outside of its front ends."""
    texts = [element.value for kind in (app.markdown, app.latex, app.caption, app.warning) for element in kind]
    return "\n".join(texts + [expander.label for expander in app.expander])


def test_the_lectures_example_on_the_page() -> None:
    app = opened()
    x, weight = pattern("pixel_digit", 7, digit=3), kernel("edge_detection_1", 3)
    data = sent(app)["stepper"]
    assert np.array_equal(values(data["input"]), x) and np.array_equal(values(data["kernel"]), weight)
    assert np.array_equal(values(data["output"]), conv2d(x[None], weight[None, None])[0])
    assert f"5×5×3×3 = **{5 * 5 * 3 * 3}**" in said(app)
    assert app.query_params == {}


def test_the_outputs_are_those_of_the_core() -> None:
    link = {"h": "9", "w": "8", "kh": "3", "kw": "2", "sh": "2", "ph": "1", "pw": "1", "dw": "2", "mode": "reflect"}
    data = sent(opened(**link, pattern="ramp", kernel="ramp", bias="-2.5", x="1_1_100"))["stepper"]
    x, weight = pattern("ramp", (9, 8)), kernel("ramp", (3, 2))
    x[0, 0] = 100
    expected = conv2d(
        x[None], weight[None, None], np.array([-2.5]), stride=(2, 1), padding=1, dilation=(1, 2), padding_mode="reflect"
    )
    assert np.allclose(values(data["output"]), expected[0])


def test_a_pooling_is_the_cores() -> None:
    data = sent(opened(op="max", h="8", w="8", kh="2", kw="2", sh="2", sw="2", pattern="ramp"))["stepper"]
    assert np.array_equal(values(data["output"]), max_pool2d(pattern("ramp", 8)[None], 2)[0])


def test_the_controls_show_where_things_stand() -> None:
    items = controls(opened(h="9", w="9", kernel="sharpen"))
    assert items["h+w"]["value"] == 9
    assert items["kernel"]["value"] == "sharpen" and len(items["kernel"]["options"]) == len(KERNELS)


@pytest.mark.parametrize(
    ("link", "noted"),
    [
        ({"h": "x"}, "The link's h must be a whole number."),
        ({"op": "min"}, "The link's op must be one of conv, "),
        ({"op": "min"}, """Received: op='min'. "Convolution" is used."""),
        ({"x": "1_1"}, "The link's x must be cells such as 1_2_-0.5~3_1_4."),
        ({"h": "99", "w": "99"}, "Input height 99 is not within 1 to 32: set to 32."),
        ({"kh": "9"}, "Kernel height 9 does not fit an input of 7 rows without padding: set to 7."),
        ({"pattern": "own", "picture": "é"}, "The link's picture is damaged."),
        ({"op": "max", "pad": "full"}, "Full padding is more than half the kernel"),
    ],
)
def test_a_mangled_link_opens_and_says_what_was_mended(link: dict[str, str], noted: str) -> None:
    assert noted in opened(**link).warning[0].value


@pytest.mark.parametrize(
    ("name", "asked", "nearest"), [("seed", "9" * 20, "999999"), ("seed", "-1", "0"), ("digit", "12", "9")]
)
def test_a_number_out_of_its_range_is_noted_once(name: str, asked: str, nearest: str) -> None:
    app = opened(pattern="random", **{name: asked})
    assert notes(app) == [f"The link's {name}='{asked}' was set to {nearest}."]
    assert app.query_params[name] == nearest


# Inputs of 13 and 17, kernels of 2 and 4: the outputs' 12 and 14 are no other number of the page.
HIDDEN = {"h": "13", "w": "17", "kh": "2", "kw": "4", "hide": "size"}


@pytest.mark.parametrize("extra", [{}, {"op": "max"}, {"op": "transposed", "h": "11", "w": "11"}])
def test_a_hidden_size_is_nowhere_in_the_text(extra: dict[str, str]) -> None:
    app = opened(**HIDDEN | extra)
    assert sent(app)["stepper"]["hide"] == "size"
    size = sent(app)["stepper"]["output"]["rows"], sent(app)["stepper"]["output"]["cols"]
    assert size == (12, 14)
    assert not {str(length) for length in size} & set(re.findall(r"\d+", said(app)))
    assert "Counted once the size is revealed." in said(app)


def test_a_revealed_size_is_told_until_a_setting_changes() -> None:
    app = opened(**HIDDEN)
    app.session_state["explore/memo/revealed"] = dict(app.query_params)
    app.run()
    assert sent(app)["stepper"]["hide"] == "nothing"
    assert r"\mathbf{12}" in said(app) and r"\mathbf{14}" in said(app)
    app.query_params["bias"] = "1"
    assert sent(app.run())["stepper"]["hide"] == "size"


def test_hidden_values_still_tell_the_size() -> None:
    app = opened(hide="values")
    assert sent(app)["stepper"]["hide"] == "values"
    assert r"\mathbf{5}" in said(app)


def test_frameworks_are_compared_where_rounding_parts_them() -> None:
    assert "Frameworks differ here" in said(opened(h="8", w="8", sh="2", sw="2"))
    assert "How other frameworks would answer" in said(opened())
    assert "ramework" not in said(opened(op="transposed"))


def test_a_picture_of_ones_own_is_asked_for_where_it_is_shown() -> None:
    assert [uploader.label for uploader in opened(pattern="own").file_uploader] == ["Your picture"]
    assert not opened().file_uploader


def test_coming_back_from_the_front_door_keeps_the_setting() -> None:
    app = opened(h="9", w="9")
    app.query_params.clear()
    app.switch_page("pages/home.py").run()
    app.query_params.clear()
    app.switch_page("pages/explore.py").run()
    assert sent(app)["stepper"]["input"]["rows"] == 9
    assert app.query_params == {"h": "9", "w": "9"}
