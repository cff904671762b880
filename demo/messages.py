"""A request as the site understands it, and the answers and errors that it may get."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
HTML = "text/html; charset=UTF-8"


@dataclass(slots=True, kw_only=True, frozen=True)
class Request:
    """A request: ``target`` as sent, ``path`` decoded, without query, header names lower case."""

    method: str
    path: str
    target: str
    query: list[tuple[str, str]]
    headers: dict[str, str]

    def get(self, name: str) -> str | None:
        """Return the last value of a query parameter, as PHP does."""
        return next((value for key, value in reversed(self.query) if key == name), None)

    def basic_credentials(self) -> tuple[str, str] | None:
        """Return user and password of Basic authentication, spaces in the password dropped."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, colon, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (user, password.replace(" ", "")) if colon else None


@dataclass(slots=True, kw_only=True)
class Answer:
    """A response; ``headers`` keeps order and repeats, ``delay`` is seconds to wait."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    delay: float = 0.0


@dataclass(slots=True, kw_only=True)
class Result:
    """What a REST endpoint returns: ``data`` becomes JSON, ``_fields`` is not applied yet."""

    data: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class RestError(Exception):
    """An error as WordPress words it: ``{"code", "message", "data": {"status", …}}``."""

    def __init__(self, status: int, code: str, message: str, **data: object) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"code": code, "message": message, "data": {"status": status, **data}}


class CriticalError(Exception):
    """PHP died while it built the page."""


def html_answer(status: int, title: str, body: str, head: str = "") -> Answer:
    """Wrap ``body`` in a page; all three texts are HTML already."""
    page = (
        f'<!DOCTYPE html>\n<html lang="en-CA">\n<head>\n<meta charset="UTF-8">\n'
        f"<title>{title}</title>\n{head}</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
    return Answer(status=status, headers=[("Content-Type", HTML)], body=page.encode())


def redirect(status: int, location: str) -> Answer:
    """Send the client to ``location``."""
    headers = [("Content-Type", HTML), ("Location", location)]
    return Answer(status=status, headers=headers)
