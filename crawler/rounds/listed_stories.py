"""All stories that lists named, in a temporary database: an archive may name millions.

The newest capture of each list has its stories as members, so that a revisit of it, which repeats
no payload, counts for all of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.items import RecordRef
from crawler.sources.address import address_key

if TYPE_CHECKING:
    from crawler.rounds.story_lists import ListedStory

_TABLES = """
CREATE TABLE page (
    id INTEGER PRIMARY KEY, source TEXT, uri TEXT, choice TEXT, record_id TEXT,
    file TEXT, offset INTEGER, length INTEGER, at TEXT, last TEXT, ended INTEGER, is_newest INTEGER
);
CREATE INDEX page_record ON page (record_id);
CREATE INDEX page_uri ON page (source, uri);
CREATE TABLE story (
    id INTEGER PRIMARY KEY, source TEXT, key TEXT, url TEXT, link TEXT, date TEXT, post TEXT,
    guid TEXT, modified TEXT, kind TEXT, first TEXT, place TEXT, last TEXT, last_place TEXT,
    asked INTEGER, of_all INTEGER, ended INTEGER, left_out TEXT,
    state TEXT DEFAULT '', reason TEXT DEFAULT '', month TEXT DEFAULT '', note TEXT DEFAULT '',
    UNIQUE (key, source)
);
CREATE INDEX story_source ON story (source);
CREATE INDEX story_link ON story (source, link) WHERE post != '';
CREATE TABLE member (
    page INTEGER, story INTEGER, PRIMARY KEY (page, story)
) WITHOUT ROWID;
CREATE TABLE child (
    source TEXT, key TEXT, uri TEXT, opened INTEGER DEFAULT 0, PRIMARY KEY (source, key)
) WITHOUT ROWID
"""
_STORY = """
INSERT INTO story (source, key, url, link, date, post, guid, modified, kind, first, place, last,
    last_place, asked, of_all, ended, left_out)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?10, ?11, ?10, ?11, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    date = coalesce(nullif(excluded.date, ''), date),
    guid = coalesce(nullif(excluded.guid, ''), guid),
    url = excluded.url, link = excluded.link,
    modified = max(modified, excluded.modified), first = min(first, excluded.first),
    place = CASE WHEN excluded.first < first THEN excluded.place ELSE place END,
    last_place = CASE WHEN excluded.last >= last THEN excluded.last_place ELSE last_place END,
    last = max(last, excluded.last), asked = asked | excluded.asked,
    of_all = of_all | excluded.of_all, ended = ended | excluded.ended,
    left_out = coalesce(nullif(excluded.left_out, ''), left_out)
RETURNING id
"""
# What a revisit told of the newest capture of a list is told of its stories when another comes.
# A story may be on several lists; the address beside a lone max() is that of the list read last.
_FOLD = """
UPDATE story SET last_place = CASE WHEN told.last > story.last THEN told.uri ELSE last_place END,
    last = max(story.last, told.last), ended = story.ended | (told.ended & story.asked)
