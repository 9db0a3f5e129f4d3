"""The page of networks: what is drawn for any settings, what is said of each layer, and what is given away."""

from __future__ import annotations

import csv
import json
import math
import re
from functools import partial
from io import StringIO
from typing import Any

import pytest
import streamlit
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from conv.architectures import LENET5_TABLE, NAMES, blueprint
from conv.blueprint import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    summary,
    with_ceil_mode,
)
from conv.blueprint_text import parse, to_json, write
from conv.configuration import check, nearest_valid
from conv.errors import ConvError
from tests.ui.conftest import fresh_page
from ui import architectures_words as words
from ui.architectures import (
    COSTS,
    OWN,
    SETTINGS,
    START,
    Shown,
    additions,
    items,
    read_file,
    settle,
    take,
)
from ui.architectures_figure import figure
from ui.architectures_share import LANGUAGES, markdown, spreadsheet, take_away
from ui.architectures_view import MOST_COLUMNS, arcs, columns, data, facts, places
from ui.figures import figure_bytes
from ui.settings import Page
from ui.window import SETTINGS as STEPPERS
from ui.window import configuration

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


page_with = partial(fresh_page, "architectures", SETTINGS)


def shown_with(**values: Any) -> Shown:
    return settle(page_with(**values))


def sent(**values: Any) -> dict:
    page = page_with(**values)
    return json.loads(json.dumps(data(settle(page), page.values, step=1, arrival=1), allow_nan=False))


def change(page: Page, *changes: Any) -> Shown:
    """Do as a person at the controls, and draw anew."""
    streamlit.session_state["controls"] = {"changes": {"serial": 1, "changes": list(changes)}}
    take(page)
    page.notes.clear()
    return settle(page)


def offered(page: Page, shown: Shown) -> dict[str, dict]:
    return {item["name"]: item for item in items(page, shown)}


def worked_out(text: str) -> tuple[int, int]:
    """Both sides of ``2 × 3 + 4 = 10``; words among the numbers are left out."""
    left, right = (re.sub(r"[a-z,]+", "", side) for side in text.split(" = "))
    return sum(math.prod(int(part) for part in term.split("×")) for term in left.split("+")), int(right)


def in_a_network(*layers: Any, shape: tuple[int, ...] = (3, 12, 12)) -> Any:
    return summary(layers, shape).rows[-1]


# ---- which network is drawn ----------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_network_is_drawn_as_it_is(name: str) -> None:
    page = page_with(net=name)
    shown = settle(page)
    assert shown.before == shown.now == summary(blueprint(name).layers, blueprint(name).input_shape)
    assert page.notes == [] and page.link() == ({} if name == "lenet5_1998" else {"net": name})


anything = st.fixed_dictionaries({
    "net": st.sampled_from([*NAMES[:4], "alexnet_2012", "resnet18", "mobilenet_block", OWN]),
    "c": st.integers(0, 8), "h": st.integers(0, 40) | st.just(224), "w": st.integers(0, 40) | st.just(227),
    "ceil": st.booleans(), "top": st.sampled_from(list(COSTS)), "bottom": st.sampled_from(list(COSTS)),
    "layers": st.sampled_from(
        ["", START, "input 784\ndense 10", "input 1x8x8", "conv 3", "[", "input 1x4x4\nconv 1 9"]
    ),
})


@settings(max_examples=40)
@given(anything)
def test_any_link_opens_a_valid_network_and_is_mended(values: dict) -> None:
    page = page_with(**values)
    shown = settle(page)
    json.dumps(data(shown, page.values, step=1, arrival=1), allow_nan=False)
    json.dumps(items(page, shown), allow_nan=False)
    assert summary(shown.layers, shown.now.input_shape) == shown.now
    if not shown.text_error:
        again = page_with(**page.values)
        assert settle(again).now == shown.now and again.notes == []


def test_an_input_too_small_for_the_network_becomes_the_nearest_that_goes_through() -> None:
    page = page_with(net="alexnet", h=20, w=30)
    shown = settle(page)
    _, rows, cols = shown.now.input_shape
    assert shown.now.input_shape == (3, page["h"], page["w"])
    assert page.notes == [
        "Layer 6 (MaxPool2d): Kernel is larger than the padded input. Received: input=(1, 2), kernel=(3, 3), "
        f"padding=(0, 0). Drawn for an input of 3 × {rows} × {cols}."
    ]
    for smaller in ((rows - 1, 1024), (1024, cols - 1)):
        with pytest.raises(ConvError):
            summary(shown.layers, (3, *smaller))


