"""``scrapy sources [KEY]``: the news services that are known by name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from scrapy.commands import ScrapyCommand

from crawler.commands.base import NewsreelCommand, escaped
from crawler.sources.known_services import service, services
from crawler.sources.services import Fact, LinkPageEntry, Service


class Command(NewsreelCommand, ScrapyCommand):
    """Prints a service on each line, in fields parted by tabs, or one as ``name: value`` lines."""

    usage = "[options] [key]"
    summary = "List the news services that are known by name"
    description = (
        "Without a KEY, lists the services: key, name, site, where their stories are linked, "
        "and whether crawling needs permission or something could not be verified. With one, "
        "shows all that is known of it, and from where. SOURCES_FILE adds services of your own."
    )
    words = (0, 1)

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        known = services(self.reader.SOURCES_FILE)
        lines = _entry(service("KEY", known, words[0])) if words else map(_line, known.values())
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return 0


def _line(service: Service) -> str:
    counts = {
        "feeds": len(service.feeds),
        "sitemaps": len(service.sitemaps),
        "listings": len(service.listings),
    }
    link_pages = [f"{kind} {count}" for kind, count in counts.items() if count]
    notes = [
        *(["needs permission"] if service.forbidden else []),
        *(["partly unverified"] if service.unverified else []),
    ]
    fields = (service.key, service.name, service.site, _list(link_pages), _list(notes))
    return "\t".join(map(escaped, fields))


def _list(words: list[str]) -> str:
    return ", ".join(words) or "-"


def _entry(service: Service) -> Iterator[str]:
    for name in ("key", "name", "site", "language", "articles", "skip", "forbidden"):
        if value := getattr(service, name):
            yield f"{name}: {escaped(value)}"
    for name in ("domains", "feeds", "sitemaps", "listings", "facts", "unverified"):
        yield from (f"{name}: {escaped(_value(value))}" for value in getattr(service, name))


def _value(value: LinkPageEntry | Fact | str) -> str:
    if isinstance(value, LinkPageEntry):
        return f"{value.section}, {value.url}" if value.section else value.url
    if isinstance(value, Fact):
        return f"{value.what} [{', '.join(filter(None, (value.source, value.date)))}]"
    return value
