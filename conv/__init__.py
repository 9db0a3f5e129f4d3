"""Convolution, shown and computed: NumPy and the standard library only."""

from conv.errors import ConvError

__all__ = ["ConvError"]
