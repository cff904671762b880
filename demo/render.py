"""Posts, terms, users and types as the objects that the REST API gives."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

from demo.content import Post, Term, User
from demo.messages import CriticalError, Json
from demo.query import count_posts
from demo.site import Site

TYPES = {"post": ("posts", "Posts"), "page": ("pages", "Pages"), "attachment": ("media", "Media")}
TAXONOMIES = {"category": ("categories", "Categories"), "post_tag": ("tags", "Tags")}
_CURIES = [{"name": "wp", "href": "https://api.w.org/{rel}", "templated": True}]
_POST_EMBED = {
    "id", "date", "slug", "type", "link", "title", "excerpt", "author", "featured_media",
    "alt_text", "caption", "media_type", "mime_type", "source_url", "_links",
}  # fmt: skip
_TERM_EMBED = {"id", "link", "name", "slug", "taxonomy", "_links"}
_USER_EMBED = {"id", "name", "url", "description", "link", "slug", "avatar_urls", "_links"}


def render_post(
    site: Site, post: Post, fields: list[str], context: str = "view", *, unlocked: bool = False
) -> Json:
    """Render a post, page or attachment; ``unlocked`` shows protected text.

    Raises CriticalError for a bad post, unless ``fields`` leaves its text out.
    """
    if post.id in site.modes.bad_posts and _renders_text(fields):
        raise CriticalError(post.id)
    hidden = bool(post.password) and not unlocked
    item: Json = {
        "id": post.id,
        "date": post.date,
        "date_gmt": None if post.status == "draft" else post.date_gmt,
        "guid": {"rendered": html.escape(post.guid)},
        "modified": post.modified,
        "modified_gmt": post.modified_gmt,
        "slug": post.slug,
        "status": post.status,
        "type": post.type,
        "link": site.permalink(post),
        "title": {"rendered": post.title},
        "content": {
            "rendered": "" if hidden else _rendered(site, post),
            "protected": bool(post.password),
        },
        "excerpt": {
            "rendered": "" if hidden else excerpt(post),
            "protected": bool(post.password),
        },
        "author": post.author,
        "featured_media": post.featured,
        "comment_status": "closed",
        "ping_status": "closed",
        "template": "",
        "meta": [],
    }
    item |= _FURTHER[post.type](site, post)
    if context == "edit":
        item["password"] = post.password
        for name, raw in (("title", post.title), ("content", post.content)):
            item[name] |= {"raw": raw}
    item["_links"] = _post_links(site, post)
    return {k: v for k, v in item.items() if k in _POST_EMBED} if context == "embed" else item


def render_term(site: Site, term: Term, context: str = "view") -> Json:
    """Render a category or tag."""
    base = TAXONOMIES[term.taxonomy][0]
    item: Json = {
        "id": term.id,
        "count": count_posts(site, term),
        "description": "",
        "link": site.term_link(term),
        "name": term.name,
        "slug": term.slug,
        "taxonomy": term.taxonomy,
        "meta": [],
        "_links": _links(site, f"/wp/v2/{base}", term.id)
        | {"about": [{"href": site.rest_url(f"/wp/v2/taxonomies/{term.taxonomy}")}]},
    }
    if term.taxonomy == "category":
        item["parent"] = term.parent
    return {k: v for k, v in item.items() if k in _TERM_EMBED} if context == "embed" else item


def render_user(site: Site, user: User, context: str = "view") -> Json:
    """Render an author."""
    item: Json = {
        "id": user.id,
        "name": user.name,
        "url": "",
        "description": "",
        "link": site.author_link(user),
        "slug": user.slug,
        "avatar_urls": {},
        "meta": [],
        "_links": _links(site, "/wp/v2/users", user.id),
    }
    return {k: v for k, v in item.items() if k in _USER_EMBED} if context == "embed" else item


def render_types(site: Site) -> Json:
    """Render ``/wp/v2/types``: an object by name, not a list."""
    return {
        name: {
            "description": "",
            "hierarchical": name == "page",
            "has_archive": False,
            "name": label,
            "slug": name,
            "taxonomies": list(TAXONOMIES) if name == "post" else [],
            "rest_base": base,
            "rest_namespace": "wp/v2",
            "_links": {"wp:items": [{"href": site.rest_url(f"/wp/v2/{base}")}]},
        }
        for name, (base, label) in TYPES.items()
    }


def render_taxonomies(site: Site) -> Json:
    """Render ``/wp/v2/taxonomies``: an object by name, not a list."""
    return {
        name: {
            "name": label,
            "slug": name,
            "description": "",
            "types": ["post"],
            "hierarchical": name == "category",
            "rest_base": base,
            "rest_namespace": "wp/v2",
            "_links": {"wp:items": [{"href": site.rest_url(f"/wp/v2/{base}")}]},
        }
        for name, (base, label) in TAXONOMIES.items()
    }


def excerpt(post: Post) -> str:
    """Return the first 55 words of the text, as ``wp_trim_excerpt()`` does."""
    words = re.sub(r"<script.*?</script>|<[^>]*>", " ", post.content, flags=re.S).split()
    more = " [&hellip;]" if len(words) > 55 else ""
    return f"<p>{' '.join(words[:55])}{more}</p>\n" if words else ""


def _rendered(site: Site, post: Post) -> str:
    first = page_text(site, post, 1) if site.modes.first_page_only else None
    return first or post.content


def page_text(site: Site, post: Post, number: int) -> str | None:
    """Return a page of a post with the links of ``wp_link_pages``, None if there is no such page.

    Pages are parted by ``<!--nextpage-->``; a post without that is one page.
    """
    pages = post.content.split("<!--nextpage-->")
    if not 1 <= number <= len(pages):
        return None
    if len(pages) == 1:
        return post.content
    links = " ".join(
        f'<a href="{html.escape(_page_link(site, post, other))}">{other}</a>'
        for other in range(1, len(pages) + 1)
        if other != number
    )
    return f'{pages[number - 1]}<p class="post-nav-links">Pages: {links}</p>'


def _page_link(site: Site, post: Post, number: int) -> str:
    link = site.permalink(post)
    return link if number == 1 else f"{link}&page={number}" if "?" in link else f"{link}{number}/"


def pick_fields(item: Any, paths: Iterable[str]) -> Any:
    """Keep only the named fields, ``title.rendered`` being one inside ``title``."""
    if not isinstance(item, dict):
        return item
    deeper: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition(".")
        deeper.setdefault(name, []).append(rest)
    return {
        name: item[name] if "" in rests else pick_fields(item[name], rests)
        for name, rests in deeper.items()
        if name in item
    }


def _renders_text(fields: list[str]) -> bool:
    return not fields or any(field.split(".")[0] in {"content", "excerpt"} for field in fields)


def _post_extra(site: Site, post: Post) -> Json:
    return {
        "sticky": post.sticky,
        "format": "standard",
        "categories": post.categories,
        "tags": post.tags,
    }


def _page_extra(site: Site, post: Post) -> Json:
    return {"parent": 0, "menu_order": 0}


def _attachment_extra(site: Site, post: Post) -> Json:
    return {
        "alt_text": "",
        "caption": {"rendered": post.content},
        "media_type": "image",
        "mime_type": "image/jpeg",
        "media_details": {"file": post.file},
        "post": None,
        "source_url": f"{site.home}wp-content/uploads/{post.file}",
    }


_FURTHER = {"post": _post_extra, "page": _page_extra, "attachment": _attachment_extra}


def _links(site: Site, route: str, number: int) -> Json:
    return {
        "self": [{"href": site.rest_url(f"{route}/{number}")}],
        "collection": [{"href": site.rest_url(route)}],
        "curies": _CURIES,
    }


def _post_links(site: Site, post: Post) -> Json:
    links = _links(site, f"/wp/v2/{TYPES[post.type][0]}", post.id)
    links["about"] = [{"href": site.rest_url(f"/wp/v2/types/{post.type}")}]
    links["author"] = [{"embeddable": True, "href": site.rest_url(f"/wp/v2/users/{post.author}")}]
    if post.featured:
        href = site.rest_url(f"/wp/v2/media/{post.featured}")
        links["wp:featuredmedia"] = [{"embeddable": True, "href": href}]
    if post.type == "post":
        links["wp:term"] = [
            {
                "taxonomy": taxonomy,
                "embeddable": True,
                "href": site.rest_url(f"/wp/v2/{base}", [("post", str(post.id))]),
            }
            for taxonomy, (base, _) in TAXONOMIES.items()
        ]
    return links
