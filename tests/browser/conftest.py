"""The app in a real browser: one server and one Chromium for the session, a fresh context for each test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.watch import watch
from tools.get_browser import find_browser

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
SETTLE_MILLISECONDS = 30_000
LOG_LINES = 40

CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    # A browser of its own accord looks for updates and accounts; these tests watch every request, so it must not.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Server:
    """The running app: where it answers and what it printed."""

    url: str
    log: Path


@contextmanager
def running_app(log_path: Path) -> Iterator[Server]:
    """The app as `make run` starts it, on a free port and without opening a browser."""
    port = free_port()
    server = Server(f"http://127.0.0.1:{port}", log_path)
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1"]
    command += ["--server.port", str(port), "--server.headless", "true", "--server.fileWatcherType", "none"]
    with log_path.open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until_healthy(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(server: Server, process: subprocess.Popen) -> None:
    """Return when the server answers; fail with its log when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The app did not start within {START_SECONDS} s. It printed:\n{server.log.read_text()}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running app for all tests of the session."""
    with running_app(tmp_path_factory.mktemp("server") / "log.txt") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine."""
    path = find_browser()
    if path is None:
        pytest.fail("No Chromium, Chrome or Edge found: `make test` gets one, or python tools/get_browser.py.")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        # Chromium's sandbox refuses to start as root, as containers have it.
        flags = CHROMIUM_FLAGS + (["--no-sandbox"] if as_root else [])
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page of a fresh context. The test fails if it asks another host for anything or the console shows an error."""
    context = browser.new_context(locale="en-GB")
    troubles: list[str] = []
    watch(context.new_page(), server.url, troubles)
    yield context.pages[0]
    context.close()
    assert not troubles, "\n".join(troubles)


@pytest.fixture
def open_page(page: Page, server: Server) -> Callable[..., Page]:
    """Open a path of the app, such as ``"/explore?h=5"``, and wait until it is all there."""

    def open_path(path: str = "/", *, width: int = 1280, height: int = 800, theme: str = "light") -> Page:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        page.goto(server.url + path)
        settle(page)
        return page

    return open_path


def settle(page: Page) -> None:
    """Wait until the script has run and everything it sent is drawn; fail if it raised."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=SETTLE_MILLISECONDS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=SETTLE_MILLISECONDS)
    assert page.get_by_test_id("stException").count() == 0, "The page shows an error; the server's log says which."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Show what the server printed beside a test that failed."""
    report = yield
    server = getattr(item, "funcargs", {}).get("server")
    if report.failed and server is not None:
        last_lines = server.log.read_text().splitlines()[-LOG_LINES:]
        report.sections.append(("The app's server printed", "\n".join(last_lines)))
    return report
