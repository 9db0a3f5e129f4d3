"""The page of a network's inside without a browser: what opens, what it says, and what it sends to its front ends."""

from __future__ import annotations

from functools import partial

import pytest

from tests.pages.conftest import controls, open_page, sent
from ui.inside import METHODS

opened = partial(open_page, "inside")


def test_the_way_from_pixels_to_classes() -> None:
    data = sent(opened())["inside"]
    assert [column["path"] for column in data["columns"]] == [
        "Edge", "Edge, pooled", "Motif and part", "Part, pooled", "Class"
    ]
    assert (data["layer"], data["map"], data["method"]) == (3, 12, "patches")
    assert data["input"]["title"] == "Class 2: test picture 1 of 37"
    assert data["columns"][-1]["bars"]["chosen"] == data["columns"][-1]["bars"]["truth"] == 2


@pytest.mark.parametrize("method", METHODS)
def test_every_method_by_its_link(method: str) -> None:
    app = opened(method=method, layer="4", map="2")
    assert sent(app)["inside"]["method"] == method
    assert ("size" in controls(app)) == (method == "occlusion")


def test_nonsense_in_the_link_opens_the_nearest_with_a_note() -> None:
    app = opened(method="magic", layer="77", map="none", ink="zz", net="other")
    notes = " ".join(note.value for note in app.warning)
    assert "The link's method must be one of patches, signals, occlusion, ideal." in notes
    assert "This network has no layer 77: the nearest, 5, is shown." in notes
    assert "The link's drawing has not 8×8 levels" in notes
    assert app.query_params == {"layer": "5", "map": "10"}


def test_a_network_is_offered_only_to_who_has_one() -> None:
    app = opened(net="own")
    assert "There is no network of yours that can be looked into" in app.warning[0].value
    assert "net" not in controls(app)
