"""Looking at a site and writing its entry: ``scrapy sources add URL``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import urlsplit

from scrapy.settings import SETTINGS_PRIORITIES

from crawler.archive.folder import ledger_uri
from crawler.commands.run_sequence import run_alone
from crawler.crawling.site_look import SiteLook
from crawler.exceptions import BadArgumentError, NewsreelError, SourceUnreadableError, StorageError
from crawler.settings_reader import SettingsReader
from crawler.sources.arguments import default_source, site_address
from crawler.sources.entries_of_list import KnownSites
from crawler.sources.entry_of_site import entry_of
from crawler.sources.fields import label
from crawler.sources.new_entry import NewEntry, free_key, key_of_site
from crawler.sources.site import on_site, site_domain
from crawler.sources.site_facts import SiteFacts
from crawler.sources.sources_file import KnownServices
from crawler.state.backends import open_store, store_exists
from crawler.state.store import Store

_SAMPLE = 20
_ABOVE_ALL = 1 + max(SETTINGS_PRIORITIES.values())
_LOOK = {
    # It is no crawl: nothing is collected, and no archive is touched.
    "ARCHIVE_MODE": "off",
    "SOURCES_FILE": "",
    "CREDENTIALS_OF": "",
    "EXTENSIONS": {
        "crawler.extensions.redacted_log.RedactedLogExtension": 0,
        "crawler.extensions.robots_rules.RobotsExtension": 9,
    },
    "ITEM_PIPELINES": {},
    "FEEDS": {},
}


def new_entry(
    reader: SettingsReader,
    known: KnownServices,
    url: str,
    *,
    key: str,
    refuse: Callable[[NewsreelError], int],
) -> NewEntry | int:
    """Look at the site at *url* and return its entry, or the exit code of a look that was ended.

    Raises `NewsreelError`: for a site that has an entry, and for one that cannot be read.
    """
    sites, site = KnownSites(known), site_address("URL", url)
    _refuse_known(sites, site)
    taken = {*known}
    if key and (key in taken or not _is_label(key)):
        raise BadArgumentError("--key", key, "give a name that no entry has, on one line")
    found = _look(reader, site, refuse)
    if isinstance(found, int):
        return found
    if found.unreadable:
        raise SourceUnreadableError(found.unreadable)
    _refuse_known(sites, found.site)
    key = key or free_key(key_of_site(found.site), sites.taken)
    source = held_source(reader, found.site) or default_source(found.site)
    if sites.holder(source):  # it is the name of another site, at another port or below the host
        source = key
    return entry_of(found, key, source, f"{datetime.now(UTC):%Y-%m-%d}")


def _is_label(key: str) -> bool:
    try:
        return bool(label(key))
    except ValueError:
        return False


def _refuse_known(sites: KnownSites, site: str) -> None:
    if key := sites.find(site):
        raise BadArgumentError("URL", site, f"it is there already: [{key}]")
    if service := sites.packaged(site):
        fix = f"Newsreel knows it as [{service.key}]: write [{service.key}] and enabled = true"
        raise BadArgumentError("URL", site, f"{fix} into your file to have it in rounds")


def _look(
    reader: SettingsReader, site: str, refuse: Callable[[NewsreelError], int]
) -> SiteFacts | int:
    for name, value in _LOOK.items():
        reader.settings.set(name, value, _ABOVE_ALL)
    look = run_alone(reader.settings, SiteLook, {"site": site}, refuse)
    return look if isinstance(look, int) else look.found


def held_source(reader: SettingsReader, site: str) -> str:
    """Return the source that articles of *site* are held under, empty if none is held."""
    uri = ledger_uri(reader.ARCHIVES_DIR, reader.STATE_URI)
    try:
        if not store_exists(uri):
            return ""
        with closing(open_store(uri)) as store:
            return _held_source(store, site)
    except OSError as error:
        raise StorageError(f"the ledger cannot be read: {error}") from error


def _held_source(store: Store, site: str) -> str:
    """Return the source by its name, else that most of whose articles are on the site's host."""
    names = store.article_sources()
    default = default_source(site)
    if default in names:
        return default
    domain, host = site_domain(site), _host(site)
    counts: Counter[str] = Counter()
    for name in names:
        for url in store.some_urls(name, _SAMPLE):
            counts[name] += (_host(url) == host) + on_site(url, [domain])
    best = counts.most_common(1)
    return best[0][0] if best and best[0][1] >= _SAMPLE // 4 else ""


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
