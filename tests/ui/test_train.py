"""What the page of training asks of runs, and what it sends to its front end."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit
from PIL import Image

from conv import architectures
from conv.blueprint import Linear, summary
from conv.blueprint_text import parse
from conv.datasets import SOURCES, cache_folder, load
from conv.errors import ConvError
from conv.losses import softmax
from conv.shift_errors import shift_errors
from tests.ui.test_runs import until
from ui import runs as runs_module
from ui.run_spec import Spec, network_of
from ui.run_worker import pack, unpack
from ui.runs import Run
from ui.settings import Page
from ui.train import (
    NETWORKS,
    OWN,
    PRESETS,
    SETTINGS,
    declared,
    folder_problem,
    hidden_units,
    items,
    layers_of,
    plan,
    settings_of,
    settle,
)
from ui.train_figure import figure
from ui.train_inside import PANELS, shaded
from ui.train_runs import follow, late, obey, receive, weights_file
from ui.train_share import spreadsheet, take_away
from ui.train_shown import frame
from ui.train_work import hear, left_out, own_pictures, work

QUICK = {"images": 64, "epochs": 2, "shift": 0.0, "rotation": 0.0}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Run]]:
    """Runs of this test alone, which train in this process."""
    found: dict[str, Run] = {}
    monkeypatch.setattr(runs_module, "IN_CHILDREN", False)
    for module in ("ui.train_runs", "ui.train_shown", "ui.train_inside", "ui.train_work"):
        monkeypatch.setattr(f"{module}.of_session", lambda name="a": found.setdefault(name, Run()))
    yield found
    for run in found.values():
        run.forget()


def opened(**values: Any) -> Page:
    """The page at the quick settings but for ``values``."""
    streamlit.session_state.clear()
    page = Page("train", SETTINGS)
    page.start_from(QUICK | values)
    settle(page)
    return page


def trained(page: Page) -> Page:
    """The page once everything has been trained."""
    obey(page, "train")
    until(lambda: work(page) and frame(page, plan(page), pace=1)["state"] == "finished")
    return page


def shown(page: Page) -> dict[str, Any]:
    return frame(page, plan(page), pace=100)


def unpacked(text: str) -> list[float]:
    return np.frombuffer(base64.b64decode(text)).tolist()


def test_an_answer_is_never_as_the_last_one_was_for_then_the_front_end_would_not_hear_it() -> None:
    page = opened()
    answers = []
    for tick in (1, 2):
        streamlit.session_state["train"] = {"say": {"commands": [], "tick": tick}}
        hear(page)
        answers.append(shown(page))
    assert answers[0] != answers[1]


# ---- networks ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != OWN])
@pytest.mark.parametrize(("shape", "classes"), [((1, 28, 28), 10), ((1, 16, 16), 12)])
def test_every_network_ends_in_the_classes(name: str, shape: tuple[int, ...], classes: int) -> None:
    assert summary(layers_of(name, shape, classes), shape).output_shape == (classes,)


def test_networks_of_the_core_stay_what_they_are() -> None:
    for name in ("digits_cnn", "dense", "lenet5"):
        assert layers_of(name, (1, 28, 28), 10) == architectures.blueprint(name).layers


def test_strides_cost_as_many_parameters_as_poolings() -> None:
    counted = [summary(layers_of(name, (1, 8, 8), 10), (1, 8, 8)) for name in ("digits_cnn", "strided")]
    assert counted[0].parameters == counted[1].parameters == 8 * (9 + 1) + 16 * (8 * 9 + 1) + 10 * (16 * 2 * 2 + 1)


@pytest.mark.parametrize("units", [1, 7, 25, 300])
def test_hidden_units_are_found_from_the_parameters(units: int) -> None:
    parameters = units * (64 + 1) + 10 * (units + 1)
    assert hidden_units((1, 8, 8), 10, parameters) == units == hidden_units((1, 8, 8), 10, parameters + 30)


def test_ones_own_network_gets_the_data_sets_shape_and_classes() -> None:
    page = opened(net=OWN, layers="input 1x28x28\nconv 4 3x3\nflatten\ndense 7")
    spec = plan(page).specs["a"]
    shape, layers = parse(spec.network)
    assert shape == (1, 8, 8) and isinstance(layers[-1], Linear) and layers[-1].out_features == 10


def test_what_does_not_fit_is_a_sentence() -> None:
    asked = plan(opened(net="lenet5"))
    assert asked.specs == {}
    assert asked.problem.startswith("LeNet-5 cannot read these pictures. ") and "Received:" in asked.problem
    assert shown(opened(net="lenet5"))["status"] == asked.problem


def test_an_own_network_starts_from_that_of_the_architectures_page() -> None:
    streamlit.session_state.clear()
    lent = "input 1x8x8\nflatten\ndense 10"
    streamlit.session_state["architectures/values"] = {"layers": lent}
    page = Page("train", SETTINGS)
    page.start_from({"net": OWN})
    settle(page)
    assert page["layers"] == lent


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_trained(name: str, tmp_path: Path) -> None:
    page = opened()
    page.start_from(PRESETS[name].settings)
    page.update(folder=str(with_files("mnist", tmp_path)))  # of data that would have to be fetched
    asked = plan(page)
    assert asked.problem == "" and len(asked.specs) == 1 + ("against" in PRESETS[name].settings)


def test_a_spec_gives_the_settings_back() -> None:
    page = opened(net="strided", opt="Adam", rate=0.005, target=2.0, patience=5, data="lines", size=12)
    values = settings_of(plan(page).specs["a"])
    assert {name: page[name] for name in values} == values


def test_a_spec_by_name_too() -> None:
    assert settings_of(Spec(network="digits_cnn"))["net"] == "digits_cnn"


# ---- the run -------------------------------------------------------------------------------


def test_buttons_do_what_they_say(here: dict[str, Run]) -> None:
    page = opened()
    assert shown(page)["state"] == "empty" and "press Train" in shown(page)["status"]
    obey(page, "step")
    assert here["a"].history.step.tolist() == [1] and here["a"].status.state == "paused"
    obey(page, "epoch")
    until(lambda: work(page) and here["a"].status.state == "paused")
    assert here["a"].history.step.tolist() == [1, 2] and len(here["a"].history.test_error) == 64 // 64
    trained(page)
    assert len(here["a"].history.test_error) == 2 and here["a"].history.step[-1] == 2 * 64 // 32
    obey(page, "stop")
    assert shown(page)["state"] == "finished" and len(shown(page)["panel"]["gradients"]) > 0
    assert shown(page)["status"].endswith(". 2 epochs are done.")
    obey(page, "rewind")
    assert len(here["a"].history.step) == 0 and here["a"].status.state == "paused"


def test_stop_ends_it_and_keeps_what_there_is(here: dict[str, Run]) -> None:
    page = opened(tab="mistakes", epochs=50)
    obey(page, "epoch")
    until(lambda: work(page) and here["a"].status.state == "paused")
    losses, confusion = here["a"].history.loss, shown(page)["panel"]["confusion"]
    obey(page, "train")
    obey(page, "stop")
    assert shown(page)["pace"] == 0 and shown(page)["panel"]["confusion"] == confusion
    assert shown(page)["status"].endswith("Stopped: Train goes on from here, Rewind goes back to the initial weights.")
    obey(page, "step")
    assert here["a"].history.loss[: len(losses)].tolist() == losses.tolist()


def test_the_most_epochs_there_can_be_end_it(here: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.train_runs.MOST_EPOCHS", 2)
    page = trained(opened())
    for command in ("train", "step", "epoch"):
        obey(page, command)
        assert here["a"].status.state == "finished" and here["a"].history.step[-1] == 4 and page["epochs"] == 2
    assert shown(page)["ended"]
    assert shown(page)["status"].endswith(". 2 epochs are done, as many as there can be: Rewind begins anew.")
    obey(page, "rewind")
    assert not shown(page)["ended"] and here["a"].status.state == "paused"


def test_train_at_the_end_moves_the_end_and_says_so(here: dict[str, Run]) -> None:
    page = trained(trained(opened()))
    assert page["epochs"] == here["a"].spec.epochs == 4 and page.recall("redraw")
    found = shown(page)
    assert found["facts"][0] == ["Epochs", "4 of 4"] and found["status"].endswith(". 4 epochs are done.")
    obey(page, "epoch")
    until(lambda: work(page) and here["a"].status.state != "running")
    assert shown(page)["facts"][0] == ["Epochs", "5 of 5"] and page["epochs"] == 5
    page.update(epochs=50)
    follow(plan(page))
    assert shown(page)["facts"][0] == ["Epochs", "5 of 50"] and late(plan(page)) == []


def test_a_rewound_run_repeats_itself(here: dict[str, Run]) -> None:
    page = trained(opened(shift=1.0))
    losses = here["a"].history.loss
    obey(page, "rewind")
    trained(page)
    np.testing.assert_array_equal(here["a"].history.loss, losses)


def test_the_rate_changes_at_once_and_the_network_waits(here: dict[str, Run]) -> None:
    page = opened()
    obey(page, "step")
    page.update(rate=0.5, batch=16, net="dense", seed=3)
    follow(plan(page))
    assert (here["a"].spec.learning_rate, here["a"].spec.batch_size) == (0.5, 16)
    assert late(plan(page)) == ["network", "seed"]
    assert shown(page)["late"] == "Changed: network, seed. Press Rewind to begin anew with what is chosen now."
    obey(page, "step")
    assert here["a"].history.step.tolist() == [1, 2]  # the run goes on as it was begun
    obey(page, "rewind")
    assert late(plan(page)) == [] and len(here["a"].history.step) == 0
    assert [type(layer).__name__ for layer in here["a"].network.layers][0] == "Flatten"


def test_before_the_first_step_everything_may_change(here: dict[str, Run]) -> None:
    page = opened()
    obey(page, "rewind")
    page.update(seed=5)
    assert late(plan(page)) == []
    obey(page, "step")
    assert here["a"].spec.seed == 5


def test_adam_has_no_momentum(here: dict[str, Run]) -> None:
    page = opened(opt="Adam", rate=0.002)
    obey(page, "step")
    page.update(momentum=0.5, rate=0.001)
    follow(plan(page))
    assert here["a"].status.sentence == "" and here["a"].spec.learning_rate == 0.001


def test_a_rate_for_another_optimizer_waits(here: dict[str, Run]) -> None:
    page = opened()
    obey(page, "step")
    page.update(opt="Adam", rate=0.002)
    follow(plan(page))
    assert here["a"].spec.learning_rate == 0.02 and late(plan(page)) == ["optimizer"]


def test_two_runs_from_the_same_seed(here: dict[str, Run]) -> None:
    page = trained(opened(against="digits_cnn"))
    np.testing.assert_array_equal(here["a"].history.loss, here["b"].history.loss)
    found = shown(page)
    assert [run["letter"] for run in found["curves"]["runs"]] == ["A", "B"]
    assert found["status"].startswith("A: Epoch 2") and "\nB: Epoch 2" in found["status"]
    assert found["table"]["head"] == ["Epoch", "Test loss, A", "Test error, A", "Test loss, B", "Test error, B"]


def test_the_one_that_is_behind_catches_up(here: dict[str, Run]) -> None:
    page = trained(opened())
    page.update(against="strided")
    trained(page)
    assert [len(here[name].history.test_error) for name in "ab"] == [2, 2]
    page.update(against="none")
    shown(page)
    obey(page, "pause")
    assert here["b"].status.state == "empty"


def test_numbers_of_both_runs_stand_beside_the_transport(here: dict[str, Run]) -> None:
    page = opened(against="strided")
    assert shown(page)["facts"] == [["Epochs", "–"], ["Pictures/s", "A – · B –"], ["Left", "–"]]
    trained(page)
    epochs, pace, left = shown(page)["facts"]
    assert epochs == ["Epochs", "A 2 · B 2 of 2"] and left == ["Left", "–"]
    assert re.fullmatch(r"A [\d,]+ · B [\d,]+", pace[1])


def test_a_run_that_only_guesses_is_told_so(here: dict[str, Run]) -> None:
    page = trained(opened(rate=1.0, images=0, epochs=3, decay=0.0))
    assert shown(page)["late"].startswith("The test images are read no better than by guessing.")
    page.update(rate=0.02)
    obey(page, "rewind")
    assert shown(trained(page))["late"] == ""


def test_either_of_two_can_be_looked_into(here: dict[str, Run]) -> None:
    page = trained(opened(against="dense", tab="mistakes", of="b"))
    found = shown(page)
    assert found["networks"] == [["a", "A: Small CNN"], ["b", "B: Dense, 100 hidden units"]] and found["of"] == "b"
    assert found["panel"]["confusion"] == here["b"].snapshot.evaluation.confusion.tolist()
    page.update(tab="kernels")
    assert shown(page)["panel"]["names"][0] == "Hidden unit 1"
    page.update(against="none")
    assert shown(page)["of"] == "a" and shown(page)["panel"]["names"][0] == "Kernel 1"


# ---- what is drawn -------------------------------------------------------------------------


def test_curves_are_the_history(here: dict[str, Run]) -> None:
    page = trained(opened(smooth=0.0, curve="error"))
    history, (run,) = here["a"].history, shown(page)["curves"]["runs"]
    assert unpacked(run["loss"]) == history.loss.tolist() and unpacked(run["epoch"]) == history.epoch.tolist()
    np.testing.assert_allclose(unpacked(run["share"]), 100 * (1 - history.accuracy))
    np.testing.assert_allclose(unpacked(run["test_share"]), 100 * history.test_error)


def test_when_the_goal_was_reached_is_told(here: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    page = trained(opened())
    assert shown(page)["curves"]["reached"] == "97 % test accuracy: not reached yet"
    history = here["a"].history
    monkeypatch.setattr("ui.train_shown.GOAL", 1 - history.test_error.min())
    first = int(history.test_error.argmin())
    seconds = history.seconds[2 * (first + 1) - 1]  # two steps an epoch
    assert shown(page)["curves"]["reached"].endswith(f": first after epoch {first + 1}, {seconds:.1f} s of training")


def test_every_change_is_marked_and_of_one_step_the_last(here: dict[str, Run]) -> None:
    page = opened()
    obey(page, "step")
    for rate in (0.5, 0.2, 0.1):
        page.update(rate=rate)
        follow(plan(page))
    obey(page, "step")
    page.update(rate=0.05, momentum=0.5)
    follow(plan(page))
    assert shown(page)["curves"]["changes"] == [
        [0.5, "learning rate 0.1"], [1.0, "learning rate 0.05"], [1.0, "momentum 0.5"],
    ]


def test_kernels_are_the_weights_and_their_gradients(here: dict[str, Run]) -> None:
    page = opened()
    obey(page, "step")
    panel, layer = shown(page)["panel"], here["a"].network.layers[0]
    np.testing.assert_allclose(unpacked(panel["numbers"]), layer.parameters["weight"].ravel())
    gradient = here["a"].snapshot.gradients_first["0.weight"]
    np.testing.assert_allclose(unpacked(panel["gradient_numbers"]), gradient.ravel())
    assert (panel["rows"], panel["cols"], len(panel["names"])) == (3, 3, 8) and panel["names"][2] == "Kernel 3"
    assert panel["gradient_limit"] == np.abs(gradient).max()


def test_before_the_run_the_initial_weights_are_shown() -> None:
    page = opened(seed=4)
    weight = network_of(plan(page).specs["a"], load("digits")).layers[0].parameters["weight"]
    np.testing.assert_allclose(unpacked(shown(page)["panel"]["numbers"]), weight.ravel())


def test_a_dense_layers_weights_are_images() -> None:
    page = opened(net="dense")
    obey(page, "step")
    panel = shown(page)["panel"]
    assert (panel["rows"], panel["cols"], panel["names"][0]) == (8, 8, "Hidden unit 1")
    assert panel["note"] == "Layer 2, the first 32 of 100 hidden units"


def test_colours_of_numbers() -> None:
    levels = np.frombuffer(base64.b64decode(shaded(np.array([-2.0, 0.0, 1.0, 2.0]))), np.uint8)
    assert levels.tolist() == [128 - 127, 128, 128 + 64, 128 + 127]
    assert set(base64.b64decode(shaded(np.array([np.nan, np.inf, 1.0])))) == {128, 255}


def test_feature_maps_of_an_example(here: dict[str, Run]) -> None:
    page = trained(opened(tab="maps", example=7))
    data, panel = load("digits", train=64), shown(page)["panel"]
    outputs = here["a"].network.activations(data.test_images[6:7])
    assert panel["truth"] == data.class_names[data.test_labels[6]]
    assert [layer["title"] for layer in panel["layers"]][:2] == [
        "1 convolution: 8 maps of 8×8", "2 ReLU: 8 maps of 8×8"
    ]
    assert panel["layers"][0]["values"] == shaded(outputs[0][0])
    np.testing.assert_allclose(panel["probabilities"], softmax(outputs[-1])[0], rtol=1e-5)


def test_an_example_beyond_the_last_is_the_last() -> None:
    assert shown(opened(tab="maps", example=99_999))["panel"]["example"] == 382


def test_mistakes_are_those_of_the_test_images(here: dict[str, Run]) -> None:
    page = trained(opened(tab="mistakes"))
    data, panel = load("digits", train=64), shown(page)["panel"]
    probabilities = here["a"].network.probabilities(data.test_images)
    guesses = probabilities.argmax(axis=1)
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (data.test_labels, guesses), 1)
    assert panel["confusion"] == confusion.tolist()
    wrong = np.flatnonzero(guesses != data.test_labels)
    surest = wrong[probabilities[wrong].max(axis=1).argmax()]
    first = panel["worst"][0]
    assert (first["example"], first["truth"], first["taken"]) == (
        surest + 1, str(data.test_labels[surest]), str(guesses[surest])
    )


def test_histograms_count_every_activation() -> None:
    page = opened(tab="activations")
    assert "One step" in shown(page)["panel"]["problem"]
    obey(page, "step")
    layers = shown(page)["panel"]["layers"]
    assert [sum(layer["counts"]) for layer in layers[:2]] == [32 * 8 * 8 * 8] * 2
    assert layers[1]["title"] == "2 ReLU" and layers[1]["zero"] is None


def test_what_is_drawn_is_what_the_network_sees(here: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    page = trained(opened(tab="draw"))
    ink = np.arange(64, dtype=np.uint8) * 4
    say(page, monkeypatch, [1, "draw", base64.b64encode(ink.tobytes()).decode()])
    panel = shown(page)["panel"]
    assert panel["best"] == np.argmax(panel["probabilities"])
    image = (ink / np.float32(255)).reshape(1, 1, 8, 8).astype(np.float32)
    np.testing.assert_allclose(panel["probabilities"], here["a"].network.probabilities(image)[0], rtol=1e-5)
    assert base64.b64decode(panel["image"]) == ink.tobytes() and not panel["empty"]


@pytest.mark.parametrize("nonsense", ["no base64!", "AAAA", "A" * 100_000])
def test_what_is_no_drawing_is_an_empty_pad(nonsense: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(tab="draw")
    say(page, monkeypatch, [1, "draw", nonsense])
    assert shown(page)["panel"]["empty"] and shown(page)["panel"]["best"] == -1


def test_shifts_are_measured(here: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    page = trained(opened(tab="compare", against="strided"))
    say(page, monkeypatch, [1, "shift", ""])
    panel, data = shown(page)["panel"], load("digits", train=64)
    wanted = shift_errors(here["b"].network, data.test_images, data.test_labels).mean(axis=1)
    assert [row[2] for row in panel["shifts"]] == [round(100 * error, 1) for error in wanted]
    assert panel["rows"][0] == ["Parameters", "1,898", "1,898"]
    assert panel["measured"] == "after step 4, on 382 test images"  # once of both


@pytest.mark.parametrize("tab", PANELS)
@pytest.mark.parametrize("values", [{}, {"data": "mnist", "folder": "/nowhere"}, {"data": OWN}, {"net": "lenet5"}])
def test_every_panel_before_anything_is_trained(tab: str, values: dict[str, Any]) -> None:
    found = shown(opened(tab=tab, **values))
    assert found["tab"] == tab and found["pace"] == 0


def test_missing_data_is_a_sentence() -> None:
    page = opened(data="mnist", folder="/nowhere")
    assert shown(page)["status"].startswith("MNIST is not in the folder: download it")  # before Train is pressed
    assert plan(page).specs == {}


def with_files(name: str, folder: Path) -> Path:
    """A folder with a data set's four files, one of them not packed."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, file in enumerate(SOURCES[name].files):
        (folder / (file.name if i else file.name.removesuffix(".gz"))).touch()
    return folder


