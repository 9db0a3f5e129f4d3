"""What a page must not do while it is tested: ask another host for anything, or go wrong in the console."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page

# Opened at /explore, Streamlit's front end first looks for its server beneath /explore, where it is not, and the
# browser writes both misses to the console. Nothing of the app's is served there.
STREAMLITS_OWN_MISSES = re.compile(r"/\w+/_stcore/(health|host-config)")


def watch(page: Page, server_url: str, troubles: list[str]) -> None:
    """Note every request to another host, error in the console and uncaught exception of the page."""
    here = urlsplit(server_url).netloc

    def check_address(url: str) -> None:
        if urlsplit(url).netloc not in (here, ""):  # data: and blob: addresses have no host
            troubles.append(f"Request to another host: {url}")

    def check_message(message: ConsoleMessage) -> None:
        source = message.location["url"]
        if message.type == "error" and not STREAMLITS_OWN_MISSES.fullmatch(urlsplit(source).path):
            troubles.append(f"Error in the console: {message.text} ({source})")

    page.on("request", lambda request: check_address(request.url))
    page.on("websocket", lambda socket: check_address(socket.url))
    page.on("console", check_message)
    page.on("pageerror", lambda error: troubles.append(f"Uncaught in the page: {error}"))
