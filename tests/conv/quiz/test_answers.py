"""What people type, in the spellings that they use."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conv.errors import ConvError
from conv.quiz.answers import LONGEST, read, same, spell

NUMBERS = {
    "5": 5, " 5 ": 5, "5.0": 5, "5.": 5, "+5": 5, "= 5": 5, "005": 5, "５": 5, "1,000": 1000, "1 000": 1000,
    "1'000": 1000, "40,000,000": 40_000_000, "40\u202f000\u00a0000": 40_000_000, "0.5": 0.5, ".5": 0.5, "0,5": 0.5,
    "−0.5": -0.5, "- 3": -3, "–3": -3, "1/2": 0.5, "−1 / 4": -0.25, "6/3": 2, "½": 0.5, "3,25": 3.25, "0,125": 0.125,
    "5 rows": 5, "123456789012345678901234": 123456789012345678901234, "1{,}000": 1000,
    "7 multiply-adds": 7, "3.5": 3.5, "1,234.5": 1234.5,
}
SIZES = [
    "5x7", "5X7", "5×7", "5 x 7", "5 * 5".replace("* 5", "* 7"), "5 by 7", "5 BY 7", "(5, 7)", "[5,7]", "5,7", "5 7",
    "5;7", "5.0 × 7.0", "5×7 pixels", "5 rows, 7 columns", "7 columns, 5 rows", "5 х 7", r"$5\times 7$",
    " 5 ×7 ", "5 ✕ 7", "5·7",
]
SETS = {
    "1, 2 and 3": {1, 2, 3}, "{1,2,3}": {1, 2, 3}, "1 2 3": {1, 2, 3}, "1-3": {1, 2, 3}, "1–3": {1, 2, 3},
    "1 to 3": {1, 2, 3}, "3 - 1": {1, 2, 3}, "1-2, 5": {1, 2, 5}, "(2; 4)": {2, 4}, "7": {7}, "none": set(),
    "None.": set(), "{}": set(), "∅": set(), "1 & 3": {1, 3}, "1, 2, and 3": {1, 2, 3}, "columns 1 and 2": {1, 2},
}


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_numbers(text, value):
    assert read(text, 12) == value
    assert isinstance(read(text, 12), type(value))


@pytest.mark.parametrize("text", SIZES)
def test_sizes(text):
    assert read(text, (1, 1)) == (5, 7)


def test_shapes():
    assert read("6×28×28", (1, 2, 3)) == read("6, 28, 28", (1, 2, 3)) == (6, 28, 28)
    assert read("−1 x 5", (1, 1)) == (-1, 5)


@pytest.mark.parametrize(("text", "value"), SETS.items())
def test_sets(text, value):
    assert read(text, frozenset({9})) == value


def test_words():
    assert [read(text, "A") for text in ("b", " B ", "(b)", "B.", "b)")] == ["B"] * 5
    assert read("Impossible", 5) == read("not possible", 5) == "impossible"


@pytest.mark.parametrize(
    ("text", "like", "message"),
    [
        ("", 5, r"Type one number, such as 12\. Received: nothing\."),
        ("many", 5, r"Type one number, such as 12\. Received: many\."),
        ("1/0", 5, "Type one number"),
        ("5x5", 5, "Type one number"),
        ("1,2,3", 5, "Type one number"),
        ("9" * 400, 5, r"An answer has at most 100 characters\. Received: 99999999999999999999…\."),
        ("5²", 5, "Type numbers without exponents"),
        ("1e999", 5, "Type one number"),
        ("٣", 5, "Type one number"),
        ("5", (5, 5), r"Type rows × columns, such as 5 × 7\. Received: 5\."),
        ("5", (4, 3), r"Type rows × columns, such as 5 × 7\. Received: 5\."),
        ("5 × 5 × 5", (5, 5), "Type rows × columns, such as"),
        ("5.5 × 5", (5, 5), "Type rows × columns"),
        ("", (5, 5), "Type rows × columns"),
        ("28 × 28", (6, 28, 28), "Type maps × rows × columns, such as 6 × 5 × 7"),
        ("", frozenset(), "Type whole numbers with commas between, or none"),
        ("some", frozenset({1}), "Type whole numbers with commas between, or none"),
        ("1.5", frozenset({1}), "Type whole numbers with commas between, or none"),
        ("1-99999999999", frozenset({1}), "Type whole numbers with commas between, or none"),
        (r"\alpha", 5, r"Received: \\alpha\.$"),
        ("8/8", (5, 5), r"Type rows × columns, such as 5 × 7\. Received: 8/8\.$"),
        ("F", "A", "Type one of the letters"),
        ("", "A", "Type one of the letters"),
    ],
)
def test_what_cannot_be_read_says_what_to_type(text, like, message):
    with pytest.raises(ConvError, match=message):
        read(text, like)


@given(st.text(max_size=LONGEST + 20), st.sampled_from([5, 0.5, (3, 3), (1, 2, 3), frozenset({1}), "A"]))
def test_anything_is_read_or_refused(text, like):
    with suppress(ConvError):
        spell(read(text, like))


VALUES = st.one_of(
    st.integers(-(10**9), 10**9), st.integers(-4000, 4000).map(lambda quarters: quarters / 4),
    st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
    st.tuples(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99)),
    st.frozensets(st.integers(1, 99), max_size=20), st.sampled_from("ABCD"),
)


@given(VALUES)
def test_what_is_spelled_can_be_read(value):
    assert same(read(spell(value), value), value)


def test_same_to_the_digits_that_are_asked_for():
    assert same(1 / 3, 0.33) and same(0.335, 0.33) and not same(0.34, 0.33)
    assert same(2.0, 2) and not same(2, 3) and not same((2, 3), (3, 2)) and not same("A", 1)
    assert not same(frozenset(), 0) and same(frozenset({1, 2}), frozenset({2, 1}))
