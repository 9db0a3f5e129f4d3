"""Receptive fields against the library of Araujo, Norris & Sim, and against what outputs really depend on."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conv import blueprint, conv2d, max_pool2d
from conv.errors import ConvError
from conv.geometry import pads, window_positions
from conv.layers import AvgPool2d, Conv2d, ConvTranspose2d, Flatten, Linear, MaxPool2d, ReLU
from conv.receptive_field import Field, Layer, Node, chain, cone, coverage, graph, paths, region, steps

TRUTHS = json.loads((Path(__file__).parent.parent / "truths" / "receptive_fields.json").read_text("utf-8"))
CONV, POOL, DENSE = Layer(kernel_size=3), Layer("max", 2, stride=2), Layer("dense")


# ---- what the lecture asks ---------------------------------------------------------------------


def test_a_hidden_unit_of_the_second_layer_sees_five_by_five():
    """The lecture's question, with the answers 3, 5, 6 and 7 to choose from."""
    assert chain([CONV, CONV])[-1].size == (3 + (3 - 1) * 1,) * 2 == (5, 5)


def test_a_fully_connected_layer_sees_everything():
    assert chain([DENSE], input_size=7) == [Field((1 + (7 - 1) * 1,) * 2, (1, 1), (0, 0))]
    assert chain([DENSE])[0].size == (math.inf, math.inf)
    assert chain([DENSE])[0].start == (None, None)
    seen = region([CONV, POOL, DENSE], unit=0, input_size=(8, 6))
    assert (seen.rows, seen.cols) == (range(8), range(6))


def test_pooling_grows_it_and_makes_it_grow_faster():
    sizes = [field.size[0] for field in chain([CONV, POOL, CONV, POOL, CONV])]
    assert sizes == [1 + 2 * 1, 3 + 1 * 1, 4 + 2 * 2, 8 + 1 * 2, 10 + 2 * 4] == [3, 4, 8, 10, 18]


def test_axes_are_apart():
    field = chain([Layer(kernel_size=(3, 5), stride=(1, 2), padding=(1, 0), dilation=(2, 1)), CONV])[-1]
    assert field.size == (5 + 2 * 1, 5 + 2 * 2)
    assert (field.jump, field.padding) == ((1, 2), (1, 0))
    assert field.start == ((7 - 1) / 2 - 1, (9 - 1) / 2)


# ---- the truths --------------------------------------------------------------------------------


def layer_of(row: dict) -> Layer:
    padding = row["padding"].lower() if isinstance(row["padding"], str) else row["padding"]
    return Layer(kernel_size=row["kernel"], stride=row["stride"], padding=padding)


TABLE = [row for row in TRUTHS["table"] if row["cnn"] in TRUTHS["sequential_chains"]]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['end_point']}@{row['resolution']}")
def test_sequential_chains(row):
    layers = TRUTHS["sequential_chains"][row["cnn"]]
    ends = [layer["end_point"] for layer in layers]
    fields = chain([layer_of(layer) for layer in layers], input_size=row["resolution"])
    field = fields[ends.index(row["end_point"])]
    assert field == Field((row["rf"],) * 2, (row["stride"],) * 2, (row["padding"],) * 2)


@pytest.mark.parametrize("name", TRUTHS["sequential_chains"])
@pytest.mark.parametrize("resolution", [None, 224, 321])
def test_the_padding_of_every_layer(name, resolution):
    layers = TRUTHS["sequential_chains"][name]
    jump, padding = 1, 0
    for layer, field in zip(layers, chain(map(layer_of, layers), input_size=resolution), strict=True):
        padding += layer["left_padding"][str(resolution)] * jump
        jump *= layer["stride"]
        assert field.padding == (padding, padding)


@pytest.mark.parametrize("case", TRUTHS["same_padding_cases"], ids=str)
def test_same_padding(case):
    layer = Layer(kernel_size=case["kernel"], stride=case["stride"], padding="same")
    assert chain([layer], input_size=case["input"])[0].padding == (case["left"],) * 2
    if case["input"] is not None:
        assert sum(pads("same", case["input"], case["kernel"], stride=case["stride"])[1]) == case["total"]


def node_of(row: dict) -> Node:
    if "kernel_yx" not in row:
        return Node(row["name"], row["inputs"])
    top, bottom, left, right = row.get("pad_top_bottom_left_right", (0, 0, 0, 0))
    padding = row["padding"].lower() if "padding" in row else ((top, bottom), (left, right))
    return Node(row["name"], row["inputs"], Layer(row["op"], row["kernel_yx"], row["stride_yx"], padding))


