"""The exercise sheet: every answer is what conv computes, and every link opens as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import streamlit

import conv
from conv import architectures, channels, counts, datasets, inspection, kernels, optimizers, receptive_field, training
from conv.blueprint import Linear, summary
from conv.patterns import pattern
from conv.quiz import generate
from conv.receptive_field import Layer
from ui import lecture, lectures
from ui.inside_subject import bundled
from ui.lecture_pictures import PICTURES

DOCS = Path(__file__).parents[1] / "docs"
TASKS, ANSWERS = (
    dict(re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |^## |\Z)", (DOCS / name).read_text(encoding="utf-8"), re.M | re.S))
    for name in ("exercises.md", "exercises_answers.md")
)
LINKS = {number: re.search(r"`/(.*?)`\]\(http://localhost:8501/(.*?)\)", task) for number, task in TASKS.items()}


def listed(numbers: Iterable[int]) -> str:
    *most, last = (str(number) for number in numbers)
    return f"{', '.join(most)} and {last}" if most else last


def unread(size: int, kernel: int, stride: int, padding: int = 0) -> list[int]:
    """Rows, from 1, that no window reads: slid, not calculated."""
    seen = conv.conv_transpose2d(
        np.ones((1, 1, conv.output_size(size, kernel, stride=stride, padding=padding), 1)), np.ones((1, 1, kernel, 1)),
        stride=(stride, 1),
    )[0, 0, padding : padding + size, 0]
    return [row + 1 for row in range(size) if row >= len(seen) or not seen[row]]


def windows() -> dict[int, list]:
    padding = next(p for p in range(3) if not unread(8, 3, 3, p))
    ones = conv.conv2d(np.ones((1, 1, 7, 7)), np.ones((1, 1, 3, 3)), padding=1)[0, 0]
    spot, weights = pattern("impulse", 7), kernels.ramp(3, 3)
    nines = [
        np.argwhere(conv.conv2d(spot[None, None], found[None, None])[0, 0] == 9)[0] + 1
        for found in (weights, kernels.flip(weights))
    ]
    side = conv.output_size(9, 3, stride=2)
    return {
        1: [f"{side}×{side}"], 2: [listed(unread(8, 3, 3)), padding], 3: [int(ones[0, col]) for col in (0, 1)] +
        [int(ones[1, 1])], 4: [*nines[0], *nines[1]],
    }


def costs() -> dict[int, list]:
    small = counts.layer_counts(28, 5, out_maps=6)
    many = counts.layer_counts(7, 5, in_maps=4, out_maps=8)
    one, two = (counts.layer_counts(7, 3, in_maps=4, out_maps=4, groups=groups).parameters for groups in (1, 2))
    grouped = channels.convolution(np.ones((4, 7, 7)), np.ones((4, 2, 3, 3)), np.zeros(4), groups=2)
    places = np.arange(49).reshape(7, 7)
    return {
        5: [places[1, 0] - places[0, 0], f"{counts.dense_counts(49, 25).weights:,}"],
        6: [small.parameters, f"{counts.dense_counts(28 * 28, small.hidden_units).parameters:,}"],
        7: [many.parameters, f"{many.connections:,}"],
        8: [one - two, listed(grouped.sources[2] + 1)],
    }


def fields() -> dict[int, list]:
    deep = receptive_field.chain([Layer("conv", 3)] * 12)
    strided = receptive_field.chain([Layer("conv", 3, 2), Layer("conv", 3), Layer("conv", 3)])
    stack = [Layer("conv", 2, 3), Layer("conv", 3)]
    last = conv.output_size(conv.output_size(18, 2, stride=3), 3)
    seen = {
        middle
        for unit in range(last)
        for first in receptive_field.region(stack[1:], unit=unit, input_size=6).cols
        for middle in receptive_field.region(stack[:1], unit=first, input_size=18).cols
    }
    return {
        9: [next(i for i, field in enumerate(deep, start=1) if field.size == (21, 21)), strided[-1].size[0]],
        10: [listed(col + 1 for col in range(18) if col not in seen)],
    }


def pools() -> dict[int, list]:
    def pooled(col: int) -> np.ndarray:
        x = np.zeros((1, 1, 6, 6))
        x[0, 0, 2, col] = 5
        return conv.max_pool2d(x, 2)

    def free(step: int) -> int:
        return next(n for n in range(6) if not np.array_equal(pooled(2 + (n + 1) * step), pooled(2)))

    window = np.array([[[[3.0, 4.0], [0.0, 0.0]]]])
    norms = [float(conv.lp_pool2d(window, p, 2).item()) for p in (1, 2, np.inf)]
    return {11: [free(1), free(-1)], 12: [f"{value:g}" for value in (*norms, conv.avg_pool2d(window, 2).item())]}


def pictures() -> dict[int, list]:
    names = ("identity", "edge_detection_1", "edge_detection_2", "edge_detection_3", "sharpen")
    sums = [kernels.kernel(name, 3).sum() for name in names]
    blur = kernels.gaussian(7, 7)
    assert np.linalg.matrix_rank(blur) == 1
    return {13: [sums.count(1), sums.count(0)], 14: [blur.size, sum(blur.shape)]}


def networks() -> dict[int, list]:
    lenet, alexnet = (
        summary(found.layers, found.input_shape)
        for found in map(architectures.blueprint, ("lenet5_1998", "alexnet_2012"))
    )
    largest = max(lenet.rows, key=lambda row: row.counts.parameters)
    dense = sum(row.counts.parameters for row in alexnet.rows if isinstance(row.layer, Linear))
    digits = datasets.load("digits")
    subject = bundled()
    features = inspection.feature_maps(subject.network, subject.images[subject.pictures_of(2)[0]])[4][11]
    row, col = map(int, np.unravel_index(features.argmax(), features.shape))
    rows = inspection.seen_by(subject.network, 8, layer=4, unit=(row, col)).rows
    return {
        15: [largest.layer.label, f"{largest.counts.parameters:,}"],
        16: [f"{alexnet.rows[0].counts.hidden_units:,}", f"{100 * dense / alexnet.parameters:.0f} %"],
        17: [steps(digits, size) for size in (32, 512)],
        18: [row + 1, col + 1, f"{rows.start + 1} to {rows.stop}"],
    }


def steps(digits: datasets.Dataset, batch_size: int) -> int:
    """Train for one epoch, and count."""
    network = architectures.build("digits_cnn")
    trainer = training.Trainer(network, digits, optimizer=optimizers.SGD(0.02), batch_size=batch_size, seed=1)
    for _ in trainer.run(1):
        pass
    return trainer.steps


def checks() -> dict[int, list]:
    x, weight = np.ones((1, 1, 5, 5)), np.ones((1, 1, 3, 3))
    found = []
    for stride in (1, 2):
        ones = np.ones_like(conv.conv2d(x, weight, stride=stride))
        (gradient,) = np.unique(conv.conv2d_backward(ones, x, weight, stride=stride)[1])
        found.append(int(gradient))
    question = generate("size", 0, 1)
    forgot = next(diagnosis for diagnosis in question.diagnoses if diagnosis.value == (2, 2))
    return {19: found, 20: [re.search(r"forgot the \+ (\d)", forgot.text)[1], "{}×{}".format(*question.answer)]}


@pytest.mark.parametrize("part", [windows, costs, fields, pools, pictures, networks, checks])
def test_every_answer_is_what_conv_computes(part) -> None:
    for number, expected in part().items():
        said = re.findall(r"\*\*(.*?)\*\*", ANSWERS[str(number)])
        assert said == [str(value) for value in expected], f"task {number}"


def test_twenty_tasks_on_all_pages_and_an_answer_each() -> None:
    assert list(TASKS) == list(ANSWERS) == [str(number) for number in range(1, 21)]
    assert {link[1].partition("?")[0] for link in LINKS.values()} == set(PICTURES)


def test_every_link_opens_as_it_is_written() -> None:
    assert [number for number, link in LINKS.items() if link[1] != link[2]] == []
    scenes = "".join(f'[[scene]]\ntitle = "{number}"\npicture = "{link[1]}"\n' for number, link in LINKS.items())
    streamlit.session_state.clear()
    for scene in lectures.read(f'title = "Exercises"\n{scenes}'.encode()).scenes:
        opened = lecture.placed(scene.title, scene.picture)
        PICTURES[scene.picture.page].data(opened)
        assert opened.notes == [], f"task {scene.title}"
