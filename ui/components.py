"""Mounts the front ends that lie under assets/components/."""

from __future__ import annotations

import base64
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, wraps
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

IN_BROWSER = sys.platform == "emscripten"  # WebAssembly
ASSETS = Path(__file__).parent.parent / "assets"
Data = dict[str, Any]

# Seconds that a page sleeps when its picture has been sent, for the browser to paint it: all that comes in the
# meantime is painted with it, later.
PAINTING = 0.05

# A part drawn alone comes again by itself so seldom. But where one does, Streamlit's front end has all of the page run
# when it has lost the server and found it again. That may be another one by then, or a session forgotten meanwhile, and
# neither knows the part: whatever a person changed would not be heard.
A_DAY = timedelta(days=1)

# Python runs one thing at a time, so pictures begun together are all finished late: each has its turn, and most are
# there sooner. Nobody waits longer than so many seconds for one that takes long.
_TURN = threading.Semaphore()
PATIENCE = 0.5


def alone(show: Callable[[], Iterator[None] | None]) -> Callable[[], None]:
    """Have a page's part drawn anew by itself when something in it is changed, also in the sidebar.

    What stands around it, the bar of the pages above all, is neither run nor sent again. In WebAssembly, where
    Streamlit is older and a fragment may not write to the sidebar, all of the page is.

    Where ``show`` yields, its picture has been sent: the browser is left the time to paint it before the rest comes.
    """

    @wraps(show)
    def run() -> None:
        with _in_turn():
            rest = show()
            if rest is None:
                return
            next(rest, None)
        if not IN_BROWSER:  # there only a page itself can wait, no function
            time.sleep(PAINTING)
        for _ in rest:
            pass

    return run if IN_BROWSER else st.fragment(run, run_every=A_DAY)


@contextmanager
def _in_turn() -> Iterator[None]:
    got = _TURN.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if got:
            _TURN.release()


def picture(image: Path | str | bytes, words: str, **options: Any) -> None:
    """Show an image, with what it shows in words for those who do not see it.

    In WebAssembly, where Streamlit is older, an image can have no words of its own.
    """
    st.image(image, **options if IN_BROWSER else options | {"alt": words})


@cache
def _front_end(name: str, *shared: str) -> Callable[..., Any]:
    """Register a front end once."""
    return st.components.v2.component(name, **sources(name, *shared))


@cache
def sources(name: str, *shared: str) -> dict[str, str]:
    """Read a front end's ``html``, ``css`` and ``js``: its own files, after what several share."""
    folder = ASSETS / "components" / name

    def joined(ending: str) -> str:
        files = [folder.parent / f"{part}.{ending}" for part in ("base", *shared)] + [folder / f"component.{ending}"]
        return "\n".join(file.read_text(encoding="utf-8") for file in files)

    return {"html": (folder / "component.html").read_text(encoding="utf-8"), "css": joined("css"), "js": joined("js")}


def front_end(
    name: str, *shared: str, data: Data | bytes, key: str | None = None, **on_change: Callable[[], None]
) -> None:
    """Show a front end; its key is its name, unless it is there twice.

    Parameters
    ----------
    name : str
        Its folder under assets/components/.
    *shared : str
        What it uses beside ``base`` of what lies there for several: ``grid``, ``player``, …
    data : dict of plain lists, numbers and strings, or bytes
        What it draws.
    key : str, optional
        Keeps it in place from run to run.
    on_change : callable
        ``on_share_change`` and the like, for what it reports; what came is told by `ui.settings.Page.event`.
    """
    if isinstance(data, dict):
        # Each list among them is searched for what might be a table, a tuple is not: a twentieth of a change's time.
        data = {part: tuple(value) if isinstance(value, list) else value for part, value in data.items()}
    _front_end(name, *shared)(key=key or name, data=data, width="stretch", height="content", **on_change)


def stepper(data: Data, **on_change: Callable[[], None]) -> None:
    """Show the stepper with what `ui.sweep.data` makes; it reports ``edits``, ``reveal_size`` and ``share``."""
    front_end("stepper", "grid", "player", data=data, **on_change)


def controls(items: list[Data], answered: int, on_changes_change: Callable[[], None]) -> None:
    """Show a page's settings, as `ui.controls` describes them; ``answered`` is the last change taken."""
    front_end("controls", data={"items": items, "answered": answered}, on_changes_change=on_changes_change)


def plain(values: NDArray) -> list:
    """Turn an array into JSON's numbers, in row-major order; what JSON lacks becomes a word or None."""
    flat = np.asarray(values, dtype=float).ravel()
    if np.isfinite(flat).all():
        return flat.tolist()
    words = {np.inf: "∞", -np.inf: "-∞"}
    return [value if np.isfinite(value) else words.get(value) for value in flat.tolist()]


def grid(values: NDArray) -> Data:
    """Describe a grid of numbers, (H, W)."""
    return {"rows": values.shape[0], "cols": values.shape[1], "values": plain(values)}


def packed(values: NDArray, dtype: str = "<f8") -> str:
    """Pack an array as base 64 of little-endian 64-bit floats or another type, for what is too long for `plain`."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=dtype)).decode("ascii")
