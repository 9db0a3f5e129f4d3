"""The page of documents without a browser: every one of them opens, and an unknown name gets a sentence."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from ui import docs

ROOT = Path(__file__).parents[2]


def test_every_document_opens_by_its_link() -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for name, title in docs.titles().items():
        if name.startswith("api/conv."):
            continue  # all made alike
        app.query_params["doc"] = name
        app.switch_page("pages/docs.py").run()
        assert not app.exception, name
        assert app.main.markdown[0].value.startswith(f"# {title}\n")
        assert [note.value for note in app.warning] == []
        for picture in (image for element in app.get("image") for image in element.proto.imgs):
            assert picture.alt
    app.query_params["doc"] = "../README"
    app.switch_page("pages/docs.py").run()
    assert "must be the name of a document" in app.warning[0].value
    assert app.main.markdown[0].value.startswith("# Documentation\n")
    assert "doc" not in app.query_params
