"""The dialog: what it offers, what it hides, and that nothing is made before someone asks for it."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from conv.snippets import snippet
from ui import window_share
from ui.share import qr_code
from ui.window import plain_window

LINK = "http://192.0.2.1:8501/explore?h=9&x=1_2_-0.5~3_1_4"


def dialog(step: int = 7, link: str = LINK, hide: str | None = None, **settings) -> AppTest:
    """A page that does nothing but open the dialog."""

    def page(step: int, link: str, hide: str | None, settings: dict) -> None:
        from ui.window import SETTINGS, plain_window
        from ui.window_share import share_window

        values = {setting.name: setting.default for setting in SETTINGS} | settings
        share_window(plain_window(**settings), values, step, link, hide=hide)

    app = AppTest.from_function(page, default_timeout=30, args=(step, link, hide, settings)).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """Everything that is said in the dialog."""
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.code]
    return "\n".join(element.value for element in elements)


def downloads(app: AppTest) -> list[str]:
    return [button.proto.label for button in app.get("download_button")]


def test_five_ways_to_take_a_setting_away() -> None:
    app = dialog()
    assert [tab.label for tab in app.tabs] == ["Link", "Figure", "Animation", "Data", "Code"]
    assert downloads(app) == [
        "Download QR code as PNG", "Download QR code as SVG",
        "Download PNG", "Download SVG", "Download PDF",
        "Download for NumPy (npz)", "Download for a spreadsheet (CSV)",
        "Download code",
    ]


def test_every_widget_is_the_dialogs_own() -> None:
    app = dialog(hide="values")
    keys = [widget.key for kind in (app.button, app.toggle, app.select_slider, app.button_group) for widget in kind]
    assert keys
    assert all(key.startswith("share/") for key in keys)


# ---- link ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "link", "shown"),
    [
        (7, LINK, f"{LINK}&step=7"),
        (1, LINK, LINK),
        (3, f"{LINK}&step=7", f"{LINK}&step=3"),
        (2, "https://example.org/", "https://example.org/?step=2"),
    ],
)
def test_the_link_carries_the_step(step: int, link: str, shown: str) -> None:
    app = dialog(step, link)
    assert app.code[0].value == shown
    assert f"at step {step}" in app.markdown[0].value


def test_the_link_of_this_computer_says_so() -> None:
    assert "this computer only" in texts(dialog(link="http://localhost:8501/explore"))
    assert "this computer only" not in texts(dialog())


def test_a_long_link_has_no_qr_code() -> None:
    app = dialog(link=f"{LINK}&picture={'A' * 1366}")
    assert "too long for a QR code" in app.info[0].value
    assert not [label for label in downloads(app) if "QR" in label]


def test_the_qr_code_has_words_for_those_who_cannot_see_it() -> None:
    pictures = [picture for element in dialog().get("image") for picture in element.proto.imgs]
    assert [picture.alt for picture in pictures] == ["QR code of the link above"]


def test_qr_code() -> None:
    image = Image.open(BytesIO(qr_code(LINK, "png")))
    assert image.width == image.height
    assert 200 < image.width < 500
    assert image.convert("L").getpixel((0, 0)) == 255  # the white rim that cameras need
    assert qr_code(LINK, "svg").startswith(b"<?xml")
    assert qr_code(LINK, "png") != qr_code(f"{LINK}&step=2", "png")


# ---- on demand -----------------------------------------------------------------------------


def test_nothing_is_drawn_before_someone_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args, **options) -> bytes:
        raise AssertionError("drawn too early")

    for name in ("stepper_figure", "sweep_gif", "arrays_npz", "arrays_csv"):
        monkeypatch.setattr(window_share, name, refuse)
    dialog()


def test_the_gif_is_made_when_asked_for() -> None:
    app = dialog(h=3, w=5)
    assert "Download GIF" not in downloads(app)
    app.button(key="share/make").click().run()
    assert not app.exception
    assert "Download GIF" in downloads(app)
    assert not app.toggle(key="share/show").value  # nothing moves of itself


def test_the_caption_tells_how_long_the_gif_is() -> None:
    app = dialog(h=3, w=5)
    assert "3 frames; one round takes 3 seconds." in texts(app)  # (3 - 1) / 2 + 2
    app.select_slider(key="share/speed").set_value(0.5).run()
    assert "3 frames; one round takes 6 seconds." in texts(app)  # (3 - 1) / 0.5 + 2
    app = dialog(h=32, w=32, pad="same")
    assert "400 frames of the 1024 steps, evenly chosen; one round takes 202 seconds." in texts(app)


def test_the_code_is_the_cores() -> None:
    window, app = plain_window(bias=0.5), dialog(bias=0.5)
    source = snippet(window.configuration, window.x, window.weight, 0.5, framework="pytorch")
    assert app.code[-1].value == source.strip()
    app.button_group(key="share/framework").set_value("keras").run()
    assert "from keras import ops" in app.code[-1].value


# ---- what is hidden ------------------------------------------------------------------------


@pytest.mark.parametrize("hide", ["values", "size"])
def test_data_and_code_wait_until_the_answer_is_wanted(hide: str) -> None:
    app = dialog(hide=hide)
    assert [warning.value for warning in app.warning] == [
        "The files contain the output, which the page hides.",
        "The code tells the output's size and computes its values, which the page hides.",
    ]
    assert len(app.code) == 1  # the link
    assert not {"Download for NumPy (npz)", "Download for a spreadsheet (CSV)", "Download code"} & set(downloads(app))
    app.toggle(key="share/data_wanted").set_value(True).run()
    assert "Download for NumPy (npz)" in downloads(app)
    app.toggle(key="share/code_wanted").set_value(True).run()
    assert "F.conv2d" in app.code[-1].value


def test_a_hidden_size_stands_nowhere() -> None:
    app = dialog(hide="size", h=9, w=9, kh=3, kw=3)
    assert "7" not in texts(app).replace(LINK, "")
    assert "step" not in app.code[0].value
    assert "Reveal it on the page first" in texts(app)
    assert "share/make" not in [button.key for button in app.button]


def test_what_has_been_revealed_is_not_hidden() -> None:
    """The page says what is hidden now, whatever the settings say."""

    def page() -> None:
        from ui.window import SETTINGS, plain_window
        from ui.window_share import share_window

        values = {setting.name: setting.default for setting in SETTINGS} | {"hide": "size"}
        share_window(plain_window(), values, 7, "https://example.org/", hide="nothing")

    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.warning
    assert app.code[0].value == "https://example.org/?step=7"
