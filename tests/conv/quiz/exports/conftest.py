"""Questions that are hard to export."""

from __future__ import annotations

import numpy as np
import pytest

from conv.quiz.question import Diagnosis, Picture, Question


def asked(answer, *, seed: int = 0, text: str = "How many?", diagnoses=(), **more) -> Question:
    """A question of one's own, with an answer of any type."""
    choices = more.pop("choices", (answer, *(diagnosis.value for diagnosis in diagnoses)))
    return Question(
        "size", text, answer, choices, tuple(diagnoses), ("Think.", "Count."), "It is $1 + 1$.", seed=seed, **more,
    )


SPECIAL = r"A # b = c ~ {d} : e \n f \\ g ]]> <h> & `i < {j}` [k] ::l:: ####m // n %50% -> $\frac{o}{p} < \nu$ **q\*r**"
TABLE = "Two\n\n- lines\n- here\n\n| a | b |\n|---|---|\n| 1 | 2 |"

HARD = {
    "special characters": asked(
        5, seed=1, text=SPECIAL, note=SPECIAL,
        diagnoses=[Diagnosis("M1", 4, SPECIAL), Diagnosis("M2", 6, TABLE)],
    ),
    "two mistakes lead to one number": asked(
        -12, seed=2,
        diagnoses=[Diagnosis("M1", -13, "The one."), Diagnosis("M2+M11", -13, "The other."), Diagnosis("M3", 0, "No.")],
    ),
    "a number with decimals": asked(
        0.3333333, seed=3, diagnoses=[Diagnosis("M6", 3.0, "Upside down."), Diagnosis("M10", -1 / 3, "The sign.")],
    ),
    "nothing": asked(
        0, seed=4, diagnoses=[Diagnosis("M7", 4, "A pooling has none."), Diagnosis("M7", 20, "Nor biases.")],
    ),
    "impossible": asked(
        7, seed=5, choices=(6, 7, 8),
        diagnoses=[Diagnosis("M3", "impossible", "It is."), Diagnosis("M1", 6, "One more.")],
    ),
    "a size": asked(
        (5, 7), seed=6, diagnoses=[Diagnosis("M13", (7, 5), "Swapped."), Diagnosis("M1", (4, 6), "One more.")],
    ),
    "a set": asked(
        frozenset({1, 2}), seed=7, choices=(frozenset({1, 2}), frozenset(), frozenset({3})),
        diagnoses=[Diagnosis("M9", frozenset(), "None?")],
    ),
    "a letter": asked(
        "B", seed=8, choices=("A", "B", "C", "D"), typed=False, diagnoses=[Diagnosis("M2", "A", "Once.")],
    ),
    "a number to choose": asked(
        1234, seed=9, choices=(411, 1234, 7), typed=False, diagnoses=[Diagnosis("M4", 411, "Deep.")],
    ),
    "pictures": asked(
        9, seed=10, diagnoses=[Diagnosis("M10", -9, "Flipped.")], choices=(9, -9, 3),
        pictures=(Picture("Input", np.array([[1, -2], [0, 3]])), Picture("Kernel <3>", np.array([[0.5, 1.25]]))),
    ),
}


@pytest.fixture(params=HARD)
def hard(request: pytest.FixtureRequest) -> Question:
    return HARD[request.param]
