"""The demonstration wire service: a site without WordPress, read by its feed and its fronts."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from demo.content import harbour_content

NAME = "North Shore Wire"
_STORIES = Path(__file__).parent / "wire" / "stories.toml"
_HTML = "text/html; charset=utf-8"
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | {name}</title>
<meta property="og:site_name" content="{name}"><meta property="og:title" content="{title}">
{head}<link rel="alternate" type="application/rss+xml" href="{home}feed.xml"></head>
<body><header class="masthead"><a href="{home}">{name}</a>
<nav><ul>{sections}</ul></nav></header>
<main>{main}</main>
<footer><p>{name} is invented, and so is everything that it reports.</p></footer></body></html>
"""
_ARTICLE = """<article><h1>{title}</h1>
<p class="byline">By {author} · <time datetime="{date}">{day}</time></p>
<div class="share-buttons"><a href="#">Share</a> <a href="#">Send</a></div>
<div class="story-body">{text}
<aside class="newsletter"><h3>The shore by mail</h3><p>Every morning what the night has brought, in
five minutes. Sign up with your address.</p><form><input type="email"></form></aside></div>
<section class="related"><h2>Read also</h2><ul>{related}</ul></section></article>"""
_HEAD = """<meta property="og:type" content="article">
<meta property="article:published_time" content="{date}">
<link rel="canonical" href="{url}">
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story; ``date`` carries its offset, ``html`` is its text."""

    slug: str
    date: datetime
    section: str
    author: str
    title: str
    html: str

    @property
    def path(self) -> str:
        """The path of its page."""
        return f"{self.section}/{self.date:%Y/%m/%d}/{self.slug}"


@dataclass(slots=True, kw_only=True)
class WireService:
    """The service at ``home``, newest story first."""

    stories: list[Story]
    home: str = ""
    requested: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, str, str]:
        """Return status, media type and body of the answer for *path*."""
        self.requested.append(path)
        path = path.partition("?")[0].strip("/")
        story = next((it for it in self.stories if it.path == path), None)
        if story:
            return 200, _HTML, self._story(story)
        if path in ("", *(it.section for it in self.stories)):
            return 200, _HTML, self._front(path)
        match path:
            case "feed.xml":
                return 200, "application/rss+xml; charset=utf-8", self._feed()
            case "robots.txt":
                return 200, "text/plain", "User-agent: *\nDisallow: /admin/\n"
        return 404, _HTML, self._page("Not found", "<h1>Not found</h1>")

    def _page(self, title: str, main: str, head: str = "") -> str:
        sections = sorted({it.section for it in self.stories})
        links = "".join(f'<li><a href="{self.home}{it}">{it}</a></li>' for it in sections)
        return _PAGE.format(
            title=escape(title), name=NAME, head=head, home=self.home, sections=links, main=main
        )

    def _front(self, section: str) -> str:
        chosen = [it for it in self.stories if section in ("", it.section)]
        teasers = "".join(f"<h2>{self._link(it)}</h2>" for it in chosen)
        return self._page(section or NAME, f"<h1>{section or NAME}</h1>{teasers}")

    def _story(self, story: Story) -> str:
        others = [it for it in self.stories if it is not story][:3]
        main = _ARTICLE.format(
            title=escape(story.title),
            author=escape(story.author),
            date=story.date.isoformat(),
            day=f"{story.date:%d %B %Y}",
            text=story.html,
            related="".join(f"<li>{self._link(it)}</li>" for it in others),
        )
        head = _HEAD.format(date=story.date.isoformat(), url=self.home + story.path)
        return self._page(story.title, main, head)

    def _link(self, story: Story) -> str:
        return f'<a href="{self.home}{story.path}">{escape(story.title)}</a>'

    def _feed(self) -> str:
        items = "".join(
            f"<item><title>{escape(it.title)}</title><link>{self.home}{it.path}</link>"
            f"<pubDate>{format_datetime(it.date)}</pubDate></item>"
            for it in self.stories
        )
        return (
            f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>{NAME}</title><link>{self.home}</link>{items}</channel></rss>"
        )


def demo_wire() -> WireService:
    """Return the service with its stories, served nowhere yet."""
    found = tomllib.loads(_STORIES.read_text(encoding="utf-8"))["story"]
    posts = {post.id: post for post in harbour_content()[0]}
    stories = [_story(fields, posts) for fields in found]
    return WireService(stories=sorted(stories, key=lambda it: it.date, reverse=True))


def _story(fields: dict[str, Any], posts: dict[int, Any]) -> Story:
    number, text = fields.pop("post", None), fields.pop("text", ())
    html = posts[number].content if number else "".join(f"<p>{escape(it)}</p>\n" for it in text)
    date = datetime.fromisoformat(fields.pop("date"))
    return Story(**fields, date=date, html=html)


@contextmanager
def serve_wire(service: WireService) -> Iterator[WireService]:
    """Run *service* on a free loopback port in a thread; ``home`` is where."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"  # a connection an answer: none outlives the server

        def do_GET(self) -> None:
            status, kind, text = service.answer(self.path)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.home = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="demo-wire")
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
