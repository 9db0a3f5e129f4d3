"""A quiz on paper: a worksheet of A4 pages with room to write, and its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Literal, NamedTuple

from conv.quiz.answers import same, spell
from conv.quiz.exports.markup import literally
from conv.quiz.exports.pictures import Grid, grid
from conv.quiz.question import Picture, Question, Value
from ui.figures import FONTS
from ui.typesetting import Line, Piece, draw_lines, draw_piece, extent, height, new_page, set_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from conv.quiz.question import Diagnosis

WIDTH, HEIGHT = 595.0, 842.0  # A4, in points
MARGIN = 54.0
BOTTOM = HEIGHT - 50.0  # where the questions end: the page number stands below
COLUMN = WIDTH - 2 * MARGIN
NUMBERS = 24.0  # the column of the question's numbers
TEXT = COLUMN - NUMBERS

SIZE, SMALL, TITLE = 10.5, 8.5, 16.0
GREY = "#555555"
LONGEST_TITLE = 70  # characters of it that pages after the first repeat
BETWEEN = 22.0  # questions
ROOM = 46.0  # to work out a typed answer
CELL = 15.0  # of a grid, at least
GRID_GAP = 28.0
TITLE_WIDTH = 200.0  # in which a grid's title is broken, at least
QR_CODE = 74.0
FINEST = 0.8  # points of a QR code's dot that a phone reads off paper

Part = Literal["questions", "key", "both"]


class Box(NamedTuple):
    """Something on the page: how high it is, and how to draw it from its upper left corner."""

    height: float
    draw: Callable[[Axes, float, float], object]


def worksheet(questions: Sequence[Question], title: str, *, link: str = "", part: Part = "both") -> bytes:
    """Make a PDF of a quiz.

    Parameters
    ----------
    questions : sequence of Question
    title : str
    link : str
        Opens the quiz; it is printed as a QR code, unless it is too long for one.
    part : "questions", "key" or "both"
        The key begins on a page of its own.

    Returns
    -------
    bytes
        The same for the same quiz.
    """
    return pdf(sheets(questions, title, link, part), title)


def sheets(questions: Sequence[Question], title: str, link: str, part: Part) -> list[Axes]:
    """Lay out the pages of `worksheet`."""
    pages: list[Axes] = []
    if part != "key":
        asked = [_asked(number, question) for number, question in enumerate(questions, start=1)]
        pages += _numbered(_flow(_head(title, link), asked), title)
    if part != "questions":
        solved = [_solved(number, question) for number, question in enumerate(questions, start=1)]
        heading = _text_box(f"**Key to {literally(title)}**", COLUMN, TITLE)
        pages += _numbered(_flow(heading, solved), f"Key to {title}")
    return pages


def pdf(pages: Iterable[Axes], title: str) -> bytes:
    """Write pages as one file, without a date, so that the same pages are the same bytes."""
    from matplotlib.backends.backend_pdf import PdfPages

    file = BytesIO()
    with FONTS, PdfPages(file, metadata={"Title": title, "CreationDate": None}) as book:
        for page in pages:
            book.savefig(page.figure)
    return file.getvalue()


# ---- pages ---------------------------------------------------------------------------------


def _flow(head: Box, entries: Iterable[Box]) -> list[Axes]:
    """Fill page after page; what does not fit on the rest of one begins the next."""
    pages = [new_page(WIDTH, HEIGHT)]
    head.draw(pages[0], MARGIN, MARGIN)
    y = MARGIN + head.height + BETWEEN
    for entry in entries:
        if y + entry.height > BOTTOM and y > MARGIN:
            pages.append(new_page(WIDTH, HEIGHT))
            y = MARGIN
        entry.draw(pages[-1], MARGIN, y)
        y += entry.height + BETWEEN
    return pages


def _numbered(pages: list[Axes], title: str) -> list[Axes]:
    """Write below each page what it belongs to, and which of how many it is."""
    for number, page in enumerate(pages, start=1):
        baseline = HEIGHT - 28
        if number > 1:
            draw_piece(page, Piece(_shortened(title), "words", SMALL), MARGIN, baseline, colour=GREY)
        place = Piece(f"{number} / {len(pages)}", "words", SMALL)
        draw_piece(page, place, WIDTH - MARGIN - extent(place)[0], baseline, colour=GREY)
    return pages


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…"


def _head(title: str, link: str) -> Box:
    """The title, lines for name and date, and the link's QR code in the corner."""
    code = _qr_code(link)
    width = COLUMN - (code.height + 20 if code else 0)
    heading = _text_box(f"**{literally(title)}**", width, TITLE)
    fields = heading.height + 34

    def draw(axes: Axes, x: float, y: float) -> None:
        heading.draw(axes, x, y)
        middle = x + 0.66 * width
        for word, start, end in (("Name", x, middle - 16), ("Date", middle, x + width)):
            draw_piece(axes, Piece(word, "words", SIZE), start, y + fields)
            _rule(axes, start + 36, end, y + fields + 2)
        if code:
            code.draw(axes, x + COLUMN - code.height, y)

    return Box(max(fields + 4, code.height if code else 0), draw)


