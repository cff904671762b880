"""The newest of the links of a sitemap that may lead to stories of any time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median
from urllib.parse import urlsplit

from crawler.dates import find_day_in_path
from crawler.sources.link import Link

MOST_UNDATED = 100
"""Links of a sitemap without any days that are taken for its newest ones."""

_END = MOST_UNDATED // 2
_NUMBER = re.compile(r"\d{4,18}")


def newest_links(links: Sequence[Link], first: str) -> list[Link]:
    """Return those of *links* that are new since the ISO day *first*.

    That is told by the day of the last change, else by one in the address. Where most links have
    neither, the newest ones without it stand at one of the ends of the list: which, the numbers in
    their addresses say, else both are taken.
    """
    days = [_day(link) for link in links]
    new = [link for link, day in zip(links, days, strict=True) if day >= first]
    undated = [link for link, day in zip(links, days, strict=True) if not day]
    return new + (_newest_end(undated) if 2 * len(undated) > len(links) else [])


def _day(link: Link) -> str:
    told = link.modified or link.published or find_day_in_path(urlsplit(link.url).path)
    return told.day if told else ""


def _newest_end(links: list[Link]) -> list[Link]:
    if len(links) <= MOST_UNDATED:
        return links
    head, tail = _middle_number(links[:_END]), _middle_number(links[-_END:])
    if head is None or tail is None or head == tail:
        return links[:_END] + links[-_END:]
    return links[-MOST_UNDATED:] if head < tail else links[:MOST_UNDATED]


def _middle_number(links: Sequence[Link]) -> float | None:
    """Return the median of the last numbers in the addresses, None if most have none."""
    found = [_NUMBER.findall(urlsplit(link.url)._replace(netloc="").geturl()) for link in links]
    numbers = [int(each[-1]) for each in found if each]
    return median(numbers) if 2 * len(numbers) > len(links) else None
