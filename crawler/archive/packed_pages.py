"""The articles of WARC files as pages of a WACZ: what to show for each, and its text."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.article_records import BadMetadataError, read_metadata
from crawler.items import RecordRef
from crawler.text import seed
from crawler.warc.reader import record_at
from crawler.warc.records import safe_uri
from crawler.warc.wacz_writer import WaczPage
from crawler.warc.warc_dates import timestamp_to_warc_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.warc.reader import Record

_LONGEST_TEXT = 1 << 20

# Nobody needs this database after a crash: it has no journal and is never synced.
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE text (
    number INTEGER PRIMARY KEY, id TEXT, article TEXT, uri TEXT, date TEXT,
    file BLOB, offset INTEGER, length INTEGER, origin TEXT, read_at TEXT
);
CREATE INDEX text_id ON text (id);
CREATE TABLE capture (uri TEXT PRIMARY KEY, timestamp TEXT) WITHOUT ROWID;
"""
_NAME_ARTICLE = "UPDATE text SET article = ? WHERE id = ?"
_POSSIBLE_CAPTURES = """
INSERT OR IGNORE INTO capture (uri) SELECT uri FROM text UNION
SELECT origin FROM text WHERE origin IS NOT NULL
"""
_LATEST = """
SELECT id, text.uri, date, file, offset, length, article, origin, read_at,
    own.timestamp, there.timestamp
FROM text LEFT JOIN capture AS own ON own.uri = text.uri
    LEFT JOIN capture AS there ON there.uri = origin
WHERE NOT EXISTS (
    SELECT 1 FROM text AS later WHERE later.article = text.article
        AND (later.date, later.number) > (text.date, text.number)
) ORDER BY number
"""


class PackedArticles:
    """Finds the articles of WARC files; what it keeps is in a database in *folder*.

    Add every record, then pass the sorted index through `note_captures`, then take the `pages`.
    The latest text of an article counts. ``skipped`` counts articles that the archive has nothing
    to show for, such as imported ones. Raises sqlite3.OperationalError if the disk is full.
    """

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / "articles.sqlite")
        self._db.executescript(_SCHEMA)
        self.skipped = 0

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def add(self, record: Record, path: Path) -> None:
        """Add *record* of the file at *path*, if it belongs to an article."""
        if record.type == "conversion" and _is_text(record):
            row = _row(record, path)
            places = ", ".join("?" * len(row))
            self._db.execute(f"INSERT INTO text VALUES (NULL, {places})", row)  # noqa: S608
        elif record.type == "metadata" and (article := _article_of(record)):
            self._db.execute(_NAME_ARTICLE, (article, record.header("WARC-Concurrent-To")))

    def note_captures(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the sorted CDXJ *lines* as they are, and note the captures that can be shown."""
        self._db.execute("CREATE INDEX latest ON text (article, date)")
        self._db.execute(_POSSIBLE_CAPTURES)
        for line in lines:
            self._note_capture(line)
            yield line

    def pages(self) -> Iterator[WaczPage]:
        """Yield a page for each article, in the order of their texts in the archive.

        Raises OSError and LookupError when a file is no longer as it was.
        """
        for row in self._db.execute(_LATEST):
            ref = _ref(*row[:6])
            article, *captures = row[6:]
            if capture := _capture(ref.uri, *captures):
                yield _page(article, ref, *capture)
            else:
                self.skipped += 1

    def _note_capture(self, line: str) -> None:
        _, timestamp, fields = line.split(" ", 2)
        capture = json.loads(fields)
        if capture.get("status") == "200" and "method" not in capture:
            # Lines of a URL are sorted by date: the latest stays.
            update = "UPDATE capture SET timestamp = ? WHERE uri = ?"
            self._db.execute(update, (timestamp, capture["url"]))


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


def _article_of(record: Record) -> str | None:
    """Return the id of the article that a metadata record describes, None if it has none."""
    try:
        metadata = read_metadata(record)
    except BadMetadataError:
        return None
    return _digest(f"{metadata['source']}\n{metadata['key']}") if metadata else None


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]


def _capture(
    uri: str, origin: str | None, read_at: str | None, own: str | None, there: str | None
) -> tuple[str, str] | None:
    """Return URL and date of what a reader can be shown: the article's page, else its origin.

    *own* and *there* are the timestamps of their latest captures, *read_at* is the date of the
    record that the article was read from.
    """
    if own:
        return uri, timestamp_to_warc_date(own)
    if origin and there:
        return origin, _to_seconds(read_at) or timestamp_to_warc_date(there)
    return None


def _page(article: str, ref: RecordRef, url: str, ts: str) -> WaczPage:
    title, text = _title_and_text(ref)
    return WaczPage(id=article, url=url, ts=ts, title=title or url, text=text)


def _title_and_text(ref: RecordRef) -> tuple[str, str]:
    """Return headline and paragraphs of the text at *ref*; a foreign one has no headline."""
    block = bytes(record_at(Path(ref.file), ref).block[:_LONGEST_TEXT])
    try:
        document = seed.read(block)
    except seed.SeedFormatError:
        return "", block.decode(errors="replace")
    return document.title, "\n".join(document.paragraphs)


def _to_seconds(date: str | None) -> str | None:
    """Return a WARC-Date without its fraction of a second; None if it is no date."""
    try:
        moment = datetime.fromisoformat(date or "")
    except ValueError:
        return None
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment.tzinfo else None
