"""The order in which a page is asked for its day."""

from __future__ import annotations

import time

import pytest

from crawler.pages.headline import find_heading
from crawler.pages.page_metadata import read_metadata
from crawler.pages.publication_date import modified, published
from crawler.pages.tree import parse_page

HEAD = '<meta property="article:published_time" content="2024-01-02T10:00:00+01:00">'
TIME = '<time datetime="2024-01-03">3 January</time>'
URL = "https://news.example/2024/01/04/storm"
STORM = "https://news.example/storm"
SITE = "<a href='/'>News</a> <a href='/sport'>Sport</a>"
PROSE = f"<p>{'The ferry will sail again when the wind has turned, they said. ' * 4}</p>" * 3
FOOT = "<footer><p>Terms of use (10 Mar 2001)</p><p>© 2019 News, 4 May 2019</p></footer>"
SHOWN = '<span class="postDate">January 5, 2024</span>'


def read_day(html: str, url: str = STORM, captured: str = "", **node: str) -> str:
    root = parse_page(html)
    found = read_metadata(root)
    moment = published(found, dict(node), url, root, find_heading(found), captured)
    return moment.local if moment else ""


def day(head: str = "", body: str = "", url: str = STORM, **node: str) -> str:
    html = f"<html><head>{head}</head><body><h1>Storm closes port</h1>{body}</body></html>"
    return read_day(html, url, **node)


def shown(body: str, language: str = "", captured: str = "") -> str:
    """Return the day of a story with *body* between its headline and its prose."""
    html = f"<html lang='{language}'><body><header><nav>{SITE}</nav></header><main>"
    html += f"<h1>Storm closes port</h1>{body}{PROSE}</main>{FOOT}</body></html>"
    return read_day(html, captured=captured)[:10]


@pytest.mark.parametrize(
    ("head", "body", "url", "node", "expected"),
    [
        (HEAD, TIME, URL, {"datePublished": "2024-01-01T09:00:00Z"}, "2024-01-01T09:00:00"),
        (HEAD, TIME, URL, {"dateCreated": "2024-01-01"}, "2024-01-01"),
        (HEAD, TIME, URL, {"datePublished": "0000-00-00"}, "2024-01-02T10:00:00"),
        (HEAD, TIME, URL, {}, "2024-01-02T10:00:00"),
        ("", TIME, URL, {}, "2024-01-03"),
        ("", f'<time class="updated" datetime="2025-01-01"></time>{TIME}', URL, {}, "2024-01-03"),
        ("", f'{TIME}<time itemprop="datePublished" datetime="2024-01-09">', URL, {}, "2024-01-09"),
        ("", '<i itemprop="datePublished" content="2024-01-09">9</i>', URL, {}, "2024-01-09"),
        ("", SHOWN, URL, {}, "2024-01-04"),
        ("", SHOWN, "https://news.example/storm", {}, "2024-01-05"),
        ("", "<p>by us</p><p>5 January 2024</p>", "https://news.example/a", {}, "2024-01-05"),
        ("", "", "https://news.example/storm", {}, ""),
    ],
)
def test_order(head: str, body: str, url: str, node: dict[str, str], expected: str) -> None:
    assert day(head, body, url, **node) == expected


def test_a_day_in_the_prose_is_not_that_of_the_page() -> None:
    prose = "word " * 40 + "until 5 January 2024, when it ended."
    assert day(body=f"<p>{prose}</p>") == ""


