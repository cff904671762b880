"""ReplayWeb.page in headless Chromium, served on loopback with the range requests it needs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent / "replayweb"
_PROGRAM = FOLDER / "node_modules" / "replaywebpage"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_TYPES = {".js": "text/javascript", ".html": "text/html; charset=utf-8"}
_LIMIT = 300  # seconds


@dataclass(frozen=True)
class Seen:
    """What a reader sees: the headlines in the page list, the text of a page; if it is signed.

    ``ranges`` are the parts of the WACZ that were asked for.
    """

    headlines: list[str]
    text: str
    signature: bool
    ranges: list[str]


def missing() -> str | None:
    """Return what `open_archive` needs and is not there."""
    wanted = {"chromium": chromium(), "node": shutil.which("node")}
    absent = [name for name, path in wanted.items() if path is None]
    if not _PROGRAM.is_dir():
        absent.append(f"{_PROGRAM.name} in {_PROGRAM.parent}")
    return f"no {', no '.join(absent)}: run {FOLDER.parent}/install-browser.sh" if absent else None


def open_archive(wacz: Path, headline: str, screenshots: Path) -> Seen:
    """Open *wacz*, then the page called *headline*."""
    with serve(wacz) as (site, ranges):
        done = subprocess.run(
            ["node", FOLDER / "open.mjs", str(chromium()), site, headline, screenshots],
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
            env={**os.environ, "HOME": str(screenshots)},
        )
    assert done.returncode == 0, done.stderr
    return Seen(**json.loads(done.stdout), ranges=ranges)


@contextmanager
def serve(wacz: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve ReplayWeb.page and *wacz*; give the site's URL and the ranges of *wacz* asked for."""
    ranges: list[str] = []
    files = {
        "/": _PROGRAM / "index.html",
        "/ui.js": _PROGRAM / "ui.js",
        "/sw.js": _PROGRAM / "sw.js",
        "/archive.wacz": wacz,
    }

    class Handler(_Handler):
        def find(self, path: str) -> Path | None:
            if path == "/archive.wacz" and "Range" in self.headers:
                ranges.append(self.headers["Range"])
            return files.get(path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", ranges
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def find(self, path: str) -> Path | None:
        raise NotImplementedError

    def do_GET(self) -> None:
        path = self.find(urlsplit(self.path).path)
        if path is None:
            return self.send_error(404)
        data = path.read_bytes()
        part = self._range(len(data))
        self.send_response(206 if part else 200)
        start, end = part or (0, len(data))
        if part:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", _TYPES.get(path.suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[start:end])
        return None

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def _range(self, size: int) -> tuple[int, int] | None:
        match = _RANGE.fullmatch(self.headers.get("Range", ""))
        if not match:
            return None
        if not match[1]:
            return max(0, size - int(match[2])), size
        return int(match[1]), min(int(match[2] or size) + 1, size)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Keep quiet."""


def chromium() -> str | None:
    """Return the path of Chromium, None if it is not there."""
    return shutil.which("chromium") or shutil.which("chromium-browser")
