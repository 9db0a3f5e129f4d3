"""The page that shows a lecture: which one, what of it is in the page, and what is brought when it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from ui import components, controls, lectures
from ui.components import Data
from ui.controls import Item
from ui.ideas import IDEAS
from ui.image_kernels_shown import parcel
from ui.lecture_pictures import PICTURES
from ui.lecture_words import lengths, markdown
from ui.lectures import Lecture, LectureError, Link, Scene
from ui.settings import Page, PlacedPage, literally, text
from ui.share import ONLY_HERE, THIS_COMPUTER, qr_modules

UPLOADED = "uploaded"  # the name of a lecture that was sent to this session
UPLOAD = f"Your lecture, at most {lectures.LARGEST // 1000} kB"
FIRST = "demo"
SETTINGS = (text("lecture", 60),)
FOLDER = components.ASSETS / "components" / "lecture"


# ---- which lecture --------------------------------------------------------------------------------


def settle(page: Page) -> Lecture:
    """Find the lecture that the link names; where it can't be shown, say why and take the first."""
    try:
        lecture = _named(page)
    except LectureError as error:
        page.notes += [f"`{page['lecture'][:40].replace('`', '')}` can't be shown.", *_lines(error)]
        page.update(lecture=FIRST)
        lecture = lectures.load(FIRST)
    scene, step = _place(page, lecture)
    if page.scene > scene:
        page.notes.append(f"The lecture has {scene} scenes. Received: scene={page.scene}. The last one is shown.")
    if page.step > step:
        many = f"{step} steps" if step > 1 else "1 step"
        page.notes.append(f"Scene {scene} has {many}. Received: step={page.step}. The last one is shown.")
    return lecture


def _place(page: Page, lecture: Lecture) -> tuple[int, int]:
    """Give the scene and the step at which the link stands, or the last that there are."""
    scene = min(page.scene, len(lecture.scenes))
    return scene, min(page.step, len(lecture.scenes[scene - 1].steps) + 1)


def _lines(error: LectureError) -> list[str]:
    """Give what is wrong line by line, as it is written: no Markdown in it counts."""
    return [literally(line) for line in str(error).split("\n")]


def _named(page: Page) -> Lecture:
    if not page["lecture"]:
        page.update(lecture=FIRST)
    if page["lecture"] != UPLOADED:
        return lectures.load(page["lecture"])
    kept: Lecture | None = page.recall(UPLOADED)
    if kept is None:
        raise LectureError("An uploaded lecture lasts as long as its page is open: upload it again.")
    return kept


def keep(page: Page, content: bytes) -> None:
    """Take an uploaded lecture; a LectureError says what is wrong with it, as a list."""
    try:
        lecture = lectures.read(content)
    except LectureError as error:
        told = [*_lines(error), f"Still shown: *{literally(settle(page).title)}*."]
        raise LectureError("\n".join(f"- {line}" for line in told)) from None
    page.remember(UPLOADED, lecture)
    page.start_from({"lecture": UPLOADED})


def items(page: Page) -> list[Item]:
    """Describe the controls."""
    titles = {}
    for name in lectures.names():
        try:
            titles[name] = lectures.load(name).title
        except LectureError:
            titles[name] = f"{name} (has errors)"
    if page.recall(UPLOADED):
        titles[UPLOADED] = page.recall(UPLOADED).title
    return [controls.select(page, "lecture", "Lecture", titles)]


def take(page: Page) -> None:
    """Take a change that a person made."""
    for name, value in page.take("controls"):
        if name == "lecture":
            page.start_from({"lecture": value})


# ---- what is in the page --------------------------------------------------------------------------


def identity(page: Page, lecture: Lecture) -> str:
    """Name a lecture as it is now: another name, another front end's state."""
    made = hashlib.blake2b(repr(lecture).encode(), digest_size=4)
    return f"{page['lecture']}-{made.hexdigest()}"


