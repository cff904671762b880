"""One article comes from two processes at once: nothing is lost, and nothing is held twice."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations, product
from pathlib import Path

import pytest
from itemadapter import ItemAdapter

from crawler.archive.article_records import article_records
from crawler.archive.copies import put_sketch
from crawler.archive.folder import Archive
from crawler.archive.holding_texts import (
    HeldText,
    hold_as_judged,
    remove_left,
    write_current,
    write_text,
)
from crawler.archive.rebuilding import Rebuild
from crawler.checks.archive_agreement import ArchiveAgreement
from crawler.checks.warc_files import WarcVerification
from crawler.items import Article
from crawler.state.identity import article_key
from crawler.state.store import Holding, Store, find_holding
from crawler.state.verdict import Verdict
from crawler.text.article_text import ArticleText
from crawler.text.corpus import Corpus
from crawler.warc.records import new_ref
from pipelines.archive import metadata_fields
from tests.archive.recording import Recording, holding_of

KEY = article_key("post", "2024-04-11T08:00:00")
SOURCE = "news.test"


class Process(Recording):
    """A process that collects a text of the one article, as the pipelines do, step by step."""

    source = SOURCE

    def collect(self, text: str, *, ordinal: int, second: int, modified: str = "") -> None:
        """Judge the article, and write the records of *text*, made at *second*."""
        verdict, self.rival = Verdict.NEW, find_holding(self.store, KEY, self.source)
        file = f"{ordinal:03d}_{KEY}.txt"
        if self.rival:
            verdict, ordinal, file = Verdict.REVISION, self.rival.ordinal, self.rival.file
        article = Article(
            source=self.source,
            guid="post",
            date="2024-04-11T08:00:00",
            modified=modified,
            url="https://news.test/post",
            title="Ferry",
            text=text,
            key=KEY,
            ordinal=ordinal,
            file=file,
            record=self.exchange(text.encode()),
        )
        adapter = ItemAdapter(article)
        self.text_now = ArticleText.from_fields(adapter)
        made = datetime(2024, 5, 1, second=second, tzinfo=UTC)
        holding = holding_of(article, new_ref(article.url, made))
        fields = metadata_fields(adapter)
        built = article_records(fields, self.text_now.document, holding, verdict.value)
        assert holding.conversion
        self.recorder.write(
            built, [holding.conversion], lambda store: self._take(store, holding, verdict)
        )

    def _take(self, store: Store, holding: Holding, verdict: Verdict) -> None:
        self.held = hold_as_judged(store, holding, verdict, self.rival)
        if self.held.is_ours:
            put_sketch(store, self.held.now, self.text_now.fingerprint.sketch)

    def commit(self) -> HeldText:
        self.recorder.commit()
        return self.held

    def write(self, archive: Archive) -> None:
        """Write the text, or what is held instead of it."""
        if self.held.is_ours:
            written = write_text(archive, self.store, self.held.now, self.text_now.document)
        else:
            written = write_current(archive, self.store, self.held.now)
        remove_left(archive, self.store, self.held.left)
        self.store.note_written([written])


def whole(archive: Archive) -> dict[str, bytes]:
    """Return the texts of *archive*, in which `verify` finds no fault."""
    with closing(WarcVerification(1)) as verification:
        assert [str(fault) for fault in ArchiveAgreement(archive, verification).faults()] == []
    return {path.name: path.read_bytes() for path in archive.corpus.root.iterdir()}


def state(archive: Archive) -> tuple[list[Holding], list[Holding]]:
    store = archive.open_store()
    assert store
    with closing(store):
        (held,) = store.all()
        assert store.due() == set()
        texts = [replace(held, collected=""), *store.history(KEY, held.source)]
        # A rebuild merges the names, and says so in a record; the ledger has them as they are.
        return texts[:1], sorted(texts[1:], key=lambda text: text.text_digest)


@pytest.mark.parametrize(("committing", "writing"), list(product(permutations((0, 1)), repeat=2)))
@pytest.mark.parametrize("modified", [("", ""), ("2024-06-02T00:00:00", "2024-06-01T00:00:00")])
def test_two_texts_that_were_new_to_both(
    tmp_path: Path,
    committing: tuple[int, int],
    writing: tuple[int, int],
    modified: tuple[str, str],
) -> None:
    archive = Archive(folder=tmp_path, corpus=Corpus(tmp_path, "text/{ordinal:03d}_{key}.txt"))
    with Process(tmp_path, "one") as one, Process(tmp_path, "two") as two:
        both = (one, two)
        one.collect("First.", ordinal=0, second=1, modified=modified[0])
        two.collect("Second.", ordinal=1, second=2, modified=modified[1])
        for number in committing:
            both[number].commit()
        for number in writing:
            both[number].write(archive)
        for process in both:
            process.end()
    newest = b"First" if modified[0] else b"Second"
    texts = whole(archive)
    assert list(texts) == [f"000_{KEY}.txt"]  # the name of the one that was made first
    assert newest in texts[f"000_{KEY}.txt"]
    before = state(archive)
    Rebuild(archive, print).run()
    assert whole(archive) == texts
    assert state(archive) == before


def test_two_revisions_of_one_text(tmp_path: Path) -> None:
    """The older one of two comes last: the newer one stays, whoever writes its file last."""
    archive = Archive(folder=tmp_path, corpus=Corpus(tmp_path, "text/{ordinal:03d}_{key}.txt"))
    with Process(tmp_path, "one") as one, Process(tmp_path, "two") as two:
        one.collect("First.", ordinal=0, second=1, modified="2024-06-01T00:00:00")
        one.commit()
        one.write(archive)
        one.collect("Second.", ordinal=5, second=2, modified="2024-06-02T00:00:00")
        two.collect("Third.", ordinal=6, second=3, modified="2024-06-03T00:00:00")
        assert two.commit().is_ours
        assert not one.commit().is_ours
        two.write(archive)
        one.write(archive)
        for process in (one, two):
            process.end()
    texts = whole(archive)
    assert [b"Third" in text for text in texts.values()] == [True]
    before = state(archive)
    assert len(before[1]) == 2
    Rebuild(archive, print).run()
    assert (whole(archive), state(archive)) == (texts, before)


def test_a_text_is_written_as_another_process_holds_it_by_then(tmp_path: Path) -> None:
    archive = Archive(folder=tmp_path, corpus=Corpus(tmp_path, "text/{ordinal:03d}_{key}.txt"))
    with Process(tmp_path, "one") as one, Process(tmp_path, "two") as two:
        one.collect("First.", ordinal=0, second=1)
        assert one.commit().is_ours
        two.collect("Second.", ordinal=1, second=2)
        assert two.commit().is_ours
        two.write(archive)
        one.write(archive)  # which was current when it was held
        for process in (one, two):
            process.end()
    assert [b"Second" in text for text in whole(archive).values()] == [True]


@pytest.mark.parametrize(("committing", "writing"), list(product(permutations((0, 1)), repeat=2)))
def test_one_text_that_was_new_to_two_sources(
    tmp_path: Path, committing: tuple[int, int], writing: tuple[int, int]
) -> None:
    """A crawl had found a duplicate, had it come a moment later."""
    archive = Archive(folder=tmp_path, corpus=Corpus(tmp_path, "text/{ordinal:03d}_{key}.txt"))
    with Process(tmp_path, "one") as one, Process(tmp_path, "two") as two:
        both = (one, two)
        two.source = "other.test"
        one.collect("First.", ordinal=0, second=1)
        two.collect("First.", ordinal=1, second=2)
        for number in committing:
            both[number].commit()
        for number in writing:
            both[number].write(archive)
        for process in both:
            process.end()
    texts = whole(archive)
    assert list(texts) == [f"000_{KEY}.txt"]  # the one that was made first
    before = state(archive)
    Rebuild(archive, print).run()
    assert (whole(archive), state(archive)) == (texts, before)
