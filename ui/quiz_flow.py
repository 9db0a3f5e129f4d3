"""A question that is being answered: two tries, a hint between them, then the solution."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conv.errors import ConvError
from conv.quiz.diagnosis import Verdict, answer_to, judge
from conv.quiz.question import Question, Value

TRIES = 2


@dataclass
class Attempt:
    """What somebody has made of a question so far.

    Attributes
    ----------
    question : Question
    choosing : bool
        Whether it is asked with choices, of which an answer names one by its place, counted from 0.
    answers, verdicts, read_texts : list
        What was answered, what was said of it, and as it was typed. What could not be read is not among them.
    typed : str
        What stands in the field.
    problem : str
        Why that could not be read.
    gave_up : bool
        Whether the solution was asked for.
    """

    question: Question
    choosing: bool = False
    answers: list[Value] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    read_texts: list[str] = field(default_factory=list)
    typed: str = ""
    problem: str = ""
    gave_up: bool = False

    @property
    def name(self) -> str:
        """Tells this question from any other."""
        question = self.question
        return f"{question.kind} {question.level} {question.seed}{' chosen' if self.choosing else ''}"

    @property
    def turn(self) -> str:
        """Tells this try of this question from any other, so that an answer is taken once."""
        return f"{self.name} {len(self.verdicts)}{' done' if self.done else ''}"

    @property
    def begun(self) -> bool:
        """Whether there was any answer, or the wish for the solution."""
        return bool(self.verdicts) or self.gave_up

    @property
    def right(self) -> bool:
        """Whether the last answer was right."""
        return bool(self.verdicts) and self.verdicts[-1].right

    @property
    def right_at_once(self) -> bool:
        """Whether the first answer was right."""
        return self.right and len(self.verdicts) == 1

    @property
    def done(self) -> bool:
        """Whether the solution may be told."""
        return self.right or self.gave_up or len(self.verdicts) == TRIES

    @property
    def codes(self) -> list[str]:
        """The mistakes that the wrong answers tell of, where they tell of one."""
        return [verdict.diagnoses[0].code for verdict in self.verdicts if len(verdict.diagnoses) == 1]

    def answer(self, text: str) -> None:
        """Take an answer; one that cannot be read stays in the field and costs nothing."""
        if self.done:
            return
        self.typed, self.problem = text, ""
        try:
            value = self._read(text)
        except ConvError as error:
            self.problem = str(error)
            return
        self.answers.append(value)
        self.read_texts.append(text)
        self.verdicts.append(judge(self.question, value))

    def give_up(self) -> None:
        """Ask for the solution."""
        if not self.done:
            self.gave_up, self.problem = True, ""

    def _read(self, text: str) -> Value:
        if not self.choosing:
            return answer_to(self.question, text)
        places = [str(place) for place in range(len(self.question.choices))]
        if text not in places:
            raise ConvError("Choose one of the answers.")
        return self.question.choices[int(text)]

    # ---- as JSON -----------------------------------------------------------------------------

    def to_plain(self) -> list[Any]:
        """Write what was tried: the answers, and whether the solution was asked for."""
        return [list(self.read_texts), self.gave_up]

    def replay(self, plain: Any) -> None:
        """Take what `to_plain` wrote; ConvError where it did not."""
        try:
            texts, gave_up = plain
            texts = [str(text) for text in texts]
        except (TypeError, ValueError):
            raise ConvError.broken("Tries are texts, and whether the solution was shown.", tries=plain) from None
        for text in texts[:TRIES]:
            self.answer(text)
        if gave_up:
            self.give_up()
