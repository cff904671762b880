"""Uploads of one and of several nodes, into a folder that stands for the store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.archive import recovery, uploads
from crawler.archive.folder import Archive
from crawler.archive.nodes import begin_node
from crawler.archive.rebuilding import Rebuild
from crawler.archive.recovery import open_ledger
from crawler.archive.repairing import repair_uploads
from crawler.archive.text_records import archived_text
from crawler.archive.uploads import GoneError, Uploader, UploadError, UploadPlace
from crawler.checks.archive_agreement import ArchiveAgreement
from crawler.checks.warc_files import WarcVerification
from crawler.state.backends import open_store
from crawler.state.lock import files_kept
from crawler.state.store import Store
from crawler.state.verdict import Verdict
from crawler.storage.remote_file import RemoteFile
from crawler.text.corpus import Corpus
from tests.archive.handled import gunzip
from tests.archive.recording import Recording
from tests.archive.sharing import shared_uri

__all__ = ["shared_uri"]

TEMPLATE = "text/{ordinal:03d}_{key}.txt"
AT_ONCE = timedelta(0)


class Node:
    """A folder of an archive, and its uploads to *place*."""

    def __init__(self, folder: Path, uri: str, place: Path) -> None:
        folder.mkdir()
        self.folder, self.uri, self.place = folder, uri, place
        self.archive = Archive(folder=folder, corpus=Corpus(folder, TEMPLATE), state_uri=uri)

    def record(self, text: str, *, verdict: Verdict = Verdict.NEW) -> str:
        """Record an article, or another text of it; return the name of its file."""
        with Recording(self.folder, uri=self.uri) as run:
            held = run.text("a", text, verdict=verdict)
            run.end()
        return held.file

    @contextmanager
    def store(self) -> Iterator[Store]:
        with closing(open_store(self.uri, node=begin_node(self.folder, self.uri))) as store:
            yield store

    def upload(self) -> int:
        """Upload what waits; return how many texts went up."""
        with self.store() as store:
            uploader = Uploader(self.archive, store, UploadPlace(f"file://{self.place}"))
            for warc in uploader.waiting():
                uploader.upload(warc)
            return uploader.counts["texts"]

    def take_away(self) -> None:
        """Remove what is uploaded."""
        with self.store() as store:
            uploader = Uploader(self.archive, store, UploadPlace(f"file://{self.place}"))
            for warc in uploader.removable(AT_ONCE):
                uploader.remove(warc)
        assert not list(self.archive.warcs.glob("*.warc.gz"))

    def faults(self) -> list[str]:
        with closing(WarcVerification()) as verification:
            found = ArchiveAgreement(self.archive, verification, reads_uploaded=True).faults()
            return [str(fault) for fault in found if "it is the text of" not in fault.message]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "place"


@pytest.fixture
def alone(tmp_path: Path, place: Path) -> Node:
    folder = tmp_path / "alone"
    return Node(folder, f"sqlite:{folder}/ledger.sqlite", place)


@pytest.fixture
def nodes(tmp_path: Path, place: Path, shared_uri: str) -> tuple[Node, Node]:
    north = Node(tmp_path / "north", shared_uri, place)
    return north, Node(tmp_path / "east", shared_uri, place)


def test_each_file_goes_up_once(alone: Node, place: Path) -> None:
    file = alone.record("The first text.")
    (warc,) = alone.archive.warcs.iterdir()
    assert alone.upload() == 1
    assert (place / "warc" / warc.name).read_bytes() == warc.read_bytes()
    lines = (alone.archive.index / f"{warc.name}.cdxj").read_bytes()
    assert (place / "index" / f"{warc.name}.cdxj").read_bytes() == lines
    assert b"The first text." in (place / "text" / file).read_bytes()
    assert alone.upload() == 0


def test_an_older_text_does_not_go_up(alone: Node, place: Path) -> None:
    file = alone.record("The first text.")
    alone.record("The second text.", verdict=Verdict.REVISION)
    assert alone.upload() == 1
    assert b"The second text." in (place / "text" / file).read_bytes()


def test_texts_that_went_up_are_not_sent_again(
    alone: Node, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Recording(alone.folder, uri=alone.uri) as run:
        files = [run.text(guid, f"The text of {guid}.").file for guid in "abc"]
        run.end()
    put, sent = uploads._put, list[str]()

    def failing(remote: RemoteFile, data: bytes) -> None:
        if remote.name == files[2] and files[2] not in sent:
            sent.append(remote.name)
            raise OSError("no route")
        sent.append(remote.name)
        put(remote, data)

    monkeypatch.setattr(uploads, "_put", failing)
    with pytest.raises(OSError, match="no route"):
        alone.upload()
    assert {*files} < {*sent}
    sent[:] = [files[2]]
    (place / "text" / files[0]).write_bytes(b"what another one put there")
    assert alone.upload() == 2
    assert files[1] not in sent
    assert b"The text of a." in (place / "text" / files[0]).read_bytes()


def test_a_damaged_file_holds_up_no_other(alone: Node) -> None:
    alone.record("The first text.")
    (warc,) = alone.archive.warcs.iterdir()
    with alone.store() as store:
        (held,) = store.all()
        assert held.conversion
        data = bytearray(warc.read_bytes())
        data[held.conversion.offset + 20 : held.conversion.offset + 60] = bytes(40)
        warc.write_bytes(data)
        uploader = Uploader(alone.archive, store, UploadPlace(f"file://{alone.place}"))
        (waiting,) = uploader.waiting()
        with pytest.raises(UploadError, match=r"cannot be read: .*: run scrapy verify"):
            uploader.upload(waiting)
        assert uploader.waiting() == [waiting]


def have_one_text_away(alone: Node) -> None:
    """Have a text that is uploaded and removed here, and one that is here."""
    alone.record("The first text.")
    alone.upload()
    alone.take_away()
    with Recording(alone.folder, uri=alone.uri) as run:
        run.text("b", "A text that is here.")
        run.end()


def test_a_rebuild_finds_what_the_old_ledger_alone_knows_the_place_of(
    alone: Node, place: Path
) -> None:
    have_one_text_away(alone)
    rebuild = Rebuild(alone.archive, print)
    rebuild.run()
    assert (rebuild.counts["articles"], rebuild.counts["faults"]) == (2, 0)
    with alone.store() as store:
        assert [warc.address for warc in store.warcs() if warc.address]
    (remote,) = (place / "warc").iterdir()
    remote.unlink()
    said = list[str]()
    rebuild = Rebuild(alone.archive, said.append)
    rebuild.run()
    assert (rebuild.counts["articles"], rebuild.counts["faults"]) == (1, 1)
    assert said[0] == f"file://{remote} is missing in the store, and was removed here"


@pytest.mark.parametrize("again", ["rebuild", "run"])
def test_a_rebuild_that_the_store_ends_is_taken_up(
    alone: Node, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    """The ledger that knew the addresses is aside by then."""
    have_one_text_away(alone)

    def fail(*_: object) -> None:
        raise OSError("no route")

    rebuild = Rebuild(alone.archive, print)
    with monkeypatch.context() as patched:
        patched.setattr(recovery, "uploaded_as", fail)
        with pytest.raises(OSError, match="no route"):
            rebuild.run()
    if again == "rebuild":
        Rebuild(alone.archive, print).run()
    store, _ = open_ledger(alone.uri, alone.archive.warcs, alone.archive.corpus)
    with closing(store):
        assert len(list(store.all())) == 2
        assert len([warc for warc in store.warcs() if warc.address]) == 1
        assert recovery.unread_addresses(store) == []


def test_files_that_were_unpacked_are_found_in_the_bucket_alone(
    alone: Node, tmp_path: Path, place: Path
) -> None:
    alone.record("The first text.")
    gunzip(alone.archive.warcs)
    store, _ = open_ledger(alone.uri, alone.archive.warcs, alone.archive.corpus)
    store.close()
    assert alone.upload() == 1
    (warc,) = (place / "warc").iterdir()
    assert warc.name.endswith(".warc")
    for name in ("copy.warc", "second copy.warc"):
        shutil.copy(warc, place / "warc" / name)
    for name in ("empty.warc.gz", "junk.warc.gz", "notes.txt", "old.warc.gz.bak"):
        (place / "warc" / name).write_bytes(name.encode() if name != "empty.warc.gz" else b"")
    new = Node(tmp_path / "new", f"sqlite:{tmp_path}/new/ledger.sqlite", place)
    said = list[str]()
    rebuild = Rebuild(new.archive, said.append, UploadPlace(f"file://{place}").warcs())
    rebuild.run()
    assert rebuild.counts["articles"] == 1
    assert said == [f"file://{place}/warc/junk.warc.gz:0: there is no whole record"]


def test_a_rebuild_names_what_left_the_bucket_meanwhile(
    alone: Node, tmp_path: Path, place: Path
) -> None:
    alone.record("The first text.")
    alone.upload()
    new = Node(tmp_path / "new", f"sqlite:{tmp_path}/new/ledger.sqlite", place)
    files = [*UploadPlace(f"file://{place}").warcs(), RemoteFile(f"file://{place}/warc/a.warc.gz")]
    said = list[str]()
    rebuild = Rebuild(new.archive, said.append, files)
    rebuild.run()
    assert (rebuild.counts["articles"], rebuild.counts["faults"]) == (1, 1)
    assert said == [f"file://{place}/warc/a.warc.gz is missing in the store"]


def test_a_new_ledger_names_what_only_the_index_knows(alone: Node) -> None:
    alone.record("The first text.")
    alone.upload()
    alone.take_away()
    for path in alone.folder.glob("ledger.sqlite*"):
        path.unlink()
    store, repairs = open_ledger(alone.uri, alone.archive.warcs, alone.archive.corpus)
    store.close()
    (lost,) = repairs
    assert lost.kind == "lost"
    assert lost.message.startswith("1 WARC files of which ")


def test_what_is_away_is_found_where_it_is(alone: Node) -> None:
    alone.record("The first text.")
    alone.upload()
    alone.take_away()
    with alone.store() as store:
        (held,) = store.all()
        assert b"The first text." in archived_text(alone.archive, held)
        assert [type(file) for file in alone.archive.sealed()] == [RemoteFile]
    assert alone.faults() == []
    store, repairs = open_ledger(alone.uri, alone.archive.warcs, alone.archive.corpus)
    store.close()
    assert repairs == []


def test_a_file_that_was_handled_is_uploaded_no_more(alone: Node, place: Path) -> None:
    alone.record("The first text.")
    alone.upload()
    (warc,) = alone.archive.warcs.iterdir()
    warc.write_bytes(warc.read_bytes() + warc.read_bytes()[:0] + other_member(warc))
    store, _ = open_ledger(alone.uri, alone.archive.warcs, alone.archive.corpus)
    with closing(store):
        assert [one.address for one in store.warcs()] == [""]
    with pytest.raises(UploadError, match="something else lies at"):
        alone.upload()


def other_member(warc: Path) -> bytes:
    """Return bytes that may stand behind the file: its own first record once more."""
    data = warc.read_bytes()
    return data[: data.index(b"\x1f\x8b\x08", 3)]


def test_a_newer_text_of_another_node_stays(nodes: tuple[Node, Node], place: Path) -> None:
    north, east = nodes
    file = north.record("The first text.")
    east.record("The second text.", verdict=Verdict.REVISION)
    assert east.upload() == 1
    assert north.upload() == 0
    assert b"The second text." in (place / "text" / file).read_bytes()


@pytest.mark.parametrize("late", ["north", "east"])
def test_a_text_that_is_late_gives_way_to_the_one_held(
    nodes: tuple[Node, Node], place: Path, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    """The north sends its text while the east takes a newer one, and uploads that in between."""
    north, east = nodes
    file = north.record("The first text.")
    put, sent = uploads._put, list[bytes]()

    def slow(remote: RemoteFile, data: bytes) -> None:
        if remote.name == file and b"first" in data and not sent:
            sent.append(data)
            if late == "east":
                put(remote, data)
            east.record("The second text.", verdict=Verdict.REVISION)
            east.upload()
            if late == "east":
                return
        put(remote, data)

    monkeypatch.setattr(uploads, "_put", slow)
    north.upload()
    assert sent
    assert b"The second text." in (place / "text" / file).read_bytes()
    north.take_away()
    east.take_away()
    assert north.faults() == east.faults() == []


def test_the_node_that_uploads_last_looks_at_its_texts_again(
    nodes: tuple[Node, Node], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text of another node that ends behind ours, before ours is noted, is put right by us."""
    _, east = nodes
    file = east.record("The second text.")
    put_upload = type(open_store(east.uri)).put_upload

    def behind(self: Store, warc: object) -> None:
        (place / "text" / file).write_bytes(b"an older text that came late")
        put_upload(self, warc)  # type: ignore[arg-type]

    monkeypatch.setattr(type(open_store(east.uri)), "put_upload", behind)
    assert east.upload() == 2
    assert b"The second text." in (place / "text" / file).read_bytes()


