"""Redirects within the site: a spider with ``allowed_domains`` is not led elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.settings import BaseSettings

from crawler.exceptions import (
    ForbiddenRedirectError,
    OffsiteRedirectError,
    RedirectLoopError,
    RequestedElsewhere,
    without_userinfo,
)
from crawler.extensions.request_meta import ROBOTS
from crawler.handlers.run_cookies import RunCookies
from crawler.sources.address import address_key
from crawler.sources.site import on_site, on_sites, site_domain

MAX_URL = 8192
"""Characters of a URL; WARC readers stop at header lines of 64 KiB."""

_ROUNDS = 2
"""How often a way of redirects may lead to one address: a site may want a cookie first."""


class SiteRedirectMiddleware(RedirectMiddleware):
    """Scrapy's middleware, but a redirect off the site fails its request instead of vanishing.

    Scrapy's OffsiteMiddleware drops such a request without calling any errback, so that a site
    which moved would look like one without news. Circles end in the second round; if cookies came
    on the way, the site gets them from then on, unless COOKIES_ENABLED has Scrapy send them. A
    spider may bound the ports too, by ``allowed_ports``; what its method ``forbids`` is true of is
    not requested. A user and password in the address that a
    site leads to are left out.
    """

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self._cookies = None if settings.getbool("COOKIES_ENABLED") else RunCookies()

    def process_request(self, request: Request) -> None:
        """Add the cookies that the site needs."""
        if self._cookies:
            self._cookies.add_to(request)

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if self._cookies:
            self._cookies.take(request, response)
        try:
            result = super().process_response(request, _without_userinfo(response))
        except IgnoreRequest:
            way = f"{_way(request)[0]} is redirected more than {self.max_redirect_times} times"
            raise RedirectLoopError(f"{way}, at last to {response.url}") from None
        if isinstance(result, Request):
            self._check(request, response, result)
        return result

    def _check(self, request: Request, response: Response, redirected: Request) -> None:
        """Raise the error for which *redirected* is not requested, if there is one."""
        if len(redirected.url) > MAX_URL:
            raise OffsiteRedirectError(f"{response.url:.200} redirects to a URL of absurd length")
        self._check_host(request, response, redirected)
        self._check_circle(request, redirected)
        self._check_elsewhere(request, redirected)

    def _check_host(self, request: Request, response: Response, redirected: Request) -> None:
        spider = self.crawler.spider
        domains = getattr(spider, "allowed_domains", None)
        ports = getattr(spider, "allowed_ports", None)
        is_own = ROBOTS in request.meta and on_site(redirected.url, [site_domain(request.url)])
        is_here = not domains or is_own or on_site(redirected.url, domains, ports)
        if not (is_here or on_sites(redirected.url, request.meta.get("sites", ()))):
            self.crawler.stats.inc_value("redirect/offsite")
            host = urlsplit(redirected.url).netloc
            raise OffsiteRedirectError(
                f"{response.url} redirects off the site, to {redirected.url}: "
                f"if that belongs to it, say so with -a allow_hosts={host}"
            )
        if getattr(spider, "forbids", _forbids_nothing)(redirected.url):
            raise ForbiddenRedirectError(
                f"{response.url} redirects to {redirected.url}, which forbids crawling"
            )

    def _check_circle(self, request: Request, redirected: Request) -> None:
        rounds = _way(request).count(redirected.url)
        if rounds and self._cookies and self._cookies.use_for(redirected.url):
            self.crawler.stats.inc_value("redirect/cookies_needed")
        if rounds >= _ROUNDS:
            self.crawler.stats.inc_value("redirect/circle")
            raise RedirectLoopError(f"{redirected.url} is redirected in circles")

    def _check_elsewhere(self, request: Request, redirected: Request) -> None:
        """Raise `RequestedElsewhere` if the address is fetched for another request already."""
        elsewhere = request.meta.get(RequestedElsewhere.meta_key, ())
        is_on_way = address_key(redirected.url) in map(address_key, _way(request))
        if redirected.url in elsewhere and not is_on_way:
            self.crawler.stats.inc_value("redirect/requested_elsewhere")
            raise RequestedElsewhere(redirected.url)


def _without_userinfo(response: Response) -> Response:
    location = response.headers.get("Location") or b""
    if b"@" not in location:
        return response
    shown = without_userinfo(location.decode("latin-1"))
    response = response.replace(headers=response.headers.copy())
    response.headers["Location"] = shown.encode("latin-1")
    return response


def _way(request: Request) -> list[str]:
    """Return the addresses that led to *request*, and its own."""
    return [*request.meta.get("redirect_urls", ()), request.url]


def _forbids_nothing(url: str) -> bool:
    return False