def test_a_side_that_is_fine_stays() -> None:
    page = page_with(net="alexnet", h=1)
    assert settle(page).now.input_shape == (3, 63, 224)
    assert page.link() == {"net": "alexnet", "h": "63"}


def test_a_change_that_does_not_fit_is_mended_at_once_so_that_fields_link_and_picture_agree() -> None:
    page = page_with()
    settle(page)
    for name in ("c", "h", "w"):
        shown = change(page, [name, "7"])
    assert page.notes[0].endswith("Drawn for an input of 7 × 32 × 32.")
    assert shown.now.input_shape == (7, 32, 32) and page.link() == {"c": "7"}
    assert [offered(page, shown)[name]["value"] for name in ("c", "h", "w")] == [7, 32, 32]
    assert change(page, ["h", "64"]).now.input_shape == (7, 64, 32) and page.notes == []


def test_channels_that_do_not_fit_leave_rows_and_columns_as_they_are() -> None:
    page = page_with(net="mobilenet_block", h=20, w=30)
    settle(page)
    shown = change(page, ["c", "1"])
    assert shown.now.input_shape == (512, 20, 30) and page.link() == {"net": "mobilenet_block", "h": "20", "w": "30"}
    assert page.notes[0].endswith("Drawn for an input of 512 × 20 × 30.")


def test_another_input_that_no_size_mends_leaves_the_networks_own() -> None:
    page = page_with(net="mobilenet_block", c=100)
    shown = settle(page)
    assert shown.now.input_shape == (512, 14, 14) and page["c"] == 0
    assert "Groups must divide the input and the output maps." in page.notes[0]
    assert page.notes[0].endswith("Drawn for an input of 512 × 14 × 14.")


def test_the_input_as_the_network_has_it_stays_out_of_the_link() -> None:
    page = page_with(net="alexnet_2012", h=227, w=227, c=3)
    settle(page)
    assert page.link() == {"net": "alexnet_2012"}


def test_rounding_up_gives_alexnet_its_sizes_back() -> None:
    plain = shown_with(net="alexnet_2012", h=224, w=224)
    rounded = shown_with(net="alexnet_2012", h=224, w=224, ceil=True)
    assert plain.now.parameters < plain.before.parameters == rounded.now.parameters
    assert rounded.layers == with_ceil_mode(blueprint("alexnet_2012").layers)


# ---- one's own -----------------------------------------------------------------------------


def test_ones_own_begins_with_something_to_change() -> None:
    page = page_with(net=OWN)
    assert settle(page).now.parameters == 61_706
    assert page["layers"] == START


def test_what_does_not_read_is_told_by_line_and_the_last_that_did_stays() -> None:
    page = page_with(net=OWN, layers="input 1x8x8\nconv 4 3x3")
    before = settle(page)
    shown = change(page, ["layers", "input 1x8x8\ncovn 4 3x3"])
    assert shown.text_error.startswith("Line 2: Layer must be one of input, ")
    assert page["layers"] == "input 1x8x8\ncovn 4 3x3" and shown.now == before.now
    shown = change(page, ["layers", "input 1x8x8\nconv 4 3x3\nmax 9"])
    assert shown.text_error.startswith("Layer 2 (MaxPool2d): Kernel is larger than the padded input.")
    assert change(page, ["layers", "input 1x8x8\nconv 5 3x3"]).text_error == ""


def test_a_text_too_long_is_refused_and_said_so() -> None:
    page = page_with(net=OWN, layers="input 1x8x8\nrelu")
    settle(page)
    shown = change(page, ["layers", "relu\n" * 5000])
    assert shown.text_error == "The text must have at most 20000 characters."
    assert page["layers"] == "input 1x8x8\nrelu"


@pytest.mark.parametrize("name", NAMES)
def test_a_named_network_is_edited_from_its_text(name: str) -> None:
    page = page_with(net=name)
    before = settle(page)
    shown = change(page, ["edit", "1"])
    assert page["net"] == OWN and shown.text_error == ""
    assert shown.now == before.now and parse(page["layers"])[1] == before.layers


