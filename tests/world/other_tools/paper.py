"""The demonstration site as sites are in the wild, and what the tools are to archive of it.

It compresses for whoever accepts gzip, and sends HTML in chunks: that is where archives differ.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from demo.messages import HTML, Answer
from demo.server import SiteHandler, SiteServer
from demo.site import Site, harbour_site
from tests.demo.client import POSTS, fetch

_CHUNK = 400  # bytes; most pages have several


class WireHandler(SiteHandler):
    """Sends gzip where that is allowed, and HTML in chunks."""

    def _send(self, answer: Answer) -> None:
        body, is_chunked = answer.body, ("Content-Type", HTML) in answer.headers
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if body and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
            body = _chunked(body)
        elif answer.status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _chunked(body: bytes) -> bytes:
    pieces = [body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


@dataclass(frozen=True)
class Paper:
    """The running site."""

    site: Site = field(repr=False)

    @property
    def home(self) -> str:
        return self.site.home

    @property
    def feed(self) -> str:
        return f"{self.home}feed/"

    @property
    def lists(self) -> list[str]:
        """The REST lists that hold every post with its text, ten each."""
        pages = [{"orderby": "date", "order": "asc", "page": page} for page in (1, 2, 3)]
        return [f"{self.home}{POSTS}?{urlencode(page)}" for page in pages]

    @property
    def articles(self) -> list[str]:
        """The web pages that the home page links to."""
        shown = fetch(self.site).body.decode()
        published = map(self.site.permalink, self.site.published())
        return [url for url in published if f'<h2><a href="{url}">' in shown]

    @property
    def short_link(self) -> str:
        """What redirects to the first of the articles."""
        return f"{self.home}?p={self.site.published()[0].id}"

    @property
    def urls(self) -> list[str]:
        """Everything that an archive is to hold; robots.txt may be there too."""
        return [self.home, self.feed, *self.lists, *self.articles, self.short_link]

    def body(self, url: str) -> bytes:
        """Return what the site serves, decoded."""
        return fetch(self.site, url).body


@contextmanager
def published() -> Iterator[Paper]:
    """Serve the site on a free loopback port."""
    site = harbour_site()
    with SiteServer(site) as server:
        server.RequestHandlerClass = WireHandler
        site.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="paper")
        thread.start()
        try:
            yield Paper(site)
        finally:
            server.shutdown()
            server.hang_up()
            thread.join()
