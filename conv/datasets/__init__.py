"""Labelled images: where they come from, and what is done to them before a network sees them."""

from conv.datasets.dataset import Dataset

__all__ = ["Dataset"]
