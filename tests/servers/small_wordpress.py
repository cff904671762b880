"""A small WordPress with plugins: languages, authors and taxonomies of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

from tests.servers.plain import answering

Json = dict[str, Any]


@dataclass
class SmallWordPress:
    """``posts`` have ``lang``; ``hides`` says how their list keeps languages apart.

    With ``parameter`` it is that of ``lang`` (``language`` without one), with ``address`` that of
    the folder that the API is in; empty: it does not. ``head`` goes into the home page, ``terms``
    are by route, ``taxonomies`` as the API gives them. ``password`` is the one right header.
    It ignores the order and the bounds of lists, unless it ``knows_dates``.
    """

    posts: list[Json]
    hides: str = ""
    language: str = "en"
    head: str = ""
    taxonomies: Json = field(default_factory=dict)
    types: Json = field(default_factory=dict)
    terms: dict[str, list[Json]] = field(default_factory=dict)
    refuses: str = ""
    home: str = ""
    knows_dates: bool = False
    asked: list[str] = field(default_factory=list)

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        target = head.split(b" ", 2)[1].decode()
        self.asked.append(target)
        parts = urlsplit(target)
        folder, api, route = parts.path.partition("/wp-json/")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if not api:
            status, body, headers = 200, self._page().encode(), {"Content-Type": "text/html"}
        else:
            status, value, headers = self._answer(folder.strip("/"), route, query, head)
            body = json.dumps(value).encode()
            headers["Content-Type"] = "application/json"
        headers["Date"] = formatdate(usegmt=True)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        top = [f"HTTP/1.1 {status} X", *lines, f"Content-Length: {len(body)}", "", ""]
        out.write("\r\n".join(top).encode() + body)

    def _page(self) -> str:
        head = self.head.replace("{home}", self.home)
        return f"<!DOCTYPE html><html lang='{self.language}'><head>{head}</head></html>"

    def _answer(
        self, folder: str, route: str, query: dict[str, str], head: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        if self.refuses and b"authorization" in head.lower():
            return 401, {"code": self.refuses, "message": "No.", "data": {"status": 401}}, {}
        name = route.removeprefix("wp/v2/").strip("/")
        if not name:
            return 200, {"namespaces": ["wp/v2"]}, {}
        if name == "posts":
            found = self._wanted(folder, query)
            return 200, found, {"X-WP-Total": str(len(self._listed(folder, query)))}
        if name in self.terms:
            ids = query.get("include", "").split(",")
            return 200, [term for term in self.terms[name] if str(term["id"]) in ids], {}
        if name in ("taxonomies", "types"):
            return 200, getattr(self, name), {}
        return 404, {"code": "rest_no_route", "message": "No.", "data": {"status": 404}}, {}

    def _listed(self, folder: str, query: dict[str, str]) -> list[Json]:
        bounds = {"after": "date", "modified_after": "modified"} if self.knows_dates else {}
        return [
            post
            for post in self._of_language(folder, query)
            if all(post[column] > query.get(name, "") for name, column in bounds.items())
        ]

    def _of_language(self, folder: str, query: dict[str, str]) -> list[Json]:
        if not self.hides:
            return self.posts
        lang = query.get("lang", self.language) if self.hides == "parameter" else folder or "en"
        return [post for post in self.posts if post["lang"] == lang]

    def _wanted(self, folder: str, query: dict[str, str]) -> list[Json]:
        found = self._listed(folder, query)
        if include := query.get("include"):
            found = [post for post in found if str(post["id"]) in include.split(",")]
        fields = query.get("_fields", "").split(",")
        limit = int(query.get("per_page", 10))
        return [
            {name: value for name, value in post.items() if name in fields}
            for post in found[int(query.get("offset", 0)) :][:limit]
        ]


def rest_post(number: int, home: str, text: str, *, folder: str = "", **more: Any) -> Json:
    """Return a post as the API gives it, below *folder*."""
    day = f"2024-03-{number:02d}T10:00:00"
    return {
        "id": number,
        "date": day,
        "date_gmt": day,
        "modified": day,
        "modified_gmt": day,
        "guid": {"rendered": f"https://many.example/?p={number}"},
        "link": f"{home}/{folder}story-{number}/",
        "title": {"rendered": f"Story {number}"},
        "content": {"rendered": f"<p>{text}</p>"},
        "lang": "en",
        **more,
    }


@contextmanager
def serving(site: SmallWordPress) -> Iterator[SmallWordPress]:
    """Serve *site*; ``{home}`` in its posts' addresses becomes its own."""
    with answering(site) as home:
        site.home = home
        for post in site.posts:
            post["link"] = post["link"].replace("{home}", home)
        yield site
