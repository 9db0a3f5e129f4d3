"""Named arrays in a file: weights, and whole runs."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np

from conv.errors import ConvError

File = str | os.PathLike[str] | IO[bytes]

# What is raised where a file is not what it says; of memory there is too little where a shape lies.
DAMAGE = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, KeyError, NotImplementedError, MemoryError)


def write(file: File, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as ``.npz``; a file that is there stays whole until the new one is.

    Parameters
    ----------
    file : path or binary file
        A path is taken as it is, whatever its ending.
    arrays : mapping of str to ndarray
    """
    if not isinstance(file, str | os.PathLike):
        np.savez(file, **arrays)  # type: ignore[arg-type]
        return
    path = Path(file)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as target:
        np.savez(target, **arrays)  # type: ignore[arg-type]
    part.replace(path)


def read(file: File, most_bytes: int) -> dict[str, np.ndarray]:
    """Read what `write` wrote. Nothing in the file is executed: it may come from anywhere.

    Parameters
    ----------
    file : path or binary file
    most_bytes : int
        How much the arrays may take, unpacked.

    Raises
    ------
    ConvError
        ``The file must be a whole .npz file of numbers and text. Received: file='weights.npz'.``
        ``The file holds more than what was saved here. Received: file='weights.npz', bytes=80000000, most=100000.``
        A path that cannot be opened raises an ``OSError``, as usual.
    """
    received = _received(file)
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > most_bytes:
            rule = "The file holds more than what was saved here."
            raise ConvError.broken(rule, **received | {"bytes": size, "most": most_bytes})
        if not isinstance(file, str | os.PathLike):
            file.seek(0)
        with np.load(file, allow_pickle=False) as arrays:
            found = {key: arrays[key] for key in arrays.files}
    except ConvError:
        raise
    except DAMAGE as error:
        raise ConvError.broken("The file must be a whole .npz file of numbers and text.", **received) from error
    if not all(isinstance(array, np.ndarray) for array in found.values()):
        raise ConvError.broken("The file must be a whole .npz file of numbers and text.", **received)
    return found


def _received(file: File) -> dict[str, str | int]:
    """Tell a file by its name, or one that has none by its length."""
    if isinstance(file, str | os.PathLike):
        return {"file": os.fspath(file)}
    if name := getattr(file, "name", ""):
        return {"file": name}
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    return {"bytes": length}
