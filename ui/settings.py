"""Settings: one declared list a page, the changes people make to it, and its link.

A page declares its settings once. From that list come the values a page works with, what a change
may be and the link that brings everything back. Nothing else touches the session's state or
the link's parameters.
"""

from __future__ import annotations

import logging
import math
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

LOG = logging.getLogger(__name__)  # what happened, without names, contents or addresses
Values = dict[str, Any]
Edits = tuple[tuple[int, int, float], ...]  # (row, col, value), counted from 0

Rows = tuple[tuple[Any, ...], ...]  # of a stack: the kind, then its numbers

LARGEST_EDIT = 1e6
# Front ends themselves keep these in the link; moving them never comes here.
CLIENT_SIDE = ("step", "down", "right", "scene", "present")


@dataclass(frozen=True)
class Setting:
    """One setting: its name in the link, its default, and how the link spells it.

    ``read`` turns the link's text into a value, or raises ValueError with what was expected.
    """

    name: str
    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    titles: Mapping[str, str] = field(default_factory=dict, compare=False)  # what the page calls its values


def whole(name: str, default: int, least: int = -(10**9), most: int = 10**9) -> Setting:
    """A whole number, the nearest from ``least`` to ``most``; without these its range is the geometry's business."""

    def read(text: str) -> int:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ValueError("a whole number")
        return round(min(max(number, least), most))

    return Setting(name, default, read)


