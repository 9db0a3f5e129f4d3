"""Training: what reports say, that nothing changes a bit of a run, how it ends, and what files can do to it."""

import io
import itertools
import json
import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from conv.datasets import augment, load
from conv.errors import ConvError
from conv.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from conv.losses import softmax_cross_entropy
from conv.network import Sequential
from conv.optimizers import SGD, Adam
from conv.recipes import RECIPES
from conv.training import Trainer

BATCHES = 4  # an epoch: 50 images in batches of 16, the last of 2


@pytest.fixture(scope="module")
def dataset():
    return load("digits", train=50, test=30)


def make_network(seed=0):
    rng = np.random.default_rng(seed)
    return Sequential([
        Conv2d(1, 4, 3, rng=rng), BatchNorm2d(4), ReLU(), MaxPool2d(2), Flatten(), Dropout(0.2),
        Linear(36, 10, rng=rng),
    ])


def make_trainer(dataset, optimizer=None, *, seed=3, batch_size=16, **options):
    optimizer = Adam(0.01, weight_decay=1e-3) if optimizer is None else optimizer
    augmented = {"augment": partial(augment, shift=0.5)} | options
    return Trainer(make_network(), dataset, optimizer=optimizer, batch_size=batch_size, seed=seed, **augmented)


def dense_trainer(dataset, learning_rate=0.1, **options):
    network = Sequential([Flatten(), Linear(64, 10)])
    return Trainer(network, dataset, optimizer=SGD(learning_rate), batch_size=16, **options)


def assert_same_run(one, other):
    """Equal in every bit that a run leaves."""
    first, second = one.state_dict(), other.state_dict()
    assert first.keys() == second.keys()
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name], err_msg=name)
        assert values.dtype == second[name].dtype


# Reports


def test_a_report_for_every_step(dataset):
    trainer = make_trainer(dataset)
    reports = list(trainer.run(2))
    assert [report.step for report in reports] == list(range(1, 2 * BATCHES + 1))
    assert [report.epoch for report in reports] == [0, 0, 0, 1, 1, 1, 1, 2]
    assert [report.test_error is not None for report in reports] == [False, False, False, True] * 2
    assert [report.stopped for report in reports] == [""] * 7 + ["2 epochs are done."]
    assert trainer.losses == [report.loss for report in reports]
    assert all(report.samples_per_second > 0 for report in reports)
    assert reports[-1].seconds_left == 0 < reports[0].seconds_left


def test_loss_and_accuracy_are_of_the_epoch_so_far(dataset):
    trainer = dense_trainer(dataset, seed=5)
    order = np.random.default_rng(5).permutation(50)
    seen, right, total, weights = 0, 0, 0.0, trainer.network.state_dict()
    for report, first in zip(trainer.run(1), range(0, 50, 16), strict=True):
        chosen = order[first : first + 16]
        images, labels = dataset.train_images[chosen], dataset.train_labels[chosen]
        before = Sequential([Flatten(), Linear(64, 10)])
        before.load_state_dict(weights)
        loss, _ = softmax_cross_entropy(before.scores(images), labels)
        seen, right = seen + len(chosen), right + np.sum(before.predict(images) == labels)
        total += loss * len(chosen)
        assert report.loss == pytest.approx(loss, rel=1e-5)
        assert report.mean_loss == pytest.approx(total / seen, rel=1e-5)
        assert report.accuracy == pytest.approx(right / seen)
        weights = trainer.network.state_dict()
    result = trainer.results[0]
    assert (result["epoch"], result["step"], result["accuracy"]) == (1, BATCHES, report.accuracy)
    assert (result["test_loss"], result["test_error"]) == (report.test_loss, report.test_error)


def test_every_image_is_met_once_an_epoch_in_another_order(dataset):
    met = []

    def listen(images, rng):
        met.append(images)
        return images

    list(dense_trainer(dataset, augment=listen).run(2))
    assert [len(images) for images in met] == [16, 16, 16, 2] * 2
    first, second = (np.concatenate(met[part : part + 4]) for part in (0, 4))

    def in_order(images):
        return np.sort(images.reshape(50, -1) @ np.arange(64, dtype=np.float32))

    np.testing.assert_array_equal(in_order(first), in_order(dataset.train_images))
    np.testing.assert_array_equal(in_order(first), in_order(second))
    assert not np.array_equal(first, second)


