"""The rules of the house, held by reading its source: who may import whom, and what stays out of which room."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# app → pages → ui → conv: a room may import itself and the rooms on its right, but pages don't import each other.
MAY_IMPORT = {
    "app": {"pages", "ui", "conv"},
    "pages": {"ui", "conv"},
    "ui": {"ui", "conv"},
    "conv": {"conv"},
}
OTHER_ROOMS = {"tests", "tools", "benchmarks"}
FRONT = ("app", "pages", "ui")

# The core also runs where there are neither threads nor processes.
STARTS_OTHERS = {"threading", "_thread", "multiprocessing", "concurrent", "asyncio", "subprocess"}
STATE = {"session_state", "query_params"}
KEEPS_STATE = "ui/settings.py"
HTML_TAG = re.compile(r"<\s*/?\s*(script|style|div|span|iframe|svg|table)\b", re.IGNORECASE)
OUTSIDE_ADDRESS = re.compile(r"(?:https?|wss?)://(?!www\.w3\.org\b)[^\s\"'`)]+|(?<=[\"'`(])//\w[^\s\"'`)]+")
LONGEST_FUNCTION = 60


def sources(root: Path, *rooms: str) -> Iterator[tuple[str, str, ast.Module]]:
    """Room, path and syntax tree of each Python file in the rooms."""
    for room in rooms:
        for path in sorted([*root.glob(f"{room}.py"), *root.glob(f"{room}/**/*.py")]):
            yield room, path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module, room: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, also inside functions; a relative import is one from the room."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"{room}.{node.module or ''}" if node.level else str(node.module)
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def wrong_imports(root: Path) -> list[str]:
    """Imports against the dependency rule."""
    return [
        f"{path}:{line} imports {name}"
        for room, path, tree in sources(root, *MAY_IMPORT)
        for line, name in imports(tree, room)
        if name.split(".")[0] in (set(MAY_IMPORT) | OTHER_ROOMS) - MAY_IMPORT[room]
    ]


def foreign_imports_of_the_core(root: Path) -> list[str]:
    """Imports of ``conv`` from outside NumPy and the standard library, and what starts threads or processes."""
    allowed = (sys.stdlib_module_names | {"numpy", "conv"}) - STARTS_OTHERS
    return [
        f"{path}:{line} imports {name}"
        for room, path, tree in sources(root, "conv")
        for line, name in imports(tree, room)
        if name.split(".")[0] not in allowed
    ]


def pyplot_imports(root: Path) -> list[str]:
    """Imports of pyplot: its figures are shared by all sessions, and it draws slowly."""
    return [
        f"{path}:{line} imports {name}"
        for room, path, tree in sources(root, *MAY_IMPORT)
        for line, name in imports(tree, room)
        if "pyplot" in name.split(".")
    ]


def state_outside_settings(root: Path) -> list[str]:
    """Uses of the session's state or the page's link outside the one file that keeps them."""
    found = []
    for room, path, tree in sources(root, *FRONT):
        if path == KEEPS_STATE:
            continue
        used = [(node.lineno, node.attr) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
        used += [(node.value.lineno, node.arg) for node in ast.walk(tree) if isinstance(node, ast.keyword)]
        used += [(line, name.split(".")[-1]) for line, name in imports(tree, room)]
        found += [f"{path}:{line} uses {name}" for line, name in used if name in STATE]
    return found


def html_in_python(root: Path) -> list[str]:
    """HTML in strings, and the switch that lets it through: markup belongs in the files of a component."""
    found = []
    for _, path, tree in sources(root, *FRONT):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and HTML_TAG.search(node.value):
                found.append(f"{path}:{node.lineno} holds {HTML_TAG.search(node.value)[0]}")
            if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
                found.append(f"{path}:{node.lineno} uses unsafe_allow_html")
    return found


def outside_addresses(root: Path) -> list[str]:
    """Addresses of other hosts in scripts and style sheets; the names of W3C's namespaces are no requests."""
    found = []
    for path in sorted(path for ending in ("js", "css", "html", "svg") for path in root.glob(f"assets/**/*.{ending}")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found += [f"{path.relative_to(root).as_posix()}:{number} {url}" for url in OUTSIDE_ADDRESS.findall(line)]
    return found


def long_functions(root: Path) -> list[str]:
    """Functions whose body, without the docstring, is longer than a reader can hold."""
    found = []
    for _, path, tree in sources(root, *MAY_IMPORT):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                start = node.body[0].end_lineno if ast.get_docstring(node) else node.lineno
                if node.end_lineno - start > LONGEST_FUNCTION:
                    found.append(f"{path}:{node.lineno} {node.name}: {node.end_lineno - start} lines")
    return found


RULES = [
    wrong_imports,
    foreign_imports_of_the_core,
    pyplot_imports,
    state_outside_settings,
    html_in_python,
    outside_addresses,
    long_functions,
]

# What each rule must find, and the same place as it should be. One line of source a case, in a house of one file.
LONG = "def draw():\n" + "    x = 1\n" * 61
LONG_ONLY_IN_WORDS = 'def draw():\n    """Draw.' + "\n" * 61 + '    """\n    x = 1\n'
BROKEN = [
    (wrong_imports, "conv/a.py", "import ui.figures", "import conv.geometry"),
    (wrong_imports, "conv/quiz/a.py", "from pages import explore", "from conv import geometry"),
    (wrong_imports, "ui/a.py", "def f():\n    from pages.explore import show", "from ui import settings"),
    (wrong_imports, "ui/a.py", "import app", "import conv"),
    (wrong_imports, "pages/a.py", "from pages import explore", "from ui import settings"),
    (wrong_imports, "pages/a.py", "from . import explore", "import conv"),
    (wrong_imports, "app.py", "from tests import helpers", "import ui"),
    (foreign_imports_of_the_core, "conv/a.py", "import streamlit as st", "import numpy as np"),
    (foreign_imports_of_the_core, "conv/a.py", "from concurrent.futures import Executor", "from json import loads"),
    (foreign_imports_of_the_core, "conv/quiz/a.py", "def f():\n    import threading", "from .b import c"),
    (pyplot_imports, "ui/a.py", "import matplotlib.pyplot as plt", "import matplotlib.figure"),
    (pyplot_imports, "pages/a.py", "from matplotlib import pyplot", "from matplotlib.figure import Figure"),
    (state_outside_settings, "pages/a.py", "st.session_state['h'] = 1", "page_link(path, label, SETTINGS, {'h': 1})"),
    (state_outside_settings, "ui/a.py", "st.page_link(page, query_params={'h': 1})", "ready_link(link, label)"),
    (state_outside_settings, "app.py", "st.query_params.clear()", "settings.clear()"),
    (state_outside_settings, "ui/a.py", "from streamlit import session_state", "from ui import settings"),
    (html_in_python, "pages/a.py", "st.markdown('**a**', unsafe_allow_html=True)", "st.markdown('**a**')"),
    (html_in_python, "ui/a.py", "x = f'<div class={name}>'", "x = 'a < b'"),
    (html_in_python, "app.py", "'''\n<STYLE>\n'''", "'style'"),
    (outside_addresses, "assets/components/a/a.js", 'fetch("https://example.com/x")', 'fetch("app/static/x.js")'),
    (outside_addresses, "assets/a.css", "@import url(//example.com/x.css)", "a { color: red } /* a // b */"),
    (outside_addresses, "assets/a.js", 'new WebSocket("ws://example.com")', 'const NS = "http://www.w3.org/2000/svg"'),
    (long_functions, "ui/a.py", LONG, LONG_ONLY_IN_WORDS),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule: Callable[[Path], list[str]]) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize(("rule", "path", "wrong", "right"), BROKEN)
def test_each_rule_can_fail(tmp_path: Path, rule, path: str, wrong: str, right: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(right)
    assert rule(tmp_path) == []
    file.write_text(wrong)
    assert len(rule(tmp_path)) == 1


def test_settings_alone_may_keep_state(tmp_path: Path) -> None:
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui/settings.py").write_text("st.session_state['h'] = 1")
    assert state_outside_settings(tmp_path) == []


def test_the_rules_read_every_room() -> None:
    """A rule that finds no file to read would hold whatever the house says."""
    assert {room for room, _, _ in sources(ROOT, *MAY_IMPORT)} == set(MAY_IMPORT)
    assert list(ROOT.glob("assets/**/*.js"))
