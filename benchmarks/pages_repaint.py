"""How soon a changed setting is seen on each page, in real Chromium, beside an empty Streamlit page, in one run.

    python -m benchmarks.pages_repaint [page …]

As benchmarks.stepping: the contenders take turns, and ratios of medians are what to quote.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from playwright.sync_api import Page

from benchmarks.stepping import change, in_turn, opened, ratio
from tools.drive import chromium, serve

SETTINGS = 18


class Case(NamedTuple):
    """A control of a page, the keys that change it and come back, and what is looked at in which front end."""

    role: str
    control: str
    keys: tuple[str, str]
    front_end: str
    part: str
    link: str = ""


SLIDER = ("ArrowRight", "ArrowLeft")
CASES = {
    "explore": Case("slider", "Input height and width", SLIDER, "stepper", "input-caption", "?h=12&w=12"),
    "connections": Case("slider", "Kernel height and width", SLIDER, "connections", "weights-caption"),
    "channels": Case("slider", "Kernel height and width", SLIDER, "channels", "counts"),
    "receptive_field": Case("slider", "Input height and width", SLIDER, "receptive", "table"),
    "pooling": Case("slider", "Input height and width", SLIDER, "stepper", "input-caption"),
    "image_kernels": Case("combobox", "Values as grey levels", ("ArrowDown", "ArrowUp"), "kernels", "range"),
    "architectures": Case("spinbutton", "Input height", ("ArrowUp", "ArrowDown"), "architectures", "totals"),
    "inside": Case("slider", "Picture of this class", SLIDER, "inside", "input-title"),
}


def main() -> None:
    """Measure and print."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        app, empty = (
            stack.enter_context(serve(folder / "log.txt", script)).url
            for script in ("app.py", "benchmarks/pages/empty.py")
        )
        browser = stack.enter_context(chromium())
        idle = opened(browser, empty)
        text, idle_keys = "() => document.querySelector('[data-testid=stText]').textContent", cycle(SLIDER)
        for name in sys.argv[1:] or CASES:
            case = CASES[name]
            page = opened(browser, f"{app}/{name}{case.link}")
            changed, round_trip = in_turn(
                SETTINGS, changer(page, case), lambda: change(idle.get_by_role("slider"), text, next(idle_keys))
            )
            ratio(f"{name} / empty page", changed, round_trip, "<= 2")
            page.close()


def changer(page: Page, case: Case) -> Callable[[], float]:
    """Give a function that changes the case's control, there and back, and times what is seen of it."""
    control, keys, look = page.get_by_role(case.role, name=case.control), cycle(case.keys), seen(case)
    return lambda: change(control, look, next(keys))


def seen(case: Case) -> str:
    """A script that gives the text of the part, its front end looked for once."""
    root = f"[...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.{case.front_end}')).shadowRoot"
    return f"() => (window.seenRoot ??= {root}).querySelector('[data-part={case.part}]').textContent"


if __name__ == "__main__":
    main()
