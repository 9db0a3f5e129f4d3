"""Looking inside a network: what the page settles on, finds, says and gives away."""

from __future__ import annotations

import base64
import json
from functools import partial
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit

from conv.datasets import Dataset
from conv.inspection import deconvnet, guided_backprop, occlusion, saliency, strongest_patches
from conv.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from conv.network import Sequential
from tests.ui.conftest import fresh_page
from tools.train_bundled import TARGET
from ui import inside
from ui.figures import figure_bytes
from ui.inside import METHODS, PRESETS, SETTINGS, Shown, items, read_ink, settle, take, take_look
from ui.inside_figure import figure
from ui.inside_share import arrays_npz, take_away
from ui.inside_shown import data, number, path, says, span
from ui.inside_subject import STEPS, WEIGHTS, Subject, bundled, flat, squares
from ui.run_spec import Spec
from ui.settings import Page

NO_RUN = SimpleNamespace(status=SimpleNamespace(state="empty"))


@pytest.fixture(autouse=True)
def no_training(monkeypatch):
    monkeypatch.setattr(inside.runs, "of_session", lambda name: NO_RUN)


page_with = partial(fresh_page, "inside", SETTINGS)


def shown_with(**values) -> Shown:
    return settle(page_with(**values))


def data_with(**values) -> dict:
    page = page_with(**values)
    return data(page, settle(page))


def unpacked(text: str, *shape: int):
    return np.frombuffer(base64.b64decode(text), "<f8").reshape(shape)


def subject_of(layers, shape=(1, 8, 8), classes=3, count=12) -> Subject:
    """A network of random weights with pictures of noise."""
    rng = np.random.default_rng(3)
    network = Sequential(layers(rng))
    images = rng.random((count, *shape), np.float32)
    labels = np.arange(count) % classes
    return Subject("own", "A network.", network, images, labels, tuple("abc"[:classes]))


def large(rng):
    """Two convolutions with all that may stand between, a hidden dense layer, 70 maps, and colours."""
    return [
        Conv2d(3, 4, 3, padding=1, rng=rng), BatchNorm2d(4), ReLU(), MaxPool2d(2), Dropout(0.3),
        Conv2d(4, 70, 3, rng=rng), ReLU(), Flatten(), Dropout(0.5), Linear(70 * 4 * 4, 6, rng=rng), ReLU(),
        Linear(6, 3, rng=rng),
    ]


def shown_of(subject: Subject, place: int, channel: int = 0, method: str = "patches", size: int = 3) -> Shown:
    return Shown(subject, subject.images[0], 0, (0, 1), "A picture", place, channel, method, size, "paper")


# The network that comes along


def test_the_bundled_network_is_what_its_script_wrote():
    assert WEIGHTS == TARGET
    subject = bundled()
    found = subject.network.predict(subject.images)
    assert (found != subject.labels).sum() == 11
    assert "Of 382 by other writers it mistakes 11." in subject.about
    with np.load(WEIGHTS, allow_pickle=False) as arrays:
        assert {name: arrays[name].shape for name in arrays.files} == {
            name: values.shape for name, values in subject.network.state_dict().items()
        }
    assert WEIGHTS.stat().st_size < 20_000


def test_looking_inside_leaves_it_as_it_was():
    before = bundled().network.state_dict()
    for method in METHODS:
        data_with(method=method)
    after = bundled().network.state_dict()
    for name, values in before.items():
        np.testing.assert_array_equal(after[name], values)


# Stages


@pytest.mark.parametrize("method", METHODS)
def test_the_network_that_all_share_is_never_run_itself(method, monkeypatch):
    """Each pass leaves its traces in the layers, and other people's passes are under way."""
    shared = bundled().network
    fresh = Subject("fresh", "", shared, bundled().images, bundled().labels, bundled().class_names)
    monkeypatch.setattr(inside, "bundled", lambda: fresh)
    monkeypatch.setattr(shared, "_fast", None)
    before = [dict(vars(layer)) for layer in shared.layers]
    data_with(method=method, layer=len(fresh.stages))
    for layer, held in zip(shared.layers, before, strict=True):
        assert all(vars(layer)[name] is value for name, value in held.items())


