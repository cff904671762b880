"""The pages for browsers: home page, articles, the feed, robots.txt."""

from __future__ import annotations

import hashlib
import html
import re
from datetime import UTC, datetime, timezone
from email.utils import format_datetime
from xml.sax.saxutils import escape

from demo.content import Post
from demo.messages import Answer, Request, html_answer, redirect
from demo.render import TYPES, excerpt, page_text
from demo.site import Site

FEED_ITEMS = 10
_ASKS_FOR_IT = (
    '<form class="post-password-form" method="post"><p>This content is password protected.</p>'
    '<input name="post_password" type="password"></form>'
)
_NUMBERED = re.compile(r".+/(?P<number>[0-9]{1,2})/?")
_FEED_NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
)


def robots(site: Site) -> Answer:
    """Return the robots.txt that WordPress generates."""
    text = f"User-agent: *\nDisallow: {site.modes.subfolder}/wp-admin/\n"
    if site.modes.disallow:
        text += f"Disallow: {site.modes.disallow}\n"
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    return Answer(headers=headers, body=text.encode())


def respond(site: Site, request: Request, path: str) -> Answer:
    """Answer for ``path``, which is relative to the home page."""
    path = path.removeprefix("index.php").strip("/")
    plain = site.modes.permalinks == "plain"
    if request.get("feed") or (path == "feed" and not plain):
        return _feed(site, request)
    post = _find(site, request, request.target)
    if post and not site.modes.no_pages:
        canonical = plain or not (request.get("p") or request.get("page_id"))
        if not canonical:
            return redirect(301, site.permalink(post))
        return _article(site, post, request.get("page") or "1")
    if (numbered := _NUMBERED.fullmatch(path)) and not plain:
        start = request.target.partition("?")[0].rstrip("/").rpartition("/")[0]
        if post := _find(site, request, start):
            return _article(site, post, numbered["number"])
    if not path or plain:  # without rewrite rules every path shows the home page
        return redirect(301, site.modes.redirect_home) if site.modes.redirect_home else _home(site)
    return html_answer(404, "Page not found", "<h1>Page not found</h1>", _head(site))


def _find(site: Site, request: Request, target: str) -> Post | None:
    """Look a post up by ``?p=ID``, which works in every mode, or by its permalink."""
    number = request.get("p") or request.get("page_id") or ""
    if re.fullmatch(r"\d{1,18}", number, re.ASCII):
        post = site.posts.get(int(number))
        return post if post and post.status == "publish" else None
    wanted = site.origin + target.partition("?")[0].lower().rstrip("/") + "/"
    public = site.published() + site.published("page")
    return next((post for post in public if site.permalink(post).lower() == wanted), None)


def _home(site: Site) -> Answer:
    posts = sorted(site.published(), key=lambda post: not post.sticky)[:FEED_ITEMS]
    items = "\n".join(
        f'<article><h2><a href="{html.escape(site.permalink(post))}">{post.title}</a></h2>'
        f"{excerpt(post)}</article>"
        for post in posts
        if not post.password
    )
    body = f"<h1>{html.escape(site.name)}</h1>\n<main>\n{items}\n</main>"
    answer = html_answer(200, html.escape(site.name), body, _head(site))
    answer.headers += _api_link(site)
    return answer


def _article(site: Site, post: Post, page: str) -> Answer:
    author = site.users.get(post.author)
    text = page_text(site, post, int(page)) if re.fullmatch("[0-9]{1,2}", page) else None
    if text is None:
        return html_answer(404, "Page not found", "<h1>Page not found</h1>", _head(site))
    text = _ASKS_FOR_IT if post.password else text
    body = (
        f'<article class="post">\n<h1 class="entry-title">{post.title}</h1>\n'
        f'<p class="byline">By <span class="author">{author.name if author else ""}</span>, '
        f'<time class="entry-date published" datetime="{_with_zone(post)}">{post.date[:10]}'
        "</time></p>\n"
        f'<div class="entry-content">\n{text}</div>\n</article>'
    )
    canonical = f'<link rel="canonical" href="{html.escape(site.permalink(post))}">\n'
    answer = html_answer(200, f"{post.title} - {site.name}", body, canonical + _head(site))
    rest = site.rest_url(f"/wp/v2/{TYPES[post.type][0]}/{post.id}")
    answer.headers += [
        *_api_link(site),
        ("Link", f'<{rest}>; rel="alternate"; title="JSON"; type="application/json"'),
        ("Link", f"<{site.home}?p={post.id}>; rel=shortlink"),
    ]
    return answer


