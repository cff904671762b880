"""Which stories of a news service are wanted: by section, day and words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from crawler.dates import Moment
from crawler.items import Article
from crawler.sources.link import Link
from crawler.sources.site import on_site, on_sites

_WORDS = re.compile(r"\w+")
# A link page may give a story's day in another zone than the story does.
_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The stories that a run wants: by default everything on ``domains``.

    ``after`` (included) and ``before`` (not included) bound the day of publication, in the
    publisher's own time. A story has to be in one of ``sections``, spelled as `slug` does, and
    to have all of ``words`` in headline or text. ``skip`` is a pattern of addresses without text.
    ``ports`` are those at which the domains are read, any by default.
    """

    domains: tuple[str, ...]
    # No part of the fingerprint: existing ledgers hold it without.
    ports: frozenset[int] | None = field(default=None, repr=False)
    sections: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    skip: str = ""

    @property
    def is_all(self) -> bool:
        """Whether every story is wanted."""
        return not (self.sections or self.words or self.is_bounded)

    @property
    def is_bounded(self) -> bool:
        """Whether days are bounded: then older pages and archives are read too."""
        return bool(self.after or self.before)

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day on which a wanted story may be dated, empty if unbounded."""
        first = (self.after - _SLACK).date().isoformat() if self.after else ""
        last = (self.before + _SLACK).date().isoformat() if self.before else ""
        return first, last

    @property
    def fingerprint(self) -> str:
        """The digest by which the ledger tells the visits of this selection from others."""
        # Existing ledgers hold the digest from when the class was called Choice.
        text = repr(self).replace(type(self).__name__, "Choice", 1)
        return sha256(text.encode()).hexdigest()[:12]

    def reason_to_skip(self, link: Link, sites: Iterable[str] = ()) -> str | None:
        """Return why the story at *link* is not fetched, a stats key, or None if it is.

        It may be on one of the *sites*, too.
        """
        is_here = on_site(link.url, self.domains, self.ports) or on_sites(link.url, sites)
        if not is_here:
            return "off_site"
        if self.skip and re.search(self.skip, link.url):
            return "kind"
        is_out = self._is_outside(link.published) or self.is_too_old(link.modified)
        return "date" if is_out else None

    def is_too_old(self, modified: Moment | None) -> bool:
        """Tell whether something last *modified* then is too old; False if that is unknown."""
        return bool(modified and self.after and modified.local_time < self.after - _SLACK)

    def is_too_late(self, published: Moment | None) -> bool:
        """Tell whether what was *published* then is too new; False if that is unknown."""
        return bool(published and self.before and published.local_time >= self.before + _SLACK)

    def _is_outside(self, published: Moment | None) -> bool:
        return self.is_too_late(published) or self.is_too_old(published)

    def reason_to_drop(self, article: Article, sections: Iterable[str]) -> str | None:
        """Return why *article*, linked in *sections*, is not wanted, or None if it is.

        Its ``title`` and ``text`` are clean. The reason is a stats key.
        """
        time = Moment(article.date).local_time
        if (self.after and time < self.after) or (self.before and time >= self.before):
            return "date"
        path = unquote(urlsplit(article.url).path).split("/")[:-1]
        if not self.has_section((*sections, *article.categories, *path)):
            return "section"
        return None if self._has_words(f"{article.title}\n{article.text or ''}") else "search"

    def has_section(self, names: Iterable[str]) -> bool:
        """Tell whether one of *names* is a wanted section; always if no section is named."""
        return not self.sections or not set(self.sections).isdisjoint(map(slug, names))

    def _has_words(self, text: str) -> bool:
        if not self.words:
            return True
        text = text.casefold()
        return all(word.casefold() in text for word in self.words)


def slug(name: str) -> str:
    """Return *name* as addresses spell it: ``World News`` as ``world-news``."""
    return "-".join(_WORDS.findall(name.casefold()))
