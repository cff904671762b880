"""The tables of articles, their earlier texts, and the text files that are due."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from crawler.state.sql.columns import PAGE, as_json, as_record, lies_beyond
from crawler.state.sql.facts_table import PUT_FOUND
from crawler.state.sql.sketches import SketchTables
from crawler.state.sql.tables import atomic
from crawler.state.store import Holding
from crawler.state.verdict import captured

_COLUMNS = (
    "key, source, guid, date, modified, url, text_digest, ordinal, file, date_gmt, "
    "incomplete, conversion, origin"
)
_VALUES = ", ".join("?" * 13)
ARTICLE_COLUMNS = f"{_COLUMNS}, collected"
_INSERT = f"INSERT INTO article ({ARTICLE_COLUMNS}) VALUES ({_VALUES}, ?)"  # noqa: S608
_INSERT_NEW = f"{_INSERT} ON CONFLICT DO NOTHING"
_INSERT_EARLIER = f"INSERT INTO revision ({_COLUMNS}) VALUES ({_VALUES})"  # noqa: S608
_SET_COLLECTED = "UPDATE article SET collected = ? WHERE key = ? AND source = ?"
_EARLIEST = "coalesce(nullif(date_gmt, ''), date), ordinal"
_DUE = """
INSERT INTO due (file, writer) VALUES (?, ?)
ON CONFLICT (file) DO UPDATE SET writer = excluded.writer
"""
_DROP_UNOWNED = """
DELETE FROM due WHERE file = ?1 AND NOT EXISTS (SELECT 1 FROM article WHERE file = ?1)
"""
_OF_NODE = "substr(writer, 1, CAST(? AS INTEGER)) = ?"
_LIES_BEYOND = lies_beyond("conversion")


class ArticleTables(SketchTables):
    """The methods of a `crawler.state.store.Store` that are about articles."""

    def _select(
        self, where: str, values: Sequence[object], table: str = "article"
    ) -> list[Holding]:
        collected = "collected" if table == "article" else "''"
        query = f"SELECT {_COLUMNS}, {collected} FROM {table} WHERE {where}"  # noqa: S608 - ours
        return [_holding(row) for row in self._rows(query, values)]

    def holdings(self, keys: Iterable[str]) -> dict[str, list[Holding]]:
        held: dict[str, list[Holding]] = {}
        for batch, among in self._batches(keys):
            for holding in self._select(f"key {among}", batch):
                held.setdefault(holding.key, []).append(holding)
            for alias, holding in self._under_aliases(among, batch):
                here = held.setdefault(alias, [])
                if all(other.source != holding.source for other in here):
                    here.append(holding)
        return held

    def _under_aliases(self, among: str, keys: Sequence[object]) -> list[tuple[str, Holding]]:
        """Return the holdings that have an alias among *keys*, each with that alias."""
        query = (
            f"SELECT alias, {_COLUMNS}, collected FROM event JOIN article USING (key, source) "  # noqa: S608
            f"WHERE alias != '' AND alias {among} ORDER BY event.id DESC"
        )
        return [(str(alias), _holding(tuple(row))) for alias, *row in self._rows(query, keys)]

    def with_text(self, text_digest: bytes) -> list[Holding]:
        return self._select(f"text_digest = ? ORDER BY {_EARLIEST}", (text_digest,))

    def similar(self, algorithm: str, sketch: bytes) -> list[tuple[Holding, bytes]]:
        found = self._similar(algorithm, sketch)
        held = self.holdings(key for key, _ in found)
        return [
            (holding, found[holding.key, holding.source])
            for holdings in held.values()
            for holding in holdings
            if (holding.key, holding.source) in found
        ]

    def unsketched(self, algorithm: str) -> Iterator[Holding]:
        where = (
            "(key, source) > (?, ?) AND conversion IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "  # noqa: S608
            "sketch WHERE algorithm = ? AND sketch.key = article.key "
            f"AND sketch.source = article.source) ORDER BY key, source LIMIT {PAGE}"
        )
        after = ("", "")
        while page := self._select(where, (*after, algorithm)):
            yield from page
            after = (page[-1].key, page[-1].source)

    @atomic
    def add(self, holdings: Iterable[Holding]) -> list[Holding]:
        return [holding for holding in holdings if self._insert(holding)]

    def _insert(self, holding: Holding, collected: str = "") -> bool:
        new = self._execute(_INSERT_NEW, article_row(holding, collected)) > 0
        if new:
            self._execute(_DUE, (holding.file, self._signed(self._writer)))
        return new

    @atomic
    def revise(self, holding: Holding) -> None:
        identity = (holding.key, holding.source)
        moved = self._execute(
            f"INSERT INTO revision ({_COLUMNS}) SELECT {_COLUMNS} FROM article "  # noqa: S608
            "WHERE key = ? AND source = ?",
            identity,
        )
        if not moved:
            raise KeyError(identity)
        collected = self._collected(identity)
        self._drop(identity)
        self._insert(holding, collected)

    @atomic
    def remove(self, holding: Holding) -> None:
        self._drop((holding.key, holding.source))

    @atomic
    def put_earlier(self, holding: Holding) -> None:
        identity = (holding.key, holding.source)
        self._execute(_INSERT_EARLIER, _row(holding))
        collected = _first(self._collected(identity), _date(holding))
        self._execute(_SET_COLLECTED, (collected, *identity))

    def _collected(self, identity: tuple[str, str]) -> str:
        query = "SELECT collected FROM article WHERE key = ? AND source = ?"
        return next((str(collected) for (collected,) in self._rows(query, identity)), "")

    @atomic
    def refile(self, key: str, source: str, ordinal: int, file: str) -> None:
        before = self._select("key = ? AND source = ?", (key, source))
        for table in ("revision", "article"):
            self._execute(
                f"UPDATE {table} SET ordinal = ?, file = ? WHERE key = ? AND source = ?",  # noqa: S608
                (ordinal, file, key, source),
            )
        for holding in before:
            self._execute(_DUE, (file, self._signed(self._writer)))
            self._execute(_DROP_UNOWNED, (holding.file,))

    def count_articles(self, files: Iterable[str]) -> int:
        found: set[tuple[object, ...]] = set()
        for batch, among in self._batches(files):
            for table in ("article", "revision"):
                are_there = f"json_extract(conversion, '$.file') {among}"
                query = f"SELECT DISTINCT key, source FROM {table} WHERE {are_there}"  # noqa: S608
                found.update(self._rows(query, batch))
        return len(found)

    def sharing_keys(self) -> list[Holding]:
        return self._sharing("key")

    def sharing_ordinals(self) -> list[Holding]:
        return self._sharing("ordinal")

    def _sharing(self, column: str) -> list[Holding]:
        shared = f"SELECT {column} FROM article GROUP BY {column} HAVING count(*) > 1"  # noqa: S608
        return self._select(f"{column} IN ({shared})", ())

    @atomic
    def touch(self, key: str, source: str, modified: str, url: str = "") -> None:
        self._execute(
            "UPDATE article SET modified = CASE WHEN modified < ?1 THEN ?1 ELSE modified END, "
            "url = coalesce(nullif(?2, ''), url) WHERE key = ?3 AND source = ?4",
            (modified, url, key, source),
        )

    @atomic
    def identify(self, unidentified: Holding, identified: Holding) -> None:
        before = (unidentified.key, unidentified.source)
        collected = _first(self._collected(before), _date(identified))
        self._execute("DELETE FROM article WHERE key = ? AND source = ? AND guid = ''", before)
        self._execute(_INSERT, (*_row(identified), collected))
        self._execute(
            "UPDATE sketch SET key = ?, source = ? WHERE key = ? AND source = ?",
            (identified.key, identified.source, *before),
        )
        self._execute(
            "UPDATE revision SET key = ?, source = ? WHERE key = ? AND source = ?",
            (identified.key, identified.source, *before),
        )

    def all(self) -> Iterator[Holding]:
        after: tuple[int, str, str] = (-1, "", "")
        where = f"(ordinal, key, source) > (?, ?, ?) ORDER BY ordinal, key, source LIMIT {PAGE}"
        while page := self._select(where, after):
            yield from page
            after = (page[-1].ordinal, page[-1].key, page[-1].source)

    def of_source(self, source: str, first: str = "", end: str = "") -> Iterator[Holding]:
        after = (first, "")
        # Every date is below a tilde.
        where = f"source = ? AND (date, key) > (?, ?) AND date < ? ORDER BY date, key LIMIT {PAGE}"
        while page := self._select(where, (source, *after, end or "~")):
            yield from page
            after = (page[-1].date, page[-1].key)

    def due(self, writers: Collection[str] | None = None) -> set[str]:
        found = self._due_here()
        return {file for file, writer in found.items() if writers is None or writer in writers}

    def take_over_due(self, live: Collection[str] = ()) -> set[str]:
        return self._take_over_due(live) if self._due_here() else set()

    @atomic
    def _take_over_due(self, live: Collection[str]) -> set[str]:
        dead = {file for file, writer in self._due_here().items() if writer not in live}
        self._execute_many(_DUE, ((file, self._signed(self._writer)) for file in dead))
        self._execute_many(_DROP_UNOWNED, ((file,) for file in dead))
        return dead

    def _due_here(self) -> dict[str, str]:
        """Return the text files that are due from this node, with their writers."""
        node = self._signed("")
        query = f"SELECT file, writer FROM due WHERE {_OF_NODE}"  # noqa: S608 - our own constants
        found = self._rows(query, (len(node), node))
        return {str(file): str(writer).removeprefix(node) for file, writer in found}

    @atomic
    def note_written(self, files: Iterable[str]) -> None:
        if self._writer:  # each has put a text of its own there
            own = self._signed(self._writer)
            rows: Iterable[Sequence[object]] = ((file, own) for file in files)
            self._execute_many("DELETE FROM due WHERE file = ? AND writer = ?", rows)
        else:  # who is no writer has the archive alone
            node = self._signed("")
            rows = ((file, len(node), node) for file in files)
            query = f"DELETE FROM due WHERE file = ? AND {_OF_NODE}"  # noqa: S608 - our own
            self._execute_many(query, rows)

    def with_files(self, files: Iterable[str]) -> list[Holding]:
        return [
            holding
            for batch, among in self._batches(files)
            for holding in self._select(f"file {among}", batch)
        ]

    def files(self) -> Iterator[str]:
        query = f"SELECT DISTINCT file FROM article WHERE file > ? ORDER BY file LIMIT {PAGE}"  # noqa: S608
        after = ""
        while page := [str(file) for (file,) in self._rows(query, (after,))]:
            yield from page
            after = page[-1]

    def history(self, key: str, source: str) -> Sequence[Holding]:
        texts = self._select("key = ? AND source = ? ORDER BY id", (key, source), "revision")
        return sorted(texts, key=lambda text: captured(text.origin))

    def _forget_articles(self, file: str, size: int) -> list[Holding]:
        place = (file, size)
        shorter = self._select(_LIES_BEYOND, place, "revision")
        self._execute(f"DELETE FROM revision WHERE {_LIES_BEYOND}", place)  # noqa: S608
        lost = self._select(_LIES_BEYOND, place)
        for holding in lost:
            self._restore_earlier((holding.key, holding.source))
            # The file stays, and is the article's again when that is fetched anew.
            self._execute(PUT_FOUND, (holding.key, holding.ordinal, holding.file))
        self._collect_anew({(text.key, text.source) for text in shorter})
        return lost

    def _collect_anew(self, identities: Iterable[tuple[str, str]]) -> None:
        """Say anew when articles were collected that lost earlier texts."""
        for key, source in identities:
            for held in self._select("key = ? AND source = ?", (key, source)):
                texts = [held, *self.history(key, source)]
                self._execute(_SET_COLLECTED, (_first(*map(_date, texts)), key, source))

    def _restore_earlier(self, identity: tuple[str, str]) -> None:
        self._drop(identity)
        if earlier := self.history(*identity):
            self._insert(earlier[-1], _first(*map(_date, earlier)))
            self._execute(
                "DELETE FROM revision WHERE key = ?1 AND source = ?2 "
                "AND coalesce(conversion, '') = coalesce(CAST(?3 AS TEXT), '')",
                (*identity, as_json(earlier[-1].conversion)),
            )

    def _drop(self, identity: tuple[str, str]) -> None:
        self._drop_sketch(identity)
        self._execute("DELETE FROM article WHERE key = ? AND source = ?", identity)


def article_row(holding: Holding, collected: str = "") -> tuple[object, ...]:
    """Return the values of `ARTICLE_COLUMNS`; *collected* is when an earlier text was, if any."""
    return (*_row(holding), _first(collected, _date(holding)))


def _row(holding: Holding) -> tuple[object, ...]:
    records = (holding.conversion, holding.origin)
    return (
        holding.key,
        holding.source,
        holding.guid,
        holding.date,
        holding.modified,
        holding.url,
        holding.text_digest,
        holding.ordinal,
        holding.file,
        holding.date_gmt,
        holding.incomplete,
        *map(as_json, records),
    )


def _holding(row: tuple[object, ...]) -> Holding:
    *fields, conversion, origin, collected = row
    names = _COLUMNS.split(", ")
    return Holding(
        **dict(zip(names, fields, strict=False)),  # type: ignore[arg-type]
        conversion=as_record(conversion),
        origin=as_record(origin),
        collected=str(collected),
    )


def _date(holding: Holding) -> str:
    return holding.conversion.date if holding.conversion else ""


def _first(*dates: str) -> str:
    """Return the earliest of *dates*, empty if there is none."""
    return min(filter(None, dates), default="")
