"""What a person does on the quiz's page, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from conv.quiz import generate
from conv.quiz.answers import spell
from tests.browser.axe import axe
from tests.browser.conftest import settle
from tests.browser.watch import watch
from tools.drive import Server
from ui.quiz_practice import KEY

DENSE = "/quiz?kind=dense&level=1&seed=5"
QUESTION = generate("dense", seed=5, level=1)
MISTAKE = next(one for one in QUESTION.diagnoses if one.text.startswith("You left the biases out"))


def front(page: Page):
    return page.locator(".quiz")


def field(page: Page):
    return front(page).get_by_role("textbox")


def verdict(page: Page):
    return front(page).get_by_role("status")


def button(page: Page, name: str):
    return front(page).get_by_role("button", name=name, exact=True)


def type_answer(page: Page, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_wrong_then_right_then_next_by_the_keyboard_alone(open_page: Callable[..., Page]) -> None:
    page = open_page(DENSE)
    field(page).focus()
    type_answer(page, "a lot")
    expect(front(page).get_by_role("alert")).to_have_text("Type one number, such as 12. Received: a lot.")
    expect(field(page)).to_have_value("a lot")
    type_answer(page, str(MISTAKE.value))  # over what was typed, which is selected
    expect(verdict(page)).to_contain_text(f"{spell(MISTAKE.value)} is not right. One more try.")
    expect(verdict(page)).to_contain_text(MISTAKE.text)
    expect(verdict(page)).to_contain_text("Hint:")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_accessible_description(re.compile("One more try.*Hint.*How many parameters"))
    expect(page.get_by_role("heading", name="Solution")).to_have_count(0)
    type_answer(page, spell(QUESTION.answer))  # with its comma
    expect(verdict(page)).to_have_text(f"Right: {spell(QUESTION.answer)}.")
    expect(button(page, "Next question")).to_be_focused()
    expect(page.get_by_role("heading", name="Solution")).to_be_visible()
    expect(page.locator(".progress").get_by_role("row", name="Dense layers")).to_contain_text("0 of 1")
    page.wait_for_timeout(500)  # as long as a second Enter is taken for the first
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Feature map size")).to_be_visible()
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("")
    expect(verdict(page)).to_be_empty()
    expect(page).to_have_url(re.compile("kind=size"))
    page.go_back()
    expect(verdict(page)).to_have_text(f"Right: {spell(QUESTION.answer)}.")
    page.get_by_role("link", name="Show me").click()
    expect(page).to_have_url(re.compile(r"/connections\?.*hidden=100"))


def test_choices_by_the_keyboard_and_the_pictures_among_them(open_page: Callable[..., Page]) -> None:
    question = generate("which_picture", seed=3, level=3)
    right = "abcd"[question.choices.index(question.answer)]
    page = open_page("/quiz?kind=which_picture&level=3&seed=3", width=1366, height=768)
    expect(button(page, "Check")).to_be_in_viewport(ratio=1)
    choices = front(page).get_by_role("radio")
    expect(choices).to_have_count(4)
    choices.first.focus()
    page.keyboard.press("Enter")
    expect(front(page).get_by_role("alert")).to_have_text("Choose one of the answers first.")
    page.keyboard.press("d" if right != "d" else "c")
    page.keyboard.press("Enter")
    expect(verdict(page)).to_contain_text("One more try.")
    page.keyboard.press("1")
    expect(choices.first).to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(choices.nth(1)).to_be_checked()
    page.keyboard.press(right)
    page.keyboard.press("Enter")
    expect(verdict(page)).to_have_text(f"Right: {question.answer}.")
    assert axe(page) == []


@pytest.mark.first_visit
def test_the_answer_is_nowhere_before_it_is_told_and_progress_survives(
    open_page: Callable[..., Page], page: Page
) -> None:
    frames: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(as_bytes(frame))))
    answer = spell(QUESTION.answer), str(QUESTION.answer), spell(QUESTION.answer).replace(",", "{,}")
    secrets = [text.encode() for text in (*answer, MISTAKE.text, QUESTION.link)]
    open_page(DENSE)
    field(page).fill("7")
    page.keyboard.press("Enter")
    expect(verdict(page)).to_contain_text("One more try.")
    page.reload()
    settle(page)
    expect(verdict(page)).to_contain_text("One more try.")  # the first try outlasts it
    told = b"".join(frames)
    assert QUESTION.text.encode() in told  # so what is sent can be read
    assert [secret for secret in secrets if secret in told] == []
    dom = page.evaluate(WHOLE_PAGE)
    assert QUESTION.unit in dom and [secret for secret in secrets if secret.decode() in dom] == []
    button(page, "Show the solution").click()
    expect(verdict(page)).to_have_text(f"The answer is {spell(QUESTION.answer)}.")
    assert spell(QUESTION.answer).encode() in b"".join(frames)

    page.goto(page.url.split("?")[0])
    settle(page)
    expect(page.locator(".progress").get_by_role("row", name="Dense layers")).to_contain_text("0 of 1")
    button(page, "Start over").click()
    expect(button(page, "Keep them")).to_be_focused()
    button(page, "Forget all answers").click()
    expect(page.locator(".progress")).to_contain_text("What you have answered shows here")

    page.wait_for_function(f"JSON.parse(localStorage.getItem('{KEY}')).turn === 0")
    page.evaluate(f"localStorage.setItem('{KEY}', 'junk')")
    page.reload()
    settle(page)
    expect(page.get_by_role("alert").filter(has_text="could not be read: it starts anew")).to_be_visible()
    page.evaluate(FULL)
    button(page, "Show the solution").click()
    expect(front(page)).to_contain_text("This browser keeps no progress, as its storage is full or blocked")


def as_bytes(frame: bytes | str) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


FULL = "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
WHOLE_PAGE = """() => {
    const roots = [document.documentElement];
    for (const root of roots) {
        roots.push(...[...root.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean));
    }
    return roots.map((root) => root.innerHTML).join() + location.href;
}"""


def test_a_lecturers_link_asks_everyone_the_same(
    open_page: Callable[..., Page], browser: Browser, server: Server
) -> None:
    page = open_page("/quiz?mode=set&kinds=work~dense&length=2&seed=8&choices=1")
    asked = page.locator(".st-key-quiz_question p").text_content()
    button(page, "Share and export").click()
    link = page.get_by_role("dialog").get_by_test_id("stCode").first.text_content()
    assert "given=1" in link
    page.get_by_role("dialog").get_by_role("tab", name="Question bank").click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name="Download for Moodle (XML)").click()
    assert download.value.path().read_text().count("<question type=") > 20

    context = browser.new_context(locale="en-GB")
    troubles: list[str] = []
    other = context.new_page()
    watch(other, server.url, troubles)
    other.goto(link)
    settle(other)
    expect(other.locator(".st-key-quiz_question p")).to_have_text(asked)
    expect(other.get_by_text("Mode")).to_have_count(0)
    button(other, "Share and export").click()
    expect(other.get_by_role("dialog").get_by_role("tab")).to_have_text(["Link"])  # no key
    other.keyboard.press("Escape")
    button(other, "Show the solution").click()
    button(other, "Next question").click()
    expect(other.get_by_role("heading", name="Question 2 of 2")).to_be_visible()
    other.reload()  # goes on where it was
    settle(other)
    button(other, "Show the solution").click()
    button(other, "See the summary").click()
    expect(verdict(other)).to_have_text("0 of 2 right at once.")
    expect(field(other)).to_be_focused()
    type_answer(other, "Ada")
    expect(field(other)).to_be_hidden()
    with other.expect_download() as summary:
        other.get_by_role("button", name="Download for a spreadsheet (CSV)").click()
    assert summary.value.path().read_text("utf-8-sig").splitlines()[1].startswith("Ada,1,")
    assert axe(other) == []
    context.close()
    assert not troubles, "\n".join(troubles)


def test_axe_and_room_in_both_themes_at_a_desk_and_on_a_phone(open_page: Callable[..., Page]) -> None:
    page = open_page("/quiz?kind=cell&level=1&seed=3")
    field(page).fill("77")
    page.keyboard.press("Enter")
    expect(verdict(page)).to_contain_text("One more try.")
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(15, 20, 25)")
    assert axe(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    button(page, "Show the solution").click()
    expect(page.get_by_role("heading", name="Solution")).to_be_visible()
    assert axe(page) == []
    page.emulate_media(color_scheme="light")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(255, 255, 255)")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = [target.bounding_box()["height"] for target in front(page).locator("button:visible").all()]
    assert heights and min(heights) >= 24


def test_from_the_stepper_to_questions_about_it(open_page: Callable[..., Page]) -> None:
    page = open_page("/explore?h=8&w=8&sh=2&sw=2")
    page.get_by_role("link", name="Quiz me on this").click()
    expect(page.get_by_role("heading", name="When the division is not exact")).to_be_visible()
    expect(page).to_have_url(re.compile("seed="))
    page.go_back()
    expect(page).not_to_have_url(re.compile("seed="))
    page.wait_for_timeout(500)  # in which the link would be written anew
    page.go_back()
    expect(page.get_by_role("heading", name="Slide a window")).to_be_visible()