def data(page: Page, lecture: Lecture) -> Data:
    """Give the words of all scenes but what questions hold back; of that, what has been asked for."""
    name = identity(page, lecture)
    asked, drawn = (page.recall(f"{what} of {name}", {}) for what in ("asked", "drawn"))
    scene, step = _place(page, lecture)
    open_at = {int(number) for number in asked.get("answers", []) if 0 <= int(number) < len(lecture.scenes)}
    if step >= (lecture.scenes[scene - 1].answered_at or step + 1):
        open_at.add(scene - 1)
    return {
        "id": name,
        "arrival": page.arrivals,
        "scene": scene,
        "step": step,
        "present": page.presenting,
        "scenes": [_scene(page, number, found) for number, found in enumerate(lecture.scenes)],
        "answers": {str(number): _answer(page, lecture, number) for number in sorted(open_at)},
        "notes": [markdown(found.notes) for found in lecture.scenes] if asked.get("notes") else None,
        "drawn": drawn or None,
    }


def _scene(page: Page, number: int, scene: Scene) -> Data:
    link = page.url({"scene": number + 1} if number else {})
    shared = page["lecture"] != UPLOADED
    question = scene.question
    return {
        "title": scene.title,
        "stops": len(scene.steps) + 1,
        "steps": _steps(scene, number, 1, scene.answered_at or len(scene.steps) + 2),
        "question": question and {
            "ask": markdown(question.ask), "choices": [markdown(choice) for choice in question.choices]
        },
        "held": [lengths(step.words) for step in scene.steps[scene.answered_at - 2 :]] if scene.answered_at else [],
        "code": qr_modules(link) if shared else None,
        "caveat": _caveat(link) if shared else "",
        "address": link if shared else "An uploaded lecture has no link that others can open.",
    }


def _caveat(link: str) -> str:
    return ONLY_HERE if urlsplit(link).hostname in THIS_COMPUTER else ""


def _steps(scene: Scene, number: int, first: int, end: int) -> list[Data]:
    """Give some of a scene's steps, counted from 1."""
    keys = _keys(scene, number)
    words = [scene.words, *(step.words for step in scene.steps)]
    return [
        {
            "words": markdown(words[step - 1]),
            "picture": keys[step - 1],
            "play": step > 1 and scene.steps[step - 2].play,
            "answer": step > 1 and scene.steps[step - 2].answer,
        }
        for step in range(first, min(end, len(words) + 1))
    ]


def _keys(scene: Scene, number: int) -> list[str | None]:
    """Name each step's picture: the scene, and the step that brings the picture."""
    keys: list[str | None] = []
    for step, (own, picture) in enumerate(
        zip([scene.picture, *(step.picture for step in scene.steps)], scene.pictures, strict=True)
    ):
        keys.append(None if picture is None else f"{number}/{step}" if own else keys[-1])
    return keys


def _answer(page: Page, lecture: Lecture, number: int) -> Data:
    """Give what a question holds back."""
    scene = lecture.scenes[number]
    if scene.question is None or scene.answered_at is None:
        return {"right": -1, "steps": [], "pictures": {}}
    return {
        "right": scene.question.right,
        "steps": _steps(scene, number, scene.answered_at, len(scene.steps) + 2),
        "pictures": _pictures(page, scene, number, answered=True),
    }


# ---- pictures -------------------------------------------------------------------------------------


def deliver(page: Page, lecture: Lecture) -> list[str]:
    """Bring the front ends that the lecture uses, then every scene's pictures, the next ones first.

    What is held back is made too, so that it is quick to come, but not sent. Returns what pages would change in the
    lecture's settings.
    """
    used = {picture.page for picture in _all_pictures(lecture).values()}
    fronts = {PICTURES[name].front for name in used if PICTURES[name].front}
    sources = {front[0]: components.sources(*front) for front in sorted(fronts)}
    own = {name: (FOLDER / name).read_text(encoding="utf-8") for name in ("notes.html", "pictures.css")}
    _deliver("fronts", sources | own, "fronts")
    at = _place(page, lecture)[0] - 1
    notes: dict[int, list[str]] = {}
    for number in sorted(range(len(lecture.scenes)), key=lambda number: (number < at, abs(number - at))):
        scene, notes[number] = lecture.scenes[number], []
        pictures = _pictures(page, scene, number, notes=notes[number])
        _deliver(f"{identity(page, lecture)}/{number}", {"pictures": pictures}, f"scene {number}")
        _pictures(page, scene, number, answered=True, notes=notes[number])
    found = [f"Scene {number + 1}: {note}" for number in sorted(notes) for note in notes[number]]
    return _kept(page, identity(page, lecture), found)


