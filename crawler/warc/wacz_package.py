"""What the datapackage.json of a WACZ says of its members, compared with them.

https://specs.webrecorder.net/wacz/1.1.1/ asks for an SHA-256 of each; MD5 is what Frictionless Data
takes a digest without a name for.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from crawler.warc.container import deflated_members, is_archive_member

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from zipfile import ZipInfo

_PACKAGE = "datapackage.json"
_DIGEST = "datapackage-digest.json"
_LARGEST_JSON = 1 << 26
_MAX_EXPANSION = 100  # as of a gzip member
_PIECE = 1 << 20
_HASH = re.compile(r"(?:sha256:(?P<sha256>[0-9a-f]{64})|(?:md5:)?(?P<md5>[0-9a-f]{32}))", re.I)
# What zipfile and json raise for what is hostile or broken.
_UNREADABLE = (
    BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    KeyError,
    EOFError,
    struct.error,
    zlib.error,
)


@dataclass(slots=True, frozen=True)
class PackageFinding:
    """What is to be said of a WACZ; ``is_loss`` unless it is only out of the standard."""

    message: str
    is_loss: bool = True


def package_findings(path: Path) -> Iterator[PackageFinding]:
    """Yield what does not fit in the WACZ at *path*. Raises OSError."""
    try:
        with ZipFile(path) as archive:
            yield from _Package(archive, path.stat().st_size).findings()
    except _UNREADABLE as error:
        yield PackageFinding(f"the directory of the ZIP is damaged: {_reason(error)}")


class _Package:
    def __init__(self, archive: ZipFile, size: int) -> None:
        self._archive = archive
        self._entries = {entry.filename: entry for entry in archive.infolist()}
        self._size = size

    def findings(self) -> Iterator[PackageFinding]:
        if sum(entry.compress_size for entry in self._archive.infolist()) > self._size:
            yield PackageFinding(
                "its members overlap, so none of them was compared with its digest"
            )
            return
        for _, entry in deflated_members(self._archive, self._size):
            what = f"its member {entry.filename[:200]!r} is deflated, it is to be stored as it is"
            yield PackageFinding(what, is_loss=False)
        if _PACKAGE not in self._entries:
            what = f"holds no {_PACKAGE}, so no member could be compared with its digest"
            yield PackageFinding(what, is_loss=False)
            return
        try:
            stated = _stated(self._json(_PACKAGE))
        except _UNREADABLE as error:
            yield PackageFinding(f"{_PACKAGE} cannot be read: {_reason(error)}")
        else:
            yield from self._member_findings(stated)
        if _DIGEST in self._entries:
            yield from self._digest_findings()

    def _member_findings(self, stated: dict[str, dict[str, Any]]) -> Iterator[PackageFinding]:
        for name, resource in stated.items():
            if name in self._entries:
                yield from self._compare(name, resource.get("hash"), resource.get("bytes"))
            else:
                yield PackageFinding(f"has no member {name[:200]!r}, which {_PACKAGE} names")
        for name in self._entries:
            if is_archive_member(name) and name not in stated:
                what = f"its member {name[:200]!r} is not in {_PACKAGE}, and could not be compared"
                yield PackageFinding(what, is_loss=False)

    def _digest_findings(self) -> Iterator[PackageFinding]:
        try:
            stated = self._json(_DIGEST)
            name, digest = stated["path"], stated["hash"]
        except (*_UNREADABLE, TypeError) as error:
            yield PackageFinding(f"{_DIGEST} cannot be read: {_reason(error)}")
            return
        if name == _PACKAGE:
            yield from self._compare(_PACKAGE, digest, None, said_by=_DIGEST)

    def _compare(
        self, name: str, digest: object, size: object, *, said_by: str = _PACKAGE
    ) -> Iterator[PackageFinding]:
        """Compare a member with what is said of it."""
        entry, what = self._entries[name], f"its member {name[:200]!r}"
        if isinstance(size, int) and size != entry.file_size:
            yield PackageFinding(f"{what} has {entry.file_size} bytes, {said_by} says {size}")
        algorithm, expected = _parse_hash(digest)
        if not algorithm:
            # Nothing is known to be wrong: there is nothing that the bytes could be compared with.
            told = (
                f"{what} could not be compared: {said_by} gives {str(digest)[:100]!r}, no SHA-256"
            )
            yield PackageFinding(told, is_loss=False)
            return
        try:
            found = self._hashed(entry, algorithm)
        except (*_UNREADABLE, OSError) as error:
            yield PackageFinding(f"{what} cannot be read: {_reason(error)}")
            return
        if found != expected:
            told = f"{what} has {algorithm}:{found}, {said_by} says {algorithm}:{expected}"
            yield PackageFinding(told)

    def _hashed(self, entry: ZipInfo, algorithm: str) -> str:
        if entry.file_size > _MAX_EXPANSION * entry.compress_size + _LARGEST_JSON:
            raise ValueError(f"it expands to {entry.file_size} bytes")
        hashed = hashlib.new(algorithm, usedforsecurity=False)
        with self._archive.open(entry) as stream:
            while piece := stream.read(_PIECE):
                hashed.update(piece)
        return hashed.hexdigest()

    def _json(self, name: str) -> Any:
        with self._archive.open(self._entries[name]) as stream:
            content = stream.read(_LARGEST_JSON + 1)
        if len(content) > _LARGEST_JSON:
            raise ValueError(f"it is larger than {_LARGEST_JSON} bytes")
        return json.loads(content)


def _stated(package: Any) -> dict[str, dict[str, Any]]:
    """Return what *package*, the JSON, says of each member. Raises ValueError."""
    resources = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(resources, list):
        raise ValueError("it has no list of resources")
    named = [one for one in resources if isinstance(one, dict) and isinstance(one.get("path"), str)]
    if len(named) < len(resources):
        raise ValueError("one of its resources has no path")
    return {one["path"]: one for one in named}


def _parse_hash(digest: object) -> tuple[str, str]:
    """Return algorithm and digits in lower case, both empty for what is no digest."""
    found = _HASH.fullmatch(digest) if isinstance(digest, str) else None
    return (str(found.lastgroup), found[str(found.lastgroup)].lower()) if found else ("", "")


def _reason(error: Exception) -> str:
    return f"{str(error)[:200] or type(error).__name__}"
