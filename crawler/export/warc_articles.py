"""The articles of WARC files, without a ledger: what was read waits in a temporary database."""

from __future__ import annotations

import pickle
import sqlite3
import zlib
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from crawler.export.article_reader import Unread, UnreadTextError
from crawler.export.fold import FoldedText, fold
from crawler.export.home_pages import as_languages, place
from crawler.export.row_events import FAULT, HOME
from crawler.export.row_groups import groups, linked_keys
from crawler.export.warc_rows import rows
from crawler.text import minhash, seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from crawler.export.article_reader import OnUnread
    from crawler.export.copy_groups import CopyGroups
    from crawler.export.fold import FoldedArticle
    from crawler.export.row_choice import RowChoice
    from crawler.export.row_events import RowEvent
    from crawler.sources.wordpress.languages import SiteLanguages
    from crawler.storage.remote_file import StoredFile

_MOST_HOMES = 100_000
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE event (grp TEXT, source TEXT, data BLOB);
CREATE TABLE document (record TEXT PRIMARY KEY, data BLOB);
"""


class WarcArticles:
    """Reads the articles of the files *warcs*; what it keeps is in a database in *folder*.

    *on_unread* is called for what is no record. Raises OSError.
    """

    def __init__(self, warcs: Iterable[StoredFile], folder: Path, on_unread: OnUnread) -> None:
        self._db = sqlite3.connect(folder / "events.sqlite", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._on_unread = on_unread
        self._homes: dict[str, tuple[str, SiteLanguages]] = {}
        self._links: list[tuple[str, str]] = []
        self._db.execute("BEGIN")
        for warc in warcs:
            for event in rows(warc):
                self._take(event, warc)
        self._group()
        self.homes = {where: found for where, (_, found) in self._homes.items()}

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def sources(self) -> list[str]:
        query = "SELECT DISTINCT source FROM event ORDER BY source"
        return [source for (source,) in self._db.execute(query)]

    def articles(self, choice: RowChoice, copies: CopyGroups) -> Iterator[FoldedArticle]:
        events = self._db.execute("SELECT grp, data FROM event ORDER BY grp")
        for _, group in groupby(events, itemgetter(0)):
            for article in fold(_unpacked(data) for _, data in group):
                copies.add(article.now.held, self._sketch(article.now))
                if choice.may_have(article.now.held):
                    yield article

    def read(self, text: FoldedText) -> FoldedText:
        query = "SELECT data FROM document WHERE record = ?"
        (data,) = self._db.execute(query, (text.event.record_id,)).fetchone()
        return FoldedText(text.held, replace(text.event, text=zlib.decompress(data)))

    def _take(self, event: RowEvent, warc: StoredFile) -> None:
        if event.kind == FAULT:
            self._on_unread(Unread(f"{warc}:{event.offset}: {event.reason}"))
        elif event.kind == HOME:
            self._take_home(event)
        else:
            self._links += linked_keys(event)
            if event.is_text:
                document = (event.record_id, zlib.compress(event.text, 1))
                self._db.execute("INSERT OR IGNORE INTO document VALUES (?, ?)", document)
            data = zlib.compress(pickle.dumps(replace(event, text=b"")), 1)
            row = (event.key, event.source, data)
            self._db.execute("INSERT INTO event VALUES (?, ?, ?)", row)

    def _take_home(self, event: RowEvent) -> None:
        where = place(event.uri)
        known = self._homes.get(where)
        if (known is None and len(self._homes) < _MOST_HOMES) or (known and known[0] <= event.at):
            self._homes[where] = event.at, as_languages(event.content)

    def _group(self) -> None:
        """Give the events of articles whose keys are linked one group."""
        self._db.execute("CREATE INDEX event_group ON event (grp)")
        self._db.executemany(
            "UPDATE event SET grp = ?2 WHERE grp = ?1 AND ?1 != ?2", groups(self._links).items()
        )
        self._links.clear()

    def _sketch(self, text: FoldedText) -> bytes:
        try:
            return minhash.sketch(seed.read(self.read(text).event.text).paragraphs)
        except (UnreadTextError, seed.SeedFormatError):
            return b""  # who asks for it is told so when it is read


def _unpacked(data: bytes) -> RowEvent:
    event: RowEvent = pickle.loads(zlib.decompress(data))  # noqa: S301 - our own file
    return event
