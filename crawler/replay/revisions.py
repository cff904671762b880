"""Replayed texts become revisions: `scrapy replay --apply`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.archive.article_records import article_records, pages
from crawler.archive.recorder import Recorder
from crawler.storage.object_stores import is_address
from crawler.warc.foreign import is_foreign
from crawler.warc.index_writer import IndexWriter
from crawler.warc.records import new_ref
from crawler.warc.writer import WarcWriter

if TYPE_CHECKING:
    from crawler.items import RecordRef
    from crawler.replay.comparison import ArchivedCorpus, Comparison
    from crawler.state.store import Holding, Store

_COMMIT_SIZE = 500  # texts


def apply_revisions(
    comparisons: Iterable[Comparison], held: ArchivedCorpus, replayed: ArchivedCorpus, software: str
) -> int:
    """Make the changed texts of *comparisons* revisions in *held*, and hold the new ones.

    Each gets its records, then its row in the ledger, then its text file, as in a crawl. What was
    not made again stays, and so does what does not give way to an incomplete text. Return the
    number of texts that were taken. Raises OSError.
    """
    writer = _RevisionWriter(held, replayed, software)
    for comparison in comparisons:
        if (
            comparison.replayed
            and comparison.verdict in ("changed", "new")
            and not comparison.stays
        ):
            writer.write(comparison.replayed, comparison.held)
    writer.finish()
    return writer.count


class _RevisionWriter:
    def __init__(self, held: ArchivedCorpus, replayed: ArchivedCorpus, software: str) -> None:
        self._held = held
        self._replayed = replayed
        archive = held.archive
        writer = WarcWriter(archive.warcs, "replay", software=software)
        self._recorder = Recorder(writer, held.store, IndexWriter(archive.index))
        self._texts: list[tuple[str, bytes]] = []
        self.count = 0

    def write(self, article: Holding, before: Holding | None) -> None:
        text = self._replayed.text(article)
        if text is None:
            raise FileNotFoundError(f"{article.file} was not written again")
        self.count += 1
        if before and before.text_digest == article.text_digest:
            # The archive has this text: only its file was changed by hand or damaged.
            self._texts.append((before.file, text))
            return
        ref = new_ref(article.url, datetime.now(UTC))
        holding = replace(article, conversion=ref, origin=self._with_bare_name(article.origin))
        if before:
            holding = replace(holding, ordinal=before.ordinal, file=before.file)
        fields = self._fields(article, holding)
        built = article_records(fields, text, holding, "revised" if before else "new")
        self._recorder.write(built, [ref], partial(_add_or_revise, holding, is_new=before is None))
        self._texts.append((holding.file, text))
        if len(self._texts) >= _COMMIT_SIZE:
            self._write_texts()

    def finish(self) -> None:
        self._recorder.finish()
        self._write_texts()

    def _fields(self, article: Holding, holding: Holding) -> dict[str, Any]:
        metadata = dict(self._replayed.metadata(article))
        found = map(self._with_bare_name, pages(self._replayed.metadata(article)))
        return metadata | {"ordinal": holding.ordinal, "file": holding.file, "pages": list(found)}

    def _with_bare_name(self, origin: RecordRef | None) -> RecordRef | None:
        """Return *origin* with the bare name of its file if that is in our own archive."""
        if origin and is_address(origin.file):  # of a file of ours that is uploaded
            return replace(origin, file=origin.file.rpartition("/")[2])
        if origin is None or not is_foreign(origin):
            return origin
        path, warcs = Path(origin.file), self._held.archive.warcs.resolve()
        return replace(origin, file=path.name) if path.parent == warcs else origin

    def _write_texts(self) -> None:
        self._recorder.commit()
        corpus, files = self._held.archive.corpus, [file for file, _ in self._texts]
        for file, text in self._texts:
            corpus.write(file, text, durable=False)
        corpus.sync(files)
        self._held.store.note_written(files)
        self._texts.clear()


def _add_or_revise(holding: Holding, store: Store, *, is_new: bool) -> None:
    if is_new:
        store.add([holding])
    else:
        store.revise(holding)
