"""Take the pictures of the documentation from the running app: ``python -m tools.make_pictures``."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, expect

from tools.drive import ROOT, chromium, serve

FOLDER = ROOT / "docs" / "images"
PICTURES = {
    "explore": ("/explore?pattern=ramp&kernel=sharpen&ph=1&pw=1&step=18", "light"),
    "explore_dark": ("/explore?h=12&w=12&pattern=handwritten_digit&kernel=sobel_horizontal&pad=same&step=80", "dark"),
    "home": ("/", "light"),
}


def main() -> None:
    """Take every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, serve(Path(folder) / "log.txt") as server, chromium() as browser:
        for name, (path, theme) in PICTURES.items():
            take(browser, server.url + path, theme, FOLDER / f"{name}.png")


def take(browser: Browser, url: str, theme: str, file: Path) -> None:
    """Save a picture of a page once it is all there."""
    page = browser.new_page(viewport={"width": 1366, "height": 768}, color_scheme=theme)
    page.goto(url)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=30_000)
    page.wait_for_timeout(1000)  # the last of it is drawn after the script has ended
    page.screenshot(path=file)
    page.close()


if __name__ == "__main__":
    main()
