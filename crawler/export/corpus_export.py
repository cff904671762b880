"""The corpus written to files: read, sorted, its copies found, and written in shards."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from crawler.export.dataset_card import CardFacts, dataset_card
from crawler.export.export_counts import ExportCounts
from crawler.export.export_folder import CARD, DATA, HISTORY
from crawler.export.row_formats import WRITERS, document
from crawler.export.row_maker import RowMaker
from crawler.export.row_shards import ShardNames
from crawler.export.row_spool import spooled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import IO

    from crawler.export.article_reader import ArticleReader, OnUnread
    from crawler.export.article_row import ArticleRow
    from crawler.export.made_articles import MadeArticle
    from crawler.export.row_formats import RowWriter
    from crawler.export.row_maker import Wanted
    from crawler.export.row_spool import RowSpool

TEXT_FILES = "txt"
"""The format whose folder has a file for each article."""


def fill(spool: RowSpool, reader: ArticleReader, wanted: Wanted, on_unread: OnUnread) -> None:
    """Read the articles that are *wanted* into *spool*. Raises OSError.

    *on_unread* is called for what cannot be read.
    """
    maker = RowMaker(wanted, reader.homes, reader.read, on_unread)
    for article in reader.articles(wanted.choice, spool.copies):
        held = article.now.held
        for place, row in enumerate(maker.rows(article)):
            spool.add(spooled(row, held, is_earlier=place > 0))
            if row.copy_of and not place:
                spool.copies.note(held, row.copy_of)
    spool.finish(one_of_copies=wanted.choice.one_of_copies)


def fill_made(
    spool: RowSpool, articles: Iterable[MadeArticle], wanted: Wanted, on_unread: OnUnread
) -> None:
    """Put *articles*, which were made of all that is *wanted*, into *spool*. Raises OSError.

    *on_unread* is called for what could not be read.
    """
    for article in articles:
        spool.copies.add(article.held, article.sketch)
        if article.copy_of:
            spool.copies.note(article.held, article.copy_of)
        for row in article.rows:
            spool.add(row)
        for unread in article.unread:
            on_unread(unread)
    spool.finish(one_of_copies=wanted.choice.one_of_copies)


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
    spool: RowSpool, folder: Path, name: str, *, shard: str = "", asked: str = "", left_out: int = 0
) -> ExportCounts:
    """Write the rows in *spool* into the empty *folder*, in the format called *name*.

    *shard* is as in `crawler.export.row_shards`; *asked* says for the card what was asked for, and
    *left_out* how many WARC files are not in it. Raises OSError.
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
    facts = CardFacts(format=name, counts=counts, asked=asked, left_out=left_out)
    (folder / CARD).write_text(dataset_card(facts), encoding="utf-8")
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
