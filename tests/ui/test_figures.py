"""Figures of a step: what stands in them, what is left out, and that the same figure is the same file."""

from __future__ import annotations

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ui.animation
import ui.drawing
import ui.figures
import ui.scene
from conv import trace
from ui.drawing import LARGEST_CELL, SMALLEST_TEXT, THEMES, Layout, arrange, luminance, text_on, wrapped
from ui.figures import figure_bytes, stepper_figure
from ui.scene import Scene, scene
from ui.window import plain_window

ROOT = Path(__file__).parents[2]

WINDOWS = {
    "conv": {"bias": 0.5, "pad": "same"},
    "reflected": {"h": 5, "w": 6, "ph": 2, "pw": 1, "mode": "reflect", "pattern": "signed_random"},
    "dilated": {"h": 9, "w": 9, "dh": 2, "dw": 3},
    "sparse": {"h": 8, "w": 8, "kh": 2, "kw": 2, "sh": 3, "sw": 3},
    "flipped": {"op": "flipped", "kernel": "ramp"},
    "transposed": {"op": "transposed", "h": 3, "w": 3, "sh": 2, "sw": 2, "ph": 1, "pw": 1, "oh": 1, "ow": 1},
    "max": {"op": "max", "ph": 1, "pw": 1, "sh": 2, "sw": 2, "ceil": True},
    "avg": {"op": "avg", "h": 6, "w": 6, "sh": 2, "sw": 2, "ceil": True, "pattern": "ramp"},
    "sum": {"op": "sum", "kh": 2, "kw": 2},
    "lp": {"op": "lp", "kh": 2, "kw": 2, "p": 3.0, "pattern": "signed_random"},
    "least": {"h": 1, "w": 1, "kh": 1, "kw": 1},
    "flat": {"h": 1, "w": 32, "kh": 1, "kw": 11},
    "tall": {"h": 32, "w": 1, "kh": 11, "kw": 1},
    "most": {"h": 32, "w": 32, "kh": 11, "kw": 11, "ph": 10, "pw": 10, "pattern": "handwritten_digit"},
}


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def shown(name: str, **options) -> Scene:
    return scene(plain_window(**WINDOWS[name]), **options)


# ---- the scene -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "step", "sentence"),
    [
        ("conv", 2, "Output (1, 2) = 0×1 + 0×0 + 0×-1 + 0×0 + 1×0 + 1×0 + 0×-1 + 0×0 + 0×1 + bias 0.5 = 0.5"),
        ("flipped", 1, "Output (1, 1) = 0×9 + 1×8 + 1×7 + 0×6 + 0×5 + 0×4 + 0×3 + 0×2 + 0×1 = 15"),
        ("max", 1, "Output (1, 1) = max(-∞, -∞, -∞, -∞, 0, 1, -∞, 0, 0) = 1"),
        ("avg", 9, "Output (3, 3) = (28 + 29 + 34 + 35) / 4 = 31.5"),
        ("sum", 1, "Output (1, 1) = 0 + 1 + 0 + 0 = 1"),
        ("least", 1, "Output (1, 1) = 1×0 = 0"),
        ("most", 1, "Output (1, 1) = 0×0 + 0×0 + 0×0 + … + 0×0 = 0"),
    ],
)
def test_the_sentence_tells_the_arithmetic(name: str, step: int, sentence: str) -> None:
    assert shown(name).sentence(step) == sentence


def test_the_sentence_of_norms() -> None:
    window = plain_window(op="lp", h=1, w=2, kh=1, kw=2, p=2.0, x=((0, 0, 3.0), (0, 1, -4.0)))
    assert scene(window).sentence(1) == "Output (1, 1) = (|3|^2 + |-4|^2)^(1/2) = 5"


def test_the_sentence_of_a_scattering() -> None:
    told = shown("transposed", view="scatter").sentence(5)
    assert told == "Input (2, 2) = 1, times the kernel, is added to 9 cells of the output."


@pytest.mark.parametrize("name", WINDOWS)
def test_every_step_writes_what_the_trace_says(name: str) -> None:
    found = shown(name)
    values = found.boards["output"].values.copy()
    for row, col, value in found.written(found.steps):
        values[row, col] = value
    np.testing.assert_array_equal(values, found.trace.output)


def test_a_scattering_ends_with_the_canvas() -> None:
    found = shown("transposed", view="scatter")
    values = found.boards["output"].values.copy()
    for row, col, value in found.written(found.steps):
        values[row, col] = value
    np.testing.assert_array_equal(values, found.trace.canvas)


