"""Extractors of articles, each in a process of its own, given page after page.

    python -m benchmarks._extractors NAME [WITHOUT]

Reads a line of JSON for each page (that of a `benchmarks._tools.PageFile`), and answers with one:
the CPU ``seconds`` it took, the ``peak`` of the memory of this process, and ``text``, ``title``,
``day`` (``2024-01-05``, empty if it has none), ``authors`` and ``refused``, or ``error``. Each tool
is used as its own documentation says, for body, title, date and authors where it has them. Only the
chosen tool is imported, since this also runs in environments that have no other. WITHOUT names a
part of ours that is switched off.
"""

from __future__ import annotations

import gzip
import importlib
import json
import os
import re
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks._page import Found, Page, Read

_MOST_MESSAGE = 200


def main(name: str, without: str = "") -> None:
    """Answer for the pages that standard input names, until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # some tools print
    warnings.simplefilter("ignore")
    if without:
        from benchmarks._ablations import switch_off

        switch_off(without)
    read = TOOLS[name]()
    for line in sys.stdin:
        told = json.loads(line)
        body = gzip.decompress(Path(told["path"]).read_bytes())
        page = Page(told["url"], body, told["charset"], told["encoding"])
        answers.write(f"{json.dumps(_answer(read, page))}\n")
        answers.flush()


def _answer(read: Read, page: Page) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    start = time.process_time()
    try:
        found = read(page)
        answer = {**asdict(found), "day": found.day[:10]}
    except Exception as error:  # noqa: BLE001 - whatever a tool raises, the page has no text
        answer["error"] = f"{type(error).__name__}: {error}"[:_MOST_MESSAGE]
    answer["seconds"] = time.process_time() - start
    answer["peak"] = _peak()
    return answer


def _peak() -> int:
    """Return the most memory that this process ever held, in KiB."""
    # getrusage has that of the process that started this one, if it was more.
    found = re.search(
        r"VmHWM:\s*([0-9]+) kB", Path("/proc/self/status").read_text(encoding="ascii")
    )
    return int(found[1]) if found else 0


def newsreel() -> Read:
    """Return Newsreel's reader."""
    from benchmarks._ours import reader

    return reader()


def json_ld() -> Read:
    """Return a reader of the page's own structured data."""
    from benchmarks._truth import json_ld_article

    def read(page: Page) -> Found:
        node = json_ld_article(page.html)
        text, title, day = (
            str(node.get(key) or "") for key in ("articleBody", "headline", "datePublished")
        )
        return Found(text, title, day)

    return read


def trafilatura(*, fast: bool) -> Read:
    """Return the reader of https://trafilatura.readthedocs.io/en/latest/usage-python.html"""
    extract: Any = importlib.import_module("trafilatura").bare_extraction

    def read(page: Page) -> Found:
        found = extract(
            page.html, url=page.url, with_metadata=True, include_comments=False, fast=fast
        )
        if not found:
            return Found(refused="nothing found")
        authors = tuple(filter(None, (found.author or "").split("; ")))
        return Found(found.text or "", found.title or "", found.date or "", authors)

    return read


def resiliparse() -> Read:
    """Return the reader of https://resiliparse.chatnoir.eu/en/stable/man/extract/html2text.html"""
    extract: Any = importlib.import_module("resiliparse.extract.html2text").extract_plain_text

    def read(page: Page) -> Found:
        return Found(str(extract(page.html, main_content=True, alt_texts=False)))

    return read


def newspaper4k() -> Read:
    """Return the reader of https://newspaper4k.readthedocs.io/en/latest/user_guide/quickstart.html"""
    article: Any = importlib.import_module("newspaper").Article

    def read(page: Page) -> Found:
        found = article(page.url, fetch_images=False)
        found.download(input_html=page.html)
        found.parse()
        day, authors = str(found.publish_date or ""), tuple(found.authors or ())
        return Found(found.text or "", found.title or "", day, authors)

    return read


def news_please() -> Read:
    """Return the reader of https://github.com/fhamborg/news-please"""
    from_html: Any = importlib.import_module("newsplease").NewsPlease.from_html

    def read(page: Page) -> Found:
        found = from_html(page.html, url=page.url, fetch_images=False)
        day, authors = str(found.date_publish or ""), tuple(found.authors or ())
        return Found(found.maintext or "", found.title or "", day, authors)

    return read


def readability() -> Read:
    """Return the reader of https://github.com/buriy/python-readability, and our text chain."""
    from crawler.text.markup import paragraphs

    document: Any = importlib.import_module("readability").Document

    def read(page: Page) -> Found:
        found = document(page.html)
        return Found("\n".join(paragraphs(found.summary())), found.short_title() or "")

    return read


def goose3() -> Read:
    """Return the reader of https://goose3.readthedocs.io/en/latest/quickstart.html"""
    goose = importlib.import_module("goose3").Goose({"enable_image_fetching": False})

    def read(page: Page) -> Found:
        found = goose.extract(raw_html=page.html)
        day, authors = str(found.publish_date or ""), tuple(found.authors or ())
        return Found(found.cleaned_text or "", found.title or "", day, authors)

    return read


def boilerpy3() -> Read:
    """Return the reader of https://github.com/jmriebold/BoilerPy3"""
    extractor = importlib.import_module("boilerpy3.extractors").ArticleExtractor()

    def read(page: Page) -> Found:
        found = extractor.get_doc(page.html)
        return Found(found.content, found.title or "")

    return read


def justext() -> Read:
    """Return the reader of https://github.com/miso-belica/jusText with all its stop words."""
    module: Any = importlib.import_module("justext")
    words = frozenset().union(*map(module.get_stoplist, module.get_stoplists()))

    def read(page: Page) -> Found:
        found = module.justext(page.html, words)
        return Found("\n".join(part.text for part in found if not part.is_boilerplate))

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
    main(*sys.argv[1:])
