"""The shift's front end: all it is sent is JSON, in the order that it expects, with sentences that count right."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st

from conv.configuration import POOLS, Configuration, nearest_valid
from conv.shifts import compare, compare_dense, shift
from ui.settings import Page
from ui.shifts import FARTHEST, MOST_NUMBERS, Column, data, reach, sentence, shifts, way
from ui.window import SETTINGS

SIDES = st.tuples(st.integers(1, 32), st.integers(1, 32))


def image(size: tuple[int, int], seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9, 10, size).astype(float)


def pooled(x: np.ndarray, **settings) -> Column:
    c = nearest_valid(Configuration(**{"operation": "max", "kernel_size": (2, 2), "stride": (2, 2)} | settings,
                                    input_size=x.shape))[0]
    return Column("Max pooling", "pooled outputs", compare(c, x, shifts(x.shape)), "place")


def convolved(x: np.ndarray, weight: np.ndarray, **settings) -> Column:
    c = Configuration(input_size=x.shape, kernel_size=weight.shape, **settings)
    return Column("Convolution", "outputs", compare(c, x, shifts(x.shape), weight), "along")


def sent(x: np.ndarray, *columns: Column, **options) -> dict:
    return data(x, columns, heading="", text="", **options)


def numbers(column: dict) -> np.ndarray:
    flat = np.frombuffer(base64.b64decode(column["after"]), "<f8")
    return flat.reshape(-1, column["rows"], column["cols"])


def marks(column: dict) -> np.ndarray:
    flat = np.frombuffer(base64.b64decode(column["marks"]), np.uint8)
    return flat.reshape(-1, column["rows"], column["cols"])


# ---- which shifts there are ----------------------------------------------------------------


@given(SIDES)
def test_every_shift_within_reach_row_by_row(size: tuple[int, int]) -> None:
    far = reach(size)
    found = shifts(size)
    assert found == sorted(found) and len(set(found)) == (2 * far + 1) ** 2
    assert set(found) == {(-row, -col) for row, col in found}
    assert 1 <= far <= FARTHEST and len(found) * size[0] * size[1] <= MOST_NUMBERS
    assert found.index((0, 0)) == len(found) // 2


def test_small_inputs_are_shifted_by_three_and_the_largest_by_one() -> None:
    assert [reach((n, n)) for n in (1, 8, 14, 20, 32)] == [3, 3, 3, 2, 1]


# ---- what is sent --------------------------------------------------------------------------


@given(SIDES, st.sampled_from(POOLS), st.integers(0, 99))
def test_what_is_sent_is_json_and_has_its_sizes(size: tuple[int, int], operation: str, seed: int) -> None:
    x = image(size, seed)
    found = sent(x, pooled(x, operation=operation))
    json.dumps(found, allow_nan=False)
    count = len(shifts(size))
    assert len(found["ways"]) == count
    for column in found["columns"]:
        assert len(numbers(column)) == len(marks(column)) == count == len(column["sentences"]) == len(column["along"])
        assert len(column["before"]) == column["rows"] * column["cols"]
        assert max(map(abs, column["before"])) == column["limit"]


def test_the_inputs_own_column_is_the_input_shifted() -> None:
    x = image((5, 6))
    column = sent(x)["columns"][0]
    assert column["title"] == "Input" and column["before"] == x.ravel().tolist()
    for by, after, mark in zip(shifts(x.shape), numbers(column), marks(column), strict=True):
        assert np.array_equal(after, shift(x, *by))
        came_in = shift(np.ones(x.shape), *by) == 0
        assert np.array_equal(mark & 4 > 0, came_in)
        assert np.array_equal(mark & 2 > 0, after == x)


def test_the_marks_are_those_of_the_comparison() -> None:
    x = image((6, 6))
    column = convolved(x, np.ones((3, 3)), padding=(1, 1))
    shown, found = sent(x, column)["columns"][1], column.comparison
    assert np.array_equal(marks(shown) & 1 > 0, found.followed)
    assert np.array_equal(marks(shown) & 2 > 0, found.stayed)
    assert np.array_equal(marks(shown) & 4 > 0, found.border)
    assert np.array_equal(numbers(shown), found.after)
    assert shown["along"] == [list(by) for by in shifts(x.shape)]


def test_outputs_that_move_nowhere() -> None:
    x = image((8, 8))
    along = sent(x, pooled(x))["columns"][1]["along"]
    by = shifts(x.shape)
    assert along[by.index((0, 1))] is None and along[by.index((1, 2))] is None
    assert along[by.index((-2, 2))] == [-1, 1]


def test_a_dense_layer_may_be_drawn_as_a_grid() -> None:
    x = image((3, 3))
    comparison = compare_dense(np.ones((6, 9)), x, shifts(x.shape))
    column = sent(x, Column("Dense layer", "outputs", comparison, "place", size=(2, 3)))["columns"][1]
    assert (column["rows"], column["cols"]) == (2, 3)
    assert set(map(type, column["along"])) == {type(None)}


@pytest.mark.parametrize(("asked", "found"), [((0, 1), [0, 1]), ((9, -9), [3, -3]), ((-1, 2), [-1, 2])])
def test_a_link_asks_for_no_more_than_there_is(asked: tuple[int, int], found: list[int]) -> None:
    assert sent(image((4, 4)), by=asked)["by"] == found


def test_the_legend_names_the_marks_that_there_are() -> None:
    x = image((4, 4))
    assert [kind for kind, _ in sent(x)["legend"]] == ["entered"]
    assert [kind for kind, _ in sent(x, pooled(x))["legend"]] == ["entered", "same", "other"]
    legend = sent(x, convolved(x, np.ones((2, 2))))["legend"]
    assert [kind for kind, _ in legend] == ["entered", "same", "other", "edge"]


# ---- what is said --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ((0, 1), "Shifted 1 to the right."), ((0, -2), "Shifted 2 to the left."), ((3, 0), "Shifted 3 down."),
        ((-1, -1), "Shifted 1 up and 1 to the left."), ((0, 0), "Not shifted."),
    ],
)
def test_the_way_of_a_shift(by: tuple[int, int], said: str) -> None:
    assert way(*by) == said
    assert sent(image((4, 4)))["ways"][shifts((4, 4)).index(by)] == said


def said_of(column: Column, x: np.ndarray, by: tuple[int, int]) -> str:
    return sentence(column, shifts(x.shape).index(by))


def test_a_convolution_follows_but_at_the_border() -> None:
    x = np.arange(1.0, 50).reshape(7, 7)
    column = convolved(x, np.ones((3, 3)))
    assert said_of(column, x, (0, 1)) == "20 of 25 outputs moved along with the input; 5 at the border did not."
    assert said_of(column, x, (0, 0)) == "Not shifted: nothing has moved."
    strided = convolved(x, np.ones((3, 3)), stride=(2, 2))
    nowhere = "The shift is not a multiple of the stride: there is no place to move along to."
    assert said_of(strided, x, (0, 1)) == nowhere
    assert said_of(strided, x, (0, 2)) == "6 of 9 outputs moved along with the input; 3 at the border did not."


def test_a_pooling_absorbs_some() -> None:
    x = np.zeros((8, 8))
    x[2, 2] = x[4, 5] = 1  # one has room to the right in its block, the other is at its block's end
    column = pooled(x)
    assert said_of(column, x, (0, 1)) == "14 of 16 pooled outputs did not change at all."
    assert said_of(column, x, (1, 0)) == "All 16 pooled outputs stayed as they were."
    moved = "; 12 moved along with the input, 8 of which look the same either way."  # all but the column that came in
    assert said_of(column, x, (0, 2)) == "12 of 16 pooled outputs did not change at all" + moved
    assert said_of(column, x, (0, 0)) == "Not shifted: nothing has moved."


def test_a_dense_layers_outputs_are_all_others() -> None:
    x = np.arange(1.0, 10).reshape(3, 3)
    matrix = np.arange(18.0).reshape(2, 9)
    column = Column("Dense", "outputs", compare_dense(matrix, x, shifts(x.shape)), "place")
    assert said_of(column, x, (0, 1)) == "None of the 2 outputs stayed as it was."


# ---- the link ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ({}, (0, 1)), ({"down": "-2", "right": "0"}, (-2, 0)), ({"down": "1"}, (1, 1)),
        ({"down": "x", "right": "1e3"}, (0, 1)), ({"right": "٣"}, (0, 1)),
    ],
)
def test_the_shift_comes_from_the_link(link: dict[str, str], found: tuple[int, int], monkeypatch) -> None:
    class Query(dict):
        def to_dict(self) -> dict:
            return dict(self)

    streamlit.session_state.clear()
    monkeypatch.setattr(streamlit, "query_params", Query(link | {"h": "9"}))
    page = Page("explore", SETTINGS)
    assert page.shift == found and page["h"] == 9
    page.start_from({})
    assert page.shift == (0, 1)
