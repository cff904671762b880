"""The site on a loopback port: HTTP/1.1 with keep-alive, one thread a connection."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from demo import pages, rest
from demo.messages import Answer, Request, html_answer, redirect
from demo.site import Site


class SiteServer(ThreadingHTTPServer):
    """A server of one site, which hangs up on every client when it is closed."""

    request_queue_size = 128
    daemon_threads = False  # so that closing waits for them

    def __init__(self, site: Site) -> None:
        self.site = site
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), SiteHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that an idle one does not outlive the server."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report everything but a client that hung up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End waiting answers and open connections."""
        self.closing.set()
        for connection in list(self._connections):
            with suppress(OSError):  # the client may have hung up first
                connection.shutdown(socket.SHUT_RDWR)


class SiteHandler(BaseHTTPRequestHandler):
    """Reads requests and sends what the site answers, with Content-Length."""

    protocol_version = "HTTP/1.1"
    server_version = "demo"
    disable_nagle_algorithm = True
    server: SiteServer

    def do_GET(self) -> None:
        """Answer one request."""
        site, request = self.server.site, self._read()
        with site.lock:
            answer = respond(site, request)
        self.server.closing.wait(answer.delay)
        self._send(answer)

    def do_HEAD(self) -> None:
        """Answer as GET, without the body."""
        self.do_GET()

    def do_OPTIONS(self) -> None:
        """Answer OPTIONS, which is GET except for the REST API."""
        self.do_GET()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the site's own time."""
        return super().date_time_string((timestamp or time.time()) + self.server.site.modes.clock)

    def send_header(self, keyword: str, value: str) -> None:
        """Leave the Date out where a mode says so."""
        if keyword != "Date" or not self.server.site.modes.no_date:
            super().send_header(keyword, value)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Keep quiet: ``Site.log`` is the log."""

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            target=self.path,
            path=unquote(parts.path),
            query=parse_qsl(parts.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
        )

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def respond(site: Site, request: Request) -> Answer:
    """Log a request and answer it."""
    if request.path == "/__log" and site.modes.expose_log:
        return _log(site)
    site.log.append(request)
    if request.path == "/robots.txt":
        return pages.robots(site)
    if request.path == site.modes.subfolder:
        return redirect(301, site.home)
    if not request.path.startswith(site.modes.subfolder + "/"):
        return html_answer(404, "Not found", "<h1>Not found</h1>")
    route = rest_route(site, request)
    if route is not None:
        answer = rest.respond(site, request, route)
        answer.delay = site.modes.slow
        return answer
    return pages.respond(site, request, request.path.removeprefix(site.modes.subfolder + "/"))


def rest_route(site: Site, request: Request) -> str | None:
    """Return the REST route that a request is for (``/wp/v2/posts``); None if it is for a page.

    ``?rest_route=`` works in every mode, the path only with pretty permalinks.
    """
    route = request.get("rest_route")
    if route:
        return "/" + route.strip("/")
    if site.modes.permalinks == "plain":
        return None
    inside = request.path.removeprefix(site.modes.subfolder + "/").removeprefix("index.php/")
    first, _, rest_of_path = inside.partition("/")
    return f"/{rest_of_path}" if first == site.modes.prefix else None


@contextmanager
def serve(site: Site) -> Iterator[Site]:
    """Run a site on a free loopback port in a thread; ``site.home`` is where."""
    with SiteServer(site) as server:
        site.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="demo-site")
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            server.hang_up()
            thread.join()


def _log(site: Site) -> Answer:
    body = json.dumps([asdict(request) for request in site.log]).encode()
    return Answer(headers=[("Content-Type", "application/json")], body=body)
