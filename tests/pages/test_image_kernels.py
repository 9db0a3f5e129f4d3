"""The image kernels' page without a browser: what opens, what it says, and what it sends to its front ends."""

from __future__ import annotations

import json
import struct
from functools import partial
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from conv.filtering import Filter, display, run
from conv.kernels import KERNELS
from tests.pages.conftest import controls, notes, open_page
from ui.image_kernels import PRESETS, photograph

opened = partial(open_page, "image_kernels")


def read(message: bytes) -> dict[str, Any]:
    (length,) = struct.unpack("<I", message[:4])
    header = json.loads(message[4:4 + length])
    start = 4 + length
    for name, dtype, shape in header["arrays"]:
        header[name] = np.frombuffer(message, dtype, np.prod(shape, dtype=int), start).reshape(shape)
        start += header[name].nbytes
    return header


def front_ends(app: AppTest) -> dict[str, dict]:
    """What each front end has been sent; the two deliveries by their slots."""
    found = {}
    for part in app.get("bidi_component"):
        data = read(part.proto.bytes) if part.proto.bytes else json.loads(part.proto.json)
        found[data.get("slot", part.proto.component_name)] = data
    return found


def test_it_opens_with_the_lectures_kernel() -> None:
    app = opened()
    data = front_ends(app)
    assert data.keys() == {"image_kernels", "controls", "picture", "values"}
    _, result = run(photograph("camera"), [Filter(KERNELS["edge_detection_3"].array)])
    np.testing.assert_array_equal(data["values"]["result"], result)
    np.testing.assert_array_equal(data["image_kernels"]["levels"], display(result, "clip").levels(result))
    np.testing.assert_array_equal(data["picture"]["picture"], photograph("camera"))
    assert data["image_kernels"]["picture"] == data["picture"]["name"]
    assert data["image_kernels"]["values"] == data["values"]["name"]
    assert app.title[0].value == "Image kernels" and app.query_params == {} and notes(app) == []
    assert app.markdown[0].value == PRESETS["halo"].text


def test_every_setting_is_in_the_link() -> None:
    link = {
        "picture": "astronaut", "colour": "rgb", "chain": "own~max_2~box_7", "after": "2", "show": "absolute",
        "border": "zeros", "own": "1 2\n3 1/4", "sum": "1", "offset": "-7.5",
    }
    app = opened(**link)
    assert app.query_params == link and notes(app) == []
    step = front_ends(app)["image_kernels"]["step"]
    assert (step["kind"], step["index"], step["border"]) == ("max", 1, "zeros")
    own = controls(app)
    assert (own["rows"]["value"], own["cols"]["value"], own["own"]["value"]) == (2, 2, "1 2\n3 1/4")
    assert own["chain"]["value"] == "own~max_2~box_7" and own["after"]["value"] == "2"


def test_nonsense_opens_the_nearest_that_is_valid() -> None:
    app = opened(picture="mona_lisa", chain="sobel_3~nothing", show="x", after="99", offset="1e9", step="-5")
    assert len(notes(app)) == 5
    assert "The link's picture must be one of camera," in notes(app)[0]
    assert '"Photographer" is used.' in notes(app)[0] and "sobel" in notes(app)[1]
    assert front_ends(app)["image_kernels"]["chain"][0].startswith("Edge detection 3")
    assert app.query_params == {"offset": "1000"}


def test_sizes_out_of_range_are_brought_in() -> None:
    app = opened(chain="box_99~max_1~gabor_9_400")
    assert app.query_params["chain"] == "box_11~max_2~gabor_9_179_5"
    assert notes(app) == [  # as code: Markdown would strike through what is between two tildes
        "The link's chain=`box_99~max_1~gabor_9_400 ` was set to `box_11~max_2~gabor_9_179_5`."
    ]


def test_a_chain_that_is_none_is_told_what_one_is() -> None:
    assert "The link's chain must be steps such as edge-detection-3." in notes(opened(chain="nonsense"))[0]


def test_a_broken_matrix_in_a_link_is_told() -> None:
    app = opened(chain="own", own="1 2\n3")
    assert controls(app)["own"]["error"] == "All rows must be equally long. Received: lengths=[2, 1]."
    assert front_ends(app)["image_kernels"]["step"]["weights"] == KERNELS["identity"].array.ravel().tolist()


def test_a_link_with_somebody_elses_picture() -> None:
    app = opened(picture="own", chain="emboss")
    assert notes(app) == ["Pictures do not travel in links: choose yours again."]
    assert app.query_params == {"chain": "emboss"}


def test_the_loupe_stands_where_the_link_says() -> None:
    assert front_ends(opened(step="1234"))["image_kernels"]["at"] == 1234


def test_the_exact_values_which_are_large_come_last() -> None:
    assert [name for name in front_ends(opened()) if name != "controls"] == ["image_kernels", "picture", "values"]
