"""The sources that rounds read."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from crawler.exceptions import BadArgumentError
from crawler.sources.round_sources import Source, round_sources

TEXT = """
[gazette]
site = "https://news.example.com/valley/"

[harbour]
site = "https://www.example.org/news/"
spider = "wordpress"
every = "1h30m"
freshness = "2h"
since = 2020-01-01
license = "CC BY 4.0"
tags = ["coast", "open news"]
credentials = { user = "nora", password_env = "HARBOUR" }

[harbour.arguments]
post_types = "posts,pages"
pages = true
max_articles = 50
allow_hosts = "api.sea.example"

[herald]
site = "https://herald.example/"
source = "herald.example"
feeds = ["https://feeds.shared.example/herald"]
since = "2019-06-30"

[closed]
site = "https://closed.example/"
enabled = false

[cnn.pages]
agency = "CNN"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "own.toml"
    file.write_text(TEXT)
    return file


def test_the_enabled_entries_of_the_own_file(path: Path) -> None:
    assert round_sources(path) == [
        Source(
            key="gazette",
            spider="wire",
            arguments={"service": "gazette"},
            source="gazette",
            every=None,
            freshness=timedelta(minutes=40),
            since=None,
            license="",
            tags=(),
            hosts=frozenset({"example.com"}),
            has_credentials=False,
        ),
        Source(
            key="harbour",
            spider="wordpress",
            arguments={
                "site": "https://www.example.org/news/",
                "post_types": "posts,pages",
                "pages": "yes",
                "max_articles": "50",
                "allow_hosts": "api.sea.example",
            },
            source="example.org/news",
            every=timedelta(hours=1, minutes=30),
            freshness=timedelta(hours=2),
            since=date(2020, 1, 1),
            license="CC BY 4.0",
            tags=("coast", "open news"),
            hosts=frozenset({"example.org", "api.sea.example"}),
            has_credentials=True,
        ),
        Source(
            key="herald",
            spider="wire",
            arguments={"service": "herald", "source": "herald.example"},
            source="herald.example",
            every=None,
            freshness=timedelta(minutes=40),
            since=date(2019, 6, 30),
            license="",
            tags=(),
            hosts=frozenset({"herald.example", "feeds.shared.example"}),
            has_credentials=False,
        ),
    ]


def test_keys_and_tags_choose(path: Path) -> None:
    assert [it.key for it in round_sources(path, ["voa", "closed"])] == ["voa", "closed"]
    assert [it.key for it in round_sources(path, tag="coast")] == ["harbour"]
    assert [it.key for it in round_sources(path, ["harbour", "voa"], tag="coast")] == ["harbour"]
    assert round_sources(None) == []
    with pytest.raises(BadArgumentError, match=r"KEY='heral'.*did you mean herald"):
        round_sources(path, ["heral"])


def test_two_entries_of_one_name_are_refused(path: Path) -> None:
    path.write_text(TEXT.replace('source = "herald.example"', 'source = "gazette"'))
    with pytest.raises(BadArgumentError, match=r"gazette.* and .*herald.*both held as 'gazette'"):
        round_sources(path)


def test_who_needs_permission_is_refused_without(path: Path) -> None:
    with pytest.raises(BadArgumentError, match=r"\[reuters\].*written consent.*permission = "):
        round_sources(path, ["reuters"])
    path.write_text('[reuters]\narguments = { permission = "theirs, of 2024" }\n')
    (reuters,) = round_sources(path)
    assert reuters.arguments == {"service": "reuters", "permission": "theirs, of 2024"}
