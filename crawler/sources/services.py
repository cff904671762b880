"""The sources file: the news services that are known by name.

A TOML file of one table a service, whose name is the service's key, and below it the table of what
reading its pages takes::

    [example]
    name = "Example Press"
    site = "https://press.example/"
    feeds = ["https://press.example/feed", { section = "world", url = "https://press.example/w" }]
    articles = '/story/'

    [example.pages]
    agency = "Example Press"
    boilerplate = 'Read this story in the app.*'
    templates = [{ body = "//div[@class='story']", drop = ["//aside"] }]

The fields are those of `Service` and `PageRules`; where an address is enough, the table around it
may go.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from crawler.sources import fields
from crawler.sources.site import site_domain
from crawler.sources.text_files import plain_text


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
    """A news service: where its stories are, and what it says about being crawled.

    ``articles`` is a pattern that the addresses of its stories hold, empty if unknown; ``skip``
    one that those of its videos, galleries and the like hold. ``forbidden`` says why crawling
    needs permission, empty if nothing is known against it. ``unverified`` names what nobody could
    check. ``domains`` are hosts, with all below them.
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


class BadSourcesError(ValueError):
    """A sources file that cannot be used; names the file, the entry, the field and the fix."""

    def __init__(self, where: str, fix: str) -> None:
        super().__init__(f"{where} cannot be used: {fix}")


class UnknownServiceError(LookupError):
    """No service has this key; names those whose key, name or host is like it."""


def load(own: Path | None = None) -> dict[str, Service]:
    """Return the services that Newsreel knows, by their keys, and on top those of the file *own*.

    There an entry with a known key replaces the fields that it names, page rules one by one; one
    with a new key is a new service, whose ``domains`` are by default the site's. Raises
    `BadSourcesError`.
    """
    packaged = resources.files("crawler.sources") / "sources.toml"
    known = _entries(packaged)
    for key, entry in _entries(own).items() if own else ():
        before = known.get(key, {})
        pages = before.get("pages", {}) | entry.get("pages", {})
        known[key] = before | entry | ({"pages": pages} if pages else {})
    return {key: _service(key, entry, own or packaged) for key, entry in known.items()}


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


def _link_page(value: object) -> LinkPageEntry:
    if isinstance(value, str):
        return LinkPageEntry(url=fields.address(value))
    return LinkPageEntry(
        **fields.table({"url": fields.address, "section": fields.text}, {"url"}, value)
    )


def _fact(value: object) -> Fact:
    shape = {"what": fields.name, "source": fields.name, "date": fields.date}
    return Fact(**fields.table(shape, {"what", "source"}, value))


_Shape = Mapping[str, Callable[[object], object]]
_TEMPLATE: _Shape = {
    "since": fields.day,
    "until": fields.day,
    "body": fields.xpath,
    "drop": partial(fields.each, fields.xpath),
}


def _template(value: object) -> Template:
    template = Template(**fields.table(_TEMPLATE, frozenset(), value))
    if not (template.body or template.drop):
        raise ValueError("write a body, or what to drop")
    if template.until and template.since > template.until:
        raise ValueError("write a day of since that is not after that of until")
    return template


_LINK_PAGES = partial(fields.each, _link_page)
_HOSTS = partial(fields.each, fields.host)
_PAGE_RULES: _Shape = {
    "hosts": _HOSTS,
    "agency": fields.text,
    "boilerplate": fields.pattern,
    "dateline": fields.dateline,
    "templates": partial(fields.each, _template),
}
_FIELDS: Mapping[str, Callable[[object], object] | _Shape] = {
    "name": fields.name,
    "site": fields.address,
    "domains": _HOSTS,
    "language": fields.text,
    "feeds": _LINK_PAGES,
    "sitemaps": _LINK_PAGES,
    "listings": _LINK_PAGES,
    "articles": fields.pattern,
    "skip": fields.pattern,
    "forbidden": fields.text,
    "facts": partial(fields.each, _fact),
    "unverified": partial(fields.each, fields.name),
    "pages": _PAGE_RULES,
}


def _entries(file: Path | Traversable) -> dict[str, dict[str, Any]]:
    """Read *file*: what each entry says, by the names of `Service`."""
    try:
        content = tomllib.loads(plain_text(file.read_bytes()).decode("utf-8"))
    except OSError as error:
        raise BadSourcesError(f"the sources file {file}", f"{error.strerror}") from error
    except UnicodeDecodeError:
        fix = "it is no UTF-8; have your editor save it as that"
        raise BadSourcesError(f"the sources file {file}", fix) from None
    except ValueError as error:  # not TOML
        raise BadSourcesError(f"the sources file {file}", f"{error}") from None
    return {key: _table(file, key, _FIELDS, value) for key, value in content.items()}


def _table(
    file: Path | Traversable,
    name: str,
    shape: Mapping[str, Callable[[object], object] | _Shape],
    value: object,
) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadSourcesError(f"{file}: {name} = {value!r}", f"write a table, [{name}]")
    table: dict[str, Any] = {}
    for field, given in value.items():
        where = f"{file}: [{name}] {field} = {given!r}"
        if field not in shape:
            raise BadSourcesError(where, f"the fields there are {', '.join(shape)}")
        read = shape[field]
        if isinstance(read, Mapping):
            table[field] = _table(file, f"{name}.{field}", read, given)
            continue
        try:
            table[field] = read(given)
        except ValueError as error:
            raise BadSourcesError(where, str(error)) from None
    return table


def _service(key: str, entry: dict[str, Any], file: Path | Traversable) -> Service:
    for name in ("name", "site"):
        if name not in entry:
            raise BadSourcesError(f"{file}: [{key}]", f"a new service needs its {name}")
    entry = {"domains": (site_domain(entry["site"]),)} | entry
    if pages := entry.get("pages"):
        entry["pages"] = PageRules(**{"hosts": entry["domains"], **pages})
    else:
        entry.pop("pages", None)
    return Service(key=key, **entry)
