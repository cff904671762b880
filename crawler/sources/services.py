"""The news services and other sites that the sources file names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from crawler.sources.arguments import default_source
from crawler.sources.entry_credentials import EntryCredentials

DEFAULT_FRESHNESS = timedelta(minutes=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPageEntry:
    """An address where a service links its stories; ``section`` is empty if it links them all."""

    url: str
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something known of a service: ``what`` it says, ``source`` where it stands, ``date`` when.

    ``date`` is an ISO day, month or year, empty if the source has none.
    """

    what: str
    source: str
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """How a service marked up its pages for a time.

    ``since`` and ``until`` (ISO days, included, empty if unknown) bound the time in which pages
    are known to have been made so. ``body`` is the XPath of the elements that hold the story,
    ``drop`` are those of what is no part of it; empty leaves it to the generic page.
    """

    since: str = ""
    until: str = ""
    body: str = ""
    drop: tuple[str, ...] = ()

    def was_used(self, day: str) -> bool:
        """Tell whether pages of *day* may be made so; those of an unknown day (empty) may."""
        return not day or (self.since <= day and (not self.until or day <= self.until))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRules:
    """What reading a service's pages takes that the generic page does not know.

    They hold at ``hosts``, with all hosts below them: by default the service's ``domains``.
    ``agency`` is the name of the agency, if all stories there are its own. ``boilerplate`` is a
    pattern that matches whole paragraphs that are no part of the story. ``dateline`` is one that
    matches, at the beginning of the story, a dateline that `crawler.text.datelines` does not know:
    its group ``mark`` is kept as the dateline, what it matches is taken off, and ``{region}`` in it
    stands for the name of any country or state. ``templates`` are tried in their order.
    """

    hosts: tuple[str, ...] = ()
    agency: str = ""
    boilerplate: str = ""
    dateline: str = ""
    templates: tuple[Template, ...] = ()


NO_PAGE_RULES = PageRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A news service or any other site: where its stories are, and what it says about crawling.

    ``articles`` is a pattern that the addresses of its stories hold, empty if unknown; ``skip``
    one that those of its videos, galleries and the like hold. ``forbidden`` says why crawling
    needs permission, empty if nothing is known against it. ``unverified`` names what nobody could
    check. ``domains`` are hosts, with all below them.

    What rounds need: the ``spider`` that reads it and the ``arguments`` of that, the ``source``
    that its articles are held under if it is not the default, how often it is read (``every``, None
    for the rhythm of the source itself, in which ``freshness`` is the delay that is aimed at), and
    how far back the first rounds go (``since``).
    """

    key: str
    name: str
    site: str
    domains: tuple[str, ...]
    language: str = ""
    feeds: tuple[LinkPageEntry, ...] = ()
    sitemaps: tuple[LinkPageEntry, ...] = ()
    listings: tuple[LinkPageEntry, ...] = ()
    articles: str = ""
    skip: str = ""
    forbidden: str = ""
    facts: tuple[Fact, ...] = ()
    unverified: tuple[str, ...] = ()
    pages: PageRules = NO_PAGE_RULES
    spider: str = "wire"
    arguments: Mapping[str, str] = field(default_factory=dict, hash=False)
    source: str = ""
    every: timedelta | None = None
    freshness: timedelta = DEFAULT_FRESHNESS
    since: date | None = None
    license: str = ""
    tags: tuple[str, ...] = ()
    enabled: bool = True
    credentials: EntryCredentials | None = None

    @property
    def source_name(self) -> str:
        """The name under which its articles are held, as a crawl without rounds holds them."""
        return self.source or (
            default_source(self.site) if self.spider == "wordpress" else self.key
        )


class UnknownServiceError(LookupError):
    """No service has this key; names those whose key, name or host is like it."""


def find(services: Mapping[str, Service], key: str) -> Service:
    """Return the service of *key*. Raises `UnknownServiceError`."""
    if service := services.get(key):
        return service
    like = _like(services.values(), key.lower())
    hint = f"did you mean {' or '.join(like)}?" if like else "scrapy sources lists them all"
    raise UnknownServiceError(f"there is no service {key!r}: {hint}")


def _like(services: Iterable[Service], wanted: str) -> list[str]:
    """Return the keys of at most three services whose key, name or host is like *wanted*."""
    names = {
        name.lower(): service.key
        for service in services
        for name in (service.key, service.name, *service.domains)
    }
    close = [name for name in names if len(wanted) > 2 and wanted in name]
    close = close or difflib.get_close_matches(wanted, names)
    return list(dict.fromkeys(names[name] for name in close))[:3]
