"""What a crawl wants of a WordPress site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.exceptions import BadArgumentError
from crawler.sources.arguments import (
    allowed_hosts,
    count,
    default_source,
    language_tags,
    names,
    period,
    site_address,
    yes_or_no,
)
from crawler.sources.site import ports_of
from crawler.sources.spider_arguments import WORDPRESS

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteQuery:
    """The posts that are wanted, by the arguments of the ``wordpress`` spider.

    ``after`` and ``before`` are the exclusive bounds that WordPress takes, in the site's time:
    ``after=2024-01-15`` means from that day on, ``before=2024-01-15`` until the day before.
    ``ports`` are those at which the hosts of the site, and those of ``allow_hosts``, are read.
    ``is_source_given`` tells a source that was named from the default one.
    ``pages`` has the HTML pages of the posts archived too.
    """

    site: str
    source: str
    post_types: tuple[str, ...]
    search: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    after: datetime | None
    before: datetime | None
    max_articles: int | None
    allow_hosts: tuple[str, ...]
    ports: frozenset[int]
    language: tuple[str, ...] = ()
    pages: bool = False
    is_source_given: bool = False

    @property
    def has_filters(self) -> bool:
        """Whether a part of the posts is wanted, so that the list is not that of the site."""
        filters = (self.search, self.categories, self.tags, self.language)
        return any((*filters, self.after, self.before))


def site_query(arguments: Mapping[str, str]) -> SiteQuery:
    """Read *arguments* as ``-a`` gives them. Raises `BadArgumentError`."""
    given = {name: arguments.get(name, "") for name in WORDPRESS}
    site = site_address("site", given["site"])
    after, before = period(given["after"], given["before"])
    post_types = names(given["post_types"]) or ("posts",)
    if "pages" in post_types and (given["categories"] or given["tags"]):
        raise BadArgumentError(
            "post_types", given["post_types"], "pages have no categories and tags"
        )
    allow_hosts, more_ports = allowed_hosts("allow_hosts", given["allow_hosts"])
    return SiteQuery(
        site=site,
        source=given["source"] or default_source(site),
        post_types=post_types,
        search=given["search"],
        categories=names(given["categories"]),
        tags=names(given["tags"]),
        after=after - _SECOND if after else None,
        before=before,
        max_articles=count("max_articles", given["max_articles"]),
        allow_hosts=allow_hosts,
        ports=ports_of([site], more_ports),
        language=language_tags("language", given["language"]),
        pages=yes_or_no("pages", given["pages"]),
        is_source_given=bool(given["source"]),
    )
