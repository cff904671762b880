"""The names of text files where two archives became one.

Each archive counted its articles for itself, and may hold what the other one holds. Of two
articles with one ordinal, and of two names of one article, that of the text that was made earlier
stays, so that it does not matter which archive was copied into which. A record says what the other
is called from then on.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

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


def settle_names(store: Store, corpus: Corpus, warcs: Path) -> list[tuple[str, str]]:
    """Give each article an ordinal of its own, and write the records of all names that changed.

    Text files are renamed. Return the old and the new name of each. Raises OSError.
    """
    _renumber(store, corpus)
    events = _unrecorded(store)
    if not events:
        return []
    _record(store, events, warcs)
    changes = [_files(event) for event in events]
    held = set(store.files())
    for was, now in changes:
        if was not in held:
            corpus.rename(was, now)
    return changes


def _renumber(store: Store, corpus: Corpus) -> None:
    ordinal = store.last_ordinal()
    for article in _later_made(store):
        ordinal += 1
        file = corpus.file(
            ordinal=ordinal, key=article.key, source=article.source, date=article.date
        )
        _rename(store, article, replace(article, ordinal=ordinal, file=file))


def _later_made(store: Store) -> list[Holding]:
    """Return the articles whose ordinal another has that was made earlier, oldest first."""
    sharing: defaultdict[int, list[tuple[str, str, str, Holding]]] = defaultdict(list)
    for held in store.sharing_ordinals():
        made = _made([held, *store.history(held.key, held.source)])
        sharing[held.ordinal].append((made, held.key, held.source, held))
    later = [one for group in sharing.values() for one in sorted(group, key=_age)[1:]]
    return [held for *_, held in sorted(later, key=_age)]


def _age(article: tuple[str, str, str, Holding]) -> tuple[str, str, str]:
    return article[:3]


def _made(texts: Iterable[Holding]) -> str:
    """Return when the first of *texts* was made."""
    return min((text.conversion.date for text in texts if text.conversion), default="")


def _rename(store: Store, goes: Holding, stays: Holding) -> None:
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
