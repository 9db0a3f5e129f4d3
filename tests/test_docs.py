"""The documents are true: the API's pages are those of the docstrings, and the tour computes what it shows."""

from __future__ import annotations

import doctest
import re

import conv
from tools import make_api

TOUR = make_api.ROOT / "docs" / "tour.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_pages_of_the_api_are_up_to_date() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in make_api.API.glob("*.md")}
    made = make_api.made()
    different = sorted(name for name in committed.keys() | made.keys() if committed.get(name) != made.get(name))
    assert different == [], "Run: python -m tools.make_api"


def test_every_public_name_is_described() -> None:
    page = (make_api.API / "conv.md").read_text(encoding="utf-8")
    described = dict(re.findall(r"^\| \[`(\w+)`\]\(([^)]+)\)", page, re.MULTILINE))
    assert sorted(described) == sorted(conv.__all__)
    for name, address in described.items():
        file, _, heading = address.partition("#")
        assert heading == name.lower()
        assert f"\n## {name}\n" in (make_api.API / file).read_text(encoding="utf-8")


def test_the_tour_computes_what_it_shows() -> None:
    blocks = BLOCK.findall(TOUR.read_text(encoding="utf-8"))
    assert {language for language, _ in blocks} == {"python"}
    assert all(code.startswith(">>> ") for _, code in blocks)
    tour = "\n".join(code for _, code in blocks)
    example = doctest.DocTestParser().get_doctest(tour, {}, "tour.md", str(TOUR), 0)
    assert len(example.examples) > 20
    assert doctest.DocTestRunner().run(example).failed == 0