def test_nothing_leaves_that_is_not_there_as_it_was(alone: Node, place: Path) -> None:
    alone.record("The first text.")
    alone.upload()
    (warc,) = (place / "warc").iterdir()
    warc.write_bytes(b"x" * warc.stat().st_size)
    with pytest.raises(UploadError, match="is not what was uploaded"):
        alone.take_away()
    assert list(alone.archive.warcs.iterdir())


def empty(place: Path) -> None:
    for path in [path for path in place.rglob("*") if path.is_file()]:
        path.unlink()


@pytest.mark.parametrize("by", ["removal", "repair"])
def test_what_somebody_deleted_there_is_uploaded_again(alone: Node, place: Path, by: str) -> None:
    alone.record("The first text.")
    alone.upload()
    (warc,) = alone.archive.warcs.iterdir()
    empty(place)
    assert alone.upload() == 0, "nobody has noticed"
    if by == "removal":
        with pytest.raises(GoneError, match=r"is gone: .* stays, and is uploaded again"):
            alone.take_away()
    else:
        with alone.store() as store:
            (said,) = repair_uploads(alone.archive, store)
        assert said.startswith(f"file://{place}/warc/{warc.name}: is gone")
    assert alone.upload() == 1
    assert (place / "warc" / warc.name).read_bytes() == warc.read_bytes()
    with alone.store() as store:
        assert list(repair_uploads(alone.archive, store)) == []


