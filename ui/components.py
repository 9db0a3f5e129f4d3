"""Mounts the front ends that lie under assets/components/."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

ASSETS = Path(__file__).parent.parent / "assets"
Data = dict[str, Any]


@cache
def _front_end(name: str, *shared: str) -> Callable[..., Any]:
    """Register a front end once: its files, after the scripts that several share."""
    folder = ASSETS / "components" / name
    scripts = [folder.parent / f"{part}.js" for part in shared] + [folder / "component.js"]
    return st.components.v2.component(
        name,
        html=(folder / "component.html").read_text(encoding="utf-8"),
        css=(folder / "component.css").read_text(encoding="utf-8"),
        js="\n".join(script.read_text(encoding="utf-8") for script in scripts),
    )


def stepper(data: Data, key: str, **on_change: Callable[[], None]) -> None:
    """Show the stepper.

    Parameters
    ----------
    data : dict
        What `ui.sweep.data` makes.
    key : str
        Keeps the front end in place from run to run.
    on_change : callable
        ``on_edits_change``, ``on_reveal_size_change`` and ``on_share_change``; what came is told by
        `ui.settings.Page.event`.
    """
    _front_end("stepper", "grid")(key=key, data=data, width="stretch", height="content", **on_change)


def controls(items: list[Data], answered: int, key: str, on_changes_change: Callable[[], None]) -> None:
    """Show a page's settings, as `ui.controls` describes them; ``answered`` is the last change taken."""
    data = {"items": items, "answered": answered}
    _front_end("controls")(
        key=key, data=data, width="stretch", height="content", on_changes_change=on_changes_change
    )


def plain(values: NDArray) -> list:
    """Turn an array into JSON's numbers, in row-major order; what JSON lacks becomes a word or None."""
    flat = np.asarray(values, dtype=float).ravel()
    if np.isfinite(flat).all():
        return flat.tolist()
    words = {np.inf: "∞", -np.inf: "-∞"}
    return [value if np.isfinite(value) else words.get(value) for value in flat.tolist()]


def packed(values: NDArray) -> str:
    """Pack an array as base 64 of little-endian 64-bit floats, for what is too long for `plain`."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8")).decode("ascii")
