"""What an archives folder holds, read with nothing of the crawler's."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.world.faults.warcs import whole

OPEN = ".open"
Identity = tuple[str, str, str, str]
"""Source, guid, date, and the text's digest in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A row of the ledger; ``conversion`` and ``origin`` are the references that it has."""

    identity: Identity
    key: str
    file: str
    conversion: dict[str, Any] | None
    origin: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Collected:
    """What two archives must agree on: every article, and every text by its key."""

    articles: Counter[Identity]
    texts: dict[str, bytes]


class Held:
    """The archive in *folder*, which nobody is writing to. Each part is read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def warcs(self) -> dict[str, bytes]:
        """Every WARC file, open or sealed, by its final name."""
        found = (self.folder / "warc").glob("*.warc.gz*")
        files = (path for path in found if path.name.endswith((".gz", OPEN)))
        return {path.name.removesuffix(OPEN): path.read_bytes() for path in sorted(files)}

    @cached_property
    def unsealed(self) -> list[str]:
        """The names of files that are still open."""
        return sorted(path.name for path in (self.folder / "warc").glob(f"*{OPEN}"))

    @cached_property
    def torn(self) -> dict[str, list[bytes]]:
        """The tails that were set aside, by the final name of the file that they were cut from."""
        found: dict[str, list[bytes]] = {}
        for path in sorted((self.folder / "warc").glob("*.torn-*")):
            found.setdefault(path.name.rpartition(".torn-")[0], []).append(path.read_bytes())
        return found

    @cached_property
    def texts(self) -> dict[Path, bytes]:
        """Every file of the corpus."""
        return {path: path.read_bytes() for path in sorted((self.folder / "text").rglob("*.txt"))}

    @cached_property
    def indexes(self) -> dict[Path, bytes]:
        """Every CDXJ file."""
        found = sorted((self.folder / "index").glob("*.cdxj"))
        return {path: path.read_bytes() for path in found}

    @cached_property
    def articles(self) -> list[Article]:
        """Every row of the ledger. Raises sqlite3.Error if it cannot be read."""
        columns = "source, guid, date, lower(hex(text_digest)), key, file, conversion, origin"
        rows = self._ledger(f"SELECT {columns} FROM article")
        return [
            Article(
                identity=(source, guid, date, digest),
                key=key,
                file=file,
                conversion=conversion and json.loads(conversion),
                origin=origin and json.loads(origin),
            )
            for source, guid, date, digest, key, file, conversion, origin in rows
        ]

    @cached_property
    def captures(self) -> list[dict[str, Any]]:
        """Every response that the ledger lets revisits refer to."""
        columns = "name AS file, offset, length, record_id"
        rows = self._ledger(f"SELECT {columns} FROM capture JOIN warc ON warc.id = capture.warc")
        return [dict(zip(("file", "offset", "length", "record_id"), r, strict=True)) for r in rows]

    @cached_property
    def committed(self) -> dict[str, int]:
        """How many bytes of each WARC file the ledger vouches for."""
        return dict(self._ledger("SELECT name, size FROM warc"))

    @property
    def collected(self) -> Collected:
        """What is to be the same, however often a run was disturbed."""
        texts = {path.stem.rpartition("_")[2]: data for path, data in self.texts.items()}
        return Collected(Counter(article.identity for article in self.articles), texts)

    def _ledger(self, query: str) -> list[tuple[Any, ...]]:
        # A copy: opening a ledger that a kill left with a log may change both.
        with tempfile.TemporaryDirectory() as scratch:
            for path in self.folder.glob("ledger.sqlite*"):
                if not path.name.endswith("-shm"):
                    shutil.copy(path, scratch)
            with closing(sqlite3.connect(Path(scratch, "ledger.sqlite"))) as database:
                return database.execute(query).fetchall()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The WARC files at the moment after a disturbance, by final name, each cut in two.

    ``committed`` is what must never change: the whole records that the ledger vouches for, all of
    them where the ledger cannot be read. ``tails`` is what came behind.
    """

    committed: dict[str, bytes]
    tails: dict[str, bytes]

    @classmethod
    def of(cls, held: Held) -> Snapshot:
        try:
            sizes: dict[str, int] | None = held.committed
        except sqlite3.Error:
            sizes = None
        committed, tails = {}, {}
        for name, data in held.warcs.items():
            vouched = len(data) if sizes is None else sizes.get(name, 0)
            size = min(vouched, whole(data))
            committed[name], tails[name] = data[:size], data[size:]
        return cls(committed, tails)
