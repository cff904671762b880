"""The posts that an archived run requested together, for its replay."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from urllib.parse import parse_qs, urlsplit

from crawler.crawling.wordpress.rest_client import RestClient
from crawler.extensions.replay import ReplayExtension
from crawler.sources.wordpress.post_listing import FIELDS


class ArchivedBatches:
    """The lists of ids that the run of *replay* requested; there are none without a replay.

    Which posts a run requests depends on what is held. In a replay that may be more: of another
    archive that this one was merged with.
    """

    def __init__(self, client: RestClient, replay: ReplayExtension | None) -> None:
        self._client = client
        self._replay = replay
        self._of_type = cache(self._requested)

    def covering(self, post_type: str, ids: Sequence[int]) -> list[list[int]]:
        """Return the lists that any of *ids* was in first, in the order of the run."""
        if not self._replay:
            return []
        firsts = self._of_type(post_type)
        found = (firsts[number] for number in ids if number in firsts)
        return [batch for _, batch in sorted(dict(found).items())]

    def _requested(self, post_type: str) -> dict[int, tuple[int, list[int]]]:
        """Return for each id the first list that has it, and the place of that."""
        assert self._replay
        url = self._client.api.url(f"wp/v2/{post_type}")
        firsts: dict[int, tuple[int, list[int]]] = {}
        for place, query in enumerate(self._replay.queries(url)):
            is_fetch = route(query) == route(url) and not is_list(query)
            batch = _ids(query) if is_fetch else []
            for number in batch:
                firsts.setdefault(number, (place, batch))
        return firsts


def route(url: str) -> list[str]:
    """Return the route that a site without readable addresses is asked for."""
    return parse_qs(urlsplit(url).query).get("rest_route", [])


def is_list(url: str) -> bool:
    """Return whether *url* asks for a list or its count, and for no texts."""
    return parse_qs(urlsplit(url).query).get("_fields") in ([FIELDS], ["id"])


def _ids(url: str) -> list[int]:
    numbers = ",".join(parse_qs(urlsplit(url).query).get("include", [])).split(",")
    return [int(number) for number in numbers] if all(map(str.isdecimal, numbers)) else []
