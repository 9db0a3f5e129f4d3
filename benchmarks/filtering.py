"""How soon a filtered photograph is seen, in real Chromium, beside an empty Streamlit page, in one run.

    python -m benchmarks.filtering

As benchmarks.stepping: the contenders take turns, and ratios of medians are what to quote.
"""

from __future__ import annotations

import time

from benchmarks.painting import EMPTY, changer, front_end, in_turn, opened, ratio, round_trip, row, running
from conv.filtering import Filter, display, run
from conv.kernels import KERNELS, gaussian
from ui.image_kernels import photograph

SETTINGS = 18
AFTER = f"() => {front_end('kernels')}.querySelector('[data-part=title]').textContent"
CASES = {
    "512x512 grey": "?chain=identity",
    "512x512x3": "?picture=astronaut&colour=rgb&chain=identity",
    "512x512x3, fifth step": "?picture=astronaut&colour=rgb&chain=sharpen~gaussian_11~sharpen~gaussian_11~identity",
}


def main() -> None:
    """Measure and print."""
    with running("app.py", EMPTY) as (browser, app, empty):
        idle = round_trip(browser, empty)
        for name, link in CASES.items():
            page = opened(browser, f"{app}/image_kernels{link}")
            # Never a kernel that has been: Streamlit would not send what the browser still has.
            kernel = page.get_by_role("combobox", name="Kind of step").last
            filtered, trip = in_turn(SETTINGS, changer(kernel, AFTER, ("ArrowDown",)), idle)
            row(f"{name} (ms)", filtered)
            row("empty page's round trip (ms)", trip)
            ratio(f"{name} / empty page", filtered, trip, "<= 3")
            page.close()
    core()


def core() -> None:
    """Print what the arithmetic alone takes."""
    picture = photograph("astronaut")
    for name, weights in (("3x3", KERNELS["sharpen"].array), ("11x11, factored", gaussian(11, 11))):
        times = []
        for _ in range(15):
            start = time.perf_counter()
            result = run(picture, [Filter(weights)])[-1]
            display(result, "clip").levels(result)
            times.append(1000 * (time.perf_counter() - start))
        row(f"512x512x3, {name}, core alone (ms)", times)


if __name__ == "__main__":
    main()
