"""Posts in other languages that a plugin keeps out of the list (WPML, Polylang)."""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence

from scrapy import Request

from crawler.crawling.wordpress.rest_client import Output, RestClient
from crawler.extensions.report import ReportExtension
from crawler.sources.site import on_site
from crawler.sources.wordpress.answer import Answer, AnswerError
from crawler.sources.wordpress.api import Api, as_folder
from crawler.sources.wordpress.languages import SiteLanguages

_ONE = {"_fields": "id,link", "per_page": "1"}
_MOST = 12

_Left = list[tuple[str, str, bool]]
"""Languages that are still to be asked for: their addresses, and whether by those."""


class HiddenLanguages:
    """Asks for one post in each other language that the home page links, when the list is whole.

    A post that the list lacks shows that there are more: by the parameter ``lang``, else at the
    API below the language's own address. All that is found is named in one problem, with the fix.
    """

    def __init__(
        self,
        client: RestClient,
        report: ReportExtension,
        domains: Sequence[str],
        ports: Container[int],
    ) -> None:
        self._client = client
        self._report = report
        self._domains = domains
        self._ports = ports
        self._by_name: list[str] = []
        self._by_address: list[str] = []

    def look_for(self, languages: SiteLanguages, post_type: str, listed: Collection[str]) -> Output:
        """Yield the first request; posts whose addresses are *listed* are not hidden."""
        others = list(languages.others())[:_MOST] if languages.are_several else []
        left = [(name, address, False) for name, address in others]
        yield from self._ask_next(left, post_type, listed)

    def _ask_next(self, left: _Left, post_type: str, listed: Collection[str]) -> Output:
        while left:
            if request := self._request(left, post_type, listed):
                yield request
                return
            left = left[1:]
        self._tell(post_type)

    def _request(self, left: _Left, post_type: str, listed: Collection[str]) -> Request | None:
        name, address, is_by_address = left[0]
        api, params = None, {**_ONE, "lang": name}
        if is_by_address:
            if "?" in address or not on_site(address, self._domains, self._ports):
                return None
            api, params = Api(as_folder(address) + "wp-json/"), _ONE
        state = {"left": left, "post_type": post_type, "listed": listed}
        return self._client.request(
            f"wp/v2/{post_type}",
            params,
            self._parse,
            self._fail,
            state,
            api=api,
            meta={"may_be_missing": True},
        )

    def _parse(
        self, answer: Answer, left: _Left, post_type: str, listed: Collection[str]
    ) -> Output:
        (name, address, is_by_address), *rest = left
        first = next(iter(answer.elements()), None)
        link = first.get("link") if isinstance(first, dict) else None
        if isinstance(link, str) and link not in listed:
            count = f"{answer.total} " if answer.total else ""
            if is_by_address:
                self._by_address.append(f"{count}in {name} (-a site={address})")
            else:
                self._by_name.append(f"{count}in {name}")
        elif not is_by_address:
            rest = [(name, address, True), *rest]
        yield from self._ask_next(rest, post_type, listed)

    def _fail(
        self, error: AnswerError, left: _Left, post_type: str, listed: Collection[str]
    ) -> Output:
        """Go on: a site that refuses the parameter may have the language at an address."""
        (name, address, is_by_address), *rest = left
        if not is_by_address:
            rest = [(name, address, True), *rest]
        yield from self._ask_next(rest, post_type, listed)

    def _tell(self, post_type: str) -> None:
        for fix in filter(None, (self._fix_by_name(), self._fix_by_address())):
            self._report.problem(
                "languages", f"{post_type}: the list of the site lacks those {fix}"
            )

    def _fix_by_name(self) -> str:
        names = ",".join(found.rpartition(" ")[2] for found in self._by_name)
        fix = f"pass -a language={names}, beside the languages that you have"
        return f"{', '.join(self._by_name)}: {fix}" if names else ""

    def _fix_by_address(self) -> str:
        return f"{', '.join(self._by_address)}: crawl them there" if self._by_address else ""
