"""Ask whether what the app needs has known weaknesses, as installed here: ``python tools/audit.py``.

pip-audit asks the Python Package Index. Where it, or its database, cannot be reached, that is said and nothing fails:
a network is no fault of the app's. A weakness that is known does fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
SECONDS = 60  # for pip-audit's installation, and for its work
LEFT_OUT = "Dependencies were not audited: "


def needed(requirements: str) -> dict[str, str]:
    """Versions of what a requirement file names, and of all that these need in turn, as far as it is installed."""
    lines = (line.split(" #")[0].strip() for line in requirements.splitlines())
    waiting = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    found: dict[str, str] = {}
    while waiting:
        requirement = waiting.pop()
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            installed = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        found[requirement.name] = installed.version
        waiting += map(Requirement, installed.requires or [])
    return found


def run(command: list[str]) -> subprocess.CompletedProcess[str] | None:
    """Run a command, or give None where it takes too long."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None


def asked(versions: dict[str, str]) -> list[dict] | None:
    """Give pip-audit's answer, a record for each package; None where there is none."""
    python = [sys.executable, "-m"]
    there = run([*python, "pip_audit", "--version"])
    if there is None or there.returncode:
        run([*python, "pip", "install", "--quiet", "--retries", "1", "--timeout", "5", "pip-audit"])
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()))
        options = ["--no-deps", "--disable-pip", "--timeout", "5", "--progress-spinner", "off", "--format", "json"]
        answer = run([*python, "pip_audit", "--requirement", str(listed), *options])
    try:
        return json.loads(answer.stdout)["dependencies"] if answer else None
    except (json.JSONDecodeError, KeyError):
        return None


def verdict(answer: list[dict] | None) -> tuple[str, bool]:
    """Say what was found, and whether it is well."""
    looked_up = [package for package in answer or [] if "vulns" in package]
    if not looked_up:
        return f"{LEFT_OUT}pip-audit or its database could not be reached.", True
    weak = [
        f"{package['name']} {package['version']}: {weakness['id']}, mended in {', '.join(weakness['fix_versions'])}"
        for package in looked_up for weakness in package["vulns"]
    ]
    counted = f"{len(looked_up)} of {len(answer)} dependencies audited"
    return (f"{counted}: no weakness is known.", True) if not weak else ("\n".join([f"{counted}:", *weak]), False)


if __name__ == "__main__":
    sentence, is_well = verdict(asked(needed((ROOT / "requirements.txt").read_text())))
    print(sentence)
    sys.exit(not is_well)
