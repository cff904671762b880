"""Addresses as sites write them: made absolute, checked and compared.

RFC 3986, sections 5 (resolution) and 6 (normalisation).
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit

from w3lib.url import canonicalize_url, safe_url_string

LONGEST_URL = 8_192

# Addresses that `absolute_url` would not change, as most are: a short cut.
_PLAIN = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9-]*\.)*[a-z0-9-]*[a-z0-9]/(?:[\w~-]|/(?!\.)|(?<!/)\.)*"
    r"(?:\?[\w=&.~-]*)?",
    re.ASCII,
)
_USERINFO = re.compile(r"//[^/?#\s]*@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters by which newsletters, feeds and advertisers count clicks; no page depends on them.
_TRACKING = re.compile(
    r"(?:utm|at|mtm|pk|piwik|hsa|wt)_\w+|_ga|_gl|_hsenc|_hsmi|mc_[ce]id|igsh(?:id)?|xtor|maca|"
    r"(?:fbc|gc|dc|yc|twc|ttc)lid|msclkid|gbraid|wbraid|gclsrc|__twitter_impression",
    re.IGNORECASE,
)


def absolute_url(base: str, reference: str) -> str:
    """Return *reference* made absolute against *base* and escaped as in a request.

    Return nothing if it cannot be fetched: a scheme other than http and https, no host, a control
    character, more than `LONGEST_URL` characters. A user and password in it are left out.
    """
    reference = reference.strip()
    if not reference or len(reference) > LONGEST_URL or _CONTROL.search(reference):
        return ""
    if _PLAIN.fullmatch(reference):
        return reference
    try:
        url = _without_userinfo(safe_url_string(urljoin(base, reference)))
        parts = urlsplit(url)
        usable = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    return url if usable and len(url) <= LONGEST_URL else ""


def address_key(url: str) -> str:
    """Return the form of *url* in which all spellings of one address are the same.

    It has no fragment, tracking parameters and default port, https for http, the host in lower
    case, the parameters sorted and the escapes normalised, and never a user or password. What is
    no address stays as it is.
    """
    url = _without_userinfo(url)
    try:
        parts = urlsplit(url)
        scheme = "https" if parts.scheme == "http" else parts.scheme
        netloc, query = _netloc(parts), _query(parts.query)
        plain = parts._replace(scheme=scheme, netloc=netloc, query=query)
        return canonicalize_url(plain.geturl())
    except ValueError:
        return url


def _without_userinfo(url: str) -> str:
    return _USERINFO.sub("//", url, count=1) if "@" in url else url


def place_on_site(url: str) -> str:
    """Return path and query of *url*, in which an address is the same on all hosts of a site.

    Nothing is returned for a home page, and for what is no address.
    """
    try:
        parts = urlsplit(address_key(url))
    except ValueError:
        return ""
    place = f"{parts.path.rstrip('/')}?{parts.query}" if parts.netloc else ""
    return place.rstrip("?")


def without_tracking(url: str) -> str:
    """Return *url* without its fragment and tracking parameters, and otherwise unchanged."""
    parts = urlsplit(url)
    return parts._replace(query=_query(parts.query), fragment="").geturl()


def _query(query: str) -> str:
    kept = (p for p in query.split("&") if not _TRACKING.fullmatch(p.partition("=")[0]))
    return "&".join(kept)


def _netloc(parts: SplitResult) -> str:
    netloc = parts.netloc.lower()
    if parts.port == _DEFAULT_PORTS.get(parts.scheme):
        netloc = netloc.removesuffix(f":{parts.port}")
    return netloc.rstrip(".:")
