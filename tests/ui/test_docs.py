"""The documents as the app shows them: links, parts and contents, and that every address in them opens as written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.ui.conftest import page_with
from ui import docs, lectures

ROOT = Path(__file__).parents[2]
WRITTEN = sorted(name for name in docs.titles() if not name.startswith("api/"))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[a](lectures.md)", "[a](?doc=lectures)"),
        ("[a `b`](lectures.md#pictures)", "[a `b`](?doc=lectures#pictures)"),
        ("[a](#pictures) and [b](https://example.com/x.md)", "[a](#pictures) and [b](https://example.com/x.md)"),
        ("[Explore: `/explore?h=9`](http://localhost:8501/explore?h=9)", "[Explore: `/explore?h=9`](explore?h=9)"),
        ("[the licence](../LICENSE), [rules](../CONTRIBUTING.md)", "the licence, rules"),
        ("[a](nothing.md)", "a"),
        ("`[a](lectures.md)` and `` `/explore` ``", "`[a](lectures.md)` and `` `/explore` ``"),
        ("`/explore?h=9&w=9`, `/quiz`", "[`/explore?h=9&w=9`](explore?h=9&w=9), [`/quiz`](quiz)"),
        ("`conv/geometry.py` and `/pages/x.py`", "`conv/geometry.py` and `/pages/x.py`"),
    ],
)
def test_links_lead_to_where_they_do_in_the_folder(written: str, shown: str) -> None:
    assert docs.rewritten(written, "index") == shown


def test_links_are_relative_to_their_document() -> None:
    assert docs.rewritten("[a](../lectures.md)", "api/index") == "[a](?doc=lectures)"
    assert docs.rewritten("[a](lectures.md)", "api/index") == "a"


def test_a_document_is_cut_into_text_code_and_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "FOLDER", tmp_path)
    code = "```python\nx = 1\n\n![no picture](y.png)\n```"
    (tmp_path / "one.md").write_text(f"# Title\n\n![A grid](images/grid.png)\n\n{code}\nThe end ![inline](z.png)\n")
    found = docs.parts("one")
    assert [part.kind for part in found] == ["text", "picture", "code", "text"]
    assert found[1].content == str(tmp_path / "images" / "grid.png") and found[1].alt == "A grid"
    assert found[2].content == "x = 1\n\n![no picture](y.png)"


def test_contents_name_every_document_but_those_of_the_modules() -> None:
    shown = docs.contents("lectures")
    assert "- **Lectures**" in shown
    assert set(re.findall(r"\?doc=([\w/]+)", shown)) == {*WRITTEN, *({"api/index"} & set(docs.titles()))} - {"lectures"}


def test_only_a_document_is_opened() -> None:
    page = page_with()
    page.declared = {setting.name: setting for setting in docs.SETTINGS}
    for name in ("nonsense", "../README", None):
        page.event = lambda component, event, name=name: name
        docs.take(page)
        assert "doc" not in page.link()
    page.event = lambda component, event: "lectures"
    docs.take(page)
    assert page.link() == {"doc": "lectures"}


@pytest.mark.parametrize("name", docs.titles())
def test_code_stands_by_itself(name: str) -> None:
    """In a list it would be shown by Streamlit's Markdown, whose colours of code are too faint."""
    assert not re.search("^ +```", (docs.FOLDER / f"{name}.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", WRITTEN)
def test_every_address_opens_as_it_is_written(name: str) -> None:
    text = " ".join(part.content for part in docs.parts(name) if part.kind == "text")
    addresses = re.findall(r"\[`/[^`]+`\]\(([^)]+)\)", text)
    assert {re.split(r"\W", found)[0] for found in addresses} <= {path.stem for path in (ROOT / "pages").glob("*.py")}
    pictures = [found for found in addresses if not re.match("lecture|docs", found)]  # whose settings are known there
    scenes = "".join(f'[[scene]]\ntitle = "s"\npicture = "{found}"\n' for found in pictures)
    if scenes:
        lectures.read(f'title = "All addresses"\n{scenes}'.encode())