def test_activations_and_normalisation_belong_to_the_layer_below():
    subject = subject_of(large, (3, 12, 12))
    assert [(stage.name, stage.layer, stage.shape) for stage in subject.stages] == [
        ("Convolution 1", 2, (4, 12, 12)), ("Pooling 1", 3, (4, 6, 6)), ("Convolution 2", 6, (70, 4, 4)),
        ("Dense 1", 10, (6,)), ("Class scores", 11, (3,)),
    ]
    assert path(subject.stages) == ["Edge", "Edge, pooled", "Motif and part", "Whole shape", "Class"]
    assert subject.kernels.shape[0] == 0 and subject.edges == []


def test_scores_need_no_dense_layer():
    subject = subject_of(lambda rng: [Conv2d(1, 3, 8, rng=rng), Flatten()])
    assert [(stage.kind, stage.layer, stage.shape) for stage in subject.stages] == [
        ("conv", 0, (3, 1, 1)), ("scores", 1, (3,))
    ]


@pytest.mark.parametrize("layers", [
    lambda rng: [Flatten(), Linear(64, 3, rng=rng)],
    lambda rng: [Flatten(), Linear(64, 100, rng=rng), ReLU(), Linear(100, 3, rng=rng)],
    lambda rng: [ReLU(), Conv2d(1, 2, 3, rng=rng), Flatten(), ReLU(), Linear(72, 3, rng=rng)],
])
def test_any_network_can_be_looked_into(layers):
    subject = subject_of(layers)
    for place in range(len(subject.stages)):
        for method in METHODS:
            shown = shown_of(subject, place, method=method)
            json.dumps(data(page_with(), shown), allow_nan=False)
            arrays_npz(shown)