def real(name: str, default: float, least: float, most: float) -> Setting:
    """A number from ``least`` to ``most``; the nearest of them if it is outside."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if math.isnan(number):
            raise ValueError("a number")
        return _short(min(max(number, least), most))

    return Setting(name, default, read, _digits)


class Mended(ValueError):
    """A part of a link's text could not be read: what is kept of it, and a sentence's end about the rest."""

    def __init__(self, kept: Any, told: str) -> None:
        super().__init__(told)
        self.kept = kept


def choice(name: str, default: str, options: Sequence[str] | Mapping[str, str], what: str = "") -> Setting:
    """One of several words, with titles or without; ``what`` says which in a note, where there are too many to list."""

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(what or f"one of {', '.join(options)}")
        return text

    return Setting(name, default, read, titles=options if isinstance(options, Mapping) else {})


def several(name: str, options: Sequence[str], what: str = "") -> Setting:
    """Some of several words in their order, with ``~`` between them; none of them may stand for all.

    ``what`` says which in a note, where there are too many to list.
    """

    def read(text: str) -> tuple[str, ...]:
        given = [word for word in text.split("~") if word]
        known = tuple(word for word in options if word in given)
        unknown = [word for word in given if word not in options]
        if unknown and not known:
            raise ValueError(what or f"some of {', '.join(options)}")
        if unknown:
            shown = ", ".join(map(quoted, unknown[:3])) + (", …" if len(unknown) > 3 else "")
            raise Mended(known, f"names {shown}, unknown here: the rest is used")
        return known

    return Setting(name, (), read, "~".join)


def flag(name: str, default: bool = False) -> Setting:
    """Yes or no; 1 or 0 in the link."""

    def read(text: str) -> bool:
        if text.lower() not in ("0", "1", "true", "false"):
            raise ValueError("0 or 1")
        return text.lower() in ("1", "true")

    return Setting(name, default, read, lambda value: str(int(value)))


def text(name: str, longest: int) -> Setting:
    """Any text up to a length."""

    def read(value: str) -> str:
        if len(value) > longest:
            raise ValueError(f"at most {longest} characters")
        return value

    return Setting(name, "", read)


def line(name: str, longest: int) -> Setting:
    """Text on one line: blanks around it do not count, nor do ends of lines."""
    whole = text(name, longest)
    return replace(whole, read=lambda value: whole.read("".join(value.splitlines()).strip()))


def edits(name: str) -> Setting:
    """Changed cells of a grid: ``row_column_value`` counted from 1, with ``~`` between them."""

    def read(value: str) -> Edits:
        try:
            cells = [part.split("_") for part in value.split("~")]
            return clean_edits([(int(row) - 1, int(col) - 1, float(number)) for row, col, number in cells])
        except ValueError:
            raise ValueError("cells such as 1_2_-0.5~3_1_4") from None

    def write(cells: Edits) -> str:
        return "~".join(f"{row + 1}_{col + 1}_{_digits(value)}" for row, col, value in cells)

    return Setting(name, (), read, write)


@dataclass(frozen=True)
class Field:
    """A whole number in a row of a `stack`: its label, where it starts, and between which ends it lies."""

    label: str
    start: int
    least: int
    most: int


@dataclass(frozen=True)
class RowKind:
    """What a row of a `stack` may be, and which numbers it has."""

    title: str
    fields: tuple[Field, ...] = ()


def stack(name: str, default: Rows, kinds: Mapping[str, RowKind], *, most: int, noun: str = "row") -> Setting:
    """Rows of a kind and its numbers, ``conv_3_1~max_2``: one left out is as it starts, one too many is dropped.

    ``noun`` is what a row is in notes.
    """

    def read_row(spelled: str) -> tuple[Any, ...]:
        kind, *numbers = spelled.split("_")
        fields = kinds[kind].fields
        given = [int(number) for number in numbers] + [field.start for field in fields[len(numbers) :]]
        return kind, *(min(max(n, field.least), field.most) for n, field in zip(given, fields, strict=False))

    def read(value: str) -> Rows:
        try:
            rows = tuple(read_row(part) for part in value.split("~") if part)
        except (ValueError, KeyError):
            raise ValueError(f"{noun}s such as {write(default[:2])}") from None
        if len(rows) > most:
            raise ValueError(f"at most {most} {noun}s")
        return rows

    def write(rows: Rows) -> str:
        return "~".join("_".join(map(str, row)) for row in rows)

    return Setting(name, default, read, write)


def clean_edits(cells: Any) -> Edits:
    """Read edits from outside: places not below 0, finite values of a sane size, the last one counts."""
    found = {}
    for row, col, value in cells:
        number = float(value)
        if not (0 <= int(row) < 1000 and 0 <= int(col) < 1000 and math.isfinite(number)):
            raise ValueError("a cell and a finite number")
        found[int(row), int(col)] = _short(min(max(number, -LARGEST_EDIT), LARGEST_EDIT))
    return tuple((row, col, value) for (row, col), value in sorted(found.items()))


def _places(given: Mapping[str, Any]) -> dict[str, int]:
    """Read what front ends keep in the link, and leave out what is no whole number."""
    return {name: int(given[name]) for name in CLIENT_SIDE if re.fullmatch("-?[0-9]{1,6}", str(given.get(name)))}


def same_value(written: str, text: str) -> bool:
    """Whether two spellings mean one value."""
    if text.lower() in ("true", "false"):
        return True
    try:
        return float(written) == float(text)
    except ValueError:
        return sorted(written.split("~")) == sorted(text.split("~"))


def quoted(text: str) -> str:
    """Quote what somebody else wrote: as code unless it is plain, so that no Markdown or address in it counts."""
    shown = text[:40]
    return f"'{shown}'" if re.fullmatch(r"[\w ,-]*|-?\d+\.\d+", shown) else f"`{shown.replace('`', '')} `"


def literally(text: str) -> str:
    """Keep Markdown from reading anything into a text."""
    return re.sub(r"[\\`*_\[\]<>$~]|:(?=\w)", r"\\\g<0>", text)


def _plain(written: str) -> str:
    """Give what a setting is as it stands, or as code where Markdown would read more into it, such as ``~``."""
    return f"`{written}`" if re.search(r"[~*`\\[\]<>$]", written) and "`" not in written else written


def _short(number: float) -> float:
    """Six significant digits, so that a value in the link is the value on the page."""
    return float(f"{number:.6g}")


def _digits(number: float) -> str:
    return f"{number:.6g}"


def link_of(declared: Iterable[Setting], values: Mapping[str, Any]) -> dict[str, str]:
    """Spell the values that are not at their defaults as a link's parameters."""
    return {
        setting.name: setting.write(values[setting.name])
        for setting in declared
        if values.get(setting.name, setting.default) != setting.default
    }


