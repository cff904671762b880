"""Finding the REST API of a WordPress site.

https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any

from scrapy.http import Response

from crawler.crawling.wordpress.rest_client import Output, RestClient
from crawler.exceptions import SourceUnreadableError
from crawler.sources.site import on_site
from crawler.sources.wordpress.answer import Answer, AnswerError
from crawler.sources.wordpress.api import Api, candidates
from crawler.sources.wordpress.credentials import Credentials

logger = logging.getLogger(__name__)

Candidates = Iterator[tuple[str, Api]]
Attempts = list[AnswerError]
"""Why each candidate that was tried is no REST API."""

_INDEX = {"_fields": "name,url,home,namespaces,timezone_string,gmt_offset"}
_PAGES_INSTEAD = "read its pages instead: scrapy crawl wire -a url=…"
_WAYS_IN = (
    "the site keeps its REST API from strangers: set WORDPRESS_USER and WORDPRESS_APP_PASSWORD "
    "(an application password from the user's profile page) or write credentials into its entry of "
    f"the sources file, or {_PAGES_INSTEAD}"
)

_NOT_ACCEPTED = (
    "were not accepted: look whether both are right, and whether the password is an application "
    "password (from the user's profile page), not that of the login"
)


class ApiDiscovery:
    """Tries the places where a REST API may be, one by one, until one answers as one.

    Then *client* gets the API, and *on_found* is called. If there is none, *on_missing* is called
    with the failed attempts.
    """

    def __init__(
        self,
        client: RestClient,
        domains: Sequence[str],
        ports: Container[int],
        on_found: Callable[[], Output],
        on_missing: Callable[[Attempts], Output],
    ) -> None:
        self._client = client
        self._domains = domains
        self._ports = ports
        self._on_found = on_found
        self._on_missing = on_missing

    def start(self, home: Response) -> Output:
        """Try what the page *home* declares, then the usual places, whatever its status."""
        yield from self._try_next(candidates(home), [])

    def _try_next(self, left: Candidates, failed: Attempts) -> Output:
        for place, api in left:
            if not on_site(api.root, self._domains, self._ports):
                fix = f"is off the site: allow it with -a allow_hosts=… ({place})"
                failed.append(AnswerError(f"{api.root} {fix}"))
                continue
            state = {"api": api, "left": left, "failed": failed}
            yield self._client.request("", _INDEX, self._parse_index, self._fail, state, api=api)
            return
        yield from self._on_missing(failed)

    def _fail(self, error: AnswerError, left: Candidates, failed: Attempts, **_: Any) -> Output:
        yield from self._try_next(left, [*failed, error])

    def _parse_index(self, answer: Answer, api: Api, left: Candidates, failed: Attempts) -> Output:
        namespaces = answer.value.get("namespaces") if isinstance(answer.value, dict) else None
        if not isinstance(namespaces, list) or "wp/v2" not in namespaces:
            error = AnswerError(f"{answer.url} is JSON, but no WordPress REST index")
            yield from self._try_next(left, [*failed, error])
            return
        # Where a redirect led, the rest of the API is too.
        self._client.api = Api.from_index_url(answer.url)
        logger.info("The REST API was found at %s", self._client.api.root)
        yield from self._on_found()


def not_accepted(credentials: Credentials) -> str:
    """Say that the site refused *credentials*, and what to look at."""
    return f"{credentials.name} {_NOT_ACCEPTED}"


def no_rest_api(
    site: str, failed: Attempts, credentials: Credentials, *, is_signed_in: bool = False
) -> SourceUnreadableError:
    """Return the error that ends the run for *site*, of which each attempt *failed*.

    *is_signed_in* means that the *credentials* were sent.
    """
    tried = "\n".join(f"    {error}" for error in failed)
    if is_signed_in and any(error.is_forbidden for error in failed):
        return SourceUnreadableError(f"{site}: {not_accepted(credentials)}\n{tried}")
    if any(error.is_forbidden for error in failed):
        return SourceUnreadableError(f"{site}: {_WAYS_IN}\n{tried}")
    if failed and all(error.status >= 500 for error in failed):
        return SourceUnreadableError(
            f"{site} answers with errors (status {failed[0].status}) wherever its REST API may be: "
            f"run the crawl again later\n{tried}"
        )
    missing = f"{site} has no WordPress REST API that could be read; {_PAGES_INSTEAD}"
    return SourceUnreadableError(f"{missing}\n{tried}")
