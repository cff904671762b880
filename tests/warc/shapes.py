"""Archives in the shapes that other tools write, each with the same three captures."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.warc import files

if TYPE_CHECKING:
    from pathlib import Path

HOST = "https://shapes.test"
URLS = [f"{HOST}/wp-json/wp/v2/posts?page={number}" for number in (1, 2, 3)]
TITLES = [f"The lighthouse keeper's log, part {number}" for number in (1, 2, 3)]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
DATE = "2024-04-11T08:30:00Z"

Contents = list[bytes]


def message(number: int) -> bytes:
    """Return the answer to request *number*, a list of one post."""
    post = {
        "id": number,
        "date": f"2024-04-0{number}T08:30:00",
        "guid": {"rendered": f"{HOST}/?p={number}"},
        "link": f"{HOST}/{number}",
        "title": {"rendered": TITLES[number - 1]},
        "content": {"rendered": f"<p>The lamp burned {number} nights, and no ship was lost.</p>"},
    }
    return HEAD + json.dumps([post]).encode()


def record(number: int, version: str = "1.1", *, end: bytes = b"\r\n\r\n", **fields: str) -> bytes:
    """Return the record of answer *number*; *fields* replace its own."""
    own = {
        "WARC_Type": "response",
        "WARC_Record_ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>",
        "WARC_Date": DATE,
        "WARC_Target_URI": URLS[number - 1],
        "Content_Type": "application/http; msgtype=response",
    }
    made = files.record(message(number), end=end, **own | fields)
    return made.replace(b"WARC/1.1", f"WARC/{version}".encode(), 1)


def arc_record(number: int) -> bytes:
    """Return the ARC record of answer *number*."""
    block = message(number)
    line = f"{URLS[number - 1]} 198.51.100.7 20240411083000 application/json {len(block)}\n"
    return line.encode() + block + b"\n"


def arc_head(name: str) -> bytes:
    """Return the record that begins an ARC."""
    block = b"1 0 Keeper\nURL IP-address Archive-date Content-type Archive-length\n"
    return f"filedesc://{name} 0.0.0.0 20240411083000 text/plain {len(block)}\n".encode() + block


def package(members: dict[str, bytes], **changes: str) -> bytes:
    """Return a datapackage.json of *members*; *changes* are other hashes, by name."""
    resources: list[dict[str, Any]] = [
        {
            "name": name.rpartition("/")[2],
            "path": name,
            "hash": changes.get(name, f"sha256:{hashlib.sha256(content).hexdigest()}"),
            "bytes": len(content),
        }
        for name, content in members.items()
    ]
    package = {"profile": "data-package", "wacz_version": "1.1.1", "resources": resources}
    return json.dumps(package).encode()


def write_wacz(path: Path, members: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> Path:
    """Write a ZIP of *members*."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _wacz(path: Path) -> None:
    warcs = {
        "archive/a.warc.gz": _each(record(1), record(2)),
        "archive/b.warc": record(3),
    }
    write_wacz(path, warcs | {"datapackage.json": package(warcs)})


def _deflated(path: Path) -> None:
    warcs = {"archive/a.warc.gz": _each(record(1), record(2)), "archive/b.warc": record(3)}
    members = warcs | {"datapackage.json": package(warcs)}
    write_wacz(path, members, method=zipfile.ZIP_DEFLATED)


def _written(*contents: bytes) -> Callable[[Path], None]:
    def write_contents(path: Path) -> None:
        path.write_bytes(b"".join(contents))

    return write_contents


def _each(*contents: bytes) -> bytes:
    return b"".join(gzip.compress(content, mtime=0) for content in contents)


_ARC = (arc_head("x.arc"), *map(arc_record, (1, 2, 3)))

SHAPES: dict[str, Callable[[Path], None]] = {
    "standard.warc.gz": _written(_each(*map(record, (1, 2, 3)))),
    "standard.warc": _written(*map(record, (1, 2, 3))),
    "packed.wacz": _wacz,
    "deflated.wacz": _deflated,
    "old.arc": _written(*_ARC),
    "old.arc.gz": _written(_each(*_ARC)),
    "draft-0.17.warc": _written(*(record(number, "0.17") for number in (1, 2, 3))),
    "draft-0.18.warc.gz": _written(_each(*(record(number, "0.18") for number in (1, 2, 3)))),
    "one-member.warc.gz": _written(gzip.compress(b"".join(map(record, (1, 2, 3))), mtime=0)),
    "no-ends.warc": _written(*(record(number, end=b"") for number in (1, 2, 3))),
    "blanks.warc": _written(*(record(number, end=b"\r\n\r\n\r\n\0\0") for number in (1, 2, 3))),
    "line-feeds.warc": _written(
        *(record(number).replace(b"\r\n", b"\n", 7) for number in (1, 2, 3))
    ),
}
"""How each file is written, by its name."""

STANDARD = ("standard.warc.gz", "standard.warc", "packed.wacz")
"""Those that have nothing out of the standard about them."""

DEFLATED = "deflated.wacz"


def write(folder: Path, name: str) -> Path:
    """Write the archive called *name* to *folder*."""
    path = folder / name
    SHAPES[name](path)
    return path
