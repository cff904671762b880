"""The entries that a list of sites and feeds becomes, and what of it is known already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from crawler.sources.address import address_key
from crawler.sources.arguments import default_source
from crawler.sources.imported_lists import ListedSite
from crawler.sources.new_entry import NewEntry, free_key, key_of_site
from crawler.sources.service_hosts import ServiceHosts
from crawler.sources.services import Service
from crawler.sources.site import same_place
from crawler.sources.sources_file import KnownServices


@dataclass(slots=True)
class KnownSites:
    """The sites, feeds and names that entries have, by which doubles are found."""

    known: KnownServices
    taken: set[str] = field(default_factory=set)
    """What no new entry may be called: keys, and names under which articles are held."""
    _keys: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.taken.update(self.known)
        for key in self.known:
            entry = self.known[key]
            if key in self.known.own:
                self.note(key, entry.source_name, entry.site, *(it.url for it in entry.feeds))

    def note(self, key: str, source: str, *addresses: str) -> None:
        """Note the entry *key*, held as *source*, for its *addresses*."""
        self.taken |= {key, source}
        self._names.setdefault(source, key)
        for address in addresses:
            self._keys.setdefault(same_place(address), key)

    def find(self, *addresses: str) -> str:
        """Return the key of the entry that has one of *addresses*, empty if none has."""
        found = (self._keys.get(same_place(address)) for address in addresses if address)
        return next(filter(None, found), "")

    def holder(self, source: str) -> str:
        """Return the key of the entry that is held as *source*, empty if none is."""
        return self._names.get(source, "")

    def packaged(self, url: str) -> Service | None:
        """Return the service at the host of *url* that Newsreel knows itself."""
        found = self.known.once(ServiceHosts).find(url)
        return found if found and found.key not in self.known.own else None


@dataclass(slots=True)
class Imported:
    """What came of a list: ``entries`` to write, ``doubles`` with keys, and ``unusable`` lines."""

    entries: dict[str, NewEntry] = field(default_factory=dict)
    doubles: list[tuple[str, str]] = field(default_factory=list)
    unusable: list[tuple[str, str]] = field(default_factory=list)


def entries_of(listed: Iterable[ListedSite], known: KnownServices) -> Imported:
    """Return the entries for what is *listed* and not *known*. Nothing is fetched.

    Feeds of one site become one entry. A site of a service that Newsreel knows becomes an entry
    with that key, which has all that is known of it.
    """
    found, sites = Imported(), KnownSites(known)
    for one in listed:
        if one.why_not:
            found.unusable.append((one.where, one.why_not))
        elif key := sites.find(one.feed or one.site):
            found.doubles.append((one.feed or one.site, key))
        elif (key := sites.find(one.site)) in found.entries and one.feed:
            _add_feed(found.entries[key], one)
            sites.note(key, "", one.feed)
        elif key:
            found.doubles.append((one.feed or one.site, key))
        else:
            _add(found, sites, one)
    return found


def _add(found: Imported, sites: KnownSites, one: ListedSite) -> None:
    site = one.site or urljoin(one.feed, "/")
    if service := sites.packaged(one.site or one.feed):
        if service.key in found.entries:
            found.doubles.append((one.feed or one.site, service.key))
            return
        entry = _of_service(service, one)
    else:
        name = one.name if one.name.isascii() and one.name else key_of_site(site)
        key = free_key(name, sites.taken)
        # Feeds of many may lie on one host: without the site's address, the key is the source.
        source = default_source(site) if one.site else key
        entry = NewEntry(key, {"name": one.name, "site": site})
        entry.fields["source"] = key if sites.holder(source) else source
        if one.feed:
            entry.fields["feeds"] = [one.feed]
        entry.fields["tags"] = list(one.tags)
    if not entry.fields["tags"]:
        del entry.fields["tags"]
    found.entries[entry.key] = entry
    entry.address = one.feed or one.site
    addresses = [address for address in (one.site, one.feed) if address]
    sites.note(entry.key, str(entry.fields.get("source", entry.key)), *addresses)


def _of_service(service: Service, one: ListedSite) -> NewEntry:
    """Return an entry that has a known service crawled, unless that needs permission."""
    entry = NewEntry(service.key, {"enabled": not service.forbidden, "tags": list(one.tags)})
    if service.forbidden:
        entry.notes.append(f"Needs permission: {service.forbidden}.")
    return entry


def _add_feed(entry: NewEntry, one: ListedSite) -> None:
    feeds = entry.fields.get("feeds", [])
    assert isinstance(feeds, list)
    if address_key(one.feed) not in map(address_key, feeds):
        entry.fields["feeds"] = [*feeds, one.feed]
