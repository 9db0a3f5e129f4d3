"""Runs of people: real children that train, pause, wait, die and are taken up again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from conv.datasets import Dataset
from conv.errors import ConvError
from ui import runs
from ui.run_queue import Queue
from ui.run_spec import Spec
from ui.run_worker import pack, unpack
from ui.runs import Run

ROOT = Path(__file__).parents[2]
SMALL = Spec(train=200, test=50, epochs=3, seed=1)  # seven batches an epoch
LONG = replace(SMALL, epochs=1000)
SHIFTED = replace(SMALL, shift=1.0, rotation=10.0, optimizer="Adam", learning_rate=0.01)


def until(happened: Callable[[], object]) -> None:
    """Wait until something has happened, in another process or thread."""
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def at_rest(run: Run) -> Run:
    """Wait until a run has done what it was asked."""
    until(lambda: run.status.state in ("paused", "finished", "failed") and run.answered)
    return run


def gone(run: Run) -> Run:
    until(lambda: run.process_id is None)
    return run


@pytest.fixture(autouse=True)
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    """A queue of each test's own."""
    queue = Queue(at_once=2)
    monkeypatch.setattr(runs, "QUEUE", queue)
    return queue


@pytest.fixture(params=["child", "page"])
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(runs, "IN_CHILDREN", request.param == "child")
    return request.param


@pytest.fixture
def new_run() -> Iterator[Callable[..., Run]]:
    """Makes runs, and ends them."""
    made = []

    def make(spec: Spec = SMALL, dataset: Dataset | None = None) -> Run:
        run = Run()
        made.append(run)
        run.start(spec, dataset)
        return run

    yield make
    for run in made:
        run.forget()


def worked(run: Run) -> Run:
    """Drive a run to where it rests, whoever drives it."""
    while run.status.state == "running" and runs.IN_CHILDREN is False:
        run.work(0.01)
    return at_rest(run)


def test_it_starts_paused_with_a_picture(new_run, driver: str) -> None:
    run = at_rest(new_run())
    assert run.status == runs.Status("paused")
    assert (run.snapshot.step, len(run.history.step)) == (0, 0)
    network = run.network
    assert all(np.array_equal(values, network.state_dict()[name]) for name, values in run.snapshot.weights.items())
    assert run.snapshot.counts.shape == (len(network.layers), 24)
    assert run.snapshot.counts[0].sum() == 32 * 8 * 8 * 8  # images, maps, rows, columns
    assert run.snapshot.gradients_first == {}


def test_steps_epochs_and_the_end(new_run, driver: str) -> None:
    run = at_rest(new_run())
    run.step()
    assert worked(run).history.step.tolist() == [1]
    assert list(run.snapshot.gradients_first) == ["0.weight", "0.bias"]
    run.epoch()
    assert worked(run).history.epoch[-1] == 1
    assert run.history.step.tolist() == [1, 2, 3, 4, 5, 6, 7]
    run.train()
    assert worked(run).status == runs.Status("finished", 0, "3 epochs are done.")
    assert run.history.test_epoch.tolist() == [1, 2, 3]
    found = run.snapshot.evaluation
    assert (found.step, found.confusion.sum()) == (21, 50)
    assert len(found.wrong) == round(run.history.test_error[-1] * 50)
    assert found.probability.tolist() == sorted(found.probability, reverse=True)
    assert np.array_equal(run.network.predict(run.dataset.test_images[found.wrong]), found.predicted)


def test_the_end_can_be_moved(new_run, driver: str) -> None:
    run = new_run()
    run.train()
    assert worked(run).status.state == "finished"
    run.change(epochs=6)
    assert worked(run).status.state == "paused"
    run.train()
    assert worked(run).status == runs.Status("finished", 0, "6 epochs are done.")
    assert run.history.test_epoch.tolist() == [1, 2, 3, 4, 5, 6] and run.spec == replace(SMALL, epochs=6)
    run.change(epochs=2)  # which is behind it
    assert worked(run).status.state == "finished"
    assert (np.diff(run.history.seconds) > 0).all()


