"""The image kernels' page without a browser: its chain, its words, its messages and what it gives away."""

from __future__ import annotations

import json
import struct
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import streamlit
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from conv import conv2d_naive, max_pool2d
from conv.filtering import Filter, Pool, display
from conv.kernels import KERNELS, gabor, kernel
from tests.ui.conftest import fresh_page
from ui import image_kernels_shown as words
from ui.drawing import THEMES
from ui.figures import figure_bytes
from ui.image_kernels import (
    COLOURS,
    FIXED,
    KINDS,
    PHOTOGRAPHS,
    PRESETS,
    SETTINGS,
    SHOWING,
    TRY,
    Shown,
    items,
    keep_picture,
    photograph,
    row_title,
    settle,
    spell,
    step_of,
    take,
    take_edits,
    try_this,
)
from ui.image_kernels_figure import filter_figure
from ui.image_kernels_share import LANGUAGES, arrays_npz, png, result_png, source, take_away
from ui.settings import Page, link_of

page_with = partial(fresh_page, "image_kernels", SETTINGS)


def shown_with(**values: Any) -> Shown:
    return settle(page_with(**values))


def unparcelled(message: bytes) -> dict[str, Any]:
    """What a message says, read as the front end reads it."""
    (length,) = struct.unpack("<I", message[:4])
    header = json.loads(message[4:4 + length])
    start = 4 + length
    for name, dtype, shape in header["arrays"]:
        array = np.frombuffer(message, dtype, np.prod(shape, dtype=int), start).reshape(shape)
        header[name] = array
        start += array.nbytes
    assert start == len(message)
    return header


