"""Serve the invented news service: ``python -m tests.wire FOLDER``.

Prints where it is as one JSON line (``home``, ``elsewhere``) and serves until its standard input
ends. *FOLDER*/editions names the editions that are out, the later ones over the earlier ones;
each request becomes one JSON line in *FOLDER*/log.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.wire.editions import Answer, answer

_HOME, _ELSEWHERE = "127.0.0.1", "127.0.0.2"


class Listener(ThreadingHTTPServer):
    """One host of the service; ``names`` is what pages call the hosts."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, folder: Path, names: dict[str, str]) -> None:
        super().__init__((host, 0), Handler)
        self.folder, self.names = folder, names
        self.url = f"http://{host}:{self.server_port}"

    def answer(self, target: str) -> Answer:
        """Answer a request, and log it."""
        out = (self.folder / "editions").read_text(encoding="utf-8").split()
        found = answer(out, target, self.names)
        line = json.dumps({"url": self.url + target, "status": found.status})
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        return found


class Handler(BaseHTTPRequestHandler):
    """Answers GET, and keeps the connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def do_GET(self) -> None:
        """Send what the editions have."""
        found = self.server.answer(self.path)
        self.send_response(found.status)
        for name, value in found.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        self.wfile.write(found.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Keep quiet: the log is a file."""


def main(folder: Path) -> None:
    """Serve both hosts until standard input ends."""
    names: dict[str, str] = {}
    listeners = {
        "home": Listener(_HOME, folder, names),
        "elsewhere": Listener(_ELSEWHERE, folder, names),
    }
    names.update({name: listener.url for name, listener in listeners.items()})
    for listener in listeners.values():
        threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
    print(json.dumps(names), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
