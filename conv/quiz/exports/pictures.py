"""What is shown beside a question, as grids of text: they need no files, and a screen reader reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, NamedTuple

from conv.quiz.answers import spell
from conv.quiz.question import Picture

TABLE = 'border="1" style="border-collapse: collapse; table-layout: fixed; text-align: center; margin: 0.5em 0; width: '
GREY = ' style="background-color: #d9d9d9; color: #000000"'


CAPTIONS = {  # without sizes, which would tell the pictures apart before one has looked at them
    False: "the input, zeros around it on grey; the first window reads a, the second b",
    True: "the output, what is cut away on grey; the first input is spread over a, the second over b",
}


class Grid(NamedTuple):
    """Rows of texts under a title, some of them on grey."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    grey: frozenset[tuple[int, int]] = frozenset()


def pictures_html(pictures: Iterable[Picture]) -> str:
    """Write pictures as tables with a caption, on one line."""
    return "".join(map(_table, map(grid, pictures)))


def _table(shown: Grid) -> str:
    rows = (
        "".join(_cell(text, (row, col) in shown.grey) for col, text in enumerate(texts))
        for row, texts in enumerate(shown.rows)
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    longest = max(len(text) for texts in shown.rows for text in texts)
    width = len(shown.rows[0]) * (1.2 + 0.6 * max(2, longest))  # columns alike, each as wide as the widest number
    return f'<table {TABLE}{width:.1f}em"><caption>{escape(shown.title)}</caption><tbody>{body}</tbody></table>'


def _cell(text: str, is_grey: bool) -> str:
    return f"<td{GREY if is_grey else ''}>{text or '&#160;'}</td>"  # an empty row would have no height


def grid(picture: Picture) -> Grid:
    """Lay out a picture: its numbers, or the first places of the window in a configuration."""
    if picture.values is None:
        return _places(picture.title, picture.settings)
    return Grid(picture.title, tuple(tuple(map(spell, row)) for row in picture.values.tolist()))


def _places(title: str, settings: Mapping[str, Any]) -> Grid:
    """Show where the window stands first and second: what it reads, or writes to if it is transposed.

    A transposed convolution writes to a map of which the padding is cut away afterwards.
    """
    n, k, s, p, d = [(settings[f"{name}h"], settings[f"{name}w"]) for name in ("", "k", "s", "p", "d")]
    transposed = settings.get("op") == "transposed"
    extent = [d[axis] * (k[axis] - 1) + 1 for axis in (0, 1)]
    whole = [(n[axis] - 1) * s[axis] + extent[axis] if transposed else n[axis] + 2 * p[axis] for axis in (0, 1)]
    inside = [range(p[axis], whole[axis] - p[axis]) for axis in (0, 1)]
    rows, cols = (range(size) for size in whole)
    grey = frozenset((row, col) for row in rows for col in cols if row not in inside[0] or col not in inside[1])
    marks = dict.fromkeys(grey, "" if transposed else "0")
    for letter, left in ("a", 0), ("b", s[1]):
        for row in range(0, extent[0], d[0]):
            for col in range(left, left + extent[1], d[1]):
                marks[row, col] = f"{marks.get((row, col), '').strip('0')} {letter}".strip()
    texts = tuple(tuple(marks.get((row, col), "") for col in cols) for row in rows)
    return Grid(f"{title}: {CAPTIONS[transposed]}", texts, grey)
