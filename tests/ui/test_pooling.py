"""The pooling page: its settings and presets, and the norms of each window."""

from __future__ import annotations

import base64
import json
from functools import partial

import numpy as np
import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st

from conv import max_pool2d
from conv.configuration import POOLS, check
from conv.trace import sweep
from tests.ui.conftest import any_values, fresh_page
from ui import pooling, window_controls
from ui.settings import Values, link_of
from ui.window import SETTINGS as EVERY_SETTING
from ui.window import Window, settle

DEFAULTS = {setting.name: setting.default for setting in pooling.SETTINGS}
pool_values = st.tuples(any_values, st.sampled_from(POOLS)).map(lambda found: found[0] | {"op": found[1]})


page_with = partial(fresh_page, "pooling", pooling.SETTINGS)


def opened(name: str) -> Window:
    return settle(page_with(**pooling.PRESETS[name].settings))


def output(name: str) -> np.ndarray:
    window = opened(name)
    return sweep(window.configuration, window.x, window.weight).output


def numbers(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f8")


def curves(data: dict) -> np.ndarray:
    return numbers(data["norms"]).reshape(-1, len(data["stops"]))


# ---- settings ------------------------------------------------------------------------------


def test_a_two_by_two_maximum_of_eight_by_eight() -> None:
    c = settle(page_with()).configuration
    assert (c.operation, c.input_size, c.kernel_size, c.stride) == ("max", (8, 8), (2, 2), (2, 2))
    assert c.output_size == (8 // 2, 8 // 2)


def test_the_settings_are_the_steppers_with_defaults_of_their_own() -> None:
    assert [setting.name for setting in pooling.SETTINGS] == [setting.name for setting in EVERY_SETTING]
    changed = {"op": "max", "h": 8, "w": 8, "kh": 2, "kw": 2, "sh": 2, "sw": 2, "pattern": "random"}
    assert {name: value for name, value in DEFAULTS.items() if name in changed} == changed
    others = {setting.name: setting.default for setting in EVERY_SETTING if setting.name not in changed}
    assert others.items() <= DEFAULTS.items()


@pytest.mark.parametrize("operation", ["conv", "flipped", "transposed", "min"])
def test_only_poolings_are_read(operation: str) -> None:
    read = {setting.name: setting.read for setting in pooling.SETTINGS}["op"]
    with pytest.raises(ValueError, match="one of max, avg, sum, lp"):
        read(operation)


@given(pool_values)
def test_whatever_a_link_brings_is_settled(values: Values) -> None:
    page = page_with(**values)
    check(settle(page).configuration)
    assert page["op"] == values["op"]
    json.dumps(window_controls.items(page, settle(page), pooling.PRESETS, pooling.POOLINGS), allow_nan=False)


# ---- presets -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", pooling.PRESETS)
def test_a_preset_opens_as_it_is_written_and_by_its_link(name: str) -> None:
    page = page_with(**pooling.PRESETS[name].settings)
    settle(page)
    assert page.notes == []
    assert page.values == DEFAULTS | pooling.PRESETS[name].settings
    link = link_of(pooling.SETTINGS, page.values)
    read = {setting.name: setting.read(link[setting.name]) for setting in pooling.SETTINGS if setting.name in link}
    assert DEFAULTS | read == page.values


def test_titles_and_texts_are_there_and_no_title_twice() -> None:
    presets = pooling.PRESETS.values()
    assert len({preset.title for preset in presets}) == len(presets)
    assert all(preset.title and preset.text.endswith((".", "?")) for preset in presets)


def test_a_preset_is_taken() -> None:
    page = page_with(h=9, w=9)
    streamlit.session_state["controls"] = {"changes": {"serial": 1, "changes": [["preset", "padding"]]}}
    window_controls.take(page, pooling.PRESETS)
    assert page.values == DEFAULTS | pooling.PRESETS["padding"].settings


def test_overlapping_windows_share_a_row() -> None:
    c = opened("overlapping").configuration
    assert c.kernel_size == (3, 3) and c.stride == (2, 2)
    assert c.output_size == ((9 - 3) // 2 + 1,) * 2 and c.uncovered == ([], [])


def test_the_sum_is_the_average_times_the_number_of_cells() -> None:
    assert np.allclose(output("sum"), output("average") * 2 * 2)


def test_the_norm_goes_from_sum_to_maximum() -> None:
    assert np.allclose(output("lp"), output("sum"))  # none is negative
    page = page_with(**pooling.PRESETS["lp"].settings | {"p": np.inf})
    window = settle(page)
    assert np.allclose(sweep(window.configuration, window.x, []).output, output("max"))


def test_one_number_of_the_whole_map() -> None:
    window = opened("global")
    assert output("global").tolist() == [[window.x.mean()]]


def test_the_last_window_hangs_over() -> None:
    assert 7 % 2 and output("ceil").shape == (4, 4)


def test_padding_never_wins() -> None:
    window = opened("padding")
    assert window.configuration.pads == ((1, 1), (1, 1))
    assert np.array_equal(output("padding"), max_pool2d(window.x[None], 3, stride=2, padding=1)[0])


# ---- norms ---------------------------------------------------------------------------------


@given(pool_values)
def test_the_norms_fall_from_the_sum_to_the_maximum(values: Values) -> None:
    window = settle(page_with(**values))
    data = pooling.norms_data(window)
    json.dumps(data, allow_nan=False)
    shown, c = curves(data), window.configuration
    assert len(shown) == len(numbers(data["means"])) == np.prod(c.output_size) and data["cols"] == c.output_size[1]
    if data["stops"][0] == "1":
        assert (np.diff(shown, axis=1) <= 1e-9 * shown[:, :1]).all()


@pytest.mark.parametrize("dilation", [1, 2])
def test_a_windows_norms_by_hand(dilation: int) -> None:
    page = page_with(h=dilation + 1, w=dilation + 1, dh=dilation, dw=dilation, pattern="constant",
                     x=((0, 0, 3.0), (0, dilation, -4.0), (dilation, 0, 0.0), (dilation, dilation, 0.0)))
    data = pooling.norms_data(settle(page))
    found = dict(zip(data["stops"], curves(data)[0], strict=True))
    assert data["here"] is None
    assert (found["1"], found["2"], found["∞"]) == (3 + 4, pytest.approx((9 + 16) ** 0.5), 4)
    assert numbers(data["means"]).tolist() == [(3 + 4 + 0 + 0) / 4]


def test_the_stop_is_where_p_stands_whatever_p_is() -> None:
    for p, stop in ((1.0, "1"), (2.5, "2.5"), (np.inf, "∞")):
        data = pooling.norms_data(settle(page_with(op="lp", p=p)))
        assert data["stops"][data["here"]] == stop


@pytest.mark.parametrize("p", [1.0, 3.0, np.inf])
def test_at_the_stop_the_curve_is_the_output(p: float) -> None:
    window = settle(page_with(op="lp", p=p, pattern="signed_random", ph=1, pw=1, ceil=True, h=7, w=7))
    data = pooling.norms_data(window)
    expected = sweep(window.configuration, window.x, []).output
    assert np.allclose(curves(data)[:, data["here"]], expected.ravel())


# ---- what is said --------------------------------------------------------------------------


def test_the_shift_is_that_of_this_pooling() -> None:
    page = page_with(op="avg")
    window = settle(page)
    data = pooling.shift_data(page, window)
    assert [column["title"] for column in data["columns"]] == ["Input", "Average pooling"]
    assert data["columns"][1]["before"] == sweep(window.configuration, window.x, []).output.ravel().tolist()
    assert data["by"] == [0, 1]


def test_the_facts_have_the_configurations_numbers() -> None:
    c = settle(page_with(sw=3)).configuration
    said = pooling.facts(c, show_size=True)
    assert "Here 8×8 = 64 numbers become 4×3 = 12." in said and "Here 2×3." in said and "0 parameters" in said
    assert "become" not in pooling.facts(c, show_size=False)
