"""The thread that uploads: nobody waits for it longer than asked, and what fails is named."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import cast

import pytest

from crawler.archive.uploads import Uploader, UploadError
from crawler.extensions import upload_thread
from crawler.extensions.upload_thread import UploadThread
from crawler.state.store import WarcFile
from tests.running import LIMIT


class FakeUploader:
    """Uploads by name, with what the test does for each."""

    def __init__(self, *names: str, do: Callable[[str], object] = lambda name: None) -> None:
        self.names = list(names)
        self.do = do
        self.tried: list[str] = []
        self.removed: list[str] = []
        self.counts: Counter[str] = Counter()

    def waiting(self) -> list[WarcFile]:
        return [WarcFile(name=name, size=1, sealed=True) for name in self.names]

    def upload(self, warc: WarcFile) -> None:
        self.tried.append(warc.name)
        self.do(warc.name)
        self.names.remove(warc.name)
        self.counts["files"] += 1

    def removable(self, age: timedelta) -> list[WarcFile]:
        return [WarcFile(name="old", size=1, sealed=True)] if "old" not in self.removed else []

    def remove(self, warc: WarcFile) -> None:
        self.removed.append(warc.name)


@contextmanager
def uploading(
    uploader: FakeUploader, *, keep: timedelta | None = None, patience: float = LIMIT
) -> Iterator[UploadThread]:
    thread = UploadThread(cast("Uploader", uploader), keep, patience)
    thread_of = closing(_Stopping(thread))
    with thread_of:
        yield thread


class _Stopping:
    def __init__(self, thread: UploadThread) -> None:
        self.thread = thread

    def close(self) -> None:
        self.thread.stop()


def failing(*errors: Exception) -> Callable[[str], None]:
    """Return what fails with *errors*, one after the other, and then no more."""
    left = list(errors)

    def do(name: str) -> None:
        if left:
            raise left.pop(0)

    return do


def test_what_waits_goes_up_and_what_is_sealed_later() -> None:
    uploader = FakeUploader("a", "b")
    with uploading(uploader) as thread:
        thread.finish()
        assert (uploader.tried, thread.counts) == (["a", "b"], {"files": 2})
        uploader.names.append("c")
        thread.wake()
        thread.finish()
        assert uploader.tried == ["a", "b", "c"]
        assert thread.take_problems() == []
        assert uploader.removed == []


def test_old_files_are_removed_when_all_is_uploaded() -> None:
    uploader = FakeUploader("a")
    with uploading(uploader, keep=timedelta(days=1)) as thread:
        thread.finish()
    assert (uploader.tried, uploader.removed) == (["a"], ["old"])


def test_where_the_store_fails_the_others_wait_and_nothing_is_removed() -> None:
    uploader = FakeUploader("a", "b", do=failing(OSError("no route"), OSError("no route")))
    with uploading(uploader, keep=timedelta(days=1)) as thread:
        thread.finish()
        assert set(uploader.tried) == {"a"}
        assert uploader.removed == []
        assert thread.take_problems() == ["a: no route; 1 more wait"]
        assert thread.take_problems() == []


def test_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_thread, "_AGAIN", 0.01)
    uploader = FakeUploader("a", do=failing(OSError("no route"), OSError("no route")))
    with uploading(uploader) as thread:
        begin = time.monotonic()
        while uploader.names and time.monotonic() - begin < LIMIT:
            time.sleep(0.01)
        thread.finish()
        assert thread.take_problems() == []
    assert uploader.tried == ["a", "a", "a"]


def test_what_is_refused_is_named_in_each_report_and_does_not_hold_up_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upload_thread, "_AGAIN", 0.01)
    uploader = FakeUploader("a", "b", do=failing(UploadError("something else lies there")))
    with uploading(uploader) as thread:
        thread.finish()
        assert uploader.tried == ["a", "b"]
        assert thread.take_problems() == ["a: something else lies there"]
        thread.wake()
        thread.finish()
        assert thread.take_problems() == ["a: something else lies there"]
    assert uploader.tried == ["a", "b"]


def test_nobody_waits_longer_than_asked() -> None:
    goes_on = threading.Event()
    uploader = FakeUploader("a", do=lambda name: goes_on.wait(LIMIT))
    with uploading(uploader, patience=0.05) as thread:
        thread.finish()
        assert thread.take_problems() == [
            "a: after 0.05 s it was not uploaded; the next start goes on"
        ]
        goes_on.set()


def test_a_ledger_that_fails_meanwhile_is_a_problem_and_no_error() -> None:
    goes_on = threading.Event()
    uploader = FakeUploader("a", do=lambda name: goes_on.wait(LIMIT))
    with uploading(uploader, patience=0.05) as thread:
        while not uploader.tried:
            time.sleep(0.01)

        def fail() -> list[WarcFile]:
            raise OSError("the ledger is away")

        uploader.waiting = fail  # type: ignore[method-assign]
        thread.finish()
        assert thread.take_problems() == ["ledger: the ledger is away"]
        goes_on.set()


def test_a_signal_shortens_the_wait() -> None:
    goes_on = threading.Event()
    uploader = FakeUploader("a", do=lambda name: goes_on.wait(LIMIT))
    with uploading(uploader) as thread:
        waiting = threading.Thread(target=thread.finish)
        waiting.start()
        thread.hurry(0)
        waiting.join(LIMIT)
        assert not waiting.is_alive()
        goes_on.set()
