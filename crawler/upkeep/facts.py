"""What our metadata records say of articles, taken only as far as it can be true.

Anybody's WARC may lie in the archive: what is not of the form that we write is not believed, least
of all a name of a file.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import Any

from crawler.items import RecordRef
from crawler.state.identity import normalise_guid
from crawler.state.store import Holding
from crawler.state.verdict import Verdict
from crawler.warc.reader import Record

Facts = dict[str, Any]

_TEXTS = {Verdict.NEW.value, Verdict.REVISION.value, Verdict.COLLISION.value}
_IDENTITY = ("key", "source", "guid", "date", "modified", "url")
_KEY = re.compile(r"[0-9a-f]{16}")
_FILE = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9._-]*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOST_ORDINAL = 10**9
_LONGEST = 1 << 20


def facts_of(record: Record) -> Facts | None:
    """The facts of the metadata record *record*, if it is one of ours."""
    if record.header("Content-Type") != "application/json" or len(record.block) > _LONGEST:
        return None
    try:
        facts = json.loads(bytes(record.block).decode())
    except (ValueError, RecursionError):
        return None
    return facts if isinstance(facts, dict) and _is_ours(facts) else None


def identity(facts: Facts) -> dict[str, Any]:
    """The fields of a `Holding` that tell who an article is."""
    return {name: facts[name] or "" for name in _IDENTITY}


def holding(facts: Facts, conversion: RecordRef) -> Holding:
    """The article whose text is the record *conversion*, as the ledger held it."""
    origin = facts["origin"]
    return Holding(
        **identity(facts) | {"guid": normalise_guid(facts["guid"])},
        text_digest=bytes.fromhex(facts["text_digest"].removeprefix("sha256:")),
        ordinal=facts["ordinal"],
        file=facts["file"],
        conversion=conversion,
        origin=RecordRef(**origin) if origin else None,
    )


def _is_ours(facts: Facts) -> bool:
    facts.setdefault("modified", None)
    if not all(_is_text(facts.get(name) or "") for name in _IDENTITY):
        return False
    if not _KEY.fullmatch(facts.get("key") or "") or not isinstance(facts.get("guid"), str):
        return False
    match facts.get("verdict"):
        case "touched":
            return True
        case "identified":
            held = facts.get("held")
            return isinstance(held, dict) and _is_text(held.get("key"), held.get("source"))
        case verdict:
            return verdict in _TEXTS and _has_text(facts)


def _has_text(facts: Facts) -> bool:
    file, digest, ordinal = facts.get("file"), facts.get("text_digest"), facts.get("ordinal")
    if not _is_text(file, digest) or type(ordinal) is not int:
        return False
    return (
        0 <= ordinal <= _MOST_ORDINAL
        and _DIGEST.fullmatch(str(digest)) is not None
        and _FILE.fullmatch(str(file)) is not None
        and str(file).endswith(f"_{facts['key']}.txt")
        and _is_origin(facts.setdefault("origin", None))
    )


def _is_origin(origin: object) -> bool:
    if origin is None:
        return True
    kinds = {
        field.name: int if field.name in {"offset", "length"} else str
        for field in fields(RecordRef)
    }
    return (
        isinstance(origin, dict)
        and origin.keys() == kinds.keys()
        and all(type(origin[name]) is kind for name, kind in kinds.items())
        and _is_text(*(origin[name] for name, kind in kinds.items() if kind is str))
    )


def _is_text(*values: object) -> bool:
    """Whether all *values* are strings that can be stored."""
    try:
        return all(isinstance(value, str) and value.encode() is not None for value in values)
    except UnicodeEncodeError:
        return False