def own_picture(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


TINY = np.array([[0, 10, 200], [30, 40, 250], [90, 100, 110]], np.uint8)


def tiny(**values: Any) -> Page:
    """The page with a picture of one's own, of nine pixels."""
    page = page_with(picture="own")
    keep_picture(page, own_picture(TINY))
    page.update(**values)
    return page


def change(page: Page, *changes: Any) -> None:
    """Do as a person at the controls."""
    streamlit.session_state["controls"] = {"changes": {"serial": 1, "changes": list(changes)}}
    take(page)


# ---- pictures and chains -------------------------------------------------------------------


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_are_there_and_stay_as_they_are(name: str) -> None:
    pixels = photograph(name)
    assert pixels.dtype == np.uint8 and len(pixels) in (1, 3) and min(pixels.shape[1:]) >= 300
    assert (len(pixels) == 3) == PHOTOGRAPHS[name].title.endswith("in colour")
    assert not pixels.flags.writeable


def test_the_lectures_kernel_over_the_first_photograph() -> None:
    shown = shown_with()
    grey = photograph("camera").astype(float)
    weights = KERNELS["edge_detection_3"].array
    part = conv2d_naive(grey[:, 100:110, 200:210], weights[None, None])
    np.testing.assert_array_equal(shown.result[:, 101:109, 201:209], part)
    assert shown.display == display(shown.result, "clip")


@pytest.mark.parametrize("key", FIXED)
def test_kernels_of_one_size_are_the_cores(key: str) -> None:
    np.testing.assert_array_equal(step_of((key,)).weights, KERNELS[key.replace("-", "_")].array)


def test_kernels_of_any_size() -> None:
    np.testing.assert_array_equal(step_of(("box", 7)).weights, np.full((7, 7), 1 / 49))
    np.testing.assert_array_equal(step_of(("gaussian", 4)).weights, kernel("gaussian", 4))
    np.testing.assert_array_equal(step_of(("gabor", 9, 90, 6)).weights, gabor(9, 9, theta=np.pi / 2, wavelength=6))
    assert step_of(("max", 3)) == Pool("max", 3)


def test_keys_can_stand_in_a_link() -> None:
    assert [key for key in KINDS if "_" in key or "~" in key] == []


def test_in_colour_each_channel_is_by_itself() -> None:
    colour = shown_with(picture="astronaut", colour="rgb", chain=(("sharpen",),))
    assert colour.picture.shape == colour.result.shape == (3, 512, 512)
    red = np.array(photograph("astronaut")[:1, 50:60, 70:80], dtype=float)
    expected = conv2d_naive(red, KERNELS["sharpen"].array[None, None])
    np.testing.assert_array_equal(colour.result[:1, 51:59, 71:79], expected)


def test_a_chain_with_pooling_shrinks_the_picture() -> None:
    shown = shown_with(chain=(("sobel-vertical",), ("max", 4), ("sobel-vertical",)))
    assert [r.shape for r in shown.results] == [(1, 512, 512), (1, 512, 512), (1, 128, 128), (1, 128, 128)]
    assert shown.factor == 4
    np.testing.assert_array_equal(shown.source, max_pool2d(shown.results[1], 4))


def test_the_chain_can_be_looked_at_in_the_middle() -> None:
    page = page_with(chain=(("box", 3), ("max", 2), ("sharpen",)), after=2)
    assert settle(page).rows == (("box", 3), ("max", 2))
    for beyond in (3, 5):
        page.update(after=beyond)
        assert len(settle(page).rows) == 3 and page["after"] == 0


def test_without_a_step_the_picture_is_shown() -> None:
    shown = shown_with(chain=())
    np.testing.assert_array_equal(shown.result, photograph("camera"))
    assert shown.rows == (("identity",),)


def test_a_pooling_that_no_longer_fits_is_left_out() -> None:
    page = tiny(chain=(("max", 2), ("max", 2), ("sharpen",)))
    shown = settle(page)
    assert page.notes == ["Max pooling 2×2 is left out: only 1 × 1 pixels were left to pool."]
    assert page["chain"] == shown.rows == (("max", 2), ("sharpen",))
    assert shown.results[1].tolist() == [[[40]]]


# ---- a picture of one's own ----------------------------------------------------------------


def test_a_picture_of_ones_own_is_filtered() -> None:
    shown = settle(tiny(chain=(("gradient-horizontal",),)))
    assert shown.result.tolist() == [[[10 - 0, 200 - 0, 200 - 10], [40 - 30, 250 - 30, 250 - 40], [10, 20, 10]]]
    assert shown.credit == "3 × 3 pixels, in this session only"


def test_a_large_one_says_that_it_was_reduced() -> None:
    page = page_with(picture="own")
    keep_picture(page, own_picture(np.zeros((1500, 3000), np.uint8)))
    assert settle(page).credit == "Reduced from 3000 × 1500 to 1414 × 707 pixels, in this session only"


def test_a_link_cannot_carry_it() -> None:
    page = page_with(picture="own", chain=(("emboss",),))
    shown = settle(page)
    assert page["picture"] == "camera" and shown.title == "Photographer" and shown.rows == (("emboss",),)
    assert page.notes == ["Pictures do not travel in links: choose yours again."]


def test_who_chooses_an_own_picture_sees_the_first_until_it_is_there() -> None:
    page = page_with()
    settle(page)
    page.update(picture="own")
    assert settle(page).title == "Photographer" and page["picture"] == "own" and page.notes == []


# ---- a kernel of one's own -----------------------------------------------------------------


def test_a_pasted_matrix_is_the_kernel() -> None:
    shown = settle(tiny(chain=(("own",),), own="0 1/2 0\n0, 0, 0\n0 1/2 0"))
    assert shown.steps[0].weights.tolist() == [[0, 0.5, 0], [0, 0, 0], [0, 0.5, 0]]
    assert shown.result[0, 1].tolist() == [(0 + 90) / 2, (10 + 100) / 2, (200 + 110) / 2]


def test_what_is_no_matrix_gets_a_sentence_and_the_last_kernel_stays() -> None:
    page = tiny(chain=(("own",),), own="1 2 1")
    settle(page)
    page.update(own="1 2\n3")
    shown = settle(page)
    assert shown.steps[0].weights.tolist() == [[1, 2, 1]]
    assert shown.own_error == "All rows must be equally long. Received: lengths=[2, 1]."
    typed = next(item for item in items(page, shown) if item["name"] == "own")
    assert typed["error"] == shown.own_error and typed["value"] == "1 2\n3"


def test_divided_by_its_sum_and_offset() -> None:
    shown = settle(tiny(chain=(("own",),), own="1 2 1", sum=True, offset=100.0))
    assert shown.divisor == 4
    assert shown.result[0, 0].tolist() == [(0 + 0 + 10) / 4 + 100, (0 + 20 + 200) / 4 + 100, (10 + 400 + 200) / 4 + 100]
    assert unparcelled(words.main_message(shown))["step"]["weights"] == [1, 2, 1]  # as typed, and the divisor beside it


def test_a_sum_of_zero_divides_nothing() -> None:
    shown = settle(tiny(chain=(("own",),), own="1 -1", sum=True))
    assert shown.divisor == 1 and shown.steps[0].weights.tolist() == [[1, -1]]
    assert words.about(shown)[1] == "The weights add up to 0, so nothing is divided: an even area becomes 0."
    assert words.about(settle(tiny(chain=(("own",),), own="1 -1")))[1].startswith("The weights add up to 0: an even")


def test_a_text_too_long_is_refused_and_stays_to_be_mended() -> None:
    page = tiny(chain=(("own",),), own="1 2 1")
    settle(page)
    long = "1 " * 5000
    change(page, ["own", long])
    shown = settle(page)
    assert shown.steps[0].weights.tolist() == [[1, 2, 1]] and page["own"] == "1 2 1"
    assert shown.own_error == "A kernel's text must have at most 2000 characters."
    typed = next(item for item in items(page, shown) if item["name"] == "own")
    assert typed["error"] == shown.own_error and typed["value"] == long
    change(page, ["own", "1 2\n3"])
    assert settle(page).own_error == "All rows must be equally long. Received: lengths=[2, 1]."
    change(page, ["own", long], ["rows", "3"])
    assert settle(page).own_error == "" and page["own"] == "0 0 0\n1 2 1\n0 0 0"


def test_weights_that_are_cut_off_wait_until_the_kernel_grows_again() -> None:
    page = tiny(chain=(("own",),), own="1 2 3 4\n5 6 7 8\n9 10 11 12")
    change(page, ["rows", "1"], ["cols", "1"])
    assert page["own"] == "6"
    edited(page, serial=1, step=0, rows=1, cols=1, weights=[-6])
    change(page, ["cols", "4"], ["rows", "3"])
    assert page["own"] == "1 2 3 4\n5 -6 7 8\n9 10 11 12"
    change(page, ["rows", "1"])
    change(page, ["own", "1 1 1"])  # another kernel: nothing of the last one waits
    change(page, ["rows", "3"])
    assert page["own"] == "0 0 0\n1 1 1\n0 0 0"


def edited(page: Page, **sent: Any) -> Page:
    streamlit.session_state["image_kernels"] = {"edits": sent}
    take_edits(page)
    return page


def test_editing_a_named_kernel_makes_it_ones_own() -> None:
    page = page_with(chain=(("max", 2), ("sobel-vertical",), ("max", 2)), after=2, sum=True, offset=5.0)
    edited(page, serial=3, step=1, rows=1, cols=3, weights=[-1, 7, 1])
    assert page["chain"] == (("max", 2), ("own",), ("max", 2))
    assert (page["own"], page["sum"], page["offset"]) == ("-1 7 1", False, 0.0)
    assert page.recall("edits answered") == 3
    edited(page, serial=4, step=1, rows=1, cols=3, weights=[-1, 7, 2.5])
    assert page["own"] == "-1 7 2.5"


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"serial": 1}, {"serial": 1, "step": 9, "rows": 1, "cols": 1, "weights": [1]},
        {"serial": 1, "step": 0, "rows": 12, "cols": 1, "weights": [1] * 12},
        {"serial": 1, "step": 0, "rows": 2, "cols": 2, "weights": [1]},
        {"serial": 1, "step": 0, "rows": 1, "cols": 1, "weights": ["x"]},
        {"serial": 1, "step": 0, "rows": 1, "cols": 1, "weights": [float("inf")]},
    ],
)
def test_what_our_front_end_does_not_send_changes_nothing(sent: dict) -> None:
    page = page_with()
    before = dict(page.values)
    assert edited(page, **sent).values == before


