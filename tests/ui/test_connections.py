"""Connections without a browser: settings, what the front end is sent, the counts, and what is given away."""

import base64
import csv
import json
from functools import partial
from io import BytesIO, StringIO

import numpy as np
import pytest
import streamlit
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from conv import conv2d
from conv.configuration import Configuration, is_valid
from tests.ui.conftest import fresh_page
from ui.connections import (
    DECADES,
    HIDDEN_UNITS,
    KERNEL_NAMES,
    KINDS,
    LOOK,
    MAPS,
    MOST,
    OWN_COLOURS,
    PATTERN_NAMES,
    PRESETS,
    SETTINGS,
    SHARED_COLOURS,
    VIEWS,
    Layer,
    counted,
    data,
    items,
    make_layer,
    note,
    settle,
    shift_columns,
    stepper_values,
    take_look,
)
from ui.connections_figure import connections_figure
from ui.connections_share import counts_csv, matrix_csv, matrix_npz, take_away
from ui.drawing import THEMES, luminance
from ui.figures import figure_bytes
from ui.settings import link_of
from ui.window import SETTINGS as STEPPER_SETTINGS

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
SIZES = {name: st.integers(0 if name in ("ph", "pw") else 1, most) for name, most in MOST.items()}
WORDS = {"kind": KINDS, "view": VIEWS, "units": ["one", "all"], "pattern": PATTERN_NAMES, "kernel": KERNEL_NAMES}
any_values = st.fixed_dictionaries(SIZES | {name: st.sampled_from(list(words)) for name, words in WORDS.items()})


page_with = partial(fresh_page, "connections", SETTINGS)


def layer_with(**values) -> Layer:
    return settle(page_with(**values))


def places(shown: dict) -> np.ndarray:
    """Which weight each entry of the matrix holds, as the front end reads it."""
    size = (shown["output"]["rows"] * shown["output"]["cols"], shown["input"]["rows"] * shown["input"]["cols"])
    return np.frombuffer(base64.b64decode(shown["places"]), "<i2").reshape(size)


def sent(**values) -> dict:
    page = page_with(**values)
    return data(settle(page), page.values, step=1, arrival=1, answered=0)


