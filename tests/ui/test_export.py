"""The numbers of a setting as files: what is written can be read back."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO

import numpy as np
import pytest

import conv
from conv.configuration import Configuration
from ui.export import arrays_csv, arrays_npz
from ui.window import Window, plain_window

WINDOWS = [
    {"bias": 0.1, "pad": "same", "pattern": "signed_random", "kernel": "random"},
    {"op": "flipped", "kernel": "ramp", "ph": 1, "pw": 2, "mode": "reflect"},
    {"op": "transposed", "h": 3, "w": 4, "sh": 2, "sw": 3, "ph": 1, "pw": 1},
    {"op": "max", "ph": 1, "pw": 1, "sh": 2, "sw": 2, "ceil": True},
    {"op": "avg", "h": 6, "w": 6, "sh": 2, "sw": 2, "ceil": True},
    {"op": "lp", "p": 1.5},
    {"h": 1, "w": 1, "kh": 1, "kw": 1},
]


def loaded(window: Window) -> dict[str, np.ndarray]:
    with np.load(BytesIO(arrays_npz(window)), allow_pickle=False) as file:
        return dict(file)


def blocks(window: Window) -> dict[str, list[list[str]]]:
    """The table's blocks by name, each without its first line."""
    text = arrays_csv(window).decode("utf-8-sig")
    found = {}
    for block in text.split("\r\n\r\n"):
        head, *lines = csv.reader(StringIO(block))
        found[head[0]] = lines
    return found


def number(cell: str) -> float:
    words = {"": np.nan, "minus infinity": -np.inf}
    return words[cell] if cell in words else float(cell)


def configuration(text: str) -> Configuration:
    fields = json.loads(text)
    return Configuration(**{name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()})


@pytest.mark.parametrize("settings", WINDOWS)
def test_npz_brings_everything_back(settings: dict) -> None:
    window = plain_window(**settings)
    arrays = loaded(window)
    assert configuration(str(arrays["configuration"])) == window.configuration
    np.testing.assert_array_equal(arrays["x"], window.x)
    has_kernel = window.configuration.operation in ("conv", "transposed")
    assert ("weight" in arrays) == ("bias" in arrays) == has_kernel
    assert arrays["output"].shape == window.configuration.output_size
    assert len(arrays["window_rows"]) == arrays["output"].shape[0]
    assert len(arrays["window_cols"]) == arrays["output"].shape[1]


def test_npz_is_enough_to_compute_the_output() -> None:
    arrays = loaded(plain_window(**WINDOWS[0]))
    windows = arrays["padded"][arrays["window_rows"][:, None, :, None], arrays["window_cols"][None, :, None, :]]
    np.testing.assert_allclose((windows * arrays["weight"]).sum((-2, -1)) + arrays["bias"], arrays["output"])
    again = conv.conv2d(arrays["x"][None], arrays["weight"][None, None], arrays["bias"][None], padding="same")
    np.testing.assert_array_equal(again[0], arrays["output"])


@pytest.mark.parametrize("settings", WINDOWS)
def test_csv_brings_every_number_back(settings: dict) -> None:
    window = plain_window(**settings)
    arrays, table = loaded(window), blocks(window)
    assert list(table)[1:] == [name for name in arrays if name != "configuration"]
    for name in list(table)[1:]:
        read = np.array([[number(cell) for cell in line] for line in table[name]])
        np.testing.assert_array_equal(read, np.atleast_2d(arrays[name]))
    described = {line[0]: line[1:] for line in table["configuration"]}
    assert described["operation"] == [window.configuration.operation]
    assert described["kernel_size"] == [str(size) for size in window.configuration.kernel_size]


@pytest.mark.parametrize("settings", WINDOWS)
def test_no_cell_is_a_formula(settings: dict) -> None:
    text = arrays_csv(plain_window(**settings)).decode("utf-8-sig")
    for line in csv.reader(StringIO(text)):
        for cell in line:
            if cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
                assert np.isfinite(float(cell))


def test_csv_is_marked_as_utf_8() -> None:
    assert arrays_csv(plain_window()).startswith(b"\xef\xbb\xbf")


def test_the_same_setting_is_the_same_file() -> None:
    assert arrays_npz(plain_window()) == arrays_npz(plain_window())
