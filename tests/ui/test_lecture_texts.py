"""The shipped lectures: right choices and sums are what conv computes, and every scene can be shown in a theatre."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import streamlit

import conv
from conv import counts, receptive_field
from conv.architectures import blueprint
from conv.blueprint import summary
from conv.kernels import kernel
from conv.receptive_field import Layer
from ui import lecture, lectures
from ui.lecture_pictures import PICTURES
from ui.lectures import Scene

MOST_WORDS = 45
SHIPPED = {name: lectures.load(name) for name in ("convolutional_networks", "demo")}
SCENES = [scene for found in SHIPPED.values() for scene in found.scenes]
WHOLE = {scene.title: scene for scene in SHIPPED["convolutional_networks"].scenes}


def told(scene: Scene) -> str:
    return "\n".join([scene.words, *(step.words for step in scene.steps)])


def squared(size: int) -> str:
    return f"{size}×{size}"


# ---- questions ------------------------------------------------------------------------------------


def moved(right: int) -> list[int]:
    """Where the cross is found when it has been moved to the right: row and column of the largest output."""
    cross = 1 - 2 * np.array([[1.0, 0, 1], [0, 0, 0], [1, 0, 1]])
    x = np.zeros((1, 1, 7, 7))
    x[0, 0, 2:5, right : right + 3] = cross > 0
    output = conv.conv2d(x, cross[None, None])[0, 0]
    assert output.max() == 5
    return list(np.argwhere(output == 5)[0])


def five(col: int) -> np.ndarray:
    """Give a map of 6×6 with a 5 in row 3 and a column, from 1."""
    x = np.zeros((1, 1, 6, 6))
    x[0, 0, 2, col - 1] = 5
    return x


def products_of_a_weight() -> int:
    """Count the outputs whose gradient reaches one weight: with ones, each adds one."""
    x, weight = np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3))
    return int(conv.conv2d_backward(np.ones((1, 1, 3, 3)), x, weight)[1][0, 0, 1, 1])


SMALL, DENSE = counts.layer_counts(7, 3), [Layer("dense", 7)]
RIGHT = {
    "A dense layer on a larger picture": f"{counts.dense_counts(200 * 200, 1000).weights:,}",
    "How many parameters?": f"{SMALL.parameters} numbers",
    "Hidden units and connections": f"{SMALL.connections}",
    "How large is the feature map?": squared(conv.output_size(7, 5)),
    "What if the stride is 2?": squared(conv.output_size(7, 3, stride=2)),
    "When it does not come out even": squared(conv.output_size(8, 3, stride=2)),
    "Two 3×3 layers": f"{receptive_field.chain([Layer('conv', 3)] * 2)[-1].size[0]}",
    "Many output maps": f"{counts.layer_counts(7, 3, out_maps=2).parameters}",
    "Many input maps": f"{counts.layer_counts(7, 3, in_maps=3).parameters}",
    "Many maps in and out": f"{counts.layer_counts(7, 3, in_maps=3, out_maps=2).parameters}",
    "Pooling": f"{squared(conv.output_size(8, 2, stride=2))}, "
    f"{counts.pooling_counts(8, 2).parameters or 'none'}",
    "Exercise: gradients with shared weights": f"{products_of_a_weight()}",
}
FORMULAS = {  # of m, f, p and s, as the choices spell them
    "Any size": [lambda m, f, p, s: m - f, lambda m, f, p, s: m - f + 1, lambda m, f, p, s: m + f - 1],
    "Take home: the size for any border": [
        lambda m, f, p, s: m - f + p + 1, lambda m, f, p, s: m - f + 2 * p + 1, lambda m, f, p, s: m - f + 2 * p,
    ],
    "Take home: size with padding and stride": [
        lambda m, f, p, s: (m - f + 2 * p) // s + 1, lambda m, f, p, s: (m - f + 2 * p + 1) // s,
        lambda m, f, p, s: math.ceil((m - f + 2 * p) / s) + 1,
    ],
}
IN_WORDS = {
    "Shuffle all the pixels", "The shape moves. What does the feature map do?", "The feature map as a formula",
    "What can we do to get 7×7?", "And without convolution?", "What does pooling give away?", "Sharpen",
}


@pytest.mark.parametrize("title", RIGHT)
def test_the_right_choice_is_what_conv_computes(title: str) -> None:
    question = WHOLE[title].question
    assert question.choices[question.right] == RIGHT[title]


@pytest.mark.parametrize("title", FORMULAS)
def test_the_right_formula_gives_every_size_and_the_others_do_not(title: str) -> None:
    strided = title.endswith("stride")
    sizes = [(m, f, p, s) for m in range(5, 12) for f in (1, 2, 3, 5) for p in (0, 1, 2) for s in (1, 2, 3)]
    sizes = [(m, f, p if title.startswith("Take home") else 0, s if strided else 1) for m, f, p, s in sizes]
    holds = [
        all(formula(*size) == conv.output_size(size[0], size[1], padding=size[2], stride=size[3]) for size in sizes)
        for formula in FORMULAS[title]
    ]
    assert holds == [number == WHOLE[title].question.right for number in range(3)]


def test_the_right_choices_in_words() -> None:
    assert moved(2) == [moved(0)[0], moved(0)[1] + 2]
    assert WHOLE["The shape moves. What does the feature map do?"].question.right == 1
    ways = [conv.output_size(7, 3, padding=padding, stride=stride) for padding, stride in ((1, 1), (2, 1), (0, 2))]
    assert [size == 7 for size in ways] == [True, False, False]
    assert WHOLE["What can we do to get 7×7?"].question.right == 0
    pooled = [conv.max_pool2d(five(col), 2, stride=2)[0, 0].tolist() for col in (3, 4, 5)]
    assert pooled[0] == pooled[1] != pooled[2]
    assert WHOLE["What does pooling give away?"].question.right == 2
    seen = receptive_field.region([Layer("dense")], unit=(0, 0), input_size=(7, 7))
    assert (len(seen.rows), len(seen.cols)) == (7, 7) and WHOLE["And without convolution?"].question.right == 2
    assert kernel("sharpen", 3).sum() == 1 and WHOLE["Sharpen"].question.right == 1
    assert [kernel(f"edge_detection_{n}", 3).sum() for n in (1, 2, 3)] == [0, 0, 0]


def test_no_question_is_left_unchecked() -> None:
    asked = {title for title, scene in WHOLE.items() if scene.question}
    assert asked == {*RIGHT, *FORMULAS, *IN_WORDS}


def test_the_demos_questions() -> None:
    first, second = (scene.question for scene in SHIPPED["demo"].scenes if scene.question)
    assert first.choices[first.right] == RIGHT["How large is the feature map?"]
    assert second.choices[second.right] == f"{RIGHT['Two 3×3 layers']} pixels"


def test_what_questions_ask_for_is_not_in_their_pictures() -> None:
    sized = [title for title in RIGHT if "×" in RIGHT[title]] + [*FORMULAS, "Exercise: gradients with shared weights"]
    assert [title for title in sized if WHOLE[title].picture.settings.get("hide") != "size"] == []
    assert SHIPPED["demo"].scenes[2].picture.settings["hide"] == "size"


# ---- numbers --------------------------------------------------------------------------------------


def value(written: str) -> int:
    """Work out products, sums and differences of whole numbers, with brackets."""
    while "(" in written:
        written = re.sub(r"\(([^()]*)\)", lambda inner: str(value(inner[1])), written)
    parts = re.findall(r"(-?)([\d *]*\d)", written)
    return sum((-1 if sign else 1) * math.prod(map(int, part.split("*"))) for sign, part in parts)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_sum_comes_out(name: str) -> None:
    text = "\n".join(map(told, SHIPPED[name].scenes))
    for spelled, meant in ((r"\times", "*"), ("×", "*"), ("·", "*"), ("−", "-"), ("F_{in}", "3"), ("F_{out}", "2")):
        text = text.replace(spelled, meant)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    sums = re.findall(r"([\d(][\d *+()-]*[*+-][\d *+()-]*) = (\d+)", text)
    assert [(left, right) for left, right in sums if value(left) != int(right)] == []
    assert len(sums) >= {"convolutional_networks": 12, "demo": 2}[name]


def test_facts_of_the_networks() -> None:
    dense, lenet, today, alexnet = (
        summary(found.layers, found.input_shape)
        for found in map(blueprint, ("dense", "lenet5_1998", "lenet5", "alexnet_2012"))
    )
    assert f"{dense.parameters:,} parameters" in WHOLE["Recap: a dense network reads digits"].notes
    notes = " ".join(WHOLE["LeNet-5"].notes.split())
    assert f"{lenet.parameters:,} parameters, {lenet.connections_with_biases:,} connections" in notes
    assert f"{today.parameters:,} parameters" in notes
    assert f"{today.parameters:,} parameters instead of {lenet.parameters:,}" in WHOLE["LeNet-5"].steps[0].words
    units = [row.counts.hidden_units for row in alexnet.rows if row.counts.parameters]
    scene = WHOLE["AlexNet, 2012"]
    caption = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]+", scene.steps[0].words)]
    assert [said for said, there in zip(caption, units, strict=True) if said != there] == [caption[0]]
    assert f"The first: 55 · 55 · 96 = {units[0]:,}" in scene.steps[2].words
    assert f"{3 * 224 * 224:,} inputs" in scene.notes
    grown = receptive_field.chain([Layer("conv", 3), Layer("max", 2, 2)] * 2 + [Layer("conv", 3)])
    assert ", ".join(str(field.size[0]) for field in grown) in WHOLE["Deeper units see more"].steps[0].words


# ---- in the theatre -------------------------------------------------------------------------------


def words(scene: Scene) -> int:
    """Count what is to be read of a scene, a formula as a word."""
    plain = re.sub(r"\]\([^)]*\)", "]", f"{scene.question.ask if scene.question else ''} {told(scene)}")
    return len(re.findall(r"\w[\w'’.,%×-]*", re.sub(r"\$[^$]*\$", "x", plain)))


def test_few_words_and_notes() -> None:
    assert [(scene.title, words(scene)) for scene in SCENES if words(scene) > MOST_WORDS] == []
    assert [scene.title for scene in SCENES if not scene.notes] == []


def test_every_question_is_answered_in_words() -> None:
    questions = [scene for scene in SCENES if scene.question]
    assert [scene.title for scene in questions if len({*scene.question.choices}) < len(scene.question.choices)] == []
    assert [scene.title for scene in questions if not scene.steps[scene.answered_at - 2].words] == []


def test_the_whole_lecture_has_a_picture_in_every_scene_and_all_pages() -> None:
    assert [title for title, scene in WHOLE.items() if scene.picture is None] == []
    assert {link.page for scene in WHOLE.values() for link in scene.pictures} == set(PICTURES)
    assert sum(scene.question is not None for scene in WHOLE.values()) >= 20


def test_steps_are_those_that_there_are() -> None:
    streamlit.session_state.clear()
    for title, scene in WHOLE.items():
        for number, link in enumerate(scene.pictures):
            if link.page in ("explore", "pooling", "channels", "connections") and "step" in link.settings:
                shown = PICTURES[link.page].data(lecture.placed(f"{title}/{number}", link))
                maps = len(shown["bias"]) if link.page == "channels" else 1
                assert int(link.settings["step"]) <= maps * shown["output"]["rows"] * shown["output"]["cols"], title


def test_the_times_add_up_to_what_is_said() -> None:
    first, *others = WHOLE.values()
    minutes = sum(int(re.match(r"(\d+) min\b", scene.notes)[1]) for scene in others)
    assert f"about {round(minutes, -1)} minutes" in first.notes
