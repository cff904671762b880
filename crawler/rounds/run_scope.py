"""What a run asked for, told by its arguments: what its lists name beside that is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from crawler.exceptions import BadArgumentError
from crawler.sources.address import address_key
from crawler.sources.arguments import (
    allowed_hosts,
    count,
    default_source,
    period,
    site_address,
)
from crawler.sources.known_services import requested_service
from crawler.sources.service_hosts import ServiceHosts
from crawler.sources.services import Service
from crawler.sources.site import on_site, on_sites, ports_of, site_domain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.dates import Moment
    from crawler.sources.link import Link
    from crawler.sources.sources_file import KnownServices
    from crawler.warc.runs import Run

LIMIT = "limit"
"""The run took no more than ``max_articles``, and nobody knows which."""

_FILTERS = ("search", "sections", "categories", "tags", "language", "after", "before")
_SELECTION = (*_FILTERS, "allow_hosts", "service", "url")
# A link page may give a story's day in another zone than the story does.
_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScope:
    """What *run* asked for.

    ``service`` is where its stories are, ``ports`` those of its hosts; ``after`` and ``before``
    bound the day of publication. ``has_leave`` says that it named a permission.
    """

    run: Run
    service: Service
    hosts: ServiceHosts
    domains: tuple[str, ...]
    ports: frozenset[int]
    after: datetime | None = None
    before: datetime | None = None
    is_limited: bool = False

    @classmethod
    def of(cls, run: Run, known: KnownServices) -> Self:
        """Return the scope of *run*; *known* are the services of today's sources file."""
        given = run.arguments.get
        service = _service(run, known)
        more, ports = _allowed(given("allow_hosts", ""))
        pages = (*service.feeds, *service.sitemaps, *service.listings)
        after, before = _period(given("after", ""), given("before", ""))
        return cls(
            run=run,
            service=service,
            hosts=known.once(ServiceHosts),
            domains=(*service.domains, *more),
            ports=ports_of([service.site, *(page.url for page in pages)], ports),
            after=after,
            before=before,
            is_limited=_is_number(given("max_articles", "")),
        )

    @property
    def is_bounded(self) -> bool:
        """Whether days are bounded: then sitemaps of the past are read too."""
        return bool(self.after or self.before)

    @property
    def is_all(self) -> bool:
        """Whether it asked for every story."""
        return not any(self.run.arguments.get(name) for name in _FILTERS)

    @property
    def selection(self) -> str:
        """The arguments by which runs choose other stories of the same lists, one text for each."""
        return repr([self.run.arguments.get(name, "") for name in _SELECTION])

    @property
    def choice(self) -> str:
        """All arguments, as one text: with the same ones the same stories are asked for."""
        return repr(sorted(self.run.arguments.items()))

    def names(self, key: str) -> bool:
        """Tell whether the sources file has a link page at the address *key*."""
        pages = (*self.service.feeds, *self.service.sitemaps, *self.service.listings)
        return key in {address_key(page.url) for page in pages}

    def begins_at(self, key: str) -> bool:
        """Tell whether the run was sent to the address *key*, where a link page may be."""
        return key == address_key(self.service.site)

    def left_out(self, link: Link, sites: Iterable[str] = ()) -> str:
        """Return why the story at *link* was not asked for, empty if it was.

        It may be on one of the *sites* too. The reasons are those of `crawler.reports.reasons`.
        """
        if not (on_site(link.url, self.domains, self.ports) or on_sites(link.url, sites)):
            return "off_site"
        if self.service.skip and re.search(self.service.skip, link.url):
            return "kind"
        if self._is_outside(link.published) or self._is_too_old(link.modified):
            return "date"
        return self._by_choice(link.url)

    def _by_choice(self, url: str) -> str:
        owner = self.hosts.find(url)
        if owner and owner.forbidden and not self.run.arguments.get("permission"):
            return "forbidden"
        return LIMIT if self.is_limited else ""

    def _is_too_old(self, moment: Moment | None) -> bool:
        return bool(moment and self.after and moment.local_time < self.after - _SLACK)

    def _is_outside(self, moment: Moment | None) -> bool:
        is_late = moment and self.before and moment.local_time >= self.before + _SLACK
        return bool(is_late) or self._is_too_old(moment)


def _service(run: Run, known: KnownServices) -> Service:
    """Return the service that *run* read; if nobody knows it any more, its hosts are unknown."""
    given = run.arguments.get
    try:
        if run.spider == "wordpress":
            site = site_address("site", given("site", ""))
            key = default_source(site)
            return Service(key=key, name=key, site=site, domains=(site_domain(site),))
        return requested_service(known, given("service", ""), given("url", ""))
    except BadArgumentError:
        return Service(key=run.source, name=run.source, site="", domains=())


def _allowed(text: str) -> tuple[tuple[str, ...], frozenset[int]]:
    try:
        return allowed_hosts("allow_hosts", text)
    except BadArgumentError:
        return (), frozenset()


def _period(after: str, before: str) -> tuple[datetime | None, datetime | None]:
    try:
        return period(after, before)
    except BadArgumentError:
        return None, None


def _is_number(text: str) -> bool:
    try:
        return count("max_articles", text) is not None
    except BadArgumentError:
        return False
