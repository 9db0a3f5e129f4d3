"""The receptive field's page without a browser: its settings are repaired, and what it draws is the core's."""

from __future__ import annotations

import base64
import csv
import json
import re
from functools import partial
from io import StringIO
from typing import Any

import numpy as np
import pytest
import streamlit
from hypothesis import given, settings
from hypothesis import strategies as st

from conv.architectures import blueprint
from conv.effective import effective_field
from conv.receptive_field import Layer, chain, cone, coverage, paths, region, steps
from tests.ui.conftest import fresh_page
from ui import receptive_field as page_of
from ui.figures import figure_bytes
from ui.receptive_field import CONV, DENSE, KINDS, POOL, PRESETS, SETTINGS, Shown, fitting, least_input, settle
from ui.receptive_field_share import figure, pytorch, table_csv, take_away
from ui.receptive_field_shown import data, notes, spans, table
from ui.settings import Page, link_of

COMPONENT = "receptive_field"


page_with = partial(fresh_page, COMPONENT, SETTINGS)


def opened(**values: Any) -> tuple[Page, Shown]:
    page = page_with(**values)
    return page, settle(page)


def preset(name: str) -> tuple[Page, Shown]:
    return opened(**PRESETS[name].settings)


def row_of(kind: str) -> st.SearchStrategy:
    return st.tuples(st.just(kind), *(st.integers(field.least, field.most) for field in KINDS[kind].fields))


any_rows = st.lists(st.sampled_from(list(KINDS)).flatmap(row_of), max_size=6).map(tuple)
any_values = st.fixed_dictionaries({
    "h": st.integers(1, 40), "w": st.integers(1, 40), "layers": any_rows, "layer": st.integers(0, 8),
    "row": st.integers(0, 50), "col": st.integers(0, 50), "view": st.sampled_from(list(page_of.VIEWS)),
    "counted": st.sampled_from(list(page_of.COUNTED)), "weights": st.sampled_from(list(page_of.WEIGHTS)),
})


# ---- settings ------------------------------------------------------------------------------------


@given(any_values)
def test_nonsense_becomes_a_valid_stack_and_unit(values):
    page, shown = opened(**values)
    assert shown.rows == page["layers"]
    rows, cols = shown.steps[shown.layer].output_size
    assert 0 <= shown.unit[0] < rows and 0 <= shown.unit[1] < cols
    repairs = [note for note in page.notes if "no unit" not in note]
    assert bool(repairs) == (shown.rows != values["layers"])
    first = dict(page.values)
    page.notes.clear()
    assert settle(page) == shown
    assert page.values == first and page.notes == []


@given(any_values)
def test_the_smallest_input_on_the_slider_fits_and_the_next_does_not(values):
    rows = opened(**values)[1].rows
    least = least_input(rows)
    changes: list[str] = []
    assert fitting(rows, (least, least), changes) == rows
    if least > 1:
        fitting(rows, (least - 1, least - 1), changes)
        assert changes


def test_what_is_repaired_is_said():
    page, shown = opened(h=5, w=5, layers=(DENSE, ("conv", 9, 1, 1, 3), POOL))
    assert shown.rows == (("conv", 7, 1, 1, 1), ("max", 1, 2, 0, 1), DENSE)
    assert page.notes == [
        "Dense layers come last: a map is no map after them.",
        "Layer 1 did not fit its 5×5 input: kernel 7 in place of 9, dilation 1 in place of 3.",
        "Layer 2 did not fit its 1×1 input: kernel 1 in place of 2.",
    ]
    assert opened(layers=())[0].notes == ["A stack has at least one layer."]


def test_a_unit_that_is_not_there_is_the_nearest_and_said_once():
    page, shown = opened(layer=9, row=50, col=1)
    assert (shown.layer, shown.unit) == (1, (2, 0))
    assert page.notes == ["Layer 9 has no unit (50, 1) here: the nearest is (3, 1) of layer 2."]
    page.notes.clear()
    page.update(layers=(CONV,) * 3)
    settle(page)
    assert page.notes == []


def test_the_unit_asked_for_comes_back_when_there_is_room_for_it_again():
    page, _ = opened(**PRESETS["vgg16"].settings)
    page.update(row=4, col=4)
    for size, unit in ((224, (3, 3)), (32, (0, 0)), (96, (2, 2)), (256, (3, 3))):
        page.update(h=size, w=size)
        assert settle(page).unit == unit
        assert (page["row"], page["col"]) == (unit[0] + 1, unit[1] + 1)  # the link is what is shown
    page.update(h=32, w=32)
    settle(page)
    page.update(row=0, col=0)  # another wish, the middle
    settle(page)
    page.update(h=256, w=256)
    assert settle(page).unit == (3, 3) and page["row"] == 0
    page.update(row=2)
    settle(page)
    page.start_from({"h": 7, "w": 7, "row": 1, "col": 1})
    settle(page)
    page.update(h=224, w=224)
    assert settle(page).unit == (0, 0)


