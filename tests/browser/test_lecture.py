"""A lecture in the theatre: keys from any focus, no answer before its time, all of it on an old projector."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import axe
from tests.browser.conftest import settle
from tests.held_lecture import HELD


def present(page: Page) -> None:
    page.get_by_role("button", name="Present").click()
    expect(page.locator(".lecture.presenting")).to_be_visible()


def expect_place(page: Page, scene: int, step: int = 1) -> None:
    status = page.locator(".lecture > .foot").get_by_role("status")
    expect(status).to_have_text(re.compile(rf"^Scene {scene} of \d+(, step {step} of \d+)?$"))


def test_a_clickers_keys_work_wherever_the_focus_is(open_page) -> None:
    page = open_page("/lecture?lecture=demo&scene=3", width=1366, height=768)
    expect_place(page, 3)
    present(page)
    expect(page.locator(".shown").get_by_role("grid", name="Kernel")).to_be_visible()
    asked = page.locator(".shown").get_by_text("How large is the output?").or_(page.locator(".shown .guess button"))
    expect(asked.filter(visible=True)).to_have_count(0)  # the scene asks, and tells
    hands = page.get_by_role("textbox", name="Hands for A")
    hands.click()
    page.keyboard.type("12")
    for key in ("Space", "b", "ArrowLeft", "End"):  # typing: none of the presenter's
        page.keyboard.press(key)
    page.keyboard.type("3")
    expect(hands).to_have_value("123")
    expect_place(page, 3)
    page.keyboard.press("Escape")
    expect(hands).not_to_be_focused()
    expect(page.locator(".lecture.presenting")).to_be_visible()
    hands.focus()
    page.keyboard.press("PageDown")
    expect(hands).not_to_be_focused()
    expect_place(page, 3, 2)
    expect(page.locator(".choices .right")).to_contain_text("3×3")
    page.locator(".shown").get_by_role("button", name="Last").click()
    page.keyboard.press("PageUp")
    expect_place(page, 3, 1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect_place(page, 3, 3)
    page.keyboard.press("PageDown")
    expect_place(page, 4)
    expect(page).to_have_url(re.compile(r"lecture=demo&scene=4$"))

    page.keyboard.press("b")
    blank = page.get_by_role("dialog", name="The screen is blank")
    expect(blank).to_be_visible()
    page.keyboard.press("PageDown")  # takes the blank away, and nothing else
    expect(blank).to_be_hidden()
    expect_place(page, 4)

    page.keyboard.press("o")
    overview = page.get_by_role("dialog", name="Overview")
    expect(overview.get_by_role("button", name="Padding keeps the size")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(overview).to_be_hidden()
    expect_place(page, 5)
    page.keyboard.press("q")
    expect(page.get_by_role("img", name="QR code of scene 5")).to_be_visible()
    expect(page.get_by_role("dialog", name="QR code")).to_contain_text("this computer only")
    page.keyboard.press("Escape")
    page.keyboard.type("7")
    expect(page.locator(".lecture > .foot").get_by_role("status")).to_have_text("Enter: scene 7")
    page.keyboard.press("Enter")
    expect_place(page, 7)
    page.keyboard.press("End")
    expect(page.get_by_role("heading", name="Three ideas")).to_be_visible()
    page.keyboard.press("Home")
    expect_place(page, 1)
    page.keyboard.press("PageDown")
    expect(page).to_have_url(re.compile(r"lecture=demo&step=2$"))

    page.reload()  # as after a server was started again
    settle(page)
    expect_place(page, 1, 2)
    expect(page.locator(".lecture.presenting")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".lecture.presenting")).to_have_count(0)
    expect(page.get_by_role("button", name="Present")).to_be_focused()
    page.get_by_role("heading", level=1).click()  # the focus is nowhere
    page.keyboard.press("PageDown")
    expect_place(page, 2)
    page.keyboard.press("f")
    expect(page.locator(".lecture.presenting")).to_be_visible()


@pytest.mark.first_visit
def test_nothing_of_an_answer_is_in_the_page_before_the_reveal(page: Page, open_page) -> None:
    frames: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(_bytes(frame))))
    open_page("/lecture", width=1366, height=768)
    page.locator("[data-testid=stFileUploader] input").set_input_files(
        {"name": "held.toml", "mimeType": "text/plain", "buffer": HELD.encode()}
    )
    expect(page.get_by_role("heading", name="A question")).to_be_visible()
    expect(page.get_by_role("grid", name="Input")).to_be_visible()
    settle(page)
    with page.context.expect_page() as opening:
        page.get_by_role("button", name="Notes").click()
    expect(opening.value.locator("#notes")).to_have_text("NOTED")
    expect(opening.value.locator("#next")).to_have_text("Next: HINT")
    present(page)
    page.keyboard.press("PageDown")
    expect(page.get_by_text("HINT")).to_be_visible()
    expect(opening.value.locator("#next")).to_have_text("Next: the answer")
    everything = b"".join(frames).decode("utf-8", "ignore") + page.evaluate(WHOLE_DOM)
    assert "Which?" in everything
    for secret in ("ANSWERED", "AFTERWARDS", '"right":', "Max pooling"):
        assert secret not in everything

    opening.value.keyboard.press("PageDown")  # a clicker's, in the window with the notes
    expect(page.get_by_text("ANSWERED")).to_be_visible()
    expect(page.locator(".choices .right")).to_contain_text("three")
    expect(page.locator(".shown").get_by_role("grid", name="Input").get_by_role("gridcell")).to_have_count(25)
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", name="The end")).to_be_visible()
    expect(opening.value.locator("h1")).to_have_text("The end")


def test_the_notes_follow_again_after_a_reload_and_say_when_there_is_nothing_to_follow(open_page) -> None:
    page = open_page("/lecture?lecture=convolutional_networks&scene=45", width=1024, height=768)
    with page.context.expect_page() as opening:
        page.get_by_role("button", name="Notes").click()
    notes = opening.value
    expect(notes.get_by_role("heading", level=1)).to_have_text("Reading")
    page.reload()
    settle(page)
    page.keyboard.press("PageDown")
    expect(notes.get_by_role("heading", level=1)).to_have_text("Next time: the gradients")
    expect(notes.locator("#next").get_by_role("img")).to_have_count(1)  # a formula, as in the scene
    page.close()
    expect(notes.get_by_role("status")).to_have_text("The lecture's window has been closed.")


def test_what_a_step_brings_is_seen_in_a_large_window_magnified_twice(open_page) -> None:
    page = open_page("/lecture?lecture=demo&scene=3", width=512, height=384)
    present(page)
    picture = page.locator(".lecture .scene > .stage")
    expect(picture).not_to_be_in_viewport(ratio=0.9)
    page.keyboard.press("PageDown")
    expect(page.locator(".choices .right")).to_be_visible()
    page.keyboard.press("PageDown")  # it plays
    expect(picture).to_be_in_viewport(ratio=0.9)


def test_the_demo_fits_an_old_projector_in_both_themes(open_page) -> None:
    page = open_page("/lecture?lecture=demo", width=1024, height=768)
    assert axe(page) == []
    present(page)
    for number in range(1, 9):
        expect(page.locator(".lecture > .foot").get_by_role("status")).to_contain_text(f"Scene {number} of 8")
        while True:
            page.wait_for_function(FITS)
            size = page.locator(".lecture .text").evaluate("text => parseFloat(getComputedStyle(text).fontSize)")
            assert size >= 24
            before = page.locator(".lecture > .foot").get_by_role("status").text_content()
            if number == 3:
                assert axe(page) == []
                page.emulate_media(color_scheme="dark")
                assert axe(page) == []
            page.keyboard.press("PageDown")
            if number == 8:
                break
            status = page.locator(".lecture > .foot").get_by_role("status")
            expect(status).not_to_have_text(before)
            if f"Scene {number} " not in status.text_content():
                break


def _bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


# All text and attributes of the page, shadow roots included.
WHOLE_DOM = """() => {
  const shadows = (root) => [...root.querySelectorAll("*")].flatMap((element) => element.shadowRoot ?? []);
  const whole = (root) => root.innerHTML + shadows(root).map(whole).join("");
  return whole(document.documentElement);
}"""
# Neither the scene nor its picture has anything that one would have to scroll to.
FITS = """() => {
  const root = [...document.querySelectorAll("*")].find((e) => e.shadowRoot?.querySelector(".lecture")).shadowRoot;
  const whole = (box) => box.scrollHeight <= box.clientHeight + 2 && box.scrollWidth <= box.clientWidth + 2;
  return whole(root.querySelector(".scene")) && whole(root.querySelector(".stage"));
}"""
