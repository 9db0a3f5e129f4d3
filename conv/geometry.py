"""Convolution arithmetic: what sizes say before any number is multiplied.

Every function takes sizes as an int (both axes alike) or a ``(rows, cols)`` pair.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np

from conv.errors import ConvError

Pair = tuple[int, int]
Pads = tuple[Pair, Pair]  # ((top, bottom), (left, right))
Size = int | Sequence[int]
Word = Literal["valid", "same", "full"]
Padding = int | Sequence[int] | Sequence[Sequence[int]] | Word


def as_pair(value: Size, name: str, *, least: int = 1) -> Pair:
    """Read an int or a ``(rows, cols)`` pair as a pair of ints, none below ``least``.

    Raises
    ------
    ConvError
        ``Stride must be an integer or a pair of integers. Received: stride='2'.``
        ``Stride must be at least 1. Received: stride=0.``

    Examples
    --------
    >>> as_pair(3, "kernel"), as_pair((3, 5), "kernel")
    ((3, 3), (3, 5))
    """
    if type(value) is tuple and len(value) == 2 and type(value[0]) is type(value[1]) is int and min(value) >= least:
        return value  # as nearly always: a page asks thousands of times for each change of a setting
    label = name.replace("_", " ").capitalize()
    try:
        numbers = [operator.index(v) for v in value] if isinstance(value, Sequence) else [operator.index(value)]
    except TypeError:
        numbers = []
    if len(numbers) not in (1, 2):
        raise ConvError.broken(f"{label} must be an integer or a pair of integers.", **{name: value})
    if min(numbers) < least:
        raise ConvError.broken(f"{label} must be at least {least}.", **{name: value})
    return numbers[0], numbers[-1]


def effective_kernel_size(kernel_size: Size, dilation: Size = 1) -> Pair:
    """Extent of a dilated kernel on the input, ``d(k - 1) + 1`` an axis.

    Examples
    --------
    >>> effective_kernel_size(3, dilation=2)
    (5, 5)

    References
    ----------
    Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, 2016, section 5.1.
    """
    k, d = as_pair(kernel_size, "kernel_size"), as_pair(dilation, "dilation")
    return d[0] * (k[0] - 1) + 1, d[1] * (k[1] - 1) + 1


def pads(
    padding: Padding, input_size: Size, kernel_size: Size, *, stride: Size = 1, dilation: Size = 1
) -> Pads:
    """Resolve any form of padding to ``((top, bottom), (left, right))``.

    ``"valid"`` is no padding. ``"full"`` is ``d(k - 1)`` on every side, so that each partial
    overlap counts. ``"same"`` makes the output ``ceil(n / s)``; it needs
    ``max(0, (ceil(n / s) - 1) s + d(k - 1) + 1 - n)`` in all, half on each side, and an odd
    pixel goes to the bottom or right.

    Raises
    ------
    ConvError
        ``Padding must be 'valid', 'same', 'full', an integer, (rows, cols) or
        ((top, bottom), (left, right)). Received: padding='sane'.``
        ``Padding must be at least 0. Received: padding=-1.``

    Examples
    --------
    >>> pads("same", 7, 3)
    ((1, 1), (1, 1))
    >>> pads("same", 4, 2)  # an even kernel: the odd pixel is at the end
    ((0, 1), (0, 1))
    """
    n = as_pair(input_size, "input", least=0)
    s = as_pair(stride, "stride")
    reach = [extent - 1 for extent in effective_kernel_size(kernel_size, dilation)]
    if isinstance(padding, str):
        if padding == "valid":
            return (0, 0), (0, 0)
        if padding == "full":
            return (reach[0], reach[0]), (reach[1], reach[1])
        if padding == "same":
            total = [max(0, (-(-n[i] // s[i]) - 1) * s[i] + reach[i] + 1 - n[i]) for i in (0, 1)]
            return (total[0] // 2, total[0] - total[0] // 2), (total[1] // 2, total[1] - total[1] // 2)
    elif isinstance(padding, Sequence) and len(padding) == 2 and all(isinstance(p, Sequence) for p in padding):
        return as_pair(padding[0], "padding", least=0), as_pair(padding[1], "padding", least=0)  # type: ignore[arg-type]
    else:
        try:
            rows, cols = as_pair(padding, "padding", least=0)  # type: ignore[arg-type]
            return (rows, rows), (cols, cols)
        except ConvError as error:
            if "at least" in str(error):
                raise
    raise ConvError.broken(
        "Padding must be 'valid', 'same', 'full', an integer, (rows, cols) or ((top, bottom), (left, right)).",
        padding=padding,
    )


def transposed_pads(
    padding: Padding, input_size: Size, kernel_size: Size, *, stride: Size = 1, dilation: Size = 1
) -> Pads:
    """Rows and columns that a transposed convolution's padding takes away from its output.

    They are the padding of the convolution that it undoes, whose input is the larger image, of ``n s``.

    Raises
    ------
    ConvError
        As in `pads`.

    Examples
    --------
    >>> transposed_pads(1, 3, 3)
    ((1, 1), (1, 1))
    >>> transposed_pads("same", 3, 3, stride=2)  # of a convolution of 6 by 6
    ((0, 1), (0, 1))
    """
    n, s = as_pair(input_size, "input"), as_pair(stride, "stride")
    return pads(padding, (n[0] * s[0], n[1] * s[1]), kernel_size, stride=s, dilation=dilation)


def _as_given(sizes: Sequence[int], *arguments: object) -> int | Pair:
    """Give an int where no argument told the axes apart, else a pair."""
    told_apart = any(isinstance(a, Sequence) and not isinstance(a, str) for a in arguments)
    return (sizes[0], sizes[1]) if told_apart else sizes[0]


@overload
def output_size(  # type: ignore[overload-overlap]
    input_size: int, kernel_size: int, *, stride: int = 1, padding: int | Word = 0, dilation: int = 1,
    ceil_mode: bool = False,
) -> int: ...
@overload
def output_size(
    input_size: Size, kernel_size: Size, *, stride: Size = 1, padding: Padding = 0, dilation: Size = 1,
    ceil_mode: bool = False,
) -> Pair: ...
def output_size(input_size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    r"""Size of the output of a convolution or a pooling.

    .. math:: o = \lfloor (n + 2p - d(k - 1) - 1) / s \rfloor + 1

    With ``ceil_mode`` the division rounds up, and a last window that would start in the
    bottom or right padding is dropped. A kernel may then hang over the end by less than a stride.

    Parameters
    ----------
    input_size : int or (rows, cols)
        n >= 1.
    kernel_size : int or (rows, cols)
        k >= 1.
    stride, dilation : int or (rows, cols)
        s, d >= 1.
    padding : int, (rows, cols), ((top, bottom), (left, right)), "valid", "same" or "full"
        p >= 0; see `pads`.
    ceil_mode : bool
        Round up instead of down.

    Returns
    -------
    int or (rows, cols)
        An int when ``input_size`` is one and no other argument tells the axes apart.

    Raises
    ------
    ConvError
        ``Kernel is larger than the padded input. Received: input=(2, 2), kernel=(3, 3), padding=0.``
        A dilation other than 1 is named too.

    Examples
    --------
    >>> output_size(7, 3), output_size(7, 3, padding=1), output_size((7, 9), 3, stride=2)
    (5, 7, (3, 4))

    References
    ----------
    Dumoulin & Visin, 2016, relationships 6 and 15. PyTorch, ``torch.nn.MaxPool2d``, ceil_mode.
    """
    n = as_pair(input_size, "input")
    k, s, d = as_pair(kernel_size, "kernel_size"), as_pair(stride, "stride"), as_pair(dilation, "dilation")
    extent = effective_kernel_size(k, d)
    sides = pads(padding, n, k, stride=s, dilation=d)
    sizes = []
    for axis in (0, 1):
        room = n[axis] + sum(sides[axis]) - extent[axis]
        size = room // s[axis] + 1
        if ceil_mode and room % s[axis] and size * s[axis] < n[axis] + sides[axis][0]:
            size += 1
        if size < 1:
            received = {"input": n, "kernel": k, "padding": padding} | ({"dilation": d} if d != (1, 1) else {})
            raise ConvError.broken("Kernel is larger than the padded input.", **received)
        sizes.append(size)
    return _as_given(sizes, input_size, kernel_size, stride, padding, dilation)


@overload
def transposed_output_size(  # type: ignore[overload-overlap]
    input_size: int, kernel_size: int, *, stride: int = 1, padding: int | Word = 0, output_padding: int = 0,
    dilation: int = 1,
) -> int: ...
@overload
def transposed_output_size(
    input_size: Size, kernel_size: Size, *, stride: Size = 1, padding: Padding = 0, output_padding: Size = 0,
    dilation: Size = 1,
) -> Pair: ...
def transposed_output_size(input_size, kernel_size, *, stride=1, padding=0, output_padding=0, dilation=1):
    r"""Size of the output of a transposed convolution.

    .. math:: o = (n - 1)s - 2p + d(k - 1) + \text{output\_padding} + 1

    Parameters
    ----------
    input_size, kernel_size, stride, dilation : int or (rows, cols)
        At least 1.
    padding : int, (rows, cols), ((top, bottom), (left, right)), "valid", "same" or "full"
        The padding of the convolution that is transposed: it crops the output. ``"same"`` is that
        of an input of ``n s``, which becomes the output's size where the kernel covers the stride.
    output_padding : int or (rows, cols)
        Rows and columns added at the bottom and right, fewer than ``max(s, d)``; `remainder`
        gives the number that recovers the size a convolution started from.

    Returns
    -------
    int or (rows, cols)
        An int when ``input_size`` is one and no other argument tells the axes apart.

    Raises
    ------
    ConvError
        ``Output padding must be less than the stride or the dilation.
        Received: output_padding=1, stride=1, dilation=1.``
        ``Padding takes away the whole output. Received: input=(1, 1), kernel=(2, 2), padding=1.``
        The kernel named is the effective one when dilated.

    Examples
    --------
    >>> transposed_output_size(3, 3, stride=2, padding=1)
    5
    >>> transposed_output_size(3, 3, stride=2, padding=1, output_padding=1)
    6

    References
    ----------
    Dumoulin & Visin, 2016, relationships 8 to 14. PyTorch, ``torch.nn.ConvTranspose2d``.
    """
    n = as_pair(input_size, "input")
    k, s, d = as_pair(kernel_size, "kernel_size"), as_pair(stride, "stride"), as_pair(dilation, "dilation")
    extra = as_pair(output_padding, "output_padding", least=0)
    sides = transposed_pads(padding, n, k, stride=s, dilation=d)
    extent = effective_kernel_size(k, d)
    if any(extra[axis] >= max(s[axis], d[axis]) for axis in (0, 1)):
        rule = "Output padding must be less than the stride or the dilation."
        raise ConvError.broken(rule, output_padding=output_padding, stride=stride, dilation=dilation)
    sizes = [(n[i] - 1) * s[i] - sum(sides[i]) + extent[i] + extra[i] for i in (0, 1)]
    if min(sizes) < 1:
        raise ConvError.broken("Padding takes away the whole output.", input=n, kernel=extent, padding=padding)
    return _as_given(sizes, input_size, kernel_size, stride, padding, output_padding, dilation)


@overload
def remainder(  # type: ignore[overload-overlap]
    input_size: int, kernel_size: int, *, stride: int = 1, padding: int | Word = 0, dilation: int = 1,
    ceil_mode: bool = False,
) -> int: ...
@overload
def remainder(
    input_size: Size, kernel_size: Size, *, stride: Size = 1, padding: Padding = 0, dilation: Size = 1,
    ceil_mode: bool = False,
) -> Pair: ...
def remainder(input_size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    r"""Rows and columns that the last window leaves over at the bottom and right.

    .. math:: a = (n + 2p - d(k - 1) - 1) \bmod s

    The same number is the ``output_padding`` with which the transposed convolution gives back
    the input's size: sizes with different remainders share one output size. With ``ceil_mode`` it
    is 0 where the last window reaches the end or hangs over it; where that window would start in
    the padding and is dropped, it stays.

    Returns
    -------
    int or (rows, cols)
        In ``0 ... s - 1``; an int as in `output_size`.

    Raises
    ------
    ConvError
        As in `output_size`.

    Examples
    --------
    >>> remainder(7, 3, stride=2), remainder(8, 3, stride=2), remainder(8, 3, stride=2, ceil_mode=True)
    (0, 1, 0)
    >>> [transposed_output_size(3, 3, stride=2, output_padding=a) for a in (0, 1)]
    [7, 8]

    References
    ----------
    Dumoulin & Visin, 2016, relationship 14.
    """
    n, s = as_pair(input_size, "input"), as_pair(stride, "stride")
    out = output_size(n, kernel_size, stride=s, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
    sides = pads(padding, n, kernel_size, stride=s, dilation=dilation)
    extent = effective_kernel_size(kernel_size, dilation)
    left_over = [max(0, n[i] + sum(sides[i]) - (out[i] - 1) * s[i] - extent[i]) for i in (0, 1)]
    return _as_given(left_over, input_size, kernel_size, stride, padding, dilation)


def window_positions(
    input_size: Size, kernel_size: Size, *, stride: Size = 1, padding: Padding = 0, dilation: Size = 1,
    ceil_mode: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Give the input rows and columns under each window, ``o s - top + j d`` for ``j = 0 ... k - 1``.

    Returns
    -------
    rows, cols : ndarray of int, shapes (H_out, KH) and (W_out, KW)
        Below 0 or beyond the input in the padding.

    Raises
    ------
    ConvError
        As in `output_size`.

    Examples
    --------
    >>> rows, _ = window_positions(5, 3, stride=2, padding=1)
    >>> rows.tolist()
    [[-1, 0, 1], [1, 2, 3], [3, 4, 5]]
    """
    n, k = as_pair(input_size, "input"), as_pair(kernel_size, "kernel_size")
    s, d = as_pair(stride, "stride"), as_pair(dilation, "dilation")
    sides = pads(padding, n, k, stride=s, dilation=d)
    out = output_size(n, k, stride=s, padding=padding, dilation=d, ceil_mode=ceil_mode)
    starts = [np.arange(out[axis]) * s[axis] - sides[axis][0] for axis in (0, 1)]
    return starts[0][:, None] + np.arange(k[0]) * d[0], starts[1][:, None] + np.arange(k[1]) * d[1]