def page_link(path: str, label: str, declared: Iterable[Setting], values: Mapping[str, Any]) -> None:
    """Show a link to a page with some of its settings made."""
    # A page that is come to without any is as it was left: name a default, so that the others are defaults too.
    st.page_link(_page(path), label=label, query_params=link_of(declared, values) or {"h": "7"})


def ready_link(link: str, label: str) -> None:
    """Show a link that is spelled already: a page's name, ``?``, its settings."""
    name, _, query = link.partition("?")
    st.page_link(_page(f"pages/{name}.py"), label=label, query_params=dict(parse_qsl(query)))


@cache
def _page(path: str) -> st.Page:
    """Look a page's file up once: Streamlit follows its path on the disk each time, a tenth of a change's work."""
    return st.Page(path)


def held(page: str) -> Values:
    """Give the settings that another page of this session holds; none if it has not been opened."""
    return dict(st.session_state.get(f"{page}/values", {}))


def tab() -> str:
    """Give the random word that stands for this browser tab, to this session alone and to the tab itself."""
    return st.session_state.setdefault("tab", secrets.token_urlsafe(16))


def become_tab(word: str) -> None:
    """Be the tab that it was before its page was loaded again."""
    st.session_state["tab"] = word


def ask_for_tab(word: str) -> None:
    """Note which tab this one says that it was."""
    st.session_state["asked tab"] = word


def asked_tab() -> str:
    """Give what `ask_for_tab` noted."""
    return st.session_state.get("asked tab", "")


def when_left(function: Callable[[], None]) -> None:
    """Have something done as soon as another page is opened."""
    st.session_state["when left"] = function


