"""What a crawl writes of an article is read back; what nobody wrote is not believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.archive.article_records import (
    BadMetadataError,
    has_text,
    holding,
    metadata_of,
    read_metadata,
)
from crawler.items import RecordRef
from crawler.warc.reader import Record, records
from tests.archive import articles
from tests.archive.recording import Recording


def last_record(path: Path) -> Record:
    *_, record = records(path)
    return record


def test_the_records_give_the_holding(tmp_path: Path) -> None:
    with Recording(tmp_path) as run:
        held = run.text("a", "One.", authors=["Ann"], date_gmt="2024-04-11T06:00:00")
        path = run.end()
    assert held.conversion
    metadata = metadata_of(path, held.conversion)
    assert has_text(metadata)
    assert holding(metadata, held.conversion) == held
    assert json.loads(bytes(last_record(path).block)) == metadata
    assert dict(metadata)["authors"] == ["Ann"]


def test_changes_without_a_text(tmp_path: Path) -> None:
    with Recording(tmp_path) as run:
        held = run.text("", "One.", key="a" * 16, source="import")
        identified = run.identify(held, "guid")
        path = run.end()
    metadata = read_metadata(last_record(path))
    assert metadata
    assert not has_text(metadata)
    assert (metadata["verdict"], metadata["key"]) == ("identified", identified.key)
    assert metadata["held"] == {"key": "a" * 16, "source": "import"}


def first_text(path: Path) -> RecordRef:
    record = next(records(path))
    return RecordRef(
        record_id=record.header("WARC-Record-ID") or "",
        uri="",
        date="",
        file=path.name,
        offset=record.offset,
        length=record.length,
    )


@pytest.mark.parametrize("block", [b"{}", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_other_json_is_no_metadata(tmp_path: Path, block: bytes) -> None:
    path = articles.warc(tmp_path / "x.warc.gz", *articles.article("a", "x\n", metadata=block))
    assert read_metadata(last_record(path)) is None
    assert metadata_of(path, first_text(path)) == {}


@pytest.mark.parametrize(
    "change",
    [
        *({"verdict": "odd"}, {"key": "A"}, {"file": "../x.txt"}),
        *({"date": "2024-04-11" * 500}, {"source": "a" * 5000}, {"file": f"{'a' * 5000}.txt"}),
    ],
)
def test_an_invalid_value_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    good = articles.warc(tmp_path / "good.warc.gz", *articles.article("a", "x\n"))
    fields = json.loads(bytes(last_record(good).block)) | change
    block = json.dumps(fields).encode()
    path = articles.warc(tmp_path / "x.warc.gz", *articles.article("a", "x\n", metadata=block))
    (name,) = change
    with pytest.raises(BadMetadataError, match=f"an article's {name} cannot be"):
        read_metadata(last_record(path))
    assert metadata_of(path, first_text(path)) == {}
    assert metadata_of(good, first_text(good))["key"]


def test_a_holding_has_what_older_records_lack(tmp_path: Path) -> None:
    path = articles.warc(tmp_path / "x.warc.gz", *articles.article("a", "x\n"))
    ref = first_text(path)
    held = holding(metadata_of(path, ref), ref)
    assert (held.modified, held.date_gmt, held.origin) == ("", "", None)
