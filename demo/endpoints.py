"""The endpoints of ``wp/v2``: who may see what, paging headers, ``_embed``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo.content import Post, Term, User
from demo.messages import Json, Request, RestError, Result
from demo.modes import spoil_item
from demo.params import PhpQuery, item_args, post_args, term_args, user_args, validate
from demo.query import ResultPage, select_posts, select_terms, select_users
from demo.render import (
    TAXONOMIES,
    TYPES,
    render_post,
    render_taxonomies,
    render_term,
    render_types,
    render_user,
)
from demo.site import Site

_TYPE_OF = {base: name for name, (base, _) in TYPES.items()}
_TAXONOMY_OF = {base: name for name, (base, _) in TAXONOMIES.items()}
_PUBLIC = {"publish", "inherit"}


@dataclass(slots=True, frozen=True)
class Call:
    """One REST request: the site, what was sent, and the user who sent it (None: a stranger)."""

    site: Site
    request: Request
    query: PhpQuery
    user: User | None

    @property
    def fields(self) -> list[str]:
        """The names in ``_fields``; empty for everything."""
        return [] if self.site.modes.fields_ignored else self.words("_fields")

    def words(self, name: str) -> list[str]:
        """Split a parameter that every route takes and that has no schema."""
        value = self.query.get(name, "")
        parts = value if isinstance(value, list) else re.split(r"[\s,]+", value)
        return [part for part in parts if part]


def posts(call: Call, match: re.Match[str]) -> Result:
    """List posts, pages or media."""
    query = validate(post_args(call.site.modes.cap), call.query)
    _check_context(call, query, "Sorry, you are not allowed to edit posts in this post type.")
    page = select_posts(call.site, _TYPE_OF[match["base"]], query, known=call.user is not None)
    items = [_post_item(call, post, query["context"]) for post in page.items]
    return _collection(call, match, page, items, total=call.site.modes.wrong_total)


def post(call: Call, match: re.Match[str]) -> Result:
    """Show one post, page or attachment."""
    found = call.site.posts.get(int(match["id"]))
    if found is None or found.type != _TYPE_OF[match["base"]]:
        raise RestError(404, "rest_post_invalid_id", "Invalid post ID.")
    query = validate(item_args(), call.query)
    _check_context(call, query, "Sorry, you are not allowed to edit this post.")
    if found.status not in _PUBLIC and call.user is None:
        raise RestError(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
    password = query.get("password")
    if password and password != found.password:
        raise RestError(403, "rest_post_incorrect_password", "Incorrect post password.")
    item = _post_item(call, found, query["context"], unlocked=bool(password))
    link = f'<{call.site.permalink(found)}>; rel="alternate"; type=text/html'
    return Result(data=item, headers={"Link": link})


def terms(call: Call, match: re.Match[str]) -> Result:
    """List categories or tags."""
    query = validate(term_args(call.site.modes.cap), call.query)
    _check_context(call, query, "Sorry, you are not allowed to edit terms in this taxonomy.")
    page = select_terms(call.site, _TAXONOMY_OF[match["base"]], query)
    items = [render_term(call.site, term, query["context"]) for term in page.items]
    return _collection(call, match, page, items)


def term(call: Call, match: re.Match[str]) -> Result:
    """Show one category or tag."""
    found = call.site.terms.get(int(match["id"]))
    if found is None or found.taxonomy != _TAXONOMY_OF[match["base"]]:
        raise RestError(404, "rest_term_invalid", "Term does not exist.")
    return Result(data=render_term(call.site, found))


def users(call: Call, match: re.Match[str]) -> Result:
    """List authors."""
    query = validate(user_args(call.site.modes.cap), call.query)
    _check_context(call, query, "Sorry, you are not allowed to list users.")
    _check_users_open(call)
    page = select_users(call.site, query)
    items = [render_user(call.site, user, query["context"]) for user in page.items]
    return _collection(call, match, page, items)


def user(call: Call, match: re.Match[str]) -> Result:
    """Show one author."""
    return Result(data=_user_item(call, int(match["id"])))


def me(call: Call, match: re.Match[str]) -> Result:
    """Show who is logged in: the one route where a wrong password is seen."""
    if call.user is None:
        raise RestError(401, "rest_not_logged_in", "You are not currently logged in.")
    return Result(data=render_user(call.site, call.user))


def types(call: Call, match: re.Match[str]) -> Result:
    """Show the post types, or one."""
    return Result(data=_named(render_types(call.site), match["name"], "rest_type_invalid"))


def taxonomies(call: Call, match: re.Match[str]) -> Result:
    """Show the taxonomies, or one."""
    return Result(data=_named(render_taxonomies(call.site), match["name"], "rest_taxonomy_invalid"))


def _named(objects: Json, name: str | None, code: str) -> Json:
    if name is None:
        return objects
    if name not in objects:
        raise RestError(404, code, "Invalid post type." if "type" in code else "Invalid taxonomy.")
    found: Json = objects[name]
    return found


def _check_context(call: Call, query: Json, message: str) -> None:
    if query["context"] == "edit" and call.user is None:
        raise RestError(401, "rest_forbidden_context", message)


def _check_users_open(call: Call) -> None:
    if call.site.modes.users_blocked and call.user is None:
        raise RestError(401, "rest_user_cannot_view", "Sorry, you are not allowed to list users.")


def _collection(
    call: Call,
    match: re.Match[str],
    page: ResultPage[Post] | ResultPage[Term] | ResultPage[User],
    items: list[Any],
    total: int | None = None,
) -> Result:
    """Add the paging headers; ``total``, if given, is the wrong total that they are to claim."""
    headers = {}
    if not call.site.modes.no_totals:
        headers["X-WP-Total"] = str(page.total if total is None else total)
        headers["X-WP-TotalPages"] = str(page.pages)
    if links := _link_header(call, match[0], page.number, page.pages):
        headers["Link"] = ", ".join(links)
    return Result(data=items, headers=headers)


def _link_header(call: Call, route: str, number: int, pages: int) -> list[str]:
    """Return the Link header, whose one line names the previous and the next page."""
    kept = [(key, value) for key, value in call.request.query if key not in {"page", "rest_route"}]
    near = []
    if number > 1:
        near.append(("prev", min(number - 1, pages)))
    if number < pages:
        near.append(("next", number + 1))
    urls = [(rel, call.site.rest_url(route, [*kept, ("page", str(n))])) for rel, n in near]
    return [f'<{url}>; rel="{rel}"' for rel, url in urls]


def _post_item(call: Call, found: Post, context: str, *, unlocked: bool = False) -> Any:
    unlocked = unlocked or context == "edit"
    item = render_post(call.site, found, call.fields, context, unlocked=unlocked)
    if "_embed" in call.query:
        item["_embedded"] = _embedded(call, found)
    return spoil_item(call.site.modes, item)


def _embedded(call: Call, found: Post) -> Json:
    """Return what ``_embed`` asks for, an error object in place of what fails."""
    makers: dict[str, Callable[[], Any]] = {
        "author": lambda: [_author(call, found)],
        "wp:featuredmedia": lambda: _featured(call.site, found),
        "wp:term": lambda: [_held(call.site, ids) for ids in (found.categories, found.tags)],
    }
    names = call.words("_embed")
    everything = not names or bool({*names} & {"1", "true"})
    made = {name: make() for name, make in makers.items() if everything or name in names}
    return {name: value for name, value in made.items() if value}


def _author(call: Call, found: Post) -> Json:
    try:
        return _user_item(call, found.author, "embed")
    except RestError as error:
        return error.body


def _featured(site: Site, found: Post) -> list[Json]:
    media = site.posts.get(found.featured)
    return [render_post(site, media, [], "embed")] if media else []


def _held(site: Site, ids: list[int]) -> list[Json]:
    return [render_term(site, site.terms[number], "embed") for number in ids]


def _user_item(call: Call, number: int, context: str = "view") -> Json:
    _check_users_open(call)
    if number not in call.site.users:
        raise RestError(404, "rest_user_invalid_id", "Invalid user ID.")
    return render_user(call.site, call.site.users[number], context)