FROM (
    SELECT story AS id, max(page.last) AS last, page.uri AS uri, sum(page.ended) > 0 AS ended
    FROM page JOIN member ON member.page = page.id
    WHERE page.is_newest AND page.{} = ? GROUP BY story
) AS told WHERE story.id = told.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCapture:
    """A capture of a list, of ``source`` at ``uri``, made ``at`` a moment.

    ``choice`` has the arguments of the run that made it, ``of_all`` says that it was every story,
    ``ended`` that the run ended in order.
    """

    source: str
    uri: str
    at: str
    choice: str
    of_all: bool
    ended: bool
    record: RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story as all lists of its source name it together; see the columns of the table.

    ``asked`` says that a run that named it had to read it, ``of_all`` that one without filters had,
    ``ended`` that one that ended in order had. ``kind`` is that of the list that named it first.
    """

    id: int
    key: str
    url: str
    date: str
    post: str
    guid: str
    modified: str
    kind: str
    first: str
    place: str
    last: str
    last_place: str
    asked: bool
    of_all: bool
    ended: bool
    left_out: str
    state: str
    reason: str
    month: str
    note: str


_ROUTE = "substr(post, 1, instr(post, '/') - 1)"
_DAY = "coalesce(nullif(substr(date, 1, 10), ''), month)"
_COLUMNS = ", ".join(Story.__annotations__)


class ListedStories:
    """The stories that the lists of any number of sources name."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # a temporary file
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Remove the database."""
        self._db.close()

    def add(self, capture: ListCapture, kind: str, stories: Iterable[ListedStory]) -> int:
        """Take the *stories* of *capture*; return how many are on it that were known before."""
        known = 0
        page = self._new_page(capture)
        for story in stories:
            known += self._has(capture.source, encodable(story.key))
            (number,) = self._db.execute(_STORY, _row(capture, kind, story)).fetchone()
            self._db.execute("INSERT OR IGNORE INTO member VALUES (?, ?)", (page, number))
        return known

    def _new_page(self, capture: ListCapture) -> int:
        at = (capture.source, capture.uri)
        for (old,) in self._db.execute(
            "SELECT id FROM page WHERE source = ? AND uri = ? AND is_newest", at
        ).fetchall():
            self._db.execute(_FOLD.format("id"), (old,))
            self._db.execute("DELETE FROM member WHERE page = ?", (old,))
            self._db.execute("UPDATE page SET is_newest = 0 WHERE id = ?", (old,))
        ref = capture.record
        values = (*at, capture.choice, ref.record_id, ref.file, ref.offset, ref.length)
        row = self._db.execute(
            "INSERT INTO page (source, uri, choice, record_id, file, offset, length, at, last, "
            "ended, is_newest) VALUES (?, ?, ?, ?, ?, ?, ?, ?8, ?8, ?, 1) RETURNING id",
            (*values, capture.at, capture.ended),
        )
        (number,) = row.fetchone()
        return int(number)

    def _has(self, source: str, key: str) -> bool:
        found = self._db.execute("SELECT 1 FROM story WHERE source = ? AND key = ?", (source, key))
        return found.fetchone() is not None

    def names(self, source: str, key: str) -> bool:
        """Tell whether a list of *source* named the story with *key*."""
        return self._has(source, key)

    def names_anywhere(self, key: str) -> bool:
        """Tell whether a list of any source named the story with *key*."""
        found = self._db.execute("SELECT 1 FROM story WHERE key = ?", (key,))
        return found.fetchone() is not None

    def touch(self, capture: ListCapture, record_id: str) -> bool:
        """Note that *capture* has the payload of the capture *record_id*; False if it is unknown.

        That holds for lists that the same choice was made from alone.
        """
        same = (capture.source, capture.choice, record_id)
        done = self._db.execute(
            "UPDATE page SET last = max(last, ?), ended = ended | ? "
            "WHERE source = ? AND choice = ? AND record_id = ? AND is_newest",
            (capture.at, capture.ended, *same),
        )
        return done.rowcount > 0

    def find(self, record_id: str) -> RecordRef | None:
        """Return the reference to the list *record_id*, None if no list has that id."""
        query = "SELECT uri, at, file, offset, length FROM page WHERE record_id = ? LIMIT 1"
        for uri, at, file, offset, length in self._db.execute(query, (record_id,)):
            return RecordRef(
                record_id=record_id,
                uri=str(uri),
                date=str(at),
                file=str(file),
                offset=int(offset),
                length=int(length),
            )
        return None

    def last_read(self, source: str, uri: str) -> str:
        """Return when the list at *uri* was read last, empty if never."""
        query = "SELECT max(last) FROM page WHERE source = ? AND uri = ?"
        return self._db.execute(query, (source, uri)).fetchone()[0] or ""

    def page_keys(self, source: str) -> set[str]:
        """Return the keys of the addresses of the lists of *source*."""
        query = "SELECT DISTINCT uri FROM page WHERE source = ?"
        return {address_key(uri) for (uri,) in self._db.execute(query, (source,))}

    def add_children(self, source: str, children: Iterable[tuple[str, str]]) -> None:
        """Note the sitemaps of an index: pairs of key and address."""
        rows = ((source, key, uri) for key, uri in children)
        self._db.executemany(
            "INSERT OR IGNORE INTO child (source, key, uri) VALUES (?, ?, ?)", rows
        )

    def open_child(self, source: str, key: str) -> None:
        """Note that a sitemap was read."""
        self._db.execute("UPDATE child SET opened = 1 WHERE source = ? AND key = ?", (source, key))

    def is_child(self, source: str, key: str) -> bool:
        """Tell whether an index of *source* lists the sitemap with *key*."""
        found = self._db.execute("SELECT 1 FROM child WHERE source = ? AND key = ?", (source, key))
        return found.fetchone() is not None

    def count_children(self, source: str) -> tuple[int, int]:
        """Return how many sitemaps indexes of *source* list, and how many of them were read."""
        query = "SELECT count(*), coalesce(sum(opened), 0) FROM child WHERE source = ?"
        count, opened = self._db.execute(query, (source,)).fetchone()
        return int(count), int(opened)

    def fold(self, source: str) -> None:
        """Tell the stories of *source* what revisits told of their lists; call it once, last."""
        self._db.execute(_FOLD.format("source"), (source,))
        # A post has an address too: what names that is the same story.
        self._db.execute(
            "DELETE FROM story WHERE source = ? AND post = '' AND EXISTS (SELECT 1 FROM story AS o "
            "WHERE o.source = story.source AND o.link = story.key AND o.post != '')",
            (source,),
        )

    def stories(self, source: str, state: str = "") -> Iterator[Story]:
        """Iterate over the stories of *source*, those in one *state* by their dates."""
        if state:
            where, values = (
                "source = ? AND ? IN (state, reason) ORDER BY month, date, id",
                (
                    source,
                    state,
                ),
            )
            yield from self._select(where, values)
            return
        last = 0
        while batch := list(
            self._select("source = ? AND id > ? ORDER BY id LIMIT 500", (source, last))
        ):
            last = batch[-1].id
            yield from batch

    def _select(self, where: str, values: Sequence[object]) -> Iterator[Story]:
        query = f"SELECT {_COLUMNS} FROM story WHERE {where}"  # noqa: S608 - our own constants
        for row in self._db.execute(query, values):
            found = dict(zip(Story.__annotations__, row, strict=True))
            yield Story(**found)

    def explain(self, rows: Iterable[tuple[str, str, str, str, int]]) -> None:
        """Note state, reason, month and note of stories, by their ids."""
        self._db.executemany(
            "UPDATE story SET state = ?, reason = ?, month = ?, note = ? WHERE id = ?", rows
        )

    def counts(self, source: str) -> Iterator[tuple[str, str, str, int]]:
        """Yield month, state, reason, and how many stories of *source* have them."""
        yield from self._db.execute(
            "SELECT month, state, reason, count(*) FROM story WHERE source = ? "
            "GROUP BY month, state, reason ORDER BY month, state, reason",
            (source,),
        )

    def routes(self, source: str) -> list[str]:
        """Return the routes of which posts were listed."""
        query = f"SELECT DISTINCT {_ROUTE} FROM story WHERE source = ? AND post != ''"  # noqa: S608
        return [str(route) for (route,) in self._db.execute(query, (source,))]

    def count_posts(self, source: str, route: str, since: str) -> int:
        """Return how many posts of *route* were listed.

        Those are left out that are gone, and were not listed *since* a moment.
        """
        query = (
            f"SELECT count(*) FROM story WHERE source = ? AND post != '' AND {_ROUTE} = ? "  # noqa: S608
            "AND (last >= ? OR reason NOT IN ('missing', 'gone'))"
        )
        (number,) = self._db.execute(query, (source, route, since)).fetchone()
        return int(number)

    def note_taken_away(self, source: str, route: str, since: str, count: int) -> None:
        """Say that posts of *route* are gone which runs listed that were cut off, and no list has.

        That is known if the lists that were read *since* a moment name *count* posts, as many as
        the site said that it had.
        """
        posts = f"source = ?1 AND post != '' AND {_ROUTE} = ?2"
        self._db.execute(
            "UPDATE story SET state = 'gone', reason = 'gone' "  # noqa: S608 - our own constants
            f"WHERE {posts} AND state = 'unexplained' AND NOT ended AND last < ?3 "
            f"AND ?4 = (SELECT count(*) FROM story WHERE {posts} AND last >= ?3)",
            (source, route, since, count),
        )

    def reach(self, source: str) -> Iterator[tuple[str, str, str, int]]:
        """Yield kind of list, first and last day or month, and number of stories it named first."""
        yield from self._db.execute(
            f"SELECT kind, coalesce(min(nullif({_DAY}, '')), ''), coalesce(max({_DAY}), ''), "  # noqa: S608
            "count(*) FROM story WHERE source = ? GROUP BY kind ORDER BY kind",
            (source,),
        )


def _row(capture: ListCapture, kind: str, story: ListedStory) -> tuple[object, ...]:
    asked = not story.left_out
    link = address_key(story.url) if story.post else ""
    texts = (story.key, story.url, link, story.date, story.post, story.guid, story.modified)
    return (
        capture.source,
        *map(encodable, texts),
        *(kind, capture.at, capture.uri),
        *(asked, asked and capture.of_all, asked and capture.ended, story.left_out),
    )


def encodable(text: str) -> str:
    """Return *text* as SQLite takes it: a site may send half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode()
