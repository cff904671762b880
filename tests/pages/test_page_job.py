"""Pages on their way to another process and back as articles."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from crawler.dates import Moment
from crawler.items import RecordRef
from crawler.pages import generic
from crawler.pages.not_an_article import NotAnArticleError
from crawler.pages.page_job import PageJob, read_article
from crawler.text.article import clean
from tests.pages.served import URL, page

GOLDEN = Path(__file__).parent / "golden"
REF = RecordRef(record_id="<urn:uuid:7>", uri=URL, date="2024-01-05T10:00:00Z")
STORY = (GOLDEN / "agency-story-dateline-and-credits" / "page.html").read_bytes()


def sent(job: PageJob) -> PageJob:
    there: PageJob = pickle.loads(pickle.dumps(job))
    return there


@pytest.mark.parametrize("case", sorted(GOLDEN.iterdir()), ids=lambda case: case.name)
def test_the_same_as_here(case: Path) -> None:
    response = page((case / "page.html").read_bytes(), (case / "url.txt").read_text().strip())
    here = generic.article(response, source="golden")
    text = clean(here.title_html, here.content_html)
    there = read_article(sent(PageJob.from_response(response, source="golden")))
    assert (there.title, there.text) == (text.title, "\n".join(text.paragraphs))
    assert (there.url, there.date, there.authors) == (here.url, here.date, here.authors)
    assert (there.title_html, there.content_html) == ("", "")


def test_it_keeps_what_the_response_said() -> None:
    response = page(STORY, links=('<https://news.example/?p=7>; rel="shortlink"',))
    latin = response.replace(body=STORY.decode().encode("cp1252", "ignore"), encoding="cp1252")
    article = read_article(sent(PageJob.from_response(latin, source="news", record=REF)))
    assert article.guid == "https://news.example/?p=7"
    assert article.record == REF
    assert article.text
    assert "�" not in article.text


def test_a_refusal_keeps_its_reason_on_the_way() -> None:
    with pytest.raises(NotAnArticleError) as caught:
        read_article(PageJob.from_response(page(STORY, status=404), source="news"))
    there = pickle.loads(pickle.dumps(caught.value))
    assert (type(there), there.reason) == (NotAnArticleError, "status")


def test_it_goes_by_its_address() -> None:
    assert str(PageJob.from_response(page(STORY), source="news")) == URL


def test_the_day_of_the_link_counts_where_the_page_tells_none() -> None:
    words = "<p>The ferry sailed again on its old way to the islands, as it has for years.</p>"
    body = f"<title>The ferry sails</title><h1>The ferry sails</h1><div>{words * 5}</div>"
    response = page(body, "https://news.example/ferry")
    with pytest.raises(NotAnArticleError, match="no_date"):
        read_article(PageJob.from_response(response, source="news"))
    told = Moment("2023-07-25T10:00:00", "2023-07-25T10:00:00")
    article = read_article(PageJob.from_response(response, source="news", published=told))
    assert (article.date, article.date_gmt) == ("2023-07-25T10:00:00", "2023-07-25T10:00:00")
    dated = response.replace(body=response.body.replace(b"<h1>", b"<time datetime=2020-01-02><h1>"))
    assert (
        read_article(PageJob.from_response(dated, source="news", published=told)).date
        == "2020-01-02"
    )
