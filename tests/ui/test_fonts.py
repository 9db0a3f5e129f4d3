"""Words and formulas come out the same however many people have them set at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ui import lecture_words
from ui.figures import figure_bytes
from ui.typesetting import Piece, draw_piece, extent, new_page

FORMULAS = [rf"\sum_{{k=1}}^{{{n}}} w_{{k}} x_{{i+{n}k}} + \frac{{b}}{{{n}}}" for n in range(2, 14)]


def all_of_them(_: int = 0) -> list[object]:
    """Set every formula in each of the ways that there are; measured anew, not remembered."""
    found: list[object] = [lecture_words.formula(latex) for latex in FORMULAS]
    found += [extent.__wrapped__(Piece(f"${latex}$", "math", 10)) for latex in FORMULAS]
    page = new_page(400, 400)
    for row, latex in enumerate(FORMULAS[:4]):
        draw_piece(page, Piece(f"${latex}$", "math", 10), 10, 90 * row + 40)
    return [*found, figure_bytes(page.figure, "png")]


def test_four_at_once() -> None:
    alone = all_of_them()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(all_of_them, range(4))) == 4 * [alone]
