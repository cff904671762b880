"""Extractors of articles, each in a process of its own, given page after page.

    python -m benchmarks._extractors NAME

Reads a line of JSON for each page (``url``, ``path`` of the page in UTF-8, gzipped), and answers
with one: the CPU ``seconds`` it took, and ``text``, ``title``, ``day`` (``2024-01-05``, empty if it
has none), or ``error``. Each tool is used as its own documentation says, for body, title and date
where it has them. Only the chosen tool is imported, since this also runs in environments that have
no other.
"""

from __future__ import annotations

import gzip
import importlib
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

Found = tuple[str, str, str]
"""Text, title and day."""
Read = Callable[[str, bytes], Found]

_MOST_MESSAGE = 200


def main(name: str) -> None:
    """Answer for the pages that standard input names, until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # some tools print
    warnings.simplefilter("ignore")
    read = TOOLS[name]()
    for line in sys.stdin:
        page = json.loads(line)
        html = gzip.decompress(Path(page["path"]).read_bytes())
        answers.write(f"{json.dumps(_answer(read, page['url'], html))}\n")
        answers.flush()


def _answer(read: Read, url: str, html: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    start = time.process_time()
    try:
        answer["text"], answer["title"], day = read(url, html)
        answer["day"] = day[:10]
    except Exception as error:  # noqa: BLE001 - whatever a tool raises, the page has no text
        answer["error"] = f"{type(error).__name__}: {error}"[:_MOST_MESSAGE]
    answer["seconds"] = time.process_time() - start
    return answer


def newsreel() -> Read:
    """Return Newsreel's reader: the generic page and the text chain behind it."""
    from scrapy.http import HtmlResponse

    from crawler.pages import generic
    from crawler.pages.not_an_article import NotAnArticleError
    from crawler.pages.page_rules import PageRulesByHost
    from crawler.text.article import clean

    headers = {"Content-Type": "text/html; charset=utf-8"}
    rules = PageRulesByHost.load(None)

    def read(url: str, page: bytes) -> Found:
        response = HtmlResponse(url, body=page, headers=headers)
        try:
            found = generic.read(response, rules=rules.find(url))
        except NotAnArticleError:
            return "", "", ""
        text = clean(escape(found.title), found.main_content.html)
        day = found.published.local if found.published else ""
        return "\n".join(text.paragraphs), text.title, day

    return read


def json_ld() -> Read:
    """Return a reader of the page's own structured data."""
    from benchmarks._truth import json_ld_article

    def read(_: str, page: bytes) -> Found:
        node = json_ld_article(page.decode())
        text, title, day = (
            str(node.get(key) or "") for key in ("articleBody", "headline", "datePublished")
        )
        return text, title, day

    return read


def trafilatura(*, fast: bool) -> Read:
    """Return the reader of https://trafilatura.readthedocs.io/en/latest/usage-python.html"""
    extract: Any = importlib.import_module("trafilatura").bare_extraction

    def read(url: str, page: bytes) -> Found:
        found = extract(
            page.decode(), url=url, with_metadata=True, include_comments=False, fast=fast
        )
        return (found.text or "", found.title or "", found.date or "") if found else ("", "", "")

    return read


def resiliparse() -> Read:
    """Return the reader of https://resiliparse.chatnoir.eu/en/stable/man/extract/html2text.html"""
    extract: Any = importlib.import_module("resiliparse.extract.html2text").extract_plain_text

    def read(_: str, page: bytes) -> Found:
        return str(extract(page.decode(), main_content=True, alt_texts=False)), "", ""

    return read


def newspaper4k() -> Read:
    """Return the reader of https://newspaper4k.readthedocs.io/en/latest/user_guide/quickstart.html"""
    article: Any = importlib.import_module("newspaper").Article

    def read(url: str, page: bytes) -> Found:
        found = article(url, fetch_images=False)
        found.download(input_html=page.decode())
        found.parse()
        return found.text or "", found.title or "", str(found.publish_date or "")

    return read


def news_please() -> Read:
    """Return the reader of https://github.com/fhamborg/news-please"""
    from_html: Any = importlib.import_module("newsplease").NewsPlease.from_html

    def read(url: str, page: bytes) -> Found:
        found = from_html(page.decode(), url=url, fetch_images=False)
        return found.maintext or "", found.title or "", str(found.date_publish or "")

    return read


def readability() -> Read:
    """Return the reader of https://github.com/buriy/python-readability, and our text chain."""
    from crawler.text.markup import paragraphs

    document: Any = importlib.import_module("readability").Document

    def read(_: str, page: bytes) -> Found:
        found = document(page.decode())
        return "\n".join(paragraphs(found.summary())), found.short_title() or "", ""

    return read


def goose3() -> Read:
    """Return the reader of https://goose3.readthedocs.io/en/latest/quickstart.html"""
    goose = importlib.import_module("goose3").Goose({"enable_image_fetching": False})

    def read(_: str, page: bytes) -> Found:
        found = goose.extract(raw_html=page.decode())
        return found.cleaned_text or "", found.title or "", str(found.publish_date or "")

    return read


def boilerpy3() -> Read:
    """Return the reader of https://github.com/jmriebold/BoilerPy3"""
    extractor = importlib.import_module("boilerpy3.extractors").ArticleExtractor()

    def read(_: str, page: bytes) -> Found:
        found = extractor.get_doc(page.decode())
        return found.content, found.title or "", ""

    return read


def justext() -> Read:
    """Return the reader of https://github.com/miso-belica/jusText with all its stop words."""
    module: Any = importlib.import_module("justext")
    words = frozenset().union(*map(module.get_stoplist, module.get_stoplists()))

    def read(_: str, page: bytes) -> Found:
        found = module.justext(page.decode(), words)
        return "\n".join(part.text for part in found if not part.is_boilerplate), "", ""

    return read


TOOLS: dict[str, Callable[[], Read]] = {
    "newsreel": newsreel,
    "trafilatura": partial(trafilatura, fast=False),
    "trafilatura fast": partial(trafilatura, fast=True),
    "newspaper4k": newspaper4k,
    "news-please": news_please,
    "resiliparse": resiliparse,
    "readability-lxml": readability,
    "goose3": goose3,
    "boilerpy3": boilerpy3,
    "justext": justext,
    "JSON-LD alone": json_ld,
}
"""Each imports its tool when it is called."""


if __name__ == "__main__":
    main(sys.argv[1])
