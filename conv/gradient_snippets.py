"""A backward pass as source text, with its numbers: PyTorch's autograd, or this package's twins."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from conv import snippets
from conv.configuration import POOLS, Configuration
from conv.errors import ConvError

FRAMEWORKS = {"pytorch": "PyTorch (autograd)", "numpy": "NumPy (this package)"}
"""The frameworks by the name that `snippet` takes, and what a menu calls them."""


def snippet(
    configuration: Configuration, x: ArrayLike, weight: ArrayLike, grad_output: ArrayLike, bias: float = 0.0, *,
    framework: str = "pytorch",
) -> str:
    """Write a program that computes and prints the gradients of one configuration.

    The forward pass is that of `conv.snippets.snippet`. The numbers are those of `conv.gradients.trace`, but for Lp
    pooling of a window of zeros, or with p below 1 of a cell that is 0: there PyTorch has NaN, and this package 0.

    Parameters
    ----------
    configuration, x, weight, grad_output, bias
        As for `conv.gradients.trace`, all numbers finite.
    framework : "pytorch" or "numpy"

    Returns
    -------
    str
        Python source, which leaves the gradients in ``grad_x`` and, of a convolution, ``grad_weight`` and
        ``grad_bias``.

    Raises
    ------
    ConvError
        ``Framework must be one of pytorch, numpy. Received: framework='jax'.``
        ``Gradients are written of convolution and pooling. Received: operation='transposed'.``
        ``The gradient must have the shape of the output. Received: grad_output=(1, 1), output=(2, 2).``
        ``Numbers must be finite. Received: grad_output=[[inf]].``
        and what `conv.snippets.snippet` refuses.

    Examples
    --------
    >>> c = Configuration(input_size=(1, 3), kernel_size=(1, 2))
    >>> print(snippet(c, [[1, 2, 3]], [[4, 5]], [[1, 10]], framework="numpy"), end="")
    # Convolution: 1x3 input, 1x2 kernel, 1x2 output
    import numpy as np
    <BLANKLINE>
    import conv
    <BLANKLINE>
    x = np.array([
        [1, 2, 3],
    ], dtype=float)[None]  # (C, H, W) = (1, 1, 3)
    weight = np.array([
        [4, 5],
    ], dtype=float)[None, None]  # (C_out, C_in, KH, KW) = (1, 1, 1, 2)
    <BLANKLINE>
    y = conv.conv2d(x, weight)
    print(y[0])  # (1, 2)
    <BLANKLINE>
    g = np.array([
        [1.0, 10.0],
    ], dtype=float)[None]  # the gradient of y
    grad_x, grad_weight, grad_bias = conv.conv2d_backward(g, x, weight)
    print(grad_weight[0, 0], grad_bias, grad_x[0], sep="\\n")
    """
    c = configuration
    if framework not in FRAMEWORKS:
        raise ConvError.broken(f"Framework must be one of {', '.join(FRAMEWORKS)}.", framework=framework)
    if c.operation == "transposed":
        raise ConvError.broken("Gradients are written of convolution and pooling.", operation=c.operation)
    lines = snippets.snippet(c, x, weight, bias, framework=framework).splitlines()
    g = [f"    {row}," for row in _checked(grad_output, c).tolist()]
    write = _pytorch if framework == "pytorch" else _numpy
    return "\n".join(write(c, lines, g)) + "\n"


def _pytorch(c: Configuration, forward: list[str], g: list[str]) -> list[str]:
    """Say what the gradients are wanted of before the forward pass changes it, and ask for them after it."""
    names = [name for name in ("x", "weight", "bias") if any(line.startswith(f"{name} = torch") for line in forward)]
    defined = [at for at, line in enumerate(forward) if not line][1]  # a blank line stands before the forward pass
    wanted = [f"wanted = [{', '.join(names)}]", "for tensor in wanted:", "    tensor.requires_grad_()"]
    lines = [*forward[:defined], *wanted, *forward[defined:], ""]
    lines += ["g = torch.tensor([", *g, "], dtype=torch.float64)[None, None]  # the gradient of y"]
    if c.operation in POOLS:
        return [*lines, "(grad_x,) = torch.autograd.grad(y, wanted, g)", "print(grad_x[0, 0])"]
    lines.append(f"{', '.join(f'grad_{name}' for name in names)} = torch.autograd.grad(y, wanted, g)")
    if "bias" not in names:
        lines.append("grad_bias = g.sum((0, 2, 3))  # the bias is 0, and left out above")
    return [*lines, 'print(grad_weight[0, 0], grad_bias, grad_x[0, 0], sep="\\n")']


def _numpy(c: Configuration, forward: list[str], g: list[str]) -> list[str]:
    """Call the backward twin of the forward pass with the same arguments."""
    lines = [*forward, "", "g = np.array([", *g, "], dtype=float)[None]  # the gradient of y"]
    function, arguments = forward[-2].removeprefix("y = ").split("(", 1)  # the last line but one: y is printed below
    if c.operation in POOLS:
        return [*lines, f"grad_x = {function}_backward(g, {arguments}", "print(grad_x[0])"]
    arguments = arguments.replace("x, weight, bias", "x, weight", 1)
    lines.append(f"grad_x, grad_weight, grad_bias = {function}_backward(g, {arguments}")
    if c.flip:
        lines.append("grad_weight = grad_weight[..., ::-1, ::-1]  # of the kernel as it was entered")
    return [*lines, 'print(grad_weight[0, 0], grad_bias, grad_x[0], sep="\\n")']


def _checked(grad_output: ArrayLike, c: Configuration) -> np.ndarray:
    g = np.asarray(grad_output, dtype=float)
    if g.shape != c.output_size:
        rule = "The gradient must have the shape of the output."
        raise ConvError.broken(rule, grad_output=g.shape, output=c.output_size)
    if not np.isfinite(g).all():
        raise ConvError.broken("Numbers must be finite.", grad_output=g.tolist())
    return g
