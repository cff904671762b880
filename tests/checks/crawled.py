"""An archive of real crawls, and copies of it to be damaged."""

from __future__ import annotations

import gzip
import re
import shutil
import sqlite3
import struct
import zlib
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pytest

from crawler.archive.folder import Archive
from crawler.archive.found_texts import WALKED
from crawler.checks.archive_agreement import ArchiveAgreement
from crawler.checks.warc_files import WarcVerification
from crawler.text.corpus import Corpus
from crawler.warc.reader import Record, records
from demo.server import serve
from demo.site import harbour_site
from tests.running import scrapy

CORPUS_PATH = "text/{ordinal:03d}_{key}.txt"


@dataclass(frozen=True)
class Copy:
    """An archive of three crawls that may be damaged.

    The third collected the first five articles again, which had been lost from the ledger: they
    come from a ``revisit``.
    """

    folder: Path

    @property
    def warcs(self) -> list[Path]:
        return sorted((self.folder / "warc").glob("*.warc.gz"))

    @property
    def index(self) -> Path:
        return self.folder / "index"

    @property
    def texts(self) -> list[Path]:
        return sorted((self.folder / "text").iterdir())

    @property
    def archive(self) -> Archive:
        return Archive(folder=self.folder, corpus=Corpus(self.folder, CORPUS_PATH))

    def record(self, kind: str, number: int = 0) -> tuple[Path, Record]:
        """Return record number *number* of a type, and its file; a negative one counts back."""
        found = [(path, r) for path in self.warcs for r in records(path) if r.type == kind]
        return found[number]

    def by_id(self, record_id: str | None) -> Record:
        """Return the record with the id *record_id*."""
        found = (record for path in self.warcs for record in records(path))
        return next(record for record in found if record.header("WARC-Record-ID") == record_id)

    def edit(self, place: tuple[Path, Record], old: bytes, new: bytes) -> str:
        """Replace *old* in a record without moving others; return ``file:offset`` of it."""
        path, record = place
        data = path.read_bytes()
        start, end = record.offset, record.offset + record.length
        content = gzip.decompress(data[start:end])
        changed = re.sub(old, new, content, count=1, flags=re.DOTALL)
        assert changed != content
        path.write_bytes(data[:start] + _member(changed, record.length) + data[end:])
        return f"warc/{path.name}:{record.offset}"

    def flip(self, place: tuple[Path, Record]) -> str:
        """Flip a bit in a record's checksum; return ``file:offset`` of the record."""
        path, record = place
        data = bytearray(path.read_bytes())
        data[record.offset + record.length - 8] ^= 1
        path.write_bytes(data)
        return f"warc/{path.name}:{record.offset}"

    def sql(self, statement: str, *values: object) -> None:
        """Change the ledger by an SQL statement."""
        with closing(sqlite3.connect(self.folder / "ledger.sqlite")) as ledger:
            assert ledger.execute(statement, values).rowcount
            ledger.commit()

    def faults(self, workers: int = 1, **how: int) -> list[str]:
        """Return the lines of `scrapy verify`, paths relative to the archive."""
        with closing(WarcVerification(workers, **how)) as verification:
            found = [str(fault) for fault in ArchiveAgreement(self.archive, verification).faults()]
        return [
            line.replace(f"{self.folder}/", "").replace(f"{self.folder}", ".") for line in found
        ]


def _member(content: bytes, length: int) -> bytes:
    """Return *content* as a gzip member of *length* bytes: a comment in its head fills it up."""
    deflate = zlib.compressobj(9, wbits=-15)
    body = deflate.compress(content) + deflate.flush()
    body += struct.pack("<II", zlib.crc32(content), len(content))
    rest = length - 10 - len(body)
    assert rest >= 1, "the new content is too long for the place of the old"
    return b"\x1f\x8b\x08\x10" + bytes(4) + b"\x00\xff" + b"x" * (rest - 1) + b"\x00" + body


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Three crawls of the demonstration site: see `Copy`."""
    return _crawled(tmp_path_factory.getbasetemp() / "crawled")


@cache  # each folder of tests that imports the fixture has one of its own
def _crawled(folder: Path) -> Copy:
    copy = Copy(folder)
    with serve(harbour_site()) as site:
        crawl = partial(scrapy, copy.folder, "crawl", "wordpress", "-a", f"site={site.home}")
        runs = [crawl("-a", "max_articles=5"), crawl()]
        copy.sql("DELETE FROM article WHERE ordinal < 5")
        copy.sql("DELETE FROM fact WHERE name = ?", WALKED)  # their files are found again
        runs.append(crawl("-a", "max_articles=5"))
    assert [run.exit_code for run in runs] == [0, 0, 0], runs
    return copy


@pytest.fixture
def copy(crawled: Copy, tmp_path: Path) -> Copy:
    """Return a copy of the archive."""
    shutil.copytree(crawled.folder, tmp_path / "a")
    return Copy(tmp_path / "a")
