"""What is kept of people who are away: so many, so much, and not for ever."""

from __future__ import annotations

from collections import OrderedDict

import pytest

from ui import runs
from ui.run_spec import Spec
from ui.runs import Owner, Run


@pytest.fixture(autouse=True)
def left(monkeypatch: pytest.MonkeyPatch) -> OrderedDict[str, Owner]:
    """Nobody is away yet, and runs are driven here."""
    monkeypatch.setattr(runs, "IN_CHILDREN", False)
    monkeypatch.setattr(runs, "_left", OrderedDict())
    return runs._left


def owner(tab: str) -> Owner:
    run = Run()
    run.start(Spec(train=20, test=10, epochs=1000))
    run.train()
    return Owner(tab, {"a": run})


def test_who_leaves_is_kept_and_nothing_runs(left: OrderedDict[str, Owner]) -> None:
    gone = owner("one")
    runs._leave(gone)
    assert left == {"one": gone}
    run = gone.runs["a"]
    assert (run.cut_off, run.status.state, run.checkpoint != b"") == (True, "paused", True)
    run.work(0.01)
    assert len(run.history.step) == 0


def test_who_has_no_run_is_not_kept(left: OrderedDict[str, Owner]) -> None:
    runs._leave(Owner("one"))
    runs._leave(Owner("two", {"a": Run()}))
    assert left == {}


def test_the_longest_away_is_forgotten_first(left: OrderedDict[str, Owner], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_LEFT", 2)
    for tab in ("one", "two", "three"):
        runs._leave(owner(tab))
    assert list(left) == ["two", "three"]


def test_no_more_is_kept_than_there_is_room_for(
    left: OrderedDict[str, Owner], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = owner("one")
    runs._leave(first)
    monkeypatch.setattr(runs, "MOST_BYTES_LEFT", first.size * 3 // 2)
    runs._leave(owner("two"))
    assert list(left) == ["two"]


def test_nobody_is_kept_for_ever(left: OrderedDict[str, Owner], monkeypatch: pytest.MonkeyPatch) -> None:
    for tab in ("one", "two"):
        runs._leave(owner(tab))
    left["one"].left -= runs.KEPT
    runs._forget_oldest()
    assert list(left) == ["two"]
