"""The record of an outcome in the WARC: why an address gives no text, or that it gives one now.

The metadata record is JSON, written and read here alone. Of anybody's record only values of the
form that we write are used.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crawler.archive.json_records import is_name, is_text, json_content
from crawler.state.store import Outcome
from crawler.warc import records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warcio.recordloader import ArcWarcRecord

    from crawler.items import RecordRef
    from crawler.state.store import Store
    from crawler.warc.reader import Record

TEXT = "text"
"""The reason of an outcome that ends an earlier one: the address gives a text now."""

_FIELDS = ("source", "url", "run", "detail", "at")
_MAX_BYTES = 1 << 16


def changed(store: Store, outcomes: Iterable[Outcome], *, archived: bool) -> list[Outcome]:
    """Return those of *outcomes* that the ledger does not have yet, or not *archived*.

    What has its reason already stays as it is, detail and moment too: a crawl that runs every hour
    for years writes nothing about it.
    """
    by_source: dict[str, dict[str, Outcome]] = {}
    for outcome in outcomes:
        by_source.setdefault(outcome.source, {})[outcome.url] = outcome
    return [
        outcome
        for source, found in by_source.items()
        for known in [store.outcomes(source, found)]
        for url, outcome in found.items()
        if _is_news(outcome, known.get(url), archived=archived)
    ]


def _is_news(outcome: Outcome, known: Outcome | None, *, archived: bool) -> bool:
    if known is None or outcome.reason == TEXT:
        return (known is None) != (outcome.reason == TEXT)
    return outcome.reason != known.reason or (archived and known.record is None)


def with_refs(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return *outcomes* with references to the records that are still to be written."""
    now = datetime.now(UTC)
    return [replace(outcome, record=records.new_ref(outcome.url, now)) for outcome in outcomes]


def outcome_record(outcome: Outcome, ref: RecordRef) -> ArcWarcRecord:
    """Return the metadata record of *outcome*, with the id of *ref*."""
    fields = {"outcome": outcome.reason} | {name: getattr(outcome, name) for name in _FIELDS}
    return records.metadata(ref, json.dumps(fields, ensure_ascii=False).encode())


def read_outcome(record: Record, ref: RecordRef) -> Outcome | None:
    """Return the outcome that *record* tells, which lies at *ref*; None if it is no such record."""
    found = json_content(record, _MAX_BYTES)
    if found is None or not is_text(*map(found.get, ("outcome", *_FIELDS))):
        return None
    if not is_name(found["source"]):
        return None
    fields: dict[str, Any] = {name: found[name] for name in _FIELDS}
    return Outcome(reason=found["outcome"], record=ref, **fields)


def take(store: Store, outcomes: Iterable[Outcome]) -> None:
    """Have *store* hold *outcomes*, and forget those of addresses that give a text.

    An older one takes no newer one's place: archives may have been put together.
    """
    for outcome in outcomes:
        known = store.outcomes(outcome.source, [outcome.url]).get(outcome.url)
        if known and known.at > outcome.at:
            continue
        if outcome.reason == TEXT:
            store.drop_outcomes(outcome.source, [outcome.url])
        else:
            store.put_outcomes([outcome])
