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
        place = self.file if self.offset is None else f"{self.file}:{self.offset}"
        return f"{place}: {self.message}"


@dataclass(slots=True)
class Tally:
    """What was checked, in numbers.

    ``bytes`` are those of WARC files, ``torn`` the tails of files that a recovery cut off,
    ``elsewhere`` the references to records in none of the files.
    """

    files: int = 0
    records: int = 0
    bytes: int = 0
    texts: int = 0
    torn: int = 0
    elsewhere: int = 0
    faults: int = 0

    def __str__(self) -> str:
        counted = (
            f"{self.files} files, {self.records} records, {self.bytes} bytes, {self.texts} texts"
        )
        aside = f", {self.torn} torn tails set aside" if self.torn else ""
        away = f", {self.elsewhere} references to other files" if self.elsewhere else ""
        return f"{counted}{aside}{away}, {self.faults} faults"
