"""`verify` beside writers: it finds no fault in what they are about to write."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from crawler.archive.folder import Archive, open_warcs
from crawler.archive.holding_texts import write_current
from crawler.checks.archive_agreement import ArchiveAgreement
from crawler.checks.warc_files import WarcVerification
from crawler.state.lock import ArchiveLock
from crawler.state.verdict import Verdict
from crawler.text.corpus import Corpus
from tests.archive.recording import Recording

_ARTICLES = 80


def write(folder: Path, number: int) -> None:
    """Collect articles, revise each, and seal now and then, as a crawl does."""
    archive, lock = archive_in(folder), ArchiveLock.shared(folder)
    with Recording(folder, f"w{number}", token=lock.writer, most_bytes=20_000) as run:
        for count in range(_ARTICLES):
            ordinal = run.store.take_ordinals(1)
            run.exchange(b"news %d " % count * 100, uri=f"https://w{number}.test/{count}")
            for text, verdict in (("One.", Verdict.NEW), ("Two.", Verdict.REVISION)):
                body = f"{text} {number} {count}"
                held = run.text(f"{number}-{count}", body, verdict=verdict, ordinal=ordinal)
                run.recorder.commit()
                run.store.note_written([write_current(archive, run.store, held)])
            if count % 20 == 19:
                run.recorder.finish()
        run.end()
    lock.release()


def archive_in(folder: Path) -> Archive:
    return Archive(folder=folder, corpus=Corpus(folder, "text/{ordinal:03d}_{key}.txt"))


def faults(folder: Path) -> list[str]:
    with closing(WarcVerification(1)) as verification:
        return [str(fault) for fault in ArchiveAgreement(archive_in(folder), verification).faults()]


def test_three_writers(tmp_path: Path) -> None:
    children = []
    for number in range(3):
        child = os.fork()
        if not child:
            try:
                write(tmp_path, number)
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    looked, was_open = 0, False
    while any(os.waitid(os.P_PID, child, _LOOK) is None for child in children):
        if (tmp_path / "ledger.sqlite").exists():
            was_open |= bool(open_warcs(tmp_path / "warc"))
            assert faults(tmp_path) == []
            looked += 1
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert looked
    assert was_open
    assert faults(tmp_path) == []
    assert len(archive_in(tmp_path).corpus.files()) == 3 * _ARTICLES


_LOOK = os.WEXITED | os.WNOHANG | os.WNOWAIT


def test_what_is_due_from_a_dead_writer_is_missing(tmp_path: Path) -> None:
    for is_alive in (True, False):
        lock = ArchiveLock.shared(tmp_path)
        with Recording(tmp_path, "x", token=lock.writer) as run:
            run.text(f"{is_alive}", "One.", ordinal=int(is_alive))
            run.recorder.commit()
            if not is_alive:
                lock.release()
            found = faults(tmp_path)
            run.end()
        if is_alive:
            assert found == []
            lock.release()
        else:
            assert len(found) == 2
            assert all("is missing; it is the text of" in fault for fault in found)
