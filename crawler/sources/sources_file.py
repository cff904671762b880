"""The sources file: the news services and sites that are known by name.

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

import logging
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from crawler.exceptions import BadArgumentError, without_userinfo
from crawler.sources import entry_credentials, fields, spider_arguments
from crawler.sources.services import Fact, LinkPageEntry, PageRules, Service, Template
from crawler.sources.site import site_domain
from crawler.sources.text_files import plain_text

logger = logging.getLogger(__name__)

_T = TypeVar("_T")
_SECRET = re.compile("credential|passw|secret|token|api_?key", re.IGNORECASE)


class BadSourcesError(ValueError):
    """A sources file that cannot be used; names the file, the entry, the field and the fix."""

    def __init__(self, where: str, fix: str) -> None:
        super().__init__(f"{without_userinfo(where)} cannot be used: {without_userinfo(fix)}")

    @classmethod
    def of(cls, message: str) -> Self:
        """Return the error with a whole *message*."""
        error = cls("", "")
        error.args = (message,)
        return error


class KnownServices(Mapping[str, Service]):
    """The services by their keys; ``own`` are those that the user's file wants to be crawled."""

    def __init__(self, services: dict[str, Service], own: frozenset[str]) -> None:
        self._services = services
        self._made: dict[object, object] = {}
        self.own = own

    def __getitem__(self, key: str) -> Service:
        return self._services[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._services)

    def __len__(self) -> int:
        return len(self._services)

    def once(self, make: Callable[[Iterable[Service]], _T]) -> _T:
        """Return what *make* makes of all services: it is called once, for all runs."""
        if make not in self._made:
            self._made[make] = make(self._services.values())
        return cast("_T", self._made[make])


def load(own: Path | None = None) -> KnownServices:
    """Return the services that Newsreel knows, by their keys, and on top those of the file *own*.

    There an entry with a known key replaces the fields that it names, page rules one by one; one
    with a new key is a new service, whose ``domains`` are by default the site's, and its name the
    key. A file is read once in a process, until it changes. While it cannot be used, what it said
    before counts, and the log says so. Raises `BadSourcesError` if it never could be used.
    """
    if own is None:
        return _loaded(None, None)
    try:
        _usable[own] = _loaded(own, _version(own))
    except BadSourcesError as error:
        if own not in _usable:
            raise
        if _faults.get(own) != str(error):
            _faults[own] = str(error)
            logger.error("%s; what it said before counts until then", error)
    else:
        _faults.pop(own, None)
    return _usable[own]


# Runs go on for months while somebody edits the file.
_usable: dict[Path, KnownServices] = {}
_faults: dict[Path, str] = {}


@lru_cache(maxsize=4)
def _loaded(own: Path | None, version: tuple[int, ...] | None) -> KnownServices:
    """Read the file *own* in this *version* of it."""
    packaged = resources.files("crawler.sources") / "sources.toml"
    known, ours = _entries(packaged), _entries(own) if own else {}
    for key, entry in ours.items():
        before = known.get(key, {})
        pages = before.get("pages", {}) | entry.get("pages", {})
        known[key] = before | entry | ({"pages": pages} if pages else {})
    found = {key: _service(key, entry, own or packaged) for key, entry in known.items()}
    # An entry that has page rules alone says how pages are read, and asks for no crawl.
    return KnownServices(found, frozenset(key for key in ours if ours[key].keys() - {"pages"}))


def _version(file: Path) -> tuple[int, ...]:
    """Return what changes when *file* is written: it is read anew then, and only then."""
    try:
        status = file.stat()
    except OSError as error:
        raise BadSourcesError(f"the sources file {file}", f"{error.strerror}") from error
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


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


def _arguments(value: object) -> dict[str, str]:
    """Read the arguments of a spider, which is not known yet."""
    if not isinstance(value, dict):
        raise ValueError("write a table in braces")
    try:
        return {name: spider_arguments.as_text(given) for name, given in value.items()}
    except ValueError as error:
        raise ValueError(f"an argument: {error}") from None


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
    "spider": partial(fields.choice, tuple(spider_arguments.OF_SPIDER)),
    "arguments": _arguments,
    "source": fields.title,
    "every": fields.rhythm,
    "freshness": fields.duration,
    "since": fields.past_day,
    "license": fields.text,
    "tags": partial(fields.each, fields.label),
    "enabled": fields.flag,
    "credentials": entry_credentials.read_table,
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
    return {_key(file, key): _table(file, key, _FIELDS, it) for key, it in content.items()}


def _key(file: Path | Traversable, key: str) -> str:
    try:
        return fields.label(key)
    except ValueError as error:
        raise BadSourcesError(f"{file}: [{key!r}]", f"it is no key: {error}") from None


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
        where = f"{file}: [{name}] {field} = {_shown(field, given)}"
        if field not in shape:
            raise BadSourcesError(where, _unknown_field(field, shape))
        read = shape[field]
        if isinstance(read, Mapping):
            table[field] = _table(file, f"{name}.{field}", read, given)
            continue
        try:
            table[field] = read(given)
        except ValueError as error:
            raise BadSourcesError(where, str(error)) from None
    return table


def _shown(field: str, given: object) -> str:
    """Return what a message says of a value: nothing where it may be a secret."""
    return "…" if _SECRET.search(field) else repr(given)


def _unknown_field(field: str, shape: Mapping[str, object]) -> str:
    if "credentials" in shape and _SECRET.search(field):
        return f"take it out of the file: {entry_credentials.NEVER}, in the field credentials"
    return f"the fields there are {', '.join(shape)}"


def _service(key: str, entry: dict[str, Any], file: Path | Traversable) -> Service:
    if "site" not in entry:
        raise BadSourcesError(f"{file}: [{key}]", "a new service needs its site")
    entry = {"name": key, "domains": (site_domain(entry["site"]),)} | entry
    if pages := entry.get("pages"):
        entry["pages"] = PageRules(**{"hosts": entry["domains"], **pages})
    else:
        entry.pop("pages", None)
    service = Service(key=key, **entry)
    try:
        spider_arguments.check(service.spider, service.arguments)
    except BadArgumentError as error:
        raise BadSourcesError(f"{file}: [{key}.arguments] {error.what}", error.fix) from None
    return service