def test_captions_and_legend() -> None:
    conv, avg = shown("conv"), shown("avg")
    assert (conv.boards["input"].title, conv.boards["input"].note) == ("Input 7 × 7", "padded to 9 × 9")
    assert [board.title for board in conv.boards.values()][1:] == ["Kernel 3 × 3", "Output 7 × 7"]
    assert conv.legend == "Dashed: padding."
    assert (avg.boards["input"].note, avg.legend) == ("", "Dotted: beyond the edge, not counted.")
    assert shown("sparse").legend == "Hatched: read by no window."
    assert shown("transposed").legend == "Dashed: padding. Dotted: zero between inputs."
    assert shown("transposed", view="scatter").legend == "Dashed: cut away by the padding."
    assert list(shown("flipped").boards) == ["input", "kernel", "applied", "output"]
    assert list(shown("max").boards) == ["input", "output"]


def test_cells_that_no_window_reads() -> None:
    idle = shown("sparse").boards["input"].idle
    assert np.flatnonzero(idle.all(1)).tolist() == [2, 5]
    assert np.flatnonzero(idle.all(0)).tolist() == [2, 5]
    assert not idle[0, 0]


def test_colours_end_at_the_largest_value_or_where_one_says() -> None:
    window = plain_window(pattern="ramp", h=3, w=3, kernel="ones")
    limits = {name: board.limit for name, board in scene(window).boards.items()}
    assert limits == {"input": 8.0, "kernel": 1.0, "output": float(sum(range(9)))}
    assert {board.limit for board in scene(window, limit=10.0).boards.values()} == {10.0}
    assert shown("max").boards["input"].limit == 1.0  # not the padding's infinity


def test_hidden_values_are_nowhere() -> None:
    found = shown("conv", hide="values")
    assert {value for _, _, value in found.written(found.steps)} == {None}
    assert np.isnan(found.boards["output"].values).all()
    assert found.sentence(2).endswith(" = ?")
    assert np.isnan(shown("transposed", view="scatter", hide="values").boards["output"].values).all()


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("view", ["gather", "scatter"])
def test_a_hidden_size_is_nowhere(name: str, view: str) -> None:
    found = shown(name, view=view, hide="size")
    assert found.steps == 1
    assert found.boards["output"].values.shape == (1, 1)
    assert (found.boards["output"].title, found.boards["output"].note) == ("Output ? × ?", "")
    assert found.sentence(1) == "How large is the output?"
    assert "output" not in [board for board, _, _ in found.framed(1)]


# ---- the layout ----------------------------------------------------------------------------


def extents(found: Scene, layout: Layout) -> list[tuple[int, int, int, int]]:
    """Where each board is."""
    boxes = []
    for name, board in found.boards.items():
        rows, cols = board.values.shape
        boxes.append((*layout.box(name, 0, 0)[:2], *layout.box(name, rows - 1, cols - 1)[2:]))
    return boxes


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("view", ["gather", "scatter"])
@pytest.mark.parametrize("width", [480, 960])
def test_nothing_overlaps_and_nothing_is_cut_off(name: str, view: str, width: int) -> None:
    found = shown(name, view=view)
    steps = range(1, found.steps + 1, 1 + found.steps // 50)
    layout = arrange(found, steps, width=width, text_size=12)
    assert layout.width == width
    boxes = extents(found, layout)
    for left, top, right, bottom in boxes:
        assert 0 < left < right < layout.width
        assert 0 < top < bottom < layout.sentence[1]
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    for label in layout.labels:
        left = label.x - label.width / 2 if label.centred else label.x
        assert left >= 0
        assert left + label.width <= layout.width
    lines = max(len(wrapped(found.sentence(step), 12, layout.sentence[2])) for step in steps)
    assert layout.sentence[1] + lines * 12 * 1.5 <= layout.height


def test_cells_are_as_large_as_fits() -> None:
    cells = {name: arrange(shown(name), [1], width=960, text_size=14).cells["input"] for name in WINDOWS}
    assert cells["least"] == LARGEST_CELL > cells["conv"] > cells["most"]


def test_a_text_is_broken_between_words() -> None:
    assert wrapped("a b c", 12, 1000) == ["a b c"]
    assert wrapped("a b c", 12, 1) == ["a", "b", "c"]


# ---- colours -------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_numbers_are_legible_on_every_colour(theme: str) -> None:
    for value in np.linspace(-1, 1, 101):
        colour = THEMES[theme].shade(value, 1.0)
        dark, light = sorted((luminance(colour), luminance(text_on(colour))))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values())
