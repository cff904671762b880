from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from crawler.sources.html_links import HtmlLinks
from crawler.sources.pagination import older_page

URL = "https://www.example.org/world"


def behind(markup: str, url: str = URL) -> str:
    return older_page(HtmlLinks(HtmlResponse(url, body=markup.encode(), encoding="utf-8")))


@pytest.mark.parametrize(
    "markup",
    [
        "<link rel=next href='/world/page/2'>",
        "<a rel='nofollow next' href='/world/page/2'>x</a>",
        "<a href='/world/page/2'>Next</a>",
        "<a href='/world/page/2'>Next page »</a>",
        "<a href='/world/page/2'>← Older posts</a>",
        "<a href='/world/page/2' aria-label='Next page'><svg></svg></a>",
        "<a href='/world/page/2' title='Older stories'>&gt;</a>",
        "<a href='/world/page/2'><span>More stories</span></a>",
        "<a href='/world/page/2'>Load more…</a>",
        "<a class='pager__link next' href='/world/page/2'><i></i></a>",
        "<li class='pagination-next'><a href='/world/page/2'><i></i></a></li>",
        "<a href='/world/page/2'>›</a>",
        "<a href='/world/page/2'>→</a>",
        "<a href='/world/page/9'>»</a><a href='/world/page/2'>›</a>",
        "<a href='/world/page/2'>»</a>",
        "<a href='/world/'>1</a> <a href='/world/page/2'>2</a> <a href='/world/page/3'>3</a>",
        "<a href='/world/page/2'>Ältere Beiträge</a>",
        "<a href='/world/page/2'>Nächste Seite</a>",
        "<a href='/world/page/2'>Page suivante</a>",
        "<a href='/world/page/2'>Siguiente ›</a>",
        "<a href='/world/page/2'>Entradas antiguas</a>",
        "<a href='/world/page/2'>Pagina successiva</a>",
        "<a href='/world/page/2'>Próxima</a>",
        "<a href='/world/page/2'>Следующая страница</a>",
        "<a href='/world/page/2'>Далее</a>",
    ],
)
def test_next_page(markup: str) -> None:
    assert (
        behind(f"<p><a href='/about'>About</a>{markup}") == "https://www.example.org/world/page/2"
    )


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "<a href='#'>Next</a>",
        "<a href='/world?utm_source=x#more'>Next</a>",
        "<a href='https://other.example/world/page/2'>Next</a>",
        "<a href='/sport'>More stories</a>",
        "<a href='/world-cup'>›</a>",
        "<a href='/sport/page/2'>2</a>",
        "<a href='/world/page/3'>3</a>",
        "<a class='next' href='/world/page/1'>Newer posts</a>",
        "<a href='/world/next-week-in-oslo'>Next week in Oslo</a>",
        "<a class='nextgen' href='/world/x'>x</a>",
    ],
)
def test_no_next_page(markup: str) -> None:
    assert behind(f"<p>{markup}") == ""


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://www.example.org/world?page=2", "https://www.example.org/world?page=3"),
        ("https://www.example.org/world/page/2/", "https://www.example.org/world/page/3/"),
        ("https://www.example.org/world/2", "https://www.example.org/world/3"),
        ("https://www.example.org/news.php?p=2", "https://www.example.org/news.php?p=3"),
    ],
)
def test_next_number(url: str, href: str) -> None:
    numbers = f"<a href='{href.replace('3', '1')}'>1</a><a href='{url}'>2</a><a href='{href}'>3</a>"
    assert behind(numbers, url) == href
    assert behind(f"<div class=nav-next><a href='{url}'>2</a></div>", url) == ""
