"""The two records of an article in the WARC: its text, and the metadata that belongs to it.

The metadata record is JSON, written and read here alone. Anybody's WARC may be put into the
archive, so only values of the form that we write are used, above all for the name of a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any, TypedDict, cast

from crawler.archive.json_records import (
    is_deep,
    is_name,
    is_ordinal,
    is_text,
    is_text_file,
    json_content,
)
from crawler.items import RecordRef
from crawler.state.identity import normalise_guid, to_utc
from crawler.state.store import Holding
from crawler.text.article import EXTRACTOR
from crawler.warc import records
from crawler.warc.reader import Fault, read_records

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecord

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.reader import Record

_TEXT_VERDICTS = ("new", "revised", "earlier", "collision")
_IDENTITY = ("key", "source", "guid", "date", "modified", "url")
_REF = {f.name: int if f.name in {"offset", "length"} else str for f in fields(RecordRef)}
_KEY = re.compile(r"[0-9a-f]{16}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_POST = re.compile(r"[\w./-]{1,200}/[0-9]{1,18}", re.ASCII)
_MAX_BYTES = 1 << 20
_MAX_LETTERS = 10**9
_LONGEST = {"date": 64}  # letters
_SEARCHED = 3  # records from the conversion on: its metadata is the next one


class ArticleMetadata(TypedDict, total=False):
    """What a metadata record says of an article; it holds all other fields of the article too.

    ``verdict`` is what the article was to those held: ``new``, ``revised``, ``earlier`` (older than
    the text held) or ``collision`` (there is a text; see `has_text`), ``touched`` (modified, with
    the same text) or ``identified`` (its identity was found; ``held`` names the key and source that
    it had). ``incomplete`` is that of a
    `Holding`, ``text_incomplete`` its evidence. ``origin`` has the fields of a `RecordRef`, as has
    each of ``pages``: the later pages of the story that were read too. ``post`` is the post of a
    REST API that the article is, as ``posts/12``.
    """

    verdict: str
    key: str
    source: str
    guid: str
    date: str
    modified: str | None
    url: str
    date_gmt: object
    ordinal: int
    file: str
    text_digest: str
    extractor: object
    incomplete: int
    text_incomplete: object
    origin: dict[str, Any] | None
    pages: list[dict[str, Any]]
    held: dict[str, str]
    post: str | None
    language: object


class BadMetadataError(ValueError):
    """A field of a metadata record of ours has an invalid value; names the field."""


def article_records(
    article: Mapping[str, Any], text: bytes, holding: Holding, verdict: str
) -> tuple[ArcWarcRecord, ArcWarcRecord]:
    """Return the ``conversion`` record that *holding* names, with *text*, and its metadata record.

    *article* has the fields of the article; a rebuild has nothing but these two records.
    """
    ref, origin = holding.conversion, holding.origin
    assert ref is not None
    metadata = dict(article) | {
        "verdict": verdict,
        "text_digest": f"sha256:{holding.text_digest.hex()}",
        "extractor": EXTRACTOR,
        "origin": asdict(origin) if origin else None,
        "pages": [_as_fields(page) for page in article.get("pages") or ()],
    }
    if holding.incomplete:
        metadata["incomplete"] = holding.incomplete
    record = records.metadata(
        replace(ref, record_id=records.new_id()),
        json.dumps(metadata, ensure_ascii=False, default=str).encode(),
        refers_to=origin,
        concurrent_to=ref.record_id,
    )
    return records.conversion(ref, text, refers_to=origin), record


def identity_records(verdict: str, held: Holding, now: Holding) -> list[ArcWarcRecord]:
    """Return the metadata record of a change without a new text: *held* becomes *now*."""
    metadata = {
        "verdict": verdict,
        "held": {"key": held.key, "source": held.source},
        **{name: getattr(now, name) for name in _IDENTITY},
        "conversion": asdict(held.conversion) if held.conversion else None,
    }
    ref = records.new_ref(now.url, datetime.now(UTC))
    block = json.dumps(metadata, ensure_ascii=False).encode()
    return [records.metadata(ref, block, refers_to=held.conversion)]


def read_metadata(record: Record) -> ArticleMetadata | None:
    """Return the content of the metadata record *record*; None if it is of no article of ours.

    Raises BadMetadataError.
    """
    found = json_content(record, _MAX_BYTES)
    if found is None or "verdict" not in found:
        return None
    if is_deep(found):
        raise BadMetadataError("an article's metadata cannot be nested that deep")
    if bad := next(_bad_fields(found), None):
        raise BadMetadataError(f"an article's {bad} cannot be {found.get(bad)!r:.80}")
    return cast("ArticleMetadata", found)


def metadata_of(path: StoredFile, conversion: RecordRef, *, strict: bool = True) -> ArticleMetadata:
    """Return the metadata of the text in the record *conversion* of the WARC file at *path*.

    It is empty if there is none that can be read and is valid. The file is read as
    `crawler.warc.reader.read_records` does: in lenient mode many records may have one place.
    """
    items = read_records(path, start=conversion.offset, strict=strict)
    if not strict:
        items = dropwhile(
            lambda item: isinstance(item, Fault) or item.id != conversion.record_id, items
        )
    for item in islice(items, _SEARCHED):
        if isinstance(item, Fault) or item.header("WARC-Concurrent-To") != conversion.record_id:
            continue
        try:
            return read_metadata(item) or {}
        except BadMetadataError:
            break
    return {}


def has_text(metadata: ArticleMetadata) -> bool:
    """Return whether *metadata* came with a text, and so with an ordinal."""
    return metadata["verdict"] in _TEXT_VERDICTS


def identity(metadata: ArticleMetadata) -> dict[str, Any]:
    """Return the fields of a `Holding` that identify an article."""
    return {name: metadata.get(name) or "" for name in _IDENTITY}


def holding(metadata: ArticleMetadata, conversion: RecordRef) -> Holding:
    """Return the article whose text is the record *conversion*, as the ledger held it."""
    origin = metadata.get("origin")
    return Holding(
        **identity(metadata) | {"guid": normalise_guid(metadata["guid"])},
        text_digest=bytes.fromhex(metadata["text_digest"].removeprefix("sha256:")),
        ordinal=metadata["ordinal"],
        file=metadata["file"],
        date_gmt=to_utc(metadata.get("date_gmt")),
        incomplete=metadata.get("incomplete") or 0,
        conversion=conversion,
        origin=RecordRef(**origin) if origin else None,
    )


def _bad_fields(metadata: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of fields with invalid values."""
    verdict = metadata["verdict"]
    for name in _IDENTITY:
        value = metadata.get(name)
        may_lack = name == "modified" and verdict != "touched"
        if not _has_room(name, value) and not (may_lack and value is None):
            yield name
    if not _KEY.fullmatch(str(metadata.get("key"))):
        yield "key"
    if verdict == "identified":
        held = metadata.get("held")
        if not (isinstance(held, dict) and is_text(held.get("key"), held.get("source"))):
            yield "held"
    elif verdict in _TEXT_VERDICTS:
        yield from _bad_text_fields(metadata)
    elif verdict != "touched":
        yield "verdict"


