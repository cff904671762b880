"""WordPress with plugins: languages that the list hides, authors, taxonomies, passwords, types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Scrapy
from tests.running import Run
from tests.servers.small_wordpress import SmallWordPress, rest_post, serving
from tests.spiders.test_changed_posts import check_archive

ENGLISH = (
    "The harbour board met again before the pilots agreed to a new tariff for small boats, and the "
    "captains of the older vessels said that they would pay it only if the channel was dredged in "
    "spring. Until then the buoys stay where they are, as do the lamps on the pier. Number {n}."
)
FRENCH = (
    "Le conseil du port s'est réuni encore une fois avant que les pilotes acceptent le nouveau "
    "tarif des petits bateaux, et les capitaines des plus vieux navires ont dit qu'ils ne le "
    "paieraient que si le chenal était dragué au printemps. Les bouées restent. Numéro {n}."
)
_GERMAN = (
    "Der Hafenrat ist noch einmal zusammengekommen, bevor die Lotsen dem neuen Tarif für kleine "
    "Boote zustimmten, und die Kapitäne der älteren Schiffe sagten, dass sie ihn nur zahlen, wenn "
    "die Rinne im Frühling ausgebaggert wird. Bis dahin bleiben die Bojen. Nummer {n}."
)
HREFLANG = (
    "<link rel='alternate' hreflang='en-GB' href='{home}/'>"
    "<link rel='alternate' hreflang='fr' href='{home}/fr/'>"
    "<link rel='alternate' hreflang='x-default' href='{home}/'>"
)


def posts() -> list[dict[str, Any]]:
    """Return three English and two French posts, which tell their language."""
    found = [rest_post(n, "{home}", ENGLISH.format(n=n)) for n in (1, 2, 3)]
    french = {"folder": "fr/", "lang": "fr"}
    return found + [rest_post(n, "{home}", FRENCH.format(n=n), **french) for n in (4, 5)]


def articles(crawl: Scrapy, feed: Path, site: SmallWordPress, **arguments: str) -> tuple[Run, Any]:
    run = crawl("-O", str(feed), site=site.home, **arguments)
    lines = feed.read_text(encoding="utf-8").splitlines() if feed.exists() else []
    return run, [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("hides", "fix"), [("parameter", "pass -a language=fr"), ("address", "(-a site={home}/fr/)")]
)
def test_hidden_languages_are_named(crawl: Scrapy, hides: str, fix: str) -> None:
    with serving(SmallWordPress(posts(), hides, head=HREFLANG)) as site:
        run = crawl(site=site.home)
        assert run.exit_code == 3, run.log
        assert run.report["articles"] == {"new": 3}
        (problem,) = run.report["problems"]
        assert problem["kind"] == "languages"
        assert "the list of the site lacks those 2 in fr" in problem["message"]
        assert fix.format(home=site.home) in problem["message"]


def test_languages_that_are_asked_for_are_got(crawl: Scrapy, tmp_path: Path) -> None:
    with serving(SmallWordPress(posts(), "parameter", head=HREFLANG)) as site:
        run, found = articles(crawl, tmp_path / "a.jsonl", site, language="en,fr")
        assert run.exit_code == 0, run.log
        assert sorted(article["language"] for article in found) == ["en", "en", "en", "fr", "fr"]
        assert crawl(site=site.home, language="fr").report["articles"] == {"duplicate": 2}
    check_archive(run.archives)


def test_languages_that_are_listed_are_not_hidden(crawl: Scrapy, tmp_path: Path) -> None:
    with serving(SmallWordPress(posts(), head=HREFLANG)) as site:
        run, found = articles(crawl, tmp_path / "a.jsonl", site)
        assert run.exit_code == 0, run.log
        assert sorted(article["language"] for article in found) == ["en", "en", "en", "fr", "fr"]
        only = crawl(site=site.home, language="fr", source="b")
        assert only.exit_code == 0, only.log
        assert only.report["lost"]["language"]["count"] == 3


def test_a_site_in_one_language_is_asked_for_no_other(crawl: Scrapy) -> None:
    with serving(SmallWordPress(posts())) as site:
        assert crawl(site=site.home).exit_code == 0
        assert not any("lang=" in target for target in site.asked)


@pytest.mark.parametrize(
    ("site_says", "text", "language"),
    [
        ("en-US", ENGLISH, "en-US"),
        ("en-US", _GERMAN, "de"),
        ("", FRENCH, "fr"),
        ("sv", "Kort.", "sv"),
    ],
)
def test_the_language_of_a_post_that_tells_none(
    crawl: Scrapy, tmp_path: Path, site_says: str, text: str, language: str
) -> None:
    post = rest_post(1, "{home}", text)
    del post["lang"]
    with serving(SmallWordPress([post], language=site_says)) as site:
        _, (article,) = articles(crawl, tmp_path / "a.jsonl", site)
    assert article["language"] == language


def test_the_address_tells_the_language_of_a_post(crawl: Scrapy, tmp_path: Path) -> None:
    short = [rest_post(1, "{home}", "Bonjour.", folder="fr/"), rest_post(2, "{home}", "Hello.")]
    for post in short:
        del post["lang"]
    with serving(SmallWordPress(short, head=HREFLANG)) as site:
        _, found = articles(crawl, tmp_path / "a.jsonl", site)
    assert {a["title"]: a["language"] for a in found} == {"Story 1": "fr", "Story 2": "en-GB"}


_TAXONOMIES = {
    "category": {"rest_base": "categories", "hierarchical": True},
    "author": {"rest_base": "coauthors", "hierarchical": False},
    "beat": {"rest_base": "beats", "hierarchical": True},
    "place": {"rest_base": "places", "hierarchical": False},
    "wp_pattern_category": {"rest_base": "wp_pattern_category"},
}
_JANE = {"id": 31, "name": "jane", "slug": "cap-jane"}
_TERMS = {
    "coauthors": [
        _JANE | {"description": "Jane Doe Jane Doe jane 7 jane@many.example"},
        {"id": 32, "name": "Tom Reed", "slug": "tom-reed", "description": ""},
    ],
    "beats": [{"id": 41, "name": "Ports &amp; ships"}],
    "places": [{"id": 51, "name": "Pier"}],
    "users": [{"id": 9, "name": "Admin"}],
}


def test_coauthors_and_own_taxonomies(crawl: Scrapy, tmp_path: Path) -> None:
    more: Any = {"author": 9, "coauthors": [32, 31], "beats": [41], "places": [51]}
    one = rest_post(1, "{home}", ENGLISH, **more)
    two = rest_post(2, "{home}", ENGLISH, author=9, coauthors=[], beats=[])
    with serving(SmallWordPress([one, two], taxonomies=_TAXONOMIES, terms=_TERMS)) as site:
        run, found = articles(crawl, tmp_path / "a.jsonl", site)
        assert sum("/wp/v2/taxonomies" in target for target in site.asked) == 1
        crawl(site=site.home)
        assert sum("/wp/v2/taxonomies" in target for target in site.asked) == 1
    first, second = sorted(found, key=lambda article: str(article["title"]))
    assert first["authors"] == ["Tom Reed", "Jane Doe"]
    assert first["categories"] == ["Ports & ships"]
    assert first["tags"] == ["Pier"]
    assert second["authors"] == ["Admin"]
    check_archive(run.archives)


def test_hidden_users_are_named_once(crawl: Scrapy) -> None:
    found = [rest_post(n, "{home}", ENGLISH, author=n) for n in (1, 2)]
    with serving(SmallWordPress(found)) as site:
        run = crawl(site=site.home)
    assert run.exit_code == 0, run.log
    (note,) = run.report["notes"]
    assert note["kind"] == "authors_missing"
    assert "\n  note      the site hides the names of authors, articles lack them: " in run.stdout


@pytest.mark.parametrize("code", ["incorrect_password", "rest_not_logged_in"])
def test_a_password_that_is_refused_everywhere(crawl: Scrapy, code: str) -> None:
    env = {"WORDPRESS_USER": "nora", "WORDPRESS_APP_PASSWORD": "secret words"}
    with serving(SmallWordPress(posts(), refuses=code)) as site:
        run = crawl(site=site.home, env=env)
    assert run.exit_code == 4, run.log
    assert "WORDPRESS_USER and WORDPRESS_APP_PASSWORD were not accepted: look whether" in run.stdout
    assert code in run.stdout
    assert "set WORDPRESS_USER" not in run.stdout


def test_a_language_that_is_none(crawl: Scrapy) -> None:
    run = crawl(site="https://many.example/", language="english language")
    assert run.exit_code == 2, run.log
    assert "language='english language' cannot be used: use codes" in run.log + run.stdout


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (
            {"post": {"rest_base": "posts"}, "book": {"rest_base": "books"}},
            "cannot be used: write books, as the site calls them in its addresses;",
        ),
        ({"post": {"rest_base": "posts"}, "page": {"rest_base": "pages"}}, " shows pages, posts"),
        ({}, " lists its types at "),
    ],
)
def test_a_type_that_the_api_does_not_know(crawl: Scrapy, types: Any, said: str) -> None:
    with serving(SmallWordPress(posts(), types=types)) as site:
        run = crawl(site=site.home, post_types="book")
    assert run.exit_code == 2, run.log
    assert "post_types='book' cannot be used: " in run.stdout
    assert said in run.stdout
