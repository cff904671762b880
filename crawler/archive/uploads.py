"""What is sealed goes up: WARC files, the index of each, and the texts of which they have records.

Below the prefix it lies as in the archive's folder: ``warc/NAME``, ``index/NAME.cdxj``,
``text/FILE``.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from crawler.archive.folder import is_sealed
from crawler.archive.sealed_file import read_sealed
from crawler.disk import sync_folder
from crawler.state.lock import files_kept, folder_lock
from crawler.state.store import WarcFile, find_holding
from crawler.storage.contents import (
    Contents,
    contents_of,
    contents_of_bytes,
    holds,
    noted_sha256,
    put_bytes,
    put_file,
    sha256_of,
)
from crawler.storage.listing import matching
from crawler.storage.remote_file import RemoteFile
from crawler.warc.index_files import SUFFIX
from crawler.warc.reader import record_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.archive.folder import Archive
    from crawler.archive.sealed_file import ArchivedText
    from crawler.state.store import Holding, Store
    from crawler.storage.remote_file import StoredFile

_LOCK = "upload"
_TEXTS_AT_ONCE = 8
_SUBMITTED = 64
_BATCH = 500  # articles that are looked up in the ledger at once


class UploadError(OSError):
    """A file could not be uploaded; it stays where it is, and is tried again."""


class GoneError(UploadError):
    """An object is not there any more; its file is still here, and waits to be uploaded again."""


@dataclass(frozen=True, slots=True)
class UploadPlace:
    """Where an archive is uploaded to: an address, with or without a slash at its end."""

    prefix: str

    def warc(self, name: str) -> RemoteFile:
        """Return the WARC file *name* there."""
        return self._file(f"warc/{name}")

    def warcs(self) -> list[RemoteFile]:
        """Return the WARC files there, by name. Raises OSError."""
        found = matching(f"{self.prefix.rstrip('/')}/warc/*")
        return sorted((file for file in found if is_sealed(file.name)), key=attrgetter("name"))

    def has(self, warc: WarcFile) -> bool:
        """Return whether *warc* was uploaded to this address."""
        return warc.address == self.warc(warc.name).address

    def index(self, name: str) -> RemoteFile:
        """Return the index of the WARC file *name* there."""
        return self._file(f"index/{name}{SUFFIX}")

    def text(self, file: str) -> RemoteFile:
        """Return the text *file* there, a name relative to the corpus."""
        return self._file(f"text/{file}")

    def _file(self, path: str) -> RemoteFile:
        return RemoteFile(f"{self.prefix.rstrip('/')}/{path}")


@dataclass(slots=True)
class Uploader:
    """Uploads the sealed files of *archive*, whose ledger is *store*, to *place*.

    ``counts``: ``files``, ``bytes``, ``texts``, ``removed``. Any thread may use it, one at a time.
    """

    archive: Archive
    store: Store
    place: UploadPlace
    counts: Counter[str] = field(default_factory=Counter)
    _is_ours: bool = False

    def waiting(self) -> list[WarcFile]:
        """Return the sealed files of this node that are still to be uploaded. Raises OSError."""
        return [
            warc
            for warc in self.store.warcs(self.store.node)
            if warc.sealed and not warc.address and (self.archive.warcs / warc.name).exists()
        ]

    def upload(self, warc: WarcFile) -> None:
        """Upload *warc*, its index and its texts, unless another process has done so by now.

        Raises OSError if that fails, and UploadError if something else has its place.
        """
        with folder_lock(self.archive.folder, _LOCK):
            if any(one.name == warc.name and not one.address for one in self.waiting()):
                self._check_is_ours()
                self._upload(warc)

    def _check_is_ours(self) -> None:
        """Raise UploadError if nothing of ours is uploaded there yet, but another archive's is."""
        warcs = () if self._is_ours else self.store.warcs()
        if warcs and not any(map(self.place.has, warcs)):
            known = {warc.name for warc in warcs}
            if others := [file for file in self.place.warcs() if file.name not in known]:
                raise UploadError(
                    f"{self.place.prefix} has {len(others)} WARC files that the ledger does not "
                    f"know, such as {others[0].name}: if they are of this archive, whose ledger "
                    "was lost, run scrapy rebuild; another archive needs an address of its own"
                )
        self._is_ours = True

    def _upload(self, warc: WarcFile) -> None:
        path, remote = self.archive.warcs / warc.name, self.place.warc(warc.name)
        with _readable(path):
            contents = contents_of(path)
            lines, texts = read_sealed(path)
        if contents.size != warc.size:
            said = f"has {contents.size:,} bytes, the ledger {warc.size:,}: run scrapy verify"
            raise UploadError(f"{path} {said}")
        was_begun = holds(remote, contents)  # and most of its texts may be there
        if not was_begun:
            _check_is_free(remote)
            put_file(remote, path, contents)
            _check(remote, contents)
        index = "".join(lines).encode()
        _put(self.place.index(warc.name), index)
        self._put_texts(self._current(texts), again=was_begun)
        uploaded = replace(
            warc,
            address=remote.address,
            sha256=contents.sha256,
            uploaded=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self.store.put_upload(uploaded)
        if self.store.node:
            self._put_texts(self._current(texts), again=True)
        self.counts.update(files=1, bytes=contents.size + len(index))

    # Texts

    def _current(self, texts: Iterable[ArchivedText]) -> Iterator[Holding]:
        """Yield the articles whose text is one of *texts* now, by the ledger."""
        rest = iter(texts)
        while batch := list(islice(rest, _BATCH)):
            held = self.store.holdings({text.key for text in batch})
            for text in batch:
                yield from (one for one in held.get(text.key, ()) if _has(one, text))

    def _put_texts(self, holdings: Iterable[Holding], *, again: bool = False) -> None:
        """Put the texts of *holdings* there; *again*: those that are not as they are held.

        Another node may have uploaded a later text of an article meanwhile, or an earlier one
        whose upload ended behind that of ours. So both look once more when they have noted theirs.
        """
        with ThreadPoolExecutor(_TEXTS_AT_ONCE, "texts") as threads:
            rest = iter(holdings)
            # The end of the process waits for what was submitted, so that is little.
            while batch := list(islice(rest, _SUBMITTED)):
                done = [threads.submit(self._put_text, held, again=again) for held in batch]
                for one in done:
                    one.result()

    def _put_text(self, held: Holding, *, again: bool) -> None:
        now: Holding | None = held
        while now and now.conversion:
            self._put_text_of(now, again=again)
            before, now = now, find_holding(self.store, held.key, held.source)
            if now is None or now.conversion == before.conversion:
                return
            if not self._may_put(now):
                return

    def _may_put(self, held: Holding) -> bool:
        """Return whether the text of *held* is uploaded: what is not comes with its own file."""
        assert held.conversion
        return any(w.name == held.conversion.file and w.address for w in self.store.warcs())

    def _put_text_of(self, held: Holding, *, again: bool) -> None:
        assert held.conversion
        file = self.archive.warc(held.conversion.file)
        with _readable(file):
            document = bytes(record_at(file, held.conversion).block)
        remote = self.place.text(held.file)
        if again and holds(remote, contents_of_bytes(document)):
            return
        _put(remote, document)
        self.counts["texts"] += 1

    # Files of this machine that are uploaded

    def removable(self, age: timedelta) -> list[WarcFile]:
        """Return the files that were uploaded *age* ago or earlier, and are still here."""
        before = (datetime.now(UTC) - age).isoformat(timespec="seconds")
        return [
            warc
            for warc in self.store.warcs(self.store.node)
            if warc.address and warc.uploaded <= before and self._is_here(warc)
        ]

    def remove(self, warc: WarcFile) -> None:
        """Remove *warc* from this machine, once its object is checked again. Raises OSError.

        It stays while a command reads the files of the folder; the next one who asks removes it.
        """
        alone = partial(files_kept, self.archive.warcs, alone=True)
        with folder_lock(self.archive.folder, _LOCK), suppress(BlockingIOError), alone():
            self._remove(warc)

    def _remove(self, warc: WarcFile) -> None:
        path, remote = self.archive.warcs / warc.name, RemoteFile(warc.address)
        with suppress(FileNotFoundError):
            contents = contents_of(path)
            if contents.sha256 != warc.sha256:
                raise UploadError(f"{path} is not the file that was uploaded: it stays")
            if not holds(remote, contents):
                if forget_if_gone(warc, self.store):
                    raise GoneError(f"{remote} is gone: {path} stays, and is uploaded again")
                raise UploadError(f"{remote} is not what was uploaded: {path} stays")
            path.unlink()
            sync_folder(path.parent)
            self.counts["removed"] += 1

    def _is_here(self, warc: WarcFile) -> bool:
        return (self.archive.warcs / warc.name).exists()


def forget_if_gone(warc: WarcFile, store: Store) -> bool:
    """Have *warc*, which is here, wait for its upload once more, if its object is not there now.

    Return whether it is so. Raises OSError.
    """
    if is_gone := not RemoteFile(warc.address).exists():
        store.put_upload(replace(warc, address="", sha256=b"", uploaded=""))
    return is_gone


def uploaded_as(warc: WarcFile, remote: RemoteFile) -> WarcFile:
    """Return *warc* as uploaded to *remote*, by what its metadata say, or else what is read there.

    Raises OSError.
    """
    state = remote.stat()
    at = datetime.fromtimestamp(state.st_mtime_ns / 1e9, UTC).isoformat(timespec="seconds")
    sha256 = noted_sha256(remote) or sha256_of(remote)
    return replace(warc, address=remote.address, sha256=sha256, uploaded=at)


def _has(holding: Holding, text: ArchivedText) -> bool:
    """Return whether *text* is what the article has now."""
    conversion = holding.conversion
    is_it = conversion is not None and conversion.record_id == text.record_id
    return is_it and holding.source == text.source


@contextmanager
def _readable(file: StoredFile) -> Iterator[None]:
    """Raise what is wrong with a *file* of this machine as UploadError: others are no worse."""
    try:
        yield
    except (OSError, LookupError) as error:
        if isinstance(file, RemoteFile) and not isinstance(error, LookupError):
            raise
        raise UploadError(f"{file} cannot be read: {error}: run scrapy verify") from error


def _check_is_free(remote: RemoteFile) -> None:
    if remote.exists():
        what = f"something else lies at {remote}: move it away, and the file is uploaded"
        raise UploadError(what)


def _put(remote: RemoteFile, data: bytes) -> None:
    put_bytes(remote, data)
    _check(remote, contents_of_bytes(data))


def _check(remote: RemoteFile, contents: Contents) -> None:
    if not holds(remote, contents):
        raise UploadError(f"{remote} is not what was sent: the store has other bytes")
