"""The questions' Markdown as HTML, and pictures as grids."""

from __future__ import annotations

import numpy as np
import pytest

from conv.quiz import generate
from conv.quiz.exports.markup import html, literally
from conv.quiz.exports.pictures import grid
from conv.quiz.question import Picture


@pytest.mark.parametrize(("markdown", "written"), [
    ("one\ntwo", "<p>one two</p>"),
    ("one\n\ntwo", "<p>one</p><p>two</p>"),
    ("one  \ntwo\\\nthree", "<p>one<br />two<br />three</p>"),
    ("**a** *b* `c`", "<p><strong>a</strong> <em>b</em> <code>c</code></p>"),
    ("**a $x$ `c`**", r"<p><strong>a \(x\) <code>c</code></strong></p>"),
    ("2*3*4 and 5 * 6 * 7", "<p>2*3*4 and 5 * 6 * 7</p>"),
    ("$a < b$ & c > d", r"<p>\(a &lt; b\) &amp; c &gt; d</p>"),
    ("$$x^2$$, \\$5 and \\*", r"<p>\(x^2\), $5 and *</p>"),
    ("costs 3 $ or 4 $", "<p>costs 3 $ or 4 $</p>"),
    ("`$a$ <b> **c**`", "<p><code>$a$ &lt;b&gt; **c**</code></p>"),
    ("[see](https://a.b/c?d=1&e=2)", '<p><a href="https://a.b/c?d=1&amp;e=2">see</a></p>'),
    ("Say:\n- one\n- two\n  more\n\nEnd", "<p>Say:</p><ul><li>one</li><li>two more</li></ul><p>End</p>"),
    ("1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"),
    (
        "| a | b\\|c |\n| --- | :-: |\n| 1 | $x$ |",
        r"<table><tr><th>a</th><th>b|c</th></tr><tr><td>1</td><td>\(x\)</td></tr></table>",
    ),
    ("```\nf(x)  # <1>\n\n**a**\n```\nend", "<pre><code>f(x)  # &lt;1&gt;<br /><br />**a**</code></pre><p>end</p>"),
    ("", ""),
])
def test_markdown_as_html(markdown: str, written: str) -> None:
    assert html(markdown) == written


@pytest.mark.parametrize(
    "text", ["a*b*c **d**", "$x$", r"\frac{1}", "`a` [b](c)", "- a", "12. b", "# c", "| d |", "a_b_ <i>"]
)
def test_what_is_meant_literally(text: str) -> None:
    escaped = text.replace("<", "&lt;").replace(">", "&gt;")
    assert html(literally(text)) == f"<p>{escaped}</p>"


def settings(**changes: object) -> dict[str, object]:
    pairs = {"h": 3, "w": 4, "kh": 2, "kw": 2, "sh": 1, "sw": 1, "ph": 0, "pw": 0, "dh": 1, "dw": 1}
    return pairs | {"op": "conv"} | changes


def test_the_places_of_a_window() -> None:
    shown = grid(Picture("A", None, settings(sw=2)))
    assert shown.rows == (("a", "a", "b", "b"), ("a", "a", "b", "b"), ("", "", "", ""))
    assert not shown.grey
    assert shown.title.startswith("A: the input, zeros")


def test_padding_and_dilation_are_seen() -> None:
    shown = grid(Picture("B", None, settings(pw=1, dh=2)))
    assert shown.rows == (
        ("a", "a b", "b", "", "", "0"),
        ("0", "", "", "", "", "0"),
        ("a", "a b", "b", "", "", "0"),
    )
    assert shown.grey == {(row, col) for row in range(3) for col in (0, 5)}


def test_a_transposed_window_writes() -> None:
    shown = grid(Picture("C", None, settings(op="transposed", h=2, w=2, sw=2, ph=1)))
    assert shown.rows == (("a", "a", "b", "b"), ("a", "a", "b", "b"), ("", "", "", ""))
    assert shown.grey == {(row, col) for row in (0, 2) for col in range(4)}
    assert shown.title.startswith("C: the output, what is cut")


def test_numbers_are_spelled() -> None:
    assert grid(Picture("Input", np.array([[1.0, -0.5]]))).rows == (("1", "−0.5"),)


def test_captions_of_pictures_to_choose_among_tell_no_sizes() -> None:
    pictures = [picture for seed in range(40) for picture in generate("which_picture", seed, 2).pictures]
    captions = {grid(picture).title[1:] for picture in pictures}
    assert len(captions) == 2 and not any(letter.isdigit() for caption in captions for letter in caption)
