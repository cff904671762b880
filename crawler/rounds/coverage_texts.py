"""Coverage as people and programs read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crawler.exceptions import printable
from crawler.reports.reasons import REASONS
from crawler.rounds.run_scope import LIMIT
from crawler.rounds.story_states import OUTDATED, State

if TYPE_CHECKING:
    from crawler.rounds.listed_stories import Story
    from crawler.rounds.source_coverage import Coverage, SourceCoverage

_HEAD = ("month", "listed", *State)
_MOST_BLIND = 20
_SENTENCES = {
    LIMIT: "a run with max_articles met it, and takes no more than that",
    OUTDATED: "a list says that it was modified since: run the crawl again",
    "missing": "its site did not have it in the last run",
    "gone": "its site does not have it any more",
}


def lines(coverage: Coverage, which: str) -> Iterator[str]:
    """Yield the lines of *coverage*; stories with the state or reason *which* are named."""
    for fault in coverage.faults:
        yield printable(f"damaged: {fault}")
    for source in coverage.sources:
        yield from _of_source(source)
        for story in coverage.stories(source.source, which):
            yield f"  {printable(_named(story), 2_000)}"
        yield ""


def _of_source(source: SourceCoverage) -> Iterator[str]:
    many = "1 run" if source.lists.runs == 1 else f"{source.lists.runs:,} runs"
    runs = f"{many}, begun from {source.lists.first} to {source.lists.last}"
    yield printable(f"{source.source}: {runs}")
    yield from _table(source)
    for state in State:
        for reason, number in sorted(source.reasons.get(state, {}).items()):
            yield printable(f"  {number:,} {state}, {reason}: {_sentence(reason)}")
    for route, number in source.unnamed.items():
        yield printable(f"  {number:,} {route} more than any list named: run the crawl again")
    for line in source.sees:
        yield f"  seen: {printable(line)}"
    for line in source.blind[:_MOST_BLIND]:
        yield f"  not seen: {printable(line)}"
    if len(source.blind) > _MOST_BLIND:
        yield f"  not seen: {len(source.blind) - _MOST_BLIND:,} more, see --json"


def _table(source: SourceCoverage) -> Iterator[str]:
    rows = [(month or "unknown", counts) for month, counts in sorted(source.months.items())]
    total = Counter({str(state): source.count(state) for state in State})
    for month, counts in (*rows, ("total", total)):
        numbers = (counts.total(), *(counts[state] for state in State))
        if month == (rows[0][0] if rows else "total"):
            yield "  " + "  ".join(f"{name:>7}" for name in _HEAD)
        cells = [f"{month:>7}"]
        cells += [
            f"{number:>{max(7, len(name))},}"
            for name, number in zip(_HEAD[1:], numbers, strict=True)
        ]
        yield "  " + "  ".join(cells)


def _sentence(reason: str) -> str:
    if reason in _SENTENCES:
        return _SENTENCES[reason]
    return REASONS[reason].sentence if reason in REASONS else "see docs/reasons.md"


def _named(story: Story) -> str:
    what = f"{story.post} {story.url}" if story.post else story.url
    first = f"listed at {story.first} by {story.place}"
    last = "" if story.last == story.first else f", last at {story.last} by {story.last_place}"
    facts = filter(None, (f"of {story.date}" if story.date else "", story.reason, story.note))
    told = "".join(f", {fact}" for fact in facts)
    return f"{story.state}: {what}{told}: {first}{last}"


def as_json(coverage: Coverage, which: str) -> dict[str, Any]:
    """Return *coverage* as values for JSON; stories as `lines` names them."""
    return {
        "explained": coverage.is_explained,
        "faults": coverage.faults,
        "sources": [_json_of(coverage, source, which) for source in coverage.sources],
    }


def _json_of(coverage: Coverage, source: SourceCoverage, which: str) -> dict[str, Any]:
    states = [str(state) for state in State]
    return {
        "source": source.source,
        "spiders": sorted(source.lists.spiders),
        "runs": source.lists.runs,
        "first": source.lists.first,
        "last": source.lists.last,
        "explained": source.is_explained,
        "months": {
            month: {"listed": counts.total(), **{state: counts[state] for state in states}}
            for month, counts in sorted(source.months.items())
        },
        "total": {state: source.count(state) for state in State},
        "reasons": {state: dict(found) for state, found in sorted(source.reasons.items())},
        "unnamed": source.unnamed,
        "seen": source.sees,
        "not_seen": source.blind,
        "stories": [_json_story(story) for story in coverage.stories(source.source, which)],
    }


def _json_story(story: Story) -> dict[str, Any]:
    return {
        "state": story.state,
        "reason": story.reason,
        "note": story.note,
        "url": story.url,
        "post": story.post,
        "date": story.date,
        "listed": story.first,
        "by": story.place,
        "listed_last": story.last,
        "by_last": story.last_place,
    }