def test_ones_earlier_text_comes_back_after_a_copy_took_its_place() -> None:
    mine = "input 1x8x8\nconv 4 3x3"
    page = page_with(net=OWN, layers=mine)
    change(page, ["net", "vgg16"])
    shown = change(page, ["edit", "1"])
    assert page["layers"] != mine
    assert "back" in {item["name"] for item in items(page, shown)}
    change(page, ["back", "1"])
    shown = settle(page)
    assert page["net"] == OWN and page["layers"] == mine
    assert "back" not in {item["name"] for item in items(page, shown)}
    for name in ("alexnet", "vgg16"):  # again, and twice
        change(page, ["net", name])
        change(page, ["edit", "1"])
    change(page, ["back", "1"])
    assert page["layers"] == mine


def test_a_copy_that_nobody_changed_is_not_kept() -> None:
    page = page_with(net="vgg16")
    change(page, ["edit", "1"])
    change(page, ["net", "alexnet"])
    shown = change(page, ["edit", "1"])
    assert "back" not in {item["name"] for item in items(page, shown)}


@pytest.mark.parametrize("start", ["input 3x16x16\nconv 4 3x3\n", "input 12\ndense 5"])
def test_whatever_the_menu_adds_goes_through(start: str) -> None:
    shape, layers = parse(start)
    options = additions(summary(layers, shape).output_shape)
    for name in options:
        page = page_with(net=OWN, layers=start)
        shown = settle(page)
        assert list(dict(offered(page, shown)["add"]["options"])) == list(options)
        added = change(page, ["add", name])
        assert added.text_error == "" and len(added.layers) > len(layers)
        assert added.layers[: len(layers)] == layers
        assert page["layers"].startswith(start.rstrip())


def test_a_layer_is_added_to_json_too() -> None:
    page = page_with(net=OWN, layers=to_json((1, 8, 8), [Conv2d(4, 3)]))
    settle(page)
    assert change(page, ["add", "relu"]).layers == (Conv2d(4, 3), ReLU())
    assert change(page, ["add", "nonsense"]).layers == (Conv2d(4, 3), ReLU())


def test_files_are_read_as_text_or_json() -> None:
    layers = (Conv2d(4, 3), Residual((BatchNorm2d(),)))
    assert parse(read_file(to_json((1, 8, 8), layers).encode())) == ((1, 8, 8), layers)
    assert read_file("\ufeffinput 1x8x8\r\nrelu  # kept\r\n".encode()) == "input 1x8x8\nrelu  # kept\n"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"a" * 100_001, "The file must have at most 100000 bytes. Received: bytes=100001."),
        (b"\xff\xfe", "The file must be text in UTF-8."),
        (b"input 1x8x8\ncovn", "Line 2: Layer must be one of"),
        (b"input 1x8x8\nconv 3 9", r"Layer 1 \(Conv2d\): Kernel is larger"),
    ],
)
def test_files_that_are_no_networks_are_refused(content: bytes, refusal: str) -> None:
    with pytest.raises(ConvError, match=refusal):
        read_file(content)


# ---- controls ------------------------------------------------------------------------------


def test_the_two_sizes_of_alexnet_are_one_press_apart() -> None:
    page = page_with(net="alexnet_2012")
    assert offered(page, settle(page))["flip"]["label"] == "Try 224 × 224"
    shown = change(page, ["flip", "1"])
    assert shown.now.input_shape == (3, 224, 224)
    assert offered(page, shown)["reset"]["label"] == "Back to 3 × 227 × 227"
    assert change(page, ["reset", "1"]).now == shown.before
    page = page_with(net="vgg16")
    assert offered(page, settle(page))["flip"]["label"] == "Try 227 × 227"
    assert not {"flip", "reset"} & offered(page_with(), shown_with()).keys()


def test_another_network_comes_with_its_own_input() -> None:
    page = page_with(net="alexnet", h=300, w=300)
    settle(page)
    assert change(page, ["net", "vgg16"]).now.input_shape == (3, 224, 224)


def test_controls_that_mean_nothing_are_not_there() -> None:
    page = page_with(net=OWN, layers="input 784\ndense 10")
    names = offered(page, settle(page)).keys()
    assert not {"c", "h", "w", "ceil"} & names and {"layers", "add"} <= names
    page = page_with(net="mobilenet_block")
    assert "ceil" not in offered(page, settle(page))


