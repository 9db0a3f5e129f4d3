"""The image and its compose file, read: no engine is needed to hold what they say and to do their steps."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]

# Every page, opened once where only the image's files are.
OPEN_ALL = """
from pathlib import Path
from streamlit.testing.v1 import AppTest

app = AppTest.from_file("app.py", default_timeout=120).run()
for path in [None, *sorted(Path("pages").glob("*.py"))]:
    ran = app.run() if path is None else app.switch_page(path.as_posix()).run()
    assert not ran.exception, (path, ran.exception)
"""


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and what they are given, lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, given) for name, given in (line.split(" ", 1) for line in lines)]


def copied() -> list[str]:
    """What the image is made of."""
    return [source for name, given in instructions() if name == "COPY" for source in shlex.split(given)[:-1]]


def passes(path: str) -> bool:
    """Whether .dockerignore lets a path through; the last line that fits it counts."""
    kept = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.lstrip("!")
        parts = [path[:end] for end in range(1, len(path) + 1) if path[end:end + 1] in ("/", "")]
        if line and not line.startswith("#") and any(
            fnmatch(part, pattern) or fnmatch("/" + part, pattern.replace("**", "*")) for part in parts
        ):
            kept = line.startswith("!")
    return kept


def test_the_image_is_small_and_not_roots() -> None:
    given = dict(instructions())
    assert re.fullmatch(r"python:3\.\d+-slim", given["FROM"])
    names = [name for name, _ in instructions()]
    assert "ADD" not in names
    assert names.index("USER") < names.index("CMD")
    assert given["USER"] not in ("root", "0")
    assert "_stcore/health" in given["HEALTHCHECK"]
    assert given["CMD"].startswith("[")  # without a shell, which would keep the signal to end from the app
    reading = instructions().index(("RUN", "chmod -R a+rX ."))  # or what umask 077 keeps from others stays unreadable
    assert max(index for index, name in enumerate(names) if name == "COPY") < reading < names.index("USER")
    pips = [line for name, line in instructions() if name == "RUN" and "pip install" in line]
    assert [shlex.split(line) for line in pips] == [["pip", "install", "--no-cache-dir", "-r", "requirements.txt"]]


def test_nothing_else_comes_into_it() -> None:
    assert [source for source in copied() if not (ROOT / source).exists() or not passes(source)] == []
    for path in ("tests", "tests/conftest.py", "benchmarks", "tools", ".git", ".venv", "requirements-dev.txt",
                 ".streamlit/secrets.toml", "conv/__pycache__", "conv/quiz/__pycache__/dice.pyc"):
        assert not passes(path), path
    assert passes("conv/quiz/dice.py")


def test_every_page_opens_with_what_is_copied(tmp_path: Path) -> None:
    for source in copied():
        place = tmp_path / source
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, place)
    ran = subprocess.run([sys.executable, "-c", OPEN_ALL], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_the_replicas_are_those_that_nginx_knows() -> None:
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))["services"]
    known = re.findall(r"server (\w+):8501", (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8"))
    assert known == [service for service in services if service != "nginx"] == list(services["nginx"]["depends_on"])
    for replica in known:
        assert (ROOT / "deploy" / services[replica]["build"] / "Dockerfile").resolve() == ROOT / "Dockerfile"
        assert services[replica]["cap_drop"] == ["ALL"]
        assert "ports" not in services[replica]  # reached through nginx alone
    assert (ROOT / "deploy" / services["nginx"]["volumes"][0].split(":")[0]).is_file()
    assert ("EXPOSE", "8501") in instructions()
