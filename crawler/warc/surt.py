"""SURT keys: canonical URLs with the host reversed, so that an index sorts by site.

The rules are those of the ``surt`` package, which pywb and cdxj-indexer use: Google's Safe
Browsing canonicalisation, then the Internet Archive's. Credentials, ``www.``, the default port,
session ids and the fragment go, letters become lower case, query arguments are sorted. The package
itself resolves odd hosts over the network, is far slower, had no release since 2019, and is AGPL.

Sources: https://pypi.org/project/surt/,
https://developers.google.com/safe-browsing/reference/URLs.and.Hashing#canonicalization
"""

from __future__ import annotations

import re
import socket
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE_BREAKS = b"\t\r\n"
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_REPEATED_SCHEME = re.compile(rb"\A(https?://){2,}")
_PARTS = re.compile(rb"([^:]+):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?")
_WWW = re.compile(rb"\Awww[0-9]*\.")
_IPV4 = re.compile(rb"[0-9]{1,255}|[1-9][0-9]*(?:\.[0-9]+){1,3}|0[0-7]*(?:\.[0-7]+){1,3}")
_DEFAULT_PORTS = {b"http": b"80", b"https": b"443"}

_UNSAFE = re.compile(rb'[^!"$&-~]')
_SAFE = re.compile(rb'[!"$&-~]*')
_MAX_UNESCAPES = 16
"""How often a URL may be escaped over and over: unbounded, a hostile one takes minutes."""

# Bounded repetition, for the same reason; what is longer is no session of any server.
_QUERY_SESSIONS = [
    re.compile(rb"(.*)" + session + rb"(?:&|$)")
    for session in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
        rb"cfid=[^&]{1,255}&cftoken=[^&]+",
    )
]
_PATH_SESSIONS = [
    re.compile(rb"(.*/)" + session + rb"/(?=[^?]{1,255}\.aspx)")
    for session in (rb"\((?:[a-z]\([0-9a-z]{24}\))+\)", rb"\([0-9a-z]{24}\)")
]


def surt(url: str) -> str:
    """Return the key of *url*, ``com,example)/path?a=1&b=2``, in visible ASCII; ``-`` if empty.

    Any text has a key: a port that is no number stays as it is. No host is resolved.
    """
    data = url.encode("utf-8", "surrogatepass").strip().translate(None, _LINE_BREAKS)
    if not data:
        return "-"
    if not _SCHEME.match(data):
        data = b"http://" + data
    if repeated := _REPEATED_SCHEME.match(data):
        data = data[repeated.start(1) :]
    parts = _PARTS.match(data)
    assert parts
    scheme, authority, path, query = parts.groups(b"")
    if not authority and path and scheme.startswith(b"http"):
        authority, _, path = path.lstrip(b"/").partition(b"/")
        path = b"/" + path
    front = _front(scheme, authority)
    query = _query(query) if query else b""
    path = _unescaped(path)
    path = _without_dots(path) if front else path or b"/" * bool(query)
    return ((front or scheme + b":") + _path(path) + query).decode("ascii")


@lru_cache(maxsize=64)
def _front(scheme: bytes, authority: bytes) -> bytes:
    """Return the key up to the path; nothing where *authority* names no host."""
    host, port = _host_and_port(authority.rstrip(b":").rpartition(b"@")[2])
    site, port = _site(host), port.lstrip(b"0")
    if not site:
        return b""
    is_default = not port or port == _DEFAULT_PORTS.get(scheme.lower())
    return site + (b"" if is_default else b":" + _escaped(port)) + b")"


def _host_and_port(authority: bytes) -> tuple[bytes, bytes]:
    _, bracket, ipv6 = authority.partition(b"[")
    if not bracket:
        host, _, port = authority.partition(b":")
        return host, port
    host, _, rest = ipv6.partition(b"]")
    return host, rest.partition(b":")[2]


def _site(host: bytes) -> bytes:
    """Return *host* reversed, without ``www.``; IPv4 addresses in any spelling are dotted first."""
    host = _ascii(_unescaped(host)).replace(b"..", b".").strip(b".")
    name = _ipv4(host) or _WWW.sub(b"", _escaped(host).lower(), count=1)
    return b",".join(name.split(b".")[::-1])


def _ascii(host: bytes) -> bytes:
    if host.isascii():
        return host
    try:
        return host.decode("utf-8", "ignore").encode("idna")
    except UnicodeError:
        return host


def _ipv4(host: bytes) -> bytes | None:
    if not host[:1].isdigit() or not _IPV4.fullmatch(host):
        return None
    try:
        packed = (
            (int(host) & 0xFFFFFFFF).to_bytes(4, "big")
            if host.isdigit()
            else socket.inet_aton(host.decode("ascii"))
        )
    except OSError:
        return None
    return socket.inet_ntoa(packed).encode("ascii")


def _path(path: bytes) -> bytes:
    path = _escaped(path).lower()
    if b"/(" in path:
        path = _without_sessions(path, _PATH_SESSIONS)
    return path[:-1] if path[1:].endswith(b"/") else path


def _without_dots(path: bytes) -> bytes:
    """Return *path* without ``.``, ``..`` and empty segments; a ``..`` that leads nowhere stays."""
    if b"//" not in path and b"/." not in path:
        return path or b"/"
    kept: list[bytes] = []
    for segment in path.split(b"/")[1:]:
        if segment == b".." and kept:
            kept.pop()
        elif segment != b".":
            kept.append(segment)
    folders = [segment for segment in kept[:-1] if segment]
    return b"/" + b"/".join(folders + kept[-1:])


def _query(query: bytes) -> bytes:
    query = _escaped(_unescaped(query)).lower()
    if b"id=" in query or b"sessionid" in query:
        query = _without_sessions(query, _QUERY_SESSIONS)
    if b"&" in query and len(query) > 1:
        arguments = query.split(b"&")
        arguments.sort(key=_argument)
        query = b"&".join(arguments)
    return b"?" + query if query else b""


def _without_sessions(part: bytes, sessions: Iterable[re.Pattern[bytes]]) -> bytes:
    """Return *part* without the last of each of *sessions*."""
    for session in sessions:
        if found := session.match(part):
            part = found[1] + part[found.end() :]
    return part


def _argument(text: bytes) -> tuple[bytes, ...]:
    return text.partition(b"=")


def _unescaped(data: bytes) -> bytes:
    for _ in range(_MAX_UNESCAPES):
        if b"%" not in data:
            break
        before, data = data, unquote_to_bytes(data)
        if data == before:
            break
    return data


def _escaped(data: bytes) -> bytes:
    if _SAFE.fullmatch(data):
        return data
    return _UNSAFE.sub(lambda byte: b"%%%02x" % byte[0][0], data)
