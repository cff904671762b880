"""The item of all spiders, and the WARC record that it came from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class RecordRef:
    """The reference to a WARC record: its identity, and where it lies.

    ``date`` is the record's WARC-Date. ``file`` (its name below ``archives/warc`` once sealed),
    ``offset`` and ``length`` (of its gzip member, in bytes) are filled in when it is written.
    """

    record_id: str
    uri: str
    date: str
    file: str = ""
    offset: int = -1
    length: int = 0


@dataclass(slots=True, kw_only=True)
class Article:
    """A news article.

    Spiders fill the first block; ``title_html`` and ``content_html`` are markup as published.
    The pipelines fill the second; ``title`` and ``text`` (paragraphs joined by LF) are clean.
    Dates are ISO 8601 without zone: ``date`` and ``modified`` in the publisher's own time.
    ``record`` is what it was read from, ``pages`` are those of the later pages of its story.
    ``warc_date`` is what the WARC-Date of that record says if it tells no moment: the date of
    ``record`` is then that of a record beside it.
    ``post`` is the post of a REST API that it is, by route and id (``posts/12``).
    ``text_incomplete`` is the evidence that the page shows only a part of the text, ``agency`` the
    news agency that the story is of, ``copy_of`` the key of the earliest article with the same
    text or nearly the same words.
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
    text_incomplete: str | None = None
    pages: list[RecordRef] = field(default_factory=list)
    post: str | None = None
    warc_date: str | None = None
    record: RecordRef | None = None

    title: str | None = None
    text: str | None = None
    dateline: str | None = None
    syndicated_from: str | None = None
    agency: str | None = None
    copy_of: str | None = None
    flags: list[str] = field(default_factory=list)
    ordinal: int | None = None
    key: str | None = None
    file: str | None = None
