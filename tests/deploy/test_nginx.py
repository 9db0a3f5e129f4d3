"""deploy/nginx.conf as it is, but for its addresses: a real nginx in front of three processes of the app."""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import settle
from tests.browser.watch import watch
from tools.drive import free_port, serve
from tools.get_nginx import get_nginx

ROOT = Path(__file__).parents[2]
CONFIGURATION = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
PREFIX = "/courses/convolution"
MEGABYTE = 2**20
SECONDS = 30
IN_A_FRAME = "(src) => document.body.append(Object.assign(document.createElement('iframe'), { src }))"

# What stands around a file of conf.d, in a folder of the test's own.
AROUND = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/app.conf;
}}
"""


@dataclass
class Class:
    """What everyone comes through: where nginx answers, and what it wrote of it."""

    port: int
    folder: Path
    command: list[str]
    asked: Iterator[int] = field(default_factory=count)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str = "/", cookie: str = "", method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """Ask for something under the prefix, and send no body whatever was announced."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        connection.request(method, PREFIX + path, headers=headers | ({"Cookie": cookie} if cookie else {}))
        return connection.getresponse()

    def replica_of(self, cookie: str) -> str:
        """Which replica is a visitor's: any path answers, and this one is asked for once."""
        path = f"/where-{next(self.asked)}"
        self.ask(path, cookie=f"replica={cookie}").read()
        return self.replica(path)

    def replica(self, path: str) -> str:
        """Which replica the request for this path went to, or came to at last."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            lines = (self.folder / "access.log").read_text().splitlines()
            # Where one refused, the line names all that were asked, and how long each took.
            if found := [re.findall(r"127\.0\.0\.1:\d+", line) for line in lines if line.split()[3] == PREFIX + path]:
                return found[-1][-1]
            time.sleep(0.05)
        raise AssertionError(f"Nobody asked for {path}.")

    def signal(self, name: str) -> None:
        subprocess.run([*self.command, "-s", name], check=True, capture_output=True)


@contextmanager
def nginx(folder: Path, replicas: list[str]) -> Iterator[Class]:
    """Start nginx with the project's configuration, its addresses replaced by those of this machine."""
    port = free_port()
    text = CONFIGURATION.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("/var/log/nginx", str(folder))
    for number, address in enumerate(replicas, start=1):
        text = text.replace(f"server app{number}:8501", f"server {address}")
    (folder / "app.conf").write_text(text)
    user = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    command = [get_nginx(), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield Class(port, folder, command)
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)


def test_a_class_goes_through_nginx(browser: Browser, tmp_path: Path) -> None:
    """One story, for its three servers are dear: what is sent, who goes where, a page, and a replica's end."""
    with ExitStack() as stack:
        logs = [tmp_path / f"app{number}.txt" for number in (1, 2, 3)]
        ends = {}
        for log in logs:
            end = stack.enter_context(ExitStack())
            app = end.enter_context(serve(log, prefix=PREFIX))
            ends[app.url.removeprefix("http://").removesuffix(PREFIX)] = end
        everyone = stack.enter_context(nginx(tmp_path, list(ends)))
        wait_until_it_answers(everyone)
        what_is_sent(everyone)
        too_large_a_file(everyone)
        who_goes_where(everyone, set(ends))
        page = stack.enter_context(visitor(browser, everyone))
        a_page_opens(page, everyone)
        a_file_goes_to_the_same_replica(page, everyone)
        the_window_with_notes_opens(page, everyone)
        the_end_of_a_replica(page, everyone, ends)
        assert "127.0.0.1" not in re.sub(r"127\.0\.0\.1:\d+", "", (tmp_path / "access.log").read_text())


def wait_until_it_answers(everyone: Class) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            assert everyone.ask("/_stcore/health").status == 200
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def what_is_sent(everyone: Class) -> None:
    answer = everyone.ask()
    assert answer.status == 200
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Server"] == "nginx"  # without its version
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-eval" not in answer.headers["Content-Security-Policy"]
    cookies = [cookie for cookie in answer.headers.get_all("Set-Cookie") if cookie.startswith("replica=")]
    assert re.fullmatch("replica=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Lax", *cookies)
    framed = everyone.ask(**{"X-Forwarded-Proto": "https"}).headers.get_all("Set-Cookie")
    assert any(cookie.endswith("; SameSite=None; Secure; Partitioned") for cookie in framed)
    known = everyone.ask(cookie="replica=abc").headers.get_all("Set-Cookie") or []
    assert not any(cookie.startswith("replica=") for cookie in known)


