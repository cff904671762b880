"""What the tables say of a source as a whole, and what was told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from crawler.state.sql.tables import Tables, atomic
from crawler.state.store import SourceExtent

_PUBLISHED = "coalesce(nullif(date_gmt, ''), date)"
# Sources are few and articles are many: the index is asked for one after the other.
_SOURCES = """
WITH RECURSIVE found (source) AS (
    SELECT min(source) FROM article
    UNION ALL SELECT (SELECT min(source) FROM article WHERE source > found.source) FROM found
    WHERE found.source IS NOT NULL
)
SELECT source FROM found WHERE source IS NOT NULL
"""
_EXTENT = f"""
SELECT (SELECT count(*) FROM article WHERE source = ?1),
    coalesce((SELECT {_PUBLISHED} FROM article WHERE source = ?1 ORDER BY date LIMIT 1), ''),
    coalesce((SELECT max(collected) FROM article WHERE source = ?1), '')
"""  # noqa: S608 - our own constants


# By the publisher's own day, which is a part of the index, and then exactly.
_SINCE = f"""
SELECT {_PUBLISHED}, collected, key FROM article
WHERE source = ?1 AND date >= ?2 AND {_PUBLISHED} >= ?3
"""  # noqa: S608

_PUT_TOLD = """
INSERT INTO told (source, verdict) VALUES (?, ?)
ON CONFLICT (source) DO UPDATE SET verdict = excluded.verdict
"""


class SourceTables(Tables):
    """The methods of a `crawler.state.store.Store` that are about sources as a whole."""

    def article_sources(self) -> list[str]:
        return [str(source) for (source,) in self._rows(_SOURCES)]

    def some_urls(self, source: str, limit: int) -> list[str]:
        query = "SELECT url FROM article WHERE source = ? LIMIT ?"
        return [str(url) for (url,) in self._rows(query, (source, limit))]

    def extent(self, source: str) -> SourceExtent:
        stories, first, last = next(self._rows(_EXTENT, (source,)))
        return SourceExtent(
            stories=int(str(stories)), first_published=str(first), last_collected=str(last)
        )

    def holds_more(self, source: str, than: int) -> bool:
        query = "SELECT count(*) FROM (SELECT 1 FROM article WHERE source = ? LIMIT ?) AS counted"
        ((found,),) = self._rows(query, (source, than + 1))
        return int(str(found)) > than

    def published(self, source: str, since: str = "") -> list[tuple[str, str, str]]:
        found = self._rows(_SINCE, (source, _day_before(since), since))
        return [(str(published), str(collected), str(key)) for published, collected, key in found]

    def told(self) -> dict[str, str]:
        return {
            str(name): str(verdict)
            for name, verdict in self._rows("SELECT source, verdict FROM told")
        }

    @atomic
    def put_told(self, verdicts: Mapping[str, str]) -> None:
        self._execute_many(_PUT_TOLD, verdicts.items())
        self._execute("DELETE FROM told WHERE verdict = ''")


def _day_before(moment: str) -> str:
    """Return the day before that of *moment*, empty if it tells none."""
    try:
        return (date.fromisoformat(moment[:10]) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return ""
