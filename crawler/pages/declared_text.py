"""The story of a page that shows none: what its JSON-LD declares to be the text of the article.

Scripts of some sites make the page of it. Elsewhere it is a poor text (teasers, boilerplate, the
text twice), so that nothing of it is read where the page shows a story.

Source: schema.org/Article (``articleBody`` is "the actual body of the article"); the steps of
instructions are those of `crawler.pages.instructions`.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from crawler.pages.letters import flat
from crawler.pages.linked_data import strings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.pages.linked_data import Node

DECLARED = "declared"
"""The flag of an article whose text the page declares and does not show."""

_LEAST = 500  # letters of a text that is declared
_MOST_SHOWN = 200  # letters of what the page shows: a notice, a banner


def find_declared_text(node: Node, shown: Sequence[str], instructions: str = "") -> str:
    """Return the markup of the text that *node* declares; empty if a story may be *shown*.

    What begins like the text that is declared is a part of it that everybody may read. Where it
    declares none, it is the mark-up of the *instructions*, if there are any.
    """
    body = next(iter(strings(node.get("articleBody"))), instructions)
    if len(body) < _LEAST or sum(map(len, shown)) > _MOST_SHOWN:
        return ""
    if shown and flat(shown) in flat([body]):
        return ""
    if "</p>" in body or "<br" in body:
        return body
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in body.split("\n"))
