"""What the page of training does with the session's runs: one, or two side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO

import numpy as np

from conv import building, saving
from conv.blueprint_text import parse
from conv.errors import ConvError
from conv.network import Sequential
from ui.run_spec import CHANGEABLE, GOALS, MOST_EPOCHS, Spec, dataset_of
from ui.run_worker import pack, trainer_of
from ui.runs import Run, of_session
from ui.settings import Page
from ui.train import NETWORKS, OWN, Plan, plan, settings_of, wanted

BOTH = ("a", "b")
COMMANDS = ("train", "pause", "step", "epoch", "rewind", "stop")
FIXED = {  # of a spec, in the words of the page
    "data": "data", "folder": "folder", "train": "number of pictures", "size": "size of the pictures",
    "network": "network", "seed": "seed", "optimizer": "optimizer", "shift": "shift", "rotation": "rotation",
}
LOADED = "The weights are those of the file; Rewind goes back to the initial ones."
BEGUN = ("running", "waiting", "paused", "finished")


def runs(page: Page) -> dict[str, Run]:
    """Give the runs that the page is about; a second one that is no longer wanted ends."""
    if "b" not in wanted(page) and of_session("b").status.state != "empty":
        of_session("b").forget()
    return {name: of_session(name) for name in wanted(page)}


def begun(run: Run) -> bool:
    """Whether there is anything of it."""
    return run.status.state in BEGUN


def steps(run: Run) -> int:
    """How many steps it has taken."""
    done = run.history.step
    return int(done[-1]) if len(done) else 0


def ended(run: Run) -> bool:
    """Whether it has trained for as many epochs as there can be."""
    return len(run.history.test_epoch) >= MOST_EPOCHS


def moving(page: Page) -> bool:
    """Whether any run is training, waits for its turn, or has not yet told what the last command came to."""
    return any(run.status.state in ("running", "waiting") or not run.answered for run in runs(page).values())


# ---- settings that a run does not have yet ---------------------------------------------------


def follow(asked: Plan) -> None:
    """Let what may change while a run goes on change at once."""
    for name, spec in asked.specs.items():
        run = of_session(name)
        if not begun(run):
            continue
        live = [one for one in CHANGEABLE if one != "momentum" or run.spec.optimizer == "SGD"]
        if spec.optimizer != run.spec.optimizer:
            live = ["batch_size"]  # the rate is meant for the other optimizer
        live += GOALS
        changed = {one: getattr(spec, one) for one in live if getattr(spec, one) != getattr(run.spec, one)}
        if changed:
            run.change(**changed)


def late(asked: Plan) -> list[str]:
    """Name the settings that runs do not have, as they were begun before."""
    found: dict[str, None] = {}
    for name, spec in asked.specs.items():
        run = of_session(name)
        if steps(run):
            found |= {title: None for one, title in FIXED.items() if getattr(spec, one) != getattr(run.spec, one)}
    return list(found)


def _is_late(run: Run, spec: Spec) -> bool:
    return any(getattr(spec, one) != getattr(run.spec, one) for one in FIXED)


# ---- what a person presses -------------------------------------------------------------------


def obey(page: Page, command: str) -> None:
    """Train, pause, one step, one epoch, rewind or stop: every run of the page."""
    here = runs(page)
    if command in ("pause", "stop"):
        for run in here.values():
            getattr(run, command)()
        return
    if command != "rewind":
        if all(map(ended, here.values())):
            return  # the page says so
        _look_further(page, here, command)
    asked = plan(page)
    follow(asked)
    for name, spec in asked.specs.items():
        run = here[name]
        if not begun(run) or (_is_late(run, spec) and (command == "rewind" or not steps(run))):
            run.start(spec, page.recall("own pictures") if spec.data == OWN else None)
        elif command == "rewind":
            run.rewind()
    if command != "rewind":
        for run in _next(here):
            if not ended(run):
                getattr(run, command)()


def _look_further(page: Page, here: dict[str, Run], command: str) -> None:
    """Where all have trained for as many epochs as were asked for, ask for more: twice as many, or one."""
    done = [len(run.history.test_epoch) for run in here.values() if begun(run)]
    if len(done) == len(here) and min(done) >= page["epochs"]:
        page.update(epochs=min(MOST_EPOCHS, 2 * max(done) if command == "train" else max(done) + 1))
        page.remember("redraw", True)  # the control as well


def _next(here: dict[str, Run]) -> list[Run]:
    """Give the runs to go on with: where only one has come to its end, the other alone."""
    able = [run for run in here.values() if begun(run)]
    behind = [run for run in able if run.status.state != "finished"]
    return behind or able


# ---- the network as it is --------------------------------------------------------------------


def network_now(page: Page, name: str, asked: Plan) -> Sequential | None:
    """Give a run's network as it was last seen; before it is begun, with its initial weights."""
    run = of_session(name)
    if begun(run):
        return run.network
    spec = asked.specs.get(name)
    if spec is None:
        return None
    made = page.recall(f"initial {name}")
    if made is None or made[0] != (spec.network, spec.seed):
        made = (spec.network, spec.seed), _initial(spec)
        page.remember(f"initial {name}", made)
    return made[1]


def _initial(spec: Spec) -> Sequential | None:
    shape, layers = parse(spec.network)
    try:
        return building.build(layers, shape, np.random.default_rng(spec.seed))
    except ConvError:
        return None  # what is wrong is told when the run is begun


# ---- files -----------------------------------------------------------------------------------


def weights_file(network: Sequential) -> bytes:
    """Write a network's weights as ``.npz``."""
    file = BytesIO()
    network.save(file)
    return file.getvalue()


def receive(page: Page) -> Callable[[bytes], str]:
    """Make what takes a file that somebody chose: a whole run, or weights alone.

    Raises
    ------
    ConvError
        ``The file must be a whole .npz file of numbers and text. Received: bytes=3.``
        ``These are not weights of LeNet-5: choose the network that they were saved of, then load them again.``
        ``Weights must be finite numbers. Received: …`` and those of `Run.restore`.
    """

    def take(content: bytes) -> str:
        found = saving.read(BytesIO(content), len(content))  # what was saved here is not compressed
        if "progress" in found:
            of_session("a").restore(content)
            told = "The run is back where it was saved."
        else:
            of_session("a").restore(_begun_with(found, page))
            told = LOADED
        of_session("a").origin = told
        page.update(**settings_of(of_session("a").spec))
        return told

    return take


def _begun_with(weights: dict[str, np.ndarray], page: Page) -> bytes:
    """Make a checkpoint of the network that is chosen, with these weights and no step done."""
    asked = plan(page)
    if asked.problem:
        raise ConvError(asked.problem)
    spec = asked.specs["a"]
    own = page.recall("own pictures") if spec.data == OWN else None
    trainer = trainer_of(spec, dataset_of(spec) if own is None else own)
    try:
        trainer.network.check_state_dict(weights)
    except ConvError as error:
        if "finite" in str(error):
            raise
        rule = f"These are not weights of {NETWORKS[page['net']]}: choose the network that they were saved of, "
        raise ConvError(f"{rule}then load them again.") from error
    trainer.network.load_state_dict(weights)
    return pack(trainer.state_dict() | {"spec": np.array(json.dumps(spec.plain))})
