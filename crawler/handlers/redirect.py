"""Redirects within the site: a spider with ``allowed_domains`` is not led elsewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response

from crawler.exceptions import OffsiteRedirectError, without_userinfo
from crawler.sources.site import on_site

MAX_URL = 8192
"""Characters of a URL; WARC readers stop at header lines of 64 KiB."""


class SiteRedirectMiddleware(RedirectMiddleware):
    """Scrapy's middleware, but a redirect off the site fails its request instead of vanishing.

    Scrapy's OffsiteMiddleware drops such a request without calling any errback, so that a site
    which moved would look like one without news. A spider may bound the ports too, by
    ``allowed_ports``. A user and password in the address that a site leads to are left out.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        location = response.headers.get("Location") or b""
        if b"@" in location:
            response = response.replace(headers=response.headers.copy())
            shown = without_userinfo(location.decode("latin-1"))
            response.headers["Location"] = shown.encode("latin-1")
        result = super().process_response(request, response)
        spider = self.crawler.spider
        domains = getattr(spider, "allowed_domains", None)
        if not isinstance(result, Request):
            return result
        if len(result.url) > MAX_URL:
            raise OffsiteRedirectError(f"{response.url:.200} redirects to a URL of absurd length")
        if not domains or on_site(result.url, domains, getattr(spider, "allowed_ports", None)):
            return result
        self.crawler.stats.inc_value("redirect/offsite")
        host = urlsplit(result.url).netloc
        raise OffsiteRedirectError(
            f"{response.url} redirects off the site, to {result.url}: "
            f"if that belongs to it, say so with -a allow_hosts={host}"
        )
