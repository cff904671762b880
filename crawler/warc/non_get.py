"""Requests other than GET: their method and body become a part of the key in an index.

A POST has the URL of the page that its form is on. So that neither is taken for the other, the
method and the canonical body are appended to the URL before its key is made.

Source: https://iipc.github.io/warc-specifications/guidelines/cdx-non-get-requests. AMF bodies are
kept as bytes here; pywb parses them.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlencode

from crawler.warc.message import split_head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.warc.spool import Buffer

_METHOD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32})[ \t]")
# As tools write the pseudo-header of HTTP/2 and later, which comes before all other fields.
_PSEUDO_METHOD = re.compile(
    rb"(?::[a-z]{1,32}[ \t]*:[^\r\n]*\r?\n){0,8}?:method[ \t]*:[ \t]*"
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32})",
    re.IGNORECASE,
)
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*([0-9]{1,18})[ \t]*\r?$", re.I | re.M)
_TYPE = re.compile(rb"^content-type[ \t]*:[ \t]*([^\r\n]*)", re.I | re.M)
_BOUNDARY = re.compile(r'boundary="?([^";,]{1,200})', re.I)
_PART_NAME = re.compile(rb'^content-disposition[^\r\n]*?[; ]name="?([^"\r\n;]*)', re.I | re.M)
_MAX_BODY_LENGTH = 4096
"""Characters of a body that enter the key."""


@dataclass(slots=True, frozen=True)
class NonGetRequest:
    """A request other than GET; ``body`` is canonical (``a=1&b=2``), 4096 characters at most."""

    method: str
    body: str = ""

    def append_to(self, url: str) -> str:
        """Return *url* with method and body as further arguments of its query."""
        query = f"__wb_method={self.method}" + (f"&{self.body}" if self.body else "")
        return f"{url}{'&' if '?' in url else '?'}{query}"


def non_get_request(request: Buffer) -> NonGetRequest | None:
    """Return what an index has of *request*, a message; None if it is a GET or not HTTP."""
    if request[:4] == b"GET ":
        return None
    found = _METHOD.match(request) or _PSEUDO_METHOD.match(request)
    method = found[1].decode("ascii").upper() if found else "GET"
    if method in {"POST", "PUT"}:
        return NonGetRequest(method, _canonical(*split_head(request)))
    return None if method == "GET" else NonGetRequest(method)


def _canonical(head: bytes, body: bytes) -> str:
    body = body[: _content_length(head)]
    kind = _TYPE.search(head)
    mime = kind[1].decode("latin-1").strip() if kind else ""
    return _encoded(mime, body)[:_MAX_BODY_LENGTH] if body else ""


def _content_length(head: bytes) -> int:
    found = _LENGTH.search(head)
    return int(found[1]) if found else 0


def _encoded(mime: str, body: bytes) -> str:
    # The case of names counts, since it does for pywb when it looks for a key.
    if mime.startswith("application/x-www-form-urlencoded"):
        return _form(body)
    if mime.startswith("multipart/"):
        return _parts(mime, body)
    if mime.startswith("application/json"):
        return _json(body) or ""
    if mime.startswith("text/plain"):
        text = _json(body)
        return _binary(body) if text is None else text
    return _binary(body)


def _form(body: bytes) -> str:
    try:
        return unquote_plus(body.decode("utf-8"))
    except UnicodeDecodeError:
        return _binary(body)


def _binary(body: bytes) -> str:
    return "__wb_post_data=" + base64.b64encode(body).decode("ascii")


def _parts(mime: str, body: bytes) -> str:
    boundary = _BOUNDARY.search(mime)
    if not boundary:
        return _binary(body)
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode("latin-1"))
    return urlencode([named for part in parts if (named := _part(part))])


def _part(part: bytes) -> tuple[bytes, bytes] | None:
    head, value = split_head(part)
    name = _PART_NAME.search(head)
    return (name[1], value) if name else None


def _json(body: bytes) -> str | None:
    """Return a JSON text's scalars by their nearest names, ``a=1&a.2_=2``; None for no JSON."""
    seen: Counter[str] = Counter()
    values: dict[str, str] = {}
    try:
        for name, value in _scalars(json.loads(body)):
            seen[name] += 1
            values[name if seen[name] == 1 else f"{name}.{seen[name]}_"] = value
        return urlencode(values)
    except (ValueError, RecursionError):
        return None


def _scalars(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _scalars(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _scalars(value, name)
    elif name:
        yield name, _as_javascript(node)


def _as_javascript(value: str | float | None) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
