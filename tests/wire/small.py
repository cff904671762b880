"""Small sites made for one test: a home page, a feed, and the stories in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

_HOME = """<!DOCTYPE html><html lang="en"><head><title>The Small Wire</title>
<link rel="alternate" type="application/atom+xml" href="/feed.atom"></head>
<body><h1>The Small Wire</h1>{links}</body></html>"""
_FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">
<title>The Small Wire</title><id>tag:small.example,2026:feed</id>
<updated>2026-03-08T00:00:00Z</updated>{entries}</feed>"""
_ENTRY = """<entry><title>{title}</title><id>{guid}</id><link href="{path}"/>
<published>{published}</published><updated>{updated}</updated></entry>"""
_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta property="og:title" content="{title}"><meta property="og:type" content="article">
<meta property="article:published_time" content="{published}">
<link rel="canonical" href="{{home}}{canonical}"></head>
<body><main><article><h1>{title}</h1><div class="story-body">{body}</div></article></main></body>
</html>"""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A story at ``path``; ``guid`` and ``canonical`` are its path by default."""

    path: str
    title: str
    published: str = "2026-03-07"
    updated: str = "2026-03-07T00:00:00Z"
    guid: str = ""
    canonical: str = ""
    about: str = "ferry"

    @property
    def paragraphs(self) -> list[str]:
        """Its text."""
        return [
            f"The {self.about} was seen again on Saturday, by more people than had ever seen it.",
            f"Nobody who was asked could say where a {self.about} like that might have come from.",
        ]

    @property
    def page(self) -> str:
        """Its page."""
        return _PAGE.format(
            title=escape(self.title),
            published=self.published,
            canonical=self.canonical or self.path,
            body="".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs),
        )

    @property
    def entry(self) -> str:
        """Its entry in the feed."""
        return _ENTRY.format(
            title=escape(self.title),
            guid=self.guid or f"{{home}}{self.path}",
            path=self.path,
            published=self.published[:10] + "T00:00:00Z",
            updated=self.updated,
        )


def edition(
    folder: Path,
    fed: Sequence[Item],
    *,
    fronted: Sequence[Item] = (),
    unlinked: Sequence[Item] = (),
) -> str:
    """Write an edition into *folder* whose feed links *fed* and whose front page *fronted*.

    The pages of *unlinked* are there too.

    Returns what `tests.wire.service.Service.publish` calls it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    links = "".join(f'<h2><a href="{i.path}">{escape(i.title)}</a></h2>' for i in fronted)
    files = {"index.html": _HOME.format(links=links)}
    files["feed.atom"] = _FEED.format(entries="".join(item.entry for item in fed))
    files |= {f"{item.path.strip('/')}.html": item.page for item in (*fed, *fronted, *unlinked)}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return str(folder)
