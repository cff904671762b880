"""The articles of an archive as pages to be opened: what to show for each, and its text."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.items import RecordRef
from crawler.text import seed
from crawler.warc.reader import record_at
from crawler.warc.records import safe_uri
from crawler.warc.wacz_writer import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.warc.reader import Record

_LONGEST_TEXT = 1 << 20
_LONGEST_FACTS = 1 << 20

# Nothing in it outlives us: neither a journal nor the disk's word is needed.
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE text (
    number INTEGER PRIMARY KEY, id TEXT, article TEXT, uri TEXT, date TEXT,
    file BLOB, offset INTEGER, length INTEGER, origin TEXT, read_at TEXT
);
CREATE INDEX text_id ON text (id);
CREATE TABLE capture (uri TEXT PRIMARY KEY, stamp TEXT) WITHOUT ROWID;
"""
_DESCRIBED = "UPDATE text SET article = ? WHERE id = ?"
_WANTED = """
INSERT OR IGNORE INTO capture (uri) SELECT uri FROM text UNION
SELECT origin FROM text WHERE origin IS NOT NULL
"""
_LATEST = """
SELECT id, text.uri, date, file, offset, length, article, origin, read_at, own.stamp, there.stamp
FROM text LEFT JOIN capture AS own ON own.uri = text.uri
    LEFT JOIN capture AS there ON there.uri = origin
WHERE NOT EXISTS (
    SELECT 1 FROM text AS later WHERE later.article = text.article
        AND (later.date, later.number) > (text.date, text.number)
) ORDER BY number
"""


class Articles:
    """Finds the articles of WARC files; what it keeps lies in a database in *folder*.

    `see` every record, then let the sorted index flow through `locate`, then take the `pages`.
    The latest text of an article counts. ``left_out`` counts articles that the archive holds
    nothing to show for, such as imported ones. Raises sqlite3.OperationalError without room.
    """

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "articles.sqlite")
        self._db.executescript(_SCHEMA)
        self.left_out = 0

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def see(self, record: Record, path: Path) -> None:
        """Take notice of *record* in the file at *path*."""
        if record.type == "conversion" and _is_text(record):
            row = _row(record, path)
            places = ", ".join("?" * len(row))
            self._db.execute(f"INSERT INTO text VALUES (NULL, {places})", row)  # noqa: S608
        elif record.type == "metadata" and (article := _article(record)):
            self._db.execute(_DESCRIBED, (article, record.header("WARC-Concurrent-To")))

    def locate(self, lines: Iterable[str]) -> Iterator[str]:
        """Pass the sorted CDXJ *lines* on, and remember the captures that can be shown."""
        self._db.execute("CREATE INDEX latest ON text (article, date)")
        self._db.execute(_WANTED)
        for line in lines:
            self._note(line)
            yield line

    def pages(self) -> Iterator[Page]:
        """A page for each article, in the order of their texts in the archive.

        Raises OSError and LookupError when a file is no longer as it was.
        """
        for row in self._db.execute(_LATEST):
            ref = _ref(*row[:6])
            article, *captures = row[6:]
            if shown := _shown(ref.uri, *captures):
                yield _page(article, ref, *shown)
            else:
                self.left_out += 1

    def _note(self, line: str) -> None:
        _, stamp, fields = line.split(" ", 2)
        capture = json.loads(fields)
        if capture.get("status") == "200" and "method" not in capture:
            # Dates ascend: the latest stays.
            update = "UPDATE capture SET stamp = ? WHERE uri = ?"
            self._db.execute(update, (stamp, capture["url"]))


def _is_text(record: Record) -> bool:
    return (record.header("Content-Type") or "").lower().startswith("text/plain")


def _row(record: Record, path: Path) -> tuple[object, ...]:
    uri = safe_uri(record.header("WARC-Target-URI") or "")
    origin = record.header("WARC-Refers-To-Target-URI")
    return (
        record.header("WARC-Record-ID"),
        _digest(uri),
        uri,
        record.header("WARC-Date"),
        os.fsencode(path),
        record.offset,
        record.length,
        safe_uri(origin) if origin else None,
        record.header("WARC-Refers-To-Date"),
    )


def _ref(record_id: str, uri: str, date: str, file: bytes, offset: int, length: int) -> RecordRef:
    return RecordRef(
        record_id=record_id,
        uri=uri,
        date=date,
        file=os.fsdecode(file),
        offset=offset,
        length=length,
    )


def _article(record: Record) -> str | None:
    """What tells the article that a ``metadata`` record describes from all others."""
    if len(record.block) > _LONGEST_FACTS:
        return None
    try:
        facts = json.loads(bytes(record.block))
    except (ValueError, RecursionError):
        return None
    if not isinstance(facts, dict):
        return None
    source, key = facts.get("source"), facts.get("key")
    is_named = isinstance(source, str) and isinstance(key, str)
    return _digest(f"{source}\n{key}") if is_named else None


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]


def _shown(
    uri: str, origin: str | None, read_at: str | None, own: str | None, there: str | None
) -> tuple[str, str] | None:
    """URL and date of what a reader can be shown: the article's page, else its origin.

    *own* and *there* are the timestamps of their latest captures.
    """
    if own:
        return uri, _from_stamp(own)
    if origin and there:
        return origin, _from_iso(read_at) or _from_stamp(there)
    return None


def _page(article: str, ref: RecordRef, url: str, ts: str) -> Page:
    title, text = _read(ref)
    return Page(id=article, url=url, ts=ts, title=title or url, text=text)


def _read(ref: RecordRef) -> tuple[str, str]:
    """Headline and paragraphs; a foreign text has no headline."""
    block = bytes(record_at(Path(ref.file), ref).block[:_LONGEST_TEXT])
    try:
        document = seed.read(block)
    except seed.SeedFormatError:
        return "", block.decode(errors="replace")
    return document.title, "\n".join(document.paragraphs)


def _from_stamp(stamp: str) -> str:
    """``20240411083000`` as RFC 3339."""
    year, month, day = stamp[:4], stamp[4:6], stamp[6:8]
    return f"{year}-{month}-{day}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:14]}Z"


def _from_iso(text: str | None) -> str | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment.tzinfo else None
