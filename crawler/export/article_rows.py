"""The rows of an article: of the text that it has, and of those that it had."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from crawler.archive.json_records import is_text
from crawler.archive.life_records import facts
from crawler.export.article_row import ArticleRow
from crawler.export.home_pages import places_above
from crawler.sources.wordpress.languages import SiteLanguages, primary, tag
from crawler.text import seed
from crawler.text.language import language_on_site

if TYPE_CHECKING:
    from crawler.export.fold import FoldedArticle, FoldedText
    from crawler.state.store import Holding, LifeEvent

_MOST_NAMES = 1_000  # authors, tags and the like of one article
_UNKNOWN_EVIDENCE = "unknown"


@dataclass(frozen=True, slots=True)
class RowContext:
    """What is known beside the records of an article.

    ``homes`` are the languages of sites by the `crawler.export.home_pages.place` of a home page,
    ``licences`` are by source.
    """

    homes: Mapping[str, SiteLanguages] = field(default_factory=dict)
    licences: Mapping[str, str] = field(default_factory=dict)


NOTHING_ELSE = RowContext()


def article_row(article: FoldedArticle, context: RowContext = NOTHING_ELSE) -> ArticleRow:
    """Return the row of *article*. Raises SeedFormatError if its text is no text file."""
    return text_row(article.now, article, len(article.earlier), context)


def history_rows(article: FoldedArticle, context: RowContext = NOTHING_ELSE) -> list[ArticleRow]:
    """Return a row for each earlier text of *article*; ``revisions`` counts those before it.

    Raises SeedFormatError if one is no text file.
    """
    return [text_row(text, article, n, context) for n, text in enumerate(article.earlier)]


def text_row(
    text: FoldedText, article: FoldedArticle, revisions: int, context: RowContext
) -> ArticleRow:
    """Return the row of one *text* of *article*, before which it had as many *revisions*.

    Raises SeedFormatError if it is no text file.
    """
    held, found = text.held, text.event.content
    document = seed.read(text.event.text)
    body = "\n".join(document.paragraphs)
    later = _later_facts(article) if held is article.now.held else {}
    known = {**found, **later}
    return ArticleRow(
        key=held.key,
        source=held.source,
        guid=held.guid,
        url=held.url,
        title=document.title,
        text=body,
        day=date.fromisoformat(document.date),
        **_dates(held, found),
        **_language(held.url, body, found, context.homes),
        authors=_texts(known.get("authors")),
        sections=_texts(known.get("categories")),
        tags=_texts(known.get("tags")),
        agency=_text(found.get("agency")),
        dateline=_text(found.get("dateline")),
        syndicated_from=_text(found.get("syndicated_from")),
        licence=context.licences.get(held.source) or None,
        copy_of=_text(found.get("copy_of")),
        flags=_texts(found.get("flags")),
        incomplete=_incomplete(held, found),
        revisions=revisions,
        paragraphs=len(document.paragraphs),
        collected=moment(article.now.held.collected),
        gone=_gone(article.life),
        aliases=tuple(sorted({event.alias for event in article.life if event.alias})),
        post=_text(found.get("post")),
        ordinal=held.ordinal,
        file=held.file,
        text_sha256=held.text_digest.hex(),
        file_sha256=hashlib.sha256(text.event.text).hexdigest(),
        extractor=_text(found.get("extractor")),
        **_places(held),
    )


def _places(held: Holding) -> dict[str, Any]:
    places: dict[str, Any] = {}
    if ref := held.conversion:
        places |= {"warc_file": ref.file, "warc_offset": ref.offset}
        places |= {"warc_record_id": ref.record_id, "extracted": moment(ref.date)}
    if origin := held.origin:
        has_place = bool(origin.file) and origin.offset >= 0
        places |= {"captured": moment(origin.date), "origin_record_id": origin.record_id or None}
        places |= {"origin_file": origin.file, "origin_offset": origin.offset} if has_place else {}
    return places


def _dates(held: Holding, found: Mapping[str, Any]) -> dict[str, Any]:
    # What UTC says of the last change is said of the one that came with the text.
    is_as_found = held.modified == (found.get("modified") or "")
    modified_gmt = found.get("modified_gmt") if is_as_found else None
    return {
        "published": _own_time(held.date),
        "published_utc": moment(held.date_gmt) or _zoned(held.date),
        "modified": _own_time(held.modified),
        "modified_utc": moment(modified_gmt) or _zoned(held.modified),
    }


def _parsed(value: object) -> datetime | None:
    """Return the moment that *value* is; None for a day alone, and for what is none."""
    text = str(value).strip() if is_text(value) else ""
    if text[10:11] not in {"T", "t", " "}:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _own_time(value: str) -> datetime | None:
    found = _parsed(value)
    return found.replace(tzinfo=None) if found else None


def _zoned(value: str) -> datetime | None:
    found = _parsed(value)
    return _in_utc(found) if found and found.tzinfo else None


def moment(value: object) -> datetime | None:
    """Return the moment that *value* is, of UTC if it names no zone; None if it is none."""
    found = _parsed(value)
    return _in_utc(found if found.tzinfo else found.replace(tzinfo=UTC)) if found else None


def _in_utc(found: datetime) -> datetime | None:
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return None


def _language(
    url: str, body: str, found: Mapping[str, Any], homes: Mapping[str, SiteLanguages]
) -> dict[str, Any]:
    name, told = tag(found.get("language")), "article"
    if not name:
        name, told = _language_of_site(url, body, homes)
    if not name:
        return {}
    return {"language": primary(name), "language_tag": name, "language_from": told}


def _language_of_site(url: str, body: str, homes: Mapping[str, SiteLanguages]) -> tuple[str, str]:
    """Return the language of a story that says none, as a crawl finds it now, and whence."""
    known = (homes[place] for place in places_above(url) if place in homes)
    site = next(known, SiteLanguages())
    if at := site.at(url):
        return at, "home page"
    found = language_on_site(body, site.home)
    return found, "home page" if found == site.home else "text"


def _later_facts(article: FoldedArticle) -> Mapping[str, Any]:
    """Return the facts that were updated after the text of *article* came."""
    ref = article.now.held.conversion
    later = [e for e in article.life if e.kind == "updated" and (not ref or e.at > ref.date)]
    return facts(later[-1]) if later else {}


def _gone(life: Sequence[LifeEvent]) -> datetime | None:
    last = [event for event in life if event.kind in {"missing", "gone", "back"}][-1:]
    return moment(last[0].at) if last and last[0].kind == "gone" else None


def _incomplete(held: Holding, found: Mapping[str, Any]) -> str | None:
    evidence = _text(found.get("text_incomplete"))
    return (evidence or _UNKNOWN_EVIDENCE) if held.incomplete else None


def _text(value: object) -> str | None:
    return str(value) if value and is_text(value) else None


def _texts(value: object) -> tuple[str, ...]:
    values = value[:_MOST_NAMES] if isinstance(value, list) else ()
    return tuple(str(one) for one in values if one and is_text(one))
