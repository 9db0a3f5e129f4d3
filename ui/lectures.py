"""Lectures: plain text files (TOML) of scenes, read and checked. docs/lectures.md tells the format to its writers."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from ui.lecture_pictures import PICTURES
from ui.lecture_words import markdown
from ui.settings import CLIENT_SIDE, Setting, same_value

SHIPPED = Path(__file__).parent.parent / "assets" / "lectures"
FOLDER = "LECTURES"  # the environment variable that names a folder with more of them
NAME = re.compile(r"[\w-]{1,60}")

LARGEST = 256_000  # bytes
MOST_DOTS = 10  # in a line, texts apart; keys with thousands of dots would keep Python's reader busy for minutes
MOST_PROBLEMS = 30  # told at once
MOST_SCENES, MOST_STEPS = 100, 20
CHOICES = (2, 6)
LONGEST = {"title": 120, "about": 300, "words": 3000, "ask": 600, "notes": 6000, "picture": 4000, "choices": 200}
LETTERS = "abcdef"

LECTURE_KEYS = {"title": str, "about": str, "scene": list}
SCENE_KEYS = {"title": str, "words": str, "picture": str, "question": dict, "step": list, "notes": str}
QUESTION_KEYS = {"ask": str, "choices": list, "right": str}
STEP_KEYS = {"words": str, "picture": str, "play": bool, "answer": bool}
KINDS = {
    str: 'text in quotes, "…"', bool: "true or false, without quotes", dict: "a part headed [scene.question]",
    list: "a list",
}
HEADED = {"scene": "parts headed [[scene]]", "step": "parts headed [[scene.step]]", "choices": '["…", "…"]'}

# Texts and remarks: what is neither a heading nor a key.
TEXTS = re.compile(
    r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|#[^\n]*", re.DOTALL
)

Place = tuple[str | int, ...]  # keys, and numbers of the parts of a list from 0: ("scene", 2, "title")


@dataclass(frozen=True)
class Link:
    """A picture: a page and its link's settings."""

    page: str
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """What one more press of the key brings."""

    words: str = ""
    picture: Link | None = None
    play: bool = False
    answer: bool = False


@dataclass(frozen=True)
class Question:
    """A question with choices; ``right`` counts them from 0."""

    ask: str
    choices: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Scene:
    """One screen."""

    title: str
    words: str = ""
    picture: Link | None = None
    question: Question | None = None
    steps: tuple[Step, ...] = ()
    notes: str = ""

    @property
    def answered_at(self) -> int | None:
        """The step, from 1, with which the answer comes: nothing of it and of what follows is shown before."""
        return next((number for number, step in enumerate(self.steps, start=2) if step.answer), None)

    @property
    def pictures(self) -> list[Link | None]:
        """The picture of each step, from the first: the last one that was named."""
        found = [self.picture]
        for step in self.steps:
            found.append(step.picture or found[-1])
        return found


@dataclass(frozen=True)
class Lecture:
    """Scenes, in order."""

    title: str
    scenes: tuple[Scene, ...]
    about: str = ""


class LectureError(ValueError):
    """What is wrong with a lecture, a line each."""


# ---- where lectures are ---------------------------------------------------------------------------


def names() -> list[str]:
    """Name the lectures that can be opened: those of the folder, then the shipped ones."""
    found = [path.stem for folder in _folders() for path in sorted(folder.glob("*.toml"))]
    return [name for name in dict.fromkeys(found) if NAME.fullmatch(name)]


def load(name: str) -> Lecture:
    """Read a lecture by its name; `LectureError` where there is none or something is wrong with it."""
    if NAME.fullmatch(name):
        for folder in _folders():
            path = folder / f"{name}.toml"
            if path.is_file():
                return read(path.read_bytes()[: LARGEST + 1])
    raise LectureError(f"There is no lecture of this name. There are: {', '.join(names())}.")


