"""What a convolution of many maps shows, step by step, as plain arrays.

An output map has a kernel for each input map that it reads. Every window gives one sum a channel;
the sums and one bias make one output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv import trace
from conv.arrays import as_real, quiet
from conv.convolution import conv2d
from conv.errors import ConvError
from conv.geometry import Padding, Size, pads
from conv.padding import PaddingMode, pad2d

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ChannelTrace:
    """A window that slides over all input maps at once.

    Attributes
    ----------
    grid : (C_in, H_grid, W_grid)
        The input maps with their padding.
    kinds : (H_grid, W_grid)
        ``trace.INPUT`` or ``trace.PADDING``, alike in every map.
    input_rows : (H_grid,), input_cols : (W_grid,)
        Which input row or column stands there, -1 where none does.
    weight : (C_out, C_in/groups, KH, KW)
    sources : (C_out, C_in/groups)
        Which input map each kernel of an output map reads.
    window_rows : (H_out, KH), window_cols : (W_out, KW)
        Grid rows and columns that the window of an output row or column reads, alike in every map.
    terms : (C_out, C_in/groups, H_out, W_out, KH, KW)
        The products ``x * w``.
    sums : (C_out, H_out, W_out, C_in/groups)
        What each input map contributes to an output: the sum of its products.
    bias : (C_out,)
    output : (C_out, H_out, W_out)
        ``sums.sum(-1)`` and the bias.
    """

    grid: Floats
    kinds: NDArray[np.uint8]
    input_rows: NDArray[np.intp]
    input_cols: NDArray[np.intp]
    weight: Floats
    sources: NDArray[np.intp]
    window_rows: NDArray[np.intp]
    window_cols: NDArray[np.intp]
    terms: Floats
    sums: Floats
    bias: Floats
    output: Floats


@quiet
def convolution(
    x: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, *, stride: Size = 1, padding: Padding = 0,
    dilation: Size = 1, groups: int = 1, padding_mode: PaddingMode = "zeros",
) -> ChannelTrace:
    r"""Trace a convolution of many maps in and out.

    .. math::

        h^o_{ij} = \sum_{c} s^{oc}_{ij} + b^o, \qquad
        s^{oc}_{ij} = \sum_{k,l} w^{oc}_{kl} \, x^c_{is + kd,\, js + ld}

    with c over the input maps of the group that output map o belongs to.

    Parameters
    ----------
    x : (C_in, H, W)
        At least one map.
    weight : (C_out, C_in/groups, KH, KW)
    bias, stride, padding, dilation, groups, padding_mode
        As for `conv.conv2d`.

    Returns
    -------
    ChannelTrace
        ``output`` is what `conv.conv2d` gives.

    Raises
    ------
    ConvError
        ``Input must have 3 dimensions, (maps, rows, cols), and at least one map. Received: shape=(3, 3).``
        ``There must be at least one kernel. Received: weight=(0, 1, 3, 3).``
        and all that `conv.conv2d` refuses.

    Examples
    --------
    >>> t = convolution([[[1, 2]], [[3, 4]]], [[[[10]], [[100]]]], [0.5])
    >>> t.sums[0, 0, 1].tolist(), t.output.tolist()  # 2*10, 4*100
    ([20.0, 400.0], [[[310.5, 420.5]]])

    References
    ----------
    Bilen, *Machine Learning Practical*, lecture 7, 2018: multiple input and output feature maps.
    """
    maps, kernels = _maps(x), as_real(weight, "weight").astype(np.float64)
    steps: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "padding_mode": padding_mode}
    output = conv2d(maps, kernels, bias, groups=groups, **steps)
    if len(kernels) == 0:
        raise ConvError.broken("There must be at least one kernel.", weight=kernels.shape)
    where = trace.convolution(maps[0], kernels[0, 0], **steps)  # the window stands alike in every map
    sides = pads(padding, maps.shape[1:], kernels.shape[2:], stride=stride, dilation=dilation)
    grid = pad2d(maps, sides, mode=padding_mode)
    windows = grid[:, where.window_rows[:, None, :, None], where.window_cols[None, :, None, :]]
    sources = _sources(kernels.shape[0], kernels.shape[1], groups)
    terms = windows[sources] * kernels[:, :, None, None]  # (C_out, C_in/groups, H_out, W_out, KH, KW)
    sums = np.moveaxis(terms.sum((-2, -1)), 1, -1)  # (C_out, H_out, W_out, C_in/groups)
    offsets = np.zeros(len(kernels)) if bias is None else np.array(bias, dtype=np.float64)
    return ChannelTrace(
        grid, where.kinds, where.input_rows, where.input_cols, kernels, sources, where.window_rows, where.window_cols,
        terms, sums, offsets, output,
    )


def _sources(filters: int, channels: int, groups: int) -> NDArray[np.intp]:
    """Input maps that each output map reads, (filters, channels): those of its group, in order."""
    group = np.arange(filters) // (filters // groups)
    return group[:, None] * channels + np.arange(channels)


def _maps(x: ArrayLike) -> Floats:
    maps = as_real(x, "x").astype(np.float64)
    if maps.ndim != 3 or len(maps) == 0:
        rule = "Input must have 3 dimensions, (maps, rows, cols), and at least one map."
        raise ConvError.broken(rule, shape=maps.shape)
    return maps
