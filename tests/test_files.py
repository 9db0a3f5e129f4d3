"""The files around the code say what is so: requirements, version, licence and links."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from tools import get_browser

ROOT = Path(__file__).parents[1]
REQUIREMENT_FILES = sorted(path.name for path in ROOT.glob("requirements*.txt"))
DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
# A link's target; in code, what looks like a link is none.
CITATION_KEYS = {
    "cff-version", "message", "type", "title", "abstract", "authors", "version", "date-released", "license", "keywords",
    "url", "repository-code", "doi", "identifiers", "preferred-citation", "references", "contact", "commit",
}
LINK = re.compile(r"^```.*?^```$|``.+?``|`[^`]+`|\[[^\]]*\]\(([^)#\s]+)", re.DOTALL | re.MULTILINE)


def requirements(name: str) -> dict[str, Requirement]:
    """The packages a requirement file names itself."""
    lines = (line.split(" #")[0].strip() for line in (ROOT / name).read_text().splitlines())
    parsed = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r "))]
    return {requirement.name: requirement for requirement in parsed}


def test_the_app_needs_very_little() -> None:
    assert set(requirements("requirements.txt")) == {"streamlit", "numpy", "matplotlib", "pillow", "segno"}


@pytest.mark.parametrize("name", REQUIREMENT_FILES)
def test_requirements_have_a_lower_bound_and_no_pin(name: str) -> None:
    assert requirements(name)
    for requirement in requirements(name).values():
        assert [bound.operator for bound in requirement.specifier] == [">="], requirement


@pytest.mark.parametrize("name", ["requirements-dev.txt", "requirements-bench.txt"])
def test_other_requirements_build_on_the_apps(name: str) -> None:
    assert "-r requirements.txt" in (ROOT / name).read_text().splitlines()
    assert not requirements(name).keys() & requirements("requirements.txt").keys()


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert str(Version(project["version"])) == project["version"]
    sources = [path for room in ("conv", "ui", "pages") for path in ROOT.glob(f"{room}/**/*.py")]
    assert [path for path in sources if "__version__" in path.read_text(encoding="utf-8")] == []
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    released = re.search(r"^## (\S+) \((\S+)\)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert (citation["version"], citation["date-released"]) == released.groups()
    assert project["version"] == citation["version"]  # said again where people cite, and held to it here


def test_the_citation_is_one_that_readers_understand() -> None:
    """The Citation File Format 1.2.0: what it requires, no key that it has not, and values of their kinds."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys() <= CITATION_KEYS
    assert citation["type"] == "software"
    assert citation["license"] == "MIT" and "MIT License" in (ROOT / "LICENSE").read_text()
    assert isinstance(citation["version"], str)
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", citation["date-released"])
    assert citation["authors"]
    assert all("name" in author or "family-names" in author for author in citation["authors"])
    assert len(set(citation["keywords"])) == len(citation["keywords"])


def test_streamlits_settings_are_the_ones_that_matter() -> None:
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
    assert settings["runner"]["postScriptGC"] is False
    assert settings["browser"] == {"gatherUsageStats": False, "serverAddress": "localhost"}
    assert settings["server"]["showEmailPrompt"] is False
    assert settings["client"]["showErrorDetails"] == "none"


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(colour[start:start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_known_colours() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#777777") == pytest.approx(4.48, abs=0.005)  # just below 4.5, as is well known


@pytest.mark.parametrize("name", ["light", "dark"])
def test_both_themes_can_be_read(name: str) -> None:
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][name]
    for background in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        for text in ("textColor", "primaryColor", "linkColor"):
            assert contrast(theme[text], background) >= 4.5, text
        assert contrast(theme["borderColor"], background) >= 3
    assert contrast("#ffffff", theme["primaryColor"]) >= 3  # the tick in a ticked box


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_between_documents_lead_somewhere(name: str) -> None:
    found = LINK.findall((ROOT / name).read_text(encoding="utf-8"))
    targets = [(ROOT / name).parent / unquote(target) for target in found if target and "://" not in target]
    assert [target for target in targets if not target.exists()] == []


def test_the_readme_leads_to_the_rest() -> None:
    targets = set(LINK.findall((ROOT / "README.md").read_text()))
    assert {"LICENSE", "LICENSE-CC-BY-4.0", "CONTRIBUTING.md", "CHANGELOG.md"} <= targets


def fake_command(folder: Path, name: str, exit_code: int) -> str:
    """A command that ends with the exit code whatever it is asked."""
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without browsers, whose commands are what the test puts into this folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(get_browser, "APPLICATIONS", ())
    monkeypatch.setattr(get_browser, "playwrights_own", lambda: None)
    return tmp_path


def test_a_browser_that_is_there_is_taken(bare_machine: Path) -> None:
    assert get_browser.find_browser() is None
    fake_command(bare_machine, "chromium-browser", exit_code=1)
    assert get_browser.find_browser() is None
    chrome = fake_command(bare_machine, "google-chrome", exit_code=0)
    assert get_browser.find_browser() == chrome
    assert get_browser.get_browser() == chrome


def test_ways_to_get_a_browser(bare_machine: Path) -> None:
    playwright = [[sys.executable, "-m", "playwright", "install", *options] for options in
                  (["--with-deps", "chromium"], ["chromium"])]
    assert get_browser.ways_to_install(is_root=True) == playwright
    fake_command(bare_machine, "apt-get", exit_code=0)
    assert get_browser.ways_to_install(is_root=True)[0][0] == "sh"
    assert get_browser.ways_to_install(is_root=False) == playwright
    fake_command(bare_machine, "sudo", exit_code=0)
    assert get_browser.ways_to_install(is_root=False)[0][:3] == ["sudo", "-n", "sh"]


def test_no_browser_to_be_had(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: tried.append(command))
    with pytest.raises(SystemExit, match="The tests need Chromium, Google Chrome or Microsoft Edge"):
        get_browser.get_browser()
    assert [command[1:3] for command in tried] == [["-m", "playwright"]] * 2
