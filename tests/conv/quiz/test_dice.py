"""Draws come out alike everywhere, and evenly."""

from collections import Counter

from conv.quiz.dice import Dice

DRAWN = [2, 1, 5, 2, 3, 3, 3, 6, 4, 1]  # written down once: links that were given to students ask the same next year


def test_a_name_always_draws_the_same():
    dice = Dice("size 1 7")
    assert [dice.between(1, 6) for _ in range(10)] == DRAWN
    assert Dice("size 1 7").between(1, 6) == DRAWN[0]
    assert Dice("size 1 8").grid(1, 4, 0, 9) != Dice("size 1 7").grid(1, 4, 0, 9)


def test_draws_are_even():
    dice = Dice("even")
    counts = Counter(dice.between(-2, 3) for _ in range(6000))
    assert sorted(counts) == [-2, -1, 0, 1, 2, 3]
    assert all(850 < times < 1150 for times in counts.values())
    orders = Counter("".join(dice.shuffled("abc")) for _ in range(6000))
    assert len(orders) == 6 and all(850 < times < 1150 for times in orders.values())
    assert {dice.pick("ab") for _ in range(50)} == {"a", "b"}
