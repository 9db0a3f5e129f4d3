"""Nothing is left running by people who go, and they find their run where it was when they come back."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tools.drive import Server, serve

KEEP_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...all) { super(...all); window.sockets.push(this); }
};
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("runs") / "log.txt", "tests/browser/pages/runs.py") as running:
        yield running


@pytest.fixture
def training(browser: Browser, app: Server) -> Iterator[Page]:
    """A page whose run trains."""
    page = browser.new_context().new_page()
    page.add_init_script(KEEP_SOCKETS)
    page.goto(app.url)
    page.get_by_role("button", name="Train").click()
    expect(page.get_by_text("state running")).to_be_visible()
    until(lambda: number(page, "step") > 100)
    yield page
    page.context.close()


def number(page: Page, name: str) -> int:
    """A number that the page tells."""
    found = re.fullmatch(rf"{name} (\d+)", page.get_by_text(re.compile(rf"^{name} ")).inner_text())
    return int(found[1]) if found else 0


def until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def ended(process: int) -> bool:
    """Whether a process has gone, and was waited for."""
    return not Path(f"/proc/{process}").exists() if Path("/proc").exists() else os.system(f"kill -0 {process}") != 0


def test_a_closed_tab_leaves_nothing_running(training: Page) -> None:
    process = number(training, "process")
    training.close()
    until(lambda: ended(process))


def test_a_reload_leaves_nothing_running_and_the_run_is_found_again(training: Page) -> None:
    process, step = number(training, "process"), number(training, "step")
    tab = training.get_by_text(re.compile("^tab ")).inner_text().removeprefix("tab ")
    training.reload()
    until(lambda: ended(process))
    expect(training.get_by_text("step 0", exact=True)).to_be_visible()
    training.get_by_label("Adopt").fill(tab)
    training.get_by_label("Adopt").press("Enter")
    expect(training.get_by_text(f"tab {tab}")).to_be_visible()
    expect(training.get_by_text("state paused")).to_be_visible()
    found = number(training, "step")
    assert found >= step
    training.get_by_role("button", name="Train").click()
    until(lambda: number(training, "step") > found)


def test_another_page_leaves_nothing_running_and_coming_back_finds_it(training: Page) -> None:
    process, step = number(training, "process"), number(training, "step")
    training.get_by_role("link", name="other").click()
    expect(training.get_by_text("Another page")).to_be_visible()
    until(lambda: ended(process))
    training.get_by_role("link", name="training").click()
    expect(training.get_by_text("state paused")).to_be_visible()
    found = number(training, "step")
    assert found >= step
    training.get_by_role("button", name="Train").click()
    until(lambda: number(training, "step") > found)


def test_after_a_dropped_connection_it_goes_on_from_where_it_was(training: Page) -> None:
    process, step = number(training, "process"), number(training, "step")
    training.evaluate("window.sockets.at(-1).close()")
    until(lambda: ended(process))
    until(lambda: number(training, "process") not in (0, process) and number(training, "step") > step)
    expect(training.get_by_text("state running")).to_be_visible()


def test_a_tab_that_is_still_there_keeps_its_run(training: Page, browser: Browser, app: Server) -> None:
    tab = training.get_by_text(re.compile("^tab ")).inner_text().removeprefix("tab ")
    stranger = browser.new_context().new_page()
    stranger.goto(app.url)
    stranger.get_by_label("Adopt").fill(tab)
    stranger.get_by_label("Adopt").press("Enter")
    expect(stranger.get_by_text("state paused")).to_be_visible()
    assert stranger.get_by_text(re.compile("^tab ")).inner_text() != f"tab {tab}"
    assert number(stranger, "step") == 0
    step = number(training, "step")
    until(lambda: number(training, "step") > step)
    stranger.context.close()
