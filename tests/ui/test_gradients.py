"""The backward pass's page: what a link brings, what its front ends are sent, the derivation and what is taken away."""

from __future__ import annotations

import base64
import csv
import inspect
import json
import re
from dataclasses import replace
from functools import partial
from io import BytesIO, StringIO

import numpy as np
import pytest
import streamlit
from hypothesis import given, settings
from hypothesis import strategies as st

from conv import conv2d, conv2d_backward, max_pool2d_backward
from conv import gradients as core
from conv.configuration import POOLS, Configuration, check
from conv.gradients import trace
from conv.trace import OUTSIDE
from tests.ui.conftest import any_values, fresh_page
from ui import gradients, gradients_view
from ui.gradients import DIFFERENTIATED, PRESETS, SETTINGS, SHOWN, Backward
from ui.gradients_derivation import _meets, derivation
from ui.gradients_figure import gradients_figure, set_up
from ui.gradients_share import arrays_csv, arrays_npz, source, take_away
from ui.settings import Values, clean_edits, link_of

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
PLACES = st.integers(0, 8)
own = st.fixed_dictionaries({
    "op": st.sampled_from(list(DIFFERENTIATED)), "hide": st.sampled_from(["nothing", "values"]),
    "of": st.sampled_from(list(SHOWN)), "grad": st.sampled_from(list(core.OUTPUT_GRADIENTS)),
    "target": st.floats(-1000, 1000), "check": st.booleans(),
    "g": st.lists(st.tuples(PLACES, PLACES, st.floats(-1000, 1000)), max_size=3).map(clean_edits),
})
page_values = st.tuples(any_values, own).map(lambda found: found[0] | found[1])


page_with = partial(fresh_page, "gradients", SETTINGS)


def shown_with(**values) -> Backward:
    return gradients.settle(page_with(**values))


def sent(**values) -> dict:
    page = page_with(**values)
    return gradients_view.data(gradients.settle(page), page.values, step=1, arrival=1)


