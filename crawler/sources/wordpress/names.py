"""Names of authors, categories and tags, each requested once.

``_embed`` would bring them with every page, at forty times the cost to the server.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

FIELDS = "id,name,slug"
_MOST = 200  # of one kind, of one post: more is an attack
# The route of each endpoint, and the key of a post that holds its ids.
TAXONOMIES = {"users": "author", "categories": "categories", "tags": "tags"}


@dataclass(slots=True)
class Names:
    """The names known so far, by route and id; None where the site gave none."""

    known: dict[str, dict[int, str | None]] = field(
        default_factory=lambda: {route: {} for route in TAXONOMIES}
    )

    def missing(
        self, posts: Iterable[Mapping[str, Any]], limit: int = 100
    ) -> tuple[str, list[int]] | None:
        """Return (route, at most *limit* ids) to request next, None if every name is known."""
        posts = list(posts)
        for route, key in TAXONOMIES.items():
            ids = {number for post in posts for number in _ids(post.get(key))}
            if unknown := sorted(ids - self.known[route].keys()):
                return route, unknown[:limit]
        return None

    def learn(self, route: str, ids: Collection[int], terms: Iterable[Any]) -> int:
        """Take *terms*, the answer for *ids*, and return how many names it did not hold."""
        known = self.known[route]
        known.update((number, None) for number in ids)
        for term in terms:
            if isinstance(term, Mapping) and isinstance(term.get("id"), int):
                known[term["id"]] = html.unescape(str(term.get("name") or "")).strip() or None
        return sum(known[number] is None for number in ids)

    def names_of(self, post: Mapping[str, Any], route: str) -> list[str]:
        """Return the names of *post*'s authors, categories or tags, in the post's order."""
        known = self.known[route]
        return [name for i in _ids(post.get(TAXONOMIES[route])) if (name := known.get(i))]


def _ids(value: object) -> list[int]:
    values = value if isinstance(value, list) else [value]
    numbers = (number for number in values if isinstance(number, int) and number > 0)
    return list(islice(numbers, _MOST))
