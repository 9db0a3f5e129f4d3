"""The words of a lecture: a small part of Markdown, as a tree that a front end draws."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ui.figures import FONTS

Node = list[Any]  # a tag, then its text or the nodes in it; of a formula its path

BULLET, NUMBERED = re.compile(r"[-*] +"), re.compile(r"\d+[.)] +")
# The first of these that begins earliest; what is in code or a formula is not looked into.
SPAN = re.compile(
    r"(?P<escaped>\\[\\*`$_\[])|`(?P<code>[^`]+)`|\$(?P<formula>[^$\s](?:[^$]*[^$\s])?)\$"
    r"|\*\*(?P<strong>.+?)\*\*|\*(?P<em>[^*\s](?:[^*]*[^*\s])?)\*|\[(?P<text>[^\]]+)\]\((?P<address>[^)\s]+)\)",
    re.DOTALL,
)
FORMULA_SIZE = 100  # units to the em
LONGEST_FORMULA = 300  # characters


@lru_cache(maxsize=4096)
def markdown(text: str) -> tuple[Node, ...]:
    r"""Read paragraphs, lists, ``**strong**``, ``*emphasis*``, code, links and formulas in dollars.

    Raises
    ------
    ValueError
        Of a formula that can't be read.

    Examples
    --------
    >>> markdown("Slide **one** window")
    (['p', ['text', 'Slide '], ['strong', ['text', 'one']], ['text', ' window']],)
    >>> markdown("- 3 `weights`\n- 1 bias")
    (['ul', ['li', ['text', '3 '], ['code', ['text', 'weights']]], ['li', ['text', '1 bias']]],)
    """
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.strip().split("\n")]
        paragraph: list[str] = []
        items: list[list[str]] = []
        tag = ""
        for line in lines:
            marker = BULLET.match(line) or NUMBERED.match(line)
            if marker:
                tag = tag or ("ul" if BULLET.match(line) else "ol")
                items.append([line[marker.end() :]])
            else:
                (items[-1] if items else paragraph).append(line)
        if any(paragraph):
            blocks.append(["p", *_spans(" ".join(paragraph))])
        if items:
            blocks.append([tag, *(["li", *_spans(" ".join(item))] for item in items)])
    return tuple(blocks)


def _spans(text: str) -> list[Node]:
    nodes: list[Node] = []
    end = 0
    for found in SPAN.finditer(text):
        if found.start() > end:
            nodes.append(["text", text[end : found.start()]])
        end = found.end()
        nodes.append(_span(found))
    if end < len(text):
        nodes.append(["text", text[end:]])
    return nodes


def _span(found: re.Match[str]) -> Node:
    kind = str(found.lastgroup)
    if kind == "escaped":
        return ["text", found[kind][1:]]
    if kind == "code":
        return ["code", ["text", found[kind]]]
    if kind == "formula":
        return formula(found[kind])
    if kind == "address":
        if not re.match(r"https?://|[\w/?]", found["address"]) or re.match(r"(?!https?:)\w+:", found["address"]):
            raise ValueError(f"has a link that is no address: {found['address'][:40]}.")
        return ["a", found["address"], *_spans(found["text"])]
    return [kind, *_spans(found[kind])]


def lengths(text: str) -> list[int]:
    r"""Count the letters of each paragraph and list item, a formula's by its width: their room, none of their words.

    Examples
    --------
    >>> lengths("Slide **one** window\n\n- 3 `weights`\n- 1 bias")
    [16, 9, 6]
    """
    parts = [part for block in markdown(text) for part in (block[1:] if block[0] in ("ul", "ol") else [block])]
    return [_length(part) for part in parts]


def _length(node: Node) -> int:
    if node[0] == "text":
        return len(node[1])
    if node[0] == "formula":
        return int(node[3][2] / (FORMULA_SIZE / 2))
    return sum(_length(part) for part in node[1:] if isinstance(part, list))


def formula(source: str) -> Node:
    """Set a formula as a path, in hundredths of the text's size: no font or script is needed to show it."""
    if len(source) > LONGEST_FORMULA:
        raise ValueError(f"has a formula of {len(source)} characters: at most {LONGEST_FORMULA} are set.")
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    try:
        with FONTS:
            path = TextPath((0, 0), f"${source}$", size=FORMULA_SIZE, prop=FontProperties(math_fontfamily="stix"))
    except (ValueError, RecursionError):
        raise ValueError(f"has a formula that can't be read: ${source[:60]}$.") from None
    box = path.get_extents()
    left, bottom, right, top = (round(float(edge)) for edge in (min(box.x0, 0), box.y0, box.x1, box.y1))
    drawn = _path(path.vertices, path.codes)
    return ["formula", source, drawn, [left, -top, right - left + 4, top - bottom]]


def _path(vertices: Any, codes: Any) -> str:
    """Spell a matplotlib path as SVG does, y downwards."""
    letters = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
    spelled = []
    before = 0
    for (x, y), code in zip(vertices, codes, strict=True):
        if code == 79:
            spelled.append("Z")
        else:
            # The letter of a curve stands before its first point only.
            continues = code == before and code in (3, 4)
            spelled.append(f"{'' if continues else letters[code]}{x:.1f} {-y:.1f}")
        before = code
    return " ".join(spelled)
