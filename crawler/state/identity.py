"""An article's identity: its normalised guid and its date."""

from __future__ import annotations

import hashlib
import html
from datetime import UTC, datetime
from urllib.parse import urlsplit

_DEFAULT_PORT = {"http": 80, "https": 443}


def normalise_guid(guid: str) -> str:
    """Return *guid* in the form that is compared and stored.

    Entities are decoded; of an http(s) URL the scheme, the fragment, the default port and a
    trailing dot of the host are dropped and the host is in lower case. Anything else (a
    ``tag:`` URI, a number) is kept as it is, white space trimmed.
    """
    text = html.unescape(guid).strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return text
    if parts.scheme.lower() not in _DEFAULT_PORT or not parts.hostname:
        return text
    host = parts.hostname.rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    if port not in (None, _DEFAULT_PORT[parts.scheme.lower()]):
        host = f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"//{host}{parts.path or '/'}{query}"


def article_key(guid: str, date: str) -> str:
    """Return the 16 hexadecimal digits that identify (*guid*, *date*).

    *date* is the publisher's local time of publication as published, e.g.
    ``2024-04-11T15:25:48``.
    """
    return hashlib.sha256(f"{normalise_guid(guid)}\n{date}".encode()).hexdigest()[:16]


def to_utc(date_gmt: object) -> str:
    """Return *date_gmt* as ``YYYY-MM-DDTHH:MM:SS`` in UTC, empty if it is no date and time."""
    try:
        moment = datetime.fromisoformat(str(date_gmt))
        if moment.tzinfo:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return ""
    return moment.isoformat(timespec="seconds")
