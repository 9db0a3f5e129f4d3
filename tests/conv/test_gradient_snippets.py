"""The programs run, and print the gradients that the page shows; PyTorch's against PyTorch where it is installed."""

import importlib.util
import runpy

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from conv import ConvError, gradients
from conv.configuration import POOLS, Configuration
from conv.gradient_snippets import FRAMEWORKS, snippet
from tests.conv.test_gradients import forward
from tests.conv.test_trace import numbers

INSTALLED = ["pytorch"] * (importlib.util.find_spec("torch") is not None)


@pytest.fixture
def run(tmp_path, capsys):
    """Run a program; give the gradients it leaves, by name, and what it prints."""

    def run_text(text):
        script = tmp_path / "snippet.py"
        script.write_text(text, encoding="utf-8")
        found = runpy.run_path(str(script))
        names = ("grad_x", "grad_weight", "grad_bias")
        return {name: np.asarray(found[name]) for name in names if name in found}, capsys.readouterr().out

    return run_text


@pytest.mark.parametrize("framework", ["numpy", *INSTALLED])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(c=forward)
def test_a_program_computes_what_the_page_shows(run, framework, c):
    x, weight = numbers(c)
    if framework == "pytorch" and c.operation == "lp":
        x = np.where(x == 0, 1.0, x)  # of zeros PyTorch has NaN
        assume(c.pads == ((0, 0), (0, 0)) or c.norm_type >= 2)
    g = np.random.default_rng(1).integers(-3, 4, c.output_size).astype(float)
    for bias in (0.0, 0.5) if c.operation not in POOLS else (0.0,):
        t = gradients.trace(c, x, weight, g, bias)
        found, _ = run(snippet(c, x, weight, g, bias, framework=framework))
        np.testing.assert_allclose(found["grad_x"].reshape(c.input_size), t.grad_input, rtol=1e-9, atol=1e-9)
        if c.operation == "conv":
            np.testing.assert_allclose(found["grad_weight"].reshape(c.kernel_size), t.grad_weight, atol=1e-9)
            np.testing.assert_allclose(found["grad_bias"], [t.grad_bias], atol=1e-9)
        else:
            assert found.keys() == {"grad_x"}


def test_what_is_printed_are_the_gradients(run):
    c = Configuration(input_size=(1, 3), kernel_size=(1, 2))
    _, printed = run(snippet(c, [[1, 2, 3]], [[4, 5]], [[1, 10]], framework="numpy"))
    assert printed.splitlines() == ["[[14. 23.]]", "[[21. 32.]]", "[11.]", "[[ 4. 45. 50.]]"]


def test_pytorch_is_asked_for_the_gradients_of_what_was_entered():
    """The forward pass may turn the kernel and pad the input: autograd has to know of them as they were before."""
    c = Configuration(input_size=(2, 2), kernel_size=(2, 2), padding="same", flip=True)
    lines = snippet(c, np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2)), 0.5).splitlines()
    wanted = lines.index("wanted = [x, weight, bias]")
    assert wanted < lines.index("weight = weight.flip((2, 3))")
    assert "grad_x, grad_weight, grad_bias = torch.autograd.grad(y, wanted, g)" in lines
    compile("\n".join(lines), "snippet", "exec")


def test_without_a_bias_its_gradient_is_summed_by_hand():
    text = snippet(Configuration(input_size=(1, 1), kernel_size=(1, 1)), [[1]], [[1]], [[1]])
    assert "grad_x, grad_weight = torch.autograd.grad(y, wanted, g)\ngrad_bias = g.sum((0, 2, 3))" in text


def test_refusals():
    c = Configuration(input_size=(2, 2), kernel_size=(1, 1))
    image, weight = np.ones((2, 2)), np.ones((1, 1))
    with pytest.raises(ConvError, match=r"^Framework must be one of pytorch, numpy\. Received: framework='jax'\.$"):
        snippet(c, image, weight, image, framework="jax")
    with pytest.raises(ConvError, match=r"^Gradients are written of convolution and pooling\. "
                                        r"Received: operation='transposed'\.$"):
        snippet(Configuration("transposed", (2, 2), (1, 1)), image, weight, image)
    with pytest.raises(ConvError, match=r"^The gradient must have the shape of the output\. "
                                        r"Received: grad_output=\(1, 1\), output=\(2, 2\)\.$"):
        snippet(c, image, weight, [[1]])
    with pytest.raises(ConvError, match=r"^Numbers must be finite\. Received: grad_output=\[\[inf, inf\], \[inf, inf"):
        snippet(c, image, weight, np.full((2, 2), np.inf))


def test_every_framework_has_a_title():
    assert set(FRAMEWORKS) == {"pytorch", "numpy"}
