"""What is left of an archive: nothing that is held, all of one that changed."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from crawler.foreign.bookmarks import asked, reading
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


def spans(path: Path, store: Store, question: str = "{}") -> list[tuple[int, int]]:
    return [(part.start, part.end) for part in reading(path, question, store).parts]


def mark(path: Path, store: Store, offset: int) -> None:
    store.put_bookmarks([replace(reading(path, "{}", store).bookmark, offset=offset)])


def test_a_new_file_is_read_whole(path: Path, store: Store) -> None:
    found = reading(path, "{}", store)
    assert spans(path, store) == [(0, path.stat().st_size)]
    assert found.size == path.stat().st_size
    assert found.bookmark.offset == 0


def test_a_file_is_read_on(path: Path, store: Store) -> None:
    size = path.stat().st_size
    mark(path, store, 100)
    assert spans(path, store) == [(100, size)]
    assert spans(path, store, "another question") == [(0, size)]
    mark(path, store, size)
    assert spans(path, store) == []


def test_a_file_that_changed_is_read_whole(path: Path, store: Store) -> None:
    size = path.stat().st_size
    mark(path, store, 100)
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
    mark(wacz, store, offset)
    assert spans(wacz, store) == [(offset, first[1]), second]
    mark(wacz, store, first[1])
    assert spans(wacz, store) == [second]
    mark(wacz, store, second[1])
    assert spans(wacz, store) == []


def test_a_name_that_is_no_text_is_refused(path: Path, store: Store) -> None:
    odd = path.rename(path.with_name("x\udcff.warc.gz"))
    with pytest.raises(ValueError, match="surrogates"):
        reading(odd, "{}", store)


def test_a_question_has_one_spelling() -> None:
    one = asked({"domains": ("a.test",), "after": datetime(2024, 1, 1), "source": "é"})
    two = asked({"source": "é", "after": datetime(2024, 1, 1), "domains": ["a.test"]})
    assert one == two
    assert one != asked({"domains": (), "after": None, "source": "é"})
