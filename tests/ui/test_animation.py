"""Animations of a sweep, and thumbnails."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ui.animation import LAST_FRAME, MOST_FRAMES, MOST_PIXELS, frame_steps, sweep_gif, thumbnail
from ui.drawing import THEMES, arrange
from ui.scene import scene
from ui.window import plain_window


def opened(gif: bytes) -> Image.Image:
    return Image.open(BytesIO(gif))


def frames(gif: bytes) -> list[np.ndarray]:
    """All frames in full colour."""
    image = opened(gif)
    pictures = []
    for i in range(image.n_frames):
        image.seek(i)
        pictures.append(np.asarray(image.convert("RGB")).astype(int))
    return pictures


def durations(gif: bytes) -> list[int]:
    image = opened(gif)
    found = []
    for i in range(image.n_frames):
        image.seek(i)
        found.append(image.info["duration"])
    return found


@pytest.mark.parametrize(
    ("settings", "view"),
    [
        ({}, "gather"),
        ({"op": "flipped", "h": 4, "w": 5}, "gather"),
        ({"op": "transposed", "h": 3, "w": 3, "sh": 2, "sw": 2, "ph": 1, "pw": 1}, "gather"),
        ({"op": "transposed", "h": 3, "w": 3, "sh": 2, "sw": 2, "ph": 1, "pw": 1, "bias": 1.0}, "scatter"),
        ({"op": "max", "ph": 1, "pw": 1, "sh": 2, "sw": 2, "ceil": True}, "gather"),
        ({"op": "avg", "h": 6, "w": 6, "sh": 2, "sw": 2, "ceil": True}, "gather"),
        ({"h": 1, "w": 2, "kh": 1, "kw": 1}, "gather"),
    ],
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_frame_a_step_for_ever(settings: dict, view: str, theme: str) -> None:
    window = plain_window(**settings)
    gif = sweep_gif(window, view=view, theme=theme, width=480)
    image = opened(gif)
    assert image.n_frames == scene(window, view=view).steps
    assert image.info["loop"] == 0
    assert image.width == 480
    first, *others = frames(gif)
    assert np.abs(first[0, 0] - THEMES[theme].paper).max() <= 8  # the nearest shared colour
    for before, after in zip([first, *others], others, strict=False):
        assert (before != after).any()


@pytest.mark.parametrize("speed", [0.5, 2, 4, 50])  # a GIF counts hundredths of a second
def test_speed(speed: float) -> None:
    gif = sweep_gif(plain_window(h=3, w=5), steps_per_second=speed)
    assert durations(gif) == [1000 / speed, 1000 / speed, LAST_FRAME]


def test_outputs_stay_and_the_window_moves_on() -> None:
    window = plain_window(h=3, w=5, kernel="ones", pattern="ramp")
    pictures = frames(sweep_gif(window, width=640))
    layout = arrange(scene(window), [1, 2, 3], width=640, text_size=11)

    def cell(picture: np.ndarray, board: str, row: int, col: int) -> np.ndarray:
        left, top, right, bottom = (int(edge) for edge in layout.box(board, row, col))
        return picture[top + 4 : bottom - 4, left + 4 : right - 4]

    untouched = cell(pictures[0], "output", 0, 2)
    assert len(np.unique(untouched.reshape(-1, 3), axis=0)) == 1  # no number yet
    assert (cell(pictures[1], "output", 0, 2) == untouched).all()
    assert (cell(pictures[2], "output", 0, 2) != untouched).any()
    assert (cell(pictures[1], "output", 0, 0) == cell(pictures[2], "output", 0, 0)).all()
    assert (cell(pictures[1], "input", 1, 2) == cell(pictures[2], "input", 1, 2)).all()
    assert (pictures[1] != pictures[2]).any()


def test_progress_goes_to_the_end() -> None:
    told = []
    sweep_gif(plain_window(h=4, w=4), width=480, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("steps", [1, 2, 399, 400, 401, 1024, 4096])
@pytest.mark.parametrize("width", [480, 640, 960, 1280])
def test_a_long_sweep_skips_evenly(steps: int, width: int) -> None:
    chosen = frame_steps(steps, width)
    assert len(chosen) == min(steps, MOST_FRAMES, MOST_PIXELS // width**2)
    assert chosen[-1] == steps
    if len(chosen) > 1:
        gaps = np.diff(chosen)
        assert chosen[0] == 1
        assert gaps.min() >= 1 and gaps.max() - gaps.min() <= 1


def test_what_is_skipped_is_drawn_with_the_next_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    window = plain_window(h=4, w=6, kernel="ones", pattern="ramp")
    whole = frames(sweep_gif(window, width=480))
    monkeypatch.setattr("ui.animation.MOST_FRAMES", 3)
    few = frames(sweep_gif(window, width=480))
    assert len(few) == 3
    assert (few[-1] == whole[-1]).all()


def test_the_largest_sweep() -> None:
    window = plain_window(h=32, w=32, kh=11, kw=11, pad="same", pattern="handwritten_digit", kernel="random")
    assert opened(sweep_gif(window, width=480)).n_frames == MOST_FRAMES


def test_hidden_values_are_in_no_frame() -> None:
    """In the last frame every output but the framed one looks the same, though their values differ."""
    window = plain_window(h=3, w=6, kernel="ones", pattern="ramp")
    layout = arrange(scene(window), [1, 2, 3, 4], width=480, text_size=11)

    def outputs(hide: str) -> set[bytes]:
        picture = frames(sweep_gif(window, width=480, hide=hide))[-1]
        boxes = [[int(edge) for edge in layout.box("output", 0, col)] for col in range(2)]
        return {picture[top:bottom, left:right].tobytes() for left, top, right, bottom in boxes}

    assert len(outputs("values")) == 1
    assert len(outputs("nothing")) == 2


def test_with_the_size_hidden_one_frame_tells_nothing() -> None:
    one, other = (sweep_gif(plain_window(sh=s, sw=s, pattern="constant"), hide="size") for s in (1, 2))
    assert opened(one).n_frames == 1
    assert one == other


def test_the_same_sweep_is_the_same_file() -> None:
    assert sweep_gif(plain_window(h=4, w=4)) == sweep_gif(plain_window(h=4, w=4))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "settings",
    [{}, {"h": 1, "w": 1, "kh": 1, "kw": 1}, {"h": 32, "w": 32, "ph": 10, "pw": 10}, {"op": "flipped"}, {"op": "max"}],
)
def test_thumbnails(settings: dict, theme: str) -> None:
    image = Image.open(BytesIO(thumbnail(plain_window(**settings), theme=theme)))
    assert image.format == "PNG"
    assert image.size == (480, 270)
    assert image.getpixel((0, 0)) == THEMES[theme].paper


def test_a_thumbnail_stands_in_the_middle_of_its_sweep() -> None:
    window = plain_window(pad="same")
    assert thumbnail(window) == thumbnail(window, step=3 * 7 + 3 + 1)
    assert thumbnail(window) != thumbnail(window, step=1)
