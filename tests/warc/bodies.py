"""Requests with bodies of all kinds."""

from __future__ import annotations

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=xyz"
PARTS = (
    b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n1 & 2\r\n'
    b'--xyz\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n\x00\xff\r\n--xyz--\r\n"
)

BODIES: dict[str, tuple[str, str, bytes]] = {
    "form": ("POST", FORM, b"b=2&a=%20x+y"),
    "form with charset": ("POST", FORM + "; charset=utf-8", "ü=é".encode()),
    "form of no UTF-8": ("POST", FORM, b"a=\xff"),
    "empty": ("POST", FORM, b""),
    "put": ("PUT", FORM, b"a=1"),
    "long": ("POST", FORM, b"a=" + b"x" * 10_000),
    "json": ("POST", JSON, b'{"a": 1, "b": {"a": 2, "c": [true, false, null, 1.5, 2.0, "x y"]}}'),
    "json list": ("POST", JSON, b'[{"id": 1}, {"id": 2}, 3]'),
    "no json": ("POST", JSON, b"{"),
    "deep json": ("POST", JSON, b"[" * 100_000),
    "surrogate in json": ("POST", JSON, b'{"a": "\\ud800"}'),
    "text that is json": ("POST", "text/plain;charset=UTF-8", b'{"a": 1}'),
    "text": ("POST", "text/plain", b"hello"),
    "binary": ("POST", "application/octet-stream", b"\x00\xff"),
    "no type": ("POST", "", b"abc"),
    "multipart": ("POST", MULTIPART, PARTS),
    "multipart without boundary": ("POST", "multipart/form-data", PARTS),
    "delete": ("DELETE", "", b""),
    "head": ("HEAD", "", b""),
    "options": ("options", "", b""),
}


def request(method: str, mime: str, body: bytes) -> bytes:
    """Return the message that carries *body*."""
    kind = f"Content-Type: {mime}\r\n" if mime else ""
    head = f"{method} / HTTP/1.1\r\nHost: x.test\r\n{kind}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
