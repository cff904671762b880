"""What a page calls its site, so that a site's name is not taken for a headline or an author."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from crawler.pages.linked_data import strings, types
from crawler.sources.site import site_domain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata

_META = ("og:site_name", "application-name", "apple-mobile-web-app-title", "al:android:app_name")
_TYPES = re.compile(r"(?:WebSite|Organization)$")
_PLAIN = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W_]+")
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "æ": "ae"})
_MOST = 50
_LEAST = 3  # letters of a name that is looked for inside that of the host
_LEAST_LABEL, _MOST_BESIDE = 5, 10  # letters of a domain, and of what a site's name has beside it
_LONGEST = 100


def comparable(name: str) -> str:
    """Return the letters and digits of *name* in lower case, by which names are compared."""
    return _PLAIN.sub("", name).casefold()


@dataclass(frozen=True, slots=True)
class SiteNames:
    """The names of a site as `comparable` makes them, and what its address spells.

    ``domain`` is the one that was registered, ``label`` has the letters of its first part
    (``example`` of ``www.example.org``), ``host`` those of the host, ``folders`` those of each
    folder of the page's path.
    """

    names: frozenset[str]
    domain: str
    host: str
    label: str
    folders: frozenset[str]

    def is_site(self, name: str, *, is_behind: bool = True) -> bool:
        """Tell whether *name* is that of the site: one that it gives itself, or its host's.

        Behind a headline it may have a word more (``Harbour Times online``).
        """
        whole = comparable(name)
        return bool(whole) and (
            whole.removeprefix("the") in self.names
            or self._is_spelled(name, whole)
            or (is_behind and self._is_with_more(whole))
        )

    def is_own(self, name: str) -> bool:
        """Tell whether *name* is one that the site gives itself, or is its domain."""
        whole = comparable(name).removeprefix("the")
        return (
            whole in self.names
            or whole == self.label
            or (len(whole) > _LEAST and any(spelled in self.host for spelled in _spellings(name)))
        )

    def is_inside(self, text: str) -> bool:
        """Tell whether *text* has the domain of the site in it (``Harbour Times (www.ht.com)``)."""
        return bool(self.domain) and self.domain in text.casefold()

    def is_section(self, name: str) -> bool:
        """Tell whether *name* is that of a folder in which the page lies."""
        return not self.folders.isdisjoint(_spellings(name))

    def _is_with_more(self, whole: str) -> bool:
        """Tell whether *whole* is the domain and a word: ``Harbour Times online``."""
        whole = whole.removeprefix("the")
        beside = len(whole) - len(self.label)
        return (
            len(self.label) >= _LEAST_LABEL
            and beside <= _MOST_BESIDE
            and (whole.startswith(self.label) or whole.endswith(self.label))
        )

    def _is_spelled(self, name: str, whole: str) -> bool:
        if whole == self.label:
            return True
        words = [word.casefold() for word in _WORD.findall(name)]
        initials = "".join(word[0] for word in words)
        return (
            any(
                len(spelled) > _LEAST and (spelled in self.host or spelled[3:] == self.label)
                for spelled in _spellings(name)
            )
            or (len(whole) > _LEAST and whole.removeprefix("the") in self.host)
            or all(len(word) >= _LEAST and word in self.host for word in words)
            or (len(initials) >= _LEAST and f"{initials}com" in self.host)
        )


def site_names(metadata: PageMetadata, url: str) -> SiteNames:
    """Return the names of the site of the page at *url*."""
    given = [
        *(content for name in _META for content in metadata.meta.get(name, ())),
        *_described(metadata.nodes),
    ]
    parts, domain = urlsplit(url), site_domain(url).removeprefix("www.")
    folders = unquote(parts.path).strip("/").split("/")[:-1]
    return SiteNames(
        names=frozenset(
            comparable(_SCHEME.sub("", name)).removeprefix("the")
            for name in given[:_MOST]
            if len(name) <= _LONGEST
        )
        - {""},
        domain=domain,
        host=comparable(parts.hostname or ""),
        label=comparable(domain.partition(".")[0]),
        folders=frozenset(filter(None, map(comparable, folders[:_MOST]))),
    )


def _described(nodes: list[Node]) -> Iterator[str]:
    """Yield the names of sites and publishers in the JSON-LD of a page."""
    for node in islice(nodes, _MOST):
        if any(map(_TYPES.search, types(node))):
            yield from strings(node.get("name"))
        yield from strings(node.get("publisher"), "name")


def _spellings(name: str) -> set[str]:
    """Return how addresses write *name*: ``ö`` as ``oe`` or ``o``."""
    lower = name.casefold()
    plain = unicodedata.normalize("NFKD", lower)
    without_marks = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return {comparable(lower), comparable(lower.translate(_GERMAN)), comparable(without_marks)}
