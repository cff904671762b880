"""Our index beside those of cdxj-indexer and pywb for the same files, and pywb serving by it."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.warc import message, reader
from crawler.warc.digests import sha1_digest
from crawler.warc.warc_dates import timestamp
from tests.handlers.conftest import Contract, certificate, contract
from tests.running import Run, scrapy
from tests.servers.cases import CASES
from tests.spiders.conftest import Harbour, harbour
from tests.warc import shapes
from tests.warc.bodies import BODIES, request
from tests.warc.files import record, write
from tests.world.judges.pywb import serving, shown

__all__ = ["certificate", "contract", "harbour"]

IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

Place = tuple[str, int]


@dataclass(frozen=True)
class Entry:
    key: str
    timestamp: str
    fields: dict[str, str]


Index = dict[Place, Entry]


@pytest.fixture
def run(harbour: Harbour, archives: Path) -> Run:
    return scrapy(archives, "crawl", "wordpress", "-a", f"site={harbour().home}")


def parsed(lines: str) -> Index:
    found: Index = {}
    for text in lines.splitlines():
        key, timestamp, fields = text.split(" ", 2)
        entry = Entry(key, timestamp, json.loads(fields))
        place = entry.fields["filename"], int(entry.fields["offset"])
        assert place not in found
        found[place] = entry
    return found


def indexed(*command: str | Path) -> Index:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines() == sorted(done.stdout.splitlines())
    return parsed(done.stdout)


def differences(ours: Index, theirs: Index) -> dict[str, set[str]]:
    """Return the names of the fields that differ, and the URLs where they do."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for place in ours.keys() - theirs.keys():
        found["only ours"].add(ours[place].fields["url"])
    for place in theirs.keys() - ours.keys():
        fields = theirs[place].fields
        found[f"only theirs: {fields.get('status') or fields['mime']}"].add(fields.get("url", ""))
    for place in ours.keys() & theirs.keys():
        one, other = ours[place], theirs[place]
        same = {
            "key": one.key == other.key,
            "timestamp": one.timestamp == other.timestamp,
            **{
                name: one.fields.get(name) == other.fields.get(name)
                for name in one.fields.keys() | other.fields.keys()
            },
        }
        for name in (name for name, is_same in same.items() if not is_same):
            found[name].add(one.fields["url"])
    return found


def by_cdxj_indexer(judges: Path, files: Sequence[Path]) -> Index:
    return indexed(judges / "cdxj-indexer", "--sort", "--post-append", *files)


def by_pywb(judges: Path, files: Sequence[Path]) -> Index:
    """Return what pywb makes of *files*, with what it writes in another way on purpose taken back.

    It leaves out the status of a revisit and the algorithm of SHA-1 (it reads both as we and
    cdxj-indexer write them), and has ``unk`` for no media type.
    """
    index = indexed(judges / "cdx-indexer", "--sort", "--postappend", "--cdxj", *files)
    for entry in index.values():
        if ":" not in (value := entry.fields.get("digest", ":")):
            entry.fields["digest"] = f"sha1:{value}"
        if entry.fields["mime"] == "unk":
            del entry.fields["mime"]
    return index


def ours(archives: Path, files: Sequence[Path], *, revisits_have_status: bool = True) -> Index:
    run = scrapy(archives, "index", *map(str, files))
    assert run.exit_code == 0, run.log
    index = parsed(run.stdout)
    for entry in index.values():
        if entry.fields.get("mime") == "warc/revisit" and not revisits_have_status:
            entry.fields.pop("status", None)
    return index


def cases(urls: set[str]) -> set[str]:
    """Return the cases of the raw server among *urls*."""
    return {urlsplit(url).path.strip("/") for url in urls}


# Heads of 1xx responses are `metadata` records: shown in place of the page, they would be its text.
INTERIM = {name for name, case in CASES.items() if case.interim}
# Why no answer came is a `metadata` record too.
UNANSWERED = {"cut-after-hints", "silent-close", "stall-at-once"}
# A 304 has no content: shown in place of its 200, the page would be empty.
NOT_MODIFIED = {"304", "surplus-after-304"}
POSTS_NOTHING = {name for name, case in CASES.items() if case.method == "POST" and not case.body}


