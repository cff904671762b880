"""The archive as all runs of a process share it: one ledger, one writer, one WARC file at a time.

Many crawls may run in one process (https://docs.scrapy.org/en/latest/topics/practices.html). Each
has its own extensions; what they have in common is here, from the first run that needs it to the
last one that leaves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakValueDictionary

from crawler import __version__
from crawler.archive.folder import ledger_uri, remove_leftovers
from crawler.archive.found_texts import walk_once
from crawler.archive.nodes import begin_node
from crawler.archive.recorder import Change, Recorder
from crawler.archive.recovery import open_ledger
from crawler.archive.repair import Repair
from crawler.exceptions import ArchiveLockedError, StorageError
from crawler.extensions.articles_under_way import ArticlesUnderWay
from crawler.extensions.free_ordinals import Ordinals
from crawler.extensions.upload_thread import UploadThread, upload_thread, uploaded_before
from crawler.extensions.writer_thread import Limits, WriterThread
from crawler.jobs.rights import Right, forget, require
from crawler.state.backends import is_shared, open_run_locks
from crawler.state.lock import ArchiveLock, Opening, opening
from crawler.state.run_locks import OnLost, RunLock, RunLocks
from crawler.text.corpus import Corpus
from crawler.warc.index_writer import IndexWriter
from crawler.warc.writer import WarcWriter

if TYPE_CHECKING:
    from crawler.settings_reader import SettingsReader
    from crawler.state.store import Store

logger = logging.getLogger(__name__)

_SYNCED_AT_ONCE = 500  # files

SOFTWARE = f"newsreel/{__version__}, scrapy/{version('scrapy')}, warcio/{version('warcio')}"
OnFailure = Callable[[StorageError], None]


class ProcessArchive:
    """The archive of *settings*; `open` opens its ledger, beside other processes that write to it.

    Whoever uses it calls `join`, and `leave` when it has ended: the last one closes it. After a
    failed write nothing more is written, and whoever has joined hears of it. ``before_open`` is
    called when nobody else has the archive, before the ledger is opened.

    ``writer_fields`` are those of the warcinfo that begins each WARC file: of the run, if it is the
    first to be recorded; none where many runs are to come.
    """

    _open: ClassVar[WeakValueDictionary[tuple[Path, str], ProcessArchive]] = WeakValueDictionary()

    store: Store
    under_way: ArticlesUnderWay
    ordinals: Ordinals

    def __init__(self, settings: SettingsReader, name: str) -> None:
        self.folder = settings.ARCHIVES_DIR
        self.uri = ledger_uri(self.folder, settings.STATE_URI)
        self.corpus = Corpus(self.folder, settings.CORPUS_PATH)
        self.taken_files: set[str] = set()
        self.locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.failure: StorageError | None = None
        self.writer_fields: Mapping[str, str] | None = None
        self._make_writer = partial(_writer, settings, name)
        self._limits = Limits(
            group=settings.ARCHIVE_COMMIT_GROUP, interval=settings.ARCHIVE_COMMIT_INTERVAL
        )
        self._users: dict[object, OnFailure | None] = {}
        self._due: set[str] | None = set()
        self._written: list[str] = []
        self._thread: WriterThread | None = None
        self._recorder: Recorder | None = None
        self._sources: dict[object, RunLock] = {}
        self._hosts: dict[object, RunLock] = {}
        self._run_locks: RunLocks | None = None
        self._timeout = settings.WORKER_TIMEOUT
        self._uploads: UploadThread | None = None
        self._start_uploads = partial(upload_thread, settings)
        self._find_uploaded = partial(uploaded_before, settings)
        self._lock: ArchiveLock | None = None
        self.before_open: Callable[[], None] | None = None

    @classmethod
    def of(cls, settings: SettingsReader, name: str = "run") -> ProcessArchive:
        """Return the archive of *settings*, the same one for all runs of the process.

        The names of WARC files say who was the first: *name*.
        """
        folder = settings.ARCHIVES_DIR
        place = folder.resolve(), ledger_uri(folder, settings.STATE_URI)
        found = cls._open.get(place)
        if found is None:
            found = cls._open[place] = cls(settings, name)
        return found

    def join(self, user: object, on_failure: OnFailure | None = None) -> None:
        """Keep the archive open for *user*, who is told of a failed write by *on_failure*."""
        self._users[user] = on_failure

    def leave(self, user: object) -> None:
        """Let *user* go, and close everything if it was the last one; a second call does nothing.

        Raises OSError.
        """
        if user not in self._users:
            return
        del self._users[user]
        try:
            if self._users:
                self._flush()
            else:
                self._close()
        finally:
            self._release_locks(user)
            if self._run_locks and not self._users:
                self._run_locks.close()
                self._run_locks = None

    def _release_locks(self, user: object) -> None:
        forget(user)
        for locks in (self._hosts, self._sources):
            if lock := locks.pop(user, None):
                lock.release()

    @property
    def is_shared(self) -> bool:
        """Whether there is more than one user."""
        return len(self._users) > 1

    @property
    def run_locks(self) -> RunLocks:
        """The locks of sources and hosts, until the last user leaves. Raises ``OSError``."""
        if self._run_locks is None:
            node = begin_node(self.folder, self.uri)
            self._run_locks = open_run_locks(self.uri, self.folder, node, self._timeout)
        return self._run_locks

    def lock_source(self, user: object, source: str, on_lost: OnLost | None = None) -> None:
        """Lock *source* until *user* leaves.

        *on_lost* hears, in another thread, if the lock was lost and another run has it. Raises
        `ArchiveLockedError` if another run has it now, ``OSError`` if it cannot be locked.
        """
        try:
            lock = self._sources[user] = self.run_locks.source(source, on_lost)
            self.send_under(user, lambda: lock.is_sure)
        except BlockingIOError as error:
            raise ArchiveLockedError(f"{error}: wait for that run") from None

    def lock_hosts(self, user: object, hosts: frozenset[str], on_lost: OnLost | None = None) -> str:
        """Lock *hosts* until *user* leaves, and return who has one of them, empty if nobody.

        *on_lost* as for a source. Raises OSError.
        """
        try:
            lock = self.run_locks.hosts(hosts, on_lost)
        except BlockingIOError as error:
            return str(error)
        self._hosts[user] = lock
        self.send_under(user, lambda: lock.is_sure)
        if user not in self._users:  # it left meanwhile
            self._release_locks(user)
        return ""

    def send_under(self, user: object, right: Right) -> None:
        """Have *user*, a run, send its requests while *right* says so, until it leaves."""
        if is_shared(self.uri):  # else nobody can take anything away
            require(user, right)

    def open(self) -> list[Repair]:
        """Open the ledger, if that is still to be done, and return what was put in order.

        Raise `ArchiveLockedError` if another process needs the archive alone, or if this one does
        and others write to it; `StorageError` if the ledger cannot be opened.
        """
        before_open, self.before_open = self.before_open, None
        if self._lock is None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                with opening(self.folder) as opened:
                    repairs = self._open_ledger(opened, before_open)
                    self._lock = opened.lock
            except BlockingIOError as error:
                fix = f"{error}: wait for it or name another ARCHIVES_DIR"
                raise ArchiveLockedError(fix) from None
            except OSError as error:
                raise StorageError(str(error)) from error
            return repairs
        if before_open:
            raise ArchiveLockedError(f"{self.folder} is open in this process, and is needed alone")
        return []

    def _open_ledger(self, opened: Opening, before_open: Callable[[], None] | None) -> list[Repair]:
        if opened.is_only:
            remove_leftovers(self.folder)
        if before_open:
            if not opened.is_only:
                raise BlockingIOError(f"{self.folder} is being written, and is needed alone")
            before_open()
        warcs = self.folder / "warc"
        self.store, repairs = open_ledger(self.uri, warcs, self.corpus, opened, self._find_uploaded)
        try:
            walk_once(self.store, self.corpus)
            self._due = self.store.take_over_due(opened.others)
        except BaseException:
            self.store.close()
            raise
        self._uploads = self._start_uploads(self.store)
        self.under_way = ArticlesUnderWay(self.store)
        self.ordinals = Ordinals(self.store, self._do)
        return repairs

    def take_due(self) -> set[str] | None:
        """Return the text files that an earlier process may not have written; None the next time.

        Whoever gets them writes them.
        """
        due, self._due = self._due, None
        return due

    # Writing

    @property
    def thread(self) -> WriterThread:
        """The thread that writes, which is started when it is first needed.

        Raises `StorageError` after a failure.
        """
        if self.failure:
            raise self.failure
        if self._thread is None:
            self._thread = WriterThread(self.recorder, self._limits, self._failed)
        return self._thread

    @property
    def recorder(self) -> Recorder:
        """What the thread writes with."""
        if self._recorder is None:
            index = IndexWriter(self.folder / "index")
            writer = self._make_writer(self.writer_fields or {})
            on_sealed = self._uploads.wake if self._uploads else _nothing
            self._recorder = Recorder(writer, self.store, index, on_sealed)
        return self._recorder

    def note(self, change: Change) -> None:
        """Make *change* of the ledger with the next commit. Raises `StorageError`."""
        self.thread.put(lambda recorder: recorder.change(change))

    async def commit(self, change: Change) -> None:
        """Make *change* of the ledger, and return when it is durable. Raises `StorageError`."""
        await self.thread.commit(lambda recorder: recorder.change(change))

    async def _do(self, action: Change) -> None:
        """Have the thread do *action*, at once, in transactions of its own."""
        await self.thread.commit(lambda recorder: recorder.do(action))

    async def end_run(self) -> None:
        """Return when all that was written is committed, and sealed unless others write on."""
        if self._thread is None:
            return
        if self.is_shared and not self.failure:
            # Where many runs write on for months, one that brought nothing may find the file due.
            await self._thread.commit(Recorder.finish_if_due)
        else:
            await asyncio.get_running_loop().run_in_executor(None, self._seal_and_upload)

    def _seal_and_upload(self) -> None:
        self.seal()
        if self._uploads:
            self._uploads.finish()

    @property
    def uploads(self) -> UploadThread | None:
        """What uploads the archive; None if it is not uploaded."""
        return self._uploads

    def seal(self, timeout: float | None = None) -> None:
        """Commit and seal, and wait *timeout* seconds at most; records are whole in any case."""
        if thread := self._thread:
            thread.close(timeout)
            self._thread = None

    def _failed(self, error: StorageError) -> None:
        self.failure = error
        for on_failure in list(self._users.values()):
            if on_failure:
                on_failure(error)

    # Text files

    def note_revision(self, file: str) -> None:
        """Note that the ledger is about to hold a new text of *file*: the written one is old."""
        self._written = [written for written in self._written if written != file]

    def note_written(self, file: str) -> None:
        """Note that the text *file* is written; it stays due until it is on the disk too.

        Syncing many files at once takes a tenth of the time. Raises `StorageError`.
        """
        self._written.append(file)
        if len(self._written) >= _SYNCED_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        files, self._written = self._written, []
        if not files:
            return

        def sync(recorder: Recorder) -> None:
            self.corpus.sync(files)
            recorder.change(lambda store: store.note_written(files))

        if self._thread and not self.failure:
            self._thread.put(sync)
        else:
            self.corpus.sync(files)
            self.store.note_written(files)

    def _close(self) -> None:
        self._open.pop((self.folder.resolve(), self.uri), None)
        if self._lock:
            try:
                self._close_ledger()
            finally:
                self._lock.release()

    def _close_ledger(self) -> None:
        try:
            self._seal_and_upload()
            self._flush()
            self.ordinals.give_back()
        except OSError as error:
            # The files stay due, and the next run writes them again.
            logger.warning("%s", error)
        finally:
            if self._uploads:
                self._uploads.stop()
            self.store.close()


def _writer(settings: SettingsReader, name: str, fields: Mapping[str, str]) -> WarcWriter:
    """Return a writer of WARC files in ARCHIVES_DIR that are named after *name*."""
    return WarcWriter(
        settings.ARCHIVES_DIR / "warc",
        name,
        software=SOFTWARE,
        fields={
            "http-header-user-agent": settings.USER_AGENT,
            "robots": "obey" if settings.ROBOTSTXT_OBEY else "ignore",
            **fields,
        },
        compress=settings.ARCHIVE_GZIP,
        most_bytes=settings.ARCHIVE_FILE_SIZE,
        most_seconds=settings.ARCHIVE_FILE_AGE,
    )


def _nothing(*_: object) -> None:
    pass
