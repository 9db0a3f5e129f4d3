"""Reads IDX files, the format of MNIST: a header of big-endian numbers, then one byte a pixel or label."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from conv.errors import ConvError

GZIP = b"\x1f\x8b"  # how a gzipped file begins
UNSIGNED_BYTE = 0x08
MOST_VALUES = 2**28  # what a header may ask for: MNIST's largest file has 47 million
DAMAGED_GZIP = (gzip.BadGzipFile, EOFError, zlib.error)


def read_idx(path: str | Path) -> NDArray[np.uint8]:
    r"""Read an IDX file of unsigned bytes, plain or gzipped, whichever it is by its first bytes.

    ======================  =============================================================
    bytes                   what they say
    ======================  =============================================================
    ``00 00 08 n``          the magic number: unsigned bytes, n axes
    4 n                     the axes' sizes, such as 60,000, 28, 28
    the product of these    the values, row by row
    ======================  =============================================================

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    ndarray of uint8
        Of the header's shape.

    Raises
    ------
    ConvError
        ``The file cannot be read: No such file or directory. Received: path='train-images-idx3-ubyte'.``
        ``The gzipped file is damaged or cut off: fetch it again. Received: path='train-images-idx3-ubyte.gz'.``
        ``An IDX file must begin with two zero bytes, its type and its number of axes.
        Received: path='notes.txt', magic='4e 6f 74 65'.``
        ``An IDX file of images or labels must hold unsigned bytes, type 08. Received: path='floats', type='0d'.``
        ``An IDX file must hold at most 268,435,456 values. Received: path='huge', shape=(4294967295, 28, 28).``
        ``An IDX file must have as many values as its header says: this one is cut off.
        Received: path='short', shape=(10, 28, 28), expected=7840, bytes=500.``
        ``An IDX file must end with its last value: this one goes on.
        Received: path='long', shape=(10, 28, 28), expected=7840.``

    References
    ----------
    LeCun, Cortes & Burges, *The MNIST database of handwritten digits*, "File formats".
    """
    try:
        with open(path, "rb") as raw:
            zipped = raw.read(len(GZIP)) == GZIP
            raw.seek(0)
            if not zipped:
                return _read(raw, path)
            with gzip.open(raw) as unpacked:
                return _read(cast(BinaryIO, unpacked), path)
    except DAMAGED_GZIP as error:
        rule = "The gzipped file is damaged or cut off: fetch it again."
        raise ConvError.broken(rule, path=str(path)) from error
    except OSError as error:
        raise ConvError.broken(f"The file cannot be read: {error.strerror}.", path=str(path)) from error


def _read(file: BinaryIO, path: str | Path) -> NDArray[np.uint8]:
    shape = _header(file, path)
    expected = math.prod(shape)
    if expected > MOST_VALUES:
        rule = f"An IDX file must hold at most {MOST_VALUES:,} values."
        raise ConvError.broken(rule, path=str(path), shape=shape)
    content = file.read(expected + 1)  # one more than there should be, which also checks gzip's own sum
    if len(content) < expected:
        rule = "An IDX file must have as many values as its header says: this one is cut off."
        raise ConvError.broken(rule, path=str(path), shape=shape, expected=expected, bytes=len(content))
    if len(content) > expected:
        rule = "An IDX file must end with its last value: this one goes on."
        raise ConvError.broken(rule, path=str(path), shape=shape, expected=expected)
    return np.frombuffer(content, np.uint8).reshape(shape)


def _header(file: BinaryIO, path: str | Path) -> tuple[int, ...]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[3] == 0:
        rule = "An IDX file must begin with two zero bytes, its type and its number of axes."
        raise ConvError.broken(rule, path=str(path), magic=magic.hex(" "))
    if magic[2] != UNSIGNED_BYTE:
        rule = f"An IDX file of images or labels must hold unsigned bytes, type {UNSIGNED_BYTE:02x}."
        raise ConvError.broken(rule, path=str(path), type=f"{magic[2]:02x}")
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        rule = "An IDX file must have as many sizes as it has axes: this one is cut off."
        raise ConvError.broken(rule, path=str(path), axes=magic[3], bytes=len(sizes))
    return tuple(np.frombuffer(sizes, ">u4").tolist())
