"""Practice: what comes next, from what went well and what did not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from conv.errors import ConvError
from conv.quiz import KINDS, LARGEST_SEED, LEVELS
from conv.quiz.dice import Dice
from conv.quiz.misconceptions import MISCONCEPTIONS

IN_A_ROW = 3  # right answers that make a level mastered
SOON = 2  # other questions before a kind that went wrong comes back
FORMAT = "convolution quiz practice"
VERSION = 1
LARGEST_FILE = 200_000  # characters
LONGEST_HISTORY = 1000
LARGEST_COUNT = 10**9
SEEDS = 10**9  # as long as a link can bear


class Ask(NamedTuple):
    """A question to be asked: what `conv.quiz.generate` makes it from."""

    kind: str
    level: int
    seed: int


class Answered(NamedTuple):
    """A question that was asked, and what came of it."""

    kind: str
    level: int
    seed: int
    right: bool


@dataclass
class Progress:
    """How far somebody is with a kind.

    Attributes
    ----------
    level : int
        The level that is asked next, from 1.
    streak : int
        Right answers in a row at this level; 3 raise it. At the last level it stays at 3: all is mastered.
    right, wrong : int
        Answers in all.
    due : int
        The turn at which it is asked again.
    missed : bool
        Whether the last answer was wrong.
    """

    level: int = 1
    streak: int = 0
    right: int = 0
    wrong: int = 0
    due: int = 0
    missed: bool = False

    @property
    def mastered(self) -> int:
        """Levels mastered, 0 to 3."""
        return self.level - 1 + (self.streak >= IN_A_ROW)


@dataclass
class Queue:
    """A practice session as plain data: deterministic for its seed and the answers given.

    Attributes
    ----------
    kinds : tuple of str
        What is practised, keys of `conv.quiz.KINDS`.
    seed : int
    turn : int
        Questions answered.
    progress : dict of str to Progress
        By kind; kinds that are not practised now keep theirs.
    slips : dict of str to int
        How often each misconception showed, by its code.
    history : list of Answered
        The last thousand.

    Examples
    --------
    >>> queue = Queue(("size", "floor"), seed=1)
    >>> queue.next()
    Ask(kind='size', level=1, seed=0)
    >>> queue.answered(queue.next(), right=False, codes=["M1"])
    True
    >>> queue.next().kind, queue.of("size").kind, queue.slips
    ('floor', 'size', {'M1': 1})
    """

    kinds: tuple[str, ...] = tuple(KINDS)
    seed: int = 0
    turn: int = 0
    progress: dict[str, Progress] = field(default_factory=dict)
    slips: dict[str, int] = field(default_factory=dict)
    history: list[Answered] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Hold the kinds to those there are, in the order of teaching."""
        for kind in self.kinds:
            if kind not in KINDS:
                raise ConvError.broken("There is no such kind of question.", kind=kind)
        if not self.kinds:
            raise ConvError.broken("Practice needs at least one kind of question.", kinds=self.kinds)
        self.choose(self.kinds)

    def choose(self, kinds: Iterable[str]) -> None:
        """Practise other kinds from now on; what was learnt of each stays."""
        chosen = set(kinds)
        self.kinds = tuple(kind for kind in KINDS if kind in chosen)
        for place, kind in enumerate(self.kinds):
            self.progress.setdefault(kind, Progress(due=self.turn + place))

    def next(self) -> Ask:
        """Say what to ask; the same until it is answered.

        What went wrong comes first once it is due, then what has waited longest; new kinds in the order of teaching.
        """
        due = {kind: self.progress[kind].due for kind in self.kinds}
        missed = [kind for kind in self.kinds if self.progress[kind].missed and due[kind] <= self.turn]
        return self.of(min(missed or self.kinds, key=due.__getitem__))

    def of(self, kind: str, level: int | None = None) -> Ask:
        """Say what to ask of a kind, due or not, at the level reached or another; the same until it is answered."""
        now = self.progress.get(kind, Progress())
        times = now.right + now.wrong
        level = now.level if level is None else level
        if level == 1 and times < len(KINDS[kind].lecture):
            return Ask(kind, 1, times)  # the lecture's own questions first
        return Ask(kind, level, Dice(f"practice {self.seed} {kind} {times}").below(SEEDS))

    def answered(self, ask: Ask, right: bool, codes: Iterable[str] = ()) -> bool:
        """Take a first answer in, with the codes of the misconceptions that it showed.

        Returns
        -------
        bool
            Whether it was taken: a question that was answered a while ago counts once.
        """
        if self.has_counted(ask):
            return False
        now = self.progress.setdefault(ask.kind, Progress())
        if right:
            now.right += 1
            now.streak += ask.level >= now.level  # what is easier than the level reached does not raise it
            if now.streak >= IN_A_ROW and now.level < len(LEVELS):
                now.level, now.streak = now.level + 1, 0
        else:
            now.wrong += 1
            now.streak = 0
        now.missed = not right
        self.turn += 1
        now.due = self.turn + (self._later(now) if right else SOON)
        for code in sorted({each for joined in codes for each in joined.split("+")} & set(MISCONCEPTIONS)):
            self.slips[code] = self.slips.get(code, 0) + 1
        self.history = [*self.history, Answered(*ask, right)][-LONGEST_HISTORY:]
        return True

    def has_counted(self, ask: Ask) -> bool:
        """Say whether a question is among the last thousand that were answered: it does not count again."""
        return any(ask == earlier[:3] for earlier in self.history)

    def _later(self, now: Progress) -> int:
        """Turns until a kind that went well comes back: after all the others, and the better it goes the later."""
        return len(self.kinds) * (1 + now.mastered) + now.streak

    # ---- its file ----------------------------------------------------------------------------

    def to_plain(self) -> dict[str, Any]:
        """Write everything as what JSON can hold."""
        return {
            "format": FORMAT, "version": VERSION, "seed": self.seed, "turn": self.turn, "kinds": self.kinds,
            "progress": {kind: vars(now) for kind, now in self.progress.items()},
            "slips": self.slips, "history": self.history,
        }

    def to_json(self) -> str:
        """Write everything as JSON."""
        return json.dumps(self.to_plain())

    @classmethod
    def from_json(cls, text: str) -> Queue:
        """Read what `to_json` wrote.

        Raises
        ------
        ConvError
            ``This is no practice file, or only a part of one: choose one that was saved here.``
            ``This practice file is from another version: begin anew. Received: version=2.``
            ``A practice file has at most 200000 characters. Received: characters=200001.``

        Examples
        --------
        >>> Queue.from_json(Queue(("size",)).to_json()) == Queue(("size",))
        True
        """
        if len(text) > LARGEST_FILE:
            rule = f"A practice file has at most {LARGEST_FILE} characters."
            raise ConvError.broken(rule, characters=len(text))
        try:
            read = json.loads(text)
        except (ValueError, RecursionError):
            read = None
        foreign = "This is no practice file, or only a part of one: choose one that was saved here."
        if not isinstance(read, dict) or read.get("format") != FORMAT:
            raise ConvError(foreign)
        if read.get("version") != VERSION:
            rule = "This practice file is from another version: begin anew."
            raise ConvError.broken(rule, version=str(read.get("version"))[:20])
        try:
            return cls._read(read)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ConvError(foreign) from None

    @classmethod
    def _read(cls, read: Mapping[str, Any]) -> Queue:
        """Read a file's parts; kinds and mistakes that there are no longer are left out."""
        progress = {
            kind: Progress(
                _whole(now["level"], 1, len(LEVELS)), _whole(now["streak"]), _whole(now["right"]),
                _whole(now["wrong"]), _whole(now["due"]), bool(now["missed"]),
            )
            for kind, now in read["progress"].items() if kind in KINDS
        }
        history = [
            Answered(kind, _whole(level, 1, len(LEVELS)), _whole(seed, most=LARGEST_SEED), bool(right))
            for kind, level, seed, right in read["history"][-LONGEST_HISTORY:] if kind in KINDS
        ]
        slips = {code: _whole(number) for code, number in read["slips"].items() if code in MISCONCEPTIONS}
        kinds = tuple(kind for kind in read["kinds"] if kind in KINDS) or tuple(KINDS)
        return cls(kinds, _whole(read["seed"], most=LARGEST_SEED), _whole(read["turn"]), progress, slips, history)


def _whole(number: Any, least: int = 0, most: int = LARGEST_COUNT) -> int:
    """Hold a file's number to a range."""
    if type(number) is not int or not least <= number <= most:
        raise ValueError(number)
    return number