def numbers(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f8")


def by_the_operators(shown: Backward) -> tuple[np.ndarray, np.ndarray, float]:
    w, c = shown.window, shown.window.configuration
    grad_x, grad_weight, grad_bias = conv2d_backward(
        shown.grad_output[None], w.x[None], w.weight[None, None], stride=c.stride, padding=c.padding,
        dilation=c.dilation, padding_mode=c.padding_mode,
    )
    return grad_x[0], grad_weight[0, 0], grad_bias[0]


# ---- settings ------------------------------------------------------------------------------


def test_it_opens_with_three_by_three_on_five_by_five() -> None:
    shown = shown_with()
    c = shown.window.configuration
    assert (c.operation, c.input_size, c.kernel_size, c.output_size) == ("conv", (5, 5), (3, 3), (3, 3))
    assert shown.view == "weights"
    assert set(shown.grad_output.ravel()) <= set(range(-3, 4)) and len(set(shown.grad_output.ravel())) > 3


@settings(deadline=None, max_examples=150)
@given(page_values)
def test_whatever_a_link_brings_is_settled_drawn_and_derived(values: Values) -> None:
    page = page_with(**values)
    shown = gradients.settle(page)
    check(shown.window.configuration)
    assert page["op"] == values["op"]
    data = gradients_view.data(shown, page.values, step=1, arrival=1)
    json.dumps(data, allow_nan=False)
    json.dumps(gradients.items(page, shown), allow_nan=False)
    assert data["steps"] % data["wide"] == 0
    assert len(data["signs"]) == len(data["columns"]) - 1
    assert {name for names in data["columns"] for name in names} <= data["grids"].keys()
    assert data["grids"].keys() == data["captions"].keys() & data["limits"].keys() & data["grids"].keys()
    derivation(shown, show_result=False)


@settings(deadline=None, max_examples=60)
@given(page_values)
def test_the_link_brings_everything_back(values: Values) -> None:
    page = page_with(**values)
    gradients.settle(page)
    link = link_of(SETTINGS, page.values)
    read = {setting.name: setting.read(link[setting.name]) for setting in SETTINGS if setting.name in link}
    again = page_with(**read)
    gradients.settle(again)
    assert link_of(SETTINGS, again.values) == link


def test_the_transposed_convolution_and_the_size_are_not_read() -> None:
    read = {setting.name: setting.read for setting in SETTINGS}
    with pytest.raises(ValueError, match="one of conv, flipped, max, avg, sum, lp"):
        read["op"]("transposed")
    with pytest.raises(ValueError, match="one of nothing, values"):
        read["hide"]("size")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_opens_as_it_is_written(name: str) -> None:
    page = page_with(**PRESETS[name].settings)
    gradients.settle(page)
    assert page.notes == [] and page.values == DEFAULTS | PRESETS[name].settings


def test_titles_and_texts_of_presets() -> None:
    assert len({preset.title for preset in PRESETS.values()}) == len(PRESETS)
    assert all(preset.text.endswith((".", "?")) for preset in PRESETS.values())


def test_the_presets_show_what_they_say() -> None:
    holes = shown_with(**PRESETS["stride"].settings)
    assert holes.view == "gather" and (holes.full_convolution().kinds == 2).any()
    tie = shown_with(**PRESETS["tie"].settings).check()["input"]
    assert tie.kinks.any() and not tie.agrees.all()
    one = shown_with(**PRESETS["one"].settings)
    assert np.array_equal(one.trace().grad_weight, one.window.x[1:4, 1:4])  # the window of the middle output
    assert shown_with(**PRESETS["pointwise"].settings).grad_output.size == 25


def test_the_outputs_gradient_is_drawn_apart_from_the_input() -> None:
    plain, noisy = shown_with(), shown_with(pattern="random", kernel="random")
    assert np.array_equal(plain.grad_output, noisy.grad_output)
    assert not np.array_equal(plain.grad_output, shown_with(seed=2).grad_output)


def test_the_error_is_the_output_less_its_target() -> None:
    shown = shown_with(grad="error", target=2.5)
    w = shown.window
    assert np.array_equal(shown.grad_output, conv2d(w.x[None], w.weight[None, None])[0] - 2.5)


def test_an_edited_gradient_counts() -> None:
    shown = shown_with(grad="ones", g=((0, 1, 7.0), (8, 8, 9.0)))
    assert shown.grad_output.tolist() == [[1, 7, 1], [1, 1, 1], [1, 1, 1]]
    assert shown.trace().grad_bias == 8 + 7


@pytest.mark.parametrize(
    ("values", "view"),
    [
        ({}, "weights"),
        ({"of": "forward"}, "forward"),
        ({"of": "input"}, "scatter"),
        ({"of": "input", "view": "gather"}, "gather"),
        ({"of": "input", "view": "gather", "mode": "reflect", "ph": 1, "pw": 1}, "scatter"),
        ({"of": "input", "view": "gather", "mode": "reflect"}, "gather"),
        ({"op": "max"}, "scatter"),
        ({"op": "avg", "of": "forward"}, "forward"),
        ({"op": "max", "of": "input", "view": "gather"}, "scatter"),
    ],
)
def test_what_can_be_shown(values: Values, view: str) -> None:
    assert shown_with(**values).view == view


def test_edits_are_taken_and_answered() -> None:
    page = page_with()
    streamlit.session_state["gradients"] = {
        "edits": {"input": [[0, 0, 9]], "kernel": [[1, 1, -1]], "gradient": [[2, 2, 0.5]], "serial": 4}
    }
    gradients.take_edits(page)
    assert (page["x"], page["k"], page["g"]) == (((0, 0, 9.0),), ((1, 1, -1.0),), ((2, 2, 0.5),))
    assert page.recall("edits answered") == 4


@pytest.mark.parametrize("typed", [None, {}, {"input": [], "kernel": []}, {"input": 3, "kernel": [], "gradient": []}])
def test_edits_that_are_none_change_nothing(typed) -> None:
    page = page_with(g=((0, 0, 1.0),))
    streamlit.session_state["gradients"] = {"edits": typed}
    gradients.take_edits(page)
    assert page["g"] == ((0, 0, 1.0),)


# ---- controls ------------------------------------------------------------------------------


def offered(**values) -> dict[str, dict]:
    page = page_with(**values)
    return {item["name"]: item for item in gradients.items(page, gradients.settle(page))}


def test_controls_are_those_of_the_configuration() -> None:
    found = offered()
    assert [word for word, _ in found["of"]["options"]] == ["forward", "weights", "input"]
    assert "view" not in found and found["check"]["value"] is False and "target" not in found
    assert [word for word, _ in found["op"]["options"]] == ["conv", "flipped", "max", "avg", "sum", "lp"]
    hide = next(item for item in found["more"]["items"] if item["name"] == "hide")
    assert [word for word, _ in hide["options"]] == ["nothing", "values"]


def test_a_pooling_offers_no_weights() -> None:
    found = offered(op="max")
    assert [word for word, _ in found["of"]["options"]] == ["forward", "input"]
    assert found["of"]["value"] == "input" and "kernel" not in found and "view" not in found


def test_controls_that_come_with_others() -> None:
    assert "view" in offered(of="input")
    assert "view" not in offered(of="input", mode="replicate", ph=1, pw=1)
    assert "target" in offered(grad="error") and "seed" not in offered(grad="error")
    assert "seed" in offered()
    page = page_with(pattern="random")
    names = [item["name"] for item in gradients.items(page, gradients.settle(page))]
    assert names.count("seed") == 1
    assert "check" not in offered(hide="values") and "check" not in offered(of="forward")


def test_the_check_is_of_what_is_shown_and_not_hidden() -> None:
    for values, wanted in [({}, True), ({"of": "forward"}, False), ({"hide": "values"}, False), ({"op": "avg"}, True)]:
        page = page_with(check=True, **values)
        assert gradients.checks(page, gradients.settle(page)) is wanted
    page = page_with()
    assert gradients.checks(page, gradients.settle(page)) is False


# ---- what the front end is sent ------------------------------------------------------------


def test_the_weights_sums_end_in_the_operators_gradient() -> None:
    values = {"sh": 2, "sw": 1, "ph": 1, "dw": 2, "h": 8, "w": 9, "pattern": "signed_random"}
    data, shown = sent(**values), shown_with(**values)
    _, grad_weight, grad_bias = by_the_operators(shown)
    totals = numbers(data["totals"]).reshape(-1, 3, 3)
    assert len(totals) == data["steps"] == shown.grad_output.size
    assert np.allclose(totals[-1], grad_weight)
    assert np.allclose(data["grids"]["weights"]["values"], grad_weight.ravel())
    assert numbers(data["bias_totals"])[-1] == data["grids"]["bias"]["values"][0] == grad_bias
    terms = numbers(data["terms"]).reshape(-1, 3, 3)
    assert np.allclose(terms.sum(0), grad_weight)
    assert np.allclose(data["grids"]["products"]["values"], terms[:, 0, 0])


@pytest.mark.parametrize("view", ["scatter", "gather"])
def test_the_inputs_gradient_is_the_operators(view: str) -> None:
    values = {"of": "input", "view": view, "sh": 2, "sw": 2, "ph": 1, "pw": 1, "h": 6, "w": 7}
    data, shown = sent(**values), shown_with(**values)
    grad_x, _, _ = by_the_operators(shown)
    inputs = data["grids"]["inputs"]
    found = np.reshape(inputs["values"], (inputs["rows"], inputs["cols"]))
    assert np.allclose(found[1:-1, 1:-1] if view == "scatter" else found, grad_x)
    if view == "gather":
        sums = numbers(data["terms"]).reshape(data["steps"], 9).sum(1)
        assert np.allclose(sums, grad_x.ravel())
        assert data["weights"] == shown.window.weight[::-1, ::-1].ravel().tolist()


def test_copied_padding_is_added_where_it_came_from() -> None:
    values = {"of": "input", "mode": "circular", "ph": 1, "pw": 1}
    data = sent(**values)
    grad_x, _, _ = by_the_operators(shown_with(**values))
    assert np.allclose(data["grids"]["inputs"]["values"], grad_x.ravel())
    assert "cut" not in data["grids"]["inputs"] and max(map(max, data["target_rows"])) == 4


def test_a_pooling_routes() -> None:
    values = {"op": "max", "h": 6, "w": 6, "kh": 2, "kw": 2, "sh": 2, "sw": 2, "pattern": "random"}
    data, shown = sent(**values), shown_with(**values)
    expected = max_pool2d_backward(shown.grad_output[None], shown.window.x[None], 2)[0]
    assert data["grids"]["inputs"]["values"] == expected.ravel().tolist()
    assert len(data["winners"]) == 9 and "kernel" not in data["grids"]


def test_the_forward_pass_is_sent_as_it_is() -> None:
    data, shown = sent(of="forward", op="flipped"), shown_with(of="forward", op="flipped")
    w = shown.window
    assert data["grids"]["applied"]["values"] == w.weight[::-1, ::-1].ravel().tolist()
    x = np.reshape(data["grids"]["input"]["values"], (5, 5))
    first = np.ix_(data["window_rows"][0], data["window_cols"][0])
    assert (x[first] * w.weight).sum() == data["grids"]["output"]["values"][0]
    assert numbers(data["terms"])[:9].sum() == data["grids"]["output"]["values"][0]


def test_colours_on_a_fixed_scale() -> None:
    assert set(sent(scale="fixed", limit=4.0)["limits"].values()) == {4.0}
    assert sent()["limits"]["kernel"] == 2


def test_the_legend_says_what_is_cut_away() -> None:
    assert sent(of="input", ph=1, pw=1)["legend"] == [["padding", "padding; its gradient is cut away"]]
    assert sent(ph=1, pw=1)["legend"] == [["padding", "padding"]]
    stretched = sent(of="input", view="gather", sh=2, sw=2)["legend"]
    assert stretched == [["padding", "padding"], ["stretch", "zero between gradients"]]
    assert sent(h=6, w=6, sh=2, sw=2)["legend"] == [["uncovered", "read by no window"]]
    assert sent()["legend"] == []


def test_captions_have_the_sizes() -> None:
    said = sent(of="input", view="gather", sh=2, sw=2)["captions"]
    assert said["gradient"] == "Output gradient 2 × 2, stretched, padded to 7 × 7"
    assert said["inputs"] == "Input gradient 5 × 5"
    assert sent(ph=1, pw=1)["captions"]["input"] == "Input 5 × 5, padded to 7 × 7"


@pytest.mark.parametrize(
    "values",
    [{}, {"ph": 1, "pw": 1}, {"ph": 1, "pw": 1, "mode": "reflect"}, {"pad": "same", "kh": 4},
     {"op": "max", "ceil": True}],
)
@pytest.mark.parametrize("view", ["scatter", "gather"])
def test_a_caption_has_the_size_of_what_is_drawn(values: Values, view: str) -> None:
    data = sent(of="input", view=view, **values)
    for name, grid in data["grids"].items():
        there = np.reshape(grid.get("kinds") or [0] * len(grid["values"]), (grid["rows"], grid["cols"])) != OUTSIDE
        size = f"{there.any(1).sum()} × {there.any(0).sum()}"
        assert name == "applied" or size in data["captions"][name]
    padded = view == "scatter" and values in ({"ph": 1, "pw": 1}, {"pad": "same", "kh": 4})
    assert ("with padding" in data["captions"]["inputs"]) is padded


# ---- the check -----------------------------------------------------------------------------


def test_the_check_compares_cell_by_cell() -> None:
    data = gradients_view.check_data(shown_with())
    json.dumps(data, allow_nan=False)
    assert [one["title"] for one in data["checks"]] == ["Weight gradient", "Bias gradient"]
    grids = dict(data["checks"][0]["grids"])
    assert list(grids) == ["By the rule", "Finite difference", "Difference"]
    assert np.allclose(grids["By the rule"]["values"], grids["Finite difference"]["values"], atol=1e-6)
    assert "10 gradients compared: they agree." in data["verdict"] and "≠" not in data["verdict"]
    assert "ε = 0.00001" in data["intro"]


def test_the_check_moves_the_loss_that_the_menu_names() -> None:
    error = gradients_view.check_data(shown_with(grad="error", target=2.5))
    assert "What L = ½ Σ (y − t)² changes by" in error["intro"] and "they agree" in error["verdict"]
    for values in ({}, {"grad": "ones"}, {"grad": "error", "g": ((0, 0, 9.0),)}):
        assert "What L = Σ g·y changes by" in gradients_view.check_data(shown_with(**values))["intro"]


def test_the_step_is_the_cores() -> None:
    assert inspect.signature(core.check).parameters["step"].default == gradients_view.STEP


def test_kinks_are_told() -> None:
    data = gradients_view.check_data(shown_with(**PRESETS["tie"].settings))
    assert data["checks"][0]["kinks"] == [0, 2, 5, 7, 8, 10, 13, 15]  # two ones in each block
    assert "8 gradients compared: they agree." in data["verdict"]
    assert "8 cells marked ≠ have no slope" in data["verdict"]


@settings(deadline=None, max_examples=60)
@given(page_values)
def test_any_check_can_be_shown(values: Values) -> None:
    small = values | {"h": values["h"] % 9, "w": values["w"] % 9, "of": "input"}
    json.dumps(gradients_view.check_data(gradients.settle(page_with(**small))), allow_nan=False)


# ---- the derivation ------------------------------------------------------------------------


def test_the_derivation_has_this_configurations_numbers() -> None:
    shown = shown_with(sh=2, sw=2, grad="ones", g=((0, 0, -2.0),))
    text, x = derivation(shown), shown.window.x
    back = derivation(replace(shown, view="scatter"))
    assert r" x_{2(i - 1) + k,\; 2(j - 1) + l}" in text and "adds up all 4 positions" in text
    factors = (-2, x[0, 0]), (1, x[0, 2]), (1, x[2, 0]), (1, x[2, 2])
    products = " + ".join(f"{{{g:g} \\cdot {met:g}}}" for g, met in factors).replace("-2", "(-2)")
    value = -2 * x[0, 0] + x[0, 2] + x[2, 0] + x[2, 2]
    assert rf"{products} = \mathbf{{{value:g}}}" in text
    assert r"(-2) + 1 + 1 + 1 = \mathbf{1}" in text
    assert "stretched by 1 zero between neighbours, with the flipped kernel" in back


def test_one_cell_of_the_input_in_numbers() -> None:
    shown = shown_with(grad="ones", kernel="ramp", of="input")
    assert r"\partial x_{3,3}" in derivation(shown)
    total = sum(range(1, 10))  # the middle meets every weight
    assert rf"= \mathbf{{{total}}}" in derivation(shown)
    assert r"\partial x_{1,2}} = {1 \cdot 2} + {1 \cdot 1} = \mathbf{3}" in derivation(shown, (0, 1))


def test_what_is_shown_is_derived_and_what_is_followed_has_its_numbers() -> None:
    told = {of: derivation(shown_with(of=of)) for of in ("forward", "weights", "input")}
    said = {of: re.findall(r"\*\*(Forward|Weights|Bias|Input)\.", text) for of, text in told.items()}
    assert said == {
        "forward": ["Forward"], "weights": ["Forward", "Weights", "Bias"], "input": ["Forward", "Input"]
    }
    shown = shown_with(grad="one")  # one position alone: the gradient is its window
    g, x = shown.grad_output, shown.window.x
    (i, j), = np.argwhere(g)
    text = derivation(shown, (2, 1))
    assert r"\partial w_{3,2}} = " in text and rf"= \mathbf{{{g[i, j] * x[i + 2, j + 1]:g}}}" in text


def test_what_is_followed_is_forgotten_with_a_new_link_and_kept_within_the_kernel() -> None:
    page = page_with()
    assert gradients.followed(page, gradients.settle(page)) is None
    page.event = lambda component, name: [9, -3]
    gradients.follow(page)
    assert gradients.followed(page, gradients.settle(page)) == (2, 0)
    page.update(of="input")
    assert gradients.followed(page, gradients.settle(page)) is None
    page.update(of="weights")
    page.event = lambda component, name: "rubbish"
    gradients.follow(page)
    assert gradients.followed(page, gradients.settle(page)) == (2, 0)
    page.start_from({})
    assert gradients.followed(page, gradients.settle(page)) is None


def test_nothing_is_worked_out_while_it_is_hidden() -> None:
    for values in ({}, {"op": "avg"}, {"of": "input", "ph": 1, "pw": 1}):
        text = derivation(shown_with(**values), show_result=False)
        assert r"\mathbf" not in text and r"\;?" in text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"op": "flipped"}, "the kernel as it is"),
        ({"ph": 1, "pw": 1}, "What falls on the padding is cut away."),
        ({"ph": 1, "pw": 1, "mode": "reflect"}, "goes to the pixels it was copied from"),
        ({"op": "max"}, r"\text{ wins in } (i,j)"),
        ({"op": "avg"}, "shared out evenly"),
        ({"op": "sum"}, "copied"),
        ({"op": "lp", "p": 3.0}, "3 - 1"),
        ({"op": "lp", "p": np.inf}, r"\operatorname{sign}(x_{m,n}) &"),
        ({"ph": 1, "pw": 2}, r"$x_{m,n}$ is $\hat x_{m + 1,\; n + 2}$"),
        ({"op": "max", "ph": 1, "pw": 1}, r"\partial \hat x_{m,n}"),
        ({"h": 3, "w": 3}, "its one position"),
    ],
)
def test_the_derivation_says_what_is_special(values: Values, said: str) -> None:
    shown = shown_with(**values)
    assert said in derivation(shown) + derivation(replace(shown, view="scatter"))