def too_large_a_file(everyone: Class) -> None:
    """More than the app takes is refused at the door; as much as it takes comes as far as the app's own question."""
    upload = "/_stcore/upload_file/session/file"
    refused = everyone.ask(upload, method="PUT", **{"Content-Length": str(12 * MEGABYTE)})
    assert (refused.status, "Content-Security-Policy" in refused.headers) == (413, True)
    limit = int(re.search(r"client_max_body_size (\d+)m", CONFIGURATION)[1])
    assert f"maxUploadSize = {limit - 1} " in (ROOT / ".streamlit/config.toml").read_text()


def who_goes_where(everyone: Class, replicas: set[str]) -> None:
    """All replicas have visitors, and each visitor one replica, after nginx has read its configuration again too."""
    visitors = [f"{number:032x}" for number in range(24)]
    before = [everyone.replica_of(visitor) for visitor in visitors]
    assert set(before) == replicas
    everyone.signal("reload")
    assert [everyone.replica_of(visitor) for visitor in visitors] == before


@contextmanager
def visitor(browser: Browser, everyone: Class) -> Iterator[Page]:
    """A browser that fails the test if the policy forbids anything, or the console shows an error."""
    troubles: list[str] = []
    page = browser.new_page(locale="en-GB")
    watch(page, everyone.url, troubles)
    yield page
    page.context.close()
    # Streamlit looks for its server beneath the page's own path too, a replica that has ended refuses, and outside of
    # the prefix, where browsers look for an icon, there is nothing of the app's.
    troubles = [trouble for trouble in troubles if "/_stcore/" not in trouble and "favicon" not in trouble]
    assert not troubles, "\n".join(troubles)


def cookie(page: Page) -> str:
    """What nginx knows the browser by."""
    return next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "replica")


def a_page_opens(page: Page, everyone: Class) -> None:
    """In a frame, as a learning platform has it; this one is of the same site."""
    page.goto(f"{everyone.url}{PREFIX}/_stcore/health")
    page.evaluate(IN_A_FRAME, f"{everyone.url}{PREFIX}/explore?h=5&w=5&embed=true")
    grid = page.frame_locator("iframe").get_by_role("grid", name="Input", exact=True)
    expect(grid.get_by_role("gridcell")).to_have_count(25, timeout=60_000)


def a_file_goes_to_the_same_replica(page: Page, everyone: Class) -> None:
    """The connection, the file and the page that shows it are one replica's."""
    page.goto(f"{everyone.url}{PREFIX}/architectures?net=own")
    settle(page)
    file = {"name": "network.txt", "mimeType": "text/plain", "buffer": b"input 1 8 8\nflatten\nlinear 3\n"}
    with page.expect_response(re.compile("/_stcore/upload_file/")) as uploaded:
        page.locator("input[type=file]").first.set_input_files(file)
    assert uploaded.value.ok
    assert everyone.replica(uploaded.value.url.split(PREFIX)[1]) == everyone.replica_of(cookie(page))


def the_window_with_notes_opens(page: Page, everyone: Class) -> None:
    """A window made from the app's own text lives under the app's policy: its script has to be allowed."""
    page.goto(f"{everyone.url}{PREFIX}/lecture?lecture=demo")
    settle(page)
    page.get_by_role("button", name="Present").click()
    with page.expect_popup() as opening:
        page.keyboard.press("n")
    expect(opening.value.locator("#title")).not_to_have_text("Waiting for the lecture")
    opening.value.close()


def the_end_of_a_replica(page: Page, everyone: Class, ends: dict[str, ExitStack]) -> None:
    """The page comes back at another replica, with what its link says; the others' visitors stay."""
    page.goto(f"{everyone.url}{PREFIX}/explore?h=4&w=4&kh=2&kw=2")
    settle(page)
    ends.pop(everyone.replica_of(cookie(page))).close()
    assert everyone.replica_of(cookie(page)) in ends
    slider = page.get_by_role("slider", name="Input height and width")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=60_000)
    settle(page)
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile("h=5&w=5"))
    expect(page.get_by_role("grid", name="Input", exact=True).get_by_role("gridcell")).to_have_count(25)


def sums(text: str) -> set[str]:
    """What a policy calls the scripts that stand in a page."""
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    return {f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}" for script in scripts}


def test_the_policy_names_the_scripts_that_stand_in_pages() -> None:
    own = (ROOT / "assets/components/lecture/notes.html").read_text(encoding="utf-8")
    streamlits = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    assert set(re.findall(r"'(sha256-[^']+)'", CONFIGURATION)) == sums(own) | sums(streamlits)


def test_no_nginx_to_be_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tools.get_nginx.find_nginx", lambda: None)
    monkeypatch.setattr("tools.get_nginx.FOLDER", tmp_path / "nginx")
    monkeypatch.setattr("tools.get_nginx.ways_to_fetch", lambda is_root: ["exit 1"])
    with pytest.raises(RuntimeError, match=r"The tests need nginx 1\.19 or newer, and none could be fetched: install"):
        get_nginx()
