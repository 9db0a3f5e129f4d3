"""Makes a data set of one's own pictures: a zip file with a folder for each class."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from conv.datasets import Dataset
from conv.errors import ConvError
from ui.pictures import DAMAGE, LARGEST_FILE, read_picture

ENDINGS = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"}
MOST_PICTURES = 2000
MOST_BYTES = 200 * 2**20  # of all pictures, unpacked
LARGEST_ARCHIVE = 100 * 2**20
MOST_CLASSES = 50
LONGEST_NAME = 255  # characters of a class's name that are kept, as many as a folder's name may have
TEST_SHARE = 0.2  # of each class: at least one picture, but not all
SIDES = range(6, 129)  # rows and columns that pictures are reduced to
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGED_ARCHIVE = (*DAMAGE, zipfile.BadZipFile, NotImplementedError)


class Found(NamedTuple):
    """A picture that has not been read yet."""

    name: str  # with its folders, divided by "/"
    size: int  # bytes
    read: Callable[[], bytes]  # one byte more than `LARGEST_FILE` at most


@dataclass(frozen=True, eq=False)
class OwnPictures:
    """The data set, and what did not come into it."""

    dataset: Dataset
    left_out: dict[str, str]  # why, by the picture's name


def pictures_in_zip(content: bytes) -> list[Found]:
    """Find the pictures in a zip file; nothing is written to the disk, so a name in it cannot lead anywhere.

    Raises
    ------
    ConvError
        ``A zip file must have at most 100 MB. Received: megabytes=120.``
        ``This is not a zip file, or it is damaged: pack it again. Received: bytes=3.``
        ``There must be at most 2,000 pictures. Received: pictures=2001.``
        ``The pictures must have at most 200 MB, unpacked. Received: megabytes=350.``
    """
    if len(content) > LARGEST_ARCHIVE:
        rule = f"A zip file must have at most {LARGEST_ARCHIVE // 2**20} MB."
        raise ConvError.broken(rule, megabytes=len(content) // 2**20)
    try:
        archive = zipfile.ZipFile(_Careful(content))
    except DAMAGED_ARCHIVE as error:
        rule = "This is not a zip file, or it is damaged: pack it again."
        raise ConvError.broken(rule, bytes=len(content)) from error
    return _counted(
        Found(info.filename, info.file_size, partial(_unpacked, archive, info))
        for info in archive.infolist() if info.filename and not info.is_dir()
    )


def dataset_of(
    pictures: Iterable[Found], *, side: int = 28, rng: np.random.Generator | int = 0
) -> OwnPictures:
    """Read pictures as grey ones of one size, and divide each class into a part to train on and one to test with.

    The class of a picture is the first folder of its path that the pictures do not all share: of
    ``pets/cats/1.png`` and ``pets/dogs/indoors/2.png`` the classes are cats and dogs.

    Parameters
    ----------
    pictures : iterable of Found
    side : int
        Rows and columns that each is cut square and reduced to, 6 to 128.
    rng : numpy.random.Generator or int
        What mixes the pictures, or its seed. The same pictures are divided in the same way, in whatever order they
        are found.

    Returns
    -------
    OwnPictures
        Pictures that cannot be read are left out, each with a sentence.

    Raises
    ------
    ConvError
        ``Side must be from 6 to 128. Received: side=500.``
        ``Each picture must lie in a folder with the name of its class. Received: picture='cat.png'.``
        ``There must be from 2 to 50 classes, a folder each. Received: classes=1.``
        ``Each class needs at least two pictures that can be read: one to train on and one to test with.
        Received: class='cats', readable=1, unreadable=3.``
    """
    if side not in SIDES:
        raise ConvError.broken(f"Side must be from {SIDES[0]} to {SIDES[-1]}.", side=side)
    found = sorted(pictures, key=lambda picture: picture.name)
    classes = _classes([picture.name for picture in found])
    names = tuple(sorted(set(classes)))
    if not 2 <= len(names) <= MOST_CLASSES:
        raise ConvError.broken(f"There must be from 2 to {MOST_CLASSES} classes, a folder each.", classes=len(names))
    images, labels, left_out = [], [], {}
    for picture, name in zip(found, classes, strict=True):
        try:
            images.append(read_picture(picture.read(), side=side))
            labels.append(names.index(name))
        except ConvError as error:
            left_out[picture.name] = str(error)
    _check_classes(names, labels, classes)
    pixels = np.array(images)[:, None]  # (N, 1, side, side)
    return OwnPictures(_divided(pixels, np.array(labels), names, np.random.default_rng(rng)), left_out)


# Finding and reading


class _Careful(BytesIO):
    """A zip file's bytes, of which no more than a picture's are read at once: nor of its table of contents."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST_FILE + 1:
            raise OSError("too much at once")
        return super().read(size)


