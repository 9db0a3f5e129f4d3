"""The controls: none of them reaches an invalid setting, and what is taken is only what they offer."""

from __future__ import annotations

import json
from typing import Any

import pytest
import streamlit
from hypothesis import given

from conv.configuration import check
from conv.kernels import KERNELS
from tests.ui.conftest import DEFAULTS, any_values, page_with
from ui import window_controls
from ui.presets import PRESETS
from ui.settings import Page, Values
from ui.window import PAIRS, settle


def every(items: list[dict]) -> list[dict]:
    """The items, those folded away as well."""
    return [inner for item in items for inner in (every(item["items"]) if item["kind"] == "fold" else [item])]


def shown(**values: Any) -> dict[str, dict]:
    """The controls of a setting, by name."""
    page = page_with(**values)
    return {item["name"]: item for item in every(window_controls.items(page, settle(page)))}


def change(page: Page, *changes: Any) -> None:
    """Do as a person at the controls."""
    streamlit.session_state["controls"] = {"changes": {"serial": 1, "changes": list(changes)}}
    window_controls.take(page)


# ---- what is offered -----------------------------------------------------------------------


@given(any_values)
def test_the_controls_are_json_and_show_where_things_stand(values: Values) -> None:
    page = page_with(**values)
    items = window_controls.items(page, settle(page))
    json.dumps(items, allow_nan=False)
    names = [item["name"] for item in every(items)]
    assert len(set(names)) == len(names)
    for item in every(items):
        assert item["label"]
        if item["kind"] in ("slider", "number"):
            assert item["least"] <= item["value"] <= item["most"]
        if item["kind"] == "select":
            assert item["value"] in dict(item["options"])


@given(any_values)
def test_both_ends_of_every_slider_are_valid(values: Values) -> None:
    page = page_with(**values | {"picture": ""})
    items = every(window_controls.items(page, settle(page)))
    before = dict(page.values)
    for item in items:
        if item["kind"] == "slider":
            for end in (item["least"], item["most"]):
                there = page_with(**before)
                change(there, [item["name"], str(end)])
                check(settle(there).configuration)
                assert there.notes == []
                assert all(there[name] == end for name in item["name"].split("+"))


@given(any_values)
def test_every_choice_and_switch_reads(values: Values) -> None:
    page = page_with(**values)
    for item in every(window_controls.items(page, settle(page))):
        if item["kind"] == "select":
            for word, _ in item["options"]:
                setting = page.declared[item["name"]]
                assert setting.write(setting.read(word)) == word
        if item["kind"] == "number":
            for end in (item["least"], item["most"]):
                assert page.declared[item["name"]].read(str(end)) == end


def test_one_slider_for_both_axes_or_one_each() -> None:
    assert {"h+w", "kh+kw", "sh+sw", "ph+pw", "dh+dw"} <= shown().keys()
    apart = shown(apart=True, h=9)
    assert {"h", "w", "kh", "kw", "sh", "sw", "ph", "pw", "dh", "dw"} <= apart.keys()
    assert "h+w" not in apart and apart["h"]["value"] == 9


@pytest.mark.parametrize(
    ("values", "there", "absent"),
    [
        ({}, {"kernel", "bias", "digit"}, {"p", "seed", "oh+ow", "view", "mode", "ceil", "counted", "limit"}),
        ({"op": "max"}, {"dh+dw", "ceil"}, {"kernel", "bias", "p", "counted"}),
        ({"op": "avg"}, {"ceil", "counted"}, {"dh+dw", "kernel"}),
        ({"op": "lp"}, {"p", "ceil"}, {"dh+dw", "kernel", "counted"}),
        ({"op": "transposed"}, {"oh+ow", "view", "kernel"}, {"ceil", "mode"}),
        ({"ph": 1, "pw": 1}, {"mode"}, set()),
        ({"pad": "same"}, {"mode"}, {"ph+pw"}),
        ({"pattern": "signed_random"}, {"seed"}, {"digit"}),
        ({"kernel": "random", "pattern": "ramp"}, {"seed"}, {"digit"}),
        ({"scale": "fixed"}, {"limit"}, set()),
    ],
)
def test_only_what_the_setting_has_is_offered(values: Values, there: set[str], absent: set[str]) -> None:
    names = shown(**values).keys()
    assert there <= names
    assert not absent & names


