"""Listing what was changed, on a site that does not know ``modified_after``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.sources.wordpress.post_listing import ListedPost, PostListing, local_time


@dataclass(slots=True)
class NewestFirstListing(PostListing):
    """The posts that were modified after ``until`` (ISO, the site's time), the latest ones first.

    Each page begins with the last posts of the one before it, with all that were modified in the
    same second: the database orders those as it likes, and posts that are deleted meanwhile move
    the others up. Where that shows no common post, or the order is not so, it ``is_doubtful``.
    """

    until: str = ""

    def query(self) -> dict[str, str]:
        """Return the parameters of the next request."""
        # Without arguments, super() fails in a class with slots that a decorator made.
        return PostListing.query(self) | {"orderby": "modified", "order": "desc"}

    @property
    def is_counted(self) -> bool:
        """Whether it is done: what the site counts are all posts, not those that were modified."""
        return self.is_done

    def page_failed(self) -> None:
        """Halve the page size after a failed page; a single post that fails ends the list."""
        self.is_doubtful = self.per_page == 1
        self.per_page = max(1, self.per_page // 2)

    def _advance(self, page: Sequence[ListedPost], *, is_last: bool) -> None:
        until = local_time(self.until)
        changes = [change for post in page if (change := local_time(post.modified))]
        self.is_done = is_last or (bool(changes) and until is not None and changes[-1] <= until)
        is_sorted = len(changes) == len(page) and changes == sorted(changes, reverse=True)
        _, _, before = self._last_answer
        joins = self.pages == 1 or not page or not {post.id for post in page}.isdisjoint(before)
        last_second = changes.index(changes[-1]) if changes else 0
        can_go_on = self.is_done or last_second > 0
        if until is None or not (is_sorted and joins and can_go_on) or self._repeats_last(page):
            self.is_doubtful = True
        self._offset += max(1, min(len(page) - max(1, len(page) // 10), last_second))
