"""What a reader sees: the stories of the service, their text and facts written by hand.

Beside each story's page lie ``NAME.golden.txt``, its text file, and ``NAME.golden.json``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.wire.editions import SITE

_SUFFIX = ".golden.json"


@dataclass(frozen=True, kw_only=True)
class Story:
    """A story: its ``text`` in the seed format, and its facts; ``url`` has no host.

    ``is_recent`` tells whether it is among the news, and not only in archives and on older pages.
    """

    text: str
    url: str
    date: str
    dateline: str | None
    agency: str | None
    authors: list[str]
    categories: list[str]
    is_recent: bool

    @property
    def headline(self) -> str:
        """The headline."""
        return self.text.split("\n", 1)[0][17:]


def stories(*editions: str) -> dict[str, Story]:
    """Return the stories of *editions* by URL, the later editions over the earlier ones."""
    found = (path for edition in editions for path in sorted((SITE / edition).rglob(f"*{_SUFFIX}")))
    read = []
    for path in found:
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        read.append(Story(text=text, **json.loads(path.read_text(encoding="utf-8"))))
    return {story.url: story for story in read}
