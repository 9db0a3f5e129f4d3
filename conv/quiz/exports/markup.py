r"""The little Markdown that questions are written in, read once for all who set it: as HTML, or on paper.

Paragraphs, lists (``- …``, ``1. …``), tables, fenced code; within a line ``**strong**``, ``*stressed*``, ```code```,
``[words](address)``, LaTeX between dollar signs, and a backslash before what is meant literally.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of a line in one style."""

    text: str
    style: str = "words"  # or "math", "code", "strong", "stressed", "link"
    address: str = ""


class Block(NamedTuple):
    """A paragraph and its like: its lines, of a table the cells of its rows."""

    kind: str  # "paragraph", "bullets", "numbers", "table" or "code"
    rows: tuple[tuple[str, ...], ...]


SPAN = re.compile(
    r"\\(?P<literal>[\\`*_{}\[\]()#+.!$~|<>-])"
    r"|\$\$(?P<display>[^$]+)\$\$|\$(?P<math>[^$\s](?:[^$]*[^$\s])?)\$"
    r"|(?P<ticks>`+)(?P<code>.+?)(?P=ticks)"
    r"|\*\*(?P<strong>.+?)\*\*(?!\*)"
    r"|(?<![\w*])\*(?P<stressed>[^*\s](?:[^*]*[^*\s])?)\*(?![\w*])"
    r"|\[(?P<label>[^\[\]]+)\]\((?P<address>[^()\s]+)\)",
    re.DOTALL,
)
ITEM = re.compile(r"(?P<bullet>[-*+])\s+|(?P<number>\d+)[.)]\s+")
RULE = re.compile(r"\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?")  # below a table's head


def spans(text: str) -> list[Span]:
    r"""Take a line apart.

    >>> [span.style for span in spans(r"Two **big** $3\times 3$ kernels")]
    ['words', 'strong', 'words', 'math', 'words']
    """
    found: list[Span] = []
    done = 0
    for match in SPAN.finditer(text):
        found.append(Span(text[done:match.start()]))
        done = match.end()
        style = next(name for name in ("literal", "display", "math", "code", "strong", "stressed", "label")
                     if match[name] is not None)
        inside = match[style].strip() if style in ("display", "code") else match[style]
        style = {"literal": "words", "display": "math", "label": "link"}.get(style, style)
        found.append(Span(inside, style, match["address"] or ""))
    found.append(Span(text[done:]))
    return _together(found)


def _together(found: list[Span]) -> list[Span]:
    """Words that follow on one another are one span."""
    spans: list[Span] = []
    for span in found:
        if spans and span.style == spans[-1].style == "words":
            spans[-1] = Span(spans[-1].text + span.text)
        elif span.text:
            spans.append(span)
    return spans


def blocks(text: str) -> list[Block]:
    """Take a text apart into its paragraphs, lists, tables and code.

    >>> [block.kind for block in blocks("Say:" + chr(10) + "- one" + chr(10) + "- two")]
    ['paragraph', 'bullets']
    """
    found: list[Block] = []
    lines = text.strip("\n").split("\n")
    while lines:
        line = lines.pop(0)
        if not line.strip():
            continue
        if line.lstrip().startswith("```"):
            code = list(_until(lines, lambda line: line.lstrip().startswith("```")))
            found.append(Block("code", tuple((line,) for line in code)))
            lines = lines[1:]
        elif _starts_list(line):
            found.append(_list([line, *_until(lines, lambda line: not line.strip())]))
        elif "|" in line and lines and "|" in lines[0] and RULE.fullmatch(lines[0].strip()):
            rows = [line, *list(_until(lines, lambda line: "|" not in line))[1:]]
            found.append(Block("table", tuple(_cells(row) for row in rows)))
        else:
            rest = _until(lines, lambda line: not line.strip() or _starts_list(line) or line.lstrip()[:3] == "```")
            found.append(Block("paragraph", _broken([line, *rest])))
    return found


