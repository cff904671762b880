"""Rows of articles of each kind, the same from the ledger and from WARC files alone."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from crawler.archive.packing import pack
from crawler.export.article_row import ArticleRow
from crawler.export.row_choice import RowChoice
from crawler.warc.wacz_writer import WaczDescription
from tests.export.town import Town
from tests.exporting import Exported, from_ledger, from_warcs, same_both_ways


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Town(tmp_path_factory.mktemp("town")).folder


@pytest.fixture(scope="module")
def town(archives: Path) -> Exported:
    return same_both_ways(archives)


def test_rows_are_sorted_and_each_article_is_there(town: Exported) -> None:
    assert len(town.rows) == 22
    order = [(row.source, row.day, str(row.published or row.day), row.key) for row in town.rows]
    assert order == sorted(order)


def test_all_that_is_told_of_an_article(town: Exported) -> None:
    row = town.row(guid="plain")
    assert (row.title, row.text) == ("Ferry", "The mayor has resigned.\nNobody knows why.")
    assert row.paragraphs == 2
    assert row.day == date(2024, 4, 11)
    assert row.published == datetime(2024, 4, 11, 8)
    assert row.published_utc == datetime(2024, 4, 11, 6, tzinfo=UTC)
    assert row.modified_utc == datetime(2024, 4, 11, 7, tzinfo=UTC)
    assert (row.language, row.language_tag, row.language_from) == ("de", "de-CH", "article")
    assert (row.authors, row.sections) == (("Ana Reyes", "mdr.de"), ("Politics",))
    assert (row.tags, row.flags) == (("mayor", "=cmd()"), ("short",))
    assert (row.agency, row.dateline) == ("dpa", "PORT MERROW (dpa)")
    assert row.syndicated_from == "cnn.example"
    assert row.captured == datetime(2024, 4, 11, 8, 30, 0, 123456, tzinfo=UTC)
    assert row.collected == row.extracted == row.captured
    assert row.origin_record_id
    assert row.warc_file == row.origin_file
    assert (row.gone, row.incomplete, row.revisions, row.aliases) == (None, None, 0, ())


def test_a_day_is_no_midnight(town: Exported) -> None:
    row = town.row(guid="day")
    assert (row.day, row.published, row.modified) == (date(2024, 4, 12), None, None)
    odd = town.row(guid="no-time")
    assert (odd.day, odd.published, odd.modified) == (date(2024, 4, 13), None, None)


def test_a_language_that_no_record_tells_is_that_of_the_home_page(town: Exported) -> None:
    row = town.row(guid="untitled")
    assert (row.title, row.language_tag, row.language_from) == ("", "pt-BR", "home page")


def test_the_newest_text_counts_and_the_earlier_one_is_history(town: Exported) -> None:
    row = town.row(guid="revised")
    assert (row.text, row.revisions) == ("Three boats sank.", 1)
    assert [(text.key, text.text, text.revisions) for text in town.history] == [
        (row.key, "Two boats sank.", 0)
    ]


def test_facts_are_as_they_are_now(town: Exported) -> None:
    row = town.row(url="https://news.test/moved")
    assert row.authors == ("Nora Quill",)
    assert row.modified == datetime(2024, 5, 1, 8)
    assert row.modified_utc is None, "what UTC said was said of an earlier change"


def test_a_redated_article_keeps_its_day_and_names_its_alias(town: Exported) -> None:
    row = town.row(guid="redated")
    assert (row.day, row.aliases) == (date(2024, 4, 11), ("a" * 16,))


def test_a_deleted_article_is_there_and_says_so(town: Exported) -> None:
    assert town.row(guid="gone").gone is not None
    assert town.row(guid="back").gone is None


def test_copies_are_grouped_whatever_their_records_say(town: Exported) -> None:
    original = town.row(guid="original")
    others = [town.row(guid=guid) for guid in ("copy", "near", "noted")]
    assert not original.is_copy
    assert all(row.is_copy for row in others)
    assert {row.copy_group for row in [original, *others]} == {original.key}
    assert (original.copy_of, others[2].copy_of) == (None, others[1].key)
    assert [row.copy_group for row in town.rows].count(None) == len(town.rows) - 4


def test_of_copies_the_earliest_that_is_asked_for_is_kept(archives: Path) -> None:
    kept = [
        {row.guid for row in read(archives, choice).rows} & {"original", "copy", "near", "noted"}
        for choice in (
            RowChoice(one_of_copies=True),
            RowChoice(one_of_copies=True, sources=frozenset({"b.test", "c.test"})),
        )
        for read in (from_ledger, from_warcs)
    ]
    assert kept == [{"original"}, {"original"}, {"copy"}, {"copy"}]


def test_one_key_of_two_sources_are_two_articles(town: Exported) -> None:
    texts = {row.source: row.text for row in town.rows if row.guid == "collision"}
    assert texts == {"a.test": "One thing.", "b.test": "Another."}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (RowChoice(first="2024-04-12"), {"day", "no-time"}),
        (RowChoice(first="2024-04-12", end="2024-04-13"), {"day"}),
        (RowChoice(first="2024-04-11T11:00:00", end="2024-04-12"), {"noted"}),
        (RowChoice(languages=frozenset({"de"})), {"plain"}),
        (RowChoice(languages=frozenset({"de-ch"})), {"plain"}),
        (RowChoice(languages=frozenset({"de-at"})), set()),
        (RowChoice(sources=frozenset({"wire", "test"})), {"plain", "of test"}),
    ],
)
def test_what_is_asked_for(archives: Path, choice: RowChoice, expected: set[str]) -> None:
    for found in (from_ledger(archives, choice), from_warcs(archives, choice)):
        assert {row.guid for row in found.rows} == expected


def test_licences_are_those_of_sources(archives: Path) -> None:
    choice = RowChoice(licences=frozenset({"cc by 4.0"}))
    found = from_ledger(archives, choice, {"test": "CC BY 4.0", "wire": "other"})
    assert [(row.source, row.licence) for row in found.rows] == [("test", "CC BY 4.0")]


@pytest.fixture
def damaged(archives: Path, tmp_path: Path, town: Exported) -> Path:
    """Return a copy of the archive in which the record of the text `plain` is damaged."""
    copy = tmp_path / "copy"
    shutil.copytree(archives, copy)
    row = town.row(guid="plain")
    assert row.warc_file
    assert row.warc_offset
    path = copy / "warc" / row.warc_file
    data = bytearray(path.read_bytes())
    data[row.warc_offset + 30] ^= 0xFF
    path.write_bytes(data)
    return copy


def test_a_text_that_is_lost_is_named(damaged: Path, town: Exported) -> None:
    file = town.row(guid="plain").file
    for found in (from_ledger(damaged), from_warcs(damaged)):
        assert len(found.rows) == len(town.rows) - 1
        assert all(unread.is_lost for unread in found.unread)
        assert any(file in unread.message for unread in found.unread)


def test_a_home_page_that_cannot_be_read_is_named_once(archives: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(archives, copy)
    with closing(sqlite3.connect(copy / "ledger.sqlite")) as db:
        ((name, offset),) = db.execute(
            "SELECT name, offset FROM capture JOIN warc ON warc.id = warc "
            "WHERE uri = 'https://news.test/'"
        ).fetchall()
    data = bytearray((copy / "warc" / name).read_bytes())
    data[offset + 30] ^= 0xFF
    (copy / "warc" / name).write_bytes(data)
    found = from_ledger(copy)
    row = found.row(guid="untitled")
    assert row.language_from != "home page"
    (unread,) = found.unread
    assert "home page https://news.test/ cannot be read" in unread.message
    assert not unread.is_lost


def test_a_text_file_takes_the_place_of_its_record(damaged: Path, town: Exported) -> None:
    row = town.row(guid="plain")
    path = damaged / "text" / row.file
    path.parent.mkdir(exist_ok=True)
    path.write_text(f" date {row.day} {row.title}\n{row.text}\n", encoding="utf-8")
    found = from_ledger(damaged)
    assert found.row(guid="plain").text == row.text
    assert found.row(guid="plain").authors == ()
    assert [(unread.is_lost, row.file in unread.message) for unread in found.unread] == [
        (False, True)
    ]
    path.write_text(" date 2024-04-11 Ferry\nSomebody changed this.\n", encoding="utf-8")
    assert [unread.is_lost for unread in from_ledger(damaged).unread] == [True]


def test_sketches_that_the_ledger_lacks_are_made(archives: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(archives, copy)
    with sqlite3.connect(copy / "ledger.sqlite") as ledger:
        ledger.execute("DELETE FROM sketch")
    ledger.close()
    assert same_both_ways(copy).row(guid="near").is_copy


def test_what_was_never_archived_has_its_text_alone(
    archives: Path, tmp_path: Path, town: Exported
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(archives, copy)
    row = town.row(guid="plain")
    with sqlite3.connect(copy / "ledger.sqlite") as ledger:
        ledger.execute("UPDATE article SET conversion = NULL, origin = NULL WHERE guid = 'plain'")
    ledger.close()
    assert [unread.is_lost for unread in from_ledger(copy).unread] == [True]
    path = copy / "text" / row.file
    path.parent.mkdir()
    path.write_text(f" date {row.day} {row.title}\n{row.text}\n", encoding="utf-8")
    found = from_ledger(copy)
    assert found.unread == []
    alone = found.row(guid="plain")
    assert (alone.text, alone.published) == (row.text, row.published)
    assert (alone.authors, alone.warc_file, alone.extracted) == ((), None, None)


def copied(warc: Path) -> None:
    shutil.copy(warc, warc.with_name("z-copy.warc.gz"))


def unpacked(warc: Path) -> None:
    warc.with_suffix("").write_bytes(gzip.decompress(warc.read_bytes()))
    warc.unlink()


def in_one_member(warc: Path) -> None:
    warc.write_bytes(gzip.compress(gzip.decompress(warc.read_bytes())))


def in_a_wacz(warc: Path) -> None:
    about = WaczDescription(title="x", description="x", created=datetime.now(UTC), software="x")
    pack(warc.with_name("town.wacz"), [warc], about, on_fault=lambda *_: None)
    warc.unlink()


@pytest.mark.parametrize("handle", [copied, unpacked, in_one_member, in_a_wacz])
def test_files_may_have_been_handled(
    archives: Path, tmp_path: Path, town: Exported, handle: Callable[[Path], None]
) -> None:
    copy = tmp_path / "warc"
    shutil.copytree(archives / "warc", copy)
    (warc,) = copy.iterdir()
    handle(warc)
    found = from_warcs(tmp_path, warcs=list(copy.iterdir()))
    assert found.unread == []
    if handle in (copied, in_a_wacz):
        assert (found.rows, found.history) == (town.rows, town.history)
    else:
        assert [without_place(row) for row in found.rows] == [
            without_place(row) for row in town.rows
        ]


def without_place(row: ArticleRow) -> ArticleRow:
    return replace(row, warc_file="", warc_offset=0)