def test_spelled_weights_read_as_what_they_were() -> None:
    weights = np.array([[-0.0, 1e-5], [123456, -2.5]])
    assert spell(weights) == "0 1e-05\n123456 -2.5"


# ---- links and presets ---------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_links_and_say_what_to_try(name: str) -> None:
    page = page_with(**PRESETS[name].settings)
    settle(page)
    assert page.notes == [] and try_this(page) == PRESETS[name].text
    read = {setting.name: setting.read for setting in SETTINGS}
    link = link_of(SETTINGS, page.values)
    assert {name: read[name](text) for name, text in link.items()} == PRESETS[name].settings
    page.update(chain=(("identity",),) * 5)
    assert try_this(page) == TRY


ROWS = st.sampled_from(list(KINDS)).flatmap(
    lambda key: st.tuples(st.just(key), *(st.integers(f.least, f.most) for f in KINDS[key].fields))
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    st.lists(ROWS, max_size=5).map(tuple), st.integers(0, 5), st.sampled_from(list(SHOWING)),
    st.text("0123456789-. \n/ex", max_size=30), st.booleans(), st.sampled_from(["grey", "rgb"]),
)
def test_whatever_the_settings_something_is_shown(chain, after, show, own, total, colour) -> None:
    page = tiny(chain=chain, after=after, show=show, own=own, sum=total, colour=colour)
    shown = settle(page)
    header = unparcelled(words.main_message(shown))
    assert header["levels"].shape == shown.result.shape
    assert "nan" not in json.dumps(header | {"levels": 0}).lower()
    unparcelled(words.values_message(shown))
    assert words.cost(shown) and words.range_in_words(shown)
    assert items(page, shown)


