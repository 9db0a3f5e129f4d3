r"""The convolution as the sparse matrix that a dense layer would have to learn.

Unroll input and output row by row: a convolution of one map is then :math:`y = M x + b`. Most of M
is zero, for a unit sees only its window, and what is not zero repeats the few weights of the kernel.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv.arrays import as_real, result_dtype
from conv.errors import ConvError
from conv.geometry import Padding, Pair, Size, as_pair, window_positions

Kind = Literal["dense", "local", "convolutional"]
KINDS: tuple[Kind, ...] = ("dense", "local", "convolutional")


class Entries(NamedTuple):
    """Where a layer's matrix holds weights, and which one: an element of each array for every connection.

    Units are counted row by row from 0. The connections are in the order of the units, and those
    of one unit in the order of its weights.
    """

    outputs: NDArray[np.intp]  # (connections,), rows of the matrix
    inputs: NDArray[np.intp]  # (connections,), its columns
    weights: NDArray[np.intp]  # (connections,), places in the unrolled weights; equal where a weight is shared
    shape: Pair  # outputs, inputs
    weight_count: int

    def fill(self, weights: ArrayLike) -> np.ndarray:
        """Put each weight wherever it is used.

        Parameters
        ----------
        weights : array_like
            ``weight_count`` numbers, in any shape.

        Returns
        -------
        ndarray, shape ``shape``
            Zero where nothing is connected.

        Raises
        ------
        ConvError
            ``There must be a number for each weight. Received: weights=(2, 2), weight_count=9.``

        Examples
        --------
        >>> entries((1, 3), (1, 2)).fill([5, 7])
        array([[5, 7, 0],
               [0, 5, 7]])
        """
        values = as_real(weights, "weights")
        values = values.astype(result_dtype(values))
        if values.size != self.weight_count:
            rule = "There must be a number for each weight."
            raise ConvError.broken(rule, weights=values.shape, weight_count=self.weight_count)
        filled = np.zeros(self.shape, values.dtype)
        filled[self.outputs, self.inputs] = values.ravel()[self.weights]
        return filled


def entries(
    input_size: Size, kernel_size: Size, *, kind: Kind = "convolutional", stride: Size = 1, padding: Padding = 0,
    dilation: Size = 1,
) -> Entries:
    r"""List the connections of a layer of one map in and one out, and the weight that each carries.

    With :math:`m = k_h k_w` weights in a kernel, :math:`q` the place in it and :math:`n = n_h n_w`
    inputs, the connection from input ``i`` to unit ``o`` carries

    =================  ==========================  =====================================
    kind               connected                   its weight
    =================  ==========================  =====================================
    ``convolutional``  the window of the unit      :math:`q`, the same for all units
    ``local``          the window of the unit      :math:`o m + q`, each unit's own
    ``dense``          every input                 :math:`o n + i`, each connection's own
    =================  ==========================  =====================================

    Padding is not connected: a window at the border has fewer connections. A locally connected
    layer has weights for it all the same, as `conv.counts.locally_connected_counts` counts them.

    Parameters
    ----------
    input_size, kernel_size, stride, padding, dilation
        As for `conv.output_size`. Of a dense layer they say how many units there are.
    kind : "convolutional", "local" or "dense"
        Locally connected layers are convolutions without sharing.

    Returns
    -------
    Entries
        At most ``H_out W_out KH KW`` connections, of a dense layer ``H_out W_out H W``.

    Raises
    ------
    ConvError
        ``Kind must be one of dense, local, convolutional. Received: kind='sparse'.``
        and what `conv.output_size` refuses.

    Examples
    --------
    >>> signal = entries((1, 4), (1, 3))
    >>> signal.outputs.tolist(), signal.inputs.tolist(), signal.weights.tolist()
    ([0, 0, 0, 1, 1, 1], [0, 1, 2, 1, 2, 3], [0, 1, 2, 0, 1, 2])
    >>> entries((1, 4), (1, 3), kind="local").weights.tolist()
    [0, 1, 2, 3, 4, 5]

    References
    ----------
    Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, 2016, section 4.1. Goodfellow, Bengio &
    Courville, *Deep Learning*, 2016, sections 9.2 and 9.5.
    """
    if kind not in KINDS:
        raise ConvError.broken(f"Kind must be one of {', '.join(KINDS)}.", kind=kind)
    height, width = as_pair(input_size, "input")
    rows, cols = window_positions(
        input_size, kernel_size, stride=stride, padding=padding, dilation=dilation
    )  # (H_out, KH) and (W_out, KW)
    shape = len(rows) * len(cols), height * width
    if kind == "dense":
        outputs, inputs = (places.ravel() for places in np.indices(shape))
        return Entries(outputs, inputs, np.arange(outputs.size), shape, outputs.size)
    row, col = rows[:, None, :, None], cols[None, :, None, :]
    inside = (row >= 0) & (row < height) & (col >= 0) & (col < width)  # (H_out, W_out, KH, KW)
    window = inside.reshape(shape[0], -1)  # (H_out W_out, KH KW)
    outputs, weights = np.nonzero(window)
    inputs = (row * width + col).reshape(window.shape)[outputs, weights]
    size = window.shape[1]
    if kind == "local":
        return Entries(outputs, inputs, outputs * size + weights, shape, window.size)
    return Entries(outputs, inputs, weights, shape, size)


def matrix(
    weight: ArrayLike, input_size: Size, *, stride: Size = 1, padding: Padding = 0, dilation: Size = 1
) -> np.ndarray:
    r"""Write a convolution of one map as a matrix.

    .. math:: \operatorname{vec}(y) = M \operatorname{vec}(x) + b, \quad M_{o i} = w_{jk}

    where input ``i`` is at row :math:`s r_o - p + d j`, column :math:`s c_o - p + d k` and unit ``o`` at
    row :math:`r_o`, column :math:`c_o`; zero where no weight leads from the one to the other. The
    transpose takes the gradient of y back to that of x, and is the transposed convolution.

    With stride 1 it is doubly blocked Toeplitz: of ``H_out`` by ``H`` blocks, each ``W_out`` by
    ``W``, those along a diagonal are equal, and so are the numbers along a diagonal of each block.

    Parameters
    ----------
    weight : array_like, shape (KH, KW)
    input_size : int or (rows, cols)
        (H, W).
    stride, padding, dilation
        As for `conv.conv2d`; the padding is zeros.

    Returns
    -------
    ndarray, shape (H_out W_out, H W)
        Of the weight's dtype, for integers at least int64. Zeros are stored too: for small pictures only.

    Raises
    ------
    ConvError
        ``Weight must have the axes (KH, KW). Received: weight=(1, 1, 3, 3).``
        and what `conv.output_size` refuses.

    Examples
    --------
    >>> matrix([[1, 2], [3, 4]], (2, 3))
    array([[1, 2, 0, 3, 4, 0],
           [0, 1, 2, 0, 3, 4]])

    References
    ----------
    Dumoulin & Visin, 2016, section 4.1, "Convolution as a matrix operation". Goodfellow, Bengio & Courville, *Deep
    Learning*, 2016, section 9.1.
    """
    w = as_real(weight, "weight")
    if w.ndim != 2:
        raise ConvError.broken("Weight must have the axes (KH, KW).", weight=w.shape)
    places = entries(input_size, (w.shape[0], w.shape[1]), stride=stride, padding=padding, dilation=dilation)
    return places.fill(w)
