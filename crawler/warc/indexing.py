"""The index lines of a WARC file, ours or anybody's, made by reading it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from crawler.items import RecordRef
from crawler.warc.cdxj import INDEXED, line, timestamp
from crawler.warc.message import head_length, is_response, payload_pieces
from crawler.warc.non_get import asked
from crawler.warc.reader import Fault, read_records
from crawler.warc.records import digest, failure_of, safe_uri

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.warc.non_get import Asked
    from crawler.warc.reader import Record

_WINDOW = 64
"""How many answers and requests wait for their counterparts, which stand side by side in files."""

_EXCHANGED = INDEXED | {"request"}

_LONGEST_HEAD = 1 << 16
"""Bytes of an HTTP head that are kept of an answer that waits."""

Line = Callable[["Asked | None"], str | None]
Names = frozenset[str]


def index_lines(
    path: Path,
    end: int | None = None,
    *,
    name: str | None = None,
    on_fault: Callable[[Fault], None] = lambda fault: None,
) -> Iterator[str]:
    """The lines of the file at *path* up to byte *end*, each with its LF, in no order.

    *name* is the file name that they give, by default that of *path*. *on_fault* is told of each
    thing that has no line and should have one: what is no whole record, an answer without a URI or
    a date. Raises OSError.
    """
    return lines_of(read_records(path, end=end), name or path.name, on_fault)


def lines_of(
    items: Iterable[Record | Fault],
    name: str,
    on_fault: Callable[[Fault], None],
    *,
    every: bool = False,
) -> Iterator[str]:
    """The lines of *items*, records of the file *name*, as `index_lines` has them.

    With *every* there is a line for 304s too, and for requests that have no answer.
    """
    exchanges = _Exchanges()
    for item in items:
        if isinstance(item, Fault):
            on_fault(item)
        elif item.type == "request" and not every:
            yield from exchanges.request(item)
        elif item.type in _EXCHANGED or (every and failure_of(item)):
            try:
                finish = line_of(item, name, every=every)
            except ValueError as error:
                on_fault(Fault(offset=item.offset, length=item.length, reason=str(error)))
                if item.type == "request":
                    yield from exchanges.request(item)
                continue
            take = exchanges.request if item.type == "request" else exchanges.answer
            yield from take(item, finish)
    yield from exchanges.rest()


class _Exchanges:
    """Brings requests and answers together by WARC-Concurrent-To, whichever stands first."""

    def __init__(self) -> None:
        self._answers: deque[tuple[Names, Line]] = deque()
        self._requests: dict[str, Asked | None] = {}
        self._unanswered: deque[tuple[Names, Callable[[], str | None]]] = deque()

    def answer(self, record: Record, finish: Line) -> Iterator[str]:
        """The line of *record*, if its request is known, or that of one that waited for long."""
        names = _names(record)
        for name in names & self._requests.keys():
            self._unanswered = deque(one for one in self._unanswered if name not in one[0])
            yield from _known(finish(self._requests[name]))
            return
        self._answers.append((names, finish))
        if len(self._answers) > _WINDOW:
            yield from _known(self._answers.popleft()[1](None))

    def request(self, record: Record, finish: Line | None = None) -> Iterator[str]:
        """The line of the answer to the request *record*, if it waits.

        *finish* makes the line of the request itself, for the case that no answer comes.
        """
        names, what = _names(record), asked(record.block)
        for waiting in reversed(self._answers):
            if not names.isdisjoint(waiting[0]):
                self._answers.remove(waiting)
                yield from _known(waiting[1](what))
                return
        self._requests |= dict.fromkeys(names, what)
        while len(self._requests) > 2 * _WINDOW:
            del self._requests[next(iter(self._requests))]
        if finish:
            self._unanswered.append((names, partial(finish, what)))
            if len(self._unanswered) > _WINDOW:
                yield from _known(self._unanswered.popleft()[1]())

    def rest(self) -> Iterator[str]:
        """The lines of all answers whose requests did not come, and the reverse."""
        for _, finish in self._answers:
            yield from _known(finish(None))
        for _, complete in self._unanswered:
            yield from _known(complete())


def _names(record: Record) -> Names:
    wanted = {"warc-record-id", "warc-concurrent-to"}
    return frozenset(value for name, value in record.headers if name.lower() in wanted)


def _known(text: str | None) -> tuple[str, ...]:
    return () if text is None else (text,)


def line_of(record: Record, file: str, *, every: bool = False) -> Line:
    """What makes the line of *record* once its request is known. Raises ValueError."""
    # wget 1 puts the URI into angle brackets, as WARC/1.0 had it in its grammar.
    uri = (record.header("WARC-Target-URI") or "").removeprefix("<").removesuffix(">")
    if not uri:
        raise ValueError(f"the {record.type} has no WARC-Target-URI")
    date = record.header("WARC-Date") or ""
    timestamp(date)
    ref = RecordRef(
        record_id=record.header("WARC-Record-ID") or "",
        uri=safe_uri(uri),
        date=date,
        file=file,
        offset=record.offset,
        length=record.length,
    )
    finish = partial(
        line,
        ref,
        type=record.type,
        block=record.block[: min(head_length(record.block), _LONGEST_HEAD)],
        digest=record.header("WARC-Payload-Digest") or _digest(record),
        content_type=record.header("Content-Type") or "",
        every=every,
    )
    failed = failure_of(record)
    unasked = asked(f"{failed[0]} ".encode()) if failed else None
    return lambda what: finish(asked=what or unasked)


def _digest(record: Record) -> str | None:
    """What the payload's digest would be; not every tool writes one."""
    if record.type == "revisit":
        return None
    block = record.block
    return digest(*payload_pieces(block)) if is_response(block) else digest(block)