def coverage(
    input_size: Size, kernel_size: Size, *, stride: Size = 1, padding: Padding = 0, dilation: Size = 1,
    ceil_mode: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Count the windows that read each input row and each input column.

    The two axes are independent: cell ``(row, col)`` is read by
    ``row_counts[row] * col_counts[col]`` windows. What padding copies from the input (reflect,
    replicate, circular) is not counted.

    Returns
    -------
    row_counts, col_counts : ndarray of int, shapes (H,) and (W,)
        Zero where no window looks: at the end when rounding down leaves a remainder, between
        windows when the stride exceeds the kernel, in the holes of a dilated kernel.

    Raises
    ------
    ConvError
        As in `output_size`.

    Examples
    --------
    >>> rows, cols = coverage((5, 6), 3, stride=2)
    >>> rows.tolist(), cols.tolist()
    ([1, 1, 2, 1, 1], [1, 1, 2, 1, 1, 0])
    """
    n = as_pair(input_size, "input")
    rows, cols = window_positions(
        input_size, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
    )
    return (
        np.bincount(rows[(rows >= 0) & (rows < n[0])], minlength=n[0]),
        np.bincount(cols[(cols >= 0) & (cols < n[1])], minlength=n[1]),
    )


def uncovered(
    input_size: Size, kernel_size: Size, *, stride: Size = 1, padding: Padding = 0, dilation: Size = 1,
    ceil_mode: bool = False,
) -> tuple[list[int], list[int]]:
    """Rows and columns, counted from 0, that no window reads; see `coverage`.

    Examples
    --------
    >>> uncovered((5, 6), 3, stride=2)
    ([], [5])
    """
    rows, cols = coverage(
        input_size, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
    )
    return np.flatnonzero(rows == 0).tolist(), np.flatnonzero(cols == 0).tolist()


@dataclass(frozen=True)
class Convention:
    """What one library or course answers to "how large is the output?"."""

    name: str
    answer: int | Pair | None  # None: refused
    explanation: str


def conventions(
    input_size: Size, kernel_size: Size, *, stride: Size = 1, padding: Padding = 0, dilation: Size = 1
) -> list[Convention]:
    """List what libraries and courses make of the same numbers, where their rules part.

    Returns
    -------
    list of Convention
        Rounding down (PyTorch), rounding up (``ceil_mode``, Caffe), SAME and VALID
        (TensorFlow, Keras: they take no numbers for padding), exact division only (CS231n).

    Raises
    ------
    ConvError
        As `as_pair` and `pads` when an argument is not a size at all. A kernel that does not
        fit is an answer of None.

    Examples
    --------
    >>> [c.answer for c in conventions(10, 3, stride=2)]
    [4, 5, 5, 4, None]

    References
    ----------
    PyTorch, ``torch.nn.MaxPool2d`` and ``torch.nn.Conv2d``. TensorFlow, ``tf.nn``, "Notes on padding". Stanford CS231n,
    *Convolutional Networks*, "Constraints on strides".
    """
    n, k = as_pair(input_size, "input"), as_pair(kernel_size, "kernel_size")
    s, d = as_pair(stride, "stride"), as_pair(dilation, "dilation")
    sides = pads(padding, n, k, stride=s, dilation=d)
    given = (input_size, kernel_size, stride, padding, dilation)

    def answer(how: Padding, ceil_mode: bool = False) -> int | Pair | None:
        try:
            return _as_given(output_size(n, k, stride=s, padding=how, dilation=d, ceil_mode=ceil_mode), *given)
        except ConvError:
            return None

    down, up, valid = answer(sides), answer(sides, ceil_mode=True), answer("valid")
    room = [n[i] + sum(sides[i]) - extent for i, extent in enumerate(effective_kernel_size(k, d))]
    fraction = next((f"{room[i]}/{s[i]}" for i in (0, 1) if room[i] % s[i]), None)
    too_large = "The kernel is larger than the padded input."
    exact = f"{fraction} is not a whole number, so the windows do not tile the input." if fraction else (
        "The division is exact, so there is nothing to round."
    )
    fits = down is not None
    if padding == "same" and max(s) > 1:
        pytorch = Convention("PyTorch", None, "Refuses: padding='same' is not supported for strided convolutions.")
    else:
        rounds_down = "Rounds down: the last, incomplete step is not taken."
        pytorch = Convention("PyTorch", down, rounds_down if fits else too_large)
    return [
        pytorch,
        Convention("PyTorch ceil_mode, Caffe pooling", up, "Rounds up: a last window may hang over the end, if it "
                   "starts inside the input." if up is not None else too_large),
        Convention("TensorFlow, Keras SAME", answer("same"), "Pads by itself to the input divided by the stride, "
                   "rounded up; the kernel does not matter."),
        Convention("TensorFlow, Keras VALID", valid, "Never pads, and rounds down." if valid is not None else
                   "The kernel is larger than the input, and VALID never pads."),
        Convention("CS231n", down if fits and fraction is None else None, exact if fits else too_large),
    ]
