"""The raw server as a process, and crawls against it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crawler.warc.reader import Record, records
from crawler.warc.records import failure_of
from tests import forking
from tests.forking import LIMIT, ROOT
from tests.servers.cases import CASES

if TYPE_CHECKING:
    from collections.abc import Iterator

VIAS = ("http", "https", "connect", "proxy")
SECRET = "Basic bmV3c3JlZWw6YXBwbGljYXRpb24gcGFzc3dvcmQ="
SECRET_COOKIE = "session=5f3e-cookie-secret"

Logged = dict[str, Any]


@dataclass
class Server:
    """A running raw server: its ports, and its log once it has ended."""

    ports: dict[str, int]
    log: Path

    def exchanges(self) -> list[Logged]:
        """Return what it logged, with bytes decoded."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        blobs = ("received", "sent")
        return [{**line, **{b: base64.b64decode(line[b]) for b in blobs}} for line in lines]


@dataclass
class Crawl:
    """What one crawl saw (by key) and archived."""

    outcomes: dict[str, Any]
    records: list[Record] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    @cached_property
    def _by_key(self) -> dict[str, list[Record]]:
        found = defaultdict(list)
        for record in self.records:
            found[(record.header("WARC-Target-URI") or "").partition("?")[2]].append(record)
        return found

    def about(self, key: str) -> dict[str, Record]:
        """Return the records of the exchange with *key* by type, 1xx heads numbered."""
        found = [record for record in self._by_key[key] if not failure_of(record)]
        interim = [r for r in found if r.type == "metadata"]
        by_type = {r.type: r for r in found if r.type != "metadata"}
        assert len(by_type) + len(interim) == len(found), f"{key} was recorded twice"
        return by_type | {f"interim {n}": record for n, record in enumerate(interim)}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a self-signed certificate for localhost and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    folder = tmp_path_factory.mktemp("tls")
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    pem = serialization.Encoding.PEM
    cert_file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    plain, pkcs8 = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(pem, pkcs8, plain))
    return cert_file, key_file


@contextmanager
def raw_server(folder: Path, certificate: tuple[Path, Path]) -> Iterator[Server]:
    """Yield a raw server that lasts as long as the block; afterwards its log is complete."""
    log = folder / "server.jsonl"
    command = [sys.executable, "-m", "tests.servers.raw", *map(str, (log, *certificate))]
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout
        yield Server(json.loads(process.stdout.readline()), log)
        process.communicate(timeout=LIMIT)
    assert process.returncode == 0


def crawl(
    folder: Path,
    requests: list[dict[str, Any]],
    *,
    capture: bool = True,
    settings: dict[str, Any] | None = None,
) -> Crawl:
    """Run *requests* through our handler, or Scrapy's own, and collect everything."""
    folder.mkdir()
    outcomes, job_file = folder / "outcomes.jsonl", folder / "job.json"
    warc = folder / "warc" if capture else None
    job = {"requests": requests, "outcomes": str(outcomes), "settings": settings or {}}
    job_file.write_text(json.dumps({**job, "warc": str(warc) if warc else None}))
    done = forking.run("tests.handlers.request_job", [str(job_file)])
    (folder / "log").write_text(done.stderr)
    assert done.returncode == 0, done.stderr
    files = sorted(warc.iterdir()) if warc and warc.exists() else []
    return Crawl(
        {o["key"]: o for o in map(json.loads, outcomes.read_text().splitlines())},
        [record for file in files for record in records(file)],
        files,
    )


def requests_for_all_cases(ports: dict[str, int]) -> list[dict[str, Any]]:
    """Return a request for every case over every way, each with secrets."""
    return [_request(name, via, ports) for name in CASES for via in VIAS]


def _request(name: str, via: str, ports: dict[str, int]) -> dict[str, Any]:
    case = CASES[name]
    secure = via in {"https", "connect"}
    base = f"https://127.0.0.1:{ports['https']}" if secure else f"http://127.0.0.1:{ports['http']}"
    proxy = {"connect": ports["connect"], "proxy": ports["http"]}.get(via)
    secrets = {"Authorization": SECRET, "Cookie": SECRET_COOKIE}
    if proxy:
        secrets["Proxy-Authorization"] = SECRET
    patience: dict[str, Any] = {"download_timeout": 100}  # a busy machine shall not cut answers
    if "download_timeout" in case.meta:
        sizes = [len(piece) for piece in case.answer if isinstance(piece, bytes)]
        patience = {"stalls_after": sum(sizes)}
    return {
        "key": f"{name}.{via}",
        "url": f"{base}/{name}?{name}.{via}",
        "method": case.method,
        "body": base64.b64encode(case.body).decode(),
        "headers": {**case.headers, **secrets},
        "meta": {
            **patience,
            **case.meta,
            **({"proxy": f"http://127.0.0.1:{proxy}"} if proxy else {}),
        },
    }


@dataclass
class Contract:
    """The same requests through both handlers, and what the server says about ours."""

    ours: Crawl
    stock: Crawl
    log: dict[str, Logged]
    connects: list[Logged]


@pytest.fixture(scope="session")
def contract(tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]) -> Contract:
    """Return the results of all cases over http, https, CONNECT and a plain proxy."""
    folder = tmp_path_factory.mktemp("contract")
    with raw_server(folder, certificate) as server:
        requests = requests_for_all_cases(server.ports)
        comparable = [r for r in requests if CASES[r["key"].partition(".")[0]].like_stock]
        stock = crawl(folder / "stock", _run_by("stock", comparable), capture=False)
        ours = crawl(folder / "ours", _run_by("ours", requests))
    logged = server.exchanges()
    return Contract(
        ours,
        stock,
        {one["query"]: one for one in logged if b"\r\nX-Run: ours\r\n" in one["received"]},
        [one for one in logged if one["listener"] == "connect"],
    )


def _run_by(name: str, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, "headers": {**one["headers"], "X-Run": name}} for one in requests]
