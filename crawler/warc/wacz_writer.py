"""WACZ: WARC files, their index and their pages in one ZIP, to be read by ranges.

https://specs.webrecorder.net/wacz/1.1.1/

    archive/*.warc.gz            stored, so that a range of the ZIP is a range of the WARC
    indexes/index.cdx.gz, .idx   see `crawler.warc.zipnum`
    pages/pages.jsonl
    datapackage.json             every file above, with its SHA-256
    datapackage-digest.json      the SHA-256 of datapackage.json, and its signature
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from crawler.disk import replacement
from crawler.warc import zipnum

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.signature import Signer

WACZ_VERSION = "1.1.1"

_PAGES_HEADER = {"format": "json-pages-1.0", "id": "pages", "title": "Articles", "hasText": True}
_COPY_SIZE = 1 << 20
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_SUFFIX = re.compile(r"\.warc(\.gz)?\Z", re.IGNORECASE)


@dataclass(slots=True, frozen=True, kw_only=True)
class WaczPage:
    """A line of pages.jsonl: what to show for *url* at *ts* (RFC 3339), and what to search in."""

    id: str
    url: str
    ts: str
    title: str
    text: str


@dataclass(slots=True, frozen=True, kw_only=True)
class WaczDescription:
    """What datapackage.json says of a WACZ; ``description`` is Markdown."""

    title: str
    description: str
    created: datetime
    software: str


class WaczWriter:
    """Writes a WACZ to *stream*, which is seekable, entry by entry; nothing is held in memory.

    Give the WARCs, the index and the pages once each, then `close`. Entries are dated *created*,
    so that the same content gives the same bytes. Every method raises what *stream* raises; the
    file is then of no use.
    """

    def __init__(self, stream: IO[bytes], created: datetime) -> None:
        self._zip = ZipFile(stream, "w")
        self._created = created.astimezone(UTC)
        self._resources: list[dict[str, str | int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def add_warc(self, name: str, path: StoredFile) -> None:
        """Copy the file at *path* to ``archive/NAME``; see `entry_names`."""
        with path.open("rb") as source, self._entry(f"archive/{name}", ZIP_STORED) as entry:
            while data := source.read(_COPY_SIZE):
                entry.write(data)

    def add_index(self, lines: Iterable[str]) -> None:
        """Write the index: sorted CDXJ *lines*, each with its newline."""
        finder = [zipnum.header("index.cdx.gz")]
        with self._entry("indexes/index.cdx.gz", ZIP_STORED) as entry:
            for member, line in zipnum.members(lines):
                entry.write(member)
                finder.append(line)
        with self._entry("indexes/index.idx", ZIP_DEFLATED) as entry:
            entry.write("".join(finder).encode())

    def add_pages(self, pages: Iterable[WaczPage]) -> int:
        """Write the page list and return how many pages it has."""
        count = 0
        with self._entry("pages/pages.jsonl", ZIP_DEFLATED) as entry:
            entry.write(_line(_PAGES_HEADER))
            for page in pages:
                entry.write(_line(asdict(page)))
                count += 1
        return count

    def close(self, description: WaczDescription, signer: Signer | None = None) -> None:
        """Write what describes the rest, signed if there is a *signer*, and end the ZIP."""
        facts = self._facts(description)
        package = _document(facts)
        hashed = f"sha256:{hashlib.sha256(package).hexdigest()}"
        digest: dict[str, Any] = {"path": "datapackage.json", "hash": hashed}
        if signer:
            digest["signedData"] = signer.signed_data(
                hashed, created=facts["created"], software=facts["software"]
            )
        with self._entry("datapackage.json", ZIP_DEFLATED) as entry:
            entry.write(package)
        with self._entry("datapackage-digest.json", ZIP_DEFLATED) as entry:
            entry.write(_document(digest))
        self._zip.close()

    def _facts(self, description: WaczDescription) -> dict[str, Any]:
        return {
            "profile": "data-package",
            "wacz_version": WACZ_VERSION,
            "title": description.title,
            "description": description.description,
            "metadata": {"title": description.title},  # where ReplayWeb.page looks for it
            "created": f"{self._created:%Y-%m-%dT%H:%M:%SZ}",
            "software": description.software,
            "resources": self._resources,
        }

    @contextmanager
    def _entry(self, name: str, method: int) -> Iterator[_Measured]:
        info = ZipInfo(name, self._created.timetuple()[:6])
        info.compress_type = method
        info.create_system = 3  # Unix, wherever we run
        info.external_attr = 0o644 << 16
        # ReplayWeb.page takes the local header to be as short as the central one says, unless
        # that has an extra field: then it reads the local one, which ZIP64 makes longer.
        info.extra = _utc_field(self._created)
        with self._zip.open(info, "w", force_zip64=True) as stream:
            entry = _Measured(stream)
            yield entry
        self._resources.append(
            {
                "name": PurePosixPath(name).name.lower(),
                "path": name,
                "hash": f"sha256:{entry.sha256.hexdigest()}",
                "bytes": entry.size,
            }
        )


class _Measured:
    """Counts and hashes what goes to *stream*."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self.sha256.update(data)
        self.size += len(data)
        self._stream.write(data)


def entry_names(paths: Iterable[StoredFile]) -> dict[str, StoredFile]:
    """Return a name in ``archive/`` for each WARC, in the order of the names.

    A file keeps its own name if that is safe everywhere (ASCII letters, digits, dots, hyphens,
    underscores) and not taken, whatever the case; else it gets one that is.
    """
    names: dict[str, StoredFile] = {}
    taken: set[str] = set()
    for path in sorted(paths, key=lambda path: (path.name, path)):
        name = free_entry_name(path.name, taken)
        taken.add(name.lower())
        names[name] = path
    return dict(sorted(names.items()))


def free_entry_name(name: str, taken: Collection[str]) -> str:
    """Return *name*, made safe, or with a number if it is one of *taken*, whatever the case."""
    lower = taken if isinstance(taken, set) else {other.lower() for other in taken}
    return next(name for name in _candidates(name) if name.lower() not in lower)


@contextmanager
def new_file(
    target: Path, folder: Path | None = None, *, overwrite: bool = False
) -> Iterator[IO[bytes]]:
    """Yield a file that becomes *target* when it is whole and on the disk; else nothing is left.

    Until then it is in *folder*, which whoever made it cleans, or beside *target*.

    Raises FileExistsError if *target* is there and is not to be overwritten, and OSError.
    """
    _refuse_existing(target, overwrite)
    with replacement(target, f".{os.getpid()}.part", folder=folder) as stream:
        yield stream
        _refuse_existing(target, overwrite)


def _refuse_existing(target: Path, overwrite: bool) -> None:
    if not overwrite and target.exists():
        raise FileExistsError(f"{target} is there already")


def _candidates(name: str) -> Iterator[str]:
    suffix = _SUFFIX.search(name)
    end = suffix[0].lower() if suffix else ".warc.gz"
    stem = name[: suffix.start()] if suffix else name
    if not _SAFE_NAME.fullmatch(stem):
        stem = re.sub(r"[^A-Za-z0-9]+", "-", stem)[:200].strip("-") or "archive"
    yield stem + end
    for number in range(2, 1 << 30):
        yield f"{stem}-{number}{end}"


def _utc_field(time: datetime) -> bytes:
    """Return the extended timestamp of Info-ZIP: a ZIP's own times have no zone."""
    return struct.pack("<HHBL", 0x5455, 5, 1, int(time.timestamp()) & 0xFFFFFFFF)


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode(errors="replace") + b"\n"


def _document(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, indent=2).encode(errors="replace") + b"\n"
