"""The site that is crawled, in a process of its own: it outlives every crawl that is killed.

``python -m tests.servers.site_process JSON`` serves it, prints the URL of its home page, then a
line ``stalled`` when it first keeps somebody waiting, stalls no more after a line on its standard
input, and ends with that.
"""

from __future__ import annotations

import io
import json
import os
import random
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast

from demo.content import Post, local_to_gmt
from demo.modes import Modes
from demo.server import SiteHandler, SiteServer
from demo.site import Site, harbour_site
from tests.running import ROOT

_PATIENCE = 120  # seconds; far more than the site ever takes
_FIRST_DAY = datetime(2020, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large the site is, and how it behaves.

    ``posts`` come on top of the demonstration site's own, ``cap`` at a time; each REST answer
    takes ``slow`` seconds. In the second ``edition`` a third of them has another text. Behind the
    ``stall_after``-th REST request answers stall: their bodies come ``pace`` bytes a second, at 0
    not even their heads do.
    """

    posts: int = 60
    cap: int = 6
    slow: float = 0.02
    edition: int = 1
    stall_after: int | None = None
    pace: int = 0


class Served:
    """A running site: ``home`` is the URL of its home page."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._told = process.stdin
        self._said = process.stdout
        self.home = self._line()

    def wait_for_stall(self) -> None:
        """Return once a client is kept waiting. Raises TimeoutError."""
        assert self._line() == "stalled"

    def stall_no_more(self) -> None:
        """Answer from now on; who is kept waiting still waits."""
        self._told.write("\n")
        self._told.flush()

    def has_been_asked(self) -> bool:
        """Whether anybody has sent a request (a site that stalls from its first one tells)."""
        return bool(select.select([self._said], [], [], 0)[0])

    def _line(self) -> str:
        if not select.select([self._said], [], [], _PATIENCE)[0]:
            raise TimeoutError(f"the site said nothing for {_PATIENCE} s")
        return self._said.readline().strip()


@contextmanager
def editions() -> Iterator[tuple[str, str]]:
    """Serve the first two editions; gives their homes."""
    with serving(Shape()) as first, serving(Shape(edition=2)) as second:
        yield first.home, second.home


@contextmanager
def serving(shape: Shape) -> Iterator[Served]:
    """Serve a site of *shape* until the end."""
    command = [sys.executable, "-m", "tests.servers.site_process", json.dumps(asdict(shape))]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        start_new_session=True,  # Ctrl-C is for the trials, and they end the site
    ) as process:
        try:
            yield Served(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def main(shape: Shape) -> None:
    """Serve until standard input ends."""
    with SiteServer(_site(shape)) as server:
        server.RequestHandlerClass = _StallingHandler
        server.shape = shape  # type: ignore[attr-defined]
        server.site.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        print(server.site.home, flush=True)
        for _ in sys.stdin:
            server.shape = replace(shape, stall_after=None)  # type: ignore[attr-defined]
        server.shutdown()
        server.hang_up()
        thread.join()


def _site(shape: Shape) -> Site:
    site = harbour_site(Modes(cap=shape.cap, slow=shape.slow))
    chance = random.Random(0)
    site.posts |= {number: _post(number, chance) for number in range(1000, 1000 + shape.posts)}
    if shape.edition > 1:
        for number in range(1000, 1000 + shape.posts, 3):
            _edit(site.posts[number], shape.edition)
    return site


def _post(number: int, chance: random.Random) -> Post:
    """Return a post of a few hundred bytes; one in thirty is large enough to fill many pages."""
    paragraphs = 300 if number % 30 == 0 else chance.randrange(1, 4)
    text = (
        f"<p>The {chance.getrandbits(160):x} came in on the tide.</p>" for _ in range(paragraphs)
    )
    published = _FIRST_DAY + timedelta(hours=number)
    return Post(
        id=number, date=published.isoformat(), title=f"Arrival {number}", content="\n".join(text)
    )


def _edit(post: Post, edition: int) -> None:
    post.content += f"<p>Corrected for edition {edition}.</p>"
    post.modified = (datetime.fromisoformat(post.date) + timedelta(days=edition)).isoformat()
    post.modified_gmt = local_to_gmt(post.modified)


class _StallingHandler(SiteHandler):
    def setup(self) -> None:
        super().setup()
        self.wfile = cast("Any", _Stalling(cast("BinaryIO", self.wfile), self.server))


class _Stalling(io.RawIOBase):
    """A stream to a client that is to wait."""

    def __init__(self, stream: BinaryIO, server: SiteServer) -> None:
        self._stream = stream
        self._server = server
        self._shape: Shape = server.shape  # type: ignore[attr-defined]

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        after = self._shape.stall_after
        if after is None or self._server.site.rest_requests < after:
            self._stream.write(data)
        else:
            self._stall(bytes(data))
        return len(data)

    def _stall(self, data: bytes) -> None:
        os.write(sys.stdout.fileno(), b"stalled\n")
        if not self._shape.pace:
            self._server.closing.wait()
        elif data.startswith(b"HTTP/"):
            self._stream.write(data)
        else:
            for byte in data:
                self._stream.write(bytes([byte]))
                if self._server.closing.wait(1 / self._shape.pace):
                    return


if __name__ == "__main__":
    main(Shape(**json.loads(sys.argv[1])))