def test_a_cell_that_no_window_reads_has_no_gradient() -> None:
    text = derivation(shown_with(h=3, w=3, kh=1, kw=1, sh=2, sw=2, of="input"))  # reads rows 0 and 2
    assert re.search(r"x_\{2,2\}\}\} = 0 \s*\n", text) or r"x_{2,2}} = 0" in text


@settings(deadline=None, max_examples=60)
@given(page_values)
def test_the_derivation_counts_from_1_and_writes_indices_one_way(values: Values) -> None:
    text = derivation(gradients.settle(page_with(**values)))
    assert "All indices are counted from 1" in text
    assert not re.search(r"_\{0|, ?0\}|_\{?(ij|kl|mn|\d\d\})|\{k=0\}", text)


@pytest.mark.parametrize("flip", [False, True])
def test_the_input_that_a_weight_meets_is_where_the_derivation_says(flip: bool) -> None:
    for s, d, size in [(1, 1, 3), (2, 1, 3), (1, 2, 2), (3, 2, 3), (2, 1, 1)]:
        c = Configuration("conv", (9, 9), (size, size), stride=(s, s), dilation=(d, d), flip=flip)
        rows = trace(c, np.zeros((9, 9)), np.zeros((size, size)), np.zeros(c.output_size)).window_rows
        for i, k in np.ndindex(rows.shape):
            written = _meets(c, 0).replace("i", str(i + 1)).replace("k", str(k + 1))
            assert worked_out(written) == rows[i, k] + 1


