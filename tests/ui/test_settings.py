"""Settings: what the link spells comes back, what it mangles gets a sentence, and who is heard when."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.ui.conftest import fresh_page
from ui.pictures import PICTURE_SIDE, pack_picture
from ui.settings import (
    LARGEST_EDIT,
    Field,
    RowKind,
    choice,
    clean_edits,
    edits,
    flag,
    link_of,
    real,
    several,
    stack,
    text,
    whole,
)
from ui.window import SETTINGS

WHOLE, REAL, EDITS = whole("h", 7), real("p", 2.0, 0.1, 100.0), edits("x")
CHOICE, FLAG, TEXT = choice("op", "conv", ["conv", "max"]), flag("ceil"), text("picture", 5)
SEVERAL = several("kinds", ["a", "b", "c"])
BOUNDED = whole("n", 3, 1, 5)
KINDS = {"conv": RowKind("Convolution", (Field("Kernel", 3, 1, 11), Field("Stride", 1, 1, 4))), "relu": RowKind("ReLU")}
STACK = stack("layers", (("conv", 3, 1), ("relu",)), KINDS, most=3)
ROW = st.tuples(st.just("conv"), st.integers(1, 11), st.integers(1, 4)) | st.just(("relu",))
CELLS = "cells such as 1_2_-0.5~3_1_4"
CELL = st.tuples(st.integers(0, 999), st.integers(0, 999), st.floats(allow_nan=False, allow_infinity=False))

# ---- one setting ---------------------------------------------------------------------------


@given(st.integers(-(10**9), 10**9))
def test_a_whole_number_comes_back(number: int) -> None:
    assert WHOLE.read(WHOLE.write(number)) == number


@given(st.floats(-1000, 1000))
def test_a_number_comes_back_within_its_ends_and_with_six_digits(number: float) -> None:
    value = REAL.read(str(number))
    assert REAL.read(REAL.write(value)) == value
    assert value == pytest.approx(min(max(number, 0.1), 100.0), rel=1e-5)


@pytest.mark.parametrize(("setting", "value"), [(CHOICE, "conv"), (CHOICE, "max"), (FLAG, True), (FLAG, False)])
def test_words_and_flags_come_back(setting, value: str | bool) -> None:
    assert setting.read(setting.write(value)) == value


@given(st.text(max_size=5))
def test_text_comes_back(value: str) -> None:
    assert TEXT.read(TEXT.write(value)) == value


@given(st.lists(CELL, min_size=1, max_size=9))
def test_edits_come_back(cells: list) -> None:
    value = clean_edits(cells)
    assert EDITS.read(EDITS.write(value)) == value


@given(st.lists(ROW, max_size=3))
def test_rows_come_back(rows: list) -> None:
    assert STACK.read(STACK.write(tuple(rows))) == tuple(rows)


@pytest.mark.parametrize(
    ("setting", "spelled", "value"),
    [
        (BOUNDED, "9", 5), (BOUNDED, "-2", 1), (STACK, "", ()), (STACK, "conv_5", (("conv", 5, 1),)),
        (STACK, "conv_99_0~relu_7", (("conv", 11, 1), ("relu",))), (WHOLE, "1e30", 10**9),
        (WHOLE, "9", 9), (WHOLE, "-3", -3), (WHOLE, " 4 ", 4), (WHOLE, "2.0", 2), (WHOLE, "1e3", 1000),
        (REAL, "1.23456789", 1.23457), (REAL, "-5", 0.1), (REAL, "inf", 100.0),
        (FLAG, "1", True), (FLAG, "True", True), (FLAG, "0", False), (FLAG, "FALSE", False),
        (SEVERAL, "c~a", ("a", "c")), (SEVERAL, "b~b", ("b",)), (SEVERAL, "", ()),
        (EDITS, "1_2_-0.5~3_1_4", ((0, 1, -0.5), (2, 0, 4.0))),
        (EDITS, "3_1_4~1_2_8~1_2_9", ((0, 1, 9.0), (2, 0, 4.0))),
    ],
)
def test_what_a_link_may_spell(setting, spelled: str, value) -> None:
    assert setting.read(spelled) == value


@pytest.mark.parametrize(
    ("setting", "spelled", "expected"),
    [
        *[(WHOLE, mangled, "a whole number") for mangled in ("", "x", "1.2.3", "0x10", "nan", "-inf")],
        *[(REAL, mangled, "a number") for mangled in ("", "x", "1,5", "nan")],
        *[(CHOICE, mangled, "one of conv, max") for mangled in ("", "Conv", "conv ", "min")],
        *[(FLAG, mangled, "0 or 1") for mangled in ("", "yes", "2", "1.0")],
        *[(SEVERAL, mangled, "some of a, b, c") for mangled in ("d", "a b", "A")],
        (SEVERAL, "d~a", "names 'd', unknown here: the rest is used"),
        (TEXT, "abcdef", "at most 5 characters"),
        *[
            (STACK, mangled, "rows such as conv_3_1~relu")
            for mangled in ("pool_2", "conv_x", "conv_1.5", "conv_1_x")
        ],
        (STACK, "relu~relu~relu~relu", "at most 3 rows"),
        *[
            (EDITS, mangled, CELLS)
            for mangled in ("", "~", "1_2", "1_2_3_4", "1_2_x", "0_1_5", "1_0_5", "1001_1_5", "1_1_nan", "1_1_1e999")
        ],
    ],
)
def test_what_is_mangled_is_told_what_was_expected(setting, spelled: str, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        setting.read(spelled)


@given(st.sampled_from(SETTINGS), st.text() | st.text("0123456789_~.-e", max_size=12))
def test_any_text_reads_for_good_or_is_refused(setting, spelled: str) -> None:
    try:
        value = setting.read(spelled)
    except ValueError:
        return
    assert setting.read(setting.write(value)) == value


def test_clean_edits_sort_bound_and_keep_the_last() -> None:
    assert clean_edits([(1, 0, 3), (0, 2, 1e9), (0, 1, -1e9), (1, 0, 1 / 3)]) == (
        (0, 1, -LARGEST_EDIT), (0, 2, LARGEST_EDIT), (1, 0, 0.333333),
    )
    assert clean_edits([]) == ()


@pytest.mark.parametrize("cell", [(-1, 0, 1), (0, -1, 1), (1000, 0, 1), (0, 0, np.nan), (0, 0, np.inf)])
def test_clean_edits_refuse_what_is_no_cell(cell: tuple) -> None:
    with pytest.raises(ValueError, match=r"^a cell and a finite number$"):
        clean_edits([cell])


def test_the_link_leaves_defaults_out() -> None:
    defaults = {setting.name: setting.default for setting in SETTINGS}
    assert link_of(SETTINGS, defaults) == link_of(SETTINGS, {}) == {}
    changed = defaults | {"h": 9, "counted": False, "p": 1.5, "x": ((0, 1, -0.5),)}
    assert link_of(SETTINGS, changed) == {"h": "9", "counted": "0", "p": "1.5", "x": "1_2_-0.5"}


# ---- a page --------------------------------------------------------------------------------


def script() -> None:
    """A page of three settings, what a front end sends to it, a file, and another page beside it."""
    import streamlit as st

    from ui.pictures import pack_picture, read_picture
    from ui.settings import Page, choice, text, whole

    declared = [whole("h", 7), whole("w", 7), choice("op", "conv", ["conv", "max"]), text("picture", 2000)]
    page = Page(st.session_state.get("where", "p"), declared)
    for note in page.notes:
        st.warning(note)
    st.button("Grow", on_click=page.hears(lambda: page.update(h=page["h"] + 1)))
    st.button("Take", on_click=page.hears(lambda: list(page.take("front"))))
    st.button("Max", on_click=page.hears(lambda: page.start_from({"op": "max"})))
    page.upload("picture", "Picture", ["png"], lambda content: pack_picture(read_picture(content)))
    st.text(f"{page.step} {page.place} {page.arrivals} {page.answered}")
    page.publish()


def visit(**link: str) -> AppTest:
    at = AppTest.from_function(script)
    return follow(at, **link)


def follow(at: AppTest, **link: str) -> AppTest:
    at.query_params.clear()
    at.query_params.update(link)
    return at.run()


def values(at: AppTest, page: str = "p") -> dict:
    assert not at.exception
    return at.session_state[f"{page}/values"]


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def test_the_first_run_reads_the_link_and_publishes_what_it_understood() -> None:
    at = visit(h="9", w="7.0", op="min", unknown="1")
    assert values(at) == {"h": 9, "w": 7, "op": "conv", "picture": ""}
    assert at.query_params == {"h": "9"}
    assert [note.value for note in at.warning] == [
        "The link's op must be one of conv, max. Received: op='min'. The default is used."
    ]


def test_a_note_quotes_no_more_than_forty_characters() -> None:
    at = visit(h="x" * 500)
    assert [note.value for note in at.warning] == [
        f"The link's h must be a whole number. Received: h='{'x' * 40}'. The default is used."
    ]


def test_notes_stay_until_somebody_acts() -> None:
    at = visit(h="x").run()  # a run that nobody asked for
    assert [note.value for note in at.warning] == [
        "The link's h must be a whole number. Received: h='x'. The default is used."
    ]
    assert not press(at, "Grow").warning and not at.run().warning


def test_a_change_is_published() -> None:
    at = press(visit(), "Grow")
    assert values(at)["h"] == 7 + 1
    assert at.query_params == {"h": "8"}


def test_a_change_does_not_look_at_the_link_the_browser_had() -> None:
    at = visit(h="9")
    at.query_params["h"] = "3"  # sent with the click, and older than what was published since
    press(at, "Grow")
    assert values(at)["h"] == 9 + 1
    assert at.query_params == {"h": "10"}


def test_a_new_link_counts_after_a_change_too() -> None:
    at = press(visit(h="9"), "Grow")
    assert values(follow(at, h="3"))["h"] == 3


def test_an_empty_link_brings_the_defaults_back() -> None:
    at = follow(visit(h="9"))
    assert values(at)["h"] == 7
    assert at.query_params == {}


def test_a_link_resets_what_it_does_not_name() -> None:
    assert values(follow(visit(h="9"), w="5")) == {"h": 7, "w": 5, "op": "conv", "picture": ""}


def test_coming_back_from_another_page_keeps_the_values_and_links_them() -> None:
    at = visit(h="9")
    at.session_state["where"] = "other"
    assert values(follow(at), "other")["h"] == 7
    at.session_state["where"] = "p"
    assert values(follow(at))["h"] == 9
    assert at.query_params == {"h": "9"}


def test_coming_back_by_a_link_takes_the_link() -> None:
    at = visit(h="9")
    at.session_state["where"] = "other"
    follow(at)
    at.session_state["where"] = "p"
    assert values(follow(at, w="5")) == {"h": 7, "w": 5, "op": "conv", "picture": ""}


def test_going_back_to_a_link_as_it_came_writes_nothing() -> None:
    """What is written is one more place to go back to: nobody would get past it."""
    at = visit(h="9.0", w="x")
    assert at.query_params == {"h": "9"}
    assert follow(at, h="9.0", w="x").query_params == {"h": "9.0", "w": "x"}
    assert len(at.warning) == 1  # as it was left
    assert press(at, "Grow").query_params == {"h": "10"}
    follow(at, h="9.0", w="x")
    assert values(at)["h"] == 9 and at.query_params == {"h": "9.0", "w": "x"}
    assert at.run().query_params == {"h": "9.0", "w": "x"} and values(at)["h"] == 9


def test_a_link_that_is_followed_again_from_another_page_is_written_again() -> None:
    at = visit(h="9.0")
    at.session_state["where"] = "other"
    follow(at)
    at.session_state["where"] = "p"
    assert follow(at, h="9.0").query_params == {"h": "9"}


def test_a_part_that_publishes_again_writes_what_has_changed_since() -> None:
    def parts() -> None:
        from ui.settings import Page, whole

        page = Page("p", [whole("h", 7)])
        for height in (5, 9):
            page.update(h=height)
            page.publish()

    assert follow(AppTest.from_function(parts), h="5").query_params == {"h": "9"}


def test_only_links_and_presets_arrive_and_only_links_name_a_step() -> None:
    at = visit(h="9", step="12")
    assert at.text[0].value == "12 12 1 0"
    assert press(at, "Grow").text[0].value == "12 12 1 0"
    assert press(at, "Max").text[0].value == "1 0 2 0"
    assert values(at) == {"h": 7, "w": 7, "op": "max", "picture": ""}


@pytest.mark.parametrize("step", ["x", "-1", "1.5", "²", "9999999", ""])
def test_a_step_that_is_no_step_is_the_first(step: str) -> None:
    assert visit(step=step).text[0].value == "1 0 1 0"


def test_a_step_alone_is_no_new_link() -> None:
    """The stepper writes it into the link without telling the server."""
    at = press(visit(h="9"), "Grow")
    assert values(follow(at, h="10", step="4"))["h"] == 10
    assert at.text[0].value == "1 0 1 0"


def test_changes_sent_together_are_all_taken_and_nonsense_changes_nothing() -> None:
    at = visit()
    sent = [["h+w", "5"], ["h", "x"], ["op", "max"], ["op", "min"], ["unknown", "1"], ["picture+unknown", "a"]]
    at.session_state["front"] = {"changes": {"serial": 3, "changes": sent}}
    press(at, "Take")
    assert values(at) == {"h": 5, "w": 5, "op": "max", "picture": "a"}
    assert at.text[0].value == "1 0 1 3"


def test_nothing_sent_changes_nothing() -> None:
    assert values(press(visit(h="9"), "Take"))["h"] == 9


def test_a_refused_file_leaves_the_picture_that_was() -> None:
    kept = pack_picture(np.full((PICTURE_SIDE, PICTURE_SIDE), 7, np.uint8))
    at = visit(picture=kept)
    at.file_uploader[0].upload("a.png", b"not a picture", "image/png").run()
    assert values(at)["picture"] == kept
    assert len(at.error) == 1 and at.error[0].value.endswith(".")
    at.file_uploader[0].clear().run()
    assert values(at)["picture"] == kept and not at.error


def test_a_good_file_is_taken_and_published() -> None:
    file = BytesIO()
    Image.new("L", (64, 64), 200).save(file, "PNG")
    at = visit()
    at.file_uploader[0].upload("a.png", file.getvalue(), "image/png").run()
    expected = pack_picture(np.full((PICTURE_SIDE, PICTURE_SIDE), 200, np.uint8))
    assert values(at)["picture"] == expected and not at.error
    assert at.query_params == {"picture": expected}


def test_the_address_of_a_page_at_its_defaults_has_no_question_mark() -> None:
    page = fresh_page("explore", SETTINGS)
    assert "?" not in page.url()
    page.update(h=9)
    assert page.url().endswith("?h=9")
