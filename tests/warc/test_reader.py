"""Records read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from warcio.exceptions import ArchiveLoadFailed

from crawler.warc.reader import records
from crawler.warc.records import exchange_records
from crawler.warc.writer import WarcWriter
from tests.warc.examples import REQUEST, RESPONSE, exchange

if TYPE_CHECKING:
    from pathlib import Path


def test_blocks_come_back_as_they_were_also_from_an_open_file(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x")
    odd = b"http/1.1 200\r\nx-A:b\r\nX-a :\xff\r\n folded\r\n\r\nbody\r\n\r\n"
    for response in (RESPONSE, odd, b"\x00garbage"):
        writer.write(exchange_records(exchange(response=response)))
    (path,) = tmp_path.iterdir()
    assert path.suffix == ".open"
    blocks = [record.block for record in records(path)][1:]
    assert blocks == [RESPONSE, REQUEST, odd, REQUEST, b"\x00garbage", REQUEST]
    writer.close()


def test_headers_are_found_in_any_case_and_all_are_kept(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "x", software="x")
    writer.write(exchange_records(exchange()))
    writer.close()
    (path,) = tmp_path.iterdir()
    response = list(records(path))[1]
    assert response.header("warc-ip-address") == "198.51.100.7"
    assert response.header("WARC-Truncated") is None
    protocols = [value for name, value in response.headers if name == "WARC-Protocol"]
    assert protocols == ["http/1.1", "tls/1.3"]


def test_what_is_no_warc_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(ArchiveLoadFailed):
        list(records(path))
