"""The front end and the exported figures say the same: one arithmetic, written in two languages."""

import re

import pytest
from playwright.sync_api import expect

from conv.configuration import OPERATIONS
from ui.scene import brief, scene
from ui.window import plain_window

STRIDED = {"pattern": "signed_random", "kernel": "gaussian_3", "h": 6, "w": 6, "sh": 2, "sw": 2, "bias": -0.5}
LINKS = [STRIDED | {"op": operation} for operation in (*OPERATIONS, "flipped")] + [
    {"op": "lp", "p": 1.5, "kh": 2, "kw": 2, "pattern": "handwritten_digit"},
    {"op": "max", "kh": 3, "kw": 3, "ph": 1, "pw": 1, "pattern": "checkerboard"},
    {"kh": 5, "kw": 5, "pad": "same", "pattern": "ramp", "kernel": "gabor"},
]


@pytest.mark.parametrize("settings", LINKS, ids=lambda settings: f"{settings.get('op', 'conv')}-{settings['pattern']}")
def test_the_sentence_and_the_cells(open_page, settings):
    step = 4
    page = open_page("/explore?" + "&".join(f"{name}={value}" for name, value in (settings | {"step": step}).items()))
    shown = scene(plain_window(**settings))
    status = page.locator(".stepper").get_by_role("status")
    expect(status).to_have_text(re.compile(r"^Output \(\d+, \d+\)"))
    assert status.text_content() == shown.sentence(step)
    first = page.get_by_role("grid", name="Output").get_by_role("gridcell").first
    assert first.text_content() == brief(shown.trace.output[0, 0])
