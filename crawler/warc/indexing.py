"""The index lines of a WARC file, made by reading it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from crawler.warc.borrowed_dates import with_borrowed_dates
from crawler.warc.cdxj import INDEXED, cdxj_line
from crawler.warc.digests import sha1_of
from crawler.warc.message import head_length, is_response, payload_pieces
from crawler.warc.non_get import non_get_request
from crawler.warc.reader import Fault, read_records
from crawler.warc.records import failure_of, safe_uri
from crawler.warc.warc_dates import timestamp

if TYPE_CHECKING:
    from crawler.storage.remote_file import StoredFile
    from crawler.warc.non_get import NonGetRequest
    from crawler.warc.reader import Record

_MAX_WAITING = 64
"""Answers, and requests, that wait for each other; the two stand side by side in files."""

_EXCHANGED = INDEXED | {"request"}

_MAX_HEAD_SIZE = 1 << 16
"""Bytes of an HTTP head that are kept of an answer that waits."""

LineBuilder = Callable[["NonGetRequest | None"], str | None]
Names = frozenset[str]


def index_lines(
    path: StoredFile,
    end: int | None = None,
    *,
    name: str | None = None,
    on_fault: Callable[[Fault], None] = lambda fault: None,
) -> Iterator[str]:
    """Yield the lines of the file at *path* up to byte *end*, each with its LF, in no order.

    *name* is the file name that they give, by default that of *path*. What has no date has that of
    a record beside it. *on_fault* is called for what should have a line and has none: bytes that
    are no whole record, an answer without a URI, or of a file without any date. Raises OSError.
    """
    items = with_borrowed_dates(read_records(path, end=end), path)
    return lines_of_records(items, name or path.name, on_fault)


def lines_of_records(
    items: Iterable[Record | Fault],
    name: str,
    on_fault: Callable[[Fault], None],
    belongs_to: Callable[[Record], str] | None = None,
) -> Iterator[str]:
    """Yield the lines of *items*, records of the file *name*, as `index_lines` has them.

    For a replay, *belongs_to* tells what the warcinfo record of a record is called. There is a line
    for 304s too then, and for requests that have no answer.
    """
    for_replay = belongs_to is not None
    exchanges = _Exchanges()
    for item in items:
        if isinstance(item, Fault):
            on_fault(item)
        elif item.type == "request" and not for_replay:
            yield from exchanges.request(item)
        elif item.type in _EXCHANGED or (for_replay and failure_of(item)):
            try:
                build = line_builder(item, name, belongs_to and belongs_to(item))
            except ValueError as error:
                on_fault(Fault(offset=item.offset, length=item.length, reason=str(error)))
                if item.type == "request":
                    yield from exchanges.request(item)
                continue
            pair = exchanges.request if item.type == "request" else exchanges.answer
            yield from pair(item, build)
    yield from exchanges.unpaired()


class _Exchanges:
    """Pairs requests and answers by WARC-Concurrent-To, whichever stands first."""

    def __init__(self) -> None:
        self._answers: deque[tuple[Names, LineBuilder]] = deque()
        self._requests: dict[str, NonGetRequest | None] = {}
        self._unanswered: deque[tuple[Names, Callable[[], str | None]]] = deque()

    def answer(self, record: Record, build: LineBuilder) -> Iterator[str]:
        """Yield the line of *record* if its request is known; else let it wait for that.

        If too many wait, yield the line of the one that came first.
        """
        names = _names(record)
        for name in names & self._requests.keys():
            self._unanswered = deque(one for one in self._unanswered if name not in one[0])
            yield from _if_any(build(self._requests[name]))
            return
        self._answers.append((names, build))
        if len(self._answers) > _MAX_WAITING:
            yield from _if_any(self._answers.popleft()[1](None))

    def request(self, record: Record, build: LineBuilder | None = None) -> Iterator[str]:
        """Yield the line of the answer to the request *record*, if it waits.

        *build* makes the line of the request itself, for the case that no answer comes.
        """
        names, request = _names(record), non_get_request(record.block)
        for waiting in reversed(self._answers):
            if not names.isdisjoint(waiting[0]):
                self._answers.remove(waiting)
                yield from _if_any(waiting[1](request))
                return
        self._requests |= dict.fromkeys(names, request)
        while len(self._requests) > 2 * _MAX_WAITING:
            del self._requests[next(iter(self._requests))]
        if build:
            self._unanswered.append((names, partial(build, request)))
            if len(self._unanswered) > _MAX_WAITING:
                yield from _if_any(self._unanswered.popleft()[1]())

    def unpaired(self) -> Iterator[str]:
        """Yield the lines of answers whose requests did not come, and of requests unanswered."""
        for _, build in self._answers:
            yield from _if_any(build(None))
        for _, build_request_line in self._unanswered:
            yield from _if_any(build_request_line())


def _names(record: Record) -> Names:
    wanted = {"warc-record-id", "warc-concurrent-to"}
    return frozenset(value for name, value in record.headers if name.lower() in wanted)


def _if_any(text: str | None) -> tuple[str, ...]:
    return () if text is None else (text,)


def line_builder(record: Record, file: str, warcinfo: str | None = None) -> LineBuilder:
    """Return a function that makes the line of *record*, given its request. Raises ValueError.

    For a replay, *warcinfo* is what the warcinfo record of *record* is called, or empty.
    """
    if not record.target_uri:
        raise ValueError(f"the {record.type} has no WARC-Target-URI")
    begin = record.block[:_MAX_HEAD_SIZE]
    timestamp(record.capture_date)
    build = partial(
        cdxj_line,
        replace(record.ref(file), uri=safe_uri(record.target_uri), date=record.capture_date),
        type=record.type,
        block=begin[: head_length(begin)],
        digest=record.header("WARC-Payload-Digest") or _digest(record),
        content_type=record.header("Content-Type") or "",
        warcinfo=warcinfo,
    )
    failed = failure_of(record)
    unsent = non_get_request(f"{failed[0]} ".encode()) if failed else None
    return lambda request: build(request=request or unsent)


def _digest(record: Record) -> str | None:
    """Return the payload digest, computed: not every tool writes one."""
    if record.type == "revisit":
        return None
    block = record.block
    return sha1_of(payload_pieces(block) if is_response(block) else (block,))
