"""Archives folders that have one ledger: each looks after its own files, and lets others' be."""

from __future__ import annotations

import gzip
import re
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.archive.folder import Archive
from crawler.archive.nodes import begin_node, is_of_another_node, node_of
from crawler.archive.rebuilding import NothingToRebuildError, Rebuild
from crawler.archive.recovery import open_ledger
from crawler.archive.repairing import repair_texts
from crawler.checks.archive_agreement import ArchiveAgreement
from crawler.checks.warc_files import WarcVerification
from crawler.export.article_reader import UnreadTextError
from crawler.export.ledger_articles import LedgerArticles
from crawler.rounds.run_records import unseen
from crawler.state.store import Holding
from crawler.state.verdict import Verdict
from crawler.text.corpus import Corpus
from tests.archive.recording import Recording
from tests.archive.sharing import shared_uri

__all__ = ["shared_uri"]

PATH = "text/{ordinal:03d}_{key}.txt"


class Node:
    """A folder with a recording in it, which has ended, and one article."""

    def __init__(self, folder: Path, uri: str, guid: str, **article: object) -> None:
        folder.mkdir()
        self.archive = Archive(folder=folder, corpus=Corpus(folder, PATH), state_uri=uri)
        self.uri = uri
        self.held = self.record(guid, f"Text {guid}.", **article)

    def record(self, guid: str, text: str, **article: object) -> Holding:
        with Recording(self.archive.folder, uri=self.uri) as run:
            held = run.text(guid, text, **article)  # type: ignore[arg-type]
            run.end()
        self.write()
        return held

    def write(self) -> list[str]:
        """Write the texts that are missing here; return what is said."""
        store = self.archive.open_store()
        assert store
        with closing(store):
            return list(repair_texts(self.archive, store))

    @property
    def texts(self) -> set[str]:
        return {path.name for path in self.archive.corpus.root.glob("*.txt")}

    def repairs(self) -> list[str]:
        """Open the ledger as a run does; return the kinds of repairs."""
        store, repairs = open_ledger(self.uri, self.archive.warcs, self.archive.corpus)
        store.close()
        return [repair.kind for repair in repairs]

    def verify(self) -> tuple[list[str], str]:
        with closing(WarcVerification()) as verification:
            faults = [str(fault) for fault in ArchiveAgreement(self.archive, verification).faults()]
            return faults, str(verification.tally)


@pytest.fixture
def nodes(tmp_path: Path, shared_uri: str) -> tuple[Node, Node]:
    north = Node(tmp_path / "north", shared_uri, "a")
    return north, Node(tmp_path / "east", shared_uri, "b", ordinal=1)


def test_a_node_has_a_name_that_stays(tmp_path: Path, shared_uri: str) -> None:
    assert node_of(tmp_path, shared_uri) == ""
    name = begin_node(tmp_path, shared_uri)
    assert re.fullmatch(r"[a-z0-9-]+-[0-9a-f]{6}", name)
    assert begin_node(tmp_path, shared_uri) == node_of(tmp_path, shared_uri) == name
    assert [path.name for path in tmp_path.iterdir()] == [".node"]


def test_an_archive_of_one_folder_has_no_node(tmp_path: Path) -> None:
    assert begin_node(tmp_path, f"sqlite:{tmp_path}/ledger.sqlite") == ""
    assert not list(tmp_path.iterdir())


def test_a_name_that_somebody_broke_is_named(tmp_path: Path, shared_uri: str) -> None:
    (tmp_path / ".node").write_text("../north")
    with pytest.raises(OSError, match=r"\.node has '\.\./north', which is no name of a node"):
        begin_node(tmp_path, shared_uri)


def test_each_looks_after_its_own(nodes: tuple[Node, Node]) -> None:
    north, east = nodes
    assert (north.texts, east.texts) == ({north.held.file}, {east.held.file})
    assert north.repairs() == east.repairs() == []
    for node in nodes:
        faults, tally = node.verify()
        assert faults == []
        assert tally.startswith("1 files, ")
        assert "1 texts, 1 files of other nodes, 0 faults" in tally


def test_a_revisit_of_what_another_node_has_uploaded(nodes: tuple[Node, Node]) -> None:
    north, east = nodes
    page = b"A page that is worth a revisit. " * 100
    with Recording(north.archive.folder, uri=north.uri) as run:
        original, file = run.exchange(page), run.end()
        (warc,) = (warc for warc in run.store.warcs() if warc.name == file.name)
        run.store.put_upload(replace(warc, address="s3://bucket/a", uploaded="now"))
    with Recording(east.archive.folder, uri=east.uri) as run:
        run.exchange(page)
        written = gzip.decompress(run.end().read_bytes()).decode()
    assert f"WARC-Refers-To: {original.record_id}" in written
    assert east.verify()[0] == []


def test_what_is_wrong_is_found_where_it_is(nodes: tuple[Node, Node]) -> None:
    north, east = nodes
    (warc,) = north.archive.warcs.glob("*.warc.gz")
    warc.unlink()
    assert east.repairs() == []
    assert east.verify()[0] == []
    assert north.repairs() == ["missing"]
    assert north.verify()[0] != []


def test_a_text_that_another_node_revised_is_its_own(nodes: tuple[Node, Node]) -> None:
    north, east = nodes
    with Recording(east.archive.folder, uri=east.uri) as run:
        now = run.text("a", "Text a, corrected.", verdict=Verdict.REVISION)
        run.end()
        assert not is_of_another_node(run.store, now)
    assert east.write() != []
    store = north.archive.open_store()
    assert store
    with closing(store):
        assert is_of_another_node(store, now)
    assert north.write() == []
    assert now.file in east.texts
    assert north.verify()[0] == east.verify()[0] == []


def test_a_copy_of_another_nodes_file_is_let_alone(nodes: tuple[Node, Node]) -> None:
    north, east = nodes
    (warc,) = north.archive.warcs.glob("*.warc.gz")
    shutil.copy(warc, east.archive.warcs)
    assert east.repairs() == ["copied"]
    assert east.verify()[0] == []
    store = east.archive.open_store()
    assert store
    with closing(store):
        assert store.node_of(warc.name) == node_of(north.archive.folder, north.uri)


def test_a_ledger_is_not_made_anew_from_the_files_of_one_node(nodes: tuple[Node, Node]) -> None:
    north, east = nodes
    with pytest.raises(NothingToRebuildError, match=r"other nodes have 1 WARC files of this"):
        Rebuild(north.archive, print).run()
    assert east.verify()[0] == []
    (warc,) = east.archive.warcs.glob("*.warc.gz")
    shutil.copy(warc, north.archive.warcs)
    Rebuild(north.archive, print).run()
    assert north.texts == {north.held.file, east.held.file}


def test_what_another_node_has_alone_is_named(nodes: tuple[Node, Node]) -> None:
    north, east = nodes
    (warc,) = north.archive.warcs.glob("*.warc.gz")
    store = east.archive.open_store()
    assert store
    with closing(store):
        name = f"{warc.name} of the node {node_of(north.archive.folder, north.uri)}"
        articles = LedgerArticles(east.archive, store, print)
        with pytest.raises(UnreadTextError, match=f"{name}, which has not uploaded it"):
            articles.read(articles.article(north.held).now)
        assert articles.read(articles.article(east.held).now).event.text
        assert [file.name for file in unseen(east.archive, store.warcs())] == [warc.name]