def test_evaluation_counts(dataset):
    trainer = make_trainer(dataset)
    list(trainer.run(3))
    error_rate, loss, confusion = trainer.evaluate()
    guesses = trainer.network.predict(dataset.test_images)
    assert error_rate == np.mean(guesses != dataset.test_labels) == trainer.results[-1]["test_error"]
    assert loss == pytest.approx(
        softmax_cross_entropy(trainer.network.scores(dataset.test_images), dataset.test_labels)[0]
    )
    np.testing.assert_array_equal(trainer.evaluate().scores.argmax(axis=1), guesses)
    assert confusion.shape == (10, 10)
    assert confusion.sum() == 30
    assert np.trace(confusion) == np.sum(guesses == dataset.test_labels)
    wrong = np.flatnonzero(guesses != dataset.test_labels)[0]
    assert confusion[dataset.test_labels[wrong], guesses[wrong]] >= 1
    assert trainer.evaluate("train").confusion.sum() == 50


def test_gradients_of_the_last_batch_can_be_looked_at(dataset):
    trainer = dense_trainer(dataset, learning_rate=0.5)
    before = trainer.network.vector.copy()
    trainer.step()
    gradients = trainer.network.layers[1].gradients
    np.testing.assert_allclose(
        trainer.network.layers[1].parameters["bias"], before[-10:] - 0.5 * gradients["bias"], rtol=1e-6
    )


def test_the_optimizer_is_not_shared(dataset):
    optimizer = SGD(0.1, momentum=0.9)
    one, other = (make_trainer(dataset, optimizer) for _ in range(2))
    list(one.run(1))
    list(other.run(1))
    assert_same_run(one, other)
    assert optimizer.steps == 0


# Nothing changes a bit


def whole_run(dataset):
    trainer = make_trainer(dataset)
    list(trainer.run(3))
    return trainer


def test_the_same_seed_gives_the_same_run(dataset):
    assert_same_run(whole_run(dataset), whole_run(dataset))
    other = make_trainer(dataset, seed=4)
    list(other.run(3))
    assert not np.array_equal(other.network.vector, whole_run(dataset).network.vector)


@pytest.mark.parametrize("paused_after", [1, 3, 4, 6])
def test_pausing_changes_nothing(dataset, paused_after):
    trainer = make_trainer(dataset)
    for _ in itertools.islice(trainer.run(3), paused_after):
        pass
    trainer.evaluate("train")
    trainer.network.activations(dataset.test_images)
    reports = list(trainer.run(3 - trainer.epoch))
    assert reports[-1].epoch == 3
    assert_same_run(trainer, whole_run(dataset))


def test_stepping_changes_nothing(dataset):
    trainer = make_trainer(dataset)
    for _ in range(3 * BATCHES):
        trainer.step()
    assert_same_run(trainer, whole_run(dataset))


@pytest.mark.parametrize("optimizer", [SGD(0.05, momentum=0.9), Adam(0.01)], ids=["SGD", "Adam"])
@pytest.mark.parametrize("saved_after", [0, 1, 4, 6])
def test_saving_and_loading_change_nothing(dataset, tmp_path, saved_after, optimizer):
    straight = make_trainer(dataset, optimizer)
    list(straight.run(3))
    first, second = make_trainer(dataset, optimizer), make_trainer(dataset, SGD(9), seed=99, batch_size=1)
    second.step()
    for _ in range(saved_after):
        first.step()
    first.save(tmp_path / "run.npz")
    second.load(tmp_path / "run.npz")
    assert_same_run(first, second)
    list(second.run(3 - second.epoch))
    assert_same_run(second, straight)


