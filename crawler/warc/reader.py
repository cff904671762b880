"""Records read back from a WARC file, blocks as they were written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warcio.archiveiterator import ArchiveIterator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from crawler.items import RecordRef


@dataclass(slots=True, frozen=True, kw_only=True)
class Record:
    """A record: WARC fields in their order, the block's bytes, and its gzip member's place."""

    type: str
    headers: list[tuple[str, str]]
    block: bytes
    offset: int
    length: int

    def header(self, name: str) -> str | None:
        """The first value of the field *name*, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def records(path: Path) -> Iterator[Record]:
    """All records of the file at *path*, also of one still open.

    Raises warcio's ArchiveLoadFailed at the first thing that is no record. A member cut short is
    not noticed here: block digests tell.
    """
    with path.open("rb") as file:
        yield from _records(file)


def record_at(path: Path, ref: RecordRef) -> Record:
    """The record that *ref* names, in the file at *path*.

    Raises LookupError if another one is there, and what `records` raises.
    """
    with path.open("rb") as file:
        file.seek(ref.offset)
        record = next(_records(file), None)
    if record is None or record.header("WARC-Record-ID") != ref.record_id:
        raise LookupError(f"{path} has no record {ref.record_id} at byte {ref.offset}")
    return record


def _records(file: BinaryIO) -> Iterator[Record]:
    archive = ArchiveIterator(file, no_record_parse=True)
    for record in archive:
        block = record.raw_stream.read()
        yield Record(
            type=record.rec_type,
            headers=list(record.rec_headers.headers),
            block=block,
            offset=archive.get_record_offset(),
            length=archive.get_record_length(),
        )