# ---- words ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_sum_comes_out_at_the_cores_number(name: str) -> None:
    for row in shown_with(net=name).now.rows:
        for text, count in ((words.parameter_sum(row), row.parameters), (words.connection_sum(row), row.connections)):
            assert text == f"{count:,}" or worked_out(text) == (count, count)
        if words.size_sum(row):
            assert words.size_sum(row).endswith(f"= {row.output_shape[1]}")


def test_sums_with_the_numbers_put_in() -> None:
    assert words.parameter_sum(in_a_network(Conv2d(16, 5))) == "3 × 5 × 5 × 16 + 16 = 1,216"
    assert words.parameter_sum(in_a_network(Conv2d(6, (3, 5), groups=3, bias=False))) == "1 × 3 × 5 × 6 = 90"
    assert words.parameter_sum(in_a_network(Flatten(), Linear(10))) == "432 × 10 + 10 = 4,330"
    assert words.parameter_sum(in_a_network(BatchNorm2d())) == "3 scales + 3 shifts = 6"
    assert words.connection_sum(in_a_network(Conv2d(16, 5))) == "8 × 8 × 3 × 5 × 5 × 16 = 76,800"
    assert words.connection_sum(in_a_network(MaxPool2d(2))) == "3 × 6 × 6 × 2 × 2 = 432"
    assert words.parameter_sum(in_a_network(ReLU())) == "0"


def test_sizes_are_derived_as_on_paper() -> None:
    assert words.size_sum(in_a_network(Conv2d(1, 5, stride=2, padding=1))) == "⌊(12 + 1 + 1 - 5) / 2⌋ + 1 = 5"
    assert words.size_sum(in_a_network(Conv2d(1, 3, dilation=2))) == "⌊(12 - 5) / 1⌋ + 1 = 8"
    assert words.size_sum(in_a_network(MaxPool2d(3, 2, ceil_mode=True))) == "⌈(12 - 3) / 2⌉ + 1 = 6"
    both = "rows ⌊(12 - 1) / 1⌋ + 1 = 12, columns ⌊(12 - 3) / 1⌋ + 1 = 10"
    assert words.size_sum(in_a_network(Conv2d(1, (1, 3)))) == both
    dropped = in_a_network(AvgPool2d(2, 3, padding=1, ceil_mode=True), shape=(1, 8, 8))
    assert words.size_sum(dropped) == "⌈(8 + 1 + 1 - 2) / 3⌉ + 1 = 4, but the last would start in the padding: 3"
    assert dropped.output_shape == (1, 3, 3)


def test_layers_in_words() -> None:
    assert words.described(in_a_network(Conv2d(4, 3, stride=(1, 2), padding=((0, 1), (0, 1)), bias=False))) == (
        "Conv2d, 3 × 3, stride 1 × 2, padding 0, 1 by 0, 1, no bias"
    )
    assert words.described(in_a_network(Conv2d(3, 3, groups=3, dilation=2))) == "Conv2d, 3 × 3, dilation 2, 3 groups"
    assert words.described(in_a_network(Residual((ReLU(),)))) == "Sum of both branches"
    assert (words.units((1, 4, 5)), words.units((7,)), words.units((1,))) == ("1 map of 4 × 5", "7 units", "1 unit")


def test_numbers_in_short() -> None:
    assert [words.brief(n) for n in (0, 999, 1000, 2416, 999_499, 999_600, 102_764_544, 15_470_264_320)] == [
        "0", "999", "1.00k", "2.42k", "999k", "1.00M", "103M", "15.5G",
    ]
    assert [words.memory(n) for n in (0, 1023, 1024, 18_816, 2**20)] == [
        "0 bytes", "1023 bytes", "1.00 KiB", "18.4 KiB", "1.00 MiB",
    ]
    assert [words.brief_memory(n) for n in (960, 18_816)] == ["960B", "18.4K"]
    assert [words.percent(share) for share in (0, 0.001, 0.005, 0.006, 0.7427, 1)] == [
        "", "<1 %", "<1 %", "1 %", "74 %", "100 %",
    ]


# ---- the stepper ---------------------------------------------------------------------------


