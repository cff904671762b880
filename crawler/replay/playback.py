"""Answers from the archive: which capture answers a request, and the bytes that came then.

There are two orders. In that of a *run* a request that is made again and again gets the answers
that it got then, one after the other; *at* a date it gets the one closest to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from crawler.items import RecordRef
from crawler.warc.cdxj import NO_ANSWER, REVISIT, from_digits, instant, moment
from crawler.warc.digests import comparable
from crawler.warc.foreign import reference, target
from crawler.warc.framing import framed, mended
from crawler.warc.message import has_whole_head, payload, split_head
from crawler.warc.non_get import Asked, asked
from crawler.warc.reader import Fault, Record, read_records
from crawler.warc.records import failure_of, safe_uri
from crawler.warc.surt import surt

if TYPE_CHECKING:
    from crawler.warc.lookup import Line, Lookup
    from crawler.warc.runs import Run
    from crawler.warc.spool import Buffer

_NEAREST = 2  # captures that are named before and behind a URL that is not there
_NO_SIGNS = dict.fromkeys(map(ord, "-:TZ."))
_SHOWN = 120  # characters of their URLs
_DEEPEST = 8  # revisits of revisits


class NoCaptureError(LookupError):
    """The archives have no answer; ``nearest`` are captures of URLs around the one asked for."""

    def __init__(self, question: str, nearest: Sequence[str] = ()) -> None:
        super().__init__(question)
        self.question = question
        self.nearest = nearest


class UnreadableCaptureError(Exception):
    """The index names a capture that cannot be read; says which and why."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Question:
    """A request as far as it decides about its answer; ``url`` is without fragment."""

    method: str
    url: str
    body: bytes = b""
    content_type: bytes = b""
    conditional: bool = False

    @property
    def key(self) -> str:
        """The key of its lines in an index."""
        what = self._asked()
        return surt(what.appended_to(self.url) if what else self.url)

    def _asked(self) -> Asked | None:
        head = b"%b / HTTP/1.1\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        message = head % (self.method.encode(), self.content_type, len(self.body)) + self.body
        return asked(message)

    def fits(self, line: Line) -> bool:
        """Whether *line*, of the same key, is the same request: a key knows no letter case."""
        what = self._asked()
        said = line.fields.get("requestBody")
        return what is None or said is None or unquote_plus(said) == unquote_plus(what.body)

    def resembles(self, url: str) -> bool:
        """Whether *url* is this one but for scheme, host and the order of its arguments."""
        try:
            ours, theirs = urlsplit(self.url), urlsplit(url)
            return unquote(ours.path) == unquote(theirs.path) and sorted(
                parse_qsl(ours.query, keep_blank_values=True)
            ) == sorted(parse_qsl(theirs.query, keep_blank_values=True))
        except ValueError:  # hostile URLs have keys too
            return False


@dataclass(slots=True, frozen=True, kw_only=True)
class Answer:
    """What came back for a request.

    ``message`` is empty where nothing came, and ``failure`` then tells why if nothing was sent.
    ``ref`` is the record that says so: of a revisit, the revisit. ``place`` orders the answers as
    they came, where that is known.
    """

    ref: RecordRef
    message: Buffer = b""
    truncated: str | None = None
    ip_address: str | None = None
    failure: str | None = None
    is_revisit: bool = False
    place: tuple[int, int] | None = None