def test_a_state_is_a_copy(dataset):
    trainer = make_trainer(dataset)
    trainer.step()
    state = trainer.state_dict()
    before = {name: values.copy() for name, values in state.items()}
    list(trainer.run(1))
    for name, values in state.items():
        np.testing.assert_array_equal(values, before[name])
    trainer.load_state_dict(state)
    trainer.step()
    for name, values in state.items():
        np.testing.assert_array_equal(values, before[name])


def test_rewinding_starts_the_same_run_again(dataset):
    trainer = whole_run(dataset)
    trainer.rewind()
    assert_same_run(trainer, make_trainer(dataset))
    list(trainer.run(3))
    assert_same_run(trainer, whole_run(dataset))


def test_rewinding_after_loading_goes_back_to_the_saved_beginning(dataset):
    other = Trainer(make_network(seed=8), dataset, optimizer=SGD(0.1))
    other.load_state_dict(whole_run(dataset).state_dict())
    other.rewind()
    np.testing.assert_array_equal(other.network.vector, make_network().vector)


# Changes


def test_changes_are_kept_and_take_effect(dataset):
    trainer = make_trainer(dataset, SGD(0.1, momentum=0.9))
    trainer.step()
    trainer.change(learning_rate=0.01, batch_size=40)
    steps = [trainer.step() for _ in range(2)]
    trainer.change(momentum=0.5, weight_decay=0.1)
    assert [report.epoch for report in steps] == [1, 1]  # 16 + 34 images, then 40
    assert trainer.settings == {"batch_size": 40, "learning_rate": 0.01, "momentum": 0.5, "weight_decay": 0.1}
    assert trainer.history == [
        {"epoch": 0, "step": 0, "optimizer": "SGD", "batch_size": 16, "learning_rate": 0.1, "momentum": 0.9,
         "weight_decay": 0.0},
        {"epoch": 0, "step": 1, "learning_rate": 0.01, "batch_size": 40},
        {"epoch": 1, "step": 3, "momentum": 0.5, "weight_decay": 0.1},
    ]


def test_rewinding_keeps_the_settings_of_now(dataset):
    trainer = make_trainer(dataset, SGD(0.1))
    trainer.change(learning_rate=0.01)
    trainer.rewind()
    assert trainer.history == [{"epoch": 0, "step": 0, "optimizer": "SGD", **trainer.settings}]
    assert trainer.settings["learning_rate"] == 0.01


def test_a_refused_change_changes_nothing(dataset):
    trainer = make_trainer(dataset, SGD(0.1))
    for change in ({"batch_size": 0, "learning_rate": 1}, {"batch_size": 1, "learning_rate": -1}, {"depth": 3}):
        with pytest.raises(ConvError, match="Received: (batch_size=0|learning_rate=-1|depth=3).$"):
            trainer.change(**change)
    assert trainer.settings == {"batch_size": 16, "learning_rate": 0.1, "momentum": 0, "weight_decay": 0}
    assert len(trainer.history) == 1


# Ends


def test_a_run_ends_at_its_target(dataset):
    reports = list(make_trainer(dataset).run(50, target_error=0.5))
    assert reports[-1].test_error <= 0.5
    assert 1 <= reports[-1].epoch < 50
    assert reports[-1].stopped == f"The test error is {reports[-1].test_error:.2%}, and 50.00% was asked for."


def test_a_run_ends_when_patience_does(dataset):
    trainer = make_trainer(dataset, SGD(0))  # never gets better; running statistics aside
    trainer.network.layers[1].momentum = 0
    reports = list(trainer.run(50, patience=2))
    assert reports[-1].epoch == 1 + 2
    assert reports[-1].stopped == f"The test error has not fallen below {reports[-1].test_error:.2%} for 2 epochs."


