"""When a change is painted in real Chromium: what the benchmarks of pages share."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Locator, Page

from tools.drive import chromium, serve

EMPTY = "benchmarks/pages/empty.py"
SLIDER = ("ArrowRight", "ArrowLeft")  # there and back

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


@contextmanager
def running(*scripts: str) -> Iterator[tuple]:
    """The browser, and where each script answers."""
    with ExitStack() as stack:
        log = Path(stack.enter_context(TemporaryDirectory())) / "log.txt"
        urls = [stack.enter_context(serve(log, script)).url for script in scripts]
        yield stack.enter_context(chromium()), *urls


def opened(browser: Browser, url: str) -> Page:
    """A page whose script has run."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.goto(url)
    page.wait_for_selector('[data-test-script-state="notRunning"]')
    page.wait_for_timeout(1500)
    return page


def front_end(name: str) -> str:
    """A script that gives the shadow root with this class in it, looked for once: that takes long on a full page."""
    root = f"[...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.{name}')).shadowRoot"
    return f"(window.seenRoot ??= {root})"


def press(page: Page, seen: str, key: str, pause: int = 150) -> float:
    """Press a key, wherever the focus is, time the change that is seen, and pause for so many milliseconds."""
    page.evaluate(f"seen => {{ window.timed = ({TIME_A_CHANGE})(seen); }}", seen)
    page.keyboard.press(key)
    milliseconds = page.evaluate("() => window.timed")
    page.wait_for_timeout(pause)
    return milliseconds


def changer(target: Locator, seen: str, keys: tuple[str, ...] = SLIDER) -> Callable[[], float]:
    """Give a function that presses the next of the keys on something and times the change that is seen."""
    following = cycle(keys)

    def change() -> float:
        target.focus()
        return press(target.page, seen, next(following))

    return change


def round_trip(browser: Browser, empty: str) -> Callable[[], float]:
    """Give a function that moves the empty page's slider and times its text: the least that Streamlit can do."""
    slider = opened(browser, empty).get_by_role("slider")
    return changer(slider, "() => document.querySelector('[data-testid=stText]').textContent")


def in_turn(count: int, *contenders: Callable[[], float]) -> list[list[float]]:
    """Call each contender in turn; the first round, a warm-up, is dropped."""
    rounds = [[contender() for contender in contenders] for _ in range(count + 1)]
    return [list(times) for times in zip(*rounds[1:], strict=True)]


def row(name: str, times: list[float], aim: str = "") -> None:
    """Print the median, and the time that 95 of 100 do not exceed."""
    p95 = sorted(times)[min(int(0.95 * len(times)), len(times) - 1)]
    print(f"{name:36}{statistics.median(times):10.1f} median{p95:10.1f} p95   {aim}")


def ratio(name: str, first: list[float], second: list[float], aim: str) -> None:
    told = f"   aim {aim}" if aim else ""
    print(f"{name:44}{statistics.median(first) / statistics.median(second):10.2f} ratio of medians{told}")
