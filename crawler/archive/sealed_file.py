"""What a sealed WARC file of ours tells: its index lines, and which articles have a text in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crawler.archive.article_records import BadMetadataError, has_text, read_metadata
from crawler.processes import ProcessPool
from crawler.warc.indexing import lines_of_records
from crawler.warc.reader import Fault, Record, read_records

_WORTH_A_PROCESS = 8 << 20  # bytes
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class ArchivedText:
    """The text of the article with *key* that *source* has, in the record *record_id*."""

    key: str
    source: str
    record_id: str


Told = str | ArchivedText
"""An index line, or a text."""


def read_sealed(path: Path) -> tuple[list[str], list[ArchivedText]]:
    """Return the index lines of the file at *path*, sorted, and the texts in it.

    A large file is read in a process of its own: the crawl has this one. Raises OSError.
    """
    if path.stat().st_size <= _WORTH_A_PROCESS:
        batches = list(read_batches(path))
    else:
        with closing(ProcessPool(read_batches, 1)) as pool:
            batches = [batch for _, found in pool.answers([path]) for batch in found]
    told = [one for batch in batches for one in batch]
    lines = sorted(one for one in told if isinstance(one, str))
    return lines, [one for one in told if isinstance(one, ArchivedText)]


def read_batches(path: Path) -> Iterator[list[Told]]:
    """Yield what the file at *path* tells, some at a time. Raises OSError."""
    texts: list[ArchivedText] = []
    batch: list[Told] = []
    records = _noting(read_records(path), texts)
    for line in lines_of_records(records, path.name, _ignore):
        batch.append(line)
        if len(batch) >= _AT_ONCE:
            yield [*batch, *texts]
            batch.clear()
            texts.clear()
    yield [*batch, *texts]


def _noting(items: Iterator[Record | Fault], texts: list[ArchivedText]) -> Iterator[Record | Fault]:
    """Yield *items*, and note of which articles there are *texts* among them."""
    for item in items:
        if isinstance(item, Record) and item.type == "metadata" and (found := _text(item)):
            texts.append(found)
        yield item


def _text(record: Record) -> ArchivedText | None:
    try:
        metadata = read_metadata(record)
    except BadMetadataError:
        return None
    conversion = record.header("WARC-Concurrent-To")
    if metadata is None or not has_text(metadata) or not conversion:
        return None
    return ArchivedText(metadata["key"], metadata["source"], conversion)


def _ignore(fault: Fault) -> None:
    """Say nothing: what is damaged here is `verify`'s to name."""