def _with_zone(post: Post) -> str:
    """Return the site's own time with its offset, as themes print it."""
    local, gmt = (datetime.fromisoformat(date) for date in (post.date, post.date_gmt))
    return local.replace(tzinfo=timezone(local - gmt)).isoformat()


def _api_link(site: Site) -> list[tuple[str, str]]:
    link = f'<{site.rest_url("/")}>; rel="https://api.w.org/"'
    return [("Link", link)] if site.modes.advertise in {"both", "header"} else []


def _head(site: Site) -> str:
    feed = f'<link rel="alternate" type="application/rss+xml" href="{_feed_url(site)}">\n'
    link = f'<link rel="https://api.w.org/" href="{html.escape(site.rest_url("/"))}">\n'
    # Themes and plugins leave traces, also where the API is not advertised.
    style = f'<link rel="stylesheet" href="{site.home}wp-includes/css/style.min.css">\n'
    told = {"both": link, "link": link, "header": "", "none": style}
    return feed + told[site.modes.advertise]


def _feed_url(site: Site) -> str:
    return site.home + "?feed=rss2" if site.modes.permalinks == "plain" else site.base + "feed/"


def _feed(site: Site, request: Request) -> Answer:
    """Return the feed, ten items a page; its validators are those of the whole site."""
    posts = site.published()
    number = request.get("paged") or "1"
    start = (int(number) - 1) * FEED_ITEMS if re.fullmatch(r"[1-9]\d{0,8}", number) else 0
    if start >= max(len(posts), 1):
        return html_answer(404, "Page not found", "<h1>Page not found</h1>", _head(site))
    changed = max((post.modified_gmt for post in posts), default="1970-01-01T00:00:00")
    headers = [
        ("Last-Modified", _http_date(changed)),
        ("ETag", f'"{hashlib.sha256(changed.encode()).hexdigest()[:32]}"'),
    ]
    if _unchanged(request, dict(headers)):
        return Answer(status=304, headers=headers)
    content_type = ("Content-Type", "application/rss+xml; charset=UTF-8")
    body = _rss(site, posts[start : start + FEED_ITEMS])
    return Answer(headers=[content_type, *headers], body=body.encode())


def _unchanged(request: Request, validators: dict[str, str]) -> bool:
    headers = request.headers
    if "if-none-match" in headers:
        return headers["if-none-match"] == validators["ETag"]
    return headers.get("if-modified-since") == validators["Last-Modified"]


def _rss(site: Site, posts: list[Post]) -> str:
    items = "".join(_rss_item(site, post) for post in posts)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {_FEED_NAMESPACES}>\n'
        f"<channel>\n<title>{escape(site.name)}</title>\n<link>{escape(site.home)}</link>\n"
        f"<description>{escape(site.description)}</description>\n{items}</channel>\n</rss>\n"
    )


def _rss_item(site: Site, post: Post) -> str:
    author = site.users.get(post.author)
    text = "" if post.password else post.content.replace("]]>", "]]&gt;")
    return (
        f"<item>\n<title>{escape(html.unescape(post.title))}</title>\n"
        f"<link>{escape(site.permalink(post))}</link>\n"
        f"<dc:creator><![CDATA[{author.name if author else ''}]]></dc:creator>\n"
        f"<pubDate>{_http_date(post.date_gmt, usegmt=False)}</pubDate>\n"
        f'<guid isPermaLink="false">{escape(post.guid)}</guid>\n'
        f"<content:encoded><![CDATA[{text}]]></content:encoded>\n</item>\n"
    )


def _http_date(gmt: str, *, usegmt: bool = True) -> str:
    return format_datetime(datetime.fromisoformat(gmt).replace(tzinfo=UTC), usegmt=usegmt)
