"""The thread that uploads what is sealed, beside the crawl."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Condition, Thread
from typing import TYPE_CHECKING

from crawler.archive.folder import Archive
from crawler.archive.uploads import GoneError, Uploader, UploadError, UploadPlace
from crawler.text.corpus import Corpus
from crawler.warc.index_files import SUFFIX

if TYPE_CHECKING:
    from crawler.settings_reader import SettingsReader
    from crawler.state.store import Store, WarcFile
    from crawler.storage.remote_file import RemoteFile

logger = logging.getLogger(__name__)

_LOOKS_UP = 0.5  # seconds: a signal may shorten the time that is left
_REFUSED_AGAIN = 3600.0  # seconds: what the store has is not what belongs there
_LEDGER = "ledger"
_AGAIN = 60.0  # seconds after which what could not be uploaded is tried again


class UploadThread:
    """Uploads what waits for it with *uploader*, in a thread: now, whenever `wake` is called.

    Files that were uploaded longer than *keep* ago are removed; with None all stay. What cannot be
    uploaded is logged, told by `take_problems`, and tried again a minute later, or an hour where
    something else is in its place. Nobody waits for
    the thread but who calls `finish`, for as long as *patience* seconds at most.
    """

    def __init__(self, uploader: Uploader, keep: timedelta | None, patience: float) -> None:
        self._uploader = uploader
        self._keep = keep
        self._patience = patience
        self._changed = Condition()
        self._asked, self._done = 1, 0  # passes: the last one asked for, and the last one done
        self._has_stopped = False
        self._is_finished = False
        self._failed: dict[str, str] = {}
        self._refused: dict[str, tuple[float, UploadError]] = {}
        self._thread = Thread(target=self._work, name="upload", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> dict[str, int]:
        """What was done so far, as `Uploader.counts` has it."""
        return dict(self._uploader.counts)

    def wake(self) -> None:
        """Note that a file was sealed."""
        with self._changed:
            self._is_finished = False
            self._asked += 1
            self._changed.notify_all()

    def finish(self) -> None:
        """Wait until all that is sealed is uploaded, or cannot be, or the time is over.

        Done once more, with nothing sealed since, it does not wait.
        """
        if self._is_finished:
            return
        self.wake()
        self._is_finished = True
        begin = time.monotonic()
        with self._changed:
            asked = self._asked
            while self._done < asked and time.monotonic() - begin < self._patience:
                self._changed.wait(_LOOKS_UP)
            is_done = self._done >= asked
        if not is_done:
            self._note_late()

    def _note_late(self) -> None:
        said = f"after {self._patience:g} s it was not uploaded; the next start goes on"
        try:
            for warc in self._uploader.waiting():
                self._failed.setdefault(warc.name, said)
        except Exception as error:  # noqa: BLE001 - the run ends in order all the same
            self._note(_LEDGER, error)

    def hurry(self, patience: float) -> None:
        """Have nobody wait for more than *patience* seconds from now on: a signal ends the run."""
        self._patience = min(self._patience, patience)

    def stop(self) -> None:
        """End the thread behind the file that it uploads, and wait *patience* at most for that."""
        self._has_stopped = True
        self.wake()
        self._thread.join(self._patience)

    def take_problems(self) -> list[str]:
        """Return a line for each file that could not be uploaded or removed; none once more."""
        failed, self._failed = self._failed, {}
        return [f"{name}: {why}" for name, why in failed.items()]

    def _work(self) -> None:
        while not self._has_stopped:
            with self._changed:
                self._changed.wait_for(lambda: self._asked > self._done, _AGAIN)
                asked = self._asked
            try:
                self._upload_all()
                self._failed.pop(_LEDGER, None)
            except Exception as error:  # noqa: BLE001 - a crawl goes on without its uploads
                self._note(_LEDGER, error)
            with self._changed:
                self._done = asked
                self._changed.notify_all()

    def _upload_all(self) -> None:
        if self._each(self._uploader.waiting(), self._uploader.upload) and self._keep is not None:
            self._each(self._uploader.removable(self._keep), self._uploader.remove)

    def _each(self, warcs: list[WarcFile], do: Callable[[WarcFile], None]) -> bool:
        """Have *do* done to each of *warcs*; return False if the store fails, and others wait."""
        for number, warc in enumerate(warcs, 1):
            if self._has_stopped:
                return False
            begin = time.monotonic()
            if self._is_refused(warc.name, begin):
                continue
            try:
                do(warc)
            except UploadError as error:
                if not isinstance(error, GoneError):
                    self._refused[warc.name] = begin, error
                self._note(warc.name, error)
                continue
            except Exception as error:  # noqa: BLE001 - see `_work`
                self._note(warc.name, error, behind=len(warcs) - number)
                return False
            self._failed.pop(warc.name, None)
            logger.info("%s: %s in %.1f s", do.__name__, warc.name, time.monotonic() - begin)
        return True

    def _is_refused(self, name: str, now: float) -> bool:
        """Tell whether somebody has to look at the file first: trying each minute is no help."""
        at, error = self._refused.get(name, (-math.inf, None))
        if error and now - at < _REFUSED_AGAIN:
            self._failed.setdefault(name, str(error))
            return True
        return False

    def _note(self, name: str, error: Exception, *, behind: int = 0) -> None:
        """Tell of *error* once; *behind* are the files that wait until it is over."""
        said = f"{error}; {behind} more wait" if behind else str(error)
        if self._failed.get(name) != said:
            self._failed[name] = said
            logger.warning("%s is tried again, to upload or to remove it here: %s", name, said)


def uploaded_before(settings: SettingsReader) -> list[RemoteFile]:
    """Return the WARC files at ARCHIVE_UPLOAD, if the archive had files before: it has an index.

    Raises OSError: a ledger that was lost must not be made anew without them.
    """
    had_files = any((settings.ARCHIVES_DIR / "index").glob(f"*{SUFFIX}"))
    if not settings.ARCHIVE_UPLOAD or settings.ARCHIVE_MODE != "record" or not had_files:
        return []
    return UploadPlace(settings.ARCHIVE_UPLOAD).warcs()


def upload_thread(settings: SettingsReader, store: Store) -> UploadThread | None:
    """Return what uploads the archive of *settings*, whose ledger is *store*; None if nothing does.

    A replay and a run without an archive upload nothing.
    """
    if not settings.ARCHIVE_UPLOAD or settings.ARCHIVE_MODE != "record":
        return None
    folder = settings.ARCHIVES_DIR
    corpus = Corpus(folder, settings.CORPUS_PATH)
    archive = Archive(folder=folder, corpus=corpus, state_uri=settings.STATE_URI)
    uploader = Uploader(archive, store, UploadPlace(settings.ARCHIVE_UPLOAD))
    return UploadThread(uploader, settings.ARCHIVE_KEEP_LOCAL, settings.ARCHIVE_UPLOAD_WAIT)
