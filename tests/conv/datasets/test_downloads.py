"""Downloads from a local server that behaves in every way a server can."""

import hashlib
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from conv.datasets import SOURCES, RemoteFile, Source, cache_folder, download
from conv.errors import ConvError

CONTENT = {"first.gz": bytes(range(256)) * 400, "second.gz": b"labels" * 50}  # more than one piece, and less
FIRST = len(CONTENT["first.gz"])


class Server:
    """Serves `CONTENT`; ``behave`` says how, and may be changed between requests."""

    def __init__(self, behave):
        self.behave = behave
        self.requests = []  # (file, the byte asked from)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
                server.requests.append((name, start))
                server.behave(self, CONTENT[name], start)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/data/"
        threading.Thread(target=partial(self.http.serve_forever, 0.01), daemon=True).start()

    def stop(self):
        self.http.shutdown()
        self.http.server_close()


def send(handler, body, *, status=200, length=None, **headers):
    """Answer; ``length`` is what the header says, False for no such header."""
    handler.send_response(status)
    if length is not False:
        handler.send_header("Content-Length", len(body) if length is None else length)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def honest(handler, content, start):
    if start:
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        send(handler, content[start:], status=206, Content_Range=span)
    else:
        send(handler, content)


def from_the_start(handler, content, start):
    """Knows no ranges."""
    send(handler, content)


