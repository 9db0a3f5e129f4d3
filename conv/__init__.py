"""Convolution, shown and computed: NumPy and the standard library only.

Shape conventions, here once for all:

=================  ======================================================================
images, features   ``(N, C, H, W)``, or ``(C, H, W)`` for one; results have the same rank
weights            ``(C_out, C_in/groups, KH, KW)``
transposed ones    ``(C_in, C_out/groups, KH, KW)``
sizes              an int for both axes, or ``(rows, cols)``
padding            an int, ``(rows, cols)``, ``((top, bottom), (left, right))``,
                   ``"valid"``, ``"same"`` or ``"full"``; the odd pixel of ``"same"`` is
                   at the bottom and the right
dilation           1 means no gaps
=================  ======================================================================

Rows and columns count from 0. What deep learning calls convolution is cross-correlation:
nothing flips the kernel. Results have the dtype that NumPy promotes the inputs to;
booleans and integers are computed in at least int64, float16 in float32. Every input is
left as it was, and no result shares its memory.
"""

from conv.convolution import (
    conv2d,
    conv2d_backward,
    conv2d_naive,
    conv_transpose2d,
    conv_transpose2d_backward,
)
from conv.errors import ConvError
from conv.geometry import output_size
from conv.padding import pad2d, pad2d_backward
from conv.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    lp_pool2d,
    lp_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
    sum_pool2d,
    sum_pool2d_backward,
)

__all__ = [
    "ConvError",
    "avg_pool2d",
    "avg_pool2d_backward",
    "conv2d",
    "conv2d_backward",
    "conv2d_naive",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "lp_pool2d",
    "lp_pool2d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "output_size",
    "pad2d",
    "pad2d_backward",
    "sum_pool2d",
    "sum_pool2d_backward",
]
