"""What the front end is sent: plain JSON, equal to the trace and to the geometry, and nobody else's."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from hypothesis import given

from conv import geometry, trace
from tests.ui.conftest import DEFAULTS, any_values, page_with
from ui import sweep
from ui.settings import Values
from ui.window import Window, plain_window, settle


def sent(window: Window, values: Values) -> dict:
    return sweep.data(window, values, step=1, arrival=1, hide=values["hide"])


def shown(**changes) -> dict:
    return sent(plain_window(**changes), DEFAULTS | changes)


def unpacked(text: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f8").reshape(shape)


def both(**sizes: int) -> Values:
    """Both axes alike: s=2 gives sh=2 and sw=2."""
    names = {"n": "hw", "k": ("kh", "kw"), "s": ("sh", "sw"), "p": ("ph", "pw"), "d": ("dh", "dw")}
    return {name: size for key, size in sizes.items() for name in names[key]}


@given(any_values)
def test_all_that_is_sent_is_json(values: Values) -> None:
    page = page_with(**values)
    window = settle(page)
    data = sent(window, page.values)
    assert json.loads(json.dumps(data, allow_nan=False)).keys() == data.keys()
    for name in ("input", "kernel", "output"):
        grid = data[name]
        assert grid is None or len(grid["values"]) == grid["rows"] * grid["cols"]


@given(any_values)
def test_what_is_gathered_is_the_trace(values: Values) -> None:
    page = page_with(**values | {"view": "gather"})
    window = settle(page)
    c, data = window.configuration, sent(window, page.values)
    t = trace.sweep(c, window.x, window.weight, window.bias)
    assert np.array_equal(unpacked(data["terms"], t.terms.shape), t.terms, equal_nan=True)
    assert np.array_equal(unpacked(data["totals"], t.totals.shape), t.totals, equal_nan=True)
    assert (data["output"]["rows"], data["output"]["cols"]) == c.output_size
    assert data["window_rows"] == t.window_rows.tolist() and data["window_cols"] == t.window_cols.tolist()
    assert data["input"]["kinds"] == t.kinds.ravel().tolist()
    assert data["input"]["kinds"].count(trace.INPUT) == np.isin(t.input_rows, range(c.input_size[0])).sum() * (
        np.isin(t.input_cols, range(c.input_size[1])).sum()
    )


@given(any_values)
def test_what_is_scattered_is_the_trace(values: Values) -> None:
    page = page_with(**values | {"op": "transposed", "view": "scatter"})
    window = settle(page)
    c, data = window.configuration, sent(window, page.values)
    t = trace.scattering(
        window.x, window.weight, window.bias, stride=c.stride, padding=c.padding, output_padding=c.output_padding,
        dilation=c.dilation,
    )
    assert np.array_equal(unpacked(data["terms"], t.terms.shape), t.terms)
    assert np.array_equal(unpacked(data["totals"], t.totals.shape), t.totals)
    (top, bottom), (left, right) = data["output"]["crop"]
    assert (data["output"]["rows"] - top - bottom, data["output"]["cols"] - left - right) == c.output_size


@given(any_values)
def test_uncovered_cells_are_read_by_no_window(values: Values) -> None:
    page = page_with(**values | {"view": "gather"})
    window = settle(page)
    c, data = window.configuration, sent(window, page.values)["input"]
    if c.operation == "transposed":
        assert data["uncovered_rows"] == data["uncovered_cols"] == []
        return
    read = geometry.window_positions(
        c.input_size, c.kernel_size, stride=c.stride, padding=c.padding, dilation=c.dilation, ceil_mode=c.ceil_mode
    )
    for axis, name in enumerate(("uncovered_rows", "uncovered_cols")):
        assert data[name] == sorted(set(range(c.input_size[axis])) - set(read[axis].ravel().tolist()))


def test_padding_makes_a_ring_of_its_kind() -> None:
    ring = np.pad(np.full((2, 2), trace.INPUT), 1, constant_values=trace.PADDING)
    data = shown(**both(n=2, p=1), pattern="ramp")
    assert data["input"]["kinds"] == ring.ravel().tolist()
    assert data["input"]["input_rows"] == [-1, 0, 1, -1]
    assert data["input"]["values"] == np.pad([[0.0, 1], [2, 3]], 1).ravel().tolist()
    assert data["legend"] == [["padding", "padding"]]
    assert data["captions"]["input"] == "Input 2 × 2, padded to 4 × 4"


def test_the_padding_of_a_maximum_is_spelled_as_minus_infinity() -> None:
    assert shown(**both(n=2, k=2, p=1), op="max")["input"]["values"][0] == "-∞"


def test_a_window_that_hangs_over_reads_cells_without_a_value() -> None:
    data = shown(**both(n=3, k=2, s=2), op="max", ceil=True)
    assert data["input"]["values"][3] is None and data["input"]["kinds"][3] == trace.OUTSIDE
    assert data["legend"] == [["outside", "beyond the edge"]]
    assert data["captions"]["input"] == "Input 3 × 3"  # nothing is padded
    padded = shown(**both(n=4, k=3, s=2, p=1), op="avg", ceil=True)
    assert padded["input"]["rows"] == (3 - 1) * 2 + 3
    assert padded["captions"]["input"] == "Input 4 × 4, padded to 6 × 6"


def test_what_scattering_cuts_away_is_told() -> None:
    data = shown(**both(n=2, k=3, p=1), op="transposed", view="scatter")
    assert data["captions"]["output"] == "Output 2 × 2, before cutting 4 × 4"
    assert data["legend"] == [["cut", "cut away by the padding"]]
    assert data["signs"] == {"times": "×", "equals": "→"} and data["output"]["crop"] == [[1, 1], [1, 1]]


def test_what_is_hidden_is_hidden_by_the_front_end() -> None:
    plain, hidden = shown(), shown(hide="size")
    assert hidden.pop("hide") == "size" and plain.pop("hide") == "nothing"
    assert hidden == plain


def test_stride_beyond_the_kernel_leaves_cells_unread() -> None:
    data = shown(**both(n=8, k=2, s=3))
    assert data["input"]["uncovered_rows"] == data["input"]["uncovered_cols"] == [2, 5]
    assert data["legend"] == [["uncovered", "read by no window"]]


def test_a_pooling_has_no_kernel_and_its_own_extras() -> None:
    largest = shown(**both(n=2, k=2), op="max", pattern="ramp")
    assert largest["kernel"] is None and largest["weights"] == []
    assert largest["winners"] == [[1, 1]]  # of 0 1 / 2 3
    mean = shown(**both(n=2, k=2), op="avg", pattern="ramp")
    assert mean["divisors"] == [2 * 2] and mean["output"]["values"] == [(0 + 1 + 2 + 3) / 4]


@pytest.mark.parametrize("op", ["flipped", "transposed"])
def test_the_kernel_as_it_is_laid_on_is_shown_where_it_is_flipped(op: str) -> None:
    data = shown(op=op, kernel="ramp")
    assert data["applied"]["values"] == data["weights"] == data["kernel"]["values"][::-1]


def test_each_grid_has_colours_up_to_its_own_largest_or_to_one_limit() -> None:
    typed = {"x": ((0, 0, -50.0),), "pattern": "constant", "kernel": "ones"}
    output = 8 * 1 - 50
    assert shown(**typed)["limits"] == {"input": 50, "kernel": 1, "output": -output}
    fixed = shown(**typed, scale="fixed", limit=4.0)
    assert fixed["limits"] == {"input": 4, "kernel": 4, "output": 4}


def test_infinity_is_no_limit() -> None:
    assert shown(**both(n=2, k=2, p=1), op="max", pattern="constant")["limits"]["input"] == 1


@given(any_values)
def test_what_is_sent_shares_nothing_that_can_change(values: Values) -> None:
    page = page_with(**values)
    window = settle(page)
    first = sent(window, page.values)
    before = json.dumps(first)
    spoil(first)
    assert json.dumps(sent(window, page.values)) == before


def spoil(thing: dict | list) -> None:
    """Empty every list and dictionary inside."""
    for part in thing.values() if isinstance(thing, dict) else thing:
        if isinstance(part, dict | list):
            spoil(part)
    thing.clear()
