"""The names of text files where two archives became one.

Each archive counted its articles for itself, and may hold what the other one holds. Of two
articles with one ordinal, and of two names of one article, that of the text that was made earlier
stays, so that it does not matter which archive was copied into which. A record says what the other
is called from then on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from crawler import __version__
from crawler.archive.life_records import REFILED, life_event, life_record, take_events
from crawler.archive.recorder import Recorder
from crawler.warc.index_writer import IndexWriter
from crawler.warc.records import new_ref
from crawler.warc.writer import WarcWriter

if TYPE_CHECKING:
    from crawler.state.store import Holding, LifeEvent, Store
    from crawler.text.corpus import Corpus


def named_once(store: Store, held: Holding, found: Holding) -> Holding:
    """Return *found*, another text of the article *held*, with the name that the article keeps.

    A name that goes is noted as an event, whose record `settle_names` writes.
    """
    if found.file == held.file:
        return found
    texts = [held, *store.history(held.key, held.source)]
    stays, goes = (found, held) if _made([found]) < _made(texts) else (held, found)
    _rename(store, goes, stays)
    return replace(found, ordinal=stays.ordinal, file=stays.file)


def hold_once(store: Store, held: Holding, found: Holding) -> Holding:
    """Hold *found* or *held*, the same text from two sources, as `settle_names` would.

    Return the one that stays: that which was made earlier, or was revised since.
    """
    texts = [held, *store.history(held.key, held.source)]
    if len(texts) > 1 or _made([found]) >= _made(texts):
        _rename(store, found, held)
        return held
    _rename(store, held, found)
    store.remove(held)
    store.add([found])
    return found


def settle_names(store: Store, corpus: Corpus, warcs: Path) -> list[tuple[str, str]]:
    """Give each article an ordinal of its own, and write the records of all names that changed.

    What two sources have with one text is held once, as a crawl would have found a duplicate.

    Text files are renamed. Return the old and the new name of each. Raises OSError.
    """
    _drop_doubles(store)
    _renumber(store, corpus)
    events = _unrecorded(store)
    if not events:
        return []
    _record(store, events, warcs)
    changes = [(was, now) for was, now in map(_files, events) if was != now]
    held = set(store.files())
    for was, now in changes:
        if was not in held:
            corpus.rename(was, now)
    return changes


class _Article(NamedTuple):
    """An article that is held, when the first of its ``texts`` was made, and the digest of that."""

    made: str
    key: str
    source: str
    held: Holding
    first: bytes
    texts: int


def _by_age(store: Store, articles: Iterable[Holding]) -> list[_Article]:
    """Return *articles*, those made earliest first; it is the same order in every archive."""
    found = []
    for held in articles:
        texts = [*store.history(held.key, held.source), held]
        first = texts[0].text_digest
        found.append(_Article(_made(texts), held.key, held.source, held, first, len(texts)))
    return sorted(found, key=itemgetter(0, 1, 2))


def name_now(store: Store, file: str) -> str | None:
    """Return the name of the text file that was called *file* before a merge; None if none was."""
    names = dict(map(_files, store.events_of_kind(REFILED)))
    for _ in range(len(names)):  # it may have had several
        if file not in names or names[file] == file:
            break
        file = names.pop(file)
    return file if store.with_files([file]) else None


def _drop_doubles(store: Store) -> None:
    """Drop what another source had before with the same text, unless it was revised since."""
    earliest: dict[str, _Article] = {}
    for article in _by_age(store, store.sharing_keys()):
        first = earliest.setdefault(article.key, article)
        if first is not article and article.texts == 1 and article.first == first.first:
            _rename(store, article.held, first.held)
            store.remove(article.held)


def _renumber(store: Store, corpus: Corpus) -> None:
    """Give new ordinals to articles whose ordinal one has that was made earlier."""
    taken: set[int] = set()
    for article in _by_age(store, store.sharing_ordinals()):
        held = article.held
        if held.ordinal in taken:
            new = store.take_ordinals(1)
            file = corpus.file(ordinal=new, key=held.key, source=held.source, date=held.date)
            _rename(store, held, replace(held, ordinal=new, file=file))
        taken.add(held.ordinal)


def _made(texts: Iterable[Holding]) -> str:
    """Return when the first of *texts* was made."""
    return min((text.conversion.date for text in texts if text.conversion), default="")


def _rename(store: Store, goes: Holding, stays: Holding) -> None:
    """Have the article *goes* called as *stays* is; the record is still to be written."""
    detail = {
        side: {"ordinal": held.ordinal, "file": held.file}
        for side, held in (("was", goes), ("now", stays))
    }
    take_events(store, [life_event(REFILED, goes, detail, archived=False)])


def _unrecorded(store: Store) -> list[LifeEvent]:
    """Take the events without a record out of *store*; return those that no record tells."""
    events = store.events_of_kind(REFILED)
    store.drop_unrecorded(REFILED)
    told = {(event.key, event.source, event.detail) for event in events if event.record}
    fresh = {(event.key, event.source, event.detail): event for event in events}
    return [event for name, event in fresh.items() if name not in told]


def _record(store: Store, events: Iterable[LifeEvent], warcs: Path) -> None:
    writer = WarcWriter(warcs, "merge", software=f"newsreel/{__version__}")
    recorder = Recorder(writer, store, IndexWriter(warcs.parent / "index"))
    for event in events:
        told = replace(event, record=new_ref("", datetime.now(UTC)))
        assert told.record
        recorder.write([life_record(told)], [told.record], partial(_put, told))
    recorder.seal()


def _put(event: LifeEvent, store: Store) -> None:
    store.put_events([event])


def _files(event: LifeEvent) -> tuple[str, str]:
    detail = json.loads(event.detail)
    return detail["was"]["file"], detail["now"]["file"]