def _counted(files: Iterable[Found]) -> list[Found]:
    """Take the pictures among files, as long as there are not too many."""
    pictures = []
    for file in files:
        if not _is_picture(file.name):
            continue
        pictures.append(file)
        if len(pictures) > MOST_PICTURES:
            raise ConvError.broken(f"There must be at most {MOST_PICTURES:,} pictures.", pictures=len(pictures))
    total = sum(min(picture.size, LARGEST_FILE + 1) for picture in pictures)
    if total > MOST_BYTES:
        rule = f"The pictures must have at most {MOST_BYTES // 2**20} MB, unpacked."
        raise ConvError.broken(rule, megabytes=total // 2**20)
    return pictures


def _is_picture(name: str) -> bool:
    """Whether a file has a picture's ending, and is not one of those that a system hides."""
    parts = _parts(name)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return bool(parts) and not hidden and PurePosixPath(parts[-1]).suffix.lower() in ENDINGS


def _parts(name: str) -> list[str]:
    """Folders and file of a name, whichever way its strokes lean, and wherever it wants to lead."""
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.flag_bits & 1:
        raise ConvError.broken("The zip file must not need a password.", picture=info.filename)
    if info.compress_type not in METHODS:
        raise ConvError.broken("The zip file must be packed by the usual method, Deflate.", picture=info.filename)
    try:
        with archive.open(info) as file:
            return file.read(LARGEST_FILE + 1)
    except DAMAGED_ARCHIVE as error:
        raise ConvError.broken("The zip file is damaged here: pack it again.", picture=info.filename) from error


# Classes


def _classes(names: list[str]) -> list[str]:
    """Give each picture's class: the first folder that they do not all share."""
    folders = [_parts(name)[:-1] for name in names]
    shared = len(os.path.commonprefix(folders))
    if len(set(map(tuple, folders))) == 1:
        shared -= 1  # all lie in one folder: the last of its names tells the only class
    for name, path in zip(names, folders, strict=True):
        if shared < 0 or len(path) <= shared:
            raise ConvError.broken("Each picture must lie in a folder with the name of its class.", picture=name)
    return [_presentable(path[shared]) for path in folders]


def _presentable(name: str) -> str:
    """A class's name without what does not print, and no longer than a folder's."""
    return "".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME].strip() or "unnamed"


def _check_classes(names: tuple[str, ...], labels: list[int], classes: list[str]) -> None:
    """Hold every class to its two pictures."""
    found, read = Counter(classes), Counter(labels)
    for label, name in enumerate(names):
        if read[label] < 2:
            rule = "Each class needs at least two pictures that can be read: one to train on and one to test with."
            received = {"class": name, "readable": read[label], "unreadable": found[name] - read[label]}
            raise ConvError.broken(rule, **received)


def _divided(
    pixels: np.ndarray, labels: np.ndarray, names: tuple[str, ...], rng: np.random.Generator
) -> Dataset:
    """Divide every class, then mix the classes."""
    parts: tuple[list[np.ndarray], list[np.ndarray]] = [], []
    for label in range(len(names)):
        mixed = rng.permutation(np.flatnonzero(labels == label))
        tested = min(max(1, round(TEST_SHARE * len(mixed))), len(mixed) - 1)
        parts[0].append(mixed[tested:])
        parts[1].append(mixed[:tested])
    train, test = (rng.permutation(np.concatenate(part)) for part in parts)

    def scaled(chosen: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(pixels[chosen], np.float32) / np.float32(255)  # (n, 1, side, side)

    return Dataset(scaled(train), labels[train], scaled(test), labels[test], names)
