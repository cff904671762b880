"""A WARC file of the pages that are made at packing, apart from what was captured."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from crawler.items import RecordRef
from crawler.warc import records
from crawler.warc.cdxj import cdxj_line
from crawler.warc.compression import compressor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from warcio.recordloader import ArcWarcRecord

    from crawler.archive.text_page import TextPage
    from crawler.warc.reader import Record

_TYPE = "text/html; charset=utf-8"
_CONTENTS, _MADE_PAGES = "newsreel-contents", "made-pages"
_IS_MADE = re.compile(f"^{_CONTENTS}: {_MADE_PAGES}\r?$".encode(), re.M)
_MAX_WARCINFO = 1 << 16
_FORMAT = {
    "format": "WARC File Format 1.1",
    "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    _CONTENTS: _MADE_PAGES,
    "description": "Pages that Newsreel made of clean texts as it packed a WACZ; none was captured",
}


_PLACE = "https://newsreel.invalid/text/"


def holds_made_pages(first: Record) -> bool:
    """Tell whether the file that begins with the record *first* is one of `MadePages`."""
    is_info = first.type == "warcinfo" and len(first.block) <= _MAX_WARCINFO
    return is_info and _IS_MADE.search(first.block) is not None


def is_made(url: str) -> bool:
    """Tell whether *url* is that of a page that was made of a text, and so has no news."""
    return url.startswith(_PLACE)


def made_url(article: str) -> str:
    """Return the address of the page that is made of *article*.

    ReplayWeb.page opens web addresses alone; a host in ``.invalid`` is nobody's (RFC 6761).
    """
    return _PLACE + article


class MadePages:
    """The WARC file *path*, which has the name *name* in the index; its pages are dated *date*.

    They are `resource` records, which is what readers show that was no answer of a server. The
    same pages give the same bytes. ``count`` says how many there are.
    """

    def __init__(self, path: Path, name: str, date: str, software: str) -> None:
        self.path = path
        self.name = name
        self.count = 0
        self._date = date
        self._software = software
        self._compress = compressor("zlib-6")

    def write(self, pages: Iterable[tuple[str, TextPage]]) -> Iterator[str]:
        """Write *pages*, each with the id of its article, and yield their index lines.

        Raises OSError.
        """
        with self.path.open("wb") as file:
            info = records.warcinfo({"software": self._software, **_FORMAT}, self.name)
            file.write(self._member(self._fixed(info, self.name)))
            for article, page in pages:
                url, offset = made_url(article), file.tell()
                ref = RecordRef(record_id=self._id(url), uri=url, date=self._date)
                record = records.resource(ref, page.html(), _TYPE)
                file.write(self._member(record))
                self.count += 1
                yield self._line(record, ref, offset, file.tell() - offset)

    def _line(self, record: ArcWarcRecord, ref: RecordRef, offset: int, length: int) -> str:
        where = RecordRef(
            record_id=ref.record_id,
            uri=ref.uri,
            date=ref.date,
            file=self.name,
            offset=offset,
            length=length,
        )
        digest = record.rec_headers.get_header("WARC-Payload-Digest")
        line = cdxj_line(where, type="resource", block=b"", digest=digest, content_type=_TYPE)
        assert line is not None
        return line

    def _fixed(self, info: ArcWarcRecord, name: str) -> ArcWarcRecord:
        """Return *info* with an id and a date that the next packing gives again."""
        info.rec_headers.replace_header("WARC-Record-ID", self._id(name))
        info.rec_headers.replace_header("WARC-Date", self._date)
        return info

    def _member(self, record: ArcWarcRecord) -> bytes:
        return self._compress(records.serialize(record))

    def _id(self, name: str) -> str:
        return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {self._date}')}>"
