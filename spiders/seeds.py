"""Documents that are on disk already: clean texts and raw REST posts, into the same corpus."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urljoin

from scrapy import Spider

from crawler.exceptions import BadArgumentError
from crawler.extensions import required
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.report import ReportExtension
from crawler.items import Article, RecordRef
from crawler.pages import rest_post
from crawler.sources.wordpress.arguments import default_source
from crawler.sources.wordpress.decode import NotJsonError, decode
from crawler.text.seed import read
from crawler.warc import records

_NAME = re.compile(r"^(?P<ordinal>\d+)_(?P<key>[0-9a-f]{16})$")
_SUFFIXES = {".txt", ".json"}


class SeedsSpider(Spider):
    """Reads ``path``: one document or a folder of them, in the order of their names.

    A clean text keeps its bytes, and the ordinal and key of its file name where they are free;
    a raw REST post goes the way of a crawled one. Each file is archived as a ``resource``
    record. What is neither is named in the report.
    """

    name = "seeds"

    def __init__(self, path: str = "", source: str = "import", **_: str) -> None:
        super().__init__(self.name)
        self.path = Path(path)
        self.source = source
        if not path or not self.path.exists():
            raise BadArgumentError("path", path, "name a document or a folder that exists")

    async def start(self) -> AsyncIterator[Article]:
        report = required(self.crawler, ReportExtension)
        archive = self.crawler.get_extension(ArchiveExtension)
        for path in self._files():
            try:
                data = path.read_bytes()
                article = self._article(path, data)
            except (OSError, ValueError) as error:
                report.problem("seed_unreadable", f"{path}: {error}")
                continue
            if archive:
                article.record = await _archive(archive, path, data)
            yield article

    def _files(self) -> Iterator[Path]:
        if not self.path.is_dir():
            yield self.path
            return
        yield from sorted(path for path in self.path.iterdir() if path.suffix in _SUFFIXES)

    def _article(self, path: Path, data: bytes) -> Article:
        name = _NAME.match(path.stem)
        ordinal = int(name["ordinal"]) if name else None
        if data.lstrip()[:1] == b"{":
            article = self._post(data)
        else:
            key = name["key"] if name else hashlib.sha256(data).hexdigest()[:16]
            article = self._clean_text(data, key)
        article.url = article.url or _uri(path)
        article.ordinal = ordinal
        return article

    def _post(self, data: bytes) -> Article:
        try:
            post = decode(data).value
        except NotJsonError as error:
            raise ValueError(f"neither a clean text nor a REST post: {error}") from None
        article = rest_post.article(post, source=self.source)
        if self.source == "import":
            article.source = default_source(urljoin(article.url, "/"))
        return article

    def _clean_text(self, data: bytes, key: str) -> Article:
        document = read(data)
        return Article(
            source=self.source,
            guid="",
            date=document.date,
            url="",
            title=document.title,
            text="\n".join(document.paragraphs),
            key=key,
        )


async def _archive(archive: ArchiveExtension, path: Path, data: bytes) -> RecordRef:
    kind = "application/json" if data.lstrip()[:1] == b"{" else "text/plain; charset=utf-8"
    moment = datetime.now(UTC)
    (ref,) = await archive.write(lambda: [records.resource(_uri(path), data, kind, moment)])
    return ref


def _uri(path: Path) -> str:
    """Name the file without the machine: only its last part."""
    return f"file:///{quote(path.name)}"
