"""The articles of WARC files as pages of a WACZ: what to show for each, and its text."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.article_records import BadMetadataError, read_metadata
from crawler.archive.json_records import is_text
from crawler.archive.made_pages import made_url
from crawler.archive.text_page import TextPage
from crawler.items import RecordRef
from crawler.storage.remote_file import stored_file
from crawler.text import seed
from crawler.warc.cdxj import REVISIT
from crawler.warc.reader import record_at
from crawler.warc.records import safe_uri
from crawler.warc.wacz_writer import WaczPage
from crawler.warc.warc_dates import timestamp_to_warc_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.reader import Record

_LONGEST_TEXT = 1 << 20
_UNKNOWN, _RAW, _PAGE = -1, 0, 1
"""What a capture is to a reader: not known, an answer for machines, or a page."""

# Nobody needs this database after a crash: it has no journal and is never synced.
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE text (
    number INTEGER PRIMARY KEY, id TEXT, article TEXT, uri TEXT, date TEXT,
    file BLOB, offset INTEGER, length INTEGER, origin TEXT, read_at TEXT,
    language TEXT, is_post INTEGER
);
CREATE INDEX text_id ON text (id);
CREATE TABLE capture (
    place TEXT PRIMARY KEY, url TEXT, timestamp TEXT, kind INTEGER
) WITHOUT ROWID;
"""
_DESCRIBE = """
UPDATE text SET article = ?, origin = coalesce(?, origin), read_at = coalesce(?, read_at),
    language = ?, is_post = ? WHERE id = ?
"""
# A site that is told http in its settings, and redirects to https, links its posts by the former.
_PLACE = "substr({0}, instr({0}, '://') + 1)"
_CAPTURED = """
UPDATE capture SET url = CASE WHEN coalesce(timestamp, '') > :time THEN url ELSE :url END,
    timestamp = max(coalesce(timestamp, ''), :time), kind = max(coalesce(kind, -1), :kind)
WHERE place = substr(:url, instr(:url, '://') + 1)
"""
_POSSIBLE_CAPTURES = f"""
INSERT OR IGNORE INTO capture (place) SELECT {_PLACE.format("uri")} FROM text UNION
SELECT {_PLACE.format("origin")} FROM text WHERE origin IS NOT NULL
"""  # noqa: S608 - our own constants
_LATEST = f"""
SELECT id, text.uri, date, file, offset, length, article, language, origin, read_at,
    is_post, own.url, own.timestamp, own.kind, there.timestamp, there.kind
FROM text LEFT JOIN capture AS own ON own.place = {_PLACE.format("text.uri")}
    LEFT JOIN capture AS there ON there.place = {_PLACE.format("origin")}
WHERE NOT EXISTS (
    SELECT 1 FROM text AS later WHERE later.article = text.article
        AND (later.date, later.number) > (text.date, text.number)
) ORDER BY number
"""  # noqa: S608 - our own constants


