"""Where the records of many WARC files lie, in a temporary file: memory does not grow with them."""

from __future__ import annotations

import json
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from crawler.archive.json_records import is_name
from crawler.items import RecordRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.reader import Record


class RecordPlaces:
    """The places of records, in the order in which they were added; close it after use."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._size = 0

    @property
    def end(self) -> int:
        """What `cut` takes to get back to what is here now."""
        return self._size

    def add(self, record: Record, file: str) -> None:
        """Add *record* of the file called *file*, unless its id is such as no ledger holds."""
        if not is_name(record.id):
            return
        line = json.dumps([record.id, file, record.offset, record.length])
        self._size += self._file.write(f"{line}\n".encode())

    def cut(self, end: int) -> None:
        """Forget what was added since `end` was *end*."""
        self._file.seek(end)
        self._file.truncate()
        self._size = end

    def __iter__(self) -> Iterator[RecordRef]:
        self._file.seek(0)
        for line in self._file:
            record_id, file, offset, length = json.loads(line)
            yield RecordRef(
                record_id=record_id, uri="", date="", file=file, offset=offset, length=length
            )

    def close(self) -> None:
        """Delete the temporary file."""
        self._file.close()
