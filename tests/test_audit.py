"""The audit of dependencies: what is looked up, and what is said of the answer."""

from __future__ import annotations

import subprocess

import pytest

from tools import audit

WELL = {"name": "numpy", "version": "2.0", "vulns": []}
WEAK = {"name": "pillow", "version": "11.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["11.1"]}]}
UNKNOWN = {"name": "segno", "skip_reason": "Dependency not found"}


def test_what_the_app_needs_is_looked_up_to_the_end() -> None:
    found = audit.needed((audit.ROOT / "requirements.txt").read_text())
    assert {"streamlit", "numpy", "pillow", "matplotlib", "segno", "starlette", "cycler"} <= set(found)
    assert not {"pytest", "ruff", "playwright"} & set(found)


@pytest.mark.parametrize(
    ("answer", "sentence", "is_well"),
    [
        (None, "Dependencies were not audited: pip-audit or its database could not be reached.", True),
        ([UNKNOWN], "Dependencies were not audited: pip-audit or its database could not be reached.", True),
        ([WELL, UNKNOWN], "1 of 2 dependencies audited: no weakness is known.", True),
        ([WELL, WEAK], "2 of 2 dependencies audited:\npillow 11.0: PYSEC-1, mended in 11.1", False),
    ],
)
def test_verdicts(answer: list[dict] | None, sentence: str, is_well: bool) -> None:
    assert audit.verdict(answer) == (sentence, is_well)


@pytest.mark.parametrize("printed", ["", "no JSON", "{}"])
def test_no_answer(printed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "run", lambda command: subprocess.CompletedProcess(command, 1, printed, ""))
    assert audit.asked({"numpy": "2.0"}) is None
