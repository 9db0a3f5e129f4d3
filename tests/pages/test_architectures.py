"""The page of networks without a browser: what opens, what it says, and what it sends to its front ends."""

from __future__ import annotations

from functools import partial

import pytest

from conv.architectures import NAMES, blueprint
from conv.blueprint import summary
from tests.pages.conftest import controls, open_page, sent
from ui.architectures import START

opened = partial(open_page, "architectures")


@pytest.mark.parametrize("name", NAMES)
def test_every_network_opens_by_its_link(name: str) -> None:
    app = opened(net=name)
    assert [note.value for note in app.warning] == []
    network, shown = blueprint(name), sent(app)["architectures"]
    expected = summary(network.layers, network.input_shape)
    assert shown["totals"].startswith(f"{expected.parameters:,} parameters")
    assert len(shown["rows"]) == len(expected.rows)
    assert app.query_params == ({} if name == "lenet5_1998" else {"net": name})


def test_the_page_says_what_it_is_and_what_to_try() -> None:
    app = opened()
    assert app.title[0].value == "Architectures"
    assert app.markdown[0].value.startswith("Where do the parameters sit, and where the compute?")


def test_everything_is_in_the_link() -> None:
    link = {"net": "alexnet_2012", "h": "224", "w": "224", "ceil": "1"}
    link |= {"top": "connections", "bottom": "activation_bytes"}
    app = opened(**link)
    assert app.query_params == link
    shown = sent(app)["architectures"]
    assert [bars["title"] for bars in shown["bars"]] == ["Connections", "Memory of the activations"]
    assert "an input of 3 × 224 × 224 in place of 3 × 227 × 227 and poolings rounded up" in shown["changes"][0]
    items = controls(app)
    assert (items["h"]["value"], items["ceil"]["value"], items["top"]["value"]) == (224, True, "connections")


def test_ones_own_text_is_in_the_link() -> None:
    text = "input 3x32x32\nconv 8 3 padding 1\nrelu\nmax 2\nflatten\ndense 10\n"
    app = opened(net="own", layers=text)
    assert app.query_params["layers"] == text
    assert sent(app)["architectures"]["bars"][0]["total"] == f"{3 * 3 * 3 * 8 + 8 + 8 * 16 * 16 * 10 + 10:,}"
    assert controls(app)["layers"]["value"] == text and controls(app)["layers"]["error"] == ""
    assert len(app.get("file_uploader")) == 1 and not opened().get("file_uploader")


def test_a_text_that_does_not_read_opens_with_its_error_and_a_network() -> None:
    app = opened(net="own", layers="input 1x8x8\nconv 4")
    error = controls(app)["layers"]["error"]
    assert error == "Line 2: After conv come out_channels, kernel_size. Received: words=['4']."
    assert app.query_params["layers"] == "input 1x8x8\nconv 4"
    assert sent(app)["architectures"]["bars"][0]["total"] == "61,706"


def test_ones_own_without_a_text_is_the_taught_lenet() -> None:
    assert opened(net="own").query_params["layers"] == START


@pytest.mark.parametrize(
    ("link", "noted"),
    [
        ({"net": "lenet"}, "The link's net must be one of the networks under Start from in the sidebar."),
        ({"h": "x"}, "The link's h must be a whole number."),
        ({"h": "-5"}, "The link's h must be from 1 to 1024; left out, it is the network's own. Received: h='-5'."),
        ({"h": "5000"}, "The link's h='5000' was set to 1024."),
        ({"top": "beauty"}, "The link's top must be one of parameters, "),
        ({"h": "8", "w": "8"}, "Layer 5 (Conv2d): Kernel is larger than the padded input."),
        ({"net": "own", "layers": "relu\n" * 5000}, "The link's layers must be at most 20000 characters."),
    ],
)
def test_a_mangled_link_opens_and_says_what_was_mended(link: dict[str, str], noted: str) -> None:
    app = opened(**link)
    assert noted in app.warning[0].value
    assert sent(app)["architectures"]["columns"]


def test_an_input_too_small_is_mended_in_the_link() -> None:
    app = opened(net="alexnet", h="20", w="20")
    side = int(app.query_params["h"])
    assert app.query_params == {"net": "alexnet", "h": str(side), "w": str(side)}
    layers = blueprint("alexnet").layers
    assert summary(layers, (3, side, side)).rows
    with pytest.raises(ValueError, match="Kernel is larger than the padded input"):
        summary(layers, (3, side - 1, side - 1))


def test_coming_back_keeps_the_network() -> None:
    app = opened(net="vgg16")
    app.query_params.clear()
    app.switch_page("pages/home.py").run()
    app.query_params.clear()
    app.switch_page("pages/architectures.py").run()
    assert app.query_params == {"net": "vgg16"}