def slow(handler, content, start):
    """Sends in drips, each well within the patience."""
    send(handler, b"", length=len(content))
    for piece in range(0, len(content), len(content) // 4 + 1):
        time.sleep(0.02)
        handler.wfile.write(content[piece : piece + len(content) // 4 + 1])


def silent(handler, content, start):
    """Begins, and then says nothing."""
    send(handler, content[:100], length=len(content))
    time.sleep(0.4)


def speechless(handler, content, start):
    """Takes the request and does not answer."""
    time.sleep(0.4)


def cut(handler, content, start):
    """Breaks off after 1,000 more bytes."""
    send(
        handler, content[start : start + 1000], status=206 if start else 200, length=len(content) - start,
        Content_Range=f"bytes {start}-{len(content) - 1}/{len(content)}",
    )


def boasting(handler, content, start):
    """Says it has more."""
    send(handler, content, length=len(content) + 10)


def endless(handler, content, start):
    """Says nothing of the length, and sends more."""
    send(handler, content + b"more", length=False)


def unsaid(handler, content, start):
    """Says nothing of the length, and is right."""
    send(handler, content, length=False)


def rubbish(handler, content, start):
    send(handler, b"\0" * len(content))


def page(handler, content, start):
    """The sort of page that a hotel's network answers everything with."""
    send(handler, b"<html>Please log in</html>")


def missing(handler, content, start):
    send(handler, b"not here", status=404)


def elsewhere(handler, content, start):
    """Sends another part than the one asked for."""
    if start:
        span = f"bytes 0-{len(content) - start - 1}/{len(content)}"
        send(handler, content[: len(content) - start], status=206, Content_Range=span)
    else:
        honest(handler, content, start)


def no_ranges(handler, content, start):
    """Refuses to go on from a byte."""
    if start:
        send(handler, b"", status=416)
    else:
        honest(handler, content, start)


def babble(handler, content, start):
    """Does not speak HTTP."""
    handler.wfile.write(b"220 ready\r\n\r\n")


@pytest.fixture
def serve():
    servers = []

    def start(behave):
        servers.append(Server(behave))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def source(*servers, **sums):
    """What the servers are to give; a sum may be another than the content's."""
    files = [
        RemoteFile(name, len(content), sums.get(name, hashlib.sha256(content).hexdigest()))
        for name, content in CONTENT.items()
    ]
    return Source("A set", "", tuple(server.url for server in servers), tuple(files))


def is_whole(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT


@pytest.mark.parametrize("behave", [honest, from_the_start, slow, unsaid])
def test_every_file_comes_whole_and_reports_as_it_comes(serve, tmp_path, behave):
    server = serve(behave)
    reports = list(download(source(server), tmp_path / "new" / "folder", patience=5))
    assert is_whole(tmp_path / "new" / "folder")
    received = [report.received for report in reports]
    assert received == sorted(received)
    assert len(set(received)) > 3  # not all at once
    assert received[0] == 0
    assert reports[-1].fraction == 1
    assert {report.total for report in reports} == {FIRST + 300}
    assert {report.host for report in reports} == {urlsplit(server.url).netloc}
    assert server.requests == [("first.gz", 0), ("second.gz", 0)]


def test_what_is_there_is_not_asked_for_again(serve, tmp_path):
    server = serve(honest)
    list(download(source(server), tmp_path))
    reports = list(download(source(server), tmp_path))
    assert len(server.requests) == 2
    assert [(report.received, report.host) for report in reports] == [(FIRST, ""), (FIRST + 300, "")]
    (tmp_path / "second.gz").write_bytes(b"x" * 300)  # the size is right, and nothing else
    list(download(source(server), tmp_path))
    assert server.requests[2:] == [("second.gz", 0)]
    assert is_whole(tmp_path)


def test_nothing_is_requested_before_the_first_report_is_asked_for(serve, tmp_path):
    server = serve(honest)
    reports = download(source(server), tmp_path)
    assert next(reports).received == 0  # says whom it will ask
    assert server.requests == []


def test_a_download_goes_on_where_it_was_cut_off(serve, tmp_path):
    server = serve(cut)
    with pytest.raises(ConvError, match=r"the connection was cut off after 2,000 of 102,400 bytes\. What has come is"):
        list(download(source(server), tmp_path))  # two rounds of 1,000 bytes
    assert [path.name for path in tmp_path.iterdir()] == ["first.gz.part"]
    server.behave = honest
    reports = list(download(source(server), tmp_path))
    assert reports[0].received == 2000
    assert server.requests == [("first.gz", 0), ("first.gz", 1000), ("first.gz", 2000), ("second.gz", 0)]
    assert is_whole(tmp_path)


def test_a_download_goes_on_where_it_was_stopped(serve, tmp_path):
    server = serve(honest)
    reports = download(source(server), tmp_path)
    received = [next(reports).received for _ in range(2)][-1]
    assert 0 < received < FIRST
    reports.close()
    list(download(source(server), tmp_path))
    assert server.requests[:2] == [("first.gz", 0), ("first.gz", received)]
    assert is_whole(tmp_path)


@pytest.mark.parametrize(
    ("behave", "asked"), [(from_the_start, [5000]), (no_ranges, [5000, 0]), (elsewhere, [5000, 0])]
)
def test_a_mirror_that_cannot_go_on_starts_again(serve, tmp_path, behave, asked):
    (tmp_path / "first.gz.part").write_bytes(CONTENT["first.gz"][:5000])
    server = serve(behave)
    list(download(source(server), tmp_path))
    assert server.requests == [*(("first.gz", start) for start in asked), ("second.gz", 0)]
    assert is_whole(tmp_path)


@pytest.mark.parametrize("part", [b"rubbish", b"r" * FIRST, b"r" * (FIRST + 1)])
def test_a_beginning_that_is_wrong_is_thrown_away(serve, tmp_path, part):
    (tmp_path / "first.gz.part").write_bytes(part)
    list(download(source(serve(honest)), tmp_path))
    assert is_whole(tmp_path)


def test_the_next_mirror_goes_on(serve, tmp_path):
    servers = serve(cut), serve(missing), serve(honest)
    list(download(source(*servers), tmp_path))
    assert servers[2].requests[0] == ("first.gz", 1000)
    assert is_whole(tmp_path)


def test_what_one_mirror_spoils_another_mends(serve, tmp_path):
    def spoil(handler, content, start):
        send(handler, b"rubbish", length=len(content))

    servers = serve(spoil), serve(honest)
    list(download(source(*servers), tmp_path))
    assert servers[1].requests == [("first.gz", 7), ("first.gz", 0), ("second.gz", 7), ("second.gz", 0)]
    assert is_whole(tmp_path)


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (silent, "it said nothing for 0.2 seconds"),
        (speechless, "it said nothing for 0.2 seconds"),
        (boasting, "its file has 102,410 bytes, and the published one 102,400"),
        (page, "its file has 26 bytes, and the published one 102,400"),
        (endless, "it sent more than the 102,400 bytes of the published file"),
        (rubbish, "what it sent has another checksum than the published file"),
        (missing, "it answered with the error 404"),
        (babble, r"the connection broke \(BadStatusLine\)"),
    ],
)
def test_what_a_mirror_does_wrong_is_said_in_a_sentence(serve, tmp_path, behave, reason):
    server = serve(behave)
    with pytest.raises(ConvError, match=rf"No mirror gave the file: {urlsplit(server.url).netloc}: {reason}"):
        list(download(source(server), tmp_path, patience=0.2))
    assert not (tmp_path / "first.gz").exists()
    server.behave = honest
    list(download(source(server), tmp_path))
    assert is_whole(tmp_path)  # whatever was left behind


def test_the_sum_of_what_was_published_is_checked_not_the_mirrors(serve, tmp_path):
    server = serve(honest)
    wrong = source(server, **{"second.gz": "0" * 64})
    with pytest.raises(ConvError, match=r"another checksum .*\. Received: file='second.gz', bytes=0, expected=300"):
        list(download(wrong, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["first.gz"]


def test_a_mirror_that_is_not_there(serve, tmp_path):
    server = serve(honest)
    gone = source(server)
    server.stop()
    with pytest.raises(ConvError, match=r"it cannot be reached \(Connection refused\)"):
        list(download(gone, tmp_path, patience=0.2))


def test_a_folder_that_cannot_be_written_to(serve, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConvError, match=r"The folder cannot be written to: .*\. Received: folder="):
        list(download(source(serve(honest)), tmp_path / "file"))


def test_two_downloads_do_not_write_the_same_files(serve, tmp_path):
    what = source(serve(honest))
    first = download(what, tmp_path)
    next(first)
    with pytest.raises(ConvError, match="This download is already running: wait for it to end, or stop it"):
        next(download(what, tmp_path))
    first.close()
    list(download(what, tmp_path))  # and can be started again
    assert is_whole(tmp_path)


def test_only_what_is_known_can_be_downloaded():
    with pytest.raises(ConvError, match=r"There is nothing to download by this name\. Received: name='digits'"):
        next(download("digits"))


def test_the_published_sources():
    assert {name: [file.name for file in each.files] for name, each in SOURCES.items()} == dict.fromkeys(
        ("mnist", "fashion_mnist"),
        [f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1")],
    )
    assert SOURCES["mnist"].size == 9_912_422 + 28_881 + 1_648_877 + 4_542
    for each in SOURCES.values():
        assert all(len(bytes.fromhex(file.sha256)) == 32 for file in each.files)
        assert all(mirror.startswith("http") and mirror.endswith("/") for mirror in each.mirrors)


def test_the_cache_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder("mnist") == tmp_path / "convolution-visualiser" / "mnist"
    assert not any(tmp_path.iterdir())
