"""What the sites listed against what is held: `scrapy coverage`.

Nothing is taken from what the crawl said that it listed: the archived answers are read again, and
each story that any of them names is looked for in the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from crawler.rounds.list_reader import ListReader
from crawler.rounds.listed_stories import ListedStories, Story
from crawler.rounds.source_lists import SourceLists
from crawler.rounds.story_states import State, StoryStates

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.sources.sources_file import KnownServices
    from crawler.state.store import Store


@dataclass(slots=True, kw_only=True)
class SourceCoverage:
    """The coverage of one source.

    ``months`` count stories by state, by the month of their dates (empty if unknown), ``reasons``
    by state and reason. ``unnamed`` are posts that the site counts and no list named, by route.
    ``sees`` says how far the lists let us see, ``blind`` what they do not show.
    """

    source: str
    lists: SourceLists
    months: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: dict[str, Counter[str]] = field(default_factory=dict)
    unnamed: dict[str, int] = field(default_factory=dict)
    sees: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)

    def count(self, state: State) -> int:
        """Return how many stories are in *state*."""
        return sum(counts[state] for counts in self.months.values())

    @property
    def is_explained(self) -> bool:
        """Whether it is known of every story what became of it."""
        return not (self.count(State.UNEXPLAINED) or self.unnamed)


class Coverage:
    """The coverage of the sources of an archive; ``faults`` are damaged parts of its files.

    Use it in a ``with``: it has a temporary database. *timeout* is how many CPU seconds reading a
    link page may take.
    """

    def __init__(
        self,
        archive: Archive,
        store: Store,
        known: KnownServices,
        source: str = "",
        *,
        timeout: float,
    ) -> None:
        self._listed = ListedStories()
        reader = ListReader(archive, store, known, self._listed, timeout=timeout)
        reader.read(source)
        self.faults = reader.faults
        self.known_sources = sorted(reader.sources)
        self.sources = [
            self._of_source(store, name, reader.sources[name])
            for name in self.known_sources
            if not source or name == source
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listed.close()

    def stories(self, source: str, which: str) -> Iterator[Story]:
        """Iterate over the stories of *source* that are in a state or have a reason."""
        return self._listed.stories(source, which)

    @property
    def is_explained(self) -> bool:
        """Whether everything was read, and every story is explained."""
        return not self.faults and all(source.is_explained for source in self.sources)

    def _of_source(self, store: Store, name: str, lists: SourceLists) -> SourceCoverage:
        self._listed.fold(name)
        StoryStates(store, name, self._listed).note()
        for route, total in lists.totals.items():
            self._listed.note_taken_away(name, route, total.since, total.count)
        found = SourceCoverage(source=name, lists=lists)
        for month, state, reason, number in self._listed.counts(name):
            found.months.setdefault(month, Counter())[state] += number
            if reason:
                found.reasons.setdefault(state, Counter())[reason] += number
        self._note_posts(found)
        self._note_link_pages(found)
        self._note_unread(found)
        return found

    def _note_posts(self, found: SourceCoverage) -> None:
        """Compare what the site counts with what its lists named and it still has."""
        totals = found.lists.totals
        for route in sorted({*self._listed.routes(found.source), *totals}):
            total = totals.get(route)
            number = self._listed.count_posts(found.source, route, total.since if total else "")
            if total is None:
                found.sees.append(f"{route}: the lists named {number:,}")
                found.blind.append(f"{route}: no answer says how many there are in all")
                continue
            text = (
                f"{route}: the site counted {total.count:,} at {total.at}, and its lists named "
                f"{number:,} that it did not delete since"
            )
            found.sees.append(text if total.count > number else f"{text}: exact")
            if total.count > number:
                found.unnamed[route] = total.count - number

    def _note_link_pages(self, found: SourceCoverage) -> None:
        for kind, first, last, number in self._listed.reach(found.source):
            if kind != "posts":
                days = f"of {first} to {last}" if first else "of unknown days"
                stories = "1 story" if number == 1 else f"{number:,} stories"
                found.sees.append(f"{_PLURALS[kind]}: {stories} {days}")
        count, opened = self._listed.count_children(found.source)
        if count > opened:
            found.blind.append(f"{count - opened:,} of {count:,} sitemaps were never opened")
        for gap in found.lists.gaps:
            found.blind.append(
                f"{gap.uri}: between {gap.since} and {gap.until} stories may have passed, since "
                "the two readings have none in common"
            )

    def _note_unread(self, found: SourceCoverage) -> None:
        for unread in (*found.lists.unread.values(), *found.lists.damaged.values()):
            found.blind.append(f"{unread.uri}, read at {unread.at}: {unread.why}")
        if not found.months:
            spiders = " and ".join(sorted(found.lists.spiders))
            found.blind.append(
                f"no list was found among the answers of its runs (spider {spiders}); which pages "
                "were read as section fronts, the ledger alone knows"
            )


_PLURALS = {"feed": "feeds", "sitemap": "sitemaps", "listing": "section fronts"}
