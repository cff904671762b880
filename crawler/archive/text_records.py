"""The text of an article as the archive has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.warc.reader import record_at

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.state.store import Holding


def archived_text(archive: Archive, holding: Holding) -> bytes:
    """Return the bytes of the text file of *holding*, from its ``conversion`` record.

    Raises LookupError if it has none, or another record is there, and OSError.
    """
    ref = holding.conversion
    if ref is None:
        raise LookupError(f"{holding.url} was collected without an archive")
    return bytes(record_at(archive.warc(ref.file), ref).block)
