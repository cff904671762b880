"""One HTTP exchange as it crossed the wire, without secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from crawler.warc.message import split_head, split_interim

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.warc.spool import Buffer

Truncation = Literal["length", "time", "disconnect", "unspecified"]
"""The reasons of WARC-Truncated (WARC/1.1, 5.13)."""

REDACTED = b"[redacted]"

_SECRET_FIELD = re.compile(
    rb"^(authorization|proxy-authorization|cookie)([ \t]*:[ \t]*)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD_USERINFO = re.compile(
    rb"(\A\S+ [a-z][a-z0-9+.-]*://|^referer[ \t]*:[ \t]*[a-z]+://|^host[ \t]*:[ \t]*)[^/?#\s]*@",
    re.IGNORECASE | re.MULTILINE,
)
_ANY_USERINFO = re.compile(r"//[^/?#\s]*@")
_URI_USERINFO = re.compile(r"\A([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request and what came back for it.

    ``request`` and ``response`` are the bytes as sent and received (above TLS); ``response`` loses
    the heads of 1xx responses to ``interim``. It is empty where nothing came back, and ``request``
    where nothing was sent; ``failure`` then says why: ``NameOfError: its message``.
    ``started`` is when the request was made, with its zone. ``ip_address`` is the peer's, and
    dropped when the peer is a proxy. ``tls`` is the version as OpenSSL names it ("TLSv1.3").

    An Exchange never holds a secret: credentials leave ``uri`` and ``request`` when it is made,
    ``redacted`` names what was taken out.
    """

    uri: str
    method: str
    started: datetime
    request: bytes
    response: Buffer
    ip_address: str | None = None
    via_proxy: bool = False
    tls: str | None = None
    truncated: Truncation | None = None
    failure: str | None = None
    interim: list[bytes] = field(init=False)
    redacted: list[str] = field(init=False)

    def __post_init__(self) -> None:
        if self.started.tzinfo is None:
            raise ValueError(f"started={self.started!r} has no time zone; use datetime.now(UTC)")
        if self.failure:
            self.failure = _without_secrets(self.failure, self.uri)
        self.uri = without_userinfo(self.uri)
        self.request, self.redacted = redact(self.request)
        self.interim, self.response = split_interim(self.response)
        if self.via_proxy:
            self.ip_address = None

    @property
    def protocols(self) -> list[str]:
        """Values of WARC-Protocol: "http/1.0" or "http/1.1" as answered, then "tls/1.3" and such.

        Source: https://github.com/iipc/warc-specifications/issues/42
        """
        http = "http/1.0" if self.response[:8].upper() == b"HTTP/1.0" else "http/1.1"
        return [http, self.tls.lower().replace("v", "/")] if self.tls else [http]


def _without_secrets(message: str, uri: str) -> str:
    """Return *message* without the ``user:password@`` of *uri*, and of any other URL in it."""
    userinfo = _URI_USERINFO.match(uri)
    if userinfo:
        message = message.replace(userinfo[0].removeprefix(userinfo[1]), "")
    return _ANY_USERINFO.sub("//", message)


def without_userinfo(uri: str) -> str:
    """Return *uri* without ``user:password@``."""
    return _URI_USERINFO.sub(r"\1", uri) if "@" in uri else uri


def redact(request: bytes) -> tuple[bytes, list[str]]:
    """Return *request* with every secret in its head replaced, and the names of those fields.

    Values of Authorization, Proxy-Authorization and Cookie become ``[redacted]``, the names stay
    as sent; ``user:password@`` leaves the request line, Host and Referer. The body is untouched.
    """
    head, body = split_head(request)
    names = [match[1].decode("ascii") for match in _SECRET_FIELD.finditer(head)]
    if names:
        head = _SECRET_FIELD.sub(rb"\1\2" + REDACTED, head)
    if b"@" not in head:
        return (head + body if names else request), names
    head, count = _HEAD_USERINFO.subn(rb"\1", head)
    return head + body, names + ["userinfo"] * bool(count)