# ---- messages ------------------------------------------------------------------------------


def test_what_is_seen_at_once() -> None:
    shown = settle(tiny(chain=(("gradient-horizontal",),), show="normalise"))
    data = unparcelled(words.main_message(shown, arrival=7))
    assert data["arrival"] == 7 and data["size"] == [3, 3] and data["channels"] == []
    low, high = 10, 220
    expected = [[round((v - low) * 255 / (high - low)) for v in row] for row in shown.result[0].tolist()]
    assert data["levels"].tolist() == [expected]
    step = {"index": 0, "kind": "filter", "rows": 1, "cols": 3, "before": [0, 1], "stride": 1, "border": "replicate"}
    assert data["step"] == step | {"weights": [-1, 0, 1], "divisor": 1.0, "bias": 0.0, "reads_picture": True}


def test_the_loupe_gets_exact_values() -> None:
    shown = settle(tiny(chain=(("gradient-horizontal",), ("max", 2))))
    values = unparcelled(words.values_message(shown))
    assert values["result"].tolist() == [[[220]]] and values["result"].dtype == np.int16
    assert values["source"].tolist() == shown.source.tolist()
    assert values["name"] == unparcelled(words.main_message(shown))["values"]
    alone = settle(tiny(chain=(("box", 3),)))
    values = unparcelled(words.values_message(alone))
    assert values["result"].dtype == np.float32 and "source" not in values
    np.testing.assert_array_equal(values["result"], alone.result)


def test_pictures_and_values_have_names_of_their_own() -> None:
    pictures = {shown_with(picture=name, colour=colour).name for name in PHOTOGRAPHS for colour in COLOURS}
    assert len(pictures) == len(PHOTOGRAPHS) * len(COLOURS)
    chains = [(("box", 3),), (("box", 5),), (("max", 2),), (("avg", 2),), (("box", 3), ("max", 2))]
    named = {unparcelled(words.main_message(settle(tiny(chain=chain))))["values"] for chain in chains}
    assert len(named) == len(chains)
    zeros = settle(tiny(chain=(("box", 3),), border="zeros"))
    assert unparcelled(words.main_message(zeros))["values"] not in named


@pytest.mark.parametrize(
    ("values", "dtype"), [([0, -32767], "int16"), ([0, 32768], "float32"), ([0.5], "float32"), ([-40000], "float32")]
)
def test_whole_small_values_travel_in_two_bytes(values: list[float], dtype: str) -> None:
    array = np.array(values, np.float32)
    sent = words.exact(array)
    assert sent.dtype == dtype and (sent == array).all()


# ---- words ---------------------------------------------------------------------------------


def said(show: str, **values: Any) -> str:
    return words.range_in_words(settle(tiny(chain=(("gradient-horizontal",),), show=show, **values)))


