"""An answer of the REST API, or the error that came in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from scrapy.http import Response

from crawler.exceptions import printable
from crawler.items import RecordRef
from crawler.sources.sniffing import first_words
from crawler.sources.tolerant_json import NotJsonError, decode

PAST_THE_END = "rest_post_invalid_page_number"
GONE = "rest_post_invalid_id"
UNKNOWN_ROUTE = "rest_no_route"

YEARS = range(1900, 2200)
"""Dates of other years are slips, and would lie beyond what a calendar can count on from."""

_COUNT = re.compile(rb"[0-9]{1,9}")


class AnswerError(Exception):
    """An answer that cannot be used; the message says what came instead.

    ``status`` is HTTP's, 0 if nothing came; ``code`` and ``params`` are WordPress's own, empty
    if something else answered (a challenge page, a proxy, a broken theme).
    """

    def __init__(
        self, message: str, *, status: int = 0, code: str = "", params: Mapping[str, str] = {}
    ) -> None:
        super().__init__(printable(message))
        self.status = status
        self.code = code
        self.params = params

    @property
    def is_forbidden(self) -> bool:
        """Whether the site answers only to users whom it knows."""
        return self.status in (401, 403)


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON ``value`` of an answer.

    ``total`` is X-WP-Total if it came, ``repairs`` names what was wrong with the JSON, ``record``
    is where the response is in the archive, if there is one, ``sent`` the site's own time, in UTC.
    """

    url: str
    value: Any
    total: int | None
    repairs: tuple[str, ...]
    record: RecordRef | None
    sent: datetime | None = None

    def elements(self) -> Sequence[Any]:
        """Return the list that the value is, also if PHP made an object of it.

        Raises `AnswerError` if it is neither.
        """
        is_listlike = isinstance(self.value, dict) and all(map(str.isdecimal, self.value))
        if is_listlike and (self.value or self.total == 0):
            return list(self.value.values())
        if isinstance(self.value, list):
            return self.value
        raise AnswerError(f"{self.url} is no list but {str(self.value)[:100]}", status=200)


def read(response: Response) -> Answer:
    """Read *response*. Raises `AnswerError`."""
    try:
        decoded = decode(response.body)
    except NotJsonError:
        raise _not_rest(response) from None
    if error := _error(decoded.value, response):
        raise error
    if response.status != 200:
        raise _not_rest(response)
    total = (response.headers.get("X-WP-Total") or b"").strip()
    count = int(total) if _COUNT.fullmatch(total) else None
    record = response.meta.get("archive")
    sent = sent_at(response)
    return Answer(response.url, decoded.value, count, decoded.repairs, record, sent)


def sent_at(response: Response) -> datetime | None:
    """Return the Date of *response* in UTC, without zone; None if it has none that can be read."""
    text = (response.headers.get("Date") or b"").decode("latin-1")
    try:
        time = parsedate_to_datetime(text)
        sent = time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return sent if sent.year in YEARS else None


def _not_rest(response: Response) -> AnswerError:
    kind = (response.headers.get("Content-Type") or b"no content type").decode("latin-1")
    return AnswerError(
        f"{response.url} is no REST answer but {kind} with status {response.status}: "
        f"“{first_words(response.body)}”",
        status=response.status,
    )


def _error(value: Any, response: Response) -> AnswerError | None:
    """Return the error if *value* is WordPress's error object (code, message, data)."""
    if not (isinstance(value, dict) and isinstance(value.get("code"), str) and "message" in value):
        return None
    data = value["data"] if isinstance(value.get("data"), dict) else {}
    params = data["params"] if isinstance(data.get("params"), dict) else {}
    message = first_words(str(value["message"]).encode())
    return AnswerError(
        f"{response.url}: {response.status} {value['code']}: {message}",
        status=response.status,
        code=value["code"],
        params={str(name): str(text) for name, text in params.items()},
    )
