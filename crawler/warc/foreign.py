"""Records of other people's archives, in terms that our own records can hold."""

from __future__ import annotations

import re
import uuid
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.items import RecordRef
from crawler.warc.reader import Fault, Record, read_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST_URI = 8192
_ID = re.compile(r"<[!-;=?-~]{1,200}>")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)


def is_foreign(ref: RecordRef) -> bool:
    """Whether *ref* lies in another archive, whose files have absolute paths; ours have names."""
    return Path(ref.file).is_absolute()


def target(record: Record) -> str:
    """The URI that *record* is of; wget puts it in angle brackets, as WARC/1.0 had it."""
    return (record.header("WARC-Target-URI") or "").removeprefix("<").removesuffix(">")


def reference(record: Record, file: str, *, date: str = "") -> RecordRef:
    """What to refer to *record* of the file called *file* by.

    An id that is missing, or cannot be written into a head, is made up, the same one each time.
    *date* stands in for a date that cannot. Raises ValueError for a record without either, or whose
    URI is too long to be repeated.
    """
    uri, said = target(record), record.header("WARC-Date") or ""
    if _DATE.fullmatch(said) or not date:
        date = said
    if not _DATE.fullmatch(date):
        raise ValueError(f"WARC-Date is {date[:40]!r}")
    if len(uri) > _LONGEST_URI:
        raise ValueError(f"WARC-Target-URI has {len(uri)} characters")
    record_id = record.header("WARC-Record-ID") or ""
    if not _ID.fullmatch(record_id):
        name = f"{Path(file).name}:{record.offset}:{uri}"
        record_id = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"
    return RecordRef(
        record_id=record_id,
        uri=uri,
        date=date,
        file=file,
        offset=record.offset,
        length=record.length,
    )


def referred(path: Path, ref: RecordRef) -> Record:
    """The record of the file at *path* whose `reference` is *ref*.

    Raises LookupError if there is none, and OSError.
    """
    for record in _records(path, ref.offset, ref.offset + ref.length):
        try:
            if reference(record, ref.file) == ref:
                return record
        except ValueError:
            continue
    raise LookupError(f"{path} has no record {ref.record_id} of {ref.uri} at byte {ref.offset}")


def with_requests(
    items: Iterable[Record | Fault],
) -> Iterator[tuple[Record | Fault, Record | None]]:
    """Each of *items*, with the request that it answers if that stands right beside it.

    wget and Heritrix write the request first, warcio and browsers the answer.
    """
    before: Record | Fault | None = None
    for item, after in pairwise(chain(items, (None,))):
        assert item
        yield item, _request(item, before) or _request(item, after)
        before = item


def _request(item: Record | Fault, beside: Record | Fault | None) -> Record | None:
    """The request *beside*, if it is that of *item*: one of the two names the other."""
    if not (isinstance(item, Record) and isinstance(beside, Record) and beside.type == "request"):
        return None
    is_own = _id(item) in _concurrent(beside) or _id(beside) in _concurrent(item)
    return beside if is_own else None


def _id(record: Record) -> str:
    return record.header("WARC-Record-ID") or ""


def _concurrent(record: Record) -> list[str]:
    return [value for name, value in record.headers if name.lower() == "warc-concurrent-to"]


def _records(path: Path, start: int, end: int) -> Iterator[Record]:
    for item in read_records(path, start=start, end=end, strict=False):
        if isinstance(item, Record):
            yield item
