"""WARC files of which the index has lines, and which are found nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.archive.repair import Repair
from crawler.warc.index_levels import find_index_files, read_index_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def name_lost(index: Path, found: Iterable[str]) -> Iterator[Repair]:
    """Say which WARC files the *index* knows, of which a new ledger, made of *found*, has nothing.

    The old ledger said where they are; the index does not. Raises OSError.
    """
    indexed = (read_index_file(path) for path in find_index_files(index))
    names = {_plain(name) for file in indexed if file for name in file.warcs}
    if lost := sorted(names - set(map(_plain, found))):
        yield Repair(
            "lost",
            f"{len(lost)} WARC files of which {index} has lines, such as {lost[0]}.gz, are neither "
            "here nor found in a store, and the ledger is made without them: if they were "
            "uploaded, run scrapy rebuild --from ADDRESS",
        )


def _plain(name: str) -> str:
    """Return *name* as of a file that is unpacked: people unpack those that we compressed."""
    return name.removesuffix(".gz")
