"""The REST API: from a route and its parameters to the bytes of an answer."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

from demo import endpoints
from demo.endpoints import Call
from demo.messages import Answer, CriticalError, Json, Request, RestError, Result, html_answer
from demo.modes import encode, intercept, refuse_bad_post
from demo.params import item_args, php_query, post_args, term_args, user_args
from demo.render import pick_fields
from demo.site import Site

Endpoint = Callable[[Call, re.Match[str]], Result]
Args = Callable[[int], Json]

_HEADERS = {
    "Content-Type": "application/json; charset=UTF-8",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    "Allow": "GET",
}
_COLLECTIONS = ("posts", "pages", "media", "categories", "tags", "users", "types", "taxonomies")


def respond(site: Site, request: Request, route: str) -> Answer:
    """Answer a request for a REST route such as ``/wp/v2/posts``."""
    site.rest_requests += 1
    if site.on_request:
        site.on_request(site, site.rest_requests)
    user = site.user_of(request)
    if answer := intercept(site.modes, request, site.rest_requests, known=user is not None):
        return answer
    if site.modes.modified_after == "refused" and request.get("modified_after"):
        return refuse_bad_post(403)
    call = Call(site, request, php_query(request.query), user)
    try:
        result = _dispatch(call, route)
    except RestError as error:
        result = Result(data=error.body, status=error.status)
    except CriticalError:
        return _critical(site, request)
    return _answer(site, result)


def _answer(site: Site, result: Result) -> Answer:
    """Encode *result*; its Link header replaces the one that names the API."""
    headers = _HEADERS | {"Link": f'<{site.rest_url("/")}>; rel="https://api.w.org/"'}
    body = encode(site.modes, result.data)
    if site.modes.gzip:
        headers, body = headers | {"Content-Encoding": "gzip"}, gzip.compress(body, mtime=0)
    return Answer(
        status=result.status,
        headers=list((headers | result.headers).items()),
        body=body,
    )


def _critical(site: Site, request: Request) -> Answer:
    """Return a fatal error, as JSON only if the client asked for JSON."""
    if site.modes.bad_status != 500:
        return refuse_bad_post(site.modes.bad_status)
    text = "<p>There has been a critical error on this website.</p>"
    if "application/json" not in request.headers.get("accept", ""):
        return html_answer(500, "WordPress &rsaquo; Error", text)
    error = RestError(500, "internal_server_error", text)
    return _answer(site, Result(data=error.body, status=500))


def _dispatch(call: Call, route: str) -> Result:
    for pattern, endpoint, args in _routes():
        if match := re.fullmatch(pattern, route.rstrip("/"), re.ASCII):
            if call.request.method == "OPTIONS":
                return _describe(call, args)
            result = endpoint(call, match)
            result.data = _only(call.fields, result.data)
            return result
    message = "No route was found matching the URL and request method."
    raise RestError(404, "rest_no_route", message)


def _routes() -> list[tuple[str, Endpoint, Args]]:
    item = "/(?P<id>[0-9]+)"
    return [
        ("", _index, _no_args),
        ("/wp/v2", _namespace, _no_args),
        ("/wp/v2/(?P<base>posts|pages|media)", endpoints.posts, post_args),
        (f"/wp/v2/(?P<base>posts|pages|media){item}", endpoints.post, _item_args),
        ("/wp/v2/(?P<base>categories|tags)", endpoints.terms, term_args),
        (f"/wp/v2/(?P<base>categories|tags){item}", endpoints.term, _item_args),
        ("/wp/v2/users", endpoints.users, user_args),
        ("/wp/v2/users/me", endpoints.me, _item_args),
        (f"/wp/v2/users{item}", endpoints.user, _item_args),
        ("/wp/v2/types(?:/(?P<name>[a-z_]+))?", endpoints.types, _no_args),
        ("/wp/v2/taxonomies(?:/(?P<name>[a-z_]+))?", endpoints.taxonomies, _no_args),
    ]


def _no_args(cap: int) -> Json:
    return {}


def _item_args(cap: int) -> Json:
    return item_args()


def _only(fields: list[str], data: Any) -> Any:
    if not fields:
        return data
    if isinstance(data, list):
        return [pick_fields(item, fields) for item in data]
    return pick_fields(data, fields)


def _describe(call: Call, args: Args) -> Result:
    """Answer OPTIONS, where a client sees which parameters this site knows."""
    endpoint = {"methods": ["GET"], "args": args(call.site.modes.cap)}
    return Result(data={"namespace": "wp/v2", "methods": ["GET"], "endpoints": [endpoint]})


def _index(call: Call, match: re.Match[str]) -> Result:
    site = call.site
    authorise = {"authorization": f"{site.home}wp-admin/authorize-application.php"}
    data = {
        "name": site.name,
        "description": site.description,
        "url": site.home.rstrip("/"),
        "home": site.home.rstrip("/"),
        "gmt_offset": f"{site.gmt_offset:g}",
        "timezone_string": site.timezone_string,
        "namespaces": ["oembed/1.0", "wp/v2"],
        "authentication": {"application-passwords": {"endpoints": authorise}},
        "routes": {"/": _route_entry(site, "/")} | _route_entries(site),
        "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
    }
    return Result(data=data)


def _namespace(call: Call, match: re.Match[str]) -> Result:
    return Result(data={"namespace": "wp/v2", "routes": _route_entries(call.site)})


def _route_entries(site: Site) -> Json:
    routes = ["/wp/v2", *(f"/wp/v2/{base}" for base in _COLLECTIONS)]
    return {route: _route_entry(site, route) for route in routes}


def _route_entry(site: Site, route: str) -> Json:
    return {
        "namespace": "wp/v2" if route != "/" else "",
        "methods": ["GET"],
        "endpoints": [{"methods": ["GET"], "args": {}}],
        "_links": {"self": [{"href": site.rest_url(route)}]},
    }
