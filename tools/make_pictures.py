"""Take the pictures of the documentation and the home page from the running app: ``python -m tools.make_pictures``."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tools.drive import ROOT, chromium, serve
from ui.ideas import IDEAS

DOCUMENTATION = ROOT / "docs" / "images"
PICTURES = {
    "explore": ("/explore?pattern=ramp&kernel=sharpen&ph=1&pw=1&step=18", "light"),
    "explore_dark": ("/explore?h=12&w=12&pattern=handwritten_digit&kernel=sobel_horizontal&pad=same&step=80", "dark"),
    "home": ("/", "light"),
}
CARDS = ROOT / "assets" / "images" / "pages"
CARD = (640, 360)
CARD_COLOURS = 128
# Where a card's picture says more than the page as it opens.
STARTS = {
    "explore": "?pattern=ramp&kernel=sharpen&step=13", "channels": "?step=8", "gradients": "?step=5",
    "lecture": "?lecture=demo&scene=3",
}
TRAINED = ("train",)  # shows nothing before a training
QUESTION, AROUND = ".st-key-quiz_question", 24
ANSWERED = {"quiz": "2x2"}  # shows what it is for once something has been answered


def main() -> None:
    """Take every picture: the cards first, for the home page shows them."""
    for folder in (DOCUMENTATION, CARDS):
        folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, serve(Path(folder) / "log.txt") as server, chromium() as browser:
        for name in IDEAS:
            for theme in ("light", "dark"):
                page = opened(browser, f"{server.url}/{name}{STARTS.get(name, '')}", theme)
                if name in TRAINED:
                    page.get_by_role("button", name="Train", exact=True).click()
                    expect(page.locator(f".{name}")).to_contain_text("epochs are done", timeout=60_000)
                if name in ANSWERED:
                    page.get_by_role("textbox", name="Your answer").fill(ANSWERED[name])
                    page.get_by_role("button", name="Check").click()
                    expect(page.locator(f".{name}").get_by_role("status")).not_to_be_empty()
                card(page).save(CARDS / f"{name}_{theme}.png", optimize=True)
                page.close()
        for name, (path, theme) in PICTURES.items():
            page = opened(browser, server.url + path, theme)
            page.screenshot(path=DOCUMENTATION / f"{name}.png")
            page.close()


def opened(browser: Browser, url: str, theme: str) -> Page:
    """A page once it is all there."""
    page = browser.new_page(viewport={"width": 1366, "height": 768}, color_scheme=theme)
    page.goto(url)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=30_000)
    page.wait_for_timeout(1500)  # the last of it is drawn after the script has ended
    return page


def card(page: Page) -> Image.Image:
    """The page's front end, cut and shrunk to a card."""
    page.add_style_tag(content="[data-testid=stHeader] { display: none }")  # it would lie over what is below it
    front = page.get_by_test_id("stMain").locator(".front").first
    if page.locator(QUESTION).count():  # above its front end, which is wide and mostly empty
        page.set_viewport_size({"width": 1040, "height": 768})  # so narrow that its lines break
        page.wait_for_timeout(500)
        box = page.locator(QUESTION).bounding_box()
        left, width = box["x"] - AROUND, box["width"] + 2 * AROUND
        content = page.screenshot(clip={"x": left, "y": box["y"], "width": width, "height": width * CARD[1] / CARD[0]})
    else:
        content = front.screenshot()
    shot = Image.open(BytesIO(content)).convert("RGB")
    height = min(shot.height, round(shot.width * CARD[1] / CARD[0]))
    small = shot.crop((0, 0, shot.width, height)).resize((CARD[0], round(height * CARD[0] / shot.width)))
    framed = Image.new("RGB", CARD, shot.getpixel((0, shot.height - 1)))
    framed.paste(small, (0, (CARD[1] - small.height) // 2))
    return framed.quantize(CARD_COLOURS)


if __name__ == "__main__":
    main()
