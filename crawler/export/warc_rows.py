"""What the records of a WARC file say about articles, without a ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.archive.article_records import BadMetadataError, has_text, read_metadata
from crawler.archive.changed_files import begin_key
from crawler.archive.life_records import read_life_event
from crawler.export.home_pages import HomePages
from crawler.export.row_events import FAULT, HOME, RowEvent
from crawler.storage.remote_file import stored_file
from crawler.warc.container import find_parts
from crawler.warc.reader import Fault, Record, read_records
from crawler.warc.runs import begins_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.archive.article_records import ArticleMetadata
    from crawler.storage.remote_file import StoredFile

_MOST_WAITING = 100  # texts whose metadata record has not come; it is the next one
_LARGEST_TEXT = 1 << 26


def rows(
    warc: str | StoredFile, *, start: int = 0, end: int | None = None, strict: bool = False
) -> Iterator[RowEvent]:
    """Yield what each record of the file *warc* says about articles, in the order of the file.

    It needs no ledger and no settings. *warc* may be an address, and a WACZ. Read from byte
    *start*, at which a record begins, up to *end*; both count in a WARC alone. *strict* is that of
    `crawler.warc.reader.read_records`. What cannot be read is an event of the kind `FAULT`. Raises
    OSError if the file cannot be read.
    """
    path = stored_file(warc) if isinstance(warc, str) else warc
    if start or end is not None or strict:
        yield from _Rows(path.name).read(read_records(path, start=start, end=end, strict=strict))
        return
    for part in find_parts(path):
        items = read_records(path, start=part.start, end=part.end, strict=False)
        # A WACZ has the file as it was: what is said of its places holds for that.
        yield from _Rows(Path(part.name).name or path.name, part.start).read(items)


class _Rows:
    """Reads the records of one file, called *file*, which begins at byte *start* of what is read.

    ``_texts`` are those whose metadata records are still to come, by their ids.
    """

    def __init__(self, file: str, start: int = 0) -> None:
        self._file = file
        self._start = start
        self._homes = HomePages()
        self._texts: dict[str, Record] = {}
        self._begun: tuple[str, str, str] | None = None
        self._alone = 0

    def read(self, items: Iterator[Record | Fault]) -> Iterator[RowEvent]:
        for item in items:
            if isinstance(item, Fault):
                yield self._fault(item.offset, item.length, item.reason)
                continue
            if self._begun is None or begins_file(item):
                self._begun = begin_key(Path(self._file), item)
            if item.type == "conversion":
                self._keep(item)
            elif item.type == "metadata":
                yield from self._metadata(item)
            elif item.type == "warcinfo":
                self._homes.begin_run(item)
            elif item.type == "response" and (home := self._homes.read(item)):
                yield self._event(item, HOME, "", "", home)
        if alone := self._alone + len(self._texts):
            reason = f"{alone} texts have no metadata record of Newsreel's, and are no articles of"
            yield self._fault(0, 0, f"{reason} its archive; scrapy crawl warc reads others' files")

    def _keep(self, record: Record) -> None:
        self._texts[record.id] = record
        if len(self._texts) > _MOST_WAITING:
            del self._texts[next(iter(self._texts))]
            self._alone += 1

    def _metadata(self, record: Record) -> Iterator[RowEvent]:
        text = self._texts.pop(record.header("WARC-Concurrent-To") or "", None)
        try:
            metadata = read_metadata(record)
        except BadMetadataError as error:
            yield self._fault(record.offset, record.length, str(error))
            return
        if metadata and has_text(metadata):
            yield self._text(record, text, metadata)
        elif metadata:
            key, source = metadata["key"], metadata["source"]
            yield self._event(record, metadata["verdict"], source, key, dict(metadata))
        elif event := read_life_event(record, self._file):
            content = {"alias": event.alias, "detail": event.detail}
            yield self._event(record, event.kind, event.source, event.key, content)
        elif text:
            self._alone += 1

    def _text(self, record: Record, text: Record | None, metadata: ArticleMetadata) -> RowEvent:
        if text is None:
            reason = f"the text of {metadata['url']} ({metadata['file']}) is not before its record"
            return self._fault(record.offset, record.length, reason)
        if len(text.block) > _LARGEST_TEXT:
            reason = f"the text of {metadata['url']} has {len(text.block)} bytes: too many for one"
            return self._fault(text.offset, text.length, reason)
        key, source = metadata["key"], metadata["source"]
        event = self._event(text, metadata["verdict"], source, key, dict(metadata))
        return replace(event, text=bytes(text.block))

    def _event(
        self, record: Record, kind: str, source: str, key: str, content: Mapping[str, Any]
    ) -> RowEvent:
        return RowEvent(
            kind=kind,
            file=self._file,
            offset=record.offset - self._start,
            length=record.length,
            record_id=record.id,
            at=record.date,
            uri=record.target_uri,
            source=source,
            key=key,
            begun=self._begun or ("", "", ""),
            content=content,
        )

    def _fault(self, offset: int, length: int, reason: str) -> RowEvent:
        content = {"reason": reason}
        return RowEvent(kind=FAULT, file=self._file, offset=offset, length=length, content=content)
