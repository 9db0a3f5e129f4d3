"""Whatever is uploaded, every reader takes it or refuses it in a sentence: soon, and in so much memory.

A process of its own reads each hostile file with each reader, under the system's limits of memory and time.
"""

from __future__ import annotations

import json
import logging
import os
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
MOST_MEMORY = 450 * 2**20  # bytes that reading may add, as docs/deploying.md says
MOST_SECONDS = 240  # of a core, for all together: what hangs is ended


def zipped(files: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def png(width: int, height: int, pixels: bytes, depth: int = 1, kind: int = 0) -> bytes:
    """A PNG, grey unless it is of another kind, that says it has this size, whatever its pixels are."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(pixels, 1)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def npz(shape: str, descr: str = "<f8", values: bytes = b"", name: str = "spec") -> bytes:
    """A file of one array that says it has this shape and type."""
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return zipped({f"{name}.npy": b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + values})


def saved(image: Image.Image, kind: str) -> bytes:
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()


def hostile() -> Iterator[tuple[str, bytes]]:
    """Files, each with what is wrong about it."""
    good = saved(Image.new("RGB", (64, 64), "red"), "PNG")
    archive = zipped({f"{name}/{number}.png": good for name in "ab" for number in range(2)})
    weights = BytesIO()
    np.savez(weights, w=np.arange(50.0))
    sevens = png(7000, 7000, b"\0" * 7000 * 876)  # as large as is allowed, in a few bytes
    yield "nothing", b""
    yield "zeros", b"\0" * 1000
    yield "noise", np.random.default_rng(0).bytes(5000)
    for name, whole in {"PNG": good, "zip": archive, "npz": weights.getvalue()}.items():
        yield f"a truncated {name}", whole[: len(whole) // 2]
        yield f"a {name} without its end", whole[:-30]
        yield f"a {name} with a script behind it", whole + b"<script>alert(1)</script>"
    yield "a GIF that is a zip file", b"GIF89a\x01\x00\x01\x00" + archive
    yield "a JPEG's beginning before a PNG", b"\xff\xd8\xff\xe0" + good
    yield "100 megapixels", saved(Image.new("1", (10_000, 10_000)), "PNG")
    yield "100 megapixels, it says", png(10_000, 10_000, b"\0" * 100)
    yield "10,000 megapixels, it says", png(100_000, 100_000, b"")
    yield "49 megapixels", sevens
    yield "49 megapixels, it says", png(7000, 7000, b"\0" * 1000)
    yield "49 megapixels in colours", png(7000, 7000, b"\0" * 7000 * 28_001, depth=8, kind=6)
    yield "a PNG of nine pixels with 50 MB of them", png(3, 3, b"\0" * 50 * 2**20)
    yield "a zip bomb", zipped({"a/1.png": b"\0" * 200 * 2**20, "a/2.png": good, "b/1.png": good, "b/2.png": good})
    yield "a zip file of large pictures", zipped({f"{name}/{number}.png": sevens for name in "ab" for number in "12"})
    yield "a zip file of zip files", zipped({"a/1.zip": archive, "b/1.zip": archive})
    yield "a zip file of 3,000 pictures", zipped({f"a/{number}.png": b"" for number in range(3000)})
    yield "an array of 80 GB, it says", npz("(10_000_000_000,)")
    yield "an array of more than can be", npz("(1_000_000_000_000, 1_000_000_000_000)")
    yield "an array of a negative size", npz("(-3,)")
    yield "an array of objects", npz("(3,)", "|O", b"cos\nsystem\n(S'true'\ntR.")
    yield "an array of a deep shape", npz("(" * 50 + ")" * 50)
    yield "a run whose settings nest", npz("()", "<U30000", ("[" * 30_000).encode("utf-32-le"))
    yield "lists without end", b"[" * 90_000
    yield "objects without end", b'{"a":' * 15_000
    yield "tables without end", b"a=" + b"[" * 90_000
    yield "names without end", b".".join([b"a"] * 5000) + b" = 1"
    yield "a number of 90,000 digits", b"[" + b"9" * 90_000 + b"]"
    yield "a TOML number of 90,000 digits", b"a = " + b"9" * 90_000
    yield "no numbers", b'[{"input": [1, 1e400, NaN]}]'
    yield "a network of 10,000 layers", b"input 1 28 28\n" + b"conv 3 1\n" * 10_000
    yield "a network of giants", b"input 99999999999 999999999 9999999999\nconv 99999999999 1\nlinear 9999999999\n"
    yield "UTF-16", "input 1 28 28\nlinear 10\n".encode("utf-16")
    yield "one line", b"a" * 99_999


def readers() -> dict[str, Callable[[bytes], object]]:
    """What every upload of the app goes through."""
    from conv.quiz.queue import Queue
    from ui import lectures
    from ui.architectures import read_file
    from ui.own_pictures import dataset_of, pictures_in_zip
    from ui.pictures import read_picture, read_whole_picture
    from ui.run_worker import spec_of, unpack

    return {
        "a picture": read_picture,
        "a whole picture": read_whole_picture,
        "pictures of one's own": lambda content: dataset_of(pictures_in_zip(content)),
        "a network": read_file,
        "weights": unpack,
        "a run": spec_of,
        "progress": lambda content: Queue.from_json(content.decode("utf-8", "replace")),
        "a lecture": lectures.read,
    }


def most_memory() -> int:
    """Bytes that this process has had at most."""
    import resource

    if sys.platform == "linux":  # where a process begins with its parent's figure in what `resource` tells
        return 1024 * int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def read_all(folder: str) -> None:
    """Read every file of a folder with every reader, and print what happened."""
    import resource

    found, before = readers(), most_memory()
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (2 * 2**30, 2 * 2**30))
    outcomes = []
    for path in sorted(Path(folder).iterdir()):
        content = path.read_bytes()
        for reader, read in found.items():
            try:
                read(content)
            except ValueError as error:
                outcome = "" if str(error) else "no sentence"
            except Exception as error:  # noqa: BLE001 - whatever else comes is what is looked for
                outcome = f"{type(error).__name__}: {error}"
            else:
                outcome = ""
            outcomes.append((f"{path.name} as {reader}", outcome))
    print(json.dumps({"outcomes": outcomes, "grown": most_memory() - before}))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_hostile_files_are_taken_or_refused(tmp_path: Path) -> None:
    for name, content in hostile():
        (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-W", "ignore", __file__, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    told = json.loads(ran.stdout)
    assert len(told["outcomes"]) > 300
    assert [(what, outcome) for what, outcome in told["outcomes"] if outcome] == []
    assert 50 * 2**20 < told["grown"] < MOST_MEMORY


def test_the_log_tells_of_a_refusal_without_its_name_and_content(caplog: pytest.LogCaptureFixture) -> None:
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["net"] = "own"
    app.switch_page("pages/architectures.py").run()
    with caplog.at_level(logging.WARNING):
        app.file_uploader[0].upload("ada.txt", b"Ada's secret network", "text/plain").run()
    assert not app.exception and app.error
    told = [record.getMessage() for record in caplog.records if record.name == "ui.settings"]
    assert told == ["Refused on page architectures: layers, a file of 20 bytes."]


if __name__ == "__main__":
    read_all(sys.argv[1])
