"""First the records are on the disk, then the ledger counts them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.recorder import Recorder
from crawler.state.backends import open_store
from crawler.state.store import WarcFile
from crawler.state.verdict import Verdict
from crawler.warc import cdxj, index_writer
from crawler.warc.reader import Record, record_at, records
from tests.archive.recording import PAGE, Ledger, Recording, ledger
from tests.limits import no_more_files
from tests.warc.index_folder import all_lines, listed

LARGE = b"news " * 300
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n\r\n"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Recording]:
    with Recording(tmp_path) as run:
        yield run


@pytest.fixture
def short(tmp_path: Path) -> Iterator[Recording]:
    """Yield a run that begins a new file for every exchange."""
    with Recording(tmp_path, most_bytes=1) as run:
        yield run


def seen_by_others(run: Recording) -> Ledger:
    """Return what another program finds in the ledger now."""
    store = open_store(f"sqlite:{run.folder / 'ledger.sqlite'}")
    try:
        return ledger(store)
    finally:
        store.close()


def written(run: Recording) -> list[Record]:
    (path,) = run.warcs.iterdir()
    return list(records(path))


def test_before_the_commit_nothing_counts(run: Recording) -> None:
    run.exchange()
    run.text("a", "One.")
    assert [record.type for record in written(run)][-2:] == ["conversion", "metadata"]
    assert seen_by_others(run) == Ledger([], {}, [], {}, {})
    assert run.recorder.uncommitted == 3
    run.recorder.commit()
    assert run.recorder.uncommitted == 0
    found = seen_by_others(run)
    assert len(found.articles) == 1
    assert found.warcs == [WarcFile(name=run.writer.name, size=run.writer.size)]
    assert len(found.captures[run.writer.name]) == 2


def test_records_are_synced_before_the_ledger_has_them(
    run: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []

    def noting(name: str, call: Any) -> Any:
        def noted(*args: Any) -> Any:
            events.append(name)
            return call(*args)

        return noted

    for owner, name in ((run.writer, "sync"), (run.store, "put_warc"), (run.store, "add")):
        monkeypatch.setattr(owner, name, noting(name, getattr(owner, name)))
    run.text("a", "One.")
    run.recorder.commit()
    assert events == ["sync", "put_warc", "add"]
    run.recorder.commit()
    assert events == ["sync", "put_warc", "add"], "nothing was there to commit"


def test_refs_are_filled_in_and_lead_to_the_records(run: Recording) -> None:
    ref, held = run.exchange(), run.text("a", "One.")
    path = run.end()
    assert held.conversion
    assert held.origin
    for one, kind in (
        (ref, "response"),
        (held.conversion, "conversion"),
        (held.origin, "response"),
    ):
        assert one.file == path.name
        assert record_at(path, one).type == kind


def test_a_payload_that_came_twice_is_one_response(run: Recording) -> None:
    first = run.exchange(LARGE)
    again = run.exchange(LARGE, uri="https://news.test/again")
    run.recorder.commit()
    later = run.exchange(LARGE)
    run.end()
    answers = [record for record in written(run) if record.type in {"response", "revisit"}]
    assert [record.type for record in answers] == ["response", "revisit", "revisit"]
    assert {record.header("WARC-Refers-To") for record in answers[1:]} == {first.record_id}
    places = [record.header("WARC-Record-ID") for record in answers]
    assert places == [first.record_id, again.record_id, later.record_id]


def test_what_was_cut_is_no_original(run: Recording) -> None:
    run.exchange(LARGE, truncated="length")
    run.exchange(LARGE)
    run.exchange(LARGE)
    run.end()
    answers = [record for record in written(run) if record.type in {"response", "revisit"}]
    assert [record.type for record in answers] == ["response", "response", "revisit"]
    assert answers[2].header("WARC-Refers-To") == answers[1].header("WARC-Record-ID")


@pytest.mark.parametrize("committed", [False, True])
def test_not_modified_refers_to_the_page_as_it_came_last(run: Recording, committed: bool) -> None:
    run.exchange(b"old")
    new = run.exchange(b"new")
    run.exchange(b"other", uri="https://news.test/other")
    if committed:
        run.recorder.commit()
    run.exchange(response=NOT_MODIFIED)
    run.end()
    (revisit,) = (record for record in written(run) if record.type == "revisit")
    assert revisit.header("WARC-Refers-To") == new.record_id


@pytest.mark.parametrize("committed", [False, True])
def test_not_modified_since_a_revisit_refers_to_what_that_stood_for(
    run: Recording, committed: bool
) -> None:
    """The page was A, then B, then A again: it is A that was not modified."""
    first = run.exchange(LARGE)
    run.exchange(LARGE[1:])
    run.exchange(LARGE)
    if committed:
        run.recorder.commit()
    run.exchange(response=NOT_MODIFIED)
    run.end()
    revisits = [record for record in written(run) if record.type == "revisit"]
    assert [record.header("WARC-Refers-To") for record in revisits] == [first.record_id] * 2


@pytest.mark.parametrize(
    "between",
    [
        {"response": b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\nLater."},
        {"response": b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nNone."},
        {"response": PAGE, "request": b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", "method": "HEAD"},
    ],
    ids=["503", "404", "HEAD"],
)
def test_not_modified_refers_to_no_answer_without_the_page(
    run: Recording, between: dict[str, Any]
) -> None:
    page = run.exchange(b"the page")
    run.exchange(**between)
    run.exchange(response=NOT_MODIFIED)
    run.end()
    (revisit,) = (record for record in written(run) if record.type == "revisit")
    assert revisit.header("WARC-Refers-To") == page.record_id


def test_files_roll_and_each_is_sealed_indexed_and_noted(short: Recording) -> None:
    run = short
    pages = [run.exchange(b"%d" % n, uri=f"https://news.test/{n}") for n in range(12)]
    texts = [run.text(f"{n}", f"Text {n}.", ordinal=n) for n in range(3)]
    run.end()
    names = sorted(path.name for path in run.warcs.iterdir())
    found = seen_by_others(run)
    assert len(names) > 3
    assert run.recorder.sealed == names
    assert found.warcs == [
        WarcFile(name=name, size=(run.warcs / name).stat().st_size, sealed=True) for name in names
    ]
    indexed = [name for warcs in listed(run.index).values() for name in warcs]
    assert sorted(indexed) == names
    assert len(all_lines(run.index)) == len(pages) + 1
    for ref in [*pages, *(text.conversion for text in texts)]:
        assert ref
        assert record_at(run.warcs / ref.file, ref).header("WARC-Record-ID") == ref.record_id
    assert len(found.articles) == 3
    assert sum(map(len, found.captures.values())) == len(pages) + 1


def test_a_file_that_is_due_is_finished_without_a_record(short: Recording) -> None:
    short.recorder.finish_if_due()
    assert short.recorder.sealed == []
    short.exchange()
    short.recorder.finish_if_due()
    assert short.recorder.sealed == [short.writer.name]
    assert short.store.warcs()[-1].sealed


def test_a_group_never_spans_two_files(short: Recording) -> None:
    for n in range(3):
        short.exchange(b"%d" % n)
    short.recorder.commit()
    first, second, third = seen_by_others(short).warcs
    assert [first.sealed, second.sealed, third.sealed] == [True, True, False]


def test_without_records_there_is_nothing(run: Recording) -> None:
    run.recorder.commit()
    run.recorder.finish()
    assert not run.warcs.exists()
    assert not [*seen_by_others(run).warcs, *run.recorder.sealed]


def test_counts(run: Recording) -> None:
    run.exchange()
    run.text("a", "One.")
    path = run.end()
    warcinfo = next(records(path))
    assert run.recorder.no_run.counts == {
        "exchanges": 2,
        "records/response": 2,
        "records/request": 2,
        "records/conversion": 1,
        "records/metadata": 1,
        "commits": 1,
        "bytes": path.stat().st_size - warcinfo.length,
    }


def once(call: Any, error: Exception) -> Any:
    """Return *call*, but the first time it raises *error*."""
    pending = [error]

    def failing(*args: Any, **kwargs: Any) -> Any:
        if pending:
            raise pending.pop()
        return call(*args, **kwargs)

    return failing


def test_a_failed_fsync_is_followed_by_no_commit(
    run: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.text("a", "One.")
    run.recorder.commit()
    before = seen_by_others(run)
    run.text("b", "Two.")
    monkeypatch.setattr(run.writer, "sync", once(run.writer.sync, OSError(errno.EIO, "lost")))
    for call in (run.recorder.commit, run.recorder.commit, run.recorder.seal, run.recorder.finish):
        with pytest.raises(OSError, match=r"\[Errno 5\]"):
            call()
    assert seen_by_others(run) == before
    assert [path.suffix for path in run.warcs.iterdir()] == [".open"]


def test_a_failed_ledger_leaves_the_file_open(
    run: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.text("a", "One.")
    run.recorder.commit()
    before = seen_by_others(run)
    run.text("b", "Two.")
    monkeypatch.setattr(run.store, "add", once(run.store.add, OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        run.recorder.finish()
    assert seen_by_others(run) == before
    assert [path.suffix for path in run.warcs.iterdir()] == [".open"]


def test_a_change_that_fails_takes_its_group_along(run: Recording) -> None:
    run.text("a", "One.")
    run.text("b", "Two.", verdict=Verdict.REVISION)  # of nothing
    for _ in range(2):
        with pytest.raises(KeyError):
            run.recorder.commit()
    assert seen_by_others(run) == Ledger([], {}, [], {}, {})


def test_a_next_file_that_cannot_be_opened_is_not_noted(run: Recording) -> None:
    run.exchange(uri="https://news.test/1")
    run.recorder.seal()
    with pytest.raises(OSError, match="Too many open files"), no_more_files():
        run.exchange()
    run.recorder.finish()
    (path,) = run.warcs.iterdir()
    assert [warc.name for warc in seen_by_others(run).warcs] == [path.name]
    assert run.recorder.sealed == [path.name]


def test_sealing_again_keeps_the_index(run: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer's thread seals once more after any failure, that of an index too."""
    run.exchange()
    with monkeypatch.context() as patch:
        patch.setattr(index_writer, "write_index_file", once(None, OSError(errno.ENOSPC, "full")))
        with pytest.raises(OSError, match="full"):
            run.recorder.finish()
    run.recorder.finish()
    index = run.index / (run.writer.name + ".cdxj")
    assert not index.exists() or index.read_text().count("\n") == 1, (
        "an empty one is never filled later"
    )


def test_a_line_that_found_no_room_costs_the_index_and_not_the_record(
    run: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written is either counted or not sealed, and no index lacks a line for good."""
    run.exchange(uri="https://news.test/1")
    with monkeypatch.context() as patch:
        lines = once(cdxj.cdxj_line, OSError(errno.ENOSPC, "full"))
        patch.setattr(index_writer, "cdxj_line", lines)
        with pytest.raises(OSError, match="full"):
            run.exchange(uri="https://news.test/2")
    run.recorder.finish()
    responses = [record for record in written(run) if record.type == "response"]
    index = run.index / (run.writer.name + ".cdxj")
    found = seen_by_others(run)
    assert len(found.captures[run.writer.name]) == len(responses)
    assert not index.exists() or index.read_text().count("\n") == len(responses)


def test_the_recorder_is_what_records_look_captures_up_in(run: Recording) -> None:
    recorder: Recorder = run.recorder
    assert recorder.with_payload("sha1:" + "A" * 32) is None
    assert recorder.latest("https://news.test/a") is None
    ref = run.exchange(LARGE)
    assert recorder.latest(ref.uri) is ref
    run.recorder.commit()
    assert recorder.latest(ref.uri) == ref