def test_without_a_unit_it_is_the_middle_of_the_last_layer():
    page, shown = opened()
    assert (shown.layer, shown.unit) == (1, (1, 1))
    assert link_of(SETTINGS, page.values) == {}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_valid_and_come_back_by_their_links(name):
    page, shown = preset(name)
    assert page.notes == []
    declared = {setting.name: setting for setting in SETTINGS}
    link = link_of(SETTINGS, page.values)
    assert {key: declared[key].read(text) for key, text in link.items()} == {key: page[key] for key in link}


@pytest.mark.parametrize(("name", "sizes"), [
    ("lecture", [3, 5]), ("three", [3, 5, 7]), ("grow", [3, 4, 8, 10, 18]), ("dense", [7]),
    ("lenet5", [5, 6, 14, 16, 32, 32, 32]), ("alexnet", [11, 19, 51, 67, 99, 131, 163, 195]),
    ("dilated", [3, 7, 15, 31]), ("gridding", [5, 9, 13]),
])
def test_presets_keep_what_their_titles_promise(name, sizes):
    assert [field.size[0] for field in preset(name)[1].fields] == sizes


def test_vgg_16_is_that_of_the_architectures():
    shown = preset("vgg16")[1]
    features = [layer for layer in blueprint("vgg16").layers if hasattr(layer, "kernel_size")]
    assert chain(features, 224) == shown.fields
    assert (shown.fields[-1].size, shown.fields[-1].padding) == ((212, 212), (90, 90))


# ---- controls ------------------------------------------------------------------------------------


@given(any_values)
def test_the_controls_are_json_and_show_where_things_stand(values):
    page, shown = opened(**values)
    items = page_of.items(page, shown)
    json.dumps(items, allow_nan=False)
    sliders = [item for item in items if item["kind"] == "slider"]
    assert sliders and all(item["least"] <= item["value"] <= item["most"] for item in sliders)


def change(page: Page, *changes: Any) -> None:
    streamlit.session_state["controls"] = {"changes": {"serial": 1, "changes": list(changes)}}
    page_of.take(page)


def test_changes_are_taken():
    page, _ = opened()
    change(page, ["preset", "grow"])
    assert page["layers"] == PRESETS["grow"].settings["layers"]
    change(page, ["layers", "conv_5~dense"], ["h+w", "20"])
    assert page["layers"] == (("conv", 5, 1, 0, 1), DENSE)
    assert (page["h"], page["w"]) == (20, 20)
    change(page, ["apart", "1"], ["w", "9"])
    change(page, ["apart", "0"])
    assert (page["h"], page["w"]) == (20, 20)


def look(page: Page, **sent: Any) -> None:
    streamlit.session_state[COMPONENT] = {"look": sent}
    page_of.take_look(page)


def test_the_unit_that_is_looked_at_is_kept():
    page, _ = opened()
    look(page, serial=3, layer=1, row=2, col=5, view="maps", axis="rows")
    assert (page["layer"], page["row"], page["col"], page["view"], page["axis"]) == (1, 2, 5, "maps", "rows")
    assert page.recall("look answered") == 3
    before = dict(page.values)
    look(page, serial=4, layer="x", row=2, col=5, view="maps", axis="rows")
    look(page, serial=4, layer=2)
    look(page, serial=4, layer=1, row=1, col=1, view="nonsense", axis="rows")
    assert page.values == before


# ---- what is drawn -------------------------------------------------------------------------------


@settings(max_examples=40)
@given(any_values)
def test_the_data_are_json_and_hold_every_window(values):
    page, shown = opened(**values)
    sent = json.loads(json.dumps(data(page, shown), allow_nan=False))
    assert [layer["size"] for layer in sent["layers"]] == [list(shown.input_size)] + [
        list(step.output_size) for step in shown.steps
    ]
    for axis, name in enumerate(("rows", "cols")):
        along = sent[name] or sent["cols"]
        for step, window in zip(shown.steps, along["windows"], strict=True):
            assert (np.add.outer(window["starts"], window["offsets"]) == step.windows[axis]).all()
        top = len(shown.rows)
        unit = shown.steps[-1].output_size[axis] - 1
        for low, (first, jump, size) in enumerate(along["below"][top]):
            seen = region(
                shown.layers[low:], unit=[(0, 0), (unit, 0), (0, unit)][axis + 1],
                input_size=shown.steps[low].input_size,
            )
            whole = (seen.unclipped_rows, seen.unclipped_cols)[axis]
            assert whole == range(first + unit * jump, first + unit * jump + size)


