"""Reading an article off its page, ours against others: how right, and how fast, in one run.

    python -m benchmarks.page_quality FOLDER

FOLDER holds real pages with their texts written by hand, and their scorer, as the
article-extraction benchmark of Scrapinghub has them (https://github.com/scrapinghub/
article-extraction-benchmark): ``ground-truth.json``, ``html/ID.html.gz``, ``score.py``. Without
a FOLDER nothing is measured. Each tool gives body, title and day of each page where it has them;
the tools take turns, page after page, so that a busy machine slows all alike. Pages a second are
those of one CPU, and the median round counts.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.http import HtmlResponse

from crawler.pages import generic
from crawler.pages.refusal import NotAnArticleError
from crawler.text.article import clean
from crawler.text.markup import paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

ROUNDS = 3


@dataclass(slots=True)
class Row:
    """What a tool made of the pages: texts, and CPU seconds round by round, by page."""

    texts: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def newsreel(url: str, page: bytes) -> str:
    """The generic page and the chain of the pipelines behind it."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    try:
        reading = generic.read(HtmlResponse(url, body=page, headers=headers))
    except NotAnArticleError:
        return ""
    return "\n".join(clean(escape(reading.title), reading.story.html).paragraphs)


def tools() -> dict[str, Callable[[str, bytes], str]]:
    """Return ours and those of the others that are installed, by name."""
    found: dict[str, Callable[[str, bytes], str]] = {"newsreel": newsreel}
    if importlib.util.find_spec("trafilatura"):
        found["trafilatura"] = _trafilatura()
    if importlib.util.find_spec("resiliparse"):
        found["resiliparse (text only)"] = _resiliparse()
    if importlib.util.find_spec("readability"):
        found["readability (text, title)"] = _readability()
    return found


def _trafilatura() -> Callable[[str, bytes], str]:
    from trafilatura import bare_extraction

    def read(url: str, page: bytes) -> str:
        found: Any = bare_extraction(
            page.decode(), url=url, with_metadata=True, include_comments=False
        )
        return (found.text or "") if found else ""

    return read


def _resiliparse() -> Callable[[str, bytes], str]:
    html2text: Any = importlib.import_module("resiliparse.extract.html2text")
    return lambda _, page: str(html2text.extract_plain_text(page.decode(), main_content=True))


def _readability() -> Callable[[str, bytes], str]:
    readability: Any = importlib.import_module("readability")

    def read(_: str, page: bytes) -> str:
        document = readability.Document(page.decode())
        document.short_title()
        return "\n".join(paragraphs(document.summary()))

    return read


def measured(folder: Path, urls: dict[str, str]) -> dict[str, Row]:
    """Let the tools take turns on all pages, round after round."""
    readers = tools()
    rows = {name: Row() for name in readers}
    for _ in range(ROUNDS):
        for key, url in urls.items():
            page = gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes())
            for name, read in readers.items():
                start = time.process_time()
                rows[name].texts[key] = read(url, page)
                rows[name].seconds[key].append(time.process_time() - start)
    return rows


def quality(scorer: ModuleType, truth: dict[str, Any], row: Row) -> tuple[float, float, float]:
    """Return precision, recall and F1 as the scorer defines them, means over the pages."""
    precisions, recalls = [], []
    for key, page in truth.items():
        hit, extra, missed = scorer.page_score(page["articleBody"], row.texts[key])
        if hit + extra:
            precisions.append(hit / (hit + extra))
        if hit + missed:
            recalls.append(hit / (hit + missed))
    precision, recall = statistics.mean(precisions), statistics.mean(recalls)
    return precision, recall, 2 * precision * recall / (precision + recall)


def scorer_of(folder: Path) -> ModuleType:
    """Import the scorer that lies beside the pages."""
    spec = importlib.util.spec_from_file_location("page_scorer", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_quality")
    parser.add_argument("folder", nargs="?", type=Path, help="pages, texts and scorer")
    folder = parser.parse_args().folder
    if folder is None:
        print("no folder of pages was given: nothing was measured")
        return 0
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    rows = measured(folder, {key: page["url"] for key, page in truth.items()})
    print(f"{len(truth)} pages, {ROUNDS} rounds, CPU time of the median round")
    print(f"{'':26}{'precision':>10}{'recall':>8}{'F1':>8}{'pages/s':>9}{'worst s':>9}")
    for name, row in rows.items():
        precision, recall, f1 = quality(scorer_of(folder), truth, row)
        speed = len(truth) / statistics.median(map(sum, zip(*row.seconds.values(), strict=True)))
        worst = max(map(statistics.median, row.seconds.values()))
        print(f"{name:26}{precision:10.4f}{recall:8.4f}{f1:8.4f}{speed:9.1f}{worst:9.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
