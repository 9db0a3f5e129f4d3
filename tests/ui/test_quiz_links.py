"""What a question links to opens as it is, and shows the question's own answer."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
import streamlit

from conv.counts import dense_counts, layer_counts
from conv.quiz import KINDS, LEVELS, generate
from conv.quiz.answers import same
from conv.quiz.question import Question, Value
from conv.trace import sweep, transposed
from ui import architectures, channels, connections, gradients, receptive_field, window
from ui.settings import Page, Setting

SEEDS = range(40)
SETTLED = {
    "explore": (window.SETTINGS, window.settle), "channels": (channels.SETTINGS, channels.settle),
    "connections": (connections.SETTINGS, connections.settle), "gradients": (gradients.SETTINGS, gradients.settle),
    "receptive_field": (receptive_field.SETTINGS, receptive_field.settle),
    "architectures": (architectures.SETTINGS, architectures.settle),
}


class Query(dict):
    """The link's parameters, as Streamlit gives them."""

    def to_dict(self) -> dict:
        return dict(self)


def opened(link: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Page, object]:
    """The page of a link, and what it shows."""
    name, _, parameters = link.partition("?")
    query = dict(parse_qsl(parameters, strict_parsing=True))
    streamlit.session_state.clear()
    monkeypatch.setattr(streamlit, "query_params", Query(query))
    declared: tuple[Setting, ...]
    declared, settle = SETTLED[name]
    page = Page(name, declared)
    assert set(query) <= {"step", *page.declared}, link
    shown = settle(page)
    assert page.notes == [], link
    return page, shown


@pytest.mark.parametrize("kind", KINDS)
def test_links_open_unchanged_and_show_the_answer(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = 0
    for level in LEVELS:
        for seed in SEEDS:
            question = generate(kind, seed, level)
            if question.link:
                page, shown = opened(question.link, monkeypatch)
                answers = list(on_the_page(question, page, shown))
                assert any(same(answer, question.answer) for answer in answers), (question, answers)
                told += 1
    assert told > len(SEEDS)


def on_the_page(question: Question, page: Page, shown) -> list[Value]:
    """What the page says that may be asked for."""
    match page.name:
        case "explore":
            return on_the_stepper(question, page, shown)
        case "channels":
            return of_maps(shown, page)
        case "connections" if page["view"] == "counts":
            side = dense_counts(page["n"] ** 2, page["hidden"])
            return [side.parameters, side.weights]
        case "connections":
            return [shown.entries.weight_count]
        case "gradients":
            place = question.text.split("row ")[1][0], question.text.split("column ")[1][0]
            return [float(shown.trace().grad_weight[int(place[0]) - 1, int(place[1]) - 1])]
        case "receptive_field":
            size = tuple(map(int, shown.fields[-1].size))
            return [size, size[0]]
    return [shown.now.output_shape, shown.now.parameters]


def on_the_stepper(question: Question, page: Page, shown: window.Window) -> list[Value]:
    c = shown.configuration
    unread = frozenset(column + 1 for column in c.uncovered[1])
    told: list[Value] = [c.output_size, c.output_size[1], unread, c.padding[0], c.pads[1][1], c.kernel_size[1]]
    match question.kind:
        case "which_picture":
            settings = {name: page[name] for name in question.pictures[0].settings}
            return [picture.title for picture in question.pictures if picture.settings == settings]
        case "which_stride" | "which_kernel" | "frameworks" if isinstance(question.answer, frozenset):
            chosen = c.kernel_size[1] if question.kind == "which_kernel" else c.stride[1]
            return [question.answer] if chosen in question.answer else []
        case "which_stride":
            return [c.stride[1]]
        case "parameters" | "work" | "dense":
            counts = layer_counts(c.input_size, c.kernel_size, stride=c.stride)
            whole = dense_counts(counts.input_units, counts.hidden_units)
            return [counts.hidden_units, counts.connections, counts.parameters, whole.weights]
        case "cell" | "pooled":
            output = sweep(c, shown.x, shown.weight, shown.bias).output
            return [float(output.ravel()[page.step - 1])]
        case "transposed":
            output = transposed(
                shown.x, shown.weight, stride=c.stride, padding=c.pads, output_padding=c.output_padding,
                dilation=c.dilation,
            ).output
            return [output.shape[1]]
    return told


def of_maps(layer: channels.Layer, page: Page) -> list[Value]:
    c = layer.configuration
    counts = layer_counts(
        c.input_size, c.kernel_size, in_maps=page["fin"], out_maps=page["fout"], groups=page["groups"], stride=c.stride,
    )
    on_top = [dense_counts(counts.hidden_units, units).parameters for units in (10, 20, 50, 100)]
    return [counts.parameters, counts.weights, counts.hidden_units, counts.connections, *on_top]
