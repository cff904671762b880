"""The generic page on the sites of known services: the day of the capture tells the mark-up."""

from __future__ import annotations

import pytest

from crawler.items import RecordRef
from crawler.pages.page_job import PageJob, read_article
from crawler.pages.page_rules import PageRulesByHost
from tests.pages.served import page

RULES = PageRulesByHost.load(None)
LONG_AGO, LATE = "2020-02-03T10:00:00Z", "2024-02-03T10:00:00Z"
WORDS = "words that tell of a bridge that was shut for a year and is open again"
BOTH = f"""<meta property="article:published_time" content="2020-02-03T09:00:00Z">
<h1>Bridge opens</h1>
<div data-key="article"><p>VALE, Ohio (AP) — Old {WORDS}.</p></div>
<div class="RichTextStoryBody"><p>VALE, Ohio (AP) — New {WORDS}.</p></div>"""


@pytest.mark.parametrize(("date", "first"), [(LONG_AGO, "Old"), (LATE, "New"), (None, "New")])
def test_the_day_of_the_capture_counts(date: str | None, first: str) -> None:
    url = "https://apnews.com/article/bridge-7f31c2"
    ref = date and RecordRef(record_id="<urn:uuid:7>", uri=url, date=date)
    job = PageJob.from_response(
        page(BOTH, url), source="ap", record=ref or None, rules=RULES.find(url)
    )
    article = read_article(job)
    assert article.text == f"{first} {WORDS}."
    assert (article.dateline, article.agency) == ("VALE, Ohio (AP)", "Associated Press")


def test_nothing_is_told_by_it_elsewhere() -> None:
    url = "https://courier.example/bridge"
    job = PageJob.from_response(page(BOTH, url), source="courier", rules=RULES.find(url))
    article = read_article(job)
    assert article.text
    assert article.text.startswith(f"Old {WORDS}.")
