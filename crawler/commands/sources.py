"""``scrapy sources [KEY]``: the news services that are known by name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.commands.base import shown
from crawler.exceptions import NewsreelError, printable
from crawler.sources.arguments import service, services
from crawler.sources.services import Door, Fact, Service


class Command(ScrapyCommand):
    """Prints the services, one a line, fields parted by tabs; or one as ``name: value`` lines."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options] [key]"

    def short_desc(self) -> str:
        return "List the news services that are known by name"

    def long_desc(self) -> str:
        return (
            "Without a KEY, lists the services: key, name, site, where their stories are linked, "
            "and whether crawling needs permission or something could not be verified. With one, "
            "shows all that is known of it, and from where. SOURCES_FILE adds services of your own."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print, and set ``exitcode``."""
        if len(args) > 1:
            raise UsageError("name one service, or none")
        self.exitcode = 0
        try:
            assert self.settings is not None
            known = services(self.settings["SOURCES_FILE"])
            lines = _entry(service("KEY", known, args[0])) if args else map(_line, known.values())
            sys.stdout.writelines(f"{line}\n" for line in lines)
        except NewsreelError as error:
            sys.stderr.write(f"scrapy sources: {printable(str(error))}\n")
            self.exitcode = error.exit_code


def _line(service: Service) -> str:
    counts = {
        "feeds": len(service.feeds),
        "sitemaps": len(service.sitemaps),
        "listings": len(service.listings),
    }
    doors = [f"{kind} {count}" for kind, count in counts.items() if count]
    notes = [
        *(["needs permission"] if service.forbidden else []),
        *(["partly unverified"] if service.unverified else []),
    ]
    fields = (service.key, service.name, service.site, _list(doors), _list(notes))
    return "\t".join(map(shown, fields))


def _list(words: list[str]) -> str:
    return ", ".join(words) or "-"


def _entry(service: Service) -> Iterator[str]:
    for name in ("key", "name", "site", "language", "articles", "skip", "forbidden"):
        if value := getattr(service, name):
            yield f"{name}: {shown(value)}"
    for name in ("domains", "feeds", "sitemaps", "listings", "facts", "unverified"):
        yield from (f"{name}: {shown(_value(value))}" for value in getattr(service, name))


def _value(value: Door | Fact | str) -> str:
    if isinstance(value, Door):
        return f"{value.section}, {value.url}" if value.section else value.url
    if isinstance(value, Fact):
        return f"{value.what} [{', '.join(filter(None, (value.source, value.date)))}]"
    return value
