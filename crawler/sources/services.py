"""The sources file: the news services that are known by name.

A TOML file of one table a service, whose name is the service's key::

    [example]
    name = "Example Press"
    site = "https://press.example/"
    feeds = ["https://press.example/feed", { section = "world", url = "https://press.example/w" }]
    articles = '/story/'

The fields are those of `Service`; where an address is enough, the table around it may go.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
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
    feeds: tuple[Door, ...] = ()
    sitemaps: tuple[Door, ...] = ()
    listings: tuple[Door, ...] = ()
    articles: str = ""
    skip: str = ""
    forbidden: str = ""
    facts: tuple[Fact, ...] = ()
    unverified: tuple[str, ...] = ()


class BadSourcesError(ValueError):
    """A sources file that cannot be used; names the file, the entry, the field and the fix."""

    def __init__(self, where: str, fix: str) -> None:
        super().__init__(f"{where} cannot be used: {fix}")


class UnknownServiceError(LookupError):
    """No service has this key; names those whose key, name or host is like it."""


def load(own: Path | None = None) -> dict[str, Service]:
    """Return the services that Newsreel knows, by their keys, and on top those of the file *own*.

    There an entry with a known key replaces the fields that it names, one with a new key is a new
    service; its ``domains`` are by default the site's. Raises `BadSourcesError`.
    """
    packaged = resources.files("crawler.sources") / "sources.toml"
    known = _entries(packaged)
    for key, entry in _entries(own).items() if own else ():
        known[key] = known.get(key, {}) | entry
    return {key: _service(key, entry, own or packaged) for key, entry in known.items()}


def find(services: Mapping[str, Service], key: str) -> Service:
    """Return the service of *key*. Raises `UnknownServiceError`."""
    if service := services.get(key):
        return service
    like = _like(services.values(), key.lower())
    hint = f"did you mean {' or '.join(like)}?" if like else "scrapy sources lists them all"
    raise UnknownServiceError(f"there is no service {key!r}: {hint}")


def _like(services: Iterable[Service], wanted: str) -> list[str]:
    """The keys of at most three *services* whose key, name or host holds or resembles *wanted*."""
    names = {
        name.lower(): service.key
        for service in services
        for name in (service.key, service.name, *service.domains)
    }
    close = [name for name in names if len(wanted) > 2 and wanted in name]
    close = close or difflib.get_close_matches(wanted, names)
    return list(dict.fromkeys(names[name] for name in close))[:3]


def _door(value: object) -> Door:
    if isinstance(value, str):
        return Door(url=fields.address(value))
    return Door(**fields.table({"url": fields.address, "section": fields.text}, {"url"}, value))


def _fact(value: object) -> Fact:
    shape = {"what": fields.name, "source": fields.name, "date": fields.day}
    return Fact(**fields.table(shape, {"what", "source"}, value))


_DOORS = partial(fields.each, _door)
_FIELDS: dict[str, Callable[[object], object]] = {
    "name": fields.name,
    "site": fields.address,
    "domains": partial(fields.each, fields.host),
    "language": fields.text,
    "feeds": _DOORS,
    "sitemaps": _DOORS,
    "listings": _DOORS,
    "articles": fields.pattern,
    "skip": fields.pattern,
    "forbidden": fields.text,
    "facts": partial(fields.each, _fact),
    "unverified": partial(fields.each, fields.name),
}


def _entries(file: Path | Traversable) -> dict[str, dict[str, Any]]:
    """Read *file*: what each entry says, by the names of `Service`."""
    try:
        content = tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as error:
        raise BadSourcesError(f"the sources file {file}", f"{error.strerror}") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise BadSourcesError(f"the sources file {file}", f"{error}") from None
    return {key: _entry(file, key, value) for key, value in content.items()}


def _entry(file: Path | Traversable, key: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadSourcesError(f"{file}: {key} = {value!r}", f"write a table, [{key}]")
    return {name: _field(f"{file}: [{key}]", name, given) for name, given in value.items()}


def _field(entry: str, name: str, value: object) -> object:
    where = f"{entry} {name} = {value!r}"
    if name not in _FIELDS:
        raise BadSourcesError(where, f"the fields of a service are {', '.join(_FIELDS)}")
    try:
        return _FIELDS[name](value)
    except ValueError as error:
        raise BadSourcesError(where, str(error)) from None


def _service(key: str, entry: dict[str, Any], file: Path | Traversable) -> Service:
    for name in ("name", "site"):
        if name not in entry:
            raise BadSourcesError(f"{file}: [{key}]", f"a new service needs its {name}")
    return Service(key=key, **({"domains": (site_domain(entry["site"]),)} | entry))
