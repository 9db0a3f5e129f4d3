"""Questions with one right answer, made from a seed, that know what went wrong."""

from __future__ import annotations

from conv.errors import ConvError
from conv.quiz import comparing, counting, inverse, networks, receptive, sizes, values
from conv.quiz.dice import Dice
from conv.quiz.draft import Kind, finish
from conv.quiz.question import Question

KINDS: dict[str, Kind] = {
    **sizes.KINDS, **inverse.KINDS, **counting.KINDS, **receptive.KINDS, **values.KINDS, **networks.KINDS,
    **comparing.KINDS,
}
"""The kinds by name, in the order in which they are taught."""

LEVELS = (1, 2, 3)

LARGEST_SEED = 2**53
MOST_DRAWS = 1000  # a few are enough


def generate(kind: str, seed: int, level: int = 1) -> Question:
    """Make a question: the same from the same kind, seed and level, on every machine.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    seed : int
        From 0 to 2**53. The first seeds of level 1 give the lecture's own questions, where it has some.
    level : int
        1 to 3.

    Returns
    -------
    Question

    Raises
    ------
    ConvError
        ``There is no such kind of question. Received: kind='sizes'.``
        ``Level must be one of 1, 2, 3. Received: level=4.``
        ``Seed must be a whole number from 0 to 9007199254740992. Received: seed=-1.``

    Examples
    --------
    >>> question = generate("size", seed=0)
    >>> question.answer, question.choices
    ((3, 3), ((3, 3), (5, 5), (7, 7)))
    """
    if kind not in KINDS:
        raise ConvError.broken("There is no such kind of question.", kind=kind)
    if level not in LEVELS:
        raise ConvError.broken(f"Level must be one of {', '.join(map(str, LEVELS))}.", level=level)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise ConvError.broken(f"Seed must be a whole number from 0 to {LARGEST_SEED}.", seed=seed)
    chosen = KINDS[kind]
    dice = Dice(f"{kind} {level} {seed}")
    for draw in range(MOST_DRAWS):
        lectures = level == 1 and draw == 0 and seed < len(chosen.lecture)
        draft = chosen.lecture[seed]() if lectures else chosen.make(dice, level)
        question = draft and finish(draft, kind, seed, level, chosen.typed, dice)
        if question:
            return question
    raise AssertionError(f"{kind} {level} {seed} makes no question")
