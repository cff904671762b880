"""Nothing lost: what must hold of an archive after any disturbances and one clean run."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tests.world.faults.held import Collected, Held, Snapshot
from tests.world.faults.warcs import BrokenRecordError, Record, faults, record_at, records

_INDEXED = {"response", "revisit", "resource"}
_LIST = re.compile(r"/wp/v2/\w+\?(?!.*\binclude=)")
_SCHEME = re.compile(r"^https?:(?=//)")
_REFERENCES = ("warc-refers-to", "warc-concurrent-to")


def violations(
    held: Held, reference: Collected, *, snapshots: Iterable[Snapshot] = (), said: str = ""
) -> list[str]:
    """Return everything in which *held* breaks the invariant, a line each.

    *reference* is what an undisturbed run collects, *snapshots* were taken after each disturbance,
    *said* is what the clean run logged and reported.
    """
    try:
        return [
            *_same(held.collected, reference),
            *recovery_violations(held, snapshots),
            *_texts(held),
            *_indexed(held),
            *_complete(held, said),
        ]
    except sqlite3.Error as error:
        return [f"ledger: cannot be read: {error}"]


def recovery_violations(held: Held, snapshots: Iterable[Snapshot]) -> list[str]:
    """Return those that recovery alone must put right: in WARC files, and in the ledger of them."""
    unchanged = (line for snapshot in snapshots for line in _unchanged(held, snapshot))
    return [*warc_violations(held), *_recorded(held), *_sized(held), *unchanged]


def _same(collected: Collected, reference: Collected) -> Iterator[str]:
    """Check (a): the same articles and texts, no doubles."""
    for identity in reference.articles - collected.articles:
        yield f"a: lost: {identity}"
    for identity in collected.articles - reference.articles:
        yield f"a: too many: {identity}"
    for key in sorted(reference.texts.keys() - collected.texts.keys()):
        yield f"a: no text file of {key}"
    for key in sorted(collected.texts.keys() - reference.texts.keys()):
        yield f"a: a text file of {key}, which no undisturbed run writes"
    for key in sorted(reference.texts.keys() & collected.texts.keys()):
        if reference.texts[key] != collected.texts[key]:
            yield f"a: the text of {key} differs"


def warc_violations(held: Held, *, sealed: bool = True) -> Iterator[str]:
    """Check (b): every WARC can be read strictly, and is *sealed*."""
    if sealed:
        yield from (f"b: {name} is not sealed" for name in held.unsealed)
    known: Counter[str] = Counter()
    references: list[tuple[str, str]] = []
    for name, data in held.warcs.items():
        try:
            for record in records(data):
                yield from (f"b: {name}: {record.id}: {fault}" for fault in faults(record))
                known[record.id] += 1
                references += [(name, record.get(field)) for field in _REFERENCES]
                if record.offset == 0:
                    yield from _first(name, record)
        except BrokenRecordError as error:
            yield f"b: {name}: {error}"
    yield from (
        f"b: {number} records are {record}" for record, number in known.items() if number > 1
    )
    for name, record_id in references:
        if record_id and record_id not in known:
            yield f"b: {name} refers to {record_id}, which is nowhere"


def _first(name: str, record: Record) -> Iterator[str]:
    if record.type != "warcinfo" or record.get("warc-filename") != name:
        yield f"b: {name} begins with a {record.type} of {record.get('warc-filename')!r}"


def _recorded(held: Held) -> Iterator[str]:
    """Check (c): what the ledger says is in the WARC files is there."""
    refs = [(article.conversion, {"conversion"}) for article in held.articles]
    refs += [(article.origin, {"response", "revisit"}) for article in held.articles]
    refs += [(capture, {"response"}) for capture in held.captures]
    for ref, types in refs:
        try:
            _record(held, ref, types)
        except (BrokenRecordError, LookupError) as error:
            yield f"c: ledger: {error}"


def _sized(held: Held) -> Iterator[str]:
    for name in sorted(held.committed.keys() | held.warcs.keys()):
        vouched, size = held.committed.get(name), len(held.warcs.get(name, b""))
        if vouched != size:
            yield f"c: the ledger vouches for {vouched} bytes of {name}, which has {size}"


def _texts(held: Held) -> Iterator[str]:
    """Check (c): every article has its text file, the block of its conversion, and no other has."""
    named = Counter(held.folder / "text" / article.file for article in held.articles)
    yield from (f"c: {path.name} belongs to no article" for path in held.texts if path not in named)
    yield from (f"c: {path.name} belongs to {n} articles" for path, n in named.items() if n > 1)
    for article in held.articles:
        try:
            conversion = _record(held, article.conversion, {"conversion"})
        except (BrokenRecordError, LookupError):
            continue  # `_recorded` names it
        if conversion.block != held.texts.get(held.folder / "text" / article.file):
            yield f"c: {article.file} is not its conversion record"


def _record(held: Held, ref: dict[str, Any] | None, types: set[str]) -> Record:
    if ref is None:
        raise LookupError(f"the ledger names no {' or '.join(sorted(types))}")
    data = held.warcs.get(ref["file"])
    if data is None:
        raise LookupError(f"there is no {ref['file']}")
    record = record_at(data, ref["offset"])
    if (record.id, record.length) != (ref["record_id"], ref["length"]) or record.type not in types:
        raise LookupError(f"{ref} is in fact: {record.type} {record.id}")
    return record


def _indexed(held: Held) -> Iterator[str]:
    """Check (c): each record to be replayed has its line in one of the sorted index files."""
    expected = {
        (name, record.offset, record.length)
        for name, data in held.warcs.items()
        for record in _readable(data)
        if record.type in _INDEXED
    }
    places: Counter[tuple[str, int, int]] = Counter()
    for path, index in held.indexes.items():
        lines = index.decode().splitlines()
        if lines != sorted(lines):
            yield f"c: {path.name} is not sorted"
        entries = [json.loads(line.split(" ", 2)[2]) for line in lines]
        places.update((e["filename"], int(e["offset"]), int(e["length"])) for e in entries)
    for what, wrong in (
        ("no line", expected - places.keys()),
        ("more than one line", {place for place, number in places.items() if number > 1}),
        ("a line, but there is no response", places.keys() - expected),
    ):
        if wrong:
            yield f"c: index: {what} for {len(wrong)} places, the first {min(wrong)}"


def _complete(held: Held, said: str) -> Iterator[str]:
    """Check (d): every item of an archived list is done, or named."""
    done = {identity[1:3] for identity in (article.identity for article in held.articles)}
    for guid, (date, link) in sorted(_listed(held).items()):
        if (guid, date) not in done and link not in said:
            yield f"d: {link} was listed, and is neither held nor named"


def _listed(held: Held) -> dict[str, tuple[str, str]]:
    """Return date and address of every item by its guid, as the archived lists have them."""
    items: dict[str, tuple[str, str]] = {}
    for data in held.warcs.values():
        for record in _readable(data):
            if record.type == "response" and _LIST.search(record.get("warc-target-uri")):
                for item in _elements(record):
                    guid = _SCHEME.sub("", html.unescape(item["guid"]["rendered"]))
                    items[guid] = (item["date"], item["link"])
    return items


def _elements(record: Record) -> list[Any]:
    if record.get("warc-truncated"):
        return []
    value = json.loads(record.entity)
    return [item for item in value if "guid" in item] if isinstance(value, list) else []


def _unchanged(held: Held, snapshot: Snapshot) -> Iterator[str]:
    """Check (e): no committed byte ever changes, and what is cut is set aside."""
    for name, committed in snapshot.committed.items():
        now = held.warcs.get(name, b"")
        if not now.startswith(committed):
            yield f"e: {name} no longer begins with the {len(committed)} bytes that were committed"
        tail = snapshot.tails[name]
        is_kept = now.startswith(committed + tail) or tail in held.torn.get(name, [])
        if tail and not is_kept:
            yield f"e: {len(tail)} bytes behind byte {len(committed)} of {name} are nowhere"


def _readable(data: bytes) -> Iterator[Record]:
    try:
        yield from records(data)
    except BrokenRecordError:
        return  # `warc_violations` names it
