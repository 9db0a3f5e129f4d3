"""A convolution of many maps as source text, with its numbers: for PyTorch or this package."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from conv.arrays import as_real
from conv.convolution import conv2d
from conv.errors import ConvError
from conv.geometry import Size, as_pair

FRAMEWORKS = {"pytorch": "PyTorch", "numpy": "NumPy (this package)"}
"""The frameworks by the name that `snippet` takes, and what a menu calls them."""

# Imports, how an array begins and ends, the function, and what is printed of its result.
WRITTEN = {
    "pytorch": (
        ["import torch", "import torch.nn.functional as F"], "torch.tensor(", ", dtype=torch.float64)",
        "F.conv2d", "x[None]", "y[0]",
    ),
    "numpy": (["import numpy as np", "", "import conv"], "np.array(", ", dtype=float)", "conv.conv2d", "x", "y"),
}


def snippet(
    x: ArrayLike, weight: ArrayLike, bias: ArrayLike, *, stride: Size = 1, padding: Size = 0, dilation: Size = 1,
    groups: int = 1, framework: str = "pytorch",
) -> str:
    """Write a program that computes and prints the output maps of one convolution.

    Parameters
    ----------
    x : array_like, (C_in, H, W)
    weight : array_like, (C_out, C_in/groups, KH, KW)
    bias : array_like, (C_out,)
        All three finite.
    stride, padding, dilation, groups
        As for `conv.conv2d`; the padding in numbers, alike on both sides of an axis.
    framework : "pytorch" or "numpy"

    Returns
    -------
    str
        Python source, which leaves the output in ``y``.

    Raises
    ------
    ConvError
        ``Framework must be one of pytorch, numpy. Received: framework='jax'.``
        ``Numbers must be finite. Received: array='bias'.``
        and what `conv.conv2d` refuses.

    Examples
    --------
    >>> print(snippet([[[1, 2]], [[3, 4]]], [[[[1]], [[-1]]]], [0.5], framework="numpy"), end="")
    # Convolution: 2x1x2 in, 1x1x2 out, 1x1 kernels
    import numpy as np
    <BLANKLINE>
    import conv
    <BLANKLINE>
    x = np.array([[[1., 2.]],
                  [[3., 4.]]], dtype=float)  # (C_in, H, W) = (2, 1, 2)
    weight = np.array([[[[ 1.]],
                        [[-1.]]]], dtype=float)  # (C_out, C_in/groups, KH, KW) = (1, 2, 1, 1)
    bias = np.array([0.5], dtype=float)  # (C_out,) = (1,)
    <BLANKLINE>
    y = conv.conv2d(x, weight, bias)
    print(y)  # (C_out, H_out, W_out) = (1, 1, 2)
    """
    if framework not in FRAMEWORKS:
        raise ConvError.broken(f"Framework must be one of {', '.join(FRAMEWORKS)}.", framework=framework)
    imports, opening, closing, function, image, shown = WRITTEN[framework]
    arrays = {"x": as_real(x, "x"), "weight": as_real(weight, "weight"), "bias": as_real(bias, "bias")}
    steps = {"stride": as_pair(stride, "stride"), "padding": as_pair(padding, "padding", least=0),
             "dilation": as_pair(dilation, "dilation")}
    out = conv2d(*arrays.values(), groups=groups, **steps).shape  # type: ignore[arg-type]
    axes = {"x": "(C_in, H, W)", "weight": "(C_out, C_in/groups, KH, KW)", "bias": "(C_out,)"}
    lines = [
        f"{name} = {opening}{_nested(name, array, len(f'{name} = {opening}'))}{closing}  # {axes[name]} = {array.shape}"
        for name, array in arrays.items()
    ]
    named = [f"{name}={pair}" for name, pair in steps.items() if pair != ((0, 0) if name == "padding" else (1, 1))]
    arguments = [image, "weight", "bias", *named, *([f"groups={groups}"] if groups > 1 else [])]
    title = (
        f"# Convolution: {_by(arrays['x'].shape)} in, {_by(out)} out, {_by(arrays['weight'].shape[2:])} kernels"
        + (f", {groups} groups" if groups > 1 else "")
    )
    call = f"y = {function}({', '.join(arguments)})"
    return "\n".join([title, *imports, "", *lines, "", call, f"print({shown})  # (C_out, H_out, W_out) = {out}"]) + "\n"


def _nested(name: str, array: np.ndarray, indent: int) -> str:
    """Write an array as nested lists whose numbers can be read back, one row of numbers a line."""
    if not np.isfinite(array).all():
        raise ConvError.broken("Numbers must be finite.", array=name)
    text = np.array2string(
        array.astype(float), separator=", ", floatmode="unique", threshold=array.size + 1, prefix=" " * indent,
        max_line_width=10**6,
    )
    return "\n".join(line for line in text.splitlines() if line.strip())


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
