"""What is put into an object store, and whether the store has it as it was."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.storage.object_stores import asked, obstore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obstore.store import ObjectStore

    from crawler.storage.remote_file import RemoteFile

_PART = 8 << 20
_MOST_PARTS = 9_000  # S3 takes 10,000
_AT_ONCE = 3  # parts: each is in memory while it is sent
_PIECE = 1 << 20
_SHA256 = "sha256"
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Contents:
    """A file's ``size`` in bytes, its ``sha256``, and the ``etag`` that S3 gives it.

    That is the MD5 of what is put in one request, else that of the MD5s of the parts, and how many
    they are: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """

    size: int
    sha256: bytes
    etag: str


def contents_of(path: Path) -> Contents:
    """Return what the file at *path* has, which is read. Raises OSError."""
    return _contents(_pieces(path), part_size(path.stat().st_size))


def contents_of_bytes(data: bytes) -> Contents:
    """Return what *data* is."""
    return _contents(iter((data,)), max(len(data), 1))


def part_size(size: int) -> int:
    """Return the bytes of the parts in which a file of *size* bytes is sent."""
    return max(_PART, -(-size // _MOST_PARTS))


def put_file(remote: RemoteFile, path: Path, contents: Contents) -> None:
    """Put the file at *path*, which has *contents*, there, whole or not at all. Raises OSError.

    Its SHA-256 is in the object's metadata, as ``sha256``.

    A process that is killed leaves no object, but the parts of it that the store has until a
    lifecycle rule removes them.
    """
    store, key = remote.place(sends=True)
    asked(
        remote.address,
        obstore().put,
        store,
        key,
        path,
        chunk_size=part_size(path.stat().st_size),
        max_concurrency=_AT_ONCE,
        # Files of this machine have no metadata.
        attributes=None if remote.is_local else {_SHA256: contents.sha256.hex()},
    )


def put_bytes(remote: RemoteFile, data: bytes) -> None:
    """Put *data* there, whole or not at all. Raises OSError."""
    store, key = remote.place(sends=True)
    asked(remote.address, obstore().put, store, key, data, use_multipart=False)


def holds(remote: RemoteFile, contents: Contents, *, in_full: bool = False) -> bool:
    """Return whether there is such an object, and has these *contents*.

    The store is asked for its size and its ETag. Where that is none of ours, as with keys of a
    customer, or *in_full*, the object is read. Raises OSError.
    """
    try:
        found = remote.stat()
    except FileNotFoundError:
        return False
    if found.st_size != contents.size:
        return False
    if found.etag == contents.etag and not in_full:
        return True
    return sha256_of(remote) == contents.sha256


def is_as_noted(remote: RemoteFile, size: int, sha256: bytes) -> bool:
    """Return whether the store has an object of that *size*, put there as one with that *sha256*.

    That is what its metadata says; where they say nothing, the object is read. Raises OSError.
    """
    if remote.stat().st_size != size:
        return False
    return (noted_sha256(remote) or sha256_of(remote)) == sha256


def noted_sha256(remote: RemoteFile) -> bytes:
    """Return the SHA-256 in the metadata of an object, empty if there is none. Raises OSError."""
    if remote.is_local:
        return b""
    store, key = remote.place()
    found = asked(remote.address, obstore().get, store, key, options={"head": True})
    said = found.attributes.get(_SHA256, "")
    return bytes.fromhex(said) if _HEX.fullmatch(said) else b""


def sha256_of(remote: RemoteFile) -> bytes:
    """Return the SHA-256 of an object, which is read. Raises OSError."""
    return asked(remote.address, _sha256_of, *remote.place())


def _sha256_of(store: ObjectStore, key: str) -> bytes:
    digest = hashlib.sha256()
    for piece in obstore().get(store, key).stream(min_chunk_size=_PIECE):
        digest.update(piece)
    return digest.digest()


def _contents(pieces: Iterator[bytes], part: int) -> Contents:
    """Return what *pieces* are; none of them goes beyond the end of a *part*."""
    size, sha256, parts = 0, hashlib.sha256(), [hashlib.md5(usedforsecurity=False)]
    for piece in pieces:
        if size and size % part == 0:
            parts.append(hashlib.md5(usedforsecurity=False))
        sha256.update(piece)
        parts[-1].update(piece)
        size += len(piece)
    etag = parts[0].hexdigest()
    if len(parts) > 1:
        joined = b"".join(one.digest() for one in parts)
        etag = f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(parts)}"
    return Contents(size, sha256.digest(), etag)


def _pieces(path: Path) -> Iterator[bytes]:
    """Yield the bytes of the file at *path* in pieces that end where its parts do."""
    part = part_size(path.stat().st_size)
    left = part
    with path.open("rb") as file:
        while piece := file.read(min(_PIECE, left)):
            yield piece
            left = left - len(piece) or part