def test_the_range_in_words() -> None:
    assert said("clip") == (
        "The values go from 10 to 220. All are between 0, black, and 255, white: nothing is clipped."
    )
    beyond = settle(tiny(chain=(("own",),), own="0 2 0", offset=-100.0))  # of nine, four negative, two too large
    assert words.range_in_words(beyond) == (
        f"The values go from {2 * 0 - 100} to {2 * 250 - 100}. "
        "Clipped: below 0 (44 % of the pixels) all is black, above 255 (22 %) all is white."
    )
    assert said("normalise") == "The values go from 10 to 220. Normalised: 10 becomes black, 220 white."
    assert said("signed") == (
        "The values go from 10 to 220. Signed: 0 is mid grey, level 128; -220 is black, 220 white."
    )
    assert said("absolute").endswith("-50 and 50 look alike.")
    dark = words.range_in_words(settle(tiny(chain=(("own",),), own="1", offset=-10.0)))  # from 0 - 10 to 250 - 10
    assert dark == "The values go from -10 to 240. Clipped: below 0 (11 % of the pixels) all is black."
    bright = words.range_in_words(settle(tiny(chain=(("own",),), own="1", offset=10.0)))
    assert bright == "The values go from 10 to 260. Clipped: above 255 (11 % of the pixels) all is white."


def test_where_zero_lies_in_a_normalised_picture() -> None:
    shown = settle(tiny(chain=(("own",),), own="0 1 -1", show="normalise"))  # the pixel less its right neighbour
    assert (shown.display.least, shown.display.most) == (40 - 250, 0)
    shown = settle(tiny(chain=(("gradient-vertical",),), show="normalise"))
    least, most = 110 - 250, 90 - 0
    assert (shown.display.least, shown.display.most) == (least, most)
    zero = round(-least * 255 / (most - least))
    expected = f"Normalised: {least} becomes black, {most} white, 0 is grey level {zero}."
    assert words.range_in_words(shown).endswith(expected)


def test_values_that_are_all_the_same() -> None:
    page = tiny(chain=(("own",),), own="0", show="normalise")
    assert words.range_in_words(settle(page)) == (
        "Every value is 0: there is nothing to stretch, so 0 is black and 255 white."
    )


def test_one_value_in_words() -> None:
    clip = words.level_in_words(display([-612.0, 580.0], "clip"))
    assert (clip["least"], clip["most"], clip["below"]) == (0, 255, "{value} is below 0: black, level {level}.")
    stretched = words.level_in_words(display([-612.0, 580.0], "normalise"))
    assert stretched["inside"] == "({value} + 612) × 255 / 1192 is grey level {level}."
    assert words.level_in_words(display([12.0, 580.0], "normalise"))["inside"].startswith("({value} - 12) × 255 / 568")
    assert words.level_in_words(display([-3.0], "absolute"))["least"] == -255


def test_what_a_pixel_costs() -> None:
    def cost(*row: Any, **values: Any) -> str:
        return words.cost(settle(tiny(chain=(row,), **values)))

    assert cost("sobel-vertical") == (
        "3 × 3 = 9 products a pixel; as a column ∗ a row, one after the other, only 3 + 3 = 6."
    )
    assert "not a column times a row" in cost("edge-detection-2")
    assert cost("gradient-horizontal") == "1 × 3 = 3 products a pixel."
    assert cost("own", own="5") == "One product a pixel."
    assert cost("box", 11).endswith("only 11 + 11 = 22.")
    assert cost("max", 3) == "9 pixels make one: the picture has 9 times fewer."


def test_the_thin_kernels_are_shown_in_small_numbers() -> None:
    def thin(**values: Any) -> list | None:
        return unparcelled(words.main_message(settle(tiny(**values))))["thin"]

    assert thin(chain=(("sobel-vertical",),)) == [[1, 2, 1], [-1, 0, 1]]
    assert thin(chain=(("own",),), own="1 2 1; 0 0 0; -1 -2 -1", sum=True) == [[1, 0, -1], [1, 2, 1]]
    assert thin(chain=(("own",),), own="2 4; 4 8") == [[2, 4], [1, 2]]
    for chain in ((("edge-detection-2",),), (("gradient-vertical",),), (("max", 2),), (("own",),)):
        assert thin(chain=chain, own="0 0; 0 0") is None


