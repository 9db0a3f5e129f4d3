"""How soon a lecture's next scene and an answer are painted, in real Chromium, beside the least that Streamlit can do.

    python -m benchmarks.lecture

An empty page's round trip takes turns with an answer, which comes from the server. Ratios of medians are what to
quote; the milliseconds are this machine's.
"""

from __future__ import annotations

from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from benchmarks.stepping import TIME_A_CHANGE, change, opened, quantile, ratio, row
from tools.drive import chromium, serve
from ui import lectures

ROUNDS = 6
LECTURE = (
    "(window.lecture ??= [...document.querySelectorAll('*')]"
    ".find(e => e.shadowRoot?.querySelector('.lecture')).shadowRoot)"
)
# What is seen of a scene: where it stands, and its picture, drawn.
SEEN = f"""() => {{
  const shown = {LECTURE}.querySelector('.picture.shown');
  const drawn = !{LECTURE}.querySelector('.pictured') || shown?.leave;
  return drawn && {LECTURE}.querySelector('.foot [role=status]').textContent;
}}"""


def main() -> None:
    """Measure and print."""
    scenes = lectures.load("demo").scenes
    forwards: list[float] = []
    answers: list[float] = []
    round_trips: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        app, empty = (
            stack.enter_context(serve(folder / "log.txt", script)).url
            for script in ("app.py", "benchmarks/pages/empty.py")
        )
        browser = stack.enter_context(chromium())
        idle, keys = opened(browser, empty), cycle(["ArrowRight", "ArrowLeft"])
        for _ in range(ROUNDS):
            page = opened(browser, f"{app}/lecture?lecture=demo")
            page.get_by_role("button", name="Present").click()
            page.wait_for_timeout(700)
            for scene in scenes:
                for step in range(2, len(scene.steps) + 2):
                    times = answers if step == scene.answered_at else forwards
                    times.append(press(page, "PageDown"))
                if scene is not scenes[-1]:
                    forwards.append(press(page, "PageDown"))
                text = "() => document.querySelector('[data-testid=stText]').textContent"
                round_trips.append(change(idle.get_by_role("slider"), text, next(keys)))
            page.close()

    row("next step or scene, key to frame (ms)", quantile(forwards, 0.5), quantile(forwards, 0.95), "p95 <= 150")
    row("answer, key to frame (ms)", quantile(answers, 0.5), quantile(answers, 0.95), "p95 <= 150")
    row("empty page's round trip (ms)", quantile(round_trips, 0.5), quantile(round_trips, 0.95), "")
    ratio("next scene / empty page", forwards, round_trips, "<= 1")
    ratio("answer / empty page", answers, round_trips, "<= 1.5")


def press(page: Page, key: str) -> float:
    """Press a key, wherever the focus is, and time the change that is seen."""
    page.evaluate(f"seen => {{ window.timed = ({TIME_A_CHANGE})(seen); }}", SEEN)
    page.keyboard.press(key)
    milliseconds = page.evaluate("() => window.timed")
    page.wait_for_timeout(400)  # the next ones are prepared meanwhile, as while somebody speaks
    return milliseconds


if __name__ == "__main__":
    main()