def _folders() -> list[Path]:
    own = os.environ.get(FOLDER)
    return [Path(own), SHIPPED] if own else [SHIPPED]


# ---- reading --------------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def read(content: bytes) -> Lecture:
    """Read a lecture from a file's content.

    Raises
    ------
    LectureError
        With everything that is wrong, each with its line and key and what to do.
    """
    if len(content) > LARGEST:
        raise LectureError(f"A lecture has at most {LARGEST // 1000} kB. Received: {len(content) // 1000} kB or more.")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise LectureError("A lecture is text in UTF-8: save it as such in your editor.") from None
    bare = TEXTS.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for number, line in enumerate(bare.split("\n"), start=1):
        if line.count(".") > MOST_DOTS:
            raise LectureError(f'Line {number}: So many dots are no key. Is this text? Text is in quotes, "…".')
    try:
        written = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise LectureError(_syntax(str(error), text)) from None
    reader = _Reader(_lines(bare), text.split("\n"))
    lecture = reader.lecture(written)
    if reader.problems:
        told = [problem for _, problem in sorted(reader.problems)]
        more = [f"And {len(told) - MOST_PROBLEMS} more."] if len(told) > MOST_PROBLEMS else []
        raise LectureError("\n".join(told[:MOST_PROBLEMS] + more))
    return lecture


def _syntax(said: str, text: str) -> str:
    """Tell what Python's reader says of the file with the line in front, as all is told here."""
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", said)
    if found is None:
        return f"The file is not TOML: {said}."
    line = found[1] or str(text.count("\n") + 1)
    reason = said[: found.start()]
    if reason == "Cannot overwrite a value":
        keys = re.findall(r"^\s*([\w-]+)\s*=", "\n".join(text.split("\n")[: int(line)]), re.MULTILINE)
        return f'Line {line}: "{keys[-1] if keys else "…"}" is there already: a part has each key once.'
    if "\\" in reason or reason.startswith("Invalid hex"):
        return (
            f"Line {line}: In double quotes TOML reads a backslash itself. Put the text in single ones, '…', or over "
            f"several lines in three, '''…'''."
        )
    return f'Line {line}: {reason}. Text is in quotes, "…", or over several lines in three, """…""".'


def _lines(bare: str) -> dict[Place, int]:
    """Find the line of each part's heading and each key; those in braces are told by the line of the brace."""
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    place: Place = ()
    for number, line in enumerate(bare.split("\n"), start=1):
        if heading := re.match(r"\s*(\[\[?)\s*([\w.\s]+?)\s*\]", line):
            place = _headed(heading[2], heading[1] == "[[", counts)
            lines[place] = number
            lines.setdefault(place[:-1], number)  # the list, or what it would have been
        elif key := re.match(r"\s*([\w-]+)\s*=", line):
            lines[(*place, key[1])] = number
    return lines


def _headed(name: str, many: bool, counts: dict[Place, int]) -> Place:
    """Give the place that a heading opens: ``[[scene.step]]`` is one more step of the last scene."""
    place: Place = ()
    parts = [part.strip() for part in name.split(".")]
    for part in parts:
        place = (*place, part)
        if many and part is parts[-1]:
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place