def _qr_code(link: str) -> Box | None:
    import segno

    if not link:
        return None
    try:
        rows = [list(row) for row in segno.make(link, error="l", micro=False).matrix]
    except segno.encoder.DataOverflowError:
        return None
    dot = QR_CODE / len(rows)
    if dot < FINEST:
        return None

    def draw(axes: Axes, x: float, y: float) -> None:
        from matplotlib.collections import PolyCollection

        left = [(x + col * dot, y + row * dot) for row, line in enumerate(rows) for col, on in enumerate(line) if on]
        squares = [[(a, b), (a + dot, b), (a + dot, b + dot), (a, b + dot)] for a, b in left]
        axes.add_collection(PolyCollection(squares, facecolor="black", edgecolor="black", linewidth=0.1, urls=[link]))

    return Box(QR_CODE, draw)


# ---- questions -----------------------------------------------------------------------------


def _asked(number: int, question: Question) -> Box:
    """A question, with room for its answer."""
    boxes = [_text_box(question.text, TEXT, SIZE), *_grids(question.pictures)]
    if question.typed:
        boxes.append(_answer_line(question.unit))
    else:
        boxes.append(_options(question.choices))
    return _entry(number, boxes)


def _solved(number: int, question: Question) -> Box:
    """The answer, how it comes about, and what the usual mistakes would give."""
    answer = spell(question.answer)
    if not question.typed and answer not in (letter.upper() for letter in "abcd"):
        answer = f"{_letter(question.choices.index(question.answer))} {answer}"
    boxes = [
        _text_box(f"**{literally(answer)}** {literally(question.unit)}", TEXT, SIZE),
        _text_box(question.solution, TEXT, SIZE),
        _text_box(question.note, TEXT, SMALL, colour=GREY),
        _text_box("\n".join(map(_mistake, _told_apart(question.diagnoses))), TEXT, SMALL, colour=GREY),
    ]
    return _entry(number, boxes)


def _mistake(diagnosis: Diagnosis) -> str:
    return f"- {literally(spell(diagnosis.value))}: {' '.join(diagnosis.text.split())} ({diagnosis.code})"


