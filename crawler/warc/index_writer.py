"""The index of a WARC file while that is being written."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from crawler.warc.cdxj import INDEXED, cdxj_line
from crawler.warc.index_files import sort_lines
from crawler.warc.index_levels import (
    file_of_warc,
    index_lock,
    is_indexed,
    merge_full_levels,
    write_index_file,
)
from crawler.warc.non_get import non_get_request

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    from warcio.recordloader import ArcWarcRecord

    from crawler.items import RecordRef


class IndexWriter:
    """Gathers the lines of one WARC file at a time, and writes them sorted when it is sealed.

    Until then they are in an unnamed file: after a crash they are made again from the WARC.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: IO[str] | None = None
        self._begun = 0
        self._given_up = False

    def add(self, record: ArcWarcRecord, ref: RecordRef, request: bytes = b"") -> None:
        """Add the line of *record*, written at *ref*; *request* is the message that it answers.

        Raises OSError.
        """
        if record.rec_type not in INDEXED:
            return
        fields = record.rec_headers.get_header
        line = cdxj_line(
            ref,
            type=record.rec_type,
            block=record.raw_stream,
            digest=fields("WARC-Payload-Digest"),
            content_type=record.content_type,
            request=non_get_request(request),
        )
        if line:
            self._file().write(line)

    def seal(self, name: str, size: int) -> None:
        """Write the lines gathered as the index of the WARC file *name*. Raises OSError.

        A process that started meanwhile may have found it without an index, and made that.
        """
        if self._given_up:
            return
        file, self._lines = self._file(), None
        with file, index_lock(self._folder):
            if not is_indexed(self._folder, name, self._begun):
                file.seek(0)
                lines = sort_lines(file, self._folder)
                write_index_file(file_of_warc(self._folder, name), lines, {name: size})

    def give_up(self) -> None:
        """Write no more indexes: lines are missing, and the next start makes them from the WARC."""
        self._given_up = True

    def merge(self) -> None:
        """Merge the levels of the index that are full. Raises OSError."""
        with index_lock(self._folder):
            merge_full_levels(self._folder)

    def _file(self) -> IO[str]:
        if self._lines is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lines = tempfile.TemporaryFile(  # noqa: SIM115 - open until sealed
                "w+", encoding="utf-8", newline="\n", dir=self._folder
            )
            self._begun = os.fstat(self._lines.fileno()).st_mtime_ns
        return self._lines