class _Reader:
    """Reads what TOML gave, and collects what is wrong."""

    def __init__(self, lines: Mapping[Place, int], text: Sequence[str]) -> None:
        self.lines = lines
        self.text = text
        self.problems: list[tuple[int, str]] = []

    def lecture(self, written: Mapping[str, Any]) -> Lecture:
        known = self._part(written, (), LECTURE_KEYS, "title")
        scenes = self._many(known.get("scene", []), ("scene",), MOST_SCENES, self._scene)
        if not scenes and not self.problems:
            self._say((), "A lecture has at least one scene: a part headed [[scene]] with a title.")
        return Lecture(known.get("title", ""), scenes, known.get("about", ""))

    def _scene(self, written: Mapping[str, Any], place: Place) -> Scene:
        known = self._part(written, place, SCENE_KEYS, "title")
        steps = list(self._many(known.get("step", []), (*place, "step"), MOST_STEPS, self._step))
        question = self._question(known["question"], (*place, "question")) if "question" in known else None
        answers = [number for number, step in enumerate(steps) if step.answer]
        if "question" not in written and answers:
            self._say((*place, "step", answers[0], "answer"), "There is no question here: add [scene.question].")
        if len(answers) > 1:
            self._say((*place, "step", answers[1], "answer"), "Only one step of a scene gives the answer.")
        if question is not None and not answers:
            steps.append(Step(answer=True))
        return Scene(
            known.get("title", ""), known.get("words", ""), self._picture(known, place), question, tuple(steps),
            known.get("notes", ""),
        )

    def _step(self, written: Mapping[str, Any], place: Place) -> Step:
        known = self._part(written, place, STEP_KEYS)
        if not known and not self._said(place):
            self._say(place, "A step brings something: give it words, a picture, play = true or answer = true.")
        return Step(
            known.get("words", ""), self._picture(known, place), known.get("play", False), known.get("answer", False)
        )

    def _question(self, written: Mapping[str, Any], place: Place) -> Question:
        known = self._part(written, place, QUESTION_KEYS, "ask", "choices", "right")
        choices = known.get("choices", [])
        least, most = CHOICES
        if "choices" in known and not (
            least <= len(choices) <= most and all(isinstance(text, str) and text for text in choices)
        ):
            self._say((*place, "choices"), f'A question has {least} to {most} choices, each a text: ["3×3", "5×5"].')
            choices = []
        for text in choices:
            self._readable(text, "choices", (*place, "choices"))
        letters = LETTERS[: len(choices)]
        right = known.get("right", "").strip("() ").lower()
        if choices and "right" in known and (len(right) != 1 or right not in letters):
            allowed = ", ".join(f'"{letter}"' for letter in letters)
            self._say((*place, "right"), f"Which choice is right? One of {allowed}. Received: {known['right']!r}.")
        return Question(known.get("ask", ""), tuple(choices), max(LETTERS.find(right), 0))

    # ---- parts and keys ---------------------------------------------------------------------------

    def _part(
        self, written: Mapping[str, Any], place: Place, kinds: Mapping[str, type], *needed: str
    ) -> dict[str, Any]:
        """Give the keys that are what they should be, and say what is wrong with the others."""
        known = {}
        for key, value in written.items():
            where = (*place, key)
            if len(self.problems) > 2 * MOST_PROBLEMS:
                break
            if key not in kinds:
                self._say(where, f'Unknown key "{key}". {_meant(key, kinds)}')
            elif type(value) is not kinds[key]:
                self._say(where, f'"{key}" must be {HEADED.get(key, KINDS[kinds[key]])}. Received: {str(value)[:40]}.')
            elif isinstance(value, str) and len(value) > LONGEST.get(key, LARGEST):
                self._say(where, f'"{key}" has at most {LONGEST[key]} characters. Received: {len(value)}.')
            else:
                known[key] = value.strip() if isinstance(value, str) else value
                if key in ("words", "ask", "about", "notes"):
                    self._readable(value, key, where)
        misspelled = [_near(key, kinds) for key in list(written)[: 2 * MOST_PROBLEMS] if key not in kinds]
        for key in needed:
            if known.get(key) == "" or (key not in written and key not in misspelled):
                self._say((*place, key), f'"{key}" is missing: add {_example(key)}')
        return known

    def _many(self, written: list, place: Place, most: int, one: Callable[[dict, Place], Any]) -> tuple[Any, ...]:
        """Read the parts of a list."""
        if len(written) > most:
            self._say((*place, most), f"There are at most {most} of these. Received: {len(written)}.")
        parts = []
        for number, part in enumerate(written[:most]):
            if isinstance(part, dict):
                parts.append(one(part, (*place, number)))
            else:
                self._say(place, f'"{place[-1]}" must be {HEADED[str(place[-1])]}.')
        return tuple(parts)

    def _readable(self, text: str, key: str, place: Place) -> None:
        try:
            markdown(text)
        except ValueError as error:
            self._say(place, f'"{key}" {error}', re.search(r"\$.+\$", str(error)))

    def _picture(self, known: Mapping[str, Any], place: Place) -> Link | None:
        written, where = known.get("picture"), (*place, "picture")
        if not written:
            return None
        page, _, query = written.partition("?")
        name = page.rstrip("/").rpartition("/")[2]  # a whole address will do
        if name not in PICTURES:
            self._say(where, f'There is no page "{name[:40]}". {_meant(name, PICTURES)}')
            return None
        declared = {setting.name: setting for setting in PICTURES[name].settings}
        link = dict(parse_qsl(query, keep_blank_values=True))
        for problem in (*_wrong_settings(name, declared, link), *_wrong_sizes(name, declared, link)):
            self._say(where, problem)
        return Link(name, link)

    # ---- saying -----------------------------------------------------------------------------------

    def _say(self, place: Place, problem: str, formula: re.Match[str] | None = None) -> None:
        """Note what is wrong at a place: in the nearest line that is known, or in that of the formula from there on."""
        line = next((self.lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in self.lines), 1)
        if formula:
            line = next((at for at in range(line, len(self.text) + 1) if formula[0] in self.text[at - 1]), line)
        self.problems.append((line, f"Line {line}{_scene_of(place)}: {problem}"))

    def _said(self, place: Place) -> bool:
        line = self.lines.get(place)
        return any(at >= line for at, _ in self.problems) if line else False