def opened_on_the_stepper(link: str) -> Any:
    path, _, query = link.partition("?")
    assert path == "explore"
    given = dict(part.split("=") for part in query.split("&"))
    values = {s.name: s.read(given[s.name]) if s.name in given else s.default for s in STEPPERS}
    assert given.keys() <= values.keys()
    return configuration(values)


@pytest.mark.parametrize("name", NAMES)
def test_each_window_opens_on_the_stepper_as_it_is_or_says_what_is_less(name: str) -> None:
    for row in shown_with(net=name).now.rows:
        link = words.stepper_link(row)
        if link is None:
            assert not isinstance(row.layer, Conv2d | MaxPool2d | AvgPool2d)
            continue
        opened = opened_on_the_stepper(link[0])
        assert nearest_valid(opened) == (opened, [])
        assert (opened.kernel_size, opened.stride) == (row.layer.kernel_size, row.layer.stride)
        same = opened.input_size == row.input_shape[1:]
        assert same == (link[1] == "")
        if same:
            assert check(opened) == row.output_shape[1:]


def test_what_the_stepper_cannot_show_is_said() -> None:
    row = in_a_network(Conv2d(4, 13, stride=9, padding=12), shape=(3, 40, 12))
    assert words.stepper_link(row)[1] == (
        "input 40 × 12 → 32 × 12, kernel 13 × 13 → 11 × 11, stride 9 × 9 → 8 × 8, padding 12 × 12 → 10 × 10"
    )
    lopsided = in_a_network(Conv2d(4, 3, padding=((0, 1), (0, 1))))
    assert words.stepper_link(lopsided)[1] == "padding 0, 1 by 0, 1 → 1 on every side"
    plain = in_a_network(Conv2d(4, 3), shape=(1, 7, 7))
    assert words.stepper_link(plain) == ("explore?kernel=random", "")
    assert words.stepper_link(in_a_network(MaxPool2d(3, 1), shape=(1, 7, 7)))[0] == "explore?op=max"


# ---- the picture ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_in_one_column_and_no_cost_is_lost(name: str) -> None:
    counted = shown_with(net=name).now
    found = columns(counted.rows)
    assert [row for column in found for row in column.rows] == list(counted.rows)
    assert len(found) <= MOST_COLUMNS
    for cost in ("parameters", "connections", "connections_with_biases", "multiply_adds", "activation_bytes"):
        assert sum(column.cost(cost) for column in found) == getattr(counted, cost)


def test_what_has_no_size_of_its_own_is_folded_into_the_layer_before_it() -> None:
    lenet = columns(shown_with().now.rows)
    assert [column.main.layer.label for column in lenet] == ["C1", "S2", "C3", "S4", "C5", "F6", "OUTPUT"]
    assert [row.kind for row in lenet[4].folded] == ["ScaledTanh", "Flatten"]
    assert [column.kind for column in lenet] == ["conv", "pool", "conv", "pool", "conv", "dense", "dense"]
    assert [column.main.kind for column in columns(shown_with(net="dense").now.rows)] == ["Flatten", "Linear", "Linear"]


def test_branches_keep_their_own_and_shortcuts_have_arcs() -> None:
    found = columns(shown_with(net="resnet18").now.rows)
    assert [column.kind for column in found].count("sum") == 8
    assert sum(column.main.branch == "shortcut" for column in found) == 3
    assert len(arcs(found)) == 8 + 3
    assert arcs(found)[:3] == [(2, 5), (5, 8), (8, 11)] and arcs(found)[3] == (11, 12)
    before_activation = summary([Residual((BatchNorm2d(), ReLU(), Conv2d(3, 3, padding=1)))], (3, 8, 8))
    assert [column.main.kind for column in columns(before_activation.rows)] == ["BatchNorm2d", "Conv2d", "Residual"]
    assert arcs(columns(before_activation.rows)) == [(0, 3)]


def test_large_networks_have_a_column_a_block() -> None:
    found = columns(shown_with(net="resnet50").now.rows)
    assert [column.kind for column in found] == ["conv", "pool", *["block"] * 16, "pool", "dense"]
    assert arcs(found) == []
    inside = sent(net="resnet50")["columns"][2]["inside"]
    assert inside[0] == "main branch 1: Conv2d, 1 × 1, no bias, 64 maps of 56 × 56, 4,096 parameters"
    assert any(line.startswith("shortcut 1: Conv2d, 1 × 1") for line in inside)


