"""The contract of the replaying handler: what was recorded live comes out again as it did.

Every case of the raw server, and failures of all kinds, are recorded; then the servers are gone and
the same requests are replayed with every socket and resolver forbidden.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import socket
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from crawler.warc.exchange import Exchange
from crawler.warc.records import exchange_records
from crawler.warc.runs import new_run
from crawler.warc.writer import WarcWriter
from tests import forking
from tests.forking import ROOT
from tests.handlers.conftest import raw_server, requests_for_all_cases
from tests.handlers.signal_job import ListeningSpider
from tests.servers.cases import CASES
from tests.warc import files

if TYPE_CHECKING:
    from collections.abc import Iterator

Seen = dict[str, Any]
Requests = list[dict[str, Any]]

MIDDLEWARES = "scrapy.downloadermiddlewares"
RETRY = {
    "DOWNLOADER_MIDDLEWARES": {f"{MIDDLEWARES}.retry.RetryMiddleware": 550},
    "CONCURRENT_REQUESTS": 1,
}
REDIRECT = {"DOWNLOADER_MIDDLEWARES": {f"{MIDDLEWARES}.redirect.RedirectMiddleware": 600}}


@dataclass
class Crawled:
    """What each request gave, by key, and the stats of the run."""

    seen: dict[str, Seen]
    archived: dict[str, Any]
    stats: dict[str, int]
    network: str = ""


@dataclass
class Twice:
    """The same requests live and replayed."""

    live: Crawled
    replayed: Crawled


def crawl(
    folder: Path, archives: Path, requests: Requests, *, replay: bool, **settings: Any
) -> Crawled:
    """Record *requests* into *archives*, or replay them from there."""
    folder.mkdir(parents=True)
    job, outcomes, network = (folder / name for name in ("job.json", "outcomes", "network"))
    what = {"requests": requests, "outcomes": str(outcomes), "settings": settings}
    job.write_text(json.dumps({**what, "archives": str(archives), "replay": replay}))
    done = forking.run("tests.handlers.signal_job", [str(job)])
    (folder / "log").write_text(done.stderr)
    assert done.returncode == 0, done.stderr
    found = {one["key"]: one for one in map(json.loads, outcomes.read_text().splitlines())}
    stats = found.pop("stats")["stats"]
    return Crawled(
        {key: one["seen"] for key, one in found.items()},
        {key: one["archived"] for key, one in found.items()},
        stats,
        network.read_text() if network.exists() else "",
    )


def replayed(folder: Path, requests: Requests, **settings: Any) -> Crawled:
    """Make *requests* of the archive in *folder*, offline."""
    crawled = crawl(folder / "replayed", folder / "archives", requests, replay=True, **settings)
    assert crawled.network == ""
    return crawled


def recorded(folder: Path, requests: Requests, **settings: Any) -> Crawled:
    """Make *requests* of the live sites, and archive them in *folder*."""
    return crawl(folder / "live", folder / "archives", requests, replay=False, **settings)


# Every case of the raw server

OWN_MESSAGES = {"stall-body", "stall-head", "too-big-announced", "too-big-found", "endless-head"}
"""What cut these is not in the archive, so that a replay explains them in its own words."""

LOST = {"cut-head", "reset-head"}
"""How exactly the connection ended is not in the archive."""

PROXIED = ("plain", "chunked-gzip", "301", "head", "post", "cut-body", "garbage")
KEYS = [f"{name}.{via}" for name in CASES for via in ("http", "https")]
KEYS += [f"{name}.{via}" for name in PROXIED for via in ("connect", "proxy")]
keys = pytest.mark.parametrize("key", KEYS)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]) -> Twice:
    folder = tmp_path_factory.mktemp("replay")
    with raw_server(folder, certificate) as server:
        requests = [one for one in requests_for_all_cases(server.ports) if one["key"] in KEYS]
        live = recorded(folder, requests)
    return Twice(live, replayed(folder, requests))


def comparable(seen: Seen, key: str) -> Seen:
    """Return *seen* without what no archive can say."""
    name, _, via = key.rpartition(".")
    unknown = {"certificate", "signals"}
    unknown |= {"ip_address"} if via in {"connect", "proxy"} else set()
    unknown |= {"message"} if name in OWN_MESSAGES | LOST else set()
    if name == "stopped-in-body":  # it ends where the first piece from the socket did
        unknown |= {"body"}
    return {what: value for what, value in seen.items() if what not in unknown}


@keys
def test_the_spider_sees_what_it_saw(cases: Twice, key: str) -> None:
    assert comparable(cases.replayed.seen[key], key) == comparable(cases.live.seen[key], key)


@keys
def test_header_fields_stand_in_their_order(cases: Twice, key: str) -> None:
    live, again = (list(run.seen[key].get("headers", {})) for run in (cases.live, cases.replayed))
    assert again == live


@keys
def test_the_same_signals_are_sent(cases: Twice, key: str) -> None:
    live, again = (run.seen[key]["signals"] for run in (cases.live, cases.replayed))
    if key.startswith("stopped-in-body"):
        live, again = (signals["headers_received"] for signals in (live, again))
    if key.startswith("too-big-found"):  # as much as came in the first piece, 100 bytes at least
        assert (live.pop("bytes_received")[0] > 100) == (again.pop("bytes_received")[0] > 100)
    assert again == live


@keys
def test_the_record_is_that_of_the_answer(cases: Twice, key: str) -> None:
    live, again = cases.live.archived[key], cases.replayed.archived[key]
    assert Path(again["file"]).name == live["file"]
    if CASES[key.rpartition(".")[0]].kind is None:  # the one that says why stands behind
        assert again["offset"] == live["offset"] + live["length"]
    else:
        assert {**again, "file": ""} == {**live, "file": ""}


def test_a_cut_of_a_stopped_body_is_what_came(cases: Twice) -> None:
    seen = cases.replayed.seen["stopped-in-body.http"]
    assert seen["flags"] == ["download_stopped"]
    assert seen["body"] == [seen["signals"]["bytes_received"][0], seen["body"][1]]
    assert seen["body"][0] >= 1000


def test_reasons_of_a_replay_name_the_url(cases: Twice) -> None:
    for name in ("stall-body", "stall-head", "too-big-announced"):
        seen = cases.replayed.seen[f"{name}.http"]
        assert f"/{name}?{name}.http" in seen["message"]


def test_no_certificate_is_made_up(cases: Twice) -> None:
    assert cases.live.seen["plain.https"]["certificate"]
    assert not cases.replayed.seen["plain.https"]["certificate"]


def test_a_limit_of_the_replay_counts(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """What was whole may be too long for a spider that has learned to be careful."""
    with raw_server(tmp_path, certificate) as server:
        url = f"http://127.0.0.1:{server.ports['http']}/plain?one"
        recorded(tmp_path, [{"key": "one", "url": url}])
    careful = {"key": "one", "url": url, "meta": {"download_maxsize": 100}}
    seen = replayed(tmp_path, [careful]).seen["one"]
    assert seen["error"] == "DownloadCancelledError"
    assert "larger than download max size (100)" in seen["message"]


# What the raw server cannot do: failures before an answer, answers that change, redirects


class _Changing(BaseHTTPRequestHandler):
    """Answers each path differently each time."""

    protocol_version = "HTTP/1.1"
    requested: ClassVar[Counter[str]] = Counter()
    lock = Lock()

    def do_GET(self) -> None:
        with self.lock:
            self.requested[self.path] += 1
            times = self.requested[self.path]
        if self.path == "/fails-twice" and times <= 2:
            self._answer(503, b"try again")
        elif self.path == "/closes-twice" and times <= 2:
            self.close_connection = True
        elif self.path == "/here":
            self._answer(302, b"", Location="/there")
        elif self.path == "/self" and times == 1:
            self._answer(307, b"", Location="/self")
        else:
            self._answer(200, f"{self.path} {times}".encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, b"you sent " + body)

    def _answer(self, status: int, body: bytes, **fields: str) -> None:
        self.send_response(status)
        for name, value in {**fields, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def changing_site() -> Iterator[str]:
    """Serve `_Changing`, and yield the origin of its URLs."""
    _Changing.requested.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Changing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def twice(folder: Path, paths: dict[str, str], **settings: Any) -> Twice:
    """Ask the `changing_site` for *paths*, live and replayed."""
    with changing_site() as origin:
        requests: Requests = [
            {"key": key, "url": origin + path, "meta": {"handle_httpstatus_all": False}}
            for key, path in paths.items()
        ]
        live = recorded(folder, requests, **settings)
    return Twice(live, replayed(folder, requests, **settings))


@pytest.mark.parametrize("path", ["/fails-twice", "/closes-twice"])
def test_retries_fail_and_succeed_as_they_did(tmp_path: Path, path: str) -> None:
    found = twice(tmp_path, {"one": path}, **RETRY)
    assert found.live.seen["one"]["status"] == 200
    assert found.live.stats["retry/count"] == 2
    assert found.replayed.seen == found.live.seen
    assert found.replayed.stats["retry/count"] == 2


def test_a_url_requested_three_times_gives_its_three_answers(tmp_path: Path) -> None:
    paths = {"one": "/a", "two": "/a", "three": "/a"}
    found = twice(tmp_path, paths, CONCURRENT_REQUESTS=1)
    bodies = [found.live.seen[key]["body"] for key in paths]
    assert len({digest for _, digest in bodies}) == 3
    assert found.replayed.seen == found.live.seen


@pytest.mark.parametrize("path", ["/here", "/self"])
def test_redirects_lead_where_they_led(tmp_path: Path, path: str) -> None:
    found = twice(tmp_path, {"one": path}, **REDIRECT)
    assert found.live.seen["one"]["status"] == 200
    assert found.replayed.seen == found.live.seen


def test_posts_are_kept_apart_by_their_bodies(tmp_path: Path) -> None:
    with changing_site() as origin:
        requests: Requests = [
            {
                "key": body,
                "url": f"{origin}/form",
                "method": "POST",
                "body": encoded,
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            }
            for body, encoded in (("q=one", "cT1vbmU="), ("q=two", "cT10d28="))
        ]
        live = recorded(tmp_path, requests)
    again = replayed(tmp_path, requests[::-1])
    assert again.seen == live.seen
    assert live.seen["q=one"]["body"] != live.seen["q=two"]["body"]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def test_what_could_not_be_sent_fails_as_it_did(tmp_path: Path) -> None:
    requests: Requests = [
        {"key": "refused", "url": f"http://127.0.0.1:{free_port()}/a"},
        {"key": "refused tls", "url": f"https://127.0.0.1:{free_port()}/a"},
        {"key": "refused post", "url": f"http://127.0.0.1:{free_port()}/b", "method": "POST"},
        {"key": "no host", "url": "http://nowhere.invalid/"},
    ]
    live = recorded(tmp_path, requests)
    again = replayed(tmp_path, requests)
    assert live.seen["refused"]["error"] == "DownloadConnectionRefusedError"
    assert live.seen["no host"]["error"] == "CannotResolveHostError"
    assert again.seen == live.seen


def test_tls_that_failed_fails_again(tmp_path: Path) -> None:
    """https is requested of a server of http alone."""
    with changing_site() as origin:
        requests: Requests = [{"key": "one", "url": origin.replace("http:", "https:") + "/a"}]
        live = recorded(tmp_path, requests)
    assert live.seen["one"]["error"] == "DownloadFailedError"
    again = replayed(tmp_path, requests)
    assert again.seen["one"]["error"] == live.seen["one"]["error"]


def test_no_credentials_are_archived_with_a_failure(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    """Scrapy's messages name the URL that was requested."""
    with raw_server(tmp_path, certificate) as server:
        places = {
            "too late": f"127.0.0.1:{server.ports['http']}/stall-at-once",
            "refused": f"127.0.0.1:{free_port()}/",
            "no host": "nowhere.invalid/",
        }
        requests: Requests = [
            {"key": key, "url": f"http://me:5f3e-hidden@{place}", "meta": {"download_timeout": 2}}
            for key, place in places.items()
        ]
        live = recorded(tmp_path, requests)
    assert all("error" in live.seen[key] for key in places)
    (file,) = (tmp_path / "archives" / "warc").iterdir()
    assert b"5f3e-hidden" not in gzip.decompress(file.read_bytes())


