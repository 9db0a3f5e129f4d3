"""The page of connections without a browser: what opens, what it says, and what it sends to its front ends."""

from __future__ import annotations

from functools import partial

import pytest

from tests.pages.conftest import open_page, sent

opened = partial(open_page, "connections")


def test_the_lectures_example_opens_first() -> None:
    app = opened()
    shown = sent(app)["connections"]
    assert app.title[0].value == "Dense or convolutional"
    assert shown["look"] == {"kind": "conv", "view": "connections", "units": "one", "unrolled": False}
    assert (shown["input"]["rows"], shown["output"]["rows"]) == (7, 5)
    assert ["Connections", "Dense", "40,000,000"] in [row[:3] for row in shown["counts"]["rows"]]
    assert app.query_params == {}


@pytest.mark.parametrize(
    ("link", "noted"),
    [
        ({"kind": "sparse"}, "The link's kind must be one of dense, local, conv."),
        ({"h": "99", "w": "8"}, "The link's h='99' was set to 8."),
        ({"h": "2", "w": "2"}, "Kernel height 3 does not fit an input of 2 rows without padding: set to 2."),
        ({"n": "1000"}, "The link's n='1000' was set to 227."),
        ({"unrolled": "perhaps"}, "The link's unrolled must be 0 or 1."),
    ],
)
def test_a_mangled_link_opens_and_says_what_was_mended(link: dict[str, str], noted: str) -> None:
    assert noted in opened(**link).warning[0].value


def test_the_shift_is_there_but_not_beside_the_counts() -> None:
    assert [column["title"] for column in sent(opened())["shift"]["columns"]] == [
        "Input", "Convolution", "Max pooling 2×2", "Dense layer",
    ]
    assert "shift" not in sent(opened(view="counts"))


def test_the_controls_follow_the_view() -> None:
    names = [item["name"] for item in sent(opened())["controls"]["items"]]
    assert names == ["preset", "h+w", "kh+kw", "sh+sw", "ph+pw", "dh+dw", "pattern", "kernel"]
    counts = [item["name"] for item in sent(opened(view="counts"))["controls"]["items"]]
    assert "n" in counts and "pattern" not in counts


def test_a_step_of_the_link_is_the_unit() -> None:
    assert sent(opened(step="7"))["connections"]["step"] == 7
