"""The cookies of a run, for sites that send us in circles without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.http.cookies import CookieJar

from crawler.sources.site import site_domain

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

_MOST = 50
"""Cookies of one site."""
_ADDED = "run_cookies"


class RunCookies:
    """Keeps the cookies that come with redirects, in memory, and sends them only where it is asked.

    Each site (a registrable domain) has a jar of its own, so that no cookie reaches another site,
    whatever domain it claims. The line of the request is redacted in the archive.
    """

    def __init__(self) -> None:
        self._jars: dict[str, CookieJar] = {}
        self._used: set[str] = set()

    def take(self, request: Request, response: Response) -> None:
        """Keep the cookies of *response*, if it is a redirect or its site needs cookies."""
        site = site_domain(request.url)
        is_wanted = site in self._used or "Location" in response.headers
        if is_wanted and "Set-Cookie" in response.headers:
            jar = self._jars.setdefault(site, CookieJar())
            if len(jar) < _MOST:
                jar.extract_cookies(response, request)

    def use_for(self, url: str) -> bool:
        """Send cookies to the site of *url* from now on; return whether that changes anything."""
        site = site_domain(url)
        is_new = site not in self._used and bool(len(self._jars.get(site, ())))
        if is_new:
            self._used.add(site)
        return is_new

    def add_to(self, request: Request) -> None:
        """Add the cookies for *request*, if its site needs them."""
        if request.meta.pop(_ADDED, False):  # those of the request that was redirected
            request.headers.pop("Cookie", None)
        site = site_domain(request.url)
        if site in self._used and "Cookie" not in request.headers:
            self._jars[site].add_cookie_header(request)
            request.meta[_ADDED] = "Cookie" in request.headers