class Page:
    """The settings of one page in one person's session.

    A run reads the link if it is new, else what the session holds. A change by a person reaches the
    session first, in a callback; `publish` then writes the link.
    """

    def __init__(self, name: str, declared: Sequence[Setting]) -> None:
        self.name = name
        self.declared = {setting.name: setting for setting in declared}
        self.notes: list[str] = []
        self._arrived = False  # by a link, in this run
        self._read_link()

    # ---- values -------------------------------------------------------------------------

    @property
    def values(self) -> Values:
        """Every setting's value, by name."""
        return st.session_state[self._key("values")]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def update(self, **values: Any) -> None:
        """Change some settings."""
        self.values.update(values)

    def start_from(self, values: Mapping[str, Any]) -> None:
        """Take the defaults but for ``values``, as a link does."""
        defaults = {name: setting.default for name, setting in self.declared.items()}
        st.session_state[self._key("values")] = defaults | dict(values)
        self._arrive()

    @property
    def arrivals(self) -> int:
        """Counts links and presets taken, so that the page's front end can tell them from a change."""
        return st.session_state.get(self._key("arrivals"), 0)

    @property
    def step(self) -> int:
        """The step that the last link asked for, from 1."""
        return max(1, self.place)

    @property
    def place(self) -> int:
        """The same where not all begins at 1: 0 if the link asked for none."""
        return max(0, self._standing().get("step", 0))

    @property
    def scene(self) -> int:
        """The scene of a lecture that the last link asked for, from 1."""
        return max(1, self._standing().get("scene", 1))

    @property
    def presenting(self) -> bool:
        """Whether the last link asked for a lecture to be presented at once."""
        return bool(self._standing().get("present", 0))

    @property
    def shift(self) -> tuple[int, int]:
        """The shift of the input that the last link asked for: rows down, columns to the right."""
        return self._standing().get("down", 0), self._standing().get("right", 1)

    def event(self, component: str, name: str) -> Any:
        """What a component has just reported, or None."""
        return (st.session_state.get(component) or {}).get(name)

    def remember(self, name: str, value: Any) -> None:
        """Keep something for this session that is not in the link."""
        st.session_state[self._key(f"memo/{name}")] = value

    def recall(self, name: str, default: Any = None) -> Any:
        """Give back what `remember` kept."""
        return st.session_state.get(self._key(f"memo/{name}"), default)

    def tell(self) -> None:
        """Say what was mended, in a box whose place is always there: nothing below is mounted anew."""
        with st.container():
            if self.notes:
                st.warning(self.notes[0] if len(self.notes) == 1 else "\n".join(f"- {note}" for note in self.notes))

    # ---- the link -----------------------------------------------------------------------

    def link(self) -> dict[str, str]:
        """What is in the link: every setting that is not at its default."""
        return link_of(self.declared.values(), self.values)

    def url(
        self, standing: Mapping[str, Any] | None = None, always: Collection[str] = (), **changes: Any
    ) -> str:
        """The page's address with its link, with where its front ends say they are ``standing``, and with changes.

        What is ``always`` written is so at its default, too.
        """
        values = self.values | changes
        link = {name: self.declared[name].write(values[name]) for name in always}
        link |= link_of(self.declared.values(), values) | _places(standing or {})
        address = (st.context.url or "").split("?")[0]
        return f"{address}?{urlencode(link)}" if link else address

    def publish(self) -> None:
        """Write the link, if it has changed, and one that came spelled otherwise only once.

        For what is written is a place of its own in the browser's history: who goes back from there to the link as it
        came would never get past it.
        """
        link, shown = self.link(), self._link_now()
        came, rewritten = urlencode(shown), self._rewritten
        known = came in rewritten
        if self._arrived:
            rewritten[came], self._arrived = link, False  # a part of the page may publish again what has changed since
        if link != shown and not (known and rewritten[came] == link):
            st.query_params.from_dict(link)
        st.session_state[self._key("published")] = link

    @property
    def _rewritten(self) -> dict[str, dict[str, str]]:
        """Links as they came, and as `publish` would write them."""
        return st.session_state.setdefault(self._key("rewritten"), {})

    def _link_now(self) -> dict[str, str]:
        return {name: value for name, value in st.query_params.to_dict().items() if name not in CLIENT_SIDE}

    def _standing(self) -> dict[str, int]:
        return st.session_state.get(self._key("standing"), {})

    def _read_link(self) -> None:
        """Take the link's values unless the session itself wrote it or the person only came back.

        A message of our own front end carries the link as the browser had it then, which may be
        older than what has been published since: after a change the link is not looked at.
        """
        state, link = st.session_state, self._link_now()
        stayed = state.get("page") == self.name
        state["page"] = self.name
        if not stayed:
            state.pop("when left", lambda: None)()
            self._rewritten.pop(urlencode(link), None)
        changed = state.pop(self._key("changed"), False)
        fresh = self._key("values") not in state
        came_back = not stayed and not link
        ours = link, self._rewritten.get(urlencode(link), link)
        if not fresh and (changed or came_back or state.get(self._key("published")) in ours):
            if stayed:
                self.notes += state.get(self._key("notes"), [])
            return
        self._arrived = True
        self.start_from(self._read(st.query_params.to_dict()))
        state[self._key("notes")] = list(self.notes)
        state[self._key("standing")] = _places(st.query_params.to_dict())

    def _read(self, link: Mapping[str, str]) -> Values:
        """Read the link's settings, and note what could not be read as it stands."""
        values = {}
        for name, setting in self.declared.items():
            text = link.get(name)
            if text is None:
                continue
            try:
                values[name] = setting.read(text)
            except Mended as mended:
                values[name] = mended.kept
                self.notes.append(f"The link's {name} {mended}.")
                continue
            except ValueError as expected:
                title = setting.titles.get(setting.default)  # what one sees, and can change
                used = f'"{title}"' if title else "The default"
                self.notes.append(
                    f"The link's {name} must be {expected}. Received: {name}={quoted(text)}. {used} is used."
                )
                continue
            if not same_value(setting.write(values[name]), text):
                written = _plain(setting.write(values[name]))
                self.notes.append(f"The link's {name}={quoted(text)} was set to {written}.")
        for name in CLIENT_SIDE:
            if name in link and name not in _places(link):
                self.notes.append(f"The link's {name} must be a whole number. Received: {name}={quoted(link[name])}.")
        return values

    def _arrive(self) -> None:
        st.session_state[self._key("arrivals")] = self.arrivals + 1
        st.session_state[self._key("standing")] = {}

    def _key(self, part: str) -> str:
        return f"{self.name}/{part}"

    # ---- changes ------------------------------------------------------------------------

    def hears(self, function: Callable[[], Any], by_person: bool = True) -> Callable[[], None]:
        """Make a callback of a front end's event: what it does is a change by a person.

        Where the front end also speaks unasked, ``by_person`` is False and `has_acted` says when somebody did.
        """

        def callback() -> None:
            st.session_state[self._key("changed")] = True
            if by_person:
                self.has_acted()
            function()

        return callback

    def has_acted(self) -> None:
        """Note that a person did something: what was noted of the link has been read by then."""
        st.session_state.pop(self._key("notes"), None)

    def take(self, component: str) -> Iterator[tuple[str, str]]:
        """Take the changes that a front end has just sent, in order, and tell each once it is taken.

        Each names one setting, or several that are kept equal (``h+w``), and spells the value as
        the link does. What does not read leaves the setting as it was.
        """
        sent = self.event(component, "changes") or {}
        st.session_state[self._key("answered")] = sent.get("serial", 0)
        for joined, text in sent.get("changes", []):
            for name in set(joined.split("+")) & set(self.declared):
                with suppress(ValueError):
                    self.values[name] = self.declared[name].read(str(text))
            yield joined, text

    @property
    def answered(self) -> int:
        """The number of the last change taken."""
        return st.session_state.get(self._key("answered"), 0)

    def upload(self, name: str, label: str, types: Sequence[str], convert: Callable[[bytes], Any]) -> None:
        """A file that becomes a setting; ``convert`` refuses it with a ValueError, and all stays as it was."""
        self._receive(name, convert, lambda key, heard: st.file_uploader(label, types, key=key, on_change=heard))

    def camera(self, name: str, label: str, convert: Callable[[bytes], Any]) -> None:
        """A photograph that is taken now and becomes a setting, as with `upload`."""
        self._receive(name, convert, lambda key, heard: st.camera_input(label, key=key, on_change=heard))

    def _receive(self, name: str, convert: Callable[[bytes], Any], show: Callable[[str, Callable], Any]) -> None:
        key, refusal = self._key(f"upload/{name}"), self._key(f"refusal/{name}")

        def take() -> None:
            file = st.session_state[key]
            st.session_state[refusal] = ""
            if file is not None:
                try:
                    self.values[name] = convert(file.getvalue())
                except ValueError as error:
                    st.session_state[refusal] = str(error)
                except MemoryError:
                    st.session_state[refusal] = "There is not enough memory for this file: take a smaller one."
            if st.session_state[refusal]:
                LOG.warning("Refused on page %s: %s, a file of %d bytes.", self.name, name, file.size)

        show(key, self.hears(take))
        if st.session_state.get(refusal):
            st.error(st.session_state[refusal])


class PlacedPage(Page):
    """A page's settings where another page shows its picture: from a link of its own, not the browser's.

    What its front end reports comes through the page that shows it, which puts it into ``reported``.
    """

    def __init__(self, place: str, declared: Sequence[Setting], link: Mapping[str, str]) -> None:
        self.name = place
        self.declared = {setting.name: setting for setting in declared}
        self.notes = []
        self.reported: dict[str, Any] = {}
        if self.recall("link") != link:
            self.start_from(self._read(link))
            st.session_state[self._key("standing")] = _places(link)
            self.remember("link", dict(link))

    def event(self, component: str, name: str) -> Any:
        """Give what the front end has just reported, or None."""
        return self.reported.get(name)