def test_maps_are_the_networks_outputs():
    shown = shown_with(**{"class": 5, "n": 4})
    outputs = shown.subject.network.activations(shown.image[None])
    for stage, maps, column in zip(shown.subject.stages, shown.maps, data(page_with(), shown)["columns"], strict=True):
        np.testing.assert_allclose(maps, outputs[stage.layer][0], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(unpacked(column["values"], maps.size), maps.ravel())
    chances = shown.subject.network.probabilities(shown.image[None])[0]
    np.testing.assert_allclose(shown.probabilities, chances, rtol=1e-4)


def test_no_more_maps_are_drawn_than_can_be_seen():
    columns = data(page_with(), shown_of(subject_of(large, (3, 12, 12)), 0))["columns"]
    assert [column["count"] for column in columns] == [4, 4, 64, 6, 3]
    assert columns[2]["size"] == "64 of 70 maps 4×4"
    assert len(columns[2]["says"]) == len(columns[2]["names"]) == 64


# Settling


def test_the_link_opens_the_nearest_there_is():
    page = page_with(**{"class": 99, "n": 500, "layer": 9, "map": 99, "size": 60})
    shown = settle(page)
    assert (page["class"], page["layer"], page["map"], page["size"]) == (9, 5, 10, 8)
    assert page["n"] == len(bundled().pictures_of(9))
    assert "This network has no layer 9: the nearest, 5, is shown." in page.notes
    assert (shown.stage.kind, shown.map) == ("scores", 9)


def test_what_follows_a_choice_is_no_news():
    page = page_with(layer=3, map=16)
    settle(page)
    page.update(layer=1)
    shown = settle(page)
    assert (shown.map, page.notes) == (7, [])


def test_a_class_without_test_pictures_is_passed_over(monkeypatch):
    subject = bundled()
    few = Subject("few", "", subject.network, subject.images[:3], subject.labels[:3], subject.class_names)
    monkeypatch.setattr(inside, "bundled", lambda: few)
    assert shown_with(**{"class": 7}).label in few.labels


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_as_they_say(name):
    page = page_with(**PRESETS[name].settings)
    settle(page)
    assert page.notes == []
    assert {key: page[key] for key in PRESETS[name].settings} == PRESETS[name].settings


def test_what_the_presets_promise():
    twos = data_with(**PRESETS["twos"].settings)["panel"]
    assert {name for name, _ in twos["heads"]} == {"2"}
    mistaken = shown_with(**PRESETS["mistaken"].settings)
    assert (mistaken.label, mistaken.predicted) == (3, 5)
    assert "it is dead" in data_with(**PRESETS["dead"].settings)["panel"]["lead"]
    assert data_with(**PRESETS["decisive"].settings)["panel"]["changed"]
    edge = data_with(**PRESETS["edge"].settings)["columns"][0]
    assert edge["arrows"][0] == "↑"


# Drawings


def test_a_test_picture_spelled_as_a_drawing_is_the_same():
    shown = shown_with()
    ink = data(page_with(), shown)["input"]["ink"]
    np.testing.assert_allclose(read_ink(ink, (1, 8, 8)), shown.image)
    drawn = shown_with(ink=ink)
    assert drawn.label is None and drawn.title == "Your drawing"
    np.testing.assert_allclose(drawn.maps[-1], shown.maps[-1], rtol=1e-5)


@pytest.mark.parametrize("ink", ["0", "z" * 64, "0" * 65])
def test_what_is_no_drawing_leaves_the_test_picture(ink):
    page = page_with(ink=ink)
    assert settle(page).label == 2
    assert page.notes == ["The link's drawing has not 8×8 levels from 0 to g: the test picture is shown."]
    assert page["ink"] == ""


def test_a_drawing_is_watched_for_what_it_is_taken_for():
    shown = shown_with(ink="0" * 64)
    assert shown.watched == shown.predicted


# What the front end reports


LOOK = {
    "serial": 4, "layer": 1, "map": 3, "method": "ideal", "class": 6, "n": 2, "ink": "", "picture": "bundled 2 1"
}


def looked(page: Page, **look) -> None:
    streamlit.session_state["inside"] = {"look": look}
    take_look(page)


def test_a_look_is_taken():
    page = page_with()
    data(page, settle(page))
    looked(page, **LOOK)
    assert [page[name] for name in ("layer", "map", "method", "class", "n")] == [1, 3, "ideal", 6, 2]
    assert page.recall("look answered") == 4


def test_what_was_drawn_on_another_picture_is_not_taken():
    page = page_with()
    data(page, settle(page))
    looked(page, **LOOK | {"ink": "0", "picture": "bundled 9 9"})
    assert [page[name] for name in ("layer", "class", "n", "ink")] == [1, 2, 1, ""]


def test_a_drawing_is_put_away_when_another_picture_is_chosen():
    ink = "8" * 64
    for sent, left in (([["class", "7"]], (7, 1)), ([["n", "3"]], (2, 3)), (None, (6, 2))):
        page = page_with(ink=ink)
        shown = settle(page)
        data(page, shown)
        assert "drawing" not in [item["name"] for item in items(page, shown)]
        if sent:
            streamlit.session_state["controls"] = {"changes": {"serial": 1, "changes": sent}}
            take(page)
        else:
            looked(page, **LOOK)
        assert page["ink"] == "" and (page["class"], page["n"]) == left
        assert "drawing" in [item["name"] for item in items(page, settle(page))]
        streamlit.session_state["controls"] = {"changes": {"serial": 2, "changes": [["drawing", "1"]]}}
        take(page)
        assert page["ink"] == ink and settle(page).title == "Your drawing"


@pytest.mark.parametrize("look", [None, {}, {"serial": 1, "layer": "x"}])
def test_nonsense_changes_nothing(look):
    page = page_with()
    streamlit.session_state["inside"] = {"look": look}
    take_look(page)
    assert page.link() == {}


# Words


def test_a_unit_that_sees_more_than_the_picture_sees_padding():
    captions = [column["caption"] for column in data_with()["columns"]]
    assert "10×10 pixels with padding" in captions[3]
    assert not any("with padding" in caption for caption in captions[:3])


def test_a_map_is_told_in_words():
    shown = shown_with()
    values = shown.maps[2][11]
    row, col = np.argwhere(values == values.max())[0]
    assert says(shown, 2, 11) == (
        f"Convolution 2, map 12 of 16: {number(values.max())} at its strongest, row {row + 1}, column {col + 1}, which "
        f"sees rows 4 to 8 and columns 1 to 7. {(values > 0).sum()} of 16 units are above 0."
    )
    assert says(shown, 2, 6) == "Convolution 2, map 7 of 16: silent, all its 16 units are 0."
    assert says(shown, 4, 2).startswith("Class 2, the true class: score ")
    assert span("row", range(0, 8)) == "rows 1 to 8"


def test_what_units_see_is_told_for_each_row_and_column():
    shown = shown_with()
    for stage, column in zip(shown.subject.stages[:4], data(page_with(), shown)["columns"], strict=False):
        for row, col in np.ndindex(stage.size):
            seen = shown.subject.seen(stage, 0, (row, col))
            assert column["sees_rows"][row] == [seen.rows.start, seen.rows.stop]
            assert column["sees_cols"][col] == [seen.cols.start, seen.cols.stop]


def test_arrows_are_the_directions_of_the_kernels():
    column = data_with()["columns"][0]
    count = sum(map(bool, column["arrows"]))
    assert column["caption"].endswith(f"{count} of 8 maps find edges in one direction (arrow).")
    for kernel, arrow in zip(bundled().kernels, column["arrows"], strict=True):
        if arrow == "↑":
            assert kernel[0].sum() > kernel[-1].sum()
        if arrow == "←":
            assert kernel[:, 0].sum() > kernel[:, -1].sum()


# What the methods find is what the core finds


def test_patches_and_what_is_sent_down_from_them():
    shown = shown_with()
    subject, panel = shown.subject, data_with()["panel"]
    found = strongest_patches(subject.network, subject.images, layer=4, count=9)[11]
    assert panel["heads"] == [[str(subject.labels[patch.image]), number(patch.value)] for patch in found]
    images = subject.images[[patch.image for patch in found]]
    pictures, down, guided = (unpacked(row["values"], 9, 8, 8) for row in panel["rows"])
    units = [patch.unit for patch in found]
    np.testing.assert_allclose(pictures, images[:, 0])
    np.testing.assert_allclose(down, deconvnet(subject.network, images, layer=4, channel=11, units=units)[:, 0])
    np.testing.assert_allclose(guided, guided_backprop(subject.network, images, layer=4, channel=11, units=units)[:, 0])
    for patch, (label, place) in zip(found, panel["pictures"], strict=True):
        assert subject.pictures_of(label)[place - 1] == patch.image
        outside = np.ones((8, 8), bool)
        outside[patch.window] = False
        assert not down[found.index(patch)][outside].any()


def test_signals_for_the_picture():
    shown = shown_with(method="signals", layer=5, map=3)
    grids = data_with(method="signals", layer=5, map=3)["panel"]["grids"]
    for grid, method in zip(grids, (saliency, guided_backprop, deconvnet), strict=True):
        expected = method(shown.subject.network, shown.image, channel=2)
        np.testing.assert_allclose(unpacked(grid["values"], 8, 8), expected[0])
        assert grid["limit"] == pytest.approx(np.abs(expected).max())
    silent = data_with(method="signals", map=7)["panel"]
    assert silent["lead"] == "It is silent for this picture, so nothing comes down."
    assert not any(unpacked(grid["values"], 8, 8).any() for grid in silent["grids"])


def test_occlusion_tells_the_fall_and_the_new_class():
    values = PRESETS["decisive"].settings | {"size": 4}
    shown, panel = shown_with(**values), data_with(**values)["panel"]
    found = occlusion(shown.subject.network, shown.image, channel=9, size=4)
    np.testing.assert_allclose(
        unpacked(panel["grids"][0]["values"], 5, 5), found.uncovered - found.covered, atol=0.0005
    )
    for place, (row, col) in enumerate(np.ndindex(5, 5)):
        covered = shown.image.copy()
        covered[:, row : row + 4, col : col + 4] = 0
        taken = shown.subject.network.predict(covered[None])[0]
        assert (place in panel["changed"]) == (taken != shown.predicted)
        assert panel["says"][place].endswith(f"taken for {taken}.")
    assert panel["grids"][1]["name"] == "Score of 9"


def test_covering_what_is_blank_changes_nothing():
    blank = shown_with(ink="0" * 64, method="occlusion")
    panel = data(page_with(), blank)["panel"]
    assert panel["changed"] == []
    assert not unpacked(panel["grids"][0]["values"], 6, 6).any()


def test_squares_keep_a_distance_where_many_would_take_long():
    assert squares(bundled(), 3) == 1
    wide = subject_of(lambda rng: [Flatten(), Linear(64 * 64, 3, rng=rng)], (1, 64, 64))
    assert squares(wide, 3) > 1


def test_the_ideal_input_is_climbed_to_and_always_the_same():
    panel = data_with(method="ideal", layer=5, map=10)["panel"]
    values = [float(value) for _, value in panel["film"]["heads"]]
    assert values == sorted(values) and values[-1] > values[0] + 10
    assert panel["film"]["heads"][-1][0] == f"Step {STEPS}"
    assert panel["lead"].endswith("Probability of the class: 1.00.")
    fresh = Subject("again", "", bundled().network, bundled().images, bundled().labels, bundled().class_names)
    last = fresh.ideal(fresh.stages[4], 9)[-1]
    np.testing.assert_array_equal(unpacked(panel["grids"][0]["values"], 8, 8), last.image[0])


def test_of_several_channels_the_one_furthest_from_zero_is_shown():
    np.testing.assert_array_equal(flat(np.array([[[[1.0, -2]], [[-3, 1]]]])), [[[-3, -2]]])
    for method in METHODS:
        json.dumps(data(page_with(), shown_of(subject_of(large, (3, 12, 12)), 2, 69, method)), allow_nan=False)


# A network of this session


def a_run(step: int, subject: Subject):
    dataset = Dataset(subject.images, subject.labels, subject.images, subject.labels, subject.class_names)
    return SimpleNamespace(
        status=SimpleNamespace(state="paused"), spec=Spec(), snapshot=SimpleNamespace(step=step),
        network=subject.network, dataset=dataset,
    )


def test_the_sessions_own_network_is_kept_for_the_session_alone(monkeypatch):
    mine = subject_of(lambda rng: [Flatten(), Linear(64, 3, rng=rng)])
    run = a_run(7, mine)
    monkeypatch.setattr(inside.runs, "of_session", lambda name: run)
    page = page_with(net="own")
    first = settle(page).subject
    assert first.about.startswith("The network of the page Train, after 7 steps")
    assert first.network is not run.network and settle(page).subject is first
    run.snapshot = SimpleNamespace(step=8)
    assert settle(page).subject is not first
    assert settle(page_with()).subject is bundled()
    assert settle(page_with(net="own")).subject is not first


@pytest.mark.parametrize("broken", [False, True])
def test_without_a_network_that_can_be_drawn_the_bundled_one_is_shown(monkeypatch, broken):
    if broken:
        mine = subject_of(lambda rng: [Flatten(), Linear(64, 3, rng=rng)])
        mine.network.layers[1].parameters["weight"][0, 0] = np.nan
        monkeypatch.setattr(inside.runs, "of_session", lambda name: a_run(7, mine))
    page = page_with(net="own")
    assert settle(page).subject is bundled()
    assert page.notes == ["There is no network of yours that can be looked into: begin one on the page Train."]
    assert page["net"] == "bundled"


# What is taken away


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("method", METHODS)
def test_the_figure_says_what_the_page_says(method, theme):
    shown = shown_with(method=method)
    text = figure_bytes(figure(shown, theme), "svg").decode()
    assert "Convolution 2, map 12 of 16" in text and METHODS[method] in text and "Motif and part" in text


def test_the_figure_of_a_large_network():
    figure_bytes(figure(shown_of(subject_of(large, (3, 12, 12)), 2, 69)), "png")


@pytest.mark.parametrize("method", METHODS)
def test_the_arrays_are_the_maps_and_what_was_found(method):
    shown = shown_with(method=method, layer=1, map=2)
    with np.load(BytesIO(arrays_npz(shown)), allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["input"], shown.image)
        np.testing.assert_array_equal(arrays["3_convolution_2"], shown.maps[2])
        assert arrays["5_class_scores"].shape == (10,)
        about = json.loads(str(arrays["about"]))
        assert (about["layer"], about["map"], about["method"]) == (1, 2, method)
        found = {"patches": "deconvnet", "signals": "gradient", "occlusion": "taken_for", "ideal": "ideal"}[method]
        assert found in arrays.files
    assert take_away(shown, "link").files[0].name == "inside-convolution-1-2.npz"
