"""Every place to start from opens by its link, on every page, and nothing had to be mended."""

from __future__ import annotations

import pytest

from tests.pages.conftest import notes, open_page
from ui import channels, connections, gradients, image_kernels, inside, pooling, presets, receptive_field, window
from ui.settings import link_of

OTHERS = (connections, channels, receptive_field, pooling, image_kernels, inside, gradients)
STARTS = {"explore": (window.SETTINGS, presets.PRESETS)} | {
    page.__name__.removeprefix("ui."): (page.SETTINGS, page.PRESETS) for page in OTHERS
}


@pytest.mark.parametrize(("page", "name"), [(page, name) for page, (_, found) in STARTS.items() for name in found])
def test_every_preset_opens_by_its_link(page: str, name: str) -> None:
    settings, found = STARTS[page]
    link = link_of(settings, found[name].settings)
    app = open_page(page, **link)
    assert notes(app) == [] and app.query_params == link
