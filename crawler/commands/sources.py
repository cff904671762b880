"""``scrapy sources [KEY]``: the services and sites that are known by name, and new ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler.commands.base import NewsreelCommand, escaped, write_stderr
from crawler.commands.site_adding import new_entry
from crawler.exceptions import BadArgumentError, CommandLineError, StorageError
from crawler.sources.entries_of_list import entries_of
from crawler.sources.imported_lists import BadListError, read_list
from crawler.sources.known_services import service, services
from crawler.sources.new_entry import NewEntry, append_entries
from crawler.sources.services import Fact, LinkPageEntry, Service
from crawler.sources.sources_file import BadSourcesError, KnownServices

_INCOMPLETE = 3
_WANTED = {"add": "URL", "import": "FILE"}
_TEXTS = (
    *("key", "name", "site", "language", "articles", "skip", "forbidden", "spider", "license"),
    "since",
)


class Command(NewsreelCommand, ScrapyCommand):
    """Prints a source on each line, in fields parted by tabs, or one as ``name: value`` lines."""

    usage = "[options] [key | add URL | import FILE]"
    summary = "List the sources that are known by name, or write new ones into your own file"
    description = (
        "Without a KEY, lists the sources: key, name, site, where their stories are linked, "
        "and what is to be known of them: yours, disabled, needs permission, unverified. With one, "
        "shows all that is known of it, and from where. add URL looks at a site and writes "
        "an entry for it into SOURCES_FILE; import FILE adds the feeds and sites of an "
        "OPML file, or of a list of one address a line; it fetches nothing."
    )
    words = (0, 2)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--tag",
            metavar="TAG",
            action="append",
            default=[],
            help="list those alone that have TAG; give it to new ones",
        )
        parser.add_argument("--key", metavar="KEY", default="", help="the key of a new entry")

    def check(self, words: list[str]) -> None:
        if len(words) == 2 and words[0] not in _WANTED:
            raise CommandLineError(f"{words[1]!r} is too much; {self._usage()}")
        if len(words) == 1 and words[0] in _WANTED:
            raise CommandLineError(f"{_WANTED[words[0]]} is missing; {self._usage()}")

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        if len(words) == 2:
            is_list = words[0] == "import"
            return self._import(Path(words[1]), opts.tag) if is_list else self._add(words[1], opts)
        known = services(self.reader.SOURCES_FILE)
        if words:
            lines = _entry(service("KEY", known, words[0]))
        else:
            chosen = (it for it in known.values() if {*opts.tag} <= {*it.tags})
            lines = (_line(it, known) for it in chosen)
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return 0

    def _add(self, url: str, opts: argparse.Namespace) -> int:
        """Look at the site at *url* and write its entry into the user's sources file."""
        path = self.reader.own_sources_file
        known = services(path if path.exists() else None)
        entry = new_entry(self.reader, known, url, key=opts.key, refuse=self.refuse)
        if isinstance(entry, int):
            return entry
        entry.add_tags(opts.tag)
        write(path, [entry])
        for line in entry.as_toml().splitlines()[1:]:
            sys.stdout.write(f"{escaped(line)}\n")
        sys.stdout.write(f"\nwritten to {path}\n")
        return 0

    def _import(self, file: Path, tags: list[str]) -> int:
        """Write what *file* lists and is not known into the user's sources file."""
        path = self.reader.own_sources_file
        try:
            listed = [*read_list(file.read_bytes())]
        except (BadListError, OSError) as error:
            raise BadArgumentError("FILE", str(file), str(error)) from None
        found = entries_of(listed, services(path if path.exists() else None))
        for entry in found.entries.values():
            entry.add_tags(tags)
        if found.entries:
            write(path, [*found.entries.values()])
        lines = [f"added\t{it.key}\t{it.address}" for it in found.entries.values()]
        lines += [f"known\t{key}\t{address}" for address, key in found.doubles]
        sys.stdout.writelines(f"{_in_fields(line)}\n" for line in lines)
        sys.stdout.write(f"{len(found.entries)} new in {path}, {len(found.doubles)} known before\n")
        for where, why in found.unusable:
            write_stderr(f"scrapy sources: {file}, {where}: {why}")
        return _INCOMPLETE if found.unusable else 0


def write(path: Path, entries: list[NewEntry]) -> None:
    """Write *entries* into the sources file at *path*."""
    try:
        append_entries(path, entries)
    except BadSourcesError as error:
        raise BadArgumentError("SOURCES_FILE", str(path), str(error)) from None
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error}") from error


def _line(service: Service, known: KnownServices) -> str:
    counts = {
        "feeds": len(service.feeds),
        "sitemaps": len(service.sitemaps),
        "listings": len(service.listings),
    }
    link_pages = [f"{kind} {count}" for kind, count in counts.items() if count]
    notes = [
        *(["yours"] if service.key in known.own else []),
        *([] if service.enabled else ["disabled"]),
        *(["needs permission"] if service.forbidden else []),
        *(["partly unverified"] if service.unverified else []),
    ]
    fields = (service.key, service.name, service.site, _list(link_pages), _list(notes))
    return "\t".join(map(escaped, fields))


def _in_fields(line: str) -> str:
    return "\t".join(map(escaped, line.split("\t")))


def _list(words: list[str]) -> str:
    return ", ".join(words) or "-"


def _entry(service: Service) -> Iterator[str]:
    for name in _TEXTS:
        if value := getattr(service, name):
            yield f"{name}: {escaped(str(value))}"
    yield f"source: {escaped(service.source_name)}"
    yield f"every: {service.every or 'auto'}"
    if not service.every:
        yield f"freshness: {service.freshness}"
    if not service.enabled:
        yield "enabled: false"
    if service.credentials:
        yield f"credentials: {escaped(service.credentials.told())}"
    arguments = ", ".join(f"{name}={value}" for name, value in service.arguments.items())
    if arguments:
        yield f"arguments: {escaped(arguments)}"
    for name in ("domains", "tags", "feeds", "sitemaps", "listings", "facts", "unverified"):
        yield from (f"{name}: {escaped(_value(value))}" for value in getattr(service, name))


def _value(value: LinkPageEntry | Fact | str) -> str:
    if isinstance(value, LinkPageEntry):
        return f"{value.section}, {value.url}" if value.section else value.url
    if isinstance(value, Fact):
        return f"{value.what} [{', '.join(filter(None, (value.source, value.date)))}]"
    return value
