"""What there is to be shown of a story: its capture, or a page made of what was captured of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from crawler.archive.article_records import metadata_of, pages
from crawler.text import seed
from crawler.warc.foreign import foreign_record_at, is_foreign
from crawler.warc.reader import record_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from crawler.archive.article_records import ArticleMetadata
    from crawler.archive.folder import Archive
    from crawler.items import RecordRef
    from crawler.state.store import Holding, Store
    from crawler.storage.remote_file import StoredFile
    from crawler.warc.reader import Record

_MOST_POSTS = 1_000


class Body(Protocol):
    """The body of an archived answer, its encodings undone."""

    @property
    def is_html(self) -> bool:
        """Whether it is a page."""

    @property
    def text(self) -> str:
        """Its text; empty if it is none."""


class ReadBody(Protocol):
    """Reads the body of a record."""

    def __call__(self, record: Record, url: str, /) -> Body | None:
        """Return the body of *record*, None for an answer that has none that can be read."""


@dataclass(slots=True, frozen=True)
class Located:
    """A record, and the file that it was read from."""

    path: StoredFile
    record: Record


@dataclass(slots=True, frozen=True, kw_only=True)
class MadePage:
    """What a page is made of where none was captured.

    ``content`` is markup as the site's REST API sent it, or empty: then ``paragraphs`` are those of
    the clean text. ``why`` says why there is no capture of a page.
    """

    title: str
    day: str
    content: str
    paragraphs: tuple[str, ...]
    language: str
    why: str


@dataclass(slots=True, frozen=True, kw_only=True)
class ShownCapture:
    """What is shown of a story: *records*, of which the first is its page, or a page *made*.

    ``url`` and ``date`` (a WARC-Date) are those under which it is found in a WACZ. ``body`` is the
    page as it was captured.
    """

    url: str
    date: str
    title: str
    text: str
    records: tuple[Located, ...] = ()
    body: Body | None = None
    made: MadePage | None = None


class Captures:
    """Finds what there is to be shown of the stories of *archive*, which *store* holds."""

    def __init__(self, archive: Archive, store: Store, read_body: ReadBody) -> None:
        self._archive = archive
        self._store = store
        self._read_body = read_body

    def find(self, holding: Holding) -> ShownCapture:
        """Return what there is of the story of *holding*."""
        text = self._text(holding)
        origin = self._located(holding.origin)
        if holding.origin is None or origin is None:
            why = "The record that the text was read from cannot be found in the archive."
            return self._made(holding, text, why)
        located = [origin, *self._original(origin.record)]
        body = self._read_body(located[-1].record, holding.origin.uri)
        if body and body.is_html:
            return self._captured(holding, holding.origin, text, located, body)
        post = _post(body.text, self._metadata(holding), holding.url) if body else None
        why = "The text was not read from a page: no page of the story is in the archive."
        return self._made(holding, text, why, post, located)

    def _captured(
        self,
        holding: Holding,
        origin: RecordRef,
        text: seed.SeedDocument,
        located: list[Located],
        body: Body,
    ) -> ShownCapture:
        later = (self._located(page) for page in pages(self._metadata(holding)))
        return ShownCapture(
            url=origin.uri,
            date=origin.date,
            title=text.title or origin.uri,
            text="\n".join(text.paragraphs),
            records=(*located, *filter(None, later)),
            body=body,
        )

    def _made(
        self,
        holding: Holding,
        text: seed.SeedDocument,
        why: str,
        post: Mapping[str, Any] | None = None,
        located: list[Located] | None = None,
    ) -> ShownCapture:
        known = holding.origin or holding.conversion
        language = self._metadata(holding).get("language")
        return ShownCapture(
            url=holding.url,
            date=known.date if known else "",
            title=text.title or holding.url,
            text="\n".join(text.paragraphs),
            records=tuple(located or ()),
            made=MadePage(
                title=_rendered(post, "title") if post else text.title,
                day=text.date,
                content=_rendered(post, "content") if post else "",
                paragraphs=text.paragraphs,
                language=language if isinstance(language, str) else "",
                why=why,
            ),
        )

    def _text(self, holding: Holding) -> seed.SeedDocument:
        located = self._located(holding.conversion)
        try:
            return seed.read(bytes(located.record.block)) if located else _nothing(holding)
        except seed.SeedFormatError:
            return _nothing(holding)

    def _metadata(self, holding: Holding) -> ArticleMetadata:
        if holding.conversion is None:
            return {}
        try:
            return metadata_of(self._archive.warc(holding.conversion.file), holding.conversion)
        except OSError:
            return {}

    def _located(self, ref: RecordRef | None) -> Located | None:
        if ref is None:
            return None
        path = self._archive.warc(ref.file)
        read = foreign_record_at if is_foreign(ref) else record_at
        try:
            return Located(path, read(path, ref))
        except (OSError, LookupError):
            return None

    def _original(self, record: Record) -> Iterator[Located]:
        """Yield the record that *record* refers to, if it is a revisit."""
        digest = record.header("WARC-Payload-Digest")
        if record.type == "revisit" and digest:
            located = self._located(self._store.original(digest))
            if located:
                yield located


def _nothing(holding: Holding) -> seed.SeedDocument:
    return seed.SeedDocument(holding.date[:10], "", ())


def _post(text: str, metadata: ArticleMetadata, url: str) -> Mapping[str, Any] | None:
    """Return the post that an article is from the answer *text* of a REST API."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    number = str(metadata.get("post") or "").rpartition("/")[2]
    for post in (answer if isinstance(answer, list) else [answer])[:_MOST_POSTS]:
        if isinstance(post, dict) and _is_meant(post, number, url) and _rendered(post, "content"):
            return post
    return None


def _is_meant(post: Mapping[str, Any], number: str, url: str) -> bool:
    return str(post.get("id")) == number if number else post.get("link") == url


def _rendered(post: Mapping[str, Any], name: str) -> str:
    value = post.get(name)
    rendered = value.get("rendered") if isinstance(value, dict) else value
    return rendered if isinstance(rendered, str) else ""
