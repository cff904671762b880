"""Playback: which capture answers a request, and the bytes that came then.

There are two orders. In that of a *run*, a request that is made many times gets the answers that it
got then, one after the other; *at* a date, it gets the one closest to that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from crawler.items import RecordRef
from crawler.replay.archived_runs import FILES, own_lines, span
from crawler.storage.remote_file import stored_file
from crawler.warc.cdxj import NO_ANSWER, REVISIT
from crawler.warc.client_form import for_client
from crawler.warc.digests import comparable_digest
from crawler.warc.foreign import record_ref
from crawler.warc.framing import correct_framing, join_message
from crawler.warc.long_body import long_answer, long_head
from crawler.warc.message import has_whole_head, payload, split_head
from crawler.warc.non_get import NonGetRequest, non_get_request
from crawler.warc.reader import Fault, Record, read_records
from crawler.warc.records import failure_of, safe_uri
from crawler.warc.surt import surt
from crawler.warc.warc_dates import (
    parse_timestamp,
    precise_timestamp,
    read_date,
    timestamp_to_warc_date,
)

if TYPE_CHECKING:
    from crawler.warc.lookup import IndexLine, IndexLookup
    from crawler.warc.runs import Run
    from crawler.warc.spool import Buffer

_NEAREST = 2  # captures that are named before and behind a URL that is not archived
_LONGEST_SHOWN = 120  # characters of their URLs
_LONGEST_CHAIN = 8  # revisits of revisits
_SAME_MOMENT = 1.0  # seconds: other tools write dates without their fraction


class NoCaptureError(LookupError):
    """The archives have no answer; ``nearest`` are captures of URLs around ``wanted``."""

    def __init__(self, wanted: str, nearest: Sequence[str] = ()) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.nearest = nearest


class UnreadableCaptureError(Exception):
    """The index names a capture that cannot be read; the message says which and why."""


@dataclass(slots=True, frozen=True, kw_only=True)
class PlaybackRequest:
    """What of a request decides which capture answers it; ``url`` is without fragment.

    Of a body over ``most`` bytes nothing is read, unless that is 0: the client gives up on it.
    """

    method: str
    url: str
    body: bytes = b""
    content_type: bytes = b""
    conditional: bool = False
    most: int = 0

    @property
    def key(self) -> str:
        """The key of the index lines that may answer it."""
        other = self._non_get()
        return surt(other.append_to(self.url) if other else self.url)

    def _non_get(self) -> NonGetRequest | None:
        """Return the method and body that an index notes beside the URL; None for a GET."""
        head = b"%b / HTTP/1.1\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        message = head % (self.method.encode(), self.content_type, len(self.body)) + self.body
        return non_get_request(message)

    def matches(self, line: IndexLine) -> bool:
        """Return whether *line*, of this key, is this request: keys do not keep letter case."""
        other = self._non_get()
        recorded = line.fields.get("requestBody")
        if other is None or recorded is None:
            return True
        return unquote_plus(recorded) == unquote_plus(other.body)

    def resembles(self, url: str) -> bool:
        """Return whether *url* differs only in scheme, host and the order of its arguments."""
        try:
            ours, theirs = urlsplit(self.url), urlsplit(url)
            return unquote(ours.path) == unquote(theirs.path) and sorted(
                parse_qsl(ours.query, keep_blank_values=True)
            ) == sorted(parse_qsl(theirs.query, keep_blank_values=True))
        except ValueError:  # hostile URLs have keys too
            return False


@dataclass(slots=True, frozen=True, kw_only=True)
class PlaybackAnswer:
    """What came back for a request.

    ``message`` is empty where nothing came; ``failure`` says why, if nothing could be sent. ``ref``
    is the record that was found, a revisit itself and not its original. ``position`` orders the
    answers as they came, where that is known.
    """

    ref: RecordRef
    message: Buffer = b""
    truncated: str | None = None
    ip_address: str | None = None
    failure: str | None = None
    is_revisit: bool = False
    position: tuple[int, int] | None = None


class Playback:
    """Answers requests from the archives behind *index*.

    With *run*, a request gets the answers that it got in that run, one after the other; with *at*,
    a timestamp of 20 digits, the capture closest to it; with neither, all captures in their order.
    """

    def __init__(
        self, index: IndexLookup, *, run: Run | None = None, at: str | None = None
    ) -> None:
        self._index = index
        self._run = run
        self._at = at
        self._since, self._until = span(index, run) if run else ("", "")
        self._last_given: dict[int, int] = {}

    def answer(self, request: PlaybackRequest) -> PlaybackAnswer:
        """Return what came back for *request*.

        Raises NoCaptureError and UnreadableCaptureError.
        """
        key = request.key
        line = self._closest(request, key, self._at) if self._at else self._next(request, key)
        if line is None:
            raise NoCaptureError(f"{request.method} {request.url}", self._nearest(key))
        record, position = _read_record(line), self._position(line)
        if record.type == "revisit":
            return replace(self._revisited(record, line, request), position=position)
        has_body = request.method != "HEAD"
        answer = _answer(
            record, line, is_own=self._is_own(line), has_body=has_body, most=request.most
        )
        return replace(answer, position=position)

    def has(self, request: PlaybackRequest) -> bool:
        """Return whether the run made *request*; without a run, whether any did."""
        lines = self._remaining(request.key, None)
        return any(line.fields.get("url") == safe_uri(request.url) for line in lines)

    def queries(self, url: str) -> list[str]:
        """Return the URLs that the run asked for with the path of *url* and a query, in order."""
        if not self._run:
            return []
        path = surt(urlsplit(url)._replace(query="").geturl())
        return [line.fields["url"] for line in own_lines(self._index, self._run, path)]

    def _position(self, line: IndexLine) -> tuple[int, int] | None:
        """Return where *line* stands in the order of answers; None for a line of another run."""
        if self._run:
            return self._run.position_of(line)
        return None if self._at else (int(f"{line.timestamp:0<20}"), int(line.fields["offset"]))

    def _is_own(self, line: IndexLine) -> bool:
        """Return whether *line* is of the run, so that what a client made of it is known."""
        return self._run is not None and self._run.position_of(line) is not None

    # Which capture

    def _next(self, request: PlaybackRequest, key: str) -> IndexLine | None:
        """Return the next answer of the run; the last one again if the run has no more of them.

        A request that the run did not make is answered by the capture closest to the run's start.
        """
        identity = hash((key, request.url, request.body))
        given = self._last_given.get(identity)
        last = self._index.line_at(given) if given is not None else None
        found = _best(request, self._remaining(key, last))
        if last and (found is None or found.fields["url"] != last.fields["url"]):
            found = last
        is_304 = found is not None and found.fields.get("status") == "304"
        if found is None or (is_304 and not request.conditional and not self._unmodified(found)):
            began = precise_timestamp(self._run.started) if self._run else ""
            found = self._closest(request, key, began) or found
        if found:
            self._last_given[identity] = found.position
        return found

    def _remaining(self, key: str, last: IndexLine | None) -> Iterator[IndexLine]:
        """Yield the lines of *key* that the run has behind *last*."""
        for line in self._index.lines(key, max(last.timestamp if last else "", self._since)):
            if self._run and line.timestamp > self._until:
                return  # what follows is of later runs, of which there may be thousands
            is_new = last is None or (line.position > last.position and not _is_same(line, last))
            if is_new and (self._run is None or self._run.position_of(line)):
                yield line

    def _closest(self, request: PlaybackRequest, key: str, timestamp: str) -> IndexLine | None:
        """Return the capture closest to *timestamp*; a 304 only if *request* is conditional."""
        candidates = (
            line
            for line in self._by_distance(key, timestamp)
            if request.conditional or line.fields.get("status") != "304"
        )
        return _best(request, candidates)

    def _by_distance(self, key: str, timestamp: str) -> Iterator[IndexLine]:
        """Yield the lines of *key*, those closest to *timestamp* first; no more than are taken."""

        def distance(line: IndexLine) -> float:
            return _distance(line, timestamp)

        together = groupby(self._index.lines_before(key, timestamp), key=distance)
        before = (line for _, lines in together for line in reversed(list(lines)))
        return merge(before, self._index.lines(key, timestamp), key=distance)

    def _around(self, key: str, moment: str) -> Iterator[IndexLine]:
        """Yield the lines of *key* that are less than a second from *moment*, in digits."""
        for line in self._index.lines(key, _second_before(moment)):
            if _distance(line, moment) < _SAME_MOMENT:
                yield line
            elif line.timestamp > moment:
                return

    def _nearest(self, key: str) -> list[str]:
        """Describe the captures around *key*, for a message; those of the same page first."""
        page = key.partition("?")[0]
        lines = [line for line in self._index.lines_around(key, _NEAREST) if "url" in line.fields]
        lines.sort(key=lambda line: line.key.partition("?")[0] != page)
        return [f"{line.fields['url'][:_LONGEST_SHOWN]} ({line.timestamp[:14]})" for line in lines]

    # Its bytes

    def _revisited(
        self, revisit: Record, line: IndexLine, request: PlaybackRequest
    ) -> PlaybackAnswer:
        """Return the head of *revisit* with the payload that it refers to.

        A request that is not conditional itself was made so when it was archived, and its spider
        got the page that a 304 refers to.
        """
        is_own = self._is_own(line)
        answer = _answer(revisit, line, is_own=is_own, has_body=False)
        if line.fields.get("status") == "304":
            page = None if request.conditional else self._unmodified(line)
            if page is None:
                return answer
            record = _read_record(page)
            message = _long_message(record, request.most)
            if message is None:
                message = correct_framing(_message(record))
                message = message if is_own else for_client(message)
            return replace(answer, message=message, is_revisit=True)
        message = _with_payload(revisit, self._original(revisit, line), request.most, is_own=is_own)
        return PlaybackAnswer(
            ref=answer.ref, message=message, ip_address=answer.ip_address, is_revisit=True
        )

    def _unmodified(self, line: IndexLine) -> IndexLine | None:
        """Return the capture of the page that the 304 in *line* refers to, if it is a revisit."""
        if line.fields.get("mime") != REVISIT:
            return None
        revisit = _read_record(line)
        url = (revisit.header("WARC-Refers-To-Target-URI") or "").strip("<>")
        named = _named_moment(revisit)
        if not url or not named:
            return None
        pages = (
            one
            for one in self._around(surt(url), named)
            if one.fields.get("status") == "200" and one.fields.get("mime") != REVISIT
        )
        return min(pages, key=lambda one: _distance(one, named), default=None)

    def _original(self, revisit: Record, line: IndexLine) -> Record:
        """Return the response that *revisit* refers to, whichever file it is in.

        Raises NoCaptureError and UnreadableCaptureError.
        """
        for _ in range(_LONGEST_CHAIN):
            url = revisit.header("WARC-Refers-To-Target-URI") or line.fields["url"]
            found = self._with_digest(revisit, url.strip("<>"), line)
            if found is None:
                break
            record = _read_record(found)
            if record.type != "revisit":
                return record
            revisit, line = record, found
        raise NoCaptureError(
            f"the payload of {line.fields['url']}, which the revisit at byte "
            f"{line.fields['offset']} of {line.fields['filename']} refers to in another file,"
        )

    def _with_digest(self, revisit: Record, url: str, line: IndexLine) -> IndexLine | None:
        """Return the capture of *url* with the payload of *revisit*, of the date that it names."""
        wanted = _digest(revisit.header("WARC-Payload-Digest") or line.fields.get("digest", ""))
        moment = _named_moment(revisit) or line.timestamp
        keys = {surt(url), line.key}  # that of a POST has its body

        def rank(one: IndexLine) -> tuple[bool, float]:
            return one.fields.get("mime") == REVISIT, _distance(one, moment)

        def best(lines: Iterable[IndexLine]) -> IndexLine | None:
            others = (one for one in lines if one.position != line.position)
            same = (one for one in others if _digest(one.fields.get("digest", "")) == wanted)
            return min(same, key=rank, default=None)

        found = best(one for key in keys for one in self._around(key, moment))
        if found and found.fields.get("mime") != REVISIT:
            return found  # the page may have been fetched a thousand times since
        return best(one for key in keys for one in self._index.lines(key))


def documents(
    index: IndexLookup, run: Run, on_fault: Callable[[str], None]
) -> Iterator[tuple[Buffer, RecordRef]]:
    """Yield the files that *run* imported, ``file:`` URIs, and their records.

    *on_fault* gets a line for each that cannot be read any more.
    """
    for line in own_lines(index, run, FILES):
        try:
            record = _read_record(line)
        except UnreadableCaptureError as error:
            on_fault(str(error))
            continue
        if record.type == "resource":
            yield record.block, record_ref(record, line.fields["filename"])


def _best(request: PlaybackRequest, lines: Iterable[IndexLine]) -> IndexLine | None:
    """Return the first of *lines* with the exact URL, else the first that is the same request.

    A redirect answers its own URL alone: given for the URL that it leads to, it would loop. A 304
    answers a request that is not conditional only if there is nothing else.
    """
    exact = safe_uri(request.url)
    similar = unmodified = None
    for line in lines:
        url, code = line.fields.get("url", ""), line.fields.get("status", "")
        if url == exact and request.matches(line):
            if code != "304" or request.conditional:
                return line
            unmodified = unmodified or line
        elif not similar and code[:1] != "3" and request.resembles(url) and request.matches(line):
            similar = line
    return similar or unmodified


def _is_same(line: IndexLine, other: IndexLine) -> bool:
    """Return whether both are one exchange, which is in a WARC and in a WACZ made of it."""
    names = ("url", "digest", "status")
    return line.timestamp == other.timestamp and all(
        line.fields.get(name) == other.fields.get(name) for name in names
    )


def _distance(line: IndexLine, timestamp: str) -> float:
    """Return the seconds between *line* and *timestamp*; infinity if one of them is no date."""
    if not timestamp:
        return 0.0
    try:
        return abs((parse_timestamp(line.timestamp) - parse_timestamp(timestamp)).total_seconds())
    except ValueError:
        return math.inf


def _second_before(moment: str) -> str:
    """Return the second before *moment*, both in digits; empty if there is none."""
    try:
        before = parse_timestamp(moment) - timedelta(seconds=1)
    except (ValueError, OverflowError):
        return ""
    return before.strftime("%Y%m%d%H%M%S").rjust(14, "0")


def _named_moment(revisit: Record) -> str:
    """Return the moment of the capture that *revisit* refers to, in digits; empty if unknown."""
    found = read_date(revisit.header("WARC-Refers-To-Date") or "")
    return precise_timestamp(found.date) if found else ""


def _digest(field: str) -> str:
    """Return the value of a digest without its algorithm: some indexes leave that out."""
    return comparable_digest(field).rpartition(":")[2]


def _read_record(line: IndexLine) -> Record:
    """Return the record that *line* names. Raises UnreadableCaptureError.

    Where many share a gzip member, and so a place, that is the one of its date, if there is one.
    """
    path, start = stored_file(line.fields["filename"]), int(line.fields["offset"])
    reason = "nothing is there"
    undated = None
    try:
        for item in read_records(
            path, start=start, end=start + int(line.fields["length"]), strict=False
        ):
            if isinstance(item, Fault):
                reason = item.reason
            elif _uri(item) != line.fields["url"]:
                reason = f"another URL is there, {_uri(item)}"
            elif _is_of(item, line.timestamp):
                return item
            else:
                undated = undated or item
    except (OSError, OverflowError) as error:  # OverflowError: an offset beyond any file
        reason = str(error)
    if undated is None:
        raise UnreadableCaptureError(f"{path}: byte {start}: {reason}")
    return undated


def _is_of(record: Record, timestamp: str) -> bool:
    """Return whether *record* was made at *timestamp*, which may have seconds alone."""
    found = read_date(record.date)
    return found is not None and precise_timestamp(found.date).startswith(timestamp)


def _uri(record: Record) -> str:
    return safe_uri(record.target_uri)


def _answer(
    record: Record, line: IndexLine, *, is_own: bool, has_body: bool = True, most: int = 0
) -> PlaybackAnswer:
    """Return the answer in *record*; what we wrote (*is_own*) is given byte for byte.

    That of others is made as a client reads it; *has_body*: something may follow the head.
    """
    # The date of the record may be less precise, or no date.
    dated = timestamp_to_warc_date(line.timestamp[:14])
    ref = record_ref(record, line.fields["filename"], date=dated)
    if line.fields.get("mime") == NO_ANSWER:
        failed = failure_of(record)
        return PlaybackAnswer(
            ref=ref, truncated=_truncation(record), failure=failed[1] if failed else None
        )
    truncated = _truncation(record)
    message = None if is_own else _long_message(record, most)
    if message is None:
        message = _message(record)
        has_body = has_body and not truncated
        message = message if is_own else for_client(message, has_body=has_body)
    return PlaybackAnswer(
        ref=ref,
        message=message,
        truncated=truncated,
        ip_address=record.header("WARC-IP-Address"),
    )


def _truncation(record: Record) -> str | None:
    """Return why the message is not whole; that of a revisit is left out on purpose."""
    return None if record.type == "revisit" else record.header("WARC-Truncated")


def _message(record: Record) -> Buffer:
    """Return the HTTP message in *record*, with a head of ours for a resource without one."""
    return _head_of_resource(record) + record.block if _is_bare(record) else record.block


def _is_bare(record: Record) -> bool:
    """Return whether *record* has a body alone, and no message of a server that is no HTTP."""
    return record.type == "resource" and not record.header("WARC-Protocol")


def _head_of_resource(record: Record) -> bytes:
    kind = record.header("Content-Type") or ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(record.block)}\r\n\r\n"
    return head.encode("latin-1", "replace")


def _long_message(record: Record, most: int) -> Buffer | None:
    """Return what is given of an answer whose body is over *most* bytes; None if it is not."""
    if _is_bare(record):
        return _head_of_resource(record) if 0 < most < len(record.block) else None
    return long_answer(record.block, most)


def _with_payload(revisit: Record, original: Record, most: int, *, is_own: bool) -> Buffer:
    """Return the head of *revisit* with the payload of *original*, if that is not over *most*."""
    long = _long_message(original, most)
    whole = _message(original) if long is None else long
    head = split_head(revisit.block or whole)[0]
    if not has_whole_head(head):
        head = head.rstrip(b"\r\n") + b"\r\n\r\n"
    if long is not None:
        return long_head(head, len(original.block))
    message = join_message(head, payload(whole))
    return message if is_own else for_client(message)
