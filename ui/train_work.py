"""What happens on the page of training: messages of its front end, a little work, downloads, pictures of one's own."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import streamlit as st

from conv.datasets import SOURCES, download
from conv.errors import ConvError
from ui.own_pictures import dataset_of, pictures_in_zip
from ui.run_spec import named_dataset
from ui.runs import adopt, of_session
from ui.settings import Page, quoted
from ui.train import OWN, declared
from ui.train_inside import measure_shifts
from ui.train_runs import BOTH, COMMANDS, obey, runs

VIEW = ("tab", "of", "example", "log", "smooth", "curve")  # settings that the front end itself changes
LARGEST_DRAWING = 128 * 128  # bytes
WORK = 0.12  # seconds, where the page itself trains
PACES = {"here": 20, "elsewhere": 130}  # milliseconds until the next look, by where the training goes on
MOST_NAMED = 3  # pictures that were left out
SIDE = 28  # rows and columns of one's own pictures


def hear(page: Page) -> None:
    """Do what the front end's message asks for; what has been done before is passed over."""
    message: Mapping[str, Any] = page.event("train", "say") or {}
    done = page.recall("answered", 0)
    for serial, name, value in message.get("commands", []):
        if serial <= done:
            continue
        done = serial
        page.remember("answered", done)
        _do(page, name, value)


def _do(page: Page, name: str, value: str) -> None:
    """Do one thing that a person pressed, chose or drew."""
    if name in COMMANDS:
        if name not in ("pause", "stop"):
            of_session("a").origin = ""
            page.remember("shifts", {})
        obey(page, name)
    elif name in VIEW:
        try:
            page.update(**{name: declared(name).read(value)})
        except ValueError:
            return  # it stays as it was
    elif name == "draw" and len(value) <= 2 * LARGEST_DRAWING:
        try:
            page.remember("drawing", base64.b64decode(value, validate=True))
        except binascii.Error:
            return
    elif name == "shift":
        measure_shifts(page)
    elif name == "share":
        page.remember("share asked", True)
    elif name == "adopt" and adopt(value) and of_session("a").spec.data == OWN:
        page.remember("own pictures", of_session("a").dataset)


def work(page: Page) -> int:
    """Train for a moment, where the page itself has to; give the milliseconds until the next look."""
    started = time.monotonic()
    here = runs(page).values()
    for run in here:
        run.work(WORK / len(here))
    return PACES["here" if time.monotonic() - started > WORK / 2 else "elsewhere"]


def left_out(page: Page) -> str:
    """Say which of one's own pictures could not be read."""
    names = list(page.recall("left out", {}))
    if page["data"] != OWN or not names:
        return ""
    shown = ", ".join(quoted(name) for name in names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
    which = "1 picture" if len(names) == 1 else f"{len(names):,} pictures"
    return f"{which} could not be read and {'is' if len(names) == 1 else 'are'} left out: {shown}."


def fetch(page: Page) -> None:
    """Download what a person asked for, and show how far it is; any other change stops it, and it goes on after."""
    name = page.recall("fetching", "")
    if name not in SOURCES or name != page["data"]:
        return
    bar = st.progress(0.0, text=f"Downloading {SOURCES[name].title} …")
    shown = 0.0
    try:
        with closing(download(name)) as reports:
            for report in reports:
                if time.monotonic() - shown > 0.1:
                    shown = time.monotonic()
                    said = f"{report.received / 1e6:.1f} of {report.total / 1e6:.1f} MB from {report.host or 'before'}"
                    bar.progress(report.fraction, text=f"Downloading {SOURCES[name].title}: {said}")
    except ConvError as error:
        page.remember("fetching", "")
        page.remember("fetch problem", str(error))
    else:
        page.remember("fetching", "")
        page.remember("fetch problem", "")
        named_dataset.cache_clear()
    st.rerun()


def own_pictures(page: Page) -> Callable[[bytes], str]:
    """Make what takes a zip file of pictures.

    Raises
    ------
    ConvError
        Those of `ui.own_pictures`.
    """

    def take(content: bytes) -> str:
        try:
            found = dataset_of(pictures_in_zip(content), side=SIDE)
        except ConvError as error:
            stay = " The pictures that were there before stay." if page.recall("own pictures") else ""
            raise ConvError(f"{error}{stay}") from error
        page.remember("own pictures", found.dataset)
        page.remember("left out", found.left_out)
        for name in BOTH:
            of_session(name).forget()
        return "own"

    return take
