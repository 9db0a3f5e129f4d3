"""What a question is: its words, its one right answer, and the wrong ones that have a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from numpy.typing import NDArray

Value = int | float | tuple[int, ...] | frozenset[int] | str
"""An answer: a number, a size or shape (rows, cols) or (maps, rows, cols), a set of whole numbers, or words."""


class Diagnosis(NamedTuple):
    """A wrong answer and the reasoning that leads to it.

    Attributes
    ----------
    code : str
        A key of `conv.quiz.misconceptions.MISCONCEPTIONS`, or two in their order, joined by ``+``, for both at once.
    value : Value
        What that reasoning answers; never the right answer.
    text : str
        What was done, with this question's numbers put in, as Markdown:
        ``You counted the padding once: ⌊(7 + 1 − 3)/1⌋ + 1 = 6.``
    """

    code: str
    value: Value
    text: str


class Picture(NamedTuple):
    """A grid of numbers that belongs to the question, or a setting to be drawn.

    Attributes
    ----------
    title : str
        ``Input``, ``Kernel``; of pictures to choose among ``A``, ``B``, ``C``, ``D``.
    values : ndarray, optional
        Rows and columns of numbers.
    settings : mapping
        Settings of the stepper, by their names in its link, where the picture is of a configuration.
    """

    title: str
    values: NDArray | None = None
    settings: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Question:
    """A question with everything that is told after it.

    Attributes
    ----------
    kind : str
        A key of `conv.quiz.KINDS`.
    text : str
        The question, as Markdown with LaTeX between dollar signs.
    answer : Value
        The one right answer.
    choices : tuple of Value
        The answer and at least two wrong ones, all different, in an order that gives nothing away.
    diagnoses : tuple of Diagnosis
        Wrong answers by name. Two of one value are both possible: the answer alone does not tell.
    hints : tuple of str
        What helps without telling, the gentlest first; at least one.
    solution : str
        The worked solution with these numbers, as Markdown with LaTeX.
    link : str
        The page that shows this very configuration: ``explore?h=7&w=7&kh=5&kw=5``; empty where none does.
    seed, level : int
        What it was made from: `conv.quiz.generate` makes it again.
    typed : bool
        Whether it is asked without showing the choices.
    unit : str
        What the number counts, for the field's label: ``rows``, ``parameters``.
    pictures : tuple of Picture
        What is shown beside the text.
    note : str
        Where libraries or courses differ: what they would answer, told beside the verdict.
    """

    kind: str
    text: str
    answer: Value
    choices: tuple[Value, ...]
    diagnoses: tuple[Diagnosis, ...]
    hints: tuple[str, ...]
    solution: str
    link: str = ""
    seed: int = 0
    level: int = 1
    typed: bool = True
    unit: str = ""
    pictures: tuple[Picture, ...] = field(default=(), compare=False)  # arrays do not compare; the seed says it all
    note: str = ""
