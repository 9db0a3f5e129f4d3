"""Fetches MNIST and Fashion-MNIST, when a person asks: no other part of the program makes a request."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from conv.errors import ConvError

PIECE = 2**16  # bytes read at most between two reports
PATIENCE = 20.0  # seconds for which a mirror may say nothing
ROUNDS = 2  # how often each mirror is asked for a file
HTTP_TROUBLE = (OSError, HTTPException, ValueError)  # what urllib raises, whatever a server does
UNFINISHED = ".part"  # the end of a file's name until all of it is there and checked


@dataclass(frozen=True)
class RemoteFile:
    """A file as it was published: its name, its bytes, and the SHA-256 of these."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Source:
    """Where a data set is published, the best mirror first."""

    title: str
    licence: str
    mirrors: tuple[str, ...]
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Progress:
    """How far a download has come; bytes are those of all files, with what was there before."""

    file: str
    host: str  # "" for a file that was there
    received: int
    total: int

    @property
    def fraction(self) -> float:
        """From 0 to 1."""
        return self.received / self.total


SOURCES = {
    "mnist": Source(
        "MNIST", "CC BY-SA 3.0, Yann LeCun, Corinna Cortes and Christopher J. C. Burges",
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
        (
            RemoteFile("train-images-idx3-ubyte.gz", 9_912_422,
                       "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            RemoteFile("train-labels-idx1-ubyte.gz", 28_881,
                       "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            RemoteFile("t10k-images-idx3-ubyte.gz", 1_648_877,
                       "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            RemoteFile("t10k-labels-idx1-ubyte.gz", 4_542,
                       "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
    ),
    "fashion_mnist": Source(
        "Fashion-MNIST", "MIT, Zalando SE",
        ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
         "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"),
        (
            RemoteFile("train-images-idx3-ubyte.gz", 26_421_880,
                       "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            RemoteFile("train-labels-idx1-ubyte.gz", 29_515,
                       "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            RemoteFile("t10k-images-idx3-ubyte.gz", 4_422_102,
                       "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            RemoteFile("t10k-labels-idx1-ubyte.gz", 5_148,
                       "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ),
    ),
}
"""What can be downloaded, by the names of `conv.datasets.load`.

Sizes and sums are those of the gzipped files, as TensorFlow Datasets lists them (``url_checksums``). They fix what is
in the files as well.
"""

_running: dict[Path, object] = {}  # the folders that this process is downloading into


def cache_folder(name: str) -> Path:
    """Give the folder of this user that a data set is kept in; it need not exist.

    >>> cache_folder("mnist").parts[-2:]
    ('convolution-visualiser', 'mnist')
    """
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "convolution-visualiser" / name


def download(
    source: str | Source, folder: str | Path | None = None, *, patience: float = PATIENCE
) -> Iterator[Progress]:
    """Fetch a data set's files that are not in the folder yet: ``for report in download("mnist"): …``.

    A file is written under another name, and gets its own at once when it has its published size and checksum, so
    that no half file is ever taken for a whole one. Whatever stops the download, an exception, a closed generator or a
    killed program, the next one goes on from there. Mirrors are asked in turn, twice.

    Parameters
    ----------
    source : str or Source
        One of `SOURCES`, or its name.
    folder : str or Path, optional
        Made if it is not there; `cache_folder` if not given.
    patience : float
        Seconds for which a mirror may say nothing.

    Yields
    ------
    Progress
        Before each request, and as the bytes come.

    Raises
    ------
    ConvError
        ``There is nothing to download by this name. Received: name='digits'.``
        ``This download is already running: wait for it to end, or stop it. Received: folder='…'.``
        ``The folder cannot be written to: No space left on device. Received: folder='…'.``
        ``No mirror gave the file: host: the connection was cut off. What has come is kept: try again to go on.
        Received: file='train-images-idx3-ubyte.gz', bytes=500, expected=9912422.``
        with the reason for each mirror: it cannot be reached, says nothing for too long, answers with an error,
        has a file of another size, sends too much, or sends what has another checksum.

    References
    ----------
    RFC 9110, *HTTP Semantics*, sections 14.2 and 14.4: requests for what is still missing.
    """
    if isinstance(source, str):
        if source not in SOURCES:
            raise ConvError.broken("There is nothing to download by this name.", name=source)
        folder = folder or cache_folder(source)
        source = SOURCES[source]
    if folder is None:
        raise ConvError.broken("A source without a name needs a folder.", folder=folder)
    folder = Path(folder).absolute()
    this = object()
    if _running.setdefault(folder, this) is not this:
        rule = "This download is already running: wait for it to end, or stop it."
        raise ConvError.broken(rule, folder=str(folder))
    try:
        yield from _download(source, folder, patience)
    except OSError as error:  # those of the network have become refusals
        raise ConvError.broken(f"The folder cannot be written to: {error.strerror}.", folder=str(folder)) from error
    finally:
        del _running[folder]


def _download(source: Source, folder: Path, patience: float) -> Iterator[Progress]:
    folder.mkdir(parents=True, exist_ok=True)
    before = 0
    for file in source.files:
        if _is_whole(folder / file.name, file):
            yield Progress(file.name, "", before + file.size, source.size)
        else:
            for host, received in _from_mirrors(source.mirrors, file, folder / file.name, patience):
                yield Progress(file.name, host, before + received, source.size)
        before += file.size


class _Refusal(Exception):
    """Why a mirror did not give a file."""

    def __init__(self, reason: str, *, restart: bool = False) -> None:
        super().__init__(reason)
        self.restart = restart  # whether the mirror may do better from the first byte on


def _from_mirrors(
    mirrors: Iterable[str], file: RemoteFile, path: Path, patience: float
) -> Iterator[tuple[str, int]]:
    """Ask one mirror after another until the file is whole; give the host and the bytes so far."""
    part = path.with_name(path.name + UNFINISHED)
    reasons: dict[str, str] = {}
    for mirror in (*mirrors,) * ROUNDS:
        host = urlsplit(mirror).netloc
        yield host, _size(part)
        try:
            for received in _fetched(mirror + file.name, file, part, patience):
                yield host, received
            os.replace(part, path)
            return
        except _Refusal as refusal:
            reasons[host] = str(refusal)
            if refusal.restart:
                part.unlink(missing_ok=True)
    why = "; ".join(f"{host}: {reason}" for host, reason in reasons.items())
    kept = " What has come is kept: try again to go on." if _size(part) else ""
    rule = f"No mirror gave the file: {why}.{kept}"
    raise ConvError.broken(rule, file=file.name, bytes=_size(part), expected=file.size)


def _fetched(url: str, file: RemoteFile, part: Path, patience: float) -> Iterator[int]:
    """Bring one unfinished file to its end, and check it; give the bytes so far."""
    kept = _size(part)
    if kept < file.size:
        yield from _received(url, file, part, patience)
    if _is_whole(part, file):
        return
    part.unlink()  # nothing in it can be trusted
    if not kept:
        raise _Refusal("what it sent has another checksum than the published file")
    yield from _fetched(url, file, part, patience)  # the beginning was perhaps another mirror's


def _received(url: str, file: RemoteFile, part: Path, patience: float) -> Iterator[int]:
    """Append what a mirror sends to an unfinished file; give the bytes so far."""
    size = _size(part)
    with _answer(url, size, patience) as response, open(part, "ab") as target:
        size = _first_byte(response, size, file)
        target.truncate(size)
        for piece in _pieces(response, patience):
            size += len(piece)
            if size > file.size:
                target.truncate(0)
                raise _Refusal(f"it sent more than the {file.size:,} bytes of the published file")
            target.write(piece)
            target.flush()
            yield size
        os.fsync(target.fileno())  # before the file gets its name, its bytes are on the disk
    if size < file.size:
        raise _Refusal(f"the connection was cut off after {size:,} of {file.size:,} bytes")


def _answer(url: str, start: int, patience: float) -> HTTPResponse:
    """Ask for a file from a byte on."""
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=patience)
    except HTTPError as error:
        error.close()
        refused_range = error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        raise _Refusal(f"it answered with the error {error.code}", restart=refused_range) from error
    except HTTP_TROUBLE as error:
        raise _Refusal(_reason(error, patience)) from error


def _first_byte(response: HTTPResponse, asked: int, file: RemoteFile) -> int:
    """Where in the file the answer begins, once it promises the published size: where it was asked to, or at 0."""
    start = asked if response.status == HTTPStatus.PARTIAL_CONTENT else 0
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and start + int(length) != file.size:
        reason = f"its file has {start + int(length):,} bytes, and the published one {file.size:,}"
        raise _Refusal(reason, restart=start > 0)
    return start


def _pieces(response: HTTPResponse, patience: float) -> Iterator[bytes]:
    """Give what comes as it comes."""
    try:
        while piece := response.read1(PIECE):
            yield piece
    except HTTP_TROUBLE as error:
        raise _Refusal(_reason(error, patience)) from error


def _reason(error: Exception, patience: float) -> str:
    """Say in words why a request failed."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return f"it said nothing for {patience:g} seconds"
    if isinstance(error, URLError):
        return f"it cannot be reached ({getattr(cause, 'strerror', None) or cause})"
    return f"the connection broke ({getattr(cause, 'strerror', None) or type(cause).__name__})"


def _size(path: Path) -> int:
    """Bytes of a file, 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def _is_whole(path: Path, file: RemoteFile) -> bool:
    """Whether this is the published file, byte for byte."""
    if _size(path) != file.size:
        return False
    with open(path, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256
