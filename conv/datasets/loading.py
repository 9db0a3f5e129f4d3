"""Every data set by its name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from conv.datasets.dataset import Dataset
from conv.datasets.downloads import SOURCES, cache_folder
from conv.datasets.idx import read_idx
from conv.datasets.shapes import CORNERS, KINDS, LINES, TEXTURES, draw
from conv.errors import ConvError
from conv.geometry import Size
from conv.patterns import digits


class Named(NamedTuple):
    """What a menu says of a data set."""

    title: str
    description: str


NAMES: dict[str, Named] = {
    "digits": Named("Handwritten digits, 8×8", "1,797 digits of the UCI set, which come with the program."),
    "lines": Named("Lines", "Drawn: horizontal, vertical, rising and falling."),
    "corners": Named("Corners", "Drawn: each has one corner and two arms."),
    "textures": Named("Textures", "Drawn: stripes, a checkerboard, dots."),
    "shapes": Named("Lines, corners and textures", "Drawn: all twelve kinds."),
    "mnist": Named("MNIST", "70,000 handwritten digits, 28×28."),
    "fashion_mnist": Named("Fashion-MNIST", "70,000 pictures of clothes, 28×28."),
}
"""The data sets by name, in the order of a menu."""

DRAWN = {"lines": tuple(LINES), "corners": tuple(CORNERS), "textures": tuple(TEXTURES), "shapes": tuple(KINDS)}
DRAWN_TRAIN, DRAWN_TEST, DRAWN_SIZE = 2000, 500, 16
DIGITS_TRAIN = 1415  # the last 382 are in three other hands
TEN_DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"
)


def load(
    name: str, folder: str | Path | None = None, *, train: int | None = None, test: int | None = None,
    size: Size | None = None, rng: np.random.Generator | int = 0,
) -> Dataset:
    """Load a data set by its name; nothing is downloaded.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    folder : str or Path, optional
        Only for ``"mnist"`` and ``"fashion_mnist"``: where the four IDX files are, plain or gzipped, with the names
        they were published under (``train-images-idx3-ubyte.gz``, or with a dot, ``train-images.idx3-ubyte``); the
        folder that `download` fills if not given.
    train, test : int, optional
        How many images of each part: the first ones. All there are if not given; of drawn ones 2,000 and 500.
    size : int or (rows, cols), optional
        Only for drawn images: at least 6, and 16 if not given.
    rng : numpy.random.Generator or int
        Only for drawn images: the generator, or the seed of one.

    Returns
    -------
    Dataset
        The digits are divided where the hand changes: 1,415 to train on and 382, by other writers, to test with. In
        the file the images of a writer follow one another; where the writers change is seen in the labels, which
        start again from 0, 1, 2, … Mixed at random the same digits look easier than they are to read.

    Raises
    ------
    ConvError
        ``Dataset must be one of digits, …, fashion_mnist. Received: name='cifar'.``
        ``Only IDX files are read from a folder. Received: name='digits', folder='…'.``
        ``Only drawn images come in any size. Received: name='mnist', size=8.``
        ``MNIST is not in the folder: download it, or choose the folder with its four IDX files.
        Received: folder='…', missing='train-images-idx3-ubyte'.``
        ``Images must have three axes, labels one, and there must be as many of each.
        Received: images=(60000, 28, 28), labels=(10000,).``
        ``There must be at least one image of each part, and no more than there are.
        Received: train=5000, available=1415.``
        and those of `read_idx`, `Dataset` and `conv.datasets.shapes.draw`.

    Examples
    --------
    >>> dataset = load("digits")
    >>> dataset.train_images.shape, dataset.test_images.shape, dataset.class_names[:3]
    ((1415, 1, 8, 8), (382, 1, 8, 8), ('0', '1', '2'))
    >>> load("lines", train=8, test=4, size=(10, 12)).image_shape
    (1, 10, 12)

    References
    ----------
    Alpaydin & Kaynak, *Optical Recognition of Handwritten Digits*, 1998. *Scikit-learn MOOC*, Inria, "Sample
    grouping", whose boundaries between writers are used here. LeCun, Cortes & Burges, *The MNIST database*. Xiao,
    Rasul & Vollgraf, *Fashion-MNIST*, 2017.
    """
    if name not in NAMES:
        raise ConvError.broken(f"Dataset must be one of {', '.join(NAMES)}.", name=name)
    if folder is not None and name not in SOURCES:
        raise ConvError.broken("Only IDX files are read from a folder.", name=name, folder=str(folder))
    if size is not None and name not in DRAWN:
        raise ConvError.broken("Only drawn images come in any size.", name=name, size=size)
    if name in DRAWN:
        return _drawn(name, train, test, DRAWN_SIZE if size is None else size, np.random.default_rng(rng))
    if name == "digits":
        return _bundled(train, test)
    return _from_folder(name, cache_folder(name) if folder is None else Path(folder), train, test)


def check_folder(name: str, folder: str | Path) -> None:
    """Refuse a folder that lacks one of the four IDX files of a data set; nothing is read yet.

    Raises
    ------
    ConvError
        ``MNIST is not in the folder: download it, or choose the folder with its four IDX files.
        Received: folder='…', missing='train-images-idx3-ubyte'.``
    """
    for part in ("train", "t10k"):
        for what in ("images-idx3-ubyte", "labels-idx1-ubyte"):
            _found(name, Path(folder), f"{part}-{what}")


def _drawn(name: str, train: int | None, test: int | None, size: Size, rng: np.random.Generator) -> Dataset:
    kinds = DRAWN[name]
    counts = DRAWN_TRAIN if train is None else train, DRAWN_TEST if test is None else test
    if min(counts) < 1:
        raise ConvError.broken("There must be at least one image of each part.", train=counts[0], test=counts[1])
    return Dataset(*draw(kinds, counts[0], size, rng), *draw(kinds, counts[1], size, rng), kinds)


def _bundled(train: int | None, test: int | None) -> Dataset:
    images, labels = digits()
    parts = [
        _part(images[chosen], labels[chosen], 16, **wanted)
        for chosen, wanted in (
            (slice(None, DIGITS_TRAIN), {"train": train}), (slice(DIGITS_TRAIN, None), {"test": test})
        )
    ]
    return Dataset(*parts[0], *parts[1], TEN_DIGITS)


def _from_folder(name: str, folder: Path, train: int | None, test: int | None) -> Dataset:
    parts = []
    for prefix, wanted in (("train", {"train": train}), ("t10k", {"test": test})):
        images, labels = (
            read_idx(_found(name, folder, f"{prefix}-{what}")) for what in ("images-idx3-ubyte", "labels-idx1-ubyte")
        )
        if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
            rule = "Images must have three axes, labels one, and there must be as many of each."
            raise ConvError.broken(rule, images=images.shape, labels=labels.shape)
        parts.append(_part(images, labels, 255, **wanted))
    return Dataset(*parts[0], *parts[1], TEN_DIGITS if name == "mnist" else CLOTHES)


def _found(name: str, folder: Path, file: str) -> Path:
    """Find a file under any of the names it goes by; a plain one, which is read sooner, before a gzipped one."""
    for ending in ("", ".gz"):
        for spelt in (file, file.replace("-idx", ".idx")):
            path = folder / (spelt + ending)
            if os.path.isfile(path):  # `Path.is_file` raises where one may not look
                return path
    rule = f"{NAMES[name].title} is not in the folder: download it, or choose the folder with its four IDX files."
    raise ConvError.broken(rule, folder=str(folder), missing=file)


def _part(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], white: int, **wanted: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Take as many as are wanted, (n, H, W), as float32 from 0 to 1, (n, 1, H, W)."""
    count = next(iter(wanted.values()))
    if count is not None and not 1 <= count <= len(images):
        rule = "There must be at least one image of each part, and no more than there are."
        raise ConvError.broken(rule, **wanted, available=len(images))
    scaled = images[:count, None].astype(np.float32)  # (n, 1, H, W)
    scaled /= white
    return scaled, labels[:count].astype(np.int64)