def test_another_archives_address_is_let_alone(alone: Node, tmp_path: Path, place: Path) -> None:
    alone.record("The first text.")
    alone.upload()
    anew = Node(tmp_path / "anew", f"sqlite:{tmp_path}/anew/ledger.sqlite", place)
    anew.record("The first text, read once more.")
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    with pytest.raises(UploadError, match=r"has 1 WARC files that the ledger does not know"):
        anew.upload()
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before
    Rebuild(anew.archive, print, UploadPlace(f"file://{place}").warcs()).run()
    assert anew.upload() == 1
    with anew.store() as store:
        assert len(list(store.all())) == 1
        assert all(warc.address for warc in store.warcs())


def test_a_copied_bucket_is_ones_own(alone: Node, tmp_path: Path, place: Path) -> None:
    alone.record("The first text.")
    alone.upload()
    shutil.copytree(place, tmp_path / "moved")
    alone.record("The second text.", verdict=Verdict.REVISION)
    alone.place = tmp_path / "moved"
    assert alone.upload() == 1


def test_nothing_leaves_while_it_is_read(alone: Node) -> None:
    alone.record("The first text.")
    alone.upload()
    with alone.store() as store:
        uploader = Uploader(alone.archive, store, UploadPlace(f"file://{alone.place}"))
        (warc,) = uploader.removable(AT_ONCE)
        with files_kept(alone.archive.warcs), files_kept(alone.archive.warcs):
            uploader.remove(warc)
            assert uploader.removable(AT_ONCE) == [warc]
        uploader.remove(warc)
        assert uploader.removable(AT_ONCE) == []
        assert uploader.counts["removed"] == 1


def test_a_file_is_old_enough_by_its_upload(alone: Node) -> None:
    alone.record("The first text.")
    alone.upload()
    with alone.store() as store:
        uploader = Uploader(alone.archive, store, UploadPlace(f"file://{alone.place}"))
        assert uploader.removable(timedelta(days=1)) == []
        (warc,) = store.warcs()
        store.put_upload(replace(warc, uploaded="2026-01-01T00:00:00+00:00"))
        assert [one.name for one in uploader.removable(timedelta(days=1))] == [warc.name]