def _told_apart(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Mistakes with the same result next to each other."""
    together: list[Diagnosis] = []
    for diagnosis in diagnoses:
        alike = [place for place, other in enumerate(together, start=1) if same(other.value, diagnosis.value)]
        together.insert(alike[-1] if alike else len(together), diagnosis)
    return together


def _letter(place: int) -> str:
    return f"({'abcdefghij'[place]})"


def _entry(number: int, boxes: Iterable[Box]) -> Box:
    """Boxes below one another, and their number beside the first."""
    stacked = [box for box in boxes if box.height]

    def draw(axes: Axes, x: float, y: float) -> None:
        draw_piece(axes, Piece(f"{number}.", "strong", SIZE), x, y + SIZE)
        for box in stacked:
            box.draw(axes, x + NUMBERS, y)
            y += box.height + 4

    return Box(sum(box.height + 4 for box in stacked), draw)


def _text_box(text: str, width: float, size: float, colour: str = "black") -> Box:
    lines = set_text(text, width, size)
    return Box(height(lines), lambda axes, x, y: draw_lines(axes, lines, x, y, colour=colour))


def _answer_line(unit: str) -> Box:
    def draw(axes: Axes, x: float, y: float) -> None:
        draw_piece(axes, Piece("Answer", "words", SIZE), x, y + ROOM)
        _rule(axes, x + 46, x + 190, y + ROOM + 2)
        draw_piece(axes, Piece(unit, "words", SIZE), x + 196, y + ROOM)

    return Box(ROOM + 6, draw)


def _options(choices: Sequence[Value]) -> Box:
    """The choices beside one another if they are short."""
    letters = all(isinstance(choice, str) and len(choice) == 1 for choice in choices)
    texts = [literally(spell(choice)) if letters else f"{_letter(place)} {literally(spell(choice))}"
             for place, choice in enumerate(choices)]
    across = TEXT / len(texts)
    lines = [set_text(text, TEXT, SIZE) for text in texts]
    beside = all(len(one) == 1 and _end(one) < across - 10 for one in lines)

    def draw(axes: Axes, x: float, y: float) -> None:
        for place, one in enumerate(lines):
            if beside:
                draw_lines(axes, one, x + place * across, y + 6)
            else:
                y = draw_lines(axes, one, x, y + 6)

    high = max(map(height, lines)) + 6 if beside else sum(height(one) + 6 for one in lines)
    return Box(high, draw)


def _end(lines: Sequence[Line]) -> float:
    return max((start + extent(piece)[0] for line in lines for start, piece in line.placed), default=0)


# ---- pictures ------------------------------------------------------------------------------


def _grids(pictures: Sequence[Picture]) -> list[Box]:
    """Grids in columns, as many as the line holds."""
    boxes = [_grid(grid(picture)) for picture in pictures]
    column = max((wide for wide, _ in boxes), default=0) + GRID_GAP
    across = max(1, int((TEXT + GRID_GAP) // column))
    rows = [boxes[first:first + across] for first in range(0, len(boxes), across)]
    return [_beside([(place * column, box) for place, (_, box) in enumerate(row)]) for row in rows]


def _beside(row: Sequence[tuple[float, Box]]) -> Box:
    def draw(axes: Axes, x: float, y: float) -> None:
        for start, box in row:
            box.draw(axes, x + start, y)

    return Box(max(box.height for _, box in row), draw)


def _grid(shown: Grid) -> tuple[float, Box]:
    """A grid under its title: its width, and how to draw it."""
    from matplotlib.collections import LineCollection, PolyCollection

    widest = max((extent(Piece(text, "words", SMALL))[0] for texts in shown.rows for text in texts), default=0)
    wide = max(CELL, widest + 7)
    width, high = max(map(len, shown.rows), default=0) * wide, len(shown.rows) * CELL
    name, colon, rest = shown.title.partition(":")
    title = set_text(f"**{literally(name)}**{colon} {literally(rest)}", max(width, TITLE_WIDTH), SMALL)

    def draw(axes: Axes, x: float, y: float) -> None:
        top = draw_lines(axes, title, x, y) + 3
        corners = [(x + col * wide, top + row * CELL) for row, col in shown.grey]
        axes.add_collection(PolyCollection(
            [[(a, b), (a + wide, b), (a + wide, b + CELL), (a, b + CELL)] for a, b in corners], facecolor="#d9d9d9",
        ))
        lines = [[(x, top + row * CELL), (x + width, top + row * CELL)] for row in range(len(shown.rows) + 1)]
        lines += [[(x + left, top), (x + left, top + high)] for left in _steps(width, wide)]
        axes.add_collection(LineCollection(lines, colors=GREY, linewidths=0.6))
        for row, texts in enumerate(shown.rows):
            for col, text in enumerate(texts):
                middle = x + (col + 0.5) * wide
                draw_piece(axes, Piece(text, "words", SMALL), middle, top + (row + 0.68) * CELL, ha="center")

    return max(width, *(_end([line]) for line in title)), Box(height(title) + 3 + high + 8, draw)


def _steps(width: float, wide: float) -> list[float]:
    return [number * wide for number in range(round(width / wide) + 1)]


def _rule(axes: Axes, left: float, right: float, y: float) -> None:
    axes.plot([left, right], [y, y], color="black", linewidth=0.6)
