"""The switches of a site: what real WordPress sites do to those who read their API."""

from __future__ import annotations

from typing import Literal, TypedDict


class Behaviour(TypedDict, total=False):
    """What a site does; every switch can be set at the start and changed while it runs.

    rest: what strangers get: ``open``, or ``blocked`` (401 ``rest_not_logged_in``).
    rest_prefix: path of the API with pretty permalinks.
    rest_host: host name that the API redirects to (301), on the same port; "" for none.
    advertise: the home page tells of the API in ``both`` header and HTML, ``html``, or ``none``.
    users: ``/wp/v2/users`` for strangers: ``open``, or the status that security plugins answer.
    per_page_cap, cap_mode: largest page (0: WordPress's 100); more is 400 (``refuse``) or cut
        down in silence (``shorten``).
    totals: whether X-WP-Total and X-WP-TotalPages are sent.
    bad_post: slug of a post that makes each answer with its content a 500.
    challenge, challenge_at: status of an HTML challenge page (0: none) for ``rest`` or ``site``.
    delay: seconds before each API answer.
    noise: bytes that are no JSON: ``notice`` or ``bom`` before, ``html_after``; ``cp1252``, ``cut``
        (a third is missing), ``list_as_object``, ``null_content`` (of the first post),
        ``surrogate`` (a lone one begins each title).
    """

    rest: Literal["open", "blocked"]
    rest_prefix: str
    rest_host: str
    advertise: Literal["both", "html", "none"]
    users: Literal["open", "401", "404"]
    per_page_cap: int
    cap_mode: Literal["refuse", "shorten"]
    totals: bool
    bad_post: str
    challenge: int
    challenge_at: Literal["rest", "site"]
    delay: float
    noise: Literal[
        "",
        "notice",
        "bom",
        "html_after",
        "cp1252",
        "cut",
        "list_as_object",
        "null_content",
        "surrogate",
    ]


DEFAULTS = Behaviour(
    rest="open",
    rest_prefix="wp-json",
    rest_host="",
    advertise="both",
    users="open",
    per_page_cap=0,
    cap_mode="refuse",
    totals=True,
    bad_post="",
    challenge=0,
    challenge_at="rest",
    delay=0.0,
    noise="",
)