def test_every_case_as_cdxj_indexer_has_it(
    contract: Contract, judges: Path, archives: Path
) -> None:
    files = contract.ours.files
    found = differences(ours(archives, files), by_cdxj_indexer(judges, files))
    assert {what: cases(urls) for what, urls in found.items()} == {
        "only theirs: message/http": INTERIM,
        "only theirs: application/json": UNANSWERED,
        "only theirs: 304": NOT_MODIFIED,
        # It has the answer to a HEAD under the key of the page, which is then empty; pywb has not.
        "key": {"head"} | POSTS_NOTHING,
        "method": {"head"},
        # The body of no length is `__wb_post_data=` here; pywb looks for a key without.
        "requestBody": POSTS_NOTHING,
    }


def test_every_case_as_pywb_has_it(contract: Contract, judges: Path, archives: Path) -> None:
    files = contract.ours.files
    found = differences(ours(archives, files), by_pywb(judges, files))
    assert {what: cases(urls) for what, urls in found.items()} == {
        "only theirs: message/http": INTERIM,
        "only theirs: application/json": UNANSWERED,
        "only theirs: 304": NOT_MODIFIED,
    }


def test_a_crawl_as_both_have_it(run: Run, judges: Path, archives: Path) -> None:
    files = sorted((run.archives / "warc").iterdir())
    # The articles' `metadata` and `conversion` records have the URL of the page, and would be shown
    # in its place: JSON and text.
    found = differences(ours(archives, files), by_cdxj_indexer(judges, files))
    assert set(found) == {"only theirs: application/json"}
    found = differences(ours(archives, files), by_pywb(judges, files))
    assert set(found) == {"only theirs: application/json", "only theirs: text/plain"}


# Whole WARC files of pywb's own, by wget, wpull, webrecorder, wget-lua and pywb.
SAMPLES = ("dupes", "example", "example2", "httpbin-resource", "iana", "post-test", "example-wpull")


@pytest.mark.parametrize("name", [*SAMPLES, "example-wget-1-14"])
def test_files_of_other_tools(name: str, judges: Path, archives: Path) -> None:
    files = [judges.parent / "sample_archive" / "warcs" / f"{name}.warc.gz"]
    index = ours(archives, files, revisits_have_status=False)
    assert len(index) > 0
    assert differences(index, by_pywb(judges, files)) == {}
    found = differences(ours(archives, files), by_cdxj_indexer(judges, files))
    # Where a record has no digest, it writes that of nothing at all.
    assert set(found) <= {"digest"}
    assert bool(found) == ("wpull" in name or "wget" in name)


