"""Rounds on a machine whose name server takes questions and never answers."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.rounds.round_sites import RoundSite, serve, write_sources
from tests.running import LIMIT, LOOPBACK, ROOT
from tests.world.requirements import require

_SERVER = "127.0.53.1"
_HANGS = 12  # sources: more than the threads that Twisted asks with by default
_WAITS = 10  # seconds that the machine's own resolver waits, once
_MOUNTED = """mount --make-rprivate / && mount --bind "$1" /etc/resolv.conf &&
mount --bind "$2" /etc/hosts && shift 2 && exec "$@"
"""


@contextmanager
def mute_name_server() -> Iterator[socket.socket]:
    """Have a name server that takes questions alone."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setblocking(False)
        try:
            server.bind((_SERVER, 53))
        except OSError as error:
            require(f"port 53 of {_SERVER} cannot be had ({error}): run the test as root")
        yield server


def test_a_name_that_hangs_holds_up_nobody(tmp_path: Path) -> None:
    if not shutil.which("unshare") or os.geteuid():
        require("another /etc/resolv.conf takes a mount namespace: run the test as root")
    good = [RoundSite("gull"), RoundSite("tern")]
    hanging = [RoundSite(f"skua{n}", home=f"http://skua{n}.test") for n in range(_HANGS)]
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    servers, hosts = tmp_path / "resolv.conf", tmp_path / "hosts"
    servers.write_text(f"nameserver {_SERVER}\noptions timeout:{_WAITS} attempts:1\n")
    hosts.write_text("".join(f"127.0.1.{n} {site.name}.test\n" for n, site in enumerate(good, 1)))
    with mute_name_server() as server, serve(good):
        for site in good:
            site.home = f"http://{site.name}.test:{site.home.rpartition(':')[2]}"
        write_sources(sources, [*hanging, *good])
        done = subprocess.run(
            [
                *("unshare", "--mount", "sh", "-c", _MOUNTED, "sh", servers, hosts),
                *(sys.executable, "-m", "scrapy", "round"),
                *("-s", f"SOURCES_FILE={sources}", "-s", f"ARCHIVES_DIR={archives}", *LOOPBACK),
                *("-s", "RETRY_ENABLED=False"),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert b"skua" in server.recv(512)
    assert done.returncode == 3, done.stderr
    (report,) = (archives / "reports").glob("*-round.json")
    results = json.loads(report.read_text(encoding="utf-8"))["results"]
    assert {it["key"] for it in results[: len(good)]} == {"gull", "tern"}  # they ended first
    for result in results[len(good) :]:
        assert result["exit_code"] == 4
        assert f"{result['key']}.test was not found" in result["problems"][0]["message"]
    assert len(results) == len(good) + _HANGS
