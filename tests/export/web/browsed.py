"""An archive to browse, and ``scrapy browse`` on it in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from demo.modes import Modes
from demo.server import serve
from demo.site import harbour_site
from tests.running import LIMIT, ROOT, scrapy
from tests.servers.small_site import SmallSite, page, serving

HEADLINE = 'Pilot says <script>alert("1")</script> & means it'
HOSTILE = (
    "It is <b>not</b> bold, \"><img src=x onerror=alert(1)>, the pilot wrote in the harbour's log."
)
_PARAGRAPHS = (
    HOSTILE,
    "Nobody on the quay had read the log before, and most of those who did were none the wiser.",
    "The harbour office said on Friday that it would keep the log open, behind glass, for a year.",
)
# What a script of a capture may try, with the windows around it, which ReplayWeb.page hides.
_SCRIPT = """
window.attempts = async (corpus, elsewhere, program, viewer) => {
  const found = {};
  const attempt = async (name, how) => {
    try { found[name] = String(await how()); } catch (error) { found[name] = "refused"; }
  };
  const loaded = (one, address) => new Promise((resolve, reject) => {
    one.onload = one.onopen = () => resolve(one);
    one.onerror = reject;
    setTimeout(reject, 3000);
    if (address) one.src = address;
  });
  await attempt("own", async () => (await fetch(location.href)).status);
  for (const [name, one] of [["program", program], ["viewer", viewer]]) {
    await attempt(`fetch by ${name}`, async () => (await (await one.fetch(corpus)).text()));
    await attempt(`frame in ${name}`, async () => {
      const frame = one.document.createElement("iframe");
      one.document.body.append(frame);
      return (await loaded(frame, corpus)).contentDocument.body.innerText;
    });
    await attempt(`sent by ${name}`, () => one.fetch(elsewhere, { mode: "no-cors" }));
    one.navigator.sendBeacon(elsewhere, "told");
    await attempt(`picture in ${name}`, () => loaded(new one.Image(), elsewhere));
    const socket = elsewhere.replace("http", "ws");
    await attempt(`socket of ${name}`, () => loaded(new one.WebSocket(socket)));
  }
  await attempt("window", () => viewer.open(elsewhere).closed);
  await attempt("page", () => viewer.parent.document.body.innerText);
  return found;
};
"""


@dataclass
class QuaySite(SmallSite):
    """A site with one story, whose page has what is hostile to who shows it."""

    def _answer(self, path: str) -> bytes:
        if path not in {"/story", "/story?again"}:
            return page(b"not here", "404 Not Found")
        text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in _PARAGRAPHS)
        html = (
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(HEADLINE)}</title>"
            f'<meta property="og:title" content="{escape(HEADLINE)}">'
            '<meta property="og:type" content="article">'
            '<meta property="article:published_time" content="2026-03-06T10:00:00Z">'
            f"<script>{_SCRIPT}</script></head><body><main><article>"
            f"<h1>{escape(HEADLINE)}</h1>{text}</article></main></body></html>"
        )
        return page(html.encode(), kind="text/html; charset=utf-8")


def make_archive(folder: Path) -> Path:
    """Return an archive of two sources in *folder*: posts of a REST API, and a story's page."""
    archives = folder / "archives"
    with serve(harbour_site(Modes())) as site:
        run = scrapy(
            archives, "crawl", "wordpress", "-a", f"site={site.home}", "-a", "source=harbour"
        )
        assert run.exit_code == 0, run.log
    with serving(QuaySite()) as quay:
        (urls := folder / "urls.txt").write_text(f"{quay.home}/story\n", encoding="utf-8")
        run = scrapy(archives, "crawl", "wire", "-a", f"urls={urls}", "-a", "source=quay")
        assert run.exit_code == 0, run.log
    return archives


@dataclass(frozen=True)
class Answer:
    """What was answered: its headers by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass(frozen=True)
class Browse:
    """A running ``scrapy browse``: the ports of its pages and of the captures."""

    port: int
    captures: int
    said: list[str] = field(default_factory=list)

    @property
    def home(self) -> str:
        """The address of the pages, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def get(
        self,
        path: str,
        *,
        port: int = 0,
        host: str = "",
        method: str = "GET",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Request *path*, by default as it is linked; *host* is what the Host header says."""
        parts = urlsplit(path) if path.startswith("http") else urlsplit(f"http://127.0.0.1{path}")
        port = parts.port or port or self.port
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        fields = {"Host": host or f"127.0.0.1:{port}", **(headers or {})}
        connection.request(method, target, headers=fields)
        answer: HTTPResponse = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        body = answer.read()
        connection.close()
        return Answer(answer.status, found, body)

    def article(self, query: str) -> str:
        """Return the path of the first article that *query* finds."""
        found = re.search(r'href="(/article/[^"]+)"', self.get(f"/?{query}").text)
        assert found
        return found[1].replace("&amp;", "&")


@contextmanager
def browsing(archives: Path, *options: str) -> Iterator[Browse]:
    """Run ``scrapy browse`` on *archives* at any ports."""
    command = ["-m", "scrapy", "browse", "--port", "0", "-s", f"ARCHIVES_DIR={archives}", *options]
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    said: list[str] = []
    assert process.stdout
    assert process.stderr
    reader = threading.Thread(target=lambda: said.extend(process.stderr or ()))
    reader.start()
    try:
        line = process.stdout.readline()
        ports = re.findall(r"http://127\.0\.0\.1:(\d+)/", line)
        assert len(ports) == 2, (line, said)
        yield Browse(int(ports[0]), int(ports[1]), said)
    finally:
        process.terminate()
        process.wait(LIMIT)
        reader.join()
        process.stdout.close()
        process.stderr.close()
