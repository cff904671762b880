"""One article with all that is known of it: texts, differences, copies, places of its records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from crawler.export.browsing.browse_results import (
    ArticleView,
    Block,
    Event,
    RecordPlace,
    Revision,
)
from crawler.export.browsing.browse_rows import hits, select, select_named
from crawler.export.browsing.text_differences import TextComparison

_LISTS = ("authors", "sections", "tags", "flags", "aliases")
_ELSEWHERE = {"id", "text_id", "key", "source", "title", "day", "url", "is_copy", "earliest"}
_MOST_REVISIONS = 50  # of which the differences are shown: the newest
_MOST_COPIES = 200
_MOST_EVENTS = 1_000


def article(db: sqlite3.Connection, key: str, source: str = "") -> ArticleView | None:
    """Return the article with *key*, or that is held under it too, from *source*; None if none is.

    Without a source that which was collected first.
    """
    rows = select_named(
        db,
        "SELECT * FROM article WHERE key = ? OR (key, source) IN "
        "(SELECT key, source FROM event WHERE alias = ?) ORDER BY key != ?, collected, source",
        (key, key, key),
    )
    row = next((row for row in rows if source in ("", row["source"])), None)
    if row is None:
        return None
    text = select_named(db, "SELECT * FROM text WHERE id = ?", (row["text_id"],))[0]
    return ArticleView(
        key=row["key"],
        source=row["source"],
        title=row["title"],
        paragraphs=text["text"].split("\n") if text["text"] else (),
        day=row["day"],
        url=row["url"],
        language_tag=row["language_tag"] or "",
        digest=text["text_sha256"],
        facts=_facts(row),
        text_record=_record(text, "warc"),
        origin=_record(text, "origin"),
        pages=[RecordPlace(**page) for page in json.loads(text["pages"])],
        revisions=_revisions(db, row),
        events=_events(db, row),
        copies=hits(db, _copies(db, row)),
        others=hits(db, [other["id"] for other in rows if other is not row]),
    )


def _facts(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        name: json.loads(value) if name in _LISTS else value
        for name, value in row.items()
        if name not in _ELSEWHERE
    }


def _record(text: Mapping[str, Any], which: str) -> RecordPlace | None:
    if not text[f"{which}_record_id"]:
        return None
    return RecordPlace(
        record_id=text[f"{which}_record_id"],
        file=text[f"{which}_file"] or "",
        offset=-1 if text[f"{which}_offset"] is None else text[f"{which}_offset"],
        length=text[f"{which}_length"] or 0,
    )


def _revisions(db: sqlite3.Connection, row: Mapping[str, Any]) -> list[Revision]:
    """Return the texts of an article in their order, the one that is held last."""
    texts = select_named(
        db,
        "SELECT * FROM text WHERE key = ? AND source = ? ORDER BY number DESC LIMIT ?",
        (row["key"], row["source"], _MOST_REVISIONS),
    )[::-1]
    comparison = TextComparison()
    before: list[str] | None = None
    revisions = []
    for text in texts:
        now = [text["title"], *text["text"].split("\n")]
        difference = [] if before is None else comparison.differences(before, now)
        revisions.append(_revision(text, difference, is_held=text["id"] == row["text_id"]))
        before = now
    return revisions


def _revision(text: Mapping[str, Any], difference: list[Block], *, is_held: bool) -> Revision:
    return Revision(
        number=text["number"],
        title=text["title"],
        digest=text["text_sha256"],
        modified=text["modified"] or "",
        captured=text["captured"] or "",
        extracted=text["extracted"] or "",
        extractor=text["extractor"] or "",
        is_held=is_held,
        text_record=_record(text, "warc"),
        origin=_record(text, "origin"),
        difference=difference,
    )


def _events(db: sqlite3.Connection, row: Mapping[str, Any]) -> list[Event]:
    found = select(
        db,
        "SELECT kind, at, detail FROM event WHERE key = ? AND source = ? ORDER BY number LIMIT ?",
        (row["key"], row["source"], _MOST_EVENTS),
    )
    return [Event(kind, at, json.loads(detail)) for kind, at, detail in found]


def _copies(db: sqlite3.Connection, row: Mapping[str, Any]) -> list[int]:
    found = select(
        db,
        "SELECT id FROM article WHERE copy_group = ? AND id != ? "
        "ORDER BY earliest, source, key LIMIT ?",
        (row["copy_group"], row["id"], _MOST_COPIES),
    )
    return [number for (number,) in found]
