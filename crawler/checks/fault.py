"""What a check found, and what it looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class FileFault:
    """One fault: the file, the byte where it is, and what is wrong there.

    As a string it is ``file:offset: message``. A part of the message may come from the archive, so
    it has to be made printable for a terminal.
    """

    file: str
    offset: int | None
    message: str

    def __str__(self) -> str:
        return f"{_place(self.file, self.offset)}: {self.message}"


@dataclass(slots=True, frozen=True)
class FileRemark:
    """What is out of the standard in ``count`` places of a file, first at ``offset``.

    Nothing is lost by it: what it is about was read. As a string it is as a `FileFault`.
    """

    file: str
    offset: int | None
    message: str
    count: int = 1

    def __str__(self) -> str:
        more = f" (and {self.count - 1:,} more like it)" if self.count > 1 else ""
        return f"{_place(self.file, self.offset)}: remark: {self.message}{more}"


def _place(file: str, offset: int | None) -> str:
    return file if offset is None else f"{file}:{offset}"


@dataclass(slots=True)
class Tally:
    """What was checked, in numbers.

    ``bytes`` are those of WARC files, ``torn`` the tails of files that a recovery cut off,
    ``elsewhere`` the references to records in none of the files, ``of_other_nodes`` WARC files that
    were not looked at here, ``uploaded`` those that the store was only asked about.
    """

    files: int = 0
    records: int = 0
    bytes: int = 0
    texts: int = 0
    torn: int = 0
    elsewhere: int = 0
    of_other_nodes: int = 0
    uploaded: int = 0
    faults: int = 0
    remarks: int = 0

    def count(self, found: FileFault | FileRemark) -> None:
        """Count what was *found*."""
        if isinstance(found, FileRemark):
            self.remarks += found.count
        else:
            self.faults += 1

    def __str__(self) -> str:
        counted = (
            f"{self.files} files, {self.records} records, {self.bytes} bytes, {self.texts} texts"
        )
        aside = f", {self.torn} torn tails set aside" if self.torn else ""
        away = f", {self.elsewhere} references to other files" if self.elsewhere else ""
        others = f", {self.of_other_nodes} files of other nodes" if self.of_other_nodes else ""
        others += f", {self.uploaded} uploaded files by size and digest" if self.uploaded else ""
        remarks = f", {self.remarks} remarks" if self.remarks else ""
        return f"{counted}{aside}{away}{others}, {self.faults} faults{remarks}"
