"""An archive on the disk: where its files are."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.nodes import node_of
from crawler.disk import remove_scratch
from crawler.state.backends import open_store, store_exists
from crawler.state.postgresql.server import without_password
from crawler.state.store import LedgerDamagedError
from crawler.storage.remote_file import RemoteFile
from crawler.warc.writer import OPEN_SUFFIX

if TYPE_CHECKING:
    from crawler.state.store import Store, WarcFile
    from crawler.storage.remote_file import StoredFile
    from crawler.text.corpus import Corpus

_SEALED = (".warc.gz", ".warc")
_ASKED_AGAIN = 1.0  # seconds after which the ledger is asked again for a file that is nowhere

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


def is_sealed(name: str) -> bool:
    """Return whether *name* is that of a sealed WARC file; people unpack those we compressed."""
    return name.endswith(_SEALED)


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
            found = {e.name: e.stat().st_size for e in entries if is_sealed(e.name)}
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


class WarcPlaces:
    """Finds WARC files that are in *folder*, or uploaded, as *warcs* says when it is called.

    That is asked only for what is not in the folder. Any thread may use it.
    """

    def __init__(self, folder: Path, warcs: Callable[[], Iterable[WarcFile]]) -> None:
        self._folder = folder
        self._warcs = warcs
        self._remote: dict[str, RemoteFile] = {}
        self._nodes: dict[str, str] = {}
        self._asked = 0.0

    @classmethod
    def of_store(cls, folder: Path, store: Store) -> WarcPlaces:
        """Return the places of the files in *folder*, whose ledger is *store*, and is open."""
        return cls(folder, store.warcs)

    @classmethod
    def of_ledger(cls, folder: Path, open_store: Callable[[], Store | None]) -> WarcPlaces:
        """Return the places of the files in *folder*, whose ledger is opened when it is needed."""

        def warcs() -> list[WarcFile]:
            with suppress(LedgerDamagedError):  # which is named, and made again, by others
                if store := open_store():
                    with closing(store):
                        return store.warcs()
            return []

        return cls(folder, warcs)

    def find(self, name: str) -> StoredFile:
        """Return the WARC file whose final name is *name*: the one here, which may be open, if any.

        An absolute path is a foreign archive's, unless its file was moved into our folder since.
        What is nowhere has the path that it would have here. Raises OSError if the ledger fails.
        """
        path = self._folder / name
        if path.exists():
            return path
        if Path(name).is_absolute():
            return self._folder / path.name
        still_open = path.with_name(path.name + OPEN_SUFFIX)
        if still_open.exists():
            return still_open
        return self._uploaded(name) or path

    def sealed(self, node: str | None = None) -> list[StoredFile]:
        """Return the sealed files by name: those here, and those that are uploaded, and not here.

        With *node* the latter are its files alone. Raises OSError.
        """
        found: dict[str, StoredFile] = {path.name: path for path in sealed_warcs(self._folder)}
        self.ask()
        for name, file in self._remote.items():
            if node is None or self._nodes[name] == node:
                found.setdefault(name, file)
        return [found[name] for name in sorted(found)]

    def ask(self) -> None:
        """Ask the ledger which files are uploaded. Raises OSError."""
        self._asked = time.monotonic()
        warcs = [warc for warc in self._warcs() if warc.address]
        self._remote = {warc.name: RemoteFile(warc.address, warc.size) for warc in warcs}
        self._nodes = {warc.name: warc.node for warc in warcs}

    def _uploaded(self, name: str) -> RemoteFile | None:
        if name not in self._remote and time.monotonic() - self._asked > _ASKED_AGAIN:
            self.ask()
        return self._remote.get(name)


@dataclass(slots=True, frozen=True, kw_only=True)
class Archive:
    """The archive in *folder*, its text files and its ledger (empty: the one in the folder)."""

    folder: Path
    corpus: Corpus
    state_uri: str = ""
    places: WarcPlaces = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        places = WarcPlaces.of_ledger(self.warcs, self.open_store)
        object.__setattr__(self, "places", places)

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

    def warc(self, name: str) -> StoredFile:
        """Return the WARC file whose final name is *name*, as `WarcPlaces.find` does."""
        return self.places.find(name)

    def sealed(self, node: str | None = None) -> list[StoredFile]:
        """Return the sealed WARC files, as `WarcPlaces.sealed` does."""
        return self.places.sealed(node)