def test_what_was_not_retried_is_not_retried(tmp_path: Path) -> None:
    """A URL that no client can use is no matter of another try; nor is a refusal of the guard."""
    requests: Requests = [{"key": "no host", "url": "http://me:pass@nowhere.invalid/"}]
    live = recorded(tmp_path, requests, **RETRY)
    assert live.seen["no host"]["error"] == "ValueError"
    assert "retry/count" not in live.stats
    again = replayed(tmp_path, requests, **RETRY)
    assert "error" in again.seen["no host"]
    assert "retry/count" not in again.stats


def mutated(chance: random.Random) -> bytes:
    """Return an answer of the raw server with some of its bytes changed, cut or doubled."""
    case = CASES[chance.choice([name for name in CASES if name != "big"])]
    message = b"".join(piece for piece in case.answer if isinstance(piece, bytes))[:5000]
    for _ in range(chance.randrange(4)):
        start = chance.randrange(len(message) + 1)
        end = min(len(message), start + chance.randrange(1, 40))
        change = chance.choice([b"", b"\r\n", b"\n\r\n", b"0\r\n\r\n", message[start:end] * 2])
        message = message[:start] + change + message[end:]
    return message


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "theirs"])
def test_no_message_keeps_a_replay_waiting(tmp_path: Path, ours: bool) -> None:
    """Whatever an archive holds, each request has an outcome, and none is a time limit."""
    chance = random.Random(4711)
    fields = new_run(ListeningSpider.name, "", {}) if ours else {}
    writer = WarcWriter(tmp_path / "archives" / "warc", "x", software="x", fields=fields)
    requests: Requests = []
    for number in range(400):
        method, url = chance.choice(["GET", "HEAD", "POST"]), f"http://x.test/{number}"
        one = Exchange(
            uri=url,
            method=method,
            started=datetime.now(UTC),
            request=f"{method} /{number} HTTP/1.1\r\nHost: x.test\r\n\r\n".encode(),
            response=mutated(chance),
            truncated=chance.choice([None, None, "disconnect", "unspecified"]),
        )
        writer.write(exchange_records(one))
        requests.append({"key": url, "url": url, "method": method})
    writer.close()
    again = replayed(tmp_path, requests, DOWNLOAD_TIMEOUT=20)
    assert again.seen.keys() == {one["key"] for one in requests}
    kinds = Counter(seen.get("error", "answered") for seen in again.seen.values())
    assert kinds.keys() <= {"answered", "DownloadFailedError", "ResponseDataLossError"}
    assert kinds["answered"] > 100


