"""The capturing handler against the raw server, beside Scrapy's own handler."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crawler.warc.message import payload, split_head
from crawler.warc.reader import records
from tests.handlers.conftest import (
    SECRET,
    SECRET_COOKIE,
    VIAS,
    Contract,
    Server,
    crawl,
    raw_server,
    requests_for_all_cases,
)
from tests.servers.cases import CASES, Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.reader import Record

BIN = Path(sys.executable).parent
each_case = pytest.mark.parametrize("name", CASES)


def keys(name: str) -> list[str]:
    """Return the exchanges of one case: over http, https, CONNECT and a plain proxy."""
    return [f"{name}.{via}" for via in VIAS]


def came_back(found: dict[str, Record]) -> bytes:
    """Return all bytes of the answer, in their order on the wire."""
    interim = b"".join(record.block for kind, record in found.items() if "interim" in kind)
    main = found.get("response") or found.get("resource")
    return interim + (main.block if main else b"")


@each_case
def test_the_response_is_byte_for_byte_what_the_server_sent(contract: Contract, name: str) -> None:
    case = CASES[name]
    for key in keys(name):
        sent, recorded = contract.log[key]["sent"], came_back(contract.ours.about(key))
        if case.truncated and case.end == "keep":
            # We hung up before the server was done.
            assert recorded
            assert sent.startswith(recorded)
        else:
            assert recorded == sent[: len(sent) - case.surplus]


@each_case
def test_the_request_is_byte_for_byte_what_the_server_got(contract: Contract, name: str) -> None:
    for key in keys(name):
        expected: bytes = contract.log[key]["received"]
        for secret in (SECRET, SECRET_COOKIE):
            expected = expected.replace(secret.encode(), b"[redacted]")
        request = contract.ours.about(key)["request"]
        assert request.block == expected
        proxied = {"Proxy-Authorization"} if key.endswith(".proxy") else set()
        redacted = request.header("Newsreel-Redacted") or ""
        assert set(redacted.split(", ")) == {"Authorization", "Cookie"} | proxied


@each_case
def test_the_records_say_what_happened(contract: Contract, name: str) -> None:
    case = CASES[name]
    kinds = {"request", *(f"interim {n}" for n in range(case.interim))}
    for key in keys(name):
        found = contract.ours.about(key)
        assert set(found) == kinds | ({case.kind} if case.kind else set())
        if case.kind:
            main = found[case.kind]
            assert main.header("WARC-Truncated") == case.truncated
            assert found["request"].header("WARC-Concurrent-To") == main.header("WARC-Record-ID")
            assert found["request"].header("WARC-Date") == main.header("WARC-Date")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.like_stock])
def test_a_spider_sees_what_it_sees_with_scrapys_handler(contract: Contract, name: str) -> None:
    for key in keys(name):
        assert contract.ours.outcomes[key]["seen"] == contract.stock.outcomes[key]["seen"]


@each_case
def test_a_spider_gets_the_place_of_the_record(contract: Contract, name: str) -> None:
    for key in keys(name):
        archived = contract.ours.outcomes[key]["archived"]
        record = contract.ours.about(key)[CASES[name].kind or "request"]
        assert archived["record_id"] == record.header("WARC-Record-ID")
        assert (archived["offset"], archived["length"]) == (record.offset, record.length)
        assert archived["file"] == contract.ours.files[0].name


@each_case
def test_records_name_the_peer_and_the_protocols(contract: Contract, name: str) -> None:
    http = "http/1.0" if name == "http10" else "http/1.1"
    for via in VIAS:
        found = contract.ours.about(f"{name}.{via}")
        tls = ["tls/1.3"] if via in {"https", "connect"} and came_back(found) else []
        address = "127.0.0.1" if via in {"http", "https"} else None
        for kind in {"request", "response", "resource"} & set(found):
            headers = found[kind].headers
            assert [v for k, v in headers if k == "WARC-Protocol"] == [http, *tls]
            assert found[kind].header("WARC-IP-Address") == address


@pytest.mark.parametrize(
    "name",
    [name for name, case in CASES.items() if case.kind == "response" and not case.truncated],
)
def test_the_payload_is_the_body_that_twisted_made_of_it(contract: Contract, name: str) -> None:
    for key in keys(name):
        body = payload(contract.ours.about(key)["response"].block)
        seen = contract.ours.outcomes[key]["seen"]
        assert seen["body"] == [len(body), hashlib.sha256(body).hexdigest()]


def test_a_long_header_line_reaches_the_spider(contract: Contract) -> None:
    seen = contract.ours.outcomes["long-line.http"]["seen"]
    assert seen["headers"]["X-Long"] == ["x" * 200_000]


def test_an_endless_head_is_given_up(contract: Contract) -> None:
    seen = contract.ours.outcomes["endless-head.http"]["seen"]
    assert seen["error"] == "DownloadFailedError"
    assert "HeadTooLongError" in seen["message"]


def test_the_tunnel_was_used_and_is_not_recorded(contract: Contract) -> None:
    assert len(contract.connects) >= 20
    assert not [r for r in contract.ours.records if r.block[:7] == b"CONNECT"]


def test_a_plain_proxy_gets_absolute_targets(contract: Contract) -> None:
    line = contract.ours.about("plain.proxy")["request"].block[:].partition(b"\r\n")[0]
    assert line.startswith(b"GET http://127.0.0.1:")


def test_no_secret_is_archived(contract: Contract) -> None:
    clear = [SECRET, SECRET_COOKIE, SECRET.partition(" ")[2], "application password"]
    secrets = [*clear, *(base64.b64encode(one.encode()).decode() for one in clear)]
    assert any(SECRET.encode() in one["received"] for one in contract.log.values())
    for file in contract.ours.files:
        archived = gzip.decompress(file.read_bytes())
        assert not [secret for secret in secrets if secret.encode() in archived]


def test_fastwarc_reads_the_file(contract: Contract) -> None:
    (file,) = contract.ours.files
    check = [str(BIN / "fastwarc"), "check", "--quiet", str(file)]
    done = subprocess.run(check, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]
) -> Iterator[Server]:
    with raw_server(tmp_path_factory.mktemp("server"), certificate) as server:
        yield server


def test_warcio_reads_what_it_can(server: Server, tmp_path: Path) -> None:
    readable = {f"{name}.http" for name, case in CASES.items() if warcio_reads(case)}
    requests = [one for one in requests_for_all_cases(server.ports) if one["key"] in readable]
    assert len(requests) >= 35
    crawled = crawl(tmp_path / "crawl", requests)
    check = [str(BIN / "warcio"), "check", *map(str, crawled.files)]
    done = subprocess.run(check, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def warcio_reads(case: Case) -> bool:
    """warcio 1.8 hashes chunk framing, fails on br beside PyPI's brotli, and on odd heads."""
    head = split_head(b"".join(piece for piece in case.answer if isinstance(piece, bytes)))[0]
    odd = (b"Transfer-Encoding", b"Encoding: br", b"has no colon")
    return case.like_stock and case.kind == "response" and not any(o in head for o in odd)