def _kept(page: Page, name: str, found: list[str]) -> list[str]:
    """Keep what pages said when they first settled a lecture's settings: the second time there is nothing to say."""
    if page.recall("noted", ("", []))[0] != name:
        page.remember("noted", (name, found))
    return page.recall("noted")[1]


def _deliver(slot: str, what: Mapping[str, Any], key: str) -> None:
    components.front_end("delivery", data=parcel({"slot": slot, **what}, {}), key=key)


def _pictures(
    page: Page, scene: Scene, number: int, *, answered: bool = False, notes: list[str] | None = None
) -> Data:
    """Draw the pictures of a scene that come before its answer, or those that come with it and after it."""
    held = scene.answered_at or len(scene.steps) + 2
    found = {}
    for step, picture in enumerate([scene.picture, *(step.picture for step in scene.steps)], start=1):
        if picture and (step >= held) == answered:
            key = f"{number}/{step - 1}"
            own = placed(key, picture)
            found[key] = _picture(page, own, key, picture)
            if notes is not None:
                notes += own.notes
    return found


def placed(key: str, picture: Link) -> PlacedPage:
    """Give a scene's picture its settings."""
    return PlacedPage(f"lecture/{key}/{picture.page}", PICTURES[picture.page].settings, picture.settings)


def _picture(page: Page, own: PlacedPage, key: str, picture: Link) -> Data:
    about = PICTURES[picture.page]
    link = f"{picture.page}?{urlencode(picture.settings)}"
    found = {"key": key, "title": IDEAS[picture.page].title, "link": link}
    if about.front:
        return found | {"front": about.front[0], "data": about.data(own)}
    address = urljoin(page.url(), link)
    return found | {"front": "", "code": qr_modules(address), "caveat": _caveat(address)}


def hear(page: Page, lecture: Lecture) -> None:
    """Take what the front end asks for: answers, notes, or what comes of something done in a picture."""
    asked = page.event("lecture", "ask")
    try:
        wanted = {"answers": [int(number) for number in asked["answers"]], "notes": bool(asked["notes"])}
        report = asked["report"] and (str(asked["report"]["key"]), asked["report"]["name"], asked["report"]["value"])
        name, serial = asked["id"], int(asked["serial"])
    except (KeyError, TypeError, ValueError):
        return  # not from our own front end: leave all as it was
    if name != identity(page, lecture):
        return  # it asked before another lecture came
    page.remember(f"asked of {name}", wanted)
    if report:
        _report(page, lecture, *report, serial)


def _report(page: Page, lecture: Lecture, key: str, name: str, value: Any, serial: int) -> None:
    """Let a picture's page take what its front end reports, and keep what it draws then."""
    picture = _all_pictures(lecture).get(key)
    if picture is None or name not in PICTURES[picture.page].hears:
        return
    own = placed(key, picture)
    own.reported = {name: value}
    PICTURES[picture.page].hears[name](own)
    drawn = {"key": key, "serial": serial, "data": PICTURES[picture.page].data(own)}
    page.remember(f"drawn of {identity(page, lecture)}", drawn)


def _all_pictures(lecture: Lecture) -> dict[str, Link]:
    return {
        f"{number}/{step}": picture
        for number, scene in enumerate(lecture.scenes)
        for step, picture in enumerate([scene.picture, *(step.picture for step in scene.steps)])
        if picture
    }