@pytest.mark.parametrize("folder", ["nonsense", "/etc/passwd", "~", "x" * 300, "/proc/1/root"])
def test_a_folder_without_the_data_is_told_at_its_field(folder: str) -> None:
    page = opened(data="mnist", folder=folder)
    assert plan(page).problem == folder_problem(page) != ""
    field = next(item for item in items(page, plan(page), fetching=False) if item["name"] == "folder")
    assert (field["kind"], field["error"]) == ("line", plan(page).problem)


def test_a_folder_may_be_at_home_and_have_blanks_around_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with_files("mnist", tmp_path / "my data")
    spelled = declared("folder").read(" ~/my data\n")
    assert plan(opened(data="mnist", folder=spelled)).specs["a"].folder == str(tmp_path / "my data")


def test_no_more_pictures_than_there_are() -> None:
    page = opened(images=10_000)
    assert page["images"] == 0 and plan(page).specs["a"].train is None
    assert page.notes == ["There are 1,415 training pictures, not 10,000: all of them are taken."]
    assert images_offered(page) == ["50", "100", "300", "1,000", "all 1,415"]
    assert images_offered(opened(images=200)) == ["50", "100", "200", "300", "1,000", "all 1,415"]
    assert images_offered(opened(data="mnist"))[-2:] == ["30,000", "all 60,000"]