def numbers(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f8")


# ---- settings ------------------------------------------------------------------------------


@hypothesis_settings(max_examples=60, deadline=None)
@given(any_values)
def test_whatever_the_sizes_they_are_repaired_once(values):
    page = page_with(**values)
    layer = settle(page)
    assert is_valid(layer.configuration)
    repaired = dict(page.values)
    again = page_with(**repaired)
    settle(again)
    assert again.notes == [] and again.values == repaired


@hypothesis_settings(max_examples=60, deadline=None)
@given(any_values)
def test_both_ends_of_every_slider_are_valid(values):
    page = page_with(**values | {"view": "connections"})
    layer = settle(page)
    settled = dict(page.values)
    for item in items(page, layer):
        if item["kind"] != "slider":
            continue
        assert item["least"] <= item["value"] <= item["most"]
        for end in (item["least"], item["most"]):
            moved = page_with(**settled | dict.fromkeys(item["name"].split("+"), end))
            settle(moved)
            assert moved.notes == [], (item["name"], end)


def test_a_signal_has_sliders_for_its_length_alone():
    page = page_with(**PRESETS["signal"].settings)
    names = [item["name"] for item in items(page, settle(page))]
    assert names[:6] == ["preset", "w", "kw", "sw", "pw", "dw"]


def test_the_controls_are_those_of_what_is_in_view():
    page = page_with(view="counts")
    layer = settle(page)
    assert [item["name"] for item in items(page, layer)] == ["preset", "n", "hidden", "match", "nk", "ns", "maps"]
    page.update(match=True)
    assert "hidden" not in [item["name"] for item in items(page, layer)]
    page.update(view="matrix", kind="dense")
    found = [item["name"] for item in items(page, settle(page))]
    assert "seed" in found and "kernel" not in found


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_valid_and_survives_its_link(name):
    page = page_with(**PRESETS[name].settings)
    settle(page)
    assert page.notes == []
    link = link_of(SETTINGS, PRESETS[name].settings)
    read = {name: page.declared[name].read(text) for name, text in link.items()}
    assert DEFAULTS | read == page.values


def test_a_kernel_that_does_not_fit_is_made_smaller_and_told():
    page = page_with(h=4, w=4, kh=5, kw=5)
    assert settle(page).configuration.kernel_size == (4, 4)
    assert page.notes[0] == "Kernel height 5 does not fit an input of 4 rows without padding: set to 4."


def test_a_choice_of_the_front_end_is_taken_and_nonsense_is_not():
    page = page_with()
    choice = {"kind": "dense", "view": "matrix", "units": "all", "unrolled": 1, "serial": 3}
    streamlit.session_state["connections"] = {"look": choice}
    take_look(page)
    assert {name: page[name] for name in LOOK} == {"kind": "dense", "view": "matrix", "units": "all", "unrolled": True}
    assert page.recall("look answered") == 3
    for nonsense in (None, {}, choice | {"kind": "sparse"}, choice | {"serial": "x", "view": "counts"}, [1]):
        streamlit.session_state["connections"] = {"look": nonsense}
        take_look(page)
        assert page["kind"] == "dense" and page.recall("look answered") == 3


# ---- what is drawn -------------------------------------------------------------------------


@hypothesis_settings(max_examples=40, deadline=None)
@given(any_values)
def test_what_is_sent_is_json_and_adds_up(values):
    shown = sent(**values)
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    weights, index = numbers(shown["weights"]), places(shown)
    matrix = np.where(index < 0, 0.0, weights[index])
    assert np.allclose(matrix @ shown["input"]["values"], shown["output"]["values"])
    assert index.max(initial=-1) < len(weights)


@hypothesis_settings(max_examples=40, deadline=None)
@given(any_values)
def test_a_convolutions_outputs_are_the_cores(values):
    layer = layer_with(**values | {"kind": "conv"})
    c = layer.configuration
    weight = layer.weights.reshape(c.kernel_size)
    expected = conv2d(
        layer.x[None], weight[None, None], stride=c.stride, padding=c.padding, dilation=c.dilation
    )
    assert np.allclose(layer.output, expected[0])


def test_the_lectures_layer():
    shown = sent()
    index = places(shown)
    assert index.shape == (5 * 5, 7 * 7)
    assert (index >= 0).sum() == 5 * 5 * 3 * 3
    assert index[6, 8] == 0  # row 7, column 9 holds w11
    assert numbers(shown["weights"]).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert (shown["unit_weights"]["rows"], shown["unit_weights"]["cols"]) == (3, 3)


def test_a_dense_layer_has_a_weight_for_each_pair():
    shown = sent(kind="dense")
    assert sorted(places(shown).ravel()) == list(range(25 * 49))
    assert (shown["unit_weights"]["rows"], shown["unit_weights"]["cols"]) == (7, 7)


def test_the_seed_decides_what_is_random():
    first, same, other = (layer_with(kind="local", seed=seed).weights for seed in (1, 1, 2))
    assert np.array_equal(first, same) and not np.array_equal(first, other)
    assert first.shape == (5 * 5 * 3 * 3,)


def test_the_notes_count():
    assert "25 × 49 = 1,225 weights" in note(layer_with(kind="dense"))
    assert "5×5 units × 3×3 = 225 weights" in note(layer_with(kind="local"))
    convolution = note(layer_with())
    assert "9 + 1 = 10 parameters" in convolution and "5×5 × 3×3 = 225 connections." in convolution
    padded = note(layer_with(ph=1, pw=1))
    met = 49 * 9 - 5 * 5 * 9 - 4 * 5 * 6 - 4 * 4  # of the windows inside, at sides and corners
    assert f"{met} of them would lead into the padding" in padded


def test_colours_can_be_told_from_the_paper():
    def contrast(colour: str, paper: tuple[int, int, int]) -> float:
        rgb = tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))
        dark, light = sorted((luminance(rgb), luminance(paper)))
        return (light + 0.05) / (dark + 0.05)

    for theme, colours in SHARED_COLOURS.items():
        assert len(set(colours)) == 9
        assert all(contrast(colour, THEMES[theme].paper) >= 3 for colour in colours)
    for theme, colours in OWN_COLOURS.items():
        assert len(set(colours)) == 97
        assert all(contrast(colour, THEMES[theme].paper) >= 2 for colour in colours)


def test_a_shift_moves_a_convolution_along_and_scrambles_a_dense_layer():
    page = page_with()
    columns = {column.title: column.comparison for column in shift_columns(settle(page), page.values)}
    assert list(columns) == ["Convolution", "Max pooling 2×2", "Dense layer"]
    one_right = 3 * 7 + 4  # of the shifts by -3 to 3 rows and columns
    assert columns["Convolution"].followed[one_right].sum() == 5 * 4
    assert columns["Dense layer"].stayed[one_right].sum() < 5
    assert columns["Convolution"].followed[3 * 7 + 3].all()  # not shifted


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_preset_can_be_shifted(name, kind):
    page = page_with(**PRESETS[name].settings | {"kind": kind})
    assert len(shift_columns(settle(page), page.values)) == 3


def test_the_stepper_slides_the_same_kernel():
    page = page_with(h=6, w=6, sh=2, sw=2, kernel="random", pattern="random", seed=5, view="matrix", kind="dense")
    settle(page)
    values = stepper_values(page)
    assert set(values) <= {setting.name for setting in STEPPER_SETTINGS}
    assert (values["h"], values["sh"], values["kernel"], values["seed"]) == (6, 2, "random", 5)
    assert "view" not in values


# ---- counts --------------------------------------------------------------------------------


def by_name(**values) -> dict[tuple[str, str], tuple[int, str]]:
    rows = counted(DEFAULTS | values)["rows"]
    return {(quantity, kind): (int(count.replace(",", "")), how) for quantity, kind, count, _, how in rows}


