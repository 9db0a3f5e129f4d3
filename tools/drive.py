"""The app as `make run` starts it and the browser to drive it with, for tests, benchmarks and pictures."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tools.get_browser import find_browser

ROOT = Path(__file__).parents[1]
START_SECONDS = 60

CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    # A browser of its own accord looks for updates and accounts; the tests watch every request, so it must not.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Server:
    """A running app: where it answers, what it printed, and its process."""

    url: str
    log: Path
    process_id: int = 0


@contextmanager
def serve(log: Path, script: str = "app.py", *, prefix: str = "") -> Iterator[Server]:
    """Serve a script with the app's own configuration, under a path if one is given, without opening a browser."""
    port = free_port()
    server = Server(f"http://127.0.0.1:{port}{prefix}", log)
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.address", "127.0.0.1"]
    command += ["--server.port", str(port), "--server.headless", "true", "--server.fileWatcherType", "none"]
    command += ["--server.baseUrlPath", prefix]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    server.process_id = process.pid
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
    """Return when the server answers; raise RuntimeError with its log when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The app did not start within {START_SECONDS} s. It printed:\n{server.log.read_text()}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine; RuntimeError where there is none."""
    path = find_browser()
    if path is None:
        raise RuntimeError("No Chromium, Chrome or Edge found: `make test` gets one, or python tools/get_browser.py.")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        # Chromium's sandbox refuses to start as root, as containers have it.
        flags = CHROMIUM_FLAGS + (["--no-sandbox"] if as_root else [])
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()
