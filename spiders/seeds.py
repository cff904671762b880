"""Documents that are on disk already: clean texts and raw REST posts, into the same corpus."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import quote, unquote, urljoin

from scrapy import Spider
from scrapy.crawler import Crawler

from crawler.crawling.item_flow import Flow
from crawler.exceptions import BadArgumentError
from crawler.extensions import required
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.replay import ReplayExtension
from crawler.extensions.report import ReportExtension
from crawler.items import Article, RecordRef
from crawler.pages import rest_post
from crawler.settings_reader import SettingsReader
from crawler.sources.arguments import default_source, known_arguments
from crawler.sources.sniffing import document_kind
from crawler.sources.tolerant_json import NotJsonError, decode
from crawler.text.seed import read
from crawler.warc import records

_NAME = re.compile(r"^(?P<ordinal>\d{1,9})_(?P<key>[0-9a-f]{16})$")
_UNDER_WAY = 500  # articles between here and the disk
_DEFAULT_SOURCE = "import"


class SeedsSpider(Spider):
    """Reads ``path``: one document, or a folder and all below it, in the order of their names.

    A clean text keeps its bytes, and the ordinal and key of its file name where they are free;
    a raw REST post goes the way of a crawled one. Each file is archived as a ``resource``
    record, and a replay reads those instead. What is neither is named in the report.
    """

    name = "seeds"

    def __init__(self, **given: str) -> None:
        super().__init__(self.name)
        self.arguments = {
            "path": "",
            "source": _DEFAULT_SOURCE,
            **known_arguments(given, ("path", "source")),
        }
        self.path = Path(self.arguments["path"])
        self.source = self.arguments["source"]
        self.files: list[Path] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: str, **kwargs: str) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        if SettingsReader(crawler.settings).ARCHIVE_MODE != "replay":
            spider.find_files()
        return spider

    def find_files(self) -> None:
        """Note all documents below ``path``. Raises BadArgumentError if there is none."""
        path = self.arguments["path"]
        if not path or not self.path.exists():
            raise BadArgumentError("path", path, "name a document or a folder that exists")
        self.files = list(self._files())
        if not self.files:
            raise BadArgumentError("path", path, "there is no file in it")

    async def start(self) -> AsyncIterator[Article]:
        report = required(self.crawler, ReportExtension)
        archive = self.crawler.get_extension(ArchiveExtension)
        flow = Flow(self.crawler, _UNDER_WAY)
        for path, read_bytes, record in self._documents():
            try:
                data = read_bytes()
                articles = self._articles(path, data)
            except (OSError, ValueError) as error:
                report.problem("seed_unreadable", f"{path}: {error}")
                continue
            if archive and not record:
                record = await _archive(archive, path, data)  # noqa: PLW2901 - now it has one
            for article in articles:
                article.record = record
                await flow.enter()
                yield article
        # Scrapy looks only every five seconds whether the last item from here is done.
        await flow.end()

    def _documents(self) -> Iterator[tuple[Path, Callable[[], bytes], RecordRef | None]]:
        """Each document's name, its bytes, and where it is archived if it is."""
        if replay := self.crawler.get_extension(ReplayExtension):
            for data, ref in replay.documents():
                yield Path(unquote(ref.uri.rpartition("/")[2])), partial(bytes, data), ref
        for path in self.files:
            yield path, path.read_bytes, None

    def _files(self) -> Iterator[Path]:
        if not self.path.is_dir():
            yield self.path
            return
        found = (path.relative_to(self.path) for path in self.path.rglob("*"))
        visible = (path for path in found if not any(part[0] == "." for part in path.parts))
        yield from sorted(path for p in visible if (path := self.path / p).is_file())

    def _articles(self, path: Path, data: bytes) -> list[Article]:
        """Return the articles in a file. Raises ``ValueError`` if it is no seed document."""
        name = _NAME.match(path.stem)
        if not _is_json(data):
            return [self._clean_text(path, data, name)]
        posts = _posts(data)
        articles = [self._post(post) for post in posts]
        if name and len(articles) == 1:
            articles[0].ordinal = int(name["ordinal"])
        return articles

    def _post(self, post: object) -> Article:
        article = rest_post.article(post, source=self.source)
        if self.source == _DEFAULT_SOURCE:
            article.source = default_source(urljoin(article.url, "/"))
        return article

    def _clean_text(self, path: Path, data: bytes, name: re.Match[str] | None) -> Article:
        document = read(data)
        key = name["key"] if name else hashlib.sha256(data).hexdigest()[:16]
        return Article(
            source=self.source,
            guid="",
            date=document.date,
            url=_uri(path),
            ordinal=int(name["ordinal"]) if name else None,
            title=document.title,
            text="\n".join(document.paragraphs),
            key=key,
        )


def _is_json(data: bytes) -> bool:
    return document_kind(data) in ("json", "json_feed")


def _posts(data: bytes) -> list[object]:
    try:
        decoded = decode(data)
    except NotJsonError as error:
        raise ValueError(f"neither a clean text nor a REST post: {error}") from None
    if "cut" in decoded.repairs:
        raise ValueError("the JSON is cut off")
    return decoded.value if isinstance(decoded.value, list) else [decoded.value]


async def _archive(archive: ArchiveExtension, path: Path, data: bytes) -> RecordRef:
    kind = "application/json" if _is_json(data) else "text/plain; charset=utf-8"
    ref = records.new_ref(_uri(path), datetime.now(UTC))
    await archive.keep(lambda: [records.resource(ref, data, kind)], ref)
    return ref


def _uri(path: Path) -> str:
    """Name the file without the machine: only its last part."""
    return f"file:///{quote(path.name)}"
