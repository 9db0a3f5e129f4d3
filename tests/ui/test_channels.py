"""The channels' page without a page: whatever the settings say, the layer is valid and what is sent is true of it."""

from __future__ import annotations

import base64
import json
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
import streamlit
from hypothesis import given, settings
from hypothesis import strategies as st

from conv import conv2d
from conv.kernels import kernel
from conv.patterns import pattern
from tests.ui.conftest import fresh_page
from ui import channels_controls, channels_view
from ui.channels import (
    BIASES,
    CAPS,
    IN_COLOUR,
    KERNELS,
    MOST_PRODUCTS,
    ORDERS,
    PAIRS,
    PATTERNS,
    PICTURE_SIDE,
    PRESETS,
    SETTINGS,
    Layer,
    bundled_picture,
    divisors,
    products,
    settle,
)
from ui.channels_figure import layer_figure, place_of, scene
from ui.channels_share import arrays_npz, source, take_away
from ui.figures import figure_bytes
from ui.pictures import pack_picture
from ui.settings import Page, Setting, Values, link_of
from ui.window import SETTINGS as STEPPERS_SETTINGS
from ui.window import plain_window

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
WORDS = {"pattern": PATTERNS, "kernel": KERNELS, "order": ORDERS}
some = settings(deadline=None, max_examples=60)


page_with = partial(fresh_page, "channels", SETTINGS)


def layer_of(**values: Any) -> Layer:
    return settle(page_with(**values))


def _anything(setting: Setting) -> st.SearchStrategy:
    if setting.name in WORDS:
        return st.sampled_from(list(WORDS[setting.name]))
    if setting.name == "picture":
        return st.text(max_size=20)
    if isinstance(setting.default, bool):
        return st.booleans()
    if isinstance(setting.default, float):
        return st.integers(-8, 8).map(lambda quarter: quarter / 4)
    return st.integers(-3, 20).map(lambda number: setting.read(str(number)))  # as a link's number is read


any_values = st.fixed_dictionaries({setting.name: _anything(setting) for setting in SETTINGS})
any_values |= any_values.map(lambda values: values | {cols: values[rows] for rows, cols in PAIRS.values()})


