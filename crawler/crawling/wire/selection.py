"""Which stories of a news service are wanted: by section, day and words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from crawler.dates import Moment
from crawler.items import Article
from crawler.sources.link import Link
from crawler.sources.site import on_site

_WORDS = re.compile(r"\w+")
# A source may name a story's day in another zone than the story does.
_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is asked for; empty is everything on ``domains``.

    ``after`` (included) and ``before`` (not included) bound the day of publication, in the
    publisher's own time. Of ``sections``, as `slug` spells them, one is to be a story's; of
    ``words`` each is to stand in headline or text. ``skip`` is a pattern of addresses that hold
    no text.
    """

    domains: tuple[str, ...]
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
        """Whether days are named: then what is older than the news is wanted too."""
        return bool(self.after or self.before)

    @property
    def mark(self) -> str:
        """A short name for what is asked for, another one for anything else."""
        return sha256(repr(self).encode()).hexdigest()[:12]

    def against(self, link: Link) -> str | None:
        """Return why the story at *link* need not be read, a stats key, or None if it may."""
        if not on_site(link.url, self.domains):
            return "off_site"
        if self.skip and re.search(self.skip, link.url):
            return "kind"
        return "date" if self.is_over(link.published) or self.is_before(link.modified) else None

    def is_before(self, moment: Moment | None) -> bool:
        """Tell whether what was changed last at *moment* is too old; False if that is unknown."""
        return bool(moment and self.after and moment.local_time < self.after - _SLACK)

    def is_over(self, moment: Moment | None) -> bool:
        """Tell whether what was published at *moment* is too old or too young."""
        is_late = moment and self.before and moment.local_time >= self.before + _SLACK
        return bool(is_late) or self.is_before(moment)

    def refuses(self, article: Article, sections: Iterable[str]) -> str | None:
        """Return why *article*, linked in *sections*, is not wanted, or None if it is.

        Its ``title`` and ``text`` are clean.
        """
        time = Moment(article.date).local_time
        if (self.after and time < self.after) or (self.before and time >= self.before):
            return "date"
        path = unquote(urlsplit(article.url).path).split("/")[:-1]
        if not self.has_section((*sections, *article.categories, *path)):
            return "section"
        return None if self._has_words(f"{article.title}\n{article.text or ''}") else "search"

    def has_section(self, names: Iterable[str]) -> bool:
        """Tell whether one of *names* is a section that is asked for, or none is asked for."""
        return not self.sections or not set(self.sections).isdisjoint(map(slug, names))

    def _has_words(self, text: str) -> bool:
        if not self.words:
            return True
        text = text.casefold()
        return all(word.casefold() in text for word in self.words)


def slug(name: str) -> str:
    """Return *name* as addresses spell it: ``World News`` as ``world-news``."""
    return "-".join(_WORDS.findall(name.casefold()))