def test_blocks_are_to_scale() -> None:
    shown = shown_with(net="vgg16")
    found = columns(shown.now.rows)
    laid = places(shown.now.input_shape, found)
    heights = [place.high * 224 for place in laid[: len(found) - 2]]
    assert heights == pytest.approx([224, *(column.shape[1] for column in found[:-3])])
    thick = {column.shape[0]: place.thick for column, place in zip(found[:-3], laid[1:], strict=False)}
    assert thick[128] - thick[64] == pytest.approx(thick[512] - thick[256])  # as much for each doubling
    assert [place.left for place in laid[1:]] == pytest.approx([place.left + place.width for place in laid[:-1]])


def test_the_lectures_point_in_the_bars() -> None:
    shown = sent(net="vgg16")
    parameters, compute = shown["bars"]
    dense = [i for i, column in enumerate(shown["columns"]) if column["kind"] == "dense"]
    assert sum(parameters["shares"][i] for i in dense) > 0.89 and sum(compute["shares"][i] for i in dense) < 0.01
    assert sum(parameters["shares"]) == pytest.approx(1) and parameters["total"] == "138,357,544"
    assert parameters["percents"][dense[0]] == "74 %" and parameters["counts"][dense[0]] == "103M"


def test_lenet_as_published() -> None:
    shown = sent()
    sums = "60,000 parameters, 332,824 connections (340,908 with biases), 325,680 multiply-adds"
    assert shown["totals"].startswith(sums)
    c3 = shown["columns"][2]
    assert c3["spoken"] == "Layer 5, C3, Conv2d, 16 maps of 10 × 10, 1,516 parameters"
    assert c3["table"] == [[channel + 1 for channel in row] for row in LENET5_TABLE] and c3["maps"] == 6
    assert {term: value for term, value, _ in c3["facts"]} == {
        "Shape": "6 × 14 × 14 → 16 × 10 × 10", "Parameters": "60 kernels × 5 × 5 + 16 = 1,516",
        "Connections": "10 × 10 × 60 kernels × 5 × 5 = 150,000", "Multiply-adds": "150,000",
        "Activations": "2 × 16 × 10 × 10 × 4 bytes = 12.5 KiB", "Receptive field": "14 × 14 pixels",
    }
    assert [column["table"] for i, column in enumerate(shown["columns"]) if i != 2] == [[]] * 6


def test_what_is_folded_in_is_counted_in() -> None:
    shown = shown_with(net=OWN, layers="input 3x8x8\nconv 4 3x3 nobias\nbatchnorm\nrelu")
    column = sent(net=OWN, layers="input 3x8x8\nconv 4 3x3 nobias\nbatchnorm\nrelu")["columns"][0]
    assert column["facts"][1][1] == "3 × 3 × 3 × 4 = 108; 116 in all"
    assert column["heading"] == "Layer 1: Conv2d, 3 × 3, no bias; then BatchNorm2d (4 scales + 4 shifts = 8), ReLU"
    assert column["spoken"] == "Layer 1, Conv2d with BatchNorm2d, 4 maps of 6 × 6, 116 parameters"
    only = columns(shown.now.rows)[0]
    totals = {cost: only.cost(cost) for cost in COSTS}
    assert facts(only, totals, totals, (3, 8, 8))[1][2] == "100 % of all, 100 % up to here"


def test_what_another_input_changes_is_told_layer_by_layer() -> None:
    shown = sent(net="alexnet_2012", h=224, w=224)
    assert shown["changes"][:2] == [
        "With an input of 3 × 224 × 224 in place of 3 × 227 × 227, 17 of 23 layers change.",
        "Parameters: 60,965,224 → 49,430,888",
    ]
    assert "Layer 1, conv1, Conv2d: 96 × 55 × 55 → 96 × 54 × 54" in shown["changes"]
    assert "Layer 17, fc6, Linear: parameters 37,752,832 → 26,218,496" in shown["changes"]
    assert shown["was"]["1"] == ["96 × 55 × 55", "34,944"]
    assert shown["bars"][0]["was"] == "was 60,965,224"
    assert [column["changed"] for column in shown["columns"]] == [True] * 9 + [False] * 2
    assert shown["columns"][0]["spoken"].endswith(", changed")
    assert sent(net="alexnet_2012")["changes"] == [] and sent(net="alexnet_2012")["bars"][0]["was"] == ""
    assert sent(net="vgg16", ceil=True)["changes"] == ["With poolings rounded up, none of 40 layers change."]


