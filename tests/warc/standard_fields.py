"""WARC/1.1, section 5, as a table: which fields a record of a type has to have, and may not have.

It is read from the text of the standard, not from our writer, and applied to what another reader
(warcio) finds in a file. Fields that the standard does not know are not looked at (4, 5.1).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

_TYPES = {
    *("warcinfo", "response", "resource", "request"),
    *("metadata", "revisit", "conversion", "continuation"),
}
_ID = re.compile(r"<[a-z][a-z0-9+.-]*:[^\s<>]+>")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-;=?-~]*")
_DIGEST = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9+._=/-]+")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+( *; *[\w-]+=(\"[^\"]*\"|[\w!#$&^.+-]+))*")
_NUMBER = re.compile(r"[0-9]+")
_ANY = re.compile(r".+")

_EVERY = ("WARC-Record-ID", "Content-Length", "WARC-Date", "WARC-Type")
_HAS_TO = {
    "WARC-Target-URI": _TYPES - {"warcinfo", "metadata"},  # 5.14
    "WARC-Profile": {"revisit"},  # 5.18
    "WARC-Segment-Number": {"continuation"},  # 5.20
    "WARC-Segment-Origin-ID": {"continuation"},  # 5.21
}
_NOT_BEFORE = {"warcinfo", "conversion", "continuation"}
_MAY_NOT = {
    "WARC-Concurrent-To": _NOT_BEFORE,  # 5.7
    "WARC-Payload-Digest": {"warcinfo", "metadata"},  # 5.9: they have no payload
    "WARC-IP-Address": _NOT_BEFORE,  # 5.10
    "WARC-Refers-To": _TYPES - {"metadata", "revisit", "conversion"},  # 5.11
    "WARC-Refers-To-Target-URI": _TYPES - {"revisit"},  # 5.12
    "WARC-Refers-To-Date": _TYPES - {"revisit"},  # 5.13
    "WARC-Target-URI": {"warcinfo"},  # 5.14
    "WARC-Warcinfo-ID": {"warcinfo"},  # 5.16
    "WARC-Filename": _TYPES - {"warcinfo"},  # 5.17
    "WARC-Profile": _TYPES - {"revisit"},  # 5.18
    "WARC-Identified-Payload-Type": {"warcinfo", "metadata"},  # 5.19
    "WARC-Segment-Origin-ID": _TYPES - {"continuation"},  # 5.21
    "WARC-Segment-Total-Length": _TYPES - {"continuation"},  # 5.22
}
_FORMS = {
    "WARC-Record-ID": _ID,
    "Content-Length": _NUMBER,
    "WARC-Date": _DATE,
    "WARC-Type": re.compile("|".join(sorted(_TYPES))),
    "Content-Type": _MEDIA_TYPE,
    "WARC-Concurrent-To": _ID,
    "WARC-Block-Digest": _DIGEST,
    "WARC-Payload-Digest": _DIGEST,
    "WARC-IP-Address": re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*"),
    "WARC-Refers-To": _ID,
    "WARC-Refers-To-Target-URI": _URI,
    "WARC-Refers-To-Date": _DATE,
    "WARC-Target-URI": _URI,
    "WARC-Truncated": re.compile("length|time|disconnect|unspecified"),
    "WARC-Warcinfo-ID": _ID,
    "WARC-Filename": _ANY,
    "WARC-Profile": _URI,
    "WARC-Identified-Payload-Type": _MEDIA_TYPE,
    "WARC-Segment-Number": _NUMBER,
    "WARC-Segment-Origin-ID": _ID,
    "WARC-Segment-Total-Length": _NUMBER,
}
_BY_NAME = {name.lower(): name for name in _FORMS}
_REPEATED = "WARC-Concurrent-To"  # alone may stand more than once (5.1)

Headers = list[tuple[str, str]]


def violations(path: Path) -> list[str]:
    """Return what the records of the file at *path* have against the standard."""
    with path.open("rb") as file:
        return [
            f"{path.name}: {record.rec_headers.get_header('WARC-Record-ID')}: {what}"
            for record in ArchiveIterator(file)
            for what in of_record(record.rec_headers.headers)
        ]


def kinds(path: Path) -> set[str]:
    """Return the types of the records of the file at *path*."""
    with path.open("rb") as file:
        return {record.rec_type for record in ArchiveIterator(file)}


def of_record(headers: Headers) -> Iterator[str]:
    """Yield what the *headers* of a record have against the standard."""
    fields = [(_BY_NAME.get(name.lower(), name), value) for name, value in headers]
    names = Counter(name for name, _ in fields)
    kind = dict(fields).get("WARC-Type", "")
    for name in (*_EVERY, *(name for name, types in _HAS_TO.items() if kind in types)):
        if name not in names:
            yield f"a {kind} without {name}"
    for name, count in names.items():
        if kind in _MAY_NOT.get(name, ()):
            yield f"a {kind} with {name}"
        if count > 1 and name in _FORMS and name != _REPEATED:
            yield f"{count} of {name}"
    for name, value in fields:
        if name in _FORMS and not _FORMS[name].fullmatch(value):
            yield f"{name}: {value!r}"
    has_block = dict(fields).get("Content-Length") != "0"
    if has_block and kind != "continuation" and "Content-Type" not in names:
        yield f"a {kind} without Content-Type"  # 5.6
