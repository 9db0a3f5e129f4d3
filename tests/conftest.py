"""What all tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from tools.drive import chromium

LONG = tuple(Path(__file__).parent / folder for folder in ("browser", "deploy"))

# Tests keep all cores busy: a training that gives way to everybody would never come to its turn.
os.environ.setdefault("TRAIN_URGENTLY", "1")

# A busy machine is slow now and then, and no test is about time.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, one for all tests: Playwright does not start twice in a process."""
    with chromium() as driven:
        yield driven


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests in the browser: the short ones fill both cores to the end."""
    items.sort(key=lambda item: not any(item.path.is_relative_to(folder) for folder in LONG))
