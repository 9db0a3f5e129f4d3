"""Take the pictures of the documentation and the home page from the running app.

``python -m tools.make_pictures`` takes all of them, ``python -m tools.make_pictures explore home`` those alone.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tools.drive import ROOT, chromium, serve
from ui.ideas import IDEAS

DOCUMENTATION = ROOT / "docs" / "images"
PAGES = DOCUMENTATION / "pages"
CARDS = ROOT / "assets" / "images" / "pages"
CARD = (640, 360)
COLOURS = 128
DESK, PHONE, THEATRE = (1366, 768), (360, 740), (1280, 720)
# What the gallery shows beside the pages: the path, the theme and the window.
GALLERY = {
    "dark": ("explore?h=12&w=12&pattern=handwritten_digit&kernel=sobel_horizontal&pad=same&step=80", "dark", DESK),
    "presenter": ("lecture?lecture=demo&scene=5", "dark", THEATRE),
    "phone": ("explore?pattern=ramp&kernel=sharpen&step=13", "light", PHONE),
    "home": ("", "light", DESK),
}
# Where a page's picture says more than the page as it opens.
STARTS = {
    "explore": "?pattern=ramp&kernel=sharpen&ph=1&pw=1&step=18", "channels": "?step=8", "gradients": "?step=5",
    "lecture": "?lecture=demo&scene=3",
}
TRAINED = ("train",)  # shows nothing before a training
QUESTION, AROUND = ".st-key-quiz_question", 24
ANSWERED = {"quiz": "2x2"}  # shows what it is for once something has been answered


def main() -> None:
    """Take every picture, or those that are named: the pages first, for the home page shows them."""
    for folder in (PAGES, CARDS):
        folder.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or [*IDEAS, *GALLERY]
    with TemporaryDirectory() as folder, serve(Path(folder) / "log.txt") as server, chromium() as browser:
        for name in (name for name in IDEAS if name in wanted):
            for theme in ("light", "dark"):
                page = opened(browser, f"{server.url}/{name}{STARTS.get(name, '')}", theme)
                prepare(page, name)
                if theme == "light":
                    save(whole(page), PAGES / f"{name}.png")
                save(card(page), CARDS / f"{name}_{theme}.png")
                page.close()
        for name in (name for name in GALLERY if name in wanted):
            path, theme, window = GALLERY[name]
            page = opened(browser, f"{server.url}/{path}", theme, window)
            if name == "presenter":
                page.get_by_role("button", name="Present").click()
                page.wait_for_timeout(1500)
            save(whole(page), DOCUMENTATION / f"{name}.png")
            page.close()


def prepare(page: Page, name: str) -> None:
    """Do what a page shows the outcome of."""
    if name in TRAINED:
        page.get_by_role("button", name="Train", exact=True).click()
        expect(page.locator(f".{name}")).to_contain_text("epochs are done", timeout=300_000)  # a busy machine is slow
    if name in ANSWERED:
        page.get_by_role("textbox", name="Your answer").fill(ANSWERED[name])
        page.get_by_role("button", name="Check").click()
        expect(page.locator(f".{name}").get_by_role("status")).not_to_be_empty()


def whole(page: Page) -> Image.Image:
    """What the window shows."""
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


def save(picture: Image.Image, path: Path) -> None:
    """Save with few colours: a third of the size."""
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def opened(browser: Browser, url: str, theme: str, window: tuple[int, int] = DESK) -> Page:
    """A page once it is all there."""
    page = browser.new_page(viewport={"width": window[0], "height": window[1]}, color_scheme=theme)
    page.goto(url)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=30_000)
    page.wait_for_timeout(1500)  # the last of it is drawn after the script has ended
    return page


def card(page: Page) -> Image.Image:
    """The page's front end, cut and shrunk to a card."""
    page.add_style_tag(content="[data-testid=stHeader] { display: none }")  # it would lie over what is below it
    main = page.get_by_test_id("stMain")
    front = main.locator(".front")
    if page.locator(QUESTION).count():  # above its front end, which is wide and mostly empty
        page.set_viewport_size({"width": 1040, "height": 768})  # so narrow that its lines break
        page.wait_for_timeout(500)
        box = page.locator(QUESTION).bounding_box()
        left, width = box["x"] - AROUND, box["width"] + 2 * AROUND
        content = page.screenshot(clip={"x": left, "y": box["y"], "width": width, "height": width * CARD[1] / CARD[0]})
    else:
        content = (front.first if front.count() else main).screenshot()
    shot = Image.open(BytesIO(content)).convert("RGB")
    height = min(shot.height, round(shot.width * CARD[1] / CARD[0]))
    small = shot.crop((0, 0, shot.width, height)).resize((CARD[0], round(height * CARD[0] / shot.width)))
    framed = Image.new("RGB", CARD, shot.getpixel((0, shot.height - 1)))
    framed.paste(small, (0, (CARD[1] - small.height) // 2))
    return framed


if __name__ == "__main__":
    main()
