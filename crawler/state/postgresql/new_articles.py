"""Articles and sketches are added in one statement each: the way to the server costs most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crawler.state.postgresql.postgresql_database import Database
from crawler.state.sketch_bands import bands
from crawler.state.sql.articles import ARTICLE_COLUMNS, article_row
from crawler.state.sql.sketches import SketchTables
from crawler.state.sql.tables import atomic
from crawler.state.store import Holding

_TYPES = {"text_digest": "bytea", "ordinal": "bigint", "incomplete": "bigint"}
_NAMES = ARTICLE_COLUMNS.split(", ")
_ARRAYS = ", ".join(f"?::{_TYPES.get(name, 'text')}[]" for name in _NAMES)
_ADD = f"""
WITH new AS (
    INSERT INTO article ({ARTICLE_COLUMNS}) SELECT * FROM unnest({_ARRAYS})
    ON CONFLICT DO NOTHING RETURNING key, source, file
), noted AS (
    INSERT INTO due (file, writer) SELECT DISTINCT file, ? FROM new
    ON CONFLICT (file) DO UPDATE SET writer = excluded.writer
)
SELECT key, source FROM new
"""  # noqa: S608 - our own constants
_PUT_SKETCH = """
WITH added AS (
    INSERT INTO sketch (key, source, algorithm, value) VALUES (?, ?, ?, ?) RETURNING id
)
INSERT INTO band (value, sketch) SELECT unnest(?::bigint[]), id FROM added
"""
_AT_ONCE = 1000


class NewArticles(Database, SketchTables):
    """What a `crawler.state.store.Store` does for each new article, by PostgreSQL's arrays."""

    @atomic
    def add(self, holdings: Iterable[Holding]) -> list[Holding]:
        wanted: dict[tuple[str, str], Holding] = {}
        for holding in holdings:
            wanted.setdefault((holding.key, holding.source), holding)
        # Two that add the same ones wait for each other in one order, and never in a ring.
        in_order = sorted(wanted)
        new: set[tuple[str, str]] = set()
        for start in range(0, len(in_order), _AT_ONCE):
            new |= self._add([wanted[one] for one in in_order[start : start + _AT_ONCE]])
        return [holding for identity, holding in wanted.items() if identity in new]

    def _add(self, holdings: Sequence[Holding]) -> set[tuple[str, str]]:
        columns = zip(*map(article_row, holdings), strict=True)
        writer = self._signed(self._writer)
        rows = self._rows(_ADD, [*(list(column) for column in columns), writer])
        return {(str(key), str(source)) for key, source in rows}

    @atomic
    def put_sketch(self, key: str, source: str, algorithm: str, sketch: bytes) -> None:
        found = sorted(bands(sketch))
        self._drop_sketch((key, source))
        self._execute(_PUT_SKETCH, (key, source, algorithm, sketch, found))
