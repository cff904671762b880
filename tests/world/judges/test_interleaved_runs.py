"""A file of many runs, in turns, is a file like any other to whoever reads it by the record."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.warc.reader import Record, records
from crawler.warc.records import exchange_records
from crawler.warc.runs import new_run
from crawler.warc.writer import WarcWriter
from tests.warc.examples import exchange
from tests.warc.standard_fields import violations
from tests.world.judges.test_warc import archived, check, replayed, wayback

BIN = Path(sys.executable).parent
RUNS, TURNS = 3, 12


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a file of three runs that changed with every exchange."""
    writer = WarcWriter(tmp_path / "warc", "x", software="x", fields={"robots": "obey"})
    runs = [new_run("wire", f"source {number}", {}) for number in range(RUNS)]
    began = datetime.now(UTC)
    for turn in range(TURNS):
        page = b"<html><p>It was turn %d.</p></html>" % turn
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
        made = exchange(
            uri=f"https://news.test/{turn}",
            started=began + timedelta(seconds=turn),
            response=head % len(page) + page,
        )
        writer.write(exchange_records(made), runs[turn % RUNS])
    writer.close()
    return tmp_path / "warc" / writer.name


def responses(path: Path) -> list[Record]:
    return [record for record in records(path) if record.type == "response"]


def test_checkers_find_nothing(path: Path) -> None:
    assert violations(path) == []
    check(BIN / "fastwarc", "check", path)
    check(BIN / "warcio", "check", path)
    check(BIN / "warcio", "index", path)


@pytest.mark.parametrize("tool", ["cdxj-indexer", "cdx-indexer"])
def test_indexers_have_each_capture_once(path: Path, judges: Path, tool: str) -> None:
    command = [judges / tool, path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "news)/" in line]
    assert len(lines) == TURNS, done.stdout


def test_pywb_gives_the_payloads_back(path: Path, judges: Path, tmp_path: Path) -> None:
    with wayback(judges, tmp_path, [path]) as collection:
        for record in responses(path):
            assert replayed(collection, record) == archived(record)


def test_wacz_packs_it(path: Path, judges: Path, tmp_path: Path) -> None:
    wacz = tmp_path / "x.wacz"
    check(judges / "wacz", "create", "-o", wacz, path)
    check(judges / "wacz", "validate", "-f", wacz)


def test_who_resolves_the_warcinfo_of_a_record_finds_its_run(path: Path) -> None:
    """What warcio reads, and no reader of ours."""
    script = (
        "import json, sys\n"
        "from warcio.archiveiterator import ArchiveIterator\n"
        "found = []\n"
        "for record in ArchiveIterator(open(sys.argv[1], 'rb')):\n"
        "    head = record.rec_headers.get_header\n"
        "    text = record.content_stream().read().decode()\n"
        "    named = head('WARC-Record-ID'), head('WARC-Warcinfo-ID')\n"
        "    found.append([record.rec_type, *named, text])\n"
        "print(json.dumps(found))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, check=True)
    found = json.loads(done.stdout)
    infos = {record_id: text for kind, record_id, _, text in found if kind == "warcinfo"}
    pages = [(info, text) for kind, _, info, text in found if kind == "response"]
    for turn, (info, text) in enumerate(pages):
        assert f"turn {turn}." in text
        assert f'newsreel-source: "source {turn % RUNS}"' in infos[info]
    assert len(pages) == TURNS