@pytest.mark.parametrize(
    "head",
    [
        *("HTTP/2 200", "HTTP/2 200 ", "HTTP/3 200 OK", ":status: 200", "HTTP/1.1  200 OK"),
        *("HTTP/2.0 200\r\ncontent-encoding: gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: br"),
    ],
)
def test_the_client_reads_what_other_tools_stored(tmp_path: Path, head: str) -> None:
    page = b"<!doctype html><p>The ferry sails at noon.</p>"
    block = head.encode() + b"\r\ncontent-type: text/html\r\n\r\n" + page
    url = "http://news.test/ferry"
    warc = tmp_path / "archives" / "warc" / "theirs.warc"
    warc.parent.mkdir(parents=True)
    kind = "application/http; msgtype=response"
    files.write(
        warc, files.record(block, WARC_Type="response", WARC_Target_URI=url, Content_Type=kind)
    )
    http_compression = f"{MIDDLEWARES}.httpcompression.HttpCompressionMiddleware"
    requests: Requests = [{"key": "page", "url": url}]
    again = replayed(tmp_path, requests, DOWNLOADER_MIDDLEWARES={http_compression: 590})
    seen = again.seen["page"]
    digest = [len(page), hashlib.sha256(page).hexdigest()]
    assert (seen.get("error"), seen.get("status"), seen.get("body")) == (None, 200, digest)


