"""Archived answers in the form that a client of HTTP/1.1 reads.

Browsers and crawlers of today store what HTTP/2 and HTTP/3 brought with heads of their own making,
and many tools store a body without the encodings that its head still names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.warc.framing import correct_framing, join_message
from crawler.warc.message import head_length, payload, status

if TYPE_CHECKING:
    from crawler.warc.spool import Buffer

_PLAIN_STATUS_LINE = re.compile(rb"HTTP/1\.[01] \d{3}(?: [^\r\n]*)?\r?\n")
_STATUS_LINE = re.compile(rb"[^\r\n]*")
_REASON = re.compile(rb"\S+[ \t]+\d{3}[ \t]+([^\r\n]*)")
_PSEUDO_FIELD = re.compile(rb"(?<=\n):[^\r\n]*\r?\n")
_CONTENT_ENCODING = re.compile(rb"^content-encoding[ \t]*:([^\r\n]*)\r?\n", re.I | re.M)
_IDENTITY = (b"", b"identity")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,64}<[!?/a-zA-Z]")
_SIGNATURES = {
    **dict.fromkeys((b"gzip", b"x-gzip"), b"\x1f\x8b"),
    b"zstd": b"\x28\xb5\x2f\xfd",
}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # Escape is of ISO-2022-JP
_BEGIN = 256  # bytes of a body that tell whether it is text
_LEAST_TEXT = 8
_MOST_OF_A_CHARACTER = 3  # bytes that a cut character of UTF-8 has


def for_client(message: Buffer, *, has_body: bool = True) -> Buffer:
    """Return *message*, an answer, as a client of HTTP/1.1 reads it; unchanged if it is so.

    The status line is one of HTTP/1.1, Content-Encoding is left out if the body was stored decoded,
    and the framing fits the body, unless there is none (*has_body*), as for HEAD.
    """
    message = _with_plain_head(message)
    return correct_framing(_without_false_encoding(message)) if has_body else message


def is_stored_decoded(body: Buffer | memoryview, encodings: bytes) -> bool:
    """Return whether *body*, whose head names the content *encodings*, was stored without them.

    It was if it begins as text: gzip and Zstandard have signatures, zlib begins with bytes that no
    text has, and Brotli cannot begin with ``<``, and not with a line of text.
    """
    begin = bytes(body[:_BEGIN])
    if signature := _SIGNATURES.get(encodings.rpartition(b",")[2].strip().lower()):
        return not begin.startswith(signature) and not _CONTROL.search(begin)
    if _MARKUP.match(begin):
        return True
    return len(begin) >= _LEAST_TEXT and _is_text(begin)


def _is_text(begin: bytes) -> bool:
    for cut in range(_MOST_OF_A_CHARACTER + 1):
        try:
            text = begin[: len(begin) - cut].decode()
        except UnicodeDecodeError:
            continue
        return all(char.isprintable() or char.isspace() or char == "\ufeff" for char in text)
    return False


def _with_plain_head(message: Buffer) -> Buffer:
    code = status(message)
    if code is None or _PLAIN_STATUS_LINE.match(message):
        return message
    end = head_length(message)
    head = bytes(message[:end])
    reason = _REASON.match(head)
    line = b"HTTP/1.1 %b %b" % (code.encode(), reason[1] if reason else b"")
    head = _PSEUDO_FIELD.sub(b"", _STATUS_LINE.sub(lambda _: line, head, count=1))
    return head + message[end:]


def _without_false_encoding(message: Buffer) -> Buffer:
    end = head_length(message)
    head = bytes(message[:end])
    named = _CONTENT_ENCODING.findall(head)
    if all(name.strip().lower() in _IDENTITY for name in named):
        return message
    body = payload(message)
    if not is_stored_decoded(body, b",".join(named)):
        return message
    return join_message(_CONTENT_ENCODING.sub(b"", head), body)
