"""WARC files as crawls leave them: pages of a few dozen kilobytes, and articles read from those."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

from benchmarks.corpus_export import FIRST, made_article, made_texts
from crawler.archive.article_records import article_records
from crawler.warc.exchange import Exchange
from crawler.warc.records import exchange_records
from crawler.warc.writer import WarcWriter

FURNITURE = 24_000  # bytes of a page beside its story: menus, scripts, styles
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
REQUEST = b"GET /?p=%d HTTP/1.1\r\nHost: news.example\r\n\r\n"


def make_files(folder: Path, files: int, articles: int) -> list[Path]:
    """Make as many *files* in *folder*, with so many *articles* in each; return their paths."""
    pick = random.Random(files)
    texts = made_texts(pick)
    furniture = pick.randbytes(FURNITURE // 2).hex().encode()
    for file in range(files):
        writer = WarcWriter(folder, f"bench-{file:03}", software="newsreel")
        for number in range(file * articles, (file + 1) * articles):
            held, text, fields = made_article(number, next(texts), pick)
            page = b"<html><p>%b</p>%b</html>" % (
                "</p><p>".join(text.paragraphs).encode(),
                furniture[(shift := pick.randrange(len(furniture))) :] + furniture[:shift],
            )
            exchange = Exchange(
                uri=held.url,
                method="GET",
                started=FIRST + timedelta(minutes=53 * number),
                request=REQUEST % number,
                response=HEAD % len(page) + page,
            )
            writer.write(exchange_records(exchange))
            writer.write(article_records(fields, text.document, held, "new"))
        writer.close()
    return sorted(folder.iterdir())
