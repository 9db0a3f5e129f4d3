"""The documents under docs/, as a page of the app shows them: cut into parts, with links that work here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import quote

from ui.settings import Page, Setting

FOLDER = Path(__file__).parent.parent / "docs"
FIRST = "index"
# In the order of the contents; documents of the folder that are not named here follow, those of api/ through its index.
ORDER = (
    "index", "about", "getting_started", "pages", "students", "exercises", "exercises_answers", "lecturers", "lectures",
    "question_banks", "tour", "api/index", "deploying", "testing", "extending", "about",
)

# Where documents that are also read elsewhere say that the app is; here it is where it is.
APP = "http://localhost:8501/"
FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PICTURE = re.compile(r"^!\[([^\]]+)\]\(([^)\s]+)\)$", re.MULTILINE)
CODE_OR_LINK = re.compile(r"``.+?``|`[^`]+`|\[([^\]]+)\]\(([^)\s]+)\)", re.DOTALL)
ADDRESS = re.compile(r"`/([a-z_]+(?:\?[^\s`]*)?)`")


class Part(NamedTuple):
    """A piece of a document: Markdown, source code, or a picture's file with its words."""

    kind: Literal["text", "code", "picture"]
    content: str
    alt: str = ""


@cache
def titles() -> dict[str, str]:
    """Name the documents, each with the title that its first line is."""
    found = {path.relative_to(FOLDER).with_suffix("").as_posix(): path for path in sorted(FOLDER.glob("**/*.md"))}
    names = [name for name in ORDER if name in found] + [name for name in found if name not in ORDER]
    return {name: found[name].read_text(encoding="utf-8").partition("\n")[0].lstrip("# ") for name in names}


def _read(text: str) -> str:
    if text not in titles():
        raise ValueError(f"the name of a document, such as {ORDER[1]}")
    return text


SETTINGS = (Setting("doc", FIRST, _read),)


def contents(shown: str) -> str:
    """List the documents as links, the one that is shown in bold; those of the API's modules are left to its index."""
    lines = []
    for name, title in titles().items():
        if "/" in name and not name.endswith("/index"):
            continue
        lines.append(f"- **{title}**" if name == shown else f"- [{title}]({address(name)})")
    return "\n".join(lines)


def address(name: str, section: str = "") -> str:
    """Give the address of a document, as seen from the page itself."""
    return f"?doc={quote(name)}" + (f"#{section}" if section else "")


def parts(name: str) -> list[Part]:
    """Cut a document into what is shown by different means."""
    return list(_parts((FOLDER / f"{name}.md").read_text(encoding="utf-8"), name))


def _parts(document: str, name: str) -> Iterator[Part]:
    end = 0
    for found in re.finditer(f"{FENCE.pattern}|{PICTURE.pattern}", document, FENCE.flags):
        yield from _text(document[end : found.start()], name)
        if found[3]:
            yield Part("picture", str((FOLDER / name).parent / found[3]), found[2])
        else:
            yield Part("code", found[1].rstrip("\n"))
        end = found.end()
    yield from _text(document[end:], name)


def _text(markdown: str, name: str) -> Iterator[Part]:
    if markdown.strip():
        yield Part("text", rewritten(markdown, name))


def rewritten(markdown: str, name: str) -> str:
    """Turn the links of a document's Markdown into links of the app.

    A link to another document opens it here, an address of the app in code becomes a link to that page, and of a link
    to another file of the project its words are left.

    >>> rewritten("[Write one](lectures.md#pictures) and see `/explore?h=9`. [Licence](../LICENSE)", "index")
    '[Write one](?doc=lectures#pictures) and see [`/explore?h=9`](explore?h=9). Licence'
    """

    def replaced(found: re.Match[str]) -> str:
        words, target = found.groups()
        if target is None:
            page = ADDRESS.fullmatch(found[0])
            return f"[{found[0]}]({page[1]})" if page else found[0]
        if target.startswith(APP):
            return f"[{words}]({target.removeprefix(APP)})"
        if "://" in target or target.startswith(("#", "mailto:")):
            return found[0]
        path, _, section = target.partition("#")
        other = _relative(path, name)
        return f"[{words}]({address(other, section)})" if other in titles() else words

    return CODE_OR_LINK.sub(replaced, markdown)


def _relative(path: str, name: str) -> str:
    """Name the document that a path leads to from a document; empty where it leads out of the folder."""
    target = ((FOLDER / name).parent / path).resolve()
    inside = target.suffix == ".md" and target.is_relative_to(FOLDER.resolve())
    return target.relative_to(FOLDER.resolve()).with_suffix("").as_posix() if inside else ""


def take(page: Page) -> None:
    """Open the document whose link was followed; a name that is none leaves all as it was."""
    name = page.event("docs", "open")
    if name in titles():
        page.start_from({"doc": name})
