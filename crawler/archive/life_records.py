"""The record of a life event in the WARC: what happened to an article without a new text of it.

The metadata record is JSON, written and read here alone. Of anybody's record only values of the
form that we write are used.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crawler.archive.json_records import is_name, is_ordinal, is_text, is_text_file, json_content
from crawler.state.store import LifeEvent
from crawler.warc import records
from crawler.warc.warc_dates import is_exact_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warcio.recordloader import ArcWarcRecord

    from crawler.state.store import Holding, Store
    from crawler.warc.reader import Record

REFILED = "refiled"
"""The kind of the event from which on an article has another ordinal and text file."""

KINDS = ("redated", "renamed", "updated", "missing", "gone", "back", REFILED)

_FIELDS = ("key", "source", "alias")
_KEY = re.compile(r"[0-9a-f]{16}")
_MAX_BYTES = 1 << 20


def life_event(
    kind: str, held: Holding, detail: Mapping[str, Any], *, alias: str = "", archived: bool = True
) -> LifeEvent:
    """Return the event of *kind* that happens to *held* now; *detail* says more.

    Unless it is not *archived*, it refers to the record that is still to be written.
    """
    ref = records.new_ref(held.url, datetime.now(UTC))
    return LifeEvent(
        key=held.key,
        source=held.source,
        kind=kind,
        at=ref.date,
        alias=alias,
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True),
        record=ref if archived else None,
    )


def life_record(event: LifeEvent) -> ArcWarcRecord:
    """Return the metadata record of *event*, with the id that the event has."""
    assert event.record is not None
    fields = {"event": event.kind} | {name: getattr(event, name) for name in _FIELDS}
    content = fields | {"detail": json.loads(event.detail)}
    return records.metadata(event.record, json.dumps(content, ensure_ascii=False).encode())


def read_life_event(record: Record, file: str) -> LifeEvent | None:
    """Return the event that *record* of the WARC *file* tells; None if it is no such record."""
    found = json_content(record, _MAX_BYTES)
    if found is None or not found.keys() >= {"event", "detail", *_FIELDS}:
        return None
    kind, key, source, alias = (found[name] for name in ("event", *_FIELDS))
    is_ours = kind in KINDS and isinstance(found["detail"], dict) and _is_key(key)
    if not (is_ours and is_name(source) and (alias == "" or _is_key(alias))):
        return None
    if kind == REFILED and not all(_is_name(found["detail"].get(s), key) for s in ("was", "now")):
        return None
    try:
        detail = json.dumps(found["detail"], ensure_ascii=False, sort_keys=True)
    except RecursionError:
        return None
    if not is_text(detail) or not is_exact_date(record.date):
        return None
    at, ref = record.header("WARC-Date") or "", record.ref(file)
    return LifeEvent(
        key=key, source=source, kind=kind, at=at, alias=alias, detail=detail, record=ref
    )


def take_events(store: Store, events: Iterable[LifeEvent]) -> None:
    """Have *store* hold *events*, and where an article is now, and when it was modified."""
    for event in events:
        store.put_events([event])
        now = facts(event)
        if event.kind == REFILED:
            store.refile(event.key, event.source, now["ordinal"], now["file"])
            continue
        modified, url = (_text(now.get(name)) for name in ("modified", "url"))
        if modified or url:
            store.touch(event.key, event.source, modified, url)


def facts(event: LifeEvent) -> dict[str, Any]:
    """Return the facts of an article from *event* on; nothing if it does not change them."""
    now = json.loads(event.detail).get("now")
    return now if isinstance(now, dict) else {}


def _text(value: object) -> str:
    return str(value) if is_text(value) else ""


def _is_name(value: object, key: str) -> bool:
    """Return whether *value* is the ordinal and file of an article; only its own has its key."""
    if not isinstance(value, dict):
        return False
    ordinal, file = value.get("ordinal"), value.get("file")
    return is_ordinal(ordinal) and is_text_file(file) and key in str(file)


def _is_key(value: object) -> bool:
    return isinstance(value, str) and _KEY.fullmatch(value) is not None