def test_alexnets_caption_is_explained() -> None:
    assert any("253,440" in fact and "290,400" in fact for fact in sent(net="alexnet_2012")["facts"])


def test_the_lectures_results_are_charts() -> None:
    mnist, imagenet = sent()["results"]
    assert ["LeNet-5", "convolutional", 0.95, None] in mnist["rows"] and mnist["most"] == 12.0
    assert ["CNN (AlexNet)", "convolutional", 37.5, 17.0] in imagenet["rows"]
    for chart in (mnist, imagenet):
        assert chart["source"] and chart["note"] and chart["link"].startswith("https://")


def test_a_network_without_layers_is_drawn() -> None:
    shown = sent(net=OWN, layers="input 3x8x8")
    assert shown["columns"] == [] and len(shown["places"]) == 1 and shown["bars"][0]["total"] == "0"


# ---- taken away ----------------------------------------------------------------------------


def test_the_table_in_markdown() -> None:
    lines = markdown(shown_with()).splitlines()
    assert lines[0] == "# LeNet-5 as published"
    rows = [line.strip("|").split(" | ") for line in lines if line.startswith("|")]
    assert len(rows) == 2 + 14 + 1 and len({len(row) for row in rows}) == 1
    assert [cell.strip(" *") for cell in rows[-1][4:8]] == ["60,000", "332,824", "340,908", "325,680"]
    assert lines[-1].startswith("Source: LeCun")
    assert "Source" not in markdown(shown_with(net=OWN))


def test_the_table_as_numbers() -> None:
    counted = shown_with(net="resnet18").now
    rows = list(csv.DictReader(StringIO(spreadsheet(counted))))
    assert sum(int(row["parameters"]) for row in rows) == 11_689_512
    assert sum(int(row["multiply_adds"]) for row in rows) == counted.multiply_adds
    assert rows[0]["output"] == "64x112x112" and rows[0]["receptive_field_rows"] == "7"


@pytest.mark.parametrize("name", ["lenet5_1998", "resnet18", "resnet50", "dense"])
def test_everything_that_is_offered_can_be_made(name: str) -> None:
    shown = shown_with(net=name)
    offer = take_away(shown, DEFAULTS, 3, "http://here/architectures?net=x")
    assert offer.link == "http://here/architectures?net=x&step=3"
    made = {file.name: file.make() for file in offer.files}
    assert parse(made[f"{name}.txt"].decode()) == parse(made[f"{name}.json"].decode())
    assert parse(made[f"{name}.txt"].decode()) == (shown.now.input_shape, shown.layers)
    for language in LANGUAGES:
        compile(offer.source(language), language, "exec")


def test_what_is_taken_away_is_what_is_drawn() -> None:
    shown = shown_with(net="alexnet_2012", h=224, w=224, ceil=True)
    files = {file.name: file for file in take_away(shown, DEFAULTS, 1, "").files}
    text = files["alexnet_2012.txt"].make().decode()
    assert text == write((3, 224, 224), with_ceil_mode(blueprint("alexnet_2012").layers))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("values", [{}, {"net": "resnet18"}, {"net": OWN, "layers": "input 3x8x8"}])
def test_the_figure_has_every_number(values: dict, theme: str) -> None:
    page = page_with(**values)
    shown = settle(page)
    drawn = figure(shown, ("parameters", "multiply_adds"), theme)
    assert to_hex(drawn.get_facecolor()) == {"light": "#ffffff", "dark": "#0f1419"}[theme]
    svg = figure_bytes(drawn, "svg").decode()
    strips = data(shown, page.values, step=1, arrival=1)["bars"]
    texts = re.findall(r">([^<>]+)</text>", svg)
    for strip in strips:
        assert f"{strip['title']}: {strip['total']}" in texts
        for written in filter(None, strip["percents"] + strip["counts"]):
            assert written.replace("<", "&lt;") in texts
