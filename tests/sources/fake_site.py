"""WordPress's list of posts as a small model: what the database would give for a query."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.sources.wordpress.post_listing import ListedPost

START = datetime(2024, 3, 31, 1, 59, 58)


@dataclass
class FakeSite:
    """Posts by id. Ties within one second come in a different order at every query."""

    posts: dict[int, datetime]
    cap: int = 100
    bad: frozenset[int] = frozenset()
    totals: bool = True
    random: random.Random = field(default_factory=lambda: random.Random(7))
    queries: int = 0

    @classmethod
    def with_seconds(cls, seconds: list[int], **kw: object) -> FakeSite:
        posts = {i + 1: START + timedelta(seconds=s) for i, s in enumerate(seconds)}
        return cls(posts, **kw)  # type: ignore[arg-type]

    def answer(self, query: dict[str, str]) -> tuple[list[ListedPost], int | None] | None:
        """Return the page and X-WP-Total, None for a server error."""
        self.queries += 1
        assert self.queries < 10_000, "the list does not end"
        found = [i for i, date in self.posts.items() if self._inside(date, query)]
        if query["orderby"] == "id":
            found.sort()
        else:
            found.sort(key=lambda i: (self.posts[i], self.random.random()))
        offset = int(query.get("offset", 0))
        page = found[offset : offset + min(int(query["per_page"]), self.cap)]
        if self.bad & set(page):
            return None
        return [self.listed(i) for i in page], len(found) if self.totals else None

    def listed(self, number: int) -> ListedPost:
        date = self.posts[number].isoformat()
        link = f"https://wire.example/?p={number}"
        return ListedPost(id=number, date=date, guid=link, modified=date, link=link)

    @staticmethod
    def _inside(date: datetime, query: dict[str, str]) -> bool:
        after, before = query.get("after"), query.get("before")
        late = after is None or date > datetime.fromisoformat(after)
        return late and (before is None or date < datetime.fromisoformat(before))
