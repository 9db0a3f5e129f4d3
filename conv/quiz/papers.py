"""A lecturer's quiz: the same for everyone, or with numbers of one's own."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from conv.errors import ConvError
from conv.quiz import KINDS, generate
from conv.quiz.dice import Dice
from conv.quiz.question import Question

LONGEST = 100
LONGEST_NAME = 200
MOST_DRAWS = 200
SEEDS = 10**9  # as long as a link can bear


def paper(
    kinds: Sequence[str], levels: Sequence[int], length: int, seed: int, student: str = ""
) -> list[Question]:
    """Put a quiz together: the same from the same arguments, and no two questions in it alike.

    Parameters
    ----------
    kinds : sequence of str
        Keys of `conv.quiz.KINDS`; each is asked once before any is asked again.
    levels : sequence of int
        Taken in turn.
    length : int
        Questions, 1 to 100.
    seed : int
        At least 0.
    student : str
        A name or number, whose upper and lower case, spaces around and between and ways to write an accent do not
        matter. Everyone is asked the same kinds at the same levels, each student with other numbers; without one,
        all with the same.

    Returns
    -------
    list of Question
        In the order of teaching, easy ones first.

    Raises
    ------
    ConvError
        ``A quiz needs at least one kind of question. Received: kinds=[].``
        ``A quiz has 1 to 100 questions. Received: length=0.``
        ``These kinds have too few different questions: choose more of them, or a shorter quiz. Received: length=100.``
        and those of `conv.quiz.generate`.

    Examples
    --------
    >>> one, other = (paper(["size", "floor"], [1, 2], 4, seed=1, student=name) for name in ("Ada ", "ada"))
    >>> one == other, [(question.kind, question.level) for question in one]
    (True, [('size', 1), ('size', 2), ('floor', 1), ('floor', 2)])
    """
    questions: list[Question] = []
    asked: set[tuple[str, str]] = set()
    name = as_one_writes(student)
    for place, (kind, level) in enumerate(_slots(kinds, levels, length, seed)):
        for draw in range(MOST_DRAWS):
            dice = Dice(f"paper {seed} {place} {draw} {name}")
            question = generate(kind, dice.below(SEEDS), level)
            look = question.text, repr(question.pictures)
            if look not in asked:
                break
        else:
            rule = "These kinds have too few different questions: choose more of them, or a shorter quiz."
            raise ConvError.broken(rule, length=length)
        asked.add(look)
        questions.append(question)
    return questions


def as_one_writes(student: str) -> str:
    """Give the one form of a name's many spellings.

    >>> as_one_writes("  Zoë   QUINE ") == as_one_writes("zoe\u0308 quine")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", student[:LONGEST_NAME]).casefold().split())


def _slots(kinds: Sequence[str], levels: Sequence[int], length: int, seed: int) -> list[tuple[str, int]]:
    """Choose what is asked, without the numbers."""
    if not kinds:
        raise ConvError.broken("A quiz needs at least one kind of question.", kinds=list(kinds))
    if not levels:
        raise ConvError.broken("A quiz needs at least one level.", levels=list(levels))
    if not 1 <= length <= LONGEST:
        raise ConvError.broken(f"A quiz has 1 to {LONGEST} questions.", length=length)
    chosen, ladder = list(dict.fromkeys(kinds)), sorted(set(levels))
    for kind in chosen:
        if kind not in KINDS:
            raise ConvError.broken("There is no such kind of question.", kind=kind)
    dice = Dice(f"paper {seed}")
    times: Counter[str] = Counter()
    slots: list[tuple[str, int]] = []
    while len(slots) < length:
        for kind in dice.shuffled(chosen)[: length - len(slots)]:
            slots.append((kind, ladder[times[kind] % len(ladder)]))
            times[kind] += 1
    order = list(KINDS)
    return sorted(slots, key=lambda slot: (order.index(slot[0]), slot[1]))
