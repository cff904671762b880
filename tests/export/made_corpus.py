"""Databases for browsing with a few articles that a test makes up."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from crawler.export.browsing.browse_tables import SEARCH_TABLE, TABLES
from crawler.export.browsing.corpus_writer import CorpusWriter, StoredArticle


def key_of(number: int) -> str:
    """Return the key of the made article *number*."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:16]


def made_article(
    number: int, text: str = "", *, texts: Sequence[tuple[str, str]] = (), **columns: Any
) -> StoredArticle:
    """Return an article with one *text*, or with several: pairs of headline and text."""
    title = columns.get("title", f"Article {number}")
    all_texts = texts or [(title, text)]
    title, text = all_texts[-1]
    day = columns.get("day", "2024-05-01")
    digest = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
    filled = {
        "key": key_of(number),
        "source": "herald",
        "guid": f"guid {number}",
        "title": title,
        "url": f"https://herald.example/{number}",
        "day": day,
        "published": f"{day}T08:00:00",
        **dict.fromkeys(("authors", "sections", "tags", "flags", "aliases"), "[]"),
        "revisions": len(all_texts) - 1,
        "paragraphs": text.count("\n") + 1,
        "ordinal": number,
        "file": f"{number:03d}_{key_of(number)}.txt",
        "earliest": day,
        "copy_of": None,
        "text_sha256": digest,
        "file_sha256": digest,
        **columns,
    }
    rows = [
        {"title": title, "text": text, "text_sha256": f"{n}", "pages": "[]"}
        for n, (title, text) in enumerate(all_texts)
    ]
    return StoredArticle(columns=filled, texts=rows, held=len(rows) - 1)


@contextmanager
def made_corpus(*articles: StoredArticle) -> Iterator[sqlite3.Connection]:
    """Make a database with *articles* in memory."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.executescript(TABLES)
        db.execute(SEARCH_TABLE)
        put(db, *articles)
        yield db


def put(db: sqlite3.Connection, *articles: StoredArticle) -> None:
    """Write *articles* into *db*."""
    writer = CorpusWriter(db, lambda name, paragraphs: ())
    for article in articles:
        writer.put(article)
    writer.settle()
