"""Quizzes and progress on paper."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes

from conv.quiz import KINDS, generate
from conv.quiz.answers import spell
from conv.quiz.misconceptions import MISCONCEPTIONS
from conv.quiz.queue import Queue
from ui.progress_sheet import by_kind, by_mistake, progress_page, progress_pdf
from ui.typesetting import Line, extent, formula, height, in_words, set_text
from ui.worksheet import BOTTOM, HEIGHT, MARGIN, QR_CODE, TEXT, WIDTH, sheets, worksheet

LINK = "https://conv.example.org/quiz?seed=7"
ONE_OF_EACH = [generate(kind, seed=3, level=3) for kind in KINDS]


def written(pages: Iterable[Axes]) -> str:
    """All that stands on the pages."""
    return " ".join(text.get_text() for page in pages for text in page.texts)


def right_end(lines: Iterable[Line]) -> float:
    return max((x + extent(piece)[0] for line in lines for x, piece in line.placed), default=0)


def words(lines: Iterable[Line]) -> str:
    return " ".join(piece.text for line in lines for _, piece in line.placed)


# ---- setting text ----------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abcdefgij ", min_size=1, max_size=9), min_size=1, max_size=60), st.integers(120, 500))
def test_lines_keep_to_their_width_and_lose_no_word(parts: list[str], width: int) -> None:
    text = " ".join(parts)
    lines = set_text(text, width, 10)
    assert right_end(lines) <= width
    assert words(lines).split() == text.split()
    if len(lines) > 1:  # each is as full as can be
        first, second = lines[0], lines[1].placed[0].piece.text.split()[0]
        assert right_end([first]) + extent(first.placed[-1].piece._replace(text=f" {second}"))[0] > width - 1


def test_words_take_as_much_room_together_as_apart() -> None:
    (line,) = set_text("Words in a row", 500, 10)
    ((_, whole),) = line.placed
    assert whole.text == "Words in a row"
    apart = sum(extent(whole._replace(text=word))[0] for word in ("Words", " ", "in", " ", "a", " ", "row"))
    assert extent(whole)[0] == pytest.approx(apart, abs=0.5)


def test_code_keeps_its_own_spaces() -> None:
    code, after = set_text("`f(1, 2, 3)` is `f (1)`", 500, 10)[0].placed[:2]
    assert (code.piece.text, after.piece.text) == ("f(1, 2, 3)", "is")
    assert after.x - code.x == pytest.approx(extent(code.piece)[0] + extent(after.piece._replace(text=" "))[0], abs=0.5)


def test_styles_and_what_adheres() -> None:
    lines = set_text(r"A **strong $x$ \* word**, `code`: *so* [there](https://a.b) $y$.", 500, 10)
    pieces = [(piece.text, piece.style) for line in lines for _, piece in line.placed]
    assert pieces == [
        ("A", "words"), ("strong", "strong"), ("$x$", "math"), ("* word", "strong"), (",", "words"), ("code", "code"),
        (":", "words"), ("so", "stressed"), ("there", "link"), ("$y$", "math"), (".", "words"),
    ]
    room = right_end(set_text("seven letters $x$", 500, 10)) + 1
    narrow = set_text("seven letters $x$, and more", room, 10)
    assert words(narrow[:1]) == "seven letters"  # the comma goes with the formula before it


def test_lists_tables_and_code_stand_in_lines_of_their_own() -> None:
    table = "| a | long |\n|---|---|\n| longer | d |"
    lines = set_text(f"One\n\n- two\n- three\n\n1. four\n\n{table}\n\n```\nf(x)\n```", 300, 10)
    assert [words([line]) for line in lines] == ["One", "• two", "• three", "1. four", "a long", "longer d", "f(x)"]
    head, row = lines[4].placed, lines[5].placed
    assert [placed.x for placed in head] == [placed.x for placed in row]
    assert head[0].piece.bold and not row[0].piece.bold
    assert height(lines) > 7 * 10


def test_a_formula_wider_than_the_line_breaks_at_its_equals_signs() -> None:
    lines = set_text("$" + " = ".join(["aaaaa + bbbbb"] * 6) + "$", 150, 10)
    assert len(lines) == 6
    assert right_end(lines) <= 150
    assert right_end(set_text("$" + "abc + " * 30 + "d$", 300, 10)) <= 640  # shrunk to half, and no further


@pytest.mark.parametrize(("latex", "plain"), [
    (r"\begin{cases} a \le b \end{cases}", "begin cases a ≤ b end cases"),
    (r"\frac{1}{2", "frac 1 2"), (r"\unknown{x} \times 2", "unknown x × 2"), (r"\left\lfloor 3", "⌊ 3"), ("x^", "x^"),
])
def test_a_formula_that_cannot_be_set_stands_in_words(latex: str, plain: str) -> None:
    assert formula(latex)[:2] == (plain, "words")


@pytest.mark.parametrize(
    "latex", [r"\tfrac{1}{2}", r"\text{rows and columns} = 3", r"\lceil a \rceil", r"\mathbb{R}^{3 \times 3}"]
)
def test_formulas_that_can_be_set(latex: str) -> None:
    assert formula(latex).style == "math"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(r"\frac \left \right ( ) { } ^ _ x 2 \\ \begin{a} & % # \text{a} \sqrt \hat".split())))
def test_no_formula_is_an_error(parts: list[str]) -> None:
    assert formula(" ".join(parts)).style in ("math", "words")
    assert "\\" not in in_words(" ".join(parts))


# ---- the worksheet -----------------------------------------------------------------------------


def test_every_kind_keeps_to_the_page_and_the_key_apart() -> None:
    asked, key = (sheets(ONE_OF_EACH, "Week 7", LINK, part) for part in ("questions", "key"))
    for page in (*asked, *key):
        for text in page.texts:
            x, y = text.get_position()
            assert MARGIN <= x < WIDTH - MARGIN
            assert MARGIN < y <= BOTTOM or y == HEIGHT - 28
    numbers = [f"{number}." for number in range(1, len(ONE_OF_EACH) + 1)]
    for pages in (asked, key):
        marks = [text.get_text() for page in pages for text in page.texts if text.get_position()[0] == MARGIN]
        assert [mark for mark in marks if mark in numbers] == numbers
    for question in ONE_OF_EACH:
        assert question.unit in written(asked)
        assert spell(question.answer) in written(key)
        for diagnosis in question.diagnoses:
            assert f"({diagnosis.code})" in written(key)
    assert "You " not in written(asked)
    assert "Name" in written(asked) and "Name" not in written(key)
    assert f"1 / {len(asked)}" in written(asked)


def test_the_same_quiz_is_the_same_file() -> None:
    file = worksheet(ONE_OF_EACH[:3], "Week 7", link=LINK)
    assert file == worksheet(ONE_OF_EACH[:3], "Week 7", link=LINK)
    assert file.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", file)) == 2
    assert b"CreationDate" not in file


def test_choices_stand_on_the_sheet() -> None:
    (question,) = [one for one in ONE_OF_EACH if one.kind == "which_picture"]
    (page,) = sheets([question], "Quiz", "", "questions")
    texts = [text.get_text() for text in page.texts]
    letters = ["A", "B", "C", "D"]
    assert [text for text in texts if text in letters] == letters * 2  # above the pictures, and as the choices
    (key,) = sheets([question], "Quiz", "", "key")
    assert question.answer in [text.get_text() for text in key.texts]


def test_the_link_is_a_qr_code_as_long_as_a_phone_can_read_it() -> None:
    (page,) = sheets(ONE_OF_EACH[:1], "Quiz", LINK, "questions")
    (code,) = page.collections
    dark = sum(map(sum, segno.make(LINK, error="l", micro=False).matrix))
    assert len(code.get_paths()) == dark
    corners = code.get_paths()[0].vertices
    assert WIDTH - MARGIN - QR_CODE <= corners[0][0] <= WIDTH - MARGIN
    for unreadable in ("", LINK + "9" * 1500, LINK + "9" * 5000):
        (page,) = sheets(ONE_OF_EACH[:1], "Quiz", unreadable, "questions")
        assert not page.collections


@pytest.mark.parametrize("title", ["$x$ and $y", "a_b *c* `d` [e](f)", r"\frac{1}{2}", "Ünï – 測試", "word " * 60])
@pytest.mark.filterwarnings("ignore:Glyph")  # letters that the typeface has not are boxes
def test_any_title(title: str) -> None:
    pages = sheets(ONE_OF_EACH[:1], title, LINK, "both")
    assert " ".join(title.split()) in " ".join(written(pages[:1]).split())


def test_long_words_are_no_error() -> None:
    assert right_end(set_text("x" * 200, TEXT, 10)) > TEXT


# ---- progress ----------------------------------------------------------------------------------


def test_progress_counts_what_was_answered() -> None:
    queue = Queue(("size", "floor"), seed=1)
    for right, codes in ((True, []), (False, ["M1", "M1+M2"]), (False, ["M2"]), (True, [])):
        queue.answered(queue.next(), right, codes)
    assert [(bar.title, bar.filled, bar.empty) for bar in by_kind(queue)] == [
        (KINDS[kind].title, queue.progress[kind].right, queue.progress[kind].wrong) for kind in ("size", "floor")
    ]
    often = [(bar.title, bar.told) for bar in by_mistake(queue)]
    assert often == [("Counting the padding once", "2 ×"), ("Forgetting the + 1", "1 ×")]
    page = progress_page(queue, "Ada $_*")
    assert "Quiz progress of Ada $_*" in written([page])
    assert "2 of 4 questions right at once" in written([page])
    widths = [patch.get_width() for patch in page.patches]
    assert widths[-2] == pytest.approx(2 * widths[-1])


def test_progress_of_every_kind_fits_one_page() -> None:
    queue = Queue(seed=1)
    for kind in KINDS:
        queue.answered(queue.of(kind), right=False, codes=MISCONCEPTIONS)
    page = progress_page(queue, "A name that is as long as a name can be in this place, sixty")
    assert len(page.texts) > 2 * (len(KINDS) + len(MISCONCEPTIONS))
    assert max(text.get_position()[1] for text in page.texts) < HEIGHT - MARGIN / 2
    assert max(text.get_position()[0] + 20 for text in page.texts) < WIDTH - MARGIN
    assert len(re.findall(rb"/Type /Page\b", progress_pdf(queue))) == 1
    assert progress_pdf(Queue()) == progress_pdf(Queue())
