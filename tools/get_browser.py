"""Find the browser that the tests drive, and get one where there is none.

``python tools/get_browser.py`` prints its path. A Chromium, Chrome or Edge that is already there is used as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
APT_GET = "apt-get install --yes --no-install-recommends chromium"


def find_browser() -> str | None:
    """Path of a Chromium-like browser on this machine, or None."""
    on_path = [path for path in map(shutil.which, COMMANDS) if path and starts(path)]
    installed = [path for path in APPLICATIONS if Path(path).is_file()]
    return next(iter([*on_path, *installed]), None) or playwrights_own()


def starts(path: str) -> bool:
    """Whether the command is a real browser: Ubuntu has a ``chromium-browser`` that only says how to install one."""
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def playwrights_own() -> str | None:
    """Path of the Chromium that ``playwright install`` brought, or None."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def ways_to_install(*, is_root: bool) -> list[list[str]]:
    """Commands that bring a browser, the system's own first, for want of which Playwright fetches one."""
    ways = []
    if shutil.which("apt-get") and (is_root or shutil.which("sudo")):
        ask = [] if is_root else ["sudo", "-n"]  # -n: fail rather than wait for a password
        ways.append([*ask, "sh", "-c", f"apt-get update && {APT_GET}"])
    ways.append([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"])
    ways.append([sys.executable, "-m", "playwright", "install", "chromium"])
    return ways


def get_browser() -> str:
    """Path of a browser, installed first if need be; ends the program where that fails."""
    if path := find_browser():
        return path
    for command in ways_to_install(is_root=hasattr(os, "geteuid") and os.geteuid() == 0):
        print("No browser found. Trying:", " ".join(command), flush=True)
        subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
        if path := find_browser():
            return path
    sys.exit("The tests need Chromium, Google Chrome or Microsoft Edge, and none could be installed: install one.")


if __name__ == "__main__":
    print("Browser for the tests:", get_browser())
