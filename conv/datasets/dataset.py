"""What a network is trained and tested on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from conv.errors import ConvError


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images to train on, and others to test with.

    Parameters
    ----------
    train_images, test_images : ndarray of float32, shapes (N, C, H, W) and (M, C, H, W)
        From 0 to 1; at least one image each.
    train_labels, test_labels : ndarray of int, shapes (N,) and (M,)
        Each image's class, 0 to len(class_names) - 1.
    class_names : tuple of str

    Raises
    ------
    ConvError
        ``Images must be float32 of shape (N, C, H, W), with at least one image and one pixel.
        Received: test_images=(0, 1, 8, 8), dtype='float32'.``
        ``Labels must be integers of shape (N,), one an image. Received: train_labels=(3,), dtype='int64', images=2.``
        ``Labels must be from 0 to 9, one for each class name. Received: train_labels=10.``
        ``Training and test images must have the same shape. Received: train_images=(1, 8, 8), test_images=(1, 9, 9).``

    Examples
    --------
    >>> zeros, ones = np.zeros((2, 1, 4, 4), np.float32), np.ones((2, 1, 4, 4), np.float32)
    >>> dataset = Dataset(zeros, np.array([0, 1]), ones, np.array([1, 1]), ("left", "right"))
    >>> dataset.image_shape, len(dataset.class_names)
    ((1, 4, 4), 2)
    """

    train_images: NDArray[np.float32]
    train_labels: NDArray[np.integer]
    test_images: NDArray[np.float32]
    test_labels: NDArray[np.integer]
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Hold the arrays to their shapes, and the labels to the classes."""
        for part in ("train", "test"):
            images, labels = getattr(self, f"{part}_images"), getattr(self, f"{part}_labels")
            _check_images(f"{part}_images", images)
            _check_labels(f"{part}_labels", labels, len(images), len(self.class_names))
        shapes = {"train_images": self.train_images.shape[1:], "test_images": self.test_images.shape[1:]}
        if len(set(shapes.values())) > 1:
            raise ConvError.broken("Training and test images must have the same shape.", **shapes)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        channels, rows, cols = self.train_images.shape[1:]
        return channels, rows, cols


def _check_images(name: str, images: np.ndarray) -> None:
    if images.ndim != 4 or images.size == 0 or images.dtype != np.float32:
        rule = "Images must be float32 of shape (N, C, H, W), with at least one image and one pixel."
        raise ConvError.broken(rule, **{name: images.shape}, dtype=str(images.dtype))


def _check_labels(name: str, labels: np.ndarray, images: int, classes: int) -> None:
    if labels.shape != (images,) or labels.dtype.kind not in "iu":
        rule = "Labels must be integers of shape (N,), one an image."
        raise ConvError.broken(rule, **{name: labels.shape}, dtype=str(labels.dtype), images=images)
    outside = labels[(labels < 0) | (labels >= classes)]
    if outside.size:
        rule = f"Labels must be from 0 to {classes - 1}, one for each class name."
        raise ConvError.broken(rule, **{name: int(outside[0])})
