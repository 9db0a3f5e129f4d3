"""Practice: what went wrong comes back, levels rise, and a file brings everything back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conv.errors import ConvError
from conv.quiz import KINDS, generate
from conv.quiz.queue import FORMAT, LARGEST_FILE, LONGEST_HISTORY, SOON, Ask, Queue

FOUR = ("size", "floor", "pooling", "unread")


def practise(queue: Queue, *right: bool) -> list[str]:
    """Answer one after the other; give the kinds that were asked."""
    asked = []
    for each in right:
        ask = queue.next()
        asked.append(ask.kind)
        assert queue.answered(ask, each, [] if each else ["M1"])
    return asked


def test_new_kinds_come_in_the_order_of_teaching():
    assert practise(Queue(("unread", "pooling", "floor", "size")), *[True] * 4) == list(FOUR)


def test_the_lectures_own_question_comes_first():
    assert Queue(("receptive",)).next() == Ask("receptive", 1, 0)


def test_what_went_wrong_comes_back_soon_with_other_numbers():
    queue = Queue(FOUR)
    first = queue.next()
    asked = practise(queue, False, True, True)
    again = queue.next()
    assert asked[0] == again.kind and again.seed != first.seed
    assert SOON == 2
    practise(queue, True)
    assert queue.next().kind == "unread"


def test_even_while_much_is_overdue():
    queue = Queue()
    asked = practise(queue, *[False] * 12)
    assert set(asked) == set(list(KINDS)[:3])  # three kinds in turn, until they are understood


def test_three_in_a_row_raise_the_level():
    queue = Queue(("floor",))
    levels = []
    for right in (True, True, False, True, True, True, True, True, True, True, True, True, True):
        levels.append(queue.next().level)
        queue.answered(queue.next(), right)
    assert levels == [1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3]
    assert queue.progress["floor"].mastered == 3
    practise(queue, False)
    assert queue.progress["floor"].mastered == 2 and queue.next().level == 3


def test_what_is_mastered_comes_back_later():
    queue = Queue(("size", "floor"))
    asked = []
    for _ in range(40):
        ask = queue.next()
        asked.append(ask.kind)
        queue.answered(ask, ask.kind == "size")
    assert asked.count("floor") > 1.5 * asked.count("size")


def test_tallies():
    queue = Queue(FOUR)
    assert queue.answered(queue.next(), False, ["M1+M2", "M2", "M99"])
    assert queue.answered(queue.next(), True)
    assert queue.slips == {"M1": 1, "M2": 1}
    assert (queue.progress["size"].wrong, queue.progress["floor"].right) == (1, 1)
    assert [(each.kind, each.right) for each in queue.history] == [("size", False), ("floor", True)]


def test_an_answer_counts_once():
    queue = Queue(FOUR)
    ask = queue.next()
    assert queue.next() == ask
    assert queue.answered(ask, True)
    assert not queue.answered(ask, True)
    assert queue.turn == 1


def test_it_is_the_same_for_its_seed():
    one, other, third = Queue(FOUR, 1), Queue(FOUR, 1), Queue(FOUR, 2)
    pattern = (True, False, True, True)
    for queue in (one, other, third):
        practise(queue, *pattern)
    assert one == other
    assert [each.seed for each in one.history] != [each.seed for each in third.history]


def test_kinds_can_be_chosen_anew():
    queue = Queue(("size",))
    practise(queue, True, True)
    queue.choose(["floor"])
    assert queue.next().kind == "floor" and queue.progress["size"].right == 2
    with pytest.raises(ConvError, match=r"There is no such kind of question\. Received: kind='x'\."):
        Queue(("x",))
    with pytest.raises(ConvError, match=r"Practice needs at least one kind of question\. Received: kinds=\(\)\."):
        Queue(())


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 2**32))
def test_a_file_brings_everything_back(answers, seed):
    queue = Queue(FOUR, seed)
    practise(queue, *answers)
    back = Queue.from_json(queue.to_json())
    assert back == queue and back.next() == queue.next()
    ask = back.next()
    assert generate(ask.kind, ask.seed, ask.level)


def test_a_file_stays_small():
    queue = Queue()
    for number in range(LONGEST_HISTORY + 200):
        queue.answered(queue.next(), number % 3 > 0, ["M1"])
    assert len(queue.history) == LONGEST_HISTORY
    assert len(queue.to_json()) < LARGEST_FILE / 2


FOREIGN = r"This is no practice file, or only a part of one: choose one that was saved here\.$"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"a"', '{"format": "other"}', "[" * 100_000, "1" * 5000, "\x00", "NaN"]
)
def test_foreign_files(text):
    with pytest.raises(ConvError, match=FOREIGN):
        Queue.from_json(text)


def test_truncated_and_mangled_files():
    queue = Queue(FOUR)
    practise(queue, True, False)
    written = queue.to_json()
    for end in range(0, len(written) - 1, 7):
        with pytest.raises(ConvError, match=FOREIGN):
            Queue.from_json(written[:end])
    for name in ("seed", "turn", "kinds", "progress", "slips", "history"):
        for wrong in (None, -1, 1.5, "x", [["size"]], {"size": 1}, {"M1": True}, 10**30):
            mangled = json.dumps(json.loads(written) | {name: wrong})
            try:
                again = Queue.from_json(mangled)
            except ConvError:
                continue
            assert again.next().kind in KINDS


def test_other_versions_and_sizes():
    with pytest.raises(ConvError, match=r"from another version: begin anew\. Received: version='2'\."):
        Queue.from_json(json.dumps({"format": FORMAT, "version": 2}))
    with pytest.raises(ConvError, match=r"at most 200000 characters\. Received: characters=200001\."):
        Queue.from_json(" " * (LARGEST_FILE + 1))


def test_kinds_that_there_are_no_longer_are_left_out():
    old = json.loads(Queue(FOUR).to_json())
    old["kinds"].append("forgotten")
    old["progress"]["forgotten"] = old["progress"]["size"]
    old["slips"]["M99"] = 3
    assert Queue.from_json(json.dumps(old)) == Queue(FOUR)
