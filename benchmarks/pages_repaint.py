"""How soon a changed setting is seen on each page, in real Chromium, beside an empty Streamlit page, in one run.

    python -m benchmarks.pages_repaint [page …]

As benchmarks.stepping: the contenders take turns, and ratios of medians are what to quote. The empty page is there
twice: alone, and in an app with as many pages as this one, whose bar Streamlit draws anew with each change.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

from benchmarks.painting import EMPTY, SLIDER, changer, front_end, in_turn, opened, ratio, round_trip, running

AMONG = "benchmarks/pages/empty_among.py"
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
    with running("app.py", EMPTY, AMONG) as (browser, app, empty, among):
        idle = round_trip(browser, empty), round_trip(browser, among)
        for name in sys.argv[1:] or CASES:
            case = CASES[name]
            page = opened(browser, f"{app}/{name}{case.link}")
            control = page.get_by_role(case.role, name=case.control)
            seen = f"() => {front_end(case.front_end)}.querySelector('[data-part={case.part}]').textContent"
            changed, alone, in_app = in_turn(SETTINGS, changer(control, seen, case.keys), *idle)
            ratio(f"{name} / empty page alone", changed, alone, "")
            ratio(f"{name} / empty page in an app", changed, in_app, "<= 2")
            page.close()


if __name__ == "__main__":
    main()