def test_the_change() -> None:
    found = read_metadata(
        parse_page('<meta property="article:modified_time" content="2024-01-06T10:00:00Z"><p>x')
    )
    moment = modified(found, {})
    assert moment is not None
    assert (moment.local, moment.gmt) == ("2024-01-06T10:00:00", "2024-01-06T10:00:00")
    assert modified(read_metadata(parse_page("<p>x")), {}) is None


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("<div class=lineinfo>Di 05.03.24 | 14:07 Uhr | Von Jo Hart</div>", "en"),
        ("<div>05.03.24</div>", "de"),
        ("<span>05/03/2024</span>", "en-GB"),
        ("<span>3/5/2024</span>", "en-US"),
        ("<div class=tarih>5 Mart 2024 Salı</div>", "tr"),
        ("<div>Последние новости</div><span class=x>5 марта 2024, 10:00</span>", "ru"),
        ("<p>Erstellt am: <b>05.03.2024</b></p><p>Aktualisiert: 7.3.2024</p>", "de"),
        ("<p>Aktualisiert: <b>07.03.2024</b></p><p>Erschienen am 5.3.2024</p>", "de"),
        ("<p>Last updated 7 March 2024, originally published March 5, 2024</p>", "en"),
        ("<p>Mis à jour le 07/03/2024 à 10h | Publié le 05/03/2024 à 9h</p>", "fr"),
        ("<p>2024年3月7日 更新</p><p>2024年3月5日 公開</p>", "ja"),
        ("<p>수정 2024.03.07. 10:00</p><p>입력 2024.03.05. 09:00</p>", "ko"),
        (
            "<figure><img><figcaption>The port, 2 March 2024</figcaption></figure><p>5 March 2024",
            "",
        ),
        ("<time>Feb 2, 2024</time><p>Updated: <time datetime=2024-03-07></time>", ""),
        ("<p>Updated: <time datetime=2024-03-07>7</time></p><time datetime=2024-03-05>", ""),
        ("<time itemprop=dateModified datetime=2024-03-07>7</time><p>5 March 2024</p>", ""),
        ("<div class=Page-dateModified>7 March 2024</div><p>5 March 2024</p>", ""),
        ("<span data-published='2024-03-05T08:00:00Z'>two days ago</span>", ""),
        ("<span class=ago data-timestamp=1709629200>two days ago</span>", ""),
        ("<span class=ago data-time=1709629200000>two days ago</span>", ""),
        ("<blockquote class=tweet>2 March 2024</blockquote><i>5 March 2024</i>", ""),
        ("<span data-publish-date='March 5, 2024'>two days ago</span>", ""),
        ("<p>March 5, 2024</p><ul><li>Date: 2 March 2024</li></ul>", ""),
        ("<time datetime=2024-03-06T01:30:00Z>March 5, 2024 7:30 PM</time>", ""),
        ("<time datetime=2024-03-07>Mar. 5, 2024 / Updated Mar. 7, 2024</time>", ""),
        ("<figure><figcaption>Jo Roe <time>5 March 2024</time></figcaption></figure>", ""),
        ("<div class=date-and-comments><i>5 March 2024</i> 7 Comments</div>", ""),
        ("<p>By Jo Roe</p><p>2024年3月5日 格林尼治标准时间10:41 更新</p>", "zh"),
        ("<meta itemprop=datePublished content=2024-03-05>", ""),
        ("<div class=b><p>Harbour</p></div><abbr class=published title=2024-03-05>x</abbr>", ""),
        ("<p>NORTHBY, 5 March 2024 – The port was closed on Tuesday by a storm.</p>", ""),
        ("<p>05.03.2024 - Der Hafen wurde am Dienstag wegen eines Sturms gesperrt.</p>", "de"),
    ],
)
def test_the_day_that_readers_see(body: str, language: str) -> None:
    if "Feb 2" in body:
        assert shown(body, language) == "2024-02-02"
    else:
        assert shown(body, language) == "2024-03-05"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<span>05/03/2024</span>",
        "<figure><img><figcaption>The port, 5 March 2024</figcaption></figure>",
        "<p>Born: 5 March 1954</p>",
        "<p>5 March 1954</p>",
        "<p>When the port had been closed for repairs after the great storm of 5 March 2024</p>",
        "<p>Copyright 5 March 2024</p>",
    ],
)
def test_days_of_something_else(body: str) -> None:
    assert shown(body, "en") == ""


@pytest.mark.parametrize(
    "below",
    [
        "<div class=comments><p><time datetime=2024-03-09>9 March 2024</time> Jo: Oh!</p></div>",
        "<ul><li><a href=/a>A</a> <i>5 March 2024</i></li><li><i>6 March 2024</i></li></ul>",
        "<aside><h3><a href=/b>Bridge opens</a></h3><time>2 March 2024</time><time>1 May 2024"
        "</time></aside>",
        "<div class=event-calendar><span class=date>12 March 2024</span></div>",
    ],
)
def test_days_below_the_story_are_those_of_something_else(below: str) -> None:
    assert shown(PROSE + below) == ""
    assert shown(f"<p>5 March 2024</p>{PROSE}{below}") == "2024-03-05"


def test_the_foot_of_an_article_is_not_that_of_the_page() -> None:
    foot = "<footer class=entry-footer><span class=post-date>5 March 2024</span></footer>"
    html = f"<article><h1>Storm closes port</h1>{PROSE}{foot}</article>{FOOT}"
    assert read_day(html) == "2024-03-05"
    assert read_day(f"<h1>Storm closes port</h1><div>{PROSE}</div>{foot}{FOOT}") == "2024-03-05"
    assert read_day(f"<h1>Storm closes port</h1><div>{PROSE}</div>{FOOT}") == ""


def test_marked_days_of_a_list_are_those_of_other_stories() -> None:
    stories = "".join(f"<li><time class=published>{day} March 2024</time></li>" for day in (1, 2))
    assert shown(f"{PROSE}<ul>{stories}</ul>") == ""
    assert shown(f"<i>5 March 2024</i>{PROSE}<ul>{stories}</ul>") == "2024-03-05"


def test_without_a_headline_a_list_of_days_is_that_of_other_stories() -> None:
    stories = "".join(
        f"<li><i>{day} March 2024</i> <a href=/{day}>Bridge</a></li>" for day in (1, 2)
    )
    assert read_day(f"<ul>{stories}</ul><b>5 March 2024</b>{PROSE}") == "2024-03-05"
    assert read_day(f"<ul>{stories}</ul>{PROSE}") == ""


def test_a_label_below_the_story_counts() -> None:
    assert shown(f"{PROSE}<ul><li><b>Datum</b> 05.03.2024</li></ul>", "de") == "2024-03-05"


