"""The worker by itself, and the frames that it is spoken to in."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from conv.errors import ConvError
from conv.recipes import RECIPES
from ui.run_child import read_frame, write_frame
from ui.run_spec import Spec, dataset_of, read_spec
from ui.run_worker import BINS, Worker, _histogram, pack, trainer_of, unpack

SMALL = Spec(train=200, test=50, epochs=3)


def started(spec: Spec = SMALL) -> Worker:
    worker = Worker()
    worker.do({"do": "start", "training": 1, "spec": spec.plain}, {})
    assert (worker.state, worker.sentence) == ("paused", "")
    return worker


def test_looking_changes_no_bit() -> None:
    spec = replace(SMALL, network="input 1x8x8\nconv 4 3\nbatchnorm\nrelu\nmax 2\nflatten\ndropout 0.5\ndense 10")
    trainer = trainer_of(spec, dataset_of(spec))
    expected = [report.loss for report in trainer.run(3)]
    worker = started(spec)
    worker.do({"do": "train"}, {})
    seen = []
    while worker.running:
        worker.turn()
        worker._picture_due = 0.0
        worker.do({"do": "watch"}, {})
        _, arrays = worker.message()
        assert "counts" in arrays
        seen += arrays["rows"][:, 2].tolist()
    assert seen == expected


def test_a_recipe_is_followed_to_the_bit_and_again_after_rewinding() -> None:
    recipe = replace(RECIPES["digits_cnn"], epochs=4, learning_rates=((1, 0.002), (3, 0.0004)))
    spec = Spec(
        optimizer="Adam", learning_rate=0.01, weight_decay=1e-4, shift=0.5, rotation=10.0, epochs=4,
        learning_rates=recipe.learning_rates,
    )
    expected = [report.loss for report in recipe.run(recipe.trainer())]
    worker = started(spec)
    for _ in range(2):
        worker.do({"do": "train"}, {})
        while worker.running:
            worker.turn()
        assert worker.trainer.losses == expected
        assert worker.message()[0]["changes"] == [(45, "learning_rate", 0.002), (135, "learning_rate", 0.0004)]
        worker.do({"do": "rewind"}, {})


def test_messages_join_to_the_whole() -> None:
    worker = started()
    worker.do({"do": "train"}, {})
    rows, tests = np.empty((0, 7)), np.empty((0, 3))
    while worker.running:
        worker.turn()
        worker.turn()
        header, arrays = worker.message()
        assert (header["rows_before"], header["tests_before"]) == (len(rows), len(tests))
        rows, tests = np.concatenate([rows, arrays["rows"]]), np.concatenate([tests, arrays["tests"]])
    assert rows[:, 0].tolist() == list(range(1, 22))
    assert rows[:, 2].tolist() == worker.trainer.losses
    assert tests[:, 2].tolist() == [result["test_error"] for result in worker.trainer.results]


def test_pictures_are_for_those_who_look() -> None:
    worker = started(replace(SMALL, epochs=1000))
    worker.message()
    worker.do({"do": "train"}, {})
    worker._checkpoint_due = np.inf
    for _ in range(20):
        worker.turn()
    assert not worker.due
    assert "counts" not in worker.message()[1]
    worker._picture_due = 0.0
    worker.do({"do": "watch"}, {})
    assert worker.due
    assert "counts" in worker.message()[1]
    assert not worker.due  # it is too soon for another


def test_divergence_ends_it_with_the_trainers_sentence() -> None:
    worker = started(replace(SMALL, learning_rate=1e30))
    worker.do({"do": "train"}, {})
    while worker.running:
        worker.turn()
    assert worker.state == "finished"
    assert worker.sentence.startswith("Training diverged at step ")
    header, arrays = worker.message()
    assert all(np.isfinite(values).all() for name, values in arrays.items() if name != "rows")


def test_what_comes_before_a_training_is_not_done() -> None:
    worker = Worker()
    for name in ("train", "step", "pause", "rewind", "change", "watch"):
        worker.do({"do": name, "serial": 5}, {})
    worker.turn()
    assert worker.message() == ({"state": "empty", "sentence": "", "training": 0, "answered": 5}, {})
    with pytest.raises(ValueError, match="no such command: message"):
        worker.do({"do": "message"}, {})


def test_a_refused_start_is_a_sentence() -> None:
    worker = started()
    worker.do({"do": "start", "training": 2, "spec": replace(SMALL, data="cifar").plain}, {})
    assert worker.state == "failed"
    assert worker.sentence.startswith("Dataset must be one of")


@pytest.mark.parametrize("values", [
    [0, 0, 0], [1e30, -1e30, 0], [1e-45, 0, 0], [1, 1 - 6e-8, 1], [np.inf, np.nan, 1, 2], [np.inf], [-5, 5, 2],
])
def test_histograms_count_every_finite_number(values: list[float]) -> None:
    counts, edges = _histogram(np.array(values, np.float32))
    assert counts.sum() == np.isfinite(values).sum()
    assert len(counts) == BINS == len(edges) - 1
    assert (np.diff(edges) > 0).all()


def test_histograms_count_like_numpys() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    counts, edges = _histogram(values)
    expected, expected_edges = np.histogram(values, BINS)
    assert counts.tolist() == expected.tolist()
    assert np.allclose(edges, expected_edges)


def test_specs_are_read_from_json_and_nothing_else_is() -> None:
    spec = Spec(
        data="lines", size=20, patience=3, target_error=0.1, learning_rate=1, shift=1.0, learning_rates=((2, 0.1),)
    )
    assert read_spec(json.loads(json.dumps(spec.plain))) == spec
    for wrong in ({"epochs": "3"}, {"epochs": 2.5}, {"seed": None}, {"network": 3}, {"train": True}, {"data": None},
                  {"learning_rates": [[1, "2"]]}, {"learning_rates": 3}, {"learning_rates": [[1]]}):
        with pytest.raises(ConvError, match="The settings of the training cannot be read. Received: problem="):
            read_spec(spec.plain | wrong)


def test_frames_are_read_as_they_were_written() -> None:
    stream = BytesIO()
    write_frame(stream, {"do": "a"}, b"\n\x00")
    write_frame(stream, {"do": "b\n"})
    stream.seek(0)
    assert read_frame(stream) == ({"do": "a", "bytes": 2}, b"\n\x00")
    assert read_frame(stream) == ({"do": "b\n", "bytes": 0}, b"")
    assert read_frame(stream) is None


def test_a_frame_that_is_cut_off_is_the_end() -> None:
    stream = BytesIO()
    write_frame(stream, {"do": "a"}, b"four")
    whole = stream.getvalue()
    for length in range(len(whole)):
        assert read_frame(BytesIO(whole[:length])) is None
    assert read_frame(BytesIO(whole)) == ({"do": "a", "bytes": 4}, b"four")


def test_arrays_are_unpacked_as_they_were_packed() -> None:
    arrays = {"a/b": np.arange(3.0), "none": np.empty((0, 6)), "word": np.array("ж")}
    found = unpack(pack(arrays))
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[name], values) for name, values in arrays.items())
    assert unpack(pack({})) == {}
    with pytest.raises(ValueError, match="whole .npz file"):
        unpack(pack({"object": np.array([{}])}))
