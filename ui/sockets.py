"""Has the server's messages leave at once."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

OPEN_FILES = Path("/dev/fd")  # of this process; not on Windows, where all stays as it is


def send_at_once() -> None:
    """Turn Nagle's algorithm off for every open TCP socket, and so for what a listening one will accept.

    With it, a small message waits until the browser has acknowledged the one before it: a round trip, or the 40 ms
    that an acknowledgement may be held back. A change is answered by a dozen small messages. asyncio turns it off for
    the sockets it knows to be TCP, which it does not of Streamlit's: that names no protocol when it is made.
    """
    for number in os.listdir(OPEN_FILES) if OPEN_FILES.is_dir() else ():
        with suppress(OSError):  # no socket, or not of TCP
            found = socket.socket(fileno=int(number))
            with suppress(OSError):
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            found.detach()  # it belongs to whoever opened it