class Playback:
    """Answers questions from the archives behind *index*.

    In the order of *run*; *at* an instant (20 digits, see `crawler.warc.cdxj.instant`) the closest;
    with neither, all captures in their order.
    """

    def __init__(self, index: Lookup, *, run: Run | None = None, at: str | None = None) -> None:
        self._index = index
        self._run = run
        self._at = at
        self._since = run.no_earlier if run else ""
        self._given: dict[int, int] = {}

    def answer(self, question: Question) -> Answer:
        """What *question* was answered.

        Raises NoCaptureError and UnreadableCaptureError.
        """
        key = question.key
        line = self._closest(question, key, self._at) if self._at else self._next(question, key)
        if line is None:
            raise NoCaptureError(f"{question.method} {question.url}", self._nearest(key))
        record, place = _record(line), self._place(line)
        if record.type == "revisit":
            return replace(self._revisited(record, line), place=place)
        is_sound = question.method == "HEAD" or (self._run is not None and place is not None)
        return replace(_answer(record, line, is_sound=is_sound), place=place)

    def _place(self, line: Line) -> tuple[int, int] | None:
        """Where *line* stands in the order in which answers came; None for one of another run."""
        if self._run:
            return self._run.place(line)
        return None if self._at else (int(f"{line.timestamp:0<20}"), int(line.fields["offset"]))

    # Which capture

    def _next(self, question: Question, key: str) -> Line | None:
        """The next answer of the run; the last one again for a question that is asked once more.

        What the run did not ask is answered by the capture that is closest to its start.
        """
        asker = hash((key, question.url, question.body))
        given = self._given.get(asker)
        last = self._index.at(given) if given is not None else None
        found = _best(question, self._left(key, last))
        if last and (found is None or found.fields["url"] != last.fields["url"]):
            found = last
        if found is None or (found.fields.get("status") == "304" and not question.conditional):
            began = instant(self._run.started) if self._run else ""
            found = self._closest(question, key, began) or found
        if found:
            self._given[asker] = found.position
        return found

    def _left(self, key: str, last: Line | None) -> Iterator[Line]:
        """The lines of *key* that the run has behind *last*."""
        for line in self._index.of(key, last.timestamp if last else self._since):
            is_new = last is None or (line.position > last.position and not _is_same(line, last))
            if is_new and (self._run is None or self._run.place(line)):
                yield line

    def _closest(self, question: Question, key: str, digits: str) -> Line | None:
        """The capture closest to the instant *digits*: a 304 only for who asks for changes."""
        fitting = [
            line
            for line in self._index.of(key)
            if question.conditional or line.fields.get("status") != "304"
        ]
        return _best(question, sorted(fitting, key=lambda line: _distance(line, digits)))

    def _nearest(self, key: str) -> list[str]:
        """The captures around *key*, for a message; those of the same page first."""
        page = key.partition("?")[0]
        lines = [line for line in self._index.around(key, _NEAREST) if "url" in line.fields]
        lines.sort(key=lambda line: line.key.partition("?")[0] != page)
        return [f"{line.fields['url'][:_SHOWN]} ({line.timestamp[:14]})" for line in lines]

    # Its bytes

    def _revisited(self, revisit: Record, line: Line) -> Answer:
        """The head of *revisit* and the payload of what it stands for."""
        answer = _answer(revisit, line, is_sound=True)
        if line.fields.get("status") == "304":
            return answer
        original = _message(self._original(revisit, line))
        head = split_head(revisit.block or original)[0]
        if not has_whole_head(head):
            head = head.rstrip(b"\r\n") + b"\r\n\r\n"
        message = framed(head, payload(original))
        return Answer(
            ref=answer.ref, message=message, ip_address=answer.ip_address, is_revisit=True
        )

    def _original(self, revisit: Record, line: Line) -> Record:
        """The response that *revisit* stands for, in whatever file.

        Raises NoCaptureError and UnreadableCaptureError.
        """
        for _ in range(_DEEPEST):
            url = revisit.header("WARC-Refers-To-Target-URI") or line.fields["url"]
            found = self._with_digest(revisit, url.strip("<>"), line)
            if found is None:
                break
            record = _record(found)
            if record.type != "revisit":
                return record
            revisit, line = record, found
        raise NoCaptureError(
            f"the payload of {line.fields['url']}, which the revisit at byte "
            f"{line.fields['offset']} of {line.fields['filename']} refers to in another file,"
        )

    def _with_digest(self, revisit: Record, url: str, line: Line) -> Line | None:
        """The capture of *url* that has the payload of *revisit*: the one of the date it names."""
        wanted = _digest(revisit.header("WARC-Payload-Digest") or line.fields.get("digest", ""))
        named = (revisit.header("WARC-Refers-To-Date") or "").translate(_NO_SIGNS)
        same = [
            one
            for key in {surt(url), line.key}  # that of a POST has its body
            for one in self._index.of(key)
            if _digest(one.fields.get("digest", "")) == wanted and one.position != line.position
        ]
        return min(
            same,
            key=lambda one: (
                one.fields.get("mime") == REVISIT,
                _distance(one, named or line.timestamp),
            ),
            default=None,
        )