def worked_out(text: str) -> int:
    """A sum of whole numbers and of products such as ``2(3 - 1)``."""
    text = re.sub(r"(\d+)\((\d+) - (\d+)\)", lambda found: str(int(found[1]) * (int(found[2]) - int(found[3]))), text)
    return sum(int(term) for term in text.replace(" - ", " + -").split(" + "))


# ---- what is taken away --------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_drawn(name: str, theme: str) -> None:
    figure = gradients_figure(shown_with(**PRESETS[name].settings), 3, theme=theme)
    assert figure.get_size_inches()[0] == pytest.approx(9.6)


@settings(deadline=None, max_examples=60)
@given(page_values, st.integers(-1, 40))
def test_any_step_can_be_drawn(values: Values, step: int) -> None:
    scene = set_up(gradients.settle(page_with(**values)), step, values["hide"])
    assert scene.sentence(step) and scene.framed(step)
    for name, rows, cols in scene.frames:
        assert max(rows) < scene.boards[name].values.shape[0] and max(cols) < scene.boards[name].values.shape[1]


def test_the_figures_numbers_are_those_of_the_step() -> None:
    shown = shown_with(of="input")
    t = shown.trace()
    assert np.array_equal(set_up(shown, 9, "nothing").boards["inputs"].values, t.canvas)
    first = set_up(shown, 1, "nothing").boards["inputs"].values
    assert np.array_equal(first[:3, :3], t.input_terms[0, 0]) and not first[3:].any()
    weights = set_up(shown_with(), 4, "nothing")
    assert np.array_equal(weights.boards["weights"].values, t.weight_totals[1, 0])
    assert np.isnan(weights.boards["products"].values.ravel()[4:]).all()