def test_the_table_substitutes_the_numbers():
    written = table(preset("grow")[1])
    field = [row[6] for row in written.rows]
    assert [cell.value for cell in field] == ["1", "3", "4", "8", "10", "18"]
    assert [cell.working for cell in field[1:]] == [
        "1 + (3 − 1)·1 = 3", "3 + (2 − 1)·1 = 4", "4 + (3 − 1)·2 = 8", "8 + (2 − 1)·2 = 10", "10 + (3 − 1)·4 = 18",
    ]
    assert [row[7].working for row in written.rows[1:]] == ["1·1 = 1", "1·2 = 2", "2·1 = 2", "2·2 = 4", "4·1 = 4"]
    assert written.rows[2][8].working == "2 + ((2 − 1)/2 − 0)·1 = 2.5"
    padded = table(preset("padded")[1])
    assert [row[9].working for row in padded.rows[1:]] == ["0 + 1·1 = 1", "1 + 1·1 = 2", "2 + 1·1 = 3"]


def value_of(working: str) -> float:
    """Compute what a working says before its equals sign."""
    left = working.split(" = ")[0].replace("·", "*").replace("−", "-")
    assert re.fullmatch(r"[\d.+\-*/() ]+", left)
    terms = left.split(" + ", 1)
    total = float(terms[0].split("*")[0]) if len(terms) == 2 else 1.0
    if len(terms) == 1:
        return float(np.prod([float(part) for part in left.split("*")]))
    last = terms[1]
    factor = float(last.rsplit("*", 1)[1])
    inner = last.rsplit("*", 1)[0].strip("()")
    numbers = [float(number) for number in re.findall(r"[\d.]+", inner)]
    if "/" in inner:
        return total + ((numbers[0] - numbers[1]) / numbers[2] - numbers[3]) * factor
    return total + (numbers[0] - numbers[1] if len(numbers) == 2 else numbers[0]) * factor


@settings(max_examples=60)
@given(any_values)
def test_every_working_gives_its_value(values):
    for row in table(opened(**values)[1]).rows:
        for cell in row[6:]:
            for working in filter(None, cell.working.split("; ")):
                assert value_of(working) == pytest.approx(float(working.split(" = ")[1].replace("−", "-")))


def test_axes_that_differ_are_both_told():
    written = table(opened(h=5, w=8, apart=True, layers=(CONV, DENSE))[1])
    assert written.rows[2][5].value == "1×1"
    assert written.rows[2][6].value == "5×8"
    assert written.rows[2][6].working == "3 + (3 − 1)·1 = 5; 3 + (6 − 1)·1 = 8"


def test_the_answers_hold_the_numbers_of_the_core():
    texts = [text for _, text in notes()]
    assert "see 3, 5, 7; with 2×2 poolings between them, the five layers see 3, 4, 8, 10, 18" in texts[0]
    assert "r = 1 + (7 − 1)·1 = 7" in texts[1]


def test_coverage_counts_units_or_ways():
    page, shown = preset("holes")
    sent = data(page, shown)["coverage"]
    rows, cols = coverage(shown.layers, shown.input_size)
    assert np.array_equal(np.reshape(sent["values"], (18, 18)), np.outer(rows, cols))
    assert sent["unseen"] == [[2, 5, 8, 11, 14, 17]] * 2
    assert sent["sentence"] == (
        "Units of layer 2, 3×3 conv an input: 0 to 9. "
        "Never seen: rows 3, 6, 9, 12, 15, 18 and columns 3, 6, 9, 12, 15, 18."
    )
    page.update(counted="ways", layers=(CONV, CONV))
    shown = settle(page)
    assert data(page, shown)["coverage"]["values"] == np.outer(*paths(shown.layers, 18)).ravel().tolist()
    assert "Every input is seen." in data(page, shown)["coverage"]["sentence"]


def test_a_large_coverage_sends_its_sides_alone():
    page, shown = opened(**PRESETS["vgg16"].settings | {"view": "coverage"})
    sent = data(page, shown)["coverage"]
    assert sent["values"] is None
    assert len(sent["rows"]) == len(sent["cols"]) == 224