def test_divergence_ends_with_a_sentence_and_the_last_good_weights(dataset):
    trainer = dense_trainer(dataset, learning_rate=0.1)
    trainer.step()
    trainer.change(learning_rate=1e30)
    good, reports = trainer.network.vector.copy(), []
    with np.errstate(all="raise"):
        for report in trainer.run(5):
            reports.append(report)
            if report.stopped:
                break
            good = trainer.network.vector.copy()
    assert reports[-1].stopped == (
        f"Training diverged at step {reports[-1].step}: the loss is above 1,000, or a weight is no longer a finite "
        "number. The last good weights are back; a smaller learning rate may help."
    )
    assert np.isfinite(trainer.network.vector).all()
    assert math.isfinite(trainer.evaluate().loss)
    np.testing.assert_array_equal(trainer.network.vector, good)
    trainer.change(learning_rate=0.1)
    assert all(math.isfinite(report.loss) for report in trainer.run(2))


def test_divergence_gives_back_running_statistics_and_momentum(dataset):
    trainer = make_trainer(dataset, SGD(0.1, momentum=0.9))
    trainer.step()
    before = {name: values.copy() for name, values in trainer.network.buffers.items()}
    trainer.augment = lambda images, rng: images * np.float32(np.nan)
    report = trainer.step()
    assert math.isnan(report.loss)
    assert report.stopped.startswith("Training diverged at step 2")
    for name, values in trainer.network.buffers.items():
        np.testing.assert_array_equal(values, before[name])
    assert trainer.optimizer.memory == {}
    assert report.mean_loss == trainer.losses[0]
    trainer.load_state_dict(trainer.state_dict())  # a NaN among the losses can be saved


def test_a_loss_beyond_any_use_is_divergence_too(dataset):
    trainer = dense_trainer(dataset, learning_rate=0.1)
    trainer.step()
    good = trainer.network.vector.copy()
    trainer.change(learning_rate=1e6)
    reports = list(trainer.run(5))
    assert math.isfinite(reports[-1].loss) and reports[-1].loss > 1000
    assert reports[-1].stopped.startswith("Training diverged at step 3")
    assert trainer.evaluate().loss < 1000 and trainer.network.vector.shape == good.shape


def test_the_pace_is_that_of_the_last_seconds(dataset, monkeypatch):
    ticks = itertools.chain.from_iterable((time, time + pause) for time, pause in clock())
    monkeypatch.setattr("conv.training.time.perf_counter", lambda: next(ticks))
    trainer = make_trainer(dataset, batch_size=50)
    paces = [trainer.step().samples_per_second for _ in range(200)]
    assert all(0.8 < later / sooner < 1.25 for sooner, later in itertools.pairwise(paces[60:]))
    assert 50 / 0.03 < paces[-1] < 50 / 0.01


def clock():
    """When each step begins, and how long it takes: now and then one takes ten times as long."""
    return ((float(i), 0.1 if i % 10 == 9 else 0.01) for i in itertools.count())


@pytest.mark.parametrize(("part", "change"), [
    ("network/0.weight", np.nan), ("initial/0.weight", np.inf),
])
def test_what_is_not_finite_is_refused_and_all_stays(dataset, part, change):
    trainer = whole_run(dataset)
    state, before = trainer.state_dict(), trainer.network.vector.copy()
    state[part] = state[part] * change
    with pytest.raises(ConvError, match="Weights must be finite numbers"):
        trainer.load_state_dict(state)
    np.testing.assert_array_equal(trainer.network.vector, before)


@pytest.mark.parametrize(("name", "value"), [("test_error", math.nan), ("epoch", math.nan), ("accuracy", 2)])
def test_results_that_cannot_be_are_refused(dataset, name, value):
    trainer = whole_run(dataset)
    state = trainer.state_dict()
    progress = json.loads(str(state["progress"]))
    progress["results"][0][name] = value
    with pytest.raises(ConvError, match="The state must be that of a training run"):
        trainer.load_state_dict(state | {"progress": np.array(json.dumps(progress))})


# What is refused


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"epochs": 0}, "Epochs must be at least 1. Received: epochs=0."),
        ({"epochs": 1, "patience": 0}, "Patience must be at least 1. Received: patience=0."),
        ({"epochs": 1, "target_error": 3}, "Target error must be from 0 to 1. Received: target_error=3."),
    ],
)
def test_what_a_run_refuses_at_once(dataset, options, error):
    with pytest.raises(ConvError) as caught:
        make_trainer(dataset).run(**options)
    assert str(caught.value) == error