class PackedArticles:
    """Finds the articles of WARC files; what it keeps is in a database in *folder*.

    Add every record, then pass the index through `note_captures`, then take the `pages`. The latest
    text of an article counts. What the archive has no page of is among the `without_page`; *made*
    is the day for which pages are made of these. Raises sqlite3.OperationalError if the disk is
    full.
    """

    def __init__(self, folder: Path, made: str) -> None:
        self._db = sqlite3.connect(folder / "articles.sqlite")
        self._db.executescript(_SCHEMA)
        self._made = made

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def add(self, record: Record, path: StoredFile) -> None:
        """Add *record* of the file at *path*, if it belongs to an article."""
        if record.type == "conversion" and _is_text(record):
            row = _row(record, path)
            places = ", ".join("?" * len(row))
            self._db.execute(f"INSERT INTO text VALUES (NULL, {places})", row)  # noqa: S608
        elif record.type == "metadata" and (described := _described(record)):
            self._db.execute(_DESCRIBE, (*described, record.header("WARC-Concurrent-To")))

    def note_captures(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the CDXJ *lines* as they are, and note the captures that can be shown."""
        self._db.execute("CREATE INDEX latest ON text (article, date)")
        self._db.execute(_POSSIBLE_CAPTURES)
        for line in lines:
            self._note_capture(line)
            yield line

    def without_page(self) -> Iterator[tuple[str, TextPage]]:
        """Yield the id of each article that the archive has no page of, and a page of its text.

        Raises OSError and LookupError when a file is no longer as it was.
        """
        for article in self._articles():
            if article.capture() is None:
                yield article.id, article.text_page(self._made[:10])

    def pages(self) -> Iterator[WaczPage]:
        """Yield a page for each article, in the order of their texts in the archive.

        Raises OSError and LookupError when a file is no longer as it was.
        """
        for article in self._articles():
            document, _ = article.text()
            title, text = document.title, "\n".join(document.paragraphs)
            if shown := article.capture():
                url, ts = shown
                yield WaczPage(id=article.id, url=url, ts=ts, title=title or url, text=text)
            else:
                url, name = made_url(article.id), title or article.ref.uri
                yield WaczPage(id=article.id, url=url, ts=self._made, title=name, text=text)

    def _articles(self) -> Iterator[_PackedArticle]:
        for row in self._db.execute(_LATEST):
            yield _PackedArticle(_ref(*row[:6]), *row[6:])

    def _note_capture(self, line: str) -> None:
        _, timestamp, fields = line.split(" ", 2)
        capture = json.loads(fields)
        if capture.get("status") == "200" and "method" not in capture:
            kind = _kind(capture.get("mime") or "")
            found = {"time": timestamp, "kind": kind, "url": capture["url"]}
            self._db.execute(_CAPTURED, found)


@dataclass(slots=True)
class _PackedArticle:
    """A row of `_LATEST`: an article, and the latest captures of its address and its origin."""

    ref: RecordRef
    article: str | None
    language: str | None
    origin: str | None
    read_at: str | None
    is_post: int | None
    own_url: str | None
    own: str | None
    own_kind: int | None
    there: str | None
    there_kind: int | None

    @property
    def id(self) -> str:
        return self.article or _digest(self.ref.record_id)

    def capture(self) -> tuple[str, str] | None:
        """Return URL and date of the page that a reader can be shown: the article's, or its origin.

        An answer of a REST API or a feed is none.
        """
        if self.own and self.own_url and self.own_kind != _RAW:
            return self.own_url, timestamp_to_warc_date(self.own)
        if self.origin and self.there and self.there_kind == _PAGE and not self.is_post:
            return self.origin, _to_seconds(self.read_at) or timestamp_to_warc_date(self.there)
        return None

    def text(self) -> tuple[seed.SeedDocument, bool]:
        """Return the text, and whether it is cut; a foreign one has no day and no headline."""
        whole = record_at(stored_file(self.ref.file), self.ref).block
        block = bytes(whole[:_LONGEST_TEXT])
        try:
            document = seed.read(block)
        except seed.SeedFormatError:
            lines = block.decode(errors="replace").split("\n")
            document = seed.SeedDocument("", "", tuple(filter(str.strip, lines)))
        return document, len(whole) > len(block)

    def text_page(self, made: str) -> TextPage:
        document, is_cut = self.text()
        return TextPage(
            title=document.title,
            day=document.date,
            paragraphs=document.paragraphs,
            language=self.language or "",
            url=self.ref.uri,
            origin=self.origin or "",
            record=self.ref.record_id,
            date=self.ref.date,
            made=made,
            is_cut=is_cut,
        )


def _is_text(record: Record) -> bool:
    return (record.header("Content-Type") or "").lower().startswith("text/plain")


def _kind(mime: str) -> int:
    """Return what a capture of type *mime* is to a reader; only the original of a revisit tells."""
    if mime == REVISIT:
        return _UNKNOWN
    is_raw = "json" in mime or "octet" in mime or ("xml" in mime and "xhtml" not in mime)
    return _RAW if is_raw else _PAGE


def _row(record: Record, path: StoredFile) -> tuple[object, ...]:
    uri = safe_uri(record.header("WARC-Target-URI") or "")
    # Only what older releases and other tools wrote has these: the metadata record tells it.
    origin = record.header("WARC-Refers-To-Target-URI")
    return (
        record.header("WARC-Record-ID"),
        None,
        uri,
        record.header("WARC-Date"),
        os.fsencode(str(path)),
        record.offset,
        record.length,
        safe_uri(origin) if origin else None,
        record.header("WARC-Refers-To-Date"),
        None,
        None,
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


def _described(record: Record) -> tuple[object, ...] | None:
    """Return what a metadata record says of an article, None if it is of none.

    Its id, where and when it was read, its language, and whether it is a post of a REST API.
    """
    try:
        metadata = read_metadata(record)
    except BadMetadataError:
        return None
    if not metadata:
        return None
    origin = metadata.get("origin") or {}
    return (
        _digest(f"{metadata['source']}\n{metadata['key']}"),
        safe_uri(origin["uri"]) if origin else None,
        origin.get("date"),
        language if is_text(language := metadata.get("language")) else None,
        bool(metadata.get("post")),
    )


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]


def _to_seconds(date: str | None) -> str | None:
    """Return a WARC-Date without its fraction of a second; None if it is no date."""
    try:
        moment = datetime.fromisoformat(date or "")
    except ValueError:
        return None
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment.tzinfo else None
