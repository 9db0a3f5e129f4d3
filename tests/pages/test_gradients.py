"""The backward pass's page without a browser: what opens, what it says, and what it sends to its front ends."""

from __future__ import annotations

import base64
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from conv import conv2d_backward
from tests.pages.conftest import open_page, sent

opened = partial(open_page, "gradients")


def derived(app: AppTest) -> str:
    return next(part.value for part in app.markdown if "All indices are counted from 1" in part.value)


def test_it_opens_with_the_weights_gradient() -> None:
    app = opened()
    found = sent(app)
    assert found.keys() == {"gradients", "controls"}
    assert app.title[0].value == "Backpropagation through a convolution" and app.query_params == {}
    grids = {name: np.reshape(grid["values"], (grid["rows"], grid["cols"]))
             for name, grid in found["gradients"]["grids"].items()}
    _, grad_weight, grad_bias = conv2d_backward(
        grids["gradient"][None], grids["input"][None], grids["kernel"][None, None]
    )
    assert np.array_equal(grids["weights"], grad_weight[0, 0]) and grids["bias"].item() == grad_bias[0]
    totals = np.frombuffer(base64.b64decode(found["gradients"]["totals"]), "<f8").reshape(9, 3, 3)
    assert np.array_equal(totals[-1], grids["weights"])
    assert rf"\mathbf{{{grids['weights'][0, 0]:g}}}" in derived(app)


@pytest.mark.parametrize(
    ("link", "noted"),
    [
        ({"op": "transposed"}, "The link's op must be one of conv, flipped, max, avg, sum, lp."),
        ({"of": "output"}, "The link's of must be one of forward, weights, input."),
        ({"grad": "2"}, "The link's grad must be one of random, ones, one, error."),
        ({"g": "x"}, "The link's g must be cells such as 1_2_-0.5~3_1_4."),
        ({"target": "1e9"}, "The link's target='1e9' was set to 1000."),
        ({"kh": "9"}, "Kernel height 9 does not fit an input of 5 rows without padding: set to 5."),
        ({"hide": "size"}, "The link's hide must be one of nothing, values."),
    ],
)
def test_a_mangled_link_opens_and_says_what_was_mended(link: dict[str, str], noted: str) -> None:
    assert any(noted in note.value for note in opened(**link).warning)


def test_the_gradients_edits_are_in_the_link() -> None:
    app = opened(g="1_1_7~3_3_-0.5")
    values = sent(app)["gradients"]["grids"]["gradient"]["values"]
    assert (values[0], values[8]) == (7, -0.5)
    assert app.query_params == {"g": "1_1_7~3_3_-0.5"}


def test_the_check_is_shown_when_it_is_asked_for() -> None:
    found = sent(opened(check="1"))["gradient_check"]
    assert [check["title"] for check in found["checks"]] == ["Weight gradient", "Bias gradient"]
    assert [check["title"] for check in sent(opened(check="1", of="input"))["gradient_check"]["checks"]] == [
        "Input gradient"
    ]


def test_what_is_hidden_is_nowhere_else_on_the_page() -> None:
    app = opened(hide="values", check="1")
    assert sent(app).keys() == {"gradients", "controls"}
    assert r"\mathbf" not in derived(app)


def test_the_step_of_the_link_is_where_the_page_begins() -> None:
    assert sent(opened(step="4"))["gradients"]["step"] == 4


def test_coming_back_from_the_front_door_keeps_the_setting() -> None:
    app = opened(of="input")
    app.query_params.clear()
    app.switch_page("pages/home.py").run()
    app.query_params.clear()
    app.switch_page("pages/gradients.py").run()
    assert sent(app)["gradients"]["view"] == "scatter"
    assert app.query_params == {"of": "input"}


def test_a_picture_of_ones_own_is_asked_for_where_it_is_shown() -> None:
    assert [uploader.label for uploader in opened(pattern="own").file_uploader] == ["Your picture"]
