"""Articles are added in one statement, which says which of them were new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crawler.state.postgresql.postgresql_database import Database
from crawler.state.sql.articles import ARTICLE_COLUMNS, article_row
from crawler.state.sql.tables import atomic
from crawler.state.store import Holding

_TYPES = {"text_digest": "bytea", "ordinal": "bigint", "incomplete": "bigint"}
_NAMES = ARTICLE_COLUMNS.split(", ")
_ARRAYS = ", ".join(f"?::{_TYPES.get(name, 'text')}[]" for name in _NAMES)
_ADD = f"""
INSERT INTO article ({ARTICLE_COLUMNS}) SELECT * FROM unnest({_ARRAYS})
ON CONFLICT DO NOTHING RETURNING key, source
"""  # noqa: S608 - our own constants
_DUE = """
INSERT INTO due (file, writer) SELECT file, ? FROM unnest(?::text[]) AS written (file)
ON CONFLICT (file) DO UPDATE SET writer = excluded.writer
"""
_AT_ONCE = 1000


class NewArticles(Database):
    """`crawler.state.store.Store.add` by PostgreSQL's arrays."""

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
        rows = self._rows(_ADD, [list(column) for column in columns])
        new = {(str(key), str(source)) for key, source in rows}
        files = {held.file for held in holdings if (held.key, held.source) in new}
        if files:
            self._execute(_DUE, (self._signed(self._writer), sorted(files)))
        return new
