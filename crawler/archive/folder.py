"""An archive on the disk: where its files are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.nodes import node_of
from crawler.disk import remove_scratch
from crawler.state.backends import open_store, store_exists
from crawler.state.postgresql.server import without_password
from crawler.warc.writer import OPEN_SUFFIX

if TYPE_CHECKING:
    from crawler.state.store import Store
    from crawler.text.corpus import Corpus

_SEALED = (".warc.gz", ".warc")

WACZ_SCRATCH = ".newsreel-wacz-"
"""How the name of the folder begins in which a WACZ is made, beside it."""

REPLAY_SCRATCH = ".replay-"
"""How the name of the folder begins in which archived runs are made again."""


def remove_leftovers(folder: Path) -> None:
    """Remove what commands left in the archive *folder* that were killed."""
    for prefix in (WACZ_SCRATCH, REPLAY_SCRATCH):
        remove_scratch(folder, prefix)


def ledger_uri(folder: Path, state_uri: str = "") -> str:
    """Return *state_uri*, or if it is empty the URI of the ledger in the archive *folder*."""
    return state_uri or f"sqlite:{folder / 'ledger.sqlite'}"


def sealed_warcs(folder: Path) -> list[Path]:
    """Return the sealed WARC files in *folder*, by name; people unpack those that we compressed."""
    return [folder / name for name in _names(folder, _SEALED)]


def open_warcs(folder: Path) -> list[Path]:
    """Return the WARC files of *folder* that are not sealed, by name."""
    return [folder / name for name in _names(folder, (f".warc.gz{OPEN_SUFFIX}",))]


def sealed_sizes(folder: Path) -> dict[str, int]:
    """Return the size in bytes of each sealed WARC file in *folder*, by its name.

    Each start asks for all of them: 1,000 files take 2 ms, paths of their own would take 9.
    """
    try:
        with os.scandir(folder) as entries:
            found = {e.name: e.stat().st_size for e in entries if e.name.endswith(_SEALED)}
    except FileNotFoundError:
        if folder.exists():  # a file is gone, or a link that leads nowhere
            raise
        return {}
    return dict(sorted(found.items()))


def _names(folder: Path, suffixes: tuple[str, ...]) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.name.endswith(suffixes))
    except FileNotFoundError:
        return []


@dataclass(slots=True, frozen=True, kw_only=True)
class Archive:
    """The archive in *folder*, its text files and its ledger (empty: the one in the folder)."""

    folder: Path
    corpus: Corpus
    state_uri: str = ""

    @property
    def warcs(self) -> Path:
        """The folder of the WARC files."""
        return self.folder / "warc"

    @property
    def index(self) -> Path:
        """The folder of the CDXJ files."""
        return self.folder / "index"

    @property
    def ledger_uri(self) -> str:
        """The URI of the ledger."""
        return ledger_uri(self.folder, self.state_uri)

    @property
    def ledger_name(self) -> str:
        """The URI of the ledger as it may be shown: without a password."""
        return without_password(self.ledger_uri)

    def open_store(self) -> Store | None:
        """Open the ledger as it is; None if there is none, which is then not made.

        Raises ValueError for a URI that names no ledger, and OSError.
        """
        uri = self.ledger_uri
        return open_store(uri, node=node_of(self.folder, uri)) if store_exists(uri) else None

    def warc(self, name: str) -> Path:
        """Return the WARC file whose final name is *name*; it may still be open.

        An absolute path is a foreign archive's, unless its file was moved into our folder since.
        """
        path = self.warcs / name
        if Path(name).is_absolute():
            return path if path.exists() else self.warcs / path.name
        still_open = path.with_name(path.name + OPEN_SUFFIX)
        return still_open if still_open.exists() and not path.exists() else path
