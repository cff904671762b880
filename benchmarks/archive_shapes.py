"""What warcio, FastWARC, pywb and Newsreel read of archives in the shapes that tools write.

    python -m benchmarks.archive_shapes

Every archive holds three captures, each of one article. A cell has what was read of them: for
warcio and FastWARC response records with their status, for pywb's indexer lines with a status, for
Newsreel lines of ``scrapy index`` and articles of ``scrapy crawl warc``. An error that ended a
reader is marked with ``!``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from tests.warc import shapes

ROOT = Path(__file__).parents[1]
PYWB = ROOT / ".venv-judges" / "bin" / "cdx-indexer"
_LIMIT = 120  # seconds


def _all(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    records = [change(shapes.record(number)) for number in (1, 2, 3)]
    return lambda path: _write(path, records)


def _write(path: Path, records: Iterable[bytes]) -> None:
    path.write_bytes(b"".join(records))


def _as_http_2(record: bytes) -> bytes:
    return _with_length(record.replace(b"HTTP/1.1 200 OK", b"HTTP/2 200", 1))


def _with_length(record: bytes, *, more: int = 0) -> bytes:
    """Return *record* with the length that its block has, and *more* bytes."""
    head, _, rest = record.partition(b"\r\n\r\n")
    block = rest.removesuffix(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length:")]
    lines.append(b"Content-Length: %d" % (len(block) + more))
    return b"\r\n".join(lines) + b"\r\n\r\n" + block + b"\r\n\r\n"


def _in_characters(record: bytes) -> bytes:
    record = record.replace(b"lamp burned", "läṁp bürned".encode())
    block = record.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n\r\n")
    return _with_length(record, more=len(block.decode()) - len(block))


def _dated(date: str) -> Callable[[bytes], bytes]:
    return lambda record: record.replace(shapes.DATE.encode(), date.encode(), 1)


def _in_chunks_it_says(record: bytes) -> bytes:
    head = b"Content-Type: application/json"
    return _with_length(record.replace(head, b"Transfer-Encoding: chunked\r\n" + head, 1))


def _in_gzip_it_says(record: bytes) -> bytes:
    head = b"Content-Type: application/json"
    return _with_length(record.replace(head, b"Content-Encoding: gzip\r\n" + head, 1))


MORE: dict[str, Callable[[Path], None]] = {
    "http-2.warc": _all(_as_http_2),
    "length-in-characters.warc": _all(_in_characters),
    "length-one-too-many.warc": _all(lambda record: _with_length(record, more=1)),
    "date-to-the-day.warc": _all(_dated("2024-04-11")),
    "date-with-offset.warc": _all(_dated("2024-04-11T10:30:00+02:00")),
    "date-that-is-none.warc": _all(_dated("2024-04-311T08:30:00Z")),
    "decoded-but-chunked.warc": _all(_in_chunks_it_says),
    "decoded-but-gzip.warc": _all(_in_gzip_it_says),
}


def main() -> None:
    """Print the table."""
    print("| archive | warcio | FastWARC | pywb | Newsreel: index | Newsreel: articles |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="newsreel-shapes-") as name:
        for shape, write in (shapes.SHAPES | MORE).items():
            path = Path(name) / shape
            write(path)
            cells = (_warcio(path), _fastwarc(path), _pywb(path), _index(path), _articles(path))
            print(f"| {shape} | {' | '.join(cells)} |", flush=True)


def _counted(statuses: Iterable[object]) -> str:
    """Return how many of *statuses* are 200, and whether an error ended them."""
    count = 0
    try:
        for status in statuses:
            count += str(status) == "200"
    except Exception:  # noqa: BLE001 - whatever other people's readers raise
        return f"{count} !"
    return str(count)


def _warcio(path: Path) -> str:
    with path.open("rb") as file:
        return _counted(
            record.http_headers and record.http_headers.get_statuscode()
            for record in ArchiveIterator(file, arc2warc=True)
            if record.rec_type == "response"
        )


def _fastwarc(path: Path) -> str:
    with path.open("rb") as file:
        return _counted(
            record.http_headers and record.http_headers.status_code
            for record in FastIterator(file)
            if record.headers.get("WARC-Type") == "response"
        )


def _pywb(path: Path) -> str:
    done = _run([str(PYWB), str(path)])
    lines = [line.split() for line in done.stdout.splitlines() if not line.startswith(" CDX")]
    count = sum(len(line) > 4 and line[4] == "200" for line in lines)
    return f"{count}{' !' if done.returncode else ''}"


def _index(path: Path) -> str:
    done = _run([sys.executable, "-m", "scrapy", "index", str(path)])
    return str(sum('"status": "200"' in line for line in done.stdout.splitlines()))


def _articles(path: Path) -> str:
    archives = path.with_suffix(".archives")
    command = ["crawl", "warc", "-a", f"path={path}", "-s", f"ARCHIVES_DIR={archives}"]
    _run([sys.executable, "-m", "scrapy", *command])
    return str(len(list((archives / "text").glob("*.txt"))))


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT, check=False
    )


if __name__ == "__main__":
    main()
