"""The dialog in which what a page shows is taken away: as a link, figure, data or code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

from ui import components
from ui.figures import figure_bytes
from ui.ideas import IDEAS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_IN_QR_CODE = 800  # characters; more makes a code so fine that a phone cannot read it off a projector
QR_CODE_WIDTH = 320  # pixels, about
THIS_COMPUTER = ("localhost", "127.0.0.1", "::1")
ONLY_HERE = "It leads to this computer only. For others, first open the app at its address in your network."

THEMES = {"light": "Light", "dark": "Dark"}
KINDS: dict[Literal["png", "svg", "pdf"], tuple[str, str]] = {
    "png": ("PNG", "image/png"), "svg": ("SVG", "image/svg+xml"), "pdf": ("PDF", "application/pdf"),
}
NPZ, CSV, TEXT, JSON = "application/octet-stream", "text/csv", "text/plain", "application/json"


@dataclass(frozen=True)
class File:
    """A file that is made when someone asks for it, apart from the session: ``make`` must know all that it needs."""

    label: str
    name: str
    make: Callable[[], bytes]
    mime: str


@dataclass(frozen=True)
class TakeAway:
    """What a page offers to take away.

    Attributes
    ----------
    name : str
        Begins the names of the files.
    link : str
        The whole link; `with_step` puts a step into it.
    figure : callable, optional
        Draws a matplotlib Figure in a theme, "light" or "dark"; apart from the session, as a file is made.
    files : sequence of File
    languages, source
        Titles of what code can be written for, and what writes it for one of them.
    """

    name: str
    link: str
    figure: Callable[[str], Figure] | None = None
    files: Sequence[File] = ()
    languages: Mapping[str, str] | None = None
    source: Callable[[str], str] | None = None


@st.dialog("Share and export", width="large")
def share_dialog(taken: TakeAway) -> None:
    """Open the dialog."""
    tabs: dict[str, Callable[[], None]] = {"Link": lambda: link_tab(taken.link)}
    if taken.figure:
        tabs["Figure"] = partial(figure_tab, taken.figure, taken.name, "For slides and papers.")
    if taken.files:
        tabs["Data"] = partial(files_tab, taken.files)
    if taken.source and taken.languages:
        tabs["Code"] = partial(code_tab, taken.languages, taken.source, taken.name)
    for tab, fill in zip(st.tabs(list(tabs)), tabs.values(), strict=True):
        with tab:
            fill()


# ---- tabs ----------------------------------------------------------------------------------


def link_tab(link: str, place: str = "") -> None:
    """Show the link, and its QR code for phones."""
    st.markdown(f"This link opens the page as it is now{place}.")
    st.code(link, language=None, wrap_lines=True)
    if urlsplit(link).hostname in THIS_COMPUTER:
        st.caption(ONLY_HERE)
    if st.toggle("As a scene of a lecture", key="share/scene"):
        st.markdown("Copy these lines into a lecture's file, and give the scene its own title and words.")
        st.code(scene_lines(link), language=None, wrap_lines=True)
    if len(link) > LONGEST_IN_QR_CODE:
        st.info(
            "The link is too long for a QR code that a phone can read, as it carries a picture or many values of "
            "your own. Send it as text."
        )
        return
    components.picture(qr_code(link, "png"), "QR code of the link above", output_format="PNG")
    with st.container(horizontal=True):
        for kind in ("png", "svg"):
            title, mime = KINDS[kind]
            download(f"Download QR code as {title}", partial(qr_code, link, kind), f"link.{kind}", mime)


def figure_tab(draw: Callable[[str], Figure], name: str, intro: str) -> None:
    """Offer a figure as files, in either theme."""
    st.markdown(intro)
    theme = choice("Figure colours", THEMES, "figure_theme")
    with st.container(horizontal=True):
        for kind, (title, mime) in KINDS.items():
            download(f"Download {title}", partial(_drawn, draw, theme, kind), f"{name}.{kind}", mime)


def _drawn(draw: Callable[[str], Figure], theme: str, kind: Literal["png", "svg", "pdf"]) -> bytes:
    return figure_bytes(draw(theme), kind)


def files_tab(files: Sequence[File]) -> None:
    """Offer files."""
    with st.container(horizontal=True):
        for file in files:
            download(file.label, file.make, file.name, file.mime)


def code_tab(languages: Mapping[str, str], source: Callable[[str], str], name: str, default: str | None = None) -> None:
    """Show source code, and offer it as a file."""
    language = choice("Written for", languages, "framework", default)
    text = source(language)
    # Lines are wrapped, for a box that scrolls could not be reached with the keyboard.
    st.code(text, language=None, wrap_lines=True)
    download("Download code", text.encode(), f"{name}_{language}.py", "text/x-python")


@st.cache_data(max_entries=32, show_spinner=False)
def qr_code(link: str, kind: str) -> bytes:
    """Draw a link as a QR code, black on white in both themes, as cameras want it."""
    code = segno.make(link, error="l", micro=False)
    file = BytesIO()
    modules = code.symbol_size()[0]
    code.save(file, kind=kind, scale=max(3, round(QR_CODE_WIDTH / modules)), dark="black", light="white")
    return file.getvalue()


@st.cache_data(max_entries=256, show_spinner=False)
def qr_modules(link: str) -> list[str] | None:
    """Give a link's QR code as rows of 0 and 1; None if it is too long for a phone to read."""
    if len(link) > LONGEST_IN_QR_CODE:
        return None
    matrix = segno.make(link, error="l", micro=False).matrix
    return ["".join(str(module & 1) for module in row) for row in matrix]


def scene_lines(link: str) -> str:
    """Spell what a link opens as a scene of a lecture (docs/lectures.md).

    >>> print(scene_lines("http://localhost:8501/explore?h=9&w=9"))
    [[scene]]
    title = "Explore"
    words = "What do you see?"
    picture = "explore?h=9&w=9"
    """
    parts = urlsplit(link)
    page = parts.path.rstrip("/").rpartition("/")[2]
    title = IDEAS[page].title if page in IDEAS else page
    picture = f"{page}?{parts.query}" if parts.query else page
    return f'[[scene]]\ntitle = "{title}"\nwords = "What do you see?"\npicture = "{picture}"'


def with_step(link: str, step: int) -> str:
    """Put the step into a link as the player does: not the first."""
    parts = urlsplit(link)
    settings = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "step"]
    settings += [("step", str(step))] if step > 1 else []
    return urlunsplit(parts._replace(query=urlencode(settings)))


# ---- widgets -------------------------------------------------------------------------------


def choice(label: str, options: Mapping[Any, str], key: str, default: Any = None) -> Any:
    """One of a few words beside one another."""
    return st.segmented_control(
        label, list(options), format_func=options.__getitem__, required=True, key=f"share/{key}",
        default=next(iter(options)) if default is None else default,
    )


def download(label: str, content: bytes | Callable[[], bytes], name: str, mime: str) -> None:
    """Offer a file; what is given as a function is made when someone asks for it."""
    st.download_button(label, content, name, mime, key=f"share/{name}", on_click="ignore")