def test_full_padding_is_offered_to_convolution_and_where_a_link_has_brought_it() -> None:
    assert "full" in dict(shown()["pad"]["options"])
    assert "full" not in dict(shown(op="transposed")["pad"]["options"])
    brought = shown(op="transposed", pad="full")["pad"]
    assert brought["value"] == "full" and "full" in dict(brought["options"])


# ---- what is taken -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (["h+w", "9"], {"h": 9, "w": 9}),
        (["kw", 2], {"kw": 2}),
        (["op", "max"], {"op": "max"}),
        (["ceil", "1"], {"ceil": True}),
        (["counted", False], {"counted": False}),
        (["bias", "-0.5"], {"bias": -0.5}),
        (["bias", "1e9"], {"bias": 1000.0}),
        (["preset", "stride"], PRESETS["stride"].settings),
        (["kernel", "ramp"], {"kernel": "ramp"}),
        (["kernel", "gaussian_5"], {"kernel": "gaussian_5", "kh": 5, "kw": 5}),
        (["kernel", "gradient_horizontal"], {"kernel": "gradient_horizontal", "kh": 1, "kw": 3}),
    ],
)
def test_a_change_is_taken_and_nothing_else_changes(sent: list, taken: Values) -> None:
    page = page_with()
    change(page, sent)
    assert page.values == DEFAULTS | taken


def test_a_preset_forgets_what_was() -> None:
    page = page_with(h=9, w=9, x=((0, 0, 5.0),))
    arrivals = page.arrivals
    change(page, ["preset", "max"])
    assert page.values == DEFAULTS | PRESETS["max"].settings
    assert page.arrivals == arrivals + 1


def test_a_kernel_of_any_size_keeps_the_size() -> None:
    page = page_with(kh=5, kw=4)
    change(page, ["kernel", "gaussian"])
    assert (page["kh"], page["kw"]) == (5, 4)


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_fits_the_lectures_input(name: str) -> None:
    page = page_with()
    change(page, ["kernel", name])
    window = settle(page)
    assert page.notes == []
    assert window.weight.shape == window.configuration.kernel_size


def test_putting_the_axes_together_takes_the_rows() -> None:
    page = page_with(apart=True, h=9, w=5, kh=2, sh=3, sw=1)
    change(page, ["apart", "0"])
    assert not page["apart"]
    assert all(page[rows] == page[cols] for rows, cols in PAIRS.values())
    assert (page["w"], page["kw"], page["sw"]) == (9, 2, 3)


def test_taking_the_axes_apart_changes_no_size() -> None:
    page = page_with()
    change(page, ["apart", "1"])
    assert page.values == DEFAULTS | {"apart": True}


def test_several_changes_are_all_taken_in_turn() -> None:
    page = page_with()
    change(page, ["bias", "1"], ["preset", "max"], ["h+w", "6"], ["op", "avg"], ["kernel", "gaussian_5"], ["kw", "4"])
    changed = {"h": 6, "w": 6, "op": "avg", "kernel": "gaussian_5", "kh": 5, "kw": 4}
    assert page.values == DEFAULTS | PRESETS["max"].settings | changed
    assert page.answered == 1


@pytest.mark.parametrize(
    "sent",
    [
        ["unknown", "1"], ["", ""], ["__class__", "1"], ["h", "x"], ["h", None], ["h", ""], ["h+w", "nan"],
        ["op", "min"], ["op", ["max"]], ["ceil", "yes"], ["preset", "unknown"], ["preset", ""],
        ["kernel", "unknown"], ["x", "1_1"],
    ],
)
def test_unknown_names_and_nonsense_change_nothing(sent: list) -> None:
    page = page_with()
    change(page, sent)
    assert page.values == DEFAULTS


def test_no_event_changes_nothing() -> None:
    page = page_with(h=9)
    streamlit.session_state["controls"] = {"changes": None}
    window_controls.take(page)
    assert page.values == DEFAULTS | {"h": 9}
