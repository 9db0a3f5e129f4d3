"""The documents are true: the API's pages are those of the docstrings, and the tour computes what it shows."""

from __future__ import annotations

import ast
import doctest
import re

import conv
from tools import make_api

ROOT = make_api.ROOT
TOUR, EXTENDING = ROOT / "docs" / "tour.md", ROOT / "docs" / "extending.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_pages_of_the_api_are_up_to_date() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in make_api.API.glob("*.md")}
    made = make_api.made()
    different = sorted(name for name in committed.keys() | made.keys() if committed.get(name) != made.get(name))
    assert different == [], "Run: python -m tools.make_api"


def test_docstrings_become_markdown() -> None:
    docstring = r"""Add ``a`` and :math:`b\,c`; see `conv.f`, `g`.

.. math::

    y = a \; b

=====  =======
name   what
=====  =======
``a``  one
       line
=====  =======

As text::

    a + b

Parameters
----------
a, b : int
    Both.

Raises
------
ConvError
    ``One.``
    ``Other.``

Examples
--------
>>> 1 + 1
2
"""
    places = {"conv.f": "conv.md#f"}
    assert make_api.body(docstring, "conv", places) == r"""Add `a` and $b\thinspace c$; see [`conv.f`](conv.md#f), `g`.

$$
y = a \thickspace b
$$

| name | what |
| --- | --- |
| `a` | one line |

As text:

```text
a + b
```

**Parameters**

- `a`, `b`: int\
  Both.

**Raises**

- ConvError\
  `One.`\
  `Other.`

**Examples**

```python
>>> 1 + 1
2
```"""


def test_every_public_name_is_described() -> None:
    page = (make_api.API / "conv.md").read_text(encoding="utf-8")
    described = dict(re.findall(r"^\| \[`(\w+)`\]\(([^)]+)\)", page, re.MULTILINE))
    assert sorted(described) == sorted(conv.__all__)
    for name, address in described.items():
        file, _, heading = address.partition("#")
        assert heading == name.lower()
        assert f"\n## {name}\n" in (make_api.API / file).read_text(encoding="utf-8")


def test_pictures_are_small_and_shown_somewhere() -> None:
    pictures = sorted((ROOT / "docs" / "images").glob("**/*.png"))
    assert sum(path.stat().st_size for path in pictures) < 2_000_000
    written = "".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    assert [path for path in pictures if path.relative_to(ROOT / "docs").as_posix() not in written] == []


def test_the_tour_computes_what_it_shows() -> None:
    blocks = BLOCK.findall(TOUR.read_text(encoding="utf-8"))
    assert {language for language, _ in blocks} == {"python"}
    assert all(code.startswith(">>> ") for _, code in blocks)
    tour = "\n".join(code for _, code in blocks)
    example = doctest.DocTestParser().get_doctest(tour, {}, "tour.md", str(TOUR), 0)
    assert len(example.examples) > 20
    assert doctest.DocTestRunner().run(example).failed == 0


def test_what_is_to_be_changed_is_where_it_is_said_to_be() -> None:
    text = EXTENDING.read_text(encoding="utf-8")
    prose = BLOCK.sub("", text)
    files = {path for path in re.findall(r"`((?:\w+/)+\w+\.\w+)`", prose) if "squares" not in path}
    assert len(files) > 8
    assert [path for path in sorted(files) if not (ROOT / path).exists()] == []
    named = re.findall(r"`(\w+)` (?:in|of) `([\w/]+\.py)`", prose)
    assert len(named) > 3
    for name, path in named:
        assert re.search(rf"^(def |class )?{name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), name
    for language, code in BLOCK.findall(text):
        if language == "python":
            ast.parse(code)
