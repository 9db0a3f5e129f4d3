"""From a draft to a question: nothing collides, and nothing gives the answer away."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from conv.quiz.answers import same, spell
from conv.quiz.dice import Dice
from conv.quiz.question import Diagnosis, Picture, Question, Value

CHOICES = 4
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
IN_FORMULAS = {"1", "2"}  # the + 1 and the 2P stand in every formula: they tell nothing


class Draft(NamedTuple):
    """What a maker of questions writes; the attributes are those of `Question`, and two more.

    Attributes
    ----------
    near : tuple of Value
        Plausible wrong answers that no mistake gives, the best first: choices where mistakes are too few.
    signed : bool
        Whether the answer could as well be negative, or have decimals.
    """

    text: str
    answer: Value
    diagnoses: tuple[Diagnosis, ...]
    hints: tuple[str, ...]
    solution: str
    link: str = ""
    unit: str = ""
    pictures: tuple[Picture, ...] = ()
    note: str = ""
    choices: tuple[Value, ...] = ()
    near: tuple[Value, ...] = ()
    signed: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of question.

    Attributes
    ----------
    title : str
    about : str
        One sentence.
    make : function
        Drafts a question of a level; None where the draws do not make a good one.
    typed : bool
        Whether the answer is typed rather than chosen.
    lecture : tuple of functions
        Draft the lecture's own questions: those of the first seeds of level 1.
    """

    title: str
    about: str
    make: Callable[[Dice, int], Draft | None]
    typed: bool = True
    lecture: tuple[Callable[[], Draft], ...] = ()


def finish(draft: Draft, kind: str, seed: int, level: int, typed: bool, dice: Dice) -> Question | None:
    """Make a question of a draft; None where a mistake would be right or the words would tell the answer."""
    diagnoses = _distinct(draft)
    if diagnoses is None or any(tells(text, draft) for text in (*draft.hints, *(d.text for d in diagnoses))):
        return None
    choices = draft.choices or _choices(draft, diagnoses, dice)
    if len(choices) < 3:
        return None
    return Question(
        kind, draft.text, draft.answer, choices, diagnoses, draft.hints, f"{draft.solution.removesuffix('.')}.",
        draft.link, seed, level, typed, draft.unit, draft.pictures, draft.note,
    )


def tells(text: str, draft: Draft) -> bool:
    """Say whether words tell the answer: they name it, and the question does not."""
    answer, spelled = draft.answer, spell(draft.answer)
    if isinstance(answer, str):
        return re.search(rf"\b{spelled}\b", text) is not None
    if isinstance(answer, tuple):
        return spelled in text or spelled.replace(" ", "") in text
    if isinstance(answer, frozenset) and len(answer) != 1:
        return bool(answer) and spelled in text
    number = spelled.lstrip("−")
    return number not in IN_FORMULAS and number in NUMBER.findall(text) and number not in NUMBER.findall(draft.text)


def _distinct(draft: Draft) -> tuple[Diagnosis, ...] | None:
    """Leave out two mistakes that undo one another, and two where one alone does it; None if one alone is right."""
    alone = [diagnosis for diagnosis in draft.diagnoses if "+" not in diagnosis.code]
    if any(same(diagnosis.value, draft.answer) for diagnosis in alone):
        return None
    found = list(dict.fromkeys(alone))
    for diagnosis in draft.diagnoses:
        if "+" in diagnosis.code and not any(same(diagnosis.value, other) for other in (draft.answer, *_values(found))):
            found.append(diagnosis)
    return tuple(found)


def _values(diagnoses: list[Diagnosis]) -> Iterator[Value]:
    return (diagnosis.value for diagnosis in diagnoses)


def _choices(draft: Draft, diagnoses: tuple[Diagnosis, ...], dice: Dice) -> tuple[Value, ...]:
    """Choose wrong answers so that the right one is as often the smallest as the largest, and mix them."""
    answer = draft.answer
    alone, together = ([d.value for d in diagnoses if ("+" in d.code) == paired] for paired in (False, True))
    ordered = dict.fromkeys((*dice.shuffled(alone), *together))
    known = [value for value in ordered if _plausible(value, draft)]
    pool = [value for value in dict.fromkeys((*known, *draft.near, *_near(answer))) if _plausible(value, draft)]
    smaller = [value for value in pool if _order(value) < _order(answer)]
    larger = [value for value in pool if _order(value) >= _order(answer)]
    wanted = CHOICES - 1
    fewest, most = max(0, wanted - len(larger)), min(wanted, len(smaller))
    offers = [(*smaller[:few], *larger[: wanted - few]) for few in range(fewest, max(fewest, most) + 1)]
    # Mistakes lean to one side of the answer: were only they offered, its rank would tell it. So a place, and in some
    # draws two, may go to another number. Where all mistakes are on one side, an end of the row still stays rare.
    named = [len({*offer} & {*known}) for offer in offers]
    least = max(max(named) - (1 if dice.below(3) else 2), 1)
    good = [offer for offer, number in zip(offers, named, strict=True) if number >= least]
    return tuple(dice.shuffled([answer, *dice.pick(good or offers)]))


def _plausible(value: Value, draft: Draft) -> bool:
    """Say whether a wrong answer could stand among the choices."""
    answer = draft.answer
    if same(value, answer):
        return False
    if isinstance(value, int | float) and isinstance(answer, int | float):
        return draft.signed or (isinstance(value, int) and (value > 0 or answer <= 1 and value == 0))
    if isinstance(value, tuple) and isinstance(answer, tuple):
        return len(value) == len(answer) and min(value) > 0
    return type(value) is type(answer)


def _order(value: Value) -> float:
    if isinstance(value, tuple):
        return math.prod(value)
    if isinstance(value, frozenset):
        return len(value) + sum(value) / 1000
    return value if isinstance(value, int | float) else 0


def _near(answer: Value) -> Iterator[Value]:
    """Give a few answers close to the right one, on both sides of it."""
    for step in range(1, CHOICES):
        for sign in (1, -1):
            if isinstance(answer, tuple):
                yield (*answer[:-2], answer[-2] + sign * step, answer[-1] + sign * step)
            elif isinstance(answer, int | float):
                yield answer + sign * step
