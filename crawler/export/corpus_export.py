"""The corpus written to files: read, sorted, its copies found, and written in shards."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.export.article_reader import Unread, UnreadTextError
from crawler.export.article_rows import RowContext, text_row
from crawler.export.dataset_card import CardFacts, dataset_card
from crawler.export.export_counts import ExportCounts
from crawler.export.export_folder import CARD, DATA, HISTORY
from crawler.export.row_formats import WRITERS, document
from crawler.export.row_shards import ShardNames
from crawler.text.seed import SeedFormatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import IO

    from crawler.export.article_reader import ArticleReader, OnUnread
    from crawler.export.article_row import ArticleRow
    from crawler.export.fold import FoldedArticle, FoldedText
    from crawler.export.row_choice import RowChoice
    from crawler.export.row_formats import RowWriter
    from crawler.export.row_spool import RowSpool

TEXT_FILES = "txt"
"""The format whose folder has a file for each article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: which articles, and whether with their *history*.

    ``licences`` are those of sources. ``on_unread`` is called for what cannot be read.
    """

    choice: RowChoice
    history: bool
    licences: Mapping[str, str]
    on_unread: OnUnread


def fill(spool: RowSpool, reader: ArticleReader, wanted: Wanted) -> None:
    """Read the articles that are *wanted* into *spool*. Raises OSError."""
    rows = _Rows(reader, wanted)
    for article in reader.articles(wanted.choice, spool.copies):
        held = article.now.held
        row = rows.row(article, article.now, len(article.earlier))
        if row is None or not wanted.choice.has(row):
            continue
        spool.add(row, held)
        if row.copy_of:
            spool.copies.note(held, row.copy_of)
        for number, text in enumerate(article.earlier if wanted.history else ()):
            if earlier := rows.row(article, text, number):
                spool.add(earlier, held, is_earlier=True)
    spool.finish(one_of_copies=wanted.choice.one_of_copies)


class _Rows:
    """Makes rows of texts, which are read one by one."""

    def __init__(self, reader: ArticleReader, wanted: Wanted) -> None:
        self._reader = reader
        self._on_unread = wanted.on_unread
        self._context = RowContext(reader.homes, wanted.licences)

    def row(self, article: FoldedArticle, text: FoldedText, revisions: int) -> ArticleRow | None:
        """Return the row of *text*; None if it cannot be read, of which *on_unread* is told."""
        try:
            return text_row(self._reader.read(text), article, revisions, self._context)
        except UnreadTextError as error:
            self._on_unread(Unread(str(error)))
        except SeedFormatError as error:
            place = f"{text.event.file}, byte {text.event.offset}"
            self._on_unread(Unread(f"{text.held.file} ({place}) is no text: {error}"))
        return None


def write_stream(spool: RowSpool, stream: IO[bytes], name: str) -> ExportCounts:
    """Write the rows in *spool* to *stream*, in the format called *name*. Raises OSError."""
    counts = ExportCounts(files=1)
    writer = WRITERS[name](stream)
    for row in spool.rows():
        counts.add(row)
        writer.write(row)
    writer.close()
    return counts


def write_folder(
    spool: RowSpool, folder: Path, name: str, *, shard: str = "", asked: str = ""
) -> ExportCounts:
    """Write the rows in *spool* into the empty *folder*, in the format called *name*.

    *shard* is as in `crawler.export.row_shards`; *asked* says for the card what was asked for.
    Raises OSError.
    """
    counts = ExportCounts()
    for part, earlier in ((DATA, False), (HISTORY, True)):
        if not spool.count(earlier=earlier):
            continue
        names = ShardNames(shard, spool.sources())
        rows = spool.rows(names.order, earlier=earlier)
        write = _write_texts if name == TEXT_FILES else _write_shards
        for row in write(rows, names, folder / part, name):
            if earlier:
                counts.history += 1
            else:
                counts.add(row)
    counts.files = sum(1 for path in folder.rglob("*") if path.is_file())
    card = dataset_card(CardFacts(format=name, counts=counts, asked=asked))
    (folder / CARD).write_text(card, encoding="utf-8")
    return counts


def _write_shards(
    rows: Iterator[ArticleRow], names: ShardNames, folder: Path, suffix: str
) -> Iterator[ArticleRow]:
    """Write *rows* into files in *folder*, and yield each that is written."""
    folder.mkdir()
    current = ""
    with ExitStack() as opened:
        writer: RowWriter
        for row in rows:
            if (name := names.name(row)) != current:
                opened.close()
                stream = opened.enter_context((folder / f"{name}.{suffix}").open("xb"))
                writer = WRITERS[suffix](stream)
                opened.callback(writer.close)
                current = name
            writer.write(row)
            yield row


def _write_texts(
    rows: Iterator[ArticleRow], names: ShardNames, folder: Path, suffix: str
) -> Iterator[ArticleRow]:
    """Write each of *rows* as a text file into the folder of its source, and yield it."""
    for row in rows:
        path = folder / names.source(row) / row.file.rpartition("/")[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as stream:
            stream.write(document(row))
        yield row
