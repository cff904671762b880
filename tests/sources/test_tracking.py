from __future__ import annotations

import pytest

from crawler.sources.tracking import differing, is_counting, key_without, names_a_story, suspects

STORY = "https://news.example/world/ferries-resume-after-storm"


@pytest.mark.parametrize(
    "name",
    [
        "cmp",
        "CMP",
        "ico",
        "dicbo",
        "ocid",
        "ito",
        "smid",
        "ncid",
        "__source",
        "feedType",
        "PHPSESSID",
    ],
)
def test_names_that_count(name: str) -> None:
    assert suspects(f"{STORY}?{name}=1&id=7") == {name.lower()}
    assert is_counting(name.lower())


@pytest.mark.parametrize("name", ["r", "ref", "source", "sid", "referrer"])
def test_names_that_count_on_one_site_and_choose_pages_on_another(name: str) -> None:
    assert suspects(f"{STORY}?{name}=1") == {name}
    assert not is_counting(name)


@pytest.mark.parametrize("name", ["id", "p", "page", "story", "lang", "view", "article"])
def test_names_that_choose_pages(name: str) -> None:
    assert not suspects(f"{STORY}?{name}=1")


@pytest.mark.parametrize("url", [f"{STORY};jsessionid=A1B2?x=1", f"{STORY}?x=1&cmp=rss", STORY])
def test_the_key_without_them(url: str) -> None:
    plain = STORY if url == STORY else f"{STORY}?x=1"
    assert key_without(url, suspects(url)) == plain


def test_addresses_differ_in_values() -> None:
    assert differing(f"{STORY}?cmp=a&r=1", f"{STORY}?CMP=b&r=1&x=2") == {"cmp"}
    assert differing(f"{STORY};jsessionid=A", f"{STORY};jsessionid=B") == {"jsessionid"}
    assert not differing(f"{STORY}?r=1", f"{STORY}?r=1")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/world/ferries-resume-after-storm", True),
        ("/2024/05/123456.html", True),
        ("/index.php", False),
        ("/story.asp", False),
        ("/", False),
    ],
)
def test_a_path_that_names_a_story(path: str, names: bool) -> None:
    assert names_a_story(f"https://news.example{path}") is names


def test_broken_addresses() -> None:
    assert not suspects("http://[::1?cmp=1")
    assert key_without("http://[::1?cmp=1", {"cmp"})
