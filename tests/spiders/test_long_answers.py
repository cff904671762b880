"""Replays of records that are far larger than what a spider takes: memory does not grow with them.

The archives are written piece by piece, and read by a process of its own, whose memory is measured.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from crawler.warc.digests import sha1_of
from tests.running import LIMIT, ROOT, Run

SIZE = 300_000_000
MOST = 170_000  # kilobytes; a replay of small records takes 105,000
URL = "http://big.example/story/"
OTHER = "http://big.example/again/"
PIECE = b"<p>The ferry came in late, and nobody told why it did so that day.</p>\n" * 15_000
MEASURE = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
print(os.wait4(child.pid, 0)[2].ru_maxrss)
"""
"""Runs a command and prints its largest memory: a child begins with that of who starts it."""

HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
HEADS = {
    "length": HTML + b"Content-Length: %d\r\n\r\n" % SIZE,
    "none": HTML + b"\r\n",
    "HTTP/2": b"HTTP/2 200\r\nContent-Type: text/html\r\n\r\n",
    "chunks": HTML + b"Transfer-Encoding: chunked\r\n\r\n",
    "decoded": HTML + b"Content-Encoding: gzip\r\n\r\n",
    "resource": b"",
}


def body(kind: str) -> Iterator[bytes]:
    left = SIZE
    while left:
        part = PIECE[:left]
        left -= len(part)
        yield b"%x\r\n%b\r\n" % (len(part), part) if kind == "chunks" else part
    if kind == "chunks":
        yield b"0\r\n\r\n"


def fields(kind: str, url: str, length: int, **more: str) -> bytes:
    is_http = kind != "resource"
    own = {
        "WARC-Type": "response" if is_http else "resource",
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{len(url):012d}>",
        "WARC-Date": "2024-04-11T08:00:00Z",
        "WARC-Target-URI": url,
        "Content-Type": "application/http; msgtype=response" if is_http else "text/html",
    }
    lines = own | {name.replace("_", "-"): value for name, value in more.items()}
    lines["Content-Length"] = str(length)
    return "".join(["WARC/1.1\r\n", *(f"{n}: {v}\r\n" for n, v in lines.items()), "\r\n"]).encode()


def write(path: Path, kind: str, *, again: bool = False) -> Path:
    """Write a record of *kind*, and if it comes *again*, a revisit of it at another address."""
    head = HEADS[kind]
    length = len(head) + sum(map(len, body(kind)))
    member = zlib.compressobj(1, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        for data in chain((fields(kind, URL, length), head), body(kind), (b"\r\n\r\n",)):
            file.write(member.compress(data))
        file.write(member.flush())
        if again:
            visit = fields(kind, OTHER, len(head), **revisit(body(kind)))
            file.write(gzip.compress(visit + head + b"\r\n\r\n"))
    return path


def revisit(payload: Iterator[bytes]) -> dict[str, str]:
    return {
        "WARC_Payload_Digest": sha1_of(payload),
        "WARC_Type": "revisit",
        "WARC_Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        "WARC_Refers_To_Target_URI": URL,
        "WARC_Refers_To_Date": "2024-04-11T08:00:00Z",
    }


def replayed(archives: Path, warc: Path, url: str) -> tuple[Run, int]:
    """Ask for *url* in a replay; return the run, and its largest memory in kilobytes."""
    spider = str(Path(__file__).with_name("asking_spider.py"))
    command = [sys.executable, "-m", "scrapy", "runspider", spider, "-a", f"urls={url}"]
    options = {"ARCHIVE_MODE": "replay", "REPLAY_FROM": warc, "ARCHIVES_DIR": archives}
    command += [word for name, value in options.items() for word in ("-s", f"{name}={value}")]
    log = archives.with_suffix(".log")
    with log.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, *command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=file,
            timeout=LIMIT,
            check=True,
        )
    return Run(0, "", log.read_text(encoding="utf-8"), archives), int(done.stdout)


@pytest.mark.parametrize("kind", HEADS)
def test_a_large_record_is_too_big_and_not_in_memory(tmp_path: Path, kind: str) -> None:
    run, kilobytes = replayed(tmp_path / "again", write(tmp_path / "big.warc.gz", kind), URL)
    assert run.report["lost"]["too_big"]["first"][0]["address"] == URL, run.log
    assert kilobytes < MOST


def test_a_revisit_of_a_large_record(tmp_path: Path) -> None:
    warc = write(tmp_path / "big.warc.gz", "length", again=True)
    run, kilobytes = replayed(tmp_path / "again", warc, OTHER)
    assert run.report["lost"]["too_big"]["first"][0]["address"] == OTHER, run.log
    assert kilobytes < MOST
