"""The steps of a build of ``corpus.sqlite``, each a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from crawler.export.article_rows import RowContext
from crawler.export.browsing.corpus_copies import Name
from crawler.export.browsing.corpus_runs import put_runs
from crawler.export.browsing.corpus_writer import CorpusWriter
from crawler.export.browsing.held_articles import HeldArticles
from crawler.export.browsing.noted_homes import NotedHomes
from crawler.export.browsing.stored_articles import stored
from crawler.export.browsing.warc_progress import Segment, note
from crawler.export.copy_groups import CopyGroups
from crawler.export.row_events import FAULT, HOME, IDENTIFIED
from crawler.export.warc_rows import rows
from crawler.text import minhash

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.export.fold import FoldedArticle
    from crawler.export.row_events import RowEvent
    from crawler.state.store import Holding, Store

OnWritten = Callable[[int], object]

_BATCH = 500  # articles of a transaction
_MOST_NAMED = 1_000
_UNREADABLE = "INSERT OR REPLACE INTO unreadable VALUES (?, ?, ?, ?)"


@dataclass(slots=True, kw_only=True)
class BuildResult:
    """What a build did: how many articles it wrote and took out, and how many there are now.

    ``is_new``: it was made anew. ``problems`` are sentences about what cannot be read of articles,
    ``more_problems`` were not named; of ``lost`` articles a text cannot.
    """

    is_new: bool = False
    written: int = 0
    removed: int = 0
    articles: int = 0
    problems: list[str] = field(default_factory=list)
    more_problems: int = 0
    lost: int = 0


class BuildSteps:
    """Writes into *db* what *archive* has, whose ledger is *store*.

    *licences* are those of sources. *on_written* gets the number of articles that were written.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        archive: Archive,
        store: Store,
        licences: Mapping[str, str],
        on_written: OnWritten,
    ) -> None:
        self._db = db
        self._articles = HeldArticles(archive, store)
        self._store = store
        self._homes = NotedHomes(db, self._articles.homes)
        self._context = RowContext(self._homes, licences)
        self._on_written = on_written
        self._writer = CorpusWriter(db, partial(_similar, store))
        self.result = BuildResult()

    def make_anew(self, segments: Iterable[Segment]) -> None:
        """Write all that is held; *segments* are the WARC files as they were before."""
        self.result.is_new = True
        with self._transaction(settles=False), closing(sqlite3.connect("")) as known:
            copies = CopyGroups(known)
            for holding, article in self._articles.read_all(copies):
                if copy_of := self._put(holding, article):
                    copies.note(holding, copy_of)
            copies.find()
            found = known.execute("SELECT source, key, name, is_copy FROM copy")
            self._writer.settle_all(found)
            put_runs(self._db, self._store, "")
        self._end(segments)

    def add(self, segments: Sequence[Segment]) -> None:
        """Write what the *segments* of WARC files have anew, and what went by another way."""
        begun = [segment.begun for segment in segments if segment.start == 0]
        with self._transaction():
            put_runs(self._db, self._store, min(filter(None, begun), default=""))
            changed = self._homes.changed_articles() if segments else []
        self._write(changed)
        for segment in segments:
            self._write(_told(segment))
            with self._transaction():
                note(self._db, segment)
        self._write(self._of_other_licences())
        self._write(self._keys("unreadable"))  # they may have been mended
        self._write(self._differing())
        self._end([])

    def _write(self, keys: Iterable[str]) -> None:
        """Write what is held under *keys*, of whatever source, and nothing else."""
        waiting = iter(keys)
        while batch := list(islice(waiting, _BATCH)):
            with self._transaction():
                held = {
                    (holding.key, holding.source): holding
                    for holdings in self._store.holdings(batch).values()
                    for holding in holdings
                }
                for name in self._known(batch):
                    if name not in held:
                        self._remove(*name)
                for holding in held.values():
                    self._put(holding, self._articles.read(holding))

    def _known(self, keys: list[str]) -> list[Name]:
        query = (
            "SELECT key, source FROM article WHERE key IN (SELECT value FROM json_each(?1)) UNION "
            "SELECT key, source FROM unreadable WHERE key IN (SELECT value FROM json_each(?1))"
        )
        return self._db.execute(query, (json.dumps(keys),)).fetchall()

    def _put(self, holding: Holding, article: FoldedArticle | None) -> str:
        """Write *article*, which was read last; without it, take out what there is of *holding*.

        Return the key of what it was known to be a copy of when it was collected.
        """
        name = holding.key, holding.source
        self._db.execute("DELETE FROM unreadable WHERE (key, source) = (?, ?)", name)
        if problems := self._articles.problems:
            why = "; ".join(problem.message for problem in problems)
            is_lost = any(problem.is_lost for problem in problems)
            self._db.execute(_UNREADABLE, (*name, why, is_lost))
        if article is None:
            self.result.removed += self._writer.remove(*name)
            return ""
        ready = stored(article, self._context)
        self._writer.put(ready)
        self.result.written += 1
        self._on_written(self.result.written)
        return ready.columns["copy_of"] or ""

    def _remove(self, key: str, source: str) -> None:
        self._db.execute("DELETE FROM unreadable WHERE (key, source) = (?, ?)", (key, source))
        self.result.removed += self._writer.remove(key, source)

    def _of_other_licences(self) -> Iterator[str]:
        """Yield the articles of sources whose licence is not what it was."""
        row = self._db.execute("SELECT value FROM made WHERE name = 'licences'").fetchone()
        was, now = json.loads(row[0]), self._context.licences
        for source in sorted({*was, *now}):
            if was.get(source) != now.get(source):
                yield from self._keys("article WHERE source = ?", source)

    def _differing(self) -> Iterator[str]:
        """Yield the articles that the ledger has and *db* has not, and the other way round.

        Nothing in a WARC file told of them: the ledger was made again, or they have no record.
        """
        query = (
            "SELECT source, count(*) FROM (SELECT key, source FROM article UNION "
            "SELECT key, source FROM unreadable) GROUP BY source"
        )
        counts = dict(self._db.execute(query))
        for source in sorted({*counts, *self._store.article_sources()}):
            if self._store.extent(source).stories == counts.get(source, 0):
                continue
            here = set(self._keys("article WHERE source = ?", source))
            here |= set(self._keys("unreadable WHERE source = ?", source))
            there = {key for *_, key in self._store.published(source)}
            yield from sorted(here ^ there)

    def _keys(self, rest: str, *values: str) -> list[str]:
        query = f"SELECT DISTINCT key FROM {rest} ORDER BY key"  # noqa: S608 - ours
        return [key for (key,) in self._db.execute(query, values)]

    def _end(self, segments: Iterable[Segment]) -> None:
        with self._transaction():
            for segment in segments:
                note(self._db, segment)
            made = {
                "licences": json.dumps(dict(self._context.licences), sort_keys=True),
                "built": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            }
            self._db.executemany("INSERT OR REPLACE INTO made VALUES (?, ?)", made.items())
        (self.result.articles,) = self._db.execute("SELECT count(*) FROM article").fetchone()
        self._name_problems()

    def _name_problems(self) -> None:
        found = self._db.execute("SELECT source, why FROM unreadable ORDER BY source, key")
        named = [f"{source}: {why}" for source, why in found.fetchmany(_MOST_NAMED)]
        query = "SELECT count(*), coalesce(sum(is_lost), 0) FROM unreadable"
        count, lost = self._db.execute(query).fetchone()
        self.result.problems, self.result.lost = named, lost
        self.result.more_problems = count - len(named)

    @contextmanager
    def _transaction(self, *, settles: bool = True) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            if settles:
                self._writer.settle()
            self._homes.note()
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _similar(store: Store, name: Name, paragraphs: Sequence[str]) -> Iterator[Name]:
    """Yield the other articles that *store* has with a text near to that of *paragraphs*."""
    sketch = minhash.sketch(paragraphs)
    for held, other in store.similar(minhash.algorithm(), sketch) if sketch else ():
        found = held.key, held.source
        if found != name and minhash.similarity(sketch, other) >= minhash.NEAR:
            yield found


def _told(segment: Segment) -> dict[str, None]:
    """Return the keys of the articles that *segment* tells something of, in its order."""
    if segment.path is None or segment.start >= segment.end:
        return {}
    events = rows(segment.path, start=segment.start, end=segment.end)
    return dict.fromkeys(key for event in events for key in _keys(event))


def _keys(event: RowEvent) -> Iterator[str]:
    """Yield the keys of the articles that *event* tells something of."""
    if event.kind in (FAULT, HOME):
        return
    yield event.key
    if event.kind == IDENTIFIED:
        yield event.content["held"]["key"]
