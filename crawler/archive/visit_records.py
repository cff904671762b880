"""The record of visits in the WARC: what came of addresses that were fetched.

The metadata record is JSON, written and read here alone. Of anybody's record only values of the
form that we write are used. What several addresses have in common stands there once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crawler.archive.json_records import is_moment, is_name, is_text, json_content
from crawler.state.identity import article_key
from crawler.state.store import Visit
from crawler.warc import records
from crawler.warc.warc_dates import is_exact_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from warcio.recordloader import ArcWarcRecord

    from crawler.items import RecordRef
    from crawler.state.store import Store
    from crawler.warc.reader import Record

_ARTICLE = "article"  # the outcome of a visit that has the date of its article
_OF_A_VISIT = ("at", "outcome", "guid", "date")
_MOST = 400  # visits in a record
_MOST_LETTERS = 1 << 18  # of their addresses
_MAX_BYTES = 1 << 23

Group = dict[str, Any]
"""Visits that differ in their addresses alone, as a record has them."""


@dataclass(frozen=True, slots=True)
class ToldVisit:
    """A visit that a record tells; ``is_held``: the article that it names was held then."""

    visit: Visit
    is_held: bool


def in_records(visits: Iterable[Visit]) -> Iterator[list[Visit]]:
    """Yield *visits*, as many at a time as one record holds."""
    batch: list[Visit] = []
    letters = 0
    for visit in visits:
        length = _letters(visit)
        if batch and (len(batch) == _MOST or letters + length > _MOST_LETTERS):
            yield batch
            batch, letters = [], 0
        batch.append(visit)
        letters += length
    if batch:
        yield batch


def groups(visits: Iterable[Visit], store: Store) -> list[Group]:
    """Return *visits* as a record has them; *store* says which of their articles are held.

    One with a longer address than any site has is left out: the ledger alone has it.
    """
    found: dict[tuple[str, ...], list[str]] = {}
    for visit in visits:
        if _letters(visit) > _MOST_LETTERS:
            continue
        shared = tuple(getattr(visit, name) for name in _OF_A_VISIT)
        found.setdefault(shared, []).append(visit.url)
    told = [dict(zip(_OF_A_VISIT, shared, strict=True)) for shared in found]
    held = store.holdings({_key(group) for group in told if group["guid"]})
    return [
        {name: value for name, value in group.items() if value}
        | ({"held": True} if group["guid"] and _key(group) in held else {})
        | {"urls": urls}
        for group, urls in zip(told, found.values(), strict=True)
    ]


def visits_record(source: str, told: Sequence[Group], ref: RecordRef) -> ArcWarcRecord:
    """Return the metadata record of visits of *source*, with the id of *ref*."""
    content = {"source": source, "visits": told}
    return records.metadata(ref, json.dumps(content, ensure_ascii=False).encode())


def read_visits(record: Record) -> list[ToldVisit]:
    """Return the visits that *record* tells, none if it is no such record."""
    found = json_content(record, _MAX_BYTES)
    return told_visits(found, record.date) if found else []


def told_visits(content: dict[str, Any], noted: str) -> list[ToldVisit]:
    """Return the visits that the *content* of a record has, which is of the moment *noted*."""
    source, told = content.get("source"), content.get("visits")
    if not (is_name(source) and isinstance(told, list) and is_exact_date(noted)):
        return []
    return [visit for group in told for visit in _told(group, str(source), noted)]


def take_visits(store: Store, told: Iterable[ToldVisit]) -> None:
    """Have *store* hold the visits *told*, but not those whose article was lost since.

    Where that is in no file any more, its address has to be fetched again.
    """
    told = list(told)
    held = store.holdings({article_key(t.visit.guid, t.visit.date) for t in told if t.is_held})
    store.put_visits(
        one.visit
        for one in told
        if not one.is_held or article_key(one.visit.guid, one.visit.date) in held
    )


def _told(group: object, source: str, noted: str) -> Iterator[ToldVisit]:
    if not isinstance(group, dict):
        return
    values = {name: group.get(name, "") for name in _OF_A_VISIT}
    urls = group.get("urls")
    if not (is_text(*values.values()) and isinstance(urls, list) and is_text(*urls)):
        return
    has_date = values["date"] or values["outcome"] == _ARTICLE
    if not (is_moment(values["at"]) and (is_moment(values["date"]) or not has_date)):
        return
    visit = Visit(source=source, url="", noted=noted, **values)
    is_held = group.get("held") is True and bool(visit.guid)
    for url in urls:
        yield ToldVisit(replace(visit, url=url), is_held)


def _letters(visit: Visit) -> int:
    return len(visit.url) + len(visit.guid) + len(visit.outcome)


def _key(group: Group) -> str:
    return article_key(group["guid"], group["date"])
