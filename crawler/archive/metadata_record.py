"""What our metadata records say of articles, taken only as far as it can be true.

Anybody's WARC may lie in the archive: what is not of the form that we write is not believed, least
of all a name of a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from crawler.items import RecordRef
from crawler.state.identity import normalise_guid, universal
from crawler.state.store import Holding
from crawler.warc.reader import Record

Facts = dict[str, Any]

_IDENTITY = ("key", "source", "guid", "date", "modified", "url")
_KEY = re.compile(r"[0-9a-f]{16}")
_REF = {f.name: int if f.name in {"offset", "length"} else str for f in fields(RecordRef)}
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOST_ORDINAL = 10**9
_LONGEST = 1 << 20


class UnbelievableError(ValueError):
    """Facts of an article that cannot be as they stand; names what."""


def facts_of(record: Record) -> Facts | None:
    """The facts of the metadata record *record*; None if it is none of ours.

    Raises UnbelievableError.
    """
    if record.header("Content-Type") != "application/json" or len(record.block) > _LONGEST:
        return None
    try:
        facts = json.loads(bytes(record.block).decode())
    except (ValueError, RecursionError):
        return None
    if not isinstance(facts, dict) or "verdict" not in facts:
        return None
    if wrong := next(_wrong(facts), None):
        raise UnbelievableError(f"an article's {wrong} cannot be {facts.get(wrong)!r:.80}")
    return facts


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
        date_gmt=universal(facts.get("date_gmt")),
        conversion=conversion,
        origin=RecordRef(**origin) if origin else None,
    )


def _wrong(facts: Facts) -> Iterator[str]:
    """The names of fields whose values cannot be."""
    facts.setdefault("modified", None)
    verdict = facts["verdict"]
    for name in _IDENTITY:
        value = facts.get(name)
        may_lack = name == "modified" and verdict != "touched"
        if not _is_text(value) and not (may_lack and value is None):
            yield name
    if not _KEY.fullmatch(str(facts.get("key"))):
        yield "key"
    if verdict == "identified":
        held = facts.get("held")
        if not (isinstance(held, dict) and _is_text(held.get("key"), held.get("source"))):
            yield "held"
    elif verdict in ("new", "revised", "collision"):
        yield from _wrong_text(facts)
    elif verdict != "touched":
        yield "verdict"


def _wrong_text(facts: Facts) -> Iterator[str]:
    ordinal = facts.get("ordinal")
    if type(ordinal) is not int or not 0 <= ordinal <= _MOST_ORDINAL:
        yield "ordinal"
    if not _DIGEST.fullmatch(str(facts.get("text_digest"))):
        yield "text_digest"
    if not _is_text(facts.get("file")) or not _is_below(facts["file"]):
        yield "file"
    if not _is_origin(facts.setdefault("origin", None)):
        yield "origin"


def _is_below(file: str) -> bool:
    """Whether *file* is the relative path of a text file that leads nowhere else."""
    parts = file.split("/")
    inside = all(part not in {"", ".", ".."} for part in parts)
    return inside and file.isprintable() and file.endswith(".txt")


def _is_origin(origin: object) -> bool:
    if origin is None:
        return True
    if not isinstance(origin, dict) or origin.keys() != _REF.keys():
        return False
    return all(type(origin[name]) is kind for name, kind in _REF.items()) and _is_text(
        *(value for value in origin.values() if isinstance(value, str))
    )


def _is_text(*values: object) -> bool:
    """Whether all *values* are strings that can be stored."""
    try:
        return all(isinstance(value, str) and value.encode() is not None for value in values)
    except UnicodeEncodeError:
        return False
