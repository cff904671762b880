"""What is shown of a page is what is written of it, piece by piece."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.pages.explained_page import Explained, explain
from crawler.pages.letters import flat
from crawler.pages.page_job import PageJob, read_article
from crawler.pages.page_rules import PageRulesByHost
from crawler.pages.painted_page import paint
from crawler.text.left_out_lines import UNKNOWN
from tests.pages.served import URL, page

HERE = Path(__file__).parent
CASES = sorted([*(HERE / "golden").iterdir(), *(HERE / "services" / "golden").iterdir()])
RULES = PageRulesByHost.load(None)
STORY = "<p>The port was closed for three days, and the pilots went home to sleep.</p>" * 2


def job_of(body: bytes | str, url: str = URL) -> PageJob:
    return PageJob.from_response(page(body, url), source="x", rules=RULES.find(url))


def explained(body: str, url: str = URL) -> Explained:
    (found,) = explain(job_of(body, url))
    return found


@pytest.mark.parametrize("case", [it for it in CASES if (it / "page.html").exists()], ids=str)
def test_what_is_shown_is_what_is_written(case: Path) -> None:
    url = (case / "url.txt").read_text(encoding="utf-8").strip()
    job = job_of((case / "page.html").read_bytes(), url)
    (found,), written = explain(job), read_article(job)
    assert found.article
    assert (found.article.title, found.article.text) == (written.title, written.text)
    assert (found.article.date, found.article.authors) == (written.date, written.authors)
    assert found.reason == ("incomplete" if written.text_incomplete else "")
    taken = flat(piece.text for piece in found.pieces if not piece.rule)
    story = flat([written.text or ""])
    assert all(flat([line]) in taken for line in (written.text or "").split("\n"))
    assert all(flat([piece.text]) in story for piece in found.pieces if not piece.rule)
    assert sum(piece.rule == UNKNOWN for piece in found.pieces) <= 2


def rules_of(found: Explained) -> dict[str, str]:
    return {piece.text: piece.rule for piece in found.pieces}


def test_each_kind_of_rule_is_named() -> None:
    found = explained(
        '<html><head><meta property="article:published_time" content="2024-01-05"></head><body>'
        "<nav><a href=/a>Sport</a></nav><article><h1>The port was closed</h1>"
        f'<div class="story-body"><p>HALIFAX (AP) — The pilots went home.</p>{STORY}'
        '<div class="newsletter-signup"><p>All the port in your mail, each morning at five.</p>'
        "</div><p>Subscribe to our newsletter</p></div></article>"
        "<script>var secret = 1</script></body></html>"
    )
    assert found.reason == ""
    rules = rules_of(found)
    assert rules["Sport"] == "boilerplate by its name, tag or role"
    assert rules["The port was closed"] == "taken as the title"
    assert rules["HALIFAX (AP) —"] == "a dateline, kept as such"
    assert rules["The pilots went home."] == ""
    assert rules["All the port in your mail, each morning at five."].startswith("boilerplate by")
    assert rules["Subscribe to our newsletter"] == "boilerplate by its words"
    assert not any("secret" in text for text in rules)
    box = next(piece.box for piece in found.pieces if piece.text == "Subscribe to our newsletter")
    assert box == "article > div.story-body > p"


def test_a_page_that_is_no_story() -> None:
    links = "".join(f'<h2><a href="/{n}">A story about ship {n}</a></h2>' for n in range(9))
    found = explained(f"<html><body><h1>Shipping</h1>{links}</body></html>")
    assert found.reason
    assert found.evidence
    assert "A story about ship 3" in rules_of(found)


def test_posts_of_a_rest_api() -> None:
    post = {
        "date": "2024-01-05T10:00:00",
        "link": URL,
        "guid": {"rendered": URL},
        "title": {"rendered": "The port &#8211; closed"},
        "content": {"rendered": f"{STORY}<figcaption>A ship</figcaption>"},
    }
    found, bad = explain(job_of(json.dumps([post, {"id": 1}])))
    assert found.article
    assert found.article.title == "The port – closed"
    assert found.reason == ""
    assert rules_of(found)["A ship"] == "no text of a story: <figcaption>"
    assert bad.reason == "post_malformed"


def test_a_hostile_page_is_painted_as_text() -> None:
    evil = "&lt;script&gt;alert(1)&lt;/script&gt;<img src=x onerror=alert(2)>"
    found = explained(
        f'<html><body class="&quot;><script>"><h1>{evil}</h1>'
        f"<article><p>{evil}</p>{STORY}</article></body></html>"
    )
    painted = paint([(found, {"verdict": '<b onclick="x">'})])
    assert "<script" not in painted
    assert "<img" not in painted
    assert "onclick=" not in painted.replace("onclick=&quot;", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in painted
    assert "default-src 'none'" in painted


def test_a_page_of_very_many_pieces() -> None:
    body = f"<article>{STORY}</article>" + "<div>" * 400 + "<i>x</i><br>" * 40_000
    found = explained(f"<html><body>{body}</body></html>")
    assert len(found.pieces) > 40_000
