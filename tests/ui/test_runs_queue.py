"""Who may train now, and who waits, by a clock that the tests turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.run_queue import Queue


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Person:
    """Notes what it is told."""

    def __init__(self, name: str, told: list[str]) -> None:
        self.name, self.told = name, told

    def granted(self) -> None:
        self.told.append(f"{self.name} begins")

    def held(self) -> None:
        self.told.append(f"{self.name} makes room")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def people(told: list[str]) -> list[Person]:
    return [Person(name, told) for name in "abcdef"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> Queue:
    return Queue(at_once=2, turn=10, clock=clock)


def test_so_many_begin_and_the_others_wait(queue: Queue, people: list[Person], told: list[str]) -> None:
    for person in people[:4]:
        queue.enter(person)
    assert told == ["a begins", "b begins"]
    assert [queue.place(person) for person in people] == [0, 0, 1, 2, 0, 0]


def test_who_came_first_comes_first(queue: Queue, people: list[Person], told: list[str]) -> None:
    for person in people[:5]:
        queue.enter(person)
    queue.leave(people[1])
    queue.leave(people[2])
    assert told == ["a begins", "b begins", "c begins", "d begins"]
    assert queue.place(people[4]) == 1


def test_who_waits_may_leave(queue: Queue, people: list[Person], told: list[str]) -> None:
    for person in people[:4]:
        queue.enter(person)
    queue.leave(people[2])
    assert queue.place(people[3]) == 1
    queue.leave(people[0])
    assert told[2:] == ["d begins"]


def test_after_a_turn_one_makes_room_and_waits_behind_the_others(
    queue: Queue, people: list[Person], told: list[str], clock: Clock
) -> None:
    queue.enter(people[0])
    clock.now = 4
    for person in people[1:4]:
        queue.enter(person)
    clock.now = 9.9
    queue.look()
    assert told == ["a begins", "b begins"]
    clock.now = 10
    queue.look()
    queue.look()
    assert told[2:] == ["a makes room", "c begins"]
    assert [person.name for person in queue.waiting] == ["d", "a"]
    clock.now = 14
    queue.look()
    assert told[4:] == ["b makes room", "d begins"]


def test_nobody_makes_room_while_nobody_waits(
    queue: Queue, people: list[Person], told: list[str], clock: Clock
) -> None:
    for person in people[:2]:
        queue.enter(person)
    clock.now = 1000
    queue.look()
    assert told == ["a begins", "b begins"]


def test_one_that_waits_moves_one(queue: Queue, people: list[Person], told: list[str], clock: Clock) -> None:
    for person in people[:3]:
        queue.enter(person)
    clock.now = 1000
    queue.look()
    assert told[2:] == ["a makes room", "c begins"]


def test_asking_again_is_answered_again_and_keeps_the_place(
    queue: Queue, people: list[Person], told: list[str]
) -> None:
    for person in people[:4]:
        queue.enter(person)
    queue.enter(people[2])
    queue.enter(people[0])
    assert told == ["a begins", "b begins", "a begins"]
    assert [person.name for person in queue.waiting] == ["c", "d"]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["enter", "leave", "wait"]))))
def test_whatever_happens_all_places_are_taken_and_nobody_is_lost(events: list[tuple[str, str]]) -> None:
    told: list[str] = []
    clock = Clock()
    queue = Queue(at_once=2, turn=10, clock=clock)
    people = {name: Person(name, told) for name in "abcdef"}
    inside: set[str] = set()
    for name, event in events:
        if event == "wait":
            clock.now += 6
            queue.look()
        else:
            getattr(queue, event)(people[name])
            inside = inside | {name} if event == "enter" else inside - {name}
        working, waiting = [{one.name for one in some} for some in (queue.working, queue.waiting)]
        assert working | waiting == inside
        assert not working & waiting
        assert len(working) == min(2, len(inside))


@given(st.integers(1, 4), st.integers(1, 6))
def test_all_who_wait_have_their_turn(at_once: int, count: int) -> None:
    clock = Clock()
    queue = Queue(at_once=at_once, turn=10, clock=clock)
    people = [Person(str(place), []) for place in range(count)]
    for person in people:
        queue.enter(person)
    for _ in range(count):
        clock.now += 10
        queue.look()
    assert all("begins" in person.told[0] for person in people)
