"""An article as a row: a field for each column of `crawler.export.row_columns`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """A row, or an earlier text of one; what the fields mean is said in `COLUMNS`.

    ``published`` and ``modified`` have no zone; all other moments are in UTC.
    """

    key: str
    source: str
    guid: str
    url: str
    title: str
    text: str
    day: date
    published: datetime | None = None
    published_utc: datetime | None = None
    modified: datetime | None = None
    modified_utc: datetime | None = None
    language: str | None = None
    language_tag: str | None = None
    language_from: str | None = None
    authors: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    agency: str | None = None
    dateline: str | None = None
    syndicated_from: str | None = None
    licence: str | None = None
    copy_group: str | None = None
    copy_of: str | None = None
    is_copy: bool = False
    flags: tuple[str, ...] = ()
    incomplete: str | None = None
    revisions: int = 0
    paragraphs: int
    captured: datetime | None = None
    collected: datetime | None = None
    extracted: datetime | None = None
    gone: datetime | None = None
    aliases: tuple[str, ...] = ()
    post: str | None = None
    ordinal: int
    file: str
    text_sha256: str
    file_sha256: str
    extractor: str | None = None
    warc_file: str | None = None
    warc_offset: int | None = None
    warc_record_id: str | None = None
    origin_file: str | None = None
    origin_offset: int | None = None
    origin_record_id: str | None = None
