"""What the user asks of a WordPress site, checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.exceptions import BadArgumentError
from crawler.sources.arguments import count, default_source, hosts, moment, names, site_address

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of the ``wordpress`` spider.

    ``after`` and ``before`` are the exclusive bounds that WordPress takes, in the site's time:
    ``after=2024-01-15`` means from that day on, ``before=2024-01-15`` until the day before.
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


def arguments(  # noqa: PLR0913 - one keyword an argument of the spider
    *,
    site: str = "",
    source: str = "",
    post_types: str = "posts",
    search: str = "",
    categories: str = "",
    tags: str = "",
    after: str = "",
    before: str = "",
    max_articles: str = "",
    allow_hosts: str = "",
) -> Arguments:
    """Read the arguments as ``-a`` gives them. Raises `BadArgumentError`."""
    url = site_address("site", site)
    start = moment("after", after)
    if "pages" in names(post_types) and (categories or tags):
        raise BadArgumentError("post_types", post_types, "pages have no categories and tags")
    return Arguments(
        site=url,
        source=source or default_source(url),
        post_types=names(post_types) or ("posts",),
        search=search,
        categories=names(categories),
        tags=names(tags),
        after=start - _SECOND if start else None,
        before=moment("before", before),
        max_articles=count("max_articles", max_articles),
        allow_hosts=hosts("allow_hosts", allow_hosts),
    )
