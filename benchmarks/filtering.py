"""How soon a filtered photograph is seen, in real Chromium, beside an empty Streamlit page, in one run.

    python -m benchmarks.filtering

As benchmarks.stepping: the contenders take turns, and ratios of medians are what to quote.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from benchmarks.stepping import change, in_turn, opened, quantile, ratio, row
from conv.filtering import Filter, display, run
from conv.kernels import KERNELS, gaussian
from tools.drive import chromium, serve
from ui.image_kernels import photograph

SETTINGS = 18
KERNELS_ROOT = (
    "(window.kernels ??= [...document.querySelectorAll('*')]"
    ".find(e => e.shadowRoot?.querySelector('.kernels')).shadowRoot)"
)
AFTER = f"() => {KERNELS_ROOT}.querySelector('[data-part=title]').textContent"
CASES = {
    "512x512 grey": "?chain=identity",
    "512x512x3": "?picture=astronaut&colour=rgb&chain=identity",
    "512x512x3, fifth step": "?picture=astronaut&colour=rgb&chain=sharpen~gaussian_11~sharpen~gaussian_11~identity",
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
        for name, link in CASES.items():
            page = opened(browser, f"{app}/image_kernels{link}")
            filtered, round_trip = in_turn(SETTINGS, kernel_changer(page), empty_changer(idle))
            row(f"{name} (ms)", quantile(filtered, 0.5), quantile(filtered, 0.95), "")
            row("empty page's round trip (ms)", quantile(round_trip, 0.5), quantile(round_trip, 0.95), "")
            ratio(f"{name} / empty page", filtered, round_trip, "<= 3")
            page.close()
    core()


def kernel_changer(page: Page):
    """Give a function that takes the next kernel for the last step and times its picture.

    Never one that has been: Streamlit would not send what the browser still has.
    """
    return lambda: change(page.get_by_role("combobox", name="Kind of step").last, AFTER, "ArrowDown")


def empty_changer(page: Page):
    """Give a function that moves the empty page's slider and times its text."""
    text = "() => document.querySelector('[data-testid=stText]').textContent"
    keys = cycle(["ArrowRight", "ArrowLeft"])
    return lambda: change(page.get_by_role("slider"), text, next(keys))


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
        row(f"512x512x3, {name}, core alone (ms)", quantile(times, 0.5), quantile(times, 0.95), "")


if __name__ == "__main__":
    main()
