"""How soon a changed setting is seen on each page, in real Chromium, beside an empty Streamlit page, in one run.

    python -m benchmarks.pages_repaint [page …]

As benchmarks.stepping: the contenders take turns, and ratios of medians are what to quote.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

from benchmarks.painting import EMPTY, SLIDER, changer, front_end, in_turn, opened, ratio, round_trip, running

SETTINGS = 18


class Case(NamedTuple):
    """A control of a page, the keys that change it and come back, and what is looked at in which front end."""

    role: str
    control: str
    keys: tuple[str, str]
    front_end: str
    part: str
    link: str = ""


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
    with running("app.py", EMPTY) as (browser, app, empty):
        idle = round_trip(browser, empty)
        for name in sys.argv[1:] or CASES:
            case = CASES[name]
            page = opened(browser, f"{app}/{name}{case.link}")
            control = page.get_by_role(case.role, name=case.control)
            seen = f"() => {front_end(case.front_end)}.querySelector('[data-part={case.part}]').textContent"
            changed, trip = in_turn(SETTINGS, changer(control, seen, case.keys), idle)
            ratio(f"{name} / empty page", changed, trip, "<= 2")
            page.close()


if __name__ == "__main__":
    main()