def test_the_last_change_is_better_than_no_day() -> None:
    assert shown("<p>Stand: 05.03.2024, 07:30 Uhr</p>", "de") == "2024-03-05"
    assert shown(f"{PROSE}<p>Stand: 05.03.2024</p>", "de") == ""


def test_a_day_above_the_headline() -> None:
    html = f"<div>Friday, 8 March 2024</div><div>{SITE}{SITE}{SITE}</div><div><span>5 March 2024"
    assert read_day(f"{html}</span><h1>Storm closes port</h1>{PROSE}</div>") == "2024-03-05"
    headline = f"<h1>05.03.2024 - Storm closes the old port of Northby</h1>{PROSE}"
    assert read_day(headline) == "2024-03-05"


def test_no_day_is_later_than_that_of_the_capture() -> None:
    meta = "<meta property='article:published_time' content='2024-03-09'>"
    body = f"{meta}<h1>Storm closes port</h1><p>04/05/2024</p>{PROSE}"
    assert read_day(body, captured="2024-03-08") == "2024-03-09"
    assert read_day(body, captured="2024-03-07") == ""
    assert read_day(body, captured="2024-04-07", datePublished="2024-05-01") == "2024-03-09"
    assert shown("<p>04/05/2024</p>", captured="2024-04-30") == "2024-04-05"


def test_the_page_node_of_json_ld() -> None:
    data = '{"@graph": [{"@type": "WebPage", "datePublished": "2024-03-05T08:00:00+01:00"}]}'
    page = f"<script type='application/ld+json'>{data}</script><h1>Storm</h1>{PROSE}"
    assert read_day(page) == "2024-03-05T08:00:00"


def test_meta_that_says_less_comes_after_a_time_near_the_headline() -> None:
    head = "<meta name='date' content='2024-03-07'>"
    assert day(head, f"<time>5 March 2024</time>{PROSE}") == "2024-03-05"
    assert day(head, PROSE) == "2024-03-07"


def test_microdata_of_other_stories() -> None:
    meta = "<meta itemprop=datePublished content=2024-03-{}>"
    other = f"<article itemprop=hasPart>{meta.format('02')}<a href=/b>Bridge opens</a></article>"
    own = meta.format("05")
    html = f"<header>{other * 4}</header><main><h1>Storm closes port</h1>{own}{PROSE}</main>"
    assert read_day(html + other) == "2024-03-05"


@pytest.mark.parametrize(
    ("moment", "head", "body", "url", "local"),
    [
        (
            "2024-03-06T01:30:00Z",
            "<meta property='article:published_time' content='2024-03-05T19:30:00-06:00'>",
            *("", STORM, "2024-03-05T19:30:00"),
        ),
        ("2024-03-06T01:30:00Z", "", "", "https://news.example/2024/03/05/storm", "2024-03-05"),
        ("2024-03-06T01:30:00Z", "", "<p>5 March 2024, 19:30</p>", STORM, "2024-03-05"),
        ("2024-03-04T20:30:00Z", "", "<p>March 5, 2024</p>", STORM, "2024-03-05"),
        ("2024-03-06T01:30:00Z", "", "<p>4 March 2024</p>", STORM, "2024-03-06T01:30:00"),
        ("2024-03-05T11:30:00Z", "", "<p>6 March 2024</p>", STORM, "2024-03-05T11:30:00"),
        ("2024-03-05T20:30:00Z", "", "<p>Updated 6 March 2024</p>", STORM, "2024-03-05T20:30:00"),
        ("2024-03-05T20:30:00+01:00", "", "<p>6 March 2024</p>", STORM, "2024-03-05T20:30:00"),
    ],
)
def test_utc_is_told_in_the_publishers_own_time(
    moment: str, head: str, body: str, url: str, local: str
) -> None:
    assert day(head, body + PROSE, url, datePublished=moment) == local


HOSTILE = [
    "<p>1 a " * 3_000,
    "<i class=date>" * 1_500 + "1 2 3 4 5 6 7 8 9 " * 500,
    "<p>" + "1 " * 70 + "</p>" + "<b>5 May 20</b>" * 20_000,
    "<div data-" + "a-" * 5_000 + "date=x>" + "<p>5 March 2024</p>" * 5_000,
    "<i class='" + "date" * 20_000 + "'>5</i>",
    "<b>2024 1 a 12 March x 2024 de 1 1.1.11 /2 2024 may 1 m. 5 1</b>" * 40_000,
    "<script>" + "'publi" * 50_000 + "'publish" * 50_000 + "</script>",
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_pages_cost_little(body: str) -> None:
    start = time.process_time()
    shown(body, "de")
    assert time.process_time() - start < 3


def test_the_one_day_of_publication_in_scripts() -> None:
    data = '<script>x({"publishedAt": "2024-03-05T08:00:00Z", "updatedAt": "2024-03-07"})</script>'
    flight = r'<script>p("{\"first_publication_date\":\"2024-03-05T08:00:00+0100\"}")</script>'
    other = '<script>y = {"datePublished": "2024-03-06"}</script>'
    assert shown(data) == shown(flight) == shown(data + flight) == "2024-03-05"
    assert shown(data + other) == ""
    assert shown(f"<p>2 March 2024</p>{data}") == "2024-03-02"