@pytest.mark.parametrize("case", TRUTHS["small_graphs"], ids=lambda case: case["id"])
def test_small_graphs(case):
    nodes = [node_of(row) for row in case["layers"]]
    if "raises" in case["expect"]:
        with pytest.raises(ConvError, match="Branches that meet must .* Received: node='output'"):
            graph(nodes, case["input_resolution"])
    else:
        field = graph(nodes, case["input_resolution"])["output"]
        reported = {"rf_xy": field.size, "stride_xy": field.jump, "padding_xy": field.padding}
        assert {name: list(pair)[::-1] for name, pair in reported.items()} == case["expect"]


def resnet(units: tuple[int, ...]) -> list[Node]:
    """The residual networks of the table: each block but the last strides in its last unit, shortcut and all."""
    padded = [Layer(padding=3), Layer(kernel_size=7, stride=2), Layer("max", 3, 2, "same")]
    nodes = [Node("padding", ["input"], padded[0]), Node("conv1", ["padding"], padded[1])]
    nodes.append(Node("block0", ["conv1"], padded[2]))
    for block, count in enumerate(units, start=1):
        below = f"block{block - 1}"
        for unit in range(1, count + 1):
            stride = 2 if unit == count and block < len(units) else 1
            name = f"block{block}" if unit == count else f"block{block}/unit{unit}"
            nodes += [
                Node(f"{name}/shortcut", [below], Layer("max", 1, stride)),
                Node(f"{name}/conv1", [below], Layer()),
                Node(f"{name}/padding", [f"{name}/conv1"], Layer(padding=1)),
                Node(f"{name}/conv2", [f"{name}/padding"], Layer(kernel_size=3, stride=stride)),
                Node(f"{name}/conv3", [f"{name}/conv2"], Layer()),
                Node(name, [f"{name}/shortcut", f"{name}/conv3"]),
            ]
            below = name
    return nodes


RESNET_TABLE = [row for row in TRUTHS["table"] if row["cnn"] == "resnet_v1_50"]


@pytest.mark.parametrize("row", RESNET_TABLE, ids=lambda row: f"{row['end_point']}@{row['resolution']}")
def test_resnet_50(row):
    field = graph(resnet((3, 4, 6, 3)), row["resolution"])[row["end_point"].split("/")[1]]
    assert field == Field((row["rf"],) * 2, (row["stride"],) * 2, (row["padding"],) * 2)


@pytest.mark.parametrize(("name", "units"), [
    ("resnet_v1_50", (3, 4, 6, 3)), ("resnet_v1_101", (3, 4, 23, 3)), ("resnet_v1_152", (3, 8, 36, 3)),
    ("resnet_v1_200", (3, 24, 36, 3)),
])
def test_deeper_resnets(name, units):
    field = graph(resnet(units), 224)["block4"]
    assert [field.size[0], field.jump[0], field.padding[0]] == TRUTHS["summary_rf_stride_padding"][name]


def example(source: str) -> dict:
    return next(row for row in TRUTHS["worked_examples"] if source in row["source"])


def layer_from(row: dict) -> Layer:
    before, after = row["p"], row.get("q", row["p"])
    return Layer(kernel_size=row["k"], stride=row["s"], padding=((before, after), (before, after)))


def test_distills_two_layers():
    case = example("figure")
    seen = region(map(layer_from, case["layers"]), unit=case["for_output_feature"], input_size=7)
    assert seen.unclipped_rows == range(case["u0"], case["v0"] + 1)
    assert len(seen.unclipped_rows) == case["r0"]


def test_distills_aligned_branches():
    case = example("text: aligned")
    nodes, ends = [], []
    for branch, layers in enumerate(case["paths"]):
        below = "input"
        for number, row in enumerate(layers):
            name = f"{branch}/{number}"
            nodes.append(Node(name, [below], layer_from(row)))
            below = name
        ends.append(below)
    field = graph([*nodes, Node("sum", ends)])["sum"]
    assert (field.size, field.jump, field.padding) == ((case["rf"],) * 2, (case["stride"],) * 2, (case["padding"],) * 2)


