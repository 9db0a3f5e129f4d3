"""Write docs/api/ from the docstrings of the core: ``python -m tools.make_api``.

A page a module: its public functions and classes with their signatures, and their docstrings (numpydoc) as
Markdown. The source is read, not run.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[1]
API = ROOT / "docs" / "api"
PACKAGE = "conv"
WIDTH = 100  # a signature that is longer takes a line an argument

SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
LISTS = ("Parameters", "Returns", "Yields", "Raises", "Attributes")
ROLE = re.compile(r":math:`(.+?)`|``(.+?)``(?!`)|`(\w[\w.]*)`", re.DOTALL)

Definition = ast.FunctionDef | ast.ClassDef
Places = dict[str, str]  # addresses by full names


def main() -> None:
    """Write the pages, and remove those of modules that are gone."""
    API.mkdir(parents=True, exist_ok=True)
    pages = made()
    for path in set(API.glob("*.md")) - {API / name for name in pages}:
        path.unlink()
    for name, text in pages.items():
        (API / name).write_text(text, encoding="utf-8")


def made() -> dict[str, str]:
    """Make every page, by the name of its file."""
    paths = sorted(ROOT.glob(f"{PACKAGE}/**/*.py"), key=module_name)
    modules = {module_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    places = places_of(modules)
    pages = {file_of(name): page(name, modules, places) for name in modules}
    return pages | {"index.md": index(modules)}


def places_of(modules: dict[str, ast.Module]) -> Places:
    """Give the page of each module, and the heading under which each function, class and method is described."""
    places: Places = {module: file_of(module) for module in modules}
    for module, tree in modules.items():
        for found in public(tree):
            methods = public(found) if isinstance(found, ast.ClassDef) else []
            for name in (found.name, *(f"{found.name}.{method.name}" for method in methods)):
                places[f"{module}.{name}"] = f"{file_of(module)}#{name.lower().replace('.', '')}"
    for module, name in exported(modules[PACKAGE]):
        places[f"{PACKAGE}.{name}"] = places[f"{module}.{name}"]
    return places


def module_name(path: Path) -> str:
    """Name a module by its file: ``conv/quiz/__init__.py`` is ``conv.quiz``."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def file_of(module: str) -> str:
    """Name a module's page."""
    return f"{module}.md"


def public(tree: ast.Module | ast.ClassDef) -> list[Definition]:
    """Give what is defined under a name without an underscore, in the source's order."""
    return [node for node in tree.body if isinstance(node, Definition) and not node.name.startswith("_")]


# ---- pages ---------------------------------------------------------------------------------------


def index(modules: dict[str, ast.Module]) -> str:
    """List the modules, each with the first sentence that it says of itself."""
    lines = ["# The API", "", "Made from the docstrings by `python -m tools.make_api`. Start with [conv](conv.md).", ""]
    lines += ["| module | what it is for |", "|---|---|"]
    lines += [f"| [{name}]({file_of(name)}) | {prose(summary(tree), name, {})} |" for name, tree in modules.items()]
    return "\n".join(lines) + "\n"


def summary(tree: ast.Module | Definition) -> str:
    """Give the first paragraph of a docstring, on one line."""
    return " ".join((ast.get_docstring(tree) or "").partition("\n\n")[0].split())


def page(name: str, modules: dict[str, ast.Module], places: Places) -> str:
    """Make a module's page."""
    tree = modules[name]
    parts = [f"# {name}", body(ast.get_docstring(tree) or "", name, places)]
    if name == PACKAGE:
        parts.append(offered(modules, places))
    for found in public(tree):
        parts += [f"## {found.name}", described(found, name, places)]
        for method in public(found) if isinstance(found, ast.ClassDef) else []:
            parts += [f"### {found.name}.{method.name}", described(method, name, places)]
    return "\n\n".join(part for part in parts if part) + "\n"


def exported(package: ast.Module) -> list[tuple[str, str]]:
    """Give the names that the package itself offers, each with its module."""
    taken = [node for node in package.body if isinstance(node, ast.ImportFrom) and node.module]
    return [(str(node.module), alias.name) for node in taken for alias in node.names]


def offered(modules: dict[str, ast.Module], places: Places) -> str:
    """Make a table of the names that the package itself offers."""
    lines = ["| name | what it does |", "|---|---|"]
    for module, name in exported(modules[PACKAGE]):
        found = next(node for node in public(modules[module]) if node.name == name)
        lines.append(f"| [`{name}`]({places[f'{module}.{name}']}) | {prose(summary(found), module, places)} |")
    return "\n".join(lines)


def described(node: Definition, module: str, places: Places) -> str:
    """Give a signature and what the docstring says."""
    return f"```python\n{signature(node)}\n```\n\n{body(ast.get_docstring(node) or '', module, places)}".rstrip()


def signature(node: Definition) -> str:
    """Spell a function's head, or what a class takes."""
    if isinstance(node, ast.ClassDef):
        start = next((part for part in node.body if getattr(part, "name", "") == "__init__"), None)
        if isinstance(start, ast.FunctionDef):
            return call(node.name, arguments(start))
        return call(node.name, [ast.unparse(part) for part in node.body if isinstance(part, ast.AnnAssign)])
    returns = ast.unparse(node.returns) if node.returns else "None"
    if any(isinstance(name, ast.Name) and name.id == "property" for name in node.decorator_list):
        return f"{node.name}: {returns}"
    return f"{call(node.name, arguments(node))} -> {returns}"


