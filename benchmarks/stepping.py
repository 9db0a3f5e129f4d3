"""How soon a step and a setting are seen, in real Chromium, beside Streamlit's own ways, in one run.

    python -m benchmarks.stepping

The contenders take turns, so that a slow moment of the machine meets all of them. Ratios of
medians are what to quote; the milliseconds are this machine's.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Locator, Page

from tools.drive import chromium, serve

STEPS, SETTINGS = 60, 18  # no more than the sliders have room for
# The stepper's shadow root, looked for once: looking takes longer on a page that has more in it.
STEPPER = (
    "(window.stepper ??= [...document.querySelectorAll('*')]"
    ".find(e => e.shadowRoot?.querySelector('.stepper')).shadowRoot)"
)

# Wait for the frame in which `seen()` changes: milliseconds from the key's event until that frame
# is painted (a message posted while it is prepared comes after it).
TIME_A_CHANGE = """(seen) => new Promise((resolve) => {
  const look = eval(seen);
  const before = look();
  let start;
  addEventListener('keydown', () => { start = performance.now(); }, { capture: true, once: true });
  const frame = () => {
    if (start !== undefined && look() !== before) {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve(performance.now() - start);
      channel.port2.postMessage(0);
    } else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""

# What a step costs the page's own script: the key's whole event, with styles and layout brought up to date.
TIME_A_STEP = f"""(count) => {{
  const shadow = {STEPPER};
  const target = shadow.querySelector('[data-part=next]');
  const times = [];
  for (let i = 0; i < count; i += 1) {{
    const start = performance.now();
    target.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'ArrowRight', bubbles: true, composed: true }}));
    shadow.querySelector('.stepper').getBoundingClientRect();
    times.push(performance.now() - start);
  }}
  return times;
}}"""

COUNT_PLAYED = f"""(milliseconds) => new Promise((resolve) => {{
  const shadow = {STEPPER};
  const step = () => Number(shadow.querySelector('[data-part=step]').value);
  shadow.querySelector('[data-part=speed]').value = 7;
  shadow.querySelector('[data-part=play]').click();
  const [first, start] = [step(), performance.now()];
  setTimeout(() => resolve((step() - first) / (performance.now() - start) * 1000), milliseconds);
}})"""


def main() -> None:
    """Measure and print."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        app, empty, pyplot = (
            stack.enter_context(serve(folder / "log.txt", script)).url
            for script in ("app.py", "benchmarks/pages/empty.py", "benchmarks/pages/pyplot_step.py")
        )
        browser = stack.enter_context(chromium())
        explore = opened(browser, f"{app}/explore?h=12&w=12&pattern=ramp")
        idle, plotted = opened(browser, empty), opened(browser, pyplot)

        script = explore.evaluate(TIME_A_STEP, STEPS)
        count = f"() => {STEPPER}.querySelector('.count').textContent"
        image = "() => document.querySelector('[data-testid=stMain] img')?.src"
        step, drawn = in_turn(
            STEPS // 2,
            lambda: change(explore.get_by_role("button", name="Next"), count),
            lambda: change(plotted.get_by_role("slider"), image),
        )
        text = "() => document.querySelector('[data-testid=stText]').textContent"
        keys = cycle(["ArrowRight", "ArrowLeft"])  # from 12 to 13 and back
        caption = f"() => {STEPPER}.querySelector('[data-part=input-caption]').textContent"
        setting, round_trip = in_turn(
            SETTINGS,
            lambda: change(explore.get_by_role("slider", name="Input height and width"), caption, next(keys)),
            lambda: change(idle.get_by_role("slider"), text),
        )
        large = opened(browser, f"{app}/explore?h=32&w=32&kh=11&kw=11&pad=same&pattern=random&kernel=gaussian")
        played = large.evaluate(COUNT_PLAYED, 4000)

    row("step, in the page's script (ms)", quantile(script, 0.5), quantile(script, 0.95), "p95 <= 16")
    row("step, key to frame (ms)", quantile(step, 0.5), quantile(step, 0.95), "")
    row("step drawn by st.pyplot (ms)", quantile(drawn, 0.5), quantile(drawn, 0.95), "")
    ratio("st.pyplot / stepper", drawn, step, ">= 40")
    row("setting to new grid (ms)", quantile(setting, 0.5), quantile(setting, 0.95), "")
    row("empty page's round trip (ms)", quantile(round_trip, 0.5), quantile(round_trip, 0.95), "")
    ratio("setting / empty page", setting, round_trip, "<= 1.5")
    print(f"{'32x32 with 11x11 plays at':36}{played:10.1f} steps a second   aim >= 30")


def change(target: Locator, seen: str, key: str = "ArrowRight") -> float:
    """Press a key on something and time the change that is seen."""
    page = target.page
    target.focus()
    page.evaluate(f"seen => {{ window.timed = ({TIME_A_CHANGE})(seen); }}", seen)
    page.keyboard.press(key)
    milliseconds = page.evaluate("() => window.timed")
    page.wait_for_timeout(150)
    return milliseconds


def in_turn(count: int, *contenders: Callable[[], float]) -> list[list[float]]:
    """Call each contender in turn; the first round, a warm-up, is dropped."""
    rounds = [[contender() for contender in contenders] for _ in range(count + 1)]
    return [list(times) for times in zip(*rounds[1:], strict=True)]


def opened(browser: Browser, url: str) -> Page:
    """A page whose script has run."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.goto(url)
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    page.wait_for_timeout(1500)
    return page


def quantile(times: list[float], share: float) -> float:
    """The time that this share of the times does not exceed."""
    return sorted(times)[min(int(share * len(times)), len(times) - 1)]


def row(name: str, median: float, p95: float, aim: str) -> None:
    print(f"{name:36}{median:10.1f} median{p95:10.1f} p95   {aim}")


def ratio(name: str, first: list[float], second: list[float], aim: str) -> None:
    print(f"{name:36}{statistics.median(first) / statistics.median(second):10.2f} ratio of medians   aim {aim}")


if __name__ == "__main__":
    main()
