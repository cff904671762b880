"""Held posts that the site does not have any more: deleted, unpublished, or back again."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Mapping
from typing import Any

from scrapy.crawler import Crawler

from crawler.crawling.wordpress.query import SiteQuery
from crawler.crawling.wordpress.rest_client import Output, RestClient
from crawler.extensions import required
from crawler.extensions.ledger import LedgerExtension
from crawler.extensions.life_log import LifeLog
from crawler.extensions.report import ReportExtension
from crawler.settings_reader import SettingsReader
from crawler.sources.wordpress.answer import GONE, UNKNOWN_ROUTE, Answer, AnswerError
from crawler.state.store import Holding, Store

logger = logging.getLogger(__name__)

_FORBIDDEN = "rest_forbidden"


class AbsentPosts:
    """Compares the complete list of a site's posts with those that are held of it.

    The site is asked for each one that the list lacks. If it says that there is none, or keeps it
    to itself, the article is ``missing``; if it says so again in a later run, it is ``gone``: a
    tombstone. The text stays. If very many are missing at once, the site is at fault more likely
    than they: that is a problem, and nothing is noted.
    """

    def __init__(self, crawler: Crawler, client: RestClient, query: SiteQuery) -> None:
        self._crawler = crawler
        self._client = client
        self._query = query
        self._lives = LifeLog(crawler)
        self._held: dict[str, dict[int, set[str]]] = {}

    def note_held(self, post_type: str, number: int, holdings: Iterable[Holding]) -> None:
        """Note that a post that is listed is held as *holdings*, of its source."""
        keys = {held.key for held in holdings}
        if keys:
            self._held.setdefault(post_type, {})[number] = keys

    def check(self, post_type: str, listed: Iterable[int]) -> Output:
        """Yield requests for the held posts of *post_type* that are not *listed*."""
        known = self._posts(post_type)
        absent = self._store.absent(self._query.source)
        present = set(listed)
        back = {number: known[number] for number in present & known.keys()}
        self._note_back(post_type, back, absent)
        if self._query.has_filters:
            return
        left = {
            number: keys
            for number, keys in known.items()
            if not all(key in absent and absent[key].kind == "gone" for key in keys)
        }
        missing = sorted(left.keys() - present)
        if self._are_too_many(post_type, len(missing), len(left)):
            return
        for number in missing:
            state = {"post_type": post_type, "number": number, "keys": left[number]}
            yield self._client.request(
                f"wp/v2/{post_type}/{number}",
                {"_fields": "id,status"},
                self._note_there,
                self._note_absent,
                state,
                meta={"may_be_missing": True},
            )

    def note_listed(self, post_type: str) -> None:
        """Note which posts came back, of those on a list that is not whole."""
        listed = self._held.pop(post_type, {})
        if listed and (absent := self._store.absent(self._query.source)):
            self._note_back(post_type, listed, absent)

    def _note_back(
        self, post_type: str, listed: Mapping[int, Iterable[str]], absent: Container[str]
    ) -> None:
        for number, keys in listed.items():
            for key in keys:
                if key in absent:
                    self._note("back", key, {"post": f"{post_type}/{number}"})

    @property
    def _store(self) -> Store:
        return required(self._crawler, LedgerExtension).store

    def _posts(self, post_type: str) -> dict[int, list[str]]:
        """Return the keys of the posts that are held, by their ids.

        The ledger is told of those that it does not know: older releases did not note them.
        """
        known = self._store.posts(self._query.source, post_type)
        news = [
            (number, key)
            for number, keys in self._held.pop(post_type, {}).items()
            for key in keys.difference(known.get(number, ()))
        ]
        if news:
            source, rows = self._query.source, [(f"{post_type}/{n}", key) for n, key in news]
            ledger = required(self._crawler, LedgerExtension)
            ledger.note(lambda store: store.put_posts(source, rows))
        for number, key in news:
            known.setdefault(number, []).append(key)
        return known

    def _are_too_many(self, post_type: str, missing: int, held: int) -> bool:
        """Tell whether so many are *missing* that none is believed; one alone is not too many."""
        share = SettingsReader(self._crawler.settings).WORDPRESS_MOST_GONE
        if missing <= max(1, held * share):
            return False
        required(self._crawler, ReportExtension).problem(
            "many_gone",
            f"{post_type}: {missing} of {held} held ones are not listed any more, more than "
            f"WORDPRESS_MOST_GONE={share:g} of them. Look at the site; if they are really gone, "
            "pass -s WORDPRESS_MOST_GONE=1, and two runs note it. Their texts stay in any case",
        )
        return True

    def _note_there(self, answer: Answer, post_type: str, number: int, **_: Any) -> Output:
        self._crawler.stats.inc_value("wordpress/not_listed_but_there")
        logger.info("%s %d is not listed, but there: %s", post_type, number, answer.url)
        yield from ()

    def _note_absent(
        self, error: AnswerError, post_type: str, number: int, keys: Iterable[str]
    ) -> Output:
        """Note an absence, or that in a later run it still is."""
        if not _is_absence(error):
            self._crawler.stats.inc_value("wordpress/absence_unclear")
            logger.info("%s %d is not listed: %s", post_type, number, error)
            return
        detail = {"post": f"{post_type}/{number}", "status": error.status, "code": error.code}
        absent = self._store.absent(self._query.source)
        for key in keys:
            known = absent.get(key)
            if known is None or known.kind != "gone":
                self._note("gone" if known else "missing", key, detail)
        yield from ()

    def _note(self, kind: str, key: str, detail: Mapping[str, Any]) -> None:
        for held in self._store.holdings([key]).get(key, []):
            if held.source == self._query.source and held.key == key:
                logger.info("%s: %s (%s)", kind, held.url, held.file)
                self._lives.note(kind, held, detail)


def _is_absence(error: AnswerError) -> bool:
    """Tell whether the site says that there is no such post, or none for us."""
    if error.code in (GONE, _FORBIDDEN) or error.status == 410:
        return True
    return error.status == 404 and error.code != UNKNOWN_ROUTE
