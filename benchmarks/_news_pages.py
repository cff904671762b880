"""A folder of news pages from many collections: ``gold.json``, ``html/ID.html.gz``, ``score.py``.

The scorer's ``page_scores``, ``table`` and ``table_b`` make the tables by collection and by
language. Its sets are named by a letter; what they hold it says itself.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from scrapy.http import HtmlResponse

from benchmarks._scores import scorer_of
from benchmarks._services import Scores, service_table
from benchmarks._targets import COST, Figures, Target, told
from benchmarks._tools import OURS, PEER, PageFile, Tool

_KEY_FIGURES = (
    *("B tokF1", "B parF1", "T segF1", "T lost", "R tokF1", "P first", "T day", "H day"),
    *("T author", "X read"),
)


class NewsPages:
    """The pages of *folder*, and what people say is on them.

    What a tool refuses, or takes for a part of the story, has no text here.
    """

    TOOLS = (OURS, PEER, "newspaper4k", "resiliparse", "readability-lxml")
    TARGETS = (
        *(Target("B tokF1", 0.970), Target("B parF1", 0.915)),
        *(Target("B English tokF1", 0.975), Target("B English parF1", 0.945)),
        *(Target("B wire tokF1", 0.990), Target("B wire parF1", 0.965)),
        *(Target("T segF1", 0.940), Target("T lost", 0.008, is_most=True)),
        *(Target("R tokF1", 0.950), Target("P first", 0.93)),
        *(Target("T day", 0.90), Target("H day", 0.95), Target("T author", 0.68)),
        *(Target("X read", 2, is_most=True), *COST),
    )

    def __init__(self, folder: Path) -> None:
        gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
        self._gold: dict[str, dict[str, Any]] = {page["id"]: page for page in gold}
        self._scorer = scorer_of(folder)
        self.pages = [_page_file(page, folder / f"html/{page['id']}.html.gz") for page in gold]

    def report(self, pages: Sequence[PageFile], tools: Sequence[Tool]) -> dict[str, Figures]:
        """Print the tables of what the *tools* read on *pages*; return the figures of each.

        Of ours with a part switched off only the key figures are printed.
        """
        gold = {page.key: self._gold[page.key] for page in pages}
        figures: dict[str, Figures] = {}
        scores: dict[str, dict[str, Scores]] = {}
        for tool in tools:
            read = {key: self._read(tool, key) for key in gold}
            scores[tool.name] = {
                key: self._scorer.page_scores(page, read[key])
                for key, page in gold.items()
                if page["set"] != "X"
            }
            figures[tool.name] = self._tables(tool, gold, read, scores[tool.name])
        plain = {tool.name: scores[tool.name] for tool in tools if not tool.is_ablation}
        print(service_table({page.key: page.url for page in pages}, plain))
        print(_key_table(figures))
        return figures

    def _read(self, tool: Tool, key: str) -> dict[str, Any]:
        """Return what *tool* read on a page; others leave the headline in the text: it goes."""
        found, letters = tool.results, self._scorer.letters
        text, title = found.texts[key], found.titles[key]
        if not (tool.is_ablation or tool.name == OURS) and (headline := letters(title)):
            text = "\n".join(line for line in text.split("\n") if letters(line) != headline)
        refused = found.failed.get(key) or found.refused[key]
        authors, day = found.authors[key], found.days[key]
        return {"text": text, "title": title, "day": day, "authors": authors, "refused": refused}

    def _tables(
        self,
        tool: Tool,
        gold: Mapping[str, Any],
        read: Mapping[str, Any],
        scores: Mapping[str, Scores],
    ) -> Figures:
        sets = list(dict.fromkeys(page["set"] for page in gold.values()))
        with redirect_stdout(io.StringIO() if tool.is_ablation else sys.stdout):
            print(f"\n{tool.name}")
            by_group = self._scorer.table(gold, read, scores, sets)
            if "B" in sets:
                by_group |= self._scorer.table_b(gold, scores)
        return {
            f"{group.removesuffix(' all')} {column}": figure
            for group, row in by_group.items()
            for column, figure in row.items()
        }


def _page_file(page: Mapping[str, Any], path: Path) -> PageFile:
    charset = page.get("charset", "")
    if charset:
        return PageFile(page["id"], page["url"], path, charset, charset)
    told = PageFile(page["id"], page["url"], path, "")
    encoding = HtmlResponse(told.url, body=told.body).encoding
    return PageFile(page["id"], page["url"], path, "", encoding)


def _key_table(figures: Mapping[str, Figures]) -> str:
    lines = ["", f"{'key figures':24}" + "".join(f"{name:>9}" for name in _KEY_FIGURES)]
    for tool, found in figures.items():
        lines.append(f"{tool:24}" + "".join(f"{told(found.get(name)):>9}" for name in _KEY_FIGURES))
    return "\n".join(lines)
