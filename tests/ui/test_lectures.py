"""The format of lectures: what is read, and that every error names its line and says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ui import lectures
from ui.lecture_pictures import PICTURES
from ui.lectures import LectureError, Link, Step, read
from ui.share import scene_lines

DOCUMENT = (Path(__file__).parents[2] / "docs" / "lectures.md").read_text(encoding="utf-8")
QUESTION = """
title = "A lecture"

[[scene]]
title = "A question"
words = '''
[scene.question] is no heading here
right = "c"
'''

[scene.question]
ask = "How large?"
choices = ["3×3", "5×5"]
right = "B"

[[scene.step]]
words = "A hint"

[[scene.step]]
answer = true
picture = "explore?kh=5&kw=5"

[[scene.step]]
play = true
"""


def wrong(text: str) -> list[str]:
    with pytest.raises(LectureError) as caught:
        read(text.encode())
    return str(caught.value).splitlines()


def test_a_scene_with_a_question() -> None:
    (scene,) = read(QUESTION.encode()).scenes
    assert scene.words.startswith("[scene.question] is no heading")
    assert (scene.question.choices, scene.question.right) == (("3×3", "5×5"), 1)
    picture = Link("explore", {"kh": "5", "kw": "5"})
    assert scene.steps == (Step("A hint"), Step(picture=picture, answer=True), Step(play=True))
    assert scene.answered_at == 3
    assert scene.pictures == [None, None, picture, picture]


def test_a_question_without_a_step_for_its_answer_gets_one_at_the_end() -> None:
    (scene,) = read(QUESTION.replace("answer = true\n", "").encode()).scenes
    assert [step.answer for step in scene.steps] == [False, False, False, True]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_any_editors_text_is_read(ending: str, mark: bytes) -> None:
    assert read(mark + QUESTION.replace("\n", ending).encode()) == read(QUESTION.encode())


def test_a_whole_address_is_a_picture() -> None:
    scene = '[[scene]]\ntitle = "S"\npicture = "http://localhost:8501/pooling?p=inf&step=3"'
    (found,) = read(f'title = "A"\n{scene}'.encode()).scenes
    assert found.picture == Link("pooling", {"p": "inf", "step": "3"})


@pytest.mark.parametrize("name", PICTURES)
def test_what_the_share_dialog_gives_is_a_scene(name: str) -> None:
    setting = next(setting for setting in PICTURES[name].settings if isinstance(setting.default, int))
    lines = scene_lines(f"http://localhost:8501/base/{name}?{setting.name}={setting.write(setting.default)}&step=2")
    (scene,) = read(f'title = "A"\n{lines}'.encode()).scenes
    assert scene.picture == Link(name, {setting.name: setting.write(setting.default), "step": "2"})


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("ask", "aks", ['Line 12, scene 1: Unknown key "aks". Did you mean "ask"?']),
        ('title = "A lecture"', 'titel = "A"', ['Line 2: Unknown key "titel". Did you mean "title"?']),
        ('title = "A lecture"', "", ['Line 1: "title" is missing: add title = "…".']),
        ('title = "A question"', 'title = ""', ['Line 5, scene 1: "title" is missing: add title = "…".']),
        ('right = "B"', 'right = "c"', ['Line 14, scene 1: Which choice is right? One of "a", "b". Received: \'c\'.']),
        ('right = "B"', "right = 2", ['Line 14, scene 1: "right" must be text in quotes, "…". Received: 2.']),
        ('right = "B"', "", ['Line 11, scene 1: "right" is missing: add right = "a".']),
        ('["3×3", "5×5"]', '["3×3"]', ["Line 13, scene 1: A question has 2 to 6 choices"]),
        ('["3×3", "5×5"]', "[3, 5]", ["Line 13, scene 1: A question has 2 to 6 choices"]),
        ("play = true", "play = 1", ['Line 24, scene 1: "play" must be true or false, without quotes. Received: 1.']),
        ("play = true", "", ["Line 23, scene 1: A step brings something"]),
        ("play = true", "answer = true", ["Line 24, scene 1: Only one step of a scene gives the answer."]),
        ("explore?", "explroe?", ['Line 21, scene 1: There is no page "explroe". Did you mean "explore"?']),
        ("kh=5", "kk=5", ['Line 21, scene 1: The page explore has no setting "kk". Did you mean "k"?']),
        ("kh=5", "kh=five", ["Line 21, scene 1: kh must be a whole number. Received: kh=five."]),
        ("kh=5", "limit=0", ["Line 21, scene 1: The page would change limit=0: write limit=0.01."]),
        (
            "kh=5", "zz=1&h=99",
            [
                'Line 21, scene 1: The page explore has no setting "zz"',
                "Line 21, scene 1: The page would change h=99: write h=32.",
            ],
        ),
        ('right = "B"', 'right = "B"\nright = "a"', ['Line 15: "right" is there already: a part has each key once.']),
        ("A hint", "$\\sum$", ["Line 17: In double quotes TOML reads a backslash itself."]),
        ('words = "A hint"', "words = '''\n\n$\\frac{x$'''", ['Line 19, scene 1: "words" has a formula']),
        ("kh=5", "step=x", ["Line 21, scene 1: step must be a whole number. Received: step=x."]),
        ("A hint", "A $\\\\frac{x$", ['Line 17, scene 1: "words" has a formula that can\'t be read: $\\frac{x$.']),
        ("A hint", "[x](javascript:alert)", ['Line 17, scene 1: "words" has a link that is no address']),
        ("A hint", "a" * 3001, ['Line 17, scene 1: "words" has at most 3000 characters. Received: 3001.']),
        ("How large?", "How large?\n", ["Line 12: "]),
        ("'\n\n[scene.question]", "'\n\n[[scene.question]]", ['Line 11, scene 1: "question" must be a part headed']),
        ("[[scene]]", "[scene]", ['Line 4: "scene" must be parts headed [[scene]]']),
    ],
)
def test_what_is_wrong_is_said_with_its_line(before: str, after: str, said: list[str]) -> None:
    found = wrong(QUESTION.replace(before, after, 1))
    assert [line[: len(text)] for line, text in zip(found, said, strict=False)] == said, found


def test_everything_that_is_wrong_is_said_at_once_in_its_order() -> None:
    text = QUESTION.replace("ask", "aks").replace("play", "plya").replace("kh=5", "kh=five")
    assert [re.match(r"Line (\d+)", line)[1] for line in wrong(text)] == ["12", "21", "24"]


def test_a_lecture_without_a_scene() -> None:
    assert wrong('title = "A"') == ["Line 1: A lecture has at least one scene: a part headed [[scene]] with a title."]


def test_what_is_no_text_and_what_is_too_long() -> None:
    with pytest.raises(LectureError, match="text in UTF-8"):
        read(b"title = '\xff'")
    with pytest.raises(LectureError, match="at most 256 kB"):
        read(b"#" * (lectures.LARGEST + 1))
    assert "There are at most 100 of these" in wrong('title = "A"\n' + '[[scene]]\ntitle = "S"\n' * 101)[0]
    with pytest.raises(LectureError, match="not TOML|Line"):
        read(b"a = " + b"[" * 100_000)


def test_the_folder_comes_before_what_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(QUESTION, encoding="utf-8")
    (tmp_path / "demo.toml").write_text(QUESTION, encoding="utf-8")
    monkeypatch.setenv(lectures.FOLDER, str(tmp_path))
    assert lectures.names()[:2] == ["demo", "mine"]
    assert lectures.load("demo").title == lectures.load("mine").title == "A lecture"
    for name in ("../mine", "nothing", ""):
        with pytest.raises(LectureError, match="There is no lecture of this name. There are: demo, mine"):
            lectures.load(name)


# ---- the documentation ----------------------------------------------------------------------------


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL))
def test_every_example_of_the_documentation_is_a_lecture(example: str) -> None:
    assert read(example.encode()).scenes


def test_the_documentation_tells_every_key_page_and_limit() -> None:
    keys = lectures.LECTURE_KEYS | lectures.SCENE_KEYS | lectures.QUESTION_KEYS | lectures.STEP_KEYS
    table = "\n".join(line for line in DOCUMENT.splitlines() if line.startswith("|"))
    assert [key for key in keys if not re.search(rf"`(\[\[?scene\.)?{key}\b|`\[\[{key}\]\]", table)] == []
    assert [name for name in PICTURES if f"`{name}`" not in table] == []
    limits = {lectures.MOST_SCENES, lectures.MOST_STEPS, *(lectures.LONGEST[key] for key in ("title", "words", "ask"))}
    assert [number for number in limits if not re.search(rf"\b{number}\b", table)] == []
