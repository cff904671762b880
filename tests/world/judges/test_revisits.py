"""pywb finds the payload of every revisit, whichever file it is in."""

from __future__ import annotations

import zlib
from pathlib import Path

from crawler.warc import message
from crawler.warc.reader import Record, records
from crawler.warc.warc_dates import timestamp
from tests.running import Run, scrapy
from tests.spiders.conftest import Harbour, harbour
from tests.world.judges.pywb import serving, shown

__all__ = ["harbour"]


def crawled(archives: Path, site: str) -> Run:
    run = scrapy(archives, "crawl", "wordpress", "-a", f"site={site}")
    assert run.exit_code == 0, run.log
    return run


def body(block: bytes, content: bytes) -> bytes:
    """Return *content* without the content encoding that the head in *block* names."""
    is_gzip = b"content-encoding: gzip" in block.lower()
    return zlib.decompress(content, 47) if is_gzip else content


def test_the_payload_comes_from_the_file_of_the_crawl_before(
    harbour: Harbour, judges: Path, archives: Path, tmp_path: Path
) -> None:
    site = harbour()
    for _ in range(3):
        crawled(archives, site.home)
    found: dict[str, tuple[Path, Record]] = {}
    for path in (archives / "warc").iterdir():
        found |= {record.header("WARC-Record-ID") or "": (path, record) for record in records(path)}
    revisits = [(path, record) for path, record in found.values() if record.type == "revisit"]
    assert len({path for path, _ in revisits}) == 2
    served = serving(judges, tmp_path, warcs=archives / "warc", index=archives / "index")
    with served as collection:
        for path, revisit in revisits:
            elsewhere, original = found[revisit.header("WARC-Refers-To") or ""]
            assert elsewhere != path
            stamp = timestamp(revisit.header("WARC-Date") or "")
            status, content = shown(f"{collection}/{stamp}id_/{revisit.header('WARC-Target-URI')}")
            assert status == 200
            expected = message.payload(original.block)
            assert expected
            assert body(revisit.block[:], content) == body(original.block[:], expected)
