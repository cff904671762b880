"""What WARC files say of articles, folded, is what the ledger holds that is made of them."""

from __future__ import annotations

import pickle
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from crawler.archive.ledger_from_warcs import read_into_ledger
from crawler.export.article_row import ArticleRow
from crawler.export.article_rows import article_row, history_rows
from crawler.export.fold import fold
from crawler.export.row_columns import COLUMNS
from crawler.export.row_groups import group_of, groups, linked_keys
from crawler.export.warc_rows import rows
from crawler.state.backends import open_store
from tests.running import ROOT

GOLDEN = ROOT / "tests" / "golden_archives"


def warcs(name: str) -> list[Path]:
    return sorted((GOLDEN / name / "warc").iterdir())


@pytest.mark.parametrize("name", ["whole", "revised", "shared", "wire"])
def test_folded_is_what_the_ledger_holds(name: str, tmp_path: Path) -> None:
    events = [event for warc in warcs(name) for event in rows(warc)]
    folded = fold(events)
    with closing(open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")) as store:
        for warc in warcs(name):
            assert read_into_ledger(warc, store) == []
        held = sorted(store.all(), key=lambda article: (article.source, article.key))
        assert [article.now.held for article in folded] == held
        assert [article.now.held.collected for article in folded] == [h.collected for h in held]
        history = [list(store.history(h.key, h.source)) for h in held]
        assert [[text.held for text in article.earlier] for article in folded] == history


def test_a_cluster_can_run_it() -> None:
    """Files are read apart, events sent elsewhere, and each group folded alone, in any order."""
    read = [pickle.loads(pickle.dumps(list(rows(str(warc))))) for warc in warcs("shared")]
    events = [event for part in reversed(read) for event in reversed(part)]
    linked = groups(pair for event in events for pair in linked_keys(event))
    found = [
        article
        for group in {group_of(event, linked) for event in events}
        for article in fold(event for event in events if group_of(event, linked) == group)
    ]
    whole = fold(event for warc in warcs("shared") for event in rows(warc))
    assert sorted(found, key=lambda a: (a.now.held.source, a.now.held.key)) == whole
    assert len(whole) == 6
    assert sum(len(history_rows(article)) for article in whole) == 2


def test_rows_have_the_columns_that_are_stated() -> None:
    assert [column.name for column in COLUMNS] == [field.name for field in fields(ArticleRow)]
    article = fold(event for warc in warcs("revised") for event in rows(warc))[0]
    row = article_row(article)
    needed = [column.name for column in COLUMNS if column.needed]
    assert None not in [getattr(row, name) for name in needed]
    document = (GOLDEN / "revised" / "text" / row.file).read_text(encoding="utf-8")
    assert document == f" date {row.day} {row.title}\n{row.text}\n"


def test_groups_join_all_that_is_linked() -> None:
    assert groups([("b", "c"), ("x", "y"), ("d", "c"), ("a", "d")]) == {
        **dict.fromkeys("abcd", "a"),
        **dict.fromkeys("xy", "x"),
    }