def test_what_a_trainer_refuses(dataset):
    eleven = replace(dataset, class_names=(*dataset.class_names, "ten"))
    with pytest.raises(ConvError, match=r"^The network must have one output for each class. "
                                        r"Received: outputs=\(10,\), classes=11.$"):
        make_trainer(eleven)
    with pytest.raises(ConvError, match=r"^Batch size must be at least 1. Received: batch_size=0.$"):
        make_trainer(dataset, batch_size=0)
    with pytest.raises(ConvError, match=r"^Seed must be at least 0. Received: seed=-1.$"):
        make_trainer(dataset, seed=-1)
    with pytest.raises(ConvError, match=r"^Part must be 'test' or 'train'. Received: part='valid'.$"):
        make_trainer(dataset).evaluate("valid")


def with_progress(state, **changes):
    return state | {"progress": np.array(json.dumps(json.loads(str(state["progress"])) | changes))}


STATE = "The state must be that of a training run with the same layers and training images. Received: problem="
SPOILT = [
    lambda state: {},
    lambda state: {name: values for name, values in state.items() if name != "order"},
    lambda state: {name: values for name, values in state.items() if name != "network/0.weight"},
    lambda state: state | {"network/0.weight": np.zeros((1, 1))},
    lambda state: state | {"initial/0.weight": np.array("text")},
    lambda state: state | {"optimizer/mean": np.zeros(3)},
    lambda state: state | {"optimizer/velocity": state["optimizer/mean"]},
    lambda state: state | {"order": np.zeros(50, int)},
    lambda state: state | {"order": np.arange(49)},
    lambda state: state | {"order": np.array(["a"])},
    lambda state: state | {"losses": np.array("text")},
    lambda state: state | {"progress": np.array("not JSON")},
    lambda state: state | {"progress": np.array("[" * 100_000)},
    lambda state: state | {"progress": np.array("[]")},
    lambda state: with_progress(state, format="another"),
    lambda state: with_progress(state, rng={"bit_generator": "MT19937"}),
    lambda state: with_progress(state, optimizer="Other"),
    lambda state: with_progress(state, settings={"learning_rate": -1}),
    lambda state: with_progress(state, settings={"momentum": 0}),
    lambda state: with_progress(state, batch_size=0),
    lambda state: with_progress(state, epoch=-2),
    lambda state: with_progress(state, position=1000),
    lambda state: with_progress(state, steps="many"),
    lambda state: with_progress(state, sums=[1]),
    lambda state: with_progress(state, history=3),
    lambda state: with_progress(state, results=[{}]),
]


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_spoilt_state_is_refused_and_changes_nothing(dataset, spoil):
    trainer, other = make_trainer(dataset), make_trainer(dataset)
    for which in (trainer, other):
        which.step()
    with pytest.raises(ConvError) as caught:
        trainer.load_state_dict(spoil(trainer.state_dict()))
    assert str(caught.value).startswith(STATE)
    assert_same_run(trainer, other)


def test_spoilt_files_are_refused(dataset):
    trainer, file = make_trainer(dataset), io.BytesIO()
    trainer.save(file)
    for content in (b"", b"text", file.getvalue()[:-50], file.getvalue()[:2000]):
        with pytest.raises(ConvError, match="^The file must be a whole .npz file of numbers and text"):
            trainer.load(io.BytesIO(content))
    weights = io.BytesIO()
    trainer.network.save(weights)
    weights.seek(0)
    with pytest.raises(ConvError, match=f"^{STATE}"):
        trainer.load(weights)


# How good it gets


def test_the_demo_network_learns_digits_of_writers_it_has_not_seen():
    recipe = RECIPES["digits_cnn"]
    trainer = recipe.trainer(seed=0)
    *_, report = recipe.run(trainer)
    assert report.epoch == recipe.epochs
    assert report.test_error <= 0.03
    assert [(change["epoch"], change["learning_rate"]) for change in trainer.history] == [
        (0, 0.01), *recipe.learning_rates
    ]
