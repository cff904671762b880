"""WARC files of every kind that an export may be given, and readers that die at them."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.export.packed_events import FileNotes, NumberedWarc, PackedEvent, read_file
from tests.export.town import Town
from tests.running import ROOT
from tests.warc.files import example

GOLDEN = ROOT / "tests" / "golden_archives"
SMALL = 4_000
"""Bytes of a WARC file, so that what became of an article lies in other files than its text."""


def many_files(folder: Path) -> list[Path]:
    """Make the files in *folder*, and return their paths.

    There are revisions, collisions, copies, articles that were re-dated, moved and deleted, what
    two archives both hold, a file that is damaged, one that is cut off, and another tool's.
    """
    town = sorted((Town(folder / "town", most_bytes=SMALL).folder / "warc").iterdir())
    assert len(town) > 5
    other = sorted((Town(folder / "other").folder / "warc").iterdir())
    golden = [
        path
        for name in ("whole", "revised", "shared", "wire")
        for path in sorted((GOLDEN / name / "warc").iterdir())
    ]
    copies = [
        Path(shutil.copy(path, folder / f"copy-{path.name}")) for path in (town[0], golden[1])
    ]
    damaged, cut = folder / "damaged.warc.gz", folder / "cut.warc.gz"
    data = bytearray(town[2].read_bytes())
    data[len(data) // 2] ^= 0xFF
    damaged.write_bytes(data)
    cut.write_bytes(golden[0].read_bytes()[:-100])
    foreign = folder / "foreign.warc.gz"
    example(foreign)
    return [*town, *other, *golden, *copies, damaged, cut, foreign]


@dataclass(frozen=True)
class Killed:
    """Reads files as an engine does, but dies in those whose names begin with *killer*.

    If there is a folder *once*, it dies but once in each.
    """

    killer: str
    once: str = ""

    def __call__(self, warc: NumberedWarc) -> Iterator[list[PackedEvent] | FileNotes]:
        name = warc.path.name
        for answer in read_file(warc):
            yield answer
            if name.startswith(self.killer) and self._is_time(name):
                os.kill(os.getpid(), signal.SIGKILL)

    def _is_time(self, name: str) -> bool:
        if not self.once:
            return True
        try:
            Path(self.once, name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True