def test_a_goal_that_has_been_passed_ends_a_run_that_is_going(new_run) -> None:
    run = new_run(LONG)
    run.train()
    until(lambda: len(run.history.test_epoch) > 3)
    run.change(epochs=2)
    assert at_rest(run).status.state == "finished" and run.status.sentence.endswith(" epochs are done.")


def test_a_stopped_run_keeps_all_and_goes_on(new_run) -> None:
    run = new_run(LONG)
    run.train()
    until(lambda: len(run.history.test_epoch) > 1)
    run.stop()
    gone(run)
    assert run.status == runs.Status("paused", 0, runs.STOPPED)
    done = len(run.history.step)
    assert run.snapshot.step == done and run.snapshot.evaluation is not None
    run.step()
    assert at_rest(run).history.step.tolist() == list(range(1, done + 2)) and run.status.sentence == ""


def test_how_it_ended_is_saved(new_run, driver: str) -> None:
    run, other = new_run(replace(SMALL, learning_rate=1e30)), new_run()
    run.train()
    said = worked(run).status
    assert said.sentence.startswith("Training diverged")
    other.restore(run.checkpoint)
    assert worked(other).status == said


def test_rewound_and_trained_again_it_is_the_same(new_run, driver: str) -> None:
    run = new_run(SHIFTED)
    run.train()
    first = worked(run).history
    run.rewind()
    assert len(at_rest(run).history.step) == run.snapshot.step == 0
    assert run.snapshot.evaluation is None
    run.train()
    assert np.array_equal(worked(run).history.loss, first.loss)


def test_settings_change_while_it_trains(new_run) -> None:
    run = new_run(LONG)
    run.train()
    run.change(learning_rate=0.001)
    run.change(batch_size=50)
    until(lambda: len(run.history.changes) == 2)
    assert run.status.state == "running"
    assert [change[1:] for change in run.history.changes] == [("learning_rate", 0.001), ("batch_size", 50)]
    assert run.spec == replace(LONG, learning_rate=0.001, batch_size=50)


def test_a_change_that_is_refused_changes_nothing(new_run, driver: str) -> None:
    run = at_rest(new_run())
    run.change(learning_rate=-1)
    rule = "Learning rate must be a number, at least 0. Received: learning_rate=-1."
    assert at_rest(run).status == runs.Status("paused", 0, rule)
    assert run.spec == SMALL


def test_it_pauses_and_goes_on(new_run) -> None:
    run = new_run(LONG)
    run.train()
    until(lambda: len(run.history.step) > 20)
    run.pause()
    steps = len(at_rest(run).history.step)
    assert run.snapshot.step == steps == run.history.step[-1]
    run.train()
    until(lambda: len(run.history.step) > steps)


def test_pictures_come_while_someone_looks(new_run) -> None:
    run = new_run(LONG)
    run.train()
    number = 0
    for _ in range(3):
        until(lambda number=number: run.snapshot is not None and run.snapshot.number > number)
        number = run.snapshot.number
    assert run.status.state == "running"


NUMBERS = """
import sys
sys.path.insert(0, {root!r})
from tests.ui.test_runs import SHIFTED, replace, runs, worked
runs.IN_CHILDREN = False
run = runs.Run()
run.start(SHIFTED)
run.step()
run.change(batch_size=20)
run.train()
print(worked(run).history.loss.tolist() + run.history.test_loss.tolist())
"""


def test_a_child_gives_the_pages_own_numbers_bit_for_bit(new_run) -> None:
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    own = subprocess.run(
        [sys.executable, "-c", NUMBERS.format(root=str(ROOT))],
        env=one_thread, capture_output=True, check=True, text=True,
    )
    run = new_run(SHIFTED)
    run.step()
    run.change(batch_size=20)
    run.train()
    assert str(at_rest(run).history.loss.tolist() + run.history.test_loss.tolist()) == own.stdout.strip()


# ---- checkpoints ------------------------------------------------------------------------------------


def test_a_checkpoint_goes_on_bit_for_bit(new_run, driver: str) -> None:
    run, other = new_run(SHIFTED), new_run()
    for _ in range(10):
        run.step()
    checkpoint = at_rest(run).checkpoint
    run.train()
    other.restore(checkpoint)
    assert at_rest(other).spec == SHIFTED
    assert (len(other.history.step), other.snapshot.step) == (10, 10)
    other.train()
    for name in ("loss", "accuracy", "epoch", "test_loss", "test_error"):
        assert np.array_equal(getattr(worked(run).history, name), getattr(worked(other).history, name)), name
    assert all(np.array_equal(values, other.snapshot.weights[name]) for name, values in run.snapshot.weights.items())