def documents(run: Run) -> Iterator[tuple[Buffer, RecordRef]]:
    """The files that *run* imported, ``file:`` URIs, and their records. Raises OSError."""
    for part in run.parts:
        for item in read_records(part.path, start=part.start, end=part.end, strict=False):
            if not isinstance(item, Fault) and item.type == "resource":
                ref = reference(item, str(part.path))
                if ref.uri.startswith("file:"):
                    yield item.block, ref


def _best(question: Question, lines: Iterable[Line]) -> Line | None:
    """The first of *lines* with the very URL, else the first that is the same request.

    A redirect answers its own URL alone: to the one it leads to it would lead for ever. A 304 says
    nothing to who did not ask for changes, if there is anything else.
    """
    exact = safe_uri(question.url)
    similar = unmodified = None
    for line in lines:
        url, code = line.fields.get("url", ""), line.fields.get("status", "")
        if url == exact and question.fits(line):
            if code != "304" or question.conditional:
                return line
            unmodified = unmodified or line
        elif not similar and code[:1] != "3" and question.resembles(url) and question.fits(line):
            similar = line
    return similar or unmodified


def _is_same(line: Line, other: Line) -> bool:
    """Whether both are one exchange, which is in two files: a WARC, and a WACZ made of it."""
    names = ("url", "digest", "status")
    return line.timestamp == other.timestamp and all(
        line.fields.get(name) == other.fields.get(name) for name in names
    )


def _distance(line: Line, digits: str) -> float:
    """Seconds between *line* and the instant *digits*; infinite for what is no date."""
    if not digits:
        return 0.0
    try:
        return abs((moment(line.timestamp) - moment(digits)).total_seconds())
    except ValueError:
        return math.inf


def _digest(field: str) -> str:
    """The value of a digest: some indexes leave out the algorithm."""
    return comparable(field).rpartition(":")[2]


def _record(line: Line) -> Record:
    """The record that *line* names. Raises UnreadableCaptureError."""
    path, start = Path(line.fields["filename"]), int(line.fields["offset"])
    reason = "nothing is there"
    try:
        for item in read_records(
            path, start=start, end=start + int(line.fields["length"]), strict=False
        ):
            if isinstance(item, Fault):
                reason = item.reason
            elif _uri(item) == line.fields["url"]:
                return item
            else:
                reason = f"another URL is there, {_uri(item)}"
    except (OSError, OverflowError) as error:  # a place beyond any file
        reason = str(error)
    raise UnreadableCaptureError(f"{path}: byte {start}: {reason}")


def _uri(record: Record) -> str:
    return safe_uri(target(record))


def _answer(record: Record, line: Line, *, is_sound: bool) -> Answer:
    """What *record* holds; the framing of the message is looked at unless it *is_sound*."""
    dated = from_digits(line.timestamp[:14])  # what the record says may be less, or no date
    ref = reference(record, line.fields["filename"], date=dated)
    if line.fields.get("mime") == NO_ANSWER:
        failed = failure_of(record)
        return Answer(ref=ref, truncated=_cut(record), failure=failed[1] if failed else None)
    message = _message(record)
    return Answer(
        ref=ref,
        message=message if is_sound or _cut(record) else mended(message),
        truncated=_cut(record),
        ip_address=record.header("WARC-IP-Address"),
    )


def _cut(record: Record) -> str | None:
    """Why the message is not whole; of a revisit it is left out on purpose."""
    return None if record.type == "revisit" else record.header("WARC-Truncated")


def _message(record: Record) -> Buffer:
    """The HTTP message in *record*: one is made for a resource that came without."""
    kind = record.header("Content-Type") or ""
    if record.type != "resource" or record.header("WARC-Protocol"):  # it came, and is not HTTP
        return record.block
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(record.block)}\r\n\r\n"
    return head.encode("latin-1", "replace") + record.block