def test_what_is_hidden_is_not_drawn() -> None:
    scene = set_up(shown_with(), 4, "values")
    for name in ("weights", "bias", "products"):
        assert np.isnan(scene.boards[name].values).all()
    assert scene.told.endswith("= ?") and "now" not in scene.told


def test_the_arrays_are_those_of_the_passes() -> None:
    shown = shown_with(ph=1, pw=1)
    grad_x, grad_weight, grad_bias = by_the_operators(shown)
    with np.load(BytesIO(arrays_npz(shown)), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["grad_x"], grad_x) and np.array_equal(arrays["grad_weight"], grad_weight)
        assert arrays["grad_bias"] == grad_bias and arrays["weight_terms"].shape == (5, 5, 3, 3)
    rows = list(csv.reader(StringIO(arrays_csv(shown).decode("utf-8-sig"))))
    at = rows.index(["grad_weight"])
    assert np.array_equal(np.array(rows[at + 1 : at + 4], dtype=float), grad_weight)
    pooled = shown_with(op="max")
    with np.load(BytesIO(arrays_npz(pooled)), allow_pickle=False) as arrays:
        assert set(arrays) == {"x", "output", "grad_output", "grad_x", "input_terms"}


def test_what_is_hidden_is_not_given_away() -> None:
    page = page_with(hide="values")
    taken = take_away(gradients.settle(page), page.values, 2, "http://localhost/gradients?hide=values")
    assert not taken.files and taken.source is None and taken.link.endswith("hide=values&step=2")
    page = page_with()
    taken = take_away(gradients.settle(page), page.values, 1, "http://localhost/gradients")
    assert len(taken.files) == 2 and taken.figure is not None
    assert all(file.make() for file in taken.files)


@pytest.mark.parametrize("operation", DIFFERENTIATED)
def test_the_code_is_written(operation: str) -> None:
    shown = shown_with(op=operation)
    assert "torch.autograd.grad" in source(shown, "pytorch")
    assert ("grad_weight" in source(shown, "numpy")) is (operation not in POOLS)
