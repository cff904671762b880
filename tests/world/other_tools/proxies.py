"""warcprox and pywb: proxies on loopback that record what goes through them."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.world.judges.pywb import started
from tests.world.other_tools.tools import JUDGES, QUIET

# Its own tests allow loopback in the same way: there is no option.
_WARCPROX = (
    "import warcprox.main, warcprox.warcproxy as proxy;"
    "proxy.WarcProxyHandler.allow_localhost = True;"
    "warcprox.main.main()"
)
_PYWB = """\
recorder: live
collections:
  live: $live
proxy:
  coll: news
  recording: true
"""


@contextmanager
def warcprox(folder: Path) -> Iterator[str]:
    """Record into ``warcs`` below *folder*; give the proxy's URL.

    What its deduplication database there knows from earlier is written as a revisit.
    """
    port = _free_port()
    options = (
        f"--address=127.0.0.1 --port={port} --gzip --dir=warcs --stats-db-file=/dev/null "
        "--dedup-db-file=dedup.sqlite --cacert=ca.pem --certs-dir=certs"
    )
    with (folder / "warcprox.log").open("wb") as log:
        server = subprocess.Popen(
            [JUDGES / "python", "-c", _WARCPROX, *options.split()],
            cwd=folder,
            env=QUIET,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, folder / "warcprox.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()  # it writes what it still has
        server.wait(120)


@contextmanager
def pywb(folder: Path) -> Iterator[str]:
    """Record into ``collections/news/archive`` below *folder*; give the proxy's URL."""
    (folder / "collections" / "news" / "archive").mkdir(parents=True)
    (folder / "collections" / "news" / "indexes").mkdir()
    (folder / "config.yaml").write_text(_PYWB)
    with started(JUDGES, folder) as collection:
        yield collection.removesuffix("/news")


def ask(proxy: str, urls: Sequence[str]) -> None:
    """Fetch *urls* through *proxy*, one after the other, redirects followed."""
    opener = build_opener(ProxyHandler({"http": proxy}))
    for url in urls:
        with opener.open(Request(url, headers={"Accept-Encoding": "gzip"}), timeout=120) as answer:
            answer.read()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, log: Path) -> None:
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=60).close()
        except (ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"warcprox did not start: {log.read_text(errors='replace')}")
