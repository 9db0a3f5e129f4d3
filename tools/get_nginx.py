"""Find the nginx that the tests put in front of the app, and get one where there is none.

``python tools/get_nginx.py`` prints its path. Debian's package is unpacked into the environment and not installed: no
server starts by itself, and none of the machine's files change.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(sys.prefix) / "nginx"
DOWNLOAD = "apt-get download nginx || apt-get download nginx-core nginx-light"  # nginx itself, or whatever brings it
UNPACK = 'for package in *.deb; do dpkg-deb --extract "$package" .; done'
NOT_TO_BE_HAD = "The tests need nginx 1.19 or newer, and none could be fetched: install it."


def find_nginx() -> str | None:
    """Path of an nginx that starts, or None."""
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", str(FOLDER / "usr/sbin")])
    path = shutil.which("nginx", path=places)
    return path if path and subprocess.run([path, "-v"], capture_output=True, check=False).returncode == 0 else None


def ways_to_fetch(*, is_root: bool) -> list[str]:
    """Commands of the shell that bring nginx into the folder they run in: with the lists of packages that are there,
    then with new ones."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return []
    fetch = f"({DOWNLOAD}) && {UNPACK}"
    ask = "" if is_root else "sudo -n "  # -n: fail rather than wait for a password
    return [fetch, f"{ask}apt-get update && {fetch}"]


def get_nginx() -> str:
    """Path of an nginx, fetched first if need be; RuntimeError where that fails."""
    if path := find_nginx():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    for command in ways_to_fetch(is_root=hasattr(os, "geteuid") and os.geteuid() == 0):
        print("No nginx found. Trying:", command, flush=True)
        subprocess.run(["sh", "-c", command], cwd=FOLDER, stdin=subprocess.DEVNULL, check=False)
        if path := find_nginx():
            return path
    raise RuntimeError(NOT_TO_BE_HAD)


if __name__ == "__main__":
    try:
        print("nginx for the tests:", get_nginx())
    except RuntimeError as error:
        sys.exit(str(error))
