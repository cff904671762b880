"""One story as a WACZ, made when somebody opens it: the archive is not packed a second time.

The members of its exchange are in it as they lie in the archive. Where no page was captured there
is one that we make, as a `resource` record at the story's address, which says so at its top; as a
`conversion` readers would not show it. The same story gives the same bytes.
"""

from __future__ import annotations

import re
import tempfile
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler import __version__
from crawler.archive.made_pages import made_url
from crawler.items import RecordRef
from crawler.warc import records
from crawler.warc.archive_lines import IndexedFile
from crawler.warc.compression import compressor
from crawler.warc.container import Part
from crawler.warc.deflated_members import open_bytes
from crawler.warc.gzip_member import GZIP
from crawler.warc.reader import read_records
from crawler.warc.reindex import lines_of_files
from crawler.warc.rewriting import rewrite
from crawler.warc.wacz_writer import WaczDescription, WaczPage, WaczWriter
from crawler.warc.warc_dates import is_exact_date, timestamp, timestamp_to_warc_date

if TYPE_CHECKING:
    from typing import IO

    from crawler.export.web.shown_capture import Located, ShownCapture

_HTML = "text/html; charset=utf-8"
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_EPOCH = "1980-01-01T00:00:00Z"  # the first year of a ZIP


def shown_url(capture: ShownCapture, key: str) -> str:
    """Return the address under which *capture* is found: readers open web addresses alone."""
    return capture.url if _WEB.match(capture.url) else made_url(key)


def shown_date(capture: ShownCapture) -> str:
    """Return the date under which *capture* is found, RFC 3339 to the second."""
    try:
        return timestamp_to_warc_date(timestamp(capture.date))
    except ValueError:
        return _EPOCH


def write_story(stream: IO[bytes], capture: ShownCapture, key: str, page: bytes) -> None:
    """Write what is shown of the story *key* as a WACZ; *page* is the one that was made, if any.

    Raises OSError.
    """
    date = shown_date(capture)
    created = datetime.fromisoformat(max(date, _EPOCH)).astimezone(UTC)
    url = shown_url(capture, key)
    with (
        tempfile.TemporaryDirectory(prefix="newsreel-story-") as folder,
        WaczWriter(stream, created) as wacz,
    ):
        files = _write_records(Path(folder), capture.records, date)
        if page:
            files.append(_write_made(Path(folder), url, date, page))
        for path in files:
            wacz.add_warc(path.name, path)
        named = [IndexedFile(path, path.name) for path in files]
        wacz.add_index(sorted(lines_of_files(named, lambda *_: None)))
        wacz.add_pages([WaczPage(id=key, url=url, ts=date, title=capture.title, text=capture.text)])
        wacz.close(_description(capture, created))


def _description(capture: ShownCapture, created: datetime) -> WaczDescription:
    what = "a page that Newsreel made" if capture.made else "its page as it was captured"
    return WaczDescription(
        title=capture.title,
        description=f"One story of an archive: {what}.",
        created=created,
        software=f"newsreel/{__version__}",
    )


def _write_records(folder: Path, located: tuple[Located, ...], date: str) -> list[Path]:
    """Write each record to a file of its own in *folder*, as it lies, if WARC/1.1 has it so."""
    files = []
    for number, one in enumerate(located, start=1):
        start, end = one.record.offset, one.record.offset + one.record.length
        with open_bytes(one.path, start, end) as source:
            data = bytes(source.read(start, end - start, least=end - start))
        path = folder / f"record-{number}.warc{'.gz' if data.startswith(GZIP) else ''}"
        path.write_bytes(data)
        if not _is_one_record(path):
            path.unlink()
            path = folder / f"record-{number}.warc.gz"
            rewrite(Part(one.path, start, end), path, date, lambda _: None)
        files.append(path)
    return files


def _is_one_record(path: Path) -> bool:
    """Return whether the file *path* is one record as WARC/1.1 has it."""
    found = list(read_records(path))
    return len(found) == 1 and is_exact_date(getattr(found[0], "date", ""))


def _write_made(folder: Path, url: str, date: str, page: bytes) -> Path:
    path = folder / "made-page.warc.gz"
    record_id = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{url} {date}')}>"
    ref = RecordRef(record_id=record_id, uri=records.safe_uri(url), date=date)
    compress = compressor("zlib-6")
    info = records.warcinfo({"software": f"newsreel/{__version__}"}, path.name)
    headers = info.rec_headers
    headers.replace_header("WARC-Record-ID", replace(ref, record_id=_info_id(url)).record_id)
    headers.replace_header("WARC-Date", date)
    members = (info, records.resource(ref, page, _HTML))
    path.write_bytes(b"".join(compress(records.serialize(member)) for member in members))
    return path


def _info_id(url: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'warcinfo {url}')}>"
