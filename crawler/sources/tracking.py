"""Parameters of addresses that may only count clicks or visitors.

They are left out to compare addresses, never to make one (docs/decisions/17).
"""

from __future__ import annotations

import re
from collections.abc import Container
from urllib.parse import unquote, urlsplit

from courlan.clean import TRACKERS_RE

from crawler.sources.address import address_key

# Names that news sites are known to count by, and session ids: believed until a site shows that
# another value brings another text.
_COUNTING = re.compile(
    r"cmp(?:id)?|ocid|ito|ico|icid|intcid|smid|smtyp|ncid|dicbo|__source|feed(?:type|name)|"
    r"wpsrc|spm|mkt_tok|echobox|__s|_openstat|ns_(?:mchannel|source|campaign|linkname|fee)|"
    r"phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|oscsid|zenid|session_?id",
)
# Names that count clicks on one site and choose pages on another; courlan's list has more.
_SUSPECT = re.compile(r"r|rf|rss|src|from|via|sid|mod|share|origin|partner")
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]{2,}")
_NUMBER = re.compile(r"\d{5,}")
_FEWEST_WORDS = 3


def suspects(url: str) -> frozenset[str]:
    """Return the names, in lower case, of the parameters of *url* that may choose no page."""
    if "?" not in url and ";" not in url:
        return frozenset()
    try:
        query = urlsplit(url).query
    except ValueError:
        return frozenset()
    named = {_name(parameter) for parameter in query.split("&")}
    found = {name for name in named if is_counting(name) or _is_suspect(name)}
    return frozenset(found | {"jsessionid"} if _SESSION_IN_PATH.search(url) else found)


def differing(url: str, other: str) -> frozenset[str]:
    """Return the names of those `suspects` in which two addresses differ."""
    ours, theirs = _values(url), _values(other)
    return frozenset(n for n in suspects(url) | suspects(other) if ours.get(n) != theirs.get(n))


def _values(url: str) -> dict[str, str]:
    values = {_name(p): p.partition("=")[2] for p in urlsplit(url).query.split("&")}
    if in_path := _SESSION_IN_PATH.search(url):
        values["jsessionid"] = in_path[0]
    return values


def is_counting(name: str) -> bool:
    """Tell whether the parameter *name* is believed to count, as long as no site disproves it."""
    return _COUNTING.fullmatch(name) is not None


def _is_suspect(name: str) -> bool:
    return bool(_SUSPECT.fullmatch(name) or TRACKERS_RE.search(name))


def key_without(url: str, names: Container[str]) -> str:
    """Return the `address_key` of *url* without the parameters called *names*."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return address_key(url)
    kept = "&".join(p for p in parts.query.split("&") if _name(p) not in names)
    path = _SESSION_IN_PATH.sub("", parts.path) if "jsessionid" in names else parts.path
    return address_key(parts._replace(path=path, query=kept).geturl())


def names_a_story(url: str) -> bool:
    """Tell whether the path of *url* alone names a story: some words in a row, or a long number."""
    last = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    return len(_WORDS.findall(last)) >= _FEWEST_WORDS or bool(_NUMBER.search(last))


def _name(parameter: str) -> str:
    return unquote(parameter.partition("=")[0]).lower()
