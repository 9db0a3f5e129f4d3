"""How far somebody is with practising, on one page of paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from conv.quiz import KINDS, LEVELS
from conv.quiz.exports.markup import literally
from conv.quiz.misconceptions import MISCONCEPTIONS
from conv.quiz.queue import Queue
from ui.typesetting import Piece, draw_lines, draw_piece, extent, new_page, set_text
from ui.worksheet import COLUMN, HEIGHT, MARGIN, SIZE, SMALL, TITLE, WIDTH, pdf

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 16.0
BAR = 9.0
BARS_AT = MARGIN + 236.0  # where they begin
LONGEST = 110.0
NUMBERS_AT = BARS_AT + LONGEST + 10
RIGHT, WRONG = "#0072b2", "#ffffff"  # told apart by the fill, too: the wrong ones are empty


class Bar(NamedTuple):
    """A line of a chart: what it is of, its filled and its empty part, and the numbers in words."""

    title: str
    filled: int
    empty: int
    told: str


def progress_pdf(queue: Queue, name: str = "") -> bytes:
    """Draw what has been practised, kind by kind, and which mistakes showed how often.

    Parameters
    ----------
    queue : conv.quiz.queue.Queue
    name : str
        Whose it is.

    Returns
    -------
    bytes
        A PDF of one A4 page, the same for the same progress.
    """
    return pdf([progress_page(queue, name)], "Quiz progress")


def progress_page(queue: Queue, name: str = "") -> Axes:
    """Lay out the page of `progress_pdf`."""
    page = new_page(WIDTH, HEIGHT)
    of_whom = f" of {literally(name)}" if name else ""
    y = draw_lines(page, set_text(f"**Quiz progress{of_whom}**", COLUMN, TITLE), MARGIN, MARGIN)
    kinds, mistakes = by_kind(queue), by_mistake(queue)
    y = draw_lines(page, set_text(_summed_up(queue), COLUMN, SIZE), MARGIN, y + 6) + 14
    y = _chart(page, "By kind: right at once (filled) and wrong (empty)", kinds, y)
    _chart(page, "By mistake: how often it showed", mistakes, y)
    return page


def by_kind(queue: Queue) -> list[Bar]:
    """What has been asked, in the order of teaching."""
    bars = []
    for kind in KINDS:
        now = queue.progress.get(kind)
        if now and now.right + now.wrong:
            told = f"{now.right} of {now.right + now.wrong} right · {now.mastered} of {len(LEVELS)} levels"
            bars.append(Bar(KINDS[kind].title, now.right, now.wrong, told))
    return bars


def by_mistake(queue: Queue) -> list[Bar]:
    """What went wrong, the most frequent first."""
    often = sorted(queue.slips.items(), key=lambda slip: -slip[1])
    return [Bar(MISCONCEPTIONS[code].title, 0, times, f"{times} ×") for code, times in often]


def _summed_up(queue: Queue) -> str:
    right = sum(now.right for now in queue.progress.values())
    asked = right + sum(now.wrong for now in queue.progress.values())
    mastered = sum(now.mastered for now in queue.progress.values())
    return f"{right} of {asked} questions right at once, {mastered} of {len(KINDS) * len(LEVELS)} levels mastered."


def _chart(page: Axes, title: str, bars: Sequence[Bar], y: float) -> float:
    """Draw bars below a title, and return where they end."""
    from matplotlib.patches import Rectangle

    if not bars:
        return y
    y = draw_lines(page, set_text(f"**{title}**", COLUMN, SIZE), MARGIN, y) + 4
    longest = max(bar.filled + bar.empty for bar in bars)
    for bar in bars:
        draw_piece(page, _fitted(bar.title), MARGIN, y + ROW - 5)
        left = BARS_AT
        for count, colour in ((bar.filled, RIGHT), (bar.empty, WRONG)):
            width = LONGEST * count / longest
            if count:
                page.add_patch(Rectangle((left, y + 3), width, BAR, facecolor=colour, edgecolor="black", linewidth=0.6))
            left += width
        draw_piece(page, Piece(bar.told, "words", SMALL), NUMBERS_AT, y + ROW - 5)
        y += ROW
    return y + 16


def _fitted(title: str) -> Piece:
    """A title at the size at which it fits before the bars."""
    piece = Piece(title, "words", SMALL)
    return piece._replace(size=SMALL * min(1, (BARS_AT - MARGIN - 8) / extent(piece)[0]))
