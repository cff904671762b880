"""Finding a site's REST API and asking it: what every WordPress spider stands on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.exceptions import SourceUnreadableError
from crawler.extensions import required
from crawler.extensions.report import ReportExtension
from crawler.items import Article
from crawler.sources.site import on_site
from crawler.sources.wordpress.answer import Answer, AnswerError, read
from crawler.sources.wordpress.api import Api, candidates
from crawler.sources.wordpress.credentials import Credentials

Output = Iterator[Request | Article]
Rungs = Iterator[tuple[str, Api]]

_INDEX = {"_fields": "name,url,home,namespaces,timezone_string,gmt_offset"}
_HEADERS = {"Accept": "application/json"}
_PAGES_INSTEAD = "read its pages instead: scrapy crawl wire -a url=…"
_WAYS_IN = (
    "the site keeps its REST API from strangers: set WORDPRESS_USER and WORDPRESS_APP_PASSWORD "
    f"(an application password from the user's profile page), or {_PAGES_INSTEAD}"
)


class RestSpider(Spider):
    """Climbs the discovery ladder from ``site`` and hands the API to `crawl_api`.

    https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/
    """

    # Errors are answers here: their bodies say why.
    custom_settings = {"HTTPERROR_ALLOW_ALL": True}  # noqa: RUF012 - Scrapy's own form

    site: str
    credentials: Credentials
    allowed_domains: list[str]
    api: Api

    async def start(self) -> AsyncIterator[Request]:
        self.open()
        for request in self.first():
            yield request

    def open(self) -> None:
        """Take hold of what the run's extensions bring."""
        self.report = required(self.crawler, ReportExtension)
        self.report.conceal(self.credentials.spellings())

    def first(self) -> Iterator[Request]:
        """Yield the first requests."""
        yield Request(self.site, self.parse_home, errback=self.home_failed, dont_filter=True)

    @abstractmethod
    def crawl_api(self) -> Output:
        """Yield what to do once ``self.api`` is known."""

    def home_failed(self, failure: Failure) -> None:
        """End the run: there is no site."""
        self.report.fatal(SourceUnreadableError(f"{self.site}: {failure.getErrorMessage()}"))

    def parse_home(self, home: Response) -> Output:
        """Start on the ladder at the page that *home* is, whatever its status."""
        if not self.credentials.bind(self.site, home.url) and self.credentials.password:
            self.report.problem(
                "credentials", f"{self.site} led to {home.url}: the password is not sent there"
            )
        yield from self._climb(candidates(home), [])

    def _climb(self, rungs: Rungs, slips: list[AnswerError]) -> Output:
        for rung, api in rungs:
            if not on_site(api.root, self.allowed_domains):
                host = f"is off the site: allow it with -a allow_hosts=… ({rung})"
                slips.append(AnswerError(f"{api.root} {host}"))
                continue
            state = {"api": api, "rungs": rungs, "slips": slips}
            yield self.ask("", _INDEX, self._parse_index, self._slip, state, api=api)
            return
        yield from self.no_api(slips)

    def no_api(self, slips: list[AnswerError]) -> Output:
        """End the run: there is nothing else to ask. *slips* tell what was tried."""
        self.report.fatal(_unreadable(self.site, slips))
        yield from ()

    def _slip(self, error: AnswerError, rungs: Rungs, slips: list[AnswerError], **_: Any) -> Output:
        yield from self._climb(rungs, [*slips, error])

    def _parse_index(
        self, answer: Answer, api: Api, rungs: Rungs, slips: list[AnswerError]
    ) -> Output:
        spaces = answer.value.get("namespaces") if isinstance(answer.value, dict) else None
        if not isinstance(spaces, list) or "wp/v2" not in spaces:
            error = AnswerError(f"{answer.url} is JSON, but no WordPress REST index")
            yield from self._climb(rungs, [*slips, error])
            return
        # Where a redirect led, the rest of the API is too.
        self.api = Api.of_index(answer.url)
        self.logger.info("The REST API of %s is at %s", self.site, self.api.root)
        if self.credentials.headers(self.api.root):
            yield self.ask("wp/v2/users/me", {"_fields": "id"}, self._welcome, self._turned_away)
        yield from self.crawl_api()

    def _welcome(self, answer: Answer) -> Output:
        self.crawler.stats.inc_value("wordpress/signed_in")
        yield from ()

    def _turned_away(self, error: AnswerError) -> Output:
        self.report.problem(
            "credentials", f"WORDPRESS_USER and WORDPRESS_APP_PASSWORD were not accepted: {error}"
        )
        yield from ()

    def ask(
        self,
        route: str,
        params: Mapping[str, str],
        then: Callable[..., Output],
        otherwise: Callable[..., Output],
        state: Mapping[str, Any] | None = None,
        *,
        api: Api | None = None,
        meta: dict[str, Any] | None = None,
    ) -> Request:
        """Return a request to *route*.

        *then* gets the `Answer` and *state*, *otherwise* an `AnswerError` and *state*.
        """
        url = (api or self.api).url(route, params)
        return Request(
            url,
            callback=self._answered,
            errback=self._failed,
            headers={**_HEADERS, **self.credentials.headers(url)},
            cb_kwargs={"then": then, "otherwise": otherwise, "state": state or {}},
            meta=meta,
            dont_filter=True,
        )

    def _answered(
        self,
        response: Response,
        then: Callable[..., Output],
        otherwise: Callable[..., Output],
        state: Mapping[str, Any],
    ) -> Output:
        try:
            answer = read(response)
            for noise in answer.noise:
                self.crawler.stats.inc_value(f"wordpress/noise/{noise}")
            yield from then(answer, **state)
        except AnswerError as error:
            yield from otherwise(error, **state)

    def _failed(self, failure: Failure) -> Output:
        request = requested(failure)
        error = AnswerError(described(failure))
        error.__cause__ = failure.value
        yield from request.cb_kwargs["otherwise"](error, **request.cb_kwargs["state"])


def requested(failure: Failure) -> Request:
    """Return the request that failed."""
    request: Request = failure.request  # type: ignore[attr-defined]
    return request


def described(failure: Failure) -> str:
    """Return what failed, and why, on one line."""
    name = type(failure.value).__name__
    return f"{requested(failure).url}: {name} {failure.getErrorMessage()}"


def _unreadable(site: str, slips: list[AnswerError]) -> SourceUnreadableError:
    tried = "\n".join(f"    {slip}" for slip in slips)
    if any(slip.shut_out for slip in slips):
        return SourceUnreadableError(f"{site}: {_WAYS_IN}\n{tried}")
    missing = f"{site} has no WordPress REST API that could be read; {_PAGES_INSTEAD}"
    return SourceUnreadableError(f"{missing}\n{tried}")
