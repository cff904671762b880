"""Stories that are linked at several addresses, which differ in what may only track."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from crawler.crawling.wire.link_pages import Place
from crawler.crawling.wire.tracking_parameters import TrackingParameters
from crawler.items import Article
from crawler.sources.address import address_key
from crawler.sources.link import Link
from crawler.sources.tracking import differing, is_counting, names_a_story, suspects
from crawler.text.fingerprint import text_digest

Held = tuple[Link, Place]
"""A link, and where it stands."""


@dataclass(slots=True)
class _Story:
    """The story that ``link`` leads to; ``digest`` is that of its text once it was read.

    ``names_itself`` says that its canonical URL names it without what may only track.
    """

    link: Link
    digest: bytes = b""
    names_itself: bool = False


class LinkedTwice:
    """Holds back a link to what may be a story that is linked already, until that was read.

    Then the canonical URL of the story says whether the parameters in which the two differ only
    track. If it does not, the link is followed, and the two texts tell it for all other links to
    the host. ``same`` has the links that lead to a story, each with the address that was
    followed.
    """

    def __init__(self, tracking: TrackingParameters) -> None:
        self._tracking = tracking
        self._stories: dict[str, _Story] = {}
        self._held: dict[str, list[tuple[_Story, Held]]] = {}
        self._read: list[str] = []
        self._has_learned = False
        self._left_out: list[tuple[_Story, Held]] = []
        self._compared: set[tuple[str, frozenset[str]]] = set()
        self.same: list[tuple[Link, str]] = []

    def admits(self, link: Link, place: Place) -> bool:
        """Tell whether *link* is to be followed now."""
        bare = self._tracking.bare_key(link.url)
        story = self._stories.setdefault(bare, _Story(replace(link, content="")))
        return story.link.url == link.url or self._admits(story, (link, place))

    def _admits(self, story: _Story, held: Held) -> bool:
        link = held[0]
        names = differing(story.link.url, link.url)
        if self._tracking.key(link.url) == self._tracking.key(story.link.url):
            if _are_two_entries(story.link, link):
                return True
            if all(map(is_counting, names)):
                self._left_out.append((story, held))
            else:  # the story may have been noted before that was known
                self.same.append((link, story.link.url))
            return False
        if not names & self._tracking.doubtful(link.url, story.link.url):
            return True
        if _is_one_entry(story.link, link):
            self.same.append((link, story.link.url))
            return False
        return self._is_to_be_compared(story, held, names)

    def _is_to_be_compared(self, story: _Story, held: Held, names: frozenset[str]) -> bool:
        """Tell whether a link is to be followed to see what parameters of unknown meaning do."""
        link, comparison = held[0], (urlsplit(held[0].url).netloc, names)
        if story.names_itself:
            self._learn(link.url, names, tracks=True)
            self.same.append((link, story.link.url))
            return False
        if story.digest and comparison not in self._compared:
            self._compared.add(comparison)
            return True
        self._held.setdefault(story.link.url, []).append((story, held))
        return False

    def _learn(self, url: str, names: frozenset[str], *, tracks: bool) -> None:
        if self._tracking.learn(url, names, tracks=tracks):
            self._has_learned = True

    def note_read(self, link: Link, article: Article, canonical: str) -> bool:
        """Note that *link* gave *article*; return whether that is a story that was read before.

        *canonical* is the canonical URL that the page names, empty if it names none.
        """
        bare = self._tracking.bare_key(link.url)
        story = self._stories.setdefault(bare, _Story(replace(link, content="")))
        digest = text_digest(article.title or "", (article.text or "").split("\n"))
        if story.link.url == link.url or not story.digest:
            self._read.append(link.url)
            is_named = address_key(canonical) == bare and not suspects(canonical)
            story.link, story.digest = replace(link, content=""), digest
            story.names_itself = is_named and names_a_story(canonical)
            if story.names_itself:
                self._learn(link.url, self._tracking.doubtful(link.url), tracks=True)
            return False
        is_same = digest == story.digest
        self._learn(link.url, differing(story.link.url, link.url), tracks=is_same)
        if is_same:
            self.same.append((link, story.link.url))
        return is_same

    def released(self) -> Iterator[Held]:
        """Yield the links that are to be followed, by what is known now."""
        keys, self._read = self._read, []
        if self._has_learned:
            self._has_learned, keys = False, list(self._held)
            yield from self._left_out_wrongly()
        for key in keys:
            for story, held in self._held.pop(key, ()):
                if self._admits(story, held):
                    yield held

    def _left_out_wrongly(self) -> Iterator[Held]:
        left_out, self._left_out = self._left_out, []
        for story, held in left_out:
            if self._tracking.key(held[0].url) == self._tracking.key(story.link.url):
                self._left_out.append((story, held))
            else:
                yield held

    def all_held(self) -> Iterator[Held]:
        """Yield the links that still wait for a story which did not come."""
        held_back, self._held = self._held, {}
        yield from (held for links in held_back.values() for _, held in links)


def _is_one_entry(link: Link, other: Link) -> bool:
    """Tell whether two links have the same headline and the same moment."""
    return bool(link.title and link.published) and (
        (link.title, link.published) == (other.title, other.published)
    )


def _are_two_entries(link: Link, other: Link) -> bool:
    """Tell whether two links have other headlines and other moments."""
    if not (link.title and other.title and link.published and other.published):
        return False
    return link.title != other.title and link.published != other.published