def arguments(node: ast.FunctionDef) -> list[str]:
    """Spell a function's arguments, one by one, without the object itself."""
    found, depth = [""], 0
    for letter in ast.unparse(node.args):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [spaced(text.strip()) for text in found if text.strip() not in ("", "self", "cls")]


def spaced(argument: str) -> str:
    """Put spaces around the default of what has a type, as Python's authors write it."""
    typed, _, default = argument.partition("=")
    return f"{typed} = {default}" if ":" in typed and default else argument


def call(name: str, given: list[str]) -> str:
    """Spell a call, on one line if that is short."""
    line = f"{name}({', '.join(given)})"
    return line if len(line) <= WIDTH else "\n".join([f"{name}(", *(f"    {part}," for part in given), ")"])


# ---- numpydoc to Markdown ------------------------------------------------------------------------


def body(docstring: str, module: str, places: Places) -> str:
    """Turn a docstring into Markdown."""
    first, *rest = SECTION.split(docstring)
    parts = [blocks(first, module, places)]
    for title, text in zip(rest[::2], rest[1::2], strict=True):
        written = listed(text, module, places) if title in LISTS else blocks(text, module, places)
        parts.append(f"**{title}**\n\n{written}")
    return "\n\n".join(part for part in parts if part)


def listed(text: str, module: str, places: Places) -> str:
    """Turn the entries of a section, each a line and what is indented below it, into a list."""
    return "\n".join(entry(found, module, places) for found in re.split(r"\n(?=\S)", text.strip("\n")))


def entry(text: str, module: str, places: Places) -> str:
    """Turn one entry into an item of a list."""
    head, _, rest = text.partition("\n")
    names, colon, kind = head.partition(" : ")
    named = ", ".join(f"`{name}`" for name in names.split(", ")) + (f": {prose(kind, module, places)}" if kind else "")
    told = [named if colon else prose(head, module, places)]
    # Each sentence of an error is on lines of its own, and so in code of its own.
    told += re.split(r"(?<=``)\n(?=``)|\n\s*\n", dedent(rest).strip())
    return "- " + "\\\n  ".join([told[0], *(prose(part, module, places) for part in told[1:] if part)])


def blocks(text: str, module: str, places: Places) -> str:
    """Turn paragraphs, tables, formulas, literal blocks and examples into Markdown."""
    found: list[str] = []
    literal = ""  # what the last paragraph announced
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        if part.startswith(" ") and literal:
            found.append(f"$$\n{latex(dedent(part))}\n$$" if literal == "math" else f"```text\n{dedent(part)}\n```")
        elif part == ".. math::":
            literal = "math"
        elif part.startswith(">>>"):
            found.append(f"```python\n{part}\n```")
        elif part.startswith("==="):
            found.append(table(part, module, places))
        else:
            literal = "text" if part.endswith("::") else ""
            found.append(prose(part.removesuffix(":") if literal else part, module, places))
    return "\n\n".join(found)


def table(text: str, module: str, places: Places) -> str:
    """Turn a table between rules of ``=`` into Markdown's; a row without a first cell goes on with the one above."""
    lines = text.split("\n")
    columns = [match.span() for match in re.finditer("=+", lines[0])]
    ends = [start for start, _ in columns[1:]] + [None]
    rows: list[list[str]] = []
    for line in lines:
        cells = [line[start:end].strip() for (start, _), end in zip(columns, ends, strict=True)]
        if line.startswith("="):
            continue
        if cells[0] or not rows:
            rows.append(cells)
        else:
            rows[-1] = [f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)]
    if sum(line.startswith("=") for line in lines) == 2:
        rows.insert(0, [""] * len(columns))  # Markdown's tables have a head
    rows.insert(1, ["---"] * len(columns))
    return "\n".join("| " + " | ".join(cell_of(cell, module, places) for cell in row) + " |" for row in rows)


def cell_of(text: str, module: str, places: Places) -> str:
    """Spell a cell; a bar in it ends none."""
    return prose(text, module, places).replace("|", r"\|")


def latex(formula: str) -> str:
    r"""Name the spaces ``\,`` and ``\;``, of which GitHub would leave the comma and the semicolon."""
    return re.sub(r"\\, ?", r"\\thinspace ", re.sub(r"\\; ?", r"\\thickspace ", formula))


def prose(text: str, module: str, places: Places) -> str:
    """Turn a paragraph's marks into Markdown's, and names of the core into links."""

    def marked(found: re.Match[str]) -> str:
        formula, code, name = found.groups()
        if formula:
            return f"${latex(formula)}$"
        if code:
            return f"`` {code} ``" if "`" in code else f"`{code}`"
        known = [full for full in (f"{module}.{name}", name, f"{PACKAGE}.{name}") if full in places]
        return f"[`{name}`]({places[known[0]]})" if known else found[0]

    return ROLE.sub(marked, " ".join(text.split()))


if __name__ == "__main__":
    main()
