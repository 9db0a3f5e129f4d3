"""Dense or convolutional: connections drawn, shared weights seen, the matrix behind them, and what a shift does."""

from collections.abc import Iterator

import streamlit as st

from ui import components, shifts
from ui.connections import SETTINGS, data, items, settle, shift_columns, stepper_values, take, take_look
from ui.connections_share import take_away
from ui.quiz_me import quiz_me
from ui.settings import Page, page_link
from ui.share import share_dialog
from ui.window import SETTINGS as STEPPER_SETTINGS


@components.alone
def show() -> Iterator[None]:
    """Show what the settings say, each time that one is changed."""
    page = Page("connections", SETTINGS)
    layer = settle(page)

    page.tell()
    components.front_end(
        "connections", "grid", "player",
        data=data(layer, page.values, step=page.step, arrival=page.arrivals, answered=page.recall("look answered", 0)),
        on_look_change=page.hears(lambda: take_look(page)),
        on_share_change=page.hears(lambda: None),
    )

    yield  # the picture is sent
    quiz_me(page)
    with st.sidebar:
        components.controls(items(page, layer), page.answered, on_changes_change=page.hears(lambda: take(page)))
    if page["view"] != "counts":
        page_link("pages/explore.py", "Slide this kernel, step by step", STEPPER_SETTINGS, stepper_values(page))
        components.front_end(
            "shift", "grid",
            data=shifts.data(
                layer.x, shift_columns(layer, page.values), heading="Shift the input",
                text="The outputs of a convolution move along with its input, but for the border, where pixels come in "
                "and go out. Pooling absorbs a part of a shift. To a dense layer a shifted picture is another picture.",
                by=page.shift, arrival=page.arrivals,
            ),
        )
    page.publish()
    shared = page.event("connections", "share")
    if shared:
        share_dialog(take_away(layer, page.values, int(shared["step"]), page.url(shared)))


st.title("Dense or convolutional")
st.markdown(
    "Choose Dense, then Convolutional: which inputs does one hidden unit see, and how many different weights are there?"
)
show()
