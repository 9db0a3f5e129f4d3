"""Formulas: the size they derive is the configuration's, hidden ones tell nothing, counts are the lecture's."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given

from conv import geometry
from conv.configuration import Configuration
from tests.ui.conftest import any_values, page_with
from ui import formulas
from ui.settings import Values
from ui.window import settle

BOLD = re.compile(r"\\mathbf\{(\d+)\}|\*\*(\d+)\*\*")
GATHERED = re.compile(r"\\tfrac\{(\d+) \+ (\d+) \+ (\d+) - (\d+)\\cdot\((\d+) - 1\) - 1\}\{(\d+)\}")
TRANSPOSED = re.compile(r"\((\d+) - 1\)\\cdot (\d+) - (\d+) - (\d+) \+ (\d+)\\cdot\((\d+) - 1\) \+ (\d+) \+ 1")


def settled(values: Values) -> Configuration:
    return settle(page_with(**values)).configuration


def for_both(found: list[int]) -> tuple[int, ...]:
    """One number stands for both axes where they are alike."""
    return tuple(found * 2 if len(found) == 1 else found)


def bold(text: str) -> tuple[int, ...]:
    return for_both([int(tex or markdown) for tex, markdown in BOLD.findall(text)])


# ---- the output's size ---------------------------------------------------------------------


@given(any_values)
def test_the_size_derived_is_the_outputs(values: Values) -> None:
    c = settled(values)
    assert bold(formulas.output_size(c)) == c.output_size


@given(any_values)
def test_the_numbers_put_in_work_out_to_the_size(values: Values) -> None:
    c = settled(values | {"ceil": False})
    found = []
    for numbers in GATHERED.findall(formulas.output_size(c)):
        n, before, after, d, k, s = map(int, numbers)
        found.append((n + before + after - d * (k - 1) - 1) // s + 1)
    for numbers in TRANSPOSED.findall(formulas.output_size(c)):
        n, s, before, after, d, k, a = map(int, numbers)
        found.append((n - 1) * s - before - after + d * (k - 1) + a + 1)
    assert for_both(found) == c.output_size


@given(any_values)
def test_a_hidden_size_is_put_in_and_not_worked_out(values: Values) -> None:
    c = settled(values)
    hidden, told = (formulas.output_size(c, show_result=shown).split("\n\n") for shown in (False, True))
    assert not bold("".join(hidden))
    for question, answer in zip(hidden[1:], told[1:], strict=True):
        assert question.endswith("?$") and question.count(" = ") == 2
        assert answer.split(" = ")[:2] == question.split(" = ")[:2]


def test_alike_axes_are_derived_once() -> None:
    text = formulas.output_size(Configuration())
    assert text.endswith(
        r"Rows and columns alike: "
        r"$o = \left\lfloor \tfrac{7 + 0 + 0 - 1\cdot(3 - 1) - 1}{1} \right\rfloor + 1 = 4 + 1 = \mathbf{5}$"
    )
    assert "Rows:" not in text and "Columns:" not in text


def test_axes_that_differ_are_derived_each() -> None:
    _, rows, cols = formulas.output_size(Configuration(input_size=(7, 9), stride=(1, 2))).split("\n\n")
    assert rows.startswith("Rows: ") and bold(rows) == (7 - 3 + 1,) * 2
    assert cols.startswith("Columns: ") and bold(cols) == ((9 - 3) // 2 + 1,) * 2


def test_a_window_that_would_start_in_the_padding_is_told() -> None:
    c = Configuration("max", (3, 3), (2, 2), stride=(2, 2), padding=(1, 1), ceil_mode=True)
    text = formulas.output_size(c)
    assert r"\lceil" in text and "the last window would start in the padding and is dropped: **2**" in text
    assert "?" in formulas.output_size(c, show_result=False)


def test_a_transposed_size() -> None:
    c = Configuration("transposed", (3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1))
    assert (3 - 1) * 2 - 1 - 1 + 1 * (3 - 1) + 1 + 1 == 6
    assert formulas.output_size(c).endswith(r"$o = (3 - 1)\cdot 2 - 1 - 1 + 1\cdot(3 - 1) + 1 + 1 = \mathbf{6}$")
    assert formulas.output_size(c, show_result=False).endswith(r"+ 1 + 1 = ?$")


# ---- what is left over ---------------------------------------------------------------------

FLOOR = "over: the floor drops the last, incomplete step."


@pytest.mark.parametrize(
    ("configuration", "sentences"),
    [
        (Configuration(), ""),
        (Configuration(input_size=(7, 7), stride=(2, 2)), ""),  # (7 - 3) % 2 == 0
        (Configuration(input_size=(8, 8), stride=(2, 2)),  # (8 - 3) % 2 == 1
         f"The division leaves 1 row and 1 column {FLOOR} Input row 8 and column 8 are read by no window."),
        (Configuration(input_size=(7, 9), stride=(1, 4)),  # (9 - 3) % 4 == 2
         f"The division leaves 2 columns {FLOOR} Input columns 4, 8, 9 are read by no window."),
        (Configuration(input_size=(8, 7), stride=(2, 2)),
         f"The division leaves 1 row {FLOOR} Input row 8 is read by no window."),
        (Configuration(input_size=(8, 8), kernel_size=(2, 2), stride=(3, 3)),  # (8 - 2) % 3 == 0
         "Input rows 3, 6 and columns 3, 6 are read by no window."),
        (Configuration(input_size=(7, 7), dilation=(2, 1), stride=(7, 1)),  # windows of rows 1, 3, 5; (7 - 5) % 7 == 2
         f"The division leaves 2 rows {FLOOR} Input rows 2, 4, 6, 7 are read by no window."),
        (Configuration("max", (8, 8), (3, 3), stride=(2, 2), ceil_mode=True), ""),
        (Configuration("transposed", (8, 8), stride=(2, 2)), ""),
        (Configuration(input_size=(8, 8), stride=(2, 2), padding=(1, 1)),  # (8 + 2 - 3) % 2 == 1: of the padding
         f"The division leaves 1 row and 1 column {FLOOR}"),
    ],
)
def test_what_rounding_leaves_over(configuration: Configuration, sentences: str) -> None:
    assert formulas.remainders(configuration) == sentences


@given(any_values)
def test_every_row_and_column_that_is_named_is_read_by_no_window(values: Values) -> None:
    c = settled(values)
    named = {int(number) for number in re.findall(r"\d+", formulas.remainders(c).partition("Input")[2])}
    if c.operation != "transposed":
        idle = geometry.uncovered(
            c.input_size, c.kernel_size, stride=c.stride, padding=c.padding, dilation=c.dilation, ceil_mode=c.ceil_mode
        )
        assert named == {index + 1 for axis in idle for index in axis}


# ---- counts, conventions, equations --------------------------------------------------------


def test_the_lectures_counts() -> None:
    assert (3 * 3 + 1, 5 * 5, 5 * 5 * 3 * 3) == (10, 25, 225)
    assert formulas.counts_table(Configuration()).splitlines()[2:] == [
        f"| Parameters | 3×3 + 1 = **10** | {7 * 7 * 5 * 5 + 5 * 5:,} |",
        "| Hidden units | 5×5 = **25** | 25 |",
        f"| Connections | 5×5×3×3 = **225** | {7 * 7 * 5 * 5:,} |",
    ]


def test_a_pooling_learns_nothing() -> None:
    table = formulas.counts_table(Configuration("max", (8, 8), (2, 2), stride=(2, 2)))
    assert "| Parameters | **0** |" in table and f"4×4×2×2 = **{4 * 4 * 2 * 2}**" in table


def test_a_transposed_convolution_connects_each_input() -> None:
    table = formulas.counts_table(Configuration("transposed", (3, 3), stride=(2, 2)))
    assert f"3×3×3×3 = **{3 * 3 * 3 * 3}**" in table and "7×7 = **49**" in table


@given(any_values)
def test_each_working_multiplies_out(values: Values) -> None:
    workings = re.findall(r"\| ([\d×]+)( \+ 1)? = \*\*([\d,]+)\*\*", formulas.counts_table(settled(values)))
    for factors, bias, number in workings:
        assert math.prod(map(int, factors.split("×"))) + bool(bias) == int(number.replace(",", ""))
    assert len(workings) >= 2


def test_rounding_matters_where_something_is_left_over() -> None:
    assert formulas.rounding_matters(Configuration(input_size=(8, 8), stride=(2, 2)))
    assert not formulas.rounding_matters(Configuration(input_size=(7, 7), stride=(2, 2)))
    assert not formulas.rounding_matters(Configuration("transposed", (8, 8), stride=(2, 2)))


def test_conventions_name_a_size_or_say_that_there_is_none() -> None:
    table = formulas.conventions_table(Configuration(input_size=(8, 8), stride=(2, 2)))
    assert "| PyTorch | 3 × 3 |" in table
    assert "| PyTorch ceil_mode, Caffe pooling | 4 × 4 |" in table
    assert "| CS231n | not possible |" in table


@pytest.mark.parametrize(
    ("configuration", "part"),
    [
        (Configuration(), "w_{kl}"), (Configuration(flip=True), r"w_{K-1-k,\;L-1-l}"),
        (Configuration("transposed"), r"\mathrel{+}="), (Configuration("max"), r"\max"),
        (Configuration("avg"), r"\frac{1}"), (Configuration("sum"), r"\sum"),
        (Configuration("lp", norm_type=1.5), r"\quad p = 1.5"),
    ],
)
def test_each_operation_has_its_equation(configuration: Configuration, part: str) -> None:
    assert part in formulas.operation(configuration)
