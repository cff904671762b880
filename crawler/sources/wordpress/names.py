"""Names of authors, categories, tags and terms of other taxonomies, each requested once.

``_embed`` would bring them with every page, at forty times the cost to the server.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

FIELDS = "id,name,slug"
AUTHOR_FIELDS = "id,name,slug,description"  # Co-Authors Plus has the login for a name
_MOST = 200  # of one kind, of one post: more is an attack
# The route of each endpoint, and the key of a post that holds its ids.
TAXONOMIES = {"users": "author", "categories": "categories", "tags": "tags"}
_BUILT_IN = ("category", "post_tag", "nav_menu", "link_category", "post_format")
_MOST_TAXONOMIES = 12
_ROUTE = re.compile(r"[\w-]{1,50}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A taxonomy of a plugin or theme by its ``route``, which is its key in a post too.

    Its terms count as ``authors`` (Co-Authors Plus, PublishPress Authors), ``categories`` (a tree)
    or ``tags``.
    """

    route: str
    role: str


def taxonomies(value: object) -> list[Taxonomy]:
    """Return the taxonomies that *value* names, an answer of the API, but the built-in ones."""
    found = value.items() if isinstance(value, Mapping) else ()
    read = (_taxonomy(name, one) for name, one in found if name not in _BUILT_IN)
    return list(islice(filter(None, read), _MOST_TAXONOMIES))


def _taxonomy(name: str, one: object) -> Taxonomy | None:
    if not isinstance(one, Mapping) or name.startswith("wp_"):
        return None
    route = one.get("rest_base") or name
    is_elsewhere = one.get("rest_namespace", "wp/v2") != "wp/v2"
    if not isinstance(route, str) or not _ROUTE.fullmatch(route) or is_elsewhere:
        return None
    if name == "author" or route in ("coauthors", "ppma_author"):
        return Taxonomy(route, "authors")
    return Taxonomy(route, "categories" if one.get("hierarchical") is True else "tags")


@dataclass(slots=True)
class Names:
    """The names known so far, by route and id; None where the site gave none.

    ``more`` are the taxonomies beside the built-in ones.
    """

    known: dict[str, dict[int, str | None]] = field(
        default_factory=lambda: {route: {} for route in TAXONOMIES}
    )
    more: list[Taxonomy] = field(default_factory=list)

    def add(self, taxonomy: Taxonomy) -> None:
        """Have the terms of *taxonomy* read too."""
        if taxonomy.route not in self.known:
            self.known[taxonomy.route] = {}
            self.more.append(taxonomy)

    def fields(self, route: str) -> str:
        """Return the fields of a term of *route* that are needed."""
        is_author = Taxonomy(route, "authors") in self.more
        return AUTHOR_FIELDS if is_author else FIELDS

    def _keys(self) -> dict[str, str]:
        return TAXONOMIES | {taxonomy.route: taxonomy.route for taxonomy in self.more}

    def missing(
        self, posts: Iterable[Mapping[str, Any]], limit: int = 100
    ) -> tuple[str, list[int]] | None:
        """Return (route, at most *limit* ids) to request next, None if every name is known."""
        posts = list(posts)
        for route, key in self._keys().items():
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
                known[term["id"]] = _name(term)
        return sum(known[number] is None for number in ids)

    def names_of(self, post: Mapping[str, Any], route: str) -> list[str]:
        """Return the names of *post*'s authors, categories or tags, in the post's order."""
        known = self.known[route]
        key = self._keys()[route]
        return [name for i in _ids(post.get(key)) if (name := known.get(i))]

    def named(self, post: Mapping[str, Any], role: str) -> list[str]:
        """Return the names in the *role* of ``authors``, ``categories`` or ``tags`` of *post*.

        The authors of a plugin take the place of the one whom WordPress knows.
        """
        routes = [taxonomy.route for taxonomy in self.more if taxonomy.role == role]
        added = [name for route in routes for name in self.names_of(post, route)]
        if role == "authors":
            return added or self.names_of(post, "users")
        return list(dict.fromkeys(self.names_of(post, role) + added))


def _ids(value: object) -> list[int]:
    values = value if isinstance(value, list) else [value]
    numbers = (number for number in values if isinstance(number, int) and number > 0)
    return list(islice(numbers, _MOST))


def _name(term: Mapping[str, Any]) -> str | None:
    """Return the name of a *term*.

    Co-Authors Plus describes an author as "Jane Doe Jane Doe jane-doe 12 mail": the name shown,
    the given and the family name, the login, which is the name of the term, and more.
    """
    name = html.unescape(str(term.get("name") or "")).strip()
    described = html.unescape(str(term.get("description") or ""))
    before, login, _ = f" {described} ".partition(f" {name} ")
    words = before.split()
    if not (name and login and words and term.get("slug") in (name, f"cap-{name}")):
        return name or None
    if len(words) > 3 and words[-1] == words[-3]:  # the family name stands twice
        words = words[:-2]
    elif len(words) == 2 and words[0] == words[1]:
        words = words[:1]
    return " ".join(words)