def test_the_lectures_counts():
    found = by_name()
    assert found["Connections", "Dense"] == (200 * 200 * 1000, "200×200 × 1,000")
    assert found["Parameters", "Dense"] == (40_001_000, "200×200 × 1,000 + 1,000 biases")
    assert found["Hidden units", "Dense"][0] == 1000
    assert found["Parameters", "Convolutional"] == (3 * 3 + 1, "(3×3 + 1)")
    assert found["Connections", "Convolutional"] == (198 * 198 * 9, "198×198 × 3×3")
    assert found["Parameters", "Locally connected"] == (198 * 198 * (3 * 3 + 1), "198×198 × (3×3 + 1)")
    assert counted(DEFAULTS)["lecture"].endswith("without its biases: 200×200 × 1,000 = 40,000,000.")


def test_many_maps_and_as_many_dense_units():
    found = by_name(n=28, nk=5, maps=6, match=True)
    assert found["Hidden units", "Dense"] == (6 * 24 * 24, "as many as 6 × 24×24")
    assert found["Parameters", "Dense"][0] == 28 * 28 * 6 * 24 * 24 + 6 * 24 * 24
    assert found["Parameters", "Convolutional"] == (6 * (5 * 5 + 1), "6 × (5×5 + 1)")


@given(
    st.integers(12, 227), st.integers(1, 11), st.integers(1, 4), st.sampled_from(MAPS), st.sampled_from(HIDDEN_UNITS),
    st.booleans(),
)
def test_how_it_is_counted_gives_the_count(n, kernel, stride, maps, hidden, match):
    """Each sum, read as arithmetic, is the number beside it, and every bar is within the scale."""
    values = DEFAULTS | {"n": n, "nk": kernel, "ns": stride, "maps": maps, "hidden": hidden, "match": match}
    for _, _, count, share, how in counted(values)["rows"]:
        assert 0 <= share <= 1
        assert 10 ** (share * DECADES) == pytest.approx(int(count.replace(",", "")))
        sum_ = how.replace("as many as ", "").replace(" biases", "").replace(" bias", "").replace(",", "")
        if sum_ != "as chosen":
            assert arithmetic(sum_) == int(count.replace(",", ""))


def arithmetic(text: str) -> int:
    """Work out products, sums and one pair of brackets."""
    if "(" in text:
        before, inside = text.rstrip(")").split("(")
        return (arithmetic(before.rstrip(" ×")) if before else 1) * arithmetic(inside)
    return sum(int(np.prod([int(factor) for factor in term.split("×")], dtype=object)) for term in text.split("+"))


# ---- what is given away --------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_figure(name, theme):
    page = page_with(**PRESETS[name].settings)
    figure = connections_figure(settle(page), page.values, 10_000, theme)
    assert figure_bytes(figure, "svg").startswith(b"<?xml")


@pytest.mark.parametrize(("units", "lines"), [("one", 9), ("all", 225 + 9)])
def test_the_figure_has_a_line_for_each_connection(units, lines):
    from matplotlib.collections import LineCollection

    page = page_with(units=units)
    figure = connections_figure(settle(page), page.values, 0, "light")
    drawn = [found for found in figure.axes[0].collections if isinstance(found, LineCollection)]
    assert sum(len(found.get_segments()) for found in drawn) == lines


def test_the_arrays_can_be_read_again():
    layer = layer_with()
    with np.load(BytesIO(matrix_npz(layer)), allow_pickle=False) as file:
        assert np.array_equal(file["matrix"] @ file["x"].ravel(), file["output"].ravel())
        again = np.zeros_like(file["matrix"])
        again[file["outputs"], file["inputs"]] = file["weights"][file["weight_index"]]
        assert np.array_equal(again, file["matrix"])


def test_the_tables_can_be_read_again():
    rows = list(csv.reader(StringIO(matrix_csv(layer_with()).decode("utf-8-sig"))))
    assert rows[0][:3] == ["", "x(1, 1)", "x(1, 2)"] and len(rows) == 1 + 25 and len(rows[1]) == 1 + 49
    assert rows[7][0] == "h(2, 2)" and float(rows[7][9]) == 1
    counts = list(csv.reader(StringIO(counts_csv(DEFAULTS).decode("utf-8-sig"))))
    assert counts[1] == ["Parameters", "Dense", "40001000", "200×200 × 1,000 + 1,000 biases"]


def test_what_is_taken_away_is_what_is_in_view():
    taken = take_away(layer_with(kind="dense"), DEFAULTS | {"kind": "dense"}, 7, "http://here/connections?kind=dense")
    assert taken.name == "dense-connections" and taken.link.endswith("?kind=dense&step=7")
    assert [file.name for file in taken.files] == ["dense-matrix.npz", "dense-matrix.csv"]
    counts = take_away(layer_with(), DEFAULTS | {"view": "counts"}, 1, "http://here/connections?view=counts")
    assert counts.name == "counts" and [file.name for file in counts.files] == ["counts.csv"]


def test_a_layer_is_made_from_settings_alone():
    layer = make_layer(Configuration(input_size=(5, 5)), DEFAULTS | {"pattern": "ramp"})
    assert layer.x[0, 1] == 1 and layer.output.shape == (3, 3)
