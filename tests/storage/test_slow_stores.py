"""Stores that are slow, silent or busy: waited for while something comes, and asked again."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from crawler.storage import object_stores
from crawler.storage.contents import contents_of, put_file
from crawler.storage.remote_file import RemoteFile
from tests.running import LIMIT, ROOT

SILENCE = 0.5
PIECES = 8
DATA = bytes(range(256)) * 64
BUSY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass
class SlowStore:
    """A store of one object, *DATA*: it answers after *wait* seconds, its body takes *takes*.

    The first requests are *busy*. ``asked`` is set when it was asked something.
    """

    wait: float = 0
    takes: float = 0
    busy: int = 0
    got: list[bytes] = field(default_factory=list)
    asked: Event = field(default_factory=Event)
    is_over: Event = field(default_factory=Event)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowStore]:
    store = SlowStore()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            store.got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer(200, b"")

        def do_GET(self) -> None:
            first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
            part = DATA[int(first) : int(last) + 1]
            whole = f"bytes {first}-{int(first) + len(part) - 1}/{len(DATA)}"
            self.answer(206, part, ("Content-Range", whole))

        def answer(self, status: int, body: bytes, *fields: tuple[str, str]) -> None:
            store.asked.set()
            store.is_over.wait(store.wait)
            if store.busy:
                store.busy -= 1
                status, body, fields = 503, BUSY, ()
            self.send_response(status)
            day = "Mon, 30 Nov 2026 00:00:00 GMT"
            for name, value in (("ETag", '"a"'), ("Last-Modified", day), *fields):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for start in range(0, len(body), len(DATA) // PIECES):
                self.wfile.write(body[start : start + len(DATA) // PIECES])
                self.wfile.flush()
                store.is_over.wait(store.takes / PIECES)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nora")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
        monkeypatch.setattr(object_stores, "_SILENCE", timedelta(seconds=SILENCE))
        yield store
        store.is_over.set()
        server.shutdown()


def remote() -> RemoteFile:
    return RemoteFile("s3://news/a.warc.gz", size=len(DATA))


def test_a_body_may_take_longer_than_a_silence(slow: SlowStore) -> None:
    slow.takes = 3 * SILENCE
    assert remote().open().read() == DATA


def test_what_is_sent_may_take_longer_than_a_silence(slow: SlowStore, tmp_path: Path) -> None:
    """The store is silent until it has the last byte, which a slow line brings late."""
    slow.wait = 3 * SILENCE
    (tmp_path / "a").write_bytes(DATA)
    put_file(remote(), tmp_path / "a", contents_of(tmp_path / "a"))
    assert [hashlib.sha256(got).digest() for got in slow.got] == [hashlib.sha256(DATA).digest()]


def test_a_silent_store_is_given_up(slow: SlowStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_stores, "_RETRIES", 1)
    slow.wait = LIMIT
    begin = time.monotonic()
    with pytest.raises(OSError, match=r"s3://news/a\.warc\.gz"):
        remote().open().read()
    assert time.monotonic() - begin < LIMIT / 2


def test_a_busy_store_is_asked_again(slow: SlowStore) -> None:
    slow.busy = 6
    assert remote().open().read() == DATA


def test_a_signal_ends_the_waiting(slow: SlowStore) -> None:
    slow.wait = LIMIT
    code = (
        "from crawler.storage.remote_file import RemoteFile as R; R('s3://news/a', 9).open().read()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE)
    try:
        assert slow.asked.wait(LIMIT)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=LIMIT / 2)
    finally:
        process.kill()
        process.wait()
    assert b"KeyboardInterrupt" in said
