"""Archives of any shape as WARC files that a WACZ can hold: each record has a place of its own.

A file as WARC/1.1 has it is packed as it is, and so is each WARC in a WACZ. What else there is
(ARC, drafts, many records in one gzip member, missing ends) is written anew: readers of a WACZ take
what lies at a place for one record of WARC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.made_pages import is_made
from crawler.storage.remote_file import StoredFile
from crawler.warc.byte_source import WINDOW
from crawler.warc.container import Part, find_parts
from crawler.warc.deflated_members import open_bytes
from crawler.warc.deviations import cut, read_span
from crawler.warc.gzip_member import GZIP
from crawler.warc.reader import Record, read_records
from crawler.warc.rewriting import rewrite
from crawler.warc.wacz_writer import free_entry_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.warc.archive_lines import OnFault
    from crawler.warc.reader import Fault

_SUFFIXES = re.compile(r"(?:\.(?:w?arc|wacz|gz|zst))+\Z", re.IGNORECASE)

OnRewritten = Callable[[StoredFile, str], None]
"""Is called with an archive that is written anew, and why."""


class PackableFiles:
    """The WARC files that archives of others are packed as; what has to be made is in *folder*.

    *on_rewritten* is called for each archive that is written anew, and why; *on_fault* for what
    cannot be packed. What is made has the date *date*.
    """

    def __init__(
        self, folder: Path, date: str, on_fault: OnFault, on_rewritten: OnRewritten
    ) -> None:
        self._folder = folder
        self._date = date
        self._on_fault = on_fault
        self._on_rewritten = on_rewritten
        self._sources: dict[StoredFile, Part] = {}

    def find(self, paths: Iterable[StoredFile]) -> list[StoredFile]:
        """Return what *paths* are packed as. Raises OSError."""
        return [file for path in paths for file in self._files(path)]

    def report(self, path: StoredFile, fault: Fault) -> None:
        """Report a *fault* of a file that was found, at the place where it is in the archive."""
        if part := self._sources.get(path):
            path, fault = part.path, replace(fault, offset=part.start + fault.offset)
        self._on_fault(path, fault)

    def _files(self, path: StoredFile) -> list[StoredFile]:
        parts = find_parts(path)
        size = path.stat().st_size
        found: list[StoredFile] = []
        for part in parts:
            if _is_made(part):  # at an earlier packing: they are made again
                continue
            deviation = _first_deviation(part)
            if deviation:
                self._on_rewritten(path, deviation)
                target = self._target(part, ".warc.gz")
                rewrite(part, target, self._date, lambda fault: self._on_fault(path, fault))
                found.append(target)
            elif part == Part(path, 0, size):
                found.append(path)
            else:
                found.append(self._copy(part))
        return found

    def _copy(self, part: Part) -> Path:
        with open_bytes(part.path, part.start, part.end) as source:
            is_gzip = source.read(part.start, len(GZIP), least=len(GZIP)) == GZIP
            target = self._target(part, ".warc.gz" if is_gzip else ".warc")
            with target.open("wb") as file:
                for start in range(part.start, part.end, WINDOW):
                    file.write(source.read(start, WINDOW, least=min(WINDOW, part.end - start)))
        self._sources[target] = part
        return target

    def _target(self, part: Part, suffix: str) -> Path:
        """Return the path of a file called as *part*, in a folder of its own."""
        folder = self._folder / f"part-{len(list(self._folder.iterdir()))}"
        folder.mkdir()
        name = re.split(r"[/\\]", part.name or part.path.name)[-1]
        stem = _SUFFIXES.sub("", name) or "archive"
        return folder / free_entry_name(stem + suffix, set())


def _is_made(part: Part) -> bool:
    """Return whether *part* is a WARC of pages that were made of texts: see `MadePages`."""
    items = read_records(part.path, start=part.start, end=part.end, strict=False)
    found = [one.target_uri for one in islice(items, 2) if isinstance(one, Record)]
    return len(found) > 1 and is_made(found[1])


def _first_deviation(part: Part) -> str:
    """Return what is out of the standard about the first record that is so, empty if none is."""
    (span,) = cut(part, part.end - part.start + 1)
    return next((deviation for _, deviation in read_span(span) if deviation), "")
