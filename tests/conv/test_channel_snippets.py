"""The programs of many maps, run: they compute what the core computes."""

import subprocess
import sys

import numpy as np
import pytest

from conv import ConvError, conv2d
from conv.channel_snippets import FRAMEWORKS, snippet

LAYERS = [
    ((3, 7, 7), (2, 3, 3, 3), {}),
    ((4, 6, 5), (6, 2, 3, 2), {"groups": 2, "stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}),
    ((3, 4, 4), (3, 1, 1, 1), {"groups": 3}),
    ((1, 40, 40), (1, 1, 3, 3), {"padding": 1}),  # more numbers than NumPy prints unasked
]


def numbers(image, kernel):
    rng = np.random.default_rng(5)
    return rng.normal(size=image), rng.normal(size=kernel) / 9, rng.normal(size=kernel[0])


def run(source: str) -> np.ndarray:
    found: dict = {}
    exec(source, found)  # noqa: S102 - the program is what is tested
    return np.asarray(found["y"])


@pytest.mark.parametrize(("image", "kernel", "options"), LAYERS)
def test_the_program_for_this_package_gives_the_same(image, kernel, options, capsys):
    x, weight, bias = numbers(image, kernel)
    y = run(snippet(x, weight, bias, framework="numpy", **options))
    assert np.array_equal(y, conv2d(x, weight, bias, **options))
    assert capsys.readouterr().out


@pytest.mark.parametrize(("image", "kernel", "options"), LAYERS)
def test_the_program_for_pytorch_asks_for_the_same(image, kernel, options, monkeypatch):
    """PyTorch itself need not be there: what it would be called with is given to our own function."""
    asked = []

    class Torch:
        float64 = float
        tensor = staticmethod(lambda values, dtype: np.array(values, dtype))

        @staticmethod
        def conv2d(batch, weight, bias, **named):
            asked.append(named)
            return conv2d(batch, weight, bias, **named)

    for name in ("torch", "torch.nn", "torch.nn.functional"):
        monkeypatch.setitem(sys.modules, name, Torch)
    x, weight, bias = numbers(image, kernel)
    source = snippet(x, weight, bias, framework="pytorch", **options)
    source = source.replace("import torch.nn.functional as F", "F = torch")
    assert np.array_equal(run(source), conv2d(x, weight, bias, **options)[None])
    assert asked == [{name: (v, v) if name == "padding" and v == 1 else v for name, v in options.items()}]


def test_a_program_runs_by_itself():
    source = snippet(np.ones((2, 2, 2)), np.ones((1, 2, 2, 2)), [0.25], framework="numpy")
    printed = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == f"[[[{2 * 2 * 2 + 0.25}]]]"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_title_says_what_it_is(framework):
    x, weight, bias = numbers((4, 5, 5), (2, 2, 3, 3))
    source = snippet(x, weight, bias, groups=2, framework=framework)
    assert source.startswith("# Convolution: 4x5x5 in, 2x3x3 out, 3x3 kernels, 2 groups\n")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"framework": "jax"}, r"^Framework must be one of pytorch, numpy\. Received: framework='jax'\.$"),
        ({"bias": [np.inf]}, r"^Numbers must be finite\. Received: array='bias'\.$"),
        ({"bias": [1, 2]}, "^A bias must hold one number for each output channel"),
        ({"groups": 2}, "^The input must have groups x"),
    ],
)
def test_refusals(options, text):
    arguments = {"x": np.ones((1, 2, 2)), "weight": np.ones((1, 1, 1, 1)), "bias": [0.0]} | options
    with pytest.raises(ConvError, match=text):
        snippet(**arguments)