def _until(lines: list[str], ends: Callable[[str], bool]) -> Iterator[str]:
    """Take lines away from the front until one ends the block."""
    while lines and not ends(lines[0]):
        yield lines.pop(0)


def _starts_list(line: str) -> bool:
    return bool(ITEM.match(line.lstrip()))


def _list(lines: list[str]) -> Block:
    """A list; a line without its own mark goes on with the item before."""
    items: list[str] = []
    for line in lines:
        mark = ITEM.match(line.lstrip())
        if mark:
            items.append(line.lstrip()[mark.end():])
        else:
            items[-1] += " " + line.strip()
    first = ITEM.match(lines[0].lstrip())
    return Block("bullets" if first and first["bullet"] else "numbers", tuple((item,) for item in items))


def _cells(row: str) -> tuple[str, ...]:
    inside = row.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", inside))


def _broken(lines: list[str]) -> tuple[tuple[str, ...], ...]:
    r"""Join the lines of a paragraph, except where two spaces or a backslash at the end ask for a new one."""
    joined = [""]
    for line in lines:
        joined[-1] = f"{joined[-1]} {line.strip()}".strip()
        if line.endswith(("  ", "\\")):
            joined[-1] = joined[-1].removesuffix("\\").rstrip()
            joined.append("")
    return tuple((line,) for line in joined if line)


# ---- as HTML -------------------------------------------------------------------------------


def html(text: str, *, math: tuple[str, str] = (r"\(", r"\)")) -> str:
    r"""Write the Markdown as HTML, on one line.

    Parameters
    ----------
    text : str
    math : pair of str
        What stands around LaTeX: ``\(`` and ``\)`` are what Moodle's MathJax looks for.

    Returns
    -------
    str

    Examples
    --------
    >>> html("How many **rows** has $o$ if $n < 5$?")
    '<p>How many <strong>rows</strong> has \\(o\\) if \\(n &lt; 5\\)?</p>'
    """
    return "".join(_block_html(block, math) for block in blocks(text))


def _block_html(block: Block, math: tuple[str, str]) -> str:
    if block.kind == "code":
        return "<pre><code>" + "<br />".join(escape(line, quote=False) for (line,) in block.rows) + "</code></pre>"
    rows = [[line_html(cell, math=math) for cell in row] for row in block.rows]
    if block.kind == "table":
        head, *body = rows
        cells = ["".join(f"<th>{cell}</th>" for cell in head)]
        cells += ["".join(f"<td>{cell}</td>" for cell in row) for row in body]
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"
    if block.kind == "paragraph":
        return "<p>" + "<br />".join(line for (line,) in rows) + "</p>"
    tag = "ul" if block.kind == "bullets" else "ol"
    return f"<{tag}>" + "".join(f"<li>{item}</li>" for (item,) in rows) + f"</{tag}>"


def line_html(text: str, *, math: tuple[str, str] = (r"\(", r"\)")) -> str:
    """Write a single line as HTML, without a paragraph around it."""
    return "".join(_span_html(span, math) for span in spans(text))


def _span_html(span: Span, math: tuple[str, str]) -> str:
    if span.style in ("words", "code", "math"):
        inside = escape(span.text, quote=False)
        return {"words": inside, "code": f"<code>{inside}</code>", "math": math[0] + inside + math[1]}[span.style]
    inside = line_html(span.text, math=math)
    if span.style == "link":
        return f'<a href="{escape(span.address)}">{inside}</a>'
    tag = "strong" if span.style == "strong" else "em"
    return f"<{tag}>{inside}</{tag}>"


def literally(text: str) -> str:
    r"""Write words as Markdown that means no more than they say.

    >>> print(literally("5 * 5 is $25_0"))
    5 \* 5 is \$25\_0
    """
    marked = re.sub(r"([\\`*_{}\[\]()#+!$~|<>-])", r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+)\.", r"\1\\.", marked)
