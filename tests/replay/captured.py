"""WARC files of exchanges, record by record, to be replayed."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

from crawler.replay.archived_runs import find_runs
from crawler.replay.capture_index import open_index
from crawler.replay.playback import Playback, PlaybackAnswer, PlaybackRequest
from crawler.warc.lookup import IndexLookup
from crawler.warc.message import payload
from crawler.warc.warc_dates import precise_timestamp
from tests.warc import files
from tests.warc.bodies import request

URL = "http://news.test/a"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LARGE = b"news " * 300

_numbers = count()


def new_id() -> str:
    """Return a record id that no other record of the tests has."""
    return f"<urn:uuid:{next(_numbers)}>"


def warc_date(second: float) -> str:
    """Return a WARC-Date on a day in April."""
    return f"2024-04-11T08:{int(second) // 60:02d}:{second % 60:09.6f}Z"


def info(run: str = "one", second: float = 0) -> bytes:
    """Return the first record of a file of ours, of the run with that id."""
    fields = {
        "isPartOf": f"urn:uuid:{run}",
        "newsreel-spider": json.dumps("wordpress"),
        "newsreel-source": json.dumps("news"),
        "newsreel-arguments": json.dumps({}),
    }
    block = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
    return files.record(block, WARC_Type="warcinfo", WARC_Date=warc_date(second))


def message(body: bytes = b"", *fields: bytes, status: bytes = b"200 OK") -> bytes:
    """Return an HTTP answer that says how long its body is."""
    lines = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *fields, b"", body)
    return b"\r\n".join(lines)


def answer(
    block: bytes = HEAD + b"\r\n",
    second: float = 0,
    *,
    url: str = URL,
    kind: str = "response",
    **fields: Any,
) -> bytes:
    """Return a record with what came back, and nothing of its request."""
    own: dict[str, Any] = {
        "WARC_Type": kind,
        "WARC_Record_ID": new_id(),
        "WARC_Target_URI": url,
        "WARC_Date": warc_date(second),
        "Content_Type": "application/http; msgtype=response",
    }
    return files.record(block, **own | fields)


def exchange(
    block: bytes,
    second: float = 0,
    *,
    requested: tuple[str, str, bytes] = ("GET", "", b""),
    url: str = URL,
    **fields: Any,
) -> list[bytes]:
    """Return what came back for *requested* (method, media type, body), and that request."""
    own = new_id()
    return [
        answer(block, second, url=url, WARC_Record_ID=own, **fields),
        answer(request(*requested), second, url=url, kind="request", WARC_Concurrent_To=own),
    ]


def warc(path: Path, *records: bytes) -> Path:
    """Return a file of *records*, compressed as its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, *records)
    return path


def index_of(*paths: Path, faults: list[str] | None = None) -> IndexLookup:
    """Return the replay's index of *paths*; any fault is an error unless *faults* collects them.

    Each call makes one anew, beside the first path.
    """
    found: list[str] = []
    path = paths[0].parent / f"made-{next(_numbers)}" / "replay.cdxj"
    index = open_index(paths, path, (found if faults is None else faults).append)
    assert found == []
    return index


GET = PlaybackRequest(method="GET", url=URL)
NOT_MODIFIED = message(status=b"304 Not Modified")


def get(url: str = URL, **changes: Any) -> PlaybackRequest:
    """Return a request for *url*."""
    return PlaybackRequest(**{"method": "GET", "url": url} | changes)


def replay(*paths: Path, run: str | None = "one", at: str | None = None) -> Playback:
    """Return a playback of *paths*, in the order of *run* if there is one of that id."""
    index = index_of(*paths)
    found = [one for one in find_runs(index) if one.id == f"urn:uuid:{run}"]
    return Playback(index, run=found[0] if found else None, at=at and precise_timestamp(at))


def run_of(folder: Path, *records: bytes, run: str = "one", name: str = "x.warc.gz") -> Path:
    """Return a file of ours with *records*."""
    return warc(folder / name, info(run), *records)


def body(answered: PlaybackAnswer) -> bytes:
    """Return the payload that came back."""
    return payload(answered.message)
