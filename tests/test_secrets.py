"""An application password used in a crawl is in nothing that the crawl leaves behind."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import Scrapy
from tests.spiders.conftest import Harbour, harbour

__all__ = ["harbour"]

USER, PASSWORD = "nora-quill", "kEpT frOm eVerY ligHt 7q9Z"


def spellings(user: str, password: str) -> list[bytes]:
    """Return every form in which the password could leak."""
    found = []
    for secret in (password, password.replace(" ", ""), password.replace(" ", "%20")):
        found.append(secret.encode())
        for text in (f"{user}:{secret}", f":{secret}", secret):
            # Inside a longer base64 text the middle part is the same at one of three offsets.
            shifted = [f"{lead}{text}".encode() for lead in ("", "x", "xx")]
            found += [base64.b64encode(data)[4:-4] for data in shifted]
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below *folder*, gzip undone."""
    files = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {n: gzip.decompress(b) if n.endswith(".gz") else b for n, b in files.items()}


def assert_kept(outputs: dict[str, bytes], user: str, password: str) -> None:
    assert sum(map(len, outputs.values())) > 10_000
    for name, data in outputs.items():
        for spelling in spellings(user, password):
            assert spelling not in data, f"{spelling!r} is in {name}"


@pytest.mark.parametrize(
    "modes", [{"blocked": True}, {"challenge": 403}, {"subfolder": "/news"}], ids=str
)
def test_kept_by_a_crawl(
    crawl: Scrapy, harbour: Harbour, tmp_path: Path, modes: dict[str, object]
) -> None:
    site = harbour(**modes)
    site.credentials = (USER, PASSWORD)
    env = {"WORDPRESS_USER": USER, "WORDPRESS_APP_PASSWORD": PASSWORD}
    feed, log = tmp_path / "out.jsonl", tmp_path / "crawl.log"
    run = crawl("-O", str(feed), "-L", "DEBUG", "--logfile", str(log), site=site.home, env=env)
    sent = [request.headers.get("authorization", "") for request in site.log]
    assert any(sent), "the crawl never used the password"
    outputs = contents(tmp_path) | {"stdout": run.stdout.encode(), "stderr": run.log.encode()}
    assert_kept(outputs, USER, PASSWORD)


def test_kept_from_another_origin(crawl: Scrapy, harbour: Harbour) -> None:
    other = harbour()
    site = harbour(redirect_api_to=other.home.rstrip("/"))
    env = {"WORDPRESS_USER": USER, "WORDPRESS_APP_PASSWORD": PASSWORD}
    crawl(site=site.home, allow_hosts=urlsplit(other.home).netloc, env=env)
    assert any("authorization" in request.headers for request in site.log)
    assert other.log
    assert not any("authorization" in request.headers for request in other.log)


class _Echo(BaseHTTPRequestHandler):
    """Answers everything with an error that quotes the credentials."""

    def do_GET(self) -> None:
        sent = self.headers.get("Authorization", "")
        error = {"code": f"no {sent}", "message": f"what is {sent}?", "data": {"status": 401}}
        body = json.dumps(error).encode()
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def test_kept_when_a_site_sends_it_back(crawl: Scrapy) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        threading.Thread(target=server.serve_forever).start()
        env = {"WORDPRESS_USER": USER, "WORDPRESS_APP_PASSWORD": PASSWORD}
        run = crawl(site=f"http://127.0.0.1:{server.server_port}/", env=env)
        server.shutdown()
    assert run.exit_code == 4, run.log
    assert "no Basic [redacted]" in run.stdout
    report = json.dumps(run.report).encode()
    outputs = {"stdout": run.stdout.encode(), "stderr": run.log.encode(), "report": report}
    assert_kept(outputs | {"padding": b" " * 10_000}, USER, PASSWORD)
