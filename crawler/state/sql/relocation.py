"""The places of records in all tables that name them, given anew where WARC files were changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from crawler.items import RecordRef
from crawler.state.sql.tables import Tables

BEYOND = 1 << 62
"""A byte behind the end of any file: where records are put that are not in theirs any more."""

# What an article was read from comes last: it is no loss of the article if that is not there.
_LOSABLE = (
    ("article", "conversion"),
    ("revision", "conversion"),
    ("event", "record"),
    ("outcome", "record"),
    ("run", "record"),
)
_COLUMNS = (*_LOSABLE, ("article", "origin"), ("revision", "origin"))
_TABLES = {
    "place": 'record_id TEXT PRIMARY KEY, warc INTEGER, file TEXT, "offset" INTEGER, '
    "length INTEGER",
    "scope": "file TEXT PRIMARY KEY, warc INTEGER, forgets INTEGER",
    "held": 'record_id TEXT, file TEXT, "offset" INTEGER, PRIMARY KEY (record_id, file, "offset")',
    "moved": 'old_warc INTEGER, old_offset INTEGER, warc INTEGER, "offset" INTEGER, '
    "length INTEGER, record_id TEXT, date TEXT, uri TEXT, payload_digest BLOB, "
    "PRIMARY KEY (old_warc, old_offset)",
}
_PUT_PLACE = """
INSERT INTO place (record_id, warc, file, "offset", length)
SELECT ?, id, name, ?, ? FROM warc WHERE name = ? ON CONFLICT DO NOTHING
"""
_PUT_SCOPE = """
INSERT INTO scope (file, warc, forgets) VALUES (?1, (SELECT id FROM warc WHERE name = ?1), ?2)
"""
# Texts of archives that were put together name files that may not be here under that name.
_ADD_UNKNOWN = """
INSERT INTO scope (file, forgets) SELECT file, 0 FROM (
    SELECT DISTINCT json_extract({column}, '$.file') AS file FROM {table}
) AS named
WHERE file NOT LIKE '/%' AND file NOT IN (SELECT name FROM warc) ON CONFLICT DO NOTHING
"""
_ADD_HELD = """
INSERT INTO held (record_id, file, "offset")
    SELECT json_extract({column}, '$.record_id'), scope.file,
        CAST(json_extract({column}, '$.offset') AS BIGINT)
    FROM {table} {join} scope ON scope.file = json_extract({column}, '$.file') WHERE true
    ON CONFLICT DO NOTHING
"""
_ADD_HELD_CAPTURES = """
INSERT INTO held (record_id, file, "offset")
    SELECT record_id, file, "offset" FROM capture JOIN scope USING (warc) WHERE true
    ON CONFLICT DO NOTHING
"""
_COUNT_MOVED = """
SELECT held.file, count(*) FROM held JOIN place USING (record_id)
WHERE held.file != place.file OR held."offset" != place."offset" GROUP BY held.file
"""
_COUNT_LEFT = """
SELECT file, count(*) FROM held
WHERE record_id NOT IN (SELECT record_id FROM place) GROUP BY file
"""
_MOVE = """
UPDATE {table} SET {column} = (
    SELECT json_set({column}, '$.file', place.file, '$.offset', "offset", '$.length', length)
    FROM place WHERE record_id = json_extract({column}, '$.record_id')
) WHERE json_extract({column}, '$.file') IN (SELECT file FROM scope)
    AND json_extract({column}, '$.record_id') IN (SELECT record_id FROM place)
"""
_PUT_BEYOND = f"""
UPDATE {{table}} SET {{column}} = json_set({{column}}, '$.offset', {BEYOND})
WHERE json_extract({{column}}, '$.file') IN (SELECT file FROM scope WHERE forgets = 1)
    AND json_extract({{column}}, '$.record_id') NOT IN (SELECT record_id FROM place)
"""  # noqa: S608 - our own constants
_MOVE_CAPTURES = (
    """
    INSERT INTO moved (old_warc, old_offset, warc, "offset", length, record_id, date, uri,
        payload_digest)
    SELECT capture.warc, capture."offset", place.warc, place."offset", place.length,
        record_id, date, uri, payload_digest FROM capture {join} place USING (record_id)
        WHERE capture.warc IN (SELECT warc FROM scope)
    """,
    'DELETE FROM capture WHERE (warc, "offset") IN (SELECT old_warc, old_offset FROM moved)',
    """
    UPDATE capture SET "offset" = "offset" + {beyond}
    WHERE warc IN (SELECT warc FROM scope WHERE forgets = 1)
    """,
    """
    INSERT INTO capture (warc, "offset", length, record_id, date, uri, payload_digest)
        SELECT warc, "offset", length, record_id, date, uri, payload_digest FROM moved WHERE true
        ON CONFLICT DO NOTHING
    """,
    """
    UPDATE page SET (warc, "offset") = (
        SELECT warc, "offset" FROM moved
        WHERE old_warc = page.warc AND old_offset = page."offset"
        UNION ALL SELECT page.warc, page."offset" + {beyond} LIMIT 1
    ) WHERE (warc, "offset") IN (SELECT old_warc, old_offset FROM moved)
        OR warc IN (SELECT warc FROM scope WHERE forgets = 1)
    """,
)


class PlaceTables(Tables):
    """What `crawler.state.store.Store.relocate` does to the tables.

    Temporary tables hold the new places, so that memory does not grow with them.
    """

    def _put_places(
        self, found: Iterable[RecordRef], files: Collection[str], forgetting: Collection[str]
    ) -> None:
        """Note the places *found*, the *files* that are looked at, and what is held of those."""
        self._drop_places()
        for name, columns in _TABLES.items():
            self._create_temporary(name, columns)
        rows = ((ref.record_id, ref.offset, ref.length, ref.file) for ref in found)
        self._execute_many(_PUT_PLACE, rows)
        self._execute_many(_PUT_SCOPE, ((file, int(file in forgetting)) for file in files))
        for table, column in _COLUMNS:
            self._execute(_ADD_UNKNOWN.format(table=table, column=column))
        for table, column in _COLUMNS:
            self._execute(_ADD_HELD.format(table=table, column=column, join=self._ORDERED_JOIN))
        self._execute(_ADD_HELD_CAPTURES)

    def _count_moved(self) -> dict[str, int]:
        return {str(file): int(str(count)) for file, count in self._rows(_COUNT_MOVED)}

    def _count_left(self) -> dict[str, int]:
        return {str(file): int(str(count)) for file, count in self._rows(_COUNT_LEFT)}

    def _move_to_places(self) -> None:
        """Give what is held its place, and put beyond all ends what is to be forgotten."""
        for table, column in _LOSABLE:
            self._execute(_PUT_BEYOND.format(table=table, column=column))
        for table, column in _COLUMNS:
            self._execute(_MOVE.format(table=table, column=column))
        for statement in _MOVE_CAPTURES:
            self._execute(statement.format(join=self._ORDERED_JOIN, beyond=BEYOND))

    def _drop_places(self) -> None:
        for name in _TABLES:
            self._drop_temporary(name)