def _has_room(name: str, value: object) -> bool:
    """Return whether the ledger has room for *value*: its indexes hold but short ones."""
    if name == "source":
        return is_name(value)
    return is_text(value) and len(str(value)) <= _LONGEST.get(name, _MAX_BYTES)


def _bad_text_fields(metadata: Mapping[str, Any]) -> Iterator[str]:
    ordinal = metadata.get("ordinal")
    if not is_ordinal(ordinal):
        yield "ordinal"
    if not _DIGEST.fullmatch(str(metadata.get("text_digest"))):
        yield "text_digest"
    if not is_text_file(metadata.get("file")):
        yield "file"
    incomplete = metadata.get("incomplete", 0)
    if type(incomplete) is not int or not 0 <= incomplete <= _MAX_LETTERS:
        yield "incomplete"
    if not _is_origin(metadata.get("origin")):
        yield "origin"
    if (post := metadata.get("post")) is not None and not _POST.fullmatch(str(post)):
        yield "post"
    pages = metadata.get("pages", [])  # older records have none
    if not isinstance(pages, list) or not all(page and _is_origin(page) for page in pages):
        yield "pages"


def _as_fields(page: Any) -> dict[str, Any]:
    return page if isinstance(page, dict) else asdict(page)


def pages(metadata: ArticleMetadata) -> list[RecordRef]:
    """Return the records of the later pages that the text of *metadata* was joined of."""
    return [RecordRef(**page) for page in metadata.get("pages", ())]


def _is_origin(origin: object) -> bool:
    if origin is None:
        return True
    if not isinstance(origin, dict) or origin.keys() != _REF.keys():
        return False
    if not all(type(origin[name]) is kind for name, kind in _REF.items()):
        return False
    # The absolute path of another archive is in no index.
    file = "" if origin["file"].startswith("/") else origin["file"]
    return is_name(origin["record_id"], file) and is_text(*map(origin.get, ("uri", "date", "file")))
