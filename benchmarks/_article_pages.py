"""A folder of pages and scorer as the article-extraction benchmark of Scrapinghub has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks._scores import agreement_table, score, scorer_of
from benchmarks._targets import COST, Figures, Target
from benchmarks._tools import MODULES, PageFile, Tool


class ArticlePages:
    """The pages of *folder*, each with the text that people wrote off it.

    That is what stands on the page: a text which ours takes for a part of the story counts too.
    """

    TOOLS = tuple(MODULES)
    TARGETS = (Target("F1", 0.980), *COST)

    def __init__(self, folder: Path) -> None:
        truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
        self._truth: dict[str, Any] = truth
        self._scorer = scorer_of(folder)
        self.pages = [
            PageFile(key, found["url"], folder / f"html/{key}.html.gz")
            for key, found in truth.items()
        ]

    def report(self, pages: Sequence[PageFile], tools: Sequence[Tool]) -> dict[str, Figures]:
        """Print the tables of what the *tools* read on *pages*; return the figures of each."""
        truth = {page.key: self._truth[page.key] for page in pages}
        figures: dict[str, Figures] = {}
        print(f"\n{'':24}{'F1':>13}{'precision':>11}{'recall':>9}{'refused':>9}")
        for tool in tools:
            quality = score(self._scorer, truth, tool.results)
            refused = sum(map(bool, tool.results.refused.values()))
            print(
                f"{tool.name:24}{quality.f1:8.4f}±{quality.deviation:.3f}"
                f"{quality.precision:11.4f}{quality.recall:9.4f}{refused:9}"
            )
            figures[tool.name] = {"F1": quality.f1}
        print(agreement_table(pages, {tool.name: tool.results for tool in tools}))
        return figures