def test_distills_misaligned_branches_see_different_numbers_of_inputs():
    case = example("misaligned")
    for unit, count in case["inputs_used_by_output_feature_index"].items():
        branches = [region(map(layer_from, layers), unit=int(unit), input_size=20) for layers in case["paths"]]
        assert len(set().union(*(branch.rows for branch in branches))) == count


def test_the_centre_of_a_unit_of_inception_resnet():
    case = example("README")
    field = Field((case["rf"],) * 2, (case["stride"],) * 2, (case["padding"],) * 2)
    centre = [start + unit * jump for start, unit, jump in zip(field.start, case["feature"], field.jump, strict=True)]
    assert centre == case["centre"]


# ---- against what really depends on what -----------------------------------------------------------


@dataclass(frozen=True)
class Stack:
    layers: list[Layer]
    size: int


@st.composite
def stacks(draw):
    """A stack whose kernels fit, of all kinds of padding."""
    size = draw(st.integers(1, 24))
    layers, now = [], size
    for _ in range(draw(st.integers(1, 5))):
        if draw(st.integers(0, 11)) == 0:
            layer = DENSE
        else:
            pair = st.tuples(st.integers(0, 3), st.integers(0, 3))
            uneven = pair.map(lambda sides: (sides, sides))
            padding = draw(st.integers(0, 3) | st.sampled_from(["valid", "same", "full"]) | uneven)
            layer = Layer(
                draw(st.sampled_from(["conv", "max"])), draw(st.integers(1, 4)), draw(st.integers(1, 3)), padding,
                draw(st.integers(1, 3)),
            )
        try:
            now = steps([layer], now)[0].output_size[0]
        except ConvError:
            assume(bool(layers))
            break
        layers.append(layer)
    return Stack(layers, size)


def perturbed(stack: Stack, row: int) -> np.ndarray:
    """Rows of the last layer that change with one row of the input, by convolutions with weights of one."""
    x = np.zeros((1, stack.size, 1))
    x[0, row] = 1
    for layer in stack.layers:
        if layer.kind == "dense":
            x = x.sum(axis=1, keepdims=True)
            continue
        sides = pads(layer.padding, x.shape[1], layer.kernel_size, stride=layer.stride, dilation=layer.dilation)
        weight = np.ones((1, 1, layer.kernel_size, 1))
        x = conv2d(x, weight, stride=layer.stride, padding=(sides[0], (0, 0)), dilation=layer.dilation)
        x = x[:, :, :1]
    return x[0, :, 0]


@given(stacks(), st.data())
def test_regions_are_what_changes_reach(stack, data):
    """Change each input by itself: a unit's region is from the first to the last that moves it."""
    moved = np.array([perturbed(stack, row) for row in range(stack.size)])  # (inputs, units)
    unit = data.draw(st.integers(0, moved.shape[1] - 1))
    inputs = np.flatnonzero(moved[:, unit])
    seen = region(stack.layers, unit=unit, input_size=stack.size)
    assert seen.rows == seen.cols
    assert list(seen.rows) == ([] if not inputs.size else list(range(inputs[0], inputs[-1] + 1)))
    rows, cols = coverage(stack.layers, stack.size)
    assert rows.tolist() == cols.tolist() == np.count_nonzero(moved, axis=1).tolist()
    ways, _ = paths(stack.layers, stack.size, unit=unit)
    assert ways.tolist() == moved[:, unit].tolist()
    assert paths(stack.layers, stack.size)[0].tolist() == moved.sum(axis=1).tolist()


@given(stacks(), st.integers(0, 40))
def test_unclipped_regions_are_those_of_an_input_that_goes_on(stack, unit):
    """Slide the windows over all whole numbers: what a unit sees then is the unclipped region."""
    sized = steps(stack.layers, stack.size)
    unit = min(unit, sized[-1].output_size[0] - 1)
    places = {unit}
    for step in reversed(sized):
        stride, dilation, before = step.stride[0], step.dilation[0], step.before[0]
        places = {place * stride - before + tap * dilation for place in places for tap in range(step.kernel_size[0])}
    seen = region(stack.layers, unit=unit, input_size=stack.size)
    assert seen.unclipped_rows == range(min(places), max(places) + 1)
    field = chain(stack.layers, stack.size)[-1]
    assert field.start[0] + unit * field.jump[0] == (min(places) + max(places)) / 2


