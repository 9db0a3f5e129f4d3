"""What mounts the front ends and shows pictures."""

from __future__ import annotations

from typing import Any

import pytest

from ui import components


@pytest.mark.parametrize(("in_browser", "words"), [(False, {"alt": "a digit"}), (True, {})])
def test_a_picture_has_its_words_wherever_streamlit_takes_them(
    in_browser: bool, words: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(components, "IN_BROWSER", in_browser)
    monkeypatch.setattr(components.st, "image", lambda image, **options: shown.append(options))
    components.picture(b"", "a digit", width="stretch")
    assert shown == [{"width": "stretch"} | words]
