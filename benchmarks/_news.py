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
"""When the first page was fetched: no day of publication can be later."""

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
class NewsPage:
    """A page of HTML; ``key`` is its name in the folder that it came from."""

    key: str
    url: str
    html: bytes


def read_pages(folder: Path) -> list[NewsPage]:
    """Return the pages of *folder*; ``ground-truth.json`` has the URLs of ``html/ID.html.gz``."""
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    return [
        NewsPage(key, found["url"], gzip.decompress((folder / f"html/{key}.html.gz").read_bytes()))
        for key, found in truth.items()
    ]


def make_pages() -> list[NewsPage]:
    """Return generated pages of a single template."""
    return [_make_page(number, random.Random(number)) for number in range(_MADE_UP)]


def write(path: Path, pages: Sequence[NewsPage], copies: int) -> int:
    """Write each of *pages* *copies* times, under as many URLs; return the number of their records.

    Requests stand before responses, bodies are stored decoded, and among the pages are some
    feeds and images.
    """
    count = 0
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="WARC/1.0")
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "StormCrawler"}))
        for count, page in enumerate(_copies(pages, copies), 1):
            _write_exchange(writer, count, page.url, "text/html; charset=utf-8", page.html)
            if count % _OTHER_EVERY == 0:
                _write_exchange(writer, -count, *_other(count))
    return count


def record_id(number: int) -> str:
    """Return the WARC-Record-ID of response *number*, from 1."""
    return f"<urn:uuid:{uuid.UUID(int=number % 2**128, version=4)}>"


def _copies(pages: Sequence[NewsPage], copies: int) -> Iterator[NewsPage]:
    yield from pages
    for copy in range(1, copies):
        for page in pages:
            query = f"{'&' if '?' in page.url else '?'}copy={copy}"
            yield NewsPage(page.key, page.url + query, _change_addresses(page.html, copy))


def _change_addresses(html: bytes, copy: int) -> bytes:
    """Return *html* with another canonical URL: else it would be the same article again."""

    def add_query(url: re.Match[bytes]) -> bytes:
        return url[0] + (b"&" if url[2] else b"?") + b"copy=%d" % copy

    return _ADDRESS.sub(lambda tag: _URL.sub(add_query, tag[0]), html)


def _write_exchange(writer: WARCWriter, number: int, url: str, kind: str, body: bytes) -> None:
    address = urlsplit(url)
    target = address._replace(scheme="", netloc="", fragment="").geturl() or "/"
    fields = {"WARC-Date": f"{BEGAN + timedelta(seconds=abs(number)):%Y-%m-%dT%H:%M:%SZ}"}
    request = StatusAndHeaders(
        f"GET {target} HTTP/1.1", [("Host", address.netloc)], is_http_request=True
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
    """Return URL, type and body of a feed or an image."""
    if number % (2 * _OTHER_EVERY):
        image = random.Random(number).randbytes(20_000)
        return f"https://images.example/{number}.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + image
    items = "".join(f"<item><title>Story {item}</title></item>" for item in range(20))
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'
    return f"https://news.example/{number}/feed/", "application/rss+xml", feed.encode()


def _make_page(number: int, pick: random.Random) -> NewsPage:
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
    return NewsPage(str(number), url, html.encode())
