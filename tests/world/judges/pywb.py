"""pywb, serving a folder of WARC files by an index that somebody else made."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import pytest


@contextmanager
def serving(judges: Path, folder: Path, *, warcs: Path, index: Path) -> Iterator[str]:
    """Serve the files in *warcs* by *index* on loopback, with *folder* as the server's own.

    *index* is a CDXJ file, or a folder of them.
    """
    config = (
        f"collections:\n  news:\n    index_paths: {index}\n    archive_paths: {warcs}/\n"
        "enable_auto_fetch: false\n"
    )
    (folder / "config.yaml").write_text(config)
    with started(judges, folder) as collection:
        yield collection


@contextmanager
def started(judges: Path, folder: Path) -> Iterator[str]:
    """Run pywb in *folder*, which holds its collection ``news``; give the URL of that."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "wayback.log").open("wb") as log:
        server = subprocess.Popen(
            [judges / "wayback", "-b", "127.0.0.1", "-p", str(port)],
            cwd=folder,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _ready(f"http://127.0.0.1:{port}/news", folder / "wayback.log")
    finally:
        server.terminate()
        server.wait(120)


def _ready(url: str, log: Path) -> str:
    for _ in range(600):
        try:
            urlopen(url, timeout=60).close()
        except (URLError, TimeoutError):
            time.sleep(0.2)
        else:
            return url
    pytest.fail(f"pywb did not start: {log.read_text(errors='replace')}")


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def shown(url: str, body: bytes | None = None, content_type: str = "") -> tuple[int, bytes]:
    """Return status and body, as they are, that the server gives for *url*."""
    headers = {"Accept-Encoding": "gzip, deflate, br", "Content-Type": content_type}
    try:
        with build_opener(_NoRedirect).open(Request(url, body, headers), timeout=120) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()