def test_a_silent_retry_leaves_one_exchange(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """The server drops the kept connection as the second request comes in: Twisted asks again."""
    with raw_server(tmp_path, certificate) as server:
        base = f"http://127.0.0.1:{server.ports['http']}"
        requests = [
            {"key": "first", "url": f"{base}/stale?first"},
            {"key": "second", "url": f"{base}/plain?second"},
        ]
        crawled = crawl(tmp_path / "crawl", requests, settings={"CONCURRENT_REQUESTS": 1})
    requested = [(one["query"], bool(one["sent"])) for one in server.exchanges()]
    assert requested == [("first", True), ("second", False), ("second", True)]
    assert set(crawled.about("first")) == set(crawled.about("second")) == {"response", "request"}
    assert crawled.about("second")["response"].header("WARC-Truncated") is None


RETRY = {"DOWNLOADER_MIDDLEWARES": {"scrapy.downloadermiddlewares.retry.RetryMiddleware": 550}}


def test_what_cannot_be_archived_is_an_error_and_not_retried(
    server: Server, tmp_path: Path
) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("in the way")
    requests = [{"key": "one", "url": f"http://127.0.0.1:{server.ports['http']}/plain?one"}]
    crawled = crawl(tmp_path / "crawl", requests, settings={**RETRY, "TEST_WARC": str(no_folder)})
    outcome = crawled.outcomes["one"]
    assert outcome["seen"]["error"] == "StorageError"
    assert str(no_folder) in outcome["seen"]["message"]
    assert outcome["archived"] is None
    assert not [key for key in crawled.outcomes["stats"]["stats"] if key.startswith("retry/")]


def test_each_retry_is_an_exchange_of_its_own(server: Server, tmp_path: Path) -> None:
    base = f"http://127.0.0.1:{server.ports['http']}"
    requests = [{"key": "again", "url": f"{base}/500?again"}]
    crawled = crawl(tmp_path / "crawl", requests, settings={**RETRY, "RETRY_TIMES": 2})
    responses = [record for record in crawled.records if record.type == "response"]
    assert len(responses) == 3
    last = crawled.outcomes["again"]["archived"]["record_id"]
    assert last == responses[-1].header("WARC-Record-ID")


def test_nothing_sent_leaves_a_record_of_why(tmp_path: Path) -> None:
    requests = [{"key": "refused", "url": "http://127.0.0.1:1/?refused"}]
    crawled = crawl(tmp_path / "crawl", requests)
    assert crawled.outcomes["refused"]["seen"]["error"] == "DownloadConnectionRefusedError"
    assert crawled.outcomes["refused"]["archived"] is None
    _, failure = (record for path in crawled.files for record in records(path))
    assert failure.type == "metadata"
    assert failure.header("WARC-Target-URI") == "http://127.0.0.1:1/?refused"
    facts = json.loads(bytes(failure.block))
    assert facts["method"] == "GET"
    assert facts["failure"].startswith("DownloadConnectionRefusedError: ")


def test_without_an_archive_the_handler_says_what_is_missing(tmp_path: Path) -> None:
    requests = [{"key": "one", "url": "http://127.0.0.1:1/"}]
    crawled = crawl(tmp_path / "crawl", requests, settings={"EXTENSIONS": {}})
    assert "add the archive to EXTENSIONS" in crawled.outcomes["one"]["seen"]["message"]