def test_signs_differ_in_colour_and_zero_is_neutral(theme) -> None:
    assert theme.shade(0.0, 1.0) == theme.shade(5.0, 0.0) == theme.shade(-np.inf, 1.0) == theme.zero
    red, _, blue = theme.shade(1.0, 1.0)
    assert blue > red
    red, _, blue = theme.shade(-1.0, 1.0)
    assert red > blue
    assert theme.shade(7.0, 1.0) == theme.shade(1.0, 1.0)


# ---- the figure ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("view", ["gather", "scatter"])
def test_every_operation_becomes_a_figure(name: str, view: str) -> None:
    figure = stepper_figure(plain_window(**WINDOWS[name]), 3, view=view)
    written = texts(figure)
    found = shown(name, view=view)
    assert {board.title for board in found.boards.values()} <= set(written)
    assert " ".join(written).endswith(found.sentence(min(3, found.steps)))
    picture = Image.open(BytesIO(figure_bytes(figure, "png")))
    assert picture.width == figure.get_figwidth() * 200


def test_numbers_are_legible_or_left_out() -> None:
    for name in WINDOWS:
        figure = stepper_figure(plain_window(**WINDOWS[name]), 1)
        for text in figure.axes[0].texts:
            assert text.get_text() == "-" or text.get_fontsize() >= SMALLEST_TEXT * 0.72
    numbers = [text for text in texts(figure) if re.fullmatch(r"-?[\d.e-]+", text)]
    assert numbers == []  # 52 by 52 cells in ten inches


def test_outputs_appear_up_to_the_step() -> None:
    window = plain_window(h=3, w=5, kernel="ones", pattern="ramp")
    sums = [str(sum(row * 5 + col + start for row in range(3) for col in range(3))) for start in range(3)]
    assert [text for text in texts(stepper_figure(window, 2)) if text in sums] == sums[:2]
    assert set(sums) <= set(texts(stepper_figure(window, 3)))


def test_the_nearest_step_there_is() -> None:
    window = plain_window()
    assert texts(stepper_figure(window, 999)) == texts(stepper_figure(window, 25))
    assert texts(stepper_figure(window, -1)) == texts(stepper_figure(window, 1))


def test_hidden_values_are_question_marks_in_every_kind_of_file() -> None:
    window = plain_window(h=3, w=5, kernel="ones", pattern="ramp")
    figure = stepper_figure(window, 2, hide="values")
    assert texts(figure).count("?") == 2
    assert str(sum(row * 5 + col for row in range(3) for col in range(3))) not in texts(figure)
    assert b">63<" not in figure_bytes(figure, "svg")


def test_a_hidden_size_leaves_no_trace() -> None:
    """Two settings that differ in the output alone give the same picture."""
    one = stepper_figure(plain_window(sh=1, sw=1, pattern="constant"), 9, hide="size")
    other = stepper_figure(plain_window(sh=2, sw=2, pattern="constant"), 1, hide="size")
    assert figure_bytes(one, "svg") == figure_bytes(other, "svg")


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_same_figure_is_the_same_file(kind: str, theme: str) -> None:
    window = plain_window(**WINDOWS["conv"])
    once, again = (figure_bytes(stepper_figure(window, 9, theme=theme), kind) for _ in range(2))
    assert once == again
    assert once.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind])
    assert not re.search(rb"20[0-9]{2}-[0-9]{2}|CreationDate", once)


def test_text_stays_text_in_svg() -> None:
    svg = figure_bytes(stepper_figure(plain_window(), 1), "svg").decode()
    assert ">Input 7 × 7</text>" in svg
    assert "DejaVu Sans" in svg


def test_matplotlib_is_loaded_when_a_figure_is_made() -> None:
    check = "import sys, ui.figures, ui.animation; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("module", [ui.scene, ui.drawing, ui.figures, ui.animation])
def test_pictures_are_drawn_without_streamlit(module) -> None:
    assert "import streamlit" not in Path(module.__file__).read_text(encoding="utf-8")


def test_kinds_of_cells_are_told_apart_from_the_traces() -> None:
    kinds = set(np.unique(shown("transposed", view="scatter").boards["output"].kinds))
    assert kinds - {trace.INPUT} and not kinds & {trace.PADDING, trace.STRETCH, trace.OUTSIDE}


def test_figures_have_the_pages_colours() -> None:
    script = (ROOT / "assets" / "components" / "grid.js").read_text(encoding="utf-8")
    for name, theme in THEMES.items():
        line = re.search(rf"{name}: \{{ (zero: .*) \}},", script)[1]
        numbers = [int(number) for number in re.findall(r"\d+", line)]
        assert numbers == [c for rgb in (theme.zero, *theme.positive, *theme.negative) for c in rgb]
