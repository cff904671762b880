"""Crawls many sites at once in one process, as a round does: ``python -m … JOB``.

The job is a JSON file: ``settings`` of all, and ``runs``, a list of {spider, arguments, settings}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings


def run(job: dict[str, Any]) -> None:
    """Start all runs, and return when the last one has ended."""
    settings = get_project_settings()
    settings.update(job["settings"], priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    for it in job["runs"]:
        crawler = process.create_crawler(it["spider"])
        crawler.settings.update(it["settings"], priority="cmdline")
        process.crawl(crawler, **it["arguments"])
    process.start()


if __name__ == "__main__":
    run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