def test_coverage_is_of_the_layer_that_is_looked_at():
    page, shown = opened(view="coverage", layer=1)
    assert data(page, shown)["coverage"]["values"][24] == 3 * 3


def test_the_effective_field_is_the_cores():
    page, shown = opened(view="effective", weights="equal")
    sent = data(page, shown)["effective"]
    expected = effective_field(shown.layers, unit=shown.unit, input_size=7)
    shades = np.frombuffer(base64.b64decode(sent["shades"]), np.uint8).reshape(sent["shape"])
    assert np.array_equal(shades, (expected.values * 255).round())
    assert sent["first"] == [1, 1] and sent["whole"] == [1, 1, 5, 5]
    assert sent["profiles"][0]["sums"] == pytest.approx([1 / 3, 2 / 3, 1, 2 / 3, 1 / 3], abs=1e-3)
    labels = dict(sent["numbers"])
    assert labels["Theoretical field"] == "5×5"
    assert labels["Measured width σ"] == "1.15 (equal weights)"
    assert labels["σ of the Gaussian"] == "√(Σ (j·d)²·(k² − 1)/12) = 1.15"
    page.update(weights="random")
    drawn = data(page, settle(page))["effective"]
    assert "mean square of 1000 draws" in dict(drawn["numbers"])["Measured width σ"]
    assert data(page, settle(page))["effective"] == drawn
    page.update(seed=2)
    assert data(page, settle(page))["effective"] != drawn


def test_a_unit_on_padding_alone_has_no_effective_field():
    page, shown = opened(view="effective", layers=(("conv", 1, 1, 3, 1),), row=1, col=1)
    assert data(page, shown)["effective"]["numbers"] == [["This unit sees padding alone", "no input moves it"]]


def test_spans():
    assert spans([0, 1, 2, 6]) == "1–3, 7"
    assert spans(range(0, 40, 2), most=3) == "1, 3, 5 and 17 more"
    assert spans([]) == ""


# ---- what is taken away --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lecture", "vgg16", "padded", "lenet5"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figure_tells_every_layer(name, theme):
    page, shown = preset(name)
    drawn = figure_bytes(figure(shown, 1, theme), "svg").decode()
    for cell in (cell for row in table(shown).rows for cell in (row[0], row[6])):
        assert cell.value in drawn
    units = cone(shown.steps[: shown.layer + 1], 1, shown.unit[1])
    assert f">{spans(units[0].tolist())}<" in drawn


def test_the_spreadsheet_holds_the_table():
    written = table(preset("grow")[1])
    rows = list(csv.reader(StringIO(table_csv(written).decode("utf-8-sig"))))
    assert rows[0][6:8] == ["Field r", "Field r by r + (k − 1)·j"]
    assert rows[-1][6:8] == ["18", "10 + (3 − 1)·4 = 18"]
    assert {len(row) for row in rows} == {10 + 4}


def test_the_code_is_the_stack():
    source = pytorch(preset("lenet5")[1])
    compile(source, "stack", "exec")
    assert "    nn.Conv2d(1, 1, 5, stride=1),  # sees 5×5 of the input, output 28×28\n" in source
    assert "    nn.Flatten(),\n    nn.Linear(25, 1),  # sees 32×32 of the input, output 1×1\n" in source
    assert source.count("Flatten") == 1
    dilated = pytorch(opened(h=20, w=20, layers=(("max", 3, 2, 1, 2), ("avg", 2, 2, 0)))[1])
    assert "nn.MaxPool2d(3, stride=2, padding=1, dilation=2)" in dilated
    assert "nn.AvgPool2d(2, stride=2)" in dilated


def test_everything_is_offered(monkeypatch):
    page, shown = preset("grow")
    monkeypatch.setattr(Page, "url", lambda self: "http://localhost/receptive_field")
    taken = take_away(page, shown)
    assert taken.link == "http://localhost/receptive_field"
    assert taken.figure("light") is not None
    assert taken.files[0].make().startswith(b"\xef\xbb\xbfLayer,")
    assert taken.source("pytorch") == pytorch(shown)


def test_the_settings_rows_are_the_cores_layers():
    assert Shown((CONV, POOL, DENSE), (8, 8), 0, (0, 0)).layers == [
        Layer("conv", 3, 1, 0, 1), Layer("max", 2, 2, 0, 1), Layer("dense"),
    ]
    assert steps([Layer("dense")], 3)[0].kernel_size == (3, 3)
