"""What home pages say of languages, as articles were written with it.

An article that says no language has that of its site, which may say another one later.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from crawler.export.home_pages import is_root, places_above

if TYPE_CHECKING:
    from crawler.sources.wordpress.languages import SiteLanguages


class NotedHomes(Mapping[str, "SiteLanguages"]):
    """The languages that *homes* has, of which those that were asked for are noted in *db*."""

    def __init__(self, db: sqlite3.Connection, homes: Mapping[str, SiteLanguages]) -> None:
        self._db = db
        self._homes = homes
        self._asked: set[str] = set()

    def __getitem__(self, place: str) -> SiteLanguages:
        return self._homes[place]

    def __contains__(self, place: object) -> bool:
        if not isinstance(place, str):
            return False
        is_known = place in self._homes
        if is_known or is_root(place):
            self._asked.add(place)
        return is_known

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)

    def note(self) -> None:
        """Note in *db* what was asked for since the last time."""
        self._put(self._asked)
        self._asked.clear()

    def changed_articles(self) -> list[str]:
        """Return the keys of articles that may have another language than when they were written.

        From then on it is noted what home pages say now.
        """
        noted = self._db.execute("SELECT place, languages FROM home").fetchall()
        changed = {place for place, was in noted if self._languages(place) != was}
        self._put(changed)
        if not changed:
            return []
        rows = self._db.execute("SELECT key, url FROM article WHERE language_from IS NOT 'article'")
        return [key for key, url in rows if not changed.isdisjoint(places_above(url))]

    def _put(self, places: set[str]) -> None:
        rows = ((place, self._languages(place)) for place in places)
        self._db.executemany("INSERT OR REPLACE INTO home VALUES (?, ?)", rows)

    def _languages(self, place: str) -> str:
        found = self._homes.get(place)
        return json.dumps(asdict(found), sort_keys=True) if found else ""
