"""The first person to visit a freshly started server may well come by a link to a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tools.drive import Server, serve


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """An app of this test's own, which nobody has visited yet."""
    with serve(tmp_path / "log.txt") as running:
        yield running


@pytest.mark.first_visit
def test_a_link_opens_its_page_inside_the_app_on_a_server_nobody_has_visited(
    server: Server, open_page: Callable[..., Page]
) -> None:
    """Streamlit runs the files of a folder named ``pages`` beside ``app.py`` without it, until someone opens "/"."""
    page = open_page("/explore", width=1280)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)  # Streamlit's own list of the folder's files
    expect(page).to_have_url(f"{server.url}/explore")
