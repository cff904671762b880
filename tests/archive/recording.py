"""Archives recorded step by step, as a crawl does it, without one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from itemadapter import ItemAdapter

from crawler.archive.article_records import article_records, identity_records
from crawler.archive.copies import put_sketch
from crawler.archive.folder import ledger_uri
from crawler.archive.nodes import begin_node
from crawler.archive.recorder import Recorder
from crawler.archive.run_end_records import run_record, told_problems
from crawler.items import Article, RecordRef
from crawler.state.backends import open_store
from crawler.state.identity import article_key, normalise_guid, to_utc
from crawler.state.store import Capture, EndedRun, Holding, Store, WarcFile
from crawler.state.verdict import Verdict
from crawler.text.article_text import ArticleText
from crawler.text.fingerprint import text_digest
from crawler.warc.index_writer import IndexWriter
from crawler.warc.records import new_ref
from crawler.warc.runs import new_run
from crawler.warc.writer import WarcWriter
from pipelines.archive import metadata_fields
from tests.warc.examples import STARTED, exchange

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecord

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
PAGES = ("https://news.test/a", "https://news.test/list", "https://news.test/1")


Texts = dict[tuple[str, str], tuple[Holding, str, list[Holding]]]
"""Of each article, by key and source: what is held, when it was collected, its earlier texts."""


@dataclass
class Ledger:
    """Everything that a ledger holds."""

    articles: list[Holding]
    history: dict[tuple[str, str], list[Holding]]
    warcs: list[WarcFile]
    captures: dict[str, list[Capture]]
    pages: dict[str, RecordRef]
    runs: list[EndedRun] = field(default_factory=list)
    collected: list[str] = field(default_factory=list)

    @property
    def texts(self) -> Texts:
        """The articles with their texts."""
        names = [(held.key, held.source) for held in self.articles]
        return {
            name: (held, collected, self.history[name])
            for name, held, collected in zip(names, self.articles, self.collected, strict=True)
        }


def ledger(store: Store) -> Ledger:
    """Return what *store* holds; ``pages`` are those of `Recording`."""
    articles = sorted(store.all(), key=lambda held: (held.key, held.source))
    warcs = store.warcs()
    return Ledger(
        articles,
        {(a.key, a.source): list(store.history(a.key, a.source)) for a in articles},
        warcs,
        {warc.name: list(store.captures(warc.name)) for warc in warcs},
        {uri: page for uri in PAGES if (page := store.latest(uri))},
        [run for source in store.run_sources() for run in store.runs(source, 1000)],
        [held.collected for held in articles],
    )


class WriterInTurns(WarcWriter):
    """A writer that writes for three runs in turn, whatever comes."""

    def __init__(self, *arguments: Any, **how: Any) -> None:
        super().__init__(*arguments, **how)
        self._runs = cycle([new_run("wire", f"source {number}", {}) for number in range(3)])

    def write(
        self, records: Sequence[ArcWarcRecord], run: Mapping[str, str] | None = None
    ) -> list[RecordRef]:
        return super().write(records, run or next(self._runs))


class Recording:
    """A run in *folder*: its writer, ledger and recorder. `text` and the like record articles.

    A block that leaves it without `end` leaves what a kill does. Its writer is a *writes*, its
    ledger the one at *uri*, or the folder's own.
    """

    def __init__(
        self,
        folder: Path,
        source: str = "test",
        writes: type[WarcWriter] = WarcWriter,
        token: str = "",
        uri: str = "",
        **limits: Any,
    ) -> None:
        self.folder = folder
        uri = ledger_uri(folder, uri)
        self.writer = writes(self.warcs, source, software="x", **limits)
        self.store = open_store(uri, token, begin_node(folder, uri))
        self.index = folder / "index"
        self._index_writer = IndexWriter(self.index)
        self.recorder = Recorder(self.writer, self.store, self._index_writer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()
        if self._index_writer._lines:
            self._index_writer._lines.close()
        if self.writer._fd is not None:
            os.close(self.writer._fd)

    @property
    def warcs(self) -> Path:
        """The folder of the WARC files."""
        return self.folder / "warc"

    @cached_property
    def origin(self) -> RecordRef:
        """The response that all articles come from."""
        return self.exchange(uri="https://news.test/list")

    def exchange(self, body: bytes = b"ok", **changes: Any) -> RecordRef:
        """Record an exchange, with *body* or as *changes* say."""
        found = exchange(**({"response": PAGE + body} | changes))
        ref = new_ref(found.uri, found.started)
        self.recorder.write_exchange(found, ref)
        return ref

    def text(
        self, guid: str, text: str, *, verdict: Verdict = Verdict.NEW, **changes: Any
    ) -> Holding:
        """Record the text of an article: as `ArchivePipeline` does when nobody is beside it."""
        article = _article(guid, text, **changes)
        article.record = self.origin
        adapter = ItemAdapter(article)
        article_text = ArticleText.from_fields(adapter)
        holding = holding_of(article, new_ref(article.url, STARTED))

        def change(store: Store) -> None:
            if verdict is Verdict.REVISION:
                store.revise(holding)
            else:
                store.add([holding])
            put_sketch(store, holding, article_text.fingerprint.sketch)

        self._keep(
            lambda: article_records(
                metadata_fields(adapter), article_text.document, holding, verdict.value
            ),
            change,
            holding.conversion,
        )
        return holding

    def touch(self, held: Holding, modified: str) -> Holding:
        """Record that *held* was modified: as `DedupPipeline` does."""
        now = replace(held, modified=modified)
        self._keep(
            lambda: identity_records("touched", held, now),
            lambda store: store.touch(held.key, held.source, modified),
        )
        return now

    def identify(self, held: Holding, guid: str, **changes: Any) -> Holding:
        """Record whose text *held* is: as `DedupPipeline` does."""
        article = _article(guid, "", **changes)
        assert article.key
        now = replace(
            held,
            key=article.key,
            guid=normalise_guid(guid),
            source=article.source,
            date=article.date,
            modified=article.modified or "",
            url=article.url,
        )
        self._keep(
            lambda: identity_records("identified", held, now),
            lambda store: store.identify(held, now),
        )
        return now

    def run_end(self, run: EndedRun) -> EndedRun:
        """Record how *run* ended: as `RunEnd` does."""
        assert run.record
        self.recorder.write(
            [run_record(run, told_problems([]))], [run.record], lambda store: store.put_run(run)
        )
        return run

    def _keep(
        self,
        build: Callable[[], Any],
        change: Callable[[Store], object],
        ref: RecordRef | None = None,
    ) -> None:
        built: list[ArcWarcRecord] = list(build())
        self.recorder.write(built, [ref] if ref else [], change)

    def end(self) -> Path:
        """Finish the run in order, and return the file that it wrote last."""
        self.recorder.finish()
        return self.warcs / self.writer.name


def _article(guid: str, text: str, **changes: Any) -> Article:
    fields: dict[str, Any] = {
        "source": "news",
        "guid": guid,
        "date": "2024-04-11T08:00:00",
        "modified": "2024-04-11T09:00:00",
        "url": f"https://news.test/{guid}",
        "title": "Ferry",
        "text": text,
        "ordinal": 0,
    }
    article = Article(**fields | changes)
    article.key = article.key or article_key(guid, article.date)
    article.file = article.file or f"{article.ordinal:03d}_{article.key}.txt"
    return article


def holding_of(article: Article, conversion: RecordRef) -> Holding:
    """Return *article*, which has its text, as the ledger holds it."""
    assert article.key
    assert article.file
    assert article.text is not None
    return Holding(
        key=article.key,
        source=article.source,
        guid=normalise_guid(article.guid),
        date=article.date,
        modified=article.modified or "",
        url=article.url,
        text_digest=text_digest(article.title or "", article.text.split("\n")),
        ordinal=article.ordinal or 0,
        file=article.file,
        date_gmt=to_utc(article.date_gmt),
        conversion=conversion,
        origin=article.record,
    )
