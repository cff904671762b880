"""How the site misbehaves: every switch is off by default, and they combine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from demo.messages import Answer, Json, Request, html_answer, redirect

Damage = Literal["null content", "bare", "string"]
ENDLESS_PAGES = 10**9


@dataclass(slots=True, kw_only=True, frozen=True)
class Modes:
    """The switches of one site; "REST" means every answer of the REST API."""

    permalinks: Literal["pretty", "index", "plain"] = "pretty"
    """``index`` puts ``/index.php`` before every path, ``plain`` asks by query only."""
    prefix: str = "wp-json"
    """The first part of the REST path."""
    subfolder: str = ""
    """Where WordPress lives below the host, as ``/news``; ``/robots.txt`` stays above it."""
    advertise: Literal["both", "header", "link", "none"] = "both"
    """Where the home page names the API: the Link header, the ``<link>`` element."""

    noise_before: bytes = b""
    noise_after: bytes = b""
    bom: bool = False
    encoding: Literal["ascii", "cp1252"] = "ascii"
    """``ascii`` escapes as PHP does; ``cp1252`` sends raw Windows bytes labelled UTF-8."""
    lone_surrogates: bool = False
    """Every post title ends in half an emoji."""
    list_as_object: bool = False
    gzip: bool = False
    cut_json: int = 0
    """Bytes missing at the end of the JSON (Content-Length agrees with what is sent)."""
    malformed_posts: Mapping[int, Damage] = field(default_factory=dict)
    """By id: ``null content``, ``bare`` (nothing but the id) or ``string`` instead of an object."""

    cap: int = 100
    """The largest ``per_page``; more is a 400."""
    silent_cap: int = 0
    """Pages are never longer than this, whatever ``per_page`` was accepted."""
    bad_posts: frozenset[int] = frozenset()
    """Ids that kill PHP as their text is rendered: with ``_fields=id`` the page still comes."""
    bad_status: Literal[200, 403, 500, 503] = 500
    """What a bad post is answered with; but for 500 it is a page that is not WordPress's."""
    disallow: str = ""
    """A path that robots.txt forbids besides its own."""
    first_page_only: bool = False
    """REST gives the first page of a post with ``<!--nextpage-->``, with links to the others."""
    no_pages: bool = False
    """The pages of posts are 404, as of a site that shows its stories elsewhere."""
    fields_ignored: bool = False
    no_totals: bool = False
    wrong_total: int | None = None
    """What X-WP-Total of posts and pages claims."""
    modified_after: Literal["known", "unknown", "unordered", "refused"] = "known"
    """``unknown`` as before WordPress 5.7, where it does nothing; ``unordered``: by date, not by
    modification, in any case; ``refused`` by a firewall."""
    clock: float = 0.0
    """Seconds by which the Date headers are ahead."""
    no_date: bool = False
    endless: bool = False
    """Pages past the last start anew, a next link follows each, and date filters do nothing."""

    challenge: int = 0
    """The status (200, 403, 503) of an HTML challenge page instead of REST."""
    html_404_for_api: bool = False
    blocked: bool = False
    """REST is 401 for strangers; the home page still advertises it."""
    users_blocked: bool = False
    redirect_api_to: str = ""
    """A URL prefix to which REST requests are redirected, their path and query kept."""
    redirect_home: str = ""
    fail_first: int = 0
    """How many REST requests fail with 503 before the API works."""
    retry_after: str = ""
    """The Retry-After header of these failures: seconds, a date, or garbage."""
    slow: float = 0.0
    """Seconds that each REST answer takes."""
    expose_log: bool = False
    """Serve the request log as JSON at ``/__log``."""


def modes_from_json(text: str) -> Modes:
    """Read ``{"cap": 10, …}``; raises ValueError for anything but an object of known switches."""
    given = json.loads(text)
    if not isinstance(given, dict) or given.keys() - Modes.__dataclass_fields__:
        known = ", ".join(sorted(Modes.__dataclass_fields__))
        raise ValueError(f"{text!r} is not a JSON object of these switches: {known}")
    convert: dict[str, Callable[[Any], Any]] = {
        "noise_before": str.encode,
        "noise_after": str.encode,
        "bad_posts": frozenset,
        "malformed_posts": lambda damage: {int(number): how for number, how in damage.items()},
    }
    return Modes(**{name: convert.get(name, _as_is)(value) for name, value in given.items()})


def intercept(modes: Modes, request: Request, number: int, *, known: bool) -> Answer | None:
    """Answer in place of the REST API where a mode says so.

    ``number`` counts the REST requests from 1; ``known`` is whether the client logged in.
    """
    if modes.redirect_api_to:
        return redirect(301, modes.redirect_api_to.rstrip("/") + request.target)
    if number <= modes.fail_first:
        return _unavailable(modes.retry_after)
    if modes.challenge:
        return _challenge(modes.challenge)
    if modes.html_404_for_api:
        return html_answer(404, "Page not found", "<h1>Nothing here but fog</h1>")
    if modes.blocked and not known:
        return _blocked()
    return None


def spoil_item(modes: Modes, item: Json) -> Any:
    """Damage one rendered post where a mode says so."""
    damage = modes.malformed_posts.get(item["id"])
    if damage == "string":
        return f"post {item['id']} could not be loaded"
    if damage == "bare":
        return {"id": item["id"]}
    if damage == "null content":
        item["content"] = None
    if modes.lone_surrogates:
        item["title"]["rendered"] += " \ud83d"
    return item


def encode(modes: Modes, data: object) -> bytes:
    """Dump a REST answer as WordPress does (slashes and non-ASCII escaped), noise included."""
    if modes.list_as_object and isinstance(data, list):
        data = {str(index): item for index, item in enumerate(data)}
    body = _dump(modes, data)
    if modes.cut_json:
        body = body[: -modes.cut_json]
    bom = b"\xef\xbb\xbf" if modes.bom else b""
    return bom + modes.noise_before + body + modes.noise_after


def _as_is(value: Any) -> Any:
    return value


def _dump(modes: Modes, data: object) -> bytes:
    raw = modes.encoding == "cp1252"
    text = json.dumps(data, ensure_ascii=not raw, separators=(",", ":")).replace("/", "\\/")
    return b"".join(map(_cp1252_or_escape, text)) if raw else text.encode("ascii")


def _cp1252_or_escape(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return json.dumps(character)[1:-1].encode("ascii")


def _unavailable(retry_after: str) -> Answer:
    answer = html_answer(503, "Service Unavailable", "<h1>Briefly unavailable for maintenance</h1>")
    if retry_after:
        answer.headers.append(("Retry-After", retry_after))
    return answer


def _challenge(status: int) -> Answer:
    script = '<script>document.cookie = "fog=lifted";</script>'
    return html_answer(status, "Just a moment...", f"<h1>Checking your browser</h1>{script}")


def refuse_bad_post(status: int) -> Answer:
    """Answer in place of WordPress: a firewall, a host that gave up, a plugin that ended early."""
    return html_answer(status, "Request blocked", "<h1>This request was not completed</h1>")


def _blocked() -> Answer:
    body = {
        "code": "rest_not_logged_in",
        "message": "You are not currently logged in.",
        "data": {"status": 401},
    }
    headers = [("Content-Type", "application/json; charset=UTF-8")]
    return Answer(status=401, headers=headers, body=_dump(Modes(), body))
