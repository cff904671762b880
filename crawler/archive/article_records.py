"""The records of an article: its text, and all that is known of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from crawler.text.article import EXTRACTOR
from crawler.warc import records
from crawler.warc.reader import Fault, read_records

if TYPE_CHECKING:
    from pathlib import Path

    from warcio.recordloader import ArcWarcRecord

    from crawler.items import RecordRef
    from crawler.state.store import Holding

_BEHIND = 3  # records from the conversion on among which its metadata is: it is the next one


def article_records(
    described: Mapping[str, Any], text: bytes, holding: Holding, verdict: str
) -> tuple[ArcWarcRecord, ArcWarcRecord]:
    """The ``conversion`` record that *holding* names, with *text*, and its ``metadata`` record.

    A rebuild has nothing else: *described* are the article's fields, kept as JSON.
    """
    ref, origin = holding.conversion, holding.origin
    assert ref is not None
    facts = dict(described) | {
        "verdict": verdict,
        "text_digest": f"sha256:{holding.text_digest.hex()}",
        "extractor": EXTRACTOR,
        "origin": asdict(origin) if origin else None,
    }
    metadata = records.metadata(
        replace(ref, record_id=records.new_id()),
        json.dumps(facts, ensure_ascii=False, default=str).encode(),
        refers_to=origin,
        concurrent_to=ref.record_id,
    )
    return records.conversion(ref, text, refers_to=origin), metadata


def identity_records(verdict: str, held: Holding, now: Holding) -> list[ArcWarcRecord]:
    """A ``metadata`` record for a change without a new text: who *held* was, and is *now*."""
    facts = {
        "verdict": verdict,
        "held": {"key": held.key, "source": held.source},
        **{
            name: getattr(now, name)
            for name in ("key", "source", "guid", "date", "modified", "url")
        },
    }
    ref = records.new_ref(now.url, datetime.now(UTC))
    block = json.dumps(facts, ensure_ascii=False).encode()
    return [records.metadata(ref, block, refers_to=held.conversion)]


def described(path: Path, conversion: RecordRef) -> dict[str, Any]:
    """The facts beside the *conversion* record in the WARC file at *path*; none if unreadable."""
    for item in islice(read_records(path, start=conversion.offset), _BEHIND):
        if isinstance(item, Fault) or item.header("WARC-Concurrent-To") != conversion.record_id:
            continue
        try:
            facts = json.loads(bytes(item.block))
        except ValueError:
            break
        return facts if isinstance(facts, dict) else {}
    return {}