def unpacked(text: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f8").reshape(shape)


# ---- settling ------------------------------------------------------------------------------


@some
@given(any_values)
def test_any_settings_settle_to_a_layer_that_computes(values: Values) -> None:
    page = page_with(**values)
    layer = settle(page)
    c, out = layer.configuration, page["fout"]
    assert layer.x.shape == (page["fin"], *c.input_size)
    assert layer.weight.shape == (out, page["fin"] // layer.groups, *c.kernel_size)
    assert layer.bias.tolist() == [values[name] for name in BIASES[:out]]
    assert np.isfinite(layer.x).all() and np.isfinite(layer.weight).all()
    t = layer.trace()
    assert t.terms.size == products(c, page["fin"], out, layer.groups) <= MOST_PRODUCTS
    expected = conv2d(
        layer.x, layer.weight, layer.bias, stride=c.stride, padding=c.padding, dilation=c.dilation, groups=layer.groups
    )
    assert np.array_equal(t.output, expected)
    assert all(note.endswith(".") for note in page.notes)


@some
@given(any_values)
def test_what_has_settled_stays_also_through_its_link(values: Values) -> None:
    page = page_with(**values | {"picture": ""})
    settle(page)
    link = page.link()
    again = page_with(**{name: page.declared[name].read(spelled) for name, spelled in link.items()})
    settle(again)
    assert again.notes == []
    assert again.link() == link


def test_the_defaults_are_the_lectures_example() -> None:
    page = page_with()
    layer = settle(page)
    assert (layer.x.shape, layer.weight.shape, layer.trace().output.shape) == ((3, 7, 7), (2, 3, 3, 3), (2, 5, 5))
    assert page.notes == [] and page.values == DEFAULTS


@pytest.mark.parametrize(
    ("values", "note", "settled"),
    [
        ({"fin": 6, "fout": 4, "groups": 4}, "Groups must divide the 6 maps in and the 4 maps out: 4 became 2.",
         {"groups": 2}),
        ({"fin": 1, "fout": 3, "groups": 3}, "Groups must divide the 1 map in and the 3 maps out: 3 became 1.",
         {"groups": 1}),
        ({"pattern": "chelsea", "fin": 5}, "A colour picture has three maps: the 5 maps in became 3.", {"fin": 3}),
        ({"h": 3, "w": 3, "kh": 5, "kw": 3},
         "Kernel height 5 does not fit an input of 3 rows without padding: set to 3.", {"kh": 3}),
        ({"fin": 8, "fout": 8, "h": 16, "w": 16},
         f"8 maps of 16×16 in and 8 out would be {8 * 8 * 14 * 14 * 9:,} products, more than can be shown: "
         "the size became 12×12.", {"h": 12, "w": 12}),
        ({"pattern": "own", "picture": "abc"}, "The link's picture is damaged. The example picture is shown.",
         {"picture": "abc"}),
    ],
)
def test_a_repair_is_noted_and_kept(values: Values, note: str, settled: Values) -> None:
    page = page_with(**values)
    settle(page)
    assert page.notes == [note]
    assert settled.items() <= page.values.items()


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_valid_as_it_stands(name: str) -> None:
    page = page_with(**PRESETS[name].settings)
    settle(page)
    assert page.notes == []
    assert PRESETS[name].settings.items() <= page.values.items()


# ---- numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PATTERNS)
def test_the_input_maps_differ(name: str) -> None:
    x = layer_of(pattern=name, fin=3, h=8, w=8).x
    assert all(not np.array_equal(x[i], x[j]) for i in range(3) for j in range(i))


@pytest.mark.parametrize("name", sorted(set(PATTERNS) - set(IN_COLOUR) - {"ramp"}))
def test_more_maps_leave_the_first_as_they_were(name: str) -> None:
    few, more = layer_of(pattern=name, fin=2, fout=2), layer_of(pattern=name, fin=5, fout=4)
    assert np.array_equal(more.x[:2], few.x)
    assert np.array_equal(more.weight[:2, :2], few.weight)


def test_maps_are_the_cores_patterns_and_kernels() -> None:
    assert np.array_equal(layer_of().x[2], pattern("pixel_digit", 7, digit=3))
    assert np.array_equal(layer_of(pattern="ramp", fin=2, h=2, w=3).x, np.arange(12.0).reshape(2, 2, 3))
    edges = layer_of(kernel="edges").weight
    assert np.array_equal(edges[1, 2], kernel("sobel_horizontal", 3))
    assert layer_of(kernel="mean", fin=2, fout=1).weight.sum() == pytest.approx(1)


def test_mixing_weighs_whole_maps() -> None:
    layer = layer_of(kernel="mix", kh=1, kw=1, fout=4, pattern="random", b1=0.0, b2=0.0)
    red, green, blue = layer.x
    expected = [(red + green + blue) / 3, red - green, blue - (red + green) / 2, red]
    assert layer.trace().output == pytest.approx(np.array(expected))


def test_a_seed_changes_what_is_drawn_and_nothing_else() -> None:
    assert not np.array_equal(layer_of(seed=1).weight, layer_of(seed=2).weight)
    assert np.array_equal(layer_of(seed=1).x, layer_of(seed=2).x)
    assert np.array_equal(layer_of(seed=5, pattern="random").x, layer_of(seed=5, pattern="random").x)


@pytest.mark.parametrize("name", ["astronaut", "chelsea"])
def test_a_bundled_picture_is_red_green_and_blue(name: str) -> None:
    layer = layer_of(pattern=name, h=16, w=16)
    assert layer.in_colour
    assert np.array_equal(layer.x, (bundled_picture(name).transpose(2, 0, 1) / 255).round(2))
    assert 0 <= layer.x.min() < 0.3 and 0.6 < layer.x.max() <= 1


def test_a_picture_of_ones_own_survives_its_link() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (PICTURE_SIDE, PICTURE_SIDE, 3), dtype=np.uint8)
    page = page_with(pattern="own", picture=pack_picture(pixels), h=16, w=16)
    assert np.array_equal(settle(page).x, (pixels.transpose(2, 0, 1) / 255).round(2))
    assert page.notes == []
    setting = page.declared["picture"]
    assert setting.read(page.link()["picture"]) == pack_picture(pixels)


@pytest.mark.parametrize("packed", ["a", "abc", "!!!!", "é", "A" * 1023, "A" * 1025, "\0"])
def test_a_damaged_picture_gives_the_example_and_a_note(packed: str) -> None:
    page = page_with(pattern="own", picture=packed)
    assert np.array_equal(settle(page).x, layer_of(pattern="astronaut").x)
    assert page.notes == ["The link's picture is damaged. The example picture is shown."]


def test_no_picture_yet_gives_the_example_without_a_note() -> None:
    page = page_with(pattern="own")
    assert np.array_equal(settle(page).x, layer_of(pattern="astronaut").x)
    assert page.notes == []


# ---- controls ------------------------------------------------------------------------------


def flat(items: list[dict]) -> dict[str, dict]:
    found = {}
    for item in items:
        found |= flat(item["items"]) if item["kind"] == "fold" else {item["name"]: item}
    return found


@some
@given(any_values)
def test_both_ends_of_every_slider_are_valid(values: Values) -> None:
    page = page_with(**values | {"picture": ""})
    items = flat(channels_controls.items(page, settle(page)))
    settled = dict(page.values)
    for name, item in items.items():
        if item["kind"] != "slider":
            continue
        assert item["least"] <= item["value"] <= item["most"]
        for end in {item["least"], item["most"]}:
            moved = page_with(**settled | dict.fromkeys(name.split("+"), end))
            settle(moved)
            assert [note for note in moved.notes if not note.startswith("Groups")] == []


def test_there_are_as_many_biases_as_output_maps() -> None:
    page = page_with(fout=3)
    items = flat(channels_controls.items(page, settle(page)))
    assert [items[name]["label"] for name in items if name in BIASES] == [
        f"Bias of output channel {out}" for out in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("maps", "expected"), [((6, 4), [1, 2]), ((8, 8), [1, 2, 4, 8]), ((3, 2), [1]), ((3, 6), [1, 3])]
)
def test_groups_on_offer_divide_both(maps: tuple[int, int], expected: list[int]) -> None:
    page = page_with(fin=maps[0], fout=maps[1])
    items = flat(channels_controls.items(page, settle(page)))
    assert [int(value) for value, _ in items["groups"]["options"]] == expected == divisors(*maps)


def change(page: Page, *changes: tuple[str, str]) -> Layer:
    streamlit.session_state["controls"] = {"changes": {"serial": 1, "changes": list(changes)}}
    channels_controls.take(page)
    return settle(page)


def test_a_picture_makes_three_large_maps() -> None:
    page = page_with(fin=4, fout=4, groups=4)
    layer = change(page, ("pattern", "astronaut"))
    assert layer.x.shape == (3, 16, 16) and layer.groups == 1
    assert page.notes == []  # a person's own change is carried out, not repaired


def test_moving_the_maps_takes_the_groups_along() -> None:
    page = page_with(fin=4, fout=4, groups=4)
    assert change(page, ("fout", "6")).groups == 2
    assert page.notes == []


def test_a_preset_starts_anew_and_nonsense_changes_nothing() -> None:
    page = page_with(seed=9)
    assert change(page, ("preset", "depthwise")).groups == 3
    assert page["seed"] == 1
    before = dict(page.values)
    change(page, ("preset", "nonsense"), ("fin", "x"), ("pattern", "none"), ("order", "0"))
    assert page.values == before


def test_axes_together_again_are_alike() -> None:
    page = page_with(h=8, w=6)
    settle(page)
    assert page["apart"]
    assert change(page, ("apart", "0")).x.shape == (3, 8, 8)


# ---- what is drawn -------------------------------------------------------------------------


@some
@given(any_values)
def test_what_is_sent_is_json_and_the_trace(values: Values) -> None:
    page = page_with(**values)
    layer = settle(page)
    t = layer.trace()
    sent = json.loads(json.dumps(channels_view.data(layer, page.values, step=1, arrival=1), allow_nan=False))
    assert np.array_equal(unpacked(sent["outputs"], t.output.shape), t.output)
    assert np.array_equal(unpacked(sent["sums"], t.sums.shape), t.sums)
    assert np.array_equal(unpacked(sent["terms"], t.terms.shape), t.terms)
    assert np.array_equal(np.reshape(sent["input"]["values"], t.grid.shape), t.grid)
    assert np.array_equal(np.reshape(sent["kernel"]["values"], t.weight.shape), t.weight)
    assert sent["sources"] == t.sources.tolist() and sent["bias"] == t.bias.tolist()
    assert (sent["output"]["rows"], sent["output"]["cols"]) == t.output.shape[1:]


def counted(**values: Any) -> dict[str, list[str]]:
    return {name: rest for name, *rest in channels_view.cost(layer_of(**values))}


def test_the_lectures_counts() -> None:
    found = counted()
    assert found["Input units"] == ["F_in × 7 × 7", "3 × 7 × 7", str(3 * 7 * 7), str(3 * 7 * 7)]
    assert found["Hidden units"] == ["F_out × 5 × 5", "2 × 5 × 5", str(2 * 5 * 5), str(2 * 5 * 5)]
    assert found["Parameters"] == [
        "F_in × F_out × 3 × 3 + F_out", "3 × 2 × 3 × 3 + 2", str(3 * 2 * 9 + 2), f"{3 * 49 * 2 * 25 + 2 * 25:,}",
    ]
    assert found["Connections"] == [
        "F_in × F_out × 3 × 3 × 5 × 5", "3 × 2 × 3 × 3 × 5 × 5", f"{3 * 2 * 9 * 25:,}", f"{3 * 49 * 2 * 25:,}",
    ]


def test_one_map_in_or_out_counts_as_the_lecture_does() -> None:
    assert counted(fin=1, fout=2)["Parameters"][2] == str(2 * (3 * 3 + 1))
    assert counted(fin=3, fout=1)["Parameters"][2] == str(3 * 3 * 3 + 1)
    assert counted(fin=3, fout=1)["Connections"][2] == str(3 * 5 * 5 * 3 * 3)


def test_groups_divide_the_weights_that_are_counted() -> None:
    found = counted(fin=4, fout=4, groups=2)["Parameters"]
    assert found[:3] == ["(F_in / groups) × F_out × 3 × 3 + F_out", "(4 / 2) × 4 × 3 × 3 + 4", str(4 // 2 * 4 * 9 + 4)]


@some
@given(any_values)
def test_the_numbers_put_in_give_the_result(values: Values) -> None:
    for _, _, put_in, result, _ in channels_view.cost(layer_of(**values)):
        assert eval(put_in.replace("×", "*")) == int(result.replace(",", ""))  # noqa: S307 - our own sum


def test_titles_name_colours_and_groups() -> None:
    assert channels_view.titles(layer_of(pattern="astronaut")) == [
        ["Input channel 1", "R: red"], ["Input channel 2", "G: green"], ["Input channel 3", "B: blue"],
    ]
    assert channels_view.titles(layer_of(fin=4, fout=2, groups=2))[2] == ["Input channel 3", "group 2"]
    assert channels_view.titles(layer_of())[0] == ["Input channel 1", ""]


def test_the_equation_sums_over_what_is_read() -> None:
    assert r"\sum_{c = 1 \dots 3}" in channels_view.equation(layer_of())
    assert r"\text{group of } o" in channels_view.equation(layer_of(fin=4, fout=4, groups=2))


@pytest.mark.parametrize("values", [{}, {"ph": 1, "pw": 2, "sh": 2, "sw": 2, "fin": 4, "fout": 4, "groups": 2}])
def test_the_stepper_opens_one_map_with_its_kernel(values: Values) -> None:
    layer = layer_of(**values)
    t, links = layer.trace(), channels_view.stepper_links(layer)
    declared = {setting.name: setting for setting in STEPPERS_SETTINGS}
    for out, i in ((0, 0), (1, layer.weight.shape[1] - 1)):
        channel = t.sources[out, i]
        link = dict(parse_qsl("&".join([links["all"], links["x"][channel], links["k"][out][i]])))
        window = plain_window(**{name: declared[name].read(text) for name, text in link.items()})
        assert np.array_equal(window.x, layer.x[channel]) and np.array_equal(window.weight, layer.weight[out, i])
        assert (window.configuration, window.bias) == (layer.configuration, 0)


# ---- figure and files ----------------------------------------------------------------------


@pytest.mark.parametrize(("order", "step", "place"), [("maps", 26, (1, 0, 0)), ("places", 26, (1, 2, 2))])
def test_a_step_is_somewhere_in_both_orders(order: str, step: int, place: tuple[int, int, int]) -> None:
    assert place_of(step, (2, 5, 5), order) == place


def test_the_figure_shows_the_step_and_what_came_before() -> None:
    layer = layer_of()
    t = layer.trace()
    shown = scene(layer, t, 27, "maps")
    assert np.array_equal(shown.boards["output 0"].values, t.output[0])
    assert np.isfinite(shown.boards["output 1"].values).sum() == 2
    sums = t.sums[1, 0, 1]
    assert shown.told == (
        f"Output channel 2 (1, 2) = {sums[0]:g} (input channel 1) + {sums[1]:g} (input channel 2) + "
        f"{sums[2]:g} (input channel 3) + -1 (bias) = {t.output[1, 0, 1]:g}"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_drawn(name: str, theme: str) -> None:
    layer = layer_of(**PRESETS[name].settings)
    figure = layer_figure(layer, 10**6, theme=theme)
    written = {text.get_text() for text in figure.axes[0].texts}
    assert {f"Output channel {out + 1}" for out in range(len(layer.bias))} <= written
    width, height = figure.get_size_inches() * 100
    for text in figure.axes[0].texts:
        assert 0 <= text.get_position()[0] <= width and 0 <= text.get_position()[1] <= height


def test_the_figure_becomes_a_file() -> None:
    assert figure_bytes(layer_figure(layer_of(), 3), "png").startswith(b"\x89PNG")


def test_the_files_hold_the_layer() -> None:
    layer = layer_of(fin=4, fout=4, groups=2, ph=1, pw=1)
    with np.load(BytesIO(arrays_npz(layer)), allow_pickle=False) as file:
        assert np.array_equal(file["output"], layer.trace().output)
        again = conv2d(file["x"], file["weight"], file["bias"], padding=1, groups=int(file["groups"]))
        assert np.array_equal(again, file["output"])


def test_the_program_asks_for_the_layer() -> None:
    text = source(layer_of(fin=4, fout=4, groups=2, ph=1, pw=1, sh=2, sw=2), "pytorch")
    assert "y = F.conv2d(x[None], weight, bias, stride=(2, 2), padding=(1, 1), groups=2)" in text


def test_what_is_taken_away_stands_where_the_page_stood() -> None:
    taken = take_away(layer_of(), DEFAULTS, 7, "http://a/channels?seed=2")
    assert taken.link == "http://a/channels?seed=2&step=7"
    assert set(taken.languages) == {"pytorch", "numpy"}
    assert [file.name for file in taken.files] == ["channels.npz"]


def test_every_setting_is_spelled_in_the_link() -> None:
    other = {"fin": 4, "fout": 3, "h": 8, "w": 8, "pattern": "random", "kernel": "ones", "b8": 0.25, "order": "places"}
    link = link_of(SETTINGS, DEFAULTS | other)
    declared = {setting.name: setting for setting in SETTINGS}
    assert {name: declared[name].read(text) for name, text in link.items()} == other
    assert set(CAPS) == set(PAIRS)
