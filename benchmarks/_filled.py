"""Archives that hold articles which nobody crawled: rows of the ledger, and files of zeros."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks._process import Cost, measure
from crawler.items import RecordRef
from crawler.state.store import Capture, Holding, Store, WarcFile
from crawler.text.minhash import algorithm

PROJECT = Path(__file__).resolve().parent.parent
RECORD = 100  # bytes


def crawl(archives: Path, home: str, timeout: float, **more: object) -> Cost:
    """Crawl the WordPress site *home* into *archives*, and return what it cost.

    *more* are settings. Raises CommandError.
    """
    command = (sys.executable, "-m", "scrapy", "crawl", "wordpress", "-a", f"site={home}")
    settings = {
        "ARCHIVES_DIR": archives,
        "LOG_LEVEL": "WARNING",
        "DOWNLOAD_DELAY": 0,
        "ADDRESS_GUARD_ALLOW": "127.0.0.0/8",
        **more,
    }
    options = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
    with tempfile.TemporaryDirectory(prefix="newsreel-filled-run-") as folder:
        env = {"SCRAPY_PROJECT": "default", "PYTHONPATH": str(PROJECT)}
        (Path(folder) / "scrapy.cfg").write_bytes((PROJECT / "scrapy.cfg").read_bytes())
        return measure([*command, *options], Path(folder), timeout, env=env)


def place(uri: str, record_id: str, file: str, number: int) -> RecordRef:
    """Return the place of record *number* of *file*."""
    return RecordRef(
        uri=uri,
        record_id=f"<urn:uuid:{record_id}>",
        date="2020-01-01T00:00:00Z",
        file=file,
        offset=number * RECORD,
        length=RECORD,
    )


def hold(store: Store, file: str, size: int, held: Sequence[Holding]) -> None:
    """Hold articles of the WARC *file* of *size* records as if they had been crawled."""
    with store.transaction():
        store.put_warc(WarcFile(name=file, size=size * RECORD, sealed=True))
        store.put_captures(_captures(held))
        store.add(held)
        for article in held:
            store.put_sketch(article.key, article.source, algorithm(), b"")
        store.note_written(article.file for article in held)


def _captures(held: Sequence[Holding]) -> Iterator[Capture]:
    for article in held:
        if article.origin:
            yield Capture(ref=article.origin, payload_digest=f"sha1:{'A' * 32}")
