"""The entry that a look at a site becomes."""

from __future__ import annotations

from crawler.sources.new_entry import NewEntry, Value
from crawler.sources.site_facts import SiteFacts

_MOST_DOUBTS = 10


def entry_of(found: SiteFacts, key: str, source: str, day: str) -> NewEntry:
    """Return the entry for a site that is to be held as *source*, as it was *found* on *day*.

    A WordPress site needs nothing but its API. Of others the feeds, and the news sitemaps or, where
    there are no feeds, those that robots.txt names, are read; without either, the home page is.
    """
    given: dict[str, Value] = {"name": found.name or key, "site": found.site}
    if found.has_rest_api:
        given["spider"] = "wordpress"
    given |= {"source": source, "language": found.language}
    if not found.has_rest_api:
        news = [url for url in found.sitemaps if "news" in url]
        given["feeds"] = list(found.feeds)
        given["sitemaps"] = news if found.feeds else found.sitemaps
    if found.declared_license:
        given["license"] = found.license
    if found.forbidden:
        given["enabled"] = False
    given["facts"] = [
        {"what": what, "source": found.site, "date": day} for what in _facts(found) if what
    ]
    given["unverified"] = doubts(found)
    notes = [f"Disabled: {found.forbidden}."] if found.forbidden else []
    return NewEntry(key, {name: it for name, it in given.items() if it or it is False}, notes)


def doubts(found: SiteFacts) -> list[str]:
    """Return what of a site nobody has checked."""
    said = list(dict.fromkeys(found.doubts))[:_MOST_DOUBTS]
    if found.license and found.declared_license:
        said.append(f"whether {found.license} holds for all of its texts")
    elif found.license:
        said.append(f"licence: its home page links {found.license}")
    else:
        said.append("licence: its home page names none")
    if not found.forbidden:
        terms = ", ".join(found.terms)
        said.append(f"terms of use, perhaps at {terms}" if terms else "terms of use: none found")
    return said


def _facts(found: SiteFacts) -> list[str]:
    if found.forbidden:
        return [found.forbidden]
    posts = f": {found.posts:,} posts" if found.posts is not None else ""
    return [
        f"It has WordPress's REST API{posts}" if found.has_rest_api else "",
        *(f"The feed {url} links {count} stories" for url, count in found.feeds.items()),
        *(f"robots.txt names the sitemap {url}" for url in found.sitemaps),
        "robots.txt lets our agent read its home page",
    ]
