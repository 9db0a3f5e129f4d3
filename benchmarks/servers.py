"""Streamlit servers for the benchmarks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def streamlit_server(script: str, log_folder: Path) -> Iterator[str]:
    """Serve a script with the app's own configuration; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.address", "127.0.0.1"]
    command += ["--server.port", str(port), "--server.headless", "true", "--server.fileWatcherType", "none"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with (log_folder / f"{port}.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            wait(url)
            yield url
        finally:
            process.terminate()
            process.wait()


def wait(url: str) -> None:
    """Return once the server is healthy."""
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"No answer from {url}.")