@given(stacks(), st.integers(0, 40))
def test_a_cone_passes_through_every_map(stack, unit):
    """What a unit sees of a map is what it would see if that map were the input."""
    sized = steps(stack.layers, stack.size)
    unit = min(unit, sized[-1].output_size[1] - 1)
    *maps, itself = cone(sized, 1, unit)
    assert itself.tolist() == [unit]
    for low, units in enumerate(maps):
        seen = region(stack.layers[low:], unit=unit, input_size=sized[low].input_size).cols
        assert (units.tolist() == []) == (not seen)
        assert not seen or (units[0], units[-1]) == (seen[0], seen[-1])


def test_a_rounded_up_pooling_hangs_over_the_end():
    pool = SimpleNamespace(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=True)
    windows, _ = window_positions(5, 2, stride=2, ceil_mode=True)
    assert windows[-1].tolist() == [4, 5]
    seen = region([pool], unit=2, input_size=5)
    assert (seen.rows, seen.unclipped_rows) == (range(4, 5), range(4, 6))


def test_padding_between_layers_sees_nothing():
    """The second layer's padding lies where a rest of the input is left over: that rest is not seen."""
    layers = [Layer(kernel_size=3, stride=2), Layer(kernel_size=3, padding=1)]
    seen = region(layers, unit=2, input_size=8)
    assert (seen.unclipped_rows, seen.rows) == (range(2, 9), range(2, 7))
    x = np.zeros((1, 8, 8))
    x[0, 7] = 1  # the row that is left over
    out = conv2d(conv2d(x, np.ones((1, 1, 3, 3)), stride=2), np.ones((1, 1, 3, 3)), padding=1)
    assert not out.any()


def test_a_unit_on_padding_alone_sees_nothing():
    layers = [Layer(kernel_size=1, padding=2)]
    assert region(layers, unit=0, input_size=3).rows == range(0)
    assert cone(steps(layers, 3), 0, 0)[0].tolist() == []


def test_strides_larger_than_kernels_leave_holes():
    rows, cols = coverage([Layer(kernel_size=2, stride=3), Layer(kernel_size=2, stride=2)], (12, 6))
    assert rows.tolist() == [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0]
    assert cols.tolist() == [1, 1, 0, 1, 1, 0]


def test_a_max_pooling_sees_what_a_convolution_sees(rng):
    x = rng.random((1, 9, 9))
    moved = max_pool2d(x + 100 * np.eye(9)[3][:, None], 3, stride=2, padding=1) > 50
    assert np.flatnonzero(moved[0].any(axis=1)).tolist() == [
        unit for unit in range(5) if 3 in region([Layer("max", 3, 2, 1)], unit=(unit, 0), input_size=9).rows
    ]


# ---- layers of other makers ------------------------------------------------------------------------


def made(name: str, **attributes: object) -> object:
    return type(name, (), attributes)()


def test_layers_that_learn(rng):
    layers = [
        Conv2d(1, 6, 5, rng=rng), ReLU(), MaxPool2d(2), Conv2d(6, 16, 5, padding="same", rng=rng), AvgPool2d(2),
        Flatten(), Linear(16 * 7 * 7, 10, rng=rng),
    ]
    sizes = [field.size[0] for field in chain(layers, 32)]
    assert sizes == [5, 5, 5 + 1, 6 + 4 * 2, 14 + 1 * 2, 16, 16 + (7 - 1) * 4]
    assert [field.padding[0] for field in chain(layers)] == [0, 0, 0, 2 * 2, 4, 4, 4]
    with pytest.raises(ConvError, match="A transposed convolution"):
        chain([ConvTranspose2d(1, 1, 3, rng=rng)])


def test_layers_of_blueprints():
    layers = [Layer(kernel_size=5), Layer("max", 2, 2), Layer(kernel_size=5), Layer("max", 2, 2), DENSE]
    plan = [
        blueprint.Conv2d(6, 5), blueprint.ReLU(), blueprint.Subsampling(), blueprint.Conv2d(16, 5),
        blueprint.MaxPool2d(2), blueprint.Flatten(), blueprint.Linear(120), blueprint.RBF(10),
    ]
    seen = chain(plan, 32)
    assert [seen[at] for at in (0, 2, 3, 4, 6)] == chain(layers, 32)
    assert seen[1] == seen[0] and seen[5] == seen[4] and seen[7] == seen[6]
    with pytest.raises(ConvError, match="A block of several branches"):
        chain([blueprint.Residual((blueprint.Conv2d(4, 3, padding=1),))])


