"""The stepper's dialog: a setting as a link, figure, animation, data or code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from conv.snippets import FRAMEWORKS, snippet
from ui import components
from ui.animation import LAST_FRAME, frame_steps, sweep_gif
from ui.export import arrays_csv, arrays_npz
from ui.figures import stepper_figure
from ui.scene import scene
from ui.settings import Values
from ui.share import CSV, NPZ, THEMES, File, choice, code_tab, download, figure_tab, files_tab, link_tab, with_step
from ui.window import Window

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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


def share_window(
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
    link = with_step(url_of_configuration, step)
    # The dialog's own reruns get the same arguments: what has been made stays in the dictionary until it closes.
    _dialog(Shared(window, step, values["view"], limit, hide, link), {})


@st.dialog("Share and export", width="large")
def _dialog(shared: Shared, made: dict[GifOptions, bytes]) -> None:
    link, figure, animation, data, code = st.tabs(["Link", "Figure", "Animation", "Data", "Code"])
    with link:
        link_tab(shared.link, "" if shared.hide == "size" else f", at step {shared.step}")
    with figure:
        _figure(shared)
    with animation:
        _animation(shared, made)
    with data:
        _data(shared)
    with code:
        _code(shared)


# ---- figure and animation ------------------------------------------------------------------


def _figure(shared: Shared) -> None:
    intro = (
        f"Step {shared.step} for slides and papers." if shared.hide == "nothing"
        else "For slides and papers. What is hidden on the page is a question mark in the figure."
    )
    name = shared.name if shared.hide == "size" else f"{shared.name}-step-{shared.step}"
    figure_tab(partial(_drawn, shared), name, intro)


def _drawn(shared: Shared, theme: str) -> Figure:
    return stepper_figure(
        shared.window, shared.step, view=shared.view, theme=theme, hide=shared.hide, limit=shared.limit
    )


def _animation(shared: Shared, made: dict[GifOptions, bytes]) -> None:
    if shared.hide == "size":
        st.info("An animation would tell the size of the output. Reveal it on the page first.")
        return
    speed = st.select_slider("Steps a second", SPEEDS, value=2, key="share/speed")
    width = choice("Width in pixels", {width: str(width) for width in WIDTHS}, "width", default=640)
    theme = choice("Animation colours", THEMES, "gif_theme")
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
        download("Download GIF", made[options], f"{shared.name}.gif", "image/gif")
        if st.toggle("Show it here, moving", key="share/show"):
            components.picture(made[options], f"Animation of the window over all {steps} steps")
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
    files_tab([
        File("Download for NumPy (npz)", f"{shared.name}.npz", partial(arrays_npz, shared.window), NPZ),
        File("Download for a spreadsheet (CSV)", f"{shared.name}.csv", partial(arrays_csv, shared.window), CSV),
    ])


def _code(shared: Shared) -> None:
    if not _wanted("The code tells the output's size and computes its values", shared.hide, "code"):
        return
    window = shared.window
    code_tab(
        {name: framework.title for name, framework in FRAMEWORKS.items()},
        lambda framework: snippet(window.configuration, window.x, window.weight, window.bias, framework=framework),
        shared.name, default="pytorch",
    )


def _wanted(warning: str, hide: str, key: str) -> bool:
    """Ask before showing what is hidden on the page."""
    if hide == "nothing":
        return True
    st.warning(f"{warning}, which the page hides.")
    return st.toggle("Show me all the same", key=f"share/{key}_wanted")
