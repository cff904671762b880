"""The index made while crawling is the one that is made from the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crawler.warc.index_writer import IndexWriter
from crawler.warc.records import conversion, exchange_records, metadata, new_ref
from crawler.warc.reindex import rebuild_index
from crawler.warc.writer import WarcWriter
from tests.warc.bodies import BODIES, request
from tests.warc.examples import RESPONSE, STARTED, exchange
from tests.warc.index_folder import all_lines, listed

if TYPE_CHECKING:
    from crawler.storage.remote_file import StoredFile
    from crawler.warc.exchange import Exchange
    from crawler.warc.reader import Fault

URI = "https://news.test/b?q=2"


def crawled(folder: Path, *exchanges: Exchange) -> str:
    """Write *exchanges*, records without lines, and the index; return the file's name."""
    writer = WarcWriter(folder / "warc", "x", software="x")
    index = IndexWriter(folder / "index")
    for one in exchanges:
        built = exchange_records(one)
        for record, place in zip(built, writer.write(built), strict=True):
            index.add(record, place, one.request)
    ref = new_ref(URI, STARTED)
    for record in (conversion(ref, b"text\n"), metadata(new_ref(URI, STARTED), b"{}")):
        index.add(record, writer.write([record])[0])
    size = writer.size
    writer.close()
    index.seal(writer.name, size)
    index.merge()
    return writer.name


def made_from_the_files(folder: Path) -> list[str]:
    """Return the index lines that are made from the WARCs in *folder*."""

    def fail(path: StoredFile, fault: Fault) -> None:
        pytest.fail(f"{path}: {fault}")

    rebuild_index(lambda: sorted((folder / "warc").iterdir()), folder / "again", fail)
    return all_lines(folder / "again")


def test_the_lines_are_those_of_the_file(tmp_path: Path) -> None:
    status = b"HTTP/1.1 %b\r\nContent-Type: text/html\r\n\r\n<p>"
    name = crawled(
        tmp_path,
        exchange(uri=URI),
        exchange(uri="https://b.test/ä?a=%20", response=status % b"404 Not Found"),
        exchange(response=status % b"304 Not Modified"),
        exchange(response=b"SSH-2.0\r\n", uri="https://news.test:444/"),
        exchange(response=b"", truncated="time"),
        exchange(response=b"HTTP/1.1 103 Early Hints\r\n\r\n" + RESPONSE),
        *(
            exchange(uri=f"https://a.test/{n}", method=kind, request=request(kind, mime, body))
            for n, (kind, mime, body) in enumerate(BODIES.values())
        ),
    )
    assert listed(tmp_path / "index") == {name + ".cdxj": [name]}
    lines = all_lines(tmp_path / "index")
    assert len(lines) == 4 + len(BODIES)
    assert lines == made_from_the_files(tmp_path)


def test_each_file_has_its_own_lines(tmp_path: Path) -> None:
    first = crawled(tmp_path, exchange(uri="https://a.test/1"))
    second = crawled(tmp_path, exchange(uri="https://a.test/2"))
    index = tmp_path / "index"
    assert listed(index) == {first + ".cdxj": [first], second + ".cdxj": [second]}
    lines = [(index / (name + ".cdxj")).read_text() for name in (first, second)]
    assert [text.count("\n") for text in lines] == [1, 1]
    assert sorted(lines) == made_from_the_files(tmp_path)


def test_a_file_without_lines_has_an_empty_index(tmp_path: Path) -> None:
    name = crawled(tmp_path)
    assert (tmp_path / "index" / (name + ".cdxj")).read_bytes() == b""


def test_until_it_is_sealed_there_is_no_file(tmp_path: Path) -> None:
    writer, index = WarcWriter(tmp_path, "x", software="x"), IndexWriter(tmp_path / "index")
    built = exchange_records(exchange())
    index.add(built[0], writer.write(built)[0])
    assert list((tmp_path / "index").iterdir()) == []
    index.seal(writer.name, writer.size)
    found = {path.name for path in (tmp_path / "index").iterdir()}
    assert found == {writer.name + ".cdxj", writer.name + ".warcs"}


def test_a_folder_that_cannot_be_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("in the way")
    built = exchange_records(exchange())
    place = WarcWriter(tmp_path, "x", software="x").write(built)[0]
    with pytest.raises(FileExistsError):
        IndexWriter(tmp_path / "index").add(built[0], place)