def test_a_restored_run_shows_what_it_was_evaluated_to(new_run, driver: str) -> None:
    run, other = new_run(), new_run(LONG)
    run.train()
    other.restore(worked(run).checkpoint)
    assert np.array_equal(at_rest(other).snapshot.evaluation.confusion, run.snapshot.evaluation.confusion)


def changed(checkpoint: bytes, **arrays: np.ndarray) -> bytes:
    return pack(unpack(checkpoint) | arrays)


def test_foreign_checkpoints_are_refused_and_all_stays(new_run, driver: str) -> None:
    run = at_rest(new_run())
    run.step()
    good = at_rest(run).checkpoint
    file = BytesIO()
    np.savez(file, weights=np.ones(3))
    for content in (b"", b"GIF89a", good[:-100], file.getvalue()):
        with pytest.raises(ConvError, match="The file must be a training that was saved here. Received: problem="):
            run.restore(content)
    for spec in ("[]", "{}", "nonsense", '{"data": 3}', str(SHIFTED.plain)):
        with pytest.raises(ConvError, match="The file must be a training that was saved here. Received: problem="):
            run.restore(changed(good, spec=np.array(spec)))
    for damage in (np.nan, np.inf):
        rows = np.full_like(unpack(good)["rows"], damage)
        with pytest.raises(ConvError, match="problem='its curves are damaged'"):
            run.restore(changed(good, rows=rows))
    with pytest.raises(ConvError, match="The state must be that of a training run with the same layers"):
        run.restore(changed(good, order=np.arange(7)))
    assert run.status.state == "paused"
    run.step()
    assert at_rest(run).history.step.tolist() == [1, 2]


def test_a_checkpoint_names_no_folder(new_run, driver: str) -> None:
    run = at_rest(new_run())
    run.restore(changed(run.checkpoint, spec=np.array(json.dumps(SMALL.plain | {"folder": "/etc"}))))
    assert run.spec.folder is None


