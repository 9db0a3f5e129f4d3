"""A page without a browser, and every setting that a link could bring to it."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit
from hypothesis import strategies as st

from conv.kernels import KERNELS
from conv.padding import MODES
from conv.patterns import PATTERNS
from ui.settings import Page, Setting, Values, clean_edits
from ui.window import HIDING, OPERATIONS, OWN, PAIRS, SETTINGS

# It would warn of each look at the state outside of an app.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").disabled = True

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
WORDS = {
    "op": OPERATIONS, "pad": ["number", "valid", "same", "full"], "mode": MODES, "pattern": [*PATTERNS, OWN],
    "kernel": KERNELS, "view": ["gather", "scatter"], "hide": HIDING, "scale": ["own", "fixed"],
}
NUMBERS = {"bias": (-1000.0, 1000.0), "limit": (0.01, 1e6)}
PLACES = st.integers(0, 12)


def fresh_page(name: str, settings: Sequence[Setting], /, **values: Any) -> Page:
    """A page at its defaults but for ``values``, in a session of its own."""
    streamlit.session_state.clear()
    page = Page(name, settings)
    page.start_from(values)
    return page


page_with = partial(fresh_page, "explore", SETTINGS)


def _anything(setting: Setting) -> st.SearchStrategy:
    if setting.name in WORDS:
        return st.sampled_from(list(WORDS[setting.name]))
    if setting.name == "p":
        return st.floats(0.1, 100) | st.just(math.inf)
    if setting.name in NUMBERS:
        return st.floats(*NUMBERS[setting.name])
    if setting.name in ("x", "k"):
        values = st.floats(-1000, 1000)  # 1000 to the power of 100, the largest p, is still a float
        return st.lists(st.tuples(PLACES, PLACES, values), max_size=3).map(clean_edits)
    if setting.name == "picture":
        return st.text(max_size=20)
    if isinstance(setting.default, bool):
        return st.booleans()
    return (st.integers(-2, 12) | st.integers(-(10**9), 10**9)).map(lambda number: setting.read(str(number)))


def _alike(values: Values) -> Values:
    return values | {cols: values[rows] for rows, cols in PAIRS.values()}


any_values = st.fixed_dictionaries({setting.name: _anything(setting) for setting in SETTINGS})
any_values |= any_values.map(_alike)  # axes that are apart, or with one slider for both
