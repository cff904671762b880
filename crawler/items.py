"""What travels through the pipelines: an article, and where its evidence lies."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True, frozen=True)
class RecordRef:
    """One written WARC record.

    ``file`` is the name below ``archives/warc`` once the file is sealed, ``offset`` and
    ``length`` are the bytes of its gzip member, ``date`` is the record's WARC-Date.
    """

    record_id: str
    uri: str
    date: str
    file: str
    offset: int
    length: int


@dataclass(slots=True, kw_only=True)
class Article:
    """A news article.

    Spiders fill the first block; ``title_html`` and ``content_html`` are markup as published.
    The pipelines fill the second; ``title`` and ``text`` (paragraphs joined by LF) are clean.
    Dates are ISO 8601 without zone: ``date`` and ``modified`` in the publisher's own time.
    """

    source: str
    guid: str
    date: str
    url: str
    title_html: str = ""
    content_html: str = ""
    date_gmt: str | None = None
    modified: str | None = None
    modified_gmt: str | None = None
    authors: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    language: str | None = None
    protected: bool = False
    record: RecordRef | None = None

    title: str | None = None
    text: str | None = None
    dateline: str | None = None
    syndicated_from: str | None = None
    flags: list[str] = field(default_factory=list)
    ordinal: int | None = None
    key: str | None = None
    file: str | None = None