def test_what_was_never_requested_is_not_in_the_archive(tmp_path: Path) -> None:
    with changing_site() as origin:
        recorded(tmp_path, [{"key": "one", "url": f"{origin}/a"}])
    again = replayed(tmp_path, [{"key": "other", "url": f"{origin}/b"}], **RETRY)
    assert again.seen["other"]["error"] == "NotInArchive"
    assert f"GET {origin}/b is not in the archive" in again.seen["other"]["message"]
    assert f"{origin}/a" in again.seen["other"]["message"]
    assert again.stats["replay/not_in_archive"] == 1
    assert "retry/count" not in again.stats


def test_the_guard_against_the_network_works(tmp_path: Path) -> None:
    """Else nothing above would prove that a replay opens no socket."""
    code = (
        "import pathlib, socket, sys, tests.handlers.signal_job as r\n"
        "r.forbid_the_network(pathlib.Path(sys.argv[1]))\n"
        "for call in (lambda: socket.create_connection(('127.0.0.1', 1)),\n"
        "             lambda: socket.socket().connect(('127.0.0.1', 1))):\n"
        "    try: call()\n"
        "    except AssertionError: pass\n"
    )
    note = tmp_path / "network"
    subprocess.run([sys.executable, "-c", code, str(note)], cwd=ROOT, check=True, timeout=60)
    assert [line.partition("(")[0] for line in note.read_text().splitlines()] == [
        "getaddrinfo",
        "connect",
    ]
