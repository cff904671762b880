"""WARC files with articles in them, record by record."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

from tests.warc import files

HOST = "https://news.test"
LIST = f"{HOST}/wp-json/wp/v2/posts?per_page=10"
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


def record_id(name: str) -> str:
    """Return the id of the record called *name*, the same every time."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"


def date(second: int) -> str:
    """Return a WARC-Date."""
    return f"2024-04-11T08:{second // 60:02d}:{second % 60:02d}.250000Z"


def response(url: str, body: bytes = b"<p>", second: int = 0, head: bytes = HTML) -> bytes:
    """Return a ``response`` record."""
    return files.record(
        head + body,
        WARC_Type="response",
        WARC_Record_ID=record_id(f"{url} {second}"),
        WARC_Target_URI=url,
        WARC_Date=date(second),
        Content_Type="application/http; msgtype=response",
    )


def article(
    name: str,
    text: str,
    second: int = 0,
    origin: str | None = LIST,
    source: str = "news",
    metadata: bytes | None = None,
) -> list[bytes]:
    """Return the ``conversion`` and ``metadata`` records of an article whose page is ``/NAME``."""
    own = record_id(f"{source} {name} {second}")
    about: dict[str, Any] = {
        "WARC_Target_URI": f"{HOST}/{name}",
        "WARC_Date": date(second),
        "WARC_Refers_To_Target_URI": origin,
        "WARC_Refers_To_Date": origin and date(second),
    }
    if metadata is None:
        metadata = json.dumps(_metadata(name, source)).encode()
    return [
        files.record(
            text.encode(),
            WARC_Type="conversion",
            WARC_Record_ID=own,
            Content_Type="text/plain; charset=utf-8",
            **about,
        ),
        files.record(
            metadata,
            WARC_Record_ID=record_id(f"{own} metadata"),
            WARC_Concurrent_To=own,
            Content_Type="application/json",
            **about,
        ),
    ]


def _metadata(name: str, source: str) -> dict[str, Any]:
    key = hashlib.sha256(name.encode()).hexdigest()[:16]
    return {
        "verdict": "new",
        "key": key,
        "source": source,
        "guid": name,
        "date": "2024-04-11T08:00:00",
        "url": f"{HOST}/{name}",
        "text_digest": f"sha256:{'0' * 64}",
        "ordinal": 1,
        "file": f"001_{key}.txt",
    }


def seed(title: str, *paragraphs: str) -> str:
    """Return a text file of the corpus."""
    return "".join(f"{line}\n" for line in (f" date 2024-04-11 {title}", *paragraphs))


def warc(path: Path, *records: bytes) -> Path:
    """Write *records* as *path*, whose folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, *records)
    return path
