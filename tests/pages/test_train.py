"""The page of training without a browser: what opens, what it says, and what it sends to its front ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from conv.datasets import Progress
from conv.errors import ConvError
from tests.pages.conftest import controls, notes, open_page, sent
from ui.settings import link_of
from ui.train import PRESETS, SETTINGS

opened = partial(open_page, "train")


@pytest.fixture(autouse=True)
def in_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train in this process, if at all."""
    monkeypatch.setattr("ui.runs.IN_CHILDREN", False)


def test_it_opens_ready_to_train() -> None:
    app = opened()
    data = sent(app)
    assert data.keys() == {"train", "controls"}
    assert app.title[0].value == "Train" and app.markdown[0].value == PRESETS["digits"].text
    assert data["train"]["state"] == "empty" and data["train"]["pace"] == 0 and data["train"]["problem"] == ""
    assert len(data["train"]["panel"]["names"]) == 8
    assert app.query_params == {} and notes(app) == []


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_opens_by_its_link(name: str) -> None:
    link = link_of(SETTINGS, PRESETS[name].settings)
    app = opened(**link)
    assert notes(app) == [] and app.query_params == link
    assert app.markdown[0].value == PRESETS[name].text


def test_every_setting_is_in_the_link() -> None:
    link = {
        "data": "lines", "size": "12", "images": "300", "net": "own", "layers": "input 1x12x12\nflatten\ndense 4",
        "against": "strided", "seed": "7", "opt": "Adam", "rate": "0.005", "decay": "0", "batch": "64",
        "epochs": "10", "shift": "1", "rotation": "5", "target": "2", "patience": "3", "tab": "maps", "example": "9",
        "log": "1", "smooth": "0.9", "curve": "error",
    }
    app = opened(**link)
    assert app.query_params == link and notes(app) == []
    shown = controls(app)
    assert {name: shown[name]["value"] for name in ("size", "net", "against", "opt", "rate", "batch", "target")} == {
        "size": 12, "net": "own", "against": "strided", "opt": "Adam", "rate": "0.005", "batch": "64", "target": "2",
    }
    assert "momentum" not in shown  # Adam has none
    train = sent(app)["train"]
    assert (train["tab"], train["panel"]["example"]) == ("maps", 9)
    assert (train["curves"]["log"], train["curves"]["smooth"], train["curves"]["curve"]) == (True, 0.9, "error")
    assert len(train["curves"]["runs"]) == 2


def test_nonsense_opens_the_nearest_that_is_valid() -> None:
    app = opened(data="cifar", net="gpt", seed="-3", rate="1e9", epochs="many", batch="100000", tab="x")
    assert len(notes(app)) == 7
    assert "The link's data must be one of digits," in notes(app)[0]
    assert app.query_params == {"seed": "0", "rate": "10", "batch": "512"}


def test_data_that_must_be_fetched_offer_it() -> None:
    shown = controls(opened(data="mnist", folder="/nowhere"))
    assert shown["fetch"]["label"] == "Download MNIST (12 MB)" and shown["folder"]["value"] == "/nowhere"
    assert "fetch" not in controls(opened())


def fetched(monkeypatch: pytest.MonkeyPatch, reports: Callable[[str], Iterator[Progress]]) -> AppTest:
    """The page after a person has asked for MNIST."""
    monkeypatch.setattr("ui.train_work.download", reports)
    app = opened(data="mnist", folder="/nowhere")
    app.session_state["train/memo/fetching"] = "mnist"
    app.run()
    assert not app.exception
    return app


def test_a_download_comes_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    def download(name: str) -> Iterator[Progress]:
        yield Progress("train-images", "a.host", 5, 10)
        closed.append(name)

    app = fetched(monkeypatch, download)
    assert closed == ["mnist"] and app.error == []
    assert controls(app)["fetch"]["label"] == "Download MNIST (12 MB)"


def test_a_download_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(name: str) -> Iterator[Progress]:
        yield Progress("train-images", "a.host", 5, 10)
        raise ConvError("No mirror gave the file.")

    assert fetched(monkeypatch, download).error[0].value == "No mirror gave the file."


def test_a_network_that_does_not_fit_is_told_and_nothing_can_be_begun() -> None:
    train = sent(opened(net="lenet5"))["train"]
    assert train["problem"].startswith("LeNet-5 cannot read these pictures.") and train["status"] == train["problem"]
    assert sent(opened(net="lenet5", data="lines", size="28"))["train"]["problem"] == ""


def test_a_broken_own_network_is_told_at_its_text() -> None:
    shown = controls(opened(net="own", layers="input 1x8x8\ncovn 3"))
    assert "Line 2: Layer must be one of" in shown["layers"]["error"]


def test_a_link_to_somebody_elses_pictures() -> None:
    app = opened(data="own")
    assert notes(app) == ["No link can carry pictures: choose the zip file in the sidebar."]
    assert app.get("file_uploader")[0].proto.label == "A zip file with a folder for each class"
