"""Archives of their own that are uploaded, and what lies in the bucket."""

from __future__ import annotations

import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from crawler.storage.remote_file import RemoteFile
from tests.running import Run, scrapy
from tests.world.scale.object_store import BUCKET, ObjectStore

_NAMES = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def options(prefix: str, *more: str) -> tuple[str, ...]:
    """Return the options that upload below *prefix* of the bucket."""
    settings = [f"ARCHIVE_UPLOAD=s3://{BUCKET}/{prefix}", *more]
    return tuple(part for one in settings for part in ("-s", one))


def crawl(
    archives: Path, arguments: Mapping[str, str], *settings: str, env: dict[str, str] | None = None
) -> Run:
    """Crawl a WordPress site into *archives*."""
    spider = [part for name, value in arguments.items() for part in ("-a", f"{name}={value}")]
    return scrapy(archives, "crawl", "wordpress", *spider, *settings, env=env)


def objects(store: ObjectStore, prefix: str) -> dict[str, bytes]:
    """Return what lies below *prefix*, by its key behind that."""
    listed = ET.fromstring(store.request("GET", f"/{BUCKET}?list-type=2&prefix={prefix}/"))
    assert listed.findtext(f"{_NAMES}IsTruncated") == "false"
    keys = [found.text or "" for found in listed.iter(f"{_NAMES}Key")]
    found = {key.removeprefix(f"{prefix}/"): RemoteFile(f"s3://{BUCKET}/{key}") for key in keys}
    return {key: file.open().read() for key, file in found.items()}


def here(archives: Path) -> dict[str, bytes]:
    """Return what of *archives* is to lie in the bucket, but for the index: WARC files, texts."""
    paths = [*(archives / "warc").glob("*.warc.gz"), *(archives / "text").rglob("*.txt")]
    return {path.relative_to(archives).as_posix(): path.read_bytes() for path in paths}


def uploads(archives: Path) -> dict[str, tuple[str, bytes, str]]:
    """Return address, SHA-256 and moment of each upload that the ledger has, by file."""
    with closing(sqlite3.connect(archives / "ledger.sqlite")) as ledger:
        rows = ledger.execute(
            "SELECT name, address, sha256, uploaded FROM warc WHERE address != ''"
        )
        return {name: (address, digest, at) for name, address, digest, at in rows}
