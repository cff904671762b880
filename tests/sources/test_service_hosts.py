from __future__ import annotations

from crawler.sources.service_hosts import LinkPageOwners, ServiceHosts
from crawler.sources.services import LinkPageEntry, Service


def service(key: str, *domains: str, feeds: tuple[str, ...] = ()) -> Service:
    pages = tuple(LinkPageEntry(url=feed) for feed in feeds)
    return Service(key=key, name=key, site=f"https://{domains[0]}/", domains=domains, feeds=pages)


HERALD = service(
    "herald", "herald.example", "herald.co.uk", feeds=("https://feeds.herald.net/news/rss.xml",)
)
LITE = service("lite", "lite.herald.example", feeds=("https://feeds.burner.example/lite",))
HOSTS = ServiceHosts([HERALD, LITE])


def test_the_nearest_host_counts() -> None:
    assert HOSTS.find("https://www.herald.example/a") is HERALD
    assert HOSTS.find("https://herald.co.uk./a") is HERALD
    assert HOSTS.find("https://lite.herald.example:8080/a") is LITE
    assert HOSTS.find("https://other-herald.example/a") is None
    assert HOSTS.find("nothing") is None


def test_a_service_is_known_by_its_feeds() -> None:
    owners = LinkPageOwners([HERALD, LITE])
    assert owners.find("http://feeds.herald.net/news/rss.xml") is HERALD
    assert owners.find("https://feeds.herald.net/news/world/rss.xml") is HERALD
    assert owners.find("https://feeds.burner.example/lite") is LITE
    assert owners.find("https://feeds.burner.example/others") is None