def test_a_killed_child_gives_a_sentence_and_the_last_checkpoint_stays(new_run) -> None:
    run = new_run(LONG)
    for _ in range(3):
        run.step()
    at_rest(run)
    os.kill(run.process_id, signal.SIGKILL)
    until(lambda: run.status.state == "failed")
    assert run.status.sentence == (
        "The process that trained has ended unexpectedly. The training is kept as it was after step 3, and goes on "
        "from there."
    )
    run.epoch()
    assert at_rest(run).history.step.tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_where_no_process_can_be_started_it_says_so(new_run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    run = new_run()
    until(lambda: run.status.state == "failed")
    assert run.status.sentence.startswith("No process could be started to train: ")


# ---- the end of a child -----------------------------------------------------------------------------


def test_a_released_run_leaves_nothing_and_goes_on(new_run) -> None:
    run = new_run(LONG)
    run.train()
    until(lambda: len(run.history.step) > 20)
    process = run.process_id
    run.release()
    gone(run)
    with pytest.raises(ChildProcessError):  # it was waited for: no dead one is left
        os.waitpid(process, os.WNOHANG)
    assert run.status == runs.Status("paused", 0, "It was paused when its page was closed.")
    steps = len(run.history.step)
    assert run.snapshot.step == steps  # not only the last that was told, but the last that was done
    run.step()
    assert at_rest(run).history.step.tolist() == list(range(1, steps + 2))


def test_what_is_asked_while_a_child_goes_is_done_by_the_next(new_run) -> None:
    run = at_rest(new_run(LONG))
    first = run.process_id
    run.release()
    run.step()
    run.epoch()
    assert at_rest(run).history.step.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert run.process_id not in (None, first)


def test_a_forgotten_run_is_empty(new_run) -> None:
    run = at_rest(new_run())
    process = run.process_id
    run.forget()
    until(lambda: not alive(process))
    assert run.status == runs.Status("empty")
    run.train()  # there is nothing to train
    assert (run.status.state, run.snapshot, run.checkpoint) == ("empty", None, b"")


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


SERVER = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal, wherever the tests run
sys.path.insert(0, {root!r})
from tests.ui.test_runs import LONG, Run, until
run = Run()
run.start(LONG)
run.train()
until(lambda: len(run.history.step) > 20)
print(run.process_id, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_ends_with_its_server_however_that_ends(how: signal.Signals) -> None:
    # The child has the server's stderr as well: it ends when both have gone.
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER.format(root=str(ROOT))], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert int(server.stdout.readline())
    server.send_signal(how)
    server.communicate(timeout=20)
    assert server.returncode != 0


def test_idle_children_make_room(new_run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_CHILDREN", 2)
    first, second = at_rest(new_run()), at_rest(new_run())
    first.step()
    at_rest(first)
    third = at_rest(new_run())
    gone(second)
    assert first.process_id and third.process_id
    second.epoch()
    assert at_rest(second).history.epoch[-1] == 1
    gone(first)
    first.step()
    assert at_rest(first).history.step.tolist() == [1, 2]


def test_a_child_gives_way(new_run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAIN_URGENTLY", raising=False)
    run = new_run()
    until(lambda: run.process_id and os.getpriority(os.PRIO_PROCESS, run.process_id) >= 15)
    if hasattr(os, "SCHED_IDLE"):
        until(lambda: os.sched_getscheduler(run.process_id) == os.SCHED_IDLE)
    assert os.getsid(run.process_id) == os.getsid(0)  # Linux weighs sessions against each other, whoever is nice
    assert os.getpgid(run.process_id) == run.process_id  # Ctrl-C in a terminal does not reach it


@pytest.mark.skipif(sys.platform != "linux", reason="What is refused there is Linux's.")
def test_a_child_starts_where_the_host_refuses_it_that() -> None:
    """As some sandboxes do, and limits that whoever runs the server has set lower."""
    script = """
import os, resource, ui.run_child

def refuse(*_):
    refused.append(1)
    raise PermissionError if len(refused) == 1 else ValueError

refused = []
os.sched_setscheduler = resource.setrlimit = refuse
ui.run_child.main()
print(len(refused))
"""
    environment = {name: value for name, value in os.environ.items() if name != "TRAIN_URGENTLY"}
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, input="", capture_output=True,
                         check=True, text=True)
    assert ran.stderr == "2\n"  # stdout is for frames


def test_the_child_imports_neither_streamlit_nor_matplotlib() -> None:
    script = "import sys, ui.run_child, ui.run_worker; print({'streamlit', 'matplotlib'} & sys.modules.keys())"
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True, text=True)
    assert found.stdout == "set()\n"


# ---- what cannot be trained -------------------------------------------------------------------------


@pytest.mark.parametrize(("spec", "sentence"), [
    (replace(SMALL, network="no such"), "Line 1: The input must come first"),
    (replace(SMALL, network="input 1x28x28\nflatten\ndense 10"),
     "The network's input must be one of the data set's images. Received: input=(1, 28, 28), images=(1, 8, 8)."),
    (replace(SMALL, network="input 1x8x8\nflatten\ndense 7"), "The network must have one output for each class."),
    (replace(SMALL, network="input 1x8x8\nconv 8192 3\nflatten\ndense 10"),
     "A network to be trained here may have at most 1000000 weights. Received: weights="),
    (Spec(data="lines", size=32, network="lenet5_1998"), "This kind of layer cannot be trained here."),
    (replace(SMALL, data="cifar"), "Dataset must be one of "),
    (replace(SMALL, data="lines", size=65), "Drawn images must have at most 64 rows and columns. Received: size=65."),
    (replace(SMALL, optimizer="Adagrad"), "Optimizer must be SGD or Adam. Received: optimizer='Adagrad'."),
    (replace(SMALL, learning_rate=-1.0), "Learning rate must be a number, at least 0."),
    (replace(SMALL, learning_rates=((1, -1.0),)), "Learning rate must be a number, at least 0."),
    (replace(SMALL, epochs=0), "Epochs must be from 1 to 1000. Received: epochs=0."),
    (replace(SMALL, batch_size=5000), "Batch size must be from 1 to 1024. Received: batch_size=5000."),
    (replace(SMALL, shift=-1.0), "Shift must be at least 0 and rotation from 0 to 180 degrees."),
    (replace(SMALL, target_error=2.0), "Target error must be from 0 to 1. Received: target_error=2.0."),
])
def test_what_cannot_be_trained_is_refused_with_a_sentence(new_run, spec: Spec, sentence: str) -> None:
    run = at_rest(new_run())
    run.start(spec)
    assert run.status.state == "failed"
    assert run.status.sentence.startswith(sentence)
    assert run.process_id is None
    run.train()
    assert at_rest(run).status.state == "failed"
    run.start(SMALL)
    assert at_rest(run).status == runs.Status("paused")


def test_too_little_memory_is_a_sentence(new_run) -> None:
    wide = "input 1x64x64\nconv 4000 3 padding same\nmax 64\nflatten\ndense 4"  # 4000 * 64 * 64 * 1024 * 4 bytes
    run = new_run(Spec(data="lines", size=64, train=1024, test=4, network=wide, batch_size=1024))
    run.step()
    assert at_rest(run).status.state == "failed"
    assert run.status.sentence.startswith(
        "There is not enough memory for this training: a smaller batch or a smaller network needs less."
    )


def test_ones_own_data_set_comes_along(new_run, driver: str) -> None:
    images, labels = np.zeros((6, 1, 6, 6), np.float32), np.array([0, 1, 0, 1, 0, 1])
    images[labels == 1] = 1
    own = Dataset(images, labels, images, labels, ("dark", "light"))
    network = "input 1x6x6\nflatten\ndense 2"
    run, other = new_run(Spec(data="own", network=network, epochs=20), own), new_run()
    run.train()
    assert worked(run).history.test_error[-1] == 0
    with pytest.raises(ConvError, match="Dataset must be one of"):
        other.restore(run.checkpoint)


def test_networks_by_name_fit_the_data(new_run, driver: str) -> None:
    run = at_rest(new_run(Spec(data="lines", train=20, test=4, network="digits_cnn")))
    assert run.network.layers[-1].parameters["weight"].shape == (4, 16 * 4 * 4)


# ---- waiting ----------------------------------------------------------------------------------------


def test_beyond_the_limit_runs_wait_in_order(new_run, queue: Queue) -> None:
    first, second, third, fourth = (new_run(LONG) for _ in range(4))
    for run in (first, second, third, fourth):
        run.train()
    assert [run.status.state for run in (first, second, third, fourth)] == ["running", "running", "waiting", "waiting"]
    assert [run.status.place for run in (first, second, third, fourth)] == [0, 0, 1, 2]
    assert fourth.status.sentence == (
        "2 trainings are at work, as many as this server takes at once. This one is number 2 in the queue and goes on "
        "by itself."
    )
    first.pause()
    assert (third.status.state, fourth.status.place) == ("running", 1)
    until(lambda: len(third.history.step) > 0)
    second.forget()
    until(lambda: len(fourth.history.step) > 0)


def test_a_run_that_ends_makes_room(new_run) -> None:
    runs_of_all = [new_run() for _ in range(5)]
    for run in runs_of_all:
        run.train()
    for run in runs_of_all:
        until(lambda run=run: run.status.state == "finished")
        assert len(run.history.step) == 21


def test_who_waits_may_leave(new_run) -> None:
    first, second, third, fourth = (new_run(LONG) for _ in range(4))
    for run in (first, second, third, fourth):
        run.train()
    third.pause()
    assert (third.status.state, fourth.status.place) == ("paused", 1)
    fourth.release()
    assert fourth.cut_off and fourth.status.state == "paused"


def test_runs_take_turns_without_changing_a_bit(new_run, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = new_run(SHIFTED)
    alone.train()
    at_rest(alone)
    monkeypatch.setattr(runs, "QUEUE", Queue(at_once=1, turn=0.01))
    both = [new_run(replace(SHIFTED, epochs=60)) for _ in range(2)]
    for run in both:
        run.train()
    until(lambda: all(run.status.state == "finished" for run in both))
    assert np.array_equal(both[0].history.loss, both[1].history.loss)
    assert np.array_equal(both[0].history.loss[:21], alone.history.loss)
