"""Records of archives that other tools wrote, and references to them that ours can hold."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.warc.reader import Fault, Record, read_records
from crawler.warc.warc_dates import read_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.items import RecordRef
    from crawler.storage.remote_file import StoredFile

_MAX_URI_LENGTH = 8192
_ID = re.compile(r"<[!-;=?-~]{1,200}>")


def is_foreign(ref: RecordRef) -> bool:
    """Return whether *ref* is in a foreign archive: those have absolute paths, ours names."""
    return Path(ref.file).is_absolute()


def record_ref(record: Record, file: str, *, date: str = "") -> RecordRef:
    """Return the reference to *record* of the file called *file*.

    An id that is missing, or cannot be written into a head, is replaced by one that is the same
    each time, a date by its exact form, and what is no date by *date*. Raises ValueError for a
    record without a date, or whose URI is too long to be repeated.
    """
    uri = record.target_uri
    found = read_date(record.capture_date) or read_date(date)
    if found is None:
        raise ValueError(f"WARC-Date is {record.date[:40]!r}")
    if len(uri) > _MAX_URI_LENGTH:
        raise ValueError(f"WARC-Target-URI has {len(uri)} characters")
    record_id = record.id
    if not _ID.fullmatch(record_id):
        name = f"{Path(file).name}:{record.offset}:{uri}"
        record_id = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"
    return replace(record.ref(file), record_id=record_id, date=found.date)


def foreign_record_at(path: StoredFile, ref: RecordRef) -> Record:
    """Return the record of the file at *path* whose `record_ref` is *ref*.

    Raises LookupError if there is none, and OSError.
    """
    for record in _records(path, ref.offset, ref.offset + ref.length):
        try:
            if record_ref(record, ref.file, date=ref.date) == ref:
                return record
        except ValueError:
            continue
    raise LookupError(f"{path} has no record {ref.record_id} of {ref.uri} at byte {ref.offset}")


def pair_with_requests(
    items: Iterable[Record | Fault],
) -> Iterator[tuple[Record | Fault, Record | None]]:
    """Yield each of *items*, with the request that it answers if that is right beside it.

    wget and Heritrix write the request first, warcio and browsers the answer.
    """
    before: Record | Fault | None = None
    for item, after in pairwise(chain(items, (None,))):
        assert item
        yield item, _request(item, before) or _request(item, after)
        before = item


def _request(item: Record | Fault, beside: Record | Fault | None) -> Record | None:
    """Return the record *beside* if it is the request of *item*: one of them names the other."""
    if not (isinstance(item, Record) and isinstance(beside, Record) and beside.type == "request"):
        return None
    is_own = item.id in _concurrent(beside) or beside.id in _concurrent(item)
    return beside if is_own else None


def _concurrent(record: Record) -> list[str]:
    return [value for name, value in record.headers if name.lower() == "warc-concurrent-to"]


def _records(path: StoredFile, start: int, end: int) -> Iterator[Record]:
    for item in read_records(path, start=start, end=end, strict=False):
        if isinstance(item, Record):
            yield item
