"""The ledger on one machine: SQLite."""

from __future__ import annotations

from crawler.state.articles import Articles
from crawler.state.captures import Captures
from crawler.state.fetches import Readings
from crawler.state.store import Holding


class SqliteStore(Articles, Captures, Readings):
    """A `crawler.state.store.Store` in one file, group of tables by group of tables."""

    def forget(self, file: str, size: int) -> list[Holding]:
        with self.transaction():
            captures_lost = self._forget_captures(file, size)
            lost = self._forget_articles(file, size)
            if lost:
                self._forget_bookmarks()
            if lost or captures_lost:
                self._forget_visits()
        return lost
