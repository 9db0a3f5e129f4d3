"""The child process that trains: ``python -m ui.run_child``, with commands on stdin and what it tells on stdout.

It imports NumPy and the core alone, so that it starts at once, and these only when others may go first. It ends when
its stdin does, which is when the run is given up and also when the server is killed; what it has come to it tells
before it goes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, Any

NICE = 15  # people's pages come first
URGENT = "TRAIN_URGENTLY"  # in the environment: they do not, as in tests, which leave nothing to who gives way
MOST_MEMORY = 2 * 2**30  # bytes
LONGEST_GOODBYE = 2.0  # seconds from the end of stdin to that of the process, in the midst of whatever it is

Frame = tuple[dict[str, Any], bytes]


def write_frame(stream: IO[bytes], header: Mapping[str, Any], payload: bytes = b"") -> None:
    """Write a line of JSON, and the bytes whose number it tells."""
    stream.write(json.dumps({**header, "bytes": len(payload)}).encode() + b"\n")
    stream.write(payload)
    stream.flush()


def read_frame(stream: IO[bytes]) -> Frame | None:
    """Read what `write_frame` wrote, or None where the stream ends, be it in the midst of a frame."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    header = json.loads(line)
    payload = stream.read(header["bytes"])
    return (header, payload) if len(payload) == header["bytes"] else None


def main() -> None:
    """Train as stdin says, until it ends."""
    _give_way()  # before NumPy is imported, which takes longer than to start Python
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # a stray print must not come between frames
    commands: SimpleQueue[Frame | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    try:
        _obey(commands, out)
    except BrokenPipeError:  # nobody is left to tell
        os._exit(1)


def _give_way() -> None:
    """Let others go first, and have a limit to the memory, where the system knows of such things.

    To be nice is not enough: Linux lets even the nicest finish its slice of some milliseconds before a page's thread
    that wakes up, as it does several times for each answer. Who is idle makes room at once.
    """
    if hasattr(os, "nice") and URGENT not in os.environ:
        os.nice(NICE)
        if hasattr(os, "SCHED_IDLE"):
            with suppress(OSError):  # not every sandbox knows it
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    if sys.platform == "linux":
        import resource

        with suppress(ValueError, OSError):  # where who runs the server allows less, that holds
            resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


def _listen(commands: SimpleQueue[Frame | None]) -> None:
    """Pass commands on as they come; after the last one, see to it that the process ends."""
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        commands.put(frame)
    commands.put(None)
    time.sleep(LONGEST_GOODBYE)
    os._exit(1)


def _obey(commands: SimpleQueue[Frame | None], out: IO[bytes]) -> None:
    """Do what is asked as soon as it is; between commands, train if it is to."""
    from ui.run_worker import Worker, pack, unpack

    worker = Worker()

    def tell(*, last: bool = False) -> None:
        header, arrays = worker.message(last=last)
        write_frame(out, header, pack(arrays))

    while True:
        while not worker.running or not commands.empty():
            frame = commands.get()
            if frame is None:
                worker.do({"do": "pause"}, {})
                tell(last=True)
                return
            command, payload = frame
            worker.do(command, unpack(payload))
            if command["do"] != "watch":
                tell()
        worker.turn()
        if worker.due:
            tell()


if __name__ == "__main__":
    main()
