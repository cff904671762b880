"""One reader over one archive, each used as its own documentation says.

    python -m benchmarks._readers READER ARCHIVE URLS_JSON TEXTS_JSON

ARCHIVE is a path, for fundus the base URL of a server that has it where Common Crawl has it.
The texts of the URLs in URLS_JSON are written to TEXTS_JSON, and how many articles there were.
Imports nothing outside the readers: it also runs in their own environment.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

Take = Callable[[str, str], None]
"""A function that takes the URL and the text of an article."""


def main(reader: str, archive: str, urls: Path, texts: Path) -> None:
    """Read *archive*; count the articles and keep the texts of those in *urls*."""
    wanted = set(json.loads(urls.read_text(encoding="utf-8")))
    found: dict[str, str] = {}
    count = 0

    def take(url: str, text: str) -> None:
        nonlocal count
        count += 1
        if url in wanted:
            found[url] = text

    READERS[reader](archive, take)
    texts.write_text(json.dumps({"articles": count, "texts": found}), encoding="utf-8")


def plain(archive: str, take: Take, *, fast: bool = False) -> None:
    """Read with FastWARC and Trafilatura: body, title and date of each page."""
    trafilatura: Any = importlib.import_module("trafilatura")
    for url, html in _pages(Path(archive)):
        found = trafilatura.bare_extraction(
            html, url=url, with_metadata=True, include_comments=False, fast=fast
        )
        if found and found.text:
            take(url, found.text)


def news_please(archive: str, take: Take) -> None:
    """Read with news-please's reader of CC-NEWS, as if it had downloaded the file."""
    importlib.import_module("newsplease.crawler.commoncrawl_crawler")  # else the next is circular
    module: Any = importlib.import_module("newsplease.crawler.commoncrawl_extractor")

    def take_article(article: Any) -> None:
        if article.maintext:
            take(article.url, article.maintext)

    module.CommonCrawlExtractor().extract_from_commoncrawl(
        Path(archive).name,
        take_article,
        callback_on_warc_completed=lambda *_: None,
        local_download_dir_warc=str(Path(archive).parent),
        delete_warc_after_extraction=False,
        ignore_unicode_errors=True,
    )


def fundus(archive: str, take: Take) -> None:
    """Read with fundus' crawler of CC-NEWS, which skips publishers that it does not know."""
    module: Any = importlib.import_module("fundus")
    crawler = module.CCNewsCrawler(
        *module.PublisherCollection,
        start=datetime(2019, 12, 1),  # noqa: DTZ001 - compared with one that has no zone
        end=datetime(2019, 12, 2),  # noqa: DTZ001
        processes=0,
        retries=0,
        disable_tqdm=True,
        server_address=archive,
    )
    # By default it takes URLs that differ only in their query for the same.
    for article in crawler.crawl(only_unique=False):
        take(article.html.requested_url, str(article.body))


def _pages(path: Path) -> Iterator[tuple[str, bytes]]:
    warc: Any = importlib.import_module("fastwarc.warc")
    with path.open("rb") as file:
        for record in warc.ArchiveIterator(file, record_types=warc.WarcRecordType.response):
            if record.http_content_type == "text/html":
                yield record.headers["WARC-Target-URI"], record.reader.read()


READERS: dict[str, Callable[[str, Take], None]] = {
    "plain": plain,
    "plain-fast": partial(plain, fast=True),
    "news-please": news_please,
    "fundus": fundus,
}


if __name__ == "__main__":
    _reader, _archive, _urls, _texts = sys.argv[1:]
    main(_reader, _archive, Path(_urls), Path(_texts))