def test_layers_without_a_kernel_leave_it_as_it_is():
    conv = made("Conv2d", kernel_size=(3, 3), stride=(1, 1), padding="same", dilation=(1, 1))
    fields = chain([conv, made("ReLU"), made("Dropout", p=0.5), made("Flatten"), made("Linear", out_features=10)])
    assert [field.size for field in fields[:4]] == [(3, 3)] * 4
    assert fields[4].size == (math.inf, math.inf)


def test_a_pooling_without_a_stride_steps_by_its_kernel():
    assert chain([made("LPPool2d", norm_type=2, kernel_size=2, stride=None, ceil_mode=False)])[0].jump == (2, 2)


def test_adaptive_poolings():
    assert chain([CONV, made("AdaptiveAvgPool2d", output_size=1)], 8)[-1].size == (3 + (6 - 1) * 1,) * 2
    field = chain([CONV, made("AdaptiveAvgPool2d", output_size=(2, 3))], 8)[-1]
    assert (field.size, field.jump) == ((3 + 2, 3 + 1), (3, 2))
    with pytest.raises(ConvError, match=r"An adaptive pooling has windows of one size only where its output divides "
                                        r"its input\. Received: input=\(8, 8\), output=\(3, 3\)\."):
        chain([made("AdaptiveAvgPool2d", output_size=3)], 8)
    with pytest.raises(ConvError, match=r"An adaptive pooling needs the input's size\. Received: output=\(3, 3\)\."):
        chain([made("AdaptiveAvgPool2d", output_size=3)])


def test_the_layers_may_come_one_by_one():
    assert chain(iter([CONV, POOL]))[-1].size == (4, 4)
    assert region(iter([CONV, POOL]), unit=0, layer=0, input_size=8).rows == range(3)
    assert chain([]) == []


# ---- refusals --------------------------------------------------------------------------------------


def refuses(text: str):
    return pytest.raises(ConvError, match=text)


def test_what_is_refused():
    with refuses(r"Kernel is larger than the padded input\. Received: input=\(2, 2\), kernel=\(3, 3\)"):
        chain([CONV], input_size=2)
    with refuses(r"The unit must lie within its layer's output\. Received: unit=\(5, 0\), output=\(5, 5\)\."):
        region([CONV], unit=(5, 0), input_size=7)
    with refuses(r"Unit must be at least 0\. Received: unit=-1\."):
        region([CONV], unit=-1, input_size=7)
    with refuses(r"There is no such layer\. Received: layer=1, layers=1\."):
        region([CONV], unit=0, layer=1, input_size=7)
    with refuses(r"There is no such layer\. Received: layer=-1, layers=0\."):
        paths([], 7)
    with refuses(r"A transposed convolution has no receptive field that is the same for every unit\. "
                 r"Received: kernel_size=3\."):
        chain([made("ConvTranspose2d", kernel_size=3, stride=2, padding=0, dilation=1)])
    with refuses(r"A block of several branches is a graph, not a layer\. Received: layer='Residual'\."):
        chain([made("Residual", branches={"main": (CONV,), "shortcut": ()})])


def test_what_a_graph_refuses():
    with refuses(r"A node must come after those it reads\. Received: node='sum', inputs=\('conv',\)\."):
        graph([Node("sum", ["conv"]), Node("conv", ["input"], CONV)])
    with refuses(r"A node must come after those it reads\. Received: node='sum', inputs=\(\)\."):
        graph([Node("sum", [])])
    half = Node("half", ["input"], POOL)
    with refuses(r"must have the same jump\. Received: node='sum', jump=\[\(2, 2\), \(1, 1\)\]\."):
        graph([half, Node("sum", ["half", "input"])])
    shifted = Node("shifted", ["input"], CONV)
    with refuses(r"must see around the same middle\. Received: node='sum', start=\[\(0\.0, 0\.0\), \(1\.0, 1\.0\)\]\."):
        graph([shifted, Node("sum", ["input", "shifted"])])
    with refuses(r"must have the same size\. Received: node='sum', sizes=\[\(7, 7\), \(9, 9\)\]\."):
        graph([
            Node("same", ["input"], Layer(kernel_size=3, padding=1)),
            Node("more", ["input"], Layer(kernel_size=3, padding=((1, 3), (1, 3)))),
            Node("sum", ["same", "more"]),
        ], 7)
