"""The filters of a list: the API takes ids of categories and tags, the user gives their slugs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

from crawler.crawling.wordpress.posts import has_id
from crawler.crawling.wordpress.query import SiteQuery
from crawler.crawling.wordpress.rest_client import Output, RestClient
from crawler.exceptions import BadArgumentError, SourceUnreadableError
from crawler.extensions.report import ReportExtension
from crawler.sources.wordpress.answer import Answer, AnswerError
from crawler.sources.wordpress.names import FIELDS as NAME_FIELDS

_DEFAULT_PER_PAGE = 10  # elements of an answer to a request without per_page
_Terms = list[tuple[str, Sequence[str]]]
"""Routes of the API, and the slugs of their terms that are wanted."""


class TermFilter:
    """Looks up the terms that *query* names, then calls *on_found* with the filters of the list."""

    def __init__(
        self,
        client: RestClient,
        query: SiteQuery,
        report: ReportExtension,
        on_found: Callable[[dict[str, str]], Output],
    ) -> None:
        self._client = client
        self._query = query
        self._report = report
        self._on_found = on_found

    def start(self) -> Output:
        """Yield the request for the first terms, or what *on_found* yields."""
        filters = {"search": self._query.search} if self._query.search else {}
        terms = {"categories": self._query.categories, "tags": self._query.tags}
        yield from self._resolve([(r, slugs) for r, slugs in terms.items() if slugs], filters)

    def _resolve(self, terms: _Terms, filters: dict[str, str]) -> Output:
        if not terms:
            yield from self._on_found(filters)
            return
        (route, slugs), *rest = terms
        params = {"slug": ",".join(slugs), "_fields": NAME_FIELDS}
        if len(slugs) > _DEFAULT_PER_PAGE:
            params["per_page"] = str(len(slugs))
        state = {"route": route, "slugs": slugs, "rest": rest, "filters": filters}
        yield self._client.request(
            f"wp/v2/{route}", params, self._parse_terms, self._fail_terms, state
        )

    def _parse_terms(
        self,
        answer: Answer,
        route: str,
        slugs: Sequence[str],
        rest: _Terms,
        filters: dict[str, str],
    ) -> Output:
        """Turn slugs into ids and go on; an unknown slug ends the run."""
        # WordPress keeps a slug that is not Latin percent-encoded.
        ids = {
            unquote(str(term.get("slug"))).lower(): str(term["id"])
            for term in answer.elements()
            if has_id(term)
        }
        if unknown := [slug for slug in slugs if unquote(slug).lower() not in ids]:
            fix = f"{self._query.site} has no such slug"
            self._report.fatal(BadArgumentError(route, ",".join(unknown), fix))
            return
        chosen = ",".join(ids[unquote(slug).lower()] for slug in slugs)
        yield from self._resolve(rest, filters | {route: chosen})

    def _fail_terms(self, error: AnswerError, route: str, **_: Any) -> Output:
        """End the run: without the filter it would be another crawl."""
        self._report.fatal(SourceUnreadableError(f"{route} cannot be looked up: {error}"))
        yield from ()
