"""The languages of sites, by the home pages that the ledger knows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from crawler.export.article_reader import Unread
from crawler.export.home_pages import as_languages, is_root, languages_of, place_of_site
from crawler.sources.wordpress.languages import SiteLanguages
from crawler.warc.reader import record_at

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.export.article_reader import OnUnread
    from crawler.items import RecordRef
    from crawler.state.store import Store

_SPELLINGS = ("https://", "http://", "https://www.", "http://www.")
_MOST_KNOWN = 10_000


class LedgerHomes(Mapping[str, SiteLanguages]):
    """The languages of a site by the `place` of its home page; read when they are asked for.

    *on_unread* is called for a page that is held and cannot be read.
    """

    def __init__(self, archive: Archive, store: Store, on_unread: OnUnread) -> None:
        self._archive = archive
        self._store = store
        self._on_unread = on_unread
        self._sites: set[str] | None = None
        self._known: dict[str, SiteLanguages] = {}

    def __getitem__(self, place: str) -> SiteLanguages:
        found = self._find(place)
        if not found.home:
            raise KeyError(place)
        return found

    def __contains__(self, place: object) -> bool:
        return isinstance(place, str) and bool(self._find(place).home)

    def __iter__(self) -> Iterator[str]:
        return (place for place, found in self._known.items() if found.home)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _find(self, place: str) -> SiteLanguages:
        if not (is_root(place) or place in self._places()):
            return SiteLanguages()
        if place not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[place] = self._read(place)
        return self._known[place]

    def _places(self) -> set[str]:
        """Return where runs over sites began."""
        if self._sites is None:
            runs = map(self._store.last_run, self._store.run_sources())
            sites = (json.loads(run.arguments).get("site") for run in runs if run)
            self._sites = {place_of_site(site) for site in sites if site}
        return self._sites

    def _read(self, place: str) -> SiteLanguages:
        """Return what the page says that was captured last, nothing if none can be read."""
        refs = (self._store.latest(start + place[2:]) for start in _SPELLINGS)
        for ref in sorted(filter(None, refs), key=lambda ref: ref.date, reverse=True):
            try:
                found = languages_of(record_at(self._archive.warc(ref.file), ref, strict=False))
            except (OSError, LookupError) as error:
                self._name(ref, error)
                continue
            if found:
                return as_languages(found)
        return SiteLanguages()

    def _name(self, ref: RecordRef, error: Exception) -> None:
        what = f"the home page {ref.uri} cannot be read, which may say its site's language"
        where = f"{ref.file}, byte {ref.offset}: {error}"
        self._on_unread(Unread(f"{what}: {where}", is_lost=False))
