"""An archive like those of CC-NEWS (https://commoncrawl.org/news-crawl), made of given pages."""

from __future__ import annotations

import gzip
import json
import random
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.text_cleaning import block_post, sentence

BEGAN = datetime(2019, 12, 1, tzinfo=UTC)
"""When the first page was fetched: what was published later is wrong."""

NAME = f"CC-NEWS-{BEGAN:%Y%m%d%H%M%S}-00000.warc.gz"

_MADE_UP = 181
_OTHER_EVERY = 20
_ADDRESS = re.compile(
    rb"""<link[^>]*\brel=["']?(?:canonical|shortlink)\b[^>]*>|<meta[^>]*\bog:url\b[^>]*>""",
    re.IGNORECASE,
)
_URL = re.compile(rb"""\b(?:href|content)=["'](https?:)?//[^"'?#]+(\?[^"'#]*)?""", re.IGNORECASE)
_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | News</title>
<link rel="canonical" href="{url}"><meta property="og:type" content="article">
<script type="application/ld+json">{{"@context": "https://schema.org", "@type": "NewsArticle",
"headline": {headline}, "datePublished": "2019-11-{day:02d}T08:30:00Z"}}</script></head><body>
<nav><ul>{links}</ul></nav><main><article><h1>{title}</h1>{story}</article></main>
<aside><h2>Most read</h2><ul>{links}</ul></aside><footer><p>© News</p></footer></body></html>"""


@dataclass(frozen=True)
class Page:
    """A page of HTML; ``key`` is its name in the folder that it came from."""

    key: str
    url: str
    html: bytes


def held(folder: Path) -> list[Page]:
    """The pages of *folder*: ``ground-truth.json`` tells the URLs of ``html/ID.html.gz``."""
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    return [
        Page(key, found["url"], gzip.decompress((folder / f"html/{key}.html.gz").read_bytes()))
        for key, found in truth.items()
    ]


def made_up() -> list[Page]:
    """Pages of a single template."""
    return [_made_up(number, random.Random(number)) for number in range(_MADE_UP)]


def write(path: Path, pages: Sequence[Page], copies: int) -> int:
    """Write each of *pages*, *copies* times under URLs of their own; how many records of pages.

    Requests stand before responses, bodies are stored decoded, and among the pages are some
    feeds and images.
    """
    count = 0
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="WARC/1.0")
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "StormCrawler"}))
        for count, page in enumerate(_copied(pages, copies), 1):
            _write_exchange(writer, count, page.url, "text/html; charset=utf-8", page.html)
            if count % _OTHER_EVERY == 0:
                _write_exchange(writer, -count, *_other(count))
    return count


def record_id(number: int) -> str:
    """The WARC-Record-ID of response *number*, from 1."""
    return f"<urn:uuid:{uuid.UUID(int=number % 2**128, version=4)}>"


def _copied(pages: Sequence[Page], copies: int) -> Iterator[Page]:
    yield from pages
    for copy in range(1, copies):
        for page in pages:
            mark = f"{'&' if '?' in page.url else '?'}copy={copy}"
            yield Page(page.key, page.url + mark, _readdressed(page.html, copy))


def _readdressed(html: bytes, copy: int) -> bytes:
    """*html* with other addresses of its own: else it would be the same article again."""

    def marked(url: re.Match[bytes]) -> bytes:
        return url[0] + (b"&" if url[2] else b"?") + b"copy=%d" % copy

    return _ADDRESS.sub(lambda tag: _URL.sub(marked, tag[0]), html)


def _write_exchange(writer: WARCWriter, number: int, url: str, kind: str, body: bytes) -> None:
    address = urlsplit(url)
    asked = address._replace(scheme="", netloc="", fragment="").geturl() or "/"
    fields = {"WARC-Date": f"{BEGAN + timedelta(seconds=abs(number)):%Y-%m-%dT%H:%M:%SZ}"}
    request = StatusAndHeaders(
        f"GET {asked} HTTP/1.1", [("Host", address.netloc)], is_http_request=True
    )
    writer.write_record(
        writer.create_warc_record(
            url, "request", http_headers=request, warc_headers_dict={**fields}
        )
    )
    head = [
        ("Content-Type", kind),
        ("X-Crawler-Content-Encoding", "gzip"),
        ("Content-Length", str(len(body))),
    ]
    writer.write_record(
        writer.create_warc_record(
            url,
            "response",
            payload=BytesIO(body),
            http_headers=StatusAndHeaders("200 OK", head, protocol="HTTP/1.1"),
            warc_headers_dict={**fields, "WARC-Record-ID": record_id(number)},
        )
    )


def _other(number: int) -> tuple[str, str, bytes]:
    """URL, type and body of what is no page."""
    if number % (2 * _OTHER_EVERY):
        image = random.Random(number).randbytes(20_000)
        return f"https://images.example/{number}.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + image
    items = "".join(f"<item><title>Story {item}</title></item>" for item in range(20))
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'
    return f"https://news.example/{number}/feed/", "application/rss+xml", feed.encode()


def _made_up(number: int, pick: random.Random) -> Page:
    url = f"https://news.example/2019/11/story-{number}/"
    title = sentence(pick).rstrip(".")
    links = "".join(
        f'<li><a href="/2019/11/other-{link}/">{sentence(pick)}</a></li>' for link in range(60)
    )
    html = _PAGE.format(
        title=escape(title),
        headline=json.dumps(title),
        url=url,
        day=1 + number % 28,
        links=links,
        story=block_post(pick, pick.randint(8, 80)),
    )
    return Page(str(number), url, html.encode())
