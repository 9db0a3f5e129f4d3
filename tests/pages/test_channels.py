"""The channels' page without a browser: what opens, what it says, and what it sends to its front ends."""

from __future__ import annotations

import base64
from functools import partial

import numpy as np
import pytest

from conv import conv2d
from tests.pages.conftest import controls, open_page, sent

opened = partial(open_page, "channels")


def outputs(data: dict) -> np.ndarray:
    shape = len(data["sources"]), data["output"]["rows"], data["output"]["cols"]
    return np.frombuffer(base64.b64decode(data["outputs"]), "<f8").reshape(shape)


def test_the_outputs_are_those_of_the_core() -> None:
    link = {"fin": "4", "fout": "6", "groups": "2", "h": "9", "w": "8", "kw": "2", "sh": "2", "ph": "1", "dw": "2"}
    data = sent(opened(**link, pattern="random", b3="2.5"))["channels"]
    rows, cols = data["input"]["rows"], data["input"]["cols"]
    grid = np.reshape(data["input"]["values"], (4, rows, cols))
    weight = np.reshape(data["kernel"]["values"], (6, 2, 3, 2))
    expected = conv2d(grid, weight, np.array([1, -1, 2.5, 0, 0, 0]), stride=(2, 1), dilation=(1, 2), groups=2)
    assert (rows, cols) == (9 + 2, 8)
    assert np.array_equal(outputs(data), expected)


def test_the_lectures_parameters_are_counted() -> None:
    found = {name: rest for name, *rest in sent(opened())["channels"]["counts"]}
    assert found["Parameters"][:3] == ["F_in × F_out × 3 × 3 + F_out", "3 × 2 × 3 × 3 + 2", str(3 * 2 * 9 + 2)]


@pytest.mark.parametrize(
    ("link", "noted"),
    [
        ({"fin": "x"}, "The link's fin must be a whole number."),
        ({"fin": "99"}, "The link's fin='99' was set to 8."),
        ({"groups": "2"}, "Groups must divide the 3 maps in and the 2 maps out: 2 became 1."),
        ({"pattern": "stripes"}, "The link's pattern must be one of pixel_digit, "),
        ({"h": "2", "w": "2"}, "Kernel height 3 does not fit an input of 2 rows without padding: set to 2."),
        ({"pattern": "own", "picture": "é"}, "The link's picture is damaged."),
        ({"fin": "8", "fout": "8", "h": "16", "w": "16"}, "8 maps of 16×16 in and 8 out would be "),
    ],
)
def test_a_mangled_link_opens_and_says_what_was_mended(link: dict[str, str], noted: str) -> None:
    assert noted in opened(**link).warning[0].value


def test_a_picture_of_ones_own_is_asked_for_where_it_is_shown() -> None:
    assert [uploader.label for uploader in opened(pattern="own").file_uploader] == ["Your picture"]
    assert not opened().file_uploader


def test_the_number_of_maps_of_a_picture_stands_fast() -> None:
    items = controls(opened(pattern="astronaut"))
    assert (items["fin"]["least"], items["fin"]["value"], items["fin"]["most"]) == (3, 3, 3)


def test_the_step_of_the_link_is_where_the_page_begins() -> None:
    assert sent(opened(step="37"))["channels"]["step"] == 37


def test_coming_back_from_the_front_door_keeps_the_setting() -> None:
    app = opened(fin="4")
    app.query_params.clear()
    app.switch_page("pages/home.py").run()
    app.query_params.clear()
    app.switch_page("pages/channels.py").run()
    assert len(sent(app)["channels"]["titles"]) == 4
    assert app.query_params == {"fin": "4"}


def test_the_equation_is_below() -> None:
    assert r"w^{oc}_{kl}" in opened().markdown[-1].value
