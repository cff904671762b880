"""A page painted with what was taken of it and what was left: one HTML file that needs no other.

Nothing of the page's own markup is in it: its text is escaped, and the file has no scripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from crawler.pages.explained_page import Explained
from crawler.pages.page_pieces import TITLE

if TYPE_CHECKING:
    from crawler.pages.page_pieces import Piece

_STYLE = """
:root { color-scheme: light dark; --taken: #0a7d32; --left: #a33a00; }
@media (prefers-color-scheme: dark) { :root { --taken: #57d98a; --left: #ffab7a; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
.piece { margin: .4rem 0; padding: .2rem .8rem; border-left: .3rem solid; overflow-wrap: anywhere; }
.piece p { margin: .2rem 0; }
.taken { border-color: var(--taken); }
.left { border-color: var(--left); border-left-style: dotted; }
.heading { font-weight: 700; }
.why { font-size: .85rem; color: var(--left); }
.why code { color: inherit; }
"""
_FILE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}: read by Newsreel</title><style>{style}</style></head>
<body><main><h1>What would be written, and what was left</h1>
<p>A solid line: taken. A dotted one: left out, with the rule and the element.</p>
{pages}</main></body></html>
"""
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


def paint(found: Sequence[tuple[Explained, dict[str, str]]]) -> str:
    """Return the painted pages as HTML; the facts of each stand above it, by their names."""
    title = found[0][0].title or found[0][0].url
    pages = "\n".join("\n".join(_page(page, facts)) for page, facts in found)
    return _FILE.format(title=escape(title), style=_STYLE, pages=pages)


def _page(page: Explained, facts: dict[str, str]) -> Iterator[str]:
    yield f'<section><h2 dir="auto">{escape(page.title or page.url)}</h2><dl>'
    for name, value in facts.items():
        yield f'<dt>{escape(name)}</dt><dd dir="auto">{escape(value)}</dd>'
    yield "</dl>"
    for (rule, box), pieces in groupby(page.pieces, key=lambda piece: (piece.rule, piece.box)):
        yield from _group(rule, box, list(pieces))
    yield "</section>"


def _group(rule: str, box: str, pieces: list[Piece]) -> Iterator[str]:
    is_left = rule not in ("", TITLE)
    yield f'<div class="piece {"left" if is_left else "taken"}">'
    if rule:
        told = f"left out: {rule}" if is_left else rule
        yield f'<p class="why">{escape(told)} <code>{escape(box)}</code></p>'
    for piece in pieces:
        kind = ' class="heading"' if piece.tag in _HEADINGS else ""
        yield f'<p dir="auto"{kind}>{escape(piece.text)}</p>'
    yield "</div>"
