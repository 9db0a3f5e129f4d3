"""The dialog in which a setting is taken away: as a link, figure, animation, data or code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

from conv.snippets import FRAMEWORKS, snippet
from ui.animation import LAST_FRAME, frame_steps, sweep_gif
from ui.export import arrays_csv, arrays_npz
from ui.figures import figure_bytes, stepper_figure
from ui.scene import scene
from ui.settings import Values
from ui.window import Window

LONGEST_IN_QR_CODE = 800  # characters; more makes a code so fine that a phone cannot read it off a projector
QR_CODE_WIDTH = 320  # pixels, about
THIS_COMPUTER = ("localhost", "127.0.0.1", "::1")

THEMES = {"light": "Light", "dark": "Dark"}
KINDS: dict[Literal["png", "svg", "pdf"], tuple[str, str]] = {
    "png": ("PNG", "image/png"), "svg": ("SVG", "image/svg+xml"), "pdf": ("PDF", "application/pdf"),
}
SPEEDS = (0.5, 1, 2, 4, 8)  # steps a second
WIDTHS = (480, 640, 960)  # pixels

GifOptions = tuple[float, int, str]  # steps a second, width, theme


@dataclass(frozen=True)
class Shared:
    """What is taken away: a setting, where it stands, and how it is shown."""

    window: Window
    step: int
    view: str
    limit: float | None
    hide: str
    link: str

    @property
    def name(self) -> str:
        """Begins the names of the files."""
        return "true-convolution" if self.window.configuration.flip else self.window.configuration.operation


def share_dialog(
    window: Window, values: Values, step: int, url_of_configuration: str, *, hide: str | None = None
) -> None:
    """Open the dialog.

    Parameters
    ----------
    window : Window
    values : dict
        The page's settings; ``view``, ``scale``, ``limit`` and ``hide`` are read here.
    step : int
        Where the stepper stands, counted from 1.
    url_of_configuration : str
        The whole link; the step is put into it.
    hide : "nothing", "values" or "size", optional
        What is hidden now, if it is not what the settings say because it has been revealed.
    """
    hide = values["hide"] if hide is None else hide
    limit = values["limit"] if values["scale"] == "fixed" else None
    step = 1 if hide == "size" else step
    link = _with_step(url_of_configuration, step)
    # The dialog's own reruns get the same arguments: what has been made stays in the dictionary until it closes.
    _dialog(Shared(window, step, values["view"], limit, hide, link), {})


@st.dialog("Share and export", width="large")
def _dialog(shared: Shared, made: dict[GifOptions, bytes]) -> None:
    link, figure, animation, data, code = st.tabs(["Link", "Figure", "Animation", "Data", "Code"])
    with link:
        _link(shared)
    with figure:
        _figure(shared)
    with animation:
        _animation(shared, made)
    with data:
        _data(shared)
    with code:
        _code(shared)


# ---- link ----------------------------------------------------------------------------------


def _link(shared: Shared) -> None:
    place = "" if shared.hide == "size" else f", at step {shared.step}"
    st.markdown(f"This link opens the page as it is now{place}.")
    st.code(shared.link, language=None, wrap_lines=True)
    if urlsplit(shared.link).hostname in THIS_COMPUTER:
        st.caption("It leads to this computer only. For others, first open the app at its address in your network.")
    if len(shared.link) > LONGEST_IN_QR_CODE:
        st.info(
            "The link is too long for a QR code that a phone can read, as it carries a picture or many values of "
            "your own. Send it as text."
        )
        return
    st.image(qr_code(shared.link, "png"), output_format="PNG", alt="QR code of the link above")
    with st.container(horizontal=True):
        for kind in ("png", "svg"):
            title, mime = KINDS[kind]
            _download(f"Download QR code as {title}", partial(qr_code, shared.link, kind), f"link.{kind}", mime)


@st.cache_data(max_entries=32, show_spinner=False)
def qr_code(link: str, kind: str) -> bytes:
    """Draw a link as a QR code, black on white in both themes, as cameras want it."""
    code = segno.make(link, error="l", micro=False)
    file = BytesIO()
    modules = code.symbol_size()[0]
    code.save(file, kind=kind, scale=max(3, round(QR_CODE_WIDTH / modules)), dark="black", light="white")
    return file.getvalue()


def _with_step(link: str, step: int) -> str:
    """Put the step into a link as the stepper does: not the first."""
    parts = urlsplit(link)
    settings = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "step"]
    settings += [("step", str(step))] if step > 1 else []
    return urlunsplit(parts._replace(query=urlencode(settings)))


# ---- figure and animation ------------------------------------------------------------------


def _figure(shared: Shared) -> None:
    if shared.hide == "nothing":
        st.markdown(f"Step {shared.step} for slides and papers.")
    else:
        st.markdown("For slides and papers. What is hidden on the page is a question mark in the figure.")
    theme = _choice("Figure colours", THEMES, "figure_theme")
    name = shared.name if shared.hide == "size" else f"{shared.name}-step-{shared.step}"
    with st.container(horizontal=True):
        for kind, (title, mime) in KINDS.items():
            _download(f"Download {title}", partial(_drawn, shared, theme, kind), f"{name}.{kind}", mime)


def _drawn(shared: Shared, theme: str, kind: Literal["png", "svg", "pdf"]) -> bytes:
    figure = stepper_figure(
        shared.window, shared.step, view=shared.view, theme=theme, hide=shared.hide, limit=shared.limit
    )
    return figure_bytes(figure, kind)


def _animation(shared: Shared, made: dict[GifOptions, bytes]) -> None:
    if shared.hide == "size":
        st.info("An animation would tell the size of the output. Reveal it on the page first.")
        return
    speed = st.select_slider("Steps a second", SPEEDS, value=2, key="share/speed")
    width = _choice("Width in pixels", {width: str(width) for width in WIDTHS}, "width", default=640)
    theme = _choice("Animation colours", THEMES, "gif_theme")
    steps = scene(shared.window, view=shared.view).steps
    frames = len(frame_steps(steps, width))
    seconds = (frames - 1) / speed + LAST_FRAME / 1000
    skipped = "" if frames == steps else f" of the {steps} steps, evenly chosen"
    st.caption(f"{frames} {'frame' if frames == 1 else 'frames'}{skipped}; one round takes {seconds:.0f} seconds.")
    options = (speed, width, theme)
    if st.button("Make the GIF", key="share/make"):
        made.clear()
        made[options] = _animated(shared, options)
    if options in made:
        _download("Download GIF", made[options], f"{shared.name}.gif", "image/gif")
        if st.toggle("Show it here, moving", key="share/show"):
            st.image(made[options], alt=f"Animation of the window over all {steps} steps")
    elif made:
        st.caption("The choices have changed since the GIF was made: make it again.")


def _animated(shared: Shared, options: GifOptions) -> bytes:
    """Make the GIF under a bar that tells how far it is."""
    speed, width, theme = options
    bar = st.progress(0.0, "Drawing")

    def progress(done: int, total: int) -> None:
        if done * 20 // total > (done - 1) * 20 // total:  # the bar moves twenty times, not hundreds
            bar.progress(done / total, "Drawing")

    gif = sweep_gif(
        shared.window, view=shared.view, theme=theme, steps_per_second=speed, width=width, hide=shared.hide,
        limit=shared.limit, progress=progress,
    )
    bar.empty()
    return gif


# ---- data and code -------------------------------------------------------------------------


def _data(shared: Shared) -> None:
    if not _wanted("The files contain the output", shared.hide, "data"):
        return
    st.markdown("Input, padded input, kernel, output, and which rows and columns each window reads.")
    with st.container(horizontal=True):
        npz, table = partial(arrays_npz, shared.window), partial(arrays_csv, shared.window)
        _download("Download for NumPy (npz)", npz, f"{shared.name}.npz", "application/octet-stream")
        _download("Download for a spreadsheet (CSV)", table, f"{shared.name}.csv", "text/csv")


def _code(shared: Shared) -> None:
    if not _wanted("The code tells the output's size and computes its values", shared.hide, "code"):
        return
    window = shared.window
    titles = {name: framework.title for name, framework in FRAMEWORKS.items()}
    framework = _choice("Written for", titles, "framework", default="pytorch")
    source = snippet(window.configuration, window.x, window.weight, window.bias, framework=framework)
    # Lines are wrapped, for a box that scrolls could not be reached with the keyboard.
    st.code(source, language=None, wrap_lines=True)
    _download("Download code", source.encode(), f"{shared.name}_{framework}.py", "text/x-python")


def _wanted(warning: str, hide: str, key: str) -> bool:
    """Ask before showing what is hidden on the page."""
    if hide == "nothing":
        return True
    st.warning(f"{warning}, which the page hides.")
    return st.toggle("Show me all the same", key=f"share/{key}_wanted")


# ---- widgets -------------------------------------------------------------------------------


def _choice(label: str, options: dict[Any, str], key: str, default: Any = None) -> Any:
    """One of a few words beside one another."""
    return st.segmented_control(
        label, list(options), format_func=options.__getitem__, required=True, key=f"share/{key}",
        default=next(iter(options)) if default is None else default,
    )


def _download(label: str, content: bytes | Callable[[], bytes], name: str, mime: str) -> None:
    """Offer a file; what is given as a function is made when someone asks for it."""
    st.download_button(label, content, name, mime, key=f"share/{name}", on_click="ignore")
