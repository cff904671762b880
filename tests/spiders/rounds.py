"""Rounds over small sites: all are crawled at once, in one process, into one archive."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests import forking
from tests.servers.small_wordpress import SmallWordPress, rest_post, serving

TEXT = "The old lighthouse at Gull Point will be lit again in spring, the harbour council said."


def two_rounds(
    archives: Path, sites: int, posts: int, *, length: int = 0, **settings: Any
) -> list[str]:
    """Crawl so many *sites* with so many *posts*, twice; return their addresses.

    Between the rounds each site changes a post. *length* is how many words more each has.
    """
    made = [SmallWordPress(_posts(number, posts, length)) for number in range(sites)]
    with ExitStack() as stack:
        for site in made:
            stack.enter_context(serving(site))
        crawl_at_once(archives, made, **settings)
        for number, site in enumerate(made):
            changed = site.posts[number % posts]
            changed["content"] = {"rendered": f"<p>{TEXT} It was otherwise at site {number}.</p>"}
            changed["modified"] = changed["modified_gmt"] = "2024-04-01T10:00:00"
        crawl_at_once(archives, made, **settings)
        return [f"{site.home}/" for site in made]


def crawl_at_once(archives: Path, sites: Sequence[SmallWordPress], **settings: Any) -> None:
    """Crawl all *sites*, as sources ``s0``, ``s1``, … into *archives*."""
    runs = [
        {
            "spider": "wordpress",
            "arguments": {"site": f"{site.home}/", "source": f"s{number}"},
            "settings": {},
        }
        for number, site in enumerate(sites)
    ]
    common = {
        "ARCHIVES_DIR": str(archives),
        "ADDRESS_GUARD_ALLOW": ["127.0.0.0/8"],
        "ASKED_HOSTS_WAIT": False,  # their sites are at one address
        "DOWNLOAD_DELAY": 0,
    }
    with TemporaryDirectory() as folder:
        job = Path(folder, "job.json")
        job.write_text(json.dumps({"settings": common | settings, "runs": runs}))
        done = forking.run("tests.spiders.many_sites", [str(job)], dict(os.environ))
    assert done.returncode == 0, done.stderr


def _posts(site: int, count: int, length: int) -> list[dict[str, Any]]:
    return [
        rest_post(
            number,
            "{home}",
            f"{TEXT} So said site {site} in story {number}. " + f"{site} " * length,
            guid={"rendered": f"https://site-{site}.example/?p={number}"},
        )
        for number in range(1, count + 1)
    ]
