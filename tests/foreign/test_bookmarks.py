"""What is left of an archive: nothing that is held, all of one that changed."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from crawler.foreign.bookmarks import query_text, unread_archive
from crawler.state.backends import open_store
from crawler.state.store import Store
from crawler.warc.reader import records
from tests.archive import articles


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")
    yield found
    found.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    members = (articles.response(f"https://news.test/{n}") for n in range(3))
    return articles.warc(tmp_path / "x.warc.gz", *members)


def spans(path: Path, store: Store, query: str = "{}") -> list[tuple[int, int]]:
    return [(part.start, part.end) for part in unread_archive(path, query, store).parts]


def bookmark(path: Path, store: Store, offset: int) -> None:
    store.put_bookmarks([replace(unread_archive(path, "{}", store).bookmark, offset=offset)])


def test_a_new_file_is_read_whole(path: Path, store: Store) -> None:
    archive = unread_archive(path, "{}", store)
    assert spans(path, store) == [(0, path.stat().st_size)]
    assert archive.size == path.stat().st_size
    assert archive.bookmark.offset == 0


def test_a_file_is_read_on(path: Path, store: Store) -> None:
    size = path.stat().st_size
    bookmark(path, store, 100)
    assert spans(path, store) == [(100, size)]
    assert spans(path, store, "another query") == [(0, size)]
    bookmark(path, store, size)
    assert spans(path, store) == []


def test_a_file_that_changed_is_read_whole(path: Path, store: Store) -> None:
    size = path.stat().st_size
    bookmark(path, store, 100)
    os.utime(path, (1, 1))
    assert spans(path, store) == [(0, size)]


def test_members_of_a_wacz(path: Path, store: Store, tmp_path: Path) -> None:
    wacz = tmp_path / "x.wacz"
    with zipfile.ZipFile(wacz, "w") as archive:
        for name in ("a", "b"):
            archive.write(path, f"archive/{name}.warc.gz")
    (first, second) = spans(wacz, store)
    assert first[1] < second[0]
    offset = first[0] + [record.offset for record in records(path)][1]
    bookmark(wacz, store, offset)
    assert spans(wacz, store) == [(offset, first[1]), second]
    bookmark(wacz, store, first[1])
    assert spans(wacz, store) == [second]
    bookmark(wacz, store, second[1])
    assert spans(wacz, store) == []


def test_a_name_that_is_no_text_is_refused(path: Path, store: Store) -> None:
    odd = path.rename(path.with_name("x\udcff.warc.gz"))
    with pytest.raises(ValueError, match="surrogates"):
        unread_archive(odd, "{}", store)


def test_a_query_has_one_spelling() -> None:
    one = query_text({"domains": ("a.test",), "after": datetime(2024, 1, 1), "source": "é"})
    two = query_text({"source": "é", "after": datetime(2024, 1, 1), "domains": ["a.test"]})
    assert one == two
    assert one != query_text({"domains": (), "after": None, "source": "é"})