def _scene_of(place: Place) -> str:
    return f", scene {int(place[1]) + 1}" if len(place) > 1 and place[0] == "scene" else ""


def _wrong_settings(page: str, declared: Mapping[str, Setting], link: Mapping[str, str]) -> Iterator[str]:
    """Say what the page would not take as it stands."""
    for name, text in link.items():
        if name in CLIENT_SIDE:
            if not re.fullmatch("-?[0-9]{1,6}", text):
                yield f"{name} must be a whole number. Received: {name}={text[:40]}."
            continue
        if name not in declared:
            yield f'The page {page} has no setting "{name[:40]}". {_meant(name, [*declared, "step"])}'
            continue
        try:
            read_as = declared[name].write(declared[name].read(text))
        except ValueError as expected:
            yield f"{name} must be {expected}. Received: {name}={text[:40]}."
            continue
        if not same_value(read_as, text):
            yield f"The page would change {name}={text[:40]}: write {name}={read_as}."


def _wrong_sizes(page: str, declared: Mapping[str, Setting], link: Mapping[str, str]) -> Iterator[str]:
    """Say which sizes the page would repair, as they don't go together."""
    given = {}
    for name in link.keys() & declared.keys():
        with suppress(ValueError):  # said already
            given[name] = declared[name].read(link[name])
    repaired = PICTURES[page].repaired({name: setting.default for name, setting in declared.items()} | given)
    for name in link:
        if name in given and repaired.get(name, given[name]) != given[name]:
            yield f"The page would change {name}={link[name][:40]}: write {name}={repaired[name]}."


def _near(word: str, known: Iterable[str]) -> str:
    """Find the known word that a misspelled one resembles, if any."""
    return next(iter(difflib.get_close_matches(word.lower(), list(known), 1)), "")


def _meant(word: str, known: Iterable[str]) -> str:
    """Ask whether a similar word was meant, or name all."""
    near = _near(word, known)
    return f'Did you mean "{near}"?' if near else f"There are: {', '.join(known)}."


def _example(key: str) -> str:
    return {
        "title": 'title = "…".', "ask": 'ask = "…".', "choices": 'choices = ["3×3", "5×5"].', "right": 'right = "a".',
    }[key]
