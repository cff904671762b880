"""What to say of a post type that the API does not know."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.crawling.wordpress.query import SiteQuery
from crawler.crawling.wordpress.rest_client import Output, RestClient
from crawler.exceptions import BadArgumentError, printable
from crawler.extensions.report import ReportExtension
from crawler.sources.wordpress.answer import Answer, AnswerError

_MOST = 30


class PostTypes:
    """Ends the run for a type that is no route of the API, and names those that are."""

    def __init__(self, client: RestClient, query: SiteQuery, report: ReportExtension) -> None:
        self._client = client
        self._query = query
        self._report = report

    def explain(self, post_type: str) -> Output:
        """Yield the request for the types that the site shows."""
        state = {"post_type": post_type}
        meta = {"may_be_missing": True}
        yield self._client.request("wp/v2/types", {}, self._parse, self._fail, state, meta=meta)

    def _parse(self, answer: Answer, post_type: str) -> Output:
        routes = dict(_routes(answer.value))
        if not routes:
            yield from self._fail(AnswerError(answer.url), post_type)
            return
        known = ", ".join(sorted(routes.values()))
        fix = f"{self._query.site} shows {known}"
        if post_type in routes:  # the type's name, where its route is needed
            fix = f"write {routes[post_type]}, as the site calls them in its addresses; {fix}"
        self._end(post_type, printable(fix))

    def _fail(self, error: AnswerError, post_type: str) -> Output:
        url = self._client.api.url("wp/v2/types")
        self._end(post_type, f"{self._query.site} lists its types at {url}")
        yield from ()

    def _end(self, post_type: str, fix: str) -> None:
        self._report.fatal(BadArgumentError("post_types", post_type, fix))


def _routes(value: object) -> Iterator[tuple[str, str]]:
    """Yield names and routes of the types in *value* that hold texts."""
    types = list(value.items())[:_MOST] if isinstance(value, dict) else []
    for name, one in types:
        route = one.get("rest_base") if isinstance(one, dict) else None
        is_ours = isinstance(one, dict) and one.get("rest_namespace", "wp/v2") == "wp/v2"
        if is_ours and not name.startswith(("wp_", "nav_menu")) and name != "attachment":
            yield str(name), str(route or name)
