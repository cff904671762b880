"""An article is judged once, and again when something has changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from itemadapter import ItemAdapter

from crawler.archive.copies import put_sketch
from crawler.extensions.articles_under_way import ArticlesUnderWay, ArticleUnderWay
from crawler.items import Article
from crawler.state.backends import open_store
from crawler.state.sketch_bands import bands
from crawler.state.store import Holding, Store
from crawler.state.verdict import Verdict
from crawler.text.fingerprint import TextFingerprint

TEXT = "The ferry sails again.\nIt is sixty years old."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:{tmp_path / 'ledger.sqlite'}")) as store:
        yield store


@pytest.fixture
def articles(store: Store) -> ArticlesUnderWay:
    return ArticlesUnderWay(store)


def item(key: str = "a", text: str = TEXT, **changes: Any) -> ItemAdapter:
    fields: dict[str, Any] = {"source": "news", "date": "2024-04-11T08:00:00", "title": "Ferry"}
    return ItemAdapter(
        Article(guid=key, url=f"https://{key}.test/", key=key, text=text, **fields | changes)
    )


def hold(store: Store, article: ArticleUnderWay) -> None:
    store.add(
        [
            Holding(
                key=article.key,
                source=article.source,
                guid=article.key,
                date="2024-04-11T08:00:00",
                modified=article.modified,
                url=article.url,
                text_digest=article.text.digest,
                incomplete=article.incomplete,
                ordinal=1,
                file="1.txt",
            )
        ]
    )


def test_an_incomplete_text_is_no_copy(store: Store, articles: ArticlesUnderWay) -> None:
    part = entered(articles, item("a", text_incomplete="teaser: …"))
    whole = entered(articles, item("b"))
    articles.find_copies(part)
    articles.find_copies(whole)
    assert part.incomplete == len(TEXT)
    assert part.copies == whole.copies == []
    articles.remove(item("a"))
    hold(store, part)
    articles.find_copies(whole)
    assert whole.copies == []


def near_texts_without_a_common_band() -> tuple[str, str]:
    """Return two texts that are near, and that the ledger would not find by each other."""
    chance = Random(3)
    while True:
        words = [f"w{chance.randrange(10**6)}" for _ in range(120)]
        other = [word if chance.random() < 0.88 else "else" for word in words]
        one, two = (TextFingerprint.from_text("", [" ".join(text)]) for text in (words, other))
        if one.similarity(two) and not bands(one.sketch) & bands(two.sketch):
            return " ".join(words), " ".join(other)


def test_what_is_under_way_is_found_as_what_is_held(
    store: Store, articles: ArticlesUnderWay
) -> None:
    one, other = near_texts_without_a_common_band()
    first, second = entered(articles, item("a", one)), entered(articles, item("b", other))
    articles.find_copies(second)
    under_way = [copy.key for copy in second.copies]
    hold(store, first)
    put_sketch(store, store.holdings(["a"])["a"][0], first.text.fingerprint.sketch)
    articles.remove(item("a", one).item)
    articles.find_copies(second)
    assert under_way == [copy.key for copy in second.copies] == []


def entered(articles: ArticlesUnderWay, one: ItemAdapter) -> ArticleUnderWay:
    article = articles.judge(one)
    articles.add(article)
    return article


def test_an_article_is_judged_once(articles: ArticlesUnderWay) -> None:
    article = entered(articles, item())
    assert articles.judge_once(item()) is article
    assert articles.text(item()).document is article.text.document


@pytest.mark.parametrize("name", ["text", "title", "modified"])
def test_one_that_a_pipeline_changed_is_judged_again(articles: ArticlesUnderWay, name: str) -> None:
    before = entered(articles, item())
    changed = item(**{name: "2024-04-12T00:00:00"})
    article = articles.judge_once(changed)
    assert article is not before
    assert article.modified == (changed["modified"] or "")
    assert articles.text(changed) is article.text
    document = f" date 2024-04-11 {changed['title']}\n{changed['text']}\n"
    assert article.text.document.decode() == document


def test_a_text_that_was_changed_last_of_all_is_the_one_that_is_written(
    articles: ArticlesUnderWay,
) -> None:
    entered(articles, item())
    assert articles.text(item(text="Another.")).document == b" date 2024-04-11 Ferry\nAnother.\n"


def test_the_same_article_twice_at_once_is_judged_again_when_one_is_held(
    store: Store, articles: ArticlesUnderWay
) -> None:
    article = entered(articles, item())
    abroad = entered(articles, item(source="abroad", text="Another text."))
    assert (article.verdict, abroad.verdict) == (Verdict.NEW, Verdict.NEW)
    hold(store, article)
    articles.outdate("a")
    assert articles.judge_once(item()).verdict is Verdict.DUPLICATE
    assert (
        articles.judge_once(item(source="abroad", text="Another text.")).verdict
        is Verdict.COLLISION
    )


def test_others_stay_as_they_were_judged(store: Store, articles: ArticlesUnderWay) -> None:
    article = entered(articles, item())
    articles.outdate("b")
    assert articles.judge_once(item()) is article


def test_one_whose_namesake_left_is_judged_again(store: Store, articles: ArticlesUnderWay) -> None:
    hold(store, entered(articles, item()))
    articles.remove(item().item)
    assert articles.judge_once(item()).verdict is Verdict.DUPLICATE
