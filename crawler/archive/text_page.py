"""The clean text of an article as an HTML page, for archives that hold no page of the story."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{max-width:40rem;margin:2rem auto;padding:0 1rem;"
    "font:1.15rem/1.6 Georgia,'Noto Serif',serif;overflow-wrap:break-word}"
    "h1{line-height:1.25}p,h1{text-align:start}"
    "footer{margin-top:2.5rem;padding-top:1rem;border-top:1px solid;"
    "font:.9rem/1.5 system-ui,sans-serif;opacity:.8}"
)


@dataclass(slots=True, frozen=True, kw_only=True)
class TextPage:
    """What the page shows of an article, all of it as it came: it is escaped here.

    ``record`` is the id of the record with the text, ``date`` its WARC-Date; ``url`` is the address
    of the story, ``origin`` that of what the text was read from. ``made`` is the day of packing.
    ``is_cut`` means that the text goes on behind ``paragraphs``.
    """

    title: str
    day: str
    paragraphs: Sequence[str]
    language: str
    url: str
    origin: str
    record: str
    date: str
    made: str
    is_cut: bool = False

    def html(self) -> bytes:
        """Return the page, UTF-8."""
        language = self.language if _LANGUAGE.fullmatch(self.language) else ""
        parts = [
            f"<!DOCTYPE html>\n<html{_attribute('lang', language)}>\n<head>\n",
            '<meta charset="utf-8">\n<meta name="generator" content="Newsreel">\n',
            '<meta name="viewport" content="width=device-width">\n',
            f"<title>{escape(self.title or self.url)}</title>\n",
            f"<style>{_STYLE}</style>\n</head>\n<body>\n<article>\n",
            f'<h1 dir="auto">{escape(self.title)}</h1>\n' if self.title else "",
            f"<p><time>{escape(self.day)}</time></p>\n" if self.day else "",
            *(f'<p dir="auto">{escape(text)}</p>\n' for text in self.paragraphs),
            "</article>\n",
            self._footer(),
            "</body>\n</html>\n",
        ]
        return "".join(parts).encode(errors="replace")

    def _footer(self) -> str:
        cut = "<p>The text is longer; this is its beginning.</p>\n" if self.is_cut else ""
        read = f" It was read from {_link(self.origin)}." if self.origin else ""
        return (
            f'<footer lang="en" dir="ltr">\n{cut}'
            f"<p>This is no page of the publisher. Newsreel made it on {escape(self.made)}, when "
            "this archive was packed, of the clean text in the record "
            f"<code>{escape(self.record)}</code> of {escape(self.date)}: no page of the story is "
            f"in the archive.{read}</p>\n"
            f"<p>Original: {_link(self.url)}</p>\n</footer>\n"
        )


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if value else ""


def _link(url: str) -> str:
    """Return *url* as a link if it leads into the web, else as text: it may be a script."""
    shown = escape(url)
    return f'<a href="{shown}">{shown}</a>' if _WEB.match(url) else shown