@pytest.mark.parametrize("key", KINDS)
def test_every_step_has_a_title_and_words(key: str) -> None:
    row = (key, *(field.start for field in KINDS[key].fields))
    title, description, _ = words.about(settle(tiny(chain=(("identity",),) if key in ("max", "avg") else (row,))))
    assert title and description.endswith((".", ":"))
    assert row_title(row).startswith(KERNELS[FIXED[key]].title if key in FIXED else KINDS[key].title)


# ---- taken away ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_figure_is_a_file_and_the_same_each_time(kind: str) -> None:
    shown = settle(tiny(chain=(("own",),), own="1 2 1", sum=True, offset=3.0))
    files = {figure_bytes(filter_figure(shown, theme), kind) for theme in THEMES for _ in range(2)}
    assert len(files) == len(THEMES)


def test_the_figure_names_the_chain_and_the_range() -> None:
    shown = shown_with(picture="chelsea", chain=(("sobel-vertical",), ("max", 2)))
    texts = " ".join(text.get_text() for text in filter_figure(shown).axes[0].texts)
    for expected in ("Before: Cat", "After: 2 steps", "1. Sobel,", "2. Max pooling", "The values go from", "CC0"):
        assert expected in texts


def test_the_result_is_a_picture_in_full_size() -> None:
    shown = shown_with(picture="astronaut", colour="rgb", chain=(("sharpen",),))
    saved = np.asarray(Image.open(BytesIO(result_png(shown))))
    np.testing.assert_array_equal(saved.transpose(2, 0, 1), shown.display.levels(shown.result))
    grey = np.asarray(Image.open(BytesIO(png(shown_with().picture))))
    np.testing.assert_array_equal(grey, photograph("camera")[0])


def test_the_arrays() -> None:
    shown = settle(tiny(chain=(("box", 3), ("max", 2), ("own",)), own="2", offset=1.0))
    with np.load(BytesIO(arrays_npz(shown)), allow_pickle=False) as arrays:
        assert arrays["picture"].tolist() == [TINY.tolist()]
        np.testing.assert_array_equal(arrays["result"], shown.result)
        np.testing.assert_array_equal(arrays["levels"], shown.display.levels(shown.result))
        assert arrays["weights_3"].tolist() == [[2]] and arrays["bias_3"] == 1
        assert "weights_2" not in arrays
        assert json.loads(str(arrays["chain"])) == ["Box blur 3×3", "Max pooling 2×2", "Your own kernel"]


@pytest.mark.parametrize("show", SHOWING)
@pytest.mark.parametrize("border", ["replicate", "zeros"])
@pytest.mark.parametrize(
    "chain", [(("edge-detection-3",),), (("gaussian", 4), ("avg", 3), ("sobel-vertical",)), (("max", 4),)]
)
def test_the_numpy_program_draws_the_same(tmp_path, monkeypatch, show, border, chain) -> None:
    shown = shown_with(picture="chelsea", colour="rgb", chain=chain, show=show, border=border)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "picture.png").write_bytes(png(shown.picture))
    program = compile(source(shown, "numpy"), "program", "exec")
    exec(program, {})  # noqa: S102
    drawn = np.asarray(Image.open("result.png")).transpose(2, 0, 1).astype(int)
    difference = np.abs(drawn - shown.display.levels(shown.result))
    assert difference.max() <= 1 and (difference > 0).mean() < 0.001  # a half may be rounded either way


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_program_is_python(language: str) -> None:
    for chain in ((("max", 2), ("own",)), (("avg", 2),), (("emboss",),)):
        text = source(settle(tiny(chain=chain, own="1 2\n3 4", offset=-2.5)), language)
        compile(text, "program", "exec")
        assert max(map(len, text.splitlines())) < 250


def test_what_is_taken_away() -> None:
    shown = shown_with()
    taken = take_away(shown, "http://localhost/image_kernels?show=signed&step=1")
    assert taken.link.endswith("show=signed&step=1")
    figure = {f"{taken.name}.{kind}" for kind in ("png", "svg", "pdf")}
    assert figure.isdisjoint(file.name for file in taken.files)  # the dialog wants names of their own
    assert [file.name for file in taken.files] == ["edge-detection-3-result.png", "picture.png", "edge-detection-3.npz"]
    assert all(file.make() for file in taken.files)
    assert isinstance(shown.steps[0], Filter)
