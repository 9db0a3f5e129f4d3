"""What all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

LONG = tuple(Path(__file__).parent / folder for folder in ("browser", "deploy"))

# Tests keep all cores busy: a training that gives way to everybody would never come to its turn.
os.environ.setdefault("TRAIN_URGENTLY", "1")

# A busy machine is slow now and then, and no test is about time.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests in the browser: the short ones fill both cores to the end."""
    items.sort(key=lambda item: not any(item.path.is_relative_to(folder) for folder in LONG))
