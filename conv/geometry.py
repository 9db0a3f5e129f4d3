"""Convolution arithmetic: what sizes say before any number is multiplied.

Every function takes sizes as an int (both axes alike) or a ``(rows, cols)`` pair.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Literal, overload

from conv.errors import ConvError

Pair = tuple[int, int]
Pads = tuple[Pair, Pair]  # ((top, bottom), (left, right))
Size = int | Sequence[int]
Padding = int | Sequence[int] | Sequence[Sequence[int]] | Literal["valid", "same", "full"]


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


@overload
def output_size(
    input_size: int, kernel_size: int, *, stride: int = 1, padding: Padding = 0, dilation: int = 1,
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
    bottom or right padding is dropped.

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
        The kernel named is the effective one when dilated.

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
        if room < 0:
            received = {"input": n, "kernel": k, "padding": padding} | ({"dilation": d} if d != (1, 1) else {})
            raise ConvError.broken("Kernel is larger than the padded input.", **received)
        size = room // s[axis] + 1
        if ceil_mode and room % s[axis] and size * s[axis] < n[axis] + sides[axis][0]:
            size += 1
        sizes.append(size)
    scalar = not any(isinstance(v, Sequence) for v in (input_size, kernel_size, stride, dilation)) and (
        isinstance(padding, str) or not isinstance(padding, Sequence)
    )
    return sizes[0] if scalar else tuple(sizes)