@pytest.mark.parametrize("name", BODIES)
def test_requests_with_bodies(name: str, judges: Path, archives: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    own: dict[str, Any] = {"WARC_Target_URI": URI, "Content_Type": "application/http"}
    answer = record(page(), WARC_Type="response", WARC_Record_ID="<urn:uuid:1>", **own)
    own |= {"WARC_Type": "request", "WARC_Record_ID": "<urn:uuid:2>"}
    write(path, answer, record(request(*BODIES[name]), WARC_Concurrent_To="<urn:uuid:1>", **own))
    assert differences(ours(archives, [path]), by_pywb(judges, [path])) == {}


def page(status: bytes = b"200 OK", body: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (
        status,
        len(body),
        body,
    )


URI = "http://news.test/page"
JUST_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


def visits() -> list[bytes]:
    """Return a page in its many records, an hour between them; each has the page's URL."""
    origin = {
        "WARC_Refers_To_Target_URI": URI,
        "WARC_Refers_To_Date": "2024-04-11T00:00:00Z",
    }
    made: list[tuple[str, bytes, dict[str, Any]]] = [
        ("response", page(body=b"the page"), {"WARC_Payload_Digest": sha1_digest(b"the page")}),
        ("response", page(b"304 Not Modified"), {}),
        ("revisit", page(b"304 Not Modified"), {"WARC_Profile": NOT_MODIFIED_PROFILE, **origin}),
        (
            "revisit",
            JUST_HEAD,
            {
                "WARC_Profile": IDENTICAL_PAYLOAD,
                "WARC_Payload_Digest": sha1_digest(b"the page"),
                **origin,
            },
        ),
        ("conversion", b"the text", {"Content_Type": "text/plain"}),
        ("metadata", b"{}", {"Content_Type": "application/json"}),
    ]
    asked = [BODIES[name] for name in ("form", "json", "binary", "head", "put")]
    made += [("response", page(body=b"to %d" % n), {}) for n in range(len(asked))]
    records = []
    for hour, (kind, block, fields) in enumerate(made):
        date, name = f"2024-04-11T{hour:02d}:00:00Z", f"<urn:uuid:{hour}>"
        own: dict[str, Any] = {"WARC_Type": kind, "WARC_Record_ID": name}
        own |= {"WARC_Target_URI": URI, "WARC_Date": date}
        records.append(record(block, **{"Content_Type": "application/http", **own, **fields}))
        if (number := hour - (len(made) - len(asked))) >= 0:
            own |= {"WARC_Type": "request", "WARC_Record_ID": f"<urn:uuid:r{hour}>"}
            message = request(*asked[number])
            records.append(record(message, **own, WARC_Concurrent_To=name))
    return records


def test_pywb_shows_the_page_at_any_time_by_our_index(
    judges: Path, archives: Path, tmp_path: Path
) -> None:
    warcs, index = tmp_path / "warcs", tmp_path / "index.cdxj"
    warcs.mkdir()
    write(warcs / "x.warc.gz", *visits())
    assert scrapy(archives, "index", str(warcs), "-o", str(index)).exit_code == 0
    with serving(judges, tmp_path, warcs=warcs, index=index) as collection:
        for hour in range(12):
            stamp = f"20240411{hour:02d}0000"
            assert shown(f"{collection}/{stamp}id_/{URI}") == (200, b"the page")
        for number, name in enumerate(("form", "json", "binary")):
            _, mime, body = BODIES[name]
            found = shown(f"{collection}/20240411000000id_/{URI}", body, mime)
            assert found == (200, b"to %d" % number)


def test_pywb_gives_the_payloads_of_a_crawl_by_our_index(
    harbour: Harbour, archives: Path, judges: Path, tmp_path: Path
) -> None:
    home = harbour().home
    for made in ("index", ""):  # files on two levels, and the lists beside them
        assert scrapy(archives, "crawl", "wordpress", "-a", f"site={home}").exit_code == 0
        assert not made or scrapy(archives, made).exit_code == 0
    warcs, index = archives / "warc", archives / "index"
    assert len(list(index.glob("*.cdxj"))) == 2
    responses = [
        record
        for path in warcs.iterdir()
        for record in reader.records(path)
        if record.type == "response"
    ]
    assert len(responses) > 5
    with serving(judges, tmp_path, warcs=warcs, index=index) as collection:
        for record in responses:
            stamp = timestamp(record.header("WARC-Date") or "")
            _, body = shown(f"{collection}/{stamp}id_/{record.header('WARC-Target-URI')}")
            assert body == message.payload(record.block)


def test_pywb_serves_archives_of_all_shapes_by_our_index(judges: Path, tmp_path: Path) -> None:
    folder = tmp_path / "warcs"
    folder.mkdir()
    names = [name for name in shapes.SHAPES if name not in _NOT_BY_PYWB]
    for number, name in enumerate(names):
        shapes.write(folder, name)
        (folder / f"{number}.cdxj").write_text(
            scrapy(tmp_path / "a", "index", str(folder / name)).stdout
        )
    for number, name in enumerate(names):
        index = folder / f"{number}.cdxj"
        with serving(judges, tmp_path, warcs=folder, index=index) as collection:
            for capture, url in enumerate(shapes.URLS, 1):
                code, body = shown(f"{collection}/20240411083000id_/{url}")
                expected = shapes.message(capture)[len(shapes.HEAD) :]
                assert (name, code, body) == (name, 200, expected)


_NOT_BY_PYWB = ("one-member.warc.gz", shapes.DEFLATED)
"""pywb takes the first record of a gzip member, whatever else is in it, and unpacks nothing."""