def images_offered(page: Page) -> list[str]:
    folds = [one for item in items(page, plan(page), fetching=False) for one in item.get("items", [])]
    return [title for _, title in next(item for item in folds if item["name"] == "images")["stops"]]


def test_a_value_between_the_stops_is_a_stop() -> None:
    shown_items = {item["name"]: item for item in items(opened(rate=7.5), plan(opened(rate=7.5)), fetching=False)}
    assert shown_items["rate"]["value"] == "7.5" and shown_items["rate"]["stops"][-1] == ["7.5", "7.5"]


def test_data_that_were_never_fetched_say_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    page = opened(data="mnist")
    problem = (
        "MNIST is not on this app's computer yet: press Download in the sidebar, or name the folder of its four "
        "files."
    )
    assert shown(page)["status"] == problem  # and not where the app keeps them
    assert shown(page)["panel"]["note"] == "There is no network yet."  # rather than the same once more
    with_files("mnist", cache_folder("mnist"))
    assert plan(page).problem == ""


# ---- messages ------------------------------------------------------------------------------


def say(page: Page, monkeypatch: pytest.MonkeyPatch, *commands: list) -> None:
    monkeypatch.setattr(page, "event", lambda component, name: {"commands": list(commands)})
    hear(page)


def test_a_message_that_comes_twice_counts_once(here: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened()
    say(page, monkeypatch, [1, "step", ""])
    say(page, monkeypatch, [1, "step", ""], [2, "step", ""], [3, "log", "1"], [4, "smooth", "0.9"])
    assert here["a"].history.step.tolist() == [1, 2]
    assert page["log"] is True and page["smooth"] == 0.9 and shown(page)["answered"] == 4


def test_nonsense_in_a_message_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened()
    before = dict(page.values)
    say(page, monkeypatch, [1, "tab", "nowhere"], [2, "example", "x"], [3, "seed", "7"], [4, "shell", "rm"])
    assert page.values == before


# ---- files ---------------------------------------------------------------------------------


def test_weights_come_back(here: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    page = trained(opened())
    saved, weights = weights_file(here["a"].network), here["a"].network.state_dict()
    obey(page, "rewind")
    receive(page)(saved)
    for name, values in here["a"].network.state_dict().items():
        np.testing.assert_array_equal(values, weights[name])
    told = "The weights are those of the file; Rewind goes back to the initial ones."
    assert shown(page)["status"] == told
    page = opened()
    assert shown(page)["status"] == told  # when the page is loaded again, its session is another
    say(page, monkeypatch, [1, "step", ""])
    assert shown(page)["status"].startswith("Epoch 1, step 1: ")


def test_a_whole_run_comes_back(here: dict[str, Run]) -> None:
    page = trained(opened(net="strided", seed=9))
    saved, losses = here["a"].checkpoint, here["a"].history.loss
    page.update(net="dense", seed=1)
    receive(page)(saved)
    assert (page["net"], page["seed"], page["epochs"]) == ("strided", 9, 2)
    np.testing.assert_array_equal(here["a"].history.loss, losses)
    assert late(plan(page)) == []


@pytest.mark.parametrize("content", [b"", b"PK nonsense", b"\x93NUMPY"])
def test_a_foreign_file_gets_a_sentence(content: bytes) -> None:
    with pytest.raises(ConvError, match=r"The file must be a whole \.npz file of numbers and text\."):
        receive(opened())(content)


def test_weights_of_another_network_are_refused(here: dict[str, Run]) -> None:
    page = opened(net="dense")
    obey(page, "step")
    saved = weights_file(here["a"].network)
    with pytest.raises(ConvError, match=r"^These are not weights of Small CNN: choose the network that they were"):
        receive(opened())(saved)


@pytest.mark.parametrize("whole", [True, False])
def test_a_file_of_what_are_no_numbers_is_refused_and_all_stays(here: dict[str, Run], whole: bool) -> None:
    page = trained(opened())
    before, weights = shown(page), here["a"].network.state_dict()
    saved = unpack(here["a"].checkpoint if whole else weights_file(here["a"].network))
    spoilt = {name: values * np.nan if values.dtype.kind == "f" else values for name, values in saved.items()}
    with pytest.raises(ConvError, match="its curves are damaged|Weights must be finite numbers"):
        receive(page)(pack(spoilt))
    assert shown(page)["status"] == before["status"] and shown(page)["curves"] == before["curves"]
    for name, values in here["a"].network.state_dict().items():
        np.testing.assert_array_equal(values, weights[name])


def test_ones_own_pictures(here: dict[str, Run]) -> None:
    page = opened(data=OWN)
    assert "zip file" in shown(page)["status"]
    own_pictures(page)(zipped(6))
    assert left_out(page) == ""
    trained(page)
    assert here["a"].network.layers[-1].parameters["bias"].shape == (2,)
    assert shown(page)["state"] == "finished"


def zipped(each: int, **broken: bytes) -> bytes:
    """A zip file of so many pictures a class, and of some that are none."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, level in (("dark", 20), ("light", 230)):
            for i in range(each):
                picture = io.BytesIO()
                Image.new("L", (30, 30), level + i).save(picture, "PNG")
                archive.writestr(f"{name}/{i}.png", picture.getvalue())
        for name, content in broken.items():
            archive.writestr(f"dark/{name}.png", content)
    return file.getvalue()


def test_pictures_that_cannot_be_read_are_told() -> None:
    page = opened(data=OWN)
    own_pictures(page)(zipped(6, a=b"no picture", b=b""))
    assert left_out(page) == "2 pictures could not be read and are left out: `dark/a.png `, `dark/b.png `."


def test_a_refused_zip_says_that_the_pictures_before_stay(here: dict[str, Run]) -> None:
    page = opened(data=OWN)
    with pytest.raises(ConvError, match="two pictures that can be read.*unreadable=0.$"):
        own_pictures(page)(zipped(1))
    own_pictures(page)(zipped(6))
    obey(page, "step")
    with pytest.raises(ConvError, match="The pictures that were there before stay.$"):
        own_pictures(page)(zipped(1))
    assert here["a"].history.step.tolist() == [1]


def test_the_history_as_a_table(here: dict[str, Run]) -> None:
    page = trained(opened())
    lines = spreadsheet(here["a"].history).decode().splitlines()
    assert lines[0] == "step,epoch,loss,accuracy,test_loss,test_error" and len(lines) == 1 + 4
    assert lines[1].endswith(",,") and not lines[2].endswith(",")
    assert float(lines[2].split(",")[5]) == pytest.approx(here["a"].history.test_error[0], rel=1e-5)
    taken = take_away(page)
    assert [file.name for file in taken.files] == ["history.csv", "weights.npz", "run.npz"]
    assert taken.figure("dark").axes[0].get_ylabel() == "Loss"


def test_the_figure_draws_both_runs(here: dict[str, Run]) -> None:
    trained(opened(against="strided"))
    drawn = figure({name: run.history for name, run in here.items()}, curve="error", log=True)
    left, right = drawn.axes
    assert [len(axes.lines) for axes in (left, right)] == [4, 4] and right.get_yscale() == "log"
    assert [line.get_linestyle() for line in left.lines] == ["-", "-", "--", "--"]


def test_before_a_run_there_is_only_the_link() -> None:
    taken = take_away(opened())
    assert taken.figure is None and not taken.files
